//! `cargo xtask alerts` and `cargo xtask pairs`: how often the knowledge speaks, for people who judge whether it should.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cds_core::chart::Document;
use cds_core::report::{AlertKind, CheckAnswer, Tier};
use cds_core::{CheckOptions, Engine};
use jiff::civil::Date;
use serde_json::Value;

use crate::Failure;
use crate::bytes::collect;

/// Ingredients that are prescribed most.
const COMMON_DRUGS: &str = include_str!("common_drugs.txt");

/// Days for which an order of a finished chart is taken to have been active, in a replay.
const REPLAYED_DAYS: i64 = 180;

/// Alerts per 100 orders over a folder of charts (one Bundle a patient, or bulk NDJSON). Each order is replayed on its day: it is
/// the draft, and the orders of the half year before it are the active ones, whatever became of them since.
pub(crate) fn alerts(folder: &Path) -> Result<(), Failure> {
    let engine = Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK)?;
    let mut tally = Tally::default();
    for resources in patients(folder)?.values() {
        let orders: Vec<(usize, Date)> = resources
            .iter()
            .enumerate()
            .filter(|(_, resource)| kind(resource) == "MedicationRequest")
            .filter_map(|(position, order)| Some((position, written(order)?)))
            .collect();
        for (position, day) in &orders {
            replay(resources, &orders, *position, *day, &engine, &mut tally);
        }
    }
    tally.print(folder);
    Ok(())
}

fn replay(resources: &[Value], orders: &[(usize, Date)], draft: usize, day: Date, engine: &Engine, tally: &mut Tally) {
    let days = |from: Date| from.duration_until(day).as_hours().checked_div(24).unwrap_or(-1);
    let mut chart = Vec::new();
    let mut ordered = Vec::new();
    for (position, resource) in resources.iter().enumerate() {
        let own = orders.iter().find(|(order, _)| *order == position);
        match (kind(resource), own) {
            ("MedicationRequest", Some((_, written))) => {
                let mut order = resource.clone();
                if let Some(fields) = order.as_object_mut() {
                    fields.insert("status".to_owned(), "active".into());
                }
                if position == draft {
                    ordered.push(order);
                } else if (0..=REPLAYED_DAYS).contains(&days(*written)) {
                    chart.push(order);
                }
            }
            // What was handed out or given repeats the orders, and whoever died had not died yet.
            ("MedicationRequest" | "MedicationDispense" | "MedicationAdministration" | "MedicationStatement", _) => {}
            ("Patient", _) => {
                let mut patient = resource.clone();
                if let Some(fields) = patient.as_object_mut() {
                    fields.remove("deceasedDateTime");
                    fields.remove("deceasedBoolean");
                }
                chart.push(patient);
            }
            _ => chart.push(resource.clone()),
        }
    }
    let (chart, ordered) = (Value::Array(chart).to_string(), Value::Array(ordered).to_string());
    let options = CheckOptions::on(cds_core::facts::AsOf(day));
    let answer = engine.check(
        &[Document::new("chart", chart.as_bytes())],
        &[Document::new("draft", ordered.as_bytes())],
        &options,
    );
    if let Ok(answer) = answer {
        tally.add(&answer);
    }
}

/// What was counted.
#[derive(Debug, Default)]
struct Tally {
    orders: usize,
    active: usize,
    complete: usize,
    undecided: usize,
    interrupting: usize,
    by_tier: BTreeMap<(bool, Tier), usize>,
    by_rule: BTreeMap<(String, String, Tier, bool), usize>,
}

fn count<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K) {
    let number = counts.entry(key).or_default();
    *number = number.saturating_add(1);
}

impl Tally {
    fn add(&mut self, answer: &CheckAnswer) {
        self.orders = self.orders.saturating_add(1);
        let active = answer.checked.drugs.iter().filter(|drug| drug.state == "active").count();
        self.active = self.active.saturating_add(active);
        self.complete = self.complete.saturating_add(usize::from(answer.complete));
        self.undecided =
            self.undecided.saturating_add(answer.undecided.iter().filter(|open| open.involves_draft).count());
        for alert in answer.alerts.iter().filter(|alert| alert.involves_draft) {
            let quiet = matches!(alert.kind, AlertKind::Monitoring | AlertKind::Food);
            self.interrupting = self.interrupting.saturating_add(usize::from(alert.interrupts));
            count(&mut self.by_tier, (quiet, alert.tier));
            let rule = alert.reasons.first().map_or("", |reason| reason.rule.as_str());
            let drugs: Vec<&str> = alert.drugs.iter().map(|drug| drug.name.as_str()).collect();
            count(&mut self.by_rule, (rule.to_owned(), drugs.join(" + "), alert.tier, alert.interrupts));
        }
    }

    fn print(self, folder: &Path) {
        println!(
            "{}: {} orders replayed beside {:.1} active ones each; {} complete, {:.1} open questions an order",
            folder.display(),
            self.orders,
            ratio(self.active, self.orders),
            self.complete,
            ratio(self.undecided, self.orders)
        );
        let per_hundred = |number| 100.0 * ratio(number, self.orders);
        println!(
            "  {:>37} {:>5}  {:>7.1} per 100 orders",
            "interrupting",
            self.interrupting,
            per_hundred(self.interrupting)
        );
        for ((quiet, tier), number) in self.by_tier.iter().rev() {
            let kind = if *quiet { "tests due and food" } else { "alerts" };
            println!("  {:<16} {kind:>20} {number:>5}  {:>7.1} per 100 orders", tier.name(), per_hundred(*number));
        }
        let mut frequent: Vec<_> = self.by_rule.into_iter().collect();
        frequent.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        for ((rule, drugs, tier, interrupts), number) in frequent.into_iter().take(25) {
            let interrupts = if interrupts { ", interrupts" } else { "" };
            println!("  {number:>4} x {rule} ({}{interrupts}): {drugs}", tier.name());
        }
    }
}

/// The resources of each patient; a Bundle is one patient's.
fn patients(folder: &Path) -> Result<BTreeMap<String, Vec<Value>>, Failure> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    let mut patients: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for path in &files {
        let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
        let ndjson = path.extension().is_some_and(|extension| extension == "ndjson");
        let documents: Vec<Value> = if ndjson {
            text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
        } else {
            serde_json::from_str(&text).into_iter().collect()
        };
        for document in documents {
            match document.get("entry").and_then(Value::as_array) {
                Some(entries) => {
                    let resources = entries.iter().filter_map(|entry| entry.get("resource")).cloned();
                    patients.entry(path.display().to_string()).or_default().extend(resources);
                }
                None => patients.entry(subject(&document)).or_default().push(document),
            }
        }
    }
    Ok(patients)
}

fn kind(resource: &Value) -> &str {
    resource.get("resourceType").and_then(Value::as_str).unwrap_or("")
}

fn written(order: &Value) -> Option<Date> {
    order.get("authoredOn")?.as_str()?.get(..10)?.parse().ok()
}

#[allow(clippy::cast_precision_loss, reason = "counts of a report")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn subject(resource: &Value) -> String {
    let reference = |name: &str| resource.get(name)?.get("reference")?.as_str().map(str::to_owned);
    let id = || Some(format!("Patient/{}", resource.get("id")?.as_str()?));
    let is_patient = kind(resource) == "Patient";
    let found = if is_patient { id() } else { reference("subject").or_else(|| reference("patient")) };
    found.unwrap_or_default()
}

/// Random pairs of the commonest drugs: what fires, and samples of both kinds to judge.
pub(crate) fn pairs(count: usize, sample: usize, seed: u64) -> Result<(), Failure> {
    let engine = Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK)?;
    let knowledge = engine.knowledge();
    let names: Vec<&str> = COMMON_DRUGS.lines().filter(|line| !line.starts_with('#')).collect();
    let codes: Vec<(String, String)> = names
        .iter()
        .filter_map(|name| {
            let ingredients = &knowledge.pack().drugs.ingredients;
            let found = ingredients.iter().find(|ingredient| ingredient.name.eq_ignore_ascii_case(name))?;
            Some(((*name).to_owned(), found.rxcui.to_string()))
        })
        .collect();
    println!("{} of {} drugs known", codes.len(), names.len());
    let mut state = seed | 1;
    let mut random = |most: usize| {
        // xorshift64*: the same seed gives the same pairs everywhere.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        let high = state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap_or(0).checked_rem(most).unwrap_or(0)
    };
    let mut chosen: BTreeSet<(usize, usize)> = BTreeSet::new();
    let all = codes.len().saturating_mul(codes.len().saturating_sub(1)) / 2;
    while chosen.len() < count.min(all) {
        let (a, b) = (random(codes.len()), random(codes.len()));
        if a != b {
            chosen.insert((a.min(b), a.max(b)));
        }
    }
    let mut tiers: BTreeMap<String, usize> = BTreeMap::new();
    let (mut firing, mut silent) = (Vec::new(), Vec::new());
    for (a, b) in chosen {
        let (Some((name_a, code_a)), Some((name_b, code_b))) = (codes.get(a), codes.get(b)) else { continue };
        let answer = engine.pair(code_a, code_b);
        let number = tiers.entry(answer.tier.clone()).or_default();
        *number = number.saturating_add(1);
        let line = format!("{name_a} + {name_b}: {} {}", answer.tier, answer.rules.join(" "));
        if matches!(answer.tier.as_str(), "none" | "unknown") { silent.push(line) } else { firing.push(line) }
    }
    for (tier, number) in &tiers {
        println!("  {tier:<16}{number:>6}  {:>5.1} %", 100.0 * ratio(*number, count));
    }
    for (name, lines) in [("firing", firing), ("silent", silent)] {
        println!("{name}, {sample} of {}:", lines.len());
        let mut shown: BTreeSet<usize> = BTreeSet::new();
        while shown.len() < sample.min(lines.len()) {
            shown.insert(random(lines.len()));
        }
        for position in shown {
            println!("  {}", lines.get(position).map_or("", String::as_str));
        }
    }
    Ok(())
}
