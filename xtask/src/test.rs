//! `cargo xtask test`: what CI runs.

use std::path::Path;

use crate::run::run as run_command;
use crate::{Failure, bytes, schema, tools, web};

/// Runs everything; the quick checks first.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    run_command(root, ".", &["cargo", "fmt", "--all", "--check"])?;
    schema::check(root)?;
    run_command(
        root,
        ".",
        &["cargo", "clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"],
    )?;
    run_command(root, ".", &["cargo", "test", "--quiet", "--workspace", "--exclude", "cds-wasm"])?;
    web::build(root)?;
    run_command(root, ".", &["wasm-pack", "test", "--node", "wasm-bindings"])?;
    let chromium = tools::chromium(root)?;
    let chromium = format!("CHROMIUM={}", chromium.display());
    let cases = bytes::write_cases(root)?;
    let cases = cases.to_string_lossy();
    run_command(root, "demo-web", &["env", &chromium, "node", "tests/same_bytes.mjs", &cases])?;
    run_command(root, "demo-web", &["env", &chromium, "node", "tests/browser.mjs"])?;
    eprintln!("everything passed");
    Ok(())
}
