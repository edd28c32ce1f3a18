//! Reading the phrases of `when`: each line is one or several phrases with `or` between them.

use cds_core::knowledge::{
    AgeUnit, Clause, Comparison, DoseAmount, DosePer, DoseUnit, Literal, Number, Phrase, Route, Selector, Sex, Subject,
};

use crate::diagnostic::At;
use crate::problem::Problem;
use crate::select::Names;

/// How long a value counts where a phrase does not say it, in days.
const LOOK_BACK_DAYS: u16 = 365;

/// Whether a rule has two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sides {
    /// Phrases about a drug name the side, `a` or `b`.
    Two,
    /// Phrases about a drug name no side.
    One,
}

/// Reads the lines of a `when`; reports the ones that say nothing.
pub(crate) fn clauses(lines: &[At<String>], sides: Sides, names: &Names<'_>) -> Vec<Clause> {
    lines.iter().filter_map(|line| clause(line, sides, names)).collect()
}

fn clause(line: &At<String>, sides: Sides, names: &Names<'_>) -> Option<Clause> {
    let mut any = Vec::new();
    for part in line.value.split(" or ") {
        let part = part.trim();
        let (not, text) = part.strip_prefix("not ").map_or((false, part), |rest| (true, rest.trim()));
        match phrase(text, sides, line, names) {
            Ok(phrase) => any.push(Literal { not, phrase }),
            Err(reason) => {
                let problem = Problem::BadPhrase { text: text.to_owned(), reason };
                names.findings.report(&line.place, problem);
                return None;
            }
        }
    }
    Some(Clause { any })
}

fn phrase(text: &str, sides: Sides, line: &At<String>, names: &Names<'_>) -> Result<Phrase, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some((first, rest)) = words.split_first() else { return Err("write a phrase".to_owned()) };
    match *first {
        "condition" => condition(rest, names),
        "no" => not_measured(rest, names),
        "age" => match rest {
            [comparison, limit, unit] => Ok(Phrase::Age {
                comparison: self::comparison(comparison)?,
                limit: whole(limit)?,
                unit: match *unit {
                    "years" | "year" => AgeUnit::Years,
                    "months" | "month" => AgeUnit::Months,
                    "days" | "day" => AgeUnit::Days,
                    _ => return Err("the unit of an age is `years`, `months` or `days`".to_owned()),
                },
            }),
            _ => Err("write `age >= 65 years`".to_owned()),
        },
        "sex" => match rest {
            ["female"] => Ok(Phrase::Sex(Sex::Female)),
            ["male"] => Ok(Phrase::Sex(Sex::Male)),
            _ => Err("write `sex female` or `sex male`".to_owned()),
        },
        "pregnant" if rest.is_empty() => Ok(Phrase::Pregnant),
        "breastfeeding" if rest.is_empty() => Ok(Phrase::Breastfeeding),
        "drug" => selector(rest, line, names).map(Phrase::Drug),
        "another" => match rest {
            ["drug", rest @ ..] => selector(rest, line, names).map(Phrase::AnotherDrug),
            _ => Err("write `another drug class:nsaid`".to_owned()),
        },
        "a" | "b" | "is" => {
            let (subject, rest) = subject(&words, sides)?;
            match rest {
                ["is", rest @ ..] => selector(rest, line, names).map(|selector| Phrase::Is(subject, selector)),
                _ => Err("write `b is ingredient:fluconazole`".to_owned()),
            }
        }
        "route" => {
            let (subject, rest) = subject(rest, sides)?;
            match rest {
                [routes] => routes
                    .split('|')
                    .map(route)
                    .collect::<Result<Vec<_>, _>>()
                    .map(|routes| Phrase::Route(subject, routes)),
                _ => Err("write `route oral` or `route b topical|ophthalmic`".to_owned()),
            }
        }
        "dose" => {
            let (subject, rest) = subject(rest, sides)?;
            match rest {
                [comparison, amount, unit, per @ ..] => Ok(Phrase::Dose {
                    subject,
                    comparison: self::comparison(comparison)?,
                    limit: dose_amount(&format!("{amount} {unit}"))?,
                    per: match per {
                        ["per", "day"] => DosePer::Day,
                        ["per", "week"] => DosePer::Week,
                        ["at", "once"] => DosePer::AtOnce,
                        _ => return Err("end it with `per day`, `per week` or `at once`".to_owned()),
                    },
                }),
                _ => Err("write `dose > 40 mg per day`, or `dose a > 40 mg per day` in an interaction".to_owned()),
            }
        }
        "taken" | "for" => {
            let (subject, rest) = subject(rest, sides)?;
            let [comparison, days, "days" | "day"] = rest else {
                return Err(format!("write `{first} >= 30 days`, or `{first} a >= 30 days` in an interaction"));
            };
            let (comparison, days) = (self::comparison(comparison)?, whole(days)?);
            Ok(match *first {
                "taken" => Phrase::Taken { subject, comparison, days },
                _ => Phrase::Lasts { subject, comparison, days },
            })
        }
        "as" => match rest {
            ["needed", rest @ ..] => alone(subject(rest, sides)?).map(Phrase::AsNeeded),
            _ => Err("write `as needed`".to_owned()),
        },
        "ordered" => alone(subject(rest, sides)?).map(Phrase::Ordered),
        _ => measured(&words, names),
    }
}

/// An ingredient's name may be of several words.
fn selector(words: &[&str], line: &At<String>, names: &Names<'_>) -> Result<Selector, String> {
    let selector = At::new(words.join(" "), line.place.clone());
    names.selector(&selector).ok_or_else(|| "correct the selector".to_owned())
}

fn alone((subject, rest): (Subject, &[&str])) -> Result<Subject, String> {
    if rest.is_empty() { Ok(subject) } else { Err("say no more after it".to_owned()) }
}

/// The side that a phrase is about, where the rule has sides.
fn subject<'w, 't>(words: &'w [&'t str], sides: Sides) -> Result<(Subject, &'w [&'t str]), String> {
    match (sides, words.split_first()) {
        (Sides::Two, Some((&"a", rest))) => Ok((Subject::A, rest)),
        (Sides::Two, Some((&"b", rest))) => Ok((Subject::B, rest)),
        (Sides::Two, _) => Err("name the side, `a` or `b`".to_owned()),
        (Sides::One, _) => Ok((Subject::A, words)),
    }
}

fn condition(words: &[&str], names: &Names<'_>) -> Result<Phrase, String> {
    let (id, within_days) = match words {
        [id] => (id, None),
        [id, "in", days, "days"] => (id, Some(whole(days)?)),
        _ => return Err("write `condition heart-failure` or `condition stroke in 90 days`".to_owned()),
    };
    let condition = among("condition", &names.conditions, id)?;
    Ok(Phrase::Condition { condition, within_days })
}

fn not_measured(words: &[&str], names: &Names<'_>) -> Result<Phrase, String> {
    match words {
        [id, "in", days, "days"] => Ok(Phrase::NotMeasured {
            measurement: among("measurement", &names.measurements, id)?,
            within_days: whole(days)?,
        }),
        _ => Err("write `no potassium in 365 days`".to_owned()),
    }
}

fn measured(words: &[&str], names: &Names<'_>) -> Result<Phrase, String> {
    let [id, comparison, limit, rest @ ..] = words else {
        return Err("no phrase begins so; `AUTHORING.md` lists them".to_owned());
    };
    let measurement = among("measurement", &names.measurements, id)?;
    let within_days = match rest {
        [] | [_] => LOOK_BACK_DAYS,
        ["in", days, "days"] | [_, "in", days, "days"] => whole(days)?,
        _ => return Err("write `potassium >= 5.5 in 30 days`".to_owned()),
    };
    if let [unit] | [unit, "in", ..] = rest
        && *unit != "in"
        && names.units.get(usize::from(measurement)).is_none_or(|known| known != unit)
    {
        return Err(format!("leave the unit `{unit}` out: a rule counts in the measurement's own unit"));
    }
    Ok(Phrase::Measured {
        measurement,
        comparison: self::comparison(comparison)?,
        limit: Number::parse(limit).ok_or_else(|| format!("`{limit}` is no number"))?,
        within_days,
    })
}

fn among(kind: &str, known: &std::collections::BTreeMap<String, u16>, id: &str) -> Result<u16, String> {
    known.get(id).copied().ok_or_else(|| {
        let near = crate::problem::nearest(id, known.keys().map(String::as_str));
        match near.first() {
            Some(near) => format!("there is no {kind} `{id}`; did you mean `{near}`?"),
            None => format!("there is no {kind} `{id}`"),
        }
    })
}

fn comparison(text: &str) -> Result<Comparison, String> {
    Ok(match text {
        "<" => Comparison::Below,
        "<=" => Comparison::AtMost,
        ">" => Comparison::Above,
        ">=" => Comparison::AtLeast,
        _ => return Err(format!("`{text}` is none of `<`, `<=`, `>`, `>=`")),
    })
}

fn whole(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("`{text}` is no whole number up to 65535"))
}

/// Reads a route.
pub(crate) fn route(name: &str) -> Result<Route, String> {
    let known = Route::ALL.iter().find(|(known, _)| *known == name).map(|(_, route)| *route);
    known.ok_or_else(|| {
        let names: Vec<&str> = Route::ALL.iter().map(|(name, _)| *name).collect();
        format!("`{name}` is no route; the routes are {}", names.join(", "))
    })
}

/// Reads an amount: `40 mg`, `15 mg/kg`, `5 units`.
pub(crate) fn dose_amount(text: &str) -> Result<DoseAmount, String> {
    let bad = || format!("`{text}` is no amount; write `40 mg` or `15 mg/kg`");
    let (amount, unit) = text.trim().split_once(' ').ok_or_else(bad)?;
    let (unit, per_kilogram) = unit.strip_suffix("/kg").map_or((unit, false), |unit| (unit, true));
    let (unit, factor) = DoseUnit::parse(unit).ok_or_else(bad)?;
    let amount = Number::parse(amount).ok_or_else(bad)?.decimal().checked_mul(factor).ok_or_else(bad)?;
    let amount = Number::parse(&amount.normalize().to_string()).ok_or_else(bad)?;
    Ok(DoseAmount { amount, unit, per_kilogram })
}
