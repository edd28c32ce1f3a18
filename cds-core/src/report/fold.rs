//! Folding: one clinical problem is one alert, however many rules and drugs see it.
//!
//! Two hits are one problem if they share a drug and their headline is the same, or if they are about the same drugs and name
//! any common problem. Allergies fold by allergen and drug only: each allergen is a problem of its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::{Hit, Seen};
use crate::disjoint_sets::DisjointSets;
use crate::knowledge::{Clause, IngredientId, Knowledge, Phrase, RuleTest, Selector};
use crate::report::{AlertKind, Tier};

/// Hits that are one clinical problem; the one that speaks comes first.
pub(crate) fn fold(hits: Vec<Hit>, knowledge: &Knowledge) -> Vec<Vec<Hit>> {
    let mut sets = DisjointSets::of(hits.len());
    let mut first_of: BTreeMap<Mark, usize> = BTreeMap::new();
    for (position, hit) in hits.iter().enumerate() {
        for mark in marks(hit, knowledge) {
            let first = *first_of.entry(mark).or_insert(position);
            sets.join(first, position);
        }
    }
    // A sum, or several drugs of a class, may hold a pair that a rule names: the same drugs, a common problem.
    for (position, many) in hits.iter().enumerate().filter(|(_, hit)| is_of_many(hit)) {
        let drugs: BTreeSet<IngredientId> = many.drugs().collect();
        let problems = problems(many, knowledge);
        for (other_position, other) in hits.iter().enumerate() {
            if other.involves_draft == many.involves_draft
                && other.kind != AlertKind::DrugAllergy
                && other.drugs().all(|drug| drugs.contains(&drug))
                && self::problems(other, knowledge).iter().any(|problem| problems.contains(problem))
            {
                sets.join(position, other_position);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<Hit>> = BTreeMap::new();
    for (position, hit) in hits.into_iter().enumerate() {
        groups.entry(sets.root(position)).or_default().push(hit);
    }
    groups.into_values().flat_map(|group| split(group, knowledge)).collect()
}

/// Chains of hits that share a drug may lead from one problem to another. What the hit that speaks for a group does not speak for
/// becomes a group of its own.
fn split(mut group: Vec<Hit>, knowledge: &Knowledge) -> Vec<Vec<Hit>> {
    group.sort_by(|one, other| precedence(one, knowledge).cmp(&precedence(other, knowledge)));
    let mut groups = Vec::new();
    while !group.is_empty() {
        let mut hits = group.into_iter();
        let Some(lead) = hits.next() else { break };
        // The drugs that the group is about so far.
        let mut named: BTreeSet<IngredientId> = lead.drugs().collect();
        let mut own = Vec::new();
        let mut others = Vec::new();
        for hit in hits {
            if speaks_for(&lead, &named, &hit, knowledge) {
                named.extend(hit.drugs());
                own.push(hit);
            } else {
                others.push(hit);
            }
        }
        groups.push(std::iter::once(lead).chain(own).collect());
        group = others;
    }
    groups
}

/// Whether what one hit says, for a group that is about some drugs, covers another: the same drugs, or the same headline with a
/// drug in common. What is major or worse and asks to change a drug that the first does not name stays apart, unless the problem is
/// one that drugs add up to.
fn speaks_for(lead: &Hit, named: &BTreeSet<IngredientId>, other: &Hit, knowledge: &Knowledge) -> bool {
    if matches!(lead.kind, AlertKind::DrugAllergy | AlertKind::Monitoring) {
        return true;
    }
    let drugs: BTreeSet<IngredientId> = lead.drugs().collect();
    if other.drugs().all(|drug| drugs.contains(&drug)) {
        return true;
    }
    let (own, others) = (problems(lead, knowledge), problems(other, knowledge));
    let same_headline = own.first() == others.first();
    let shares_drug = other.drugs().any(|drug| named.contains(&drug));
    // A sum names all its drugs: a pair in it is the same problem, and so is the sum to the pair.
    let adds_up = other.drugs().count() > 1 && own.first().is_some_and(|headline| is_additive(*headline, knowledge));
    let holds_all = drugs.iter().all(|drug| other.drugs().any(|own| own == *drug));
    let sum = is_of_many(other) && holds_all && others.iter().any(|problem| own.contains(problem));
    sum || same_headline && shares_drug && (other.tier < Tier::Major || adds_up)
}

/// Whether some additive effect leads to a problem.
fn is_additive(problem: u8, knowledge: &Knowledge) -> bool {
    let effects = knowledge.pack().rules.iter().filter(|rule| matches!(rule.test, RuleTest::AdditiveEffect { .. }));
    effects.flat_map(|rule| &rule.problems).any(|own| *own == problem)
}

/// Hits that share a mark are one problem.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// A drug under a headline; whether a draft is involved keeps apart what is new from what was there.
    Headline(bool, u8, IngredientId),
    /// A drug under a rule whose headline does not fold.
    Rule(bool, Seen, IngredientId),
    /// The same drugs and a common problem.
    Drugs(bool, u8, Vec<IngredientId>),
    /// A drug and the allergies to one allergen.
    Allergy(IngredientId, BTreeSet<usize>),
    /// Tests that are due, for whatever drugs.
    Tests(bool, BTreeSet<u16>),
    /// A sum of doses, or one of them.
    Doses(bool, IngredientId),
}

fn marks(hit: &Hit, knowledge: &Knowledge) -> Vec<Mark> {
    let draft = hit.involves_draft;
    if hit.kind == AlertKind::DrugAllergy {
        return hit.a.iter().map(|drug| Mark::Allergy(*drug, hit.allergies.clone())).collect();
    }
    if hit.kind == AlertKind::Monitoring {
        return vec![Mark::Tests(draft, tests(hit, knowledge))];
    }
    let problems = problems(hit, knowledge);
    let Some(headline) = problems.first().copied() else { return Vec::new() };
    let folds = knowledge.pack().problems.get(usize::from(headline)).is_some_and(|problem| problem.folds);
    let by_drug = |drug| if folds { Mark::Headline(draft, headline, drug) } else { Mark::Rule(draft, hit.seen, drug) };
    let drugs: Vec<IngredientId> = hit.drugs().collect();
    let same_drugs = problems.iter().map(|problem| Mark::Drugs(draft, *problem, drugs.clone()));
    let doses = hit.drugs().filter(|_| hit.kind == AlertKind::Dose).map(|drug| Mark::Doses(draft, drug));
    hit.drugs().map(by_drug).chain(same_drugs).chain(doses).collect()
}

/// The measurements that a rule on monitoring misses; without any, what the rule itself is.
fn tests(hit: &Hit, knowledge: &Knowledge) -> BTreeSet<u16> {
    let Seen::Rule(rule, level) = hit.seen else { return BTreeSet::new() };
    let Some(RuleTest::Patient { levels, .. }) = knowledge.rule(rule).map(|rule| &rule.test) else {
        return BTreeSet::new();
    };
    let phrases = levels.get(usize::from(level)).into_iter().flat_map(|level| &level.when).flat_map(Clause::phrases);
    phrases
        .filter_map(|phrase| match phrase {
            Phrase::NotMeasured { measurement, .. } => Some(*measurement),
            _ => None,
        })
        .collect()
}

fn is_of_many(hit: &Hit) -> bool {
    matches!(hit.kind, AlertKind::AdditiveEffect | AlertKind::DuplicateClass)
}

fn problems<'k>(hit: &Hit, knowledge: &'k Knowledge) -> &'k [u8] {
    match hit.seen {
        Seen::Rule(rule, _) => knowledge.rule(rule).map_or(&[], |rule| rule.problems.as_slice()),
        Seen::AllergenGroup(_) | Seen::CrossReaction(..) => &[],
    }
}

/// Who speaks: the highest tier, then the rule that names the drugs before one that only sees a mechanism or a sum.
fn precedence<'k>(
    hit: &Hit,
    knowledge: &'k Knowledge,
) -> (std::cmp::Reverse<crate::report::Tier>, bool, u8, &'k str, Seen, Vec<u16>) {
    let (specificity, id) = match hit.seen {
        Seen::Rule(rule, _) => knowledge.rule(rule).map_or((9, ""), |rule| (specificity(&rule.test), rule.id.as_str())),
        // The very drug that the patient reacted to, then another one of its group, then one that may cross-react.
        Seen::AllergenGroup(_) => (1, ""),
        Seen::CrossReaction(..) => (2, ""),
    };
    (std::cmp::Reverse(hit.tier), !hit.involves_draft, specificity, id, hit.seen, hit.drugs().collect())
}

fn specificity(test: &RuleTest) -> u8 {
    let named = |selectors: &[Selector]| {
        selectors.iter().all(|selector| matches!(selector, Selector::Ingredient(_) | Selector::Class(_)))
    };
    match test {
        RuleTest::Interaction { a, b, .. } if named(&a.any) && named(&b.any) => 0,
        RuleTest::Interaction { .. } => 1,
        RuleTest::DuplicateClass { .. } | RuleTest::DuplicateIngredient { .. } => 2,
        RuleTest::AdditiveEffect { .. } => 3,
        RuleTest::SameAllergen { .. } => 0,
        RuleTest::Patient { .. } => 0,
        RuleTest::Dose { .. } => 1,
        RuleTest::Total { .. } => 2,
    }
}
