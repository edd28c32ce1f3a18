//! Whose chart it is. Records of several providers are one patient's where they share an identifier or an id, or are linked;
//! never because of a name.

use std::collections::{BTreeMap, BTreeSet};

use super::element::{Field, Text};
use super::fhir;
use super::issues::Issues;
use super::reading::Reading;
use super::references::type_and_id;
use super::when::When;
use crate::disjoint_sets::DisjointSets;

/// Whom a chart is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patient {
    /// The Patient resources, as `Patient/id`, ordered.
    pub resources: Vec<String>,
    /// Date of birth; the first by resource where providers differ.
    pub birth_date: Option<When>,
    /// FHIR administrative gender.
    pub gender: Option<String>,
    /// Whether any provider says that the patient has died.
    pub deceased: bool,
}

/// The documents are about several patients, and nothing says which one is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the chart holds {count} patients that share no identifier; pass the files of one patient, name one as `patient`, or scan the files"
)]
pub struct SeveralPatients {
    /// How many.
    pub count: usize,
}

/// A Patient resource.
#[derive(Debug, Default)]
pub(crate) struct PatientRecord {
    pub label: String,
    pub addresses: Vec<String>,
    identifiers: BTreeSet<(String, String)>,
    links: Vec<String>,
    birth_date: Option<When>,
    gender: Option<String>,
    deceased: Option<bool>,
}

/// Reads a Patient.
pub(crate) fn patient_record(
    json: &str,
    full_url: Option<&str>,
    reading: &mut Reading<'_>,
) -> Result<PatientRecord, serde_json::Error> {
    let patient: fhir::Patient<'_> = serde_json::from_str(json)?;
    let mut identifiers = BTreeSet::new();
    for identifier in reading.list(patient.identifier, "identifier") {
        let system = reading.text(identifier.system, "identifier.system");
        let value = reading.text(identifier.value, "identifier.value");
        if let (Some(system), Some(value)) = (system, value)
            && !system.is_empty()
            && !value.is_empty()
        {
            identifiers.insert((system.into_owned(), value.into_owned()));
        }
    }
    let links = reading.list(patient.link, "link");
    let links = links.into_iter().filter_map(|link| reading.take(link.other, "link.other"));
    let links: Vec<String> =
        links.filter_map(|other| other.reference.value()).map(|text| text.0.into_owned()).collect();
    let died = reading.when(patient.deceased_date_time, "deceasedDateTime");
    let deceased = reading.boolean(patient.deceased_boolean, "deceasedBoolean");
    Ok(PatientRecord {
        label: reading.resource.clone(),
        addresses: full_url.map(str::to_owned).into_iter().chain([reading.resource.clone()]).collect(),
        identifiers,
        links,
        birth_date: reading.when(patient.birth_date, "birthDate"),
        gender: gender(patient.gender, reading),
        deceased: died.map(|_| true).or(deceased),
    })
}

/// One of FHIR's four administrative genders (R4 8.1.9); anything else is not repeated to the reader.
fn gender(field: Field<Text<'_>>, reading: &mut Reading<'_>) -> Option<String> {
    let gender = reading.text(field, "gender")?;
    if matches!(gender.as_ref(), "male" | "female" | "other" | "unknown") {
        return Some(gender.into_owned());
    }
    let text = "not one of the codes that FHIR R4 gives this element; it was not read";
    reading.issues.error("bad-code", &reading.resource, Some("gender"), text);
    None
}

/// The one patient of a chart, and how resources may refer to him or her.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    pub patient: Patient,
    addresses: BTreeSet<String>,
    /// The addresses' `Patient/id`.
    ids: BTreeSet<String>,
}

impl Identity {
    /// Decides whose chart it is. `wanted` names a Patient where the call does; `subjects` are the references that resources
    /// make to their patient, and decide where no Patient resource is there.
    pub fn decide(
        mut records: Vec<PatientRecord>,
        subjects: &BTreeSet<String>,
        wanted: Option<&str>,
        issues: &mut Issues,
    ) -> Result<Self, SeveralPatients> {
        records.sort_by(|a, b| (&a.label, &a.addresses, &a.identifiers).cmp(&(&b.label, &b.addresses, &b.identifiers)));
        if records.is_empty() {
            return Self::from_subjects(subjects, wanted);
        }
        let groups = same_patient(&records);
        let named = |record: &PatientRecord| {
            wanted.is_some_and(|wanted| {
                record.addresses.iter().any(|address| address == wanted || type_and_id(address) == type_and_id(wanted))
            })
        };
        let mut chosen: Vec<&Vec<usize>> = groups
            .iter()
            .filter(|group| wanted.is_none() || group.iter().any(|index| records.get(*index).is_some_and(named)))
            .collect();
        let count = groups.len();
        let group = match (chosen.pop(), chosen.is_empty()) {
            (Some(group), true) => group,
            _ => return Err(SeveralPatients { count }),
        };
        let mut identity = Self::default();
        for record in group.iter().filter_map(|index| records.get(*index)) {
            identity.join(record, issues);
        }
        identity.patient.resources.sort();
        identity.patient.resources.dedup();
        Ok(identity)
    }

    fn from_subjects(subjects: &BTreeSet<String>, wanted: Option<&str>) -> Result<Self, SeveralPatients> {
        let subjects: BTreeSet<&str> = subjects.iter().map(|subject| type_and_id(subject)).collect();
        let addresses: BTreeSet<String> = match wanted {
            Some(wanted) => [wanted.to_owned()].into(),
            None if subjects.len() > 1 => return Err(SeveralPatients { count: subjects.len() }),
            None => subjects.into_iter().map(str::to_owned).collect(),
        };
        let ids = addresses.iter().map(|address| type_and_id(address).to_owned()).collect();
        Ok(Self { patient: Patient::default(), addresses, ids })
    }

    fn join(&mut self, record: &PatientRecord, issues: &mut Issues) {
        let patient = &mut self.patient;
        let mut differs = |element: &str| {
            let text =
                "two providers' records of this patient differ here; correct the one that is wrong. The first was used";
            issues.warning("conflict", &record.label, Some(element), text);
        };
        if let (Some(known), Some(other)) = (patient.birth_date, record.birth_date)
            && (known.latest() < other.earliest() || other.latest() < known.earliest())
        {
            differs("birthDate");
        }
        if patient.gender.is_some() && record.gender.is_some() && patient.gender != record.gender {
            differs("gender");
        }
        if !patient.resources.is_empty() && record.deceased.unwrap_or(false) != patient.deceased {
            differs("deceased[x]");
        }
        patient.birth_date = patient.birth_date.or(record.birth_date);
        patient.gender = patient.gender.take().or_else(|| record.gender.clone());
        patient.deceased |= record.deceased.unwrap_or(false);
        patient.resources.push(record.label.clone());
        self.ids.extend(record.addresses.iter().map(|address| type_and_id(address).to_owned()));
        self.addresses.extend(record.addresses.iter().cloned());
    }

    /// Whether a reference leads to this patient.
    pub fn is_subject(&self, reference: &str) -> bool {
        let unversioned = reference.split_once("/_history/").map_or(reference, |(resource, _)| resource);
        let by_id = || !unversioned.starts_with("urn:") && self.ids.contains(type_and_id(unversioned));
        self.addresses.contains(unversioned) || by_id()
    }
}

/// Groups records of the same patient: those that share an address or an identifier, or of which one links the other.
fn same_patient(records: &[PatientRecord]) -> Vec<Vec<usize>> {
    let mut sets = DisjointSets::of(records.len());
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (index, record) in records.iter().enumerate() {
        let addresses = record.addresses.iter().map(|address| ("", type_and_id(address)));
        let identifiers = record.identifiers.iter().map(|(system, value)| (system.as_str(), value.as_str()));
        for key in addresses.chain(identifiers) {
            match seen.get(&key) {
                Some(earlier) => sets.join(*earlier, index),
                None => {
                    seen.insert(key, index);
                }
            }
        }
    }
    for (index, record) in records.iter().enumerate() {
        for link in &record.links {
            if let Some(other) = seen.get(&("", type_and_id(link))) {
                sets.join(*other, index);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in 0..records.len() {
        groups.entry(sets.root(index)).or_default().push(index);
    }
    groups.into_values().collect()
}
