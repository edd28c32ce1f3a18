//! Small charts that a nurse could read, with the answer that each must get: `cases/<name>/`.
//!
//! A case is a folder of `expect.toml`, files that begin with `chart`, and files that begin with `draft` for the order that is
//! being written. Alerts, notices, issues and what was not evaluated are compared in whole: what the case does not name must
//! not be there. A case looks only at the kinds of alerts that it is about (`kinds`); without a word of it, at what drugs do to
//! one another and at allergies.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it did not expect, and says what it counted"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cds_core::chart::Document;
use cds_core::facts::Policy;
use cds_core::knowledge::{Knowledge, PatientRuleKind, RuleTest};
use cds_core::report::{Alert, AlertKind, CheckAnswer, TierChange, Undecided};
use cds_core::{CheckOptions, Engine};
use serde::Deserialize;

/// Fewer are no proof of what the engine promises.
const FEWEST_CASES: usize = 235;

/// The kinds of alerts that a case is about which says nothing of it.
const DEFAULT_KINDS: [AlertKind; 5] = [
    AlertKind::DrugAllergy,
    AlertKind::DrugInteraction,
    AlertKind::AdditiveEffect,
    AlertKind::DuplicateIngredient,
    AlertKind::DuplicateClass,
];

/// Every kind.
const ALL_KINDS: [AlertKind; 14] = [
    AlertKind::DrugAllergy,
    AlertKind::DrugInteraction,
    AlertKind::AdditiveEffect,
    AlertKind::DuplicateIngredient,
    AlertKind::DuplicateClass,
    AlertKind::DrugCondition,
    AlertKind::Kidney,
    AlertKind::Liver,
    AlertKind::Pregnancy,
    AlertKind::Lactation,
    AlertKind::Age,
    AlertKind::Dose,
    AlertKind::Monitoring,
    AlertKind::Food,
];

/// `expect.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    /// Whom it is about and what must come of it, in one sentence.
    story: String,
    /// The patient, as `Patient/id`, where the files hold several.
    patient: Option<String>,
    /// The kinds of alerts, and of undecided rules, that it is about: `"all"`, or a list as `["kidney"]`.
    kinds: Option<Kinds>,
    /// The site's policy, where it is not the default.
    #[serde(default)]
    policy: Policy,
    /// The answer on one day or on several.
    day: Vec<Day>,
}

/// `"all"`, or names of kinds.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Kinds {
    Word(String),
    List(Vec<String>),
}

impl Expectation {
    /// The kinds of alerts that it is about.
    fn kinds(&self) -> Vec<AlertKind> {
        match &self.kinds {
            None => DEFAULT_KINDS.to_vec(),
            Some(Kinds::Word(word)) if word == "all" => ALL_KINDS.to_vec(),
            Some(Kinds::Word(word)) => panic!("`kinds` is \"all\" or a list, not `{word}`"),
            Some(Kinds::List(names)) => names.iter().map(|name| kind_named(name)).collect(),
        }
    }
}

/// What the answer must be on a day.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Day {
    as_of: String,
    /// Nothing is answered, and this is said.
    error: Option<String>,
    /// Whether everything that was met could be checked.
    complete: Option<bool>,
    alert: Vec<ExpectedAlert>,
    /// Rules that no alert may have among its reasons.
    must_not: Vec<String>,
    /// `reason resource`, as `unknown-code MedicationRequest/m1`.
    not_evaluated: Vec<String>,
    /// `code: resources`, as `stale-orders: MedicationRequest/m1`.
    notices: Vec<String>,
    /// `code resource element`, as `bad-date MedicationRequest/m1 authoredOn`.
    issues: Vec<String>,
    /// `missing: drugs`, as `egfr: metformin`; for conditions that are not known `conditions: resources`. Only those of the
    /// case's kinds, and compared only where it is given or where the kinds are `"all"`.
    undecided: Option<Vec<String>>,
    /// Rules that the site switched off and that would have fired; compared as `undecided` is.
    switched_off: Option<Vec<String>>,
    /// Drugs that were met; where there is none, they are not compared.
    drug: Vec<ExpectedDrug>,
    /// Allergies that were met; where there is none, they are not compared.
    allergy: Vec<ExpectedAllergy>,
    /// The summary, where it matters; unless the case looks at every kind, without the questions that are left open.
    summary: Option<String>,
    /// The age in whole years, where it matters; 0 where it cannot be known.
    age: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedAlert {
    /// The rule that speaks.
    rule: String,
    tier: String,
    drugs: Vec<String>,
    interrupts: bool,
    /// Other rules that saw the same problem.
    #[serde(default)]
    also: Vec<String>,
    /// The resources that it rests on; where there is none, they are not compared.
    #[serde(default)]
    from: Vec<String>,
    /// What the facts that it rests on must say, among other things.
    #[serde(default)]
    says: Vec<String>,
    /// What was found, in words; not compared where it is not given.
    what: Option<String>,
    /// What the chart lacks to place it better; not compared where it is not given.
    missing: Option<Vec<String>>,
    /// What changed the tier of the rule that speaks, as `major -> moderate by context`; compared where it is given or where the
    /// case's kinds are `"all"`.
    changes: Option<Vec<String>>,
    /// Whether it does not interrupt because the drugs have long been taken together; compared as `changes` is.
    tolerated: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedDrug {
    ingredients: Vec<String>,
    state: String,
    recognised: String,
    from: Vec<String>,
    /// How it is given; not compared where it is not given here.
    routes: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedAllergy {
    allergen: String,
    state: String,
    recognised: String,
    from: Vec<String>,
}

#[test]
fn every_chart_gets_its_answer() {
    let engine = Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK).expect("the build checked the pack");
    let folders = folders();
    let failures: Vec<String> = folders.iter().flat_map(|folder| check(folder, &engine)).collect();
    println!("{} charts", folders.len());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(folders.len() >= FEWEST_CASES, "{} of {FEWEST_CASES} charts", folders.len());
}

fn folders() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let entries = std::fs::read_dir(cases).expect("the folder of the cases");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// What a case looks at.
struct Scope<'k> {
    kinds: Vec<AlertKind>,
    /// Whether everything is compared.
    whole: bool,
    knowledge: &'k Knowledge,
}

impl Scope<'_> {
    /// Whether an undecided question is of these kinds; one that no rule asks is of every kind.
    fn asks(&self, undecided: &Undecided) -> bool {
        let of_kind = |rule: &String| self.kind(rule).is_some_and(|kind| self.kinds.contains(&kind));
        undecided.rules.is_empty() || undecided.rules.iter().any(of_kind)
    }

    /// What kind of alert a rule gives.
    fn kind(&self, id: &str) -> Option<AlertKind> {
        let rule = self.knowledge.pack().rules.iter().find(|rule| rule.id == id)?;
        Some(match &rule.test {
            RuleTest::Interaction { .. } => AlertKind::DrugInteraction,
            RuleTest::DuplicateClass { .. } => AlertKind::DuplicateClass,
            RuleTest::DuplicateIngredient { .. } => AlertKind::DuplicateIngredient,
            RuleTest::SameAllergen { .. } => AlertKind::DrugAllergy,
            RuleTest::AdditiveEffect { .. } => AlertKind::AdditiveEffect,
            RuleTest::Dose { .. } | RuleTest::Total { .. } => AlertKind::Dose,
            RuleTest::Patient { kind, .. } => match kind {
                PatientRuleKind::Condition => AlertKind::DrugCondition,
                PatientRuleKind::Kidney => AlertKind::Kidney,
                PatientRuleKind::Liver => AlertKind::Liver,
                PatientRuleKind::Pregnancy => AlertKind::Pregnancy,
                PatientRuleKind::Lactation => AlertKind::Lactation,
                PatientRuleKind::Age => AlertKind::Age,
                PatientRuleKind::Monitoring => AlertKind::Monitoring,
                PatientRuleKind::Food => AlertKind::Food,
            },
        })
    }
}

/// The kind of a name, as it stands in JSON.
fn kind_named(name: &str) -> AlertKind {
    let found = ALL_KINDS.into_iter().find(|kind| serde_json::to_value(kind).unwrap() == name);
    found.unwrap_or_else(|| panic!("no kind of alert is called `{name}`"))
}

/// What is wrong with a case's answers, a text for each day.
fn check(folder: &Path, engine: &Engine) -> Vec<String> {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(folder.join("expect.toml")).unwrap_or_else(|error| panic!("{name}: {error}"));
    let expectation: Expectation = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(!expectation.day.is_empty(), "{name} expects nothing");
    let whole = matches!(expectation.kinds, Some(Kinds::Word(_)));
    let scope = Scope { kinds: expectation.kinds(), whole, knowledge: engine.knowledge() };
    let chart = documents(folder, "chart");
    assert!(!chart.is_empty(), "{name} has no chart");
    let draft = documents(folder, "draft");
    let days = expectation.day.iter().filter_map(|day| {
        let options = CheckOptions {
            as_of: day.as_of.parse().unwrap_or_else(|error| panic!("{name}: {error}")),
            policy: expectation.policy.clone(),
            patient: expectation.patient.as_deref().map(Into::into),
        };
        let (expected, met) = match (engine.check(&chart, &draft, &options), &day.error) {
            (Ok(answer), None) => (expected(day, &answer, &scope), met(day, &answer, &scope)),
            (Ok(_), Some(error)) => (vec![format!("error: {error}")], vec!["an answer".to_owned()]),
            (Err(several), error) => {
                (vec![format!("error: {}", error.as_deref().unwrap_or("none"))], vec![format!("error: {several}")])
            }
        };
        let not_met: Vec<String> = without(&expected, &met).map(|line| format!("  - {line}")).collect();
        let not_expected: Vec<String> = without(&met, &expected).map(|line| format!("  + {line}")).collect();
        let differs = !(not_met.is_empty() && not_expected.is_empty());
        let lines = || [not_met.as_slice(), not_expected.as_slice()].concat().join("\n");
        differs.then(|| format!("cases/{name} on {}: {}\n{}", day.as_of, expectation.story, lines()))
    });
    days.collect()
}

fn documents(folder: &Path, prefix: &str) -> Vec<Document<'static>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let mut paths: Vec<PathBuf> = entries.filter(|path| name(path).starts_with(prefix)).collect();
    paths.sort();
    let document = |path: &PathBuf| Document { name: name(path).into(), bytes: std::fs::read(path).unwrap().into() };
    paths.iter().map(document).collect()
}

/// The lines of the first that the second lacks; a line that stands there twice must stand there twice.
fn without<'l>(lines: &'l [String], others: &[String]) -> impl Iterator<Item = &'l String> {
    let mut others = others.to_vec();
    lines.iter().filter(move |line| match others.iter().position(|other| other == *line) {
        Some(position) => {
            others.remove(position);
            false
        }
        None => true,
    })
}

/// What a day expects, a line for each thing.
fn expected(day: &Day, answer: &CheckAnswer, scope: &Scope<'_>) -> Vec<String> {
    let mut lines = vec![format!("complete: {}", day.complete.expect("`complete` is `true` or `false`"))];
    for alert in &day.alert {
        lines.push(alert_line(&alert.rule, &alert.tier, &alert.drugs, alert.interrupts));
        let more = |what: &str, text: &str| detail_line(&alert.rule, &alert.drugs, what, text);
        lines.extend(alert.also.iter().map(|rule| more("also", rule)));
        if !alert.from.is_empty() {
            lines.push(more("from", &alert.from.join(", ")));
        }
        lines.extend(alert.says.iter().map(|text| more("says", text)));
        lines.extend(alert.what.iter().map(|text| more("what", text)));
        lines.extend(alert.missing.iter().flatten().map(|text| more("missing", text)));
        lines.extend(alert.changes.iter().flatten().map(|change| more("changed", change)));
        if alert.tolerated == Some(true) {
            lines.push(more("tolerated", "yes"));
        }
    }
    // A rule that must not be met stands among what was met, and nowhere here.
    lines.extend(day.not_evaluated.iter().map(|entry| format!("not evaluated: {entry}")));
    lines.extend(day.notices.iter().map(|notice| format!("notice: {notice}")));
    lines.extend(day.issues.iter().map(|issue| format!("issue: {issue}")));
    lines.extend(day.undecided.iter().flatten().map(|question| format!("undecided: {question}")));
    lines.extend(day.switched_off.iter().flatten().map(|rule| format!("switched off: {rule}")));
    for drug in &day.drug {
        lines.push(drug_line(&drug.ingredients, &drug.state, &drug.recognised, &drug.from));
        lines.extend(drug.routes.iter().map(|routes| routes_line(&drug.from, routes)));
    }
    lines.extend(
        day.allergy
            .iter()
            .map(|allergy| allergy_line(&allergy.allergen, &allergy.state, &allergy.recognised, &allergy.from)),
    );
    lines.extend(day.summary.iter().map(|summary| format!("summary: {summary}")));
    lines.extend(day.age.iter().map(|age| format!("age: {age}")));
    assert_eq!(answer.complete, answer.not_evaluated.is_empty(), "`complete` says whether anything was left out");
    for rule in day.alert.iter().map(|alert| &alert.rule).filter(|rule| !rule.starts_with("allergy-")) {
        let kind = scope.kind(rule).unwrap_or_else(|| panic!("there is no rule `{rule}`"));
        assert!(scope.kinds.contains(&kind), "`{rule}` is of no kind that this case looks at");
    }
    lines
}

/// What the answer says of the same things.
fn met(day: &Day, answer: &CheckAnswer, scope: &Scope<'_>) -> Vec<String> {
    let mut lines = vec![format!("complete: {}", answer.complete)];
    for alert in &answer.alerts {
        if scope.kinds.contains(&alert.kind) {
            lines.extend(alert_lines(alert, day, scope));
        }
        let rules: BTreeSet<&str> = alert.reasons.iter().map(|reason| reason.rule.as_str()).collect();
        let forbidden = day.must_not.iter().filter(|rule| rules.contains(rule.as_str()));
        lines.extend(forbidden.map(|rule| format!("a reason of `{rule}`, which must not be")));
    }
    lines
        .extend(answer.not_evaluated.iter().map(|entry| format!("not evaluated: {} {}", entry.reason, entry.resource)));
    lines.extend(answer.notices.iter().map(|notice| {
        let resources: Vec<&str> = notice.facts.iter().map(|fact| fact.resource.as_str()).collect();
        format!("notice: {}: {}", notice.code, resources.join(", ")).trim_end_matches(": ").to_owned()
    }));
    lines.extend(answer.issues.iter().map(|issue| {
        let element = issue.element.as_deref().map(|element| format!(" {element}")).unwrap_or_default();
        format!("issue: {} {}{element}", issue.code, issue.resource)
    }));
    if scope.whole || day.undecided.is_some() {
        lines.extend(answer.undecided.iter().filter(|question| scope.asks(question)).map(undecided_line));
    }
    if scope.whole || day.switched_off.is_some() {
        lines.extend(answer.switched_off.iter().map(|off| format!("switched off: {}", off.rule)));
    }
    for drug in answer.checked.drugs.iter().filter(|_| !day.drug.is_empty()) {
        let names: Vec<String> = drug.ingredients.iter().map(|ingredient| ingredient.name.clone()).collect();
        lines.push(drug_line(&names, &drug.state, &drug.recognised, &drug.resources));
        if day.drug.iter().any(|expected| expected.from == drug.resources && expected.routes.is_some()) {
            lines.push(routes_line(&drug.resources, &drug.routes));
        }
    }
    for allergy in answer.checked.allergies.iter().filter(|_| !day.allergy.is_empty()) {
        lines.push(allergy_line(&allergy.allergen, &allergy.state, &allergy.recognised, &allergy.resources));
    }
    let questions = if scope.whole { None } else { answer.summary.find(" NOT DECIDED") };
    let summary = answer.summary.get(..questions.unwrap_or(answer.summary.len())).unwrap_or_default();
    lines.extend(day.summary.iter().map(|_| format!("summary: {summary}")));
    lines.extend(day.age.iter().map(|_| format!("age: {}", answer.patient.age_years.unwrap_or(0))));
    lines
}

fn alert_lines(alert: &Alert, day: &Day, scope: &Scope<'_>) -> Vec<String> {
    let drugs: Vec<String> = alert.drugs.iter().map(|drug| drug.name.clone()).collect();
    let rules: BTreeSet<&str> = alert.reasons.iter().map(|reason| reason.rule.as_str()).collect();
    let speaker = alert.reasons.first().map_or("", |reason| reason.rule.as_str());
    let mut lines = vec![alert_line(speaker, alert.tier.name(), &drugs, alert.interrupts)];
    let more = |what: &str, text: &str| detail_line(speaker, &drugs, what, text);
    let expected = day.alert.iter().find(|expected| expected.rule == speaker && expected.drugs == drugs);
    let also = expected.iter().flat_map(|expected| &expected.also).filter(|rule| rules.contains(rule.as_str()));
    lines.extend(also.map(|rule| more("also", rule)));
    if expected.is_some_and(|expected| !expected.from.is_empty()) {
        let resources: BTreeSet<String> = alert.facts.iter().map(|fact| fact.resource.clone()).collect();
        lines.push(more("from", &resources.into_iter().collect::<Vec<_>>().join(", ")));
    }
    if let Some(expected) = expected.filter(|expected| !expected.says.is_empty()) {
        let said: BTreeSet<&String> = alert.facts.iter().map(|fact| &fact.says).collect();
        if expected.says.iter().all(|text| said.contains(text)) {
            lines.extend(expected.says.iter().map(|text| more("says", text)));
        } else {
            lines.extend(said.into_iter().map(|text| more("says", text)));
        }
    }
    if expected.is_some_and(|expected| expected.what.is_some()) {
        lines.push(more("what", &alert.what));
    }
    if expected.is_some_and(|expected| expected.missing.is_some()) {
        lines.extend(alert.missing.iter().map(|text| more("missing", text)));
    }
    if scope.whole || expected.is_some_and(|expected| expected.changes.is_some()) {
        let changes = alert.reasons.first().into_iter().flat_map(|reason| &reason.changes);
        lines.extend(changes.map(|change| more("changed", &change_words(change))));
    }
    if (scope.whole || expected.is_some_and(|expected| expected.tolerated.is_some())) && alert.tolerated.is_some() {
        lines.push(more("tolerated", "yes"));
    }
    lines
}

fn change_words(change: &TierChange) -> String {
    format!("{} -> {} by {}", change.from.name(), change.to.name(), change.by)
}

fn undecided_line(question: &Undecided) -> String {
    let drugs = question.drugs.iter().map(|drug| drug.name.clone());
    let about: Vec<String> = drugs.chain(question.resources.iter().cloned()).collect();
    format!("undecided: {}: {}", question.missing, about.join(", "))
}

fn alert_line(rule: &str, tier: &str, drugs: &[String], interrupts: bool) -> String {
    let interrupts = if interrupts { "interrupts" } else { "does not interrupt" };
    format!("alert: {rule}, {tier}, {interrupts}: {}", drugs.join(" + "))
}

fn detail_line(rule: &str, drugs: &[String], what: &str, text: &str) -> String {
    format!("alert: {rule}: {}: {what} {text}", drugs.join(" + "))
}

fn drug_line(ingredients: &[String], state: &str, recognised: &str, from: &[String]) -> String {
    format!("drug: {}, {state}, {recognised}, from {}", ingredients.join(" + "), from.join(", "))
}

fn routes_line(from: &[String], routes: &[String]) -> String {
    let routes = if routes.is_empty() { "not known".to_owned() } else { routes.join(", ") };
    format!("drug: from {}: routes {routes}", from.join(", "))
}

fn allergy_line(allergen: &str, state: &str, recognised: &str, from: &[String]) -> String {
    format!("allergy: {allergen}, {state}, {recognised}, from {}", from.join(", "))
}
