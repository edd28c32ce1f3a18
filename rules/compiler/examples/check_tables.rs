//! Compiles a knowledge folder, tries every case on the engine, and says what it holds, or what is wrong: `check_tables <folder> [pack to write] [NDC pack to write]`.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(folder) = arguments.first() else {
        let _ = writeln!(std::io::stderr(), "usage: check_tables <folder> [pack to write] [NDC pack to write]");
        return ExitCode::from(2);
    };
    let compiled = match cds_rules_compiler::compile(Path::new(folder)) {
        Ok(compiled) => compiled,
        Err(diagnostics) => {
            let _ = write!(std::io::stdout(), "{}", cds_rules_compiler::render(&diagnostics));
            return ExitCode::FAILURE;
        }
    };
    let _ = write!(std::io::stdout(), "{}", compiled.statistics);
    let engine = cds_core::knowledge::encode(&compiled.pack).and_then(|bytes| cds_core::Engine::new(&bytes));
    let failures = match engine {
        Ok(engine) => cds_rules_compiler::prove::failures(&compiled.cases, &engine),
        Err(error) => vec![error.to_string()],
    };
    for failure in &failures {
        let _ = writeln!(std::io::stdout(), "{failure}");
    }
    let _ = writeln!(std::io::stdout(), "{} cases, {} do not hold", compiled.cases.len(), failures.len());
    let outcome = if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    let packs = [
        (arguments.get(1), cds_core::knowledge::encode(&compiled.pack)),
        (arguments.get(2), cds_core::knowledge::encode_ndc(&compiled.pack)),
    ];
    for (target, bytes) in packs {
        let Some(target) = target else { continue };
        let written = bytes.map_err(|error| error.to_string());
        let written = written.and_then(|bytes| std::fs::write(target, bytes).map_err(|error| error.to_string()));
        if let Err(error) = written {
            let _ = writeln!(std::io::stderr(), "`{target}` cannot be written: {error}");
            return ExitCode::FAILURE;
        }
    }
    outcome
}
