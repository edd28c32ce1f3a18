//! Reading RxTerms in its publisher's formats.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{ImportError, Ingredients, Releases, Report};

/// The text that stands for a drug group of a pack of several drugs: RxTerms gives none.
const NO_GROUP: &str = "NA";

/// What RxTerms says.
pub(super) struct RxTerms {
    /// Names in lower case by RxNorm concept id.
    pub ingredients: BTreeMap<u32, String>,
    /// Ingredients of a clinical drug.
    pub clinical_drugs: BTreeMap<u32, Ingredients>,
    /// Drug groups.
    pub groups: Groups,
    /// National Drug Code (nine digits) to drug group.
    pub ndc: BTreeMap<u64, u32>,
}

/// Drug groups by RxNorm concept id.
pub(super) type Groups = BTreeMap<u32, Group>;

/// A drug group: ingredients in a dose-form group, perhaps of one brand.
pub(super) struct Group {
    pub ingredients: Ingredients,
    pub forms: BTreeSet<String>,
    pub names: BTreeSet<String>,
    pub synonyms: BTreeSet<String>,
}

impl Group {
    /// The dose-form group; empty where the names of the group do not agree on one.
    pub fn form(&self) -> &str {
        self.forms.first().filter(|_| self.forms.len() == 1).map_or("", String::as_str)
    }
}

/// Reads every file of the releases.
pub(super) fn read(source: &Path, releases: &Releases, report: &mut Report) -> Result<RxTerms, ImportError> {
    let file = |name: &str| source.join(format!("rxterms{}_{name}.json", releases.drug_groups));
    let clinical = source.join(format!("RxTermsIngredients{}.txt", releases.clinical_drugs));
    let mut terms = RxTerms {
        ingredients: BTreeMap::new(),
        clinical_drugs: BTreeMap::new(),
        groups: BTreeMap::new(),
        ndc: BTreeMap::new(),
    };
    // Names of the older release first, so that the newer one wins.
    terms.read_clinical_drugs(&clinical, report)?;
    terms.read_groups(&file("ingredients"), report)?;
    terms.read_names(&file("displaynames"), report)?;
    terms.read_ndc(&file("ndc_sxdg"), report)?;
    Ok(terms)
}

#[derive(Deserialize)]
struct IngredientsFile {
    groups: BTreeMap<String, Vec<String>>,
    names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct NdcFile {
    sxdgs: Vec<Option<u32>>,
    ndc9: String,
}

/// Name with dose-form group, drug group, strengths, synonyms.
type DisplayName = (String, String, Vec<String>, String);

impl RxTerms {
    fn read_clinical_drugs(&mut self, path: &Path, report: &mut Report) -> Result<(), ImportError> {
        let text = read_text(path)?;
        let mut lines = text.lines();
        if lines.next() != Some("RXCUI|INGREDIENT|ING_RXCUI") {
            let reason = "the first line must be `RXCUI|INGREDIENT|ING_RXCUI`".to_owned();
            return Err(ImportError::Format { path: path.to_owned(), line: Some(1), reason });
        }
        for (number, line) in (2_usize..).zip(lines) {
            let mut fields = line.split('|');
            let row = (|| {
                let drug: u32 = fields.next()?.parse().ok()?;
                let name = fields.next()?;
                let ingredient: u32 = fields.next()?.trim_end().parse().ok()?;
                Some((drug, name, ingredient))
            })();
            let Some((drug, name, ingredient)) = row else {
                let reason = "a row is two numbers with a name between them, separated by `|`".to_owned();
                return Err(ImportError::Format { path: path.to_owned(), line: Some(number), reason });
            };
            self.ingredients.insert(ingredient, name.to_lowercase());
            self.clinical_drugs.entry(drug).or_default().insert(ingredient);
        }
        report.note_read("clinical drugs", self.clinical_drugs.len());
        Ok(())
    }

    fn read_groups(&mut self, path: &Path, report: &mut Report) -> Result<(), ImportError> {
        let file: IngredientsFile = read_json(path)?;
        report.note_read("drug groups", file.groups.len());
        report.note_read("ingredient names", file.names.len());
        let number =
            |text: &str| text.parse::<u32>().map_err(|_| format_error(path, format!("`{text}` is no concept id")));
        for (rxcui, name) in file.names {
            let renamed = self.ingredients.insert(number(&rxcui)?, name.to_lowercase());
            if renamed.is_some_and(|old| old != name.to_lowercase()) {
                report.drop_one("older name of an ingredient");
            }
        }
        for (group, members) in file.groups {
            if group == NO_GROUP {
                report.drop_one("group `NA`: packs, whose ingredients RxTerms does not list one by one");
                continue;
            }
            let ingredients = members.iter().map(|member| number(member)).collect::<Result<Ingredients, _>>()?;
            if ingredients.is_empty() || ingredients.iter().any(|member| !self.ingredients.contains_key(member)) {
                report.drop_one("group without named ingredients");
                continue;
            }
            let (forms, names, synonyms) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
            self.groups.insert(number(&group)?, Group { ingredients, forms, names, synonyms });
        }
        Ok(())
    }

    fn read_names(&mut self, path: &Path, report: &mut Report) -> Result<(), ImportError> {
        let rows: Vec<DisplayName> = read_json(path)?;
        report.note_read("display names", rows.len());
        for (display, group, _, synonyms) in rows {
            let group = group.parse().ok().and_then(|code: u32| self.groups.get_mut(&code));
            let Some(group) = group else {
                report.drop_one("display name of a pack");
                continue;
            };
            let Some((name, form)) = display.strip_suffix(')').and_then(|text| text.rsplit_once('(')) else {
                return Err(format_error(path, format!("`{display}` does not end with a dose-form group")));
            };
            group.forms.insert(form.trim().to_owned());
            group.names.insert(name.trim().to_owned());
            group
                .synonyms
                .extend(synonyms.split(';').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned));
        }
        for _ in self.groups.values().filter(|group| group.forms.len() > 1) {
            report.drop_one("dose-form group on which a group's names disagree");
        }
        Ok(())
    }

    /// National Drug Codes as `difference:group;difference:group`, both numbers in base 36; the codes ascend, and the
    /// second number is a position in `sxdgs`.
    fn read_ndc(&mut self, path: &Path, report: &mut Report) -> Result<(), ImportError> {
        let file: NdcFile = read_json(path)?;
        let (mut code, mut read) = (0_u64, 0_usize);
        for entry in file.ndc9.split(';').filter(|entry| !entry.is_empty()) {
            let group = entry.split_once(':').and_then(|(difference, position)| {
                code = code.checked_add(u64::from_str_radix(difference, 36).ok()?)?;
                let position = usize::from_str_radix(position, 36).ok()?;
                let group = file.sxdgs.get(position)?;
                (code <= 999_999_999).then_some(*group)
            });
            let Some(group) = group else {
                return Err(format_error(path, format!("`{entry}` is no National Drug Code with a group")));
            };
            match group {
                Some(group) => drop(self.ndc.insert(code, group)),
                None => report.drop_one("National Drug Code of a pack"),
            }
            read = read.saturating_add(1);
        }
        report.note_read("National Drug Codes", read);
        Ok(())
    }
}

fn format_error(path: &Path, reason: String) -> ImportError {
    ImportError::Format { path: path.to_owned(), line: None, reason }
}

fn read_text(path: &Path) -> Result<String, ImportError> {
    fs::read_to_string(path).map_err(|error| ImportError::Read { path: PathBuf::from(path), error })
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, ImportError> {
    let text = read_text(path)?;
    serde_json::from_str(&text).map_err(|error| ImportError::Format {
        path: path.to_owned(),
        line: Some(error.line()),
        reason: format!("{error}; the publisher's format may have changed"),
    })
}
