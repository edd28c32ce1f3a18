//! Clinical decision support: a patient's chart in, alerts and what could not be checked out.
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod call;
pub mod chart;
mod checks;
mod disjoint_sets;
pub mod facts;
pub mod knowledge;
pub mod report;

pub use call::{Answer, CallError, CheckOptions, Engine};
