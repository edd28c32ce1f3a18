//! Putting names into a rule's words, and keeping the first line short.

use std::collections::BTreeSet;

use crate::facts::join;
use crate::knowledge::{IngredientId, Knowledge, Words};

/// `what` stays under this many characters.
const SHORT: usize = 140;

/// Names for a rule's placeholders.
#[derive(Debug, Default)]
pub(crate) struct Names<'k> {
    /// Drugs on side `a`; for rules without sides, all drugs.
    pub a: Vec<&'k str>,
    /// Drugs on side `b`.
    pub b: Vec<&'k str>,
    /// The allergen.
    pub allergen: &'k str,
    /// A sum of doses.
    pub total: String,
}

impl<'k> Names<'k> {
    /// Names of the drugs on each side, in alphabetical order.
    pub fn of(
        a: &BTreeSet<IngredientId>,
        b: &BTreeSet<IngredientId>,
        allergen: &'k str,
        knowledge: &'k Knowledge,
    ) -> Self {
        let names = |side: &BTreeSet<IngredientId>| {
            let mut names: Vec<&str> = side.iter().map(|drug| knowledge.name(*drug)).collect();
            names.sort_unstable();
            names
        };
        Self { a: names(a), b: names(b), allergen, total: String::new() }
    }

    /// A text with its names, the first letter a capital.
    pub fn fill(&self, text: &str) -> String {
        self.fill_with(text, usize::MAX)
    }

    /// The first line: as many names as fit into 140 characters, the others counted.
    pub fn fill_short(&self, text: &str) -> String {
        let whole = self.fill(text);
        if whole.chars().count() < SHORT {
            return whole;
        }
        let most = self.a.len().max(self.b.len());
        let shortened =
            (1..most).rev().map(|names| self.fill_with(text, names)).find(|short| short.chars().count() < SHORT);
        shortened.unwrap_or_else(|| {
            let cut: String = self.fill_with(text, 1).chars().take(SHORT.saturating_sub(2)).collect();
            format!("{cut}…")
        })
    }

    fn fill_with(&self, text: &str, most: usize) -> String {
        let mut filled = String::with_capacity(text.len().saturating_add(32));
        let mut rest = text;
        // One pass: what a name holds is never looked at again.
        while let Some((before, from)) = rest.split_once('{') {
            filled.push_str(before);
            let (placeholder, behind) = from.split_once('}').unwrap_or((from, ""));
            self.push(placeholder, most, &mut filled);
            rest = behind;
        }
        filled.push_str(rest);
        let mut letters = filled.chars();
        match (letters.next(), letters.next()) {
            // `eGFR` stays as it is.
            (Some(first), second) if first.is_lowercase() && !second.is_some_and(char::is_uppercase) => {
                first.to_uppercase().chain(filled.chars().skip(1)).collect()
            }
            _ => filled,
        }
    }

    /// The names that a placeholder stands for. The compiler lets no other placeholder through.
    fn push(&self, placeholder: &str, most: usize, filled: &mut String) {
        match placeholder {
            "a" | "drug" => filled.push_str(&some(&self.a, most)),
            "b" => filled.push_str(&some(&self.b, most)),
            "drugs" => {
                let all: Vec<&str> = self.a.iter().chain(&self.b).copied().collect();
                filled.push_str(&some(&all, most));
            }
            "allergen" => filled.push_str(self.allergen),
            "total" => filled.push_str(&self.total),
            _ => {}
        }
    }
}

fn some(names: &[&str], most: usize) -> String {
    match names.len().checked_sub(most) {
        None | Some(0) => join(names.iter().copied()),
        Some(others) => {
            format!("{} and {others} more", names.iter().take(most).copied().collect::<Vec<_>>().join(", "))
        }
    }
}

/// A rule's words with their names.
pub(crate) struct Filled {
    pub what: String,
    pub mechanism: Option<String>,
    pub consequence: String,
    pub steps: Vec<String>,
}

/// Fills all of a rule's words.
pub(crate) fn filled(words: &Words, names: &Names<'_>) -> Filled {
    Filled {
        what: names.fill_short(&words.what),
        mechanism: words.mechanism.as_deref().map(|text| names.fill(text)),
        consequence: names.fill(&words.consequence),
        steps: words.manage.iter().map(|text| names.fill(text)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn the_first_line_stays_short() {
        let many: Vec<String> = (0..30).map(|number| format!("substance-{number}")).collect();
        let names = Names { a: many.iter().map(String::as_str).collect(), ..Names::default() };
        let short = names.fill_short("{a}: each of them does the same");
        assert!(short.chars().count() < 140, "{short}");
        assert!(short.starts_with("Substance-0, substance-1") && short.contains(" more: each"), "{short}");
        let endless = "x".repeat(400);
        let names = Names { a: vec![&endless], ..Names::default() };
        assert_eq!(names.fill_short("{a}").chars().count(), 139);
    }
}
