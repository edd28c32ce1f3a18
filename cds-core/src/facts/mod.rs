//! From a chart to facts at a day: which drugs the patient is on, which allergies hold, what could not be recognised.
//!
//! The day is an argument, [`AsOf`]; nothing here knows today's date.

mod allergies;
mod conditions;
mod dosing;
mod drugs;
mod kidney;
mod measurements;
mod medications;
mod person;
mod policy;
mod routes;

pub use allergies::{Allergen, AllergyFact, allergy_facts};
pub use conditions::ConditionFact;
pub(crate) use conditions::days_between;
pub use dosing::Dosing;
pub use drugs::{Recognised, Unrecognised, recognise, recognise_code};
pub(crate) use measurements::newest;
pub use measurements::{Measured, MeasuredFact};
pub(crate) use medications::join;
pub use medications::{MedicationFact, State, medication_facts};
pub use person::Person;
pub(crate) use policy::highest_tier;
pub use policy::{Approval, AsOf, NotADay, Policy, PolicyFault, RuleChange};

use crate::chart::Chart;
use crate::knowledge::Knowledge;
use crate::report::{NotEvaluated, Notice};

/// What is true of a patient on a day, as far as the checks need it.
#[derive(Debug, Default)]
pub struct Facts {
    /// Drugs, ordered by resource; the drafts last.
    pub medications: Vec<MedicationFact>,
    /// Allergies, ordered by resource.
    pub allergies: Vec<AllergyFact>,
    /// Age and sex.
    pub person: Person,
    /// Conditions, ordered.
    pub conditions: Vec<ConditionFact>,
    /// Values of laboratory tests and vital signs.
    pub measured: Measured,
    /// Conditions whose codes the pack does not know, by resource.
    pub unknown_conditions: Vec<String>,
    /// What takes part in no check, and why.
    pub not_evaluated: Vec<NotEvaluated>,
    /// What a person should tidy up.
    pub notices: Vec<Notice>,
}

/// Finds the facts of a chart on a day.
pub fn facts(chart: &mut Chart<'_>, as_of: AsOf, policy: &Policy, knowledge: &Knowledge) -> Facts {
    let mut facts = Facts::default();
    facts.not_evaluated.append(&mut chart.not_evaluated);
    medication_facts(chart, as_of, policy, knowledge, &mut facts);
    allergy_facts(chart, knowledge, &mut facts);
    facts.person = Person::of(&chart.patient);
    conditions::condition_facts(chart, as_of, knowledge, &mut facts);
    measurements::measured_facts(chart, as_of, knowledge, &mut facts);
    facts
}
