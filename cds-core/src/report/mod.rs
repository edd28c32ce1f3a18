//! From hits to an answer: one alert for each clinical problem, in a fixed order, in plain words.

mod answer;

pub use answer::*;
