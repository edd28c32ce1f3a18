//! Reading the `given` of a case: what the chart of the case's patient says.

use cds_core::knowledge::{AgeUnit, DoseUnit, Number, Route, Sex};

use crate::diagnostic::At;
use crate::phrases::{Fault, age_unit, measurement, whole};
use crate::problem::Problem;
use crate::select::{Least, Names};

/// How old a value of a case is, where the case does not say it, in days.
const VALUE_DAYS_AGO: u16 = 3;

/// What a fact of a case may begin with, besides a measurement.
const BEGINNINGS: &[&str] = &[
    "condition",
    "age",
    "sex",
    "pregnant",
    "not",
    "breastfeeding",
    "as",
    "draft",
    "route",
    "started",
    "for",
    "rate",
    "dose",
];

/// Something that the chart of a case says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the phrase of that name in `AUTHORING.md`")]
pub enum Given {
    Condition(u16),
    Measured { measurement: u16, value: Number, days_ago: u16 },
    Age(u16, AgeUnit),
    Sex(Sex),
    Pregnant(bool),
    Breastfeeding,
    Route(u16, Route),
    Dose { drug: u16, amount: Number, unit: String, times: u16, days: u16 },
    Rate { drug: u16, amount: Number },
    Started { drug: u16, days_ago: u16 },
    Lasts { drug: u16, days: u16 },
    AsNeeded(u16),
    Draft(u16),
}

/// Reads the `given` of a case; `None` where a line says nothing, which is reported.
pub(crate) fn given(lines: &[At<String>], names: &Names<'_>) -> Option<Vec<Given>> {
    let read = |line| one(line, names).map_err(|fault| fault.report(line, names)).ok();
    let read: Vec<Option<Given>> = lines.iter().map(read).collect();
    read.into_iter().collect()
}

/// The drugs that a case's `given` names besides.
pub(crate) fn drug_of(given: &Given) -> Option<u16> {
    match given {
        Given::Route(drug, _)
        | Given::Dose { drug, .. }
        | Given::Rate { drug, .. }
        | Given::Started { drug, .. }
        | Given::Lasts { drug, .. }
        | Given::AsNeeded(drug)
        | Given::Draft(drug) => Some(*drug),
        _ => None,
    }
}

fn one(line: &At<String>, names: &Names<'_>) -> Result<Given, Fault> {
    let words: Vec<&str> = line.value.split_whitespace().collect();
    let drug = |words: &[&str]| drug(words, line, names);
    let amount = |word: &str| names.number(&line.part(word), Least::Positive).ok_or(Fault::Reported);
    match words.as_slice() {
        ["condition", id] => {
            let found = names.find("condition", &names.conditions, &line.part(id));
            found.map(Given::Condition).ok_or(Fault::Reported)
        }
        ["age", count, unit] => Ok(Given::Age(whole(count)?, age_unit(unit)?)),
        ["sex", "female"] => Ok(Given::Sex(Sex::Female)),
        ["sex", "male"] => Ok(Given::Sex(Sex::Male)),
        ["pregnant"] => Ok(Given::Pregnant(true)),
        ["not", "pregnant"] => Ok(Given::Pregnant(false)),
        ["breastfeeding"] => Ok(Given::Breastfeeding),
        ["as", "needed", name @ ..] => drug(name).map(Given::AsNeeded),
        ["draft", name @ ..] => drug(name).map(Given::Draft),
        ["route", name @ .., by] => {
            let drug = drug(name)?;
            names.route(&line.part(by)).map(|route| Given::Route(drug, route)).ok_or(Fault::Reported)
        }
        ["started", name @ .., days, "days" | "day", "ago"] => {
            Ok(Given::Started { drug: drug(name)?, days_ago: whole(days)? })
        }
        ["for", name @ .., days, "days" | "day"] => Ok(Given::Lasts { drug: drug(name)?, days: whole(days)? }),
        ["rate", name @ .., rate, "mcg/h"] => Ok(Given::Rate { drug: drug(name)?, amount: amount(rate)? }),
        ["dose", name @ .., at_once, unit, times, "per", time @ ("day" | "week")] => {
            let days = if *time == "day" { "1" } else { "7" };
            dose(drug(name)?, amount(at_once)?, unit, times, days)
        }
        ["dose", name @ .., at_once, unit, times, "per", days, "days"] => {
            dose(drug(name)?, amount(at_once)?, unit, times, days)
        }
        [first, ..] => match example(first) {
            Some(example) => Err(format!("write {example}").into()),
            None => measured(&words, line, names),
        },
        [] => Err("write a fact, as in `age 70 years`".into()),
    }
}

/// How a fact with this beginning is written.
fn example(first: &str) -> Option<&'static str> {
    Some(match first {
        "condition" => "`condition heart-failure`",
        "age" => "`age 70 years`",
        "sex" => "`sex female` or `sex male`",
        "pregnant" | "not" => "`pregnant` or `not pregnant`",
        "breastfeeding" => "`breastfeeding`",
        "as" => "`as needed ibuprofen`",
        "draft" => "`draft ibuprofen`",
        "route" => "`route diclofenac topical`",
        "started" => "`started warfarin 200 days ago`",
        "for" => "`for fluconazole 1 days`",
        "rate" => "`rate fentanyl 25 mcg/h`",
        "dose" => {
            "`dose acetaminophen 1000 mg 4 per day`, `dose methotrexate 15 mg 1 per week` or `dose fentanyl 50 mcg 1 per 3 days`"
        }
        _ => return None,
    })
}

fn measured(words: &[&str], line: &At<String>, names: &Names<'_>) -> Result<Given, Fault> {
    let id = words.first().copied().unwrap_or_default();
    let measurement = measurement(id, BEGINNINGS, "fact of a case", names)?;
    let (value, days_ago) = match words {
        [_, value] => (value, VALUE_DAYS_AGO),
        [_, value, days, "days" | "day", "ago"] => (value, whole(days)?),
        _ => {
            return Err(format!("write `{id} 5.8` or `{id} 5.8 200 days ago`, in the measurement's own unit").into());
        }
    };
    let value = names.number(&line.part(value), Least::Any).ok_or(Fault::Reported)?;
    Ok(Given::Measured { measurement, value, days_ago })
}

fn dose(drug: u16, amount: Number, unit: &str, times: &str, days: &str) -> Result<Given, Fault> {
    if DoseUnit::parse(unit).is_none() {
        let problem = Problem::BadUnit { text: unit.to_owned() };
        return Err(format!("{problem}; {}", problem.help()).into());
    }
    Ok(Given::Dose { drug, amount, unit: unit.to_owned(), times: whole(times)?, days: whole(days)? })
}

/// An ingredient, whose name may be of several words.
fn drug(words: &[&str], line: &At<String>, names: &Names<'_>) -> Result<u16, Fault> {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return Err("name the drug".into()) };
    let from = |word: &str| word.as_ptr().addr().saturating_sub(line.value.as_ptr().addr());
    let name = line.value.get(from(first)..from(last).saturating_add(last.len())).unwrap_or_default();
    names.drugs.ingredient(&line.part(name), names.findings).ok_or(Fault::Reported)
}
