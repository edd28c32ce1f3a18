//! Age and sex on a day. A partial date of birth leaves a range of ages.

use jiff::civil::Date;

use super::AsOf;
use crate::chart::{Patient, When};
use crate::knowledge::{AgeUnit, Comparison, Sex};

/// What rules read of the patient.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The Patient resource.
    pub resource: Option<String>,
    /// Date of birth.
    pub birth: Option<When>,
    /// Sex, where the chart says `female` or `male`.
    pub sex: Option<Sex>,
}

impl Person {
    pub(crate) fn of(patient: &Patient) -> Self {
        let sex = match patient.gender.as_deref() {
            Some("female") => Some(Sex::Female),
            Some("male") => Some(Sex::Male),
            _ => None,
        };
        Self { resource: patient.resources.first().cloned(), birth: patient.birth_date, sex }
    }

    /// Least and greatest age on a day, in whole years, months or days.
    pub fn age(&self, unit: AgeUnit, as_of: AsOf) -> Option<(i32, i32)> {
        let AsOf(day) = as_of;
        let birth = self.birth?;
        let least = age(birth.latest(), day, unit)?;
        Some((least, age(birth.earliest(), day, unit)?))
    }

    /// Whether the age stands so to a limit; `None` where the date of birth does not decide it.
    pub(crate) fn age_holds(&self, comparison: Comparison, limit: u16, unit: AgeUnit, as_of: AsOf) -> Option<bool> {
        let (least, most) = self.age(unit, as_of)?;
        let limit = i32::from(limit);
        let (one, other) = (comparison.holds(&least, &limit), comparison.holds(&most, &limit));
        (one == other).then_some(one)
    }
}

fn age(birth: Date, day: Date, unit: AgeUnit) -> Option<i32> {
    if birth > day {
        return None;
    }
    let days = birth.duration_until(day).as_hours().checked_div(24)?;
    let years = i32::from(day.year()).checked_sub(i32::from(birth.year()))?;
    match unit {
        AgeUnit::Days => i32::try_from(days).ok(),
        AgeUnit::Years => {
            let had_birthday = (day.month(), day.day()) >= (birth.month(), birth.day());
            years.checked_sub(i32::from(!had_birthday))
        }
        AgeUnit::Months => {
            let months =
                years.checked_mul(12)?.checked_add(i32::from(day.month()))?.checked_sub(i32::from(birth.month()))?;
            months.checked_sub(i32::from(day.day() < birth.day()))
        }
    }
}
