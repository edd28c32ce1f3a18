//! The answer as FHIR R4: a collection Bundle with a DetectedIssue for each alert, and an OperationOutcome that says what was
//! not evaluated.

use cds_core::report::{Alert, AlertKind, CheckAnswer, IssueSeverity, Tier};
use serde_json::{Value, json};

/// The answer as a Bundle.
pub(crate) fn bundle(answer: &CheckAnswer) -> Value {
    let mut entries: Vec<Value> =
        answer.alerts.iter().map(|alert| json!({ "resource": detected_issue(alert, answer) })).collect();
    entries.push(json!({ "resource": outcome(answer) }));
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}

fn detected_issue(alert: &Alert, answer: &CheckAnswer) -> Value {
    let (code, display) = match alert.kind {
        AlertKind::DrugAllergy => ("ALGY", "Allergy Alert"),
        AlertKind::DrugInteraction | AlertKind::AdditiveEffect => ("DRG", "Drug Interaction Alert"),
        AlertKind::DuplicateIngredient | AlertKind::DuplicateClass => ("DUPTHPY", "Duplicate Therapy Alert"),
        AlertKind::DrugCondition | AlertKind::Kidney | AlertKind::Liver => ("COND", "Condition Alert"),
        AlertKind::Pregnancy => ("PREG", "Pregnancy Alert"),
        AlertKind::Lactation => ("LACT", "Lactation Alert"),
        AlertKind::Age => ("AGE", "Age Alert"),
        AlertKind::Dose => ("DOSEH", "High Dose Alert"),
        AlertKind::Monitoring => ("OBSA", "Observation Alert"),
        AlertKind::Food => ("FOOD", "Food Interaction Alert"),
    };
    let severity = match alert.tier {
        Tier::Contraindicated | Tier::Major => "high",
        Tier::Moderate => "moderate",
        Tier::Minor => "low",
    };
    let reference = |resource: &str| json!({ "reference": resource });
    let mut issue = json!({
        "resourceType": "DetectedIssue",
        "status": "preliminary",
        "code": {
            "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code, "display": display }],
            "text": format!("{}: {}", alert.tier.name(), alert.problem_name),
        },
        "severity": severity,
        "identifiedDateTime": answer.as_of,
        "detail": format!("{} {}", alert.what, alert.consequence),
        "implicated": alert.facts.iter().map(|fact| reference(&fact.resource)).collect::<Vec<_>>(),
        "evidence": alert.reasons.iter().map(|reason| json!({
            "code": [{ "text": format!("{} ({}; {})", reason.what, reason.rule, reason.source.citation) }]
        })).collect::<Vec<_>>(),
        "mitigation": alert.steps.iter().map(|step| json!({ "action": { "text": step } })).collect::<Vec<_>>(),
    });
    let url = alert.reasons.first().and_then(|reason| reason.source.url.clone());
    if let Some(fields) = issue.as_object_mut() {
        if let Some(patient) = answer.patient.resources.first() {
            fields.insert("patient".to_owned(), reference(patient));
        }
        if let Some(url) = url {
            fields.insert("reference".to_owned(), json!(url));
        }
        if alert.steps.is_empty() {
            fields.remove("mitigation");
        }
    }
    issue
}

/// What was checked, what was not and what was wrong with the chart. It always holds at least the summary.
fn outcome(answer: &CheckAnswer) -> Value {
    let issue =
        |severity: &str, code: &str, text: String| json!({ "severity": severity, "code": code, "diagnostics": text });
    let mut issues =
        vec![issue(if answer.complete { "information" } else { "warning" }, "informational", answer.summary.clone())];
    issues.extend(answer.not_evaluated.iter().map(|entry| {
        issue("warning", "incomplete", format!("not evaluated ({}): {}: {}", entry.reason, entry.resource, entry.text))
    }));
    issues.extend(
        answer
            .undecided
            .iter()
            .map(|entry| issue("warning", "incomplete", format!("not decided ({}): {}", entry.missing, entry.text))),
    );
    issues.extend(answer.switched_off.iter().map(|entry| {
        let text = format!(
            "switched off by the site ({}, {}): {} ({}): {}",
            entry.person,
            entry.on,
            entry.rule,
            entry.tier.name(),
            entry.reason
        );
        issue("information", "suppressed", text)
    }));
    issues.extend(answer.issues.iter().map(|found| {
        let severity = match found.severity {
            IssueSeverity::Error => "error",
            IssueSeverity::Warning => "warning",
            IssueSeverity::Information => "information",
        };
        let element = found.element.as_deref().map(|element| format!(".{element}")).unwrap_or_default();
        issue(severity, "structure", format!("{}: {}{element}: {}", found.code, found.resource, found.text))
    }));
    json!({ "resourceType": "OperationOutcome", "issue": issues })
}
