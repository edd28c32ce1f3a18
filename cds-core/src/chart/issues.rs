//! What was wrong with a chart: nothing is dropped in silence.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::{Issue, IssueSeverity};

/// Issues of one kind that are kept one by one; further ones are counted.
const KEPT_OF_ONE_KIND: usize = 200;

/// Collects issues; of each code only some hundred are kept one by one, so that hostile input cannot fill the memory. Which
/// ones does not depend on the order in which they came.
#[derive(Debug, Default)]
pub struct Issues {
    by_code: BTreeMap<&'static str, OfOneKind>,
}

#[derive(Debug, Default)]
struct OfOneKind {
    count: usize,
    kept: BTreeSet<(String, Option<String>, String, IssueSeverity)>,
}

impl Issues {
    /// Adds an issue about a resource or one of its elements. `text` says what is wrong and what to do, without a value of
    /// the chart.
    pub fn add(
        &mut self,
        severity: IssueSeverity,
        code: &'static str,
        resource: &str,
        element: Option<&str>,
        text: impl Into<String>,
    ) {
        let kind = self.by_code.entry(code).or_default();
        kind.count = kind.count.saturating_add(1);
        kind.kept.insert((resource.to_owned(), element.map(str::to_owned), text.into(), severity));
        if kind.kept.len() > KEPT_OF_ONE_KIND {
            kind.kept.pop_last();
        }
    }

    /// An [`IssueSeverity::Error`].
    pub fn error(&mut self, code: &'static str, resource: &str, element: Option<&str>, text: impl Into<String>) {
        self.add(IssueSeverity::Error, code, resource, element, text);
    }

    /// An [`IssueSeverity::Warning`].
    pub fn warning(&mut self, code: &'static str, resource: &str, element: Option<&str>, text: impl Into<String>) {
        self.add(IssueSeverity::Warning, code, resource, element, text);
    }

    /// An [`IssueSeverity::Information`].
    pub fn information(&mut self, code: &'static str, resource: &str, element: Option<&str>, text: impl Into<String>) {
        self.add(IssueSeverity::Information, code, resource, element, text);
    }

    /// All issues in a fixed order: severity, resource, element, code; the same issue once.
    pub fn into_sorted(self) -> Vec<Issue> {
        let mut issues = Vec::new();
        for (code, kind) in self.by_code {
            let worst = kind.kept.iter().map(|(_, _, _, severity)| *severity).min();
            let more = kind.count > KEPT_OF_ONE_KIND && kind.kept.len() == KEPT_OF_ONE_KIND;
            issues.extend(kind.kept.into_iter().map(|(resource, element, text, severity)| Issue {
                severity,
                code: code.to_owned(),
                resource,
                element,
                text,
            }));
            if let Some(severity) = worst.filter(|_| more) {
                issues.push(Issue {
                    severity,
                    code: code.to_owned(),
                    resource: "chart".to_owned(),
                    element: None,
                    text: format!("{} issues of this kind in all; {KEPT_OF_ONE_KIND} are listed", kind.count),
                });
            }
        }
        issues.sort_by(|a, b| {
            (a.severity, &a.resource, &a.element, &a.code, &a.text).cmp(&(
                b.severity,
                &b.resource,
                &b.element,
                &b.code,
                &b.text,
            ))
        });
        issues
    }
}
