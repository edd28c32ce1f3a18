//! Following references between resources: contained, relative, absolute and `urn:uuid:` (R4 2.3).

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::element::Field;
use super::fhir::{List, Outline};

/// Where resources of the call's documents can be found. References stay within their document where they can: two
/// providers may both have a `Medication/1`.
#[derive(Debug, Default)]
pub(crate) struct References<'a> {
    by_address: BTreeMap<String, Vec<Target<'a>>>,
}

/// A resource that references may lead to.
#[derive(Debug, Clone)]
pub(crate) struct Target<'a> {
    pub document: usize,
    pub json: &'a str,
    pub contained: Vec<&'a str>,
}

/// Why a reference leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeadEnd {
    /// Nothing in the call has this address.
    NotFound,
    /// Several documents have different resources of this address.
    Ambiguous,
}

impl<'a> References<'a> {
    /// Makes a resource findable by its `fullUrl` and by `Type/id`.
    pub fn add(&mut self, full_url: Option<&str>, label: &str, target: &Target<'a>) {
        for address in full_url.into_iter().chain([label]) {
            self.by_address.entry(address.to_owned()).or_default().push(target.clone());
        }
    }

    /// The resource that a reference leads to, from a resource of this document with these contained resources.
    pub fn follow(&self, reference: &str, document: usize, contained: &[&'a str]) -> Result<Target<'a>, DeadEnd> {
        if let Some(id) = reference.strip_prefix('#') {
            let found = contained
                .iter()
                .find(|json| outline_id(json).is_some_and(|own| own == id || own.strip_prefix('#') == Some(id)));
            return found.map(|json| Target { document, json, contained: contained.to_vec() }).ok_or(DeadEnd::NotFound);
        }
        let unversioned = reference.split_once("/_history/").map_or(reference, |(resource, _)| resource);
        let targets =
            [unversioned, type_and_id(unversioned)].into_iter().find_map(|address| self.by_address.get(address));
        let targets = targets.ok_or(DeadEnd::NotFound)?;
        let (first, others) = targets.split_first().ok_or(DeadEnd::NotFound)?;
        if let Some(near) = targets.iter().find(|target| target.document == document) {
            return Ok(near.clone());
        }
        if others.iter().all(|other| other.json == first.json) { Ok(first.clone()) } else { Err(DeadEnd::Ambiguous) }
    }
}

/// The JSON of the contained resources.
pub(crate) fn contained_json(contained: List<&serde_json::value::RawValue>) -> Vec<&str> {
    contained.value().unwrap_or_default().into_iter().filter_map(Field::value).map(|raw| raw.get()).collect()
}

/// `Type/id` at the end of an address: `https://example.org/fhir/Patient/1` ends with `Patient/1`.
pub(crate) fn type_and_id(address: &str) -> &str {
    let mut slashes = address.rmatch_indices('/').map(|(position, _)| position);
    match (slashes.next(), slashes.next()) {
        (Some(_), Some(before_type)) => address.get(before_type.saturating_add(1)..).unwrap_or(address),
        _ => address,
    }
}

fn outline_id(json: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Outline<'_>>(json).ok().and_then(|outline| outline.id.value()).map(|id| id.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_every_kind_of_address() {
        let target = Target { document: 0, json: "{}", contained: Vec::new() };
        let mut references = References::default();
        references.add(Some("urn:uuid:1-2"), "Medication/1", &target);
        for reference in
            ["Medication/1", "Medication/1/_history/3", "https://example.org/fhir/Medication/1", "urn:uuid:1-2"]
        {
            assert!(references.follow(reference, 0, &[]).is_ok(), "{reference}");
        }
        for reference in ["Medication/2", "#1", "", "/", "urn:uuid:1"] {
            assert!(references.follow(reference, 0, &[]).is_err(), "{reference}");
        }
        assert!(references.follow("#x", 0, &[r#"{"resourceType":"Medication","id":"x"}"#]).is_ok());
    }
}
