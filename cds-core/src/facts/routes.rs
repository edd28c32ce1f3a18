//! How a drug is given: by the order's own route, else by the dose form of its product, else by the words of its name.

use std::collections::BTreeSet;

use super::Recognised;
use crate::chart::{Concept, MedicationRecord};
use crate::knowledge::{Knowledge, Route, System};

/// The routes of an order, ascending; empty where nothing tells one.
pub(crate) fn routes(record: &MedicationRecord<'_>, recognised: &Recognised, knowledge: &Knowledge) -> Vec<Route> {
    let terms = knowledge.terms();
    let by_form = recognised.form.as_deref().and_then(|form| terms.route_of_form(form));
    let concepts = record.drug.concept.iter();
    let mut texts = concepts.flat_map(|concept| {
        concept.codings.iter().filter_map(|coding| coding.display.as_deref()).chain(concept.text.as_deref())
    });
    let by_form = by_form.or_else(|| texts.find_map(|text| terms.route_of_form(text)));
    if record.dosages.iter().all(|dosage| dosage.route.is_none()) {
        return by_form.into_iter().collect();
    }
    // A route that is not understood, or not said in one of several instructions, may be any: then nothing is known.
    let written = record.dosages.iter().map(|dosage| route_of(dosage.route.as_ref()?, knowledge));
    let written: BTreeSet<Route> = written.collect::<Option<_>>().unwrap_or_default();
    // What is made to be swallowed is not put into an eye: one of the two is wrong, and which is not for us to say.
    let contradicts = |route: &Route| route.is_local() && !matches!(route, Route::Vaginal | Route::Mouth);
    if by_form == Some(Route::Oral) && written.iter().any(contradicts) {
        return Vec::new();
    }
    written.into_iter().collect()
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
