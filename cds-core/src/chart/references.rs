//! Following references between resources: contained, relative, absolute and `urn:uuid:` (R4 2.3).

use std::collections::BTreeMap;
use std::rc::Rc;

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
    /// `fullUrl` of its Bundle entry: relative references are relative to it (R4 bundle.html#references).
    pub full_url: Option<Rc<str>>,
    pub contained: Rc<Contained<'a>>,
}

/// A resource's contained resources, by id.
pub(crate) type Contained<'a> = BTreeMap<String, Vec<&'a str>>;

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

    /// The resource that a reference leads to, from a resource that stands at this place.
    pub fn follow(&self, reference: &str, from: &Target<'a>) -> Result<Target<'a>, DeadEnd> {
        if let Some(id) = reference.strip_prefix('#') {
            return match from.contained.get(id).map(Vec::as_slice) {
                Some([json]) => Ok(Target { json, ..from.clone() }),
                Some(_) => Err(DeadEnd::Ambiguous),
                None => Err(DeadEnd::NotFound),
            };
        }
        let unversioned = reference.split_once("/_history/").map_or(reference, |(resource, _)| resource);
        let is_absolute = unversioned.starts_with("http:") || unversioned.starts_with("https:");
        let base = from
            .full_url
            .as_deref()
            .filter(|url| url.starts_with("http"))
            .map(|url| url.strip_suffix(type_and_id(url)));
        let sibling = base.flatten().filter(|_| !is_absolute).map(|base| format!("{base}{unversioned}"));
        let exact =
            sibling.as_deref().into_iter().chain([unversioned]).find_map(|address| self.by_address.get(address));
        if let Some(targets) = exact {
            return one_of(targets.iter(), from.document);
        }
        // An absolute address may name a resource that stands here without its own address; never another server's.
        let targets = self.by_address.get(type_and_id(unversioned)).ok_or(DeadEnd::NotFound)?;
        let addressless = |target: &&Target<'_>| target.full_url.as_deref().is_none_or(|url| !url.starts_with("http"));
        one_of(targets.iter().filter(addressless), from.document)
    }
}

/// The one resource of these, those of the same document first.
fn one_of<'t, 'a: 't>(targets: impl Iterator<Item = &'t Target<'a>>, document: usize) -> Result<Target<'a>, DeadEnd> {
    let targets: Vec<&Target<'a>> = targets.collect();
    let near: Vec<&Target<'a>> = targets.iter().copied().filter(|target| target.document == document).collect();
    let targets = if near.is_empty() { targets } else { near };
    let (first, others) = targets.split_first().ok_or(DeadEnd::NotFound)?;
    if others.iter().all(|other| other.json == first.json) { Ok((*first).clone()) } else { Err(DeadEnd::Ambiguous) }
}

/// The contained resources by id, and the types of all of them.
pub(crate) fn contained<'a>(contained: List<&'a serde_json::value::RawValue>) -> (Contained<'a>, Vec<String>) {
    let mut by_id: Contained<'a> = BTreeMap::new();
    let mut kinds = Vec::new();
    for raw in contained.value().unwrap_or_default().into_iter().filter_map(Field::value) {
        let Ok(outline) = serde_json::from_str::<Outline<'_>>(raw.get()) else { continue };
        kinds.extend(outline.kind.value().map(|kind| kind.0.into_owned()));
        if let Some(id) = outline.id.value() {
            by_id.entry(id.trim_start_matches('#').to_owned()).or_default().push(raw.get());
        }
    }
    (by_id, kinds)
}

/// `Type/id` at the end of an address: `https://example.org/fhir/Patient/1` ends with `Patient/1`.
pub(crate) fn type_and_id(address: &str) -> &str {
    let mut slashes = address.rmatch_indices('/').map(|(position, _)| position);
    match (slashes.next(), slashes.next()) {
        (Some(_), Some(before_type)) => address.get(before_type.saturating_add(1)..).unwrap_or(address),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(full_url: Option<&str>, json: &'static str) -> Target<'static> {
        let contained = Contained::from([("x".to_owned(), vec!["{}"])]);
        Target { document: 0, json, full_url: full_url.map(Into::into), contained: contained.into() }
    }

    #[test]
    fn follows_every_kind_of_address() {
        let mut references = References::default();
        references.add(Some("urn:uuid:1-2"), "Medication/1", &at(Some("urn:uuid:1-2"), "{}"));
        let from = at(None, "{}");
        for reference in
            ["Medication/1", "Medication/1/_history/3", "https://example.org/fhir/Medication/1", "urn:uuid:1-2", "#x"]
        {
            assert!(references.follow(reference, &from).is_ok(), "{reference}");
        }
        for reference in ["Medication/2", "#1", "", "/", "urn:uuid:1"] {
            assert!(references.follow(reference, &from).is_err(), "{reference}");
        }
    }

    #[test]
    fn another_server_is_another_resource() {
        let mut references = References::default();
        for (url, json) in [("https://a/fhir/Medication/1", "a"), ("https://b/fhir/Medication/1", "b")] {
            references.add(Some(url), "Medication/1", &at(Some(url), json));
        }
        let follow =
            |from: Option<&str>, reference: &str| references.follow(reference, &at(from, "{}")).map(|found| found.json);
        assert_eq!(follow(None, "https://b/fhir/Medication/1"), Ok("b"));
        assert_eq!(follow(Some("https://b/fhir/MedicationRequest/7"), "Medication/1"), Ok("b"));
        assert_eq!(follow(None, "Medication/1"), Err(DeadEnd::Ambiguous));
        assert_eq!(follow(None, "https://c/fhir/Medication/1"), Err(DeadEnd::NotFound));
    }
}
