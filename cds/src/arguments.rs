//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  cds check chart.json --as-of 2026-11-22
  cds check chart.json --draft order.json --as-of 2026-11-22 --format json
  cds interactions 11289 5640
  cds resolve 855332 0069-0158-41
  cds scan export/ --as-of 2026-11-22 --out answers.ndjson";

const CHECK_HELP: &str = "\
Exit codes:
  0  everything in the chart was checked, every question was decided, and no alert interrupts
  1  an alert interrupts
  2  nothing was checked; the message says why
  3  no alert interrupts, but something could not be evaluated or decided, or the site's policy keeps a rule quiet: read what
     before you rely on the answer";

const INTERACTIONS_HELP: &str = "\
Exit codes:
  0  no pair is major or contraindicated, and every drug is known (with --stdin: every line was answered)
  1  a pair is major or contraindicated
  2  nothing was looked up; the message says why
  3  a drug is not known";

const RESOLVE_HELP: &str = "\
Exit codes:
  0  every code is known (with --stdin: every line was answered)
  2  nothing was looked up; the message says why
  3  a code is not known";

const SCAN_HELP: &str = "\
What is read: every `.ndjson` and `.jsonl` file of the folder line by line, every `.json` file as one Bundle or resource.
Folders in it are not descended into and compressed files are not opened; what was not read is listed.

Exit codes:
  0  everything was read and given to its patient, and every patient was checked (alerts, stale orders, drugs that are not
     known and patients who have died are in the output and do not change the exit code)
  2  nothing was scanned: no patients, or the message says why
  3  the answers may be incomplete: a line, a file or part of a patient's chart could not be read, a drug or allergy could not
     be given to a patient, or a patient could not be checked

1 is not used: alerts do not make a scan fail.";

/// Clinical decision support: drug interactions, duplications and allergies over a patient's chart.
///
/// The chart is FHIR R4 JSON and never leaves this machine. Every answer says what was not evaluated and why: an empty list
/// of alerts means "nothing found" only where nothing is listed as not evaluated.
#[derive(Debug, Parser)]
#[command(name = "cds", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Knowledge pack to use in place of the built-in one.
    #[arg(long, global = true, value_name = "FILE")]
    pub pack: Option<PathBuf>,
    /// National Drug Codes of that pack. Without them it knows no NDC.
    #[arg(long, global = true, value_name = "FILE")]
    pub ndc_pack: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check one patient's chart, and the order that is being written.
    #[command(after_help = CHECK_HELP)]
    Check(Check),
    /// What two or more drugs would raise if one patient took them together.
    #[command(after_help = INTERACTIONS_HELP)]
    Interactions(Interactions),
    /// The ingredients of drug codes: RxNorm concept ids or NDCs.
    #[command(after_help = RESOLVE_HELP)]
    Resolve(Resolve),
    /// Check every patient of a bulk export (NDJSON) or of a folder of Bundles.
    #[command(after_help = SCAN_HELP)]
    Scan(Scan),
    /// Answer a call of the programming interface: JSON in, JSON out.
    Call(Call),
    /// Show or write the knowledge pack.
    Pack(Pack),
    /// Check a site's policy file.
    Policy(PolicyCommand),
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// FHIR R4 JSON of one patient: Bundle, resource, array or NDJSON. Several files are merged; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The day that the answer is to be true for, YYYY-MM-DD. The engine has no clock.
    #[arg(long, value_name = "DATE")]
    pub as_of: String,
    /// The order that is being written: a MedicationRequest, or a Bundle of several.
    #[arg(long, value_name = "FILE")]
    pub draft: Vec<PathBuf>,
    /// The patient, as `Patient/id`, where the files hold several.
    #[arg(long, value_name = "REFERENCE")]
    pub patient: Option<String>,
    /// A site's policy (JSON): what interrupts, which rules have another tier or are off. See `cds policy check --help`.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// How to print the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// The whole answer, as its JSON Schema says.
    Json,
    /// A FHIR R4 Bundle of DetectedIssue and OperationOutcome.
    Fhir,
}

#[derive(Debug, Args)]
pub(crate) struct Interactions {
    /// Drug codes: RxNorm concept ids or NDCs. Every pair of them is looked at.
    #[arg(value_name = "CODE", required_unless_present = "stdin")]
    pub codes: Vec<String>,
    /// Read pairs from standard input, tab-separated, one a line; print `a<TAB>b<TAB>tier<TAB>rule ids` for each.
    /// The tier is `none` where both drugs are known and nothing is found, `unknown` where a drug is not known.
    #[arg(long, conflicts_with = "codes")]
    pub stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// Drug codes: RxNorm concept ids or NDCs.
    #[arg(value_name = "CODE", required_unless_present = "stdin")]
    pub codes: Vec<String>,
    /// Read codes from standard input, one a line; print `code<TAB>ingredient RxCUIs` for each, empty where unknown.
    #[arg(long, conflicts_with = "codes")]
    pub stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// A folder of bulk-export NDJSON, or of one Bundle a patient.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The day that the answers are to be true for, YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub as_of: String,
    /// Where to write the answers: one JSON line for each patient, ordered by patient.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// A site's policy.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Call {
    /// A call as JSON; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

const POLICY_HELP: &str = "\
A policy is a JSON file; `docs/schema/policy.json` is its schema:

  {
    \"interruptFrom\": \"major\",
    \"approved\": { \"person\": \"B. Baker\", \"role\": \"pharmacy lead\", \"reason\": \"committee of 2 November\", \"on\": \"2026-11-02\" },
    \"changes\": [
      { \"rule\": \"warfarin-nsaid\", \"tier\": \"moderate\", \"person\": \"B. Baker\", \"role\": \"pharmacy lead\",
        \"reason\": \"the INR clinic follows every patient\", \"on\": \"2026-11-02\", \"until\": \"2027-11-01\" }
    ]
  }

A change without `tier` switches its rule off; an answer then lists what it would have said. The rule's id stands in each
alert. A faulty change is not applied, and every answer says so.

Exit codes:
  0  every change will be applied
  1  a change has a fault and will not be applied
  2  the file cannot be read as a policy";

#[derive(Debug, Args)]
pub(crate) struct PolicyCommand {
    #[command(subcommand)]
    pub action: PolicyAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyAction {
    /// Say what a policy changes, and what is wrong with it.
    #[command(after_help = POLICY_HELP)]
    Check {
        /// The policy.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Pack {
    #[command(subcommand)]
    pub action: PackAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PackAction {
    /// Count what the pack knows.
    Stats,
    /// Write the pack to a file, for the browser or another host.
    Write {
        /// Where to write it.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Where to write its National Drug Codes, which are a pack of their own.
        #[arg(long, value_name = "FILE")]
        ndc: Option<PathBuf>,
    },
}
