//! Imports RxTerms: `import_rxterms <source folder> <target folder> <clinical release> <group release> <date>`.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use cds_rules_compiler::import::{Releases, import};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, target, clinical_drugs, drug_groups, date] = arguments.as_slice() else {
        let usage = "usage: import_rxterms <source folder> <target folder> <clinical release> <group release> <date>";
        let _ = writeln!(std::io::stderr(), "{usage}");
        return ExitCode::from(2);
    };
    let releases = Releases { clinical_drugs: clinical_drugs.clone(), drug_groups: drug_groups.clone() };
    match import(Path::new(source), Path::new(target), &releases, date) {
        Ok(report) => {
            let _ = write!(std::io::stdout(), "{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
