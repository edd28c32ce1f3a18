//! How National Drug Codes are written in `drugs/ndc.tsv`.
//!
//! Nine digits: five of the labeler, four of the product. Within a line the codes ascend. A labeler is written as its
//! difference to the one before it (the first one to zero) in capital letters, `A` being 0 and `Z` 25, the highest
//! digit first; its products follow as three small letters each, `a` being 0. `CPaasabh` is labeler 67 with the
//! products 18 and 33.

const BASE: u64 = 26;
const PRODUCTS_PER_LABELER: u64 = 10_000;
const PRODUCT_LETTERS: usize = 3;

/// Writes ascending nine-digit codes.
pub(crate) fn pack(codes: &[u64]) -> String {
    let mut text = String::new();
    let mut labeler = None;
    for code in codes {
        let (this, product) = (code.div_euclid(PRODUCTS_PER_LABELER), code.rem_euclid(PRODUCTS_PER_LABELER));
        if labeler != Some(this) {
            text.push_str(&letters(this.saturating_sub(labeler.unwrap_or_default()), 1, b'A'));
            labeler = Some(this);
        }
        text.push_str(&letters(product, PRODUCT_LETTERS, b'a'));
    }
    text
}

/// Reads what [`pack`] wrote; `None` where it is no such text.
pub(crate) fn unpack(text: &str) -> Option<Vec<u64>> {
    let mut codes = Vec::new();
    let mut labeler = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let capitals =
            rest.len().saturating_sub(rest.trim_start_matches(|letter: char| letter.is_ascii_uppercase()).len());
        let (difference, after) = rest.split_at_checked(capitals)?;
        let smalls =
            after.len().saturating_sub(after.trim_start_matches(|letter: char| letter.is_ascii_lowercase()).len());
        let (products, after) = after.split_at_checked(smalls)?;
        if difference.is_empty() || products.is_empty() || !products.len().is_multiple_of(PRODUCT_LETTERS) {
            return None;
        }
        labeler = labeler.checked_add(number(difference, b'A')?)?;
        for product in products.as_bytes().chunks(PRODUCT_LETTERS) {
            let product = number(str::from_utf8(product).ok()?, b'a')?;
            if product >= PRODUCTS_PER_LABELER || labeler >= 100_000 {
                return None;
            }
            codes.push(labeler.checked_mul(PRODUCTS_PER_LABELER)?.checked_add(product)?);
        }
        rest = after;
    }
    codes.is_sorted_by(|a, b| a < b).then_some(codes)
}

fn letters(mut value: u64, least: usize, zero: u8) -> String {
    let mut digits = Vec::new();
    while value > 0 || digits.len() < least {
        let digit = u8::try_from(value.rem_euclid(BASE)).unwrap_or_default();
        digits.push(char::from(zero.saturating_add(digit)));
        value = value.div_euclid(BASE);
    }
    digits.iter().rev().collect()
}

fn number(letters: &str, zero: u8) -> Option<u64> {
    letters
        .bytes()
        .try_fold(0_u64, |value, letter| value.checked_mul(BASE)?.checked_add(u64::from(letter.checked_sub(zero)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_and_unpacks() {
        for codes in [vec![], vec![0], vec![670_018, 670_033], vec![20_152, 690_043, 999_999_999]] {
            let text = pack(&codes);
            assert_eq!(unpack(&text), Some(codes), "{text}");
        }
        assert_eq!(pack(&[670_018, 670_033]), "CPaasabh");
    }

    #[test]
    fn refuses_other_text() {
        for text in ["a", "A", "Aab", "Aabcd", "1", "Aaab Aaab", "Aaabaaab", "ZZZZZZaaa", "Azzz"] {
            assert_eq!(unpack(text), None, "{text}");
        }
    }
}
