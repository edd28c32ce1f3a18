//! Charts for the benchmarks, made up from RxNorm ingredient codes.

use serde_json::{Value, json};

/// A day for every benchmark.
pub const AS_OF: &str = "2023-06-30";

/// Ingredients that older patients often have together, by RxNorm concept id.
pub const COMMON_DRUGS: [u32; 20] = [
    11289, 6809, 29046, 83367, 1191, 6918, 4603, 8787, 7646, 36437, 703, 3407, 10582, 25480, 32937, 161, 4815, 2670,
    5487, 9997,
];

/// The ingredient that is being ordered.
pub const DRAFT: u32 = 5640;

/// An order of an ingredient.
pub fn order(id: &str, rxcui: u32, status: &str) -> Value {
    json!({
        "resourceType": "MedicationRequest", "id": id, "status": status, "intent": "order",
        "subject": { "reference": "Patient/p" }, "authoredOn": "2023-05-01",
        "medicationCodeableConcept": {
            "coding": [{ "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": rxcui.to_string() }]
        },
        "dosageInstruction": [{ "text": "one tablet a day", "timing": { "repeat": { "frequency": 1, "period": 1, "periodUnit": "d" } } }],
    })
}

/// A call that checks a draft order against so many active drugs.
pub fn order_check(active: usize) -> Vec<u8> {
    let mut entries = vec![
        json!({ "resource": { "resourceType": "Patient", "id": "p", "birthDate": "1950-03-01", "gender": "female" } }),
    ];
    for (position, rxcui) in COMMON_DRUGS.iter().take(active).enumerate() {
        entries.push(json!({ "resource": order(&format!("order-{position}"), *rxcui, "active") }));
    }
    let call = json!({
        "call": "check", "asOf": AS_OF,
        "charts": [{ "resourceType": "Bundle", "type": "collection", "entry": entries }],
        "draft": [order("draft", DRAFT, "draft")],
    });
    call.to_string().into_bytes()
}
