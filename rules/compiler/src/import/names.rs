//! Which name means which ingredients. A name that could mean different ones means none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cds_core::knowledge::names::normalise;
use serde::Deserialize;

use super::rxterms::RxTerms;
use super::{ImportError, Ingredients, Report};

#[derive(Deserialize)]
struct Words {
    forms: Vec<String>,
    units: Vec<String>,
}

/// Words that are no names by themselves: dose forms and units. None where there is no such table yet.
pub(super) fn dose_form_words(path: &Path) -> Result<BTreeSet<String>, ImportError> {
    if !path.exists() {
        return Ok(BTreeSet::new());
    }
    let text = fs::read_to_string(path).map_err(|error| ImportError::Read { path: path.to_owned(), error })?;
    let words: Words = toml::from_str(&text).map_err(|error| {
        let reason = error.message().to_owned();
        ImportError::Format { path: path.to_owned(), line: None, reason }
    })?;
    Ok(words.forms.into_iter().chain(words.units).collect())
}

/// Names by rank: an ingredient's own name outranks a display name, and that a synonym. Within a rank, a name for
/// different ingredients is dropped. Synonyms are taken from groups with one ingredient: in a combination they stand
/// for one of several.
pub(super) fn choose(
    terms: &RxTerms,
    no_names: &BTreeSet<String>,
    report: &mut Report,
) -> BTreeMap<String, Ingredients> {
    let mut own = Meanings::new();
    for (rxcui, name) in &terms.ingredients {
        own.entry(normalise(name)).or_default().insert(Ingredients::from([*rxcui]));
    }
    let mut display = Meanings::new();
    let mut synonyms = Meanings::new();
    for group in terms.groups.values() {
        for name in &group.names {
            display.entry(normalise(name)).or_default().insert(group.ingredients.clone());
        }
        for synonym in &group.synonyms {
            let meaning = synonyms.entry(normalise(synonym)).or_default();
            if group.ingredients.len() == 1 {
                meaning.insert(group.ingredients.clone());
            }
        }
    }
    let mut chosen: BTreeMap<String, Ingredients> = BTreeMap::new();
    let mut ambiguous: BTreeSet<String> = BTreeSet::new();
    for (meanings, reason) in [
        (own, "ingredient's name that means several ingredients"),
        (display, "display name that means several sets of ingredients"),
        (synonyms, "synonym that means several ingredients, or one of a combination"),
    ] {
        for (name, meanings) in meanings {
            if chosen.contains_key(&name) || ambiguous.contains(&name) {
                let same = meanings.iter().all(|meaning| chosen.get(&name) == Some(meaning));
                if !same {
                    report.drop_one("other meaning of a name that a higher rank decides");
                }
            } else if is_no_name(&name, no_names) {
                report.drop_one("name of dose-form words, or without letters");
            } else if let (Some(meaning), 1) = (meanings.first(), meanings.len()) {
                chosen.insert(name, meaning.clone());
            } else {
                report.drop_one(reason);
                ambiguous.insert(name);
            }
        }
    }
    chosen
}

type Meanings = BTreeMap<String, BTreeSet<Ingredients>>;

fn is_no_name(name: &str, no_names: &BTreeSet<String>) -> bool {
    // `|` separates names in the table.
    !name.contains(char::is_alphabetic)
        || name.contains(['|', '\t'])
        || name.split(' ').all(|word| no_names.contains(word))
}
