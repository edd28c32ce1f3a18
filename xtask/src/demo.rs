//! `cargo xtask demo`.

use std::path::Path;

use crate::run::run as run_command;
use crate::{Failure, web};

/// Builds everything and serves the demonstration until it is stopped.
pub(crate) fn run(root: &Path, port: u16, build_only: bool) -> Result<(), Failure> {
    web::build(root)?;
    if build_only {
        return Ok(());
    }
    run_command(root, "demo-web", &["node", "serve.mjs", &port.to_string()])
}
