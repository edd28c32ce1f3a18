//! `cargo xtask figures`: what the project reads, resolves, finds and costs, on the shared material of this machine.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use cds_benches::order_check as order_check_call;
use cds_core::Engine;
use cds_core::chart::{Document, Documents, MedicationRecord, read};
use cds_core::facts::recognise;
use cds_core::report::{CheckAnswer, IssueSeverity};
use serde_json::Value;

use crate::bytes::{AS_OF, collect};
use crate::{Failure, run};

/// Orders in the chart whose order check is timed.
const ACTIVE_DRUGS: usize = 20;
/// Checks that are timed.
const RUNS: usize = 5_000;

/// Prints all figures.
pub(crate) fn print(root: &Path) -> Result<(), Failure> {
    let started = Instant::now();
    let engine = Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK)?;
    println!("engine with its knowledge: ready in {:.1} ms", started.elapsed().as_secs_f64() * 1e3);
    let shared = root.join("../shared/data");
    if shared.exists() {
        for folder in ["synthea-2021", "synthea-bulk-10", "us-core-examples", "hl7-r4-examples"] {
            drugs(&shared.join("charts").join(folder), folder, &engine)?;
        }
        bad_input(&shared.join("invalid"), &engine)?;
    } else {
        println!("skipped: the shared material is not on this machine");
    }
    order_check(root, &engine)?;
    sizes(root)
}

/// Drugs met and resolved in a folder, whatever their status, with each that was not.
fn drugs(folder: &Path, name: &str, engine: &Engine) -> Result<(), Failure> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    let (mut read_files, mut met, mut resolved) = (0_usize, 0_usize, 0_usize);
    let mut not_resolved: BTreeMap<String, usize> = BTreeMap::new();
    let mut resources = 0_usize;
    for path in &files {
        let bytes = std::fs::read(path)?;
        resources = resources.saturating_add(bytes.windows(15).filter(|window| window == b"\"resourceType\":").count());
        let ndjson = path.extension().is_some_and(|extension| extension == "ndjson");
        // A line of a bulk export is a document of its own here: what matters is the drug, not whose it is.
        let parts: Vec<&[u8]> = if ndjson {
            bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect()
        } else {
            vec![&bytes]
        };
        let mut readable = true;
        for part in parts {
            let document = [Document::new("file", part)];
            let documents = Documents::decode(&document, &[]);
            let Ok(chart) = read(&documents, None) else {
                readable = false;
                continue;
            };
            for record in &chart.medications {
                met = met.saturating_add(1);
                match recognise(&record.drug, engine.knowledge()) {
                    Ok(_) => resolved = resolved.saturating_add(1),
                    Err(why) => {
                        let count = not_resolved.entry(format!("{} ({why:?})", words(record))).or_default();
                        *count = count.saturating_add(1);
                    }
                }
            }
        }
        read_files = read_files.saturating_add(usize::from(readable));
    }
    println!(
        "{name}: {read_files} of {} files read, {resources} resources, {resolved} of {met} drugs resolved",
        files.len()
    );
    for (drug, count) in not_resolved {
        println!("    {count} x {drug}");
    }
    Ok(())
}

fn words(record: &MedicationRecord<'_>) -> String {
    let concept = record.drug.concept.as_ref().or(record.drug.ingredients.first());
    let code =
        concept.and_then(|concept| concept.codings.first()).map(|coding| format!("{} {}", coding.system, coding.code));
    let words = concept.and_then(|concept| concept.words()).unwrap_or("nothing");
    format!("“{words}” {}", code.unwrap_or_default())
}

/// The validator's corpus: every file gets an answer, and the issues that were found are counted.
fn bad_input(folder: &Path, engine: &Engine) -> Result<(), Failure> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    let (mut errors, mut warnings, mut several) = (0_usize, 0_usize, 0_usize);
    for path in &files {
        let bytes = std::fs::read(path)?;
        match check(engine, &bytes) {
            Err(_) => several = several.saturating_add(1),
            Ok(answer) => {
                let has = |severity| answer.issues.iter().any(|issue| issue.severity == severity);
                errors = errors.saturating_add(usize::from(has(IssueSeverity::Error)));
                warnings =
                    warnings.saturating_add(usize::from(!has(IssueSeverity::Error) && has(IssueSeverity::Warning)));
            }
        }
    }
    println!(
        "bad input: {} files, none crashed; {errors} with errors, {warnings} with warnings only, {several} of several patients",
        files.len()
    );
    Ok(())
}

fn check(engine: &Engine, chart: &[u8]) -> Result<CheckAnswer, Failure> {
    let as_of = AS_OF.parse().map_err(|_| Failure::Missing("a day".to_owned()))?;
    engine
        .check(&[Document::new("chart", chart)], &[], &cds_core::CheckOptions::on(as_of))
        .map_err(|several| Failure::Missing(several.to_string()))
}

/// The time of an order check: call as bytes in, answer as bytes out.
fn order_check(root: &Path, engine: &Engine) -> Result<(), Failure> {
    let call = order_check_call(ACTIVE_DRUGS);
    let folder = root.join("target");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("order-check.call.json"), &call)?;
    let mut times: Vec<f64> = Vec::with_capacity(RUNS);
    let mut length = 0;
    for _ in 0..RUNS {
        let started = Instant::now();
        length = engine.answer_json(&call).len();
        times.push(started.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times.get(RUNS.saturating_mul(part) / 1000).copied().unwrap_or(0.0);
    println!(
        "order check, {ACTIVE_DRUGS} active drugs and a draft, native: p50 {:.0} µs, p99 {:.0} µs ({} bytes in, {length} out)",
        at(500),
        at(990),
        call.len()
    );
    let answer: Value = serde_json::from_slice(&engine.answer_json(&call))?;
    let alerts = answer.get("alerts").and_then(Value::as_array).map_or(0, Vec::len);
    println!("    {alerts} alerts; {}", answer.get("summary").and_then(Value::as_str).unwrap_or(""));
    run::run(root, "demo-web", &["node", "tests/bench.mjs", "../target/order-check.call.json"])
}

/// Sizes of the module and the pack, raw and as brotli.
fn sizes(root: &Path) -> Result<(), Failure> {
    let script = "const z=require('zlib'),f=require('fs');for(const p of process.argv.slice(1)){const b=f.readFileSync(p);\
                  const c=z.brotliCompressSync(b,{params:{[z.constants.BROTLI_PARAM_QUALITY]:11,[z.constants.BROTLI_PARAM_LGWIN]:24}});\
                  console.log(p.split('/').pop()+': '+b.length+' bytes, brotli '+c.length)}";
    let package = "wasm-bindings/pkg";
    let files = [
        format!("{package}/web/cds_wasm_bg.wasm"),
        format!("{package}/web/cds_wasm.js"),
        format!("{package}/cds.pack"),
        format!("{package}/cds-codes.pack"),
    ];
    let mut command = vec!["node", "-e", script];
    command.extend(files.iter().map(String::as_str));
    run::run(root, ".", &command)
}
