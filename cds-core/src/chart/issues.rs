//! What was wrong with a chart: nothing is dropped in silence.

use std::collections::BTreeMap;

use crate::report::{Issue, IssueSeverity};

/// Issues of one kind that are kept one by one; further ones are counted.
const KEPT_OF_ONE_KIND: usize = 200;

/// Collects issues; of each code only the first some hundred are kept one by one, so that hostile input cannot fill the
/// memory.
#[derive(Debug, Default)]
pub struct Issues {
    kept: Vec<Issue>,
    by_code: BTreeMap<&'static str, (usize, IssueSeverity)>,
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
        let (count, worst) = self.by_code.entry(code).or_insert((0, severity));
        *count = count.saturating_add(1);
        *worst = (*worst).min(severity);
        if *count <= KEPT_OF_ONE_KIND {
            self.kept.push(Issue {
                severity,
                code: code.to_owned(),
                resource: resource.to_owned(),
                element: element.map(str::to_owned),
                text: text.into(),
            });
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
        let mut issues = self.kept;
        for (code, (count, severity)) in self.by_code {
            if count > KEPT_OF_ONE_KIND {
                issues.push(Issue {
                    severity,
                    code: code.to_owned(),
                    resource: "chart".to_owned(),
                    element: None,
                    text: format!("{} more issues of this kind are not listed", count.saturating_sub(KEPT_OF_ONE_KIND)),
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
        issues.dedup();
        issues
    }
}
