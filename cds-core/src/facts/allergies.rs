//! Which allergies hold, and what each is to: an ingredient, a group of allergens, or nothing that a drug can be.

use super::Facts;
use super::drugs::{System, Unrecognised, by_name, recognise_concept};
use crate::chart::{AllergyRecord, Chart, Concept};
use crate::knowledge::{IngredientId, Knowledge, NonDrugKind, names};
use crate::report::{CheckedAllergy, Fact, NotEvaluated};

/// What an allergy is to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Allergen {
    /// These ingredients; all are suspect, since the record does not say which one was it.
    Ingredients(Vec<IngredientId>),
    /// A group, by position in the pack.
    Group(u16),
    /// Nothing that a drug can be.
    NonDrug(NonDrugKind),
}

/// An allergy that was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllergyFact {
    /// The resources that record it, ordered.
    pub sources: Vec<String>,
    /// What it is to.
    pub allergen: Allergen,
    /// Its name from the knowledge, never the chart's own words.
    pub name: String,
    /// How it was recognised, in words.
    pub how: String,
    /// Whether it still holds.
    pub active: bool,
    /// Whether it is recorded as an intolerance that is not of high criticality.
    pub mild: bool,
}

impl AllergyFact {
    /// What the resources say, for the facts of an alert.
    pub fn facts(&self) -> impl Iterator<Item = Fact> + '_ {
        let kind = if self.mild { "intolerance" } else { "allergy" };
        let says = format!("{kind} to {}", self.name);
        self.sources.iter().map(move |resource| Fact { resource: resource.clone(), says: says.clone() })
    }

    /// How it appears among what was checked.
    pub fn checked(&self) -> CheckedAllergy {
        let state = match (&self.allergen, self.active) {
            (_, false) => "inactive",
            (Allergen::NonDrug(NonDrugKind::NoneKnown), _) => "none-known",
            (Allergen::NonDrug(_), _) => "not-a-drug",
            _ => "checked",
        };
        CheckedAllergy {
            allergen: self.name.clone(),
            recognised: self.how.clone(),
            state: state.to_owned(),
            resources: self.sources.clone(),
        }
    }
}

/// Finds the allergies of a chart.
pub fn allergy_facts(chart: &Chart<'_>, knowledge: &Knowledge, facts: &mut Facts) {
    for record in &chart.allergies {
        let mut reason = Unrecognised::NoCode;
        let mut any = false;
        for concept in &record.allergens {
            match recognise_allergen(concept, knowledge) {
                Ok((allergen, how)) => {
                    any = true;
                    facts.allergies.push(fact(record, allergen, how, knowledge));
                }
                Err(why) => {
                    reason = why;
                    if record.active {
                        facts.not_evaluated.push(not_evaluated(record, Some(concept), why));
                    }
                }
            }
        }
        if record.allergens.is_empty() && record.active && !any {
            facts.not_evaluated.push(not_evaluated(record, None, reason));
        }
    }
}

fn fact(record: &AllergyRecord<'_>, allergen: Allergen, how: String, knowledge: &Knowledge) -> AllergyFact {
    let name = match &allergen {
        Allergen::Ingredients(ingredients) => {
            super::medications::join(ingredients.iter().map(|ingredient| knowledge.name(*ingredient)))
        }
        Allergen::Group(group) => {
            knowledge.pack().allergens.get(usize::from(*group)).map_or_else(String::new, |group| group.name.clone())
        }
        Allergen::NonDrug(NonDrugKind::NoneKnown) => "none known".to_owned(),
        Allergen::NonDrug(NonDrugKind::Food) => "a food".to_owned(),
        Allergen::NonDrug(NonDrugKind::Environment) => "something of the environment".to_owned(),
        Allergen::NonDrug(NonDrugKind::Other) => "something that is no drug".to_owned(),
    };
    AllergyFact {
        sources: record.sources.clone(),
        allergen,
        name,
        how,
        active: record.active,
        mild: record.intolerance && record.low_criticality,
    }
}

fn not_evaluated(record: &AllergyRecord<'_>, concept: Option<&Concept<'_>>, why: Unrecognised) -> NotEvaluated {
    let (reason, text) = match why {
        Unrecognised::UnknownCode => {
            ("unknown-code", "its code is not known to the knowledge pack; no drug was checked against this allergy")
        }
        Unrecognised::UnknownName => {
            ("unknown-name", "it has no code, and its name is not known; no drug was checked against this allergy")
        }
        Unrecognised::NoCode | Unrecognised::UnresolvedReference => {
            ("no-code", "no code and no name says what it is to; no drug was checked against this allergy")
        }
    };
    NotEvaluated {
        subject: "allergy".to_owned(),
        reason: reason.to_owned(),
        resource: record.sources.first().cloned().unwrap_or_default(),
        named: concept.and_then(Concept::words).map(str::to_owned),
        text: text.to_owned(),
    }
}

/// Groups first: an allergy to a group is to more than one drug. Then drugs, then what is no drug.
fn recognise_allergen(concept: &Concept<'_>, knowledge: &Knowledge) -> Result<(Allergen, String), Unrecognised> {
    let snomed = || {
        let codings = concept.codings.iter().filter(|coding| System::of(&coding.system) == System::Snomed);
        codings.filter_map(|coding| coding.code.trim().parse::<u64>().ok())
    };
    for code in snomed() {
        if let Some(group) = knowledge.allergen_group_of_code(code) {
            return Ok((Allergen::Group(group), format!("by SNOMED CT code {code}")));
        }
        if let Some(kind) = knowledge.non_drug_of_code(code) {
            return Ok((Allergen::NonDrug(kind), format!("by SNOMED CT code {code}")));
        }
    }
    // The chart's words may name a group; they are looked at before a drug's name, and behind every code.
    let by_code = Concept { codings: concept.codings.iter().map(without_words).collect(), text: None };
    if let Ok(recognised) = recognise_concept(&by_code, knowledge) {
        return Ok((Allergen::Ingredients(recognised.ingredients), recognised.how));
    }
    let texts: Vec<&str> = concept
        .text
        .iter()
        .chain(concept.codings.iter().filter_map(|coding| coding.display.as_ref()))
        .map(std::convert::AsRef::as_ref)
        .collect();
    let how = || "by its name alone".to_owned();
    for text in &texts {
        let whole = names::normalise(text);
        let plain = whole.strip_prefix("allergy to ").unwrap_or(&whole).trim_end_matches(" allergy");
        for name in [whole.as_str(), plain] {
            if let Some(allergen) = drug_or_group(name, knowledge) {
                return Ok((allergen, how()));
            }
            if let Some(kind) = knowledge.non_drug_named(name) {
                return Ok((Allergen::NonDrug(kind), how()));
            }
        }
        // `name - reaction`, `reaction due to name`: one part, and only one, must be a known name as a whole. What is no drug
        // is not looked for in parts: it could hide the drug beside it.
        let mut parts = parts(plain).into_iter().filter_map(|part| drug_or_group(part, knowledge));
        if let (Some(allergen), None) = (parts.next(), parts.next()) {
            return Ok((allergen, how()));
        }
    }
    let any_code = concept.codings.iter().any(|coding| !coding.code.is_empty());
    Err(match (any_code, texts.is_empty()) {
        (true, _) => Unrecognised::UnknownCode,
        (false, false) => Unrecognised::UnknownName,
        (false, true) => Unrecognised::NoCode,
    })
}

fn drug_or_group(name: &str, knowledge: &Knowledge) -> Option<Allergen> {
    let group = knowledge.allergen_group_named(name).map(Allergen::Group);
    group.or_else(|| by_name(name, knowledge).map(|recognised| Allergen::Ingredients(recognised.ingredients)))
}

/// The parts of an entry that names an allergen and a reaction; none where it has no parts.
fn parts(text: &str) -> Vec<&str> {
    let separator =
        [" - ", ": ", " due to ", " from ", " to ", " -> "].into_iter().find(|separator| text.contains(separator));
    separator.map_or_else(Vec::new, |separator| text.split(separator).map(str::trim).collect())
}

fn without_words<'a>(coding: &crate::chart::Coding<'a>) -> crate::chart::Coding<'a> {
    crate::chart::Coding { display: None, ..coding.clone() }
}
