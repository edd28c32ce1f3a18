//! The same ingredient twice, and two drugs of a class of which one is enough.

use std::collections::{BTreeMap, BTreeSet};

use super::{Exposures, Hit, Seen};
use crate::chart::MedicationKind;
use crate::facts::{MedicationFact, State};
use crate::knowledge::{IngredientId, Knowledge, RuleId, RuleTest};
use crate::report::{AlertKind, Fact, Notice, Tier};

/// Duplicate ingredients and duplicate classes.
pub(crate) fn duplicates(exposures: &Exposures<'_>, knowledge: &Knowledge) -> Vec<Hit> {
    let mut hits = duplicate_classes(exposures, knowledge);
    hits.extend(duplicate_ingredients(exposures, knowledge));
    hits
}

fn duplicate_classes(exposures: &Exposures<'_>, knowledge: &Knowledge) -> Vec<Hit> {
    let mut members: BTreeMap<RuleId, Vec<IngredientId>> = BTreeMap::new();
    for ingredient in exposures.ingredients() {
        for rule in &knowledge.ingredient(ingredient).duplicates {
            members.entry(*rule).or_default().push(ingredient);
        }
    }
    let mut hits = Vec::new();
    for (rule, members) in members {
        let Some(RuleTest::DuplicateClass { tier, .. }) = knowledge.rule(rule).map(|rule| &rule.test) else { continue };
        let mut drugs = BTreeSet::new();
        let mut involves_draft = false;
        for (position, one) in members.iter().enumerate() {
            for other in members.iter().skip(position.saturating_add(1)) {
                if let Some(together) = exposures.apart(*one, *other) {
                    drugs.extend([*one, *other]);
                    involves_draft |= together.involves_draft;
                }
            }
        }
        if drugs.len() >= 2 {
            let medications = drugs.iter().flat_map(|drug| exposures.facts_of(*drug)).copied().collect();
            hits.push(hit(AlertKind::DuplicateClass, rule, *tier, drugs, medications, involves_draft));
        }
    }
    hits
}

fn hit(
    kind: AlertKind,
    rule: RuleId,
    tier: Tier,
    drugs: BTreeSet<IngredientId>,
    medications: BTreeSet<usize>,
    involves_draft: bool,
) -> Hit {
    Hit {
        kind,
        seen: Seen::Rule(rule, 0),
        tier,
        a: drugs,
        b: BTreeSet::new(),
        medications,
        allergies: BTreeSet::new(),
        involves_draft,
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
        .map(|((orders, draft), (drugs, tier))| hit(AlertKind::DuplicateIngredient, rule, tier, drugs, orders, draft))
        .collect()
}

/// Ingredients that stand in several orders. Statements, dispenses and administrations document an order; they are none.
fn repeated_orders<'e>(
    exposures: &'e Exposures<'_>,
    knowledge: &'e Knowledge,
) -> impl Iterator<Item = (IngredientId, Vec<(usize, &'e MedicationFact)>)> {
    exposures.ingredients().filter(|ingredient| !knowledge.ingredient(*ingredient).may_repeat).filter_map(
        |ingredient| {
            let orders: Vec<_> = exposures
                .facts(ingredient)
                .filter(|(_, fact)| fact.kind == MedicationKind::Request || fact.state == State::Draft)
                .collect();
            (orders.len() > 1).then_some((ingredient, orders))
        },
    )
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
