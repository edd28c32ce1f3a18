//! What a folder of good tables compiles to.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;

use cds_core::knowledge::{
    CodeLevel, CodeTable, Evidence, NodeKind, NonDrugKind, Pack, Product, Relation, RuleTest, Selector, Strength,
    decode, encode,
};
use cds_core::report::Tier;
use cds_rules_compiler::{CaseKind, Compiled, compile, render};
use support::{copy, expect, folder, scratch};

fn tables() -> Compiled {
    compile(&folder("tables")).unwrap_or_else(|diagnostics| panic!("{}", render(&diagnostics)))
}

/// What a code means, as names and form.
fn meaning(pack: &Pack, table: &CodeTable, wanted: u64) -> Option<(Vec<String>, Option<String>)> {
    Some(named(pack, &pack.drugs.products[table.find(wanted)? as usize]))
}

fn named(pack: &Pack, product: &Product) -> (Vec<String>, Option<String>) {
    let names = product.ingredients.iter().map(|position| pack.drugs.ingredients[usize::from(*position)].name.clone());
    (names.collect(), product.form.map(|form| pack.drugs.forms[usize::from(form)].clone()))
}

fn rxnorm(pack: &Pack, level: CodeLevel, code: u64) -> Option<(Vec<String>, Option<String>)> {
    meaning(pack, pack.drugs.rxnorm.iter().find(|table| table.level == level)?, code)
}

fn some(names: &[&str], form: Option<&str>) -> Option<(Vec<String>, Option<String>)> {
    Some((names.iter().map(ToString::to_string).collect(), form.map(str::to_owned)))
}

#[test]
fn codes_mean_products() {
    let pack = tables().pack;
    assert_eq!(rxnorm(&pack, CodeLevel::Ingredient, 11), some(&["alphaine"], None));
    assert_eq!(rxnorm(&pack, CodeLevel::Ingredient, 15), some(&["echodine"], None), "an added ingredient");
    assert_eq!(rxnorm(&pack, CodeLevel::ClinicalDrug, 103), some(&["alphaine"], None));
    assert_eq!(rxnorm(&pack, CodeLevel::ClinicalDrug, 102), None);
    assert_eq!(rxnorm(&pack, CodeLevel::DrugGroup, 202), some(&["alphaine"], Some("Oral Pill")));
    assert_eq!(rxnorm(&pack, CodeLevel::DrugGroup, 203), some(&["alphaine", "bravoine"], None));
    assert_eq!(rxnorm(&pack, CodeLevel::MultiIngredient, 21), some(&["alphaine", "bravoine"], None));
    assert_eq!(rxnorm(&pack, CodeLevel::Component, 22), some(&["alphaine"], None));
    assert_eq!(meaning(&pack, &pack.drugs.ndc, 670_033), some(&["alphaine"], Some("Oral Pill")));
    assert_eq!(meaning(&pack, &pack.drugs.ndc, 670_019), some(&["alphaine", "bravoine"], None));
    assert_eq!(meaning(&pack, &pack.drugs.snomed, 1_000_012), some(&["alphaine", "bravoine"], None));
}

#[test]
fn names_mean_products() {
    let pack = tables().pack;
    let names: Vec<_> = pack.drugs.names.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["alf", "alf-bra", "alphaine", "alphatab", "bravoine", "charline", "deltamine, pure", "duotab", "echodine"],
    );
    let (_, product) = &pack.drugs.names[1];
    assert_eq!(
        named(&pack, &pack.drugs.products[*product as usize]),
        (vec!["alphaine".into(), "bravoine".into()], None)
    );
    assert_eq!(pack.drugs.words.units, ["mg"]);
}

#[test]
fn the_graph_is_flattened() {
    let pack = tables().pack;
    let nodes: Vec<_> = pack.nodes.iter().map(|node| (node.kind, node.id.as_str())).collect();
    assert_eq!(
        nodes,
        [
            (NodeKind::Ingredient, "11"),
            (NodeKind::Ingredient, "12"),
            (NodeKind::Ingredient, "13"),
            (NodeKind::Ingredient, "14"),
            (NodeKind::Ingredient, "15"),
            (NodeKind::Class, "consonant"),
            (NodeKind::Class, "letter"),
            (NodeKind::Class, "vowel"),
            (NodeKind::Pathway, "cyp9z"),
            (NodeKind::Effect, "drowsiness"),
        ],
    );
    let has = |from, to, relation| {
        pack.edges.iter().any(|edge| edge.from == from && edge.to == to && edge.relation == relation)
    };
    assert!(has(0, 7, Relation::MemberOf));
    assert!(has(7, 6, Relation::MemberOf));
    assert!(has(2, 8, Relation::Inhibits(Strength::Strong)));
    assert!(has(7, 9, Relation::ContributesTo(1)));
    let substrate = pack.edges.iter().find(|edge| matches!(edge.relation, Relation::SubstrateOf { .. })).unwrap();
    assert_eq!(pack.sources[usize::from(substrate.source)].citation, "Alphaine label", "a row's source goes first");
    assert!(pack.sources.iter().any(|source| source.citation == "Table of letters (2020)"));
}

#[test]
fn rules_are_read_and_derived() {
    let pack = tables().pack;
    let ids: Vec<_> = pack.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "alphaine-alcohol",
            "alphaine-consonant",
            "alphaine-dose",
            "alphaine-kidney",
            "alphaine-lactation",
            "alphaine-liver",
            "alphaine-older-adult",
            "alphaine-potassium",
            "alphaine-pregnancy",
            "alphaine-smoking",
            "bravoine-echodine",
            "duplicate-ingredient",
            "duplicate-vowel",
            "effect-drowsiness",
            "letters-total",
            "same-allergen",
        ],
    );
    let rule = |id: &str| pack.rules.iter().find(|rule| rule.id == id).unwrap();
    let interaction = rule("alphaine-consonant");
    let RuleTest::Interaction { tier, a, b, .. } = &interaction.test else { panic!("no interaction") };
    assert_eq!((*tier, a.any.as_slice()), (Tier::Major, &[Selector::Ingredient(0)][..]));
    assert_eq!(b.any, [Selector::Class(5), Selector::Inhibits(8, Strength::Strong)]);
    assert_eq!(b.except, [Selector::Ingredient(1)]);
    let (duplicate, effect) = (rule("duplicate-vowel"), rule("effect-drowsiness"));
    assert_eq!((duplicate.evidence, effect.evidence), (Evidence::Label, Evidence::Pharmacology));
    assert!(matches!(duplicate.test, RuleTest::DuplicateClass { class: 7, tier: Tier::Moderate, .. }));
    let RuleTest::AdditiveEffect { effect: 9, levels } = &effect.test else { panic!("no effect") };
    assert_eq!(
        levels.iter().map(|level| (level.tier, level.sum)).collect::<Vec<_>>(),
        [(Tier::Major, 4), (Tier::Minor, 2)]
    );
    let headline = &pack.problems[usize::from(interaction.problems[0])];
    assert_eq!((headline.id.as_str(), headline.folds), ("drowsiness", false), "a problem that stays apart");
    let RuleTest::DuplicateIngredient { except, .. } = &rule("duplicate-ingredient").test else {
        panic!("no general rule")
    };
    assert_eq!(except, &[Selector::Ingredient(1)]);
}

#[test]
fn allergens_are_read() {
    let pack = tables().pack;
    let group = &pack.allergens[0];
    assert_eq!((group.id.as_str(), group.names.as_slice()), ("vowels", &["vowel".to_owned(), "vowels".to_owned()][..]));
    assert_eq!((group.snomed.as_slice(), group.cross[0].tier), (&[1_000_001][..], Tier::Minor));
    let non_drugs: Vec<_> =
        pack.non_drugs.iter().map(|entry| (entry.snomed, entry.name.as_deref(), entry.kind)).collect();
    assert_eq!(
        non_drugs,
        [
            (None, Some("ink"), NonDrugKind::Environment),
            (None, Some("no known allergies"), NonDrugKind::NoneKnown),
            (Some(1_000_002), None, NonDrugKind::Environment),
        ],
    );
}

#[test]
fn cases_are_collected() {
    let compiled = tables();
    let text: String = compiled
        .cases
        .iter()
        .map(|case| {
            let drugs: Vec<_> = case.drugs.iter().map(|drug| format!("{} ({})", drug.name, drug.rxcui)).collect();
            format!(
                "{}:{} {:?} {}: {}{} -> {}{}\n",
                case.file,
                case.line,
                case.kind,
                case.rule,
                case.allergen.as_ref().map(|allergen| format!("allergy to {allergen}, ")).unwrap_or_default(),
                drugs.join(", "),
                case.expected.map_or("silent", Tier::name),
                case.because.as_ref().map(|because| format!(", {because}")).unwrap_or_default(),
            )
        })
        .collect();
    expect(&folder("expected/cases.txt"), &text);
    assert!(compiled.cases.iter().any(|case| case.kind == CaseKind::Allergen && case.expected.is_none()));
}

#[test]
fn drugs_without_knowledge_are_not_covered() {
    let compiled = tables();
    let covered: Vec<_> = compiled.covered.into_iter().collect();
    assert_eq!(covered, [0, 1, 2, 4], "`deltamine, pure (usp)` is in no table");
    assert_eq!(compiled.unused_classes, Vec::<String>::new());
    expect(&folder("expected/statistics.txt"), &compiled.statistics.to_string());
}

#[test]
fn a_class_that_no_rule_reaches_is_listed() {
    let tables = scratch("unused_class");
    copy(&folder("tables"), &tables);
    let class = "[[class]]\nid = \"digit\"\nname = \"digits\"\nmembers = [\"charline\"]\nsource = { citation = \"Numbers\" }\nrevised = \"2026-11-22\"\n";
    fs::write(tables.join("classes/digits.toml"), class).unwrap();
    assert_eq!(compile(&tables).unwrap().unused_classes, ["digit"]);
}

#[test]
fn the_graph_is_drawn() {
    let graph = tables().graph;
    expect(&folder("expected/neighbourhood.dot"), &graph.neighbourhood("alphaine").unwrap());
    assert_eq!(graph.neighbourhood("zulu"), None);
}

/// The same tables give the same bytes, wherever they are.
#[test]
fn compiling_is_deterministic() {
    let first = encode(&tables().pack).unwrap();
    let elsewhere = scratch("deterministic");
    copy(&folder("tables"), &elsewhere);
    let second = encode(&compile(&elsewhere).unwrap().pack).unwrap();
    assert_eq!(first, second);
    // National Drug Codes travel in a pack of their own.
    let mut without_ndc = tables().pack.clone();
    without_ndc.drugs.ndc = cds_core::knowledge::CodeTable::default();
    assert_eq!(decode(&first).unwrap().0, without_ndc);
}

/// Notes beside the tables are no tables.
#[test]
fn notes_are_left_alone() {
    let tables = scratch("notes");
    copy(&folder("tables"), &tables);
    fs::write(tables.join("interactions/doubts.md"), "None.\n").unwrap();
    assert!(compile(&tables).is_ok());
}
