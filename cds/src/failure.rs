//! Why a command did nothing, and the exit codes.

use std::path::PathBuf;

use cds_core::call::CallError;
use cds_core::chart::SeveralPatients;
use cds_core::facts::NotADay;
use cds_core::knowledge::PackError;

/// Everything was checked and nothing interrupts.
pub(crate) const CLEAR: u8 = 0;
/// An alert interrupts.
pub(crate) const ALERTS: u8 = 1;
/// Nothing was checked.
pub(crate) const FAILED: u8 = 2;
/// Nothing interrupts, but something could not be evaluated.
pub(crate) const INCOMPLETE: u8 = 3;

/// Why a command did nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A file cannot be read.
    #[error("`{path}` cannot be read: {error}")]
    Read { path: PathBuf, error: std::io::Error },
    /// A file cannot be written.
    #[error("`{path}` cannot be written: {error}")]
    Write { path: PathBuf, error: std::io::Error },
    /// The output cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] std::io::Error),
    /// Nothing in the files could be read.
    #[error("nothing could be read, so nothing was checked:{0}")]
    NothingRead(String),
    /// The chart is about several patients.
    #[error("{0}")]
    SeveralPatients(#[from] SeveralPatients),
    /// `--as-of` is no day.
    #[error("--as-of: {0}")]
    AsOf(#[from] NotADay),
    /// A call cannot be answered.
    #[error("{0}")]
    Call(#[from] CallError),
    /// The pack cannot be read.
    #[error("{0}")]
    Pack(#[from] PackError),
    /// A folder holds nothing to scan.
    #[error("`{0}` holds no `.json` and no `.ndjson` file; name the folder of a bulk export or of Bundles")]
    NothingToScan(PathBuf),
    /// An answer cannot be written as JSON.
    #[error("the answer cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The command's words are off.
    #[error("{0}")]
    Usage(String),
}
