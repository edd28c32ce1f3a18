//! Reading documents into one patient's chart.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::document::{Document, RawResource, Split, decode, split};
use super::element::Field;
use super::elements::{is_element, is_read, is_resource_type, names_element, required_elements};
use super::fhir::Outline;
use super::identity::{Identity, Patient, PatientRecord, SeveralPatients, patient_record};
use super::issues::Issues;
use super::medication::{MedicationKind, MedicationRecord, medication};
use super::reading::Reading;
use super::records::{AllergyRecord, ClinicalKind, ClinicalRecord, Concept, allergy, clinical};
use super::references::{References, Target, contained};
use crate::report::NotEvaluated;

/// Resources that could not be read and are listed one by one.
const MOST_LOST: usize = 200;

/// One patient's chart.
#[derive(Debug, Default)]
pub struct Chart<'a> {
    /// Whom it is about.
    pub patient: Patient,
    /// Drugs ordered, taken, handed out or given; ordered by resource.
    pub medications: Vec<MedicationRecord<'a>>,
    /// Orders that are being written.
    pub drafts: Vec<MedicationRecord<'a>>,
    /// Allergies and intolerances.
    pub allergies: Vec<AllergyRecord<'a>>,
    /// Whether orders that are being written were passed at all.
    pub draft_given: bool,
    /// Everything else that was read.
    pub records: Vec<ClinicalRecord<'a>>,
    /// Resources of a kind that matters to a check and that were not read, or are another patient's.
    pub not_evaluated: Vec<NotEvaluated>,
    /// What was wrong.
    pub issues: Issues,
    /// Resources that could not be read.
    lost: usize,
}

impl Chart<'_> {
    /// Whether not a single resource of a patient was read.
    pub fn is_empty(&self) -> bool {
        self.patient.resources.is_empty()
            && self.medications.is_empty()
            && self.drafts.is_empty()
            && self.allergies.is_empty()
            && self.records.is_empty()
    }
}

/// The texts of a call's documents, decoded; the chart borrows from them.
#[derive(Debug, Default)]
pub struct Documents<'a> {
    chart: Vec<Decoded<'a>>,
    draft: Vec<Decoded<'a>>,
    issues: std::cell::RefCell<Issues>,
}

impl<'a> Documents<'a> {
    /// Decodes the documents of a chart and of the orders that are being written.
    pub fn decode(chart: &'a [Document<'_>], draft: &'a [Document<'_>]) -> Self {
        let mut issues = Issues::default();
        let mut decoded = |documents: &'a [Document<'_>]| {
            documents
                .iter()
                .map(|document| (Cow::Borrowed(document.name.as_ref()), decode(document, &mut issues)))
                .collect()
        };
        Self { chart: decoded(chart), draft: decoded(draft), issues: std::cell::RefCell::default() }.with(issues)
    }

    fn with(self, issues: Issues) -> Self {
        Self { issues: issues.into(), ..self }
    }
}

/// A document's name, and its text where it has one.
type Decoded<'a> = (Cow<'a, str>, Option<Cow<'a, str>>);

/// A resource with its outline, before its elements are read.
struct Sorted<'a> {
    label: String,
    kind: Cow<'a, str>,
    raw: RawResource<'a>,
    target: Target<'a>,
    last_updated: Option<Cow<'a, str>>,
    /// Address of the patient whose it is.
    subject: Option<Cow<'a, str>>,
    draft: bool,
}

/// Reads the documents as one patient's chart. `patient` names a Patient (`Patient/id`) where they hold several.
///
/// # Errors
/// [`SeveralPatients`] where the documents are about more than one patient and none is named. Anything else that is wrong
/// is an issue in the chart.
pub fn read<'a>(documents: &'a Documents<'_>, patient: Option<&str>) -> Result<Chart<'a>, SeveralPatients> {
    let mut chart = Chart { issues: documents.issues.take(), ..Chart::default() };
    let mut resources = Vec::new();
    let drafts_from = documents.chart.len();
    for (position, (name, text)) in documents.chart.iter().chain(&documents.draft).enumerate() {
        let split = text.as_ref().map(|text| split(text, name, position, &mut chart.issues));
        if split.as_ref().is_none_or(|split| split.broken) {
            let text =
                "part of this file could not be read, and what stood there was not checked; the issues say where";
            lost("file", name, text, &mut chart);
        }
        for raw in split.map_or_else(Vec::new, |Split { resources, .. }| resources) {
            resources.extend(outline(raw, name, position >= drafts_from, &mut chart));
        }
    }
    // From here on nothing depends on the order in which the resources came.
    resources.sort_by(|a, b| (a.draft, &a.kind, &a.label, a.raw.json).cmp(&(b.draft, &b.kind, &b.label, b.raw.json)));
    let resources = one_version_each(resources, &mut chart.issues);

    let mut references = References::default();
    for resource in resources.iter().filter(|resource| resource.kind == "Medication") {
        references.add(resource.raw.full_url.as_deref(), &resource.label, &resource.target);
    }
    let mut patients: Vec<PatientRecord> = Vec::new();
    for resource in resources.iter().filter(|resource| resource.kind == "Patient" && !resource.draft) {
        let mut reading = Reading::of(&resource.label, &mut chart.issues);
        match patient_record(resource.raw.json, resource.raw.full_url.as_deref(), &mut reading) {
            Ok(record) => patients.push(record),
            Err(_) => unreadable(resource, &mut chart),
        }
    }
    let of_patients = resources.iter().filter(|resource| is_read(&resource.kind));
    let subjects: BTreeSet<String> =
        of_patients.filter_map(|resource| resource.subject.as_deref().map(str::to_owned)).collect();
    let identity = Identity::decide(patients, &subjects, patient, &mut chart.issues)?;

    // The orders that are being written first: the draft of an order that the chart already holds takes its place.
    let (drafts, others): (Vec<&Sorted<'_>>, Vec<&Sorted<'_>>) =
        resources.iter().partition(|resource| resource.draft && MedicationKind::of(&resource.kind).is_some());
    chart.draft_given = !documents.draft.is_empty();
    for resource in drafts {
        if is_this_patients(resource, &identity, &mut chart) {
            read_resource(resource, &references, &mut chart);
        }
    }
    let drafted: BTreeSet<String> =
        chart.drafts.iter().filter(|draft| draft.is_order()).flat_map(|draft| draft.sources.iter().cloned()).collect();
    for resource in others {
        if is_this_patients(resource, &identity, &mut chart) {
            read_resource(resource, &references, &mut chart);
        }
    }
    replace_drafted(&drafted, &mut chart);
    chart.patient = identity.patient;
    chart.medications = merge_medications(std::mem::take(&mut chart.medications), &mut chart.issues);
    chart.allergies = merge_allergies(std::mem::take(&mut chart.allergies));
    Ok(chart)
}

/// Names a resource and reports what its outline shows to be wrong.
fn outline<'a>(raw: RawResource<'a>, document: &str, draft: bool, chart: &mut Chart<'a>) -> Option<Sorted<'a>> {
    let place = || format!("{document}#{}", raw.number.saturating_add(1));
    let Ok(outline) = serde_json::from_str::<Outline<'a>>(raw.json) else {
        let text = "an object that cannot be read; export it again";
        chart.issues.error("unreadable", &place(), None, text);
        lost("resource", &place(), text, chart);
        return None;
    };
    let kind = match outline.kind {
        Field::Value(kind) if matches!(kind.0.as_ref(), "Bundle" | "Parameters") => {
            let text = "a Bundle that cannot be opened, or Parameters, which are not opened; pass the resources in it";
            chart.issues.error("unreadable", &place(), None, text);
            lost("resource", &place(), text, chart);
            return None;
        }
        Field::Value(kind) if is_resource_type(&kind) => kind.0,
        Field::Absent => {
            let text = "an object without `resourceType`: no FHIR resource; it was not read";
            if raw.is_line && !looks_like_fhir(&outline.elements) {
                // The log file of a bulk export.
                chart.issues.information("no-fhir-resource", &place(), None, text);
            } else {
                chart.issues.error("no-fhir-resource", &place(), None, text);
                lost("resource", &place(), text, chart);
            }
            return None;
        }
        Field::Value(_) | Field::Malformed => {
            let text = "`resourceType` is none of FHIR R4's; correct it. The resource was not read";
            chart.issues.error("unknown-resource-type", &place(), None, text);
            lost("resource", &place(), text, chart);
            return None;
        }
    };
    let id = outline.id.value().map(|id| id.0);
    let label = match id.as_deref() {
        Some(id) if is_id(id) => format!("{kind}/{id}"),
        Some(_) => {
            let label = format!("{kind}/{}", content_name(raw.json));
            let text =
                "`id` is not 1 to 64 letters, digits, hyphens and dots; the resource is named by its content here";
            chart.issues.error("bad-id", &label, Some("id"), text);
            label
        }
        None => format!("{kind}/{}", content_name(raw.json)),
    };
    report_elements(&kind, &label, &outline.elements, &mut chart.issues);
    let (contained, contained_kinds) = contained(outline.contained);
    if contained_kinds.iter().any(|kind| matters(kind)) {
        let text = "an order or an allergy is contained in another resource; it was not read. Pass it as a resource of its own";
        chart.issues.error("contained", &label, Some("contained"), text);
        lost("resource", &label, text, chart);
    }
    let full_url = raw.full_url.as_deref().map(Into::into);
    let target = Target { document: raw.document, json: raw.json, full_url, contained: contained.into() };
    let subject = subject_address(outline.subject);
    Some(Sorted { label, kind, raw, target, last_updated: outline.last_updated, subject, draft })
}

/// Whether an object without a type may be a resource that lost it.
fn looks_like_fhir(elements: &[Cow<'_, str>]) -> bool {
    let of_fhir = |element: &str| matches!(element, "entry" | "subject" | "patient" | "code" | "status" | "intent");
    elements.iter().any(|element| of_fhir(element) || element.starts_with("medication"))
}

/// Reports elements that FHIR does not know, that stand there twice, and required ones that lack.
fn report_elements(kind: &str, label: &str, elements: &[Cow<'_, str>], issues: &mut Issues) {
    if !is_read(kind) {
        return;
    }
    let mut seen = BTreeSet::new();
    for element in elements {
        if !seen.insert(element) {
            let text = "this element stands there twice, so what is meant is unknown; keep one of them";
            issues.error("duplicate-key", label, Some(&printable(element)), text);
        } else if is_element(kind, element) == Some(false) {
            issues.warning(
                "unknown-element",
                label,
                Some(&printable(element)),
                "FHIR R4 has no such element here; it was not read",
            );
        }
    }
    for required in required_elements(kind) {
        if !elements.iter().any(|element| names_element(kind, required, element)) {
            issues.warning("missing-element", label, Some(required), "FHIR R4 requires this element; add it");
        }
    }
}

/// An element's name, unless it is none: what a hostile chart uses as a name is not repeated.
fn printable(element: &str) -> String {
    if element.len() <= 64 && element.chars().all(|character| character.is_ascii_alphanumeric() || character == '_') {
        element.to_owned()
    } else {
        "(a name that is no element's)".to_owned()
    }
}

/// R4 2.24.0.1, `id`.
fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

/// A name for a resource without an id that does not depend on where it stands.
fn content_name(json: &str) -> String {
    let hash = Sha256::digest(compact(json).as_bytes());
    let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("without-id-{hash}")
}

/// Leaves one version of each resource: the same one twice is one, and of two versions the newer counts.
fn one_version_each<'a>(resources: Vec<Sorted<'a>>, issues: &mut Issues) -> Vec<Sorted<'a>> {
    let mut kept: Vec<Sorted<'a>> = Vec::with_capacity(resources.len());
    let mut seen: BTreeSet<Cow<'a, str>> = BTreeSet::new();
    let mut newest: BTreeMap<(usize, Option<String>), usize> = BTreeMap::new();
    let mut resources = resources.into_iter().peekable();
    while let Some(resource) = resources.next() {
        let shares_label = |other: &Sorted<'_>| other.label == resource.label && other.draft == resource.draft;
        if !kept.last().is_some_and(shares_label) && !resources.peek().is_some_and(shares_label) {
            // The only one of its name: nothing to compare.
            kept.push(resource);
            continue;
        }
        let same = kept.last().is_some_and(|other| other.label == resource.label && other.draft == resource.draft);
        if !same {
            seen.clear();
            newest.clear();
        }
        if !seen.insert(compact(resource.raw.json)) {
            continue;
        }
        // Two providers may both have a `MedicationRequest/1`; within one document, at one address, it is the same resource.
        let place = (resource.raw.document, resource.raw.full_url.as_deref().map(str::to_owned));
        let position = kept.len();
        let Some(other) = newest.get(&place).and_then(|position| kept.get_mut(*position)) else {
            newest.insert(place, position);
            kept.push(resource);
            continue;
        };
        let (this, that) = (updated(&resource), updated(other));
        let known = this.is_some() && that.is_some() && this != that;
        let text = if known {
            "this resource stands there in two versions; the one updated last was read"
        } else {
            "this resource stands there in two versions, and nothing says which is newer; both were read"
        };
        issues.warning("several-versions", &resource.label, None, text);
        if !known {
            kept.push(resource);
        } else if this > that {
            *other = resource;
        }
    }
    kept
}

/// JSON without the white space between its tokens.
fn compact(json: &str) -> Cow<'_, str> {
    let mut in_string = false;
    let mut escaped = false;
    let mut keep = |character: char| {
        let is_kept = in_string || !character.is_ascii_whitespace();
        in_string = if in_string { escaped || character != '"' } else { character == '"' };
        escaped = in_string && character == '\\' && !escaped;
        is_kept
    };
    Cow::Owned(json.chars().filter(|character| keep(*character)).collect())
}

/// When a resource was last updated: moments compare across offsets, as texts they do not.
fn updated(resource: &Sorted<'_>) -> Option<jiff::Timestamp> {
    resource.last_updated.as_deref()?.parse().ok()
}

/// The address of the patient whose a resource is, where it says so.
fn subject_address<'a>(subject: Field<super::fhir::Reference<'a>>) -> Option<Cow<'a, str>> {
    let reference = subject.value()?.reference.value()?.0;
    // A Group, Device or Location as subject is no second patient.
    (reference.contains("Patient/") || reference.starts_with("urn:")).then_some(reference)
}

fn is_this_patients<'a>(resource: &Sorted<'a>, identity: &Identity, chart: &mut Chart<'a>) -> bool {
    if !is_read(&resource.kind) || matches!(resource.kind.as_ref(), "Patient" | "Medication") {
        return false;
    }
    let Some(subject) = resource.subject.as_deref() else {
        chart.issues.information(
            "no-subject",
            &resource.label,
            None,
            "nothing says whose this is; it was taken to be this patient's",
        );
        return true;
    };
    if identity.is_subject(subject) {
        return true;
    }
    let text = "this is another patient's, or its patient is not in the chart; it was left out. Check which chart it belongs to";
    chart.issues.error("other-patient", &resource.label, Some("subject"), text);
    if matters(&resource.kind) {
        not_evaluated(resource, "other-patient", text, chart);
    }
    false
}

/// Notes what could not be read and may have been a drug or an allergy: an answer without it is not complete.
fn lost(subject: &str, place: &str, text: &str, chart: &mut Chart<'_>) {
    chart.lost = chart.lost.saturating_add(1);
    if chart.lost <= MOST_LOST {
        chart.not_evaluated.push(NotEvaluated {
            subject: subject.to_owned(),
            reason: "unreadable".to_owned(),
            resource: place.to_owned(),
            named: None,
            text: text.to_owned(),
        });
    } else if chart.lost == MOST_LOST.saturating_add(1) {
        // One entry for all of them, so that hostile input cannot fill the memory.
        chart.not_evaluated.retain(|entry| entry.reason != "unreadable");
        chart.not_evaluated.push(NotEvaluated {
            subject: "everything".to_owned(),
            reason: "unreadable".to_owned(),
            resource: "chart".to_owned(),
            named: None,
            text: format!(
                "more than {MOST_LOST} resources could not be read and were not checked; export the chart again"
            ),
        });
    }
}

/// Whether a check reads this kind of resource.
fn matters(kind: &str) -> bool {
    MedicationKind::of(kind).is_some() || kind == "AllergyIntolerance"
}

fn not_evaluated(resource: &Sorted<'_>, reason: &str, text: &str, chart: &mut Chart<'_>) {
    chart.not_evaluated.push(NotEvaluated {
        subject: "resource".to_owned(),
        reason: reason.to_owned(),
        resource: resource.label.clone(),
        named: None,
        text: text.to_owned(),
    });
}

fn unreadable(resource: &Sorted<'_>, chart: &mut Chart<'_>) {
    let text = "this resource cannot be read: an element stands there twice, or it is nested more than 128 deep. It was left out";
    chart.issues.error("unreadable", &resource.label, None, text);
    if matters(&resource.kind) || matches!(resource.kind.as_ref(), "Condition" | "Observation" | "Patient") {
        not_evaluated(resource, "unreadable", text, chart);
    }
}

fn read_resource<'a>(resource: &Sorted<'a>, references: &References<'a>, chart: &mut Chart<'a>) {
    let json = resource.raw.json;
    let mut reading = Reading::of(&resource.label, &mut chart.issues);
    let outcome = if let Some(kind) = MedicationKind::of(&resource.kind) {
        medication(kind, json, &resource.target, references, &mut reading).map(|record| {
            let records = if resource.draft { &mut chart.drafts } else { &mut chart.medications };
            records.extend(record);
        })
    } else if resource.kind == "AllergyIntolerance" {
        allergy(json, &mut reading).map(|record| chart.allergies.extend(record))
    } else if let Some(kind) = ClinicalKind::of(&resource.kind) {
        clinical(kind, json, &mut reading).map(|record| chart.records.extend(record))
    } else {
        Ok(())
    };
    if outcome.is_err() {
        unreadable(resource, chart);
    }
}

/// The draft of an order that the chart already holds takes its place, if it is of the same drug. An id alone says little: a page
/// may number its drafts from one.
fn replace_drafted(drafted: &BTreeSet<String>, chart: &mut Chart<'_>) {
    let Chart { medications, drafts, issues, .. } = chart;
    medications.retain(|order| {
        let Some(label) = order.sources.first().filter(|label| drafted.contains(*label)) else { return true };
        let own = || drafts.iter().filter(|draft| draft.is_order() && draft.sources.contains(label));
        let same_drug = own().any(|draft| draft.drug == order.drug);
        if !same_drug {
            let text =
                "the draft has the id of this order and is of another drug, or codes it differently; both were checked";
            issues.warning("draft-of-another-drug", label, Some("id"), text);
        }
        !same_drug
    });
}

/// The same order of two providers, or written twice on the same day, is one record with two sources.
fn merge_medications<'a>(records: Vec<MedicationRecord<'a>>, issues: &mut Issues) -> Vec<MedicationRecord<'a>> {
    let mut merged: Vec<MedicationRecord<'a>> = Vec::with_capacity(records.len());
    let mut seen: BTreeMap<_, usize> = BTreeMap::new();
    for record in records {
        let same = record.written.filter(|_| record.drug.problem.is_none()).map(|written| {
            (
                (record.kind, record.intent.clone(), record.do_not_perform),
                record.drug.clone(),
                [Some(written), record.end, record.valid_until].map(|when| when.map(|when| when.to_string())),
                record.supply_days,
                record.dosages.clone(),
            )
        });
        let earlier = same.as_ref().and_then(|same| seen.get(same)).and_then(|index| merged.get_mut(*index));
        // Of two statuses one counts only where one is `active`; which of two others holds is not for us to say.
        let active = |record: &MedicationRecord<'_>| record.status.as_deref() == Some("active");
        let earlier = earlier.filter(|earlier| earlier.status == record.status || active(earlier) || active(&record));
        if let Some(earlier) = earlier {
            if earlier.status != record.status {
                let text = "the same order stands there with two statuses; correct the one that is wrong. Where either is active, it counts as active";
                let label = record.sources.first().map_or("", String::as_str);
                issues.warning("conflict", label, Some("status"), text);
                if active(&record) {
                    earlier.status.clone_from(&record.status);
                }
            }
            earlier.sources.extend(record.sources);
        } else {
            if let Some(same) = same {
                seen.insert(same, merged.len());
            }
            merged.push(record);
        }
    }
    merged
}

/// The same allergy of two providers is one record with two sources; it is active where either says so.
fn merge_allergies(records: Vec<AllergyRecord<'_>>) -> Vec<AllergyRecord<'_>> {
    let mut merged: Vec<AllergyRecord<'_>> = Vec::with_capacity(records.len());
    let mut seen: BTreeMap<(Vec<Concept<'_>>, Vec<Concept<'_>>), usize> = BTreeMap::new();
    for record in records {
        let allergen = (record.allergens.clone(), record.substances.clone());
        let earlier = seen.get(&allergen).and_then(|index| merged.get_mut(*index));
        if let Some(earlier) = earlier {
            earlier.sources.extend(record.sources);
            earlier.active |= record.active;
            earlier.intolerance &= record.intolerance;
            earlier.low_criticality &= record.low_criticality;
            earlier.partly |= record.partly;
        } else {
            if allergen != (Vec::new(), Vec::new()) {
                seen.insert(allergen, merged.len());
            }
            merged.push(record);
        }
    }
    merged
}
