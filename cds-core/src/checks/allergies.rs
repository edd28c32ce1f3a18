//! Drugs against allergies: the very ingredient, another member of its group, or a drug that may cross-react.

use std::collections::{BTreeMap, BTreeSet};

use super::{Exposures, Hit, Seen};
use crate::facts::{Allergen, AllergyFact, State};
use crate::knowledge::{IngredientId, Knowledge, RuleId, RuleTest};
use crate::report::{AlertKind, Tier};

/// One hit for each drug and allergen; where several reasons hold, the strongest.
pub(crate) fn allergies(exposures: &Exposures<'_>, allergies: &[AllergyFact], knowledge: &Knowledge) -> Vec<Hit> {
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
            let reasons = reasons(allergen, ingredient, same_allergen, knowledge);
            let strongest = reasons.into_iter().max_by_key(|(tier, seen)| (*tier, std::cmp::Reverse(*seen)));
            let Some((tier, seen)) = strongest else { continue };
            hits.push(Hit {
                kind: AlertKind::DrugAllergy,
                seen,
                tier: if mild { lower(tier) } else { tier },
                a: [ingredient].into(),
                b: BTreeSet::new(),
                medications: exposures.facts_of(ingredient).iter().copied().collect(),
                allergies: positions.iter().copied().collect(),
                involves_draft: exposures.facts(ingredient).any(|(_, fact)| fact.state == State::Draft),
            });
        }
    }
    hits
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
