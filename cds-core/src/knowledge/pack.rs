//! The pack's types: drug codes, graph nodes and edges, rules and their words.

use serde::{Deserialize, Serialize};

use super::phrase::{Clause, Context, DoseAmount, DosePer, DoseUnit, Number, Route};
use crate::report::Tier;

/// Everything that one release of the knowledge holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pack {
    /// Name, version and provenance.
    pub about: About,
    /// Which code or name is which drug.
    pub drugs: DrugCodes,
    /// Graph nodes. The first `drugs.ingredients.len()` nodes are the ingredients, in the same order.
    pub nodes: Vec<Node>,
    /// Graph edges, from the more specific node to the more general one.
    pub edges: Vec<Edge>,
    /// Clinical problems; rules name them by position.
    pub problems: Vec<Problem>,
    /// Where facts come from; rules and edges name them by position.
    pub sources: Vec<Source>,
    /// Interaction, duplication and additive-effect rules, ordered by id.
    pub rules: Vec<Rule>,
    /// Allergen groups, ordered by id.
    pub allergens: Vec<AllergenGroup>,
    /// Allergens that are no drugs, so that they are recognised and not reported as unknown.
    pub non_drugs: Vec<NonDrug>,
    /// Conditions that rules ask for, ordered by id.
    pub conditions: Vec<ClinicalCondition>,
    /// SNOMED CT concepts of conditions that no rule asks for, ascending: known, and of no concern.
    pub other_conditions: Vec<u64>,
    /// Measurements that rules ask for, ordered by id.
    pub measurements: Vec<Measurement>,
    /// The entries that the engine computes with.
    pub roles: Roles,
    /// Which code or word means which route.
    pub routes: Vec<RouteWords>,
}

/// Positions of the entries that the engine itself computes with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles {
    /// Condition: pregnancy.
    pub pregnancy: u16,
    /// Condition: breastfeeding.
    pub breastfeeding: u16,
    /// Measurement: creatinine in mg/dL.
    pub creatinine: u16,
    /// Measurement: estimated glomerular filtration rate in mL/min/1.73 m².
    pub egfr: u16,
    /// Measurement: creatinine clearance in mL/min.
    pub creatinine_clearance: u16,
    /// Measurement: body weight in kg.
    pub weight: u16,
}

/// A condition that rules ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClinicalCondition {
    /// Stable id.
    pub id: String,
    /// Name that reads well after "with".
    pub name: String,
    /// ICD-10-CM codes without the point; each stands for itself and everything below it.
    pub icd10: Vec<String>,
    /// ICD-10-CM codes below these that are left out.
    pub not_icd10: Vec<String>,
    /// SNOMED CT concepts, each by itself.
    pub snomed: Vec<u64>,
    /// Positions of conditions that are also this one.
    pub includes: Vec<u16>,
    /// Exact names of uncoded entries, normalised.
    pub names: Vec<String>,
    /// Whether having had it counts: an entry that is resolved still holds.
    pub history: bool,
    /// Days for which an entry without an end counts, for what passes by itself.
    pub lasts_days: Option<u16>,
    /// Coded observations that say that it holds: LOINC code and the answer's code.
    pub observed: Vec<(String, String)>,
    /// Coded observations that say that it does not hold.
    pub ruled_out: Vec<(String, String)>,
}

/// A measurement that rules ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// Stable id.
    pub id: String,
    /// Name that reads well in a sentence.
    pub name: String,
    /// The unit that rules count in.
    pub unit: String,
    /// LOINC codes.
    pub loinc: Vec<String>,
    /// Units met in charts, with what one of them is in `unit`.
    pub units: Vec<(String, Number)>,
    /// Least and greatest value that is believed.
    pub plausible: (Number, Number),
}

/// Which codes and words mean a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteWords {
    /// The route.
    pub route: Route,
    /// SNOMED CT concepts of routes.
    pub snomed: Vec<u64>,
    /// Exact names of a route, in lower case.
    pub names: Vec<String>,
    /// Words of a dose form that tell the route, in lower case.
    pub forms: Vec<String>,
    /// Drugs that reach the whole body by it although it is a local one.
    pub systemic: Vec<Selector>,
}

/// Name, version and provenance of a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Name of the knowledge set.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Day of the last revision, `YYYY-MM-DD`.
    pub revised: String,
    /// Who wrote it.
    pub developer: String,
    /// Who paid for it (45 CFR 170.315(b)(11), source attribute 3).
    pub funding: String,
    /// Licence of the knowledge.
    pub license: String,
    /// Publications that the drug codes were imported from.
    pub drug_sources: Vec<String>,
}

/// Which code or name is which drug.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DrugCodes {
    /// Ingredients, ordered by RxNorm concept id.
    pub ingredients: Vec<Ingredient>,
    /// Dose-form groups such as `Oral Pill`; products name them by position.
    pub forms: Vec<String>,
    /// Distinct products: a set of ingredients and, where the source says so, a dose-form group.
    pub products: Vec<Product>,
    /// RxNorm concept ids, a table per level.
    pub rxnorm: Vec<CodeTable>,
    /// National Drug Codes: labeler and product segments, nine digits. They travel in a pack of their own.
    pub ndc: CodeTable,
    /// SNOMED CT concept ids of substances, products and allergies to them.
    pub snomed: CodeTable,
    /// Normalised names, ordered.
    pub names: Vec<(String, u32)>,
    /// Words for normalising a text-only drug name.
    pub words: NameWords,
}

/// An active ingredient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ingredient {
    /// RxNorm concept id of the ingredient.
    pub rxcui: u32,
    /// RxNorm's name, in lower case.
    pub name: String,
}

/// What a code or name stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Product {
    /// Positions in [`DrugCodes::ingredients`], ascending.
    pub ingredients: Vec<u16>,
    /// Position in [`DrugCodes::forms`], where the source says a form.
    pub form: Option<u8>,
}

/// Codes with a product each.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeTable {
    /// What kind of concept these codes name.
    pub level: CodeLevel,
    /// The codes, ascending.
    pub codes: Vec<u64>,
    /// Position in [`DrugCodes::products`] for each code.
    pub products: Vec<u32>,
}

impl CodeTable {
    /// The product of a code, by position.
    pub fn find(&self, code: u64) -> Option<u32> {
        let position = self.codes.binary_search(&code).ok()?;
        self.products.get(position).copied()
    }
}

/// What kind of concept a drug code names; a looser kind is reported as a fallback.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CodeLevel {
    /// A clinical or branded drug: ingredient, strength and form.
    #[default]
    ClinicalDrug,
    /// Ingredient and dose-form group without a strength.
    DrugGroup,
    /// An ingredient alone.
    Ingredient,
    /// Several ingredients without strength or form.
    MultiIngredient,
    /// A brand name.
    Brand,
    /// Ingredient and strength without a form.
    Component,
    /// A pack of several drugs.
    Pack,
    /// A concept that RxNorm has retired.
    Retired,
    /// A substance of another code system.
    Substance,
}

/// Words that are not part of a drug's name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NameWords {
    /// Dose forms and routes, always left out.
    pub forms: Vec<String>,
    /// Units of strength, left out after a number.
    pub units: Vec<String>,
    /// Salts, left out where the name with them is unknown.
    pub salts: Vec<String>,
}

/// A node of the interaction graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Stable id, unique within its kind; for an ingredient its RxNorm concept id.
    pub id: String,
    /// Name that reads well in a sentence.
    pub name: String,
}

/// What a node of the interaction graph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub enum NodeKind {
    /// An active ingredient.
    Ingredient,
    /// A drug class.
    Class,
    /// A metabolic enzyme or a transporter.
    Pathway,
    /// An additive effect.
    Effect,
    /// A group of allergens.
    AllergenGroup,
}

/// An edge of the interaction graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// Position of the ingredient or class that the edge leaves.
    pub from: u16,
    /// Position of the class, pathway or effect that it enters.
    pub to: u16,
    /// What the first is to the second.
    pub relation: Relation,
    /// Position in [`Pack::sources`].
    pub source: u16,
}

/// What one node is to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Relation {
    /// Ingredient or class belongs to a class.
    MemberOf,
    /// Ingredient slows a pathway.
    Inhibits(Strength),
    /// Ingredient speeds a pathway up.
    Induces(Strength),
    /// Ingredient leaves the body by a pathway.
    SubstrateOf {
        /// How much its exposure depends on the pathway.
        sensitivity: Sensitivity,
        /// Whether small changes of exposure harm.
        narrow_index: bool,
    },
    /// Ingredient or class adds this weight to an effect: 1 mild, 2 moderate, 3 strong.
    ContributesTo(u8),
}

/// Strength of inhibition or induction, by FDA's definitions: at least a five-, two- or 1.25-fold rise in exposure, or a
/// fall of at least 80, 50 or 20 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Strength {
    /// At least 1.25-fold, or 20 %.
    Weak,
    /// At least two-fold, or 50 %.
    Moderate,
    /// At least five-fold, or 80 %.
    Strong,
}

/// Sensitivity of a substrate, by FDA's definitions: a strong inhibitor raises its exposure at least five- or two-fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Sensitivity {
    /// At least two-fold.
    Moderate,
    /// At least five-fold.
    Sensitive,
}

/// A clinical problem; alerts on the same problem that share a drug are one alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable id.
    pub id: String,
    /// Name that reads well in a sentence.
    pub name: String,
    /// Whether two rules on this problem that share a drug are one alert. A catch-all problem does not fold.
    pub folds: bool,
}

/// Where a fact comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source {
    /// Publication, precise enough to look up.
    pub citation: String,
    /// Section, table or page.
    pub section: Option<String>,
    /// Address, where it is certain.
    pub url: Option<String>,
}

/// Selects drugs by what they are in the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Selector {
    /// One ingredient, by node position.
    Ingredient(u16),
    /// Every member of a class and of its subclasses, by node position.
    Class(u16),
    /// Every inhibitor of a pathway with this strength.
    Inhibits(u16, Strength),
    /// Every inducer of a pathway with this strength.
    Induces(u16, Strength),
    /// Every substrate of a pathway with this sensitivity.
    Substrate(u16, Sensitivity),
    /// Every substrate of a pathway that has a narrow therapeutic index.
    NarrowIndexSubstrate(u16),
}

/// One side of an interaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// A drug is on this side if any of these selects it ...
    pub any: Vec<Selector>,
    /// ... and none of these does.
    pub except: Vec<Selector>,
    /// Local routes by which it still counts in full.
    pub local: Vec<Route>,
}

/// What an alert says. `{a}`, `{b}`, `{drugs}`, `{drug}` and `{allergen}` stand for names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Words {
    /// One line: what was found.
    pub what: String,
    /// Why it happens.
    pub mechanism: Option<String>,
    /// What could happen to the patient.
    pub consequence: String,
    /// What to do, in order.
    pub manage: Vec<String>,
}

/// A rule over the patient's drugs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Stable id.
    pub id: String,
    /// Title for lists.
    pub title: String,
    /// Positions in [`Pack::problems`]; the first is the headline.
    pub problems: Vec<u8>,
    /// How well it is established.
    pub evidence: Evidence,
    /// Position in [`Pack::sources`].
    pub source: u16,
    /// Day on which it was last checked against its source, `YYYY-MM-DD`.
    pub revised: String,
    /// When it fires and what it says.
    pub test: RuleTest,
    /// Facts of the patient that change its tier: the first that holds decides.
    pub contexts: Vec<Context>,
    /// Why no fact of the patient may change its tier, where the table says so.
    pub context_free: bool,
    /// Whether it is a well-known pair that is kept for looking up and never deserves an interruption.
    pub low_value: bool,
}

/// When a rule fires.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RuleTest {
    /// A drug on each side, different ingredients.
    Interaction {
        /// How bad it is.
        tier: Tier,
        /// One side.
        a: Side,
        /// The other.
        b: Side,
        /// What the alert says.
        words: Words,
    },
    /// Two different members of one class.
    DuplicateClass {
        /// How bad it is.
        tier: Tier,
        /// Node position of the class.
        class: u16,
        /// What the alert says.
        words: Words,
    },
    /// The same ingredient in two orders, whatever it is.
    DuplicateIngredient {
        /// Tier where one of the two is the order that is being written.
        draft_tier: Tier,
        /// Tier where it hides in a product of several ingredients.
        hidden_tier: Tier,
        /// Tier of two plain products, such as two strengths.
        plain_tier: Tier,
        /// Drugs of which several at once are ordinary, such as fluids.
        except: Vec<Selector>,
        /// What the alert says.
        words: Words,
    },
    /// The very drug that the patient reacted to, whatever it is.
    SameAllergen {
        /// How bad it is.
        tier: Tier,
        /// What the alert says.
        words: Words,
    },
    /// Contributions to one effect that add up.
    AdditiveEffect {
        /// Node position of the effect.
        effect: u16,
        /// Levels, highest first; the first that holds decides.
        levels: Vec<EffectLevel>,
    },
    /// A drug for a patient of whom something holds.
    Patient {
        /// What the rule is about.
        kind: PatientRuleKind,
        /// The drugs.
        drugs: Side,
        /// Levels, strictest first; the first that holds decides.
        levels: Vec<PatientLevel>,
    },
    /// More of a drug than is allowed.
    Dose {
        /// Node position of the ingredient.
        ingredient: u16,
        /// Routes by which it is given.
        routes: Vec<Route>,
        /// Limits; the first whose phrases hold decides.
        limits: Vec<DoseLimit>,
        /// What could happen to the patient.
        consequence: String,
    },
    /// A sum of doses over several drugs.
    Total {
        /// What the sum is of, after a number.
        unit: String,
        /// What each drug adds.
        contributors: Vec<TotalContributor>,
        /// Levels, highest first; the first that holds decides.
        levels: Vec<TotalLevel>,
    },
}

impl RuleTest {
    /// Every tier that it may give, before the patient's facts change it.
    pub fn tiers(&self) -> Vec<Tier> {
        match self {
            Self::Interaction { tier, .. } | Self::DuplicateClass { tier, .. } | Self::SameAllergen { tier, .. } => {
                vec![*tier]
            }
            Self::DuplicateIngredient { draft_tier, hidden_tier, plain_tier, .. } => {
                vec![*draft_tier, *hidden_tier, *plain_tier]
            }
            Self::AdditiveEffect { levels, .. } => levels.iter().map(|level| level.tier).collect(),
            Self::Patient { levels, .. } => levels.iter().map(|level| level.tier).collect(),
            Self::Dose { limits, .. } => {
                limits.iter().flat_map(|limit| [limit.tier, limit.tier.max(Tier::Major)]).collect()
            }
            Self::Total { levels, .. } => levels.iter().map(|level| level.tier).collect(),
        }
    }

    /// Every line of phrases that it asks.
    pub fn clauses(&self) -> Vec<&Clause> {
        match self {
            Self::Patient { levels, .. } => levels.iter().flat_map(|level| &level.when).collect(),
            Self::Dose { limits, .. } => limits.iter().flat_map(|limit| &limit.when).collect(),
            Self::Total { levels, .. } => levels.iter().flat_map(|level| &level.when).collect(),
            _ => Vec::new(),
        }
    }
}

/// What a rule about one drug looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the folder of that name in the tables")]
pub enum PatientRuleKind {
    Condition,
    Kidney,
    Liver,
    Pregnancy,
    Lactation,
    Age,
    Monitoring,
    Food,
}

/// When a rule about one drug fires, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PatientLevel {
    /// All of these must hold.
    pub when: Vec<Clause>,
    /// How bad it is.
    pub tier: Tier,
    /// What the alert says.
    pub words: Words,
}

/// How much of a drug is allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DoseLimit {
    /// All of these must hold.
    pub when: Vec<Clause>,
    /// The most that is allowed, over each time that the source names.
    pub most: Vec<(DosePer, DoseAmount)>,
    /// Tier above the limit.
    pub tier: Tier,
    /// From this multiple of the limit on it is `major`.
    pub much: Number,
}

/// What a drug adds to a sum of doses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TotalContributor {
    /// Node position of the ingredient.
    pub ingredient: u16,
    /// Routes by which it is given.
    pub routes: Vec<Route>,
    /// The unit that the factor multiplies.
    pub unit: DoseUnit,
    /// What one unit a day adds.
    pub factor: Number,
}

/// From which sum of doses on it is an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TotalLevel {
    /// At least this sum.
    pub from: Number,
    /// All of these must hold.
    pub when: Vec<Clause>,
    /// How bad it is.
    pub tier: Tier,
    /// What the alert says.
    pub words: Words,
}

/// From which sum on an additive effect is an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EffectLevel {
    /// How bad it is.
    pub tier: Tier,
    /// At least this sum of weights ...
    pub sum: u16,
    /// ... from at least this many ingredients.
    pub drugs: u16,
    /// What the alert says.
    pub words: Words,
}

/// How well a rule is established.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub enum Evidence {
    /// The product's label says so.
    Label,
    /// A guideline says so.
    Guideline,
    /// Shown in a trial or a pharmacokinetic study.
    Trial,
    /// Shown in cohorts.
    Cohort,
    /// Reported in cases.
    CaseReports,
    /// Expected from pharmacology.
    Pharmacology,
}

/// Allergens that a reaction to one of them makes suspect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AllergenGroup {
    /// Stable id.
    pub id: String,
    /// Name that reads well in a sentence.
    pub name: String,
    /// Tier of a drug of the group.
    pub tier: Tier,
    /// Drugs of the group.
    pub members: Side,
    /// Exact names in text-only allergy lists, normalised.
    pub names: Vec<String>,
    /// SNOMED CT concepts that mean the group.
    pub snomed: Vec<u64>,
    /// What the alert says.
    pub words: Words,
    /// Other drugs that may cross-react.
    pub cross: Vec<CrossReaction>,
    /// Facts of the patient that change its tier: the first that holds decides.
    pub contexts: Vec<Context>,
    /// How well it is established, where the table says so.
    pub evidence: Option<Evidence>,
    /// Position in [`Pack::sources`].
    pub source: u16,
    /// Day on which it was last checked against its source, `YYYY-MM-DD`.
    pub revised: String,
}

/// Drugs outside a group that may cross-react with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossReaction {
    /// These drugs.
    pub to: Side,
    /// How bad it is.
    pub tier: Tier,
    /// What the alert says.
    pub words: Words,
    /// Position in [`Pack::sources`].
    pub source: u16,
}

/// An allergen that is no drug.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NonDrug {
    /// SNOMED CT concept, where it has one.
    pub snomed: Option<u64>,
    /// Normalised name, where it is known by name.
    pub name: Option<String>,
    /// What it is.
    pub kind: NonDrugKind,
}

/// What an allergen that is no drug is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NonDrugKind {
    /// A food.
    Food,
    /// Something of the surroundings: pollen, animal, latex.
    Environment,
    /// Anything else that is no drug.
    Other,
    /// A statement that no allergy is known.
    NoneKnown,
}
