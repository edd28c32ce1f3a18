//! Codes and names of conditions, measurements and routes, for look-up.

use std::collections::{BTreeMap, BTreeSet};

use super::names::normalise;
use super::pack::Pack;
use super::phrase::Route;

/// Code systems that charts are coded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    RxNorm,
    Ndc,
    Snomed,
    Icd10Cm,
    Loinc,
    Other,
}

impl System {
    /// The system of a coding's address: its canonical URL or its OID.
    pub fn of(address: &str) -> Self {
        match address.trim_end_matches('/') {
            "http://www.nlm.nih.gov/research/umls/rxnorm" | "urn:oid:2.16.840.1.113883.6.88" => Self::RxNorm,
            "http://hl7.org/fhir/sid/ndc" | "urn:oid:2.16.840.1.113883.6.69" => Self::Ndc,
            "http://hl7.org/fhir/sid/icd-10-cm" | "urn:oid:2.16.840.1.113883.6.90" => Self::Icd10Cm,
            "http://loinc.org" | "https://loinc.org" | "urn:oid:2.16.840.1.113883.6.1" => Self::Loinc,
            "urn:oid:2.16.840.1.113883.6.96" => Self::Snomed,
            // SNOMED CT's address may go on with an edition and a version.
            other if other == "http://snomed.info/sct" || other.starts_with("http://snomed.info/sct/") => Self::Snomed,
            _ => Self::Other,
        }
    }
}

/// Longest ICD-10-CM code, without the point.
const LONGEST_ICD10: usize = 7;

/// Codes and names of conditions, measurements and routes.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    icd10: BTreeMap<String, Vec<u16>>,
    not_icd10: BTreeMap<String, Vec<u16>>,
    snomed: BTreeMap<u64, Vec<u16>>,
    names: BTreeMap<String, Vec<u16>>,
    other_conditions: BTreeSet<u64>,
    /// For each condition, itself and every one that it is as well.
    also: Vec<BTreeSet<u16>>,
    loinc: BTreeMap<String, u16>,
    /// LOINC code to answers: the answer's code, the condition, and whether it holds then.
    observed: BTreeMap<String, Vec<(String, u16, bool)>>,
    route_codes: BTreeMap<u64, Route>,
    route_names: BTreeMap<String, Route>,
    form_words: Vec<(String, Route)>,
}

impl Terms {
    pub fn of(pack: &Pack) -> Self {
        let mut terms = Self { other_conditions: pack.other_conditions.iter().copied().collect(), ..Self::default() };
        for (id, condition) in (0_u16..).zip(&pack.conditions) {
            for code in &condition.icd10 {
                terms.icd10.entry(code.clone()).or_default().push(id);
            }
            for code in &condition.not_icd10 {
                terms.not_icd10.entry(code.clone()).or_default().push(id);
            }
            for code in &condition.snomed {
                terms.snomed.entry(*code).or_default().push(id);
            }
            for name in &condition.names {
                terms.names.entry(name.clone()).or_default().push(id);
            }
            for (pairs, holds) in [(&condition.observed, true), (&condition.ruled_out, false)] {
                for (code, answer) in pairs {
                    terms.observed.entry(code.clone()).or_default().push((answer.clone(), id, holds));
                }
            }
        }
        terms.also = also(pack);
        for (id, measurement) in (0_u16..).zip(&pack.measurements) {
            terms.loinc.extend(measurement.loinc.iter().map(|code| (code.clone(), id)));
        }
        for words in &pack.routes {
            terms.route_codes.extend(words.snomed.iter().map(|code| (*code, words.route)));
            terms.route_names.extend(words.names.iter().map(|name| (name.clone(), words.route)));
            terms.form_words.extend(words.forms.iter().map(|form| (form.clone(), words.route)));
        }
        terms
    }

    /// The conditions of an ICD-10-CM code; `None` where it is no such code.
    pub fn of_icd10(&self, code: &str) -> Option<BTreeSet<u16>> {
        let code: String = code
            .chars()
            .filter(|character| *character != '.')
            .map(|character| character.to_ascii_uppercase())
            .collect();
        let mut letters = code.bytes();
        let begins = letters.next().is_some_and(|byte| byte.is_ascii_uppercase())
            && letters.next().is_some_and(|byte| byte.is_ascii_digit());
        let is_code = begins && (3..=LONGEST_ICD10).contains(&code.len());
        if !is_code || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let above = |table: &BTreeMap<String, Vec<u16>>| -> BTreeSet<u16> {
            let prefixes = (3..=code.len()).filter_map(|length| code.get(..length));
            prefixes.filter_map(|prefix| table.get(prefix)).flatten().copied().collect()
        };
        let left_out = above(&self.not_icd10);
        Some(self.with_wider(above(&self.icd10).difference(&left_out)))
    }

    /// The conditions of a SNOMED CT concept; `None` where the pack does not know it.
    pub fn of_snomed(&self, code: u64) -> Option<BTreeSet<u16>> {
        match self.snomed.get(&code) {
            Some(conditions) => Some(self.with_wider(conditions)),
            None => self.other_conditions.contains(&code).then(BTreeSet::new),
        }
    }

    /// The conditions of an exact name; `None` where the pack does not know it.
    pub fn of_name(&self, name: &str) -> Option<BTreeSet<u16>> {
        self.names.get(&normalise(name)).map(|conditions| self.with_wider(conditions))
    }

    fn with_wider<'c>(&self, conditions: impl IntoIterator<Item = &'c u16>) -> BTreeSet<u16> {
        let also = conditions.into_iter().filter_map(|condition| self.also.get(usize::from(*condition)));
        also.flatten().copied().collect()
    }

    /// The measurement of a LOINC code.
    pub fn measurement(&self, loinc: &str) -> Option<u16> {
        self.loinc.get(loinc).copied()
    }

    /// What a coded answer to a LOINC code says: conditions, and whether each holds.
    pub fn answer(&self, loinc: &str, answer: &str) -> impl Iterator<Item = (u16, bool)> {
        let answers = self.observed.get(loinc).into_iter().flatten();
        let found: Vec<(u16, bool)> =
            answers.filter(|(code, ..)| code == answer).map(|(_, condition, holds)| (*condition, *holds)).collect();
        found.into_iter()
    }

    /// Every condition that one is as well, with itself.
    pub fn also(&self, condition: u16) -> impl Iterator<Item = u16> + '_ {
        self.also.get(usize::from(condition)).into_iter().flatten().copied()
    }

    /// The route of a SNOMED CT concept.
    pub fn route_of_code(&self, code: u64) -> Option<Route> {
        self.route_codes.get(&code).copied()
    }

    /// The route of an exact name.
    pub fn route_of_name(&self, name: &str) -> Option<Route> {
        self.route_names.get(name.trim().to_lowercase().as_str()).copied()
    }

    /// The route that the words of a dose form tell; `None` where they tell none, or several.
    pub fn route_of_form(&self, text: &str) -> Option<Route> {
        let text: String = text.to_lowercase();
        let is_letter = |character: char| character.is_alphanumeric();
        let words: Vec<&str> =
            text.split(|character: char| !is_letter(character)).filter(|word| !word.is_empty()).collect();
        let text = format!(" {} ", words.join(" "));
        let found: BTreeSet<Route> = self
            .form_words
            .iter()
            .filter(|(form, _)| text.contains(&format!(" {form} ")))
            .map(|(_, route)| *route)
            .collect();
        found.first().copied().filter(|_| found.len() == 1)
    }
}

/// For each condition, itself and every one that includes it, directly or through others.
fn also(pack: &Pack) -> Vec<BTreeSet<u16>> {
    let mut above: BTreeMap<u16, Vec<u16>> = BTreeMap::new();
    for (id, condition) in (0_u16..).zip(&pack.conditions) {
        for included in &condition.includes {
            above.entry(*included).or_default().push(id);
        }
    }
    let all = (0_u16..).zip(&pack.conditions).map(|(id, _)| {
        let mut met = BTreeSet::from([id]);
        let mut open = vec![id];
        while let Some(next) = open.pop() {
            let wider = above.get(&next).into_iter().flatten();
            open.extend(wider.filter(|wider| met.insert(**wider)));
        }
        met
    });
    all.collect()
}
