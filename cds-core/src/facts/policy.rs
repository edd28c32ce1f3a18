//! The caller's arguments: the day, and a site's policy.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::chart::{Precision, When};
use crate::knowledge::Knowledge;
use crate::report::Tier;

/// The day that an answer is true for. It always comes from the caller.
///
/// ```
/// let day: cds_core::facts::AsOf = "2026-11-22".parse().unwrap();
/// assert_eq!(day.to_string(), "2026-11-22");
/// assert!("2026-11".parse::<cds_core::facts::AsOf>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AsOf(pub Date);

/// A text that is no whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a day; write it as `YYYY-MM-DD`")]
pub struct NotADay;

impl std::str::FromStr for AsOf {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let when: When = text.parse().map_err(|_| NotADay)?;
        let whole_day = when.precision() == Precision::Day && !text.contains('T');
        if whole_day { Ok(Self(when.earliest())) } else { Err(NotADay) }
    }
}

impl std::fmt::Display for AsOf {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// What a site decides for itself. Every value has a default; a chart cannot change one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Policy {
    /// The lowest tier that interrupts. Default: `major`.
    pub interrupt_from: Tier,
    /// Days after the last day of use from which an order that is still called active is stale. Default: 30.
    pub stale_after_end_days: u16,
    /// Days after the end of the supply or of the order's validity from which it is stale. Default: 90.
    pub stale_after_supply_days: u16,
    /// Days after which an order without any end is stale. Default: 730.
    pub stale_without_end_days: u16,
    /// Days that a dispensed supply of unknown size is taken to last. Default: 30.
    pub dispensed_days: u16,
    /// Days for which a drug that was given once still counts. Default: 2.
    pub administered_days: u16,
    /// Days that drugs must have been taken together for so that a renewal of one of them at no higher dose does not interrupt
    /// again. What is contraindicated always interrupts. Default: 90.
    pub tolerated_after_days: u16,
    /// Who answers for the values above, where they are not the defaults.
    pub approved: Option<Approval>,
    /// Rules whose tier the site changes, or that it switches off.
    pub changes: Vec<RuleChange>,
}

/// Who decided something, why and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Approval {
    /// A person's name.
    pub person: String,
    /// What this person does at the site.
    pub role: String,
    /// Why.
    pub reason: String,
    /// Since when, `YYYY-MM-DD`.
    pub on: String,
}

/// A site's change of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct RuleChange {
    /// The rule's id, as an alert's `reasons` give it.
    pub rule: String,
    /// Its tier at this site; without it the rule is switched off.
    pub tier: Option<Tier>,
    /// A person's name.
    pub person: String,
    /// What this person does at the site.
    pub role: String,
    /// Why.
    pub reason: String,
    /// Since when, `YYYY-MM-DD`.
    pub on: String,
    /// The last day on which it holds, `YYYY-MM-DD`.
    #[serde(default)]
    pub until: Option<String>,
}

/// What is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFault {
    /// Position among the changes; `None` for the policy as a whole.
    pub change: Option<usize>,
    /// Whether the change is left out; else it is only worth a look.
    pub fatal: bool,
    /// What is wrong and what to do.
    pub text: String,
}

/// Shortest reason that says something.
const SHORTEST_REASON: usize = 10;

impl Policy {
    /// What is wrong with it. A change with a fatal fault is not applied, and an answer says so.
    ///
    /// ```
    /// # use cds_core::facts::{Policy, RuleChange};
    /// # let engine = cds_core::Engine::new(cds_rules::PACK).unwrap();
    /// let policy: Policy = serde_json::from_str(r#"{ "changes": [{ "rule": "no-such-rule", "tier": "moderate",
    ///     "person": "A. Adams", "role": "pharmacist", "reason": "the clinic follows every patient", "on": "2026-11-01" }] }"#).unwrap();
    /// let faults = policy.faults(engine.knowledge());
    /// assert!(faults[0].text.contains("no rule `no-such-rule`"));
    /// ```
    pub fn faults(&self, knowledge: &Knowledge) -> Vec<PolicyFault> {
        let mut faults = Vec::new();
        let standard = Self { approved: None, changes: Vec::new(), ..self.clone() } == Self::default();
        match &self.approved {
            Some(approval) => {
                let problems = approval_problems(&approval.person, &approval.role, &approval.reason, &approval.on);
                faults.extend(problems.map(|text| PolicyFault { change: None, fatal: false, text }));
            }
            None if !standard => faults.push(PolicyFault {
                change: None,
                fatal: true,
                text: "`approved` is missing: name who answers for the values that are not the defaults".to_owned(),
            }),
            None => {}
        }
        let mut met = std::collections::BTreeSet::new();
        for (position, change) in self.changes.iter().enumerate() {
            let mut fault = |fatal, text| faults.push(PolicyFault { change: Some(position), fatal, text });
            for text in approval_problems(&change.person, &change.role, &change.reason, &change.on) {
                fault(true, text);
            }
            let days = (change.on.parse::<AsOf>(), change.until.as_deref().map(str::parse::<AsOf>));
            if let (Ok(on), Some(Ok(until))) = &days
                && until < on
            {
                fault(true, "`until` lies before `on`, so it would never hold".to_owned());
            }
            if matches!(days.1, Some(Err(_))) {
                fault(true, "`until` is no day; write it as `YYYY-MM-DD`".to_owned());
            }
            if !met.insert(change.rule.as_str()) {
                fault(true, format!("`{}` is changed twice; keep one of the changes", printable(&change.rule)));
            }
            match highest_tier(&change.rule, knowledge) {
                None => fault(
                    true,
                    format!(
                        "there is no rule `{}` in the knowledge pack; take the id from an alert's reasons",
                        printable(&change.rule)
                    ),
                ),
                Some(tier) if change.tier.is_none() && tier == Tier::Contraindicated => {
                    fault(
                        false,
                        format!(
                            "`{}` is contraindicated, and is switched off; lower its tier instead",
                            printable(&change.rule)
                        ),
                    );
                }
                Some(_) => {}
            }
        }
        faults
    }

    /// The changes that hold on a day, with their positions.
    pub(crate) fn changes_on(&self, as_of: AsOf, faults: &[PolicyFault]) -> Vec<(usize, &RuleChange)> {
        let holds = |change: &RuleChange| {
            let since: Result<AsOf, _> = change.on.parse();
            let until: Option<AsOf> = change.until.as_deref().and_then(|until| until.parse().ok());
            since.is_ok_and(|since| since <= as_of) && until.is_none_or(|until| as_of <= until)
        };
        let sound = |position| !faults.iter().any(|fault| fault.fatal && fault.change == Some(position));
        self.changes.iter().enumerate().filter(|(position, change)| sound(*position) && holds(change)).collect()
    }
}

/// What is wrong with who decided something, why and when.
fn approval_problems(person: &str, role: &str, reason: &str, on: &str) -> impl Iterator<Item = String> + use<> {
    let missing = [("person", person, 3), ("role", role, 3), ("reason", reason, SHORTEST_REASON)];
    let missing = missing.map(|(field, text, least)| {
        (text.trim().chars().count() < least)
            .then(|| format!("`{field}` says nothing; a change needs a named person and a reason"))
    });
    let day = on.parse::<AsOf>().is_err().then(|| "`on` is no day; write it as `YYYY-MM-DD`".to_owned());
    missing.into_iter().flatten().chain(day)
}

/// A rule's id, unless it is none: what stands in a policy file is not repeated at length.
fn printable(id: &str) -> String {
    id.chars().filter(|character| character.is_ascii_alphanumeric() || *character == '-').take(80).collect()
}

/// The highest tier that a rule's table gives; `None` where there is no such rule.
pub(crate) fn highest_tier(id: &str, knowledge: &Knowledge) -> Option<Tier> {
    let group = id.strip_prefix("allergy-").and_then(|rest| {
        let of = |id: &str| knowledge.pack().allergens.iter().find(|group| group.id == id);
        let cross =
            rest.strip_suffix("-cross").and_then(of).map(|group| group.cross.iter().map(|cross| cross.tier).max());
        cross.unwrap_or_else(|| of(rest).map(|group| group.tier))
    });
    group.or_else(|| {
        let rules = &knowledge.pack().rules;
        let position = rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok()?;
        rules.get(position)?.test.tiers().into_iter().max()
    })
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            interrupt_from: Tier::Major,
            stale_after_end_days: 30,
            stale_after_supply_days: 90,
            stale_without_end_days: 730,
            dispensed_days: 30,
            administered_days: 2,
            tolerated_after_days: 90,
            approved: None,
            changes: Vec::new(),
        }
    }
}
