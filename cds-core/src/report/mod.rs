//! From hits to an answer: one alert for each clinical problem, in a fixed order, in plain words.

mod alerts;
mod answer;
mod fold;
mod missing;
mod summary;
mod words;

pub(crate) use alerts::{Reporting, alerts, drug, rule_id, switched_off};
pub use answer::*;
pub(crate) use missing::undecided;
pub(crate) use summary::summary;
