//! Running other programs, with a line that says which.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::Failure;
use crate::tools;

/// Runs a command in a folder of the project, with the project's tools on its path.
pub(crate) fn run(root: &Path, folder: &str, command: &[&str]) -> Result<(), Failure> {
    let shown = command.join(" ");
    eprintln!("── {shown}");
    let started = Instant::now();
    let (program, arguments) = command.split_first().ok_or_else(|| Failure::Missing("no command".to_owned()))?;
    let status = Command::new(program)
        .args(arguments)
        .current_dir(root.join(folder))
        .env("PATH", tools::path(root)?)
        .status()
        .map_err(|error| Failure::Start(shown.clone(), error))?;
    eprintln!("   {:.1} s", started.elapsed().as_secs_f64());
    if status.success() { Ok(()) } else { Err(Failure::Command(shown)) }
}

/// Whether a command can be run and succeeds; its output is not shown.
pub(crate) fn succeeds(root: &Path, command: &[&str]) -> bool {
    output(root, command).is_some()
}

/// What a command prints, where it succeeds.
pub(crate) fn output(root: &Path, command: &[&str]) -> Option<String> {
    let (program, arguments) = command.split_first()?;
    let output = Command::new(program).args(arguments).env("PATH", tools::path(root).ok()?).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
