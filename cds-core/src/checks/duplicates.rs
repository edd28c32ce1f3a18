//! The same ingredient twice, and two drugs of a class of which one is enough.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::{Judge, Subjects};
use super::{Because, Exposures, Hit, Seen};
use crate::chart::MedicationKind;
use crate::facts::{MedicationFact, State};
use crate::knowledge::{IngredientId, Knowledge, Route, RuleId, RuleTest};
use crate::report::{AlertKind, Fact, Notice, Tier};

/// Duplicate ingredients and duplicate classes.
pub(crate) fn duplicates(judge: &Judge<'_>) -> Vec<Hit> {
    let mut hits = duplicate_classes(judge);
    hits.extend(duplicate_ingredients(judge.exposures, judge.knowledge));
    hits
}

fn duplicate_classes(judge: &Judge<'_>) -> Vec<Hit> {
    let (exposures, knowledge) = (judge.exposures, judge.knowledge);
    let mut members: BTreeMap<RuleId, Vec<IngredientId>> = BTreeMap::new();
    for ingredient in exposures.ingredients() {
        for rule in &knowledge.ingredient(ingredient).duplicates {
            members.entry(*rule).or_default().push(ingredient);
        }
    }
    let mut hits = Vec::new();
    for (id, members) in members {
        let Some(rule) = knowledge.rule(id) else { continue };
        let RuleTest::DuplicateClass { tier, .. } = &rule.test else { continue };
        let mut drugs = BTreeSet::new();
        let mut involves_draft = false;
        for (position, one) in members.iter().enumerate() {
            for other in members.iter().skip(position.saturating_add(1)) {
                // An eye drop and a tablet of one class are no duplication.
                if exposures.places(*one).is_disjoint(&exposures.places(*other)) {
                    continue;
                }
                if let Some(together) = exposures.apart(*one, *other) {
                    drugs.extend([*one, *other]);
                    involves_draft |= together.involves_draft;
                }
            }
        }
        if drugs.len() >= 2 {
            let adjusted = judge.adjust(*tier, &rule.contexts, Subjects { a: &drugs, b: &drugs });
            let mut hit = Hit {
                involves_draft,
                grounds: adjusted.grounds,
                missing: adjusted.missing,
                ..Hit::of(AlertKind::DuplicateClass, Seen::Rule(id, 0), *tier, drugs, exposures)
            };
            if let Some(context) = adjusted.by {
                hit.change(adjusted.tier, Because::Context(context));
            }
            hits.push(hit);
        }
    }
    hits
}

/// Where an order acts: in the whole body, or in one place. What is not known acts in the body.
fn place(fact: &MedicationFact, ingredient: IngredientId, knowledge: &Knowledge) -> Option<Route> {
    if fact.is_local(ingredient, knowledge) { fact.routes.first().copied() } else { None }
}

impl Exposures<'_> {
    /// Where the orders of a drug act.
    fn places(&self, ingredient: IngredientId) -> BTreeSet<Option<Route>> {
        self.facts(ingredient).map(|(_, fact)| place(fact, ingredient, self.knowledge)).collect()
    }
}

fn duplicate_ingredients(exposures: &Exposures<'_>, knowledge: &Knowledge) -> Vec<Hit> {
    let rules = (0_u16..).zip(&knowledge.pack().rules);
    let rule = rules.filter_map(|(id, rule)| match &rule.test {
        RuleTest::DuplicateIngredient { draft_tier, hidden_tier, plain_tier, .. } => {
            Some((id, *draft_tier, *hidden_tier, *plain_tier))
        }
        _ => None,
    });
    let Some((rule, draft_tier, hidden_tier, plain_tier)) = rule.into_iter().next() else { return Vec::new() };
    // Products that share several ingredients are one duplication, not one for each ingredient.
    let mut by_orders: BTreeMap<(BTreeSet<usize>, bool), (BTreeSet<IngredientId>, Tier)> = BTreeMap::new();
    for (ingredient, orders) in repeated_orders(exposures, knowledge) {
        let draft = orders.iter().any(|(_, fact)| fact.state == State::Draft);
        let products: BTreeSet<&str> = orders.iter().map(|(_, fact)| fact.product.as_str()).collect();
        let tier = match (draft, products.len()) {
            // Ordering the very product again is most often a renewal.
            (true, 1) => plain_tier.min(draft_tier),
            (true, _) => draft_tier,
            // The same product again is most often a renewal: a notice, no alert.
            (false, 1) => continue,
            _ if orders.iter().any(|(_, fact)| fact.ingredients.len() > 1) => hidden_tier,
            _ => plain_tier,
        };
        let positions = orders.iter().map(|(position, _)| *position).collect();
        let (drugs, highest) = by_orders.entry((positions, draft)).or_insert_with(|| (BTreeSet::new(), tier));
        drugs.insert(ingredient);
        *highest = tier.max(*highest);
    }
    by_orders
        .into_iter()
        .map(|((orders, draft), (drugs, tier))| Hit {
            medications: orders,
            involves_draft: draft,
            ..Hit::of(AlertKind::DuplicateIngredient, Seen::Rule(rule, 0), tier, drugs, exposures)
        })
        .collect()
}

/// Ingredients that stand in several orders. Statements, dispenses and administrations document an order; they are none.
fn repeated_orders<'e>(
    exposures: &'e Exposures<'_>,
    knowledge: &'e Knowledge,
) -> impl Iterator<Item = (IngredientId, Vec<(usize, &'e MedicationFact)>)> {
    let repeated = exposures.ingredients().filter(|ingredient| !knowledge.ingredient(*ingredient).may_repeat);
    repeated.flat_map(|ingredient| {
        let mut by_place: BTreeMap<Option<Route>, Vec<(usize, &MedicationFact)>> = BTreeMap::new();
        for (position, fact) in exposures.facts(ingredient) {
            if fact.kind == MedicationKind::Request || fact.state == State::Draft {
                by_place.entry(place(fact, ingredient, knowledge)).or_default().push((position, fact));
            }
        }
        by_place.into_values().filter(|orders| orders.len() > 1).map(move |orders| (ingredient, orders))
    })
}

/// Several active orders of one product: most often a renewal whose earlier order was left open.
pub(crate) fn possible_renewals(exposures: &Exposures<'_>, knowledge: &Knowledge) -> Option<Notice> {
    let mut products: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (_, orders) in repeated_orders(exposures, knowledge) {
        for (position, fact) in orders.into_iter().filter(|(_, fact)| fact.state == State::Active) {
            products.entry(fact.product.as_str()).or_default().insert(position);
        }
    }
    products.retain(|_, orders| orders.len() > 1);
    let positions: BTreeSet<usize> = products.into_values().flatten().collect();
    let orders: Vec<&MedicationFact> =
        positions.iter().filter_map(|position| exposures.medications.get(*position)).collect();
    let names: BTreeSet<&str> =
        orders.iter().flat_map(|fact| &fact.ingredients).map(|ingredient| knowledge.name(*ingredient)).collect();
    let facts: Vec<Fact> = orders.iter().flat_map(|fact| fact.facts()).collect();
    (!facts.is_empty()).then(|| Notice {
        code: "possible-renewals".to_owned(),
        text: format!(
            "Several active orders of the same product of {}: most often a renewal. Stop the orders that were replaced.",
            crate::facts::join(names.into_iter())
        ),
        facts,
    })
}
