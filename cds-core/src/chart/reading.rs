//! Taking a resource's elements: each that is malformed becomes an issue with its path.

use serde_json::value::RawValue;

use super::element::{Field, Number, Text};
use super::fhir::{self, List};
use super::issues::Issues;
use super::records::{Bound, Coding, Concept, Decimal, Quantity};
use super::when::When;

/// Reads one resource's elements and reports what is wrong with them.
pub(crate) struct Reading<'i> {
    /// The resource, as `Type/id` or its place in the input.
    pub resource: String,
    /// Where problems go.
    pub issues: &'i mut Issues,
    /// Elements that were malformed so far.
    pub malformed: usize,
}

impl<'i> Reading<'i> {
    /// Reads a resource of this name.
    pub fn of(resource: &str, issues: &'i mut Issues) -> Self {
        Self { resource: resource.to_owned(), issues, malformed: 0 }
    }
}

impl Reading<'_> {
    /// The element's value; a malformed one is reported.
    pub fn take<T>(&mut self, field: Field<T>, path: &str) -> Option<T> {
        match field {
            Field::Value(value) => Some(value),
            Field::Absent => None,
            Field::Malformed => {
                self.malformed = self.malformed.saturating_add(1);
                let text = "this element is not of the type that FHIR R4 gives it; it was not read";
                self.issues.error("wrong-type", &self.resource, Some(path), text);
                None
            }
        }
    }

    /// The elements of a list; malformed ones are reported and left out.
    pub fn list<T>(&mut self, list: List<T>, path: &str) -> Vec<T> {
        let elements = self.take(list, path).unwrap_or_default();
        elements
            .into_iter()
            .enumerate()
            .filter_map(|(position, field)| self.take(field, &format!("{path}[{position}]")))
            .collect()
    }

    /// A text as it stands.
    pub fn text<'a>(&mut self, field: Field<Text<'a>>, path: &str) -> Option<std::borrow::Cow<'a, str>> {
        self.take(field, path).map(|text| text.0)
    }

    /// A date or date-time.
    pub fn when(&mut self, field: Field<Text<'_>>, path: &str) -> Option<When> {
        let text = self.take(field, path)?;
        match text.parse() {
            Ok(when) => Some(when),
            Err(error) => {
                self.issues.error("bad-date", &self.resource, Some(path), format!("{error}; it was not read"));
                None
            }
        }
    }

    /// Start and end of a period.
    pub fn period(&mut self, field: Field<fhir::Period<'_>>, path: &str) -> (Option<When>, Option<When>) {
        let Some(period) = self.take(field, path) else { return (None, None) };
        let start = self.when(period.start, &format!("{path}.start"));
        let end = self.when(period.end, &format!("{path}.end"));
        if let (Some(start), Some(end)) = (start, end)
            && start.earliest() > end.latest()
        {
            self.issues.warning("period-reversed", &self.resource, Some(path), "this period ends before it starts");
        }
        (start, end)
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, field: Field<&RawValue>, path: &str) -> Option<bool> {
        match self.take(field, path)?.get() {
            "true" => Some(true),
            "false" => Some(false),
            _ => self.take(Field::Malformed, path),
        }
    }

    /// A concept: its codes and its text.
    pub fn concept<'a>(&mut self, field: Field<fhir::CodeableConcept<'a>>, path: &str) -> Option<Concept<'a>> {
        let concept = self.take(field, path)?;
        let codings = self.list(concept.coding, &format!("{path}.coding"));
        Some(Concept {
            codings: codings.into_iter().map(|coding| self.coding(coding, &format!("{path}.coding"))).collect(),
            text: self.text(concept.text, &format!("{path}.text")),
        })
    }

    fn coding<'a>(&mut self, coding: fhir::Coding<'a>, path: &str) -> Coding<'a> {
        Coding {
            system: self.text(coding.system, &format!("{path}.system")).unwrap_or_default(),
            code: self.text(coding.code, &format!("{path}.code")).unwrap_or_default(),
            display: self.text(coding.display, &format!("{path}.display")),
        }
    }

    /// A number with its unit.
    pub fn quantity<'a>(&mut self, field: Field<fhir::Quantity<'a>>, path: &str) -> Option<Quantity<'a>> {
        let quantity = self.take(field, path)?;
        let number = self.take(quantity.value, &format!("{path}.value"))?;
        let Ok(value) = number.0.get().parse() else {
            let text = "this is not a decimal number of at most 28 digits; it was not read";
            self.issues.error("bad-number", &self.resource, Some(path), text);
            return None;
        };
        let code = self.text(quantity.code, &format!("{path}.code"));
        let unit = self.text(quantity.unit, &format!("{path}.unit"));
        let bound = match self.text(quantity.comparator, &format!("{path}.comparator")).as_deref() {
            None => None,
            Some("<" | "<=") => Some(Bound::AtMost),
            Some(">" | ">=") => Some(Bound::AtLeast),
            Some(_) => {
                let text = "none of `<`, `<=`, `>=`, `>`; the number was not read";
                self.issues.error("bad-code", &self.resource, Some(path), text);
                return None;
            }
        };
        Some(Quantity { value, bound, unit: code.or(unit).unwrap_or_default() })
    }

    /// A decimal number.
    pub fn number(&mut self, field: Field<Number<'_>>, path: &str) -> Option<Decimal> {
        let number = self.take(field, path)?;
        let value = number.0.get().parse().ok();
        if value.is_none() {
            let text = "this is not a decimal number of at most 28 digits; it was not read";
            self.issues.error("bad-number", &self.resource, Some(path), text);
        }
        value
    }
}
