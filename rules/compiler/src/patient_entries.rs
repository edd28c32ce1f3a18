//! The entries about patients as they are written: conditions, measurements, routes, rules about one drug, doses and sums.

use cds_core::knowledge::{Evidence, PatientRuleKind};
use cds_core::report::Tier;

use crate::diagnostic::{At, Findings, Place};
use crate::entries::{
    CaseEntries, CaseShape, Mechanism, Reviewed, SideEntry, WordsEntry, cases, file_id, id, reviewed, side, snomed,
    snomed_code, tier, words,
};
use crate::fields::{Fields, read_file};
use crate::folder::Folder;
use crate::problem::Problem;
use crate::rows::{Row, csv};

/// Everything about patients in a folder.
#[derive(Default)]
pub(crate) struct PatientEntries {
    pub conditions: Vec<ConditionEntry>,
    /// SNOMED CT concepts of conditions that no rule asks for.
    pub other_conditions: Vec<At<u64>>,
    pub measurements: Vec<MeasurementEntry>,
    pub routes: Vec<RouteEntry>,
    pub rules: Vec<PatientRuleEntry>,
    pub doses: Vec<DoseEntry>,
    pub totals: Vec<TotalEntry>,
}

/// A condition.
pub(crate) struct ConditionEntry {
    pub id: At<String>,
    pub name: String,
    pub icd10: Vec<At<String>>,
    pub not_icd10: Vec<At<String>>,
    pub snomed: Vec<At<u64>>,
    pub includes: Vec<At<String>>,
    pub names: Vec<At<String>>,
    pub history: bool,
    pub lasts_days: Option<u16>,
    /// LOINC code and the answer's code.
    pub observed: Vec<(At<String>, String)>,
    pub ruled_out: Vec<(At<String>, String)>,
    pub reviewed: Reviewed,
}

/// A measurement.
pub(crate) struct MeasurementEntry {
    pub id: At<String>,
    pub name: String,
    pub unit: String,
    pub loinc: Vec<At<String>>,
    pub units: Vec<(String, At<String>)>,
    pub plausible: Vec<At<String>>,
    pub reviewed: Reviewed,
}

/// Codes and words of a route.
pub(crate) struct RouteEntry {
    pub id: At<String>,
    pub snomed: Vec<At<u64>>,
    pub names: Vec<At<String>>,
    pub forms: Vec<At<String>>,
    /// Drugs that reach the whole body by this local route.
    pub drugs: Vec<At<String>>,
}

/// A rule about one drug and the patient.
pub(crate) struct PatientRuleEntry {
    pub kind: PatientRuleKind,
    pub id: At<String>,
    pub title: String,
    pub problems: Vec<At<String>>,
    pub evidence: Evidence,
    pub drugs: SideEntry,
    pub levels: Vec<PatientLevelEntry>,
    pub reviewed: Reviewed,
    pub cases: CaseEntries,
}

/// When a rule about one drug fires, and how.
pub(crate) struct PatientLevelEntry {
    pub when: Vec<At<String>>,
    pub tier: Tier,
    pub words: WordsEntry,
}

/// Dose limits of a drug.
pub(crate) struct DoseEntry {
    pub id: At<String>,
    pub drug: At<String>,
    pub routes: Vec<At<String>>,
    pub problems: Vec<At<String>>,
    pub consequence: String,
    pub limits: Vec<DoseLimitEntry>,
    pub reviewed: Reviewed,
    pub cases: CaseEntries,
}

/// A dose limit.
pub(crate) struct DoseLimitEntry {
    pub when: Vec<At<String>>,
    pub at_once: Option<At<String>>,
    pub per_day: Option<At<String>>,
    pub per_week: Option<At<String>>,
    pub tier: Tier,
    pub much: Option<At<String>>,
    pub place: Place,
}

/// A sum of doses.
pub(crate) struct TotalEntry {
    pub id: At<String>,
    pub title: String,
    pub unit: String,
    pub problems: Vec<At<String>>,
    pub evidence: Evidence,
    pub contributors: Vec<TotalContributorEntry>,
    pub levels: Vec<TotalLevelEntry>,
    pub reviewed: Reviewed,
    pub cases: CaseEntries,
}

/// What a drug adds to a sum.
pub(crate) struct TotalContributorEntry {
    pub drug: At<String>,
    pub routes: Vec<At<String>>,
    pub per: At<String>,
    pub factor: At<String>,
}

/// From which sum on it is an alert.
pub(crate) struct TotalLevelEntry {
    pub from: At<String>,
    pub when: Vec<At<String>>,
    pub tier: Tier,
    pub words: WordsEntry,
}

/// The folders of rules about one drug.
const RULE_FOLDERS: &[(&str, PatientRuleKind)] = &[
    ("drug_conditions", PatientRuleKind::Condition),
    ("kidney", PatientRuleKind::Kidney),
    ("liver", PatientRuleKind::Liver),
    ("pregnancy", PatientRuleKind::Pregnancy),
    ("lactation", PatientRuleKind::Lactation),
    ("ages", PatientRuleKind::Age),
    ("monitoring", PatientRuleKind::Monitoring),
    ("foods", PatientRuleKind::Food),
];

impl PatientEntries {
    /// Reads every table about patients.
    pub fn read(folder: &Folder<'_>) -> Self {
        let findings = folder.findings;
        let many = |name: &str, others: &[&str]| folder.tables(name, others);
        let mut entries = Self::default();
        for file in many("conditions", &["other.csv"]) {
            let read = read_file(&file, findings, |fields| fields.tables("condition", condition));
            entries.conditions.extend(read.unwrap_or_default());
        }
        if let Some(file) = folder.file("conditions/other.csv") {
            entries.other_conditions = other_conditions(&csv(&file, &["system", "code", "name"], findings), findings);
        }
        for file in many("measurements", &[]) {
            let read = read_file(&file, findings, |fields| fields.tables("measurement", measurement));
            entries.measurements.extend(read.unwrap_or_default());
        }
        if let Some(file) = folder.file("routes.toml") {
            let read = read_file(&file, findings, |fields| fields.tables("route", route_entry));
            entries.routes = read.unwrap_or_default();
        }
        for (name, kind) in RULE_FOLDERS {
            for file in many(name, &[]) {
                let read = read_file(&file, findings, |fields| fields.tables("rule", |fields| rule(fields, *kind)));
                entries.rules.extend(read.unwrap_or_default());
            }
        }
        for file in many("doses", &[]) {
            let read = read_file(&file, findings, |fields| fields.tables("dose", dose));
            entries.doses.extend(read.unwrap_or_default());
        }
        for file in many("totals", &[]) {
            entries.totals.extend(read_file(&file, findings, total));
        }
        entries
    }

    /// The day of each entry's last revision.
    pub fn revised(&self) -> impl Iterator<Item = &At<String>> {
        let reviewed = self.conditions.iter().map(|entry| &entry.reviewed);
        let reviewed = reviewed.chain(self.measurements.iter().map(|entry| &entry.reviewed));
        let reviewed = reviewed.chain(self.rules.iter().map(|entry| &entry.reviewed));
        let reviewed = reviewed.chain(self.doses.iter().map(|entry| &entry.reviewed));
        let reviewed = reviewed.chain(self.totals.iter().map(|entry| &entry.reviewed));
        reviewed.map(|reviewed| &reviewed.revised)
    }
}

fn condition(fields: &mut Fields<'_, '_>) -> ConditionEntry {
    let answers = |fields: &mut Fields<'_, '_>, field| {
        fields.optional_tables(field, |fields| (fields.text("loinc"), fields.text("answer").value))
    };
    ConditionEntry {
        id: id(fields),
        name: fields.line("name").value,
        icd10: fields.optional_texts("icd10"),
        not_icd10: fields.optional_texts("not_icd10"),
        snomed: fields.optional_tables("snomed", snomed),
        includes: fields.optional_texts("includes"),
        names: fields.optional_texts("names"),
        history: fields.flag("history"),
        lasts_days: fields.optional_number("lasts_days", 1, 3650),
        observed: answers(fields, "observed"),
        ruled_out: answers(fields, "ruled_out"),
        reviewed: reviewed(fields),
    }
}

fn other_conditions(rows: &[Row], findings: &Findings) -> Vec<At<u64>> {
    let codes = rows.iter().filter_map(|row| {
        let (system, code) = (row.field(0), row.field(1));
        if system.value != "snomed" {
            let problem = Problem::UnknownWord { field: "system".into(), word: system.value, known: vec!["snomed"] };
            findings.report(&system.place, problem);
        }
        let number = snomed_code(&code.value);
        if number.is_none() {
            let problem = Problem::BadCode { text: code.value.clone(), system: "SNOMED CT concept id" };
            findings.report(&code.place, problem);
        }
        Some(At::new(number?, code.place))
    });
    codes.collect()
}

fn measurement(fields: &mut Fields<'_, '_>) -> MeasurementEntry {
    MeasurementEntry {
        id: id(fields),
        name: fields.line("name").value,
        unit: fields.line("unit").value,
        loinc: fields.tables("loinc", |fields| {
            let code = fields.text("code");
            fields.line("name");
            code
        }),
        units: fields.optional_tables("units", |fields| (fields.text_or_empty("unit"), fields.text("factor"))),
        plausible: fields.texts("plausible"),
        reviewed: reviewed(fields),
    }
}

fn route_entry(fields: &mut Fields<'_, '_>) -> RouteEntry {
    RouteEntry {
        id: id(fields),
        snomed: fields.optional_tables("snomed", snomed),
        names: fields.optional_texts("names"),
        forms: fields.optional_texts("forms"),
        drugs: fields.optional_texts("drugs"),
    }
}

fn rule(fields: &mut Fields<'_, '_>, kind: PatientRuleKind) -> PatientRuleEntry {
    PatientRuleEntry {
        kind,
        id: id(fields),
        title: fields.line("title").value,
        problems: fields.texts("problems"),
        evidence: fields.word("evidence").unwrap_or(Evidence::Label),
        drugs: side(fields, "drugs"),
        levels: fields.tables("level", |fields| PatientLevelEntry {
            when: fields.texts("when"),
            tier: tier(fields),
            words: words(fields, &["drug"], Mechanism::Optional),
        }),
        reviewed: reviewed(fields),
        cases: cases(fields, CaseShape::DrugsAndTier),
    }
}

fn dose(fields: &mut Fields<'_, '_>) -> DoseEntry {
    DoseEntry {
        id: id(fields),
        drug: fields.text("drug"),
        routes: fields.optional_texts("routes"),
        problems: fields.texts("problems"),
        consequence: fields.text("consequence").value,
        limits: fields.tables("limit", |fields| DoseLimitEntry {
            when: fields.optional_texts("when"),
            at_once: fields.optional_text("at_once"),
            per_day: fields.optional_text("per_day"),
            per_week: fields.optional_text("per_week"),
            tier: fields.optional_word("tier").unwrap_or(Tier::Moderate),
            much: fields.optional_text("much"),
            place: fields.place.clone(),
        }),
        reviewed: reviewed(fields),
        cases: cases(fields, CaseShape::Dose),
    }
}

fn total(fields: &mut Fields<'_, '_>) -> TotalEntry {
    TotalEntry {
        id: file_id(fields),
        title: fields.line("title").value,
        unit: fields.line("unit").value,
        problems: fields.texts("problems"),
        evidence: fields.word("evidence").unwrap_or(Evidence::Guideline),
        contributors: fields.tables("contributor", |fields| TotalContributorEntry {
            drug: fields.text("drug"),
            routes: fields.optional_texts("routes"),
            per: fields.text("per"),
            factor: fields.text("factor"),
        }),
        levels: fields.tables("level", |fields| TotalLevelEntry {
            from: fields.text("from"),
            when: fields.optional_texts("when"),
            tier: tier(fields),
            words: words(fields, &["drugs", "total"], Mechanism::Optional),
        }),
        reviewed: reviewed(fields),
        cases: cases(fields, CaseShape::Dose),
    }
}
