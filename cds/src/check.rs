//! `cds check` and `cds call`.

use std::io::Write;
use std::process::ExitCode;

use cds_core::CheckOptions;
use cds_core::report::{CheckAnswer, IssueSeverity};

use crate::arguments::{Arguments, Call, Check, Format};
use crate::failure::{ALERTS, CLEAR, Failure, INCOMPLETE};
use crate::{fhir, files, text};

/// Checks one patient's chart and prints the answer.
pub(crate) fn run(options: &Check, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let as_of = options.as_of.parse()?;
    let chart = files::documents(&options.files)?;
    let draft = files::documents(&options.draft)?;
    let policy = files::policy(options.policy.as_deref())?;
    let engine = files::engine(arguments)?;
    let options_of_check = CheckOptions { as_of, policy, patient: options.patient.as_deref().map(Into::into) };
    let named = options.patient.as_deref();
    let answer =
        engine.check(&chart, &draft, &options_of_check).map_err(|several| Failure::whose_chart(&several, named))?;
    if nothing_read(&answer) {
        let issues: String =
            answer.issues.iter().map(|issue| format!("\n  {}: {}", issue.resource, issue.text)).collect();
        return Err(Failure::NothingRead(issues));
    }
    let mut out = anstream::stdout().lock();
    match options.format {
        Format::Text => text::print(&answer, &mut out)?,
        Format::Json => writeln!(out, "{}", text::escaped(&serde_json::to_string_pretty(&answer)?))?,
        Format::Fhir => {
            writeln!(out, "{}", text::escaped(&serde_json::to_string_pretty(&fhir::bundle(&answer))?))?;
        }
    }
    Ok(ExitCode::from(exit_code(&answer)))
}

/// Answers a call of the programming interface.
pub(crate) fn call(options: &Call, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let call = files::read(&options.file)?;
    let answer = files::engine(arguments)?.answer_json(&call);
    std::io::stdout().lock().write_all(&answer)?;
    let failed = answer.starts_with(br#"{"answer":"error""#);
    Ok(ExitCode::from(if failed { crate::failure::FAILED } else { CLEAR }))
}

/// Whether the files gave nothing at all: that is a failure, and no empty answer.
fn nothing_read(answer: &CheckAnswer) -> bool {
    if answer.not_evaluated.iter().any(|entry| entry.reason == "nothing-read") {
        return true;
    }
    let broken = answer.issues.iter().any(|issue| issue.severity == IssueSeverity::Error);
    let empty = answer.patient.resources.is_empty()
        && answer.checked.drugs.is_empty()
        && answer.checked.allergies.is_empty()
        && answer.not_evaluated.iter().all(|entry| entry.reason == "unreadable");
    broken && empty
}

fn exit_code(answer: &CheckAnswer) -> u8 {
    if answer.alerts.iter().any(|alert| alert.interrupts) {
        ALERTS
    } else if answer.complete && answer.undecided.is_empty() && answer.switched_off.is_empty() {
        CLEAR
    } else {
        INCOMPLETE
    }
}
