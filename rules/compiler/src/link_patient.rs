//! Linking what is about patients: conditions, measurements, routes, rules about one drug, doses and sums.

use std::collections::BTreeMap;

use cds_core::knowledge::names::normalise;
use cds_core::knowledge::{
    ClinicalCondition, DoseLimit, DosePer, DoseUnit, Evidence, Measurement, Number, PatientLevel, Roles, Route,
    RouteWords, Rule, RuleTest, TotalContributor, TotalLevel,
};

use crate::case::CaseKind;
use crate::diagnostic::{At, Place};
use crate::graph::KnowledgeGraph;
use crate::link::{Linker, words};
use crate::patient_entries::{
    ConditionEntry, DoseEntry, MeasurementEntry, PatientEntries, PatientRuleEntry, TotalEntry,
};
use crate::phrases::{Sides, clauses, dose_amount, route};
use crate::problem::Problem;
use crate::select::{Names, selected};

/// What linking the terms yields.
pub(crate) struct LinkedTerms {
    pub conditions: Vec<ClinicalCondition>,
    pub other_conditions: Vec<u64>,
    pub measurements: Vec<Measurement>,
    pub roles: Roles,
    pub routes: Vec<RouteWords>,
}

/// Links conditions, measurements and routes.
pub(crate) fn terms(entries: &PatientEntries, names: &Names<'_>, graph: &KnowledgeGraph) -> LinkedTerms {
    let mut conditions: Vec<ClinicalCondition> =
        first_of_each(entries.conditions.iter(), |entry| &entry.id).map(|entry| condition(entry, names)).collect();
    conditions.sort_by(|a, b| a.id.cmp(&b.id));
    let mut measurements: Vec<Measurement> =
        first_of_each(entries.measurements.iter(), |entry| &entry.id).map(|entry| measurement(entry, names)).collect();
    measurements.sort_by(|a, b| a.id.cmp(&b.id));
    let mut other_conditions: Vec<u64> = entries.other_conditions.iter().map(|code| code.value).collect();
    other_conditions.sort_unstable();
    other_conditions.dedup();
    for code in &entries.other_conditions {
        let known = entries.conditions.iter().find(|entry| entry.snomed.iter().any(|own| own.value == code.value));
        if let Some(known) = known {
            let problem = Problem::Duplicate {
                kind: "SNOMED CT concept",
                id: code.value.to_string(),
                first: known.id.place.name(),
            };
            names.findings.report(&code.place, problem);
        }
    }
    let mut by_loinc: BTreeMap<&str, &Place> = BTreeMap::new();
    for code in entries.measurements.iter().flat_map(|entry| &entry.loinc) {
        if let Some(first) = by_loinc.insert(&code.value, &code.place) {
            let problem = Problem::Duplicate { kind: "LOINC code", id: code.value.clone(), first: first.name() };
            names.findings.report(&code.place, problem);
        }
    }
    LinkedTerms {
        conditions,
        other_conditions,
        measurements,
        roles: roles(names),
        routes: routes(entries, names, graph),
    }
}

/// The first entry of each id; a second one was reported.
fn first_of_each<'e, T: 'e>(
    entries: impl Iterator<Item = &'e T>,
    id: impl Fn(&T) -> &At<String>,
) -> impl Iterator<Item = &'e T> {
    let mut met = std::collections::BTreeSet::new();
    entries.filter(move |entry| met.insert(id(entry).value.clone()))
}

fn condition(entry: &ConditionEntry, names: &Names<'_>) -> ClinicalCondition {
    let codes = |texts: &[At<String>]| -> Vec<String> {
        let plain = texts.iter().map(|text| {
            let code: String = text.value.chars().filter(|character| *character != '.').collect();
            let mut bytes = code.bytes();
            let begins = bytes.next().is_some_and(|byte| byte.is_ascii_uppercase())
                && bytes.next().is_some_and(|byte| byte.is_ascii_digit());
            let is_code = begins
                && (3..=7).contains(&code.len())
                && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
            if !is_code {
                let problem = Problem::BadCode { text: text.value.clone(), system: "ICD-10-CM code" };
                names.findings.report(&text.place, problem);
            }
            code
        });
        plain.collect()
    };
    let includes = entry.includes.iter().filter_map(|id| names.find("condition", &names.conditions, id));
    ClinicalCondition {
        id: entry.id.value.clone(),
        name: entry.name.clone(),
        icd10: codes(&entry.icd10),
        not_icd10: codes(&entry.not_icd10),
        snomed: entry.snomed.iter().map(|code| code.value).collect(),
        includes: includes.collect(),
        names: entry.names.iter().map(|name| normalise(&name.value)).filter(|name| !name.is_empty()).collect(),
        history: entry.history,
        lasts_days: entry.lasts_days,
        observed: entry.observed.clone(),
        ruled_out: entry.ruled_out.clone(),
    }
}

fn measurement(entry: &MeasurementEntry, names: &Names<'_>) -> Measurement {
    let units = entry.units.iter().map(|(unit, factor)| (unit.clone(), number(factor, names)));
    let plausible = match entry.plausible.as_slice() {
        [least, most] => (number(least, names), number(most, names)),
        _ => {
            let reason = "write the least and the greatest value, as in `plausible = [\"1\", \"12\"]`".to_owned();
            names.findings.report(&entry.id.place, Problem::BadPhrase { text: "plausible".to_owned(), reason });
            (zero(), zero())
        }
    };
    Measurement {
        id: entry.id.value.clone(),
        name: entry.name.clone(),
        unit: entry.unit.clone(),
        loinc: entry.loinc.iter().map(|code| code.value.clone()).collect(),
        units: units.collect(),
        plausible,
    }
}

fn zero() -> Number {
    Number { mantissa: 0, scale: 0 }
}

fn number(text: &At<String>, names: &Names<'_>) -> Number {
    Number::parse(&text.value).unwrap_or_else(|| {
        let problem = Problem::BadPhrase { text: text.value.clone(), reason: "write a decimal number".to_owned() };
        names.findings.report(&text.place, problem);
        zero()
    })
}

/// The entries that the engine computes with must be there.
fn roles(names: &Names<'_>) -> Roles {
    let find = |kind: &'static str, among: &BTreeMap<String, u16>, id: &str| {
        let id = At::new(id.to_owned(), Place::of_absent(&format!("{kind}s/")));
        names.find(kind, among, &id).unwrap_or_default()
    };
    let condition = |id| find("condition", &names.conditions, id);
    let measurement = |id| find("measurement", &names.measurements, id);
    Roles {
        pregnancy: condition("pregnancy"),
        breastfeeding: condition("breastfeeding"),
        creatinine: measurement("creatinine"),
        egfr: measurement("egfr"),
        creatinine_clearance: measurement("creatinine-clearance"),
        weight: measurement("weight"),
    }
}

fn routes(entries: &PatientEntries, names: &Names<'_>, graph: &KnowledgeGraph) -> Vec<RouteWords> {
    let lower = |texts: &[String]| texts.iter().map(|text| text.to_lowercase()).collect::<Vec<_>>();
    let routes = entries.routes.iter().filter_map(|entry| {
        let route = read_route(&entry.id, names)?;
        let mut own = lower(&entry.names);
        own.push(route.name().to_owned());
        own.sort();
        own.dedup();
        let snomed = entry.snomed.iter().map(|code| code.value).collect();
        let systemic = entry.drugs.iter().filter_map(|text| {
            let selector = names.selector(text)?;
            if selected(selector, graph).is_empty() {
                names.findings.report(&text.place, Problem::SelectsNothing { selector: text.value.clone() });
            }
            Some(selector)
        });
        Some(RouteWords { route, snomed, names: own, forms: lower(&entry.forms), systemic: systemic.collect() })
    });
    routes.collect()
}

fn read_route(text: &At<String>, names: &Names<'_>) -> Option<Route> {
    route(&text.value)
        .map_err(|reason| {
            names.findings.report(&text.place, Problem::BadPhrase { text: text.value.clone(), reason });
        })
        .ok()
}

fn read_routes(texts: &[At<String>], names: &Names<'_>) -> Vec<Route> {
    let mut routes: Vec<Route> = texts.iter().filter_map(|text| read_route(text, names)).collect();
    if texts.is_empty() {
        routes.push(Route::Oral);
    }
    routes.sort_unstable();
    routes
}

impl Linker<'_> {
    /// A rule about one drug and the patient.
    pub(crate) fn patient_rule(&mut self, entry: &PatientRuleEntry) -> Rule {
        let (drugs, selected) = self.names.side(&entry.drugs, &self.graph);
        self.note_classes(&drugs.any);
        self.on_a_side.extend(selected);
        self.trials.patient_cases(CaseKind::Patient, &entry.id.value, &entry.cases, &self.names);
        let levels = entry.levels.iter().map(|level| PatientLevel {
            when: clauses(&level.when, Sides::One, &self.names),
            tier: level.tier,
            words: words(&level.words),
        });
        Rule {
            id: entry.id.value.clone(),
            title: entry.title.clone(),
            problems: self.problem_positions(&entry.problems),
            evidence: entry.evidence,
            test: RuleTest::Patient { kind: entry.kind, drugs, levels: levels.collect() },
            source: self.sources.position(&entry.reviewed.source),
            revised: entry.reviewed.revised.value.clone(),
            contexts: Vec::new(),
            context_free: false,
            low_value: false,
        }
    }

    /// Dose limits of a drug.
    pub(crate) fn dose(&mut self, entry: &DoseEntry) -> Option<Rule> {
        let ingredient = self.names.drugs.ingredient(&entry.drug, self.findings)?;
        self.trials.patient_cases(CaseKind::Dose, &entry.id.value, &entry.cases, &self.names);
        let mut limits = Vec::new();
        for limit in &entry.limits {
            let mut most = Vec::new();
            for (per, text) in
                [(DosePer::AtOnce, &limit.at_once), (DosePer::Day, &limit.per_day), (DosePer::Week, &limit.per_week)]
            {
                let Some(text) = text else { continue };
                match dose_amount(&text.value) {
                    Ok(amount) => most.push((per, amount)),
                    Err(reason) => {
                        let problem = Problem::BadPhrase { text: text.value.clone(), reason };
                        self.findings.report(&text.place, problem);
                    }
                }
            }
            if most.is_empty() {
                self.findings.report(&limit.place, Problem::MissingField { field: "per_day" });
            }
            let two = Number { mantissa: 2, scale: 0 };
            limits.push(DoseLimit {
                when: clauses(&limit.when, Sides::One, &self.names),
                most,
                tier: limit.tier,
                much: limit.much.as_ref().map_or(two, |much| number(much, &self.names)),
            });
        }
        Some(Rule {
            id: entry.id.value.clone(),
            title: format!("Dose of {}", entry.drug.value),
            problems: self.problem_positions(&entry.problems),
            evidence: Evidence::Label,
            test: RuleTest::Dose {
                ingredient,
                routes: read_routes(&entry.routes, &self.names),
                limits,
                consequence: entry.consequence.clone(),
            },
            source: self.sources.position(&entry.reviewed.source),
            revised: entry.reviewed.revised.value.clone(),
            contexts: Vec::new(),
            context_free: false,
            low_value: false,
        })
    }

    /// A sum of doses.
    pub(crate) fn total(&mut self, entry: &TotalEntry) -> Rule {
        self.trials.patient_cases(CaseKind::Total, &entry.id.value, &entry.cases, &self.names);
        let mut contributors = Vec::new();
        for contributor in &entry.contributors {
            let Some(ingredient) = self.names.drugs.ingredient(&contributor.drug, self.findings) else { continue };
            let Some((unit, in_unit)) = DoseUnit::parse(&contributor.per.value) else {
                let reason = "write the unit that the factor multiplies: `mg`, `mcg`, `mcg/h` ...".to_owned();
                let problem = Problem::BadPhrase { text: contributor.per.value.clone(), reason };
                self.findings.report(&contributor.per.place, problem);
                continue;
            };
            // The factor is of the unit as it is written; the engine counts in its own.
            let factor = number(&contributor.factor, &self.names).decimal().checked_div(in_unit);
            let factor = factor.and_then(|factor| Number::parse(&factor.normalize().to_string())).unwrap_or_else(zero);
            let routes = read_routes(&contributor.routes, &self.names);
            contributors.push(TotalContributor { ingredient, routes, unit, factor });
        }
        let levels = entry.levels.iter().map(|level| TotalLevel {
            from: number(&level.from, &self.names),
            when: clauses(&level.when, Sides::One, &self.names),
            tier: level.tier,
            words: words(&level.words),
        });
        let levels = levels.collect();
        Rule {
            id: entry.id.value.clone(),
            title: entry.title.clone(),
            problems: self.problem_positions(&entry.problems),
            evidence: entry.evidence,
            test: RuleTest::Total { unit: entry.unit.clone(), contributors, levels },
            source: self.sources.position(&entry.reviewed.source),
            revised: entry.reviewed.revised.value.clone(),
            contexts: Vec::new(),
            context_free: false,
            low_value: false,
        }
    }
}
