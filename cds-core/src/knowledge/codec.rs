//! The pack as bytes: `CDSPACK1`, 32 bytes of SHA-256 over the rest, then the pack in postcard's format.

use sha2::{Digest, Sha256};

use super::Pack;

const MAGIC: &[u8; 8] = b"CDSPACK1";
const HASH_LENGTH: usize = 32;

/// Why bytes are not a pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// The bytes do not begin as a pack does.
    #[error(
        "these bytes are not a knowledge pack: they do not begin with `CDSPACK1`; pass the file that `cds pack` wrote"
    )]
    NotAPack,
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

/// Writes a pack; the bytes depend on nothing but the pack.
///
/// # Errors
/// [`PackError::Inconsistent`] where the pack cannot be written.
pub fn encode(pack: &Pack) -> Result<Vec<u8>, PackError> {
    let body = postcard::to_stdvec(pack).map_err(|_| PackError::Inconsistent("it cannot be serialised"))?;
    let mut bytes = Vec::with_capacity(MAGIC.len() + HASH_LENGTH + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&Sha256::digest(&body));
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// Reads a pack and returns it with the hexadecimal SHA-256 that names it.
///
/// # Errors
/// [`PackError`] where the bytes are not a whole pack of this version.
pub fn decode(bytes: &[u8]) -> Result<(Pack, String), PackError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(PackError::NotAPack)?;
    let (hash, body) = rest.split_at_checked(HASH_LENGTH).ok_or(PackError::Damaged)?;
    let actual = Sha256::digest(body);
    if actual.as_slice() != hash {
        return Err(PackError::Damaged);
    }
    let (pack, rest): (Pack, _) = postcard::take_from_bytes(body).map_err(|_| PackError::OtherVersion)?;
    if !rest.is_empty() {
        return Err(PackError::OtherVersion);
    }
    Ok((pack, hash.iter().map(|byte| format!("{byte:02x}")).collect()))
}
