//! How much of each ingredient an order gives: the amount at once and over time.
//!
//! An amount in milligrams counts for a product of one ingredient. A number of tablets or milliliters needs the strength, which is
//! read from the product's name ("First 325 MG / Second 5 MG Oral Tablet"): RxTerms carries none.

use rust_decimal::Decimal;

use crate::chart::{DosageRecord, MedicationRecord, Quantity};
use crate::knowledge::{DosePer, DoseUnit, IngredientId, Knowledge};

const DAYS_IN_WEEK: u8 = 7;

const HOURS_IN_WEEK: u16 = 168;

/// How much of an ingredient is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dosing {
    /// Of which ingredient.
    pub ingredient: IngredientId,
    /// Unit of the amounts.
    pub unit: DoseUnit,
    /// The most at one time.
    pub at_once: Decimal,
    /// The most in a week, where the times are known. A week, because a day's part of a weekly dose is no exact number.
    pub per_week: Option<Decimal>,
}

impl Dosing {
    /// The amount over a time; `None` where the times are not known.
    pub fn over(&self, per: DosePer) -> Option<Decimal> {
        match per {
            DosePer::AtOnce => Some(self.at_once),
            DosePer::Day => self.per_week.and_then(|week| week.checked_div(Decimal::from(DAYS_IN_WEEK))),
            DosePer::Week => self.per_week,
        }
    }
}

/// How much of each ingredient an order gives. An ingredient whose amount is not known is left out.
pub(crate) fn dosing(
    record: &MedicationRecord<'_>,
    ingredients: &[IngredientId],
    knowledge: &Knowledge,
) -> Vec<Dosing> {
    if record.dosages.iter().all(|dosage| dosage.dose.is_none() && dosage.rate.is_none()) {
        return Vec::new();
    }
    let strengths = strengths(record, ingredients, knowledge);
    let found = ingredients.iter().filter_map(|ingredient| {
        let strength = strengths.iter().find(|strength| strength.ingredient == *ingredient);
        let single = ingredients.len() == 1;
        let each = record.dosages.iter().filter_map(|dosage| {
            let (unit, at_once, per_week) = amount(dosage, strength, single)?;
            Some(((dosage.sequence, dosage.begins), unit, at_once, per_week))
        });
        combined(*ingredient, each.collect())
    });
    found.collect()
}

/// Which instructions go together: those of one number that begin on one day.
type Step = (Option<Decimal>, Option<jiff::civil::Date>);

/// Steps of one number, or without one, go together; of steps that follow one another the greatest counts.
fn combined(ingredient: IngredientId, steps: Vec<(Step, DoseUnit, Decimal, Option<Decimal>)>) -> Option<Dosing> {
    let unit = steps.first()?.1;
    let mut by_sequence: std::collections::BTreeMap<Step, (Decimal, Option<Decimal>)> =
        std::collections::BTreeMap::new();
    for (sequence, step_unit, at_once, per_week) in steps {
        if step_unit != unit {
            return None;
        }
        let sum = by_sequence.entry(sequence).or_insert((Decimal::ZERO, Some(Decimal::ZERO)));
        // Two amounts of one step may be of different hours: at once is the greater one.
        sum.0 = sum.0.max(at_once);
        sum.1 = sum.1.and_then(|sum| sum.checked_add(per_week?));
    }
    let at_once = by_sequence.values().map(|(at_once, _)| *at_once).max()?;
    let per_week = by_sequence.values().map(|(_, per_week)| *per_week).max().flatten();
    Some(Dosing { ingredient, unit, at_once, per_week })
}

fn amount(
    dosage: &DosageRecord<'_>,
    strength: Option<&Strength>,
    single: bool,
) -> Option<(DoseUnit, Decimal, Option<Decimal>)> {
    if let Some(rate) = &dosage.rate
        && let Some((unit @ DoseUnit::MicrogramPerHour, factor)) = DoseUnit::parse(&rate.unit)
    {
        let rate = rate.value.checked_mul(factor)?;
        return Some((unit, rate, rate.checked_mul(Decimal::from(DAYS_IN_WEEK))));
    }
    let (unit, at_once) = of_quantity(dosage.dose.as_ref()?, strength, single)?;
    if unit == DoseUnit::MicrogramPerHour {
        return Some((unit, at_once, at_once.checked_mul(Decimal::from(DAYS_IN_WEEK))));
    }
    let in_week =
        |amount: Decimal, hours: Decimal| amount.checked_mul(Decimal::from(HOURS_IN_WEEK))?.checked_div(hours);
    let by_times = dosage.times.and_then(|(times, hours)| in_week(at_once.checked_mul(times)?, hours));
    let most = dosage.most.as_ref().and_then(|(most, hours)| {
        let (most_unit, most) = of_quantity(most, strength, single)?;
        if most_unit == unit { in_week(most, *hours) } else { None }
    });
    let per_week = match (by_times, most) {
        // The cap is for what is taken as needed; a schedule is taken as it stands.
        (Some(by_times), Some(most)) if dosage.as_needed => Some(by_times.min(most)),
        (Some(by_times), Some(_)) => Some(by_times),
        (one, other) => one.or(other),
    };
    Some((unit, at_once, per_week))
}

fn of_quantity(quantity: &Quantity<'_>, strength: Option<&Strength>, single: bool) -> Option<(DoseUnit, Decimal)> {
    let unit = quantity.unit.trim();
    let value = quantity.value;
    if value <= Decimal::ZERO {
        return None;
    }
    match DoseUnit::parse(unit) {
        Some((DoseUnit::Milliliter, factor)) => match strength {
            Some(Strength { unit, amount, of: Of::Milliliter, .. }) => {
                Some((*unit, value.checked_mul(factor)?.checked_mul(*amount)?))
            }
            _ => None,
        },
        // A mass of a product of several ingredients says nothing of each.
        Some((unit, factor)) => {
            if single {
                Some((unit, value.checked_mul(factor)?))
            } else {
                None
            }
        }
        None if is_piece(unit) => match strength {
            Some(Strength { unit, amount, of: Of::Piece, .. }) => Some((*unit, value.checked_mul(*amount)?)),
            _ => None,
        },
        None => None,
    }
}

/// Whether a unit counts pieces: tablets, capsules, patches, puffs.
fn is_piece(unit: &str) -> bool {
    let unit =
        unit.trim_matches(|character| matches!(character, '{' | '}' | '[' | ']' | '(' | ')')).to_ascii_lowercase();
    let unit = unit.split(['(', '_', ' ']).next().unwrap_or_default();
    matches!(
        unit,
        "" | "1"
            | "tbl"
            | "tab"
            | "tabs"
            | "tablet"
            | "tablets"
            | "cap"
            | "caps"
            | "capsule"
            | "capsules"
            | "patch"
            | "patches"
            | "pill"
            | "pills"
            | "each"
            | "dose"
            | "suppository"
            | "supp"
            | "film"
            | "lozenge"
            | "puff"
            | "puffs"
            | "spray"
            | "actuat"
            | "tbdisp"
            | "tbchew"
            | "ertab"
            | "ercap"
            | "ectab"
            | "eccap"
    )
}

/// What a strength is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Piece,
    Milliliter,
}

/// How much of an ingredient is in a piece or a milliliter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Strength {
    ingredient: IngredientId,
    unit: DoseUnit,
    amount: Decimal,
    of: Of,
}

/// The strengths that the product's name tells, from the first of its names that tells one for each ingredient.
fn strengths(record: &MedicationRecord<'_>, ingredients: &[IngredientId], knowledge: &Knowledge) -> Vec<Strength> {
    let concepts = record.drug.concept.iter();
    let texts = concepts.flat_map(|concept| {
        concept.codings.iter().filter_map(|coding| coding.display.as_deref()).chain(concept.text.as_deref())
    });
    let mut found = texts.filter_map(|text| strengths_in(text, ingredients, knowledge));
    found.next().unwrap_or_default()
}

fn strengths_in(text: &str, ingredients: &[IngredientId], knowledge: &Knowledge) -> Option<Vec<Strength>> {
    // A brand stands in brackets, a vehicle in parentheses.
    let text = text.split('[').next()?.to_lowercase();
    let parts: Vec<&str> = text.split(" / ").collect();
    let one_of = |part: &str| {
        let mut found = amounts(part);
        found.dedup();
        match found.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    };
    if let [ingredient] = ingredients {
        let (unit, amount, of) = one_of(&text)?;
        return Some(vec![Strength { ingredient: *ingredient, unit, amount, of }]);
    }
    if parts.len() != ingredients.len() {
        return None;
    }
    let each = ingredients.iter().map(|ingredient| {
        let name = knowledge.name(*ingredient).to_lowercase();
        let mut own = parts.iter().filter(|part| part.contains(&name));
        let (unit, amount, of) = one_of(own.next()?)?;
        own.next().is_none().then_some(Strength { ingredient: *ingredient, unit, amount, of })
    });
    each.collect()
}

/// Every amount of an active ingredient in a text: `325 mg`, `5 mg/ml`, `160 mg/5 ml`, `0.025 mg/hr`.
fn amounts(text: &str) -> Vec<(DoseUnit, Decimal, Of)> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        // `500mg` is `500 mg`; `160 mg/5ml` and `160mg/5 ml` end with the same words.
        let mut current = String::new();
        for character in word.trim_end_matches([',', ';']).chars() {
            let is_number = |character: char| character.is_ascii_digit() || character == '.' || character == ',';
            let breaks = current
                .chars()
                .last()
                .is_some_and(|last| last == '/' || character == '/' || is_number(last) != is_number(character));
            if breaks {
                words.push(std::mem::take(&mut current));
            }
            current.push(character);
        }
        words.push(current);
    }
    let number = |word: &str| word.replace(',', "").parse::<Decimal>().ok().filter(|value| *value > Decimal::ZERO);
    let mut found = Vec::new();
    for (position, word) in words.iter().enumerate() {
        let at = |offset: usize| words.get(position.saturating_add(offset)).map_or("", String::as_str);
        let (Some(value), Some((unit, factor))) = (number(word), DoseUnit::parse(at(1))) else { continue };
        if unit == DoseUnit::Milliliter {
            continue;
        }
        let Some(value) = value.checked_mul(factor) else { continue };
        if at(2) != "/" {
            found.push((unit, value, Of::Piece));
            continue;
        }
        let (count, per) = match number(at(3)) {
            Some(count) => (count, at(4)),
            None => (Decimal::ONE, at(3)),
        };
        match per {
            "ml" => found.extend(value.checked_div(count).map(|value| (unit, value, Of::Milliliter))),
            "h" | "hr" | "hour" => {
                let per_hour = value.checked_div(count).and_then(|value| value.checked_mul(Decimal::ONE_THOUSAND));
                found.extend(per_hour.map(|rate| (DoseUnit::MicrogramPerHour, rate, Of::Piece)));
            }
            "actuat" | "spray" | "puff" => found.push((unit, value, Of::Piece)),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_strengths_as_rxnorm_and_people_write_them() {
        let of = |text: &str| {
            let found = amounts(text);
            let words = found.iter().map(|(unit, amount, of)| format!("{} {} {of:?}", amount.normalize(), unit.name()));
            words.collect::<Vec<_>>().join("; ")
        };
        assert_eq!(of("substance 325 mg"), "325 mg Piece");
        assert_eq!(of("brand 500mg tablets"), "500 mg Piece");
        assert_eq!(of("30 ml substance sulfate 5 mg/ml injection"), "5 mg Milliliter");
        assert_eq!(of("substance 250 mg/5 ml suspension"), "50 mg Milliliter");
        assert_eq!(of("substance 0.05 mg"), "0.05 mg Piece");
        assert_eq!(of("72 hr substance 0.025 mg/hr transdermal system"), "25 mcg/h Piece");
        assert_eq!(of("substance 100 unt/ml"), "100 units Milliliter");
        assert_eq!(of("a drug"), "");
    }
}
