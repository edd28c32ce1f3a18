//! Importing small made-up files in the publisher's formats.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use cds_rules_compiler::compile;
use cds_rules_compiler::import::{Releases, import};
use support::{copy, expect, folder, scratch};

const TABLES: &[&str] = &["ingredients.csv", "clinical_drugs.tsv", "drug_groups.tsv", "names.tsv", "ndc.tsv"];

fn releases() -> Releases {
    Releases { clinical_drugs: "202001".into(), drug_groups: "202002".into() }
}

fn target(name: &str) -> PathBuf {
    let target = scratch(name);
    fs::copy(folder("tables/drugs/dose_form_words.toml"), target.join("dose_form_words.toml")).unwrap();
    target
}

fn failure(name: &str, change: impl FnOnce(&Path)) -> String {
    let source = scratch(&format!("{name}_source"));
    copy(&folder("rxterms"), &source);
    change(&source);
    let error = import(&source, &target(name), &releases(), "2026-11-22").unwrap_err().to_string();
    error.replace(&format!("{}/", source.display()), "")
}

#[test]
fn tables_are_written() {
    let target = target("import");
    let report = import(&folder("rxterms"), &target, &releases(), "2026-11-22").unwrap();
    for table in TABLES {
        expect(&folder("imported").join(table), &fs::read_to_string(target.join(table)).unwrap());
    }
    expect(&folder("imported/report.txt"), &report.to_string());
}

/// Importing again changes nothing, and what is written can be read.
#[test]
fn importing_again_changes_nothing() {
    let target = target("import_again");
    let first = import(&folder("rxterms"), &target, &releases(), "2026-11-22").unwrap();
    let read = || TABLES.iter().map(|table| fs::read_to_string(target.join(table)).unwrap()).collect::<Vec<_>>();
    let written = read();
    assert_eq!(import(&folder("rxterms"), &target, &releases(), "2026-11-22").unwrap(), first);
    assert_eq!(read(), written);

    let tables = scratch("import_compiles");
    copy(&folder("tables"), &tables);
    copy(&target, &tables.join("drugs"));
    // Of the other tables only what does not need the letters' drugs.
    for subfolder in ["classes", "pathways", "effects", "interactions", "allergens", "kidney"] {
        fs::remove_dir_all(tables.join(subfolder)).unwrap();
        fs::create_dir(tables.join(subfolder)).unwrap();
    }
    fs::write(tables.join("allergens/non_drug.csv"), "system,code,name,kind\n").unwrap();
    fs::write(tables.join("drugs/additions.csv"), "rxcui,level,ingredients,name,source\n").unwrap();
    let statistics = compile(&tables).unwrap().statistics;
    assert_eq!((statistics.ingredients, statistics.ndc_codes), (6, 5));
}

#[test]
fn a_changed_format_is_refused() {
    let heading = failure("import_heading", |source| {
        fs::write(source.join("RxTermsIngredients202001.txt"), "RXCUI|NAME\n").unwrap();
    });
    assert_eq!(
        heading,
        "`RxTermsIngredients202001.txt` is not as expected in line 1: the first line must be `RXCUI|INGREDIENT|ING_RXCUI`"
    );
    let row = failure("import_row", |source| {
        fs::write(source.join("RxTermsIngredients202001.txt"), "RXCUI|INGREDIENT|ING_RXCUI\n1|alphaine\n").unwrap();
    });
    assert!(
        row.starts_with("`RxTermsIngredients202001.txt` is not as expected in line 2: a row is two numbers"),
        "{row}"
    );
    let ndc = failure("import_ndc", |source| {
        fs::write(source.join("rxterms202002_ndc_sxdg.json"), r#"{"sxdgs": [201], "ndc9": "a:0;1:1"}"#).unwrap();
    });
    assert_eq!(ndc, "`rxterms202002_ndc_sxdg.json` is not as expected: `1:1` is no National Drug Code with a group");
    let json = failure("import_json", |source| {
        fs::write(source.join("rxterms202002_ingredients.json"), "{}").unwrap();
    });
    assert!(json.starts_with("`rxterms202002_ingredients.json` is not as expected in line 1: missing field"), "{json}");
}

#[test]
fn a_missing_file_is_named() {
    let missing = failure("import_missing", |source| {
        fs::remove_file(source.join("rxterms202002_displaynames.json")).unwrap();
    });
    assert!(missing.starts_with("`rxterms202002_displaynames.json` cannot be read"), "{missing}");
}

#[test]
fn a_bad_date_is_refused() {
    let error = import(&folder("rxterms"), &scratch("import_date"), &releases(), "22.11.2026").unwrap_err();
    assert_eq!(error.to_string(), "`22.11.2026` is no day; write year, month and day, as in `2026-11-22`");
}
