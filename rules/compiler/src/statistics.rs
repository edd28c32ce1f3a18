//! What a compiled folder holds, in numbers.

use std::collections::BTreeMap;
use std::fmt;

use cds_core::knowledge::{NodeKind, RuleTest};
use cds_core::report::Tier;

use crate::link::Linked;

/// What a compiled folder holds, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Ingredients.
    pub ingredients: usize,
    /// Ingredients that are in a class, on a pathway, in an effect, on a side of an interaction or in a rule about one drug.
    pub covered: usize,
    /// Distinct products.
    pub products: usize,
    /// RxNorm concept ids, all levels.
    pub rxnorm_codes: usize,
    /// National Drug Codes.
    pub ndc_codes: usize,
    /// SNOMED CT concept ids.
    pub snomed_codes: usize,
    /// Names.
    pub names: usize,
    /// Classes.
    pub classes: usize,
    /// Classes that no rule reaches.
    pub unused_classes: usize,
    /// Pathways.
    pub pathways: usize,
    /// Additive effects.
    pub effects: usize,
    /// Edges.
    pub edges: usize,
    /// Interactions.
    pub interactions: usize,
    /// Duplication rules.
    pub duplicates: usize,
    /// Rules about one drug and the patient.
    pub patient_rules: usize,
    /// Rules on the dose of one drug.
    pub doses: usize,
    /// Sums of doses.
    pub totals: usize,
    /// Facts of the patient that change the tier of a rule or allergen group.
    pub contexts: usize,
    /// Conditions.
    pub conditions: usize,
    /// Measurements.
    pub measurements: usize,
    /// Tiers that rules may give, before the patient's facts change them.
    pub by_tier: BTreeMap<Tier, usize>,
    /// Allergen groups.
    pub allergen_groups: usize,
    /// Allergens that are no drugs.
    pub non_drugs: usize,
    /// Sources.
    pub sources: usize,
    /// Firing cases.
    pub firing_cases: usize,
    /// Silent cases.
    pub silent_cases: usize,
}

impl Statistics {
    pub(crate) fn count(linked: &Linked) -> Self {
        let (pack, cases) = (&linked.pack, &linked.cases);
        let kind = |wanted| pack.nodes.iter().filter(|node| node.kind == wanted).count();
        let rules = |wanted: fn(&RuleTest) -> bool| pack.rules.iter().filter(|rule| wanted(&rule.test)).count();
        let mut by_tier = BTreeMap::new();
        for tier in pack.rules.iter().flat_map(|rule| rule.test.tiers()) {
            let count: &mut usize = by_tier.entry(tier).or_default();
            *count = count.saturating_add(1);
        }
        let contexts = pack.rules.iter().map(|rule| rule.contexts.len());
        let contexts = contexts.chain(pack.allergens.iter().map(|group| group.contexts.len()));
        let firing_cases = cases.iter().filter(|case| case.expected.is_some()).count();
        Self {
            ingredients: pack.drugs.ingredients.len(),
            covered: linked.covered.len(),
            products: pack.drugs.products.len(),
            rxnorm_codes: pack.drugs.rxnorm.iter().map(|table| table.codes.len()).sum(),
            ndc_codes: pack.drugs.ndc.codes.len(),
            snomed_codes: pack.drugs.snomed.codes.len(),
            names: pack.drugs.names.len(),
            classes: kind(NodeKind::Class),
            unused_classes: linked.unused_classes.len(),
            pathways: kind(NodeKind::Pathway),
            effects: kind(NodeKind::Effect),
            edges: pack.edges.len(),
            interactions: rules(|test| matches!(test, RuleTest::Interaction { .. })),
            duplicates: rules(|test| matches!(test, RuleTest::DuplicateClass { .. })),
            patient_rules: rules(|test| matches!(test, RuleTest::Patient { .. })),
            doses: rules(|test| matches!(test, RuleTest::Dose { .. })),
            totals: rules(|test| matches!(test, RuleTest::Total { .. })),
            contexts: contexts.sum(),
            conditions: pack.conditions.len(),
            measurements: pack.measurements.len(),
            by_tier,
            allergen_groups: pack.allergens.len(),
            non_drugs: pack.non_drugs.len(),
            sources: pack.sources.len(),
            firing_cases,
            silent_cases: cases.len().saturating_sub(firing_cases),
        }
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = [
            ("ingredients", self.ingredients),
            ("  covered by knowledge", self.covered),
            ("products", self.products),
            ("RxNorm codes", self.rxnorm_codes),
            ("National Drug Codes", self.ndc_codes),
            ("SNOMED CT codes", self.snomed_codes),
            ("names", self.names),
            ("classes", self.classes),
            ("  that no rule reaches", self.unused_classes),
            ("pathways", self.pathways),
            ("effects", self.effects),
            ("edges", self.edges),
            ("interactions", self.interactions),
            ("duplication rules", self.duplicates),
            ("rules about one drug", self.patient_rules),
            ("rules on the dose of a drug", self.doses),
            ("sums of doses", self.totals),
            ("contexts", self.contexts),
            ("conditions", self.conditions),
            ("measurements", self.measurements),
            ("allergen groups", self.allergen_groups),
            ("allergens that are no drugs", self.non_drugs),
            ("sources", self.sources),
            ("firing cases", self.firing_cases),
            ("silent cases", self.silent_cases),
        ];
        for (name, count) in rows {
            writeln!(f, "{name:<30}{count:>8}")?;
        }
        for (tier, count) in self.by_tier.iter().rev() {
            writeln!(f, "{:<30}{count:>8}", format!("tier {}", tier.name()))?;
        }
        Ok(())
    }
}
