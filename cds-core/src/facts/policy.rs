//! The caller's arguments: the day, and a site's policy.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::chart::{Precision, When};
use crate::report::Tier;

/// The day that an answer is true for. It always comes from the caller.
///
/// ```
/// let day: cds_core::facts::AsOf = "2026-11-22".parse().unwrap();
/// assert_eq!(day.to_string(), "2026-11-22");
/// assert!("2026-11".parse::<cds_core::facts::AsOf>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AsOf(pub Date);

/// A text that is no whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a day; write it as `YYYY-MM-DD`")]
pub struct NotADay;

impl std::str::FromStr for AsOf {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let when: When = text.parse().map_err(|_| NotADay)?;
        let whole_day = when.precision() == Precision::Day && !text.contains('T');
        if whole_day { Ok(Self(when.earliest())) } else { Err(NotADay) }
    }
}

impl std::fmt::Display for AsOf {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// What a site decides for itself. Every value has a default; a chart cannot change one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Policy {
    /// The lowest tier that interrupts. Default: `major`.
    pub interrupt_from: Tier,
    /// Days after the last day of use from which an order that is still called active is stale. Default: 30.
    pub stale_after_end_days: u16,
    /// Days after the end of the supply or of the order's validity from which it is stale. Default: 90.
    pub stale_after_supply_days: u16,
    /// Days after which an order without any end is stale. Default: 730.
    pub stale_without_end_days: u16,
    /// Days that a dispensed supply of unknown size is taken to last. Default: 30.
    pub dispensed_days: u16,
    /// Days for which a drug that was given once still counts. Default: 2.
    pub administered_days: u16,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            interrupt_from: Tier::Major,
            stale_after_end_days: 30,
            stale_after_supply_days: 90,
            stale_without_end_days: 730,
            dispensed_days: 30,
            administered_days: 2,
        }
    }
}
