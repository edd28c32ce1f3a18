//! Published charts and broken files, where they stand beside the project: `../shared/data`. Elsewhere the tests say that they
//! were skipped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at what it did not expect, and says what it met"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cds_core::chart::Document;
use cds_core::report::{CheckAnswer, Issue, IssueSeverity};
use cds_core::{CheckOptions, Engine};
use serde_json::{Value, json};

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK).expect("the build checked the pack"));

/// Resource types that the engine reads.
const READ: &[&str] = &[
    "Patient",
    "MedicationRequest",
    "MedicationStatement",
    "MedicationDispense",
    "MedicationAdministration",
    "Medication",
    "AllergyIntolerance",
    "Condition",
    "Observation",
    "Procedure",
    "Immunization",
    "Encounter",
    "ServiceRequest",
    "DiagnosticReport",
    "Coverage",
    "Goal",
    "FamilyMemberHistory",
];

/// Drugs of the published charts that are not recognised, and why that is right or what would settle it.
const NOT_RECOGNISED: &[(&str, &str)] = &[
    ("0067-2091-03", "an NDC that is no longer marketed, and a brand name that RxTerms no longer has"),
    ("49999-051-30", "an NDC that is no longer marketed; its words name a brand and its ingredients at once"),
    ("Little Pink Pill for water retention", "no name: the patient's own words, on purpose"),
    ("TPF", "no name: three drugs by their initials"),
];

/// Files that are wrong by FHIR R4 in what the engine reads: an issue of this code and severity must say so.
const WRONG: &[(&str, &str)] = &[
    ("synthea.json", "bad-code"),
    ("patient-id-bad-2.json", "bad-id"),
    ("hakan-se-2.json", "missing-element"),
    ("bad-json-close-1.json", "not-json"),
    ("group-choice-empty.json", "not-json"),
    ("json-comments-2.json", "not-json"),
    ("json-no-quotes-2.json", "not-json"),
];

/// Files that are wrong by FHIR R4 and have no issue yet, and why. Once one has, it belongs to [`WRONG`].
const WRONG_AND_SILENT: &[(&str, &str)] = &[];

#[test]
fn every_file_is_read() {
    let Some(files) = files("") else { return };
    let mut several = 0;
    for path in &files {
        let bytes = std::fs::read(path).unwrap();
        let document = [Document::new("file", &bytes)];
        if ENGINE.check(&document, &[], &options(None)).is_err() {
            several += 1;
            // One of the patients of an export, or nobody of them: both must be answered.
            for patient in patients(&bytes).into_iter().take(3).chain(["Patient/nobody".to_owned()]) {
                let _ = ENGINE.check(&document, &[], &options(Some(patient)));
            }
        }
        let _ = ENGINE.check(&[], &document, &options(None));
        let _ = ENGINE.answer_json(&bytes);
    }
    println!("{} files read, {several} of them of several patients", files.len());
}

#[test]
fn every_drug_of_the_charts_is_recognised() {
    let Some(files) = files("charts") else { return };
    let mut concepts: BTreeMap<String, (Value, BTreeSet<String>)> = BTreeMap::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>().map_while(Result::ok) {
            drugs(&value, &mut |concept| {
                let entry = concepts.entry(concept.to_string()).or_insert_with(|| (concept.clone(), BTreeSet::new()));
                entry.1.insert(name.clone());
            });
        }
    }
    let mut allowed: BTreeMap<&str, &str> = NOT_RECOGNISED.iter().copied().collect();
    let mut unknown = Vec::new();
    for (concept, files) in concepts.values() {
        let order = json!({
            "resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order",
            "subject": { "reference": "Patient/p" }, "medicationCodeableConcept": concept,
        });
        let answer = check(order.to_string().as_bytes()).expect("one patient");
        if answer.checked.drugs.is_empty() && !is_allowed(concept, &mut allowed) {
            unknown.push(format!("{concept}: {}", files.iter().take(3).cloned().collect::<Vec<_>>().join(", ")));
        }
    }
    println!("{} different drugs, {} of them listed as not recognised", concepts.len(), NOT_RECOGNISED.len());
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
    assert!(allowed.is_empty(), "these are recognised or gone; take them off the list: {allowed:?}");
}

/// Whether a concept is on the list; the entry that says so is taken off it.
fn is_allowed(concept: &Value, allowed: &mut BTreeMap<&str, &str>) -> bool {
    let codings = concept["coding"].as_array().into_iter().flatten();
    let words = codings.flat_map(|coding| [&coding["display"], &coding["code"]]).chain([&concept["text"]]);
    let words: BTreeSet<&str> = words.filter_map(Value::as_str).collect();
    let listed = NOT_RECOGNISED.iter().find(|(listed, _)| words.contains(listed));
    if let Some((listed, _)) = listed {
        allowed.remove(listed);
    }
    listed.is_some()
}

#[test]
fn what_is_wrong_by_fhir_has_an_issue() {
    let Some(files) = files("invalid") else { return };
    let mut silent = Vec::new();
    let mut spoke = Vec::new();
    let mut met = BTreeSet::new();
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.to_string_lossy().rsplit_once("fhir-test-cases-quarter/").unwrap().1.to_owned();
        let is_read = serde_json::from_slice::<Value>(&bytes).map_or(true, |value| holds_what_is_read(&value));
        let issues = check(&bytes).map_or_else(Vec::new, |answer| answer.issues);
        if is_read {
            println!("{name}");
            for issue in &issues {
                println!("    {}", line(issue));
            }
        }
        if WRONG_AND_SILENT.iter().any(|(file, _)| *file == name) {
            println!("    no issue yet");
            if issues.iter().any(|issue| issue.severity != IssueSeverity::Information) {
                spoke.push(name.clone());
            }
        }
        for (file, code) in WRONG.iter().filter(|(file, _)| *file == name) {
            met.insert(*file);
            if !issues.iter().any(|issue| issue.code == *code && issue.severity != IssueSeverity::Information) {
                silent.push(format!("{file}: no issue `{code}`"));
            }
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
    assert!(spoke.is_empty(), "these have an issue now; expect it: {spoke:?}");
    let missing: Vec<_> = WRONG.iter().filter(|(file, _)| !met.contains(file)).collect();
    assert!(missing.is_empty(), "these files are gone: {missing:?}");
}

fn line(issue: &Issue) -> String {
    let element = issue.element.as_deref().map(|element| format!(".{element}")).unwrap_or_default();
    format!("{:?} {} {}{element}", issue.severity, issue.code, issue.resource)
}

fn holds_what_is_read(value: &Value) -> bool {
    let resources = value["entry"].as_array().into_iter().flatten().map(|entry| &entry["resource"]).chain([value]);
    resources.filter_map(|resource| resource["resourceType"].as_str()).any(|kind| READ.contains(&kind))
}

/// The concepts that name a drug, wherever they stand.
fn drugs(value: &Value, found: &mut impl FnMut(&Value)) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| drugs(value, found)),
        Value::Object(fields) => {
            let kind = fields.get("resourceType").and_then(Value::as_str).unwrap_or_default();
            let element = match kind {
                "Medication" => Some("code"),
                _ if kind.starts_with("Medication") => Some("medicationCodeableConcept"),
                _ => None,
            };
            let concept = element.and_then(|element| fields.get(element));
            let says_something = |concept: &&Value| concept.get("coding").is_some() || concept.get("text").is_some();
            if let Some(concept) = concept.filter(says_something) {
                found(concept);
            }
            fields.values().for_each(|value| drugs(value, found));
        }
        _ => {}
    }
}

fn patients(bytes: &[u8]) -> BTreeSet<String> {
    let values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>().map_while(Result::ok);
    let reference = |value: Value| match value["resourceType"].as_str()? {
        "Patient" => Some(format!("Patient/{}", value["id"].as_str()?)),
        _ => value["subject"]["reference"].as_str().map(str::to_owned),
    };
    values.filter_map(reference).collect()
}

fn check(bytes: &[u8]) -> Option<CheckAnswer> {
    ENGINE.check(&[Document::new("file", bytes)], &[], &options(None)).ok()
}

fn options(patient: Option<String>) -> CheckOptions<'static> {
    CheckOptions { patient: patient.map(Into::into), ..CheckOptions::on("2026-11-22".parse().unwrap()) }
}

/// The files below a folder of the shared data; `None` where it is absent.
fn files(folder: &str) -> Option<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !root.is_dir() {
        println!("skipped: ../shared/data is not here");
        return None;
    }
    let folders = if folder.is_empty() { vec!["charts", "invalid"] } else { vec![folder] };
    let mut open: Vec<PathBuf> = folders.into_iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { &mut open } else { &mut found }.push(path);
        }
    }
    found.sort();
    Some(found)
}
