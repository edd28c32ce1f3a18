//! A patient's chart, read from FHIR R4: what it says, and what was wrong with it.
//!
//! Reading never fails: what could not be read, coded or resolved is an issue with the resource's id. The chart knows no
//! date of today; whether an order is still active is for [`crate::facts`] to say.

mod document;
mod dosage;
mod element;
mod elements;
mod fhir;
mod identity;
mod issues;
mod medication;
mod read;
mod reading;
mod records;
mod references;
mod when;

pub use document::Document;
pub use dosage::DosageRecord;
pub use identity::{Patient, SeveralPatients};
pub use issues::Issues;
pub use medication::{Drug, DrugProblem, MedicationKind, MedicationRecord};
pub use read::{Chart, Documents, read};
pub use records::{AllergyRecord, Bound, ClinicalKind, ClinicalRecord, Coding, Concept, Decimal, Quantity, Value};
pub use when::{NotADate, Precision, When};
