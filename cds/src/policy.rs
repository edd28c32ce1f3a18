//! `cds policy check`: what a site's policy changes, and what is wrong with it.

use std::io::Write;
use std::process::ExitCode;

use cds_core::report::Tier;

use crate::arguments::{Arguments, PolicyAction, PolicyCommand};
use crate::failure::{CLEAR, Failure};
use crate::{files, text};

/// Exit code where a change will not be applied.
const FAULTY: u8 = 1;

/// Checks a policy.
pub(crate) fn run(options: &PolicyCommand, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let PolicyAction::Check { file } = &options.action;
    let policy = files::policy(Some(file))?;
    let engine = files::engine(arguments)?;
    let faults = policy.faults(engine.knowledge());
    let mut out = anstream::stdout().lock();
    writeln!(out, "interrupts from {}", policy.interrupt_from.name())?;
    for (position, change) in policy.changes.iter().enumerate() {
        let number = position.saturating_add(1);
        let to = change.tier.map_or("switched off", Tier::name);
        let until = change.until.as_deref().map(|until| format!(" until {}", text::visible(until))).unwrap_or_default();
        let fatal = faults.iter().any(|fault| fault.fatal && fault.change == Some(position));
        let outcome = if fatal { "NOT APPLIED" } else { "applied" };
        writeln!(
            out,
            "change {number}: {} -> {to}, {outcome}: {}, {}, since {}{until}: {}",
            text::visible(&change.rule),
            text::visible(&change.person),
            text::visible(&change.role),
            text::visible(&change.on),
            text::visible(&change.reason)
        )?;
    }
    for fault in &faults {
        let place = fault.change.map_or("policy".to_owned(), |change| format!("change {}", change.saturating_add(1)));
        let kind = if fault.fatal { "fault" } else { "look at this" };
        writeln!(out, "{kind}: {place}: {}", text::visible(&fault.text))?;
    }
    let faulty = faults.iter().filter(|fault| fault.fatal).count();
    writeln!(out, "{} changes, {faulty} faults", policy.changes.len())?;
    Ok(ExitCode::from(if faulty > 0 { FAULTY } else { CLEAR }))
}
