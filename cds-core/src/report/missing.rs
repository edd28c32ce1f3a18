//! What the chart lacks, in words, and the questions that it leaves open: one entry for each thing that is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::alerts::drug;
use super::answer::Undecided;
use crate::checks::{self, Missing};
use crate::facts::{Facts, State, join};
use crate::knowledge::{IngredientId, Knowledge};

/// What is missing, after "no" or by itself: for the `missing` of an alert.
pub(crate) fn words(missing: Missing, knowledge: &Knowledge) -> String {
    let name = |drug: IngredientId| knowledge.name(drug);
    match missing {
        Missing::Measurement(measurement, days) => {
            format!("no {} in the last {days} days", measurement_name(measurement, knowledge))
        }
        Missing::Disagreement(measurement) => {
            let name = knowledge.pack().measurements.get(usize::from(measurement)).map_or("", |entry| &entry.name);
            format!("values of {name} on one day that disagree")
        }
        Missing::Age => "no date of birth that is precise enough".to_owned(),
        Missing::Sex => "no sex".to_owned(),
        Missing::Pregnancy => "nothing that says whether the patient is pregnant".to_owned(),
        Missing::Start(drug) => format!("no date on which {} was begun", name(drug)),
        Missing::Duration(drug) => format!("nothing that says for how long {} is taken", name(drug)),
        Missing::Route(drug) => format!("no route of {}", name(drug)),
        Missing::Dose(drug) => format!("no dose of {} that could be read", name(drug)),
    }
}

fn measurement_name(measurement: u16, knowledge: &Knowledge) -> String {
    let pack = knowledge.pack();
    let name = pack.measurements.get(usize::from(measurement)).map_or("", |entry| entry.name.as_str());
    if measurement == pack.roles.egfr {
        format!("{name}, and no creatinine with age and sex to compute it from,")
    } else if measurement == pack.roles.creatinine_clearance {
        format!("{name}, and no creatinine with age, sex and weight to compute it from,")
    } else {
        name.to_owned()
    }
}

/// The questions that the chart leaves open.
pub(crate) fn undecided(found: &[checks::Undecided], facts: &Facts, knowledge: &Knowledge) -> Vec<Undecided> {
    let mut by_missing: BTreeMap<Question, (BTreeSet<IngredientId>, BTreeSet<&str>)> = BTreeMap::new();
    for open in found {
        let Some(rule) = knowledge.rule(open.rule) else { continue };
        for missing in &open.missing {
            let (drugs, rules) = by_missing.entry(Question::of(*missing)).or_default();
            drugs.insert(open.drug);
            rules.insert(rule.id.as_str());
        }
    }
    let drafted: BTreeSet<IngredientId> = facts
        .medications
        .iter()
        .filter(|fact| fact.state == State::Draft)
        .flat_map(|fact| fact.ingredients.iter().copied())
        .collect();
    let mut entries: Vec<Undecided> = by_missing
        .into_iter()
        .map(|(question, (ids, rules))| {
            let mut drugs: Vec<_> = ids.iter().map(|id| drug(*id, drafted.contains(id), knowledge)).collect();
            drugs.sort_by(|a, b| (&a.name, &a.rxcui).cmp(&(&b.name, &b.rxcui)));
            let names = join(drugs.iter().map(|drug| drug.name.as_str()));
            let verb = if drugs.len() == 1 { "was" } else { "were" };
            Undecided {
                missing: question.id(knowledge),
                text: format!(
                    "{}: {names} {verb} not checked against {}.",
                    question.lacks(knowledge),
                    question.about(drugs.len() == 1)
                ),
                involves_draft: drugs.iter().any(|drug| drug.draft),
                drugs,
                rules: rules.into_iter().map(str::to_owned).collect(),
                resources: Vec::new(),
            }
        })
        .collect();
    if !facts.unknown_conditions.is_empty() {
        let count = facts.unknown_conditions.len();
        let (entry, has) = if count == 1 { ("condition", "has a code") } else { ("conditions", "have codes") };
        entries.push(Undecided {
            missing: "conditions".to_owned(),
            text: format!(
                "{count} {entry} of the chart {has} that the knowledge pack does not know: no drug was checked against them. Look them up by hand."
            ),
            drugs: Vec::new(),
            rules: Vec::new(),
            involves_draft: false,
            resources: facts.unknown_conditions.clone(),
        });
    }
    entries.sort_by(|a, b| (!a.involves_draft, &a.missing).cmp(&(!b.involves_draft, &b.missing)));
    entries
}

/// What is asked of the chart, whichever drug it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    Measurement(u16, u16),
    Disagreement(u16),
    Age,
    Sex,
    Pregnancy,
    Start,
    Duration,
    Route,
    Dose,
}

impl Question {
    fn of(missing: Missing) -> Self {
        match missing {
            Missing::Measurement(measurement, days) => Self::Measurement(measurement, days),
            Missing::Disagreement(measurement) => Self::Disagreement(measurement),
            Missing::Age => Self::Age,
            Missing::Sex => Self::Sex,
            Missing::Pregnancy => Self::Pregnancy,
            Missing::Start(_) => Self::Start,
            Missing::Duration(_) => Self::Duration,
            Missing::Route(_) => Self::Route,
            Missing::Dose(_) => Self::Dose,
        }
    }

    fn id(self, knowledge: &Knowledge) -> String {
        let id = match self {
            Self::Measurement(measurement, _) | Self::Disagreement(measurement) => {
                knowledge.pack().measurements.get(usize::from(measurement)).map_or("", |entry| entry.id.as_str())
            }
            Self::Age => "age",
            Self::Sex => "sex",
            Self::Pregnancy => "pregnancy",
            Self::Start => "start",
            Self::Duration => "duration",
            Self::Route => "route",
            Self::Dose => "dose",
        };
        id.to_owned()
    }

    fn lacks(self, knowledge: &Knowledge) -> String {
        let measured = |measurement| measurement_name(measurement, knowledge);
        match self {
            Self::Measurement(measurement, days) => {
                format!("The chart has no {} in the last {days} days", measured(measurement))
            }
            Self::Disagreement(measurement) => {
                let name = knowledge.pack().measurements.get(usize::from(measurement)).map_or("", |entry| &entry.name);
                format!("The newest values of {name} are of one day and disagree")
            }
            Self::Age => "The chart has no date of birth that is precise enough".to_owned(),
            Self::Sex => "The chart has no sex".to_owned(),
            Self::Pregnancy => "The chart does not say whether the patient is pregnant".to_owned(),
            Self::Start => "The chart does not say when it was begun".to_owned(),
            Self::Duration => "The chart does not say for how long it is taken".to_owned(),
            Self::Route => "The chart does not say how it is given".to_owned(),
            Self::Dose => "The chart has no dose that could be read".to_owned(),
        }
    }

    fn about(self, single: bool) -> &'static str {
        match self {
            Self::Measurement(..) | Self::Disagreement(_) => "it",
            Self::Age => "age",
            Self::Sex => "sex",
            Self::Pregnancy => "pregnancy",
            Self::Start | Self::Duration => "the length of treatment",
            Self::Route => "the route",
            Self::Dose if single => "its dose limits",
            Self::Dose => "their dose limits",
        }
    }
}
