//! Which conditions of the patient hold, by ICD-10-CM and SNOMED CT codes, by the exact name of an entry without a code, and by
//! coded answers of observations.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{AsOf, Facts};
use crate::chart::{Chart, ClinicalKind, ClinicalRecord, Concept, Issues, Value, When};
use crate::knowledge::{ClinicalCondition, Knowledge, System};
use crate::report::Fact;

/// A statement of the chart that a condition holds, held, or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConditionFact {
    /// Position in the pack's conditions.
    pub condition: u16,
    /// The resource that says so.
    pub resource: String,
    /// When it began, was recorded or was observed; the first day that this may mean.
    pub since: Option<Date>,
    /// Whether it is said to hold; `false` for an observation that rules it out.
    pub holds: bool,
    /// Whether it holds on the day, and not only once.
    pub active: bool,
    /// What the resource says, in the knowledge's words.
    pub says: String,
}

impl ConditionFact {
    pub(crate) fn fact(&self) -> Fact {
        Fact { resource: self.resource.clone(), says: self.says.clone() }
    }
}

/// Days for which an observation that rules a condition out stays true: a pregnancy test is soon out of date.
const RULED_OUT_FOR_DAYS: i64 = 28;

/// Finds the conditions of a chart on a day.
pub(crate) fn condition_facts(chart: &mut Chart<'_>, as_of: AsOf, knowledge: &Knowledge, facts: &mut Facts) {
    let mut found: BTreeSet<ConditionFact> = BTreeSet::new();
    let mut issues = std::mem::take(&mut chart.issues);
    for record in chart.records.iter().filter(|record| !record.negated) {
        match record.kind {
            ClinicalKind::Condition => {
                let known = of_condition(record, as_of, knowledge, (&mut found, &mut issues));
                facts.unknown_conditions.extend((!known).then(|| record.source.clone()));
            }
            ClinicalKind::Observation => of_observation(record, as_of, knowledge, &mut found),
            _ => {}
        }
    }
    chart.issues = issues;
    facts.unknown_conditions.sort();
    facts.conditions = found.into_iter().collect();
}

/// Adds what a Condition says; `false` where it is not known and may matter.
fn of_condition(
    record: &ClinicalRecord<'_>,
    as_of: AsOf,
    knowledge: &Knowledge,
    (found, issues): (&mut BTreeSet<ConditionFact>, &mut Issues),
) -> bool {
    let AsOf(day) = as_of;
    let since = record.start.map(When::earliest);
    if since.is_some_and(|since| since > day) {
        let text = "this condition begins after the day of the answer; no rule used it. If it holds, correct the date";
        issues.information("future-date", &record.source, Some("onset[x]"), text);
        return true;
    }
    // What is called active is, whatever its end says: one of the two is wrong.
    let called_active = matches!(record.status.as_deref(), Some("active" | "recurrence" | "relapse"));
    let over = matches!(record.status.as_deref(), Some("inactive" | "remission" | "resolved"))
        || !called_active && record.end.is_some_and(|end| end.latest() < day);
    let known: Vec<BTreeSet<u16>> =
        record.concepts.iter().filter_map(|concept| conditions_of(concept, knowledge)).collect();
    for condition in known.iter().flatten() {
        let Some(entry) = knowledge.pack().conditions.get(usize::from(*condition)) else { continue };
        let faded = |days: u16| since.is_some_and(|since| days_between(since, day) > i64::from(days));
        let active = entry.history || !over && !entry.lasts_days.is_some_and(faded);
        let dated = record.start.map(|when| format!(", {when}")).unwrap_or_default();
        let state = if over { " (resolved)" } else { "" };
        found.insert(ConditionFact {
            condition: *condition,
            resource: record.source.clone(),
            since,
            holds: true,
            active,
            says: format!("condition: {}{state}{dated}", entry.name),
        });
    }
    over || !known.is_empty()
}

/// The conditions of a concept: by its codes, or by its exact name where it has none that counts. `None` where nothing is
/// known.
fn conditions_of(concept: &Concept<'_>, knowledge: &Knowledge) -> Option<BTreeSet<u16>> {
    let terms = knowledge.terms();
    let mut known = false;
    let mut conditions = BTreeSet::new();
    for coding in &concept.codings {
        let code = coding.code.trim();
        let found = match System::of(&coding.system) {
            System::Icd10Cm => terms.of_icd10(code),
            System::Snomed => code.parse().ok().and_then(|code| terms.of_snomed(code)),
            _ => None,
        };
        known |= found.is_some();
        conditions.extend(found.unwrap_or_default());
    }
    if !known {
        let texts = concept.text.iter().chain(concept.codings.iter().filter_map(|coding| coding.display.as_ref()));
        let named = texts.filter_map(|text| terms.of_name(text)).next();
        known = named.is_some();
        conditions.extend(named.unwrap_or_default());
    }
    known.then_some(conditions)
}

fn of_observation(
    record: &ClinicalRecord<'_>,
    as_of: AsOf,
    knowledge: &Knowledge,
    found: &mut BTreeSet<ConditionFact>,
) {
    let AsOf(day) = as_of;
    if matches!(record.status.as_deref(), Some("registered" | "cancelled")) {
        return;
    }
    let Some(Value::Concept(value)) = &record.value else { return };
    let since = record.start.map(When::earliest);
    if since.is_none_or(|since| since > day) {
        return;
    }
    let age = since.map_or(0, |since| days_between(since, day));
    let codes = record.concepts.iter().flat_map(|concept| &concept.codings);
    for code in codes.filter(|coding| System::of(&coding.system) == System::Loinc) {
        for answer in &value.codings {
            for (condition, holds) in knowledge.terms().answer(code.code.trim(), answer.code.trim()) {
                let entry = knowledge.pack().conditions.get(usize::from(condition));
                let lasts = |entry: &ClinicalCondition| entry.lasts_days.map_or(i64::MAX, i64::from);
                let counts = age <= if holds { entry.map_or(0, lasts) } else { RULED_OUT_FOR_DAYS };
                if !counts {
                    continue;
                }
                // What rules a condition out says nothing of the wider ones that it is part of.
                let wider: Vec<u16> = if holds { knowledge.terms().also(condition).collect() } else { vec![condition] };
                for condition in wider {
                    let name =
                        knowledge.pack().conditions.get(usize::from(condition)).map_or("", |entry| entry.name.as_str());
                    let dated = record.start.map(|when| format!(", {when}")).unwrap_or_default();
                    let not = if holds { "" } else { "no " };
                    found.insert(ConditionFact {
                        condition,
                        resource: record.source.clone(),
                        since,
                        holds,
                        active: true,
                        says: format!("observed: {not}{name}{dated}"),
                    });
                }
            }
        }
    }
}

pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours().checked_div(24).unwrap_or(0)
}
