//! The entries of the TOML tables as they are written, before any reference is followed.

use std::collections::BTreeSet;
use std::sync::Arc;

use cds_core::knowledge::names::normalise;
use cds_core::knowledge::{About, Direction, Evidence, Sensitivity, Source, Strength};
use cds_core::report::Tier;

use crate::diagnostic::{At, Findings, Place, TextFile};
use crate::fields::{Fields, read_file};
use crate::folder::Folder;
use crate::patient_entries::PatientEntries;
use crate::problem::Problem;

/// Most characters of `what` besides its placeholders.
const LONGEST_WHAT: usize = 100;

/// All entries of a folder.
pub(crate) struct Entries {
    pub about: About,
    pub problems: Vec<(At<String>, String)>,
    /// Problems whose rules stay apart.
    pub apart: Vec<At<String>>,
    pub general: Vec<GeneralEntry>,
    pub classes: Vec<ClassEntry>,
    pub pathways: Vec<PathwayEntry>,
    pub effects: Vec<EffectEntry>,
    pub interactions: Vec<InteractionEntry>,
    pub allergens: Vec<AllergenEntry>,
    pub patient: PatientEntries,
}

/// What every reviewed entry says.
pub(crate) struct Reviewed {
    pub source: Source,
    pub revised: At<String>,
}

/// What an alert says.
pub(crate) struct WordsEntry {
    pub what: String,
    pub mechanism: Option<String>,
    pub consequence: String,
    pub manage: Vec<String>,
}

/// A firing case.
pub(crate) struct FiresEntry {
    pub drugs: Vec<At<String>>,
    pub allergen: Option<At<String>>,
    pub given: Vec<At<String>>,
    pub tier: Option<Tier>,
    pub place: Place,
}

/// A silent case.
pub(crate) struct SilentEntry {
    pub drugs: Vec<At<String>>,
    pub allergen: Option<At<String>>,
    pub given: Vec<At<String>>,
    pub because: String,
    pub place: Place,
}

/// A rule's cases.
pub(crate) struct CaseEntries {
    pub fires: Vec<FiresEntry>,
    pub silent: Vec<SilentEntry>,
}

/// A class.
pub(crate) struct ClassEntry {
    pub id: At<String>,
    pub name: String,
    pub parents: Vec<At<String>>,
    pub members: Vec<At<String>>,
    pub reviewed: Reviewed,
    pub duplicate: Option<DuplicateEntry>,
}

/// A class of which one member is enough.
pub(crate) struct DuplicateEntry {
    pub tier: Tier,
    pub problems: Vec<At<String>>,
    pub evidence: Option<Evidence>,
    pub words: WordsEntry,
    pub cases: CaseEntries,
    pub contexts: Vec<ContextEntry>,
    pub place: Place,
}

/// A pathway.
pub(crate) struct PathwayEntry {
    pub id: At<String>,
    pub name: String,
    pub reviewed: Reviewed,
    pub inhibitors: Vec<PathwayRow<Strength>>,
    pub inducers: Vec<PathwayRow<Strength>>,
    pub substrates: Vec<PathwayRow<Sensitivity>>,
}

/// A drug of a pathway.
pub(crate) struct PathwayRow<T> {
    pub drug: At<String>,
    pub degree: T,
    pub narrow_index: bool,
    pub source: Option<Source>,
}

/// An additive effect.
pub(crate) struct EffectEntry {
    pub id: At<String>,
    pub name: String,
    pub problem: At<String>,
    pub evidence: Option<Evidence>,
    pub reviewed: Reviewed,
    pub contributors: Vec<ContributorEntry>,
    pub levels: Vec<LevelEntry>,
    pub cases: CaseEntries,
    pub contexts: Vec<ContextEntry>,
}

/// Who contributes to an effect.
pub(crate) struct ContributorEntry {
    pub who: Contributor,
    pub weight: u16,
    pub source: Option<Source>,
}

/// A drug or a class.
pub(crate) enum Contributor {
    Drug(At<String>),
    Class(At<String>),
}

/// From which sum on an effect is an alert.
pub(crate) struct LevelEntry {
    pub tier: Tier,
    pub sum: u16,
    pub drugs: u16,
    pub words: WordsEntry,
}

/// One side as it is written.
pub(crate) struct SideEntry {
    pub any: Vec<At<String>>,
    pub except: Vec<At<String>>,
    pub local: Vec<At<String>>,
    pub place: Place,
}

/// A fact of the patient that changes a rule's tier.
pub(crate) struct ContextEntry {
    pub when: Vec<At<String>>,
    pub tier: Tier,
    pub direction: Direction,
    pub because: String,
    pub source: Option<Source>,
}

/// An interaction.
pub(crate) struct InteractionEntry {
    pub id: At<String>,
    pub title: String,
    pub tier: Tier,
    pub problems: Vec<At<String>>,
    pub evidence: Evidence,
    pub a: SideEntry,
    pub b: SideEntry,
    pub words: WordsEntry,
    pub reviewed: Reviewed,
    pub cases: CaseEntries,
    pub contexts: Vec<ContextEntry>,
    /// Why no fact of the patient may change the tier.
    pub context_free: Option<At<String>>,
    /// Why it never deserves an interruption.
    pub low_value: Option<At<String>>,
}

/// A rule that holds for every drug.
pub(crate) struct GeneralEntry {
    pub id: At<String>,
    pub title: String,
    pub problems: Vec<At<String>>,
    pub evidence: Evidence,
    pub test: GeneralTest,
    pub words: WordsEntry,
    pub reviewed: Reviewed,
}

/// When a rule that holds for every drug fires.
pub(crate) enum GeneralTest {
    DuplicateIngredient { draft_tier: Tier, hidden_tier: Tier, plain_tier: Tier, except: Vec<At<String>> },
    SameAllergen { tier: Tier },
}

/// An allergen group.
pub(crate) struct AllergenEntry {
    pub id: At<String>,
    pub name: String,
    pub tier: Tier,
    pub members: SideEntry,
    pub words: WordsEntry,
    pub names: Vec<At<String>>,
    pub snomed: Vec<At<u64>>,
    pub reviewed: Reviewed,
    pub cross: Vec<CrossEntry>,
    pub evidence: Option<Evidence>,
    pub cases: CaseEntries,
    pub contexts: Vec<ContextEntry>,
}

impl AllergenEntry {
    /// The names as they are looked up, each once.
    pub fn normal_names(&self) -> BTreeSet<String> {
        self.names.iter().map(|name| normalise(&name.value)).collect()
    }
}

/// Drugs that may cross-react.
pub(crate) struct CrossEntry {
    pub to: SideEntry,
    pub tier: Tier,
    pub words: WordsEntry,
    pub source: Source,
}

impl Entries {
    /// Reads every TOML table of a folder but the drugs'.
    pub fn read(folder: &Folder<'_>) -> Self {
        let findings = folder.findings;
        let about = folder.file("pack.toml").and_then(|file| read_file(&file, findings, about));
        let problems = folder.file("problems.toml").and_then(|file| read_file(&file, findings, problems));
        let (problems, apart) = problems.unwrap_or_default();
        let general = folder.file("general.toml").and_then(|file| read_file(&file, findings, general));
        let classes = folder.tables("classes", &[]);
        let pathways = folder.tables("pathways", &[]);
        let effects = folder.tables("effects", &[]);
        let interactions = folder.tables("interactions", &[]);
        let allergens = folder.tables("allergens", &["non_drug.csv"]);
        let entries = Self {
            about: about.unwrap_or_else(empty_about),
            problems,
            apart,
            general: general.unwrap_or_default(),
            classes: classes.iter().filter_map(|file| read_file(file, findings, class_file)).flatten().collect(),
            pathways: one_per_file(&pathways, findings, pathway),
            effects: one_per_file(&effects, findings, effect),
            interactions: one_per_file(&interactions, findings, interaction),
            allergens: one_per_file(&allergens, findings, allergen),
            patient: PatientEntries::read(folder),
        };
        entries.report_revised_after_pack(findings);
        entries
    }

    fn report_revised_after_pack(&self, findings: &Findings) {
        let pack = &self.about.revised;
        let days = self.classes.iter().map(|entry| &entry.reviewed.revised);
        let days = days.chain(self.pathways.iter().map(|entry| &entry.reviewed.revised));
        let days = days.chain(self.effects.iter().map(|entry| &entry.reviewed.revised));
        let days = days.chain(self.interactions.iter().map(|entry| &entry.reviewed.revised));
        let days = days.chain(self.general.iter().map(|entry| &entry.reviewed.revised));
        let days = days.chain(self.allergens.iter().map(|entry| &entry.reviewed.revised));
        let days = days.chain(self.patient.revised());
        for day in days.filter(|day| !pack.is_empty() && day.value > *pack) {
            let problem = Problem::RevisedAfterPack { entry: day.value.clone(), pack: pack.clone() };
            findings.report(&day.place, problem);
        }
    }
}

fn one_per_file<T>(files: &[Arc<TextFile>], findings: &Findings, read: fn(&mut Fields<'_, '_>) -> T) -> Vec<T> {
    files.iter().filter_map(|file| read_file(file, findings, read)).collect()
}

fn empty_about() -> About {
    let empty = String::new;
    About {
        name: empty(),
        version: empty(),
        revised: empty(),
        developer: empty(),
        funding: empty(),
        license: empty(),
        drug_sources: Vec::new(),
    }
}

fn about(fields: &mut Fields<'_, '_>) -> About {
    About {
        name: fields.line("name").value,
        version: fields.line("version").value,
        revised: fields.day("revised").value,
        developer: fields.line("developer").value,
        funding: fields.line("funding").value,
        license: fields.line("license").value,
        drug_sources: values(fields.texts("drug_sources")),
    }
}

/// Problems as id and name, and those whose rules stay apart.
type Problems = (Vec<(At<String>, String)>, Vec<At<String>>);

fn problems(fields: &mut Fields<'_, '_>) -> Problems {
    let entries = fields.table("problems", |fields| {
        fields.entries().into_iter().filter_map(|(id, mut name)| Some((id, name.pop()?.value))).collect()
    });
    (entries.unwrap_or_default(), fields.optional_texts("apart"))
}

fn general(fields: &mut Fields<'_, '_>) -> Vec<GeneralEntry> {
    let duplicate = fields.table("duplicate_ingredient", |fields| {
        let tier = |fields: &mut Fields<'_, '_>, field| fields.word(field).unwrap_or(Tier::Minor);
        let test = GeneralTest::DuplicateIngredient {
            draft_tier: tier(fields, "draft_tier"),
            hidden_tier: tier(fields, "hidden_tier"),
            plain_tier: tier(fields, "plain_tier"),
            except: fields.optional_texts("except"),
        };
        general_entry(fields, test, &["drugs"])
    });
    let allergen = fields.table("same_allergen", |fields| {
        let test = GeneralTest::SameAllergen { tier: tier(fields) };
        general_entry(fields, test, &["drug", "allergen"])
    });
    duplicate.into_iter().chain(allergen).collect()
}

fn general_entry(
    fields: &mut Fields<'_, '_>,
    test: GeneralTest,
    placeholders: &'static [&'static str],
) -> GeneralEntry {
    GeneralEntry {
        id: id(fields),
        title: fields.line("title").value,
        problems: fields.texts("problems"),
        evidence: fields.word("evidence").unwrap_or(Evidence::Label),
        test,
        words: words(fields, placeholders, Mechanism::Optional),
        reviewed: reviewed(fields),
    }
}

fn class_file(fields: &mut Fields<'_, '_>) -> Vec<ClassEntry> {
    fields.tables("class", class)
}

fn class(fields: &mut Fields<'_, '_>) -> ClassEntry {
    ClassEntry {
        id: id(fields),
        name: fields.line("name").value,
        parents: fields.optional_texts("parents"),
        members: fields.optional_texts("members"),
        reviewed: reviewed(fields),
        duplicate: fields.optional_table("duplicate", duplicate),
    }
}

fn duplicate(fields: &mut Fields<'_, '_>) -> DuplicateEntry {
    DuplicateEntry {
        tier: tier(fields),
        problems: fields.texts("problems"),
        evidence: fields.optional_word("evidence"),
        words: words(fields, &["drugs"], Mechanism::Optional),
        cases: cases(fields, CaseShape::Drugs),
        contexts: contexts(fields),
        place: fields.place.clone(),
    }
}

fn contexts(fields: &mut Fields<'_, '_>) -> Vec<ContextEntry> {
    let direction = |fields: &mut Fields<'_, '_>| {
        let (field, direction) = if fields.has("at_least") {
            ("at_least", Direction::AtLeast)
        } else if fields.has("at_most") {
            ("at_most", Direction::AtMost)
        } else {
            ("tier", Direction::Sets)
        };
        (fields.word(field).unwrap_or(Tier::Minor), direction)
    };
    fields.optional_tables("context", |fields| {
        let (tier, direction) = direction(fields);
        ContextEntry {
            when: fields.texts("when"),
            tier,
            direction,
            because: fields.line("because").value,
            source: fields.optional_table("source", source),
        }
    })
}

fn pathway(fields: &mut Fields<'_, '_>) -> PathwayEntry {
    PathwayEntry {
        id: file_id(fields),
        name: fields.line("name").value,
        reviewed: reviewed(fields),
        inhibitors: fields.optional_tables("inhibitor", |row| pathway_row(row, strength)),
        inducers: fields.optional_tables("inducer", |row| pathway_row(row, strength)),
        substrates: fields.optional_tables("substrate", |row| PathwayRow {
            narrow_index: row.flag("narrow_index"),
            ..pathway_row(row, |row| row.word("sensitivity").unwrap_or(Sensitivity::Sensitive))
        }),
    }
}

fn pathway_row<T>(fields: &mut Fields<'_, '_>, degree: impl FnOnce(&mut Fields<'_, '_>) -> T) -> PathwayRow<T> {
    PathwayRow {
        drug: fields.text("drug"),
        degree: degree(fields),
        narrow_index: false,
        source: fields.optional_table("source", source),
    }
}

fn strength(fields: &mut Fields<'_, '_>) -> Strength {
    fields.word("strength").unwrap_or(Strength::Strong)
}

fn effect(fields: &mut Fields<'_, '_>) -> EffectEntry {
    EffectEntry {
        id: file_id(fields),
        name: fields.line("name").value,
        problem: fields.text("problem"),
        evidence: fields.optional_word("evidence"),
        reviewed: reviewed(fields),
        contributors: fields.tables("contributor", contributor).into_iter().flatten().collect(),
        levels: levels(fields),
        cases: cases(fields, CaseShape::DrugsAndTier),
        contexts: contexts(fields),
    }
}

fn contributor(fields: &mut Fields<'_, '_>) -> Option<ContributorEntry> {
    let drug = fields.optional_text("drug");
    let class = fields.optional_text("class");
    let weight = fields.number("weight", 1, 3).value;
    let source = fields.optional_table("source", source);
    let who = match (drug, class) {
        (Some(drug), None) => Contributor::Drug(drug),
        (None, Some(class)) => Contributor::Class(class),
        (Some(_), Some(class)) => {
            let problem = Problem::UnknownField { field: "class".into(), known: vec!["drug", "weight", "source"] };
            fields.findings.report(&class.place, problem);
            return None;
        }
        (None, None) => {
            fields.findings.report(&fields.place, Problem::MissingField { field: "drug" });
            return None;
        }
    };
    Some(ContributorEntry { who, weight, source })
}

fn levels(fields: &mut Fields<'_, '_>) -> Vec<LevelEntry> {
    let levels = fields.tables("level", |fields| {
        let level = LevelEntry {
            tier: tier(fields),
            sum: fields.number("sum", 1, u16::MAX).value,
            drugs: fields.number("drugs", 1, u16::MAX).value,
            words: words(fields, &["drugs"], Mechanism::Optional),
        };
        (level, fields.place.clone())
    });
    for ((above, _), (below, place)) in levels.iter().zip(levels.iter().skip(1)) {
        // A level that asks for at least as much as the one before it would never decide.
        let reachable = below.sum < above.sum || below.drugs < above.drugs;
        if below.tier > above.tier || !reachable || below.sum > above.sum {
            fields.findings.report(place, Problem::LevelsNotDescending);
        }
    }
    levels.into_iter().map(|(level, _)| level).collect()
}

fn interaction(fields: &mut Fields<'_, '_>) -> InteractionEntry {
    InteractionEntry {
        id: file_id(fields),
        title: fields.line("title").value,
        tier: tier(fields),
        problems: fields.texts("problems"),
        evidence: fields.word("evidence").unwrap_or(Evidence::Label),
        a: side(fields, "a"),
        b: side(fields, "b"),
        words: words(fields, &["a", "b"], Mechanism::Required),
        reviewed: reviewed(fields),
        cases: cases(fields, CaseShape::Drugs),
        contexts: contexts(fields),
        context_free: fields.optional_text("context_free"),
        low_value: fields.optional_text("low_value"),
    }
}

pub(crate) fn side(fields: &mut Fields<'_, '_>, field: &'static str) -> SideEntry {
    let side = fields.table(field, |fields| SideEntry {
        any: fields.texts("any"),
        except: fields.optional_texts("except"),
        local: fields.optional_texts("local"),
        place: fields.place.clone(),
    });
    let nothing = Vec::new;
    side.unwrap_or_else(|| SideEntry {
        any: nothing(),
        except: nothing(),
        local: nothing(),
        place: fields.place.clone(),
    })
}

fn allergen(fields: &mut Fields<'_, '_>) -> AllergenEntry {
    AllergenEntry {
        id: file_id(fields),
        name: fields.line("name").value,
        tier: tier(fields),
        members: selectors(fields, "members"),
        words: words(fields, &["drug", "allergen"], Mechanism::Optional),
        names: fields.optional_texts("names"),
        snomed: fields.optional_tables("snomed", snomed),
        reviewed: reviewed(fields),
        cross: fields.optional_tables("cross", cross),
        evidence: fields.optional_word("evidence"),
        cases: cases(fields, CaseShape::Allergen),
        contexts: contexts(fields),
    }
}

fn selectors(fields: &mut Fields<'_, '_>, field: &'static str) -> SideEntry {
    SideEntry {
        any: fields.texts(field),
        except: fields.optional_texts("except"),
        local: Vec::new(),
        place: fields.place.clone(),
    }
}

pub(crate) fn snomed(fields: &mut Fields<'_, '_>) -> At<u64> {
    let code = fields.text("code");
    fields.line("name");
    let number = snomed_code(&code.value);
    if number.is_none() && !code.value.is_empty() {
        fields.findings.report(&code.place, Problem::BadCode { text: code.value, system: "SNOMED CT concept id" });
    }
    At::new(number.unwrap_or_default(), code.place)
}

fn cross(fields: &mut Fields<'_, '_>) -> CrossEntry {
    CrossEntry {
        to: selectors(fields, "to"),
        tier: tier(fields),
        words: words(fields, &["drug", "allergen"], Mechanism::Optional),
        source: fields.table("source", source).unwrap_or_else(empty_source),
    }
}

/// A SNOMED CT identifier: six to eighteen digits.
pub(crate) fn snomed_code(text: &str) -> Option<u64> {
    let is_code = (6..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { text.parse().ok() } else { None }
}

pub(crate) fn tier(fields: &mut Fields<'_, '_>) -> Tier {
    fields.word("tier").unwrap_or(Tier::Minor)
}

pub(crate) fn reviewed(fields: &mut Fields<'_, '_>) -> Reviewed {
    Reviewed { source: fields.table("source", source).unwrap_or_else(empty_source), revised: fields.day("revised") }
}

fn empty_source() -> Source {
    Source { citation: String::new(), section: None, url: None }
}

fn source(fields: &mut Fields<'_, '_>) -> Source {
    let citation = fields.line("citation").value;
    let section = fields.optional_text("section").map(|section| section.value);
    let url = fields.optional_text("url");
    let year = fields.optional_number("year", 1900, 2100).map(|year| year.to_string());
    if let Some(url) = &url
        && !(url.value.starts_with("https://") || url.value.starts_with("http://"))
    {
        fields.findings.report(&url.place, Problem::BadCode { text: url.value.clone(), system: "address" });
    }
    let citation = match year {
        Some(year) if !citation.contains(&year) => format!("{citation} ({year})"),
        _ => citation,
    };
    Source { citation, section, url: url.map(|url| url.value) }
}

pub(crate) fn id(fields: &mut Fields<'_, '_>) -> At<String> {
    let id = fields.text("id");
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_letter);
    if !(id.value.is_empty() || id.value.split('-').all(is_word)) {
        fields.findings.report(&id.place, Problem::BadId { id: id.value.clone() });
    }
    id
}

/// An id that is the file's name, with hyphens for underscores.
pub(crate) fn file_id(fields: &mut Fields<'_, '_>) -> At<String> {
    let id = id(fields);
    let path = id.place.file.path.as_str();
    let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".toml");
    let expected = name.replace('_', "-");
    if !id.value.is_empty() && id.value != expected {
        fields.findings.report(&id.place, Problem::IdDiffersFromFile { id: id.value.clone(), expected });
    }
    id
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mechanism {
    Required,
    Optional,
}

pub(crate) fn words(fields: &mut Fields<'_, '_>, placeholders: &[&'static str], mechanism: Mechanism) -> WordsEntry {
    let what = fields.line("what");
    check_what(fields.findings, &what, placeholders);
    let mechanism = match mechanism {
        Mechanism::Required => Some(fields.text("mechanism")),
        Mechanism::Optional => fields.optional_text("mechanism"),
    };
    WordsEntry {
        what: what.value,
        mechanism: mechanism.map(|text| text.value),
        consequence: fields.text("consequence").value,
        manage: values(fields.texts("manage")),
    }
}

fn check_what(findings: &Findings, what: &At<String>, placeholders: &[&'static str]) {
    if what.value.is_empty() {
        return;
    }
    let mut rest = what.value.clone();
    for placeholder in placeholders {
        let braced = format!("{{{placeholder}}}");
        if !rest.contains(&braced) {
            findings.report(&what.place, Problem::MissingPlaceholder { placeholder });
        }
        rest = rest.replace(&braced, "");
    }
    while let Some((before, (placeholder, after))) =
        rest.split_once('{').and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        let problem = Problem::UnknownPlaceholder { placeholder: placeholder.to_owned(), known: placeholders.to_vec() };
        findings.report(&what.place, problem);
        rest = format!("{before}{after}");
    }
    if rest.contains(['{', '}']) {
        findings.report(&what.place, Problem::StrayBrace);
    }
    let length = rest.chars().count();
    if length > LONGEST_WHAT {
        findings.report(&what.place, Problem::WhatTooLong { length, most: LONGEST_WHAT });
    }
}

/// Which fields a case has besides `drugs`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaseShape {
    /// A tier only where the patient's facts change it.
    Drugs,
    DrugsAndTier,
    Allergen,
    /// The drugs are those of which `given` tells the dose.
    Dose,
}

pub(crate) fn cases(fields: &mut Fields<'_, '_>, shape: CaseShape) -> CaseEntries {
    let allergen = |fields: &mut Fields<'_, '_>| (shape == CaseShape::Allergen).then(|| fields.text("allergen"));
    let drugs = |fields: &mut Fields<'_, '_>| match shape {
        CaseShape::Dose => fields.optional_texts("drugs"),
        _ => fields.texts("drugs"),
    };
    CaseEntries {
        fires: fields.tables("fires", |fields| FiresEntry {
            drugs: drugs(fields),
            allergen: allergen(fields),
            given: fields.optional_texts("given"),
            tier: if shape == CaseShape::Drugs { fields.optional_word("tier") } else { fields.word("tier") },
            place: fields.place.clone(),
        }),
        silent: fields.tables("silent", |fields| SilentEntry {
            drugs: drugs(fields),
            allergen: allergen(fields),
            given: fields.optional_texts("given"),
            because: fields.line("because").value,
            place: fields.place.clone(),
        }),
    }
}

fn values(texts: Vec<At<String>>) -> Vec<String> {
    texts.into_iter().map(|text| text.value).collect()
}
