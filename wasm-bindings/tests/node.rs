//! The binding inside WebAssembly, under node: `wasm-pack test --node wasm-bindings`.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test")]

use cds_wasm::Engine;
use js_sys::{JSON, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const CALL: &str = r#"{"call":"check","asOf":"2026-11-22","charts":[[
    {"resourceType":"Patient","id":"p","birthDate":"1950"},
    {"resourceType":"MedicationRequest","id":"a","status":"active","intent":"order","subject":{"reference":"Patient/p"},
     "medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"11289"}]}},
    {"resourceType":"MedicationRequest","id":"b","status":"active","intent":"order","subject":{"reference":"Patient/p"},
     "medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"5640"}]}}]]}"#;

fn answer_bytes(call: &str) -> String {
    let engine = Engine::new(cds_rules::PACK).unwrap();
    String::from_utf8(Uint8Array::to_vec(&engine.answer_bytes(call.as_bytes()))).unwrap()
}

#[wasm_bindgen_test]
fn bytes_are_those_of_the_native_engine() {
    let native = cds_core::Engine::new(cds_rules::PACK).unwrap().answer_json(CALL.as_bytes());
    assert_eq!(answer_bytes(CALL).as_bytes(), native);
    assert!(answer_bytes(CALL).contains("\"tier\":\"major\""));
}

#[wasm_bindgen_test]
fn an_object_gives_the_same_answer_as_bytes() {
    let engine = Engine::new(cds_rules::PACK).unwrap();
    let answer = engine.answer(JSON::parse(CALL).unwrap()).unwrap();
    let as_text = |value: &JsValue| String::from(JSON::stringify(value).unwrap());
    assert_eq!(as_text(&answer), as_text(&JSON::parse(&answer_bytes(CALL)).unwrap()));
}

#[wasm_bindgen_test]
fn what_cannot_be_answered_says_that_nothing_was_checked() {
    assert!(answer_bytes("{").contains("Nothing was checked"));
    assert!(Engine::new(b"no pack").is_err());
    let engine = Engine::new(cds_rules::PACK).unwrap();
    assert!(engine.about().unwrap().is_object());
}
