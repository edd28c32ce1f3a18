//! Reading the `given` of a case: what the chart of the case's patient says.

use cds_core::knowledge::{AgeUnit, DoseUnit, Number, Route, Sex};

use crate::diagnostic::At;
use crate::phrases::route;
use crate::problem::{Problem, nearest};
use crate::select::Names;

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

/// Reads the `given` of a case; `None` where one phrase says nothing, which is reported.
pub(crate) fn given(lines: &[At<String>], names: &Names<'_>) -> Option<Vec<Given>> {
    let read: Vec<Option<Given>> = lines
        .iter()
        .map(|line| {
            one(&line.value, names)
                .map_err(|reason| {
                    names.findings.report(&line.place, Problem::BadPhrase { text: line.value.clone(), reason });
                })
                .ok()
        })
        .collect();
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

fn one(text: &str, names: &Names<'_>) -> Result<Given, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |text: &str| Number::parse(text).ok_or_else(|| format!("`{text}` is no number"));
    let whole = |text: &str| text.parse::<u16>().map_err(|_| format!("`{text}` is no whole number"));
    let drug = |words: &[&str]| drug(&words.join(" "), names);
    match words.as_slice() {
        ["condition", id] => among("condition", &names.conditions, id).map(Given::Condition),
        ["age", count, unit] => Ok(Given::Age(
            whole(count)?,
            match *unit {
                "years" | "year" => AgeUnit::Years,
                "months" | "month" => AgeUnit::Months,
                "days" | "day" => AgeUnit::Days,
                _ => return Err("the unit of an age is `years`, `months` or `days`".to_owned()),
            },
        )),
        ["sex", "female"] => Ok(Given::Sex(Sex::Female)),
        ["sex", "male"] => Ok(Given::Sex(Sex::Male)),
        ["pregnant"] => Ok(Given::Pregnant(true)),
        ["not", "pregnant"] => Ok(Given::Pregnant(false)),
        ["breastfeeding"] => Ok(Given::Breastfeeding),
        ["as", "needed", name @ ..] => drug(name).map(Given::AsNeeded),
        ["draft", name @ ..] => drug(name).map(Given::Draft),
        ["route", name @ .., by] => Ok(Given::Route(drug(name)?, route(by)?)),
        ["started", name @ .., days, "days", "ago"] => Ok(Given::Started { drug: drug(name)?, days_ago: whole(days)? }),
        ["for", name @ .., days, "days" | "day"] => Ok(Given::Lasts { drug: drug(name)?, days: whole(days)? }),
        ["rate", name @ .., amount, "mcg/h"] => Ok(Given::Rate { drug: drug(name)?, amount: number(amount)? }),
        ["dose", rest @ ..] => dose(rest, names),
        [id, value, rest @ ..] => {
            let measurement = among("measurement", &names.measurements, id)?;
            let days_ago = match rest {
                [] => 3,
                [days, "days", "ago"] => whole(days)?,
                _ => return Err("write `potassium 5.8` or `potassium 5.8 200 days ago`".to_owned()),
            };
            Ok(Given::Measured { measurement, value: number(value)?, days_ago })
        }
        _ => Err("no fact of a case is written so; `AUTHORING.md` lists them".to_owned()),
    }
}

/// `acetaminophen 1000 mg 4 per day`, `methotrexate 15 mg 1 per week`, `alendronate 70 mg 1 per 7 days`.
fn dose(words: &[&str], names: &Names<'_>) -> Result<Given, String> {
    let (rest, days) = match words {
        [rest @ .., "per", "day"] => (rest, 1),
        [rest @ .., "per", "week"] => (rest, 7),
        [rest @ .., "per", days, "days"] => {
            (rest, days.parse().map_err(|_| format!("`{days}` is no whole number of days"))?)
        }
        _ => return Err("end it with `4 per day`, `1 per week` or `1 per 2 days`".to_owned()),
    };
    let [name @ .., amount, unit, times] = rest else {
        return Err("write `dose acetaminophen 1000 mg 4 per day`".to_owned());
    };
    if DoseUnit::parse(unit).is_none() {
        return Err(format!("`{unit}` is no unit of a dose"));
    }
    Ok(Given::Dose {
        drug: drug(&name.join(" "), names)?,
        amount: Number::parse(amount).ok_or_else(|| format!("`{amount}` is no number"))?,
        unit: (*unit).to_owned(),
        times: times.parse().map_err(|_| format!("`{times}` is no whole number of times"))?,
        days,
    })
}

fn among(kind: &str, known: &std::collections::BTreeMap<String, u16>, id: &str) -> Result<u16, String> {
    known.get(id).copied().ok_or_else(|| {
        let near = nearest(id, known.keys().map(String::as_str));
        match near.first() {
            Some(near) => format!("there is no {kind} `{id}`; did you mean `{near}`?"),
            None => format!("there is no {kind} `{id}`"),
        }
    })
}

fn drug(name: &str, names: &Names<'_>) -> Result<u16, String> {
    names.drugs.position(name).ok_or_else(|| format!("there is no ingredient `{name}`"))
}
