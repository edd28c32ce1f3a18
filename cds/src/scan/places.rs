//! Where each patient's resources stand in a folder.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::failure::Failure;

/// Whose a chart is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    /// A patient of the NDJSON files, as `Patient/id`.
    Patient(String),
    /// The patient of a Bundle file.
    File(PathBuf),
}

impl Whose {
    /// `Patient/id`, or the file's name.
    pub fn name(&self) -> String {
        match self {
            Self::Patient(reference) => reference.clone(),
            Self::File(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        }
    }
}

/// Where a resource stands: a file, the first byte, the number of bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    file: usize,
    start: u64,
    length: u64,
}

/// Where everybody's resources stand.
#[derive(Debug, Default)]
pub(super) struct Places {
    files: Vec<PathBuf>,
    /// Patients, in order.
    pub patients: BTreeMap<Whose, Vec<Place>>,
    /// Medication resources, which belong to nobody and are referred to.
    medications: BTreeMap<String, Place>,
    /// Lines and Bundles read.
    pub lines: u64,
    /// Lines that are no FHIR resource.
    pub not_fhir: u64,
    /// Resources of a kind that is read whose patient is not named.
    pub without_patient: u64,
}

/// What decides where a resource belongs.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Belongs<'a> {
    #[serde(borrow, rename = "resourceType")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    subject: Option<Reference<'a>>,
    #[serde(borrow)]
    patient: Option<Reference<'a>>,
    #[serde(borrow)]
    beneficiary: Option<Reference<'a>>,
    #[serde(borrow, rename = "medicationReference")]
    medication: Option<Reference<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reference<'a> {
    #[serde(borrow)]
    reference: Option<Cow<'a, str>>,
}

impl Places {
    /// Looks through a folder: `.ndjson` files line by line, `.json` files as one Bundle or resource each.
    pub fn of(folder: &Path) -> Result<Self, Failure> {
        let read_error = |error| Failure::Read { path: folder.to_owned(), error };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(read_error)? {
            paths.push(entry.map_err(read_error)?.path());
        }
        paths.sort();
        let mut places = Self::default();
        for path in paths {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("ndjson" | "jsonl") => places.lines_of(path)?,
                Some("json") => places.whole(path)?,
                _ => {}
            }
        }
        if places.lines == 0 {
            return Err(Failure::NothingToScan(folder.to_owned()));
        }
        Ok(places)
    }

    fn lines_of(&mut self, path: PathBuf) -> Result<(), Failure> {
        let read_error = |error| Failure::Read { path: path.clone(), error };
        let mut reader = BufReader::with_capacity(1 << 20, File::open(&path).map_err(read_error)?);
        let mut line = Vec::new();
        let mut start = 0_u64;
        loop {
            line.clear();
            let length = u64::try_from(reader.read_until(b'\n', &mut line).map_err(read_error)?).unwrap_or(0);
            if length == 0 {
                break;
            }
            if !line.trim_ascii().is_empty() {
                self.add(&line, Place { file: self.files.len(), start, length });
            }
            start = start.saturating_add(length);
        }
        self.files.push(path);
        Ok(())
    }

    /// A Bundle is one patient's chart; a single resource belongs to its patient like a line.
    fn whole(&mut self, path: PathBuf) -> Result<(), Failure> {
        let bytes = std::fs::read(&path).map_err(|error| Failure::Read { path: path.clone(), error })?;
        let place = Place { file: self.files.len(), start: 0, length: u64::try_from(bytes.len()).unwrap_or(0) };
        let belongs: Belongs<'_> = serde_json::from_slice(&bytes).unwrap_or_default();
        let single = belongs.kind.as_deref().is_some_and(|kind| kind != "Bundle") && belongs.owner().is_some();
        if single || belongs.kind.as_deref() == Some("Medication") {
            self.add(&bytes, place);
        } else {
            self.lines = self.lines.saturating_add(1);
            self.patients.insert(Whose::File(path.clone()), vec![place]);
        }
        self.files.push(path);
        Ok(())
    }

    fn add(&mut self, json: &[u8], place: Place) {
        self.lines = self.lines.saturating_add(1);
        let Ok(belongs) = serde_json::from_slice::<Belongs<'_>>(json) else {
            self.not_fhir = self.not_fhir.saturating_add(1);
            return;
        };
        match (belongs.kind.as_deref(), belongs.owner()) {
            (None, _) => self.not_fhir = self.not_fhir.saturating_add(1),
            (Some("Medication"), _) => {
                if let Some(id) = belongs.id {
                    self.medications.insert(format!("Medication/{id}"), place);
                }
            }
            (Some(_), Some(owner)) => self.patients.entry(Whose::Patient(owner)).or_default().push(place),
            // Organizations, locations and practitioners are nobody's.
            (Some("Organization" | "Location" | "Practitioner" | "PractitionerRole" | "Device"), None) => {}
            (Some(_), None) => self.without_patient = self.without_patient.saturating_add(1),
        }
    }

    /// One patient's resources as NDJSON, with the Medications that they refer to; or the Bundle file.
    pub fn chart(&self, whose: &Whose) -> Result<Vec<u8>, Failure> {
        let mut chart = Vec::new();
        let mut referred: BTreeSet<String> = BTreeSet::new();
        for place in self.patients.get(whose).into_iter().flatten() {
            let start = chart.len();
            self.read(*place, &mut chart)?;
            let json = chart.get(start..).unwrap_or(&[]);
            if let Whose::Patient(_) = whose {
                let belongs: Belongs<'_> = serde_json::from_slice(json).unwrap_or_default();
                let reference = belongs.medication.and_then(|reference| reference.reference);
                referred.extend(reference.filter(|reference| !reference.starts_with('#')).map(Cow::into_owned));
            }
            chart.push(b'\n');
        }
        for place in referred.iter().filter_map(|reference| self.medications.get(relative(reference))) {
            self.read(*place, &mut chart)?;
            chart.push(b'\n');
        }
        Ok(chart)
    }

    fn read(&self, place: Place, into: &mut Vec<u8>) -> Result<(), Failure> {
        let Some(path) = self.files.get(place.file) else { return Ok(()) };
        let read_error = |error| Failure::Read { path: path.clone(), error };
        let mut file = File::open(path).map_err(read_error)?;
        file.seek(SeekFrom::Start(place.start)).map_err(read_error)?;
        file.take(place.length).read_to_end(into).map_err(read_error)?;
        Ok(())
    }
}

impl Belongs<'_> {
    /// `Patient/id` of the patient that it belongs to, where it says so.
    fn owner(&self) -> Option<String> {
        if self.kind.as_deref() == Some("Patient") {
            return self.id.as_deref().map(|id| format!("Patient/{id}"));
        }
        let reference = self.subject.as_ref().or(self.patient.as_ref()).or(self.beneficiary.as_ref())?;
        let relative = relative(reference.reference.as_deref()?);
        relative.starts_with("Patient/").then(|| relative.to_owned())
    }
}

/// `Type/id` at the end of an address.
fn relative(reference: &str) -> &str {
    let unversioned = reference.split_once("/_history/").map_or(reference, |(resource, _)| resource);
    let mut slashes = unversioned.rmatch_indices('/').map(|(position, _)| position);
    match (slashes.next(), slashes.next()) {
        (Some(_), Some(before_type)) => unversioned.get(before_type.saturating_add(1)..).unwrap_or(unversioned),
        _ => unversioned,
    }
}
