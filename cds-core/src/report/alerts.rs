//! From folded hits to alerts: words, facts, ways through the graph, sources.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{Alert, AlertDrug, AlertKind, Fact, GraphPath, PathNode, Reason, SourceAttributes};
use super::fold::fold;
use super::words::{Names, filled};
use crate::checks::{Hit, Seen};
use crate::facts::{Facts, Policy, State};
use crate::knowledge::{
    AllergenGroup, Evidence, IngredientId, Knowledge, NodeKind, Relation, Rule, RuleTest, Sensitivity, Side, Strength,
    Words,
};

/// One alert for each clinical problem, highest tier first.
pub(crate) fn alerts(hits: Vec<Hit>, facts: &Facts, policy: &Policy, knowledge: &Knowledge) -> Vec<Alert> {
    let ordering = facts.medications.iter().any(|fact| fact.state == State::Draft);
    let groups = fold(hits, knowledge);
    let mut alerts: Vec<Alert> =
        groups.iter().filter_map(|group| alert(group, facts, ordering, policy, knowledge)).collect();
    alerts.sort_by(|a, b| {
        let key = |alert: &Alert| {
            (std::cmp::Reverse(alert.interrupts), std::cmp::Reverse(alert.tier), !alert.involves_draft, alert.kind)
        };
        (key(a), &a.problem, &a.id).cmp(&(key(b), &b.problem, &b.id))
    });
    alerts
}

fn alert(group: &[Hit], facts: &Facts, ordering: bool, policy: &Policy, knowledge: &Knowledge) -> Option<Alert> {
    let lead = group.first()?;
    let reasons = reasons(group, facts, knowledge);
    let speaker = reasons.first()?;
    let (problem, problem_name) = problem(lead, knowledge);
    let drafted: BTreeSet<IngredientId> = facts
        .medications
        .iter()
        .filter(|fact| fact.state == State::Draft)
        .flat_map(|fact| fact.ingredients.iter().copied())
        .collect();
    let ids: BTreeSet<IngredientId> = group.iter().flat_map(Hit::drugs).collect();
    let mut drugs: Vec<AlertDrug> = ids.iter().map(|id| drug(*id, drafted.contains(id), knowledge)).collect();
    drugs.sort_by(|a, b| (&a.name, &a.rxcui).cmp(&(&b.name, &b.rxcui)));
    let allergen =
        lead.allergies.first().and_then(|position| facts.allergies.get(*position)).map(|allergy| allergy.name.clone());
    let mut codes: Vec<&str> = drugs.iter().map(|drug| drug.rxcui.as_str()).collect();
    codes.sort_unstable();
    let id = match &allergen {
        Some(allergen) => format!("{problem}:{}:{}", allergen.replace(' ', "-"), codes.join("-")),
        None => format!("{problem}:{}", codes.join("-")),
    };
    let tier = lead.tier;
    let interrupts = tier >= policy.interrupt_from && (!ordering || lead.involves_draft);
    Some(Alert {
        id,
        tier,
        signal_word: tier.signal_word().to_owned(),
        interrupts,
        kind: lead.kind,
        problem,
        problem_name,
        what: speaker.what.clone(),
        consequence: speaker.consequence.clone(),
        steps: speaker.steps.clone(),
        drugs,
        allergen,
        facts: facts_of(group, facts),
        involves_draft: lead.involves_draft,
        reasons,
    })
}

pub(crate) fn drug(id: IngredientId, draft: bool, knowledge: &Knowledge) -> AlertDrug {
    AlertDrug { rxcui: knowledge.rxcui(id).to_string(), name: knowledge.name(id).to_owned(), draft }
}

fn facts_of(group: &[Hit], facts: &Facts) -> Vec<Fact> {
    let medications: BTreeSet<usize> = group.iter().flat_map(|hit| hit.medications.iter().copied()).collect();
    let allergies: BTreeSet<usize> = group.iter().flat_map(|hit| hit.allergies.iter().copied()).collect();
    let medications = medications.iter().filter_map(|position| facts.medications.get(*position));
    let allergies = allergies.iter().filter_map(|position| facts.allergies.get(*position));
    let mut found: Vec<Fact> =
        medications.flat_map(|fact| fact.facts()).chain(allergies.flat_map(|allergy| allergy.facts())).collect();
    found.sort_by(|a, b| (&a.resource, &a.says).cmp(&(&b.resource, &b.says)));
    found.dedup();
    found
}

/// The problem's id and name. An allergy is a problem of its own.
fn problem(hit: &Hit, knowledge: &Knowledge) -> (String, String) {
    let rule = match hit.seen {
        Seen::Rule(rule, _) if hit.kind != AlertKind::DrugAllergy => knowledge.rule(rule),
        _ => None,
    };
    let problem = rule
        .and_then(|rule| rule.problems.first())
        .and_then(|problem| knowledge.pack().problems.get(usize::from(*problem)));
    match problem {
        Some(problem) => (problem.id.clone(), problem.name.clone()),
        None => ("allergy".to_owned(), "allergic reaction".to_owned()),
    }
}

/// One reason for each rule that saw the problem: pairs of the same rule are named together.
fn reasons(group: &[Hit], facts: &Facts, knowledge: &Knowledge) -> Vec<Reason> {
    let mut order: Vec<Seen> = Vec::new();
    let mut by_rule: BTreeMap<Seen, Vec<&Hit>> = BTreeMap::new();
    for hit in group {
        let hits = by_rule.entry(hit.seen).or_default();
        if hits.is_empty() {
            order.push(hit.seen);
        }
        hits.push(hit);
    }
    let joined = order.iter().filter_map(|seen| by_rule.get(seen)).flat_map(|hits| joined(hits));
    joined.filter_map(|hit| reason(&hit, facts, knowledge)).collect()
}

/// Pairs are named together only where every drug of one side interacts with every drug of the other.
fn joined(hits: &[&Hit]) -> Vec<Hit> {
    let Some(first) = hits.first().filter(|hit| hit.kind == AlertKind::DrugInteraction) else {
        return hits.iter().map(|hit| (*hit).clone()).collect();
    };
    let mut others: BTreeMap<IngredientId, BTreeSet<IngredientId>> = BTreeMap::new();
    for hit in hits {
        for drug in &hit.a {
            others.entry(*drug).or_default().extend(&hit.b);
        }
    }
    let mut same_others: BTreeMap<BTreeSet<IngredientId>, BTreeSet<IngredientId>> = BTreeMap::new();
    for (drug, others) in others {
        same_others.entry(others).or_default().insert(drug);
    }
    let mut joined: Vec<Hit> = same_others.into_iter().map(|(b, a)| Hit { a, b, ..(*first).clone() }).collect();
    // The pair that speaks for the group stays in front.
    joined.sort_by_key(|hit| !(first.a.is_subset(&hit.a) && first.b.is_subset(&hit.b)));
    joined
}

/// The id of the rule or allergen group that saw a hit.
pub(crate) fn rule_id(hit: &Hit, knowledge: &Knowledge) -> Option<String> {
    match hit.seen {
        Seen::Rule(id, _) => knowledge.rule(id).map(|rule| rule.id.clone()),
        Seen::AllergenGroup(id) => {
            knowledge.pack().allergens.get(usize::from(id)).map(|group| format!("allergy-{}", group.id))
        }
        Seen::CrossReaction(id, _) => {
            knowledge.pack().allergens.get(usize::from(id)).map(|group| format!("allergy-{}-cross", group.id))
        }
    }
}

fn reason(hit: &Hit, facts: &Facts, knowledge: &Knowledge) -> Option<Reason> {
    let allergen = hit.allergies.first().and_then(|position| facts.allergies.get(*position));
    let names = Names::of(&hit.a, &hit.b, allergen.map_or("", |allergy| allergy.name.as_str()), knowledge);
    match hit.seen {
        Seen::Rule(id, level) => {
            let rule = knowledge.rule(id)?;
            let words = words_of(&rule.test, level)?;
            let source = attributes(rule.source, &rule.revised, knowledge)?;
            Some(built(
                hit,
                &rule.id,
                &rule.title,
                words,
                &names,
                (rule_paths(hit, rule, knowledge), Some(rule.evidence), source),
            ))
        }
        Seen::AllergenGroup(id) => {
            let group = knowledge.pack().allergens.get(usize::from(id))?;
            let source = attributes(group.source, &group.revised, knowledge)?;
            let paths = allergen_paths(hit, &group.members, "belongs to the allergens", group, knowledge);
            let title = format!("Allergy to {}", group.name);
            Some(built(
                hit,
                &format!("allergy-{}", group.id),
                &title,
                &group.words,
                &names,
                (paths, group.evidence, source),
            ))
        }
        Seen::CrossReaction(id, position) => {
            let group = knowledge.pack().allergens.get(usize::from(id))?;
            let cross = group.cross.get(usize::from(position))?;
            let source = attributes(cross.source, &group.revised, knowledge)?;
            let paths = allergen_paths(hit, &cross.to, "may cross-react with", group, knowledge);
            let title = format!("Cross-reaction with {}", group.name);
            Some(built(
                hit,
                &format!("allergy-{}-cross", group.id),
                &title,
                &cross.words,
                &names,
                (paths, group.evidence, source),
            ))
        }
    }
}

fn built(
    hit: &Hit,
    rule: &str,
    title: &str,
    words: &Words,
    names: &Names<'_>,
    (paths, evidence, source): (Vec<GraphPath>, Option<Evidence>, SourceAttributes),
) -> Reason {
    let filled = filled(words, names);
    Reason {
        rule: rule.to_owned(),
        title: title.to_owned(),
        tier: hit.tier,
        what: filled.what,
        mechanism: filled.mechanism,
        consequence: filled.consequence,
        steps: filled.steps,
        paths,
        evidence,
        source,
    }
}

fn words_of(test: &RuleTest, level: u16) -> Option<&Words> {
    match test {
        RuleTest::Interaction { words, .. }
        | RuleTest::DuplicateClass { words, .. }
        | RuleTest::DuplicateIngredient { words, .. }
        | RuleTest::SameAllergen { words, .. } => Some(words),
        RuleTest::AdditiveEffect { levels, .. } => levels.get(usize::from(level)).map(|level| &level.words),
    }
}

fn attributes(source: u16, revised: &str, knowledge: &Knowledge) -> Option<SourceAttributes> {
    let about = &knowledge.pack().about;
    let source = knowledge.pack().sources.get(usize::from(source))?;
    Some(SourceAttributes {
        citation: source.citation.clone(),
        section: source.section.clone(),
        url: source.url.clone(),
        developer: about.developer.clone(),
        funding: about.funding.clone(),
        release: about.version.clone(),
        revised: revised.to_owned(),
        uses: Vec::new(),
    })
}

fn rule_paths(hit: &Hit, rule: &Rule, knowledge: &Knowledge) -> Vec<GraphPath> {
    let onto = |drugs: &BTreeSet<IngredientId>, side: &Side| -> Vec<GraphPath> {
        let ways = drugs.iter().filter_map(|drug| knowledge.reach(*drug).way_onto(side));
        ways.map(|way| path(&way, knowledge)).collect()
    };
    let to_node = |node: u16, last: fn(Relation) -> bool| -> Vec<GraphPath> {
        let ways = hit.a.iter().filter_map(|drug| knowledge.reach(*drug).way_to(node, last));
        ways.map(|way| path(&way, knowledge)).collect()
    };
    match &rule.test {
        RuleTest::Interaction { a, b, .. } => {
            let mut paths = onto(&hit.a, a);
            paths.extend(onto(&hit.b, b));
            paths
        }
        RuleTest::DuplicateClass { class, .. } => to_node(*class, |relation| relation == Relation::MemberOf),
        RuleTest::AdditiveEffect { effect, .. } => {
            to_node(*effect, |relation| matches!(relation, Relation::ContributesTo(_)))
        }
        RuleTest::DuplicateIngredient { .. } | RuleTest::SameAllergen { .. } => {
            hit.a.iter().map(|drug| path(&[(None, *drug)], knowledge)).collect()
        }
    }
}

fn allergen_paths(
    hit: &Hit,
    side: &Side,
    relation: &str,
    group: &AllergenGroup,
    knowledge: &Knowledge,
) -> Vec<GraphPath> {
    let ways = hit.a.iter().filter_map(|drug| knowledge.reach(*drug).way_onto(side));
    ways.map(|way| {
        let mut path = path(&way, knowledge);
        path.relations.push(relation.to_owned());
        path.nodes.push(PathNode { kind: NodeKind::AllergenGroup, id: group.id.clone(), name: group.name.clone() });
        path
    })
    .collect()
}

fn path(way: &[(Option<Relation>, u16)], knowledge: &Knowledge) -> GraphPath {
    let nodes = way.iter().filter_map(|(_, node)| knowledge.pack().nodes.get(usize::from(*node)));
    GraphPath {
        nodes: nodes.map(|node| PathNode { kind: node.kind, id: node.id.clone(), name: node.name.clone() }).collect(),
        relations: way.iter().filter_map(|(relation, _)| relation.map(relation_words)).collect(),
    }
}

/// An edge in words.
fn relation_words(relation: Relation) -> String {
    let strength = |strength: Strength| match strength {
        Strength::Weak => "weak",
        Strength::Moderate => "moderate",
        Strength::Strong => "strong",
    };
    match relation {
        Relation::MemberOf => "is one of the".to_owned(),
        Relation::Inhibits(level) => format!("is a {} inhibitor of", strength(level)),
        Relation::Induces(level) => format!("is a {} inducer of", strength(level)),
        Relation::SubstrateOf { sensitivity, narrow_index } => {
            let sensitivity = match sensitivity {
                Sensitivity::Moderate => "moderately sensitive",
                Sensitivity::Sensitive => "sensitive",
            };
            let narrow = if narrow_index { " with a narrow therapeutic index" } else { "" };
            format!("is a {sensitivity} substrate{narrow} of")
        }
        Relation::ContributesTo(weight) => {
            let strength = match weight {
                0 | 1 => "mildly",
                2 => "moderately",
                _ => "strongly",
            };
            format!("contributes {strength} to")
        }
    }
}
