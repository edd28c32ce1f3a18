//! Additive effects: contributions of several drugs to one effect, as a sum.

use std::collections::{BTreeMap, BTreeSet};

use super::{Exposures, Hit, Seen};
use crate::facts::State;
use crate::knowledge::{IngredientId, Knowledge, RuleId, RuleTest};
use crate::report::AlertKind;

/// Every effect whose contributions reach a level. All contributors are named.
pub(crate) fn effects(exposures: &Exposures<'_>, knowledge: &Knowledge) -> Vec<Hit> {
    let mut contributors: BTreeMap<RuleId, Vec<(IngredientId, u8)>> = BTreeMap::new();
    for ingredient in exposures.ingredients() {
        for (rule, weight) in &knowledge.ingredient(ingredient).effects {
            contributors.entry(*rule).or_default().push((ingredient, *weight));
        }
    }
    let mut hits = Vec::new();
    for (rule, contributors) in contributors {
        let Some(RuleTest::AdditiveEffect { levels, .. }) = knowledge.rule(rule).map(|rule| &rule.test) else {
            continue;
        };
        let sum = contributors.iter().fold(0_u16, |sum, (_, weight)| sum.saturating_add(u16::from(*weight)));
        let count = u16::try_from(contributors.len()).unwrap_or(u16::MAX);
        let level = (0_u16..).zip(levels).find(|(_, level)| sum >= level.sum && count >= level.drugs);
        let Some((position, level)) = level else { continue };
        let drugs: BTreeSet<IngredientId> = contributors.iter().map(|(ingredient, _)| *ingredient).collect();
        let medications: BTreeSet<usize> = drugs.iter().flat_map(|drug| exposures.facts_of(*drug)).copied().collect();
        // The ingredients of one fixed-dose product are meant to be together.
        if exposures.always_together(&drugs) {
            continue;
        }
        let involves_draft = medications
            .iter()
            .any(|position| exposures.medications.get(*position).is_some_and(|fact| fact.state == State::Draft));
        hits.push(Hit {
            kind: AlertKind::AdditiveEffect,
            seen: Seen::Rule(rule, position),
            tier: level.tier,
            a: drugs,
            b: BTreeSet::new(),
            medications,
            allergies: BTreeSet::new(),
            involves_draft,
        });
    }
    hits
}
