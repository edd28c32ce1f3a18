//! Values of laboratory tests and vital signs, in the unit that the rules count in, the newest first.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::conditions::days_between;
use super::{AsOf, Facts, kidney};
use crate::chart::{Bound, Chart, ClinicalKind, ClinicalRecord, Concept, Issues, Quantity, Value, When};
use crate::knowledge::{Knowledge, Measurement, System};
use crate::report::Fact;

/// A value of a measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasuredFact {
    /// The resources that it rests on, ordered.
    pub resources: Vec<String>,
    /// The day; of a partial date the first that it may mean.
    pub day: Date,
    /// The value, in the measurement's unit.
    pub value: Decimal,
    /// Where the true value lies, if `value` is but a bound.
    pub bound: Option<Bound>,
    /// Whether the engine computed it.
    pub computed: bool,
    /// What the chart says, in the knowledge's words.
    pub says: String,
}

impl MeasuredFact {
    pub(crate) fn facts(&self) -> impl Iterator<Item = Fact> + '_ {
        self.resources.iter().map(|resource| Fact { resource: resource.clone(), says: self.says.clone() })
    }
}

/// Values of each measurement, the newest first.
pub type Measured = BTreeMap<u16, Vec<MeasuredFact>>;

/// Finds the values of a chart up to a day, and computes the kidney function from them.
pub(crate) fn measured_facts(chart: &mut Chart<'_>, as_of: AsOf, knowledge: &Knowledge, facts: &mut Facts) {
    let AsOf(day) = as_of;
    let mut measured = Measured::new();
    let mut unusable: BTreeMap<u16, Date> = BTreeMap::new();
    let records = std::mem::take(&mut chart.records);
    for record in &records {
        let dropped = matches!(record.status.as_deref(), Some("registered" | "cancelled"));
        if record.kind != ClinicalKind::Observation || record.negated || dropped {
            continue;
        }
        let whole = record.concepts.iter().map(|concept| (concept, record.value.as_ref()));
        let parts = record.components.iter().map(|(concept, value)| (concept, value.as_ref()));
        for (concept, value) in whole.chain(parts) {
            let Some(id) = measurement_of(concept, knowledge) else { continue };
            let Some(entry) = knowledge.pack().measurements.get(usize::from(id)) else { continue };
            match value_of(record, value, entry, day, &mut chart.issues) {
                Outcome::Used(found) => measured.entry(id).or_default().push(found),
                Outcome::Unusable(on) => {
                    let newest = unusable.entry(id).or_insert(on);
                    *newest = on.max(*newest);
                }
                Outcome::Nothing => {}
            }
        }
    }
    chart.records = records;
    for (measurement, values) in &mut measured {
        sort(values);
        // An older value must not stand for a newer one that could not be read.
        if let (Some(first), Some(newer)) = (values.first(), unusable.get(measurement))
            && first.day < *newer
        {
            values.clear();
        }
    }
    kidney::add_computed(&mut measured, &facts.person, as_of, knowledge);
    facts.measured = measured;
}

/// The newest first; those of one day in an order that does not depend on the input's.
pub(crate) fn sort(values: &mut [MeasuredFact]) {
    values.sort_by(|a, b| (b.day, &a.resources, a.value).cmp(&(a.day, &b.resources, b.value)));
}

fn measurement_of(concept: &Concept<'_>, knowledge: &Knowledge) -> Option<u16> {
    let loinc = concept.codings.iter().filter(|coding| System::of(&coding.system) == System::Loinc);
    loinc.filter_map(|coding| knowledge.terms().measurement(coding.code.trim())).next()
}

/// What an observation of a measurement gives.
enum Outcome {
    /// A value.
    Used(MeasuredFact),
    /// There is a result of this day, and it could not be read.
    Unusable(Date),
    /// There is nothing to place in time.
    Nothing,
}

fn value_of(
    record: &ClinicalRecord<'_>,
    value: Option<&Value<'_>>,
    entry: &Measurement,
    day: Date,
    issues: &mut Issues,
) -> Outcome {
    // Of a period the end: the value is what came out.
    let Some(taken) = record.end.or(record.start) else {
        let text = "this measurement has no date; no rule could use it. Add the date";
        issues.warning("undated", &record.source, Some("effective[x]"), text);
        return Outcome::Nothing;
    };
    if taken.earliest() > day {
        let text = "this measurement is dated after the day of the answer; no rule used it. Correct the date";
        issues.information("future-date", &record.source, Some("effective[x]"), text);
        return Outcome::Nothing;
    }
    // Of a month or a year the last day that has been: the value may be the newest one.
    let on = taken.latest().min(day);
    let Some(Value::Quantity(quantity)) = value else {
        let text =
            "this measurement has no value that is a number with a unit; no rule could use it. Look it up by hand";
        issues.warning("unreadable-value", &record.source, Some("value[x]"), text);
        return Outcome::Unusable(on);
    };
    let Some(value) = in_unit(quantity, entry) else {
        let text = "its unit is not one that the knowledge pack knows for this measurement; no rule could use it. Correct the unit";
        issues.warning("unknown-unit", &record.source, Some("value[x]"), text);
        return Outcome::Unusable(on);
    };
    let (least, most) = entry.plausible;
    if value < least.decimal() || value > most.decimal() {
        let text = "the value is outside what this measurement can be; no rule used it. Check value and unit";
        issues.warning("implausible-value", &record.source, Some("value[x]"), text);
        return Outcome::Unusable(on);
    }
    let fact = measured(vec![record.source.clone()], entry, value, quantity.bound, taken, None);
    Outcome::Used(MeasuredFact { day: on, ..fact })
}

/// A fact with its words.
pub(crate) fn measured(
    resources: Vec<String>,
    entry: &Measurement,
    value: Decimal,
    bound: Option<Bound>,
    taken: When,
    how: Option<&str>,
) -> MeasuredFact {
    let sign = match bound {
        None => "",
        Some(Bound::AtMost) => "at most ",
        Some(Bound::AtLeast) => "at least ",
    };
    let value = value.round_dp(3).normalize();
    let unit = plain_unit(&entry.unit);
    let how = how.map(|how| format!(" ({how})")).unwrap_or_default();
    let says = format!("{} {sign}{value}{unit}{how}, {taken}", entry.name);
    MeasuredFact { resources, day: taken.earliest(), value, bound, computed: !how.is_empty(), says }
}

/// A UCUM unit as a person reads it, with a space before it; nothing for a plain number.
fn plain_unit(unit: &str) -> String {
    match unit {
        "" | "1" => String::new(),
        "%" => "%".to_owned(),
        "mL/min/{1.73_m2}" => " mL/min/1.73 m²".to_owned(),
        "mm[Hg]" => " mm Hg".to_owned(),
        "m[IU]/L" => " mIU/L".to_owned(),
        "10*3/uL" => " ×10³/µL".to_owned(),
        other => format!(" {other}"),
    }
}

/// The value in the measurement's unit; `None` where the unit is not known. A number without a unit counts only where the
/// table says what it is.
fn in_unit(quantity: &Quantity<'_>, entry: &Measurement) -> Option<Decimal> {
    let unit = quantity.unit.trim();
    if unit == entry.unit {
        return Some(quantity.value);
    }
    let known = entry.units.iter().find(|(known, _)| known == unit);
    let known = known.or_else(|| entry.units.iter().find(|(known, _)| known.eq_ignore_ascii_case(unit)));
    match known {
        Some((_, factor)) => quantity.value.checked_mul(factor.decimal()),
        None if unit.eq_ignore_ascii_case(&entry.unit) => Some(quantity.value),
        None => None,
    }
}

/// The values of the newest day within a window; empty where there is none.
pub(crate) fn newest(measured: &Measured, measurement: u16, within_days: u16, as_of: AsOf) -> &[MeasuredFact] {
    let AsOf(day) = as_of;
    let values = measured.get(&measurement).map_or(&[][..], Vec::as_slice);
    let Some(first) = values.first().filter(|value| days_between(value.day, day) <= i64::from(within_days)) else {
        return &[];
    };
    let same_day = values.iter().take_while(|value| value.day == first.day).count();
    values.get(..same_day).unwrap_or_default()
}
