//! Orders, statements, dispenses and administrations of drugs.

use std::borrow::Cow;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::dosage::{DosageRecord, dosage_record, written_dosages};
use super::element::Field;
use super::fhir;
use super::reading::Reading;
use super::records::{Concept, Quantity};
use super::references::{DeadEnd, References, Target};
use super::when::When;

/// A Medication may name others as ingredients this deep.
const DEEPEST_INGREDIENT: usize = 4;

/// Medications that are followed for one record.
const MOST_INGREDIENTS: usize = 64;

/// Longest supply that is believed, in days.
const LONGEST_SUPPLY: u32 = 36_500;

/// What says that a patient has a drug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MedicationKind {
    /// MedicationRequest: it was ordered.
    Request,
    /// MedicationStatement: somebody says that it is taken.
    Statement,
    /// MedicationDispense: it was handed out.
    Dispense,
    /// MedicationAdministration: it was given.
    Administration,
}

impl MedicationKind {
    /// The kind of a resource type, where it is one of these.
    pub fn of(resource_type: &str) -> Option<Self> {
        Some(match resource_type {
            "MedicationRequest" => Self::Request,
            "MedicationStatement" => Self::Statement,
            "MedicationDispense" => Self::Dispense,
            "MedicationAdministration" => Self::Administration,
            _ => return None,
        })
    }
}

/// A drug that the chart says was ordered, taken, handed out or given, and that was not entered in error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MedicationRecord<'a> {
    /// What kind of resource says so.
    pub kind: MedicationKind,
    /// The resources that say so, as `Type/id`, ordered; the same order of two providers has two.
    pub sources: Vec<String>,
    /// Status, as written.
    pub status: Option<Cow<'a, str>>,
    /// Intent of an order, as written.
    pub intent: Option<Cow<'a, str>>,
    /// Whether it is an order *not* to give the drug.
    pub do_not_perform: bool,
    /// Which drug.
    pub drug: Drug<'a>,
    /// When it was written, stated, handed out or given.
    pub written: Option<When>,
    /// First day of use, where it is said.
    pub start: Option<When>,
    /// Last day of use, where it is said.
    pub end: Option<When>,
    /// Last day of an order's validity.
    pub valid_until: Option<When>,
    /// Days that the supply lasts, all repeats together.
    pub supply_days: Option<u32>,
    /// Days for which the instructions say that it is taken; of several instructions the longest.
    pub lasts_days: Option<u32>,
    /// How it is to be taken.
    pub dosages: Vec<DosageRecord<'a>>,
}

impl MedicationRecord<'_> {
    /// Whether a draft is an order to give the drug, and not one to stop or to forbid it.
    pub fn is_order(&self) -> bool {
        !self.do_not_perform
            && !matches!(self.status.as_deref(), Some("stopped" | "cancelled" | "completed" | "not-done"))
    }
}

/// Which drug a record is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Drug<'a> {
    /// The drug's code and text.
    pub concept: Option<Concept<'a>>,
    /// The ingredients, where a Medication resource names them.
    pub ingredients: Vec<Concept<'a>>,
    /// Why there is neither.
    pub problem: Option<DrugProblem>,
}

/// Why a record does not say which drug it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DrugProblem {
    /// It has neither a code nor a text.
    NoCode,
    /// It refers to a Medication that is not there.
    UnresolvedReference,
    /// Medications refer to one another in a circle, or too deeply.
    ReferenceCycle,
}

/// Reads one record; `None` where it was entered in error.
pub(crate) fn medication<'a>(
    kind: MedicationKind,
    json: &'a str,
    place: &Target<'a>,
    references: &References<'a>,
    reading: &mut Reading<'_>,
) -> Result<Option<MedicationRecord<'a>>, serde_json::Error> {
    let resource: fhir::MedicationUse<'a> = serde_json::from_str(json)?;
    let status = reading.text(resource.status, "status");
    if status.as_deref() == Some("entered-in-error") {
        return Ok(None);
    }
    let malformed_before = reading.malformed;
    let concept = reading.concept(resource.medication_codeable_concept, "medicationCodeableConcept");
    let reference = reading.take(resource.medication_reference, "medicationReference");
    let mut drug = drug(concept, reference, place, references, reading);
    if reading.malformed > malformed_before {
        // Part of it could not be read: what the rest says may not be the whole drug.
        drug.problem = drug.problem.or(Some(DrugProblem::NoCode));
    }
    let written = [
        (resource.authored_on, "authoredOn"),
        (resource.date_asserted, "dateAsserted"),
        (resource.when_handed_over, "whenHandedOver"),
        (resource.when_prepared, "whenPrepared"),
    ];
    let written: Vec<Option<When>> = written.into_iter().map(|(field, path)| reading.when(field, path)).collect();
    let written = written.into_iter().flatten().next();
    let effective = reading.when(resource.effective_date_time, "effectiveDateTime");
    let (mut start, mut end) = reading.period(resource.effective_period, "effectivePeriod");

    let mut supply_days = days_supply(resource.days_supply, reading);
    let mut valid_until = None;
    if let Some(request) = reading.take(resource.dispense_request, "dispenseRequest") {
        (_, valid_until) = reading.period(request.validity_period, "dispenseRequest.validityPeriod");
        let once = duration(request.expected_supply_duration, "dispenseRequest.expectedSupplyDuration", reading);
        let repeats = reading.take(request.number_of_repeats_allowed, "dispenseRequest.numberOfRepeatsAllowed");
        let repeats: u32 = repeats.and_then(|number| number.0.get().parse().ok()).unwrap_or(0);
        supply_days =
            once.map(|days| days.saturating_mul(repeats.saturating_add(1)).min(LONGEST_SUPPLY)).or(supply_days);
    }
    let mut dosages = Vec::new();
    let mut lasts_days = None;
    for (position, (path, dosage)) in written_dosages(resource.dosage_instruction, resource.dosage, reading).enumerate()
    {
        let (record, bounds) = dosage_record(dosage, &path, reading);
        let last = bounds.last.or_else(|| add_days(bounds.first.or(written)?, bounds.days?));
        lasts_days = lasts_days.max(bounds.days);
        start = earliest(start, bounds.first);
        end = if position == 0 { last.or(end) } else { latest(end, last) };
        dosages.push(record);
    }
    Ok(Some(MedicationRecord {
        kind,
        sources: vec![reading.resource.clone()],
        status,
        intent: reading.text(resource.intent, "intent"),
        do_not_perform: reading.boolean(resource.do_not_perform, "doNotPerform") == Some(true),
        drug,
        written: written.or(effective),
        start: start.or(effective),
        end,
        valid_until,
        supply_days,
        lasts_days,
        dosages,
    }))
}

/// The drug that a concept or a reference names.
fn drug<'a>(
    concept: Option<Concept<'a>>,
    reference: Option<fhir::Reference<'a>>,
    place: &Target<'a>,
    references: &References<'a>,
    reading: &mut Reading<'_>,
) -> Drug<'a> {
    let concept = concept.filter(|concept| !concept.codings.is_empty() || concept.text.is_some());
    if concept.is_some() {
        // FHIR allows one of the two; where both stand there, the other may name another drug.
        let problem = reference.map(|_| DrugProblem::UnresolvedReference);
        return Drug { concept, problem, ..Drug::default() };
    }
    let Some(address) =
        reference.and_then(|reference| reading.text(reference.reference, "medicationReference.reference"))
    else {
        return Drug { problem: Some(DrugProblem::NoCode), ..Drug::default() };
    };
    let mut budget = MOST_INGREDIENTS;
    medication_at(&address, place, references, (0, &mut budget), reading)
}

fn medication_at<'a>(
    address: &str,
    place: &Target<'a>,
    references: &References<'a>,
    (depth, budget): (usize, &mut usize),
    reading: &mut Reading<'_>,
) -> Drug<'a> {
    *budget = budget.saturating_sub(1);
    if depth > DEEPEST_INGREDIENT || *budget == 0 {
        let text = "Medications refer to one another in a circle, or too deeply; code the drug itself";
        reading.issues.error("reference-cycle", &reading.resource, Some("medicationReference"), text);
        return Drug { problem: Some(DrugProblem::ReferenceCycle), ..Drug::default() };
    }
    let target = match references.follow(address, place) {
        Ok(target) => target,
        Err(dead_end) => {
            let text = match dead_end {
                DeadEnd::NotFound => {
                    "this reference leads to nothing in the chart; include the Medication that it names"
                }
                DeadEnd::Ambiguous => {
                    "several files hold different resources of this address; pass the Medication in the same file"
                }
            };
            reading.issues.error("unresolved-reference", &reading.resource, Some("medicationReference"), text);
            return Drug { problem: Some(DrugProblem::UnresolvedReference), ..Drug::default() };
        }
    };
    let outline: Result<fhir::Outline<'a>, _> = serde_json::from_str(target.json);
    let is_medication = outline.is_ok_and(|outline| outline.kind.value().is_some_and(|kind| &*kind == "Medication"));
    let Some(medication) = serde_json::from_str::<fhir::Medication<'a>>(target.json).ok().filter(|_| is_medication)
    else {
        let text = "this reference does not lead to a readable Medication; correct the reference";
        reading.issues.error("unresolved-reference", &reading.resource, Some("medicationReference"), text);
        return Drug { problem: Some(DrugProblem::UnresolvedReference), ..Drug::default() };
    };
    let concept = reading.concept(medication.code, "Medication.code");
    let concept = concept.filter(|concept| !concept.codings.is_empty() || concept.text.is_some());
    let mut drug = Drug { concept, ..Drug::default() };
    let malformed_before = reading.malformed;
    let mut unnamed = false;
    for ingredient in reading.list(medication.ingredient, "Medication.ingredient") {
        if let Some(concept) =
            reading.concept(ingredient.item_codeable_concept, "Medication.ingredient.itemCodeableConcept")
        {
            drug.ingredients.push(concept);
        } else if let Some(item) = reading.take(ingredient.item_reference, "Medication.ingredient.itemReference")
            && let Some(address) = reading.text(item.reference, "Medication.ingredient.itemReference.reference")
        {
            let inner = medication_at(&address, &target, references, (depth.saturating_add(1), budget), reading);
            drug.problem = drug.problem.or(inner.problem);
            drug.ingredients.extend(inner.concept.into_iter().chain(inner.ingredients));
        } else {
            unnamed = true;
        }
    }
    if unnamed || reading.malformed > malformed_before {
        // Some ingredient is not known: what the others say is not the whole drug.
        drug.problem = drug.problem.or(Some(DrugProblem::NoCode));
    }
    if drug.concept.is_none() && drug.ingredients.is_empty() && drug.problem.is_none() {
        drug.problem = Some(DrugProblem::NoCode);
    }
    drug
}

/// The days that a dispensed supply lasts; a number without a unit is of days.
fn days_supply(field: Field<fhir::Quantity<'_>>, reading: &mut Reading<'_>) -> Option<u32> {
    let quantity = reading.quantity(field, "daysSupply")?;
    if quantity.unit.is_empty() { whole_days(quantity.value) } else { in_days(quantity, "daysSupply", reading) }
}

/// A FHIR Duration in days, rounded up. Units are those of FHIR's `UnitsOfTime` value set.
pub(crate) fn duration(field: Field<fhir::Quantity<'_>>, path: &str, reading: &mut Reading<'_>) -> Option<u32> {
    let quantity = reading.quantity(field, path)?;
    in_days(quantity, path, reading)
}

fn in_days(quantity: Quantity<'_>, path: &str, reading: &mut Reading<'_>) -> Option<u32> {
    let days_in_unit = match quantity.unit.as_ref() {
        "d" | "day" | "days" | "Day" | "Days" => 1,
        "wk" | "week" | "weeks" => 7,
        "mo" | "month" | "months" => 30,
        "a" | "year" | "years" => 365,
        "h" | "hour" | "hours" | "min" | "minute" | "minutes" | "s" => return Some(1),
        _ => {
            reading.issues.warning(
                "unknown-unit",
                &reading.resource,
                Some(path),
                "not a unit of time that FHIR allows; use `d`, `wk`, `mo` or `a`",
            );
            return None;
        }
    };
    quantity.value.checked_mul(Decimal::from(days_in_unit)).and_then(whole_days)
}

fn whole_days(days: Decimal) -> Option<u32> {
    days.ceil().to_u32().map(|days| days.min(LONGEST_SUPPLY))
}

fn add_days(when: When, days: u32) -> Option<When> {
    let days = jiff::SignedDuration::from_hours(i64::from(days).saturating_mul(24));
    when.latest().checked_add(days).ok().map(When::day)
}

fn earliest(one: Option<When>, other: Option<When>) -> Option<When> {
    one.into_iter().chain(other).min_by_key(|when| when.earliest())
}

fn latest(one: Option<When>, other: Option<When>) -> Option<When> {
    one.into_iter().chain(other).max_by_key(|when| when.latest())
}
