//! Statements about a patient, as rules make them: each is true, false or unknown on a day. `checks/phrases.rs` decides them.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::pack::Selector;
use crate::report::Tier;

/// A decimal as the pack holds it: `mantissa` divided by ten to the power of `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Number {
    /// The digits.
    pub mantissa: i64,
    /// How many of them stand behind the point; at most 18.
    pub scale: u8,
}

impl Number {
    /// The number that a text writes; `None` where it writes none, or one with more than 18 digits.
    ///
    /// ```
    /// use cds_core::knowledge::Number;
    /// assert_eq!(Number::parse("5.50").unwrap().decimal().to_string(), "5.5");
    /// assert!(Number::parse("5,5").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
        let decimal: Decimal = if plain { text.parse().ok()? } else { return None };
        let decimal = decimal.normalize();
        let mantissa = i64::try_from(decimal.mantissa()).ok()?;
        Some(Self { mantissa, scale: u8::try_from(decimal.scale()).ok().filter(|scale| *scale <= 18)? })
    }

    /// Its value.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.mantissa, u32::from(self.scale.min(18))).normalize()
    }
}

/// How a value stands to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Comparison {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// Whether a value stands so to a limit.
    pub fn holds<T: PartialOrd>(self, value: &T, limit: &T) -> bool {
        match self {
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
        }
    }
}

/// Unit of an age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AgeUnit {
    /// Whole years.
    Years,
    /// Whole months.
    Months,
    /// Days.
    Days,
}

/// FHIR administrative genders that rules ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Sex {
    /// `female`
    Female,
    /// `male`
    Male,
}

/// Which drug of a rule a phrase is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// The first side of an interaction, or the only drug of another rule; all drugs of an effect.
    A,
    /// The second side of an interaction.
    B,
}

/// How a drug is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the route of that name")]
pub enum Route {
    Oral,
    Sublingual,
    Injected,
    Transdermal,
    Rectal,
    Implanted,
    Intrathecal,
    Inhaled,
    Nasal,
    Ophthalmic,
    Otic,
    Topical,
    Vaginal,
    Mouth,
    Bladder,
    Intravitreal,
    IntraArticular,
    Irrigation,
}

impl Route {
    /// Every route with its name in the tables, those that reach the whole body first.
    pub const ALL: [(&'static str, Self); 18] = [
        ("oral", Self::Oral),
        ("sublingual", Self::Sublingual),
        ("injected", Self::Injected),
        ("transdermal", Self::Transdermal),
        ("rectal", Self::Rectal),
        ("implanted", Self::Implanted),
        ("intrathecal", Self::Intrathecal),
        ("inhaled", Self::Inhaled),
        ("nasal", Self::Nasal),
        ("ophthalmic", Self::Ophthalmic),
        ("otic", Self::Otic),
        ("topical", Self::Topical),
        ("vaginal", Self::Vaginal),
        ("mouth", Self::Mouth),
        ("bladder", Self::Bladder),
        ("intravitreal", Self::Intravitreal),
        ("intra-articular", Self::IntraArticular),
        ("irrigation", Self::Irrigation),
    ];

    /// The route's name in tables and answers.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, route)| *route == self).map_or("", |(name, _)| name)
    }

    /// Whether a drug given so acts where it is put, and little of it reaches the rest of the body.
    pub fn is_local(self) -> bool {
        !matches!(
            self,
            Self::Oral
                | Self::Sublingual
                | Self::Injected
                | Self::Transdermal
                | Self::Rectal
                | Self::Implanted
                | Self::Intrathecal
        )
    }
}

/// Unit of a dose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DoseUnit {
    /// mg
    Milligram,
    /// International units, or units of the product's own.
    Unit,
    /// mEq
    Milliequivalent,
    /// mmol
    Millimole,
    /// mL
    Milliliter,
    /// mcg/h, the rate of a patch or an infusion.
    MicrogramPerHour,
}

impl DoseUnit {
    /// The unit as it is written, with what one of it is in the unit that the engine counts in.
    pub fn parse(text: &str) -> Option<(Self, Decimal)> {
        let one = Decimal::ONE;
        Some(match text.to_ascii_lowercase().as_str() {
            "mg" => (Self::Milligram, one),
            "g" | "gm" | "gram" | "grams" => (Self::Milligram, Decimal::ONE_THOUSAND),
            "ug" | "mcg" | "\u{b5}g" => (Self::Milligram, Decimal::new(1, 3)),
            "ng" => (Self::Milligram, Decimal::new(1, 6)),
            "kg" => (Self::Milligram, Decimal::from(1_000_000)),
            "unit" | "units" | "unt" | "[iu]" | "[usp'u]" | "iu" | "{unit}" | "u" => (Self::Unit, one),
            "meq" => (Self::Milliequivalent, one),
            "mmol" => (Self::Millimole, one),
            "ml" => (Self::Milliliter, one),
            "l" => (Self::Milliliter, Decimal::ONE_THOUSAND),
            "mcg/h" | "ug/h" | "mcg/hr" | "ug/hr" => (Self::MicrogramPerHour, one),
            _ => return None,
        })
    }

    /// The unit in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Milligram => "mg",
            Self::Unit => "units",
            Self::Milliequivalent => "mEq",
            Self::Millimole => "mmol",
            Self::Milliliter => "mL",
            Self::MicrogramPerHour => "mcg/h",
        }
    }
}

/// The time that a dose is counted over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DosePer {
    /// A single dose.
    AtOnce,
    /// A day.
    Day,
    /// A week.
    Week,
}

impl DosePer {
    /// In words, after an amount.
    pub fn name(self) -> &'static str {
        match self {
            Self::AtOnce => "at once",
            Self::Day => "a day",
            Self::Week => "a week",
        }
    }
}

/// An amount of a drug, perhaps for each kilogram of the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DoseAmount {
    /// How much, in `unit`.
    pub amount: Number,
    /// Unit.
    pub unit: DoseUnit,
    /// Whether it is for each kilogram of body weight.
    pub per_kilogram: bool,
}

/// A statement about a patient on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Phrase {
    /// A condition of the patient, by position in [`super::Pack::conditions`].
    Condition {
        /// Which.
        condition: u16,
        /// Only where it began or was recorded within so many days.
        within_days: Option<u16>,
    },
    /// The newest value of a measurement stands so to a limit.
    Measured {
        /// Position in [`super::Pack::measurements`].
        measurement: u16,
        /// How it must stand.
        comparison: Comparison,
        /// The limit, in the measurement's unit.
        limit: Number,
        /// How old the value may be.
        within_days: u16,
    },
    /// There is no value of a measurement.
    NotMeasured {
        /// Position in [`super::Pack::measurements`].
        measurement: u16,
        /// Within so many days.
        within_days: u16,
    },
    /// The patient's age.
    Age {
        /// How it must stand.
        comparison: Comparison,
        /// The limit.
        limit: u16,
        /// Its unit.
        unit: AgeUnit,
    },
    /// The patient's administrative gender.
    Sex(Sex),
    /// The patient is pregnant.
    Pregnant,
    /// The patient is breastfeeding.
    Breastfeeding,
    /// The patient takes a drug that this selects, by a route that reaches the body; it may be one of the rule's.
    Drug(Selector),
    /// The same, of a drug beside those of the rule.
    AnotherDrug(Selector),
    /// This selects the drug of the rule itself.
    Is(Subject, Selector),
    /// A drug of the rule is given by one of these routes, and by no other.
    Route(Subject, Vec<Route>),
    /// The dose of a drug of the rule.
    Dose {
        /// Whose.
        subject: Subject,
        /// How it must stand.
        comparison: Comparison,
        /// The limit.
        limit: DoseAmount,
        /// Over which time.
        per: DosePer,
    },
    /// Days since a drug of the rule was begun.
    Taken {
        /// Which.
        subject: Subject,
        /// How they must stand.
        comparison: Comparison,
        /// The limit.
        days: u16,
    },
    /// Days for which a drug of the rule is to be taken in all.
    Lasts {
        /// Which.
        subject: Subject,
        /// How they must stand.
        comparison: Comparison,
        /// The limit.
        days: u16,
    },
    /// A drug of the rule is to be taken as needed.
    AsNeeded(Subject),
    /// A drug of the rule is being ordered, and is not taken already.
    Ordered(Subject),
}

/// A phrase, or its opposite.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Literal {
    /// Whether the opposite is meant.
    pub not: bool,
    /// The phrase.
    pub phrase: Phrase,
}

/// A line of a rule's `when`: at least one of its phrases must hold. All lines must. (No deeper nesting: a pack from
/// elsewhere cannot exhaust the stack.)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Clause {
    /// The phrases.
    pub any: Vec<Literal>,
}

impl Phrase {
    /// The selector that it asks for, where it asks for one.
    pub fn selector(&self) -> Option<Selector> {
        match self {
            Self::Drug(selector) | Self::AnotherDrug(selector) | Self::Is(_, selector) => Some(*selector),
            _ => None,
        }
    }
}

impl Clause {
    /// Its phrases.
    pub fn phrases(&self) -> impl Iterator<Item = &Phrase> {
        self.any.iter().map(|literal| &literal.phrase)
    }
}

/// What a context's tier does to the tier of its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// It takes its place.
    Sets,
    /// It only raises it.
    AtLeast,
    /// It only lowers it.
    AtMost,
}

impl Context {
    /// What it makes of a tier.
    pub fn applied_to(&self, tier: Tier) -> Tier {
        match self.direction {
            Direction::Sets => self.tier,
            Direction::AtLeast => tier.max(self.tier),
            Direction::AtMost => tier.min(self.tier),
        }
    }
}

/// A fact of the patient that changes the tier of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// All of these must hold.
    pub when: Vec<Clause>,
    /// The tier then.
    pub tier: Tier,
    /// Whether it is the tier whatever the rule's own is.
    pub direction: Direction,
    /// Why, after "because".
    pub because: String,
    /// Position in [`super::Pack::sources`], where it is not the rule's own.
    pub source: Option<u16>,
}
