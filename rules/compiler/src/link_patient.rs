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
use crate::phrases::{Sides, dose_amount};
use crate::problem::Problem;
use crate::select::{Least, Names, selected};

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
    let loinc = entries.measurements.iter().flat_map(|entry| &entry.loinc).filter(|code| !code.value.is_empty());
    once("LOINC code", loinc.map(|code| (code.value.as_str(), &code.place)), names);
    LinkedTerms {
        conditions,
        other_conditions,
        measurements,
        roles: roles(names, entries),
        routes: routes(entries, names, graph),
    }
}

/// Reports what is there twice.
fn once<'e, T: Ord + ToString>(kind: &'static str, entries: impl Iterator<Item = (T, &'e Place)>, names: &Names<'_>) {
    let mut met: BTreeMap<T, &Place> = BTreeMap::new();
    for (id, place) in entries {
        if let Some(first) = met.get(&id) {
            let problem = Problem::Duplicate { kind, id: id.to_string(), first: first.name() };
            names.findings.report(place, problem);
        } else {
            met.insert(id, place);
        }
    }
}

fn check_loinc<'e>(code: &'e At<String>, names: &Names<'_>) -> &'e At<String> {
    if !code.value.is_empty() && !is_loinc(&code.value) {
        names.findings.report(&code.place, Problem::BadCode { text: code.value.clone(), system: "LOINC code" });
    }
    code
}

/// Whether a text is a LOINC code: digits, a hyphen and their check digit (Luhn's, mod 10).
fn is_loinc(text: &str) -> bool {
    let Some((digits, check)) = text.split_once('-') else { return false };
    let digit = |byte: u8| char::from(byte).to_digit(10);
    let mut sum = 0_u32;
    for (position, byte) in digits.bytes().rev().enumerate() {
        let Some(digit) = digit(byte) else { return false };
        let doubled = if position % 2 == 0 { digit.saturating_mul(2) } else { digit };
        sum = sum.saturating_add(doubled / 10).saturating_add(doubled % 10);
    }
    let [check] = check.as_bytes() else { return false };
    !digits.is_empty() && digit(*check) == Some((10 - sum % 10) % 10)
}

/// The first entry of each id; a second one was reported.
fn first_of_each<'e, T: 'e>(
    entries: impl Iterator<Item = &'e T>,
    id: impl Fn(&T) -> &At<String>,
) -> impl Iterator<Item = &'e T> {
    let mut met = std::collections::BTreeSet::new();
    entries.filter(move |entry| met.insert(id(entry).value.clone()))
}

/// Reads an ICD-10-CM code; the pack holds it without the point.
fn icd10(text: &At<String>, names: &Names<'_>) -> String {
    let code: String = text.value.chars().filter(|character| *character != '.').collect();
    let mut bytes = code.bytes();
    let begins = bytes.next().is_some_and(|byte| byte.is_ascii_uppercase())
        && bytes.next().is_some_and(|byte| byte.is_ascii_digit());
    let is_code = begins
        && (3..=7).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    if !is_code {
        names.findings.report(&text.place, Problem::BadCode { text: text.value.clone(), system: "ICD-10-CM code" });
    }
    code
}

fn condition(entry: &ConditionEntry, names: &Names<'_>) -> ClinicalCondition {
    let codes: Vec<String> = entry.icd10.iter().map(|code| icd10(code, names)).collect();
    let left_out = entry.not_icd10.iter().map(|text| {
        let code = icd10(text, names);
        if !codes.iter().any(|wider| code.starts_with(wider)) {
            names.findings.report(&text.place, Problem::LeavesNothingOut { code: text.value.clone() });
        }
        code
    });
    let not_icd10 = left_out.collect();
    let answers = |answers: &[(At<String>, String)]| {
        let answers = answers.iter().map(|(loinc, answer)| (check_loinc(loinc, names).value.clone(), answer.clone()));
        answers.collect::<Vec<_>>()
    };
    let handles =
        [entry.icd10.len(), entry.snomed.len(), entry.names.len(), entry.includes.len(), entry.observed.len()];
    if handles == [0; 5] && !entry.id.value.is_empty() {
        names.findings.report(&entry.id.place, Problem::NeverHolds { id: entry.id.value.clone() });
    }
    names.check_written(&entry.names);
    let includes = entry.includes.iter().filter_map(|id| names.find("condition", &names.conditions, id));
    ClinicalCondition {
        id: entry.id.value.clone(),
        name: entry.name.clone(),
        not_icd10,
        icd10: codes,
        snomed: entry.snomed.iter().map(|code| code.value).collect(),
        includes: includes.collect(),
        names: entry.names.iter().map(|name| normalise(&name.value)).filter(|name| !name.is_empty()).collect(),
        history: entry.history,
        lasts_days: entry.lasts_days,
        observed: answers(&entry.observed),
        ruled_out: answers(&entry.ruled_out),
    }
}

fn measurement(entry: &MeasurementEntry, names: &Names<'_>) -> Measurement {
    let positive = |factor| names.number(factor, Least::Positive).unwrap_or(ZERO);
    let units = entry.units.iter().map(|(unit, factor)| (unit.clone(), positive(factor)));
    Measurement {
        id: entry.id.value.clone(),
        name: entry.name.clone(),
        unit: entry.unit.clone(),
        loinc: entry.loinc.iter().map(|code| check_loinc(code, names).value.clone()).collect(),
        units: units.collect(),
        plausible: plausible(&entry.plausible, names),
    }
}

/// From this multiple of a dose limit on it is `major`, where the limit does not say it.
const TWO: Number = Number { mantissa: 2, scale: 0 };

/// Stands in for a number that was reported.
const ZERO: Number = Number { mantissa: 0, scale: 0 };

fn plausible(values: &[At<String>], names: &Names<'_>) -> (Number, Number) {
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return (ZERO, ZERO) };
    let whole = Place::new(&first.place.file, first.place.span.start..last.place.span.end);
    let wrong = || names.findings.report(&whole, Problem::BadRange { field: "plausible" });
    let [least, most] = values else {
        wrong();
        return (ZERO, ZERO);
    };
    let (Some(least), Some(most)) = (names.number(least, Least::Any), names.number(most, Least::Any)) else {
        return (ZERO, ZERO);
    };
    if least.decimal() >= most.decimal() {
        wrong();
    }
    (least, most)
}

/// The entries that the engine computes with must be there, in the units that it computes with.
fn roles(names: &Names<'_>, entries: &PatientEntries) -> Roles {
    let find = |kind: &'static str, among: &BTreeMap<String, u16>, id: &str| {
        among.get(id).copied().unwrap_or_else(|| {
            let place = Place::of_absent(&format!("{kind}s/"));
            names.findings.report(&place, Problem::MissingRole { kind, id: id.to_owned() });
            0
        })
    };
    let condition = |id| find("condition", &names.conditions, id);
    let measurement = |id: &str, expected: &'static str| {
        let own = entries.measurements.iter().find(|entry| entry.id.value == id);
        if let Some(own) = own.filter(|own| !own.unit.is_empty() && own.unit != expected) {
            let problem = Problem::UnitOfRole { id: id.to_owned(), unit: own.unit.clone(), expected };
            names.findings.report(&own.id.place, problem);
        }
        find("measurement", &names.measurements, id)
    };
    Roles {
        pregnancy: condition("pregnancy"),
        breastfeeding: condition("breastfeeding"),
        creatinine: measurement("creatinine", "mg/dL"),
        egfr: measurement("egfr", "mL/min/{1.73_m2}"),
        creatinine_clearance: measurement("creatinine-clearance", "mL/min"),
        weight: measurement("weight", "kg"),
    }
}

fn routes(entries: &PatientEntries, names: &Names<'_>, graph: &KnowledgeGraph) -> Vec<RouteWords> {
    let lower = |texts: &[At<String>]| texts.iter().map(|text| text.value.to_lowercase()).collect::<Vec<_>>();
    // The second one of these would be passed over.
    let of = entries.routes.iter();
    once("route", of.clone().map(|entry| (entry.id.value.as_str(), &entry.id.place)), names);
    let codes = of.clone().flat_map(|entry| &entry.snomed).filter(|code| code.value != 0);
    once("SNOMED CT concept", codes.map(|code| (code.value, &code.place)), names);
    let named = of.clone().flat_map(|entry| &entry.names);
    once("name", named.map(|name| (name.value.to_lowercase(), &name.place)), names);
    let forms = of.flat_map(|entry| &entry.forms);
    once("form", forms.map(|form| (form.value.to_lowercase(), &form.place)), names);
    let routes = entries.routes.iter().filter_map(|entry| {
        let route = names.route(&entry.id)?;
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

fn read_routes(texts: &[At<String>], names: &Names<'_>) -> Vec<Route> {
    let mut routes: Vec<Route> = texts.iter().filter_map(|text| names.route(text)).collect();
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
            when: self.when(&level.when, Sides::One),
            tier: level.tier,
            words: words(&level.words),
        });
        let levels = levels.collect();
        Rule {
            id: entry.id.value.clone(),
            title: entry.title.clone(),
            problems: self.problem_positions(&entry.problems),
            evidence: entry.evidence,
            test: RuleTest::Patient { kind: entry.kind, drugs, levels },
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
                    Err(problem) => self.findings.report(&text.place, problem),
                }
            }
            if limit.at_once.is_none() && limit.per_day.is_none() && limit.per_week.is_none() {
                self.findings.report(&limit.place, Problem::NoAmount);
            }
            let much = limit.much.as_ref().map_or(Some(TWO), |much| self.names.number(much, Least::One));
            limits.push(DoseLimit {
                when: self.when(&limit.when, Sides::One),
                most,
                tier: limit.tier,
                much: much.unwrap_or(ZERO),
            });
        }
        for (before, limit) in entry.limits.iter().zip(entry.limits.iter().skip(1)) {
            if before.when.is_empty() {
                self.findings.report(&limit.place, Problem::NeverDecides);
            }
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
                if !contributor.per.value.is_empty() {
                    let problem = Problem::BadUnit { text: contributor.per.value.clone() };
                    self.findings.report(&contributor.per.place, problem);
                }
                continue;
            };
            // The factor is of the unit as it is written; the engine counts in its own.
            let factor = self.names.number(&contributor.factor, Least::Positive).map(Number::decimal);
            let factor = factor.and_then(|factor| factor.checked_div(in_unit));
            let factor = factor.and_then(|factor| Number::parse(&factor.normalize().to_string())).unwrap_or(ZERO);
            let routes = read_routes(&contributor.routes, &self.names);
            contributors.push(TotalContributor { ingredient, routes, unit, factor });
        }
        let levels = entry.levels.iter().map(|level| TotalLevel {
            from: self.names.number(&level.from, Least::Positive).unwrap_or(ZERO),
            when: self.when(&level.when, Sides::One),
            tier: level.tier,
            words: words(&level.words),
        });
        let levels: Vec<TotalLevel> = levels.collect();
        let mut always: Option<Number> = None;
        for (level, of) in levels.iter().zip(&entry.levels).filter(|(level, _)| level.from != ZERO) {
            // A sum that reaches this level reached one before it that asks for nothing else.
            if always.is_some_and(|above| above.decimal() <= level.from.decimal()) {
                self.findings.report(&of.from.place, Problem::LevelsNotDescending);
            } else if of.when.is_empty() {
                always = Some(level.from);
            }
        }
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
