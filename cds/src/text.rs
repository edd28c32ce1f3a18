//! The answer for people, on a terminal.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use cds_core::report::{Alert, AlertKind, CheckAnswer, IssueSeverity, NotEvaluated, Reason, Tier};

/// Lines are this wide.
const WIDTH: usize = 100;
/// Labels are this wide.
const LABEL: usize = 14;
/// Not-evaluated entries and issues that are listed one by one.
const LISTED: usize = 20;

pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const BLUE: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Prints an answer.
pub(crate) fn print(answer: &CheckAnswer, out: &mut impl Write) -> std::io::Result<()> {
    header(answer, out)?;
    for alert in &answer.alerts {
        print_alert(alert, out)?;
    }
    for notice in &answer.notices {
        writeln!(out)?;
        wrapped(out, "Notice", &notice.text)?;
        let resources: Vec<&str> = notice.facts.iter().map(|fact| fact.resource.as_str()).collect();
        if !resources.is_empty() {
            wrapped(out, "", &some(&resources))?;
        }
    }
    not_evaluated(&answer.not_evaluated, out)?;
    undecided(answer, out)?;
    switched_off(answer, out)?;
    issues(answer, out)?;
    let provenance = &answer.provenance;
    writeln!(out)?;
    writeln!(
        out,
        "{}engine {} · {} {} · pack SHA-256 {}{}",
        DIM.render(),
        provenance.engine,
        provenance.pack,
        provenance.pack_version,
        provenance.pack_sha256.get(..12).unwrap_or(""),
        DIM.render_reset()
    )
}

fn header(answer: &CheckAnswer, out: &mut impl Write) -> std::io::Result<()> {
    let patient = &answer.patient;
    let mut parts = vec![patient.resources.first().cloned().unwrap_or_else(|| "no Patient resource".to_owned())];
    parts.extend(patient.age_years.map(|age| format!("{age} years")));
    parts.extend(patient.gender.clone());
    if patient.deceased {
        parts.push("deceased".to_owned());
    }
    parts.push(format!("as of {}", answer.as_of));
    writeln!(out, "{}{}{}", BOLD.render(), parts.join(" · "), BOLD.render_reset())?;
    for line in textwrap::wrap(&answer.summary, WIDTH) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn print_alert(alert: &Alert, out: &mut impl Write) -> std::io::Result<()> {
    let style = match alert.tier {
        Tier::Contraindicated | Tier::Major => RED,
        Tier::Moderate => YELLOW,
        Tier::Minor => BLUE,
    };
    writeln!(out)?;
    let interrupts = if alert.interrupts { " · interrupts" } else { "" };
    let draft = if alert.involves_draft { " · this order" } else { "" };
    writeln!(
        out,
        "{}{} — {}{} · {} · {}{draft}{interrupts}",
        style.render(),
        alert.signal_word.to_uppercase(),
        alert.tier.name(),
        style.render_reset(),
        kind(alert.kind),
        alert.problem_name
    )?;
    for line in textwrap::wrap(&alert.what, WIDTH) {
        writeln!(out, "{}{line}{}", BOLD.render(), BOLD.render_reset())?;
    }
    wrapped(out, "May happen", &alert.consequence)?;
    steps(out, "Do", &alert.steps)?;
    let drugs: Vec<String> = alert
        .drugs
        .iter()
        .map(|drug| format!("{}{}", drug.name, if drug.draft { " (this order)" } else { "" }))
        .collect();
    wrapped(out, "Drugs", &drugs.join(", "))?;
    let facts: Vec<String> = alert.facts.iter().map(|fact| format!("{} ({})", fact.resource, fact.says)).collect();
    let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
    wrapped(out, "From", &some(&facts))?;
    if let Some(tolerated) = &alert.tolerated {
        wrapped(out, "Quiet because", tolerated)?;
    }
    if !alert.missing.is_empty() {
        let missing: Vec<&str> = alert.missing.iter().map(String::as_str).collect();
        wrapped(out, "Not known", &format!("{}; the tier is the safe one without it", some_of(&missing, "; ")))?;
    }
    for (position, reason) in alert.reasons.iter().enumerate() {
        print_reason(reason, position == 0, out)?;
    }
    Ok(())
}

fn print_reason(reason: &Reason, speaks: bool, out: &mut impl Write) -> std::io::Result<()> {
    if !speaks {
        wrapped(out, "Also", &format!("{} ({})", reason.what, reason.tier.name()))?;
        // What another major rule asks for is not cut short.
        let shown = if reason.tier >= Tier::Major { reason.steps.len() } else { 1 };
        for step in reason.steps.iter().take(shown) {
            wrapped(out, "", step)?;
        }
    }
    if let Some(mechanism) = reason.mechanism.as_deref().filter(|_| speaks) {
        wrapped(out, "Why", mechanism)?;
    }
    for path in reason.paths.iter().filter(|_| speaks).take(4) {
        let mut text = String::new();
        for (position, node) in path.nodes.iter().enumerate() {
            if let Some(relation) = position.checked_sub(1).and_then(|before| path.relations.get(before)) {
                text.push_str(&format!(" → {relation} "));
            }
            text.push_str(&node.name);
        }
        if path.nodes.len() > 1 {
            wrapped(out, "Path", &text)?;
        }
    }
    for change in &reason.changes {
        let who = match (&change.person, &change.on) {
            (Some(person), Some(on)) => format!(" (site policy, {}, since {})", visible(person), visible(on)),
            _ => String::new(),
        };
        let because = visible(&change.because);
        let text = format!("{} instead of {}, because {because}{who}", change.to.name(), change.from.name());
        wrapped(out, if speaks { "Tier" } else { "" }, &text)?;
    }
    let source = &reason.source;
    let section = source.section.as_deref().map(|section| format!(", {section}")).unwrap_or_default();
    if speaks {
        wrapped(out, "Rule", &format!("{}, revised {} by {}", reason.rule, source.revised, source.developer))?;
        wrapped(out, "Source", &format!("{}{section}", source.citation))
    } else {
        wrapped(out, "", &format!("[{}: {}{section}]", reason.rule, source.citation))
    }
}

fn not_evaluated(entries: &[NotEvaluated], out: &mut impl Write) -> std::io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "{}NOT EVALUATED ({}){}", YELLOW.render(), entries.len(), YELLOW.render_reset())?;
    for entry in entries.iter().take(LISTED) {
        let named = entry.named.as_deref().map(|named| format!(" “{}”", printable(named))).unwrap_or_default();
        wrapped(out, &entry.reason, &format!("{}{named}: {}", entry.resource, entry.text))?;
    }
    if let Some(others) = entries.len().checked_sub(LISTED).filter(|others| *others > 0) {
        wrapped(out, "", &format!("and {others} more; `--format json` lists them all"))?;
    }
    Ok(())
}

/// Questions that the chart leaves open, and so were neither answered with yes nor with no.
fn undecided(answer: &CheckAnswer, out: &mut impl Write) -> std::io::Result<()> {
    if answer.undecided.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(
        out,
        "{}NOT DECIDED for lack of data ({}){}",
        YELLOW.render(),
        answer.undecided.len(),
        YELLOW.render_reset()
    )?;
    for entry in &answer.undecided {
        wrapped(out, &entry.missing, &entry.text)?;
    }
    Ok(())
}

/// What the site's policy hides.
fn switched_off(answer: &CheckAnswer, out: &mut impl Write) -> std::io::Result<()> {
    if answer.switched_off.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(
        out,
        "{}SWITCHED OFF by the site ({}){}",
        YELLOW.render(),
        answer.switched_off.len(),
        YELLOW.render_reset()
    )?;
    for entry in &answer.switched_off {
        let drugs: Vec<&str> = entry.drugs.iter().map(|drug| drug.name.as_str()).collect();
        let text = format!(
            "{} ({}): {}. {}, since {}: {}",
            entry.title,
            entry.tier.name(),
            some(&drugs),
            visible(&entry.person),
            visible(&entry.on),
            visible(&entry.reason)
        );
        wrapped(out, &entry.rule, &text)?;
    }
    Ok(())
}

fn issues(answer: &CheckAnswer, out: &mut impl Write) -> std::io::Result<()> {
    let serious: Vec<_> = answer.issues.iter().filter(|issue| issue.severity != IssueSeverity::Information).collect();
    if serious.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "{}Issues of the chart ({}){}", BOLD.render(), serious.len(), BOLD.render_reset())?;
    for issue in serious.iter().take(LISTED) {
        let element = issue.element.as_deref().map(|element| format!(" `{element}`")).unwrap_or_default();
        wrapped(out, &issue.code, &format!("{}{element}: {}", issue.resource, issue.text))?;
    }
    if let Some(others) = serious.len().checked_sub(LISTED).filter(|others| *others > 0) {
        wrapped(out, "", &format!("and {others} more; `--format json` lists them all"))?;
    }
    Ok(())
}

/// A text of the chart, short and without characters that steer a terminal.
fn printable(text: &str) -> String {
    visible(text).chars().take(80).collect()
}

/// A text from outside without characters that steer a terminal, turn the direction of writing or cannot be seen.
pub(crate) fn visible(text: &str) -> String {
    text.chars().filter(|character| !deceives(*character)).collect()
}

/// JSON in which characters that steer a terminal or cannot be seen are escaped; it means the same.
pub(crate) fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        // Behind ASCII such a character can only stand in a string.
        if character >= '\u{7f}' && deceives(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Control characters, marks of direction, and characters without a shape.
fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

fn some(items: &[&str]) -> String {
    some_of(items, ", ")
}

fn some_of(items: &[&str], separator: &str) -> String {
    const SHOWN: usize = 6;
    match items.len().checked_sub(SHOWN).filter(|others| *others > 0) {
        None => items.join(separator),
        Some(others) => {
            format!("{} and {others} more", items.iter().take(SHOWN).copied().collect::<Vec<_>>().join(separator))
        }
    }
}

fn steps(out: &mut impl Write, label: &str, steps: &[String]) -> std::io::Result<()> {
    for (position, step) in steps.iter().enumerate() {
        let label = if position == 0 { label } else { "" };
        wrapped(out, label, &format!("{}. {step}", position.saturating_add(1)))?;
    }
    Ok(())
}

fn wrapped(out: &mut impl Write, label: &str, text: &str) -> std::io::Result<()> {
    let label = format!("  {label:<LABEL$}");
    let rest = " ".repeat(label.chars().count().max(LABEL.saturating_add(2)));
    let gap = if label.chars().count() > LABEL.saturating_add(2) { " " } else { "" };
    let first = format!("{}{label}{}{gap}", DIM.render(), DIM.render_reset());
    // The styles take no room on the screen; the text is wrapped as if they were not there.
    for (position, line) in textwrap::wrap(text, WIDTH.saturating_sub(LABEL.saturating_add(2))).iter().enumerate() {
        if position == 0 {
            writeln!(out, "{first}{line}")?;
        } else {
            writeln!(out, "{rest}{line}")?;
        }
    }
    Ok(())
}

fn kind(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::DrugAllergy => "allergy",
        AlertKind::DrugInteraction => "drug interaction",
        AlertKind::AdditiveEffect => "additive effect",
        AlertKind::DuplicateIngredient => "duplicate drug",
        AlertKind::DuplicateClass => "duplicate therapy",
        AlertKind::DrugCondition => "drug and condition",
        AlertKind::Kidney => "kidney function",
        AlertKind::Liver => "liver function",
        AlertKind::Pregnancy => "pregnancy",
        AlertKind::Lactation => "breastfeeding",
        AlertKind::Age => "age",
        AlertKind::Dose => "dose",
        AlertKind::Monitoring => "test due",
        AlertKind::Food => "food and drug",
    }
}
