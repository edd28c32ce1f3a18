//! Kidney function from creatinine, in decimals so that every platform computes the same.
//!
//! CKD-EPI 2021 without race: Inker et al., N Engl J Med 2021;385:1737-49, table 2. Creatinine clearance: Cockcroft and Gault,
//! Nephron 1976;16:31-41, with the actual body weight. Both are for adults.

use rust_decimal::{Decimal, MathematicalOps};

use super::measurements::{Measured, measured, newest, sort};
use super::{AsOf, Person};
use crate::chart::When;
use crate::knowledge::{AgeUnit, Knowledge, Sex};

/// Least age for which the equations were made.
const ADULT_YEARS: i32 = 18;

/// How old a weight may be, in days.
const WEIGHT_WITHIN_DAYS: u16 = 365;

/// Adds what can be computed from the newest creatinine. Of a day that has a computed value, reported ones are dropped: they
/// may come from an older equation.
pub(crate) fn add_computed(values: &mut Measured, person: &Person, as_of: AsOf, knowledge: &Knowledge) {
    let roles = &knowledge.pack().roles;
    let entries = &knowledge.pack().measurements;
    // A reported value that is older than the newest creatinine no longer says how the kidneys work.
    if let Some(day) = newest(values, roles.creatinine, u16::MAX, as_of).first().map(|value| value.day) {
        for measurement in [roles.egfr, roles.creatinine_clearance] {
            if let Some(known) = values.get_mut(&measurement) {
                known.retain(|value| value.day >= day);
            }
        }
    }
    let creatinine = newest(values, roles.creatinine, u16::MAX, as_of);
    let (Some(sex), Some((age, _)), Some(first)) =
        (person.sex, person.age(AgeUnit::Years, as_of).filter(|(least, most)| least == most), creatinine.first())
    else {
        return;
    };
    if age < ADULT_YEARS || creatinine.iter().any(|value| value.bound.is_some()) {
        return;
    }
    let day = first.day;
    let weight = newest(values, roles.weight, WEIGHT_WITHIN_DAYS, as_of).first().cloned();
    let mut computed = Vec::new();
    // The least and the greatest value of the day say all that several of them can.
    let extremes = creatinine.iter().min_by_key(|value| value.value).into_iter();
    let greatest = creatinine.iter().max_by_key(|value| value.value);
    for value in extremes.chain(greatest.filter(|greatest| greatest.value != first.value || creatinine.len() > 1)) {
        let of = |how: &str| format!("{how} from creatinine {} mg/dL", value.value);
        if let (Some(egfr), Some(entry)) = (ckd_epi_2021(value.value, age, sex), entries.get(usize::from(roles.egfr))) {
            let how = of("CKD-EPI 2021");
            let resources = value.resources.clone();
            computed.push((roles.egfr, measured(resources, entry, egfr, None, When::day(day), Some(&how))));
        }
        if let Some(weight) = &weight
            && let (Some(clearance), Some(entry)) = (
                cockcroft_gault(value.value, age, sex, weight.value),
                entries.get(usize::from(roles.creatinine_clearance)),
            )
        {
            let how = format!("{} and weight {} kg", of("Cockcroft-Gault"), weight.value);
            let mut resources = [value.resources.clone(), weight.resources.clone()].concat();
            resources.sort();
            computed.push((
                roles.creatinine_clearance,
                measured(resources, entry, clearance, None, When::day(day), Some(&how)),
            ));
        }
    }
    for (measurement, fact) in computed {
        let known = values.entry(measurement).or_default();
        known.retain(|value| value.day != day || value.computed);
        known.push(fact);
        sort(known);
    }
}

/// Estimated glomerular filtration rate in mL/min/1.73 m², to a tenth; creatinine in mg/dL, age in years.
fn ckd_epi_2021(creatinine: Decimal, age: i32, sex: Sex) -> Option<Decimal> {
    let (kappa, alpha, factor) = match sex {
        Sex::Female => (Decimal::new(7, 1), Decimal::new(-241, 3), Decimal::new(1012, 3)),
        Sex::Male => (Decimal::new(9, 1), Decimal::new(-302, 3), Decimal::ONE),
    };
    let ratio = creatinine.checked_div(kappa)?;
    let low = ratio.min(Decimal::ONE).checked_powd(alpha)?;
    let high = ratio.max(Decimal::ONE).checked_powd(Decimal::new(-12, 1))?;
    let aged = Decimal::new(9938, 4).checked_powi(i64::from(age))?;
    let rate = Decimal::from(142).checked_mul(low)?.checked_mul(high)?.checked_mul(aged)?.checked_mul(factor)?;
    Some(rate.round_dp(1).normalize())
}

/// Creatinine clearance in mL/min, to a tenth; creatinine in mg/dL, age in years, weight in kg.
fn cockcroft_gault(creatinine: Decimal, age: i32, sex: Sex, weight: Decimal) -> Option<Decimal> {
    let years = Decimal::from(140_i32.checked_sub(age)?.max(0));
    let factor = match sex {
        Sex::Female => Decimal::new(85, 2),
        Sex::Male => Decimal::ONE,
    };
    let clearance =
        years.checked_mul(weight)?.checked_mul(factor)?.checked_div(creatinine.checked_mul(Decimal::from(72))?)?;
    Some(clearance.round_dp(1).normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked by hand from the published equation: for a man of 60 with 1.2 mg/dL, 142 × (1.2/0.9)^-1.2 × 0.9938^60 = 69.2.
    #[test]
    fn computes_the_published_equations() {
        let egfr =
            |creatinine: &str, age, sex| ckd_epi_2021(creatinine.parse().unwrap(), age, sex).unwrap().to_string();
        assert_eq!(egfr("1.2", 60, Sex::Male), "69.2");
        assert_eq!(egfr("0.7", 50, Sex::Female), "105.3");
        assert_eq!(egfr("0.5", 30, Sex::Female), "129.3");
        assert_eq!(egfr("4.0", 80, Sex::Male), "14.4");
        let clearance = cockcroft_gault("1.0".parse().unwrap(), 40, Sex::Male, Decimal::from(72)).unwrap();
        assert_eq!(clearance.to_string(), "100");
        let clearance = cockcroft_gault("1.0".parse().unwrap(), 40, Sex::Female, Decimal::from(72)).unwrap();
        assert_eq!(clearance.to_string(), "85");
    }
}
