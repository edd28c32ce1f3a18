//! Normalising a drug's name, for orders that carry text and no code.
//!
//! A name matches only as a whole: what is left after strength and form are stripped must be a known name to the letter.
//! A word that is not understood therefore prevents a match; it never yields the wrong drug.

use super::NameWords;

/// Longest text that is looked at; a longer one is no drug name.
const LONGEST: usize = 400;

/// Lower case, single spaces, without parts in brackets or parentheses.
///
/// ```
/// use cds_core::knowledge::names::normalise;
/// assert_eq!(normalise("  Exampleine  [Brand] 10 MG "), "exampleine 10 mg");
/// ```
pub fn normalise(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut depth = 0_usize;
    for character in text.chars() {
        match character {
            '[' | '(' | '{' => depth = depth.saturating_add(1),
            ']' | ')' | '}' => depth = depth.saturating_sub(1),
            '®' | '™' => {}
            _ if depth > 0 => {}
            _ if character.is_whitespace() => plain.push(' '),
            _ => plain.extend(character.to_lowercase()),
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands in brackets or parentheses, in lower case: it may be a brand, or it may be another drug.
///
/// ```
/// use cds_core::knowledge::names::asides;
/// assert_eq!(asides("Exampleine (Brand) 10 MG [second"), ["brand", "second"]);
/// ```
pub fn asides(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut aside = String::new();
    for character in text.chars() {
        match character {
            '[' | '(' | '{' => depth = depth.saturating_add(1),
            ']' | ')' | '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    found.push(std::mem::take(&mut aside));
                }
            }
            _ if depth > 0 => aside.extend(character.to_lowercase()),
            _ => {}
        }
    }
    found.push(aside);
    found.into_iter().map(|aside| aside.trim().to_owned()).filter(|aside| !aside.is_empty()).collect()
}

/// Whether an aside says nothing of a drug: strength, form, or the semantic tag of a SNOMED CT name.
pub fn is_harmless(aside: &str, words: &NameWords) -> bool {
    const SEMANTIC_TAGS: &[&str] = &[
        "substance",
        "product",
        "medicinal product",
        "medicinal product form",
        "clinical drug",
        "disorder",
        "finding",
        "situation",
        "organism",
        "procedure",
        "physical object",
        "qualifier value",
        "medication",
        "generic",
        "brand",
        "rxnorm",
        "otc",
    ];
    SEMANTIC_TAGS.contains(&aside) || without_strength_and_form(aside, words).is_empty()
}

/// Names to look up for a text, the most exact first. All the names of one candidate must be known for it to count.
///
/// ```
/// use cds_core::knowledge::{NameWords, names::candidates};
/// let words = NameWords {
///     forms: vec!["tablet".into(), "oral".into(), "extended release".into()],
///     units: vec!["mg".into()],
///     salts: vec!["sodium".into()],
/// };
/// assert_eq!(
///     candidates("Exampleine Sodium 10 MG Extended Release Tablet", &words),
///     [vec!["exampleine sodium 10 mg extended release tablet"], vec!["exampleine sodium"], vec!["exampleine"]],
/// );
/// assert_eq!(
///     candidates("alphaine 5 mg / otherine 10mg tablet", &words).last().map(Vec::as_slice),
///     Some(&["alphaine".to_owned(), "otherine".to_owned()][..]),
/// );
/// ```
pub fn candidates(text: &str, words: &NameWords) -> Vec<Vec<String>> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let whole = normalise(text);
    let bare = without_strength_and_form(&whole, words);
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut add = |names: Vec<String>| {
        if names.iter().all(|name| !name.is_empty()) && !names.is_empty() && !found.contains(&names) {
            found.push(names);
        }
    };
    add(vec![whole.clone()]);
    add(vec![bare.clone()]);
    add(vec![without_salt(&bare, words)]);
    let parts = split_combination(&whole);
    if parts.len() > 1 {
        let parts: Vec<String> = parts.iter().map(|part| without_strength_and_form(part, words)).collect();
        add(parts.clone());
        add(parts.iter().map(|part| without_salt(part, words)).collect());
    }
    // `one-other`: every part must be a known name, so a hyphen within a name does no harm.
    if bare.contains('-') {
        add(bare.split('-').map(|part| without_salt(part.trim(), words)).collect());
    }
    found
}

/// Splits `a / b`, `a + b`, `a and b`; a slash inside a strength (`5 mg/ml`) does not split.
fn split_combination(text: &str) -> Vec<String> {
    let spaced = text.replace(" and ", " / ").replace(" + ", " / ").replace(" with ", " / ");
    let parts: Vec<String> = spaced.split(" / ").map(|part| part.trim().to_owned()).collect();
    if parts.len() == 1 && !text.contains(' ') && text.contains('/') {
        return text.split('/').map(str::to_owned).collect();
    }
    parts
}

fn without_strength_and_form(text: &str, words: &NameWords) -> String {
    let mut text = format!(" {text} ");
    for phrase in words.forms.iter().filter(|form| form.contains(' ')) {
        text = text.replace(&format!(" {phrase} "), " ");
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut after_number = false;
    for token in text.split(' ') {
        let token = token.trim_matches([',', ';', '.']);
        if token.is_empty() {
            continue;
        }
        let strength = is_strength(token, words);
        let unit = after_number && is_unit(token, words);
        let form = words.forms.iter().any(|form| form == token);
        // A number keeps its unit: `10 mg`, `70 unt/ml`, and `160 mg/5 ml`, where another number ends the unit.
        after_number = strength || unit && token.ends_with(|character: char| character.is_ascii_digit());
        if !(strength || unit || form) {
            kept.push(token);
        }
    }
    kept.join(" ")
}

fn is_unit(token: &str, words: &NameWords) -> bool {
    token.split('/').all(|part| {
        let part = part.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
        part.is_empty() || words.units.iter().any(|unit| unit == part)
    })
}

/// `40`, `0.5`, `40mg`, `5mg/ml`, `10%`, `1,000`, `250-50`.
fn is_strength(token: &str, words: &NameWords) -> bool {
    if !token.starts_with(|character: char| character.is_ascii_digit() || character == '.') {
        return false;
    }
    let unit = token.trim_start_matches(|character: char| character.is_ascii_digit() || ".,-%".contains(character));
    unit.is_empty() || is_unit(unit, words) || unit.starts_with('/') && is_unit(unit.trim_start_matches('/'), words)
}

fn without_salt(text: &str, words: &NameWords) -> String {
    let mut tokens: Vec<&str> = text.split(' ').collect();
    while tokens.len() > 1 && tokens.last().is_some_and(|last| words.salts.iter().any(|salt| salt == last)) {
        tokens.pop();
    }
    tokens.join(" ")
}
