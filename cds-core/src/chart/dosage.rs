//! How a drug is to be taken: FHIR R4 Dosage (2.24.0.7) and Timing (2.24.0.6), as amounts and times.

use rust_decimal::Decimal;

use super::element::Field;
use super::fhir::{self, List};
use super::medication::duration;
use super::reading::Reading;
use super::records::{Concept, Quantity};
use super::when::When;

/// One dosage instruction.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct DosageRecord<'a> {
    /// Its place in an order of several; those of one number go together.
    pub sequence: Option<Decimal>,
    /// The first day on which it holds, where it says one.
    pub begins: Option<jiff::civil::Date>,
    /// How it is given.
    pub route: Option<Concept<'a>>,
    /// Whether it is to be taken as needed.
    pub as_needed: bool,
    /// The amount at one time; of a range the greatest.
    pub dose: Option<Quantity<'a>>,
    /// The rate, for a patch or an infusion.
    pub rate: Option<Quantity<'a>>,
    /// How many times in how many hours; of a range the most.
    pub times: Option<(Decimal, Decimal)>,
    /// The most that is allowed in so many hours.
    pub most: Option<(Quantity<'a>, Decimal)>,
}

/// From when to when a dosage instruction holds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bounds {
    pub first: Option<When>,
    pub last: Option<When>,
    pub days: Option<u32>,
}

/// The dosages of a resource with their paths: `dosageInstruction`, the `dosage` list of a statement, or the one of an
/// administration.
pub(crate) fn written_dosages<'a>(
    instructions: List<fhir::Dosage<'a>>,
    dosage: Field<&'a serde_json::value::RawValue>,
    reading: &mut Reading<'_>,
) -> impl Iterator<Item = (String, fhir::Dosage<'a>)> + use<'a> {
    let mut dosages: Vec<(String, fhir::Dosage<'a>)> = Vec::new();
    let listed = |path: &'static str, list: List<fhir::Dosage<'a>>, reading: &mut Reading<'_>| {
        let list = reading.list(list, path).into_iter().enumerate();
        list.map(|(position, dosage)| (format!("{path}[{position}]"), dosage)).collect::<Vec<_>>()
    };
    dosages.extend(listed("dosageInstruction", instructions, reading));
    if let Some(raw) = reading.take(dosage, "dosage") {
        if raw.get().starts_with('[') {
            let list = serde_json::from_str(raw.get()).unwrap_or(Field::Malformed);
            dosages.extend(listed("dosage", list, reading));
        } else {
            let one: Field<fhir::Dosage<'a>> = serde_json::from_str(raw.get()).unwrap_or(Field::Malformed);
            dosages.extend(reading.take(one, "dosage").map(|dosage| ("dosage".to_owned(), dosage)));
        }
    }
    dosages.into_iter()
}

/// Reads a dosage instruction.
pub(crate) fn dosage_record<'a>(
    dosage: fhir::Dosage<'a>,
    path: &str,
    reading: &mut Reading<'_>,
) -> (DosageRecord<'a>, Bounds) {
    let mut record = DosageRecord {
        sequence: reading.number(dosage.sequence, &format!("{path}.sequence")),
        route: reading.concept(dosage.route, &format!("{path}.route")),
        ..DosageRecord::default()
    };
    let as_needed = reading.boolean(dosage.as_needed_boolean, &format!("{path}.asNeededBoolean"));
    let reason = reading.concept(dosage.as_needed_codeable_concept, &format!("{path}.asNeededCodeableConcept"));
    record.as_needed = as_needed == Some(true) || reason.is_some();
    record.dose = reading.quantity(dosage.dose, &format!("{path}.dose"));
    record.rate = rate(dosage.rate_quantity, dosage.rate_ratio, path, reading);
    for (position, dose) in reading.list(dosage.dose_and_rate, &format!("{path}.doseAndRate")).into_iter().enumerate() {
        let path = format!("{path}.doseAndRate[{position}]");
        let exact = reading.quantity(dose.dose_quantity, &format!("{path}.doseQuantity"));
        let range = reading.take(dose.dose_range, &format!("{path}.doseRange"));
        let range = range.and_then(|range| {
            let low = reading.quantity(range.low, &format!("{path}.doseRange.low"));
            let high = reading.quantity(range.high, &format!("{path}.doseRange.high"));
            greater(high, low)
        });
        record.dose = greater(record.dose, greater(exact, range));
        record.rate = record.rate.or(rate(dose.rate_quantity, dose.rate_ratio, &path, reading));
    }
    if let Some((amount, Some(period))) =
        ratio(dosage.max_dose_per_period, &format!("{path}.maxDosePerPeriod"), reading)
    {
        record.most = hours_of(&period).map(|hours| (amount, hours));
    }
    let Some(timing) = reading.take(dosage.timing, &format!("{path}.timing")) else {
        return (record, Bounds::default());
    };
    let code = reading.concept(timing.code, &format!("{path}.timing.code"));
    let mut bounds = Bounds::default();
    if let Some(repeat) = reading.take(timing.repeat, &format!("{path}.timing.repeat")) {
        let path = format!("{path}.timing.repeat");
        record.times = times(&path, &repeat, reading);
        (bounds.first, bounds.last) = reading.period(repeat.bounds_period, &format!("{path}.boundsPeriod"));
        bounds.days = duration(repeat.bounds_duration, &format!("{path}.boundsDuration"), reading);
    }
    record.times = record.times.or_else(|| times_of_code(&code?));
    record.begins = bounds.first.map(When::earliest);
    (record, bounds)
}

/// The greater of two amounts of one unit; of two units the first.
fn greater<'a>(one: Option<Quantity<'a>>, other: Option<Quantity<'a>>) -> Option<Quantity<'a>> {
    match (one, other) {
        (Some(one), Some(other)) if one.unit == other.unit && other.value > one.value => Some(other),
        (one, other) => one.or(other),
    }
}

fn greatest(one: Option<Decimal>, other: Option<Decimal>) -> Option<Decimal> {
    one.into_iter().chain(other).max()
}

fn rate<'a>(
    quantity: Field<fhir::Quantity<'a>>,
    of: Field<fhir::Ratio<'a>>,
    path: &str,
    reading: &mut Reading<'_>,
) -> Option<Quantity<'a>> {
    let plain = reading.quantity(quantity, &format!("{path}.rateQuantity"));
    let (amount, per) = match ratio(of, &format!("{path}.rateRatio"), reading) {
        Some((amount, Some(per))) => (amount, per),
        _ => return plain,
    };
    // An amount over a time: in an hour.
    let value = amount.value.checked_div(hours_of(&per)?)?;
    plain.or(Some(Quantity { value, unit: format!("{}/h", amount.unit).into(), ..amount }))
}

fn ratio<'a>(
    field: Field<fhir::Ratio<'a>>,
    path: &str,
    reading: &mut Reading<'_>,
) -> Option<(Quantity<'a>, Option<Quantity<'a>>)> {
    let ratio = reading.take(field, path)?;
    let denominator = reading.quantity(ratio.denominator, &format!("{path}.denominator"));
    Some((reading.quantity(ratio.numerator, &format!("{path}.numerator"))?, denominator))
}

/// A quantity of time in hours; `None` where its unit is none of time.
fn hours_of(quantity: &Quantity<'_>) -> Option<Decimal> {
    quantity.value.checked_mul(hours_in(&quantity.unit)?).filter(|hours| *hours > Decimal::ZERO)
}

/// FHIR's `UnitsOfTime`, in hours: a third of a day is exact in hours, and is not in days.
fn hours_in(unit: &str) -> Option<Decimal> {
    Some(match unit {
        "h" | "hour" | "hours" => Decimal::ONE,
        "d" | "day" | "days" => Decimal::from(24),
        "min" | "minute" | "minutes" => Decimal::ONE.checked_div(Decimal::from(60))?,
        "wk" | "week" | "weeks" => Decimal::from(7 * 24),
        "mo" | "month" | "months" => Decimal::from(30 * 24),
        "a" | "year" | "years" => Decimal::from(365 * 24),
        _ => return None,
    })
}

/// How many times in how many hours.
fn times(path: &str, repeat: &fhir::Repeat<'_>, reading: &mut Reading<'_>) -> Option<(Decimal, Decimal)> {
    let mut number = |field: &Field<super::element::Number<'_>>, name: &str| {
        let field = match field {
            Field::Value(number) => Field::Value(*number),
            Field::Absent => Field::Absent,
            Field::Malformed => Field::Malformed,
        };
        reading.number(field, &format!("{path}.{name}")).filter(|number| *number > Decimal::ZERO)
    };
    let written = !matches!((&repeat.frequency, &repeat.frequency_max), (Field::Absent, Field::Absent));
    let frequency = number(&repeat.frequency, "frequency");
    let frequency_max = number(&repeat.frequency_max, "frequencyMax");
    let period = number(&repeat.period, "period");
    let count = |list: &List<super::element::Text<'_>>| match list {
        Field::Value(list) if !list.is_empty() => Some(Decimal::from(list.len())),
        _ => None,
    };
    let unit = match &repeat.period_unit {
        Field::Value(unit) => hours_in(unit),
        _ => None,
    };
    let at_times = count(&repeat.time_of_day).or_else(|| count(&repeat.when));
    let frequency = greatest(frequency, frequency_max);
    if let Some(days) = count(&repeat.day_of_week) {
        // On some days of each week, perhaps several times on each.
        let daily = unit.and_then(|unit| {
            let hours = period.unwrap_or(Decimal::ONE).checked_mul(unit)?;
            // Every so many hours on each of these days.
            let whole_day = Decimal::from(24);
            if hours < whole_day {
                frequency.unwrap_or(Decimal::ONE).checked_mul(whole_day)?.checked_div(hours)
            } else {
                frequency
            }
        });
        let on_each = greatest(at_times, daily.or(frequency)).unwrap_or(Decimal::ONE);
        return Some((days.checked_mul(on_each)?, Decimal::from(7 * 24)));
    }
    let every = unit.and_then(|unit| period.unwrap_or(Decimal::ONE).checked_mul(unit));
    match (frequency, at_times, every) {
        (Some(frequency), None, Some(every)) => Some((frequency, every)),
        // A frequency that is no number of times says nothing.
        (None, None, Some(_)) if written => None,
        (None, None, Some(every)) => Some((Decimal::ONE, every)),
        (frequency, Some(at_times), Some(every)) => Some((frequency.unwrap_or(Decimal::ONE).max(at_times), every)),
        _ => None,
    }
    .or_else(|| at_times.map(|times| (times, Decimal::from(24))))
}

/// The codes of HL7's `GTSAbbreviation`, the only ones that FHIR binds a timing's code to.
fn times_of_code(code: &Concept<'_>) -> Option<(Decimal, Decimal)> {
    let of = |code: &str| {
        let (times, days) = match code {
            "QD" | "DAILY" | "AM" | "PM" | "BED" | "QHS" | "MORN" => (1, 1),
            "BID" => (2, 1),
            "TID" => (3, 1),
            "QID" => (4, 1),
            "QOD" => (1, 2),
            "Q1H" => (24, 1),
            "Q2H" => (12, 1),
            "Q3H" => (8, 1),
            "Q4H" => (6, 1),
            "Q6H" => (4, 1),
            "Q8H" => (3, 1),
            "WK" | "WEEKLY" => (1, 7),
            "MO" | "MONTHLY" => (1, 30),
            _ => return None,
        };
        Some((Decimal::from(times), Decimal::from(days * 24)))
    };
    code.codings.iter().find_map(|coding| of(&coding.code.to_ascii_uppercase()))
}
