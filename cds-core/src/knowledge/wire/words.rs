//! Texts in words: a word that is met often is one byte or two.
//!
//! A general compressor finds phrases by itself, but what it finds it names by a distance and a length, which costs more than the
//! number of a word. In bytes: 0 ends a text; up to 127 is a character of ASCII; from 128 on the most frequent words; the last
//! sixteen are the first byte of two and name the other words. A word has the space before it, if there is one. A character
//! beyond ASCII is a word of its own. A text that begins with a capital is written as if it went on after a space, so that its first
//! word is the word that others have within them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::columns::Unfit;

/// Stands behind every text and every word.
pub(super) const END: u8 = 0;
/// The first byte of a word.
const FIRST: u8 = 128;
/// Words of one byte; the bytes that are left begin one of two.
const FREQUENT: usize = 112;
const OTHERS: usize = 16 * 256;
/// A word must be met so often ...
const OFTEN: usize = 5;
/// ... and be so long, with its space.
const LONG: usize = 3;

/// A text that begins with a capital, as if it went on after a space.
fn with_space(text: &str) -> Result<Cow<'_, str>, Unfit> {
    match text.as_bytes() {
        // What looks as if it were written so cannot be told apart.
        [b' ', ..] => Err(Unfit),
        text if text.contains(&END) => Err(Unfit),
        [first @ b'A'..=b'Z', b'a'..=b'z', ..] => {
            Ok(format!(" {}{}", char::from(first.to_ascii_lowercase()), text.get(1..).unwrap_or_default()).into())
        }
        _ => Ok(text.into()),
    }
}

/// Words, each with the space before it, and what stands between words.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let space = usize::from(first == ' ');
        let letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'\'';
        let letters = rest.bytes().skip(space).take_while(letter).count();
        let length = if letters > 0 { space.saturating_add(letters) } else { first.len_utf8() };
        let (part, behind) = rest.split_at_checked(length)?;
        rest = behind;
        Some(part)
    })
}

/// Writes the words that are worth a number, each with an [`END`].
pub(super) fn words_of<'t>(texts: impl Iterator<Item = &'t str>) -> Result<String, Unfit> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for text in texts {
        for part in parts(&with_space(text)?) {
            let count = counts.entry(part.to_owned()).or_default();
            *count = count.saturating_add(1);
        }
    }
    let is_needed = |word: &str| !word.is_ascii();
    let worth = counts.into_iter().filter(|(word, count)| is_needed(word) || *count >= OFTEN && word.len() >= LONG);
    let mut words: Vec<(String, usize)> = worth.collect();
    // Stable: what is as frequent stays in the order of the letters.
    words.sort_by_key(|(word, count)| (!is_needed(word), std::cmp::Reverse(*count)));
    words.truncate(FREQUENT.saturating_add(OTHERS));
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    if let Some(others) = words.get_mut(FREQUENT..) {
        others.sort();
    }
    Ok(words.into_iter().map(|(word, _)| word + "\0").collect())
}

/// Words by their numbers.
#[derive(Debug)]
pub(super) struct Words<'w> {
    list: Vec<&'w str>,
}

impl<'w> Words<'w> {
    /// Reads what [`words_of`] wrote.
    pub fn new(words: &'w [u8]) -> Result<Self, Unfit> {
        let words = std::str::from_utf8(words).map_err(|_| Unfit)?;
        let mut list: Vec<&str> = words.split('\0').collect();
        if list.pop() == Some("") { Ok(Self { list }) } else { Err(Unfit) }
    }

    /// Reads texts, each with its [`END`]. One that begins with a space begins with a capital, and does not begin with a space.
    pub fn read(&self, bytes: &[u8], budget: &mut usize) -> Result<String, Unfit> {
        let mut texts = String::with_capacity(bytes.len());
        let mut start = 0;
        let mut bytes = bytes.iter();
        while let Some(byte) = bytes.next() {
            let before = texts.len();
            match byte.checked_sub(FIRST).map(usize::from) {
                None => texts.push(char::from(*byte)),
                Some(frequent) if frequent < FREQUENT => texts.push_str(self.list.get(frequent).ok_or(Unfit)?),
                Some(page) => {
                    let other = page.saturating_sub(FREQUENT).saturating_mul(256);
                    let other = other.saturating_add(usize::from(*bytes.next().ok_or(Unfit)?));
                    texts.push_str(self.list.get(other.saturating_add(FREQUENT)).ok_or(Unfit)?);
                }
            }
            *budget = budget.checked_sub(texts.len().saturating_sub(before)).ok_or(Unfit)?;
            if *byte == END {
                if texts.as_bytes().get(start) == Some(&b' ') {
                    let first = start.saturating_add(1)..start.saturating_add(2);
                    texts.get_mut(first).ok_or(Unfit)?.make_ascii_uppercase();
                }
                start = texts.len();
            }
        }
        Ok(texts)
    }
}

/// The numbers of words.
#[derive(Debug)]
pub(super) struct Numbers<'w>(BTreeMap<&'w str, usize>);

impl<'w> Numbers<'w> {
    pub fn of(words: &Words<'w>) -> Self {
        Self(words.list.iter().copied().zip(0..).collect())
    }

    /// Writes a text with its [`END`].
    pub fn write(&self, text: &str, bytes: &mut Vec<u8>) -> Result<(), Unfit> {
        for part in parts(&with_space(text)?) {
            match self.0.get(part) {
                None if part.is_ascii() => bytes.extend_from_slice(part.as_bytes()),
                None => return Err(Unfit),
                Some(number) => match number.checked_sub(FREQUENT) {
                    None => bytes.push(byte(number.saturating_add(FIRST.into()))?),
                    Some(other) => {
                        let page = other.div_euclid(256).saturating_add(FREQUENT).saturating_add(FIRST.into());
                        bytes.extend([byte(page)?, byte(other.rem_euclid(256))?]);
                    }
                },
            }
        }
        bytes.push(END);
        Ok(())
    }
}

fn byte(number: usize) -> Result<u8, Unfit> {
    u8::try_from(number).map_err(|_| Unfit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(texts: &[&str]) -> (String, Vec<u8>) {
        let list = words_of(texts.iter().copied()).unwrap();
        let mut bytes = Vec::new();
        let numbers = Numbers::of(&Words::new(list.as_bytes()).unwrap());
        texts.iter().for_each(|text| numbers.write(text, &mut bytes).unwrap());
        (list, bytes)
    }

    #[test]
    fn what_was_written_is_read() {
        let often = "Often, often; it's often said often, often that µg ≥ \u{1}.";
        let many: Vec<String> = (0..9000_u16)
            .map(|word| {
                let letters =
                    word.to_string().bytes().map(|digit| char::from(digit.saturating_add(49))).collect::<String>();
                format!("x {letters} {letters} {letters} {letters} {letters}")
            })
            .collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        for texts in [vec![], vec![""], vec!["A", "ABC", "Ab", "Élan", "-", "a b"], vec![often, "", often], many] {
            let (list, bytes) = written(&texts);
            let read = Words::new(list.as_bytes()).unwrap().read(&bytes, &mut usize::MAX.clone()).unwrap();
            let read: Vec<&str> =
                read.split_terminator('\0').map(|text| text.strip_prefix(' ').unwrap_or(text)).collect();
            assert_eq!(read, texts);
        }
        let (list, bytes) = written(&[often]);
        assert!(
            list.starts_with(" often\0") && list.contains('µ') && bytes.starts_with(&[FIRST, b',', FIRST]),
            "{list:?}"
        );
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        for text in [" a", "a\0b"] {
            assert_eq!(words_of([text].into_iter()), Err(Unfit));
        }
    }

    #[test]
    fn bytes_that_name_no_word_and_too_much_text_are_refused() {
        let words = Words::new(b" word\0").unwrap();
        let read = |bytes: &[u8], mut budget: usize| words.read(bytes, &mut budget);
        assert_eq!(read(&[FIRST, 0, FIRST, b's', 0], 100), Ok(" Word\0 Words\0".to_owned()));
        assert!(read(&[FIRST, 0, FIRST, b's', 0], 12).is_err());
        for bytes in [&[129][..], &[240], &[240, 0], &[255, 255], b" \0"] {
            assert!(read(bytes, 100).is_ok() == (bytes == b" \0"), "{bytes:?}");
        }
        assert!(Words::new(b"word").is_err() && Words::new(b"\xFF\0").is_err());
    }
}
