//! The one call and the one answer that every host uses: command line, server, WebAssembly, Python.
//!
//! A call is JSON with a `call` field; the answer is JSON with an `answer` field. Charts stand in the call as FHIR JSON, as
//! they are; they are read where they stand and are not copied.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::chart::{Document, Documents, SeveralPatients};
use crate::checks::{self, Exposures};
use crate::facts::{self, AsOf, MedicationFact, NotADay, Policy, State, recognise_code};
use crate::knowledge::{IngredientId, Knowledge, PackError};
use crate::report::{self, CheckAnswer, Checked, CheckedDrug, NotEvaluated, Notice, PatientSummary, Provenance, Tier};

/// Different ingredients that one check compares; a chart with more is no chart of one patient.
const MOST_INGREDIENTS: usize = 300;

/// Version of the engine.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// An engine with its knowledge: made once, used for any number of charts, by any number of threads.
#[derive(Debug)]
pub struct Engine {
    knowledge: Knowledge,
}

/// What a check needs beside the chart.
#[derive(Debug, Clone)]
pub struct CheckOptions<'a> {
    /// The day that the answer is to be true for.
    pub as_of: AsOf,
    /// The site's policy.
    pub policy: Policy,
    /// The patient, as `Patient/id`, where the documents hold several.
    pub patient: Option<Cow<'a, str>>,
}

impl CheckOptions<'_> {
    /// The default policy on this day.
    pub fn on(as_of: AsOf) -> Self {
        Self { as_of, policy: Policy::default(), patient: None }
    }
}

/// Which call it is; the rest of it is skipped unparsed.
#[derive(Debug, Deserialize)]
struct CallKind<'a> {
    #[serde(borrow)]
    call: Cow<'a, str>,
}

/// `{"call": "check", ...}`: checks one patient's chart.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct CheckCall<'a> {
    /// `check`.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("const" = "check")), ts(type = "\"check\""))]
    pub call: Cow<'a, str>,
    /// The day that the answer is to be true for, `YYYY-MM-DD`.
    #[serde(borrow)]
    pub as_of: Cow<'a, str>,
    /// FHIR R4: Bundles, resources, arrays of these. All of one patient; several are merged.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<serde_json::Value>"), ts(type = "Array<unknown>"))]
    pub charts: Vec<&'a RawValue>,
    /// Orders that are being written: MedicationRequests, or Bundles of these.
    #[serde(borrow, default)]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<Vec<serde_json::Value>>"),
        ts(type = "Array<unknown>", optional)
    )]
    pub draft: Option<Vec<&'a RawValue>>,
    /// The patient, as `Patient/id`, where the charts hold several.
    #[serde(borrow, default)]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub patient: Option<Cow<'a, str>>,
    /// The site's policy.
    #[serde(default, deserialize_with = "an_object")]
    #[cfg_attr(feature = "schema", ts(type = "Partial<Policy>", optional))]
    pub policy: Option<Policy>,
}

/// An object, or nothing: serde would take an array by position.
fn an_object<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Policy>, D::Error> {
    let raw: Option<&'de RawValue> = Deserialize::deserialize(deserializer)?;
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else { return Ok(None) };
    if !raw.get().starts_with('{') {
        return Err(serde::de::Error::custom("`policy` is no object"));
    }
    serde_json::from_str(raw.get()).map(Some).map_err(serde::de::Error::custom)
}

/// `{"call": "interactions", "drugs": [[a, b], ...]}`: what each pair of drug codes would raise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct InteractionsCall<'a> {
    /// `interactions`.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("const" = "interactions")), ts(type = "\"interactions\""))]
    pub call: Cow<'a, str>,
    /// Pairs of RxNorm concept ids or NDCs.
    pub drugs: Vec<[String; 2]>,
}

/// `{"call": "resolve", "codes": [...]}`: the ingredients of drug codes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct ResolveCall<'a> {
    /// `resolve`.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(extend("const" = "resolve")), ts(type = "\"resolve\""))]
    pub call: Cow<'a, str>,
    /// RxNorm concept ids or NDCs.
    pub codes: Vec<String>,
}

/// Why a call was not answered.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The call is not of the form that it should have.
    #[error("the call cannot be read: {0}")]
    Malformed(String),
    /// `asOf` is no day.
    #[error("`asOf`: {0}")]
    AsOf(#[from] NotADay),
    /// The chart is about several patients.
    #[error("{0}")]
    SeveralPatients(#[from] SeveralPatients),
    /// The knowledge cannot be read.
    #[error("{0}")]
    Pack(#[from] PackError),
}

impl CallError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed-call",
            Self::AsOf(_) => "bad-as-of",
            Self::SeveralPatients(_) => "several-patients",
            Self::Pack(_) => "bad-pack",
        }
    }
}

/// What a pair of drugs would raise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct PairAnswer {
    /// The first code, as given.
    pub a: String,
    /// The second code, as given.
    pub b: String,
    /// The highest tier; `none` where both drugs are known and nothing is found; `unknown` where a drug is not known, or the
    /// knowledge says nothing about one of its ingredients.
    pub tier: String,
    /// Rules that see something, ordered.
    pub rules: Vec<String>,
}

/// The ingredients of a drug code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct ResolveAnswer {
    /// The code, as given.
    pub code: String,
    /// RxNorm concept ids and names of its ingredients; empty where the code is not known.
    pub ingredients: Vec<ResolvedIngredient>,
    /// How it was recognised, in words.
    pub recognised: Option<String>,
}

/// An ingredient of a drug code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct ResolvedIngredient {
    /// RxNorm concept id.
    pub rxcui: String,
    /// Name.
    pub name: String,
    /// Whether the knowledge says anything about it. Where not, it is recognised and not checked.
    pub covered: bool,
}

/// An answer, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub enum Answer {
    /// To `check`.
    Check(Box<CheckAnswer>),
    /// To `interactions`.
    Interactions {
        /// One for each pair, in the order of the call.
        pairs: Vec<PairAnswer>,
    },
    /// To `resolve`.
    Resolve {
        /// One for each code, in the order of the call.
        codes: Vec<ResolveAnswer>,
    },
    /// To `about`.
    About(Provenance),
    /// The call was not answered. Nothing was checked.
    Error {
        /// Stable code.
        code: String,
        /// What is wrong and what to do.
        message: String,
    },
}

impl Engine {
    /// An engine with the knowledge of a pack.
    ///
    /// # Errors
    /// [`PackError`] where the bytes are no pack, are damaged, or are of another version.
    pub fn new(pack: &[u8]) -> Result<Self, PackError> {
        Ok(Self { knowledge: Knowledge::load(pack)? })
    }

    /// An engine with the knowledge of a pack and the National Drug Codes of another.
    ///
    /// # Errors
    /// As [`Engine::new`] and [`Engine::add_ndc`].
    pub fn with_ndc(pack: &[u8], ndc: &[u8]) -> Result<Self, PackError> {
        let mut engine = Self::new(pack)?;
        engine.add_ndc(ndc)?;
        Ok(engine)
    }

    /// Adds the National Drug Codes of a pack of their own. Without them, a drug with no other code is not recognised, and
    /// every answer says so.
    ///
    /// # Errors
    /// [`PackError`] where the bytes are no such pack, are damaged, or belong to a pack with other drugs; the engine stays as
    /// it was.
    pub fn add_ndc(&mut self, ndc: &[u8]) -> Result<(), PackError> {
        self.knowledge.add_ndc(ndc)
    }

    /// The engine's knowledge.
    pub fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    /// Engine and knowledge that give the answers.
    pub fn provenance(&self) -> Provenance {
        let about = &self.knowledge.pack().about;
        Provenance {
            engine: VERSION.to_owned(),
            pack: about.name.clone(),
            pack_version: about.version.clone(),
            pack_revised: about.revised.clone(),
            pack_sha256: self.knowledge.sha256().to_owned(),
            ndc_sha256: self.knowledge.ndc_sha256().map(str::to_owned),
        }
    }

    /// Answers a call that is JSON, with JSON. Never fails: a call that cannot be answered gets an `error` answer, which says
    /// that nothing was checked.
    pub fn answer_json(&self, call: &[u8]) -> Vec<u8> {
        let answer = self.answer(call).unwrap_or_else(|error| Answer::Error {
            code: error.code().to_owned(),
            message: format!("{error}. Nothing was checked"),
        });
        serde_json::to_vec(&answer).unwrap_or_else(|_| {
            br#"{"answer":"error","code":"internal","message":"the answer cannot be written. Nothing was checked"}"#
                .to_vec()
        })
    }

    /// Answers a call that is JSON.
    ///
    /// # Errors
    /// [`CallError`] says why the call cannot be answered.
    pub fn answer(&self, call: &[u8]) -> Result<Answer, CallError> {
        let malformed = |error: serde_json::Error| CallError::Malformed(plain(&error));
        let text = std::str::from_utf8(call).map_err(|_| CallError::Malformed("it is not UTF-8".to_owned()))?;
        let CallKind { call } = serde_json::from_str(text).map_err(malformed)?;
        match call.as_ref() {
            "check" => self.check_call(&serde_json::from_str(text).map_err(malformed)?),
            "interactions" => {
                let call: InteractionsCall<'_> = serde_json::from_str(text).map_err(malformed)?;
                Ok(Answer::Interactions { pairs: call.drugs.iter().map(|[a, b]| self.pair(a, b)).collect() })
            }
            "resolve" => {
                let call: ResolveCall<'_> = serde_json::from_str(text).map_err(malformed)?;
                Ok(Answer::Resolve { codes: call.codes.iter().map(|code| self.resolve(code)).collect() })
            }
            "about" => Ok(Answer::About(self.provenance())),
            _ => Err(CallError::Malformed("`call` is none of `check`, `interactions`, `resolve`, `about`".to_owned())),
        }
    }

    fn check_call(&self, call: &CheckCall<'_>) -> Result<Answer, CallError> {
        let chart_names: Vec<String> = (0..call.charts.len()).map(|position| format!("charts[{position}]")).collect();
        let draft = call.draft.as_deref().unwrap_or_default();
        let draft_names: Vec<String> = (0..draft.len()).map(|position| format!("draft[{position}]")).collect();
        let charts = documents(&chart_names, &call.charts);
        let draft = documents(&draft_names, draft);
        let options = CheckOptions {
            as_of: call.as_of.parse()?,
            policy: call.policy.clone().unwrap_or_default(),
            patient: call.patient.clone(),
        };
        Ok(Answer::Check(Box::new(self.check(&charts, &draft, &options)?)))
    }

    /// Checks one patient's chart, and the orders that are being written.
    ///
    /// # Errors
    /// [`SeveralPatients`] where the chart is about more than one patient and none is named. Everything else that is wrong
    /// is in the answer.
    pub fn check(
        &self,
        chart: &[Document<'_>],
        draft: &[Document<'_>],
        options: &CheckOptions<'_>,
    ) -> Result<CheckAnswer, SeveralPatients> {
        let documents = Documents::decode(chart, draft);
        let mut chart = crate::chart::read(&documents, options.patient.as_deref())?;
        let mut facts = facts::facts(&mut chart, options.as_of, &options.policy, &self.knowledge);
        let deceased = chart.patient.deceased;
        if chart.is_empty() && facts.not_evaluated.is_empty() {
            facts.not_evaluated.push(nothing_read());
        }
        if deceased {
            died(&mut facts);
        }
        limit(&mut facts.medications, &mut facts.not_evaluated);
        let exposures = Exposures::of(&facts.medications, &self.knowledge);
        let checked = self.checked(&facts, exposures.pairs());
        let renewals = checks::possible_renewals(&exposures, &self.knowledge);
        let mut found = checks::all(&facts, &exposures, options.as_of, &self.knowledge);
        let faults = options.policy.faults(&self.knowledge);
        let changes = options.policy.changes_on(options.as_of, &faults);
        let off = checks::apply_site_policy(&mut found.hits, &changes, &self.knowledge);
        let reporting = report::Reporting {
            facts: &facts,
            exposures: &exposures,
            policy: &options.policy,
            as_of: options.as_of,
            knowledge: &self.knowledge,
        };
        let switched_off = report::switched_off(&off, &reporting);
        let alerts = report::alerts(found.hits, &reporting);
        let undecided = report::undecided(&found.undecided, &facts, &self.knowledge);
        facts.notices.extend(renewals);
        facts.notices.extend(policy_notice(&faults));
        facts.notices.sort_by(|a, b| a.code.cmp(&b.code));
        let mut not_evaluated = facts.not_evaluated;
        not_evaluated.sort_by(|a, b| {
            (&a.subject, &a.resource, &a.reason, &a.text).cmp(&(&b.subject, &b.resource, &b.reason, &b.text))
        });
        not_evaluated.dedup();
        Ok(CheckAnswer {
            as_of: options.as_of.to_string(),
            provenance: self.provenance(),
            patient: patient(&chart.patient, options.as_of),
            summary: report::summary(&alerts, &checked, &not_evaluated, (&undecided, &switched_off), deceased),
            complete: not_evaluated.is_empty(),
            alerts,
            notices: facts.notices,
            not_evaluated,
            undecided,
            switched_off,
            checked,
            issues: chart.issues.into_sorted(),
        })
    }

    /// What two drugs would raise if one patient took both: codes as [`recognise_code`] takes them.
    pub fn pair(&self, a: &str, b: &str) -> PairAnswer {
        let answer = |tier: &str, rules: Vec<String>| PairAnswer {
            a: a.to_owned(),
            b: b.to_owned(),
            tier: tier.to_owned(),
            rules,
        };
        let (Some(first), Some(second)) = (recognise_code(a, &self.knowledge), recognise_code(b, &self.knowledge))
        else {
            return answer("unknown", Vec::new());
        };
        let fact = |ingredients: &[IngredientId], product: &str| MedicationFact {
            sources: Vec::new(),
            kind: crate::chart::MedicationKind::Request,
            ingredients: ingredients.to_vec(),
            product: product.to_owned(),
            how: String::new(),
            state: State::Active,
            says: String::new(),
            routes: Vec::new(),
            dosing: Vec::new(),
            begun: None,
            lasts_days: None,
            as_needed: false,
        };
        let facts = facts::Facts {
            medications: vec![fact(&first.ingredients, &first.product), fact(&second.ingredients, &second.product)],
            ..facts::Facts::default()
        };
        // No rule between two drugs needs a day where nothing is known of the patient.
        let hits = checks::pairwise(&facts, AsOf(jiff::civil::Date::ZERO), &self.knowledge);
        let mut rules: Vec<String> = hits.iter().filter_map(|hit| report::rule_id(hit, &self.knowledge)).collect();
        rules.sort();
        rules.dedup();
        let covered = first
            .ingredients
            .iter()
            .chain(&second.ingredients)
            .all(|ingredient| self.knowledge.is_covered(*ingredient));
        match hits.iter().map(|hit| hit.tier).max() {
            Some(tier) => answer(Tier::name(tier), rules),
            None if covered => answer("none", rules),
            None => answer("unknown", rules),
        }
    }

    /// The ingredients of a drug code.
    pub fn resolve(&self, code: &str) -> ResolveAnswer {
        let recognised = recognise_code(code, &self.knowledge);
        let ingredients =
            recognised.iter().flat_map(|recognised| &recognised.ingredients).map(|ingredient| ResolvedIngredient {
                rxcui: self.knowledge.rxcui(*ingredient).to_string(),
                name: self.knowledge.name(*ingredient).to_owned(),
                covered: self.knowledge.is_covered(*ingredient),
            });
        ResolveAnswer {
            code: code.to_owned(),
            ingredients: ingredients.collect(),
            recognised: recognised.as_ref().map(|known| known.how.clone()),
        }
    }

    fn checked(&self, facts: &facts::Facts, pairs: u32) -> Checked {
        let mut drugs: Vec<CheckedDrug> = facts
            .medications
            .iter()
            .filter(|fact| fact.state != State::Ended)
            .map(|fact| CheckedDrug {
                ingredients: fact
                    .ingredients
                    .iter()
                    .map(|id| report::drug(*id, fact.state == State::Draft, &self.knowledge))
                    .collect(),
                recognised: fact.how.clone(),
                state: fact.state.name().to_owned(),
                routes: fact.routes.iter().map(|route| route.name().to_owned()).collect(),
                resources: fact.sources.clone(),
            })
            .collect();
        let name =
            |drug: &CheckedDrug| drug.ingredients.iter().map(|ingredient| ingredient.name.clone()).collect::<Vec<_>>();
        drugs.sort_by_cached_key(|drug| (name(drug), drug.resources.clone(), drug.state.clone()));
        let mut allergies: Vec<_> = facts.allergies.iter().map(facts::AllergyFact::checked).collect();
        allergies.sort_by(|a, b| (&a.allergen, &a.resources).cmp(&(&b.allergen, &b.resources)));
        Checked { drugs, allergies, pairs }
    }
}

fn documents<'a>(names: &'a [String], values: &[&'a RawValue]) -> Vec<Document<'a>> {
    names.iter().zip(values).map(|(name, value)| Document::new(name, value.get().as_bytes())).collect()
}

/// serde's message without the type names that mean nothing to a caller.
fn plain(error: &serde_json::Error) -> String {
    let category = match error.classify() {
        serde_json::error::Category::Eof => "the JSON ends too early",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "it is not JSON",
        serde_json::error::Category::Data => {
            "a field lacks, is not known, or is of the wrong type; see the schema of the call"
        }
    };
    format!("{category} (line {}, column {})", error.line(), error.column())
}

/// An input without a single resource of a patient is no chart in which nothing was found.
fn nothing_read() -> NotEvaluated {
    NotEvaluated {
        subject: "everything".to_owned(),
        reason: "nothing-read".to_owned(),
        resource: "chart".to_owned(),
        named: None,
        text: "the input holds no FHIR resource of a patient, so nothing was checked; pass a patient's chart"
            .to_owned(),
    }
}

/// Says which changes of the site's policy were not applied.
fn policy_notice(faults: &[facts::PolicyFault]) -> Option<Notice> {
    let changes: Vec<String> = faults
        .iter()
        .filter(|fault| fault.fatal)
        .filter_map(|fault| Some(format!("change {}: {}", fault.change?.saturating_add(1), fault.text)))
        .collect();
    let unnamed = faults.iter().any(|fault| fault.fatal && fault.change.is_none());
    let mut texts = Vec::new();
    if unnamed {
        texts.push("This answer was given under a policy that differs from the defaults, and nobody is named who answers for it: what interrupts and how old an order may be were the policy's.".to_owned());
    }
    if !changes.is_empty() {
        texts
            .push(format!("The site's policy has faults, and these changes were not applied: {}.", changes.join("; ")));
    }
    (!texts.is_empty()).then(|| Notice {
        code: "site-policy".to_owned(),
        text: format!("{} Run `cds policy check`.", texts.join(" ")),
        facts: Vec::new(),
    })
}

/// For a patient who has died, nothing is checked, and the answer says so.
fn died(facts: &mut facts::Facts) {
    facts.medications.clear();
    facts.allergies.clear();
    facts.unknown_conditions.clear();
    facts.not_evaluated.clear();
    facts.not_evaluated.push(NotEvaluated {
        subject: "everything".to_owned(),
        reason: "deceased".to_owned(),
        resource: "Patient".to_owned(),
        named: None,
        text: "the chart says that the patient has died; no check was run".to_owned(),
    });
    let text =
        "The chart says that this patient has died. Nothing was checked. If that is wrong, correct the Patient record.";
    facts.notices = vec![Notice { code: "deceased".to_owned(), text: text.to_owned(), facts: Vec::new() }];
}

/// Bounds the work on a chart that is no chart of one patient. The drafts are kept, and what is left out is said.
fn limit(medications: &mut Vec<MedicationFact>, not_evaluated: &mut Vec<NotEvaluated>) {
    let mut ingredients = std::collections::BTreeSet::new();
    let drafts_first = medications
        .iter()
        .filter(|fact| fact.state == State::Draft)
        .chain(medications.iter().filter(|fact| fact.state != State::Draft));
    for fact in drafts_first.filter(|fact| fact.counts()) {
        for ingredient in &fact.ingredients {
            if ingredients.len() < MOST_INGREDIENTS {
                ingredients.insert(*ingredient);
            }
        }
    }
    medications.retain(|fact| {
        let kept = !fact.counts() || fact.ingredients.iter().all(|ingredient| ingredients.contains(ingredient));
        if !kept {
            not_evaluated.push(NotEvaluated {
                subject: "drug".to_owned(),
                reason: "too-many".to_owned(),
                resource: fact.sources.first().cloned().unwrap_or_default(),
                named: None,
                text: format!("the chart holds more than {MOST_INGREDIENTS} different active ingredients; this one was not checked"),
            });
        }
        kept
    });
}

fn patient(patient: &crate::chart::Patient, as_of: AsOf) -> PatientSummary {
    let age_on = |birth: jiff::civil::Date| {
        let AsOf(day) = as_of;
        let had_birthday = (day.month(), day.day()) >= (birth.month(), birth.day());
        u16::try_from(
            i32::from(day.year()).saturating_sub(i32::from(birth.year())).saturating_sub(i32::from(!had_birthday)),
        )
        .ok()
    };
    PatientSummary {
        resources: patient.resources.clone(),
        birth_date: patient.birth_date.map(|date| date.to_string()),
        age_years: patient.birth_date.and_then(|date| {
            let (oldest, youngest) = (age_on(date.earliest())?, age_on(date.latest())?);
            (oldest == youngest).then_some(oldest)
        }),
        gender: patient.gender.clone(),
        deceased: patient.deceased,
    }
}
