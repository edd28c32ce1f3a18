//! One drug and the patient: conditions, kidney and liver, pregnancy, age, tests that are due, food.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::{Judge, Missing, Subjects, Verdict};
use super::{Exposures, Findings, Hit, Seen, Undecided};
use crate::knowledge::{IngredientId, PatientRuleKind, RuleId, RuleTest};
use crate::report::{AlertKind, Tier};

/// From this tier on a rule that cannot be decided is named.
const WORTH_ASKING: Tier = Tier::Moderate;

/// Every rule about one drug of which a level holds, and those that the chart does not decide.
pub(crate) fn patient(judge: &Judge<'_>, findings: &mut Findings) {
    let knowledge = judge.knowledge;
    let mut by_rule: BTreeMap<RuleId, Vec<IngredientId>> = BTreeMap::new();
    for ingredient in judge.exposures.ingredients() {
        for rule in &knowledge.ingredient(ingredient).patient {
            by_rule.entry(*rule).or_default().push(ingredient);
        }
    }
    for (rule, ingredients) in by_rule {
        let Some(RuleTest::Patient { kind, drugs, levels }) = knowledge.rule(rule).map(|rule| &rule.test) else {
            continue;
        };
        for ingredient in ingredients {
            if !judge.exposures.reaches_body(ingredient, &drugs.local) {
                continue;
            }
            let (one, none) = (BTreeSet::from([ingredient]), BTreeSet::new());
            let subjects = Subjects { a: &one, b: &none };
            let mut missing: BTreeSet<Missing> = BTreeSet::new();
            let mut open: Option<Tier> = None;
            let mut fired = None;
            for (position, level) in (0_u16..).zip(levels) {
                match judge.all(&level.when, subjects) {
                    Verdict::Holds(grounds) => {
                        fired = Some((position, level.tier, grounds));
                        break;
                    }
                    Verdict::Fails => {}
                    Verdict::Unknown(lacking) => {
                        missing.extend(lacking);
                        open = open.max(Some(level.tier));
                    }
                }
            }
            match fired {
                Some((position, tier, grounds)) => findings.hits.push(Hit {
                    grounds,
                    missing: if open > Some(tier) { missing } else { BTreeSet::new() },
                    ..Hit::of(alert_kind(*kind), Seen::Rule(rule, position), tier, one, judge.exposures)
                }),
                None if open >= Some(WORTH_ASKING) => {
                    missing.retain(|missing| is_asked_for(*missing, *kind, judge));
                    if !missing.is_empty() {
                        findings.undecided.push(Undecided { rule, drug: ingredient, missing });
                    }
                }
                None => {}
            }
        }
    }
}

/// Whether a chart should hold what is missing. Everybody on a drug that the kidneys clear should have a kidney function; a value
/// that only the ill have, such as a bilirubin or a QTc, counts as normal where nobody measured it, like a disease that
/// nobody recorded.
fn is_asked_for(missing: Missing, kind: PatientRuleKind, judge: &Judge<'_>) -> bool {
    let roles = &judge.knowledge.pack().roles;
    match missing {
        Missing::Measurement(measurement, _) if measurement == roles.weight => true,
        // Without a weight there is no clearance; a known eGFR answers the question all the same.
        Missing::Measurement(measurement, days) if measurement == roles.creatinine_clearance => {
            kind == PatientRuleKind::Kidney && judge.newest(roles.egfr, days).is_empty()
        }
        Missing::Measurement(..) => kind == PatientRuleKind::Kidney,
        _ => true,
    }
}

fn alert_kind(kind: PatientRuleKind) -> AlertKind {
    match kind {
        PatientRuleKind::Condition => AlertKind::DrugCondition,
        PatientRuleKind::Kidney => AlertKind::Kidney,
        PatientRuleKind::Liver => AlertKind::Liver,
        PatientRuleKind::Pregnancy => AlertKind::Pregnancy,
        PatientRuleKind::Lactation => AlertKind::Lactation,
        PatientRuleKind::Age => AlertKind::Age,
        PatientRuleKind::Monitoring => AlertKind::Monitoring,
        PatientRuleKind::Food => AlertKind::Food,
    }
}

impl Hit {
    /// A hit on these drugs, as far as the exposures say what it is about.
    pub(super) fn of(
        kind: AlertKind,
        seen: Seen,
        tier: Tier,
        drugs: BTreeSet<IngredientId>,
        exposures: &Exposures<'_>,
    ) -> Self {
        let medications: BTreeSet<usize> = drugs.iter().flat_map(|drug| exposures.facts_of(*drug)).copied().collect();
        Self {
            kind,
            seen,
            tier,
            a: drugs,
            b: BTreeSet::new(),
            involves_draft: medications.iter().any(|position| exposures.is_draft(*position)),
            medications,
            allergies: BTreeSet::new(),
            changes: Vec::new(),
            grounds: BTreeSet::new(),
            missing: BTreeSet::new(),
            amount: None,
        }
    }
}
