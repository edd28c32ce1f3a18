//! Deciding what rules say of a patient: each phrase holds, fails, or cannot be decided, and then it says what is missing.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Exposures;
use crate::chart::Bound;
use crate::facts::{AsOf, Dosing, Facts, MedicationFact, State, days_between, newest};
use crate::knowledge::{
    Clause, Comparison, Context, Direction, DoseAmount, DosePer, DoseUnit, IngredientId, Knowledge, Literal, Phrase,
    Route, Selector, Sex, Subject,
};
use crate::report::Tier;

/// How old a weight may be for a dose by weight, in days.
const WEIGHT_WITHIN_DAYS: u16 = 365;

/// Ages at which a woman may be pregnant, in years.
const PREGNANCY_AGES: (u16, u16) = (11, 55);

/// A fact that a decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ground {
    /// A value: measurement and position among its values.
    Measured(u16, usize),
    /// Position among the conditions.
    Condition(usize),
    /// Position among the drugs.
    Medication(usize),
    /// The Patient.
    Person,
}

/// What the chart lacks for a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Missing {
    /// A value of a measurement within so many days.
    Measurement(u16, u16),
    /// Two values of one day say different things.
    Disagreement(u16),
    /// The date of birth, or one precise enough.
    Age,
    /// The sex.
    Sex,
    /// Whether the patient is pregnant.
    Pregnancy,
    /// When a drug was begun.
    Start(IngredientId),
    /// For how long a drug is to be taken.
    Duration(IngredientId),
    /// How a drug is given.
    Route(IngredientId),
    /// How much of a drug is given.
    Dose(IngredientId),
}

/// Whether something holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It holds, because of these facts.
    Holds(BTreeSet<Ground>),
    /// It does not.
    Fails,
    /// The chart does not decide it, for lack of these.
    Unknown(BTreeSet<Missing>),
}

impl Verdict {
    fn known(holds: bool, grounds: impl IntoIterator<Item = Ground>) -> Self {
        if holds { Self::Holds(grounds.into_iter().collect()) } else { Self::Fails }
    }

    fn unknown(missing: Missing) -> Self {
        Self::Unknown(BTreeSet::from([missing]))
    }
}

/// The drugs that a rule is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subjects<'s> {
    /// On the first side, or all.
    pub a: &'s BTreeSet<IngredientId>,
    /// On the second side.
    pub b: &'s BTreeSet<IngredientId>,
}

/// What contexts make of a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Adjusted {
    pub tier: Tier,
    /// The context that decided.
    pub by: Option<u16>,
    pub grounds: BTreeSet<Ground>,
    pub missing: BTreeSet<Missing>,
}

/// Decides phrases for one patient on a day.
pub(crate) struct Judge<'f> {
    pub facts: &'f Facts,
    pub exposures: &'f Exposures<'f>,
    pub knowledge: &'f Knowledge,
    pub as_of: AsOf,
}

impl Judge<'_> {
    /// The tier that the first context that holds gives. A lowering context is not taken while an earlier raising one cannot be
    /// decided: without the missing fact the rule's own tier is the safe one.
    pub fn adjust(&self, base: Tier, contexts: &[Context], subjects: Subjects<'_>) -> Adjusted {
        let mut missing = BTreeSet::new();
        let mut may_be_higher = false;
        for (position, context) in (0_u16..).zip(contexts) {
            let tier = context.applied_to(base);
            if tier == base && context.direction != Direction::Sets {
                continue;
            }
            match self.all(&context.when, subjects) {
                Verdict::Holds(_) if may_be_higher && tier < base => break,
                Verdict::Holds(grounds) => return Adjusted { tier, by: Some(position), grounds, missing },
                Verdict::Fails => {}
                Verdict::Unknown(lacking) => {
                    missing.extend(lacking);
                    may_be_higher |= tier > base;
                }
            }
        }
        Adjusted { tier: base, by: None, grounds: BTreeSet::new(), missing }
    }

    /// Whether every line holds.
    pub fn all(&self, clauses: &[Clause], subjects: Subjects<'_>) -> Verdict {
        let mut grounds = BTreeSet::new();
        let mut missing = BTreeSet::new();
        for clause in clauses {
            match self.any(&clause.any, subjects) {
                Verdict::Holds(found) => grounds.extend(found),
                Verdict::Fails => return Verdict::Fails,
                Verdict::Unknown(lacking) => missing.extend(lacking),
            }
        }
        if missing.is_empty() { Verdict::Holds(grounds) } else { Verdict::Unknown(missing) }
    }

    fn any(&self, literals: &[Literal], subjects: Subjects<'_>) -> Verdict {
        let mut missing = BTreeSet::new();
        for literal in literals {
            match (self.phrase(&literal.phrase, subjects), literal.not) {
                (Verdict::Holds(grounds), false) => return Verdict::Holds(grounds),
                (Verdict::Fails, true) => return Verdict::Holds(BTreeSet::new()),
                (Verdict::Unknown(lacking), _) => missing.extend(lacking),
                (Verdict::Holds(_), true) | (Verdict::Fails, false) => {}
            }
        }
        if missing.is_empty() { Verdict::Fails } else { Verdict::Unknown(missing) }
    }

    fn phrase(&self, phrase: &Phrase, subjects: Subjects<'_>) -> Verdict {
        let drugs = |subject: &Subject| match subject {
            Subject::A => subjects.a,
            Subject::B => subjects.b,
        };
        match phrase {
            Phrase::Condition { condition, within_days } => self.condition(*condition, *within_days),
            Phrase::Measured { measurement, comparison, limit, within_days } => {
                self.measured(*measurement, *comparison, limit.decimal(), *within_days)
            }
            Phrase::NotMeasured { measurement, within_days } => {
                Verdict::known(self.newest(*measurement, *within_days).is_empty(), [])
            }
            Phrase::Age { comparison, limit, unit } => {
                match self.facts.person.age_holds(*comparison, *limit, *unit, self.as_of) {
                    Some(holds) => Verdict::known(holds, [Ground::Person]),
                    None => Verdict::unknown(Missing::Age),
                }
            }
            Phrase::Sex(sex) => match self.facts.person.sex {
                Some(known) => Verdict::known(known == *sex, [Ground::Person]),
                None => Verdict::unknown(Missing::Sex),
            },
            Phrase::Pregnant => self.pregnant(),
            Phrase::Breastfeeding => self.condition(self.knowledge.pack().roles.breastfeeding, None),
            Phrase::Drug(selector) => self.drug(*selector, |_| true),
            Phrase::AnotherDrug(selector) => {
                self.drug(*selector, |drug| !subjects.a.contains(&drug) && !subjects.b.contains(&drug))
            }
            Phrase::Is(subject, selector) => self.each(drugs(subject), |drug| {
                Verdict::known(self.knowledge.is_asked(drug, *selector), self.grounds_of(drug))
            }),
            Phrase::Route(subject, routes) => self.each(drugs(subject), |drug| self.route(drug, routes)),
            Phrase::Dose { subject, comparison, limit, per } => {
                self.some(drugs(subject), |drug| self.dose(drug, *comparison, limit, *per))
            }
            Phrase::Taken { subject, comparison, days } => {
                self.each(drugs(subject), |drug| self.taken(drug, *comparison, *days))
            }
            Phrase::Lasts { subject, comparison, days } => {
                self.each(drugs(subject), |drug| self.lasts(drug, *comparison, *days))
            }
            Phrase::AsNeeded(subject) => self.each(drugs(subject), |drug| {
                let all = self.exposures.facts(drug).all(|(_, fact)| fact.as_needed);
                Verdict::known(all, self.grounds_of(drug))
            }),
            // A renewal of what is taken already starts nothing.
            Phrase::Ordered(subject) => self.some(drugs(subject), |drug| {
                let all = self.exposures.facts(drug).all(|(_, fact)| fact.state == State::Draft);
                Verdict::known(all, self.grounds_of(drug))
            }),
        }
    }

    /// Whether something holds of every drug.
    fn each(&self, drugs: &BTreeSet<IngredientId>, holds: impl Fn(IngredientId) -> Verdict) -> Verdict {
        let mut grounds = BTreeSet::new();
        let mut missing = BTreeSet::new();
        for drug in drugs {
            match holds(*drug) {
                Verdict::Holds(found) => grounds.extend(found),
                Verdict::Fails => return Verdict::Fails,
                Verdict::Unknown(lacking) => missing.extend(lacking),
            }
        }
        match (drugs.is_empty(), missing.is_empty()) {
            (true, _) => Verdict::Fails,
            (_, true) => Verdict::Holds(grounds),
            _ => Verdict::Unknown(missing),
        }
    }

    /// Whether something holds of at least one drug.
    fn some(&self, drugs: &BTreeSet<IngredientId>, holds: impl Fn(IngredientId) -> Verdict) -> Verdict {
        let mut missing = BTreeSet::new();
        for drug in drugs {
            match holds(*drug) {
                Verdict::Holds(grounds) => return Verdict::Holds(grounds),
                Verdict::Fails => {}
                Verdict::Unknown(lacking) => missing.extend(lacking),
            }
        }
        if missing.is_empty() { Verdict::Fails } else { Verdict::Unknown(missing) }
    }

    fn grounds_of(&self, drug: IngredientId) -> impl Iterator<Item = Ground> + '_ {
        self.exposures.facts_of(drug).iter().map(|position| Ground::Medication(*position))
    }

    fn condition(&self, condition: u16, within_days: Option<u16>) -> Verdict {
        let AsOf(day) = self.as_of;
        let of_it = || self.facts.conditions.iter().enumerate().filter(move |(_, fact)| fact.condition == condition);
        let ruled_out = of_it().filter(|(_, fact)| !fact.holds).filter_map(|(_, fact)| fact.since).max();
        // What was ruled out later no longer holds.
        let stands =
            |since: Option<jiff::civil::Date>| ruled_out.is_none_or(|out| since.is_none_or(|since| since >= out));
        let counts = |fact: &crate::facts::ConditionFact| match within_days {
            None => fact.active,
            Some(days) => fact.since.is_some_and(|since| days_between(since, day) <= i64::from(days)),
        };
        let grounds = of_it().filter(|(_, fact)| fact.holds && counts(fact) && stands(fact.since));
        let grounds: BTreeSet<Ground> = grounds.map(|(position, _)| Ground::Condition(position)).collect();
        if grounds.is_empty() { Verdict::Fails } else { Verdict::Holds(grounds) }
    }

    fn pregnant(&self) -> Verdict {
        use crate::knowledge::AgeUnit::Years;
        let pregnancy = self.knowledge.pack().roles.pregnancy;
        let said = self.condition(pregnancy, None);
        if said != Verdict::Fails {
            return said;
        }
        let of_it = || self.facts.conditions.iter().filter(|fact| fact.condition == pregnancy);
        let ruled_out = of_it().any(|fact| !fact.holds);
        if ruled_out && of_it().any(|fact| fact.holds && fact.active) {
            // A pregnancy on record, and a later test that was negative: a person must say which holds.
            return Verdict::unknown(Missing::Pregnancy);
        }
        let (least, most) = PREGNANCY_AGES;
        let age = |comparison, limit| self.facts.person.age_holds(comparison, limit, Years, self.as_of) == Some(true);
        let cannot =
            self.facts.person.sex == Some(Sex::Male) || age(Comparison::Below, least) || age(Comparison::Above, most);
        if ruled_out || cannot { Verdict::Fails } else { Verdict::unknown(Missing::Pregnancy) }
    }

    /// The values of the newest day within a window.
    pub fn newest(&self, measurement: u16, within_days: u16) -> &[crate::facts::MeasuredFact] {
        newest(&self.facts.measured, measurement, within_days, self.as_of)
    }

    fn measured(&self, measurement: u16, comparison: Comparison, limit: Decimal, within_days: u16) -> Verdict {
        let values = self.newest(measurement, within_days);
        let mut decided: BTreeSet<bool> = BTreeSet::new();
        for value in values {
            let holds = comparison.holds(&value.value, &limit);
            let upwards = matches!(comparison, Comparison::Above | Comparison::AtLeast);
            match value.bound {
                None => decided.insert(holds),
                // `> 60` is above any limit up to 60, and not below it.
                Some(Bound::AtLeast) if value.value >= limit => decided.insert(upwards),
                Some(Bound::AtMost) if value.value <= limit => decided.insert(!upwards),
                Some(_) => return Verdict::unknown(Missing::Measurement(measurement, within_days)),
            };
        }
        match (decided.len(), decided.first()) {
            (1, Some(holds)) => {
                Verdict::known(*holds, (0..values.len()).map(|position| Ground::Measured(measurement, position)))
            }
            (0, _) => Verdict::unknown(Missing::Measurement(measurement, within_days)),
            _ => Verdict::unknown(Missing::Disagreement(measurement)),
        }
    }

    fn drug(&self, selector: Selector, counts: impl Fn(IngredientId) -> bool) -> Verdict {
        let others = self.exposures.ingredients().filter(|drug| {
            counts(*drug) && self.knowledge.is_asked(*drug, selector) && self.exposures.reaches_body(*drug, &[])
        });
        let grounds: BTreeSet<Ground> = others.flat_map(|drug| self.grounds_of(drug)).collect();
        if grounds.is_empty() { Verdict::Fails } else { Verdict::Holds(grounds) }
    }

    fn route(&self, drug: IngredientId, routes: &[Route]) -> Verdict {
        let facts = || self.exposures.facts(drug).map(|(_, fact)| fact);
        if facts().any(|fact| fact.routes.is_empty()) {
            return Verdict::unknown(Missing::Route(drug));
        }
        let all = facts().flat_map(|fact| &fact.routes).all(|route| routes.contains(route));
        Verdict::known(all, self.grounds_of(drug))
    }

    fn dose(&self, drug: IngredientId, comparison: Comparison, limit: &DoseAmount, per: DosePer) -> Verdict {
        let Some(most) = self.limit(limit) else {
            return Verdict::unknown(Missing::Measurement(self.knowledge.pack().roles.weight, WEIGHT_WITHIN_DAYS));
        };
        match self.amount(drug, limit.unit, per) {
            Some(amount) => Verdict::known(comparison.holds(&amount, &most), self.grounds_of(drug)),
            None => Verdict::unknown(Missing::Dose(drug)),
        }
    }

    /// How much of a drug the patient is given over a time: the sum of what is taken, or what is being ordered, whichever is more.
    /// Two orders of one product are most often a renewal, and count once. `None` where an amount is not known.
    pub fn amount(&self, drug: IngredientId, unit: DoseUnit, per: DosePer) -> Option<Decimal> {
        let mut taken: BTreeMap<&str, Decimal> = BTreeMap::new();
        let mut most = Decimal::ZERO;
        for fact in self.exposures.orders(drug) {
            let amount = dosing_of(fact, drug).filter(|dosing| dosing.unit == unit)?.over(per)?;
            most = most.max(amount);
            if fact.state != State::Draft {
                let known = taken.entry(fact.product.as_str()).or_default();
                *known = amount.max(*known);
            }
        }
        if per == DosePer::AtOnce {
            return Some(most);
        }
        let sum = taken.into_values().try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount))?;
        Some(sum.max(most))
    }

    /// A limit for this patient: one by weight needs a weight.
    pub fn limit(&self, limit: &DoseAmount) -> Option<Decimal> {
        if !limit.per_kilogram {
            return Some(limit.amount.decimal());
        }
        let weights = self.newest(self.knowledge.pack().roles.weight, WEIGHT_WITHIN_DAYS);
        // Of two weights of one day the lower is the safe one.
        let weight = weights.iter().filter(|weight| weight.bound.is_none()).map(|weight| weight.value).min()?;
        limit.amount.decimal().checked_mul(weight)
    }

    /// The weights that a dose by weight rests on.
    pub fn weights(&self) -> impl Iterator<Item = Ground> + use<> {
        let weight = self.knowledge.pack().roles.weight;
        (0..self.newest(weight, WEIGHT_WITHIN_DAYS).len()).map(move |position| Ground::Measured(weight, position))
    }

    fn taken(&self, drug: IngredientId, comparison: Comparison, days: u16) -> Verdict {
        let AsOf(day) = self.as_of;
        // The longest-standing order tells since when the drug is taken; a draft begins on the day.
        let begun = |fact: &MedicationFact| if fact.state == State::Draft { Some(day) } else { fact.begun };
        let known = self.exposures.facts(drug).filter_map(|(_, fact)| begun(fact)).min();
        let all_known = self.exposures.facts(drug).all(|(_, fact)| begun(fact).is_some());
        let holds = known.map(|begun| comparison.holds(&days_between(begun, day).max(0), &i64::from(days)));
        // An order of unknown start may stand longer than the others.
        let settled = all_known || holds == Some(matches!(comparison, Comparison::Above | Comparison::AtLeast));
        match holds.filter(|_| settled) {
            Some(holds) => Verdict::known(holds, self.grounds_of(drug)),
            None => Verdict::unknown(Missing::Start(drug)),
        }
    }

    fn lasts(&self, drug: IngredientId, comparison: Comparison, days: u16) -> Verdict {
        let lasts: Option<Vec<u32>> = self.exposures.facts(drug).map(|(_, fact)| fact.lasts_days).collect();
        match lasts.and_then(|lasts| lasts.into_iter().max()) {
            Some(longest) => Verdict::known(comparison.holds(&longest, &u32::from(days)), self.grounds_of(drug)),
            None => Verdict::unknown(Missing::Duration(drug)),
        }
    }
}

/// How much of a drug an order gives.
pub(crate) fn dosing_of(fact: &MedicationFact, drug: IngredientId) -> Option<Dosing> {
    fact.dosing.iter().find(|dosing| dosing.ingredient == drug).copied()
}
