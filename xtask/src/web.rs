//! The WebAssembly module for three kinds of host, the packs, the npm package and the demonstration.

use std::path::Path;

use cds_core::Engine;

use crate::run::run;
use crate::{Failure, tools};

/// Builds all of it.
pub(crate) fn build(root: &Path) -> Result<(), Failure> {
    tools::install(root)?;
    let package = root.join("wasm-bindings/pkg");
    std::fs::create_dir_all(&package)?;
    for (target, folder) in [("web", "pkg/web"), ("bundler", "pkg/bundler"), ("nodejs", "pkg/node")] {
        let command = ["wasm-pack", "--quiet", "build", "wasm-bindings", "--target", target, "--out-dir", folder];
        let command = [&command[..], &["--no-pack", "--profile", "wasm"]].concat();
        run(root, ".", &command)?;
    }
    // Read once, so that a damaged pack is not shipped.
    Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK)?;
    std::fs::write(package.join("cds.pack"), cds_rules::PACK)?;
    std::fs::write(package.join("cds-codes.pack"), cds_rules::NDC_PACK)?;
    run(root, "demo-web", &["npm", "run", "--silent", "build"])
}
