//! `cargo xtask import`.

use std::path::Path;

use cds_rules_compiler::import::{Releases, import as import_tables};

use crate::Failure;

/// Imports drug codes from the publisher's files.
pub(crate) fn import(root: &Path, from: &Path, date: &str) -> Result<(), Failure> {
    let releases = Releases { clinical_drugs: "202304".to_owned(), drug_groups: "202606".to_owned() };
    let report = import_tables(from, &root.join("rules/drugs"), &releases, date)
        .map_err(|error| Failure::Tables(error.to_string()))?;
    println!("{report}");
    Ok(())
}
