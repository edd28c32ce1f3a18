//! `cargo bench -p cds-benches`: the order check as a chart's drug list grows, and loading the knowledge.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use cds_benches::order_check;
use cds_core::Engine;

fn main() {
    divan::main();
}

#[divan::bench(args = [0, 5, 10, 20])]
fn check(bencher: divan::Bencher<'_, '_>, active_drugs: usize) {
    let engine = Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK).unwrap();
    let call = order_check(active_drugs);
    bencher.bench_local(|| engine.answer_json(divan::black_box(&call)));
}

#[divan::bench]
fn load_the_knowledge() -> Engine {
    Engine::new(divan::black_box(cds_rules::PACK)).unwrap()
}

#[divan::bench]
fn load_the_knowledge_with_ndc() -> Engine {
    let (pack, ndc) = divan::black_box((cds_rules::PACK, cds_rules::NDC_PACK));
    Engine::with_ndc(pack, ndc).unwrap()
}
