//! Reading a TOML table field by field: every field keeps its place, and a bad one is reported and stood in for, so that
//! the rest of the entry is still read. A stand-in never reaches a pack, because a report fails the compilation.

use std::sync::Arc;

use cds_core::knowledge::{Evidence, Sensitivity, Strength};
use cds_core::report::Tier;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{At, Findings, Place, TextFile};
use crate::problem::Problem;

/// A type whose values are written as words.
pub(crate) trait Word: Copy + 'static {
    /// The words, the stand-in for a bad one first.
    const WORDS: &'static [(&'static str, Self)];
}

impl Word for Tier {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("contraindicated", Self::Contraindicated),
        ("major", Self::Major),
        ("moderate", Self::Moderate),
        ("minor", Self::Minor),
    ];
}

impl Word for Evidence {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("label", Self::Label),
        ("guideline", Self::Guideline),
        ("trial", Self::Trial),
        ("cohort", Self::Cohort),
        ("case-reports", Self::CaseReports),
        ("pharmacology", Self::Pharmacology),
    ];
}

impl Word for Strength {
    const WORDS: &'static [(&'static str, Self)] =
        &[("strong", Self::Strong), ("moderate", Self::Moderate), ("weak", Self::Weak)];
}

impl Word for Sensitivity {
    const WORDS: &'static [(&'static str, Self)] = &[("sensitive", Self::Sensitive), ("moderate", Self::Moderate)];
}

/// The words of a [`Word`] type.
pub(crate) fn words<T: Word>() -> Vec<&'static str> {
    T::WORDS.iter().map(|(word, _)| *word).collect()
}

/// The value that a word stands for.
pub(crate) fn word<T: Word>(text: &str) -> Option<T> {
    T::WORDS.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
}

/// Parses a file and reads its top-level table. Without a well-formed table there is nothing to read.
pub(crate) fn read_file<T>(
    file: &Arc<TextFile>,
    findings: &Findings,
    read: impl FnOnce(&mut Fields<'_, '_>) -> T,
) -> Option<T> {
    let (root, errors) = DeTable::parse_recoverable(&file.text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        findings.report(&Place::new(file, span), Problem::Syntax { message: error.message().to_owned() });
    }
    if !errors.is_empty() {
        return None;
    }
    let mut fields = Fields::new(file, findings, root.get_ref(), first_line(file));
    let value = read(&mut fields);
    fields.finish();
    Some(value)
}

fn first_line(file: &Arc<TextFile>) -> Place {
    Place::new(file, 0..file.text.find('\n').unwrap_or(file.text.len()))
}

/// A table whose fields are being read.
pub(crate) struct Fields<'t, 'i> {
    file: &'t Arc<TextFile>,
    pub findings: &'t Findings,
    table: &'t DeTable<'i>,
    /// Where the table begins.
    pub place: Place,
    known: Vec<&'static str>,
    any_field: bool,
}

impl<'t, 'i> Fields<'t, 'i> {
    fn new(file: &'t Arc<TextFile>, findings: &'t Findings, table: &'t DeTable<'i>, place: Place) -> Self {
        Self { file, findings, table, place, known: Vec::new(), any_field: false }
    }

    fn at(&self, value: &Spanned<DeValue<'i>>) -> Place {
        Place::new(self.file, value.span())
    }

    fn optional(&mut self, field: &'static str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.known.push(field);
        self.table.get(field)
    }

    fn required(&mut self, field: &'static str) -> Option<&'t Spanned<DeValue<'i>>> {
        let value = self.optional(field);
        if value.is_none() {
            self.findings.report(&self.place, Problem::MissingField { field });
        }
        value
    }

    fn wrong_kind(&self, field: &str, value: &Spanned<DeValue<'i>>, expected: &'static str) {
        let problem = Problem::WrongKind { field: field.to_owned(), expected, found: kind(value.get_ref()) };
        self.findings.report(&self.at(value), problem);
    }

    fn text_of(&self, field: &str, value: &Spanned<DeValue<'i>>) -> Option<At<String>> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_kind(field, value, "a text in double quotes");
            return None;
        };
        if text.trim().is_empty() {
            self.findings.report(&self.at(value), Problem::Empty { field: field.to_owned() });
            return None;
        }
        Some(At::new(text.to_owned(), self.at(value)))
    }

    /// Whether a field is there.
    pub fn has(&self, field: &str) -> bool {
        self.table.contains_key(field)
    }

    /// A text that must be there; empty where it is not.
    pub fn text(&mut self, field: &'static str) -> At<String> {
        let text = self.required(field).and_then(|value| self.text_of(field, value));
        text.unwrap_or_else(|| At::new(String::new(), self.place.clone()))
    }

    /// A text that must be there and may be empty.
    pub fn text_or_empty(&mut self, field: &'static str) -> String {
        let text = self.required(field).map(|value| match value.get_ref().as_str() {
            Some(text) => text.to_owned(),
            None => {
                self.wrong_kind(field, value, "a text in double quotes");
                String::new()
            }
        });
        text.unwrap_or_default()
    }

    /// A text on one line that must be there; empty where it is not.
    pub fn line(&mut self, field: &'static str) -> At<String> {
        let text = self.text(field);
        if text.value.contains('\n') {
            self.findings.report(&text.place, Problem::SeveralLines { field: field.to_owned() });
        }
        text
    }

    /// A text that may be there.
    pub fn optional_text(&mut self, field: &'static str) -> Option<At<String>> {
        self.optional(field).and_then(|value| self.text_of(field, value))
    }

    fn word_of<T: Word>(&self, field: &str, value: &Spanned<DeValue<'i>>) -> Option<T> {
        let text = self.text_of(field, value)?;
        let found = word(&text.value);
        if found.is_none() {
            let problem = Problem::UnknownWord { field: field.to_owned(), word: text.value, known: words::<T>() };
            self.findings.report(&text.place, problem);
        }
        found
    }

    /// A word of a fixed set that must be there.
    pub fn word<T: Word>(&mut self, field: &'static str) -> Option<T> {
        self.required(field).and_then(|value| self.word_of(field, value))
    }

    /// A word of a fixed set that may be there.
    pub fn optional_word<T: Word>(&mut self, field: &'static str) -> Option<T> {
        self.optional(field).and_then(|value| self.word_of(field, value))
    }

    /// A calendar day that must be there.
    pub fn day(&mut self, field: &'static str) -> At<String> {
        let Some(value) = self.required(field) else {
            return At::new(String::new(), self.place.clone());
        };
        let place = self.at(value);
        if value.get_ref().is_datetime() {
            self.wrong_kind(field, value, "a day in double quotes");
            return At::new(String::new(), place);
        }
        let Some(text) = self.text_of(field, value) else {
            return At::new(String::new(), place);
        };
        let is_day = text.value.parse::<jiff::civil::Date>().is_ok_and(|day| day.to_string() == text.value);
        if !is_day {
            self.findings.report(&place, Problem::BadDate { text: text.value });
            return At::new(String::new(), place);
        }
        text
    }

    /// A calendar day that may be there.
    pub fn optional_day(&mut self, field: &'static str) {
        if self.has(field) {
            self.day(field);
        }
        self.known.push(field);
    }

    /// A whole number that must be there; the least one where it is not.
    pub fn number(&mut self, field: &'static str, least: u16, most: u16) -> At<u16> {
        let Some(value) = self.required(field) else {
            return At::new(least, self.place.clone());
        };
        let place = self.at(value);
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_kind(field, value, "a whole number");
            return At::new(least, place);
        };
        match u16::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if (least..=most).contains(&number) => At::new(number, place),
            _ => {
                self.findings.report(&place, Problem::OutOfRange { field: field.to_owned(), least, most });
                At::new(least, place)
            }
        }
    }

    /// A whole number that may be there.
    pub fn optional_number(&mut self, field: &'static str, least: u16, most: u16) -> Option<u16> {
        if self.has(field) {
            return Some(self.number(field, least, most).value);
        }
        self.known.push(field);
        None
    }

    /// `true` or `false` that may be there.
    pub fn flag(&mut self, field: &'static str) -> bool {
        let Some(value) = self.optional(field) else { return false };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong_kind(field, value, "`true` or `false`");
            false
        })
    }

    fn texts_of(&self, field: &str, value: &Spanned<DeValue<'i>>) -> Vec<At<String>> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_kind(field, value, "a list of texts");
            return Vec::new();
        };
        let texts: Vec<At<String>> = items.iter().filter_map(|item| self.text_of(field, item)).collect();
        self.report_twice(&texts);
        texts
    }

    fn report_twice(&self, texts: &[At<String>]) {
        let mut met: Vec<&str> = Vec::new();
        for text in texts {
            if met.contains(&text.value.as_str()) {
                self.findings.report(&text.place, Problem::Twice { name: text.value.clone() });
            }
            met.push(&text.value);
        }
    }

    /// A list of texts that must be there, without the same text twice.
    pub fn texts(&mut self, field: &'static str) -> Vec<At<String>> {
        let Some(value) = self.required(field) else { return Vec::new() };
        if value.get_ref().as_array().is_some_and(|items| items.is_empty()) {
            self.findings.report(&self.at(value), Problem::Empty { field: field.to_owned() });
        }
        self.texts_of(field, value)
    }

    /// A list of texts that may be there, without the same text twice.
    pub fn optional_texts(&mut self, field: &'static str) -> Vec<At<String>> {
        self.optional(field).map(|value| self.texts_of(field, value)).unwrap_or_default()
    }

    /// A text or a list of texts.
    fn one_or_more(&self, field: &str, value: &Spanned<DeValue<'i>>) -> Vec<At<String>> {
        match value.get_ref() {
            DeValue::Array(_) => self.texts_of(field, value),
            _ => self.text_of(field, value).into_iter().collect(),
        }
    }

    fn read_table<T>(
        &self,
        field: &str,
        value: &'t Spanned<DeValue<'i>>,
        read: impl FnOnce(&mut Fields<'t, 'i>) -> T,
    ) -> Option<T> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_kind(field, value, "a table");
            return None;
        };
        let mut fields = Fields::new(self.file, self.findings, table, self.at(value));
        let value = read(&mut fields);
        fields.finish();
        Some(value)
    }

    /// A table that must be there.
    pub fn table<T>(&mut self, field: &'static str, read: impl FnOnce(&mut Fields<'t, 'i>) -> T) -> Option<T> {
        self.required(field).and_then(|value| self.read_table(field, value, read))
    }

    /// A table that may be there.
    pub fn optional_table<T>(&mut self, field: &'static str, read: impl FnOnce(&mut Fields<'t, 'i>) -> T) -> Option<T> {
        self.optional(field).and_then(|value| self.read_table(field, value, read))
    }

    fn tables_of<T>(
        &self,
        field: &str,
        value: &'t Spanned<DeValue<'i>>,
        mut read: impl FnMut(&mut Fields<'t, 'i>) -> T,
    ) -> Vec<T> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_kind(field, value, "a list of tables");
            return Vec::new();
        };
        items.iter().filter_map(|item| self.read_table(field, item, &mut read)).collect()
    }

    /// Tables of which at least one must be there.
    pub fn tables<T>(&mut self, field: &'static str, read: impl FnMut(&mut Fields<'t, 'i>) -> T) -> Vec<T> {
        self.required(field).map(|value| self.tables_of(field, value, read)).unwrap_or_default()
    }

    /// Tables that may be there.
    pub fn optional_tables<T>(&mut self, field: &'static str, read: impl FnMut(&mut Fields<'t, 'i>) -> T) -> Vec<T> {
        self.optional(field).map(|value| self.tables_of(field, value, read)).unwrap_or_default()
    }

    /// Every field of a table whose fields are no fixed names, as name and text or texts.
    pub fn entries(&mut self) -> Vec<(At<String>, Vec<At<String>>)> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(name, value)| {
                let key = At::new(name.get_ref().to_string(), Place::new(self.file, name.span()));
                (key, self.one_or_more(name.get_ref(), value))
            })
            .collect();
        entries.sort_by_key(|(name, _)| name.place.span.start);
        self.any_field = true;
        entries
    }

    /// Reports the fields that nobody asked for.
    fn finish(self) {
        for name in self.table.keys() {
            if !self.any_field && !self.known.contains(&name.get_ref().as_ref()) {
                let problem = Problem::UnknownField { field: name.get_ref().to_string(), known: self.known.clone() };
                self.findings.report(&Place::new(self.file, name.span()), problem);
            }
        }
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a decimal point",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a bare date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
