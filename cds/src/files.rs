//! Reading files, and the engine.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use cds_core::chart::Document;
use cds_core::facts::Policy;
use cds_core::{CallError, Engine};

use crate::arguments::Arguments;
use crate::failure::Failure;

/// The engine, with the built-in knowledge or other packs.
pub(crate) fn engine(arguments: &Arguments) -> Result<Engine, Failure> {
    let mut engine = Engine::new(&pack(arguments)?)?;
    if let Some(ndc) = ndc(arguments)? {
        engine.add_ndc(&ndc)?;
    }
    Ok(engine)
}

/// The pack to use: the built-in one, or another.
pub(crate) fn pack(arguments: &Arguments) -> Result<Cow<'static, [u8]>, Failure> {
    match &arguments.pack {
        Some(path) => Ok(read(path)?.into()),
        None => Ok(cds_rules::PACK.into()),
    }
}

/// The National Drug Codes to use: the built-in ones where the pack is the built-in one, or others.
pub(crate) fn ndc(arguments: &Arguments) -> Result<Option<Cow<'static, [u8]>>, Failure> {
    match (&arguments.pack, &arguments.ndc_pack) {
        (_, Some(path)) => Ok(Some(read(path)?.into())),
        (None, None) => Ok(Some(cds_rules::NDC_PACK.into())),
        (Some(_), None) => Ok(None),
    }
}

/// A file's bytes; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    bytes.map_err(|error| Failure::Read { path: path.to_owned(), error })
}

/// Files as documents, named by their file names.
pub(crate) fn documents<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<Document<'static>>, Failure> {
    let document = |path: &P| {
        let name = path.as_ref().file_name().unwrap_or(path.as_ref().as_os_str()).to_string_lossy().into_owned();
        Ok(Document { name: name.into(), bytes: read(path.as_ref())?.into() })
    };
    paths.iter().map(document).collect()
}

/// The policy of a file, or the default.
pub(crate) fn policy(path: Option<&Path>) -> Result<Policy, Failure> {
    let Some(path) = path else { return Ok(Policy::default()) };
    let unreadable = |why: &dyn std::fmt::Display| {
        let text = format!("the policy `{}` cannot be read: {why}", path.display());
        Failure::Call(CallError::Malformed(text))
    };
    let bytes = read(path)?;
    // An array would be read by position.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(unreadable(&"it is no JSON object, such as `{\"interruptFrom\": \"major\"}`"));
    }
    serde_json::from_slice(&bytes).map_err(|error| unreadable(&error))
}
