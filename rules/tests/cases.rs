//! Every case of the knowledge tables as a chart through the whole engine, and every drug that a rule selects, met by it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at what it did not expect, and says what it counted"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use cds_core::chart::Document;
use cds_core::knowledge::{Pack, Relation, RuleTest, Selector, Side};
use cds_core::report::{AlertKind, CheckAnswer, Tier};
use cds_core::{CheckOptions, Engine};
use cds_rules_compiler::{CaseKind, Compiled};
use serde_json::{Value, json};

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK).expect("the build checked the pack"));

static TABLES: LazyLock<Compiled> =
    LazyLock::new(|| match cds_rules_compiler::compile(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        Ok(compiled) => compiled,
        Err(diagnostics) => panic!("{}", cds_rules_compiler::render(&diagnostics)),
    });

fn pack() -> &'static Pack {
    ENGINE.knowledge().pack()
}

#[test]
fn the_pack_is_what_the_tables_say() {
    assert!(*pack() == TABLES.pack, "the library holds an older pack than the tables; build again");
}

#[test]
fn every_case_holds() {
    let mut counts: BTreeMap<CaseKind, (usize, usize)> = BTreeMap::new();
    for case in &TABLES.cases {
        let (firing, silent) = counts.entry(case.kind).or_default();
        *(if case.expected.is_some() { firing } else { silent }) += 1;
    }
    for (kind, (firing, silent)) in counts {
        println!("{kind:?}: {firing} firing and {silent} silent cases");
    }
    let failures = cds_rules_compiler::prove::failures(&TABLES.cases, &ENGINE);
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), TABLES.cases.len(), failures.join("\n"));
}

#[test]
fn every_contraindicated_interaction_has_a_context_case_or_says_why_not() {
    let rule = |id: &str| pack().rules.iter().find(|rule| rule.id == id).expect("a case's rule is in the pack");
    let changed: BTreeSet<&str> = TABLES
        .cases
        .iter()
        .filter(|case| case.kind == CaseKind::Interaction)
        .filter(|case| match &rule(&case.rule).test {
            RuleTest::Interaction { tier, .. } => case.expected.is_some_and(|expected| expected != *tier),
            _ => false,
        })
        .map(|case| case.rule.as_str())
        .collect();
    let (mut with_case, mut context_free, mut missing) = (0, 0, Vec::new());
    for rule in &pack().rules {
        let RuleTest::Interaction { tier: Tier::Contraindicated, .. } = rule.test else { continue };
        match (changed.contains(rule.id.as_str()), rule.context_free) {
            (true, _) => with_case += 1,
            (false, true) => context_free += 1,
            (false, false) => missing.push(rule.id.as_str()),
        }
    }
    println!("contraindicated interactions: {with_case} with a context case, {context_free} that no fact may change");
    assert!(missing.is_empty(), "neither a context case nor `context_free`: {}", missing.join(", "));
}

#[test]
fn every_rule_is_proved_and_sourced() {
    let mut firing: BTreeSet<&str> = BTreeSet::new();
    let mut silent: BTreeSet<&str> = BTreeSet::new();
    for case in &TABLES.cases {
        if case.expected.is_some() { &mut firing } else { &mut silent }.insert(&case.rule);
    }
    let general = |test: &RuleTest| {
        matches!(test, RuleTest::DuplicateIngredient { .. } | RuleTest::SameAllergen { .. }) // cases/ proves these
    };
    let mut missing = Vec::new();
    let mut guard = |id: &str, source: u16, revised: &str, proved: bool| {
        let cited = pack().sources.get(usize::from(source)).is_some_and(|source| !source.citation.trim().is_empty());
        let day = revised.parse::<cds_core::facts::AsOf>().is_ok();
        let proofs = proved || firing.contains(id) && silent.contains(id);
        if !(cited && day && proofs) {
            missing.push(format!("{id}: source {cited}, revised {day}, a firing and a silent case {proofs}"));
        }
    };
    for rule in &pack().rules {
        guard(&rule.id, rule.source, &rule.revised, general(&rule.test));
    }
    for group in &pack().allergens {
        guard(&group.id, group.source, &group.revised, false);
        for cross in &group.cross {
            guard(&group.id, cross.source, &group.revised, false);
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_drug_of_an_interaction_is_met_on_its_side() {
    let graph = Graph::of(pack());
    let mut tried = 0_usize;
    let mut lost = Vec::new();
    for rule in &pack().rules {
        let RuleTest::Interaction { a, b, .. } = &rule.test else { continue };
        let (a, b) = (graph.on(a), graph.on(b));
        for (side, other) in [(&a, &b), (&b, &a)] {
            for drug in side {
                let Some(partner) = other.iter().find(|partner| *partner != drug) else { continue };
                tried += 1;
                let found = ENGINE.pair(&rxcui(*drug), &rxcui(*partner));
                if !found.rules.contains(&rule.id) {
                    lost.push(format!("{}: {} with {}", rule.id, name(*drug), name(*partner)));
                }
            }
        }
    }
    println!("{tried} drugs tried on the side that they are on");
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn every_member_of_a_class_is_met_as_its_duplicate() {
    let graph = Graph::of(pack());
    let mut lost = Vec::new();
    for rule in &pack().rules {
        let RuleTest::DuplicateClass { class, .. } = rule.test else { continue };
        let members = graph.selected(Selector::Class(class));
        for drug in &members {
            let partner = members.iter().find(|partner| *partner != drug).expect("a class of two at least");
            if !ENGINE.pair(&rxcui(*drug), &rxcui(*partner)).rules.contains(&rule.id) {
                lost.push(format!("{}: {} with {}", rule.id, name(*drug), name(*partner)));
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn every_contributor_counts_towards_its_effect() {
    let graph = Graph::of(pack());
    let mut lost = Vec::new();
    for rule in &pack().rules {
        let RuleTest::AdditiveEffect { effect, levels } = &rule.test else { continue };
        let contributors = graph.contributors(*effect);
        let lowest = levels.iter().map(|level| level.sum.max(level.drugs)).min().expect("an effect has a level");
        for drug in &contributors {
            // As many others as would reach the lowest level even if each were mild.
            let others = contributors.iter().filter(|other| *other != drug).take(usize::from(lowest));
            let drugs: Vec<u32> = std::iter::once(drug).chain(others).map(|drug| code(*drug)).collect();
            let answer = answer(&drugs, None);
            let named = answer.alerts.iter().any(|alert| {
                alert.reasons.iter().any(|reason| reason.rule == rule.id)
                    && alert.drugs.iter().any(|found| found.rxcui == rxcui(*drug))
            });
            if !named {
                lost.push(format!("{}: {}", rule.id, name(*drug)));
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn every_member_of_an_allergen_group_alerts_on_an_allergy_to_the_group() {
    let graph = Graph::of(pack());
    let mut lost = Vec::new();
    for group in &pack().allergens {
        let members = graph.on(&group.members);
        for drug in &members {
            let other = members.iter().find(|other| *other != drug).unwrap_or(drug);
            let records = group.snomed.iter().map(|code| snomed(*code));
            let records = records.chain(group.names.iter().map(|name| json!({ "text": name })));
            for record in records.chain([rxnorm(code(*other))]) {
                let answer = answer(&[code(*drug)], Some(record.clone()));
                if !answer.alerts.iter().any(|alert| alert.kind == AlertKind::DrugAllergy) {
                    lost.push(format!("{}: {} for the allergy {record}", group.id, name(*drug)));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

/// An ingredient and its classes, and the edges that leave these.
type Reach = (BTreeSet<u16>, Vec<(u16, Relation)>);

/// What each ingredient is, read off the edges once more and apart from the engine's own index.
struct Graph<'p> {
    pack: &'p Pack,
    /// For each ingredient.
    reach: Vec<Reach>,
}

impl<'p> Graph<'p> {
    fn of(pack: &'p Pack) -> Self {
        let mut edges_from: BTreeMap<u16, Vec<(u16, Relation)>> = BTreeMap::new();
        for edge in &pack.edges {
            edges_from.entry(edge.from).or_default().push((edge.to, edge.relation));
        }
        let reach = (0_u16..).zip(&pack.drugs.ingredients).map(|(ingredient, _)| {
            let (mut nodes, mut edges, mut open) = (BTreeSet::from([ingredient]), Vec::new(), vec![ingredient]);
            while let Some(node) = open.pop() {
                for (to, relation) in edges_from.get(&node).into_iter().flatten() {
                    edges.push((*to, *relation));
                    if *relation == Relation::MemberOf && nodes.insert(*to) {
                        open.push(*to);
                    }
                }
            }
            (nodes, edges)
        });
        Self { pack, reach: reach.collect() }
    }

    fn selected(&self, selector: Selector) -> BTreeSet<u16> {
        let is = |(nodes, edges): &(BTreeSet<u16>, Vec<(u16, Relation)>)| {
            match selector {
            Selector::Ingredient(node) | Selector::Class(node) => nodes.contains(&node),
            Selector::Inhibits(path, strength) => edges.contains(&(path, Relation::Inhibits(strength))),
            Selector::Induces(path, strength) => edges.contains(&(path, Relation::Induces(strength))),
            Selector::Substrate(path, wanted) => edges.iter().any(|(to, relation)| {
                matches!(relation, Relation::SubstrateOf { sensitivity, .. } if *to == path && *sensitivity == wanted)
            }),
            Selector::NarrowIndexSubstrate(path) => edges.iter().any(|(to, relation)| {
                matches!(relation, Relation::SubstrateOf { narrow_index: true, .. } if *to == path)
            }),
        }
        };
        let ingredients = (0_u16..).zip(&self.reach);
        ingredients.filter(|(_, reach)| is(reach)).map(|(ingredient, _)| ingredient).collect()
    }

    fn on(&self, side: &Side) -> BTreeSet<u16> {
        let all = |selectors: &[Selector]| -> BTreeSet<u16> {
            selectors.iter().flat_map(|selector| self.selected(*selector)).collect()
        };
        &all(&side.any) - &all(&side.except)
    }

    fn contributors(&self, effect: u16) -> BTreeSet<u16> {
        let contributes = |(to, relation): &(u16, Relation)| {
            *to == effect && matches!(relation, Relation::ContributesTo(weight) if *weight > 0)
        };
        let ingredients = (0_u16..).zip(&self.reach).take(self.pack.drugs.ingredients.len());
        ingredients.filter(|(_, (_, edges))| edges.iter().any(contributes)).map(|(ingredient, _)| ingredient).collect()
    }
}

/// The engine's answer for a patient with an order of each of these ingredients, and with this allergy.
fn answer(drugs: &[u32], allergen: Option<Value>) -> CheckAnswer {
    let mut resources = vec![json!({ "resourceType": "Patient", "id": "p" })];
    resources.extend(drugs.iter().enumerate().map(|(position, rxcui)| {
        json!({
            "resourceType": "MedicationRequest", "id": format!("m{position}"), "status": "active", "intent": "order",
            "subject": { "reference": "Patient/p" }, "authoredOn": "2026-11-01",
            "medicationCodeableConcept": rxnorm(*rxcui),
        })
    }));
    resources.extend(allergen.map(|code| {
        json!({
            "resourceType": "AllergyIntolerance", "id": "a", "patient": { "reference": "Patient/p" }, "code": code,
        })
    }));
    let chart = Value::Array(resources).to_string();
    let options = CheckOptions::on("2026-11-22".parse().unwrap());
    ENGINE.check(&[Document::new("case", chart.as_bytes())], &[], &options).expect("one patient")
}

fn rxnorm(rxcui: u32) -> Value {
    json!({ "coding": [{ "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": rxcui.to_string() }] })
}

fn snomed(code: u64) -> Value {
    json!({ "coding": [{ "system": "http://snomed.info/sct", "code": code.to_string() }] })
}

fn code(ingredient: u16) -> u32 {
    ENGINE.knowledge().rxcui(ingredient)
}

fn rxcui(ingredient: u16) -> String {
    code(ingredient).to_string()
}

fn name(ingredient: u16) -> &'static str {
    ENGINE.knowledge().name(ingredient)
}
