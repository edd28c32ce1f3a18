//! The program itself: what it prints, with which exit code, and what it never prints.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const WARFARIN: &str = "855332";
const IBUPROFEN: &str = "197805";
const METFORMIN: &str = "861007";

/// What an output was, in short.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn cds(arguments: &[&str]) -> Ran {
    cds_reading(arguments, b"")
}

fn cds_reading(arguments: &[&str], input: &[u8]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cds"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("its input");
    std::thread::scope(|scope| {
        // A program that stops early does not read on.
        scope.spawn(move || drop(stdin.write_all(input)));
        ran(child.wait_with_output().expect("the program ends"))
    })
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).expect("it prints UTF-8"),
        err: String::from_utf8(output.stderr).expect("it prints UTF-8"),
    }
}

/// A folder of this test's own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn file(folder: &str, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = self::folder(folder).join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn order(id: &str, rxcui: &str, patient: &str) -> Value {
    json!({
        "resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order",
        "subject": { "reference": format!("Patient/{patient}") }, "authoredOn": "2026-11-02",
        "medicationCodeableConcept": { "coding": [{ "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": rxcui }] },
    })
}

fn chart(drugs: &[&str]) -> String {
    let orders = drugs.iter().enumerate().map(|(position, rxcui)| order(&format!("m{position}"), rxcui, "p"));
    Value::from_iter([json!({ "resourceType": "Patient", "id": "p" })].into_iter().chain(orders)).to_string()
}

/// A chart that leaves no question open: a man of 46 years with a dose of cetirizine.
fn decided() -> String {
    let mut drug = order("m0", "20610", "p");
    drug["dosageInstruction"] = json!([{
        "timing": { "repeat": { "frequency": 1, "period": 1, "periodUnit": "d" } },
        "doseAndRate": [{ "doseQuantity": { "value": 10, "unit": "mg" } }],
    }]);
    json!([{ "resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1980-01-01" }, drug]).to_string()
}

fn check(chart: &str, more: &[&str]) -> Ran {
    cds_reading(&[&["check", "-", "--as-of", "2026-11-22"], more].concat(), chart.as_bytes())
}

#[test]
fn the_exit_code_says_what_came_of_it() {
    assert_eq!(check(&decided(), &[]).code, 0, "checked, decided, nothing interrupts");
    assert_eq!(check(&chart(&[METFORMIN]), &[]).code, 3, "no dose and no kidney function: a question is open");
    assert_eq!(check(&chart(&[WARFARIN, IBUPROFEN]), &[]).code, 1, "an alert interrupts");
    assert_eq!(check("no chart at all", &[]).code, 2, "nothing was checked");
    assert_eq!(check(&chart(&[WARFARIN, "99999999"]), &[]).code, 3, "a drug is not known");
    assert_eq!(check(&chart(&[WARFARIN, IBUPROFEN, "99999999"]), &[]).code, 1, "an alert goes before");
    let whole = chart(&[WARFARIN, METFORMIN]);
    assert_eq!(check(&format!("{whole} junk"), &[]).code, 3, "part of the file was not read");
    let help = cds(&["check", "--help"]).out;
    for code in ["  0  ", "  1  ", "  2  ", "  3  "] {
        assert!(help.contains(&format!("\n{code}")), "`cds check --help` explains exit code{code}");
    }
}

#[test]
fn a_failure_says_why_and_prints_no_answer() {
    let chart = file("failures", "chart.json", chart(&[WARFARIN]));
    for (arguments, why) in [
        (vec!["check", "no/such/file.json", "--as-of", "2026-11-22"], "no/such/file.json"),
        (vec!["check", &chart, "--as-of", "2026-02-30"], "YYYY-MM-DD"),
        (vec!["check", &chart, "--as-of", "22.11.2026"], "YYYY-MM-DD"),
        (vec!["check", &chart], "--as-of"),
        (vec!["check", &chart, "--as-of", "2026-11-22", "--draft", "no/draft.json"], "no/draft.json"),
        (vec!["check", &chart, "--as-of", "2026-11-22", "--policy", &chart], "policy"),
        (vec!["check", &chart, "--as-of", "2026-11-22", "--patient", "Patient/q"], "patient"),
        (vec!["--pack", &chart, "check", &chart, "--as-of", "2026-11-22"], "CDSPACK1"),
        (vec!["scan", "no/such/folder", "--as-of", "2026-11-22", "--out", "/dev/null"], "no/such/folder"),
        (vec!["interactions", "11289"], "two drug codes"),
        (vec!["frobnicate"], "frobnicate"),
    ] {
        let ran = cds(&arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(why), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
}

#[test]
fn every_format_holds_the_alert_and_what_was_not_evaluated() {
    let chart = chart(&[WARFARIN, IBUPROFEN, "99999999"]);
    let text = check(&chart, &["--format", "text"]).out;
    for part in ["WARNING", "major", "interrupts", "Do", "warfarin-nsaid", "NOT EVALUATED (1)", "unknown-code"] {
        assert!(text.contains(part), "`{part}` in\n{text}");
    }
    let answer: Value = serde_json::from_str(&check(&chart, &["--format", "json"]).out).unwrap();
    assert_eq!(answer["alerts"][0]["reasons"][0]["rule"], "warfarin-nsaid");
    assert_eq!(answer["complete"], false);
    assert_eq!(answer["notEvaluated"][0]["reason"], "unknown-code");
    let bundle: Value = serde_json::from_str(&check(&chart, &["--format", "fhir"]).out).unwrap();
    assert_eq!(bundle["resourceType"], "Bundle");
    let resource = |kind: &str| {
        let entries = bundle["entry"].as_array().unwrap().iter();
        entries.map(|entry| &entry["resource"]).find(|resource| resource["resourceType"] == kind).unwrap()
    };
    assert_eq!(resource("DetectedIssue")["severity"], "high");
    assert_eq!(resource("DetectedIssue")["status"], "preliminary");
    assert_eq!(resource("DetectedIssue")["implicated"].as_array().unwrap().len(), 2);
    let outcome = resource("OperationOutcome")["issue"].as_array().unwrap();
    assert!(outcome.iter().any(|issue| issue["code"] == "incomplete"), "{outcome:?}");
}

#[test]
fn files_drafts_policies_and_a_pack_of_ones_own() {
    let folder = folder("files");
    let path = |name: &str, content: String| {
        std::fs::write(folder.join(name), content).unwrap();
        folder.join(name).to_str().unwrap().to_owned()
    };
    let first = path("first.json", chart(&[WARFARIN]));
    let second = path("second.json", order("other", METFORMIN, "p").to_string());
    let quiet = path("quiet.json", decided());
    let draft = path("draft.json", order("new", IBUPROFEN, "p").to_string());
    let policy = path("policy.json", json!({ "interruptFrom": "contraindicated" }).to_string());
    let check = ["check", &first, &second, "--as-of", "2026-11-22"];
    assert_eq!(cds(&["check", &quiet, "--as-of", "2026-11-22"]).code, 0);
    assert_eq!(cds(&check).code, 3, "questions are open");
    let ran = cds(&[&check[..], &["--draft", &draft]].concat());
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("this order"), "{}", ran.out);
    let under_policy = cds(&[&check[..], &["--draft", &draft, "--policy", &policy]].concat());
    assert_eq!(under_policy.code, 3, "nothing interrupts, questions are open");
    assert!(under_policy.out.contains("differs from the defaults"), "{}", under_policy.out);
    let (pack, ndc) = (folder.join("written.pack"), folder.join("written-ndc.pack"));
    let (pack, ndc) = (pack.to_str().unwrap(), ndc.to_str().unwrap());
    assert_eq!(cds(&["pack", "write", pack, "--ndc", ndc]).code, 0);
    assert_eq!(cds(&["--pack", pack, "check", &quiet, "--as-of", "2026-11-22"]).code, 0);
    assert_eq!(cds(&["resolve", "00071-0155-23"]).code, 0);
    assert_eq!(cds(&["resolve", "00071-0155-23", "--pack", pack]).code, 3);
    assert_eq!(cds(&["resolve", "00071-0155-23", "--pack", pack, "--ndc-pack", ndc]).code, 0);
    assert_eq!(cds(&["resolve", "00071-0155-23", "--ndc-pack", pack]).code, 2);
    assert_eq!(cds(&["pack", "write", pack, "--ndc", ndc, "--pack", pack]).code, 2);
    let stats = cds(&["pack", "stats"]);
    assert!(stats.code == 0 && stats.out.contains("interaction rules"), "{}", stats.out);
}

#[test]
fn a_call_is_answered_in_json() {
    let call = json!({ "call": "interactions", "drugs": [["11289", "5640"]] }).to_string();
    let ran = cds_reading(&["call", "-"], call.as_bytes());
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &answer["pairs"][0]["tier"]), (0, &json!("major")));
    let ran = cds_reading(&["call", "-"], b"{");
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &answer["answer"]), (2, &json!("error")));
}

#[test]
fn pairs_on_standard_input_get_a_line_each() {
    let input = b"11289\t5640\n\n11289\t6809\r\n11289\nnot a code\t5640\n11289\t5640\tmore\n\xff\xfe\t1\n\t\n0\t99999999999999999999";
    let ran = cds_reading(&["interactions", "--stdin"], input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let lines: Vec<Vec<&str>> = ran.out.lines().map(|line| line.split('\t').collect()).collect();
    assert!(lines.iter().all(|fields| fields.len() == 4), "four fields a line:\n{}", ran.out);
    let tiers: Vec<&str> = lines.iter().map(|fields| fields[2]).collect();
    assert_eq!(tiers, ["major", "none", "unknown", "unknown", "major", "unknown", "unknown"], "{}", ran.out);
    assert!(lines[0][3].split(',').any(|rule| rule == "warfarin-nsaid"), "{}", ran.out);
    let ran = cds(&["interactions", "11289", "5640", "6809"]);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 3), "every pair of three:\n{}", ran.out);
    assert_eq!(cds(&["interactions", "11289", "99999999"]).code, 3);
}

#[test]
fn codes_on_standard_input_get_a_line_each() {
    let ran = cds_reading(&["resolve", "--stdin"], b"855332\n\n857002\r\n0093-1713-01\nno code\n\xff\n-1\n99999999");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(
        lines,
        ["855332\t11289", "857002\t161,5489", "0093-1713-01\t11289", "no code\t", "\u{fffd}\t", "-1\t", "99999999\t"]
    );
    assert_eq!(cds(&["resolve", "855332", "99999999"]).code, 3);
}

#[test]
fn a_scan_answers_for_every_patient_of_an_export() {
    let folder = folder("export");
    let lines = |resources: &[Value]| resources.iter().map(|line| format!("{line}\n")).collect::<String>();
    let patients = ["a", "b", "c"].map(|id| json!({ "resourceType": "Patient", "id": id }));
    std::fs::write(folder.join("Patient.ndjson"), lines(&patients)).unwrap();
    let mut referring = order("a2", IBUPROFEN, "a");
    referring.as_object_mut().unwrap().remove("medicationCodeableConcept");
    referring["medicationReference"] = json!({ "reference": "Medication/i" });
    let orders = [order("a1", WARFARIN, "a"), referring, order("b1", METFORMIN, "b"), order("c1", "99999999", "c")];
    std::fs::write(folder.join("MedicationRequest.ndjson"), lines(&orders)).unwrap();
    let code = order("x", IBUPROFEN, "x")["medicationCodeableConcept"].clone();
    let medication = json!({ "resourceType": "Medication", "id": "i", "code": code });
    std::fs::write(folder.join("Medication.ndjson"), lines(&[medication])).unwrap();
    std::fs::write(folder.join("log.ndjson"), "{\"level\":\"info\",\"message\":\"3 patients\"}\n").unwrap();
    let out = folder.join("answers.txt");
    let ran = cds(&["scan", folder.to_str().unwrap(), "--as-of", "2026-11-22", "--out", out.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("1 were no FHIR"), "{}", ran.out);
    let answers = answers(&out);
    let of = |patient: &str| answers.iter().find(|line| line["patient"] == patient).expect("a line for each patient");
    assert_eq!(answers.len(), 3);
    assert_eq!(of("Patient/a")["answer"]["alerts"][0]["reasons"][0]["rule"], "warfarin-nsaid");
    assert_eq!(of("Patient/b")["answer"]["complete"], true);
    assert_eq!(of("Patient/c")["answer"]["notEvaluated"][0]["reason"], "unknown-code");
}

#[test]
fn a_scan_answers_for_every_bundle_of_a_folder() {
    let folder = folder("bundles");
    let bundle = |drugs: &[&str]| {
        let resources: Vec<Value> = serde_json::from_str(&chart(drugs)).unwrap();
        let entries: Vec<Value> = resources.iter().map(|resource| json!({ "resource": resource })).collect();
        json!({ "resourceType": "Bundle", "type": "collection", "entry": entries }).to_string()
    };
    std::fs::write(folder.join("one.json"), bundle(&[WARFARIN, IBUPROFEN])).unwrap();
    std::fs::write(folder.join("two.json"), bundle(&[METFORMIN])).unwrap();
    let broken = bundle(&[WARFARIN, METFORMIN]);
    std::fs::write(folder.join("broken.json"), &broken[..broken.len() - 40]).unwrap();
    std::fs::write(folder.join("readme.txt"), "no chart").unwrap();
    let out = folder.join("answers.txt");
    let ran = cds(&["scan", folder.to_str().unwrap(), "--as-of", "2026-11-22", "--out", out.to_str().unwrap()]);
    assert_eq!(ran.code, 3, "one is broken: {}", ran.err);
    let answers = answers(&out);
    let summary: Vec<(&str, usize, bool)> = answers
        .iter()
        .map(|line| {
            let answer = &line["answer"];
            let alerts = between_drugs(answer);
            (line["patient"].as_str().unwrap(), alerts, answer["complete"].as_bool().unwrap())
        })
        .collect();
    assert_eq!(summary, [("broken.json", 0, false), ("one.json", 1, true), ("two.json", 0, true)]);
}

fn answers(path: &std::path::Path) -> Vec<Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn sixty_megabytes_are_read_in_bounded_time_and_memory() {
    let path = folder("large").join("chart.json");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    write!(
        out,
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{{"resourceType":"Patient","id":"p"}}}}"#
    )
    .unwrap();
    let mut written = 0;
    let mut number = 0;
    while written < 60_000_000 {
        number += 1;
        let resource = json!({
            "resourceType": "Observation", "id": format!("o{number}"), "status": "final",
            "subject": { "reference": "Patient/p" }, "effectiveDateTime": "2026-11-02T08:00:00-05:00",
            "code": { "coding": [{ "system": "http://loinc.org", "code": "made-up", "display": "a made-up reading" }] },
            "valueQuantity": { "value": 4.20, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L" },
            "note": [{ "text": "x".repeat(600) }],
        });
        let entry = format!(r#",{{"resource":{resource}}}"#);
        written += entry.len();
        out.write_all(entry.as_bytes()).unwrap();
    }
    for drug in [order("m1", WARFARIN, "p"), order("m2", IBUPROFEN, "p")] {
        write!(out, r#",{{"resource":{drug}}}"#).unwrap();
    }
    write!(out, "]}}").unwrap();
    out.into_inner().unwrap().sync_all().unwrap();

    let begun = Instant::now();
    // The shell bounds the program's memory to 700 MB; an unoptimized build is ten times as slow as a released one.
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 700000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_cds"), "check"]);
    command.arg(&path).args(["--as-of", "2026-11-22", "--format", "json"]);
    let ran = ran(command.output().expect("a shell"));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(begun.elapsed() < Duration::from_secs(90), "{:?}", begun.elapsed());
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(between_drugs(&answer), 1);
}

#[test]
fn no_control_character_of_a_chart_reaches_the_terminal() {
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\r\u{8}";
    let mut unknown = order("m1", WARFARIN, "p");
    unknown["medicationCodeableConcept"] = json!({ "text": format!("{evil}tea") });
    unknown["id"] = json!(format!("m{evil}"));
    unknown[format!("key{evil}")] = json!(1);
    let patient = json!({ "resourceType": "Patient", "id": "p", "gender": evil, "birthDate": evil });
    let strange = json!({ "resourceType": evil, "id": evil });
    let other = json!({ "resourceType": "AllergyIntolerance", "id": "a", "patient": { "reference": "Patient/p" },
        "code": { "text": evil } });
    let chart = json!([patient, unknown, order("m2", WARFARIN, "p"), strange, other]).to_string();
    let ran = check(&chart, &[]);
    let steers = |text: &str| text.chars().find(|it| it.is_control() && *it != '\n' || "\u{202e}".contains(*it));
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert_eq!(steers(&ran.out), None, "{:?}", ran.out);
    assert_eq!(steers(&ran.err), None, "{:?}", ran.err);
}

#[test]
fn an_error_message_holds_no_text_of_the_chart() {
    let secret = "Mallory-Undisclosed";
    let patient = |id: &str| json!({ "resourceType": "Patient", "id": id, "name": [{ "family": secret }] });
    let torn = format!(r#"{{"resourceType":"Patient","id":"p","name":[{{"family":"{secret}"#);
    let several = json!([patient("p"), patient("q")]).to_string();
    for (chart, code) in [(several.as_str(), 2), (torn.as_str(), 2), (secret, 2)] {
        let ran = check(chart, &[]);
        assert_eq!(ran.code, code, "{}", ran.err);
        assert!(!ran.err.contains(secret) && !ran.out.contains(secret), "{}", ran.err);
    }
    let mut resource = order("m1", WARFARIN, "p");
    resource["authoredOn"] = json!(secret);
    resource["status"] = json!(secret);
    resource[secret] = json!(secret);
    let ran = check(&json!([patient("p"), resource]).to_string(), &["--format", "json"]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert!(!answer["issues"].to_string().contains(secret), "{}", answer["issues"]);
}

#[test]
fn codes_are_printed_without_what_cannot_be_seen() {
    let evil = "11289\u{1b}[2J\u{9b}\u{202e}\u{200b}\u{feff}";
    for ran in [
        cds(&["interactions", evil, "5640"]),
        cds(&["resolve", evil]),
        cds_reading(&["resolve", "--stdin"], evil.as_bytes()),
        cds_reading(&["interactions", "--stdin"], format!("{evil}\t{evil}").as_bytes()),
    ] {
        let steers = |it: &char| it.is_control() && !"\n\t".contains(*it) || "\u{202e}\u{200b}\u{feff}".contains(*it);
        assert!(ran.out.contains("11289") && ran.out.chars().find(steers).is_none(), "{:?}", ran.out);
    }
    let mut tea = order("m1", WARFARIN, "p");
    tea["medicationCodeableConcept"] = json!({ "text": "tea\u{9b}31m" });
    let json = check(&tea.to_string(), &["--format", "json"]).out;
    assert!(json.contains("tea\\u009b31m") && !json.contains('\u{9b}'), "{json}");
    let answer: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(answer["notEvaluated"][0]["named"], "tea\u{9b}31m");
    assert!(!check(&tea.to_string(), &["--format", "fhir"]).out.contains('\u{9b}'));
}

#[test]
fn a_policy_is_an_object_and_a_patient_who_is_named_is_in_the_chart() {
    for (name, policy) in [("empty", "[]"), ("list", r#"["major",1,2,3,4,5]"#), ("text", "\"major\"")] {
        let policy = file(&format!("policy-{name}"), "policy.json", policy);
        let ran = check(&chart(&[WARFARIN]), &["--policy", &policy]);
        assert!(ran.code == 2 && ran.err.contains("no JSON object"), "{}", ran.err);
    }
    let ran = check(&chart(&[WARFARIN]), &["--patient", "Patient/zz"]);
    assert!(ran.code == 2 && ran.err.contains("`Patient/zz` is not in the chart"), "{}", ran.err);
    assert!(!ran.err.contains("share no identifier"), "{}", ran.err);
}

/// Alerts about two drugs, whatever else the chart calls for.
fn between_drugs(answer: &Value) -> usize {
    let alerts = answer["alerts"].as_array().unwrap();
    alerts.iter().filter(|alert| alert["kind"] == "drug-interaction").count()
}
