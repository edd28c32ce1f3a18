//! Doses: more of a drug than its label allows, and sums over several drugs.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::judge::{Judge, Missing, Subjects, Verdict, dosing_of};
use super::{Amount, Findings, Hit, Seen, Undecided};
use crate::facts::MedicationFact;
use crate::knowledge::{DoseLimit, DosePer, IngredientId, Route, RuleId, RuleTest, TotalContributor};
use crate::report::{AlertKind, Tier};

/// Every order above a limit, and every sum that reaches a level.
pub(crate) fn doses(judge: &Judge<'_>, findings: &mut Findings) {
    let mut totals: BTreeSet<RuleId> = BTreeSet::new();
    for ingredient in judge.exposures.ingredients() {
        let index = judge.knowledge.ingredient(ingredient);
        totals.extend(&index.totals);
        for rule in &index.doses {
            let Some(RuleTest::Dose { routes, limits, .. }) = judge.knowledge.rule(*rule).map(|rule| &rule.test) else {
                continue;
            };
            one_drug(judge, *rule, ingredient, routes, limits, findings);
        }
    }
    for rule in totals {
        total(judge, rule, findings);
    }
}

/// Whether an order may be given by one of these routes: one of unknown route may.
fn may_be(fact: &MedicationFact, routes: &[Route]) -> bool {
    fact.routes.is_empty() || fact.routes.iter().any(|route| routes.contains(route))
}

fn one_drug(
    judge: &Judge<'_>,
    rule: RuleId,
    ingredient: IngredientId,
    routes: &[Route],
    limits: &[DoseLimit],
    findings: &mut Findings,
) {
    let (one, none) = (BTreeSet::from([ingredient]), BTreeSet::new());
    let subjects = Subjects { a: &one, b: &none };
    for (position, fact) in judge.exposures.facts(ingredient).filter(|(_, fact)| may_be(fact, routes)) {
        let unreadable = Undecided { rule, drug: ingredient, missing: BTreeSet::from([Missing::Dose(ingredient)]) };
        let Some(dosing) = dosing_of(fact, ingredient) else {
            findings.undecided.push(unreadable);
            continue;
        };
        let mut missing: BTreeSet<Missing> = BTreeSet::new();
        for (level, limit) in (0_u16..).zip(limits) {
            let grounds = match judge.all(&limit.when, subjects) {
                Verdict::Holds(grounds) => grounds,
                Verdict::Fails => continue,
                Verdict::Unknown(lacking) => {
                    // It matters only where the dose is above this limit.
                    if excess(judge, limit, &dosing).is_some() {
                        missing.extend(lacking);
                    }
                    continue;
                }
            };
            let Some((amount, ratio)) = excess(judge, limit, &dosing) else {
                if limit.most.iter().any(|(_, most)| judge.limit(most).is_none()) {
                    let weight = judge.knowledge.pack().roles.weight;
                    missing.insert(Missing::Measurement(weight, 365));
                } else if limit.most.iter().all(|(per, most)| most.unit != dosing.unit || dosing.over(*per).is_none()) {
                    findings.undecided.push(unreadable.clone());
                }
                break;
            };
            let tier = if ratio >= limit.much.decimal() { limit.tier.max(Tier::Major) } else { limit.tier };
            findings.hits.push(Hit {
                grounds,
                medications: BTreeSet::from([position]),
                involves_draft: judge.exposures.is_draft(position),
                amount: Some(amount),
                ..Hit::of(AlertKind::Dose, Seen::Rule(rule, level), tier, one.clone(), judge.exposures)
            });
            missing.clear();
            break;
        }
        if !missing.is_empty() {
            findings.undecided.push(Undecided { rule, drug: ingredient, missing });
        }
    }
}

/// The amount that is the furthest above a limit, and its multiple of the limit.
fn excess(judge: &Judge<'_>, limit: &DoseLimit, dosing: &crate::facts::Dosing) -> Option<(Amount, Decimal)> {
    let above = limit.most.iter().filter(|(_, most)| most.unit == dosing.unit).filter_map(|(per, most)| {
        let allowed = judge.limit(most).filter(|allowed| *allowed > Decimal::ZERO)?;
        let given = dosing.over(*per)?;
        let ratio = given.checked_div(allowed)?;
        (given > allowed).then_some((Amount::Dose { given, allowed, unit: most.unit, per: *per }, ratio))
    });
    above.max_by_key(|(_, ratio)| *ratio)
}

fn total(judge: &Judge<'_>, rule: RuleId, findings: &mut Findings) {
    let Some(RuleTest::Total { contributors, levels, .. }) = judge.knowledge.rule(rule).map(|rule| &rule.test) else {
        return;
    };
    // Two orders of one product are most often a renewal: the greater one counts.
    let mut by_product: BTreeMap<(IngredientId, &str), (Decimal, usize)> = BTreeMap::new();
    let mut unknown: BTreeSet<IngredientId> = BTreeSet::new();
    for contributor in contributors {
        let drug = contributor.ingredient;
        for (position, fact) in judge.exposures.facts(drug).filter(|(_, fact)| may_be(fact, &contributor.routes)) {
            match added(contributor, fact) {
                Some(Some(amount)) => {
                    let known = by_product.entry((drug, fact.product.as_str())).or_insert((amount, position));
                    *known = (*known).max((amount, position));
                }
                Some(None) => {}
                None => {
                    unknown.insert(drug);
                }
            }
        }
    }
    let Some(sum) = by_product.values().try_fold(Decimal::ZERO, |sum, (amount, _)| sum.checked_add(*amount)) else {
        return;
    };
    let drugs: BTreeSet<IngredientId> = by_product.keys().map(|(drug, _)| *drug).collect();
    let medications: BTreeSet<usize> = by_product.values().map(|(_, position)| *position).collect();
    let none = BTreeSet::new();
    let subjects = Subjects { a: &drugs, b: &none };
    let missing: BTreeSet<Missing> = unknown.iter().map(|drug| Missing::Dose(*drug)).collect();
    for (position, level) in (0_u16..).zip(levels).filter(|(_, level)| !drugs.is_empty() && sum >= level.from.decimal())
    {
        let Verdict::Holds(grounds) = judge.all(&level.when, subjects) else { continue };
        findings.hits.push(Hit {
            grounds,
            involves_draft: medications.iter().any(|position| judge.exposures.is_draft(*position)),
            medications,
            missing,
            amount: Some(Amount::Total(sum)),
            ..Hit::of(AlertKind::Dose, Seen::Rule(rule, position), level.tier, drugs, judge.exposures)
        });
        return;
    }
    for drug in unknown {
        findings.undecided.push(Undecided { rule, drug, missing: BTreeSet::from([Missing::Dose(drug)]) });
    }
}

/// What an order adds: `None` where its dose is not known, `Some(None)` where this contributor counts another unit.
fn added(contributor: &TotalContributor, fact: &MedicationFact) -> Option<Option<Decimal>> {
    let dosing = dosing_of(fact, contributor.ingredient)?;
    if dosing.unit != contributor.unit {
        return Some(None);
    }
    let amount = dosing.over(DosePer::Day)?.checked_mul(contributor.factor.decimal())?;
    Some(Some(amount))
}
