//! Whether a pack's tables fit together.

use std::collections::BTreeSet;

use super::codec::PackError;
use super::pack::{CodeTable, DrugCodes, Node, NodeKind, Pack, Relation, RuleTest, Selector, Side};
use super::phrase::{Clause, Context, Phrase};

/// Refuses a pack that would fall silent: every position that a table holds must exist in the table that it points into and be
/// of the kind that it is used as, and nothing may be empty where empty means that a drug or a rule is never found.
pub(super) fn verify(pack: &Pack) -> Result<(), PackError> {
    verify_counts(pack)?;
    verify_drugs(pack)?;
    verify_graph(pack)?;
    verify_rules(pack)?;
    verify_allergens(pack)?;
    verify_terms(pack)
}

pub(super) fn holds(condition: bool, what: &'static str) -> Result<(), PackError> {
    if condition { Ok(()) } else { Err(PackError::Inconsistent(what)) }
}

fn fits(position: impl Into<usize>, length: usize, what: &'static str) -> Result<(), PackError> {
    let position: usize = position.into();
    holds(position < length, what)
}

fn fits_u32(position: u32, length: usize, what: &'static str) -> Result<(), PackError> {
    holds(usize::try_from(position).is_ok_and(|position| position < length), what)
}

/// Positions are numbered as `u16`, edges as `u32`. The greatest number stays free, so that counting past the last position
/// cannot overflow.
fn verify_counts(pack: &Pack) -> Result<(), PackError> {
    let numbered = |length: usize| length < usize::from(u16::MAX);
    holds(numbered(pack.drugs.ingredients.len()), "it has too many ingredients")?;
    holds(numbered(pack.nodes.len()), "it has too many nodes")?;
    holds(numbered(pack.rules.len()), "it has too many rules")?;
    holds(numbered(pack.allergens.len()), "it has too many allergen groups")?;
    holds(
        pack.allergens.iter().all(|group| numbered(group.cross.len())),
        "an allergen group has too many cross-reactions",
    )?;
    let edges = u32::try_from(pack.edges.len());
    holds(edges.is_ok_and(|edges| edges < u32::MAX), "it has too many edges")
}

fn verify_drugs(pack: &Pack) -> Result<(), PackError> {
    let drugs = &pack.drugs;
    for product in &drugs.products {
        // A drug without ingredients would count as checked and be compared with nothing.
        holds(!product.ingredients.is_empty(), "a product has no ingredient")?;
        holds(
            product.ingredients.is_sorted_by(|one, next| one < next),
            "a product's ingredients are not in order, or one is there twice",
        )?;
        for ingredient in &product.ingredients {
            fits(*ingredient, drugs.ingredients.len(), "a product names an ingredient that is not there")?;
        }
        if let Some(form) = product.form {
            fits(form, drugs.forms.len(), "a product names a form that is not there")?;
        }
    }
    for table in drugs.rxnorm.iter().chain([&drugs.snomed]) {
        verify_codes(table, drugs)?;
    }
    for (_, product) in &drugs.names {
        fits_u32(*product, drugs.products.len(), "a name stands for a product that is not there")?;
    }
    holds(
        drugs.names.is_sorted_by(|(one, _), (next, _)| one < next),
        "the names are not in order, or one is there twice",
    )
}

/// Every code of a table is there once and stands for a product that is there.
pub(super) fn verify_codes(table: &CodeTable, drugs: &DrugCodes) -> Result<(), PackError> {
    holds(table.codes.len() == table.products.len(), "codes and products differ in number")?;
    holds(table.codes.is_sorted_by(|one, next| one < next), "codes are not in order, or one is there twice")?;
    for product in &table.products {
        fits_u32(*product, drugs.products.len(), "a code stands for a product that is not there")?;
    }
    Ok(())
}

fn verify_graph(pack: &Pack) -> Result<(), PackError> {
    let ingredients = pack.drugs.ingredients.len();
    let is_ingredient = |node: &Node| node.kind == NodeKind::Ingredient;
    holds(
        pack.nodes.len() >= ingredients && pack.nodes.iter().take(ingredients).all(is_ingredient),
        "the first nodes are not the ingredients",
    )?;
    holds(!pack.nodes.iter().skip(ingredients).any(is_ingredient), "it has more ingredient nodes than ingredients")?;
    for edge in &pack.edges {
        fits(edge.from, pack.nodes.len(), "an edge leaves a node that is not there")?;
        fits(edge.to, pack.nodes.len(), "an edge enters a node that is not there")?;
        fits(edge.source, pack.sources.len(), "an edge names a source that is not there")?;
        holds(
            is_kind(pack, edge.from, NodeKind::Ingredient) || is_kind(pack, edge.from, NodeKind::Class),
            "an edge leaves a node that is neither ingredient nor class",
        )?;
        let kind = match edge.relation {
            Relation::MemberOf => NodeKind::Class,
            Relation::Inhibits(_) | Relation::Induces(_) | Relation::SubstrateOf { .. } => NodeKind::Pathway,
            Relation::ContributesTo(weight) => {
                holds((1..=3).contains(&weight), "an edge adds a weight to an effect that is not 1, 2 or 3")?;
                NodeKind::Effect
            }
        };
        holds(is_kind(pack, edge.to, kind), "an edge enters a node of another kind than its relation needs")?;
    }
    Ok(())
}

fn verify_rules(pack: &Pack) -> Result<(), PackError> {
    let mut effects = BTreeSet::new();
    for rule in &pack.rules {
        fits(rule.source, pack.sources.len(), "a rule names a source that is not there")?;
        holds(!rule.problems.is_empty(), "a rule names no problem")?;
        for problem in &rule.problems {
            fits(*problem, pack.problems.len(), "a rule names a problem that is not there")?;
        }
        verify_contexts(pack, &rule.contexts)?;
        match &rule.test {
            RuleTest::Interaction { a, b, .. } => {
                verify_side(pack, a)?;
                verify_side(pack, b)?;
            }
            RuleTest::DuplicateClass { class, .. } => {
                holds(is_kind(pack, *class, NodeKind::Class), "a rule on duplicates names a node that is no class")?;
            }
            RuleTest::DuplicateIngredient { except, .. } => verify_selectors(pack, except)?,
            RuleTest::SameAllergen { .. } => {}
            RuleTest::Patient { drugs, levels, .. } => {
                verify_side(pack, drugs)?;
                holds(!levels.is_empty(), "a rule on a patient has no level")?;
                holds(levels.len() < usize::from(u16::MAX), "a rule on a patient has too many levels")?;
                for level in levels {
                    verify_when(pack, &level.when)?;
                }
            }
            RuleTest::Dose { ingredient, limits, routes, .. } => {
                holds(is_kind(pack, *ingredient, NodeKind::Ingredient), "a dose names a node that is no ingredient")?;
                holds(!routes.is_empty() && !limits.is_empty(), "a dose has no route or no limit")?;
                holds(limits.len() < usize::from(u16::MAX), "a dose has too many limits")?;
                for limit in limits {
                    holds(!limit.most.is_empty(), "a limit of a dose limits nothing")?;
                    verify_when(pack, &limit.when)?;
                }
            }
            RuleTest::Total { contributors, levels, .. } => {
                holds(!contributors.is_empty() && !levels.is_empty(), "a sum of doses has no drug or no level")?;
                holds(levels.len() < usize::from(u16::MAX), "a sum of doses has too many levels")?;
                for contributor in contributors {
                    let is_drug = is_kind(pack, contributor.ingredient, NodeKind::Ingredient);
                    holds(is_drug && !contributor.routes.is_empty(), "a sum of doses adds what is no drug")?;
                }
                for level in levels {
                    verify_when(pack, &level.when)?;
                }
            }
            RuleTest::AdditiveEffect { effect, levels } => {
                holds(is_kind(pack, *effect, NodeKind::Effect), "a rule on an effect names a node that is no effect")?;
                holds(effects.insert(*effect), "two rules are on the same effect")?;
                holds(!levels.is_empty(), "a rule on an effect has no level")?;
                holds(levels.len() < usize::from(u16::MAX), "a rule on an effect has too many levels")?;
                holds(
                    levels.iter().all(|level| level.sum > 0 && level.drugs > 0),
                    "a level of an effect holds without any drug",
                )?;
            }
        }
    }
    Ok(())
}

fn verify_allergens(pack: &Pack) -> Result<(), PackError> {
    for group in &pack.allergens {
        fits(group.source, pack.sources.len(), "an allergen group names a source that is not there")?;
        verify_side(pack, &group.members)?;
        verify_contexts(pack, &group.contexts)?;
        for cross in &group.cross {
            fits(cross.source, pack.sources.len(), "a cross-reaction names a source that is not there")?;
            verify_side(pack, &cross.to)?;
        }
    }
    Ok(())
}

fn verify_side(pack: &Pack, side: &Side) -> Result<(), PackError> {
    holds(!side.any.is_empty(), "a side selects no drug")?;
    verify_selectors(pack, &side.any)?;
    verify_selectors(pack, &side.except)
}

fn verify_selectors(pack: &Pack, selectors: &[Selector]) -> Result<(), PackError> {
    for selector in selectors {
        let (node, kind) = match *selector {
            Selector::Ingredient(node) => (node, NodeKind::Ingredient),
            Selector::Class(node) => (node, NodeKind::Class),
            Selector::Inhibits(node, _)
            | Selector::Induces(node, _)
            | Selector::Substrate(node, _)
            | Selector::NarrowIndexSubstrate(node) => (node, NodeKind::Pathway),
        };
        fits(node, pack.nodes.len(), "a selector names a node that is not there")?;
        holds(is_kind(pack, node, kind), "a selector names a node of another kind than it selects by")?;
    }
    Ok(())
}

fn is_kind(pack: &Pack, node: u16, kind: NodeKind) -> bool {
    pack.nodes.get(usize::from(node)).is_some_and(|node| node.kind == kind)
}

fn verify_contexts(pack: &Pack, contexts: &[Context]) -> Result<(), PackError> {
    holds(contexts.len() < usize::from(u16::MAX), "a rule has too many contexts")?;
    for context in contexts {
        holds(!context.when.is_empty(), "a context always holds")?;
        verify_when(pack, &context.when)?;
        if let Some(source) = context.source {
            fits(source, pack.sources.len(), "a context names a source that is not there")?;
        }
    }
    Ok(())
}

fn verify_when(pack: &Pack, clauses: &[Clause]) -> Result<(), PackError> {
    for clause in clauses {
        holds(!clause.any.is_empty(), "a line of phrases is empty")?;
        for phrase in clause.phrases() {
            if let Some(selector) = phrase.selector() {
                verify_selectors(pack, &[selector])?;
            }
            match phrase {
                Phrase::Condition { condition, .. } => {
                    fits(*condition, pack.conditions.len(), "a phrase names a condition that is not there")?;
                }
                Phrase::Measured { measurement, .. } | Phrase::NotMeasured { measurement, .. } => {
                    fits(*measurement, pack.measurements.len(), "a phrase names a measurement that is not there")?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn verify_terms(pack: &Pack) -> Result<(), PackError> {
    let numbered = |length: usize| length < usize::from(u16::MAX);
    holds(numbered(pack.conditions.len()), "it has too many conditions")?;
    holds(numbered(pack.measurements.len()), "it has too many measurements")?;
    for condition in &pack.conditions {
        for included in &condition.includes {
            fits(*included, pack.conditions.len(), "a condition includes one that is not there")?;
        }
    }
    for words in &pack.routes {
        verify_selectors(pack, &words.systemic)?;
    }
    let roles = &pack.roles;
    for condition in [roles.pregnancy, roles.breastfeeding] {
        fits(condition, pack.conditions.len(), "a condition that the engine needs is not there")?;
    }
    for measurement in [roles.creatinine, roles.egfr, roles.creatinine_clearance, roles.weight] {
        fits(measurement, pack.measurements.len(), "a measurement that the engine needs is not there")?;
    }
    Ok(())
}
