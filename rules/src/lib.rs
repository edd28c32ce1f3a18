//! The knowledge: drug codes, classes, pathways, interactions and allergen groups, compiled into one checked, hashed,
//! versioned pack; and its National Drug Codes, in a pack of their own. `AUTHORING.md` says how it is written.
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

/// The National Drug Codes, as [`cds_core::knowledge::decode_ndc`] reads them: a third of all bytes, and needed only where charts
/// are coded so. Without them the engine says of such a code that it is not known.
///
/// ```
/// let engine = cds_core::Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK)?;
/// assert!(engine.knowledge().ndc_sha256().is_some());
/// # Ok::<(), cds_core::knowledge::PackError>(())
/// ```
pub const NDC_PACK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ndc.bin"));
