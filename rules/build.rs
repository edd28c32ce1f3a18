//! Compiles the tables of this folder into the packs that the library holds; a bad entry fails the build.
#![expect(clippy::print_stderr, reason = "cargo shows it to whoever builds")]

use std::path::Path;
use std::process::ExitCode;

const TABLES: &[&str] = &[
    "pack.toml",
    "problems.toml",
    "general.toml",
    "drugs",
    "classes",
    "pathways",
    "effects",
    "interactions",
    "allergens",
    "conditions",
    "measurements",
    "routes.toml",
    "drug_conditions",
    "kidney",
    "liver",
    "pregnancy",
    "lactation",
    "ages",
    "monitoring",
    "foods",
    "doses",
    "totals",
];

fn main() -> ExitCode {
    for table in TABLES {
        println!("cargo::rerun-if-changed={table}");
    }
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let target = std::env::var("OUT_DIR").map_err(|error| error.to_string())?;
    let compiled = cds_rules_compiler::compile(Path::new("."))
        .map_err(|diagnostics| format!("\n{}", cds_rules_compiler::render(&diagnostics)))?;
    let pack = cds_core::knowledge::encode(&compiled.pack).map_err(|error| error.to_string())?;
    let ndc = cds_core::knowledge::encode_ndc(&compiled.pack).map_err(|error| error.to_string())?;
    std::fs::write(Path::new(&target).join("pack.bin"), pack).map_err(|error| error.to_string())?;
    std::fs::write(Path::new(&target).join("ndc.bin"), ndc).map_err(|error| error.to_string())
}
