//! The drug tables: which code or name is which ingredients.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cds_core::knowledge::names::normalise;
use cds_core::knowledge::{CodeLevel, CodeTable, DrugCodes, Ingredient, NameWords, NonDrug, NonDrugKind, Product};

use crate::diagnostic::{At, Findings, Place, TextFile};
use crate::entries::snomed_code;
use crate::fields::{Fields, Word, read_file, word, words};
use crate::folder::Folder;
use crate::packing;
use crate::problem::{Problem, nearest};
use crate::rows::{Row, csv, tsv};

/// Columns of the tables, which the importer writes too.
pub(crate) mod columns {
    pub const INGREDIENTS: &[&str] = &["rxcui", "name"];
    pub const CLINICAL_DRUGS: &[&str] = &["ingredients", "rxcuis"];
    pub const DRUG_GROUPS: &[&str] = &["ingredients", "form", "rxcuis"];
    pub const NAMES: &[&str] = &["ingredients", "names"];
    pub const NDC: &[&str] = &["group", "codes"];
    pub const ADDITIONS: &[&str] = &["rxcui", "level", "ingredients", "name", "source"];
    pub const SUBSTANCES: &[&str] = &["system", "code", "name", "ingredients", "source"];
    pub const NON_DRUG: &[&str] = &["system", "code", "name", "kind"];
}

const KNOWN_FILES: &[&str] = &[
    "ingredients.csv",
    "clinical_drugs.tsv",
    "drug_groups.tsv",
    "names.tsv",
    "ndc.tsv",
    "additions.csv",
    "substances.csv",
    "dose_form_words.toml",
];

impl Word for CodeLevel {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("clinical-drug", Self::ClinicalDrug),
        ("drug-group", Self::DrugGroup),
        ("ingredient", Self::Ingredient),
        ("multi-ingredient", Self::MultiIngredient),
        ("brand", Self::Brand),
        ("component", Self::Component),
        ("pack", Self::Pack),
        ("retired", Self::Retired),
    ];
}

impl Word for NonDrugKind {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("food", Self::Food),
        ("environment", Self::Environment),
        ("other", Self::Other),
        ("none-known", Self::NoneKnown),
    ];
}

/// The drugs that the other tables can name.
pub(crate) struct Drugs {
    pub codes: DrugCodes,
    by_name: BTreeMap<String, u16>,
    /// Names that are no ingredient's own, with what they mean.
    other_names: BTreeMap<String, (Vec<u16>, Place)>,
    snomed: BTreeMap<u64, Place>,
}

impl Drugs {
    /// Position of the ingredient with this name; reports one that is not known.
    pub fn ingredient(&self, name: &At<String>, findings: &Findings) -> Option<u16> {
        if name.value.is_empty() {
            return None;
        }
        let found = self.by_name.get(&name.value).copied();
        if found.is_none() {
            findings.report(&name.place, self.unknown(&name.value));
        }
        found
    }

    /// Name of the ingredient at a position.
    pub fn name(&self, position: u16) -> &str {
        self.codes.ingredients.get(usize::from(position)).map_or("", |ingredient| ingredient.name.as_str())
    }

    /// RxNorm concept id of the ingredient at a position.
    pub fn rxcui(&self, position: u16) -> u32 {
        self.codes.ingredients.get(usize::from(position)).map_or(0, |ingredient| ingredient.rxcui)
    }

    /// Whether an ingredient has this name.
    pub fn is_ingredient(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Position of the ingredient with this name.
    pub fn position(&self, name: &str) -> Option<u16> {
        self.by_name.get(name).copied()
    }

    /// Names of the ingredients.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Every name by which a drug is known, and where it says so.
    pub fn name_places(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.other_names.iter().map(|(name, (_, place))| (name.as_str(), place))
    }

    /// Every SNOMED CT concept that means a drug, and where it says so.
    pub fn snomed_places(&self) -> impl Iterator<Item = (u64, &Place)> {
        self.snomed.iter().map(|(code, place)| (*code, place))
    }

    fn unknown(&self, name: &str) -> Problem {
        let means = self.other_names.get(&normalise(name)).into_iter().flat_map(|(means, _)| means);
        Problem::UnknownDrug {
            name: name.to_owned(),
            means: means.map(|position| self.name(*position).to_owned()).collect(),
            nearest: nearest(name, self.by_name.keys().map(String::as_str)),
        }
    }

    /// Reads every drug table.
    pub fn read(folder: &Folder<'_>) -> Self {
        for file in folder.tables("drugs", KNOWN_FILES) {
            folder.findings.report(&Place::new(&file, 0..0), Problem::UnexpectedFile);
        }
        let mut tables = Tables::read_ingredients(folder);
        tables.read_imported(folder);
        tables.read_additions(folder);
        tables.read_substances(folder);
        let words = tables.read_words(folder);
        tables.finish(words)
    }
}

/// A product before its form has a position.
type Meaning = (Vec<u16>, Option<String>);

/// What has been read so far.
struct Tables<'f> {
    findings: &'f Findings,
    ingredients: Vec<Ingredient>,
    by_name: BTreeMap<String, u16>,
    by_rxcui: BTreeMap<u32, u16>,
    rxnorm: BTreeMap<u64, (CodeLevel, Meaning, Place)>,
    ndc: BTreeMap<u64, (Meaning, Place)>,
    snomed: BTreeMap<u64, (Meaning, Place)>,
    names: BTreeMap<String, (Meaning, Place)>,
    additions: Vec<Row>,
}

impl<'f> Tables<'f> {
    /// Reads the ingredients and those that `additions.csv` adds, so that their positions are known.
    fn read_ingredients(folder: &Folder<'f>) -> Self {
        let findings = folder.findings;
        let imported = folder.file("drugs/ingredients.csv");
        let rows = imported.iter().flat_map(|file| csv(file, columns::INGREDIENTS, findings));
        let mut found: BTreeMap<u32, At<String>> = BTreeMap::new();
        let mut place_by_name: BTreeMap<String, Place> = BTreeMap::new();
        let mut add = |code: &At<String>, name: At<String>| {
            let Some(rxcui) = rxcui(code, findings) else { return };
            if name.value.is_empty() || name.value.to_lowercase() != name.value {
                let problem = Problem::NotNormal { name: name.value.clone(), normal: name.value.to_lowercase() };
                findings.report(&name.place, problem);
                return;
            }
            // The first one stays, so that what refers to it is not reported too.
            if let Some(first) = place_by_name.get(&name.value) {
                let problem = Problem::Duplicate { kind: "ingredient", id: name.value, first: first.name() };
                findings.report(&name.place, problem);
            } else if let Some(first) = found.get(&rxcui) {
                let problem = Problem::Duplicate { kind: "code", id: rxcui.to_string(), first: first.place.name() };
                findings.report(&code.place, problem);
            } else {
                place_by_name.insert(name.value.clone(), name.place.clone());
                found.insert(rxcui, name);
            }
        };
        for row in rows {
            add(&row.field(0), row.field(1));
        }
        let imported_names: BTreeSet<String> = imported_names(imported.as_ref());
        let additions = folder.file("drugs/additions.csv");
        let additions: Vec<Row> = additions.iter().flat_map(|file| csv(file, columns::ADDITIONS, findings)).collect();
        let (new, additions) = additions.into_iter().partition::<Vec<Row>, _>(|row| {
            let [_, level, ingredients, name, _] = row_fields(row);
            level == "ingredient" && name == ingredients && !imported_names.contains(name)
        });
        for row in new {
            required_field(&row, 4, "source", findings);
            add(&row.field(0), row.field(3));
        }
        let mut tables = Self {
            findings,
            ingredients: Vec::new(),
            by_name: BTreeMap::new(),
            by_rxcui: BTreeMap::new(),
            rxnorm: BTreeMap::new(),
            ndc: BTreeMap::new(),
            snomed: BTreeMap::new(),
            names: BTreeMap::new(),
            additions,
        };
        if found.len() > usize::from(u16::MAX) {
            let problem = Problem::TooMany { what: "ingredients", count: found.len(), most: usize::from(u16::MAX) };
            findings.report(&Place::of_absent("drugs/ingredients.csv"), problem);
            return tables;
        }
        for (position, (rxcui, name)) in (0_u16..).zip(found) {
            tables.by_name.insert(name.value.clone(), position);
            tables.by_rxcui.insert(rxcui, position);
            tables.ingredients.push(Ingredient { rxcui, name: name.value.clone() });
            let meaning = (vec![position], None);
            tables.rxnorm.insert(u64::from(rxcui), (CodeLevel::Ingredient, meaning, name.place));
        }
        tables
    }

    fn read_imported(&mut self, folder: &Folder<'_>) {
        let rows = |name: &str, columns: &[&str]| -> Vec<Row> {
            folder.file(name).iter().flat_map(|file| tsv(file, columns, folder.findings)).collect()
        };
        for row in rows("drugs/clinical_drugs.tsv", columns::CLINICAL_DRUGS) {
            let meaning = (self.ingredient_codes(&row.field(0)), None);
            self.add_rxcuis(CodeLevel::ClinicalDrug, &meaning, &row.field(1));
        }
        for row in rows("drugs/drug_groups.tsv", columns::DRUG_GROUPS) {
            let meaning = (self.ingredient_codes(&row.field(0)), form(&row.field(1)));
            self.add_rxcuis(CodeLevel::DrugGroup, &meaning, &row.field(2));
        }
        for row in rows("drugs/names.tsv", columns::NAMES) {
            let meaning = (self.ingredient_codes(&row.field(0)), None);
            let names = row.field(1);
            for name in names.value.split('|') {
                self.add_name(name, meaning.clone(), &names.place);
            }
        }
        for row in rows("drugs/ndc.tsv", columns::NDC) {
            let (group, codes) = (row.field(0), row.field(1));
            let meaning = group.value.parse().ok().and_then(|group: u64| self.rxnorm.get(&group));
            let Some((_, meaning, _)) = meaning.cloned() else {
                self.bad_code(&group, "drug group of `drugs/drug_groups.tsv`");
                continue;
            };
            match packing::unpack(&codes.value) {
                Some(unpacked) => self.add_ndcs(&unpacked, &meaning, &codes.place),
                None => self.bad_code(&codes, "list of National Drug Codes"),
            }
        }
    }

    fn bad_code(&self, text: &At<String>, system: &'static str) {
        let shown: String = text.value.chars().take(20).collect();
        self.findings.report(&text.place, Problem::BadCode { text: shown, system });
    }

    /// Ingredients as `11289+5640`.
    fn ingredient_codes(&self, codes: &At<String>) -> Vec<u16> {
        let mut positions = Vec::new();
        for code in codes.value.split('+') {
            match code.parse().ok().and_then(|rxcui: u32| self.by_rxcui.get(&rxcui)) {
                Some(position) => positions.push(*position),
                None => self
                    .bad_code(&At::new(code.to_owned(), codes.place.clone()), "ingredient of `drugs/ingredients.csv`"),
            }
        }
        self.sorted(positions, codes)
    }

    /// Ingredients as `trimethoprim|sulfamethoxazole`.
    fn ingredient_names(&self, names: &At<String>) -> Vec<u16> {
        let mut positions = Vec::new();
        let mut start = names.place.span.start;
        for name in names.value.split('|') {
            let end = start.saturating_add(name.len());
            match self.by_name.get(name) {
                Some(position) => positions.push(*position),
                None => {
                    let nearest = nearest(name, self.by_name.keys().map(String::as_str));
                    let problem = Problem::UnknownDrug { name: name.to_owned(), means: Vec::new(), nearest };
                    let within = end <= names.place.span.end;
                    let place = if within { Place::new(&names.place.file, start..end) } else { names.place.clone() };
                    self.findings.report(&place, problem);
                }
            }
            start = end.saturating_add(1);
        }
        self.sorted(positions, names)
    }

    fn sorted(&self, mut positions: Vec<u16>, written: &At<String>) -> Vec<u16> {
        positions.sort_unstable();
        for pair in positions.windows(2) {
            if let [first, second] = pair
                && first == second
                && let Some(ingredient) = self.ingredients.get(usize::from(*first))
            {
                self.findings.report(&written.place, Problem::Twice { name: ingredient.name.clone() });
            }
        }
        positions.dedup();
        positions
    }

    fn add_rxcuis(&mut self, level: CodeLevel, meaning: &Meaning, codes: &At<String>) {
        for code in codes.value.split(' ') {
            self.add_rxcui(level, meaning.clone(), &At::new(code.to_owned(), codes.place.clone()));
        }
    }

    fn add_rxcui(&mut self, level: CodeLevel, meaning: Meaning, code: &At<String>) {
        let Some(rxcui) = rxcui(code, self.findings) else { return };
        let (_, _, first) = self.rxnorm.entry(u64::from(rxcui)).or_insert_with(|| (level, meaning, code.place.clone()));
        report_second(first, code, "code", self.findings);
    }

    fn add_ndcs(&mut self, codes: &[u64], meaning: &Meaning, place: &Place) {
        for code in codes {
            let (_, first) = self.ndc.entry(*code).or_insert_with(|| (meaning.clone(), place.clone()));
            report_second(first, &At::new(format!("{code:09}"), place.clone()), "code", self.findings);
        }
    }

    fn add_name(&mut self, name: &str, meaning: Meaning, place: &Place) {
        let normal = normalise(name);
        if normal.is_empty() || normal != name {
            self.findings.report(place, Problem::NotNormal { name: name.to_owned(), normal });
            return;
        }
        match self.names.get(name) {
            Some((known, first)) if *known != meaning || first.file == place.file => {
                let problem = Problem::Duplicate { kind: "name", id: name.to_owned(), first: first.name() };
                self.findings.report(place, problem);
            }
            Some(_) => {}
            None => {
                self.names.insert(name.to_owned(), (meaning, place.clone()));
            }
        }
    }

    fn read_additions(&mut self, _folder: &Folder<'_>) {
        for row in std::mem::take(&mut self.additions) {
            required_field(&row, 3, "name", self.findings);
            required_field(&row, 4, "source", self.findings);
            let ingredients = self.ingredient_names(&row.field(2));
            let level = word_of(&row.field(1), "level", CodeLevel::ClinicalDrug, self.findings);
            self.add_rxcui(level, (ingredients, None), &row.field(0));
        }
    }

    fn read_substances(&mut self, folder: &Folder<'_>) {
        let file = folder.file("drugs/substances.csv");
        for row in file.iter().flat_map(|file| csv(file, columns::SUBSTANCES, self.findings)) {
            required_field(&row, 2, "name", self.findings);
            required_field(&row, 4, "source", self.findings);
            let meaning = (self.ingredient_names(&row.field(3)), None);
            let (system, code) = (row.field(0), row.field(1));
            if system.value != "snomed" {
                let problem =
                    Problem::UnknownWord { field: "system".into(), word: system.value, known: vec!["snomed"] };
                self.findings.report(&system.place, problem);
                continue;
            }
            match snomed_code(&code.value) {
                Some(number) => {
                    let (_, first) = self.snomed.entry(number).or_insert_with(|| (meaning, code.place.clone()));
                    report_second(first, &code, "code", self.findings);
                }
                None => self.bad_code(&code, "SNOMED CT concept id"),
            }
        }
    }

    fn read_words(&mut self, folder: &Folder<'_>) -> NameWords {
        let file = folder.file("drugs/dose_form_words.toml");
        let read = file.and_then(|file| read_file(&file, self.findings, name_words));
        let (words, abbreviations) = read.unwrap_or_default();
        for (name, ingredients) in abbreviations {
            let known = ingredients.iter().map(|ingredient| self.ingredient_names(ingredient)).collect::<Vec<_>>();
            let mut positions = known.concat();
            positions.sort_unstable();
            positions.dedup();
            self.add_name(&name.value, (positions, None), &name.place);
        }
        words
    }

    fn finish(mut self, words: NameWords) -> Drugs {
        self.add_ingredient_names();
        let meanings = self.rxnorm.values().map(|(_, meaning, _)| meaning);
        let meanings = meanings.chain(self.ndc.values().map(|(meaning, _)| meaning));
        let meanings = meanings.chain(self.snomed.values().map(|(meaning, _)| meaning));
        let meanings: BTreeSet<&Meaning> = meanings.chain(self.names.values().map(|(meaning, _)| meaning)).collect();
        let forms: BTreeSet<&String> = meanings.iter().filter_map(|(_, form)| form.as_ref()).collect();
        if forms.len() > usize::from(u8::MAX) {
            let problem = Problem::TooMany { what: "dose-form groups", count: forms.len(), most: usize::from(u8::MAX) };
            self.findings.report(&Place::of_absent("drugs/drug_groups.tsv"), problem);
        }
        let form_position: BTreeMap<&String, u8> = forms.iter().copied().zip(0_u8..).collect();
        let products: BTreeMap<Product, &Meaning> =
            meanings.iter().map(|meaning| (product(meaning, &form_position), *meaning)).collect();
        let positions: BTreeMap<&Meaning, u32> = products.values().copied().zip(0_u32..).collect();
        let position = |meaning: &Meaning| positions.get(meaning).copied().unwrap_or_default();

        let levels: BTreeSet<CodeLevel> = self.rxnorm.values().map(|(level, _, _)| *level).collect();
        let of_level = |wanted: CodeLevel| {
            let codes = self.rxnorm.iter().filter(move |(_, (level, _, _))| *level == wanted);
            code_table(wanted, codes.map(|(code, (_, meaning, _))| (*code, position(meaning))))
        };
        let plain = |level, codes: &BTreeMap<u64, (Meaning, Place)>| {
            code_table(level, codes.iter().map(|(code, (meaning, _))| (*code, position(meaning))))
        };
        let codes = DrugCodes {
            forms: forms.iter().map(|form| (*form).clone()).collect(),
            products: products.keys().cloned().collect(),
            rxnorm: levels.into_iter().map(of_level).collect(),
            ndc: plain(CodeLevel::ClinicalDrug, &self.ndc),
            snomed: plain(CodeLevel::Substance, &self.snomed),
            names: self.names.iter().map(|(name, (meaning, _))| (name.clone(), position(meaning))).collect(),
            words,
            ingredients: self.ingredients.clone(),
        };
        let other_names = self.names.into_iter().map(|(name, (meaning, place))| (name, (meaning.0, place))).collect();
        let snomed = self.snomed.into_iter().map(|(code, (_, place))| (code, place)).collect();
        Drugs { codes, by_name: self.by_name, other_names, snomed }
    }

    /// Every ingredient is known by its own name, unless the importer left the name out because it is ambiguous.
    fn add_ingredient_names(&mut self) {
        let mut own: BTreeMap<String, Vec<u16>> = BTreeMap::new();
        for (name, position) in &self.by_name {
            own.entry(normalise(name)).or_default().push(*position);
        }
        for (name, positions) in own {
            if let [position] = positions.as_slice()
                && let Some(ingredient) = self.ingredients.get(usize::from(*position))
                && let Some((_, _, place)) = self.rxnorm.get(&u64::from(ingredient.rxcui))
            {
                let place = place.clone();
                self.add_name(&name, (positions, None), &place);
            }
        }
    }
}

/// Reads the allergens that are no drugs.
pub(crate) fn read_non_drugs(folder: &Folder<'_>) -> Vec<At<NonDrug>> {
    let findings = folder.findings;
    let mut met: BTreeMap<String, (NonDrug, Place)> = BTreeMap::new();
    let mut found = Vec::new();
    let file = folder.file("allergens/non_drug.csv");
    for row in file.iter().flat_map(|file| csv(file, columns::NON_DRUG, findings)) {
        required_field(&row, 2, "name", findings);
        let (system, code, name, kind) = (row.field(0), row.field(1), row.field(2), row.field(3));
        let kind = word_of(&kind, "kind", NonDrugKind::Other, findings);
        let (key, entry) = match system.value.as_str() {
            "snomed" => {
                let Some(number) = snomed_code(&code.value) else {
                    let problem = Problem::BadCode { text: code.value, system: "SNOMED CT concept id" };
                    findings.report(&code.place, problem);
                    continue;
                };
                (At::new(number.to_string(), code.place), NonDrug { snomed: Some(number), name: None, kind })
            }
            "text" => {
                let normal = normalise(&name.value);
                if normal.is_empty() {
                    findings.report(&name.place, Problem::NotNormal { name: name.value, normal });
                    continue;
                }
                (At::new(normal.clone(), name.place), NonDrug { snomed: None, name: Some(normal), kind })
            }
            _ => {
                let problem =
                    Problem::UnknownWord { field: "system".into(), word: system.value, known: vec!["snomed", "text"] };
                findings.report(&system.place, problem);
                continue;
            }
        };
        // Several spellings may be one name once parentheses are left out; they must agree on what it is.
        let (first, place) = met.entry(key.value.clone()).or_insert_with(|| (entry.clone(), key.place.clone()));
        if *place == key.place {
            found.push(At::new(entry, row.place));
        } else if *first != entry || entry.snomed.is_some() {
            report_second(place, &key, "allergen", findings);
        }
    }
    found.sort_by(|a, b| (a.value.snomed, &a.value.name).cmp(&(b.value.snomed, &b.value.name)));
    found
}

/// Other names, with the ingredients that each means.
type Abbreviations = Vec<(At<String>, Vec<At<String>>)>;

fn name_words(fields: &mut Fields<'_, '_>) -> (NameWords, Abbreviations) {
    fields.optional_day("revised");
    let mut list = |field| fields.texts(field).into_iter().map(|text| text.value).collect();
    let words = NameWords { forms: list("forms"), units: list("units"), salts: list("salts") };
    (words, fields.optional_table("abbreviations", |fields| fields.entries()).unwrap_or_default())
}

fn imported_names(file: Option<&Arc<TextFile>>) -> BTreeSet<String> {
    let unreported = Findings::default();
    let rows = file.into_iter().flat_map(|file| csv(file, columns::INGREDIENTS, &unreported));
    rows.map(|row| row.field(1).value).collect()
}

fn row_fields(row: &Row) -> [&str; 5] {
    [0, 1, 2, 3, 4].map(|position: usize| row.fields.get(position).map_or("", |field| field.value.as_str()))
}

fn required_field(row: &Row, position: usize, field: &'static str, findings: &Findings) {
    if row.field(position).value.is_empty() {
        findings.report(&row.place, Problem::Empty { field: field.to_owned() });
    }
}

/// The value of a word; reports one that is none, and stands in for it.
fn word_of<T: Word>(text: &At<String>, field: &'static str, stand_in: T, findings: &Findings) -> T {
    word(&text.value).unwrap_or_else(|| {
        let known = words::<T>();
        let problem = Problem::UnknownWord { field: field.to_owned(), word: text.value.clone(), known };
        findings.report(&text.place, problem);
        stand_in
    })
}

/// Reports a code unless it stands where the first one with its value stands.
fn report_second(first: &Place, second: &At<String>, kind: &'static str, findings: &Findings) {
    if *first != second.place {
        let problem = Problem::Duplicate { kind, id: second.value.clone(), first: first.name() };
        findings.report(&second.place, problem);
    }
}

fn rxcui(code: &At<String>, findings: &Findings) -> Option<u32> {
    let number = code.value.parse().ok().filter(|number: &u32| *number > 0 && code.value == number.to_string());
    if number.is_none() {
        let problem = Problem::BadCode { text: code.value.clone(), system: "RxNorm concept id" };
        findings.report(&code.place, problem);
    }
    number
}

fn form(text: &At<String>) -> Option<String> {
    (!text.value.is_empty()).then(|| text.value.clone())
}

fn product(meaning: &Meaning, forms: &BTreeMap<&String, u8>) -> Product {
    let (ingredients, form) = meaning;
    Product { ingredients: ingredients.clone(), form: form.as_ref().and_then(|form| forms.get(form).copied()) }
}

fn code_table(level: CodeLevel, codes: impl Iterator<Item = (u64, u32)>) -> CodeTable {
    let (codes, products) = codes.unzip();
    CodeTable { level, codes, products }
}
