//! Recognising a drug: by code first, then by a code of another system, then by its exact name. It always says which.

use crate::chart::{Coding, Concept, Drug, DrugProblem};
use crate::knowledge::{CodeLevel, IngredientId, Knowledge, Product, System, names};

/// A drug that was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// Its ingredients, ascending.
    pub ingredients: Vec<IngredientId>,
    /// What identifies the product: two records of the same product are the same drug in the same strength and form, as far
    /// as its code says.
    pub product: String,
    /// How it was recognised, in words.
    pub how: String,
    /// Whether codes of two systems name different drugs.
    pub codes_disagree: bool,
    /// Whether some ingredient that the chart names was not recognised.
    pub partly: bool,
    /// The dose-form group, where the source of the code says one.
    pub form: Option<String>,
}

/// Why a drug was not recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unrecognised {
    /// There is neither code nor text.
    NoCode,
    /// There is a code that is not known, and no text that is.
    UnknownCode,
    /// The same, and it is a National Drug Code, which cannot be looked up: these codes are not loaded.
    NdcNotLoaded,
    /// There is only a text, and it is not a known name.
    UnknownName,
    /// The Medication that it refers to is not there.
    UnresolvedReference,
}

/// Recognises the drug of a record.
///
/// # Errors
/// [`Unrecognised`] says why nothing was recognised.
pub fn recognise(drug: &Drug<'_>, knowledge: &Knowledge) -> Result<Recognised, Unrecognised> {
    let mut reason = match drug.problem {
        Some(DrugProblem::UnresolvedReference | DrugProblem::ReferenceCycle) => Unrecognised::UnresolvedReference,
        Some(DrugProblem::NoCode) | None => Unrecognised::NoCode,
    };
    if let Some(concept) = &drug.concept {
        match recognise_concept(concept, knowledge) {
            Ok(recognised) => return Ok(with_ingredients(recognised, drug, knowledge)),
            Err(why) => reason = why,
        }
    }
    // The Medication's own code says nothing, but its ingredients may.
    let mut ingredients = Vec::new();
    let mut partly = drug.problem.is_some();
    for concept in &drug.ingredients {
        match recognise_concept(concept, knowledge) {
            Ok(recognised) => ingredients.extend(recognised.ingredients),
            Err(why) => {
                partly = true;
                reason = why;
            }
        }
    }
    ingredients.sort_unstable();
    ingredients.dedup();
    if ingredients.is_empty() {
        return Err(reason);
    }
    let product = format!("ingredients:{ingredients:?}");
    Ok(Recognised {
        ingredients,
        product,
        how: "by the ingredients of its Medication".to_owned(),
        codes_disagree: false,
        partly,
        form: None,
    })
}

/// A drug that was recognised by its code, with the ingredients that its Medication names besides.
fn with_ingredients(recognised: Recognised, drug: &Drug<'_>, knowledge: &Knowledge) -> Recognised {
    let named: Vec<Vec<IngredientId>> = drug
        .ingredients
        .iter()
        .filter_map(|concept| recognise_concept(concept, knowledge).ok())
        .map(|ingredient| ingredient.ingredients)
        .collect();
    let own = recognised.ingredients.as_slice();
    let ingredients = all_ingredients(named.iter().map(Vec::as_slice).chain([own]));
    let codes_disagree = recognised.codes_disagree || ingredients.len() > own.len();
    Recognised { ingredients, codes_disagree, partly: recognised.partly || drug.problem.is_some(), ..recognised }
}

/// Recognises one concept, by its codes in the order RxNorm, NDC, SNOMED CT, then by its texts.
///
/// # Errors
/// [`Unrecognised`] says why nothing was recognised.
pub(crate) fn recognise_concept(concept: &Concept<'_>, knowledge: &Knowledge) -> Result<Recognised, Unrecognised> {
    let mut by_code: Vec<(usize, Recognised)> =
        concept.codings.iter().filter_map(|coding| by_coding(coding, knowledge)).collect();
    by_code.sort_by(|a, b| (a.0, &a.1.how).cmp(&(b.0, &b.1.how)));
    // Codes that name different drugs: all of them are checked, and the disagreement is said.
    let ingredients = all_ingredients(by_code.iter().map(|(_, one)| one.ingredients.as_slice()));
    let disagree = by_code.iter().any(|(_, one)| one.ingredients != ingredients);
    if let Some((_, first)) = by_code.into_iter().next() {
        return Ok(Recognised { ingredients, codes_disagree: disagree, ..first });
    }
    let texts = concept.text.iter().chain(concept.codings.iter().filter_map(|coding| coding.display.as_ref()));
    let mut any_text = false;
    for text in texts.filter(|text| !text.trim().is_empty()) {
        any_text = true;
        if let Some(recognised) = by_name(text, knowledge) {
            return Ok(recognised);
        }
    }
    Err(unrecognised(concept, any_text, knowledge))
}

/// Why a concept says nothing that is known.
pub(crate) fn unrecognised(concept: &Concept<'_>, any_text: bool, knowledge: &Knowledge) -> Unrecognised {
    let mut codes = concept.codings.iter().filter(|coding| !coding.code.is_empty()).peekable();
    let any_code = codes.peek().is_some();
    let not_loaded = knowledge.ndc_sha256().is_none() && codes.any(|coding| System::of(&coding.system) == System::Ndc);
    match (any_code, any_text) {
        _ if not_loaded => Unrecognised::NdcNotLoaded,
        (true, _) => Unrecognised::UnknownCode,
        (false, true) => Unrecognised::UnknownName,
        (false, false) => Unrecognised::NoCode,
    }
}

/// Recognises a bare code as the command line takes it: an RxNorm concept id, or an NDC with hyphens or eleven digits.
pub fn recognise_code(code: &str, knowledge: &Knowledge) -> Option<Recognised> {
    let systems = ["http://www.nlm.nih.gov/research/umls/rxnorm", "http://hl7.org/fhir/sid/ndc"];
    systems.into_iter().find_map(|system| {
        let coding = Coding { system: system.into(), code: code.trim().into(), display: None };
        by_coding(&coding, knowledge).map(|(_, recognised)| recognised)
    })
}

/// Recognises a coding; with the rank of its code system.
fn by_coding(coding: &Coding<'_>, knowledge: &Knowledge) -> Option<(usize, Recognised)> {
    let code = coding.code.trim();
    let plain = |found: fn(&Knowledge, u64) -> Option<(&Product, CodeLevel)>| {
        let number = digits(code)?;
        Some((number, found(knowledge, number)?))
    };
    let (rank, system, (number, (product, level))) = match System::of(&coding.system) {
        System::RxNorm => (0, "RxNorm", plain(Knowledge::rxnorm)?),
        System::Ndc => (1, "NDC", by_ndc(code, knowledge)?),
        System::Snomed => (2, "SNOMED CT", plain(Knowledge::snomed)?),
        System::Icd10Cm | System::Loinc | System::Other => return None,
    };
    let how = match fallback(level) {
        None => format!("by {system} code {code}"),
        Some(fallback) => format!("by {system} code {code}, which is {fallback}"),
    };
    // By number: one code written in two ways, or two packages of one NDC product, are one product.
    let form = knowledge.form(product).map(str::to_owned);
    Some((rank, Recognised { form, ..recognised(product, format!("{system}:{number}"), how) }))
}

fn recognised(product: &Product, key: String, how: String) -> Recognised {
    Recognised {
        ingredients: product.ingredients.clone(),
        product: key,
        how,
        codes_disagree: false,
        partly: false,
        form: None,
    }
}

/// What a looser concept is, in words; `None` for one that says ingredient, strength and form.
fn fallback(level: CodeLevel) -> Option<&'static str> {
    match level {
        CodeLevel::ClinicalDrug => None,
        CodeLevel::DrugGroup => Some("a drug without a strength"),
        CodeLevel::Ingredient => Some("an ingredient"),
        CodeLevel::MultiIngredient => Some("a set of ingredients"),
        CodeLevel::Brand => Some("a brand name"),
        CodeLevel::Component => Some("a strength without a form"),
        CodeLevel::Pack => Some("a pack"),
        CodeLevel::Retired => Some("retired"),
        CodeLevel::Substance => Some("a substance"),
    }
}

fn digits(code: &str) -> Option<u64> {
    let plain = (1..=19).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    if plain { code.parse().ok() } else { None }
}

/// NDCs are written 4-4-2, 5-3-2, 5-4-1 or 5-4-2, with hyphens or without; labeler and product decide the drug. Ten digits
/// without hyphens may mean several codes: they count where all readings agree. With the nine digits of labeler and product.
fn by_ndc<'k>(code: &str, knowledge: &'k Knowledge) -> Option<(u64, (&'k Product, CodeLevel))> {
    let look_up = |labeler: &str, product: &str| {
        let number = nine_digits(labeler, product)?;
        Some((number, knowledge.ndc(number)?))
    };
    let mut segments = code.split('-');
    if let (Some(labeler), Some(product)) = (segments.next(), segments.next()) {
        let fits = (4..=5).contains(&labeler.len()) && (3..=4).contains(&product.len());
        return if fits { look_up(labeler, product) } else { None };
    }
    let readings: &[(usize, usize)] = match code.len() {
        11 => &[(5, 9)],
        10 => &[(4, 8), (5, 8), (5, 9)],
        _ => return None,
    };
    let mut found = readings.iter().filter_map(|(labeler_end, product_end)| {
        look_up(code.get(..*labeler_end)?, code.get(*labeler_end..*product_end)?)
    });
    let first = found.next()?;
    let (_, (product, _)) = first;
    found.all(|(_, (other, _))| other.ingredients == product.ingredients).then_some(first)
}

fn nine_digits(labeler: &str, product: &str) -> Option<u64> {
    digits(labeler)?.checked_mul(10_000)?.checked_add(digits(product)?)
}

/// Recognises a name: every part of it must be a known name to the letter, after strength and form are stripped.
pub(crate) fn by_name(text: &str, knowledge: &Knowledge) -> Option<Recognised> {
    let ingredients = named_ingredients(text, knowledge)?;
    // What stands in brackets may be another name of the same drug, or say nothing of a drug; else it may be another drug.
    let words = &knowledge.pack().drugs.words;
    let is_understood = |aside: &String| {
        let same = |others: Vec<IngredientId>| others.iter().all(|other| ingredients.contains(other));
        names::is_harmless(aside, words) || named_ingredients(aside, knowledge).is_some_and(same)
    };
    let partly = !names::asides(text).iter().all(is_understood);
    let product = format!("name:{}", names::normalise(text));
    let how = "by its name alone".to_owned();
    Some(Recognised { ingredients, product, how, codes_disagree: false, partly, form: None })
}

fn named_ingredients(text: &str, knowledge: &Knowledge) -> Option<Vec<IngredientId>> {
    names::candidates(text, &knowledge.pack().drugs.words).iter().find_map(|parts| {
        let products: Option<Vec<&Product>> = parts.iter().map(|part| knowledge.named(part)).collect();
        Some(all_ingredients(products?.iter().map(|product| product.ingredients.as_slice())))
    })
}

fn all_ingredients<'p>(products: impl Iterator<Item = &'p [IngredientId]>) -> Vec<IngredientId> {
    let ingredients: std::collections::BTreeSet<IngredientId> = products.flatten().copied().collect();
    ingredients.into_iter().collect()
}
