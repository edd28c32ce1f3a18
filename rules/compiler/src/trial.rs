//! Trying a rule's cases on what the tables say, and collecting them for the engine, which tries them on whole charts.

use std::collections::BTreeSet;

use cds_core::knowledge::names::normalise;
use cds_core::report::Tier;

use crate::case::{Case, CaseDrug, CaseKind};
use crate::diagnostic::{At, Findings, Place};
use crate::drugs::Drugs;
use crate::entries::{AllergenEntry, CaseEntries};
use crate::given::{Given, drug_of, given};
use crate::problem::{Problem, nearest};
use crate::select::Names;

/// A rule whose cases are tried on drugs alone.
pub(crate) struct Trial<'t> {
    pub kind: CaseKind,
    pub rule: &'t str,
    pub entries: &'t CaseEntries,
    /// Its tier, where it has one.
    pub tier: Option<Tier>,
    /// Whether facts of the patient may change the tier.
    pub contexts: bool,
    /// What a case lacks on which it does not fire.
    pub reason: &'static str,
}

/// The cases of every rule.
pub(crate) struct Trials<'n> {
    drugs: &'n Drugs,
    findings: &'n Findings,
    cases: Vec<Case>,
    /// Cases on which their rule errs. They count only where nothing else is wrong: a drug that is missing from a class
    /// would otherwise be reported once more with every case that it is in.
    failed: Findings,
}

impl<'n> Trials<'n> {
    pub fn new(drugs: &'n Drugs, findings: &'n Findings) -> Self {
        Self { drugs, findings, cases: Vec::new(), failed: Findings::default() }
    }

    /// The cases, ordered by rule and place; reports those on which their rule errs.
    pub fn finish(mut self) -> Vec<Case> {
        if self.findings.is_empty() {
            self.findings.take_over(self.failed);
        }
        self.cases.sort_by(|a, b| (&a.rule, &a.file, a.line).cmp(&(&b.rule, &b.file, b.line)));
        self.cases
    }

    /// Collects a rule's cases, and tries them on its sides, members or weights.
    pub fn drug_cases(&mut self, of: &Trial<'_>, tier: impl Fn(&[u16]) -> Option<Tier>, names: &Names<'_>) {
        let Trial { kind, rule, entries, contexts, reason, .. } = *of;
        for entry in &entries.fires {
            let expected = entry.tier.or(of.tier);
            if let Some((drugs, given)) = self.case_facts(&entry.drugs, &entry.given, names) {
                // Facts of the patient and other drugs may change the tier; the engine tries these cases on whole charts.
                let plain = if contexts || !given.is_empty() { None } else { expected };
                self.check_fires(&entry.place, tier(&drugs), plain, reason);
                self.add_case(kind, rule, &drugs, given, &entry.place, expected, None, None);
            }
        }
        for entry in &entries.silent {
            if let Some((drugs, given)) = self.case_facts(&entry.drugs, &entry.given, names) {
                // A drug that is given locally may keep a rule silent.
                if given.is_empty() {
                    self.check_silent(&entry.place, tier(&drugs));
                }
                self.add_case(kind, rule, &drugs, given, &entry.place, None, Some(&entry.because), None);
            }
        }
    }

    /// Collects the cases of a rule that facts of the patient decide; only the engine can try them.
    pub fn patient_cases(&mut self, kind: CaseKind, rule: &str, entries: &CaseEntries, names: &Names<'_>) {
        let fires = entries.fires.iter().map(|entry| (&entry.drugs, &entry.given, &entry.place, entry.tier, None));
        let silent = entries.silent.iter();
        let silent = silent.map(|entry| (&entry.drugs, &entry.given, &entry.place, None, Some(entry.because.as_str())));
        for (drugs, lines, place, expected, because) in fires.chain(silent) {
            if let Some((drugs, given)) = self.case_facts(drugs, lines, names) {
                self.add_case(kind, rule, &drugs, given, place, expected, because, None);
            }
        }
    }

    fn check_fires(&self, place: &Place, gives: Option<Tier>, expects: Option<Tier>, reason: &'static str) {
        match (gives, expects) {
            (None, _) => self.failed.report(place, Problem::FiresNot { reason }),
            (Some(gives), Some(expects)) if gives != expects => {
                self.failed.report(place, Problem::OtherTier { gives, expects });
            }
            _ => {}
        }
    }

    fn check_silent(&self, place: &Place, gives: Option<Tier>) {
        if gives.is_some() {
            self.failed.report(place, Problem::FiresYet);
        }
    }

    /// The drugs of a case; `None` where one of them is not known, which is reported.
    fn case_drugs(&self, drugs: &[At<String>]) -> Option<Vec<u16>> {
        let found: Vec<_> = drugs.iter().map(|drug| self.drugs.ingredient(drug, self.findings)).collect();
        found.into_iter().collect()
    }

    /// The drugs of a case, with those of which `given` says something, and what is given. `None` where one of them is not
    /// known, which is reported.
    fn case_facts(
        &self,
        drugs: &[At<String>],
        lines: &[At<String>],
        names: &Names<'_>,
    ) -> Option<(Vec<u16>, Vec<Given>)> {
        let (drugs, given) = (self.case_drugs(drugs), given(lines, names));
        let (mut drugs, given) = (drugs?, given?);
        for drug in given.iter().filter_map(drug_of) {
            if !drugs.contains(&drug) {
                drugs.push(drug);
            }
        }
        Some((drugs, given))
    }

    #[expect(clippy::too_many_arguments, reason = "one per field of a case")]
    fn add_case(
        &mut self,
        kind: CaseKind,
        rule: &str,
        drugs: &[u16],
        given: Vec<Given>,
        place: &Place,
        expected: Option<Tier>,
        because: Option<&str>,
        allergen: Option<&str>,
    ) {
        let drug = |position: &u16| CaseDrug {
            name: self.drugs.name(*position).to_owned(),
            rxcui: self.drugs.rxcui(*position),
        };
        self.cases.push(Case {
            kind,
            rule: rule.to_owned(),
            drugs: drugs.iter().map(drug).collect(),
            given,
            allergen: allergen.map(str::to_owned),
            expected,
            because: because.map(str::to_owned),
            file: place.file.path.clone(),
            line: place.line_and_column().0,
        });
    }

    pub fn allergen_cases(
        &mut self,
        entry: &AllergenEntry,
        in_group: &BTreeSet<u16>,
        cross: &[(Tier, BTreeSet<u16>)],
        names: &Names<'_>,
    ) {
        let tier = |allergen: Allergen, drugs: &[u16]| {
            if matches!(allergen, Allergen::Ingredient(ingredient) if !in_group.contains(&ingredient)) {
                return None;
            }
            let own = drugs.iter().any(|drug| in_group.contains(drug)).then_some(entry.tier);
            let crossing = cross.iter().filter(|(_, to)| drugs.iter().any(|drug| to.contains(drug)));
            own.into_iter().chain(crossing.map(|(tier, _)| *tier)).max()
        };
        let reason = "the case needs an allergen of the group, and a drug of the group or one that cross-reacts";
        let rule = entry.id.value.as_str();
        for case in &entry.cases.fires {
            let allergen = self.case_allergen(entry, case.allergen.as_ref());
            let facts = self.case_facts(&case.drugs, &case.given, names);
            if let (Some((drugs, given)), Some((allergen, text))) = (facts, allergen) {
                let plain = if entry.contexts.is_empty() { case.tier } else { None };
                self.check_fires(&case.place, tier(allergen, &drugs), plain, reason);
                self.add_case(CaseKind::Allergen, rule, &drugs, given, &case.place, case.tier, None, Some(text));
            }
        }
        for case in &entry.cases.silent {
            let allergen = self.case_allergen(entry, case.allergen.as_ref());
            let facts = self.case_facts(&case.drugs, &case.given, names);
            if let (Some((drugs, given)), Some((allergen, text))) = (facts, allergen) {
                self.check_silent(&case.place, tier(allergen, &drugs));
                let because = Some(case.because.as_str());
                self.add_case(CaseKind::Allergen, rule, &drugs, given, &case.place, None, because, Some(text));
            }
        }
    }

    /// A case's allergen: one of the group's names, or an ingredient.
    fn case_allergen<'e>(&self, entry: &AllergenEntry, text: Option<&'e At<String>>) -> Option<(Allergen, &'e str)> {
        let text = text.filter(|text| !text.value.is_empty())?;
        if entry.normal_names().contains(&normalise(&text.value)) {
            return Some((Allergen::Group, &text.value));
        }
        if let Some(ingredient) = self.drugs.position(&text.value) {
            return Some((Allergen::Ingredient(ingredient), &text.value));
        }
        let names = entry.names.iter().map(|name| name.value.as_str()).chain(self.drugs.names());
        let nearest = nearest(&text.value, names);
        self.findings.report(&text.place, Problem::Unknown { kind: "allergen", id: text.value.clone(), nearest });
        None
    }
}

/// What a case's allergy is to.
#[derive(Clone, Copy)]
enum Allergen {
    Group,
    Ingredient(u16),
}
