//! What the source may not hold: the engine names no drug and no disease and knows no clock, file, network or binary float; the
//! WebAssembly crate decides nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cds_core::Engine;
use cds_core::knowledge::NodeKind;

/// Shorter names are words of everyday language too.
const SHORTEST_NAME: usize = 5;

/// Words of the knowledge that are words of programming or of English as well.
const ALLOWED_WORDS: &[(&str, &str)] = &[
    ("allergy", "a kind of alert, and FHIR's AllergyIntolerance"),
    ("allergic reaction", "the problem of that kind of alert, which no rule names"),
    ("correct", "a brand name, and what a message asks for"),
    ("react", "a brand name, and what patients do"),
];

/// Words of the form of a code that are none.
const ALLOWED_CODES: &[(&str, &str)] = &[("2020-2", "a date that is none, in a test of dates")];

/// What the engine may not use, and why.
const FORBIDDEN: &[(&str, &str)] = &[
    ("std::time", "the day is an argument"),
    ("SystemTime", "the day is an argument"),
    ("Instant::", "the day is an argument"),
    ("Zoned::now", "the day is an argument"),
    ("Timestamp::now", "the day is an argument"),
    ("std::fs", "the core reads no files"),
    ("std::io", "the core reads no files"),
    ("std::net", "the core knows no network"),
    ("std::env", "the core knows no environment"),
    ("std::process", "the core starts nothing"),
    ("std::thread", "the host decides on threads"),
    ("HashMap", "its order would reach an answer"),
    ("HashSet", "its order would reach an answer"),
    ("println!", "the core prints nothing"),
    ("print!", "the core prints nothing"),
    ("dbg!", "the core prints nothing"),
    ("unsafe", "it is forbidden"),
    ("static mut", "the core has no state"),
    ("thread_local", "the core has no state"),
    ("f32", "a dose is a decimal"),
    ("f64", "a dose is a decimal"),
];

#[test]
fn the_engine_names_no_drug_no_class_and_no_problem() {
    let engine = Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK).expect("the build checked the pack");
    let pack = engine.knowledge().pack();
    let ingredients = pack.drugs.ingredients.iter().map(|ingredient| ingredient.name.to_lowercase());
    let brands = pack.drugs.names.iter().map(|(name, _)| name.clone());
    let nodes = pack.nodes.iter().filter(|node| node.kind != NodeKind::Ingredient);
    let nodes = nodes.flat_map(|node| [node.id.to_lowercase(), node.name.to_lowercase()]);
    let problems = pack.problems.iter().flat_map(|problem| [problem.id.clone(), problem.name.to_lowercase()]);
    let groups = pack.allergens.iter().flat_map(|group| group.names.iter().chain([&group.id]).cloned());
    let names: BTreeSet<String> =
        ingredients.chain(brands).chain(nodes).chain(problems).chain(groups).filter(|name| is_telling(name)).collect();
    let mut found = Vec::new();
    for (file, text) in sources("src") {
        let text = text.to_lowercase();
        let here = names.iter().filter(|name| holds_word(&text, name));
        found.extend(here.map(|name| format!("{file}: `{name}`")));
    }
    assert!(found.is_empty(), "the engine knows no drug by name:\n{}", found.join("\n"));
}

fn is_telling(name: &str) -> bool {
    name.len() >= SHORTEST_NAME && !ALLOWED_WORDS.iter().any(|(allowed, _)| *allowed == name)
}

#[test]
fn the_engine_holds_no_code_of_a_terminology() {
    let mut found = Vec::new();
    for (file, text) in sources("src") {
        for (number, line) in text.lines().enumerate() {
            let codes = line.split(|character: char| !(character.is_ascii_alphanumeric() || ".-_".contains(character)));
            found.extend(codes.filter(|word| is_code(word)).map(|word| format!("{file}:{}: `{word}`", number + 1)));
        }
    }
    assert!(found.is_empty(), "codes belong into the knowledge:\n{}", found.join("\n"));
}

/// Five digits and more as RxNorm and SNOMED CT have them, `4548-4` as LOINC does, `E11.9` as ICD-10-CM does.
fn is_code(word: &str) -> bool {
    if ALLOWED_CODES.iter().any(|(allowed, _)| *allowed == word) {
        return false;
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let loinc = word.rsplit_once('-').is_some_and(|(number, check)| {
        digits(number) && digits(check) && (3..=5).contains(&number.len()) && check.len() == 1
    });
    let (category, detail) = word.split_once('.').unwrap_or((word, "0"));
    let icd = category.len() == 3
        && category.starts_with(|first: char| first.is_ascii_uppercase())
        && digits(&category[1..])
        && (1..=4).contains(&detail.len())
        && detail.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    word.len() >= 5 && digits(word) || loinc || icd
}

#[test]
fn the_engine_is_pure() {
    let mut found = Vec::new();
    for (file, text) in sources("src") {
        for (number, line) in text.lines().enumerate() {
            let code = without_comment(line);
            // serde asks every format what it does with binary floats; the pack's refuses them.
            if code.trim_start().starts_with("unfit!(") {
                continue;
            }
            for (word, reason) in FORBIDDEN.iter().filter(|(word, _)| holds_word(code, word)) {
                found.push(format!("{file}:{}: `{word}`: {reason}", number + 1));
            }
            if code.contains("env!(") && !code.contains("env!(\"CARGO_PKG_VERSION\")") {
                found.push(format!("{file}:{}: the environment of the build", number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_web_assembly_crate_decides_nothing() {
    let mut found = Vec::new();
    let mut lines = 0;
    for (file, text) in sources("../wasm-bindings/src") {
        for (number, line) in text.lines().enumerate() {
            lines += 1;
            let code = without_comment(line);
            let decides = ["if", "match", "while", "loop"].into_iter().any(|word| holds_word(code, word));
            if decides || holds_word(code, "for") && !holds_word(code, "impl") {
                found.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "logic belongs into the core:\n{}", found.join("\n"));
    assert!(0 < lines && lines < 120, "{lines} lines");
}

#[test]
fn the_command_line_takes_the_pack_and_nothing_else_of_the_knowledge() {
    for (file, text) in sources("../cds/src") {
        for (number, line) in text.lines().enumerate() {
            let other = line.replace("cds_rules::PACK", "").replace("cds_rules::NDC_PACK", "");
            assert!(!other.contains("cds_rules"), "{file}:{}: {}", number + 1, line.trim());
        }
    }
    let manifest = std::fs::read_to_string(here().join("../cds/Cargo.toml")).unwrap();
    assert!(!manifest.contains("cds-rules-compiler"), "the command line compiles no knowledge");
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The Rust sources below a folder, with their paths.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut open = vec![here().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(here()).unwrap_or(&path).display().to_string(), text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

fn without_comment(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// Whether a text holds a name as a whole word.
fn holds_word(text: &str, word: &str) -> bool {
    let part_of_word = |character: Option<char>| character.is_some_and(|it| it.is_alphanumeric() || it == '_');
    text.match_indices(word).any(|(start, found)| {
        let before = text[..start].chars().next_back();
        let behind = text[start + found.len()..].chars().next().filter(|_| word.ends_with(char::is_alphanumeric));
        !part_of_word(before) && !part_of_word(behind)
    })
}
