//! What the chart holds beside drugs: allergies, and every other clinical resource in one shape.

use std::borrow::Cow;

pub use rust_decimal::Decimal;

use super::element::Field;
use super::elements::status_codes;
use super::fhir;
use super::reading::Reading;
use super::when::When;

/// A code of a code system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coding<'a> {
    /// The code system's canonical address; empty where the chart names none.
    pub system: Cow<'a, str>,
    /// The code; empty where the chart gives none.
    pub code: Cow<'a, str>,
    /// The chart's own words for it: often sloppy, never matched where a code is known.
    pub display: Option<Cow<'a, str>>,
}

/// A concept, as codes and as text.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Concept<'a> {
    /// Codes of one or several systems.
    pub codings: Vec<Coding<'a>>,
    /// The chart's own words.
    pub text: Option<Cow<'a, str>>,
}

impl Concept<'_> {
    /// The chart's own words: the text, else the first display.
    pub fn words(&self) -> Option<&str> {
        self.text.as_deref().or_else(|| self.codings.iter().find_map(|coding| coding.display.as_deref()))
    }
}

/// A number with a unit, as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity<'a> {
    /// Decimal, never a binary float.
    pub value: Decimal,
    /// Where the true value lies, if `value` is but a bound.
    pub bound: Option<Bound>,
    /// UCUM code, else the unit in words; empty where there is none. Unlike units never compare.
    pub unit: Cow<'a, str>,
}

/// What a quantity's `comparator` says of the true value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound {
    /// It is at most the number: `<` or `<=`.
    AtMost,
    /// It is at least the number: `>` or `>=`.
    AtLeast,
}

/// The value of an observation or of one of its components.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value<'a> {
    /// A number with a unit.
    Quantity(Quantity<'a>),
    /// A coded answer.
    Concept(Concept<'a>),
}

/// An allergy or intolerance that is recorded and not entered in error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllergyRecord<'a> {
    /// The resources that record it, as `AllergyIntolerance/id`; the same allergy of two providers has two.
    pub sources: Vec<String>,
    /// What it is to.
    pub allergens: Vec<Concept<'a>>,
    /// The substances of its reactions.
    pub substances: Vec<Concept<'a>>,
    /// Whether part of what it is to could not be read.
    pub partly: bool,
    /// Whether it is still held to be true: not inactive, resolved or refuted.
    pub active: bool,
    /// Whether it is recorded as an intolerance, and not as an allergy.
    pub intolerance: bool,
    /// Whether the recorded criticality is low.
    pub low_criticality: bool,
}

/// What a [`ClinicalRecord`] was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is the FHIR resource type of that name")]
pub enum ClinicalKind {
    Condition,
    Observation,
    Procedure,
    Immunization,
    Encounter,
    ServiceRequest,
    DiagnosticReport,
    Coverage,
    Goal,
    FamilyMemberHistory,
}

impl ClinicalKind {
    /// The kind of a resource type, where it is one of these.
    pub fn of(resource_type: &str) -> Option<Self> {
        Some(match resource_type {
            "Condition" => Self::Condition,
            "Observation" => Self::Observation,
            "Procedure" => Self::Procedure,
            "Immunization" => Self::Immunization,
            "Encounter" => Self::Encounter,
            "ServiceRequest" => Self::ServiceRequest,
            "DiagnosticReport" => Self::DiagnosticReport,
            "Coverage" => Self::Coverage,
            "Goal" => Self::Goal,
            "FamilyMemberHistory" => Self::FamilyMemberHistory,
            _ => return None,
        })
    }
}

/// Any other clinical resource: what, when, with which status and value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClinicalRecord<'a> {
    /// Resource type.
    pub kind: ClinicalKind,
    /// The resource, as `Type/id`.
    pub source: String,
    /// Its status, as written.
    pub status: Option<Cow<'a, str>>,
    /// Whether it says that something was *not* done or is not to be done.
    pub negated: bool,
    /// What it is about; for a family history each relative's condition.
    pub concepts: Vec<Concept<'a>>,
    /// When it happened or began.
    pub start: Option<When>,
    /// When it ended.
    pub end: Option<When>,
    /// Its value.
    pub value: Option<Value<'a>>,
    /// Components with a code and a value each, such as the two pressures of a blood pressure.
    pub components: Vec<(Concept<'a>, Option<Value<'a>>)>,
}

/// The code of a concept of one of FHIR's own small code systems, such as `active`.
fn plain_code(concept: Option<&Concept<'_>>) -> Option<String> {
    let codings = || concept.into_iter().flat_map(|concept| &concept.codings);
    // HL7's own code, wherever it stands among those of others.
    let own = codings().find(|coding| coding.system.starts_with("http://terminology.hl7.org/CodeSystem/"));
    own.or_else(|| codings().next()).map(|coding| coding.code.to_string())
}

/// Reads an allergy; `None` where it was entered in error.
pub(crate) fn allergy<'a>(
    json: &'a str,
    reading: &mut Reading<'_>,
) -> Result<Option<AllergyRecord<'a>>, serde_json::Error> {
    let allergy: fhir::AllergyIntolerance<'a> = serde_json::from_str(json)?;
    let clinical = reading.concept(allergy.clinical_status, "clinicalStatus");
    let verification = reading.concept(allergy.verification_status, "verificationStatus");
    let verification = plain_code(verification.as_ref());
    if verification.as_deref() == Some("entered-in-error") {
        return Ok(None);
    }
    let clinical = plain_code(clinical.as_ref());
    let kind = reading.text(allergy.r#type, "type");
    let criticality = reading.text(allergy.criticality, "criticality");
    reading.when(allergy.recorded_date, "recordedDate");
    let malformed_before = reading.malformed;
    let substances: Vec<Concept<'a>> = reading
        .list(allergy.reaction, "reaction")
        .into_iter()
        .filter_map(|reaction| reading.concept(reaction.substance, "reaction.substance"))
        .collect();
    let code = reading.concept(allergy.code, "code").filter(|code| !code.codings.is_empty() || code.text.is_some());
    Ok(Some(AllergyRecord {
        sources: vec![reading.resource.clone()],
        allergens: code.into_iter().collect(),
        substances,
        partly: reading.malformed > malformed_before,
        active: !matches!(clinical.as_deref(), Some("inactive" | "resolved"))
            && verification.as_deref() != Some("refuted"),
        intolerance: kind.as_deref() == Some("intolerance"),
        low_criticality: criticality.as_deref() == Some("low"),
    }))
}

/// The type of a resource that is named `Type/id`.
fn resource_type(label: &str) -> &str {
    label.split('/').next().unwrap_or("")
}

/// Reads any other clinical resource; `None` where it was entered in error.
pub(crate) fn clinical<'a>(
    kind: ClinicalKind,
    json: &'a str,
    reading: &mut Reading<'_>,
) -> Result<Option<ClinicalRecord<'a>>, serde_json::Error> {
    let resource: fhir::Clinical<'a> = serde_json::from_str(json)?;
    let verification = reading.concept(resource.verification_status, "verificationStatus");
    let clinical = reading.concept(resource.clinical_status, "clinicalStatus");
    let status = if kind == ClinicalKind::Goal {
        reading.text(resource.lifecycle_status, "lifecycleStatus")
    } else if kind == ClinicalKind::Condition {
        plain_code(clinical.as_ref()).map(Cow::Owned)
    } else {
        reading.text(resource.status, "status")
    };
    let allowed = status_codes(resource_type(&reading.resource));
    if status.as_deref().is_some_and(|status| !allowed.is_empty() && !allowed.split(' ').any(|code| code == status)) {
        let text = "not one of the codes that FHIR R4 gives this element; correct it";
        reading.issues.warning("bad-code", &reading.resource, Some("status"), text);
    }
    let verification = plain_code(verification.as_ref());
    if status.as_deref() == Some("entered-in-error") || verification.as_deref() == Some("entered-in-error") {
        return Ok(None);
    }
    let do_not_perform = reading.boolean(resource.do_not_perform, "doNotPerform") == Some(true);
    let negated = do_not_perform || status.as_deref() == Some("not-done") || verification.as_deref() == Some("refuted");

    let concepts = match kind {
        ClinicalKind::Immunization => reading.concept(resource.vaccine_code, "vaccineCode").into_iter().collect(),
        ClinicalKind::Encounter => encounter_types(resource.r#type, reading),
        ClinicalKind::Coverage => one_concept(resource.r#type, "type", reading),
        ClinicalKind::Goal => one_concept(resource.description, "description", reading),
        ClinicalKind::FamilyMemberHistory => {
            one_concept(resource.relationship, "relationship", reading);
            let conditions = reading.list(resource.condition, "condition");
            conditions.into_iter().filter_map(|condition| reading.concept(condition.code, "condition.code")).collect()
        }
        _ => reading.concept(resource.code, "code").into_iter().collect(),
    };

    let periods = [
        (resource.effective_period, "effectivePeriod"),
        (resource.performed_period, "performedPeriod"),
        (resource.occurrence_period, "occurrencePeriod"),
        (resource.onset_period, "onsetPeriod"),
        (resource.period, "period"),
    ];
    let (mut start, mut end) = (None, None);
    for (period, path) in periods {
        let (first, last) = reading.period(period, path);
        start = start.or(first);
        end = end.or(last);
    }
    let moments = [
        (resource.effective_date_time, "effectiveDateTime"),
        (resource.effective_instant, "effectiveInstant"),
        (resource.performed_date_time, "performedDateTime"),
        (resource.occurrence_date_time, "occurrenceDateTime"),
        (resource.onset_date_time, "onsetDateTime"),
        (resource.start_date, "startDate"),
        (resource.authored_on, "authoredOn"),
        (resource.recorded_date, "recordedDate"),
        (resource.date, "date"),
        (resource.issued, "issued"),
    ];
    for (moment, path) in moments {
        // Read even where an earlier one decided: a date that does not exist is reported wherever it stands.
        let moment = reading.when(moment, path);
        start = start.or(moment);
    }
    let abated = reading.when(resource.abatement_date_time, "abatementDateTime");
    let (_, abated_period) = reading.period(resource.abatement_period, "abatementPeriod");
    end = abated.or(abated_period).or(end);

    let value = value_of(resource.value_quantity, resource.value_codeable_concept, "value", reading);
    let components = reading.list(resource.component, "component");
    let components = components
        .into_iter()
        .enumerate()
        .filter_map(|(position, component)| {
            let path = format!("component[{position}]");
            let code = reading.concept(component.code, &format!("{path}.code"))?;
            let value =
                value_of(component.value_quantity, component.value_codeable_concept, &format!("{path}.value"), reading);
            Some((code, value))
        })
        .collect();
    Ok(Some(ClinicalRecord {
        kind,
        source: reading.resource.clone(),
        status,
        negated,
        concepts,
        start,
        end,
        value,
        components,
    }))
}

fn value_of<'a>(
    quantity: Field<fhir::Quantity<'a>>,
    concept: Field<fhir::CodeableConcept<'a>>,
    path: &str,
    reading: &mut Reading<'_>,
) -> Option<Value<'a>> {
    let quantity = reading.quantity(quantity, &format!("{path}Quantity")).map(Value::Quantity);
    quantity.or_else(|| reading.concept(concept, &format!("{path}CodeableConcept")).map(Value::Concept))
}

fn one_concept<'a>(
    raw: Field<&'a serde_json::value::RawValue>,
    path: &str,
    reading: &mut Reading<'_>,
) -> Vec<Concept<'a>> {
    let Some(raw) = reading.take(raw, path) else { return Vec::new() };
    let concept = serde_json::from_str(raw.get()).unwrap_or(Field::Malformed);
    reading.concept(concept, path).into_iter().collect()
}

fn encounter_types<'a>(raw: Field<&'a serde_json::value::RawValue>, reading: &mut Reading<'_>) -> Vec<Concept<'a>> {
    let Some(raw) = reading.take(raw, "type") else { return Vec::new() };
    let types: fhir::List<fhir::CodeableConcept<'a>> = serde_json::from_str(raw.get()).unwrap_or(Field::Malformed);
    let types = reading.list(types, "type");
    types.into_iter().filter_map(|kind| reading.concept(Field::Value(kind), "type")).collect()
}
