//! The binding inside WebAssembly, under node: `wasm-pack test --node wasm-bindings`.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test")]

use cds_wasm::Engine;
use js_sys::{Array, JSON, Object, Reflect, Uint8Array};
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
    let answer = engine.answer(&JSON::parse(CALL).unwrap()).unwrap();
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

#[wasm_bindgen_test]
fn ndc_codes_are_added_and_other_bytes_are_refused() {
    const NDC: &str = r#"{"call":"resolve","codes":["00071-0155-23"]}"#;
    let mut engine = Engine::new(cds_rules::PACK).unwrap();
    let ask = |engine: &Engine| String::from_utf8(Uint8Array::to_vec(&engine.answer_bytes(NDC.as_bytes()))).unwrap();
    assert!(ask(&engine).contains("\"ingredients\":[]"));
    assert!(engine.add_ndc(cds_rules::PACK).is_err());
    assert!(ask(&engine).contains("\"ingredients\":[]"));
    engine.add_ndc(cds_rules::NDC_PACK).unwrap();
    assert!(ask(&engine).contains("\"rxcui\""));
}

/// The engine answers as if nothing had been.
fn still_answers(engine: &Engine) {
    let answer = engine.answer(&JSON::parse(CALL).unwrap()).unwrap();
    assert!(String::from(JSON::stringify(&answer).unwrap()).contains("\"tier\":\"major\""));
    assert!(Engine::new(cds_rules::PACK).is_ok());
}

fn set(object: &JsValue, key: &str, value: &JsValue) {
    assert!(Reflect::set(object, &key.into(), value).unwrap());
}

#[wasm_bindgen_test]
fn an_object_that_holds_itself_is_an_error_and_the_engine_lives() {
    let engine = Engine::new(cds_rules::PACK).unwrap();
    let call = JSON::parse(CALL).unwrap();
    set(&call, "charts", &Array::of1(&call));
    assert!(String::from(engine.answer(&call).unwrap_err().message()).contains("JSON"));
    still_answers(&engine);
    for nothing in [JsValue::UNDEFINED, JsValue::symbol(None), js_sys::BigInt::from(1).into()] {
        assert!(engine.answer(&nothing).is_err());
        still_answers(&engine);
    }
}

#[wasm_bindgen_test]
fn a_deep_object_ends_no_engine() {
    let engine = Engine::new(cds_rules::PACK).unwrap();
    for depth in [100, 3_000, 100_000] {
        let objects = (0..depth).fold(JsValue::NULL, |inner, _| {
            let outer = Object::new();
            set(&outer, "extension", &inner);
            outer.into()
        });
        let arrays = (0..depth).fold(JsValue::NULL, |inner, _| Array::of1(&inner).into());
        for deep in [objects, arrays] {
            for place in ["charts", "policy", "unknown"] {
                let call = JSON::parse(CALL).unwrap();
                set(&call, place, &deep);
                let _ = engine.answer(&call);
                still_answers(&engine);
                // Inside a resource that is read, and inside one that is left unread.
                let resource =
                    JSON::parse(r#"{"resourceType":"MedicationRequest","id":"deep","status":"active"}"#).unwrap();
                set(&resource, place, &deep);
                set(&resource, "contained", &deep);
                set(&resource, "medicationCodeableConcept", &deep);
                set(&call, "charts", &Array::of1(&resource));
                let _ = engine.answer(&call);
                still_answers(&engine);
                // And the same as text.
                if let Ok(text) = JSON::stringify(&call) {
                    assert!(engine.answer_bytes(String::from(text).as_bytes()).length() > 0);
                    still_answers(&engine);
                }
            }
        }
    }
}
