//! The tools that building for the browser needs, installed into `.tools` of the project where the machine has none.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::Failure;
use crate::run::{output, run, succeeds};

const WASM_PACK: &str = "0.14.0";

/// The search path with the project's own tools first.
pub(crate) fn path(root: &Path) -> Result<OsString, Failure> {
    let mut folders = vec![root.join(".tools/bin"), root.join("demo-web/node_modules/.bin")];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    std::env::join_paths(folders).map_err(|error| Failure::Missing(error.to_string()))
}

/// wasm-pack, wasm-bindgen of the version that the lock file names, and the npm packages.
pub(crate) fn install(root: &Path) -> Result<(), Failure> {
    if !succeeds(root, &["node", "--version"]) {
        return Err(Failure::Missing("Node.js is needed: install it from https://nodejs.org (20 or newer)".to_owned()));
    }
    let bindgen = locked_version(root, "wasm-bindgen")?;
    let has_bindgen = output(root, &["wasm-bindgen", "--version"]).is_some_and(|text| text.trim().ends_with(&bindgen));
    if !has_bindgen {
        cargo_install(root, "wasm-bindgen-cli", &bindgen)?;
    }
    if !succeeds(root, &["wasm-pack", "--version"]) {
        cargo_install(root, "wasm-pack", WASM_PACK)?;
    }
    // `npm ci` empties `node_modules` first; where it is as the lock file says, there is nothing to do.
    let installed = std::fs::read(root.join("demo-web/node_modules/.package-lock.json")).is_ok();
    if !installed || !succeeds_in_demo(root) {
        run(root, "demo-web", &["npm", "ci", "--no-audit", "--no-fund"])?;
    }
    Ok(())
}

fn succeeds_in_demo(root: &Path) -> bool {
    let folder = root.join("demo-web");
    succeeds(root, &["npm", "ls", "--prefix", &folder.to_string_lossy(), "--depth", "0"])
}

/// Chromium for the browser test. It is installed where that can be done unasked; else the test fails with a message.
pub(crate) fn chromium(root: &Path) -> Result<PathBuf, Failure> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    let find = || named.iter().chain(&known).find(|path| path.exists()).cloned();
    if let Some(found) = find() {
        return Ok(found);
    }
    let is_root = output(root, &["id", "-u"]).is_some_and(|id| id.trim() == "0");
    if is_root && succeeds(root, &["apt-get", "--version"]) {
        run(root, ".", &["apt-get", "update", "-qq"])?;
        run(root, ".", &["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])?;
    }
    find().ok_or_else(|| {
        let text = "no browser: the browser test needs Chromium. Install it (`apt-get install chromium`) or name it in `CHROMIUM`";
        Failure::Missing(text.to_owned())
    })
}

fn cargo_install(root: &Path, name: &str, version: &str) -> Result<(), Failure> {
    eprintln!("{name} {version} is not on this machine; it is built once, which takes some minutes");
    let into = root.join(".tools");
    // A debug build of the tool takes half the time to build and seconds more to run.
    run(
        root,
        ".",
        &["cargo", "install", "--quiet", "--debug", "--root", &into.to_string_lossy(), "--version", version, name],
    )
}

/// Version of a package in the lock file.
fn locked_version(root: &Path, name: &str) -> Result<String, Failure> {
    let lock = std::fs::read_to_string(root.join("Cargo.lock"))?;
    let named = format!("name = \"{name}\"");
    let mut lines = lock.lines().skip_while(|line| *line != named);
    let version =
        lines.nth(1).and_then(|line| line.strip_prefix("version = \"")).and_then(|line| line.strip_suffix('"'));
    version.map(str::to_owned).ok_or_else(|| Failure::Missing(format!("`{name}` is not in Cargo.lock")))
}
