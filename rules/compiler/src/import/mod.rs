//! Importing NLM's RxTerms: reads the publisher's files and writes the drug tables that the compiler reads.
//!
//! | publisher's file | what it says |
//! |---|---|
//! | `RxTermsIngredients<release>.txt` | clinical drug to ingredients |
//! | `rxterms<release>_ingredients.json` | drug group to ingredients, and the ingredients' names |
//! | `rxterms<release>_displaynames.json` | names, dose-form group and synonyms of a drug group |
//! | `rxterms<release>_ndc_sxdg.json` | National Drug Code to drug group |
//!
//! `cargo run --release -p cds-rules-compiler --example import_rxterms -- <source folder> rules/drugs 202304 202606
//! 2026-11-22` runs it. Running it again on the same files writes the same bytes. Where the two releases name an ingredient differently, the
//! release of the drug groups wins.

mod names;
mod rxterms;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::drugs::columns;
use crate::packing;
use rxterms::{Groups, RxTerms};

/// Which releases of RxTerms to read, as they stand in the files' names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Releases {
    /// Release of the clinical drugs, such as `202304`.
    pub clinical_drugs: String,
    /// Release of the drug groups, names and National Drug Codes, such as `202606`.
    pub drug_groups: String,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file cannot be read.
    #[error("`{path}` cannot be read: {error}; pass the folder that holds the publisher's files, and their releases")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// A file cannot be written.
    #[error("`{path}` cannot be written: {error}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// A file is not in the publisher's format, or the format has changed.
    #[error("`{path}` is not as expected{}: {reason}", line.map(|line| format!(" in line {line}")).unwrap_or_default())]
    Format {
        /// The file.
        path: PathBuf,
        /// The line, where the file has lines.
        line: Option<usize>,
        /// What is wrong.
        reason: String,
    },
    /// A date that is no calendar day.
    #[error("`{0}` is no day; write year, month and day, as in `2026-11-22`")]
    BadDate(String),
}

/// What an import read, wrote and left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows and entries that were read, by kind.
    pub read: BTreeMap<&'static str, usize>,
    /// What was written, by table.
    pub written: BTreeMap<&'static str, usize>,
    /// What was left out, by reason.
    pub dropped: BTreeMap<&'static str, usize>,
    /// Bytes written, by table.
    pub bytes: BTreeMap<&'static str, usize>,
}

impl Report {
    fn note_read(&mut self, kind: &'static str, count: usize) {
        self.read.insert(kind, count);
    }

    fn drop_one(&mut self, reason: &'static str) {
        let count = self.dropped.entry(reason).or_default();
        *count = count.saturating_add(1);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (title, counts) in
            [("read", &self.read), ("written", &self.written), ("dropped", &self.dropped), ("bytes", &self.bytes)]
        {
            writeln!(f, "{title}")?;
            for (kind, count) in counts {
                writeln!(f, "  {kind:<52}{count:>9}")?;
            }
        }
        Ok(())
    }
}

/// Ingredients, as ascending RxNorm concept ids.
type Ingredients = BTreeSet<u32>;

/// Imports the releases of RxTerms in `source` and writes the drug tables into `target`. The dose-form words of
/// `target/dose_form_words.toml`, where it is there, keep names out that are no names.
///
/// # Errors
/// [`ImportError`] where a file cannot be read, is in another format, or cannot be written.
pub fn import(source: &Path, target: &Path, releases: &Releases, date: &str) -> Result<Report, ImportError> {
    if !date.parse::<jiff::civil::Date>().is_ok_and(|day| day.to_string() == date) {
        return Err(ImportError::BadDate(date.to_owned()));
    }
    let mut report = Report::default();
    let terms = rxterms::read(source, releases, &mut report)?;
    let no_names = names::dose_form_words(&target.join("dose_form_words.toml"))?;
    let names = names::choose(&terms, &no_names, &mut report);

    let clinical = format!("RxTerms {}", releases.clinical_drugs);
    let groups = format!("RxTerms {}", releases.drug_groups);
    let both = format!("{groups} and {clinical}");
    let mut tables = Tables { target, date, report };
    tables.write("ingredients.csv", &both, INGREDIENTS, columns::INGREDIENTS, ",", ingredient_rows(&terms))?;
    let rows = code_rows(terms.clinical_drugs.iter().map(|(code, ingredients)| (*code, ingredients)));
    tables.write("clinical_drugs.tsv", &clinical, CLINICAL_DRUGS, columns::CLINICAL_DRUGS, "\t", rows)?;
    tables.write("drug_groups.tsv", &groups, DRUG_GROUPS, columns::DRUG_GROUPS, "\t", group_rows(&terms.groups))?;
    tables.write("names.tsv", &both, NAMES, columns::NAMES, "\t", name_rows(&names))?;
    let rows = ndc_rows(&terms, &mut tables.report);
    tables.write("ndc.tsv", &groups, NDC, columns::NDC, "\t", rows)?;
    Ok(tables.report)
}

const INGREDIENTS: &str = "Ingredients: RxNorm concept id and name in lower case.";
const CLINICAL_DRUGS: &str = "Clinical drugs: ingredients as RxNorm concept ids, and the concept ids of the drugs.";
const DRUG_GROUPS: &str =
    "Drug groups: ingredients as RxNorm concept ids, dose-form group, and the concept ids of the groups.";
const NAMES: &str = "Names, as they are looked up: ingredients as RxNorm concept ids, and the names that mean them.";
const NDC: &str = "National Drug Codes: concept id of a drug group with the same ingredients and form, and the codes without the package:
# capital letters (A = 0 to Z = 25, base 26) are how far the next labeler is above the last one, and three small letters
# (a = 0 to z = 25) each are its products. `CPaasabh` is labeler 00067 with the products 0018 and 0033.";

/// A table's rows, and how many codes or names they hold.
struct Rows {
    lines: Vec<String>,
    holds: usize,
}

struct Tables<'t> {
    target: &'t Path,
    date: &'t str,
    report: Report,
}

impl Tables<'_> {
    fn write(
        &mut self,
        name: &'static str,
        releases: &str,
        what: &str,
        columns: &[&str],
        separator: &str,
        rows: Rows,
    ) -> Result<(), ImportError> {
        let mut text = format!(
            "# {what}\n# Imported on {} from {releases}, U.S. National Library of Medicine (a work of the US Government). \
             Do not edit.\n{}\n",
            self.date,
            columns.join(separator)
        );
        for line in rows.lines {
            text.push_str(&line);
            text.push('\n');
        }
        let path = self.target.join(name);
        self.report.written.insert(name, rows.holds);
        self.report.bytes.insert(name, text.len());
        fs::write(&path, text).map_err(|error| ImportError::Write { path, error })
    }
}

fn joined(ingredients: &Ingredients) -> String {
    ingredients.iter().map(u32::to_string).collect::<Vec<_>>().join("+")
}

fn ingredient_rows(terms: &RxTerms) -> Rows {
    let lines = terms.ingredients.iter().map(|(rxcui, name)| format!("{rxcui},{}", quoted(name))).collect();
    Rows { lines, holds: terms.ingredients.len() }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '#']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

fn code_rows<'c>(codes: impl Iterator<Item = (u32, &'c Ingredients)>) -> Rows {
    let mut by_ingredients: BTreeMap<&Ingredients, BTreeSet<u32>> = BTreeMap::new();
    for (code, ingredients) in codes {
        by_ingredients.entry(ingredients).or_default().insert(code);
    }
    let lines = by_ingredients.iter().map(|(ingredients, codes)| format!("{}\t{}", joined(ingredients), spaced(codes)));
    Rows { lines: lines.collect(), holds: by_ingredients.values().map(BTreeSet::len).sum() }
}

fn spaced(codes: &BTreeSet<u32>) -> String {
    codes.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}

fn group_rows(groups: &Groups) -> Rows {
    let mut by_product: BTreeMap<(&Ingredients, &str), BTreeSet<u32>> = BTreeMap::new();
    for (code, group) in groups {
        by_product.entry((&group.ingredients, group.form())).or_default().insert(*code);
    }
    let line = |((ingredients, form), codes): (&(&Ingredients, &str), &BTreeSet<u32>)| {
        format!("{}\t{form}\t{}", joined(ingredients), spaced(codes))
    };
    Rows { lines: by_product.iter().map(line).collect(), holds: groups.len() }
}

fn name_rows(names: &BTreeMap<String, Ingredients>) -> Rows {
    let mut by_ingredients: BTreeMap<&Ingredients, Vec<&str>> = BTreeMap::new();
    for (name, ingredients) in names {
        by_ingredients.entry(ingredients).or_default().push(name);
    }
    let lines =
        by_ingredients.iter().map(|(ingredients, names)| format!("{}\t{}", joined(ingredients), names.join("|")));
    Rows { lines: lines.collect(), holds: names.len() }
}

/// Groups with the same ingredients and form are one product: its codes stand behind the first of these groups.
fn ndc_rows(terms: &RxTerms, report: &mut Report) -> Rows {
    let mut first_group: BTreeMap<(&Ingredients, &str), u32> = BTreeMap::new();
    for (code, group) in &terms.groups {
        first_group.entry((&group.ingredients, group.form())).or_insert(*code);
    }
    let mut by_group: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for (code, group) in &terms.ndc {
        let group = terms.groups.get(group);
        match group.and_then(|group| first_group.get(&(&group.ingredients, group.form()))) {
            Some(first) => by_group.entry(*first).or_default().push(*code),
            None => report.drop_one("National Drug Code of a group without ingredients"),
        }
    }
    let holds = by_group.values().map(Vec::len).sum();
    let lines = by_group.iter().map(|(group, codes)| format!("{group}\t{}", packing::pack(codes)));
    Rows { lines: lines.collect(), holds }
}
