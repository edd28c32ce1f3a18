//! The README's examples, run: what it shows is what the program prints.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::Path;
use std::process::Command;

/// A command of a `console` block and the lines that it is said to print. A line that ends with `…` is compared up to there.
struct Example {
    command: String,
    output: Vec<String>,
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let examples = examples(&readme);
    assert!(examples.len() >= 3, "the README has lost its examples");
    for example in examples {
        check(&root, &example);
    }
}

fn check(root: &Path, example: &Example) {
    let mut words = example.command.split_whitespace();
    assert_eq!(words.next(), Some("cds"), "`{}` is no command of this program", example.command);
    let output = Command::new(env!("CARGO_BIN_EXE_cds")).args(words).current_dir(root).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed: Vec<&str> = printed.trim_end().lines().collect();
    let fits = |(printed, shown): (&&str, &String)| match shown.strip_suffix('…') {
        Some(start) => printed.starts_with(start),
        None => printed.trim_end() == shown.trim_end(),
    };
    let all_fit = printed.len() == example.output.len() && printed.iter().zip(&example.output).all(fits);
    assert!(
        all_fit,
        "`{}` prints\n{}\nand the README shows\n{}",
        example.command,
        printed.join("\n"),
        example.output.join("\n")
    );
}

fn examples(readme: &str) -> Vec<Example> {
    let blocks = readme.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut examples: Vec<Example> = Vec::new();
    for line in blocks.flat_map(str::lines) {
        match (line.strip_prefix("$ "), examples.last_mut()) {
            (Some(command), _) => examples.push(Example { command: command.to_owned(), output: Vec::new() }),
            (None, Some(example)) => example.output.push(line.to_owned()),
            (None, None) => {}
        }
    }
    for example in &mut examples {
        while example.output.last().is_some_and(|line| line.trim().is_empty()) {
            example.output.pop();
        }
    }
    examples
}
