//! From bytes to single resources: Bundle, resource, array, NDJSON; broken input yields what can still be read.
//!
//! Resources are cut out without being parsed. Skipping is iterative, so nesting costs no stack, and a resource that is
//! malformed inside spoils only itself.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::element::{Field, Opens, Text};
use super::issues::Issues;

/// Bundles may stand in Bundles this deep.
const DEEPEST_BUNDLE: usize = 4;

/// Broken values after which a text that is not NDJSON is given up: each may cost a look at the whole rest.
const MOST_BROKEN_VALUES: usize = 20;

/// A text with FHIR resources, as it came from outside.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    /// Name for messages: a file name, never a patient's.
    pub name: Cow<'a, str>,
    /// FHIR R4 as JSON: a Bundle, a resource, an array of these, or one a line.
    pub bytes: Cow<'a, [u8]>,
}

impl<'a> Document<'a> {
    /// A document of this name.
    pub fn new(name: &'a str, bytes: &'a [u8]) -> Self {
        Self { name: Cow::Borrowed(name), bytes: Cow::Borrowed(bytes) }
    }
}

/// A resource as it stands in a document.
#[derive(Debug, Clone)]
pub(crate) struct RawResource<'a> {
    /// The JSON object.
    pub json: &'a str,
    /// `fullUrl` of its Bundle entry, where it has one.
    pub full_url: Option<Cow<'a, str>>,
    /// Position of its document among the call's documents.
    pub document: usize,
    /// Running number within its document, for messages about resources without an id.
    pub number: usize,
    /// Whether it is a line of NDJSON, and not part of a Bundle or an array.
    pub is_line: bool,
}

/// Decodes a document's bytes; `None` where they are no text that is read. Bytes that are no UTF-8 are replaced, with an issue.
pub(crate) fn decode<'a>(document: &'a Document<'_>, issues: &mut Issues) -> Option<Cow<'a, str>> {
    let bytes = document.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&document.bytes);
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        issues.error("not-utf-8", &document.name, None, "the file is UTF-16; save it as UTF-8. Nothing of it was read");
        return None;
    }
    Some(match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) => {
            let text =
                format!("byte {} is not UTF-8; such bytes were replaced. Save the file as UTF-8", error.valid_up_to());
            issues.warning("not-utf-8", &document.name, None, text);
            String::from_utf8_lossy(bytes)
        }
    })
}

/// What was cut out of a text.
#[derive(Debug)]
pub(crate) struct Split<'a> {
    /// The resources, in their order.
    pub resources: Vec<RawResource<'a>>,
    /// Whether there was more that could not be read.
    pub broken: bool,
}

/// Cuts a text into its resources. Bundles are opened. What cannot be read becomes an issue, and reading goes on behind it.
pub(crate) fn split<'a>(text: &'a str, name: &str, document: usize, issues: &mut Issues) -> Split<'a> {
    let mut splitter = Splitter { name, document, found: Vec::new(), broken: false, one_a_line: false, issues };
    splitter.values(text);
    Split { resources: splitter.found, broken: splitter.broken }
}

struct Splitter<'a, 'i> {
    name: &'i str,
    document: usize,
    found: Vec<RawResource<'a>>,
    broken: bool,
    one_a_line: bool,
    issues: &'i mut Issues,
}

impl<'a> Splitter<'a, '_> {
    /// One JSON value after another: a single document has one, NDJSON one a line.
    fn values(&mut self, text: &'a str) {
        let mut rest = text;
        let mut line = 1_usize;
        let mut broken_values = 0_usize;
        let mut any = false;
        loop {
            let blank = rest.len().saturating_sub(rest.trim_start().len());
            let (skipped, value) = rest.split_at_checked(blank).unwrap_or(("", rest));
            line = line.saturating_add(newlines(skipped));
            rest = value;
            if rest.is_empty() {
                break;
            }
            // In NDJSON a broken line spoils only itself, and is never read on into the next.
            let scope = if self.one_a_line { rest.lines().next().unwrap_or(rest) } else { rest };
            let mut stream = serde_json::Deserializer::from_str(scope).into_iter::<&'a RawValue>();
            let length = match stream.next() {
                Some(Ok(value)) => {
                    let behind = rest.get(stream.byte_offset()..).unwrap_or("");
                    self.one_a_line |= !value.get().contains('\n') && behind.starts_with(['\n', '\r']);
                    self.value(value.get(), None, 0);
                    stream.byte_offset()
                }
                Some(Err(error)) => {
                    broken_values = broken_values.saturating_add(1);
                    let length = if self.one_a_line { scope.len() } else { next_value(rest) };
                    let (broken, _) = rest.split_at_checked(length).unwrap_or((rest, ""));
                    self.broken(line, broken, &error, any);
                    if !self.one_a_line && broken_values >= MOST_BROKEN_VALUES {
                        self.unreadable(
                            "too much of this text is no JSON; the rest of it was not read. Export it again",
                        );
                        return;
                    }
                    length
                }
                None => break,
            };
            any = true;
            let (read, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
            line = line.saturating_add(newlines(read));
            rest = behind;
        }
        if !any {
            self.error("empty", "there is nothing in this file; pass FHIR R4 as JSON");
        }
    }

    /// A complete JSON value: a Bundle, a resource, or an array of these.
    fn value(&mut self, json: &'a str, full_url: Option<Cow<'a, str>>, depth: usize) {
        if json.starts_with('[') {
            match serde_json::from_str::<Vec<&'a RawValue>>(json) {
                Ok(values) if depth <= DEEPEST_BUNDLE => {
                    for value in values {
                        self.value(value.get(), None, depth.saturating_add(1));
                    }
                }
                _ => self.unreadable("an array is nested too deeply; pass an array of resources"),
            }
        } else if json.starts_with('{') {
            // A cheap look first: most objects are no Bundles.
            let is_bundle = json.contains("\"Bundle\"") && matches!(head(json), Some(kind) if kind == "Bundle");
            if !is_bundle {
                let number = self.found.len();
                let is_line = depth == 0 && self.one_a_line;
                self.found.push(RawResource { json, full_url, document: self.document, number, is_line });
            } else if depth > DEEPEST_BUNDLE {
                self.unreadable("Bundles are nested too deeply; pass one Bundle of resources");
            } else if self.bundle(json, depth).is_err() {
                self.unreadable("a Bundle's `entry` is not an array of objects, or stands there twice");
            }
        } else {
            self.unreadable("a JSON value that is no object and no array: no FHIR resource");
        }
    }

    /// Reads a Bundle's entries; where the text breaks off, those before that are kept.
    fn bundle(&mut self, json: &'a str, depth: usize) -> Result<(), serde_json::Error> {
        let mut entries = Vec::new();
        let mut outside = Outside::default();
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let outcome = EntriesOf { entries: &mut entries, outside: &mut outside }.deserialize(&mut deserializer);
        if outside.unknown_element {
            self.error(
                "unknown-element",
                "a Bundle has an element that FHIR R4 does not know; what it holds was not read",
            );
        }
        if outside.more_pages {
            let text =
                "this is one page of a search result; fetch the pages behind it (`link` with `next`) and pass them all";
            self.error("more-pages", text);
        }
        for (position, entry) in entries.into_iter().enumerate() {
            let object = if entry.get().starts_with('{') { entry.get() } else { "" };
            match serde_json::from_str::<Entry<'a>>(object) {
                Ok(Entry { resource: Some(resource), full_url, .. }) => {
                    self.value(resource.get(), full_url.value().map(|text| text.0), depth.saturating_add(1));
                }
                // A transaction entry such as a DELETE, or a response without a body, holds no resource.
                Ok(Entry { resource: None, request, response, .. })
                    if response.is_some() || request.is_some_and(without_body) => {}
                Ok(Entry { resource: None, .. }) => {
                    let text =
                        format!("`entry[{position}]` of a Bundle holds no resource; what it should hold was not read");
                    self.error("unreadable", text);
                }
                Err(_) => {
                    let text = format!("`entry[{position}]` of a Bundle is no object with a resource; it was not read");
                    self.error("unreadable", text);
                }
            }
        }
        outcome
    }

    /// Reports a value that is no complete JSON, and saves the complete entries of a Bundle that breaks off.
    fn broken(&mut self, first_line: usize, broken: &'a str, error: &serde_json::Error, behind_another: bool) {
        let line = first_line.saturating_add(error.line()).saturating_sub(1);
        let column = error.column();
        let saved_before = self.found.len();
        if broken.starts_with('{') && broken.contains("\"entry\"") {
            // The outcome is known already: the text is broken.
            let _ = self.bundle(broken, 0);
        }
        let saved = self.found.len().saturating_sub(saved_before);
        let what = if error.is_eof() { "the text ends in the middle of a JSON value" } else { "this is not JSON" };
        let kept = match saved {
            0 if behind_another => "what stands there was not read".to_owned(),
            0 => "nothing of it was read".to_owned(),
            1 => "the one complete entry before it was read, the rest was not".to_owned(),
            saved => format!("the {saved} complete entries before it were read, the rest was not"),
        };
        let text = format!("{what} (line {line}, column {column}); {kept}. Export the file again");
        self.error("not-json", text);
    }

    fn unreadable(&mut self, text: &str) {
        self.error("unreadable", text);
    }

    fn error(&mut self, code: &'static str, text: impl Into<String>) {
        self.broken = true;
        self.issues.error(code, self.name, None, text);
    }
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// Where the next value may begin behind a broken one: at a line that begins with a brace or bracket.
fn next_value(text: &str) -> usize {
    let object = text.find("\n{");
    let array = text.find("\n[");
    match (object, array) {
        (Some(object), Some(array)) => object.min(array).saturating_add(1),
        (Some(one), None) | (None, Some(one)) => one.saturating_add(1),
        (None, None) => text.len(),
    }
}

/// An object's `resourceType`, without parsing the rest of it.
fn head(json: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(borrow, rename = "resourceType")]
        kind: Option<Cow<'a, str>>,
    }
    serde_json::from_str::<Head<'_>>(json).ok().and_then(|head| head.kind)
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default, rename = "fullUrl")]
    full_url: Field<Text<'a>>,
    #[serde(borrow, default)]
    resource: Option<&'a RawValue>,
    #[serde(borrow, default)]
    request: Option<&'a RawValue>,
    #[serde(default)]
    response: Option<IgnoredAny>,
}

/// Whether a transaction entry's request has no body.
fn without_body(request: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Request<'a> {
        #[serde(borrow, default)]
        method: Field<Text<'a>>,
    }
    let method = serde_json::from_str::<Request<'_>>(request.get()).ok().and_then(|request| request.method.value());
    method.is_none_or(|method| matches!(method.0.as_ref(), "GET" | "HEAD" | "DELETE"))
}

/// Pushes each element of `entry` as it is met, so that a text that breaks off keeps those before.
struct EntriesOf<'e, 'a> {
    entries: &'e mut Vec<&'a RawValue>,
    outside: &'e mut Outside,
}

/// What a Bundle says outside its entries.
#[derive(Default)]
struct Outside {
    /// An element that a Bundle does not have.
    unknown_element: bool,
    /// More pages of the search behind this one.
    more_pages: bool,
}

#[derive(Deserialize)]
struct BundleLink<'a> {
    #[serde(borrow, default)]
    relation: Field<Text<'a>>,
}

impl Opens for BundleLink<'_> {
    const WITH: &'static str = "{";
}

/// The elements of a Bundle (R4 bundle.html).
const OF_A_BUNDLE: &[&str] = &[
    "resourceType",
    "id",
    "meta",
    "implicitRules",
    "language",
    "identifier",
    "type",
    "timestamp",
    "total",
    "link",
    "entry",
    "signature",
];

impl<'a> DeserializeSeed<'a> for EntriesOf<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for EntriesOf<'_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a Bundle")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'a, str>>()? {
            match key.as_ref() {
                "entry" => map.next_value_seed(Elements { entries: self.entries })?,
                "link" => {
                    let links: Field<Vec<Field<BundleLink<'a>>>> = map.next_value()?;
                    let links = links.value().unwrap_or_default().into_iter().filter_map(Field::value);
                    let mut relations = links.filter_map(|link| link.relation.value());
                    self.outside.more_pages |= relations.any(|relation| &*relation == "next");
                }
                other => {
                    self.outside.unknown_element |= !OF_A_BUNDLE.contains(&other.trim_start_matches('_'));
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Elements<'e, 'a> {
    entries: &'e mut Vec<&'a RawValue>,
}

impl<'a> DeserializeSeed<'a> for Elements<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for Elements<'_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a Bundle's entries")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(entry) = sequence.next_element()? {
            self.entries.push(entry);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, resources: usize, issues: usize) {
        let mut found = Issues::default();
        let document = Document::new("test", text.as_bytes());
        let decoded = decode(&document, &mut found).unwrap();
        let split = split(&decoded, "test", 0, &mut found);
        assert_eq!(split.resources.len(), resources, "resources of {text}");
        assert_eq!(split.broken, issues > 0, "what is lost of {text}");
        assert_eq!(found.into_sorted().len(), issues, "issues of {text}");
    }

    #[test]
    fn opens_every_container() {
        check(r#"{"resourceType":"Patient"}"#, 1, 0);
        check(r#"[{"resourceType":"Patient"},{"resourceType":"Patient"}]"#, 2, 0);
        check("{\"resourceType\":\"Patient\"}\n{\"resourceType\":\"Patient\"}\n", 2, 0);
        check(r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}},{"request":{}}]}"#, 1, 0);
        check(
            r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Bundle","entry":[{"resource":{}}]}}]}"#,
            1,
            0,
        );
        check("\u{feff}{\"resourceType\":\"Patient\"}", 1, 0);
    }

    #[test]
    fn reads_on_behind_what_is_broken() {
        check("", 0, 1);
        check("not json", 0, 1);
        check("17", 0, 1);
        check("{\"a\":1}\n{\"b\":\n{\"c\":1}\n", 2, 1);
        check(r#"{"resourceType":"Patient"} junk"#, 1, 1);
        check(
            r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}},{"resource":{"resour"#,
            1,
            1,
        );
        check(r#"{"resourceType":"Bundle","entry":[7,{"resource":{"resourceType":"Patient"}}]}"#, 1, 1);
        check(r#"{"resourceType":"Bundle","entry":{"resource":{}}}"#, 0, 1);
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        check(&deep, 0, 1);
        check(&format!(r#"{{"resourceType":"Patient","x":{deep}}}"#), 1, 0);
    }
}
