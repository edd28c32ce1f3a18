//! `cds`: clinical decision support on the command line. It reads files, calls the engine, and prints; nothing more.
#![allow(clippy::print_stdout, reason = "a command line prints")]

mod arguments;
mod check;
mod failure;
mod fhir;
mod files;
mod interactions;
mod pack;
mod policy;
mod resolve;
mod scan;
mod text;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.command {
        Command::Check(options) => check::run(options, &arguments),
        Command::Interactions(options) => interactions::run(options, &arguments),
        Command::Resolve(options) => resolve::run(options, &arguments),
        Command::Scan(options) => scan::run(options, &arguments),
        Command::Call(options) => check::call(options, &arguments),
        Command::Pack(options) => pack::run(options, &arguments),
        Command::Policy(options) => policy::run(options, &arguments),
    };
    match outcome {
        Ok(code) => code,
        // The reader of a pipe may stop early: `cds ... | head`.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            anstream::eprintln!("{}error:{} {failure}", text::RED.render(), text::RED.render_reset());
            ExitCode::from(failure::FAILED)
        }
    }
}
