//! From hits to an answer: one alert for each clinical problem, in a fixed order, in plain words.

mod alerts;
mod answer;
mod fold;
mod summary;
mod words;

pub(crate) use alerts::{alerts, drug, rule_id};
pub use answer::*;
pub(crate) use summary::summary;
