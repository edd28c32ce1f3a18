//! Which allergies hold, and what each is to: an ingredient, a group of allergens, or nothing that a drug can be.

use super::Facts;
use super::drugs::{Unrecognised, by_name, recognise_concept, unrecognised};
use crate::chart::{AllergyRecord, Chart, Concept};
use crate::knowledge::{IngredientId, Knowledge, NonDrugKind, System, names};
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
        let mut names_a_drug = false;
        let mut unrecognised = Vec::new();
        for concept in record.allergens.iter() {
            names_a_drug |= add(record, concept, knowledge, facts, &mut unrecognised);
        }
        // The code may name a food while the reaction names the drug.
        if !names_a_drug {
            for concept in record.substances.iter().filter(|substance| !record.allergens.contains(substance)) {
                add(record, concept, knowledge, facts, &mut unrecognised);
            }
        }
        if record.allergens.is_empty() && record.substances.is_empty() {
            unrecognised.push((None, Unrecognised::NoCode));
        }
        if record.active {
            let found = unrecognised.into_iter().map(|(concept, why)| not_evaluated(record, concept, why));
            facts.not_evaluated.extend(found);
            if record.partly {
                let text = "part of what it is to could not be read; no drug was checked against that part";
                facts.not_evaluated.push(entry(record, None, "unreadable", text));
            }
        }
    }
}

/// Adds what a concept is to; whether that is a drug or a group of drugs.
fn add<'r, 'a>(
    record: &AllergyRecord<'_>,
    concept: &'r Concept<'a>,
    knowledge: &Knowledge,
    facts: &mut Facts,
    unrecognised: &mut Vec<(Option<&'r Concept<'a>>, Unrecognised)>,
) -> bool {
    match recognise_allergen(concept, knowledge) {
        Ok((allergen, how, partly)) => {
            if partly && record.active {
                let text = "its words hold more than the allergen that was recognised; read them, and look the rest up by hand";
                facts.not_evaluated.push(entry(record, Some(concept), "unknown-name", text));
            }
            let is_drug = !matches!(allergen, Allergen::NonDrug(_));
            facts.allergies.push(fact(record, allergen, how, knowledge));
            is_drug
        }
        Err(why) => {
            unrecognised.push((Some(concept), why));
            false
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
        Unrecognised::NdcNotLoaded => (
            "unknown-code",
            "its code is a National Drug Code, and these codes are not loaded; no drug was checked against this allergy",
        ),
        Unrecognised::UnknownName => {
            ("unknown-name", "it has no code, and its name is not known; no drug was checked against this allergy")
        }
        Unrecognised::NoCode | Unrecognised::UnresolvedReference => {
            ("no-code", "no code and no name says what it is to; no drug was checked against this allergy")
        }
    };
    entry(record, concept, reason, text)
}

fn entry(record: &AllergyRecord<'_>, concept: Option<&Concept<'_>>, reason: &str, text: &str) -> NotEvaluated {
    NotEvaluated {
        subject: "allergy".to_owned(),
        reason: reason.to_owned(),
        resource: record.sources.first().cloned().unwrap_or_default(),
        named: concept.and_then(Concept::words).map(str::to_owned),
        text: text.to_owned(),
    }
}

/// Groups first: an allergy to a group is to more than one drug. Then drugs; what is no drug only where nothing beside it is.
fn recognise_allergen(concept: &Concept<'_>, knowledge: &Knowledge) -> Result<(Allergen, String, bool), Unrecognised> {
    let snomed = || {
        let codings = concept.codings.iter().filter(|coding| System::of(&coding.system) == System::Snomed);
        codings.filter_map(|coding| coding.code.trim().parse::<u64>().ok())
    };
    let by_snomed = |code: u64| format!("by SNOMED CT code {code}");
    if let Some((code, group)) = snomed().find_map(|code| Some((code, knowledge.allergen_group_of_code(code)?))) {
        return Ok((Allergen::Group(group), by_snomed(code), false));
    }
    // The chart's words may name a group; they are looked at before a drug's name, and behind every code.
    let by_code = Concept { codings: concept.codings.iter().map(without_words).collect(), text: None };
    if let Ok(recognised) = recognise_concept(&by_code, knowledge) {
        return Ok((Allergen::Ingredients(recognised.ingredients), recognised.how, false));
    }
    let how = || "by its name alone".to_owned();
    let texts: Vec<&str> = concept
        .text
        .iter()
        .chain(concept.codings.iter().filter_map(|coding| coding.display.as_ref()))
        .map(std::convert::AsRef::as_ref)
        .collect();
    if let Some((allergen, partly)) = texts.iter().find_map(|text| drug_in_words(text, knowledge)) {
        return Ok((allergen, how(), partly));
    }
    if let Some((code, kind)) = snomed().find_map(|code| Some((code, knowledge.non_drug_of_code(code)?))) {
        return Ok((Allergen::NonDrug(kind), by_snomed(code), false));
    }
    if let Some(kind) = texts.iter().find_map(|text| non_drug_in_words(text, knowledge)) {
        return Ok((Allergen::NonDrug(kind), how(), false));
    }
    Err(unrecognised(concept, !texts.is_empty(), knowledge))
}

/// The drug or group that a text names, as a whole or as the one known part of `name - reaction`, `reaction due to name`.
fn drug_in_words(text: &str, knowledge: &Knowledge) -> Option<(Allergen, bool)> {
    let whole = text.trim().to_lowercase();
    let plain = without_the_word_allergy(&whole);
    drug_or_group(&whole, knowledge).or_else(|| drug_or_group(plain, knowledge)).or_else(|| {
        let mut known = parts(plain).into_iter().filter_map(|part| drug_or_group(part, knowledge));
        let first = known.next()?;
        known.next().is_none().then_some(first)
    })
}

/// What is no drug counts only as the whole text: in a part, or beside something in brackets, it could hide a drug.
fn non_drug_in_words(text: &str, knowledge: &Knowledge) -> Option<NonDrugKind> {
    if !asides_are_harmless(text, knowledge) {
        return None;
    }
    let whole = names::normalise(text);
    knowledge.non_drug_named(&whole).or_else(|| knowledge.non_drug_named(without_the_word_allergy(&whole)))
}

/// The drug or group of a name, and whether something in brackets beside it was not understood.
fn drug_or_group(name: &str, knowledge: &Knowledge) -> Option<(Allergen, bool)> {
    let group = knowledge.allergen_group_named(&names::normalise(name));
    let group = group.map(|group| (Allergen::Group(group), !asides_are_harmless(name, knowledge)));
    group.or_else(|| {
        let recognised = by_name(name, knowledge)?;
        Some((Allergen::Ingredients(recognised.ingredients), recognised.partly))
    })
}

fn asides_are_harmless(text: &str, knowledge: &Knowledge) -> bool {
    names::asides(text).iter().all(|aside| names::is_harmless(aside, &knowledge.pack().drugs.words))
}

fn without_the_word_allergy(text: &str) -> &str {
    text.strip_prefix("allergy to ").unwrap_or(text).trim_end_matches(" allergy")
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
