//! What the engine knows: drug codes, the interaction graph and its rules, as one pack.
//!
//! A [`Pack`] is plain data. The compiler in `rules/compiler` writes it; [`codec`] reads it back and verifies its
//! hash; [`index`] flattens it for look-up. Nothing here knows a drug by name.

pub mod codec;
pub mod index;

pub mod names;
mod pack;
mod phrase;
mod statistics;
mod terms;
mod verify;
mod wire;

pub use codec::{PackError, decode, decode_ndc, encode, encode_ndc};
pub use index::{IngredientId, Knowledge, RuleId};

pub use pack::*;
pub use phrase::*;
pub use statistics::{Count, statistics};
pub(crate) use terms::System;
pub use wire::arranged;
