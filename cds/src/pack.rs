//! `cds pack`: what the pack knows, and the pack as a file.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::arguments::{Arguments, Pack, PackAction};
use crate::failure::{CLEAR, Failure};
use crate::files;

/// Shows or writes the pack.
pub(crate) fn run(options: &Pack, arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &options.action {
        PackAction::Stats => stats(arguments)?,
        PackAction::Write { file, ndc } => {
            // Read once, so that a damaged pack is not passed on.
            let engine = files::engine(arguments)?;
            write_file(file, &files::pack(arguments)?, engine.knowledge().sha256())?;
            if let Some(file) = ndc {
                let codes = files::ndc(arguments)?.zip(engine.knowledge().ndc_sha256());
                let (bytes, sha256) = codes.ok_or_else(|| {
                    Failure::Usage(
                        "another pack has no National Drug Codes of its own; pass them with --ndc-pack".to_owned(),
                    )
                })?;
                write_file(file, &bytes, sha256)?;
            }
        }
    }
    Ok(ExitCode::from(CLEAR))
}

fn write_file(file: &Path, bytes: &[u8], sha256: &str) -> Result<(), Failure> {
    std::fs::write(file, bytes).map_err(|error| Failure::Write { path: file.to_owned(), error })?;
    anstream::eprintln!("wrote {} (SHA-256 {sha256})", file.display());
    Ok(())
}

fn stats(arguments: &Arguments) -> Result<(), Failure> {
    let engine = files::engine(arguments)?;
    let knowledge = engine.knowledge();
    let mut out = std::io::stdout().lock();
    let about = &knowledge.pack().about;
    writeln!(out, "{} {}, revised {}, {}", about.name, about.version, about.revised, about.license)?;
    writeln!(out, "SHA-256 {}", knowledge.sha256())?;
    match knowledge.ndc_sha256() {
        Some(sha256) => writeln!(out, "National Drug Codes: SHA-256 {sha256}")?,
        None => writeln!(out, "National Drug Codes are not loaded")?,
    }
    for count in cds_core::knowledge::statistics(knowledge) {
        writeln!(out, "{:>8}  {}", count.count, count.what)?;
    }
    Ok(())
}
