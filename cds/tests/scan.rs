//! `cds scan` on what exports really hold: nothing that cannot be read or attributed leaves a silent "complete".
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

const WARFARIN: &str = "855332";
const IBUPROFEN: &str = "197805";

struct Scanned {
    code: i32,
    out: String,
    err: String,
    answers: Vec<Value>,
}

impl Scanned {
    fn of(&self, patient: &str) -> &Value {
        let line = self.answers.iter().find(|line| line["patient"] == patient);
        line.unwrap_or_else(|| panic!("an answer for {patient} in {:?}", self.answers))
    }
}

fn folder(name: &str, files: &[(&str, Vec<u8>)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("scan-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    for (name, content) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

fn scan(name: &str, files: &[(&str, Vec<u8>)]) -> Scanned {
    let folder = folder(name, files);
    let out = folder.join("answers.ndjson");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cds"));
    command.arg("scan").arg(&folder).args(["--as-of", "2026-11-22", "--out"]).arg(&out);
    let ran = command.output().unwrap();
    let answers = std::fs::read_to_string(&out).unwrap_or_default();
    Scanned {
        code: ran.status.code().unwrap(),
        out: String::from_utf8(ran.stdout).unwrap(),
        err: String::from_utf8(ran.stderr).unwrap(),
        answers: answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
    }
}

fn order(id: &str, rxcui: &str, patient: &str) -> Value {
    json!({
        "resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order",
        "subject": { "reference": patient }, "authoredOn": "2026-11-02",
        "medicationCodeableConcept": { "coding": [{ "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": rxcui }] },
    })
}

fn patient(id: &str) -> Value {
    json!({ "resourceType": "Patient", "id": id })
}

fn lines(values: &[Value]) -> Vec<u8> {
    values.iter().map(|value| format!("{value}\n")).collect::<String>().into_bytes()
}

/// Patients a and b with warfarin each, and one more line.
fn with_line(name: &str, line: &str) -> Scanned {
    let mut text =
        lines(&[patient("a"), patient("b"), order("a1", WARFARIN, "Patient/a"), order("b1", WARFARIN, "Patient/b")]);
    text.extend(line.bytes());
    scan(name, &[("all.ndjson", text)])
}

#[test]
fn a_malformed_line_that_names_its_patient_makes_that_patient_incomplete() {
    let whole = order("a2", IBUPROFEN, "Patient/a");
    let changed = |key: &str, value: Value| {
        let mut changed = whole.clone();
        changed[key] = value;
        changed.to_string()
    };
    let text = whole.to_string();
    let torn = r#"{"resourceType":"MedicationRequest","subject":{"reference":"Patient/a"},"medicationCodeab"#;
    let no_type = r#"{"subject":{"reference":"Patient/a"},"medicationCodeableConcept":{}}"#;
    for (name, line) in [
        ("reference", {
            let mut value = whole.clone();
            value.as_object_mut().unwrap().remove("medicationCodeableConcept");
            value["medicationReference"] = json!("Medication/1");
            value.to_string()
        }),
        ("twice", text.replacen('{', r#"{"status":"active","#, 1)),
        ("torn", torn.to_owned()),
        ("torn-in-subject", torn.replace("},\"medicationCodeab", "")),
        ("no-type", no_type.to_owned()),
    ] {
        let scanned = with_line(name, &line);
        assert_eq!(scanned.of("Patient/a")["answer"]["complete"], false, "{name}");
        assert_eq!(scanned.of("Patient/b")["answer"]["complete"], true, "{name}");
        assert_eq!(scanned.of("Patient/b").get("scan"), None, "{name}");
        assert_eq!(scanned.code, if name == "reference" { scanned.code } else { 3 }, "{name}: {}", scanned.out);
    }
    for (name, line) in [("id", changed("id", json!(7))), ("patient", changed("patient", json!("Patient/a")))] {
        let scanned = with_line(name, &line);
        let answer = &scanned.of("Patient/a")["answer"];
        let found = answer["alerts"].as_array().is_some_and(|alerts| !alerts.is_empty());
        assert!(found || answer["complete"] == false, "{name}: {answer}");
    }
}

#[test]
fn a_byte_order_mark_costs_nothing() {
    let mut text = b"\xEF\xBB\xBF".to_vec();
    text.extend(lines(&[order("a1", WARFARIN, "Patient/a"), order("a2", IBUPROFEN, "Patient/a")]));
    let scanned = scan("mark", &[("all.ndjson", text)]);
    assert_eq!((scanned.code, scanned.answers.len()), (0, 1), "{}", scanned.out);
    assert_eq!(between_drugs(&scanned.of("Patient/a")["answer"]), 1);
}

#[test]
fn a_line_that_may_be_anybodys_is_said_in_every_answer() {
    for (name, line) in [
        ("junk", "not json"),
        ("torn-early", r#"{"resourceType":"MedicationRequest","id":"x"#),
        ("id-less", r#"{"resourceType":"Patient","id":7}"#),
    ] {
        let scanned = with_line(name, line);
        assert_eq!(scanned.code, 3, "{name}");
        assert!(
            scanned.answers.iter().all(|line| line["scan"]["unreadableLines"] == 1),
            "{name}: {:?}",
            scanned.answers
        );
        assert!(scanned.out.contains("1  lines that could not be read: answers may be incomplete"), "{}", scanned.out);
    }
    let log = with_line("log", r#"{"level":"info","message":"3 patients"}"#);
    assert_eq!(log.code, 0, "{}", log.out);
    assert!(log.out.contains("1 were no FHIR") && log.answers.iter().all(|line| line.get("scan").is_none()));
}

#[test]
fn drugs_and_allergies_without_a_patient_are_said() {
    let allergy =
        |patient: Value| json!({ "resourceType": "AllergyIntolerance", "id": "x", "patient": patient }).to_string();
    for (name, line) in [
        ("identifier", allergy(json!({ "identifier": { "value": "1" } }))),
        ("missing", allergy(Value::Null)),
        ("uuid", order("x", IBUPROFEN, "urn:uuid:nobody").to_string()),
    ] {
        let scanned = with_line(name, &line);
        assert_eq!(scanned.code, 3, "{name}");
        assert!(scanned.answers.iter().all(|line| line["scan"]["resourcesWithoutPatient"] == 1), "{name}");
    }
    let observation = with_line("observation", r#"{"resourceType":"Observation","status":"final"}"#);
    assert_eq!(observation.code, 0, "{}", observation.out);
    let found = with_line("uuid-found", &order("x", IBUPROFEN, "urn:uuid:a").to_string());
    assert_eq!(found.code, 0, "{}", found.out);
    assert_eq!(between_drugs(&found.of("Patient/a")["answer"]), 1);
}

#[test]
fn a_bundle_on_a_line_is_a_chart() {
    let bundle = |id: &str, drugs: &[&str]| {
        let orders =
            drugs.iter().enumerate().map(|(number, drug)| order(&number.to_string(), drug, &format!("Patient/{id}")));
        let resources = [patient(id)].into_iter().chain(orders);
        json!({ "resourceType": "Bundle", "entry": resources.map(|it| json!({ "resource": it })).collect::<Vec<_>>() })
    };
    let scanned =
        scan("lines", &[("b.ndjson", lines(&[bundle("a", &[WARFARIN, IBUPROFEN]), bundle("b", &[WARFARIN])]))]);
    assert_eq!((scanned.code, scanned.answers.len()), (0, 2), "{}", scanned.err);
    assert_eq!(between_drugs(&scanned.of("b.ndjson:1")["answer"]), 1);
    assert_eq!(scanned.of("b.ndjson:2")["answer"]["complete"], true);

    let ok = ("ok.ndjson", lines(&[order("a1", WARFARIN, "Patient/a")]));
    let pretty = serde_json::to_vec_pretty(&bundle("b", &[WARFARIN])).unwrap();
    assert_eq!(scan("pretty", &[ok.clone(), ("pretty.ndjson", pretty)]).code, 3);
    let returns = lines(&[patient("c"), order("c1", WARFARIN, "Patient/c")]);
    let returns = returns.into_iter().map(|byte| if byte == b'\n' { b'\r' } else { byte }).collect();
    assert_eq!(scan("returns", &[ok, ("returns.ndjson", returns)]).code, 3);
}

#[test]
fn what_was_not_read_is_listed() {
    let a = ("A.NDJSON", lines(&[order("a1", WARFARIN, "Patient/a")]));
    let harmless = scan("harmless", &[a.clone(), ("readme.txt", b"hello".to_vec())]);
    assert_eq!((harmless.code, harmless.answers.len()), (0, 1), "{}", harmless.err);
    assert!(harmless.out.contains("not read: `readme.txt`") && harmless.err.contains("readme.txt"), "{}", harmless.out);
    for (name, other) in [("gz", "b.ndjson.gz"), ("below", "more/b.ndjson"), ("bare", "export")] {
        let scanned = scan(name, &[a.clone(), (other, b"{}".to_vec())]);
        assert_eq!(scanned.code, 3, "{name}: {}", scanned.out);
        assert_eq!(scanned.of("Patient/a")["scan"]["entriesNotRead"], 1, "{name}");
        assert!(scanned.err.contains("which looks like data"), "{}", scanned.err);
    }
    let nobody = scan("nobody", &[("log.ndjson", b"{\"level\":\"info\"}\n".to_vec())]);
    assert!(nobody.code == 2 && nobody.err.contains("no patient"), "{}", nobody.err);
}

#[test]
fn the_answers_of_the_last_scan_are_no_input() {
    let again = ("answers.ndjson", b"{\"patient\":\"Patient/a\"}\n".to_vec());
    let scanned = scan("again", &[again, ("a.ndjson", lines(&[order("a1", WARFARIN, "Patient/a")]))]);
    assert_eq!((scanned.code, scanned.answers.len()), (0, 1), "{}", scanned.out);
}

#[test]
fn of_two_medications_with_one_id_none_is_taken() {
    let mut referring = order("a1", WARFARIN, "Patient/a");
    let code = referring.as_object_mut().unwrap().remove("medicationCodeableConcept").unwrap();
    referring["medicationReference"] = json!({ "reference": "Medication/1" });
    let one = json!({ "resourceType": "Medication", "id": "1", "code": code });
    let mut other = one.clone();
    other["code"]["coding"][0]["code"] = json!(IBUPROFEN);
    let scan_two = |name: &str, second: &Value| {
        let files = [
            ("m1.ndjson", lines(std::slice::from_ref(&one))),
            ("m2.ndjson", lines(std::slice::from_ref(second))),
            ("r.ndjson", lines(&[referring.clone()])),
        ];
        scan(name, &files).of("Patient/a")["answer"].clone()
    };
    assert_eq!(scan_two("same", &one)["complete"], true);
    let answer = scan_two("different", &other);
    assert_eq!(answer["complete"], false);
    assert_eq!(answer["notEvaluated"][0]["reason"], "unresolved-reference", "{answer}");
}

#[test]
fn small_files_of_one_resource_may_be_pretty() {
    let pretty = |value: &Value| serde_json::to_vec_pretty(value).unwrap();
    let files = [
        ("1.json", pretty(&patient("a"))),
        ("2.json", order("a1", WARFARIN, "Patient/a").to_string().into_bytes()),
        ("3.json", pretty(&order("a2", IBUPROFEN, "Patient/a"))),
    ];
    let scanned = scan("pretty-files", &files);
    assert_eq!((scanned.code, scanned.answers.len()), (0, 1), "{}", scanned.out);
    assert_eq!(between_drugs(&scanned.of("Patient/a")["answer"]), 1);
}

#[test]
fn the_help_explains_the_exit_codes() {
    let help = Command::new(env!("CARGO_BIN_EXE_cds")).args(["scan", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for part in ["\n  0  ", "\n  2  ", "\n  3  ", "1 is not used", "not descended into"] {
        assert!(help.contains(part), "{part}: {help}");
    }
}

/// Alerts about two drugs, whatever else the chart calls for.
fn between_drugs(answer: &Value) -> usize {
    let alerts = answer["alerts"].as_array().unwrap();
    alerts.iter().filter(|alert| alert["kind"] == "drug-interaction").count()
}
