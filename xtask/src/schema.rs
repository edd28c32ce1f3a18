//! JSON Schema and TypeScript types of the call, the answer and a site's policy, generated from the Rust types.

use std::path::{Path, PathBuf};

use cds_core::call::{Answer, CheckCall, InteractionsCall, PairAnswer, ResolveAnswer, ResolveCall, ResolvedIngredient};
use cds_core::facts::{Approval, Policy, RuleChange};
use cds_core::knowledge::{Evidence, NodeKind};
use cds_core::report;
use ts_rs::TS;

use crate::Failure;

/// The generated files, with their contents.
pub(crate) fn files() -> Result<Vec<(PathBuf, String)>, Failure> {
    Ok(vec![
        (PathBuf::from("docs/schema/answer.schema.json"), schema::<Answer>()?),
        (PathBuf::from("docs/schema/check-call.schema.json"), schema::<CheckCall<'_>>()?),
        (PathBuf::from("docs/schema/interactions-call.schema.json"), schema::<InteractionsCall<'_>>()?),
        (PathBuf::from("docs/schema/policy.json"), schema::<Policy>()?),
        (PathBuf::from("docs/schema/resolve-call.schema.json"), schema::<ResolveCall<'_>>()?),
        (PathBuf::from("wasm-bindings/npm/src/answer.d.ts"), typescript()),
    ])
}

/// Writes the generated files.
pub(crate) fn write(root: &Path) -> Result<(), Failure> {
    for (path, text) in files()? {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// Fails where a generated file is not what the Rust types say.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    for (path, text) in files()? {
        if std::fs::read_to_string(root.join(&path)).unwrap_or_default() != text {
            return Err(Failure::Stale(path));
        }
    }
    Ok(())
}

fn schema<T: schemars::JsonSchema>() -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(T))?;
    text.push('\n');
    Ok(text)
}

fn typescript() -> String {
    let declarations = [
        CheckCall::decl(),
        InteractionsCall::decl(),
        ResolveCall::decl(),
        Policy::decl(),
        Approval::decl(),
        RuleChange::decl(),
        Answer::decl(),
        report::CheckAnswer::decl(),
        report::Provenance::decl(),
        report::PatientSummary::decl(),
        report::Alert::decl(),
        report::AlertKind::decl(),
        report::AlertDrug::decl(),
        report::Fact::decl(),
        report::Reason::decl(),
        report::TierChange::decl(),
        report::GraphPath::decl(),
        report::PathNode::decl(),
        report::SourceAttributes::decl(),
        report::Notice::decl(),
        report::NotEvaluated::decl(),
        report::Undecided::decl(),
        report::SwitchedOff::decl(),
        report::Checked::decl(),
        report::CheckedDrug::decl(),
        report::CheckedAllergy::decl(),
        report::Issue::decl(),
        report::IssueSeverity::decl(),
        report::Tier::decl(),
        PairAnswer::decl(),
        ResolveAnswer::decl(),
        ResolvedIngredient::decl(),
        Evidence::decl(),
        NodeKind::decl(),
    ];
    let mut text = String::from("// Generated from the Rust types by `cargo xtask schema`. Do not edit.\n");
    for declaration in declarations {
        text.push_str("\nexport ");
        text.push_str(&declaration);
        text.push('\n');
    }
    text
}
