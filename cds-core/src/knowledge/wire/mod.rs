//! A pack as it is written.

mod columns;

use columns::Unfit;

use super::codec::PackError;
use super::pack::{CodeTable, DrugCodes, Pack};

fn not_written(_: Unfit) -> PackError {
    PackError::Inconsistent("it cannot be written")
}

fn not_read(_: Unfit) -> PackError {
    PackError::OtherVersion
}

/// Writes a pack without its National Drug Codes.
pub(super) fn to_bytes(pack: &Pack) -> Result<Vec<u8>, PackError> {
    columns::to_bytes(pack).map_err(not_written)
}

/// Reads a pack.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Pack, PackError> {
    columns::from_bytes(bytes).map_err(not_read)
}

/// Writes National Drug Codes.
pub(super) fn ndc_to_bytes(codes: &CodeTable) -> Result<Vec<u8>, PackError> {
    columns::to_bytes(codes).map_err(not_written)
}

/// Reads National Drug Codes.
pub(super) fn ndc_from_bytes(bytes: &[u8]) -> Result<CodeTable, PackError> {
    columns::from_bytes(bytes).map_err(not_read)
}

/// Writes everything that the positions of products rest on.
pub(super) fn products_to_bytes(drugs: &DrugCodes) -> Result<Vec<u8>, PackError> {
    let rxcuis: Vec<u32> = drugs.ingredients.iter().map(|ingredient| ingredient.rxcui).collect();
    columns::to_bytes(&(rxcuis, &drugs.forms, &drugs.products)).map_err(not_written)
}
