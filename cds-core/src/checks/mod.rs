//! The checks: each looks at the facts and returns hits. None of them knows a drug by name, or how a hit is worded.

mod allergies;
mod doses;
mod duplicates;
mod effects;
mod interactions;
mod judge;
mod patient;
mod site;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use allergies::allergies;
pub(crate) use duplicates::{duplicates, possible_renewals};
pub(crate) use effects::effects;
pub(crate) use interactions::interactions;
use judge::Judge;
pub(crate) use judge::{Ground, Missing};
pub(crate) use site::apply as apply_site_policy;

use rust_decimal::Decimal;

use crate::chart::MedicationKind;
use crate::facts::{AsOf, Facts, MedicationFact, State};
use crate::knowledge::{DosePer, DoseUnit, IngredientId, Knowledge, Route, RuleId};
use crate::report::{AlertKind, Tier};

/// The ingredients that the patient is on or that are being ordered, each with the facts that say so.
pub(crate) struct Exposures<'f> {
    medications: &'f [MedicationFact],
    knowledge: &'f Knowledge,
    by_ingredient: BTreeMap<IngredientId, Vec<usize>>,
}

impl<'f> Exposures<'f> {
    /// The exposures of the facts that count.
    pub fn of(medications: &'f [MedicationFact], knowledge: &'f Knowledge) -> Self {
        let mut by_ingredient: BTreeMap<IngredientId, Vec<usize>> = BTreeMap::new();
        for (position, fact) in medications.iter().enumerate().filter(|(_, fact)| fact.counts()) {
            for ingredient in &fact.ingredients {
                by_ingredient.entry(*ingredient).or_default().push(position);
            }
        }
        Self { medications, knowledge, by_ingredient }
    }

    /// Ingredients, ascending.
    pub fn ingredients(&self) -> impl Iterator<Item = IngredientId> + '_ {
        self.by_ingredient.keys().copied()
    }

    /// Positions of the facts that hold an ingredient.
    pub fn facts_of(&self, ingredient: IngredientId) -> &[usize] {
        self.by_ingredient.get(&ingredient).map_or(&[], Vec::as_slice)
    }

    /// Facts that hold an ingredient, with their positions.
    pub fn facts(&self, ingredient: IngredientId) -> impl Iterator<Item = (usize, &'f MedicationFact)> + '_ {
        self.facts_of(ingredient).iter().filter_map(|position| Some((*position, self.medications.get(*position)?)))
    }

    /// Whether two ingredients come from different products, and whether a draft is one of these. Ingredients of one
    /// fixed-dose product are meant to be together, also where it was both ordered and handed out.
    pub fn apart(&self, one: IngredientId, other: IngredientId) -> Option<Together> {
        let (first, second) = (self.facts_of(one), self.facts_of(other));
        // Each product that holds one ingredient without the other, with every product that holds the other.
        let (alone, other_alone) = (without(first, second), without(second, first));
        let pairings = [(&alone, second), (&other_alone, first)];
        let met = pairings.iter().filter(|(alone, others)| !alone.is_empty() && !others.is_empty());
        let drafted = |facts: &[usize]| facts.iter().any(|position| self.is_draft(*position));
        met.map(|(alone, others)| drafted(alone) || drafted(others))
            .reduce(|one, other| one || other)
            .map(|involves_draft| Together { involves_draft })
    }

    /// Whether these ingredients stand in nothing but products that hold all of them.
    pub fn always_together(&self, ingredients: &BTreeSet<IngredientId>) -> bool {
        let facts: BTreeSet<&[usize]> = ingredients.iter().map(|ingredient| self.facts_of(*ingredient)).collect();
        facts.len() < 2
    }

    /// The facts that say how much of a drug is taken: its orders and statements, and only where there are none what was handed out or
    /// given, which repeats them.
    pub fn orders(&self, ingredient: IngredientId) -> Vec<&'f MedicationFact> {
        let facts: Vec<&MedicationFact> = self.facts(ingredient).map(|(_, fact)| fact).collect();
        let documents = |fact: &&MedicationFact| {
            matches!(fact.kind, MedicationKind::Dispense | MedicationKind::Administration) && fact.state != State::Draft
        };
        let orders: Vec<&MedicationFact> = facts.iter().copied().filter(|fact| !documents(fact)).collect();
        if orders.is_empty() { facts } else { orders }
    }

    /// Whether a drug reaches the body from some order: given by a route that does, by an unknown one, or by one of these local
    /// routes.
    pub fn reaches_body(&self, ingredient: IngredientId, local: &[Route]) -> bool {
        let counts = |fact: &MedicationFact| {
            !fact.is_local(ingredient, self.knowledge) || fact.routes.iter().any(|route| local.contains(route))
        };
        self.facts(ingredient).any(|(_, fact)| counts(fact))
    }

    /// The local routes of a drug that does not reach the body.
    pub fn local_routes(&self, ingredient: IngredientId) -> BTreeSet<Route> {
        self.facts(ingredient).flat_map(|(_, fact)| fact.routes.iter().copied()).collect()
    }

    fn is_draft(&self, position: usize) -> bool {
        self.medications.get(position).is_some_and(|fact| fact.state == State::Draft)
    }

    /// Number of pairs of different ingredients.
    pub fn pairs(&self) -> u32 {
        let count = u32::try_from(self.by_ingredient.len()).unwrap_or(u32::MAX);
        count.saturating_mul(count.saturating_sub(1)) / 2
    }
}

/// The positions of the first that the second lacks; both ascend.
fn without(positions: &[usize], others: &[usize]) -> Vec<usize> {
    positions.iter().copied().filter(|position| others.binary_search(position).is_err()).collect()
}

/// Two ingredients that the patient has from different products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Together {
    /// Whether one of the products is being ordered.
    pub involves_draft: bool,
}

/// Which entry of the knowledge a hit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Seen {
    /// A rule; for an additive effect also the level that holds.
    Rule(RuleId, u16),
    /// An allergen group, whose member the drug is.
    AllergenGroup(u16),
    /// A cross-reaction of an allergen group.
    CrossReaction(u16, u16),
}

/// Why a hit's tier is not its rule's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Because {
    /// A context of the rule, by position.
    Context(u16),
    /// These drugs are given so that little of them reaches the body.
    Local(BTreeSet<IngredientId>),
    /// The site's policy, by position among its changes.
    Site(usize),
}

/// A change of a hit's tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub from: Tier,
    pub to: Tier,
    pub because: Because,
}

/// An amount that a hit is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    /// A dose and the limit that it is above.
    Dose { given: Decimal, allowed: Decimal, unit: DoseUnit, per: DosePer },
    /// A sum of doses.
    Total(Decimal),
}

/// Something that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    pub kind: AlertKind,
    pub seen: Seen,
    pub tier: Tier,
    /// Drugs on the first side; all drugs where there are no sides.
    pub a: BTreeSet<IngredientId>,
    /// Drugs on the second side.
    pub b: BTreeSet<IngredientId>,
    /// Positions of the medication facts.
    pub medications: BTreeSet<usize>,
    /// Positions of the allergy facts.
    pub allergies: BTreeSet<usize>,
    pub involves_draft: bool,
    /// What changed its tier, in order.
    pub changes: Vec<Change>,
    /// Other facts that it rests on.
    pub grounds: BTreeSet<Ground>,
    /// What the chart lacks to place it better.
    pub missing: BTreeSet<Missing>,
    /// The amount that it is about.
    pub amount: Option<Amount>,
}

impl Hit {
    /// All its drugs.
    pub fn drugs(&self) -> impl Iterator<Item = IngredientId> + '_ {
        self.a.union(&self.b).copied()
    }

    fn change(&mut self, to: Tier, because: Because) {
        if to != self.tier {
            self.changes.push(Change { from: self.tier, to, because });
            self.tier = to;
        }
    }
}

/// A rule that the chart does not decide for a drug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Undecided {
    pub rule: RuleId,
    pub drug: IngredientId,
    pub missing: BTreeSet<Missing>,
}

/// What the checks found, and what they could not decide.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub hits: Vec<Hit>,
    pub undecided: Vec<Undecided>,
}

/// Runs every check over the facts.
pub(crate) fn all(facts: &Facts, exposures: &Exposures<'_>, as_of: AsOf, knowledge: &Knowledge) -> Findings {
    let judge = Judge { facts, exposures, knowledge, as_of };
    let mut findings = Findings { hits: between_drugs(&judge), undecided: Vec::new() };
    findings.hits.extend(allergies(&judge));
    patient::patient(&judge, &mut findings);
    doses::doses(&judge, &mut findings);
    findings
}

/// What drugs do to one another, whoever takes them.
pub(crate) fn pairwise(facts: &Facts, as_of: AsOf, knowledge: &Knowledge) -> Vec<Hit> {
    let exposures = Exposures::of(&facts.medications, knowledge);
    between_drugs(&Judge { facts, exposures: &exposures, knowledge, as_of })
}

fn between_drugs(judge: &Judge<'_>) -> Vec<Hit> {
    let mut hits = interactions(judge);
    hits.extend(effects(judge));
    hits.extend(duplicates(judge));
    hits
}
