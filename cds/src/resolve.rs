//! `cds resolve`: the ingredients of drug codes.

use std::io::{BufRead, BufWriter, Write};
use std::process::ExitCode;

use crate::arguments::{Arguments, Resolve};
use crate::failure::{CLEAR, Failure, INCOMPLETE};
use crate::files;
use crate::text::visible;

/// Prints a line for each code.
pub(crate) fn run(options: &Resolve, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let engine = files::engine(arguments)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut all_known = true;
    if options.stdin {
        for line in std::io::stdin().lock().split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            let code = line.trim();
            if code.is_empty() {
                continue;
            }
            let answer = engine.resolve(code);
            let ingredients: Vec<&str> =
                answer.ingredients.iter().map(|ingredient| ingredient.rxcui.as_str()).collect();
            writeln!(out, "{}\t{}", visible(code), ingredients.join(","))?;
        }
    } else {
        for code in &options.codes {
            let answer = engine.resolve(code);
            all_known &= !answer.ingredients.is_empty();
            let ingredients: Vec<String> = answer
                .ingredients
                .iter()
                .map(|ingredient| {
                    let covered = if ingredient.covered { "" } else { ", no interaction knowledge" };
                    format!("{} ({}{covered})", ingredient.rxcui, ingredient.name)
                })
                .collect();
            let ingredients = if ingredients.is_empty() { "not known".to_owned() } else { ingredients.join(" + ") };
            writeln!(out, "{}\t{ingredients}\t{}", visible(code), answer.recognised.unwrap_or_default())?;
        }
    }
    out.flush()?;
    Ok(ExitCode::from(if all_known { CLEAR } else { INCOMPLETE }))
}
