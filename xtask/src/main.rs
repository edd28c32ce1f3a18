//! What a person or CI runs. `cargo xtask demo` and `cargo xtask test` are the two that matter; see `--help`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a task runner prints")]

mod bytes;
mod demo;
mod figures;
mod quality;
mod run;
mod schema;
mod tables;
mod test;
mod tools;
mod web;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks of this project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build everything and serve the order-entry demonstration; it prints its address.
    Demo {
        /// Port to serve on.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Build, and do not serve.
        #[arg(long)]
        build_only: bool,
    },
    /// Everything that CI runs: formatting, lints, tests, WebAssembly, native against WebAssembly, the browser.
    Test,
    /// Build the WebAssembly module for web, bundler and node, the pack, the npm package and the demonstration.
    Web,
    /// Write JSON Schema and TypeScript types of the call, the answer and a site's policy.
    Schema,
    /// Print the figures of the project: charts read, alerts, drugs resolved, bad input, order-check times, sizes.
    Figures,
    /// Alerts per 100 orders over a folder of charts, each order replayed on its day, and the most frequent ones.
    Alerts {
        /// One Bundle a patient, or bulk NDJSON.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Random pairs of the 300 commonest drugs: how many fire, and samples to judge.
    Pairs {
        /// How many pairs.
        #[arg(long, default_value_t = 5000)]
        count: usize,
        /// How many firing and how many silent pairs to list.
        #[arg(long, default_value_t = 50)]
        sample: usize,
        /// The same seed gives the same pairs.
        #[arg(long, default_value_t = 20_261_122)]
        seed: u64,
    },
    /// Import drug codes from NLM's RxTerms files into `rules/drugs`.
    Import {
        /// Folder that holds the publisher's files.
        #[arg(value_name = "DIR")]
        from: PathBuf,
        /// Day of the import, YYYY-MM-DD.
        #[arg(long, value_name = "DATE")]
        date: String,
    },
}

/// Why a task failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("`{0}` failed")]
    Command(String),
    #[error("`{0}` cannot be started: {1}")]
    Start(String, std::io::Error),
    #[error("{0}")]
    Input(#[from] std::io::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("`{0}` is not what the Rust types say; run `cargo xtask schema` and commit it")]
    Stale(PathBuf),
    #[error("{0}")]
    Missing(String),
    #[error("{0}")]
    Pack(#[from] cds_core::knowledge::PackError),
    #[error("{0}")]
    Tables(String),
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
    let outcome = match Arguments::parse().task {
        Task::Demo { port, build_only } => demo::run(&root, port, build_only),
        Task::Test => test::run(&root),
        Task::Web => web::build(&root),
        Task::Schema => schema::write(&root),
        Task::Figures => figures::print(&root),
        Task::Alerts { folder } => quality::alerts(&folder),
        Task::Pairs { count, sample, seed } => quality::pairs(count, sample, seed),
        Task::Import { from, date } => tables::import(&root, &from, &date),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
