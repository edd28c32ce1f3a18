//! Additive effects: contributions of several drugs to one effect, as a sum.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::{Judge, Subjects};
use super::{Because, Hit, Seen};
use crate::knowledge::{IngredientId, RuleId, RuleTest};
use crate::report::AlertKind;

/// Every effect whose contributions reach a level. All contributors are named; what is given locally adds nothing.
pub(crate) fn effects(judge: &Judge<'_>) -> Vec<Hit> {
    let (exposures, knowledge) = (judge.exposures, judge.knowledge);
    let mut contributors: BTreeMap<RuleId, Vec<(IngredientId, u8)>> = BTreeMap::new();
    for ingredient in exposures.ingredients() {
        for (rule, weight) in &knowledge.ingredient(ingredient).effects {
            if exposures.reaches_body(ingredient, &[]) {
                contributors.entry(*rule).or_default().push((ingredient, *weight));
            }
        }
    }
    let mut hits = Vec::new();
    for (id, contributors) in contributors {
        let Some(rule) = knowledge.rule(id) else { continue };
        let RuleTest::AdditiveEffect { levels, .. } = &rule.test else { continue };
        let sum = contributors.iter().fold(0_u16, |sum, (_, weight)| sum.saturating_add(u16::from(*weight)));
        let count = u16::try_from(contributors.len()).unwrap_or(u16::MAX);
        let level = (0_u16..).zip(levels).find(|(_, level)| sum >= level.sum && count >= level.drugs);
        let Some((position, level)) = level else { continue };
        let drugs: BTreeSet<IngredientId> = contributors.iter().map(|(ingredient, _)| *ingredient).collect();
        // The ingredients of one fixed-dose product are meant to be together.
        if exposures.always_together(&drugs) {
            continue;
        }
        let adjusted = judge.adjust(level.tier, &rule.contexts, Subjects { a: &drugs, b: &drugs });
        let mut hit = Hit {
            grounds: adjusted.grounds,
            missing: adjusted.missing,
            ..Hit::of(AlertKind::AdditiveEffect, Seen::Rule(id, position), level.tier, drugs, exposures)
        };
        if let Some(context) = adjusted.by {
            hit.change(adjusted.tier, Because::Context(context));
        }
        hits.push(hit);
    }
    hits
}
