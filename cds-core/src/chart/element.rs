//! Elements that may be absent or malformed: a malformed element spoils itself, never its resource.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A string that borrows from the document unless it has escapes. (`Cow` alone never borrows inside an `Option`.)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A number as it was written: never a binary float.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Number<'a>(#[serde(borrow)] pub &'a RawValue);

/// An element: absent, read, or there and not of the form that FHIR gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Field<T> {
    /// Not there, or `null`.
    #[default]
    Absent,
    /// Read.
    Value(T),
    /// There, but not of its type.
    Malformed,
}

impl<T> Field<T> {
    /// The value, where it was read.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Malformed => None,
        }
    }
}

/// What the JSON of an element's type begins with. Without it serde takes an array for an object, by position.
pub(crate) trait Opens {
    /// A brace, a bracket, a quotation mark, or nothing that is known before.
    const WITH: &'static str;
}

impl<T> Opens for Vec<T> {
    const WITH: &'static str = "[";
}

impl Opens for Text<'_> {
    const WITH: &'static str = "\"";
}

impl Opens for Number<'_> {
    const WITH: &'static str = "";
}

impl Opens for &RawValue {
    const WITH: &'static str = "";
}

impl<'de, T: Deserialize<'de> + Opens> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw: &'de RawValue = Deserialize::deserialize(deserializer)?;
        if raw.get() == "null" {
            return Ok(Self::Absent);
        }
        if !raw.get().starts_with(T::WITH) {
            return Ok(Self::Malformed);
        }
        Ok(serde_json::from_str(raw.get()).map_or(Self::Malformed, Self::Value))
    }
}
