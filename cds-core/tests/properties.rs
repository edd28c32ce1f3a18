//! What must hold for every chart: the order, the packing and the company of its resources change no alert, and no bytes make
//! the reader panic. The charts are drawn from the pack, with a fixed seed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use cds_core::chart::Document;
use cds_core::report::{AlertKind, CheckAnswer};
use cds_core::{CheckOptions, Engine};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK).expect("the build checked the pack"));

/// Ingredients from which the graph leads on in several ways, so that charts drawn from them have something to say.
static BUSY: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let pack = ENGINE.knowledge().pack();
    let mut edges: BTreeMap<u16, usize> = BTreeMap::new();
    for edge in pack.edges.iter().filter(|edge| usize::from(edge.from) < pack.drugs.ingredients.len()) {
        *edges.entry(edge.from).or_default() += 1;
    }
    edges
        .into_iter()
        .filter(|(_, count)| *count >= 3)
        .map(|(ingredient, _)| ENGINE.knowledge().rxcui(ingredient))
        .collect()
});

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 64,
        rng_seed: RngSeed::Fixed(20_261_122),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A drug of the pack, mostly one that takes part in several rules.
fn rxcui() -> impl Strategy<Value = u32> {
    let every = &ENGINE.knowledge().pack().drugs.ingredients;
    prop_oneof![
        5 => prop::sample::select(BUSY.as_slice()),
        1 => prop::sample::select(every.as_slice()).prop_map(|ingredient| ingredient.rxcui),
    ]
}

/// The resources of one patient: orders of which most are active, and an allergy or two.
fn chart() -> impl Strategy<Value = Vec<Value>> {
    let order = (rxcui(), prop_oneof![6 => Just("active"), 1 => Just("stopped"), 1 => Just("on-hold")], 0..900_i32);
    let orders = prop::collection::vec((order, prop_oneof![4 => Just(0), 1 => Just(1), 1 => Just(2)]), 1..9);
    let allergies = prop::collection::vec((rxcui(), any::<bool>()), 0..3);
    (orders, allergies).prop_map(|(orders, allergies)| {
        let mut resources = vec![json!({ "resourceType": "Patient", "id": "p", "birthDate": "1950-05-05" })];
        resources.extend(orders.into_iter().enumerate().map(|(position, ((rxcui, status, age), kind))| {
            let year = 2026 - age / 365;
            let (month, day) = (1 + age % 10, 1 + age % 28);
            let (kind, date, status) = [
                ("MedicationRequest", "authoredOn", status),
                ("MedicationStatement", "effectiveDateTime", status),
                ("MedicationDispense", "whenHandedOver", "completed"),
            ][kind];
            json!({
                "resourceType": kind, "id": format!("m{position}"), "status": status, "intent": "order",
                "subject": { "reference": "Patient/p" }, date: format!("{year}-{month:02}-{day:02}"),
                "medicationCodeableConcept": rxnorm(rxcui),
            })
        }));
        resources.extend(allergies.into_iter().enumerate().map(|(position, (rxcui, mild))| {
            json!({
                "resourceType": "AllergyIntolerance", "id": format!("a{position}"),
                "patient": { "reference": "Patient/p" }, "code": rxnorm(rxcui),
                "type": if mild { "intolerance" } else { "allergy" }, "criticality": "low",
            })
        }));
        resources
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn order_and_packing_change_nothing((resources, shuffled) in chart().prop_flat_map(|resources| {
        (Just(resources.clone()), Just(resources).prop_shuffle())
    }), cut in any::<prop::sample::Index>()) {
        let answer = check(&[bundle(&resources)]);
        let (first, second) = shuffled.split_at(cut.index(shuffled.len()));
        for packed in [
            vec![bundle(&shuffled)],
            vec![bundle(first), bundle(second)],
            vec![Value::from(shuffled.clone()).to_string()],
            vec![ndjson(&shuffled)],
            vec![json!({ "resourceType": "Bundle", "type": "collection", "entry": [
                { "resource": serde_json::from_str::<Value>(&bundle(&shuffled)).unwrap() },
            ] }).to_string()],
        ] {
            prop_assert_eq!(&check(&packed), &answer);
        }
    }

    #[test]
    fn a_resource_that_stands_there_twice_changes_nothing(
        mut resources in chart(), twice in any::<prop::sample::Index>(),
    ) {
        let answer = check(&[bundle(&resources)]);
        let again = twice.get(&resources).clone();
        prop_assert_eq!(&check(&[bundle(&resources), bundle(std::slice::from_ref(&again))]), &answer);
        resources.push(again);
        prop_assert_eq!(&check(&[bundle(&resources)]), &answer);
    }

    #[test]
    fn an_unrelated_resource_changes_no_alert(mut resources in chart(), which in 0..5_usize) {
        let answer = check(&[bundle(&resources)]);
        let unrelated = [
            json!({ "resourceType": "Organization", "id": "o", "name": "somewhere" }),
            json!({
                "resourceType": "Observation", "id": "o", "status": "final", "subject": { "reference": "Patient/p" },
                "code": { "text": "something" }, "valueQuantity": { "value": 7.1, "unit": "mmol/L" },
            }),
            json!({ "resourceType": "Medication", "id": "o", "code": rxnorm(BUSY[0]) }),
            json!({
                "resourceType": "ServiceRequest", "id": "o", "status": "active", "intent": "order",
                "subject": { "reference": "Patient/p" },
            }),
            json!({ "resourceType": "Claim", "id": "o", "patient": { "reference": "Patient/p" } }),
        ];
        resources.push(unrelated[which].clone());
        let with = check(&[bundle(&resources)]);
        prop_assert_eq!(with.alerts, answer.alerts);
        prop_assert_eq!(with.not_evaluated, answer.not_evaluated);
        prop_assert_eq!(with.notices, answer.notices);
        prop_assert_eq!(with.checked, answer.checked);
    }

    #[test]
    fn the_same_call_gives_the_same_bytes(resources in chart()) {
        let call = json!({ "call": "check", "asOf": "2026-11-22", "charts": [resources] }).to_string();
        prop_assert_eq!(ENGINE.answer_json(call.as_bytes()), ENGINE.answer_json(call.as_bytes()));
    }

    #[test]
    fn another_drug_takes_no_reason_away(mut resources in chart(), more in rxcui()) {
        let before = check(&[bundle(&resources)]);
        resources.push(json!({
            "resourceType": "MedicationRequest", "id": "another", "status": "active", "intent": "order",
            "subject": { "reference": "Patient/p" }, "authoredOn": "2026-11-20", "medicationCodeableConcept": rxnorm(more),
        }));
        let after = check(&[bundle(&resources)]);
        let (seen, still_seen) = (seen(&before), seen(&after));
        let lost: Vec<_> = seen.difference(&still_seen).collect();
        prop_assert!(lost.is_empty(), "{more} took {lost:?}");
        for alert in &before.alerts {
            let kept = after.alerts.iter().any(|other| {
                other.tier >= alert.tier && alert.drugs.iter().all(|drug| other.drugs.contains(drug))
            });
            prop_assert!(kept, "{more} took {}", alert.id);
        }
    }

    #[test]
    fn alerts_are_about_drugs_of_the_chart(resources in chart()) {
        let answer = check(&[bundle(&resources)]);
        let active: BTreeSet<&str> = answer
            .checked
            .drugs
            .iter()
            .filter(|drug| drug.state == "active")
            .flat_map(|drug| drug.ingredients.iter().map(|ingredient| ingredient.rxcui.as_str()))
            .collect();
        let ids: BTreeSet<String> = resources
            .iter()
            .map(|resource| format!("{}/{}", text(resource, "resourceType"), text(resource, "id")))
            .collect();
        for alert in &answer.alerts {
            prop_assert!(alert.drugs.iter().all(|drug| active.contains(drug.rxcui.as_str())), "{}", alert.id);
            prop_assert!(alert.facts.iter().all(|fact| ids.contains(&fact.resource)), "{}", alert.id);
            prop_assert!(alert.what.chars().count() < 140, "{}", alert.what);
            prop_assert!(!alert.reasons.is_empty(), "{}", alert.id);
        }
        let alerts: BTreeSet<&str> = answer.alerts.iter().map(|alert| alert.id.as_str()).collect();
        prop_assert_eq!(alerts.len(), answer.alerts.len(), "two alerts of one id");
    }

    #[test]
    fn a_pair_is_what_a_chart_of_two_finds((one, other) in (rxcui(), rxcui())) {
        prop_assume!(one != other);
        let (forth, back) = (ENGINE.pair(&one.to_string(), &other.to_string()), ENGINE.pair(&other.to_string(), &one.to_string()));
        prop_assert_eq!((&forth.tier, &forth.rules), (&back.tier, &back.rules));
        let order = |id: &str, rxcui: u32| json!({
            "resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order",
            "medicationCodeableConcept": rxnorm(rxcui),
        });
        let answer = check(&[bundle(&[order("one", one), order("other", other)])]);
        let rules: BTreeSet<String> =
            answer.alerts.iter().flat_map(|alert| &alert.reasons).map(|reason| reason.rule.clone()).collect();
        prop_assert_eq!(forth.rules, rules.into_iter().collect::<Vec<_>>());
        let tier = answer.alerts.iter().map(|alert| alert.tier).max().map(|tier| tier.name());
        let tier = tier.unwrap_or(if answer.complete { "none" } else { "unknown" });
        prop_assert_eq!(forth.tier, tier);
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&bytes);
    }

    #[test]
    fn any_text_is_read(text in "[\\[\\]{}\",:0-9a-z\\\\ \\n]{0,200}") {
        survives(text.as_bytes());
    }

    #[test]
    fn flipped_bytes_are_read(
        resources in chart(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = bundle(&resources).into_bytes();
        for (place, byte) in flips {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        survives(&bytes);
    }

    #[test]
    fn any_json_is_read(value in tree()) {
        survives(value.to_string().as_bytes());
        survives(json!([{ "resourceType": "Patient", "id": "p" }, value]).to_string().as_bytes());
    }

    #[test]
    fn any_element_may_be_anything(mut resources in chart(), value in tree(), place in any::<prop::sample::Index>()) {
        // One element of one resource is replaced: the others are read, and what is lost is said.
        let resource = resources.last_mut().unwrap().as_object_mut().unwrap();
        let keys: Vec<String> = resource.keys().filter(|key| *key != "resourceType").cloned().collect();
        resource.insert(place.get(&keys).clone(), value);
        survives(bundle(&resources).as_bytes());
    }
}

#[test]
fn a_chart_that_breaks_off_anywhere_is_never_complete() {
    let order = |id: &str, rxcui: &str| {
        json!({
            "resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order",
            "subject": { "reference": "Patient/p" }, "authoredOn": "2026-11-01T08:30:00-05:00",
            "medicationCodeableConcept": { "coding": [{ "system": RXNORM, "code": rxcui }], "text": "\"ä\\ \u{1F48A}" },
        })
    };
    let rxcuis: Vec<String> = BUSY.iter().take(2).map(u32::to_string).collect();
    let patient = json!({ "resourceType": "Patient", "id": "p" });
    let resources = [patient, order("one", &rxcuis[0]), order("other", &rxcuis[1])];
    assert!(check(&[bundle(&resources)]).complete, "the whole chart is");
    for whole in [bundle(&resources), Value::from(resources.to_vec()).to_string()] {
        for length in 0..whole.len() {
            let answer = survives(&whole.as_bytes()[..length]).expect("one patient");
            assert!(!answer.complete && !answer.issues.is_empty(), "cut at byte {length}");
        }
    }
}

const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";

fn rxnorm(rxcui: u32) -> Value {
    json!({ "coding": [{ "system": RXNORM, "code": rxcui.to_string() }] })
}

fn text<'v>(resource: &'v Value, key: &str) -> &'v str {
    resource[key].as_str().unwrap_or_default()
}

fn bundle(resources: &[Value]) -> String {
    let entries: Vec<Value> = resources.iter().map(|resource| json!({ "resource": resource })).collect();
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries }).to_string()
}

fn ndjson(resources: &[Value]) -> String {
    resources.iter().map(|resource| format!("{resource}\n")).collect()
}

fn check(texts: &[String]) -> CheckAnswer {
    let documents: Vec<Document<'_>> = texts.iter().map(|text| Document::new("chart", text.as_bytes())).collect();
    ENGINE.check(&documents, &[], &options()).expect("one patient")
}

/// Reads bytes as a chart and as a draft and as a call; the answer, where they are of one patient.
fn survives(bytes: &[u8]) -> Option<CheckAnswer> {
    let documents = [Document::new("bytes", bytes)];
    let _ = ENGINE.check(&[], &documents, &options());
    let _ = ENGINE.answer_json(bytes);
    ENGINE.check(&documents, &[], &options()).ok()
}

fn options() -> CheckOptions<'static> {
    CheckOptions::on("2026-11-22".parse().unwrap())
}

/// What was seen of which drug, and of which pair: the first nodes of a reason's paths are its drugs.
fn seen(answer: &CheckAnswer) -> BTreeSet<(String, String, String)> {
    let mut seen = BTreeSet::new();
    for alert in &answer.alerts {
        for reason in &alert.reasons {
            let drugs = reason.paths.iter().filter_map(|path| path.nodes.first().map(|node| node.id.clone()));
            let drugs: BTreeSet<String> = drugs.collect();
            for one in &drugs {
                seen.insert((reason.rule.clone(), one.clone(), String::new()));
                let others = drugs.iter().filter(|other| alert.kind != AlertKind::DrugAllergy && *other > one);
                for other in others.filter(|other| ENGINE.pair(one, other).rules.contains(&reason.rule)) {
                    seen.insert((reason.rule.clone(), one.clone(), other.clone()));
                }
            }
        }
    }
    seen
}

/// JSON of any shape, with the element names that the reader looks for.
fn tree() -> impl Strategy<Value = Value> {
    const KEYS: &[&str] = &[
        "resourceType",
        "id",
        "status",
        "intent",
        "entry",
        "resource",
        "contained",
        "coding",
        "code",
        "system",
        "text",
        "display",
        "subject",
        "patient",
        "reference",
        "identifier",
        "value",
        "link",
        "other",
        "birthDate",
        "deceasedBoolean",
        "deceasedDateTime",
        "authoredOn",
        "effectivePeriod",
        "start",
        "end",
        "dosageInstruction",
        "timing",
        "repeat",
        "boundsPeriod",
        "boundsDuration",
        "unit",
        "dispenseRequest",
        "expectedSupplyDuration",
        "numberOfRepeatsAllowed",
        "medicationCodeableConcept",
        "medicationReference",
        "ingredient",
        "itemReference",
        "reaction",
        "substance",
        "clinicalStatus",
        "meta",
        "lastUpdated",
        "fullUrl",
        "call",
        "charts",
        "draft",
        "asOf",
    ];
    const TEXTS: &[&str] = &[
        "Bundle",
        "Patient",
        "MedicationRequest",
        "MedicationDispense",
        "AllergyIntolerance",
        "Medication",
        "Observation",
        "Patient/p",
        "#a",
        "a",
        "",
        "active",
        "2026-02-30",
        "2026-01-01",
        "9999-12-31",
        RXNORM,
        "11289",
        "d",
        "check",
        "urn:uuid:1",
        "\u{0}\u{202e}",
        "ä",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(TEXTS).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(KEYS).prop_map(str::to_owned), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
