//! How a drug is given: by the order's own route, else by the dose form of its product, else by the words of its name.

use std::collections::BTreeSet;

use super::Recognised;
use crate::chart::{Concept, MedicationRecord};
use crate::knowledge::{Knowledge, Route, System};

/// The routes of an order, ascending; empty where nothing tells one.
pub(crate) fn routes(record: &MedicationRecord<'_>, recognised: &Recognised, knowledge: &Knowledge) -> Vec<Route> {
    let written: Vec<Option<Route>> = record
        .dosages
        .iter()
        .filter_map(|dosage| dosage.route.as_ref())
        .map(|route| route_of(route, knowledge))
        .collect();
    if !written.is_empty() {
        // A route that is not understood may be any: then nothing is known.
        let all: Option<BTreeSet<Route>> = written.into_iter().collect();
        return all.unwrap_or_default().into_iter().collect();
    }
    let terms = knowledge.terms();
    let by_form = recognised.form.as_deref().and_then(|form| terms.route_of_form(form));
    let concepts = record.drug.concept.iter();
    let mut texts = concepts.flat_map(|concept| {
        concept.codings.iter().filter_map(|coding| coding.display.as_deref()).chain(concept.text.as_deref())
    });
    by_form.or_else(|| texts.find_map(|text| terms.route_of_form(text))).into_iter().collect()
}

fn route_of(concept: &Concept<'_>, knowledge: &Knowledge) -> Option<Route> {
    let terms = knowledge.terms();
    let by_code = concept.codings.iter().filter(|coding| System::of(&coding.system) == System::Snomed);
    let by_code = by_code.filter_map(|coding| terms.route_of_code(coding.code.trim().parse().ok()?)).next();
    by_code.or_else(|| {
        let displays = concept.codings.iter().filter_map(|coding| coding.display.as_deref());
        displays.chain(concept.text.as_deref()).find_map(|text| terms.route_of_name(text))
    })
}
