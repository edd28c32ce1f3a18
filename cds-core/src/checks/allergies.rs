//! Drugs against allergies: the very ingredient, another member of its group, or a drug that may cross-react.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::{Judge, Subjects};
use super::{Because, Hit, Seen};
use crate::facts::Allergen;
use crate::knowledge::{Context, IngredientId, Knowledge, RuleId, RuleTest};
use crate::report::{AlertKind, Tier};

/// One hit for each drug, allergen and reason; those of one drug and allergen fold into one alert.
pub(crate) fn allergies(judge: &Judge<'_>) -> Vec<Hit> {
    let (exposures, knowledge, allergies) = (judge.exposures, judge.knowledge, &judge.facts.allergies);
    let same_allergen = (0_u16..).zip(&knowledge.pack().rules).find_map(|(id, rule)| match rule.test {
        RuleTest::SameAllergen { tier, .. } => Some((id, tier)),
        _ => None,
    });
    let mut by_allergen: BTreeMap<&Allergen, Vec<usize>> = BTreeMap::new();
    for (position, allergy) in allergies.iter().enumerate().filter(|(_, allergy)| allergy.active) {
        by_allergen.entry(&allergy.allergen).or_default().push(position);
    }
    let mut hits = Vec::new();
    for (allergen, positions) in by_allergen {
        // Recorded by everybody as an intolerance of low criticality: one tier lower, still shown.
        let mild = positions.iter().all(|position| allergies.get(*position).is_some_and(|allergy| allergy.mild));
        for ingredient in exposures.ingredients() {
            for (tier, seen) in reasons(allergen, ingredient, same_allergen, knowledge) {
                let tier = if mild { lower(tier) } else { tier };
                let (drug, none) = (BTreeSet::from([ingredient]), BTreeSet::new());
                let adjusted = judge.adjust(tier, contexts(seen, knowledge), Subjects { a: &drug, b: &none });
                let mut hit = Hit {
                    allergies: positions.iter().copied().collect(),
                    grounds: adjusted.grounds,
                    missing: adjusted.missing,
                    ..Hit::of(AlertKind::DrugAllergy, seen, tier, drug, exposures)
                };
                if let Some(context) = adjusted.by {
                    hit.change(adjusted.tier, Because::Context(context));
                }
                hits.push(hit);
            }
        }
    }
    hits
}

fn contexts(seen: Seen, knowledge: &Knowledge) -> &[Context] {
    let group = match seen {
        Seen::AllergenGroup(group) => group,
        Seen::Rule(..) | Seen::CrossReaction(..) => return &[],
    };
    knowledge.pack().allergens.get(usize::from(group)).map_or(&[], |group| group.contexts.as_slice())
}

fn reasons(
    allergen: &Allergen,
    drug: IngredientId,
    same_allergen: Option<(RuleId, Tier)>,
    knowledge: &Knowledge,
) -> Vec<(Tier, Seen)> {
    let mut reasons = Vec::new();
    let groups: BTreeSet<u16> = match allergen {
        Allergen::NonDrug(_) => return reasons,
        Allergen::Group(group) => [*group].into(),
        Allergen::Ingredients(ingredients) => {
            if ingredients.contains(&drug) {
                reasons.extend(same_allergen.map(|(rule, tier)| (tier, Seen::Rule(rule, 0))));
            }
            ingredients
                .iter()
                .flat_map(|ingredient| knowledge.ingredient(*ingredient).allergen_groups.iter().copied())
                .collect()
        }
    };
    let index = knowledge.ingredient(drug);
    for group in groups {
        let Some(known) = knowledge.pack().allergens.get(usize::from(group)) else { continue };
        if index.allergen_groups.contains(&group) {
            reasons.push((known.tier, Seen::AllergenGroup(group)));
        }
        for (_, cross) in index.cross_reactions.iter().filter(|(of, _)| *of == group) {
            if let Some(reaction) = known.cross.get(usize::from(*cross)) {
                reasons.push((reaction.tier, Seen::CrossReaction(group, *cross)));
            }
        }
    }
    reasons
}

fn lower(tier: Tier) -> Tier {
    match tier {
        Tier::Contraindicated => Tier::Major,
        Tier::Major => Tier::Moderate,
        Tier::Moderate | Tier::Minor => Tier::Minor,
    }
}
