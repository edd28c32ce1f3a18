//! `cds scan`: every patient of a folder, on all cores, in the order of the patients.
//!
//! A first pass notes for each resource where it stands and whose it is; a second reads and checks patient by patient, so that
//! memory holds places and not charts.

mod outline;
mod places;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use cds_core::report::{CheckAnswer, Tier};
use cds_core::{CheckOptions, Engine};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use serde::Serialize;

use crate::arguments::{Arguments, Scan};
use crate::failure::{CLEAR, Failure, INCOMPLETE};
use crate::files;
use crate::text::visible;
use places::{Places, Whose};

/// Patients that are checked before their answers are written.
const AT_ONCE: usize = 256;

/// A line of the output.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    /// `Patient/id`, or where the Bundle stands.
    patient: &'a str,
    #[serde(flatten)]
    outcome: Outcome,
    /// What was lost on the way and may be this patient's.
    #[serde(skip_serializing_if = "Option::is_none")]
    scan: Option<Lost>,
}

/// What may be anybody's: no answer of the scan is sure to be complete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Lost {
    /// Lines that cannot be read.
    #[serde(skip_serializing_if = "is_zero")]
    unreadable_lines: u64,
    /// Drugs and allergies whose patient is not named.
    #[serde(skip_serializing_if = "is_zero")]
    resources_without_patient: u64,
    /// Entries of the folder that look like data and were not read.
    #[serde(skip_serializing_if = "is_zero")]
    entries_not_read: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(count: &u64) -> bool {
    *count == 0
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
    let places = Places::of(&options.folder, &options.out)?;
    for entry in &places.not_read {
        anstream::eprintln!(
            "not read: `{}`{}",
            visible(&entry.name),
            if entry.data { ", which looks like data" } else { "" }
        );
    }
    let count = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
    let lost = Lost {
        unreadable_lines: places.unreadable,
        resources_without_patient: places.unattributed,
        entries_not_read: count(places.not_read.iter().filter(|entry| entry.data).count()),
    };
    if places.patients.is_empty() {
        return Err(Failure::NobodyToScan {
            folder: options.folder.clone(),
            lines: places.lines,
            unreadable: places.unreadable,
            not_read: places.not_read.len(),
        });
    }
    let scan = (lost != Lost::default()).then_some(lost);
    let check = CheckOptions { as_of, policy, patient: None };

    let write_error = |error| Failure::Write { path: options.out.clone(), error };
    let file = std::fs::File::create(&options.out).map_err(write_error)?;
    let mut out = std::io::BufWriter::new(file);
    let bar = ProgressBar::new(count(places.patients.len()));
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} patients, {per_sec}, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));

    let mut totals = Totals {
        lines: places.lines,
        not_fhir: places.not_fhir,
        without_patient: places.without_patient,
        lost,
        not_read: places.not_read.iter().map(|entry| visible(&entry.name)).collect(),
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
            serde_json::to_writer(&mut out, &Line { patient: &name, outcome, scan })?;
            out.write_all(b"\n").map_err(write_error)?;
        }
    }
    out.flush().map_err(write_error)?;
    bar.finish_and_clear();
    totals.print(&options.out)?;
    Ok(ExitCode::from(if totals.is_whole() { CLEAR } else { INCOMPLETE }))
}

fn check_one(whose: &Whose, places: &Places, engine: &Engine, check: &CheckOptions<'_>) -> Outcome {
    let chart = match places.chart(whose) {
        Ok(chart) => chart,
        Err(failure) => return Outcome::NotChecked(failure.to_string()),
    };
    let name = whose.name();
    let patient = matches!(whose, Whose::Patient(_)).then(|| name.as_str().into());
    let check = CheckOptions { patient, ..check.clone() };
    match engine.check(&chart, &[], &check) {
        Ok(answer) => Outcome::Answer(Box::new(answer)),
        Err(several) => {
            let named = check.patient.as_deref();
            Outcome::NotChecked(Failure::whose_chart(&several, named).to_string())
        }
    }
}

/// What a scan met and found.
#[derive(Debug, Default)]
struct Totals {
    lines: u64,
    not_fhir: u64,
    without_patient: u64,
    lost: Lost,
    /// Entries of the folder that were not read.
    not_read: Vec<String>,
    patients: u64,
    not_checked: u64,
    /// Patients of whose chart something could not be read.
    unreadable: u64,
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
        // A stale order or an unknown drug was read; these were not.
        let not_read = ["unreadable", "nothing-read", "other-patient"];
        if answer.not_evaluated.iter().any(|entry| not_read.contains(&entry.reason.as_str())) {
            one_more(&mut self.unreadable);
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

    /// Whether everything was read and given to its patient, and every patient was checked.
    fn is_whole(&self) -> bool {
        self.lost == Lost::default() && self.not_checked == 0 && self.unreadable == 0
    }

    fn print(&self, out_file: &std::path::Path) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(
            out,
            "{:>8}  resources read; {} were no FHIR, {} had no patient",
            self.lines, self.not_fhir, self.without_patient
        )?;
        let lost = [
            (self.lost.unreadable_lines, "lines that could not be read"),
            (self.lost.resources_without_patient, "drugs and allergies without a patient"),
            (self.lost.entries_not_read, "entries of the folder that look like data and were not read"),
        ];
        for (count, what) in lost.into_iter().filter(|(count, _)| *count > 0) {
            writeln!(out, "{count:>8}  {what}: answers may be incomplete")?;
        }
        for name in &self.not_read {
            writeln!(out, "{:>8}  not read: `{name}`", "")?;
        }
        writeln!(
            out,
            "{:>8}  patients: {} deceased (nothing checked), {} not checked, {} with something not evaluated, {} with something that could not be read",
            self.patients, self.deceased, self.not_checked, self.incomplete, self.unreadable
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
