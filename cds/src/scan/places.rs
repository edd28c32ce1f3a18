//! Where each patient's resources stand in a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use cds_core::chart::Document;

use super::outline::{Belongs, Outline, relative};
use crate::failure::Failure;

/// Folders in folders that are looked through for data that is not read.
const DEEPEST: usize = 4;

/// Whose a chart is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    /// A patient of the NDJSON files, as `Patient/id`.
    Patient(String),
    /// The patient of a Bundle file.
    File(PathBuf),
    /// The patient of a Bundle that is a line of an NDJSON file.
    Line(PathBuf, u64),
}

impl Whose {
    /// `Patient/id`, the file's name, or the file's name and the line.
    pub fn name(&self) -> String {
        match self {
            Self::Patient(reference) => reference.clone(),
            Self::File(path) => file_name(path),
            Self::Line(path, line) => format!("{}:{line}", file_name(path)),
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

/// Where a Medication stands.
#[derive(Debug, Clone, Copy)]
struct Medication {
    place: Place,
    hash: u64,
    /// Different Medications have this id: which one is meant is not known.
    several: bool,
}

/// An entry of the folder that was not read.
#[derive(Debug)]
pub(super) struct NotRead {
    /// Its name.
    pub name: String,
    /// Whether it looks as if a patient's data were in it.
    pub data: bool,
}

/// Where everybody's resources stand.
#[derive(Debug, Default)]
pub(super) struct Places {
    files: Vec<PathBuf>,
    /// Patients, in order.
    pub patients: BTreeMap<Whose, Vec<Place>>,
    /// Medication resources, which belong to nobody and are referred to.
    medications: BTreeMap<String, Medication>,
    /// Lines and files read.
    pub lines: u64,
    /// Lines that are no FHIR resource.
    pub not_fhir: u64,
    /// Resources without a patient that no check needs.
    pub without_patient: u64,
    /// Drugs and allergies whose patient is not named: they may be anybody's.
    pub unattributed: u64,
    /// Lines that cannot be read and may be anybody's.
    pub unreadable: u64,
    /// What else the folder holds.
    pub not_read: Vec<NotRead>,
}

/// What is known of a file while it is looked through.
#[derive(Default)]
struct InFile {
    patients: BTreeSet<String>,
    /// Resources that name their patient by UUID, and whether they may be a drug or an allergy.
    by_uuid: Vec<(String, Place, bool)>,
}

impl Places {
    /// Looks through a folder: `.ndjson` files line by line, `.json` files as one Bundle or resource each. The file that the
    /// answers are written to is no input.
    pub fn of(folder: &Path, answers: &Path) -> Result<Self, Failure> {
        let read_error = |error| Failure::Read { path: folder.to_owned(), error };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(read_error)? {
            paths.push(entry.map_err(read_error)?.path());
        }
        paths.sort();
        let answers = answers.canonicalize().ok();
        let mut places = Self::default();
        for path in paths {
            if answers.is_some() && path.canonicalize().ok() == answers {
                continue;
            }
            match extension(&path).as_str() {
                "ndjson" | "jsonl" if !path.is_dir() => places.lines_of(path)?,
                "json" if !path.is_dir() => places.whole(path)?,
                _ => places.not_read.push(NotRead { name: file_name(&path), data: looks_like_data(&path, 0) }),
            }
        }
        if places.lines == 0 && places.not_read.is_empty() {
            return Err(Failure::NothingToScan(folder.to_owned()));
        }
        Ok(places)
    }

    fn lines_of(&mut self, path: PathBuf) -> Result<(), Failure> {
        let read_error = |error| Failure::Read { path: path.clone(), error };
        let mut reader = BufReader::with_capacity(1 << 20, File::open(&path).map_err(read_error)?);
        let mut line = Vec::new();
        let mut start = 0_u64;
        let mut number = 0_u64;
        let mut in_file = InFile::default();
        loop {
            line.clear();
            let length = u64::try_from(reader.read_until(b'\n', &mut line).map_err(read_error)?).unwrap_or(0);
            if length == 0 {
                break;
            }
            number = number.saturating_add(1);
            let mark = if start == 0 { byte_order_mark(&line) } else { 0 };
            let json = line.get(mark..).unwrap_or(&[]);
            if !json.trim_ascii().is_empty() {
                let mark = u64::try_from(mark).unwrap_or(0);
                let place = Place {
                    file: self.files.len(),
                    start: start.saturating_add(mark),
                    length: length.saturating_sub(mark),
                };
                self.add(json, &Outline::of(json), place, || Whose::Line(path.clone(), number), &mut in_file);
            }
            start = start.saturating_add(length);
        }
        self.by_uuid(in_file);
        self.files.push(path);
        Ok(())
    }

    /// A Bundle is one patient's chart, and so is what cannot be told from one; a single resource belongs to its patient
    /// like a line.
    fn whole(&mut self, path: PathBuf) -> Result<(), Failure> {
        let bytes = std::fs::read(&path).map_err(|error| Failure::Read { path: path.clone(), error })?;
        let mark = byte_order_mark(&bytes);
        let json = bytes.get(mark..).unwrap_or(&[]);
        let number = |size: usize| u64::try_from(size).unwrap_or(0);
        let place = Place { file: self.files.len(), start: number(mark), length: number(json.len()) };
        let outline = Outline::of(json);
        let single = !outline.is_several() && outline.belongs() != Belongs::Unreadable;
        if single || outline.is_plain() {
            let mut in_file = InFile::default();
            self.add(json, &outline, place, || Whose::File(path.clone()), &mut in_file);
            self.by_uuid(in_file);
        } else {
            self.lines = self.lines.saturating_add(1);
            self.patients.insert(Whose::File(path.clone()), vec![place]);
        }
        self.files.push(path);
        Ok(())
    }

    fn add(&mut self, json: &[u8], outline: &Outline, place: Place, own: impl Fn() -> Whose, in_file: &mut InFile) {
        let one_more = |count: &mut u64| *count = count.saturating_add(1);
        one_more(&mut self.lines);
        match outline.belongs() {
            Belongs::Patients(owners) => {
                for owner in owners {
                    if outline.is_patient() {
                        in_file.patients.insert(owner.clone());
                    }
                    self.patients.entry(Whose::Patient(owner)).or_default().push(place);
                }
            }
            Belongs::Uuid(uuid) => in_file.by_uuid.push((format!("Patient/{uuid}"), place, outline.matters())),
            Belongs::Chart => self.patients.entry(own()).or_default().push(place),
            Belongs::Medication(address) => {
                let mut hasher = DefaultHasher::new();
                json.trim_ascii().hash(&mut hasher);
                let hash = hasher.finish();
                let medication = self.medications.entry(address).or_insert(Medication { place, hash, several: false });
                medication.several |= medication.hash != hash;
            }
            Belongs::Nobody => {}
            Belongs::NoFhir => one_more(&mut self.not_fhir),
            Belongs::WithoutPatient { matters: true } => one_more(&mut self.unattributed),
            Belongs::WithoutPatient { matters: false } => one_more(&mut self.without_patient),
            Belongs::Unreadable => one_more(&mut self.unreadable),
        }
    }

    /// A UUID leads to the Patient of the same file.
    fn by_uuid(&mut self, in_file: InFile) {
        for (owner, place, matters) in in_file.by_uuid {
            if in_file.patients.contains(&owner) {
                self.patients.entry(Whose::Patient(owner)).or_default().push(place);
            } else {
                let count = if matters { &mut self.unattributed } else { &mut self.without_patient };
                *count = count.saturating_add(1);
            }
        }
    }

    /// One patient's resources as NDJSON, with the Medications that they refer to; or the Bundle. What is broken is a
    /// document of its own, so that the engine reports it and it spoils nothing else.
    pub fn chart(&self, whose: &Whose) -> Result<Vec<Document<'static>>, Failure> {
        let mut chart = ChartText::default();
        let mut referred: BTreeSet<String> = BTreeSet::new();
        let places = self.patients.get(whose).map_or(&[][..], Vec::as_slice);
        for place in places {
            let json = self.read(*place)?;
            if let Whose::Patient(_) = whose {
                let outline = Outline::of(&json);
                chart.uuids.extend(outline.uuids().map(str::to_owned));
                chart.add(json, &outline, self.name_of(*place));
                referred.extend(outline.medications.into_iter().filter(|reference| !reference.starts_with('#')));
            } else {
                chart.apart.push((whose.name(), json));
            }
        }
        let addresses: BTreeSet<&str> = referred.iter().map(|reference| relative(reference)).collect();
        let medications = addresses.into_iter().filter_map(|address| self.medications.get(address));
        for medication in medications.filter(|medication| !medication.several) {
            let json = self.read(medication.place)?;
            let outline = Outline::of(&json);
            chart.add(json, &outline, self.name_of(medication.place));
        }
        Ok(chart.documents(whose))
    }

    fn name_of(&self, place: Place) -> String {
        self.files.get(place.file).map(|path| file_name(path)).unwrap_or_default()
    }

    fn read(&self, place: Place) -> Result<Vec<u8>, Failure> {
        let mut json = Vec::new();
        let Some(path) = self.files.get(place.file) else { return Ok(json) };
        let read_error = |error| Failure::Read { path: path.clone(), error };
        let mut file = File::open(path).map_err(read_error)?;
        file.seek(SeekFrom::Start(place.start)).map_err(read_error)?;
        file.take(place.length).read_to_end(&mut json).map_err(read_error)?;
        Ok(json)
    }
}

/// The texts of one patient's chart.
#[derive(Default)]
struct ChartText {
    patients: Vec<Vec<u8>>,
    lines: Vec<u8>,
    /// Names and texts that are documents of their own.
    apart: Vec<(String, Vec<u8>)>,
    /// UUIDs by which resources name the patient.
    uuids: BTreeSet<String>,
}

impl ChartText {
    fn add(&mut self, json: Vec<u8>, outline: &Outline, file: String) {
        if !outline.is_plain() {
            self.apart.push((file, json.trim_ascii().to_vec()));
        } else if outline.is_patient() {
            self.patients.push(one_line(&json));
        } else {
            self.lines.extend(one_line(&json));
            self.lines.push(b'\n');
        }
    }

    fn documents(self, whose: &Whose) -> Vec<Document<'static>> {
        let mut text = Vec::new();
        for patient in self.patients {
            // A `fullUrl` is where a resource gets an address that is a UUID.
            for uuid in &self.uuids {
                let url = serde_json::Value::from(format!("urn:uuid:{uuid}"));
                text.extend(format!(r#"{{"resourceType":"Bundle","entry":[{{"fullUrl":{url},"resource":"#).bytes());
                text.extend(&patient);
                text.extend(b"}]}\n");
            }
            if self.uuids.is_empty() {
                text.extend(patient);
                text.push(b'\n');
            }
        }
        text.extend(self.lines);
        let document = |(name, bytes): (String, Vec<u8>)| Document { name: name.into(), bytes: bytes.into() };
        let main = (!text.is_empty()).then(|| (whose.name(), text));
        main.into_iter().chain(self.apart).map(document).collect()
    }
}

/// A complete JSON value on one line: a line break in it can only be blank.
fn one_line(json: &[u8]) -> Vec<u8> {
    json.trim_ascii().iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }).collect()
}

/// Bytes of a byte order mark at the beginning.
fn byte_order_mark(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The extension in small letters.
fn extension(path: &Path) -> String {
    path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

/// Whether an entry that is not read may hold a patient's data: by its name, or because it begins like JSON.
fn looks_like_data(path: &Path, depth: usize) -> bool {
    if path.is_dir() {
        let Ok(entries) = std::fs::read_dir(path) else { return true };
        return depth >= DEEPEST
            || entries.flatten().any(|entry| looks_like_data(&entry.path(), depth.saturating_add(1)));
    }
    let name = file_name(path).to_ascii_lowercase();
    let by_name = ["gz", "zip", "zst", "bz2", "xz", "7z", "tar", "tgz", "xml", "json", "ndjson", "jsonl"];
    if by_name.contains(&extension(path).as_str()) || name.contains(".json") || name.contains(".ndjson") {
        return true;
    }
    if !path.is_file() {
        return false;
    }
    let mut begins = Vec::new();
    let Ok(file) = File::open(path) else { return true };
    if file.take(64).read_to_end(&mut begins).is_err() {
        return true;
    }
    let text = begins.get(byte_order_mark(&begins)..).unwrap_or(&[]).trim_ascii_start();
    text.starts_with(b"{") || text.starts_with(b"[")
}
