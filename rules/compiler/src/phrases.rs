//! Reading the phrases of `when`: each line is one or several phrases with `or` between them.

use cds_core::knowledge::{
    AgeUnit, Clause, Comparison, DoseAmount, DosePer, DoseUnit, Literal, Number, Phrase, Selector, Sex, Subject,
};

use crate::diagnostic::At;
use crate::graph::KnowledgeGraph;
use crate::problem::{Problem, nearest};
use crate::select::{Least, Names, selected};

/// How long a value counts where a phrase does not say it, in days.
const LOOK_BACK_DAYS: u16 = 365;

/// What a phrase may begin with, besides a measurement.
const BEGINNINGS: &[&str] = &[
    "condition",
    "no",
    "age",
    "sex",
    "pregnant",
    "breastfeeding",
    "drug",
    "another",
    "is",
    "route",
    "dose",
    "taken",
    "for",
    "as",
    "ordered",
    "not",
];

/// Whether a rule has two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sides {
    /// Phrases about a drug name the side, `a` or `b`.
    Two,
    /// Phrases about a drug name no side.
    One,
}

/// Why a phrase cannot be read.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A part of it is wrong, and was reported by itself.
    Reported,
    /// It says nothing: what to write instead.
    Phrase(String),
}

impl From<String> for Fault {
    fn from(reason: String) -> Self {
        Self::Phrase(reason)
    }
}

impl From<&str> for Fault {
    fn from(reason: &str) -> Self {
        Self::Phrase(reason.to_owned())
    }
}

impl Fault {
    /// Reports what was not reported yet.
    pub fn report(self, text: &At<String>, names: &Names<'_>) {
        if let Self::Phrase(reason) = self {
            names.findings.report(&text.place, Problem::BadPhrase { text: text.value.clone(), reason });
        }
    }
}

/// Reads the lines of a `when`; reports the ones that say nothing, and selectors that select nothing.
pub(crate) fn clauses(lines: &[At<String>], sides: Sides, names: &Names<'_>, graph: &KnowledgeGraph) -> Vec<Clause> {
    lines.iter().filter_map(|line| clause(line, sides, names, graph)).collect()
}

fn clause(line: &At<String>, sides: Sides, names: &Names<'_>, graph: &KnowledgeGraph) -> Option<Clause> {
    let mut any = Vec::new();
    let mut complete = true;
    for part in line.value.split(" or ") {
        let part = part.trim();
        let negated = part.strip_prefix("not").filter(|rest| rest.is_empty() || rest.starts_with(' '));
        let (not, text) = negated.map_or((false, part), |rest| (true, rest.trim()));
        let text = line.part(text);
        match phrase(&text, sides, names) {
            Ok(phrase) => {
                if phrase.selector().is_some_and(|selector| selected(selector, graph).is_empty()) {
                    names.findings.report(&text.place, Problem::SelectsNothing { selector: text.value });
                }
                any.push(Literal { not, phrase });
            }
            Err(fault) => {
                fault.report(&text, names);
                complete = false;
            }
        }
    }
    complete.then_some(Clause { any })
}

fn phrase(text: &At<String>, sides: Sides, names: &Names<'_>) -> Result<Phrase, Fault> {
    let words: Vec<&str> = text.value.split_whitespace().collect();
    let Some((first, rest)) = words.split_first() else {
        return Err("write a phrase after `not`, and before and after `or`".into());
    };
    match *first {
        "condition" => condition(rest, text, names),
        "no" => not_measured(rest, text, names),
        "age" => match rest {
            [comparison, limit, unit] => {
                let comparison = self::comparison(comparison)?;
                Ok(Phrase::Age { comparison, limit: whole(limit)?, unit: age_unit(unit)? })
            }
            _ => Err("write `age >= 65 years`".into()),
        },
        "sex" => match rest {
            ["female"] => Ok(Phrase::Sex(Sex::Female)),
            ["male"] => Ok(Phrase::Sex(Sex::Male)),
            _ => Err("write `sex female` or `sex male`".into()),
        },
        "pregnant" if rest.is_empty() => Ok(Phrase::Pregnant),
        "breastfeeding" if rest.is_empty() => Ok(Phrase::Breastfeeding),
        "pregnant" | "breastfeeding" => Err("say no more after it".into()),
        "drug" => selector(rest, text, names).map(Phrase::Drug),
        "another" => match rest {
            ["drug", rest @ ..] => selector(rest, text, names).map(Phrase::AnotherDrug),
            _ => Err("write `another drug class:nsaid`".into()),
        },
        "a" | "b" | "is" => {
            let (subject, rest) = subject(&words, sides)?;
            match rest {
                ["is", rest @ ..] => selector(rest, text, names).map(|selector| Phrase::Is(subject, selector)),
                _ => Err("write `b is ingredient:fluconazole`, or begin with the phrase's word: `route b oral`".into()),
            }
        }
        "route" => {
            let (subject, rest) = subject(rest, sides)?;
            let [routes] = rest else {
                return Err("write `route oral`, or `route b topical|ophthalmic` in an interaction".into());
            };
            let routes: Vec<_> = routes.split('|').map(|route| names.route(&text.part(route))).collect();
            let routes: Option<Vec<_>> = routes.into_iter().collect();
            routes.map(|routes| Phrase::Route(subject, routes)).ok_or(Fault::Reported)
        }
        "dose" => {
            let (subject, rest) = subject(rest, sides)?;
            let [comparison, amount, unit, per @ ..] = rest else {
                return Err("write `dose > 40 mg per day`, or `dose a > 40 mg per day` in an interaction".into());
            };
            let comparison = self::comparison(comparison)?;
            let limit = dose_amount(&format!("{amount} {unit}"));
            Ok(Phrase::Dose {
                subject,
                comparison,
                limit: limit.map_err(|problem| format!("{problem}; {}", problem.help()))?,
                per: match per {
                    ["per", "day"] => DosePer::Day,
                    ["per", "week"] => DosePer::Week,
                    ["at", "once"] => DosePer::AtOnce,
                    _ => return Err("end it with `per day`, `per week` or `at once`".into()),
                },
            })
        }
        "taken" | "for" => {
            let (subject, rest) = subject(rest, sides)?;
            let [comparison, days, "days" | "day"] = rest else {
                return Err(format!("write `{first} >= 30 days`, or `{first} a >= 30 days` in an interaction").into());
            };
            let (comparison, days) = (self::comparison(comparison)?, whole(days)?);
            Ok(match *first {
                "taken" => Phrase::Taken { subject, comparison, days },
                _ => Phrase::Lasts { subject, comparison, days },
            })
        }
        "as" => match rest {
            ["needed", rest @ ..] => alone(subject(rest, sides)?).map(Phrase::AsNeeded),
            _ => Err("write `as needed`, or `as needed b` in an interaction".into()),
        },
        "ordered" => alone(subject(rest, sides)?).map(Phrase::Ordered),
        _ => measured(first, rest, text, names),
    }
}

/// An ingredient's name may be of several words.
fn selector(words: &[&str], text: &At<String>, names: &Names<'_>) -> Result<Selector, Fault> {
    let first = words.first().ok_or("name the drugs, as in `drug class:nsaid`")?;
    // The words are the end of the text.
    let start = first.as_ptr().addr().saturating_sub(text.value.as_ptr().addr());
    let selector = text.part(text.value.get(start..).unwrap_or_default().trim_end());
    names.selector(&selector).ok_or(Fault::Reported)
}

fn alone((subject, rest): (Subject, &[&str])) -> Result<Subject, Fault> {
    if rest.is_empty() { Ok(subject) } else { Err("say no more after it".into()) }
}

/// The side that a phrase is about, where the rule has sides.
fn subject<'w, 't>(words: &'w [&'t str], sides: Sides) -> Result<(Subject, &'w [&'t str]), Fault> {
    match (sides, words.split_first()) {
        (Sides::Two, Some((&"a", rest))) => Ok((Subject::A, rest)),
        (Sides::Two, Some((&"b", rest))) => Ok((Subject::B, rest)),
        (Sides::Two, _) => {
            Err("name the side that it is about: `route a oral`, `a is class:nsaid`, `ordered b`".into())
        }
        (Sides::One, Some((side @ (&"a" | &"b"), _))) => {
            Err(format!("leave `{side}` out: only an interaction has sides").into())
        }
        (Sides::One, _) => Ok((Subject::A, words)),
    }
}

fn condition(words: &[&str], text: &At<String>, names: &Names<'_>) -> Result<Phrase, Fault> {
    let (id, within_days) = match words {
        [id] => (id, None),
        [id, "in", days, "days" | "day"] => (id, Some(whole(days)?)),
        _ => return Err("write `condition heart-failure` or `condition stroke in 90 days`".into()),
    };
    let condition = names.find("condition", &names.conditions, &text.part(id)).ok_or(Fault::Reported)?;
    Ok(Phrase::Condition { condition, within_days })
}

fn not_measured(words: &[&str], text: &At<String>, names: &Names<'_>) -> Result<Phrase, Fault> {
    let [id, "in", days, "days" | "day"] = words else { return Err("write `no potassium in 365 days`".into()) };
    let measurement = names.find("measurement", &names.measurements, &text.part(id)).ok_or(Fault::Reported)?;
    Ok(Phrase::NotMeasured { measurement, within_days: whole(days)? })
}

fn measured(id: &str, words: &[&str], text: &At<String>, names: &Names<'_>) -> Result<Phrase, Fault> {
    let measurement = measurement(id, BEGINNINGS, "phrase", names)?;
    let [comparison, limit, rest @ ..] = words else { return Err(format!("write `{id} >= 5.5`").into()) };
    let comparison = self::comparison(comparison)?;
    let (unit, within_days) = match rest {
        [] => (None, LOOK_BACK_DAYS),
        ["in", days, "days" | "day"] => (None, whole(days)?),
        [unit] if *unit != "in" => (Some(unit), LOOK_BACK_DAYS),
        [unit, "in", days, "days" | "day"] => (Some(unit), whole(days)?),
        _ => return Err(format!("write `{id} >= 5.5` or `{id} >= 5.5 in 30 days`").into()),
    };
    let own = names.units.get(usize::from(measurement)).map_or("", String::as_str);
    if unit.is_some_and(|unit| *unit != own) {
        return Err(format!("leave the unit out: `{id}` counts in its own unit, `{own}`").into());
    }
    let limit = names.number(&text.part(limit), Least::Any).ok_or(Fault::Reported)?;
    Ok(Phrase::Measured { measurement, comparison, limit, within_days })
}

/// The measurement that a line begins with, where it begins with no other word.
pub(crate) fn measurement(id: &str, others: &[&str], kind: &str, names: &Names<'_>) -> Result<u16, Fault> {
    names.measurements.get(id).copied().ok_or_else(|| {
        let known = others.iter().copied().chain(names.measurements.keys().map(String::as_str));
        let meant = match nearest(id, known).first() {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`AUTHORING.md` lists them".to_owned(),
        };
        format!("no {kind} begins with `{id}`, and there is no measurement of that name; {meant}").into()
    })
}

pub(crate) fn age_unit(text: &str) -> Result<AgeUnit, Fault> {
    Ok(match text {
        "years" | "year" => AgeUnit::Years,
        "months" | "month" => AgeUnit::Months,
        "days" | "day" => AgeUnit::Days,
        _ => return Err(format!("`{text}` is no unit of an age; write `years`, `months` or `days`").into()),
    })
}

fn comparison(text: &str) -> Result<Comparison, Fault> {
    Ok(match text {
        "<" => Comparison::Below,
        "<=" => Comparison::AtMost,
        ">" => Comparison::Above,
        ">=" => Comparison::AtLeast,
        _ => return Err(format!("write `<`, `<=`, `>` or `>=` in place of `{text}`").into()),
    })
}

pub(crate) fn whole(text: &str) -> Result<u16, Fault> {
    text.parse().map_err(|_| format!("write a whole number up to {} in place of `{text}`", u16::MAX).into())
}

/// Reads an amount: `40 mg`, `15 mg/kg`, `5 units`.
pub(crate) fn dose_amount(text: &str) -> Result<DoseAmount, Problem> {
    let bad = || Problem::BadAmount { text: text.to_owned() };
    let (amount, unit) = text.trim().split_once(' ').ok_or_else(bad)?;
    let (unit, per_kilogram) = unit.strip_suffix("/kg").map_or((unit, false), |unit| (unit, true));
    let (unit, factor) = DoseUnit::parse(unit).ok_or_else(bad)?;
    let amount = Number::parse(amount).ok_or_else(bad)?.decimal().checked_mul(factor).ok_or_else(bad)?;
    let amount = Number::parse(&amount.normalize().to_string()).filter(|amount| amount.mantissa > 0);
    Ok(DoseAmount { amount: amount.ok_or_else(bad)?, unit, per_kilogram })
}
