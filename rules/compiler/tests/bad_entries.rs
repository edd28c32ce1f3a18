//! Every kind of bad entry: a folder under `bad/` holds the files that differ from `tables/`, and what must be said.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use cds_rules_compiler::{compile, render};
use support::{copy, expect, folder, scratch};

fn check(case: &Path) {
    let name = case.file_name().unwrap().to_string_lossy().into_owned();
    let tables = scratch(&format!("bad_{name}"));
    copy(&folder("tables"), &tables);
    copy(case, &tables);
    fs::remove_file(tables.join("expected.txt")).ok();
    match compile(&tables) {
        Ok(_) => panic!("`{name}` compiles"),
        Err(diagnostics) => expect(&case.join("expected.txt"), &render(&diagnostics)),
    }
}

#[test]
fn bad_entries_are_explained() {
    let mut cases: Vec<_> = fs::read_dir(folder("bad")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 50);
    for case in cases {
        check(&case);
    }
}

/// A kind of problem that no case shows would go unseen when it breaks.
#[test]
fn every_kind_of_problem_has_a_case() {
    // An unreadable file cannot be kept in a repository, and a table with too many rows would be large.
    const WITHOUT_CASE: &[&str] = &["unreadable", "missing-file", "too-many"];
    let shown: String = fs::read_dir(folder("bad"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path().join("expected.txt")).unwrap())
        .collect();
    let source = fs::read_to_string(folder("../src/problem.rs")).unwrap();
    let codes = source.split("pub fn code(").nth(1).unwrap().split("pub fn help(").next().unwrap();
    for code in codes.split('"').skip(1).step_by(2).filter(|code| !WITHOUT_CASE.contains(code)) {
        assert!(shown.contains(&format!("error[{code}]")), "no case shows `{code}`");
    }
}

#[test]
fn missing_tables_are_named() {
    let tables = scratch("missing_tables");
    copy(&folder("tables"), &tables);
    let lost = [
        "allergens/non_drug.csv",
        "conditions/other.csv",
        "doses/",
        "drugs/additions.csv",
        "drugs/ndc.tsv",
        "foods/",
        "general.toml",
        "interactions/",
        "routes.toml",
    ];
    for table in lost {
        let path = tables.join(table);
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }
    let diagnostics = compile(&tables).unwrap_err();
    let missing = diagnostics.iter().filter(|diagnostic| diagnostic.problem.code() == "missing-file");
    assert_eq!(missing.map(|diagnostic| diagnostic.file.as_str()).collect::<Vec<_>>(), lost);
}

#[test]
fn unreadable_tables_are_named() {
    let tables = scratch("unreadable_tables");
    copy(&folder("tables"), &tables);
    fs::write(tables.join("interactions/alphaine_consonant.toml"), b"id = \"\xff\"").unwrap();
    let diagnostics = compile(&tables).unwrap_err();
    assert_eq!(diagnostics[0].problem.code(), "unreadable");
}

#[test]
fn more_ingredients_than_positions_are_refused() {
    let tables = scratch("too_many");
    copy(&folder("tables"), &tables);
    let rows: String = (1..=70_000).map(|rxcui| format!("{rxcui},drug {rxcui}\n")).collect();
    fs::write(tables.join("drugs/ingredients.csv"), format!("rxcui,name\n{rows}")).unwrap();
    let diagnostics = compile(&tables).unwrap_err();
    assert!(diagnostics.iter().any(|diagnostic| diagnostic.problem.code() == "too-many"));
}

/// Marks stand under characters, not under bytes.
#[test]
fn other_letters_are_shown() {
    let tables = scratch("other_letters");
    copy(&folder("tables"), &tables);
    let rows = "rxcui,level,ingredients,name,source\n1ö,part,\"ä|ö\",ü,ß\n";
    fs::write(tables.join("drugs/additions.csv"), rows).unwrap();
    let shown = render(&compile(&tables).unwrap_err());
    for problem in ["unknown drug `ä`", "unknown drug `ö`", "unknown level `part`", "`1ö` is no RxNorm concept id"] {
        assert!(
            shown.contains(problem),
            "{problem} in
{shown}"
        );
    }
}

/// Whatever is lost from a table, there is an answer and never a crash.
#[test]
fn damaged_tables_are_reported() {
    let tables = scratch("damaged");
    copy(&folder("tables"), &tables);
    for file in files(&tables) {
        let whole = fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = whole.split_inclusive('\n').collect();
        let without_a_line = (0..lines.len()).map(|gone| [&lines[..gone], &lines[gone + 1..]].concat().concat());
        let cut = (0..whole.len()).step_by(29).map(|end| whole[..end].to_owned());
        let doubled = (0..lines.len()).map(|twice| [&lines[..=twice], &lines[twice..]].concat().concat());
        for damaged in without_a_line.chain(cut).chain(doubled) {
            fs::write(&file, damaged).unwrap();
            if let Err(diagnostics) = compile(&tables) {
                assert!(!render(&diagnostics).is_empty());
            }
        }
        fs::write(&file, whole).unwrap();
    }
    assert!(compile(&tables).is_ok());
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
