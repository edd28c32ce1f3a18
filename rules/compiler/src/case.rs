//! The cases that prove a rule, for the engine's tests.

use cds_core::report::Tier;

pub use crate::given::Given;

/// A patient for whom a rule must fire, or a near miss for whom it must be silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What kind of rule it proves.
    pub kind: CaseKind,
    /// Id of the rule, as in the pack; for an allergen group the group's id.
    pub rule: String,
    /// The patient's drugs.
    pub drugs: Vec<CaseDrug>,
    /// What else the chart says.
    pub given: Vec<Given>,
    /// The recorded allergy, for an allergen group: an ingredient's name or one of the group's names.
    pub allergen: Option<String>,
    /// The tier that the rule must give; `None` where it must be silent.
    pub expected: Option<Tier>,
    /// Why it must be silent.
    pub because: Option<String>,
    /// The file that the case stands in, within the knowledge folder.
    pub file: String,
    /// The line.
    pub line: usize,
}

/// What kind of rule a case proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseKind {
    /// An interaction.
    Interaction,
    /// Two members of one class.
    Duplicate,
    /// An additive effect.
    Effect,
    /// An allergen group.
    Allergen,
    /// One drug and the patient.
    Patient,
    /// A dose limit.
    Dose,
    /// A sum of doses.
    Total,
}

/// A drug of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseDrug {
    /// RxNorm's name of the ingredient.
    pub name: String,
    /// RxNorm concept id of the ingredient.
    pub rxcui: u32,
}
