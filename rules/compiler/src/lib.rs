//! The compiler of the knowledge: reads the tables of a folder, links, checks and flattens them into one pack, and
//! imports the drug tables from their publishers' files.
//!
//! ```
//! let nowhere = std::path::Path::new("no/such/folder");
//! let Err(diagnostics) = cds_rules_compiler::compile(nowhere) else { unreachable!() };
//! assert_eq!(diagnostics[0].to_string(), "ages/:1:1: `ages/` is missing");
//! ```

mod case;
mod diagnostic;
mod drugs;
mod entries;
mod fields;
mod folder;
mod given;
mod graph;
pub mod import;
mod link;
mod link_patient;
mod packing;
mod patient_entries;
mod phrases;
mod problem;
pub mod prove;
mod rows;
mod select;
mod statistics;
mod trial;

use std::collections::BTreeSet;
use std::path::Path;

use cds_core::knowledge::Pack;

pub use case::{Case, CaseDrug, CaseKind, Given};
pub use diagnostic::{Diagnostic, render};
pub use graph::KnowledgeGraph;
pub use problem::Problem;
pub use statistics::Statistics;

use diagnostic::Findings;

/// A compiled folder.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The pack that the engine reads.
    pub pack: Pack,
    /// Every rule's cases, ordered by rule and place.
    pub cases: Vec<Case>,
    /// The graph, for drawing.
    pub graph: KnowledgeGraph,
    /// Positions of the ingredients that are in a class, on a pathway, in an effect, on a side of an interaction or in a
    /// rule about one drug. About the others nothing is known: the engine reports them as not checked.
    pub covered: BTreeSet<u16>,
    /// Ids of the classes that no rule reaches: drugs that are only there are covered, and nothing can fire on them.
    pub unused_classes: Vec<String>,
    /// What it holds, in numbers.
    pub statistics: Statistics,
}

/// Compiles a knowledge folder. The same tables give the same pack, byte for byte.
///
/// # Errors
/// Every bad entry, ordered by file and line; none hides another one. The rules' cases are tried once everything else is
/// right.
pub fn compile(folder: &Path) -> Result<Compiled, Vec<Diagnostic>> {
    let findings = Findings::default();
    let files = folder::Folder { root: folder, findings: &findings };
    let drugs = drugs::Drugs::read(&files);
    let non_drugs = drugs::read_non_drugs(&files);
    let entries = entries::Entries::read(&files);
    let linked = link::link(&entries, &drugs, &non_drugs, &findings);
    let diagnostics = findings.into_diagnostics();
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let statistics = Statistics::count(&linked);
    let link::Linked { pack, cases, graph, covered, unused_classes } = linked;
    Ok(Compiled { pack, cases, graph, covered, unused_classes, statistics })
}
