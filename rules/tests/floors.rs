//! What the knowledge must not fall below. The counts are those that `cds pack stats` prints.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test says what it counted")]

use cds_core::Engine;
use cds_core::knowledge::statistics;

/// Count and the least that it may be.
const FLOORS: &[(&str, usize)] = &[
    ("ingredients", 2_400),
    ("classed", 1_500),
    ("classes", 250),
    ("subclasses", 40),
    ("interaction-rules", 700),
    ("ingredient-pairs", 15_000),
    ("low-value", 30),
    ("inhibitions-inductions", 130),
    ("substrates", 260),
    ("effects", 13),
    ("allergen-groups", 25),
    ("drug-condition-rules", 180),
    ("kidney-drugs", 150),
    ("liver-drugs", 60),
    ("pregnancy-lactation-drugs", 110),
    ("age-drugs", 90),
    ("dose-drugs", 200),
    ("totals", 3),
    ("monitoring-rules", 40),
    ("food-rules", 40),
];

#[test]
fn the_knowledge_holds_at_least_what_was_promised() {
    let engine = Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK).expect("the build checked the pack");
    let counts = statistics(engine.knowledge());
    let mut short = Vec::new();
    for (id, floor) in FLOORS {
        let count = counts.iter().find(|count| count.id == *id).unwrap_or_else(|| unreachable!("no count `{id}`"));
        println!("{:>8}  {} (at least {floor})", count.count, count.what.trim());
        if count.count < *floor {
            short.push(format!("{}: {} of at least {floor}", count.what.trim(), count.count));
        }
    }
    assert!(short.is_empty(), "{}", short.join("\n"));
}
