//! `cds pack`: what the pack knows, and the pack as a file.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use cds_core::knowledge::{NodeKind, Relation, RuleTest};

use crate::arguments::{Arguments, Pack, PackAction};
use crate::failure::{CLEAR, Failure};
use crate::files;

/// Shows or writes the pack.
pub(crate) fn run(options: &Pack, arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &options.action {
        PackAction::Stats => stats(arguments)?,
        PackAction::Write { file } => {
            // Read once, so that a damaged pack is not passed on.
            let engine = files::engine(arguments)?;
            let bytes = match &arguments.pack {
                Some(path) => files::read(path)?,
                None => cds_rules::PACK.to_vec(),
            };
            std::fs::write(file, bytes).map_err(|error| Failure::Write { path: file.clone(), error })?;
            anstream::eprintln!("wrote {} (SHA-256 {})", file.display(), engine.knowledge().sha256());
        }
    }
    Ok(ExitCode::from(CLEAR))
}

fn stats(arguments: &Arguments) -> Result<(), Failure> {
    let engine = files::engine(arguments)?;
    let knowledge = engine.knowledge();
    let pack = knowledge.pack();
    let mut counts: Vec<(String, usize)> = Vec::new();
    let mut add = |what: &str, count: usize| counts.push((what.to_owned(), count));
    add("ingredients", pack.drugs.ingredients.len());
    let covered =
        (0_u16..).take(pack.drugs.ingredients.len()).filter(|ingredient| knowledge.is_covered(*ingredient)).count();
    add("ingredients with interaction knowledge", covered);
    add("RxNorm codes", pack.drugs.rxnorm.iter().map(|table| table.deltas.len()).sum());
    add("NDC labeler and product codes", pack.drugs.ndc.deltas.len());
    add("SNOMED CT drug codes", pack.drugs.snomed.deltas.len());
    add("names", pack.drugs.names.len());
    for (kind, name) in [
        (NodeKind::Class, "classes"),
        (NodeKind::Pathway, "enzymes and transporters"),
        (NodeKind::Effect, "additive effects"),
    ] {
        add(name, pack.nodes.iter().filter(|node| node.kind == kind).count());
    }
    let edges = |of: fn(&Relation) -> bool| pack.edges.iter().filter(|edge| of(&edge.relation)).count();
    add("class memberships", edges(|relation| matches!(relation, Relation::MemberOf)));
    add(
        "inhibitions and inductions",
        edges(|relation| matches!(relation, Relation::Inhibits(_) | Relation::Induces(_))),
    );
    add("substrates", edges(|relation| matches!(relation, Relation::SubstrateOf { .. })));
    add("effect contributions", edges(|relation| matches!(relation, Relation::ContributesTo(_))));
    let mut tiers: BTreeMap<_, usize> = BTreeMap::new();
    for rule in &pack.rules {
        if let RuleTest::Interaction { tier, .. } = &rule.test {
            let count = tiers.entry(std::cmp::Reverse(*tier)).or_default();
            *count = count.saturating_add(1);
        }
    }
    add("interaction rules", tiers.values().sum());
    for (std::cmp::Reverse(tier), count) in &tiers {
        add(&format!("  {}", tier.name()), *count);
    }
    let rules = |of: fn(&RuleTest) -> bool| pack.rules.iter().filter(|rule| of(&rule.test)).count();
    add("duplicate classes", rules(|test| matches!(test, RuleTest::DuplicateClass { .. })));
    add("allergen groups", pack.allergens.len());
    add("allergens that are no drugs", pack.non_drugs.len());
    add("sources", pack.sources.len());

    let mut out = std::io::stdout().lock();
    let about = &pack.about;
    writeln!(out, "{} {}, revised {}, {}", about.name, about.version, about.revised, about.license)?;
    writeln!(out, "SHA-256 {}", knowledge.sha256())?;
    for (what, count) in counts {
        writeln!(out, "{count:>8}  {what}")?;
    }
    Ok(())
}
