//! What a pack knows, in numbers.

use std::collections::BTreeSet;

use super::index::{IngredientId, Knowledge};
use super::pack::{NodeKind, PatientRuleKind, Relation, RuleTest};
use crate::report::Tier;

/// A count with what it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Stable id.
    pub id: &'static str,
    /// In words; those that begin with two spaces are a part of the one before.
    pub what: &'static str,
    /// The count.
    pub count: usize,
}

/// What a pack knows, in the order of a report.
///
/// ```
/// let engine = cds_core::Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK).unwrap();
/// let counts = cds_core::knowledge::statistics(engine.knowledge());
/// assert!(counts.iter().any(|count| count.id == "interaction-rules" && count.count >= 700));
/// ```
pub fn statistics(knowledge: &Knowledge) -> Vec<Count> {
    let pack = knowledge.pack();
    let ids = || (0_u16..).take(pack.drugs.ingredients.len());
    let with = |holds: &dyn Fn(IngredientId) -> bool| ids().filter(|ingredient| holds(*ingredient)).count();
    let nodes = |kind| pack.nodes.iter().filter(|node| node.kind == kind).count();
    let edges = |of: fn(&Relation) -> bool| pack.edges.iter().filter(|edge| of(&edge.relation)).count();
    let is_class = |node: u16| pack.nodes.get(usize::from(node)).is_some_and(|node| node.kind == NodeKind::Class);
    let classed: BTreeSet<u16> = pack
        .edges
        .iter()
        .filter(|edge| edge.relation == Relation::MemberOf && !is_class(edge.from))
        .map(|edge| edge.from)
        .collect();
    let subclasses =
        pack.edges.iter().filter(|edge| edge.relation == Relation::MemberOf && is_class(edge.from)).count();
    let rules = |of: &dyn Fn(&RuleTest) -> bool| pack.rules.iter().filter(|rule| of(&rule.test)).count();
    let interactions = || pack.rules.iter().filter(|rule| matches!(rule.test, RuleTest::Interaction { .. }));
    let of_tier = |wanted: Tier| {
        interactions()
            .filter(|rule| matches!(&rule.test, RuleTest::Interaction { tier, .. } if *tier == wanted))
            .count()
    };
    let kind_rules =
        |wanted: PatientRuleKind| rules(&|test| matches!(test, RuleTest::Patient { kind, .. } if *kind == wanted));
    let kind_drugs = |wanted: &[PatientRuleKind]| {
        with(&|ingredient| {
            knowledge.ingredient(ingredient).patient.iter().any(|rule| {
                knowledge
                    .rule(*rule)
                    .is_some_and(|rule| matches!(&rule.test, RuleTest::Patient { kind, .. } if wanted.contains(kind)))
            })
        })
    };
    let contexts = pack.rules.iter().map(|rule| rule.contexts.len()).sum::<usize>();
    let contexts = contexts.saturating_add(pack.allergens.iter().map(|group| group.contexts.len()).sum());
    use PatientRuleKind::{Age, Condition, Food, Kidney, Lactation, Liver, Monitoring, Pregnancy};
    let counts = [
        ("ingredients", "ingredients", pack.drugs.ingredients.len()),
        ("covered", "  about which something is known", with(&|ingredient| knowledge.is_covered(ingredient))),
        ("classed", "  in at least one class", classed.len()),
        ("rxnorm-codes", "RxNorm codes", pack.drugs.rxnorm.iter().map(|table| table.codes.len()).sum()),
        ("ndc-codes", "NDC labeler and product codes", pack.drugs.ndc.codes.len()),
        ("snomed-drug-codes", "SNOMED CT drug codes", pack.drugs.snomed.codes.len()),
        ("names", "names", pack.drugs.names.len()),
        ("classes", "classes", nodes(NodeKind::Class)),
        ("subclasses", "  memberships of a class in a wider one", subclasses),
        ("interaction-rules", "interaction rules", interactions().count()),
        ("contraindicated", "  contraindicated", of_tier(Tier::Contraindicated)),
        ("major", "  major", of_tier(Tier::Major)),
        ("moderate", "  moderate", of_tier(Tier::Moderate)),
        ("minor", "  minor", of_tier(Tier::Minor)),
        (
            "low-value",
            "  kept low: known not to deserve an interruption",
            interactions().filter(|rule| rule.low_value).count(),
        ),
        ("ingredient-pairs", "  pairs of ingredients that they reach", pairs(knowledge)),
        ("contexts", "contexts that change a tier", contexts),
        ("pathways", "enzymes and transporters", nodes(NodeKind::Pathway)),
        (
            "inhibitions-inductions",
            "  inhibitions and inductions",
            edges(|relation| matches!(relation, Relation::Inhibits(_) | Relation::Induces(_))),
        ),
        ("substrates", "  substrates", edges(|relation| matches!(relation, Relation::SubstrateOf { .. }))),
        ("effects", "additive effects", nodes(NodeKind::Effect)),
        ("effect-contributions", "  contributions", edges(|relation| matches!(relation, Relation::ContributesTo(_)))),
        (
            "duplicate-classes",
            "classes of which one drug is enough",
            rules(&|test| matches!(test, RuleTest::DuplicateClass { .. })),
        ),
        ("allergen-groups", "allergen groups", pack.allergens.len()),
        ("non-drugs", "allergens that are no drugs", pack.non_drugs.len()),
        ("conditions", "conditions", pack.conditions.len()),
        ("measurements", "measurements", pack.measurements.len()),
        ("drug-condition-rules", "rules on drug and condition", kind_rules(Condition)),
        ("drug-condition-drugs", "  drugs", kind_drugs(&[Condition])),
        ("kidney-rules", "rules on kidney function", kind_rules(Kidney)),
        ("kidney-drugs", "  drugs", kind_drugs(&[Kidney])),
        ("liver-rules", "rules on liver function", kind_rules(Liver)),
        ("liver-drugs", "  drugs", kind_drugs(&[Liver])),
        ("pregnancy-rules", "rules on pregnancy", kind_rules(Pregnancy)),
        ("lactation-rules", "rules on breastfeeding", kind_rules(Lactation)),
        ("pregnancy-lactation-drugs", "  drugs of both", kind_drugs(&[Pregnancy, Lactation])),
        ("age-rules", "rules on age", kind_rules(Age)),
        ("age-drugs", "  drugs", kind_drugs(&[Age])),
        ("dose-rules", "dose limits", rules(&|test| matches!(test, RuleTest::Dose { .. }))),
        ("dose-drugs", "  drugs", with(&|ingredient| !knowledge.ingredient(ingredient).doses.is_empty())),
        ("totals", "sums of doses", rules(&|test| matches!(test, RuleTest::Total { .. }))),
        ("monitoring-rules", "rules on tests that are due", kind_rules(Monitoring)),
        ("food-rules", "rules on food, alcohol and tobacco", kind_rules(Food)),
        ("sources", "sources", pack.sources.len()),
    ];
    counts.into_iter().map(|(id, what, count)| Count { id, what, count }).collect()
}

/// Pairs of different ingredients that stand on the two sides of some interaction rule.
fn pairs(knowledge: &Knowledge) -> usize {
    let mut sides: Vec<(Vec<u16>, Vec<u16>)> = vec![(Vec::new(), Vec::new()); knowledge.pack().rules.len()];
    for ingredient in (0_u16..).take(knowledge.pack().drugs.ingredients.len()) {
        let index = knowledge.ingredient(ingredient);
        for rule in &index.side_a {
            if let Some((a, _)) = sides.get_mut(usize::from(*rule)) {
                a.push(ingredient);
            }
        }
        for rule in &index.side_b {
            if let Some((_, b)) = sides.get_mut(usize::from(*rule)) {
                b.push(ingredient);
            }
        }
    }
    let mut pairs: BTreeSet<(u16, u16)> = BTreeSet::new();
    for (a, b) in &sides {
        for one in a {
            pairs.extend(b.iter().filter(|other| *other != one).map(|other| (*one.min(other), *one.max(other))));
        }
    }
    pairs.len()
}
