//! What selectors select.

use std::collections::{BTreeMap, BTreeSet};

use cds_core::knowledge::names::normalise;
use cds_core::knowledge::{Number, Relation, Route, Selector, Sensitivity, Side, Strength};

use crate::diagnostic::{At, Findings};
use crate::drugs::Drugs;
use crate::entries::SideEntry;
use crate::fields::{Word, word, words};
use crate::graph::KnowledgeGraph;
use crate::problem::{Problem, nearest};

/// Which numbers make sense.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Least {
    /// Any.
    Any,
    /// Greater than zero.
    Positive,
    /// One or more.
    One,
}

impl Least {
    fn allows(self, number: Number) -> bool {
        match self {
            Self::Any => true,
            Self::Positive => number.mantissa > 0,
            Self::One => number.decimal() >= Number { mantissa: 1, scale: 0 }.decimal(),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Any => "number",
            Self::Positive => "number above 0",
            Self::One => "number of at least 1",
        }
    }
}

/// Positions of what can be named.
pub(crate) struct Names<'n> {
    pub drugs: &'n Drugs,
    pub classes: BTreeMap<String, u16>,
    pub pathways: BTreeMap<String, u16>,
    pub effects: BTreeMap<String, u16>,
    pub problems: BTreeMap<String, u8>,
    pub conditions: BTreeMap<String, u16>,
    pub measurements: BTreeMap<String, u16>,
    /// Unit of each measurement.
    pub units: Vec<String>,
    pub findings: &'n Findings,
}

impl Names<'_> {
    /// Position of a named entry; reports one that is not there.
    pub fn find<T: Copy>(&self, kind: &'static str, among: &BTreeMap<String, T>, id: &At<String>) -> Option<T> {
        if id.value.is_empty() {
            return None;
        }
        let found = among.get(&id.value).copied();
        if found.is_none() {
            let nearest = nearest(&id.value, among.keys().map(String::as_str));
            self.findings.report(&id.place, Problem::Unknown { kind, id: id.value.clone(), nearest });
        }
        found
    }

    /// Reports names that no text of a chart can be equal to.
    pub fn check_written(&self, names: &[At<String>]) {
        for name in names {
            // Parts in parentheses are left out of a chart's text too, so they may stand here.
            let normal = normalise(&name.value);
            if normal.is_empty() || name.value != name.value.to_lowercase() {
                self.findings.report(&name.place, Problem::NotNormal { name: name.value.clone(), normal });
            }
        }
    }

    /// Reads a route; reports a text that is none.
    pub fn route(&self, text: &At<String>) -> Option<Route> {
        let found = Route::ALL.iter().find(|(name, _)| *name == text.value).map(|(_, route)| *route);
        if found.is_none() && !text.value.is_empty() {
            let known = Route::ALL.iter().map(|(name, _)| *name).collect();
            let problem = Problem::UnknownWord { field: "route".to_owned(), word: text.value.clone(), known };
            self.findings.report(&text.place, problem);
        }
        found
    }

    /// Reads a number; reports a text that is none, or one that is too low.
    pub fn number(&self, text: &At<String>, least: Least) -> Option<Number> {
        let number = Number::parse(&text.value).filter(|number| least.allows(*number));
        if number.is_none() && !text.value.is_empty() {
            let problem = Problem::BadNumber { text: text.value.clone(), expected: least.words() };
            self.findings.report(&text.place, problem);
        }
        number
    }

    /// Reads a selector.
    pub fn selector(&self, text: &At<String>) -> Option<Selector> {
        let end = text.value.get(text.value.len()..).unwrap_or_default();
        let (kind, rest) = text.value.split_once(':').unwrap_or((&text.value, end));
        let (pathway, degree) = rest.split_once(':').unwrap_or((rest, end));
        let degree = text.part(degree);
        let pathway = || self.find("pathway", &self.pathways, &text.part(pathway));
        match kind {
            "ingredient" if !rest.is_empty() => {
                self.drugs.ingredient(&text.part(rest), self.findings).map(Selector::Ingredient)
            }
            "class" if !rest.is_empty() => self.find("class", &self.classes, &text.part(rest)).map(Selector::Class),
            "inhibits" => {
                let strength = self.degree::<Strength>("strength", text, &degree);
                Some(Selector::Inhibits(pathway()?, strength?))
            }
            "induces" => {
                let strength = self.degree::<Strength>("strength", text, &degree);
                Some(Selector::Induces(pathway()?, strength?))
            }
            "substrate" if degree.value == "narrow" => pathway().map(Selector::NarrowIndexSubstrate),
            "substrate" => {
                let sensitivity = self.degree::<Sensitivity>("sensitivity", text, &degree);
                Some(Selector::Substrate(pathway()?, sensitivity?))
            }
            _ => {
                self.bad_selector(text);
                None
            }
        }
    }

    fn bad_selector(&self, text: &At<String>) {
        let name = text.value.as_str();
        let reason = if self.drugs.is_ingredient(name) {
            format!("write `ingredient:{name}`")
        } else if self.classes.contains_key(name) {
            format!("write `class:{name}`")
        } else {
            "write `ingredient:...`, `class:...`, `inhibits:...:strong`, `induces:...:strong`, `substrate:...:sensitive` or `substrate:...:narrow`".into()
        };
        self.findings.report(&text.place, Problem::BadSelector { text: name.to_owned(), reason });
    }

    fn degree<T: Word>(&self, field: &'static str, text: &At<String>, degree: &At<String>) -> Option<T> {
        let mut known = words::<T>();
        if field == "sensitivity" {
            known.push("narrow");
        }
        if degree.value.is_empty() {
            let reason = format!("add the {field} after a second colon: `{}`", known.join("`, `"));
            self.findings.report(&text.place, Problem::BadSelector { text: text.value.clone(), reason });
            return None;
        }
        let found = word::<T>(&degree.value);
        if found.is_none() {
            let problem = Problem::UnknownWord { field: field.to_owned(), word: degree.value.clone(), known };
            self.findings.report(&degree.place, problem);
        }
        found
    }

    /// Reads a side and finds the ingredients on it; reports selectors that select nothing, and a side without a drug.
    pub fn side(&self, entry: &SideEntry, graph: &KnowledgeGraph) -> (Side, BTreeSet<u16>) {
        let mut complete = !entry.any.is_empty();
        let mut read = |texts: &[At<String>]| {
            let mut selectors = Vec::new();
            let mut drugs = BTreeSet::new();
            for text in texts {
                let Some(selector) = self.selector(text) else {
                    complete = false;
                    continue;
                };
                let selected = selected(selector, graph);
                if selected.is_empty() {
                    complete = false;
                    self.findings.report(&text.place, Problem::SelectsNothing { selector: text.value.clone() });
                }
                selectors.push(selector);
                drugs.extend(selected);
            }
            (selectors, drugs)
        };
        let (any, mut drugs) = read(&entry.any);
        let (except, left_out) = read(&entry.except);
        drugs.retain(|drug| !left_out.contains(drug));
        if complete && drugs.is_empty() {
            self.findings.report(&entry.place, Problem::NothingLeft);
        }
        let local = entry.local.iter().filter_map(|text| {
            let route = self.route(text)?;
            if !route.is_local() {
                self.findings.report(&text.place, Problem::NotLocal { route: text.value.clone() });
            }
            Some(route)
        });
        (Side { any, except, local: local.collect() }, drugs)
    }
}

/// The ingredients that a selector selects.
pub(crate) fn selected(selector: Selector, graph: &KnowledgeGraph) -> BTreeSet<u16> {
    match selector {
        Selector::Ingredient(ingredient) => BTreeSet::from([ingredient]),
        Selector::Class(class) => graph.members(class),
        Selector::Inhibits(pathway, strength) => {
            graph.entering(pathway, |relation| relation == Relation::Inhibits(strength))
        }
        Selector::Induces(pathway, strength) => {
            graph.entering(pathway, |relation| relation == Relation::Induces(strength))
        }
        Selector::Substrate(pathway, wanted) => graph.entering(
            pathway,
            |relation| matches!(relation, Relation::SubstrateOf { sensitivity, .. } if sensitivity == wanted),
        ),
        Selector::NarrowIndexSubstrate(pathway) => {
            graph.entering(pathway, |relation| matches!(relation, Relation::SubstrateOf { narrow_index: true, .. }))
        }
    }
}
