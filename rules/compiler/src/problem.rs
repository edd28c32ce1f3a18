//! What can be wrong with an entry, and what to do about it.

use cds_core::report::Tier;

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A file or folder cannot be read.
    #[error("cannot be read: {reason}")]
    Unreadable {
        /// What the operating system says.
        reason: String,
    },
    /// A file that every knowledge folder has is not there.
    #[error("`{name}` is missing")]
    MissingFile {
        /// Its path within the folder.
        name: String,
    },
    /// A file that no table format covers: it would be ignored in silence.
    #[error("this file is none of the tables")]
    UnexpectedFile,
    /// A phrase that says nothing.
    #[error("`{text}` is no phrase")]
    BadPhrase {
        /// The phrase.
        text: String,
        /// What to do.
        reason: String,
    },
    /// A text that is no number, or one that makes no sense here.
    #[error("`{text}` is no {expected}")]
    BadNumber {
        /// The text.
        text: String,
        /// What it must be.
        expected: &'static str,
    },
    /// Least and greatest value that are not two numbers in that order.
    #[error("`{field}` does not tell a least and a greatest value")]
    BadRange {
        /// The field.
        field: &'static str,
    },
    /// A route at which a drug counts anyway, where a local one is asked for.
    #[error("`{route}` is no local route")]
    NotLocal {
        /// The route.
        route: String,
    },
    /// An entry that the engine computes with is not there.
    #[error("there is no {kind} `{id}`")]
    MissingRole {
        /// What it is.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// An entry that the engine computes with has another unit.
    #[error("`{id}` is in `{unit}`, not in `{expected}`")]
    UnitOfRole {
        /// Its id.
        id: String,
        /// Its unit.
        unit: String,
        /// The unit that the engine computes with.
        expected: &'static str,
    },
    /// A text that is no amount of a drug.
    #[error("`{text}` is no amount")]
    BadAmount {
        /// The text.
        text: String,
    },
    /// A text that is no unit of a dose.
    #[error("`{text}` is no unit of a dose")]
    BadUnit {
        /// The text.
        text: String,
    },
    /// A dose limit that limits nothing.
    #[error("this limit has no amount")]
    NoAmount,
    /// An ICD-10-CM code that is left out of a condition, and is no part of it.
    #[error("`{code}` is below none of the `icd10` codes")]
    LeavesNothingOut {
        /// The code.
        code: String,
    },
    /// A condition that no chart could have.
    #[error("nothing tells that a patient has `{id}`")]
    NeverHolds {
        /// Its id.
        id: String,
    },
    /// A dose limit after one that always holds.
    #[error("this limit never decides: the one before it always holds")]
    NeverDecides,
    /// The file is not well-formed.
    #[error("{message}")]
    Syntax {
        /// What the reader of the format says.
        message: String,
    },
    /// A field that the format does not have.
    #[error("unknown field `{field}`")]
    UnknownField {
        /// The field.
        field: String,
        /// The fields that there are.
        known: Vec<&'static str>,
    },
    /// A field that the format needs.
    #[error("missing field `{field}`")]
    MissingField {
        /// The field.
        field: &'static str,
    },
    /// A value of another kind than the field needs.
    #[error("`{field}` is {found}, but must be {expected}")]
    WrongKind {
        /// The field.
        field: String,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A text or list without content.
    #[error("`{field}` is empty")]
    Empty {
        /// The field.
        field: String,
    },
    /// A number out of range.
    #[error("`{field}` must be from {least} to {most}")]
    OutOfRange {
        /// The field.
        field: String,
        /// Least value.
        least: u16,
        /// Greatest value.
        most: u16,
    },
    /// A word that is none of a field's words.
    #[error("unknown {field} `{word}`")]
    UnknownWord {
        /// The field.
        field: String,
        /// The word.
        word: String,
        /// The words that there are.
        known: Vec<&'static str>,
    },
    /// A text that is no calendar day.
    #[error("`{text}` is no day")]
    BadDate {
        /// The text.
        text: String,
    },
    /// An entry that was revised after the pack.
    #[error("revised on `{entry}`, after the pack's `{pack}`")]
    RevisedAfterPack {
        /// The entry's day.
        entry: String,
        /// The pack's day.
        pack: String,
    },
    /// An id with other characters than lower-case letters, digits and hyphens.
    #[error("`{id}` is no id")]
    BadId {
        /// The text.
        id: String,
    },
    /// An id that is not the file's name.
    #[error("the id `{id}` differs from the file's name")]
    IdDiffersFromFile {
        /// The id.
        id: String,
        /// The id that the file's name asks for.
        expected: String,
    },
    /// An id, code or name that another entry has.
    #[error("the {kind} `{id}` is there twice")]
    Duplicate {
        /// What it is.
        kind: &'static str,
        /// The id.
        id: String,
        /// Where the first one is, as `file:line`.
        first: String,
    },
    /// A drug that is no ingredient by that name.
    #[error("unknown drug `{name}`")]
    UnknownDrug {
        /// The name.
        name: String,
        /// Ingredients that this is another name of.
        means: Vec<String>,
        /// Ingredients with a similar name.
        nearest: Vec<String>,
    },
    /// A reference to an entry that is not there.
    #[error("unknown {kind} `{id}`")]
    Unknown {
        /// What it should be.
        kind: &'static str,
        /// The id.
        id: String,
        /// Similar ids.
        nearest: Vec<String>,
    },
    /// A text that is no selector.
    #[error("`{text}` is no selector")]
    BadSelector {
        /// The text.
        text: String,
        /// Why.
        reason: String,
    },
    /// A selector that selects no drug.
    #[error("`{selector}` selects no drug")]
    SelectsNothing {
        /// The selector.
        selector: String,
    },
    /// A side of which `except` takes every drug away.
    #[error("`except` leaves no drug on this side")]
    NothingLeft,
    /// The same drug, class or text twice in one list.
    #[error("`{name}` is in this list twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// Classes that are each other's parents.
    #[error("class cycle: {}", path(.classes))]
    ClassCycle {
        /// The classes, in order of their ids.
        classes: Vec<String>,
    },
    /// A class that no drug belongs to.
    #[error("the class `{class}` has no members")]
    ClassWithoutMembers {
        /// The class.
        class: String,
    },
    /// Two sides that select one and the same drug.
    #[error("both sides select `{drug}` alone, so this rule can never fire")]
    NeverTwoDrugs {
        /// The drug.
        drug: String,
    },
    /// A duplication rule for a class with one member.
    #[error("the class `{class}` has one member, so this rule can never fire")]
    NeverTwoMembers {
        /// The class.
        class: String,
    },
    /// A line that is too long to be read at a glance.
    #[error("`what` has {length} characters besides its placeholders; at most {most} are read")]
    WhatTooLong {
        /// Its length.
        length: usize,
        /// The most it may have.
        most: usize,
    },
    /// Text over several lines where one is asked for.
    #[error("`{field}` must be one line")]
    SeveralLines {
        /// The field.
        field: String,
    },
    /// A placeholder that nothing stands for.
    #[error("unknown placeholder `{{{placeholder}}}`")]
    UnknownPlaceholder {
        /// The placeholder.
        placeholder: String,
        /// The ones that there are.
        known: Vec<&'static str>,
    },
    /// A placeholder without which the line does not say whom it is about.
    #[error("`what` lacks `{{{placeholder}}}`")]
    MissingPlaceholder {
        /// The placeholder.
        placeholder: &'static str,
    },
    /// A brace that opens or closes no placeholder.
    #[error("`what` has a brace that belongs to no placeholder")]
    StrayBrace,
    /// Effect levels that are not listed from the highest to the lowest.
    #[error("this level is not below the one before it")]
    LevelsNotDescending,
    /// A firing case in which the rule does not fire.
    #[error("the rule does not fire on this case")]
    FiresNot {
        /// What is missing.
        reason: &'static str,
    },
    /// A silent case in which the rule fires.
    #[error("the rule fires on this case, but it must be silent")]
    FiresYet,
    /// A firing case that expects another tier than the rule gives.
    #[error("the rule gives the tier `{}` here, not `{}`", .gives.name(), .expects.name())]
    OtherTier {
        /// What the rule gives.
        gives: Tier,
        /// What the case expects.
        expects: Tier,
    },
    /// An allergen that counts as no drug, and is one.
    #[error("`{name}` means a drug, so its allergy would be passed over")]
    NonDrugIsDrug {
        /// The name or code.
        name: String,
        /// Where it means a drug, as `file:line`.
        drug: String,
    },
    /// A drug table's row with too few or too many fields.
    #[error("this row has {found} fields, not {expected}")]
    FieldCount {
        /// How many it must have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A table without its heading row, or with another one.
    #[error("the first row must name the columns `{expected}`")]
    BadHeading {
        /// The columns.
        expected: String,
    },
    /// A text that is no code of its system.
    #[error("`{text}` is no {system}")]
    BadCode {
        /// The text.
        text: String,
        /// The kind of code.
        system: &'static str,
    },
    /// A name that is not written the way names are looked up.
    #[error("`{name}` can never be matched")]
    NotNormal {
        /// The name.
        name: String,
        /// How it would be written.
        normal: String,
    },
    /// More than positions in the pack can count.
    #[error("{count} {what} are more than a pack can hold ({most})")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
}

impl Problem {
    /// A short stable code, as it stands in `error[unknown-drug]`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::MissingFile { .. } => "missing-file",
            Self::UnexpectedFile => "unexpected-file",
            Self::Syntax { .. } => "syntax",
            Self::UnknownField { .. } => "unknown-field",
            Self::MissingField { .. } => "missing-field",
            Self::WrongKind { .. } => "wrong-kind",
            Self::Empty { .. } => "empty",
            Self::OutOfRange { .. } => "out-of-range",
            Self::UnknownWord { .. } => "unknown-word",
            Self::BadPhrase { .. } => "bad-phrase",
            Self::BadNumber { .. } => "bad-number",
            Self::BadRange { .. } => "bad-range",
            Self::NotLocal { .. } => "not-local",
            Self::MissingRole { .. } => "missing-role",
            Self::UnitOfRole { .. } => "unit-of-role",
            Self::BadAmount { .. } => "bad-amount",
            Self::BadUnit { .. } => "bad-unit",
            Self::NoAmount => "no-amount",
            Self::LeavesNothingOut { .. } => "leaves-nothing-out",
            Self::NeverHolds { .. } => "never-holds",
            Self::NeverDecides => "never-decides",
            Self::BadDate { .. } => "bad-date",
            Self::RevisedAfterPack { .. } => "revised-after-pack",
            Self::BadId { .. } => "bad-id",
            Self::IdDiffersFromFile { .. } => "id-differs-from-file",
            Self::Duplicate { .. } => "duplicate",
            Self::UnknownDrug { .. } => "unknown-drug",
            Self::Unknown { .. } => "unknown-reference",
            Self::BadSelector { .. } => "bad-selector",
            Self::SelectsNothing { .. } => "selects-nothing",
            Self::NothingLeft => "nothing-left",
            Self::Twice { .. } => "twice",
            Self::ClassCycle { .. } => "class-cycle",
            Self::ClassWithoutMembers { .. } => "class-without-members",
            Self::NeverTwoDrugs { .. } | Self::NeverTwoMembers { .. } => "never-fires",
            Self::WhatTooLong { .. } => "what-too-long",
            Self::SeveralLines { .. } => "several-lines",
            Self::UnknownPlaceholder { .. } => "unknown-placeholder",
            Self::MissingPlaceholder { .. } => "missing-placeholder",
            Self::StrayBrace => "stray-brace",
            Self::LevelsNotDescending => "levels-not-descending",
            Self::FiresNot { .. } => "fires-not",
            Self::FiresYet => "fires-yet",
            Self::OtherTier { .. } => "other-tier",
            Self::NonDrugIsDrug { .. } => "non-drug-is-drug",
            Self::FieldCount { .. } => "field-count",
            Self::BadHeading { .. } => "bad-heading",
            Self::BadCode { .. } => "bad-code",
            Self::NotNormal { .. } => "not-normal",
            Self::TooMany { .. } => "too-many",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Unreadable { .. } => "make the file readable UTF-8 text".into(),
            Self::MissingFile { .. } => "bring it back; `AUTHORING.md` lists the tables, and the importer writes some of those in `drugs/`".into(),
            Self::UnexpectedFile => "a table's name ends in `.toml` (`.csv` or `.tsv` in `drugs/`), a note's in `.md`; rename or remove this one".into(),
            Self::Syntax { .. } => "write the file as `AUTHORING.md` shows".into(),
            Self::UnknownField { field, known } => match nearest(field, known.iter().copied()).first() {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the fields are {}", list(known)),
            },
            Self::MissingField { field } => missing_field_help(field),
            Self::WrongKind { expected, .. } => format!("write {expected}"),
            Self::Empty { field } => format!("say it, or leave `{field}` out if it is optional"),
            Self::OutOfRange { field, .. } if field == "weight" => "3 is strong, 2 moderate, 1 mild".into(),
            Self::OutOfRange { .. } => "write a whole number in that range".into(),
            Self::UnknownWord { known, .. } => format!("write one of {}", list(known)),
            Self::BadDate { .. } => "write year, month and day, as in \"2026-11-22\"".into(),
            Self::RevisedAfterPack { .. } => "correct the day, or set `revised` in `pack.toml`".into(),
            Self::BadId { .. } => "use lower-case letters, digits and single hyphens".into(),
            Self::IdDiffersFromFile { expected, .. } => format!("write `{expected}`, or rename the file"),
            Self::Duplicate { first, .. } => format!("the first one is at {first}; remove or rename one of them"),
            Self::UnknownDrug { means, nearest, .. } => match (means.as_slice(), nearest.as_slice()) {
                ([_, ..], _) => format!("that is another name of {}; write the ingredient", list(means)),
                ([], [_, ..]) => format!("did you mean {}?", alternatives(nearest)),
                ([], []) => "write RxNorm's name of the ingredient as in `drugs/ingredients.csv`, or add it to `drugs/additions.csv`".into(),
            },
            Self::Unknown { kind, nearest, .. } => match (nearest.as_slice(), *kind) {
                ([_, ..], _) => format!("did you mean {}?", alternatives(nearest)),
                ([], "problem") => "name a problem of `problems.toml`, or add one there".into(),
                ([], kind) => format!("add the {kind}, or name another one"),
            },
            Self::BadSelector { reason, .. } | Self::BadPhrase { reason, .. } => reason.clone(),
            Self::BadNumber { .. } => "write digits in double quotes, perhaps with a decimal point, as in \"0.5\"; no unit".into(),
            Self::BadRange { field } => format!("write two numbers, the least one first, as in `{field} = [\"1\", \"12\"]`"),
            Self::NotLocal { .. } => "leave it out: a drug that is given so counts anyway".into(),
            Self::MissingRole { kind, id } => format!("the engine computes with it: add a [[{kind}]] with the id `{id}`"),
            Self::UnitOfRole { expected, .. } => format!("the engine computes with it: write `unit = \"{expected}\"`, and the other unit under `units`"),
            Self::BadAmount { .. } => "write a number above 0 and a unit, as in `40 mg` or `15 mg/kg`".into(),
            Self::BadUnit { .. } => "write `mg`, `mcg`, `g`, `units`, `mEq`, `mmol`, `mL` or `mcg/h`".into(),
            Self::NoAmount => "add `at_once`, `per_day` or `per_week`".into(),
            Self::LeavesNothingOut { .. } => "correct it, or leave it out of `not_icd10`".into(),
            Self::NeverHolds { .. } => "add `icd10`, `snomed`, `names`, `includes` or `observed`".into(),
            Self::NeverDecides => "list the limit without `when` last".into(),
            Self::SelectsNothing { .. } => "name another class, pathway or strength, or add the drugs to its table".into(),
            Self::NothingLeft => "leave fewer drugs out".into(),
            Self::Twice { .. } => "remove one of them".into(),
            Self::ClassCycle { .. } => "remove one of these `parents`: a class cannot be its own ancestor".into(),
            Self::ClassWithoutMembers { .. } => "add `members`, or a subclass that has some".into(),
            Self::NeverTwoDrugs { .. } => "widen one of the sides".into(),
            Self::NeverTwoMembers { .. } => "add members, or remove `[class.duplicate]`".into(),
            Self::WhatTooLong { .. } => "say only what was found; why and what to do have their own fields".into(),
            Self::SeveralLines { .. } => "join the lines".into(),
            Self::UnknownPlaceholder { known, .. } => format!("write {}", list(&braced(known))),
            Self::MissingPlaceholder { .. } => "the line must name the drugs that it is about".into(),
            Self::StrayBrace => "write placeholders as in `{a}`, and no other braces".into(),
            Self::LevelsNotDescending => "list the levels with the highest tier and sum first: the first one that holds decides".into(),
            Self::FiresNot { reason } => (*reason).into(),
            Self::FiresYet => "correct the rule, or choose a case on which it must not fire".into(),
            Self::OtherTier { .. } => "correct the case or the rule".into(),
            Self::NonDrugIsDrug { drug, .. } => format!("remove this row; {drug} says which drug it is"),
            Self::FieldCount { .. } => "put a text that holds a comma between double quotes".into(),
            Self::BadHeading { .. } => "begin the table with its heading row; comments begin with `#`".into(),
            Self::BadCode { system: "address", .. } => "write the whole address with `https://`, or leave it out".into(),
            Self::BadCode { system: "SNOMED CT concept id" | "RxNorm concept id", .. } => "write the code's digits alone".into(),
            Self::BadCode { system: "ICD-10-CM code", .. } => "write 3 to 7 capital letters and digits, first a letter and then a digit, as in \"I50.1\"".into(),
            Self::BadCode { system: "LOINC code", .. } => "copy the code with its check digit, as in \"2823-3\"".into(),
            Self::BadCode { .. } => "run the importer again".into(),
            Self::NotNormal { normal, .. } if normal.is_empty() => "write a name outside of parentheses".into(),
            Self::NotNormal { normal, .. } => format!("write `{normal}`"),
            Self::TooMany { .. } => "split the pack, or widen the positions in its types".into(),
        }
    }
}

fn missing_field_help(field: &str) -> String {
    match field {
        "source" => {
            "add `source = { citation = \"...\", section = \"...\" }`: a fact that nobody can look up stays out".into()
        }
        "revised" => {
            "add the day on which a person last checked the entry against its source, as in `revised = \"2026-11-22\"`"
                .into()
        }
        "fires" => "add `[[fires]]` with the `drugs` of a patient for whom the rule must fire".into(),
        "silent" => "add `[[silent]]` with the `drugs` of a near miss, and `because`".into(),
        "because" => "say why the rule must be silent here, or why the tier is another one".into(),
        field => format!("add `{field}`"),
    }
}

/// Names that were perhaps meant, the nearest first; at most three.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let wanted = name.to_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= 0.6)
        .collect();
    scored.sort_by(|(a, first), (b, second)| b.total_cmp(a).then(first.cmp(second)));
    scored.into_iter().take(3).map(|(_, candidate)| candidate.to_owned()).collect()
}

fn braced(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{{{name}}}")).collect()
}

fn list<T: AsRef<str>>(names: &[T]) -> String {
    joined(names, "and")
}

fn alternatives<T: AsRef<str>>(names: &[T]) -> String {
    joined(names, "or")
}

fn joined<T: AsRef<str>>(names: &[T], word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn path(classes: &[String]) -> String {
    let mut steps: Vec<String> = classes.iter().map(|class| format!("`{class}`")).collect();
    steps.extend(steps.first().cloned());
    steps.join(" -> ")
}
