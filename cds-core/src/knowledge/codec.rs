//! Packs as bytes: a magic word, 32 bytes of SHA-256 over the rest, then the tables as [`wire`] writes them.
//!
//! There are two. `CDSPACK1` is the pack. `CDSPNDC1` holds the National Drug Codes: as large as half of the rest, and needed only
//! where charts are coded so. It names the drugs of the pack by position; 32 bytes of SHA-256 over them stand before its tables, and
//! a pack with other drugs refuses it.

use sha2::{Digest, Sha256};

use super::pack::{CodeTable, DrugCodes, Pack};
use super::wire;

const MAGIC: &[u8; 8] = b"CDSPACK1";
const NDC_MAGIC: &[u8; 8] = b"CDSPNDC1";
const HASH_LENGTH: usize = 32;

/// Why bytes are not a pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// The bytes do not begin as a pack does.
    #[error(
        "these bytes are not a knowledge pack: they do not begin with `CDSPACK1`; pass the file that `cds pack` wrote"
    )]
    NotAPack,
    /// The bytes do not begin as a pack of NDC codes does.
    #[error(
        "these bytes are not a pack of NDC codes: they do not begin with `CDSPNDC1`; pass the file that `cds pack write --ndc` wrote"
    )]
    NotNdc,
    /// The NDC codes are of a pack with other drugs.
    #[error("the NDC codes were written for other drugs than those of this knowledge pack; fetch or build both again")]
    OtherDrugs,
    /// The bytes were changed or cut.
    #[error("the knowledge pack is damaged: its SHA-256 does not match; fetch or build it again")]
    Damaged,
    /// The bytes were written by another version of the engine.
    #[error("the knowledge pack was written by another version of the engine; build it again with this one")]
    OtherVersion,
    /// The tables do not fit together: a position that is not there, a node of the wrong kind, something empty or too large.
    #[error("the knowledge pack contradicts itself: {0}; build it again")]
    Inconsistent(&'static str),
}

/// Writes a pack without its National Drug Codes; the bytes depend on nothing but the pack.
///
/// # Errors
/// [`PackError::Inconsistent`] where the pack cannot be written.
pub fn encode(pack: &Pack) -> Result<Vec<u8>, PackError> {
    Ok(seal(MAGIC, &wire::to_bytes(pack)?))
}

/// Writes the National Drug Codes of a pack.
///
/// # Errors
/// [`PackError::Inconsistent`] where they cannot be written.
pub fn encode_ndc(pack: &Pack) -> Result<Vec<u8>, PackError> {
    let of = drugs_hash(&pack.drugs)?;
    Ok(seal(NDC_MAGIC, &[of.as_slice(), &wire::ndc_to_bytes(&pack.drugs.ndc)?].concat()))
}

/// Reads a pack and returns it with the hexadecimal SHA-256 that names it. It has no National Drug Codes yet.
///
/// # Errors
/// [`PackError`] where the bytes are not a whole pack of this version.
pub fn decode(bytes: &[u8]) -> Result<(Pack, String), PackError> {
    let (body, sha256) = open(bytes.strip_prefix(MAGIC).ok_or(PackError::NotAPack)?)?;
    Ok((wire::from_bytes(body)?, sha256))
}

/// Reads the National Drug Codes of a pack with these drugs, with the hexadecimal SHA-256 that names them.
///
/// # Errors
/// [`PackError`] where the bytes are not whole, not of this version, or for other drugs.
pub fn decode_ndc(bytes: &[u8], of: &DrugCodes) -> Result<(CodeTable, String), PackError> {
    let (body, sha256) = open(bytes.strip_prefix(NDC_MAGIC).ok_or(PackError::NotNdc)?)?;
    let (drugs, codes) = body.split_at_checked(HASH_LENGTH).ok_or(PackError::OtherVersion)?;
    if drugs != drugs_hash(of)? {
        return Err(PackError::OtherDrugs);
    }
    Ok((wire::ndc_from_bytes(codes)?, sha256))
}

/// What the positions in a table of codes rest on. The rules may change without it.
fn drugs_hash(drugs: &DrugCodes) -> Result<[u8; HASH_LENGTH], PackError> {
    Ok(Sha256::digest(wire::products_to_bytes(drugs)?).into())
}

fn seal(magic: &[u8], body: &[u8]) -> Vec<u8> {
    [magic, Sha256::digest(body).as_slice(), body].concat()
}

/// What stands behind the SHA-256, and the SHA-256.
fn open(sealed: &[u8]) -> Result<(&[u8], String), PackError> {
    let (hash, body) = sealed.split_at_checked(HASH_LENGTH).ok_or(PackError::Damaged)?;
    if Sha256::digest(body).as_slice() != hash {
        return Err(PackError::Damaged);
    }
    Ok((body, hash.iter().map(|byte| format!("{byte:02x}")).collect()))
}
