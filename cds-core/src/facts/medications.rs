//! Which drugs a patient is on, on a day: statuses, periods and supply decide, and stale orders are set apart.

use jiff::civil::Date;

use super::dosing::{Dosing, dosing};
use super::drugs::{Unrecognised, recognise};
use super::{AsOf, Facts, Policy};
use crate::chart::{Chart, Issues, MedicationKind, MedicationRecord, When};
use crate::knowledge::{DosePer, DoseUnit, IngredientId, Knowledge, Route};
use crate::report::{Fact, NotEvaluated, Notice};

/// Whether a drug takes part in the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The patient is on it.
    Active,
    /// It is being ordered.
    Draft,
    /// It is called active, but its supply, its period or its order ended long ago.
    Stale,
    /// It is paused.
    OnHold,
    /// It is planned for later, or was drafted and never ordered.
    NotStarted,
    /// It was stopped or completed, was never given, or is not to be given.
    Ended,
}

impl State {
    /// The state's name as it stands in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Draft => "draft",
            Self::Stale => "stale",
            Self::OnHold => "on-hold",
            Self::NotStarted => "not-started",
            Self::Ended => "ended",
        }
    }
}

/// A drug that was recognised, and whether the patient is on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MedicationFact {
    /// The resources that say so, ordered.
    pub sources: Vec<String>,
    /// What kind of resource says so.
    pub kind: MedicationKind,
    /// Ingredients, ascending.
    pub ingredients: Vec<IngredientId>,
    /// Identifies the product, see [`super::Recognised::product`].
    pub product: String,
    /// How it was recognised, in words.
    pub how: String,
    /// Whether it takes part in the checks.
    pub state: State,
    /// What the resources say, in coded terms.
    pub says: String,
    /// How it is given, ascending; empty where nothing says so.
    pub routes: Vec<Route>,
    /// How much of each ingredient, where that is known.
    pub dosing: Vec<Dosing>,
    /// The day on which it was begun or written; of a partial date the last that it may mean.
    pub begun: Option<Date>,
    /// Days for which it is to be taken.
    pub lasts_days: Option<u32>,
    /// Whether every instruction says that it is taken as needed.
    pub as_needed: bool,
}

impl MedicationFact {
    /// Whether it takes part in the checks.
    pub fn counts(&self) -> bool {
        matches!(self.state, State::Active | State::Draft)
    }

    /// Whether an ingredient acts where it is put, so that little of it reaches the rest of the body. What is not known does not
    /// count.
    pub fn is_local(&self, ingredient: IngredientId, knowledge: &Knowledge) -> bool {
        let systemic = &knowledge.ingredient(ingredient).systemic_by;
        !self.routes.is_empty() && self.routes.iter().all(|route| route.is_local() && !systemic.contains(route))
    }

    /// What the resources say, for the facts of an alert.
    pub fn facts(&self) -> impl Iterator<Item = Fact> + '_ {
        self.sources.iter().map(|resource| Fact { resource: resource.clone(), says: self.says.clone() })
    }
}

/// Finds the drugs of a chart and of the drafts on a day.
pub fn medication_facts(chart: &mut Chart<'_>, as_of: AsOf, policy: &Policy, knowledge: &Knowledge, facts: &mut Facts) {
    let records = std::mem::take(&mut chart.medications);
    let drafts = std::mem::take(&mut chart.drafts);
    for record in &records {
        let state = state(record, as_of, policy, &mut chart.issues);
        add(record, state, knowledge, &mut chart.issues, facts);
    }
    for record in &drafts {
        let state = if record.is_order() { State::Draft } else { State::Ended };
        add(record, state, knowledge, &mut chart.issues, facts);
    }
    if chart.draft_given && !drafts.iter().any(MedicationRecord::is_order) {
        facts.not_evaluated.push(NotEvaluated {
            subject: "draft".to_owned(),
            reason: "no-order".to_owned(),
            resource: "draft".to_owned(),
            named: None,
            text: "the draft holds no order of a drug that could be read, so no order was checked; pass a MedicationRequest".to_owned(),
        });
    }
    notices(facts, knowledge);
    chart.medications = records;
    chart.drafts = drafts;
}

/// Whether a record means that the patient is on the drug.
fn state(record: &MedicationRecord<'_>, as_of: AsOf, policy: &Policy, issues: &mut Issues) -> State {
    if record.do_not_perform || matches!(record.intent.as_deref(), Some("proposal" | "option")) {
        return State::Ended;
    }
    match (record.kind, record.status.as_deref()) {
        (_, Some("stopped" | "cancelled" | "not-taken" | "not-done" | "declined")) => State::Ended,
        (MedicationKind::Request | MedicationKind::Statement, Some("completed")) => State::Ended,
        (_, Some("on-hold")) => State::OnHold,
        (MedicationKind::Request, Some("draft")) => State::NotStarted,
        (MedicationKind::Dispense, Some("completed" | "in-progress" | "preparation")) => {
            recent(record, as_of, policy.dispensed_days, policy)
        }
        (MedicationKind::Administration, Some("completed")) => recent(record, as_of, policy.administered_days, policy),
        (MedicationKind::Administration, Some("in-progress"))
        | (MedicationKind::Request, Some("active"))
        | (MedicationKind::Statement, Some("active" | "intended")) => current(record, as_of, policy),
        _ => {
            let label = record.sources.first().map_or("", String::as_str);
            let text = "nothing that FHIR knows says whether this is active; it was checked as if it were";
            issues.warning("unknown-status", label, Some("status"), text);
            current(record, as_of, policy)
        }
    }
}

/// An order or statement that is called active: is it still?
fn current(record: &MedicationRecord<'_>, as_of: AsOf, policy: &Policy) -> State {
    let AsOf(day) = as_of;
    let begun = record.written.or(record.start);
    if begun.is_some_and(|begun| begun.earliest() > day) {
        return State::NotStarted;
    }
    let older_than = |end: Date, days: u16| days_since(end, day).is_some_and(|since| since > i64::from(days));
    if let Some(end) = record.end {
        return if older_than(end.latest(), policy.stale_after_end_days) { State::Stale } else { State::Active };
    }
    let supplied_until = record.supply_days.and_then(|days| {
        let from = record.written.or(record.start)?;
        from.latest().checked_add(jiff::SignedDuration::from_hours(i64::from(days).saturating_mul(24))).ok()
    });
    let lasts_until = record.valid_until.map(|until| until.latest()).max(supplied_until);
    let stale = match (lasts_until, begun) {
        (Some(until), _) => older_than(until, policy.stale_after_supply_days),
        (None, Some(begun)) => older_than(begun.latest(), policy.stale_without_end_days),
        (None, None) => false,
    };
    if stale { State::Stale } else { State::Active }
}

/// A drug that was handed out or given: is it still in use?
fn recent(record: &MedicationRecord<'_>, as_of: AsOf, lasts_days: u16, policy: &Policy) -> State {
    let AsOf(day) = as_of;
    let Some(given) = record.end.or(record.written).or(record.start) else { return State::Active };
    if given.earliest() > day {
        return State::NotStarted;
    }
    let lasts = match record.supply_days {
        Some(days) => i64::from(days).saturating_add(i64::from(policy.stale_after_end_days)),
        None => i64::from(lasts_days),
    };
    let over = days_since(given.latest(), day).is_some_and(|since| since > lasts);
    if over { State::Ended } else { State::Active }
}

/// Days from one day to another; negative where the first is later.
fn days_since(from: Date, to: Date) -> Option<i64> {
    from.duration_until(to).as_hours().checked_div(24)
}

/// Adds a record as a fact, or as something that was not evaluated.
fn add(record: &MedicationRecord<'_>, state: State, knowledge: &Knowledge, issues: &mut Issues, facts: &mut Facts) {
    let resource = record.sources.first().cloned().unwrap_or_default();
    let named = record
        .drug
        .concept
        .as_ref()
        .or(record.drug.ingredients.first())
        .and_then(|concept| concept.words())
        .map(str::to_owned);
    let mut not_evaluated = |reason: &str, text: String| {
        let subject = "drug".to_owned();
        facts.not_evaluated.push(NotEvaluated {
            subject,
            reason: reason.to_owned(),
            resource: resource.clone(),
            named: named.clone(),
            text,
        });
    };
    let recognised = match recognise(&record.drug, knowledge) {
        Ok(recognised) => recognised,
        Err(_) if state == State::Ended => return,
        Err(why) => {
            let (reason, text) = unrecognised(why);
            not_evaluated(reason, text.to_owned());
            return;
        }
    };
    if recognised.codes_disagree {
        let text = "its codes or ingredients name different drugs; correct what is wrong. All of them were checked";
        issues.warning("codes-disagree", &resource, Some("medication[x]"), text);
    }
    let names = join(recognised.ingredients.iter().map(|ingredient| knowledge.name(*ingredient)));
    match state {
        State::Active | State::Draft => {
            if recognised.partly {
                not_evaluated(
                    "unknown-code",
                    format!("only {names} was recognised in it; look the other ingredients up by hand"),
                );
            }
            let uncovered: Vec<&str> = recognised
                .ingredients
                .iter()
                .filter(|ingredient| !knowledge.is_covered(**ingredient))
                .map(|ingredient| knowledge.name(*ingredient))
                .collect();
            if !uncovered.is_empty() {
                let names = join(uncovered.into_iter());
                let text = format!(
                    "{names} was recognised, but the knowledge pack says nothing about its interactions; look it up by hand"
                );
                not_evaluated("no-knowledge", text);
            }
        }
        State::Stale => {
            not_evaluated("stale", format!("the order of {names} is called active, but ended or was written long ago"))
        }
        State::OnHold => {
            not_evaluated("on-hold", format!("the order of {names} is on hold; check it again before it is resumed"))
        }
        State::NotStarted => not_evaluated(
            "not-started",
            format!("the order of {names} begins later or was only drafted; pass it as a draft to check it"),
        ),
        State::Ended => {}
    }
    let routes = super::routes::routes(record, &recognised, knowledge);
    let dosing = dosing(record, &recognised.ingredients, knowledge);
    let given = routes.iter().map(|route| format!(", {}", route.name())).collect::<String>();
    let dose = dosing.iter().map(|dosing| dose_words(dosing, recognised.ingredients.len() > 1, knowledge));
    let dose = dose.collect::<String>();
    let since = record.written.or(record.start).map(|when| format!(", {when}")).unwrap_or_default();
    let what = match record.kind {
        MedicationKind::Request => "order",
        MedicationKind::Statement => "statement",
        MedicationKind::Dispense => "dispense",
        MedicationKind::Administration => "administration",
    };
    facts.medications.push(MedicationFact {
        sources: record.sources.clone(),
        kind: record.kind,
        says: format!("{names}: {what} {}{given}{dose}{since}", state.name()),
        ingredients: recognised.ingredients,
        product: recognised.product,
        how: recognised.how,
        state,
        routes,
        dosing,
        begun: record.start.or(record.written).map(When::latest),
        lasts_days: lasts_days(record),
        as_needed: !record.dosages.is_empty() && record.dosages.iter().all(|dosage| dosage.as_needed),
    });
}

/// The dose as the facts of an alert name it.
fn dose_words(dosing: &Dosing, several: bool, knowledge: &Knowledge) -> String {
    let of = if several { format!(" of {}", knowledge.name(dosing.ingredient)) } else { String::new() };
    let unit = dosing.unit.name();
    let at_once = dosing.at_once.normalize();
    let per_day = dosing.over(DosePer::Day).map(|day| format!(", {} {unit} a day", day.round_dp(2).normalize()));
    match dosing.unit {
        DoseUnit::MicrogramPerHour => format!(", {at_once} {unit}{of}"),
        _ => format!(", {at_once} {unit}{of} at once{}", per_day.unwrap_or_default()),
    }
}

/// Days for which a record says that the drug is taken, the first and the last among them.
fn lasts_days(record: &MedicationRecord<'_>) -> Option<u32> {
    let begun = record.start.or(record.written);
    let by_dates = begun.zip(record.end).and_then(|(begun, end)| {
        let days = days_since(begun.earliest(), end.latest())?;
        u32::try_from(days).ok()?.checked_add(1)
    });
    record.lasts_days.or(by_dates).or(record.supply_days)
}

fn unrecognised(why: Unrecognised) -> (&'static str, &'static str) {
    match why {
        Unrecognised::NoCode => ("no-code", "no code and no name says which drug this is; it was not checked"),
        Unrecognised::UnknownCode => {
            ("unknown-code", "its code is not known to the knowledge pack; it was not checked. Look it up by hand")
        }
        Unrecognised::NdcNotLoaded => (
            "unknown-code",
            "its code is a National Drug Code, and these codes are not loaded; it was not checked. Load them, or look it up by hand",
        ),
        Unrecognised::UnknownName => {
            ("unknown-name", "it has no code, and its name is not known; it was not checked. Look it up by hand")
        }
        Unrecognised::UnresolvedReference => {
            ("unresolved-reference", "the Medication that it refers to is not in the chart; it was not checked")
        }
    }
}

/// What a person should tidy up, one notice for each kind.
fn notices(facts: &mut Facts, knowledge: &Knowledge) {
    let of_state = |state: State| facts.medications.iter().filter(move |fact| fact.state == state);
    let mut notices = Vec::new();
    for (state, code, what) in [
        (
            State::Stale,
            "stale-orders",
            "are still called active but ended or were written long ago; they were not checked. Stop or renew them",
        ),
        (State::OnHold, "on-hold-orders", "are on hold and were not checked. Check them again before they are resumed"),
    ] {
        let facts: Vec<Fact> = of_state(state).flat_map(MedicationFact::facts).collect();
        if !facts.is_empty() {
            let drugs = of_state(state).flat_map(|fact| &fact.ingredients);
            let mut drugs: Vec<&str> = drugs.map(|ingredient| knowledge.name(*ingredient)).collect();
            drugs.sort_unstable();
            drugs.dedup();
            let text = format!("Orders of {} {what}.", join(drugs.into_iter()));
            notices.push(Notice { code: code.to_owned(), text, facts });
        }
    }
    facts.notices.append(&mut notices);
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn join<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}
