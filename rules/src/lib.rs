//! The knowledge: drug codes, classes, pathways, interactions and allergen groups, compiled into one checked, hashed,
//! versioned pack. `AUTHORING.md` says how it is written.
//!
//! ```
//! let (pack, hash) = cds_core::knowledge::decode(cds_rules::PACK)?;
//! assert_eq!(pack.about.name, "cds-founders-medication-safety");
//! assert!(pack.drugs.names.iter().any(|(name, _)| name == "warfarin"));
//! assert_eq!(hash.len(), 64); // SHA-256, the pack's fingerprint
//! # Ok::<(), cds_core::knowledge::PackError>(())
//! ```

/// The pack, as [`cds_core::knowledge::decode`] reads it. The build compiles it from the tables beside this crate.
pub const PACK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/pack.bin"));
