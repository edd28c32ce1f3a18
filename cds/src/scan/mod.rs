//! `cds scan`: every patient of a folder, on all cores, in the order of the patients.
//!
//! A first pass notes for each resource where it stands and whose it is; a second reads and checks patient by patient, so that
//! memory holds places and not charts.

mod places;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use cds_core::chart::Document;
use cds_core::report::{CheckAnswer, Tier};
use cds_core::{CheckOptions, Engine};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use serde::Serialize;

use crate::arguments::{Arguments, Scan};
use crate::failure::{CLEAR, Failure};
use crate::files;
use places::{Places, Whose};

/// Patients that are checked before their answers are written.
const AT_ONCE: usize = 256;

/// A line of the output.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    /// `Patient/id`, or the file's name.
    patient: &'a str,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Outcome {
    /// The patient was checked.
    Answer(Box<CheckAnswer>),
    /// The patient was not checked, and why.
    NotChecked(String),
}

/// Checks every patient of a folder.
pub(crate) fn run(options: &Scan, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let as_of = options.as_of.parse()?;
    let policy = files::policy(options.policy.as_deref())?;
    let engine = files::engine(arguments)?;
    let places = Places::of(&options.folder)?;
    let check = CheckOptions { as_of, policy, patient: None };

    let write_error = |error| Failure::Write { path: options.out.clone(), error };
    let file = std::fs::File::create(&options.out).map_err(write_error)?;
    let mut out = std::io::BufWriter::new(file);
    let bar = ProgressBar::new(u64::try_from(places.patients.len()).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} patients, {per_sec}, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));

    let mut totals = Totals {
        lines: places.lines,
        not_fhir: places.not_fhir,
        without_patient: places.without_patient,
        ..Totals::default()
    };
    let patients: Vec<&Whose> = places.patients.keys().collect();
    for chunk in patients.chunks(AT_ONCE) {
        let answers: Vec<(String, Outcome)> = chunk
            .par_iter()
            .map(|whose| {
                let outcome = check_one(whose, &places, &engine, &check);
                bar.inc(1);
                (whose.name(), outcome)
            })
            .collect();
        for (name, outcome) in answers {
            totals.add(&outcome);
            serde_json::to_writer(&mut out, &Line { patient: &name, outcome })?;
            out.write_all(b"\n").map_err(write_error)?;
        }
    }
    out.flush().map_err(write_error)?;
    bar.finish_and_clear();
    totals.print(&options.out)?;
    Ok(ExitCode::from(CLEAR))
}

fn check_one(whose: &Whose, places: &Places, engine: &Engine, check: &CheckOptions<'_>) -> Outcome {
    let chart = match places.chart(whose) {
        Ok(chart) => chart,
        Err(failure) => return Outcome::NotChecked(failure.to_string()),
    };
    let name = whose.name();
    let patient = matches!(whose, Whose::Patient(_)).then(|| name.as_str().into());
    let check = CheckOptions { patient, ..check.clone() };
    match engine.check(&[Document { name: name.clone().into(), bytes: chart.into() }], &[], &check) {
        Ok(answer) => Outcome::Answer(Box::new(answer)),
        Err(several) => Outcome::NotChecked(several.to_string()),
    }
}

/// What a scan met and found.
#[derive(Debug, Default)]
struct Totals {
    lines: u64,
    not_fhir: u64,
    without_patient: u64,
    patients: u64,
    not_checked: u64,
    deceased: u64,
    incomplete: u64,
    alerts: BTreeMap<std::cmp::Reverse<Tier>, u64>,
    interrupting: u64,
    drugs: u64,
    unresolved: BTreeMap<String, u64>,
}

impl Totals {
    fn add(&mut self, outcome: &Outcome) {
        let one_more = |count: &mut u64| *count = count.saturating_add(1);
        one_more(&mut self.patients);
        let Outcome::Answer(answer) = outcome else {
            one_more(&mut self.not_checked);
            return;
        };
        if answer.patient.deceased {
            one_more(&mut self.deceased);
        }
        if !answer.complete {
            one_more(&mut self.incomplete);
        }
        for alert in &answer.alerts {
            one_more(self.alerts.entry(std::cmp::Reverse(alert.tier)).or_default());
            if alert.interrupts {
                one_more(&mut self.interrupting);
            }
        }
        self.drugs = self.drugs.saturating_add(u64::try_from(answer.checked.drugs.len()).unwrap_or(u64::MAX));
        for entry in answer.not_evaluated.iter().filter(|entry| entry.subject != "everything") {
            one_more(self.unresolved.entry(format!("{} ({})", entry.subject, entry.reason)).or_default());
        }
    }

    fn print(&self, out_file: &std::path::Path) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(
            out,
            "{:>8}  resources read; {} were no FHIR, {} had no patient",
            self.lines, self.not_fhir, self.without_patient
        )?;
        writeln!(
            out,
            "{:>8}  patients: {} deceased (nothing checked), {} not checked, {} with something not evaluated",
            self.patients, self.deceased, self.not_checked, self.incomplete
        )?;
        writeln!(out, "{:>8}  drugs recognised that are active, stale or on hold", self.drugs)?;
        for (what, count) in &self.unresolved {
            writeln!(out, "{count:>8}  not evaluated: {what}")?;
        }
        for (std::cmp::Reverse(tier), count) in &self.alerts {
            writeln!(out, "{count:>8}  alerts: {}", tier.name())?;
        }
        writeln!(out, "{:>8}  alerts that interrupt", self.interrupting)?;
        writeln!(out, "written to {}", out_file.display())
    }
}
