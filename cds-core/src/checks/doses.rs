//! Doses: more of a drug than its label allows, and sums over several drugs.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::judge::{Judge, Missing, Subjects, Verdict, dosing_of};
use super::{Amount, Findings, Hit, Seen, Undecided};
use crate::facts::{Dosing, MedicationFact, State};
use crate::knowledge::{DoseLimit, DosePer, DoseUnit, IngredientId, Route, RuleId, RuleTest, TotalContributor};
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
    let orders = judge.exposures.orders(ingredient);
    let (drafts, taken): (Vec<&MedicationFact>, Vec<&MedicationFact>) =
        orders.into_iter().filter(|fact| may_be(fact, routes)).partition(|fact| fact.state == State::Draft);
    // What is taken adds up over products; what is being ordered may be meant to take its place.
    let groups = drafts.into_iter().map(|draft| vec![draft]).chain([taken]).filter(|group| !group.is_empty());
    let mut unreadable = false;
    let mut missing: BTreeSet<Missing> = BTreeSet::new();
    for group in groups {
        let Some(given) = Given::of(&group, ingredient) else {
            unreadable = true;
            continue;
        };
        let mut open: BTreeSet<Missing> = BTreeSet::new();
        for (level, limit) in (0_u16..).zip(limits) {
            let grounds = match judge.all(&limit.when, subjects) {
                Verdict::Holds(grounds) => grounds,
                Verdict::Fails => continue,
                Verdict::Unknown(lacking) => {
                    // It matters only where the dose is above this limit.
                    if excess(judge, limit, &given).is_some() {
                        open.extend(lacking);
                    }
                    continue;
                }
            };
            let Some((amount, ratio)) = excess(judge, limit, &given) else {
                if limit.most.iter().any(|(_, most)| judge.limit(most).is_none()) {
                    let weight = judge.knowledge.pack().roles.weight;
                    open.insert(Missing::Measurement(weight, 365));
                } else if limit.most.iter().any(|(per, most)| given.over(most.unit, *per).is_none()) {
                    unreadable = true;
                }
                break;
            };
            let by_weight = limit.most.iter().any(|(_, most)| most.per_kilogram);
            let grounds = if by_weight { grounds.into_iter().chain(judge.weights()).collect() } else { grounds };
            let tier = if ratio >= limit.much.decimal() { limit.tier.max(Tier::Major) } else { limit.tier };
            let medications: BTreeSet<usize> = judge
                .exposures
                .facts(ingredient)
                .filter(|(_, fact)| group.iter().any(|one| std::ptr::eq(*one, *fact)))
                .map(|(position, _)| position)
                .collect();
            findings.hits.push(Hit {
                grounds,
                involves_draft: medications.iter().any(|position| judge.exposures.is_draft(*position)),
                medications,
                amount: Some(amount),
                ..Hit::of(AlertKind::Dose, Seen::Rule(rule, level), tier, one.clone(), judge.exposures)
            });
            open.clear();
            break;
        }
        missing.extend(open);
    }
    if unreadable {
        missing.insert(Missing::Dose(ingredient));
    }
    if !missing.is_empty() {
        findings.undecided.push(Undecided { rule, drug: ingredient, missing });
    }
}

/// How much of a drug some orders give together, each product once.
struct Given {
    unit: DoseUnit,
    at_once: Decimal,
    per_week: Option<Decimal>,
}

impl Given {
    /// `None` where no amount is known. An order of unknown amount is left out: what the others give is given in any case.
    fn of(orders: &[&MedicationFact], ingredient: IngredientId) -> Option<Self> {
        let mut products: BTreeMap<&str, Dosing> = BTreeMap::new();
        for fact in orders {
            let Some(dosing) = dosing_of(fact, ingredient) else { continue };
            let known = products.entry(fact.product.as_str()).or_insert(dosing);
            if (dosing.per_week, dosing.at_once) > (known.per_week, known.at_once) {
                *known = dosing;
            }
        }
        let unit = products.values().next()?.unit;
        let same: Vec<&Dosing> = products.values().filter(|dosing| dosing.unit == unit).collect();
        let per_week = same.iter().try_fold(Decimal::ZERO, |sum, dosing| sum.checked_add(dosing.per_week?));
        Some(Self { unit, at_once: same.iter().map(|dosing| dosing.at_once).max()?, per_week })
    }

    fn over(&self, unit: DoseUnit, per: DosePer) -> Option<Decimal> {
        let sum = Dosing { ingredient: 0, unit, at_once: self.at_once, per_week: self.per_week };
        sum.over(per).filter(|_| self.unit == unit)
    }
}

/// The amount that is the furthest above a limit, and its multiple of the limit.
fn excess(judge: &Judge<'_>, limit: &DoseLimit, given: &Given) -> Option<(Amount, Decimal)> {
    let above = limit.most.iter().filter_map(|(per, most)| {
        let allowed = judge.limit(most).filter(|allowed| *allowed > Decimal::ZERO)?;
        let given = given.over(most.unit, *per)?;
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
        let orders = judge.exposures.orders(drug);
        let counts = |fact: &&MedicationFact| orders.iter().any(|order| std::ptr::eq(*order, *fact));
        let facts = judge.exposures.facts(drug).filter(|(_, fact)| counts(fact) && may_be(fact, &contributor.routes));
        for (position, fact) in facts {
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
