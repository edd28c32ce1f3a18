//! The engine in WebAssembly. No logic: bytes or objects in, bytes or objects out.

use cds_core::Engine as CoreEngine;
use js_sys::{Error, JSON, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// An engine with its knowledge. Make one, keep it, and call it as often as you like.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    core: CoreEngine,
}

#[wasm_bindgen]
impl Engine {
    /// An engine with the knowledge of a pack (`cds.pack`).
    ///
    /// # Errors
    /// An `Error` that says why the bytes are no pack of this version.
    #[wasm_bindgen(constructor)]
    pub fn new(pack: &[u8]) -> Result<Engine, Error> {
        CoreEngine::new(pack).map(|core| Self { core }).map_err(|error| Error::new(&error.to_string()))
    }

    /// Adds the National Drug Codes of the pack (`cds-codes.pack`). Without them a drug with no other code is not recognised, and
    /// every answer says so; `ndcSha256` of `about()` says whether they are there.
    ///
    /// # Errors
    /// An `Error` that says why the bytes are none, or none of this pack; the engine stays as it was.
    #[wasm_bindgen(js_name = addCodes)]
    pub fn add_ndc(&mut self, ndc: &[u8]) -> Result<(), Error> {
        self.core.add_ndc(ndc).map_err(|error| Error::new(&error.to_string()))
    }

    /// Answers a call that is JSON as UTF-8, with JSON as UTF-8: the fastest way in, and byte for byte what the native engine
    /// answers.
    #[wasm_bindgen(js_name = answerBytes)]
    pub fn answer_bytes(&self, call: &[u8]) -> Uint8Array {
        Uint8Array::from(self.core.answer_json(call).as_slice())
    }

    /// Answers a call that is an object, with an object. Numbers of the chart pass through JavaScript, so their decimals may
    /// lose trailing zeros; where that matters, pass bytes.
    ///
    /// # Errors
    /// An `Error` where the object holds what JSON cannot say, such as itself.
    pub fn answer(&self, call: &JsValue) -> Result<JsValue, Error> {
        // JavaScript walks the object, on its own stack: a walk of ours would overflow on a deep one and end the module.
        let json = JSON::stringify(call).map_err(|thrown| {
            let why = thrown
                .dyn_ref::<Error>()
                .map_or_else(String::new, |error| format!(": {}", String::from(error.message())));
            Error::new(&format!("the call cannot be written as JSON{why}; pass plain data"))
        })?;
        // `undefined`, functions and symbols have no JSON at all.
        let json = json.as_string().ok_or_else(|| Error::new("the call is no object; pass plain data"))?;
        to_object(&self.core.answer_json(json.as_bytes()))
    }

    /// Versions and hash of engine and knowledge.
    ///
    /// # Errors
    /// An `Error` where the answer cannot be made an object.
    pub fn about(&self) -> Result<JsValue, Error> {
        to_object(&self.core.answer_json(br#"{"call":"about"}"#))
    }
}

fn to_object(json: &[u8]) -> Result<JsValue, Error> {
    let mut from = serde_json::Deserializer::from_slice(json);
    let into = serde_wasm_bindgen::Serializer::json_compatible();
    serde_transcode::Transcoder::new(&mut from).serialize(&into).map_err(|error| Error::new(&error.to_string()))
}
