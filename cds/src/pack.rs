//! `cds pack`: what the pack knows, and the pack as a file.

use std::io::Write;
use std::process::ExitCode;

use crate::arguments::{Arguments, Pack, PackAction};
use crate::failure::{CLEAR, Failure};
use crate::files;

/// Shows or writes the pack.
pub(crate) fn run(options: &Pack, arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &options.action {
        PackAction::Stats => stats(arguments)?,
        PackAction::Write { file } => {
            // Read once, so that a damaged pack is not passed on.
            let engine = files::engine(arguments)?;
            let bytes = match &arguments.pack {
                Some(path) => files::read(path)?,
                None => cds_rules::PACK.to_vec(),
            };
            std::fs::write(file, bytes).map_err(|error| Failure::Write { path: file.clone(), error })?;
            anstream::eprintln!("wrote {} (SHA-256 {})", file.display(), engine.knowledge().sha256());
        }
    }
    Ok(ExitCode::from(CLEAR))
}

fn stats(arguments: &Arguments) -> Result<(), Failure> {
    let engine = files::engine(arguments)?;
    let knowledge = engine.knowledge();
    let mut out = std::io::stdout().lock();
    let about = &knowledge.pack().about;
    writeln!(out, "{} {}, revised {}, {}", about.name, about.version, about.revised, about.license)?;
    writeln!(out, "SHA-256 {}", knowledge.sha256())?;
    for count in cds_core::knowledge::statistics(knowledge) {
        writeln!(out, "{:>8}  {}", count.count, count.what)?;
    }
    Ok(())
}
