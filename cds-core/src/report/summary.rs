//! The one sentence that a hurried reader sees. It never says that nothing was found without saying what was checked.

use super::answer::{Alert, Checked, NotEvaluated, SwitchedOff, Tier, Undecided};

/// What was checked, what was found, what was not checked.
pub(crate) fn summary(
    alerts: &[Alert],
    checked: &Checked,
    not_evaluated: &[NotEvaluated],
    (undecided, switched_off): (&[Undecided], &[SwitchedOff]),
    deceased: bool,
) -> String {
    if deceased {
        return "The chart says that this patient has died; nothing was checked.".to_owned();
    }
    if not_evaluated.iter().any(|entry| entry.reason == "nothing-read") {
        return "Nothing was checked: the input holds no FHIR resource of a patient.".to_owned();
    }
    let drugs = checked.drugs.iter().filter(|drug| matches!(drug.state.as_str(), "active" | "draft")).count();
    let allergies = checked.allergies.iter().filter(|allergy| allergy.state == "checked").count();
    let mut text = format!(
        "Checked {} and {}: ",
        counted(drugs, "drug", "drugs"),
        counted(allergies, "drug allergy", "drug allergies")
    );
    let tiers = [Tier::Contraindicated, Tier::Major, Tier::Moderate, Tier::Minor];
    let found: Vec<String> = tiers
        .into_iter()
        .filter_map(|tier| {
            let count = alerts.iter().filter(|alert| alert.tier == tier).count();
            (count > 0).then(|| format!("{count} {}", tier.name()))
        })
        .collect();
    match (found.is_empty(), drugs) {
        (false, _) => text.push_str(&format!("{}.", found.join(", "))),
        (true, 0) => text.push_str("no active drug was recognised, so there was nothing to compare."),
        (true, _) => text.push_str("nothing found among these."),
    }
    if !not_evaluated.is_empty() {
        let count = not_evaluated.len();
        let verb = if count == 1 { "was" } else { "were" };
        text.push_str(&format!(" NOT CHECKED: {} {verb} not evaluated.", counted(count, "entry", "entries")));
    }
    if !undecided.is_empty() {
        text.push_str(&format!(
            " NOT DECIDED for lack of data: {}.",
            counted(undecided.len(), "question", "questions")
        ));
    }
    if !switched_off.is_empty() {
        text.push_str(&format!(
            " SWITCHED OFF by the site: {} would have fired.",
            counted(switched_off.len(), "rule", "rules")
        ));
    }
    text
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
