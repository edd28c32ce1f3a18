//! Calls with the native engine's answers, for the comparison with WebAssembly byte by byte.

use std::path::{Path, PathBuf};

use cds_core::Engine;

use crate::Failure;

/// The day that the shared charts are checked on.
pub(crate) const AS_OF: &str = "2023-06-30";

/// Writes `NAME.call.json` and `NAME.answer.json` for every chart of the project, and for the shared ones where they are there.
pub(crate) fn write_cases(root: &Path) -> Result<PathBuf, Failure> {
    let folder = root.join("target/same-bytes");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let engine = Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK)?;
    let mut count = 0_usize;
    for chart in charts(root)? {
        let name = format!("{count:04}");
        let call = call(&chart, AS_OF);
        std::fs::write(folder.join(format!("{name}.answer.json")), engine.answer_json(&call))?;
        std::fs::write(folder.join(format!("{name}.call.json")), call)?;
        count = count.saturating_add(1);
    }
    eprintln!("{count} calls with the native engine's answers");
    Ok(folder)
}

/// A call about one document, put together as text: the chart's own bytes stand in it.
fn call(chart: &[u8], as_of: &str) -> Vec<u8> {
    let head = format!(r#"{{"call":"check","asOf":"{as_of}","charts":["#);
    [head.as_bytes(), chart, b"]}"].concat()
}

/// Every document: the demonstration's charts, the case folders, and the shared charts, one NDJSON file as one array.
/// Documents that are no JSON cannot stand in a call; they are in the list all the same, since such a call has an answer too.
fn charts(root: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let mut files = Vec::new();
    let shared = root.join("../shared/data");
    if !shared.exists() {
        eprintln!("skipped: the shared charts are not on this machine");
    }
    for folder in
        [root.join("demo-web/charts"), root.join("rules/cases"), shared.join("charts"), shared.join("invalid")]
    {
        collect(&folder, &mut files)?;
    }
    let mut charts = Vec::new();
    for path in files {
        let bytes = std::fs::read(&path)?;
        if path.extension().is_some_and(|extension| extension == "ndjson") {
            let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
            charts.push([b"[".as_slice(), &lines.join(&b','), b"]"].concat());
        } else {
            charts.push(bytes);
        }
    }
    Ok(charts)
}

/// Every `.json` and `.ndjson` file below a folder, in order.
pub(crate) fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !folder.exists() {
        return Ok(());
    }
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json" || extension == "ndjson") {
            files.push(path);
        }
    }
    Ok(())
}
