//! Proving rules: each case becomes a chart, the engine answers it, and the answer must hold the rule's reason, or must not.

use cds_core::chart::Document;
use cds_core::knowledge::{AgeUnit, Pack, Route, Sex};
use cds_core::report::CheckAnswer;
use cds_core::{CheckOptions, Engine};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::case::{Case, CaseKind, Given};

/// The day that cases are checked on.
const TODAY: Date = Date::constant(2026, 11, 22);

/// Age of a case's patient, where the case gives none.
const AGE_YEARS: i64 = 45;

/// Days since a condition of a case began, or was asked for.
const CONDITION_DAYS_AGO: i64 = 3;

/// Days since an order of a case was written, where the case says nothing else.
const STARTED_DAYS_AGO: i64 = 5;

/// What is wrong with a case, as `file:line: rule: what`.
pub type Failure = String;

/// Runs every case; returns those that do not hold.
pub fn failures(cases: &[Case], engine: &Engine) -> Vec<Failure> {
    cases.iter().filter_map(|case| prove(case, engine).err()).collect()
}

/// Whether a case holds: a firing one yields a reason of the rule with the tier, a silent one none of the rule.
///
/// # Errors
/// What the engine answered instead.
pub fn prove(case: &Case, engine: &Engine) -> Result<(), Failure> {
    match case.allergen.as_deref() {
        None => judge(case, &answer(case, None, engine)),
        Some(allergen) => {
            judge(case, &answer(case, Some(json!({ "text": allergen })), engine))?;
            let knowledge = engine.knowledge();
            let ingredients = &knowledge.pack().drugs.ingredients;
            let ingredient = ingredients.iter().find(|ingredient| ingredient.name == allergen);
            match ingredient.filter(|_| knowledge.allergen_group_named(allergen).is_none()) {
                // The same allergy, coded.
                Some(ingredient) => judge(case, &answer(case, Some(rxnorm(ingredient.rxcui)), engine)),
                None => Ok(()),
            }
        }
    }
}

fn judge(case: &Case, answer: &Result<CheckAnswer, String>) -> Result<(), Failure> {
    let fail = |what: String| Err(format!("{}:{}: `{}`: {what}", case.file, case.line, case.rule));
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return fail(error.clone()),
    };
    if answer.checked.drugs.len() != case.drugs.len() || answer.checked.allergies.len() != case.allergen.iter().len() {
        return fail("a drug or the allergy was not recognised".to_owned());
    }
    let unreadable: Vec<&str> = answer.issues.iter().map(|issue| issue.code.as_str()).collect();
    if !unreadable.is_empty() {
        return fail(format!("the chart of the case has issues: {}", unreadable.join(", ")));
    }
    for alert in &answer.alerts {
        let lines = std::iter::once(&alert.what).chain(alert.reasons.iter().map(|reason| &reason.what));
        if let Some(long) = lines.into_iter().find(|line| line.chars().count() >= 140) {
            return fail(format!("a first line of 140 characters or more: {long}"));
        }
    }
    let reasons = answer.alerts.iter().flat_map(|alert| &alert.reasons);
    let own: Vec<_> = reasons.filter(|reason| is_of(case, &reason.rule)).collect();
    match case.expected {
        Some(tier) if own.iter().any(|reason| reason.tier == tier) => Ok(()),
        Some(tier) if !own.is_empty() => {
            let tiers: Vec<&str> = own.iter().map(|reason| reason.tier.name()).collect();
            fail(format!("must fire as {}, and fires as {}", tier.name(), tiers.join(", ")))
        }
        Some(tier) => {
            let open: Vec<&str> = answer
                .undecided
                .iter()
                .filter(|open| open.rules.contains(&case.rule))
                .map(|open| open.missing.as_str())
                .collect();
            let why =
                if open.is_empty() { String::new() } else { format!("; undecided for lack of {}", open.join(", ")) };
            fail(format!("must fire as {}, and does not fire{why}", tier.name()))
        }
        None if own.is_empty() => Ok(()),
        None => fail(format!("must be silent: {}", case.because.as_deref().unwrap_or_default())),
    }
}

/// Whether a reason is of the case's rule.
fn is_of(case: &Case, rule: &str) -> bool {
    match case.kind {
        CaseKind::Allergen => rule
            .strip_prefix("allergy-")
            .is_some_and(|group| group == case.rule || group.strip_suffix("-cross") == Some(&case.rule)),
        _ => rule == case.rule,
    }
}

/// The engine's answer on the chart of a case.
fn answer(case: &Case, allergen: Option<Value>, engine: &Engine) -> Result<CheckAnswer, String> {
    let (chart, draft) = chart_of(case, allergen, engine.knowledge().pack());
    let (chart, draft) = (chart.to_string(), draft.to_string());
    let options = CheckOptions::on(cds_core::facts::AsOf(TODAY));
    let drafts = [Document::new("draft", draft.as_bytes())];
    let drafts: &[Document<'_>] = if draft == "[]" { &[] } else { &drafts };
    engine.check(&[Document::new("case", chart.as_bytes())], drafts, &options).map_err(|error| error.to_string())
}

/// The resources of a case: the chart, and what is being ordered.
pub fn chart_of(case: &Case, allergen: Option<Value>, pack: &Pack) -> (Value, Value) {
    let mut resources = vec![patient(case)];
    let mut drafts = Vec::new();
    for (position, drug) in case.drugs.iter().enumerate() {
        let about = |given: &&Given| {
            crate::given::drug_of(given)
                .and_then(|id| pack.drugs.ingredients.get(usize::from(id)))
                .is_some_and(|ingredient| ingredient.rxcui == drug.rxcui)
        };
        let given: Vec<&Given> = case.given.iter().filter(about).collect();
        let order = order(position, drug.rxcui, &given, pack);
        let drafted = given.iter().any(|given| matches!(given, Given::Draft(_)));
        if drafted { &mut drafts } else { &mut resources }.push(order);
    }
    resources.extend(allergen.map(|code| {
        json!({
            "resourceType": "AllergyIntolerance", "id": "a", "patient": { "reference": "Patient/p" }, "code": code,
        })
    }));
    let facts = case.given.iter().enumerate().filter_map(|(position, given)| fact(position, given, pack));
    resources.extend(facts);
    (Value::Array(resources), Value::Array(drafts))
}

fn patient(case: &Case) -> Value {
    let mut born = TODAY.saturating_sub(AGE_YEARS.years()).saturating_sub(30.days());
    let mut gender = "male";
    for given in &case.given {
        match given {
            Given::Age(count, AgeUnit::Years) => {
                born = TODAY.saturating_sub(i64::from(*count).years()).saturating_sub(1.day());
            }
            Given::Age(count, AgeUnit::Months) => {
                born = TODAY.saturating_sub(i64::from(*count).months()).saturating_sub(1.day());
            }
            Given::Age(count, AgeUnit::Days) => born = TODAY.saturating_sub(i64::from(*count).days()),
            Given::Sex(Sex::Female) | Given::Pregnant(_) | Given::Breastfeeding => gender = "female",
            _ => {}
        }
    }
    let grown = case.given.iter().any(|given| matches!(given, Given::Age(..)));
    if gender == "female" && !grown {
        born = TODAY.saturating_sub(30.years());
    }
    json!({ "resourceType": "Patient", "id": "p", "gender": gender, "birthDate": born.to_string() })
}

fn order(position: usize, rxcui: u32, given: &[&Given], pack: &Pack) -> Value {
    let mut written = TODAY.saturating_sub(STARTED_DAYS_AGO.days());
    let mut dosage = serde_json::Map::new();
    let mut timing = serde_json::Map::new();
    let mut by = if has_oral_form(rxcui, pack) { Some(Route::Oral) } else { None };
    for given in given {
        match given {
            Given::Route(_, route) => by = Some(*route),
            Given::Started { days_ago, .. } => written = TODAY.saturating_sub(i64::from(*days_ago).days()),
            Given::Dose { amount, unit, times, days, .. } => {
                let quantity = json!({ "value": number(&amount.decimal().to_string()), "unit": unit });
                dosage.insert("doseAndRate".to_owned(), json!([{ "doseQuantity": quantity }]));
                timing.insert("frequency".to_owned(), json!(times));
                timing.insert("period".to_owned(), json!(days));
                timing.insert("periodUnit".to_owned(), json!("d"));
            }
            Given::Rate { amount, .. } => {
                let quantity = json!({ "value": number(&amount.decimal().to_string()), "unit": "mcg/h" });
                dosage.insert("doseAndRate".to_owned(), json!([{ "rateQuantity": quantity }]));
                by = Some(Route::Transdermal);
            }
            Given::Lasts { days, .. } => {
                timing.insert("boundsDuration".to_owned(), json!({ "value": days, "unit": "d" }));
            }
            Given::AsNeeded(_) => {
                dosage.insert("asNeededBoolean".to_owned(), json!(true));
            }
            _ => {}
        }
    }
    if !timing.is_empty() {
        dosage.insert("timing".to_owned(), json!({ "repeat": timing }));
    }
    if let Some(route) = by {
        dosage.insert("route".to_owned(), json!({ "text": route.name() }));
    }
    let mut order = json!({
        "resourceType": "MedicationRequest", "id": format!("m{position}"), "status": "active", "intent": "order",
        "subject": { "reference": "Patient/p" }, "authoredOn": written.to_string(),
        "medicationCodeableConcept": rxnorm(rxcui),
    });
    if let (false, Some(order)) = (dosage.is_empty(), order.as_object_mut()) {
        order.insert("dosageInstruction".to_owned(), json!([dosage]));
    }
    order
}

/// JSON's number of a decimal text.
fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// Whether some product of an ingredient is swallowed.
fn has_oral_form(rxcui: u32, pack: &Pack) -> bool {
    let ingredient = pack.drugs.ingredients.iter().position(|ingredient| ingredient.rxcui == rxcui);
    let Some(ingredient) = ingredient.and_then(|position| u16::try_from(position).ok()) else { return false };
    let forms: Vec<bool> = pack.drugs.forms.iter().map(|form| form == "Oral Pill" || form == "Oral Liquid").collect();
    let oral = |form: Option<u8>| form.and_then(|form| forms.get(usize::from(form))).is_some_and(|oral| *oral);
    pack.drugs.products.iter().any(|product| oral(product.form) && product.ingredients.contains(&ingredient))
}

/// A resource for a fact of a case that is not about an order.
fn fact(position: usize, given: &Given, pack: &Pack) -> Option<Value> {
    let subject = json!({ "reference": "Patient/p" });
    let answered = |(loinc, answer): &(String, String)| {
        json!({
            "resourceType": "Observation", "id": format!("o{position}"), "status": "final", "subject": subject,
            "code": { "coding": [{ "system": "http://loinc.org", "code": loinc }] },
            "effectiveDateTime": TODAY.saturating_sub(CONDITION_DAYS_AGO.days()).to_string(),
            "valueCodeableConcept": { "coding": [{ "system": "http://snomed.info/sct", "code": answer }] },
        })
    };
    let condition = |id: u16| {
        let Some(code) = condition_code(id, pack, &mut Vec::new()) else {
            return pack.conditions.get(usize::from(id))?.observed.first().map(answered);
        };
        Some(json!({
            "resourceType": "Condition", "id": format!("c{position}"), "subject": subject,
            "clinicalStatus": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active" }] },
            "code": code, "onsetDateTime": TODAY.saturating_sub(CONDITION_DAYS_AGO.days()).to_string(),
        }))
    };
    match given {
        Given::Condition(id) => condition(*id),
        Given::Pregnant(true) => condition(pack.roles.pregnancy),
        Given::Breastfeeding => condition(pack.roles.breastfeeding),
        Given::Pregnant(false) => {
            pack.conditions.get(usize::from(pack.roles.pregnancy))?.ruled_out.first().map(answered)
        }
        Given::Measured { measurement, value, days_ago } => {
            let entry = pack.measurements.get(usize::from(*measurement))?;
            Some(json!({
                "resourceType": "Observation", "id": format!("o{position}"), "status": "final", "subject": subject,
                "code": { "coding": [{ "system": "http://loinc.org", "code": entry.loinc.first()? }] },
                "effectiveDateTime": TODAY.saturating_sub(i64::from(*days_ago).days()).to_string(),
                "valueQuantity": { "value": number(&value.decimal().to_string()), "unit": entry.unit },
            }))
        }
        _ => None,
    }
}

/// A code or name of a condition, or else of one that it includes.
fn condition_code(id: u16, pack: &Pack, met: &mut Vec<u16>) -> Option<Value> {
    let entry = pack.conditions.get(usize::from(id)).filter(|_| !met.contains(&id))?;
    met.push(id);
    let coded = |system: &str, code: &str| json!({ "coding": [{ "system": system, "code": code }] });
    match (entry.icd10.first(), entry.snomed.first(), entry.names.first()) {
        (Some(code), ..) => Some(coded("http://hl7.org/fhir/sid/icd-10-cm", code)),
        (_, Some(code), _) => Some(coded("http://snomed.info/sct", &code.to_string())),
        (.., Some(name)) => Some(json!({ "text": name })),
        _ => entry.includes.iter().find_map(|included| condition_code(*included, pack, met)),
    }
}

fn rxnorm(rxcui: u32) -> Value {
    json!({ "coding": [{ "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": rxcui.to_string() }] })
}
