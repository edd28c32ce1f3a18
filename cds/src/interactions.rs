//! `cds interactions`: what drugs would raise together, by code.

use std::io::{BufRead, BufWriter, Write};
use std::process::ExitCode;

use crate::arguments::{Arguments, Interactions};
use crate::failure::{ALERTS, CLEAR, Failure, INCOMPLETE};
use crate::files;
use crate::text::visible;

/// Prints a line for each pair.
pub(crate) fn run(options: &Interactions, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let engine = files::engine(arguments)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if options.stdin {
        for line in std::io::stdin().lock().split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\r');
            if line.trim().is_empty() {
                continue;
            }
            let (a, b) = line.split_once('\t').unwrap_or((line, ""));
            let pair = engine.pair(a.trim(), b.split('\t').next().unwrap_or("").trim());
            writeln!(out, "{}\t{}\t{}\t{}", visible(&pair.a), visible(&pair.b), pair.tier, pair.rules.join(","))?;
        }
        out.flush()?;
        return Ok(ExitCode::from(CLEAR));
    }
    if options.codes.len() < 2 {
        return Err(Failure::Usage("name at least two drug codes, such as `cds interactions 11289 5640`".to_owned()));
    }
    let mut code = CLEAR;
    for (position, a) in options.codes.iter().enumerate() {
        for b in options.codes.iter().skip(position.saturating_add(1)) {
            let pair = engine.pair(a, b);
            code = match pair.tier.as_str() {
                "contraindicated" | "major" => ALERTS,
                "unknown" if code == CLEAR => INCOMPLETE,
                _ => code,
            };
            let names = |code: &str| match engine.resolve(code).ingredients.as_slice() {
                [] => "not known".to_owned(),
                known => known.iter().map(|ingredient| ingredient.name.as_str()).collect::<Vec<_>>().join(" + "),
            };
            let [a, b] = [a, b].map(|code| format!("{} ({})", visible(code), names(code)));
            writeln!(out, "{a}  {b}  {}  {}", pair.tier, pair.rules.join(", "))?;
        }
    }
    out.flush()?;
    Ok(ExitCode::from(code))
}
