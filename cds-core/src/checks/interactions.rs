//! Interactions between two drugs: an edge of the graph between ingredients or classes, or a path through an enzyme or
//! transporter. Work grows with the rules that the patient's drugs are in, not with the rules of the pack.

use std::collections::{BTreeMap, BTreeSet};

use super::{Exposures, Hit, Seen};
use crate::knowledge::{IngredientId, Knowledge, RuleId, RuleTest};
use crate::report::AlertKind;

/// Every pair of drugs that some interaction rule has on its two sides.
pub(crate) fn interactions(exposures: &Exposures<'_>, knowledge: &Knowledge) -> Vec<Hit> {
    let mut sides: BTreeMap<RuleId, (Vec<IngredientId>, Vec<IngredientId>)> = BTreeMap::new();
    for ingredient in exposures.ingredients() {
        let index = knowledge.ingredient(ingredient);
        for rule in &index.side_a {
            sides.entry(*rule).or_default().0.push(ingredient);
        }
        for rule in &index.side_b {
            sides.entry(*rule).or_default().1.push(ingredient);
        }
    }
    let mut hits = Vec::new();
    for (rule, (a, b)) in sides {
        let Some(RuleTest::Interaction { tier, .. }) = knowledge.rule(rule).map(|rule| &rule.test) else { continue };
        let mut seen = BTreeSet::new();
        for one in &a {
            for other in &b {
                // Where both drugs are on both sides, the pair is met twice.
                if one == other || !seen.insert((one.min(other), one.max(other))) {
                    continue;
                }
                if let Some(together) = exposures.apart(*one, *other) {
                    hits.push(Hit {
                        kind: AlertKind::DrugInteraction,
                        seen: Seen::Rule(rule, 0),
                        tier: *tier,
                        a: [*one].into(),
                        b: [*other].into(),
                        medications: exposures
                            .facts_of(*one)
                            .iter()
                            .chain(exposures.facts_of(*other))
                            .copied()
                            .collect(),
                        allergies: BTreeSet::new(),
                        involves_draft: together.involves_draft,
                    });
                }
            }
        }
    }
    hits
}
