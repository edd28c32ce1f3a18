//! Interactions between two drugs: an edge of the graph between ingredients or classes, or a path through an enzyme or
//! transporter. Work grows with the rules that the patient's drugs are in, not with the rules of the pack.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::{Judge, Subjects};
use super::{Because, Hit, Seen};
use crate::knowledge::{IngredientId, RuleId, RuleTest, Side};
use crate::report::{AlertKind, Tier};

/// Every pair of drugs that some interaction rule has on its two sides.
pub(crate) fn interactions(judge: &Judge<'_>) -> Vec<Hit> {
    let (exposures, knowledge) = (judge.exposures, judge.knowledge);
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
    for (id, (on_a, on_b)) in sides {
        if on_a.is_empty() || on_b.is_empty() {
            continue;
        }
        let Some(rule) = knowledge.rule(id) else { continue };
        let RuleTest::Interaction { tier, a, b, .. } = &rule.test else { continue };
        let mut seen = BTreeSet::new();
        for one in &on_a {
            for other in &on_b {
                // Where both drugs are on both sides, the pair is met twice.
                if one == other || !seen.insert((one.min(other), one.max(other))) {
                    continue;
                }
                let Some(together) = exposures.apart(*one, *other) else { continue };
                let (drugs_a, drugs_b) = (BTreeSet::from([*one]), BTreeSet::from([*other]));
                let subjects = Subjects { a: &drugs_a, b: &drugs_b };
                let adjusted = judge.adjust(*tier, &rule.contexts, subjects);
                let local = local(judge, [(*one, a), (*other, b)]);
                let mut hit = Hit {
                    b: drugs_b.clone(),
                    grounds: adjusted.grounds,
                    missing: adjusted.missing,
                    ..Hit::of(AlertKind::DrugInteraction, Seen::Rule(id, 0), *tier, drugs_a.clone(), exposures)
                };
                hit.medications.extend(exposures.facts_of(*other));
                hit.involves_draft = together.involves_draft;
                if let Some(context) = adjusted.by {
                    hit.change(adjusted.tier, Because::Context(context));
                }
                if !local.is_empty() {
                    hit.change(hit.tier.min(Tier::Minor), Because::Local(local));
                }
                hits.push(hit);
            }
        }
    }
    hits
}

/// The drugs that do not reach the body, and do not count locally on their side either.
fn local(judge: &Judge<'_>, drugs: [(IngredientId, &Side); 2]) -> BTreeSet<IngredientId> {
    let local = drugs.into_iter().filter(|(drug, side)| !judge.exposures.reaches_body(*drug, &side.local));
    local.map(|(drug, _)| drug).collect()
}
