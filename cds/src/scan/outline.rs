//! What decides where a line or file of an export belongs, read leniently: what is malformed spoils only itself.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Patients that a broken line may name before nobody knows whose it is.
const MOST_OWNERS: usize = 4;
/// Bytes behind `"subject"` in which a broken line may name its patient.
const NEAR: usize = 500;

/// Resources that are nobody's.
const NOBODYS: [&str; 6] = ["Organization", "Location", "Practitioner", "PractitionerRole", "Device", "Medication"];

/// Where a line or a file belongs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Belongs {
    /// To these patients, each as `Patient/id`: one, unless the line contradicts itself.
    Patients(BTreeSet<String>),
    /// To the Patient of the same file with this UUID.
    Uuid(String),
    /// It is a chart of its own: a Bundle or an array.
    Chart,
    /// A Medication, which belongs to nobody and is referred to, as `Medication/id`.
    Medication(String),
    /// To nobody, and nothing is lost with it.
    Nobody,
    /// A resource whose patient is not named. `matters` where it may be a drug or an allergy.
    WithoutPatient { matters: bool },
    /// No FHIR: an object such as a line of a log.
    NoFhir,
    /// Nobody knows what it is or whose.
    Unreadable,
}

/// The elements of a line or file that say what it is and whose.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// It begins as an object.
    object: bool,
    /// It is one complete JSON value.
    whole: bool,
    /// There is something behind a complete JSON value.
    several: bool,
    kinds: Vec<Option<String>>,
    id: Option<String>,
    /// References to the patient.
    subjects: Vec<String>,
    /// References to a Medication.
    pub medications: Vec<String>,
    entry: bool,
    /// An element of a resource is there.
    clinical: bool,
    /// Patients that a broken line names somewhere.
    named: BTreeSet<String>,
}

impl Outline {
    /// Reads what can be read.
    pub fn of(json: &[u8]) -> Self {
        let text = String::from_utf8_lossy(json);
        let text = text.trim();
        let mut outline = Self { object: text.starts_with('{'), ..Self::default() };
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value = if outline.object {
            Elements(&mut outline).deserialize(&mut deserializer)
        } else {
            IgnoredAny::deserialize(&mut deserializer).map(|_| ())
        };
        if value.is_ok() {
            outline.whole = deserializer.end().is_ok();
            outline.several = !outline.whole;
        } else if outline.object {
            outline.named = named_in(text);
        }
        outline.whole &= outline.object || text.starts_with('[');
        outline
    }

    /// Whether the engine reads it as a resource, so that it tells what is wrong inside.
    pub fn is_plain(&self) -> bool {
        self.whole && self.object && matches!(self.kinds.as_slice(), [Some(_)])
    }

    /// The UUIDs by which it names its patient.
    pub fn uuids(&self) -> impl Iterator<Item = &str> {
        self.subjects.iter().filter_map(|subject| subject.strip_prefix("urn:uuid:"))
    }

    /// Whether it is a Patient.
    pub fn is_patient(&self) -> bool {
        self.kind() == Some("Patient")
    }

    /// Whether several JSON values stand there.
    pub fn is_several(&self) -> bool {
        self.several
    }

    fn kind(&self) -> Option<&str> {
        self.kinds.last()?.as_deref()
    }

    /// Where it belongs.
    pub fn belongs(&self) -> Belongs {
        if !self.object {
            return if self.whole { Belongs::Chart } else { Belongs::Unreadable };
        }
        if self.several {
            return Belongs::Unreadable;
        }
        let kind = self.kind();
        if kind == Some("Bundle") || (kind.is_none() && self.entry) {
            return Belongs::Chart;
        }
        if let (Some("Medication" | "Patient"), Some(id)) = (kind, &self.id) {
            return match kind {
                Some("Patient") => Belongs::Patients([format!("Patient/{id}")].into()),
                _ => Belongs::Medication(format!("Medication/{id}")),
            };
        }
        let mut owners: BTreeSet<String> = self.subjects.iter().filter_map(|subject| owner(subject)).collect();
        if owners.is_empty() {
            owners.clone_from(&self.named);
        }
        if !owners.is_empty() && owners.len() <= MOST_OWNERS && kind != Some("Patient") {
            return Belongs::Patients(owners);
        }
        if let Some(uuid) = self.uuids().next() {
            return Belongs::Uuid(uuid.to_owned());
        }
        match kind {
            Some(kind) if NOBODYS.contains(&kind) && (self.whole || kind != "Medication") => Belongs::Nobody,
            Some(kind) if self.whole && kind != "Patient" => Belongs::WithoutPatient { matters: matters(kind) },
            None if self.whole && self.kinds.is_empty() && !self.clinical => Belongs::NoFhir,
            _ => Belongs::Unreadable,
        }
    }

    /// Whether it may be a drug or an allergy.
    pub fn matters(&self) -> bool {
        self.kind().is_none_or(matters)
    }
}

/// Whether resources of this kind may be a drug or an allergy that a check reads.
fn matters(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    kind.starts_with("allergy") || (kind.starts_with("medication") && kind != "medicationknowledge")
}

/// `Patient/id` of a reference to a patient.
fn owner(reference: &str) -> Option<String> {
    let relative = relative(reference.trim());
    relative.strip_prefix("Patient/").filter(|id| !id.is_empty()).map(|_| relative.to_owned())
}

/// `Type/id` at the end of an address.
pub(super) fn relative(reference: &str) -> &str {
    let unversioned = reference.split_once("/_history/").map_or(reference, |(resource, _)| resource);
    let mut slashes = unversioned.rmatch_indices('/').map(|(position, _)| position);
    match (slashes.next(), slashes.next()) {
        (Some(_), Some(before_type)) => unversioned.get(before_type.saturating_add(1)..).unwrap_or(unversioned),
        _ => unversioned,
    }
}

/// The patients that a broken text names as `subject`, `patient` or `beneficiary`.
fn named_in(text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for element in ["\"subject\"", "\"patient\"", "\"beneficiary\""] {
        for (position, _) in text.match_indices(element) {
            let behind = text.get(position.saturating_add(element.len())..).unwrap_or("");
            let near: String = behind.chars().take(NEAR).take_while(|character| *character != '}').collect();
            // The last part may be cut off: it is no text in quotation marks.
            let mut texts: Vec<&str> = near.split('"').collect();
            texts.pop();
            named.extend(texts.into_iter().filter_map(owner));
            if named.len() > MOST_OWNERS {
                return named;
            }
        }
    }
    named
}

/// A key that borrows unless it has escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Notes each element as it is met, so that a line that breaks off keeps those before.
struct Elements<'o>(&'o mut Outline);

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self(outline) = self;
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            match key.as_ref() {
                "resourceType" => outline.kinds.push(text(map.next_value()?)),
                "id" => outline.id = text(map.next_value()?),
                "subject" | "patient" | "beneficiary" => {
                    outline.clinical = true;
                    outline.subjects.extend(references(map.next_value()?));
                }
                "medicationReference" => {
                    outline.clinical = true;
                    outline.medications.extend(references(map.next_value()?));
                }
                "entry" => {
                    outline.entry = true;
                    map.next_value::<IgnoredAny>()?;
                }
                other => {
                    outline.clinical |= matches!(other, "code" | "status") || other.starts_with("medication");
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A string, where it is one.
fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// What a Reference refers to; also where it is only a string, or several in an array.
fn references(raw: &RawValue) -> Vec<String> {
    let of_object = |raw: &RawValue| {
        let elements: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
        elements.get("reference").and_then(|reference| text(reference))
    };
    let one = |raw: &RawValue| text(raw).or_else(|| of_object(raw));
    match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
        Ok(several) => several.into_iter().filter_map(one).collect(),
        Err(_) => one(raw).into_iter().collect(),
    }
}
