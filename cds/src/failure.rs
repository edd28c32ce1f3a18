//! Why a command did nothing, and the exit codes.

use std::path::PathBuf;

use cds_core::call::CallError;
use cds_core::chart::SeveralPatients;
use cds_core::facts::NotADay;
use cds_core::knowledge::PackError;

use crate::text::visible;

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
    SeveralPatients(SeveralPatients),
    /// The patient that was named is not in the chart.
    #[error("{0}")]
    NotInChart(String),
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
    #[error(
        "`{0}` holds nothing to read in a `.json` or `.ndjson` file; name the folder of a bulk export or of Bundles"
    )]
    NothingToScan(PathBuf),
    /// A folder was read and nobody is in it.
    #[error(
        "`{folder}` holds no patient ({lines} lines and files read, {unreadable} of them could not be read, {not_read} entries of the folder were not read); nothing was checked"
    )]
    NobodyToScan { folder: PathBuf, lines: u64, unreadable: u64, not_read: usize },
    /// An answer cannot be written as JSON.
    #[error("the answer cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The command's words are off.
    #[error("{0}")]
    Usage(String),
}

impl Failure {
    /// Nothing says whose chart it is; or the patient who was named is not in it.
    pub(crate) fn whose_chart(several: &SeveralPatients, named: Option<&str>) -> Self {
        let Some(named) = named else { return Self::SeveralPatients(several.clone()) };
        let holds = match several.count {
            1 => "its one patient has another id".to_owned(),
            count => format!("none of its {count} patients has this id"),
        };
        Self::NotInChart(format!("the patient `{}` is not in the chart: {holds}", visible(named)))
    }
}
