//! The answer's wire types: what every host gets, as JSON, JSON Schema and TypeScript.

use serde::{Deserialize, Serialize};

use crate::knowledge::{Evidence, NodeKind};

macro_rules! wire {
    ($(#[$meta:meta])* pub $kind:ident $name:ident $body:tt) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(rename_all = "camelCase")]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
        pub $kind $name $body
    };
}

/// How bad an interaction is, in the words that the field uses. Ordered from `minor` to `contraindicated`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub enum Tier {
    /// Known, seldom matters.
    Minor,
    /// Needs monitoring or a dose change; can usually be managed.
    Moderate,
    /// May cause death, lasting harm or admission.
    Major,
    /// Forbidden for nearly everybody.
    Contraindicated,
}

impl Tier {
    /// The tier's name as it stands in JSON and on the command line.
    ///
    /// ```
    /// assert_eq!(cds_core::report::Tier::Major.name(), "major");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Moderate => "moderate",
            Self::Major => "major",
            Self::Contraindicated => "contraindicated",
        }
    }

    /// The signal word that a person sees first (I-MeDeSA item 4.3).
    pub fn signal_word(self) -> &'static str {
        match self {
            Self::Minor => "Note",
            Self::Moderate => "Caution",
            Self::Major => "Warning",
            Self::Contraindicated => "Stop",
        }
    }
}

wire! {
/// What a check of one chart found, and what it did not look at.
pub struct CheckAnswer {
    /// The day that the answer is true for, `YYYY-MM-DD`.
    pub as_of: String,
    /// Engine and knowledge that gave it.
    pub provenance: Provenance,
    /// Whom it is about.
    pub patient: PatientSummary,
    /// One sentence that says what was checked, what was found and what was not checked.
    pub summary: String,
    /// Whether every drug and every allergy that was met could be checked. An empty `alerts` is an all-clear only where this is
    /// true and `undecided` and `switchedOff` are empty.
    pub complete: bool,
    /// What was found: highest tier first.
    pub alerts: Vec<Alert>,
    /// What a person should tidy up: stale orders, a patient who has died.
    pub notices: Vec<Notice>,
    /// What was not evaluated and why.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Questions about drugs that were recognised which the chart does not decide: no creatinine, no dose, no pregnancy status.
    /// An entry for each thing that is missing.
    pub undecided: Vec<Undecided>,
    /// Rules that the site's policy switched off and that would have fired.
    pub switched_off: Vec<SwitchedOff>,
    /// The drugs and allergies that were met, and how each was recognised.
    pub checked: Checked,
    /// What was wrong with the chart.
    pub issues: Vec<Issue>,
}
}

wire! {
/// Engine and knowledge that gave an answer.
pub struct Provenance {
    /// Version of the engine.
    pub engine: String,
    /// Name of the knowledge pack.
    pub pack: String,
    /// Version of the knowledge pack.
    pub pack_version: String,
    /// Day of the pack's last revision.
    pub pack_revised: String,
    /// SHA-256 of the pack.
    pub pack_sha256: String,
    /// SHA-256 of the pack of National Drug Codes. `null` where it is not loaded: no NDC code is known then.
    pub ndc_sha256: Option<String>,
}
}

wire! {
/// Whom an answer is about. No names and no identifiers other than resource ids.
pub struct PatientSummary {
    /// Resource ids of the Patient, as `Patient/id`, ordered.
    pub resources: Vec<String>,
    /// Date of birth as it stands in the chart; it may be partial.
    pub birth_date: Option<String>,
    /// Whole years on the day of the answer, where the date of birth decides them.
    pub age_years: Option<u16>,
    /// FHIR administrative gender.
    pub gender: Option<String>,
    /// Whether the chart says that the patient has died.
    pub deceased: bool,
}
}

wire! {
/// One clinical problem, however many rules saw it.
pub struct Alert {
    /// Stable id: the same chart and pack give the same id.
    pub id: String,
    /// How bad it is.
    pub tier: Tier,
    /// The word that a person sees first.
    pub signal_word: String,
    /// Whether it should interrupt the prescriber.
    pub interrupts: bool,
    /// What kind of check found it.
    pub kind: AlertKind,
    /// Clinical problem, as a stable id.
    pub problem: String,
    /// Clinical problem, in words.
    pub problem_name: String,
    /// What was found, in under 140 characters.
    pub what: String,
    /// What could happen.
    pub consequence: String,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// The drugs that it is about, ordered by name.
    pub drugs: Vec<AlertDrug>,
    /// The allergen, for an allergy alert.
    pub allergen: Option<String>,
    /// The resources that it rests on, as `Type/id`, ordered.
    pub facts: Vec<Fact>,
    /// Whether one of the drugs is the draft order.
    pub involves_draft: bool,
    /// Why an alert of its tier does not interrupt although it is about the draft: all its drugs have been taken together for long.
    pub tolerated: Option<String>,
    /// What the chart lacks to place it better; the tier is the one that is safe without it.
    pub missing: Vec<String>,
    /// Every rule that saw it: the one that speaks comes first.
    pub reasons: Vec<Reason>,
}
}

/// What kind of check found an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub enum AlertKind {
    /// Drug and allergy.
    DrugAllergy,
    /// Drug and drug.
    DrugInteraction,
    /// Contributions of several drugs that add up.
    AdditiveEffect,
    /// The same ingredient twice.
    DuplicateIngredient,
    /// Two drugs of a class of which one is enough.
    DuplicateClass,
    /// Drug and condition.
    DrugCondition,
    /// Drug and kidney function.
    Kidney,
    /// Drug and liver function.
    Liver,
    /// Drug and pregnancy, or the possibility of one.
    Pregnancy,
    /// Drug and breastfeeding.
    Lactation,
    /// Drug and age.
    Age,
    /// A dose above its limit, or a sum of doses.
    Dose,
    /// A laboratory test or examination that a drug calls for.
    Monitoring,
    /// Drug and food, alcohol or tobacco.
    Food,
}

wire! {
/// A drug that an alert is about.
pub struct AlertDrug {
    /// RxNorm concept id of the ingredient.
    pub rxcui: String,
    /// Name of the ingredient.
    pub name: String,
    /// Whether the draft order holds it.
    pub draft: bool,
}
}

wire! {
/// A resource that an alert rests on.
pub struct Fact {
    /// The resource, as `Type/id`, or its place in the input where it has no id.
    pub resource: String,
    /// What it says, in coded terms: ingredient names, status and date.
    pub says: String,
}
}

wire! {
/// A rule that saw the problem.
pub struct Reason {
    /// Stable id of the rule.
    pub rule: String,
    /// Title of the rule.
    pub title: String,
    /// Tier that this rule gives.
    pub tier: Tier,
    /// What changed the tier, in order: facts of the patient, the route, the site's policy.
    pub changes: Vec<TierChange>,
    /// What this rule found.
    pub what: String,
    /// Why it happens.
    pub mechanism: Option<String>,
    /// What this rule says could happen.
    pub consequence: String,
    /// What this rule says to do, in order.
    pub steps: Vec<String>,
    /// Ways through the graph that lead from the drugs to the rule.
    pub paths: Vec<GraphPath>,
    /// How well it is established, where the rule says so.
    pub evidence: Option<Evidence>,
    /// The source attributes of the rule.
    pub source: SourceAttributes,
}
}

wire! {
/// Why a rule's tier is not the one that its table gives.
pub struct TierChange {
    /// Tier before.
    pub from: Tier,
    /// Tier after.
    pub to: Tier,
    /// Who changed it: `context` (facts of the patient, by the rule), `route` (given locally) or `site-policy`.
    pub by: String,
    /// Why, in words.
    pub because: String,
    /// For a change by the site: who answers for it.
    pub person: Option<String>,
    /// For a change by the site: since when, `YYYY-MM-DD`.
    pub on: Option<String>,
}
}

wire! {
/// A question that the chart does not decide.
pub struct Undecided {
    /// What is missing, as a stable id: a measurement's id, `age`, `sex`, `pregnancy`, `dose`, `start`, `duration`, `route` or
    /// `conditions`.
    pub missing: String,
    /// What was therefore not decided, and what would decide it.
    pub text: String,
    /// The drugs that it is about, ordered by name.
    pub drugs: Vec<AlertDrug>,
    /// The rules that could not be decided, ordered.
    pub rules: Vec<String>,
    /// Whether one of the drugs is the draft order.
    pub involves_draft: bool,
    /// The resources that were not understood, for `conditions`.
    pub resources: Vec<String>,
}
}

wire! {
/// A rule that the site's policy switched off and that would have fired.
pub struct SwitchedOff {
    /// The rule.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// The tier that it would have had.
    pub tier: Tier,
    /// The drugs, ordered by name.
    pub drugs: Vec<AlertDrug>,
    /// Who switched it off.
    pub person: String,
    /// Why.
    pub reason: String,
    /// Since when, `YYYY-MM-DD`.
    pub on: String,
}
}

wire! {
/// A way through the graph, from a drug to what the rule names.
pub struct GraphPath {
    /// Nodes on the way, the drug first.
    pub nodes: Vec<PathNode>,
    /// What each node is to the next: one fewer than the nodes.
    pub relations: Vec<String>,
}
}

wire! {
/// A node on a way through the graph.
pub struct PathNode {
    /// What it is.
    pub kind: NodeKind,
    /// Stable id within its kind.
    pub id: String,
    /// Name.
    pub name: String,
}
}

wire! {
/// Source attributes, in the order of 45 CFR 170.315(b)(11)(iv)(A): 1 to 4 in words, 5 to 13 as uses.
pub struct SourceAttributes {
    /// 1: publication.
    pub citation: String,
    /// Section, table or page of it.
    pub section: Option<String>,
    /// Address, where it is certain.
    pub url: Option<String>,
    /// 2: who developed the rule.
    pub developer: String,
    /// 3: who funded its technical implementation.
    pub funding: String,
    /// 4: version of the pack that released it.
    pub release: String,
    /// 4: day on which it was last checked against its source.
    pub revised: String,
    /// 5 to 13: patient attributes that the rule reads, out of race, ethnicity, language, sexual orientation, gender
    /// identity, sex, date of birth, social determinants and health-status assessments.
    pub uses: Vec<String>,
}
}

wire! {
/// Something for a person to tidy up; it is no alert.
pub struct Notice {
    /// Stable code: `stale-orders`, `deceased`, `possible-renewals`, `on-hold-orders` or `site-policy`.
    pub code: String,
    /// What was found and what to do.
    pub text: String,
    /// The resources that it rests on, ordered.
    pub facts: Vec<Fact>,
}
}

wire! {
/// Something that was met and not evaluated.
pub struct NotEvaluated {
    /// What was not evaluated: `drug`, `allergy`, `resource`, `file` or `everything`.
    pub subject: String,
    /// Stable reason: `no-code`, `unknown-code`, `unknown-name`, `no-knowledge`, `unresolved-reference`,
    /// `unreadable`, `other-patient`, `stale`, `on-hold`, `not-started`, `too-many`,
    /// `nothing-read` or `deceased`.
    pub reason: String,
    /// The resource, as `Type/id`, or its place in the input.
    pub resource: String,
    /// The chart's own words for it. Text of the chart: show it as text, never as markup, and keep it out of logs.
    pub named: Option<String>,
    /// What it means for the reader and what to do.
    pub text: String,
}
}

wire! {
/// What was met, and how it was recognised.
pub struct Checked {
    /// Drugs, ordered by ingredient name and resource.
    pub drugs: Vec<CheckedDrug>,
    /// Allergies, ordered by allergen and resource.
    pub allergies: Vec<CheckedAllergy>,
    /// Number of pairs of different ingredients that were compared.
    pub pairs: u32,
}
}

wire! {
/// A drug that was met in the chart or is the draft.
pub struct CheckedDrug {
    /// Ingredients.
    pub ingredients: Vec<AlertDrug>,
    /// How it was recognised, in words: by which code, or by name.
    pub recognised: String,
    /// Whether it takes part in the checks: `active`, `draft`, `stale`, `on-hold` or `ended`.
    pub state: String,
    /// How it is given, in the names of the knowledge tables; empty where nothing says so, and then it counts in full.
    pub routes: Vec<String>,
    /// The resources that say so.
    pub resources: Vec<String>,
}
}

wire! {
/// An allergy that was met in the chart.
pub struct CheckedAllergy {
    /// What it is to.
    pub allergen: String,
    /// How it was recognised, in words.
    pub recognised: String,
    /// `checked`, `not-a-drug`, `none-known` or `inactive`.
    pub state: String,
    /// The resources that say so.
    pub resources: Vec<String>,
}
}

wire! {
/// Something wrong with the chart.
pub struct Issue {
    /// `error`: part of the chart was not read. `warning`: it was read in a way that a person should know of.
    /// `information`: harmless.
    pub severity: IssueSeverity,
    /// Stable code.
    pub code: String,
    /// The resource, as `Type/id`, or its place in the input.
    pub resource: String,
    /// Element, as a path within the resource.
    pub element: Option<String>,
    /// What is wrong and what to do; never a value of the chart.
    pub text: String,
}
}

/// How much an issue matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub enum IssueSeverity {
    /// Part of the chart was not read.
    Error,
    /// Read in a way that a person should know of.
    Warning,
    /// Harmless.
    Information,
}
