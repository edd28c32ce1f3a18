//! Drug codes as they are written.
//!
//! Publishers give the drugs of one day neighbouring codes, so codes are written in ascending order as differences, and beside each
//! how long ago its product was met last. What an ingredient's own code and name stand for follows from the ingredient.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::mem::replace;

use serde::{Deserialize, Serialize};

use super::columns::Unfit;
use super::numbers::{Recent, differences, restore_concepts, shorten_concepts, sums};
use super::texts::Texts;
use crate::knowledge::names::normalise;
use crate::knowledge::pack::{CodeLevel, CodeTable, DrugCodes, Ingredient, NameWords, Product};

/// Drug codes without the National Drug Codes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Drugs {
    /// RxNorm concept ids of the ingredients, as differences.
    rxcuis: Vec<i64>,
    ingredients: Vec<String>,
    forms: Vec<String>,
    products: Products,
    rxnorm: RxNorm,
    snomed: Codes,
    snomed_level: CodeLevel,
    names: Names,
    words: NameWords,
}

impl Drugs {
    /// What cannot be written so is not the same when it is read.
    pub fn of(drugs: &DrugCodes, texts: &mut Texts) -> Result<Self, Unfit> {
        let alone = alone(&drugs.ingredients, &drugs.products);
        let mut snomed = rows(&drugs.snomed);
        shorten_concepts(snomed.iter_mut().map(|(concept, _)| concept));
        Ok(Self {
            rxcuis: differences(drugs.ingredients.iter().map(|ingredient| ingredient.rxcui.into())),
            ingredients: drugs.ingredients.iter().map(|ingredient| ingredient.name.clone()).collect(),
            forms: drugs.forms.clone(),
            products: Products::of(&drugs.products),
            rxnorm: RxNorm::of(drugs, &alone),
            snomed: Codes::of(&snomed),
            snomed_level: drugs.snomed.level,
            names: Names::of(drugs, &alone, texts)?,
            words: drugs.words.clone(),
        })
    }

    pub fn restored(self, texts: &mut Texts) -> Result<DrugCodes, Unfit> {
        let rxcuis = sums(&self.rxcuis).map(|rxcui| u32::try_from(rxcui).map_err(|_| Unfit));
        let ingredients = rxcuis.zip(self.ingredients).map(|(rxcui, name)| Ok(Ingredient { rxcui: rxcui?, name }));
        let ingredients: Vec<Ingredient> = ingredients.collect::<Result<_, Unfit>>()?;
        if ingredients.len() != self.rxcuis.len() {
            return Err(Unfit);
        }
        let products = self.products.restored()?;
        let alone = alone(&ingredients, &products);
        let mut snomed = self.snomed.rows()?;
        restore_concepts(snomed.iter_mut().map(|(concept, _)| concept))?;
        Ok(DrugCodes {
            rxnorm: self.rxnorm.restored(&ingredients, &products, &alone)?,
            ndc: CodeTable::default(),
            snomed: table(self.snomed_level, snomed),
            names: self.names.restored(&ingredients, &products, &alone, texts)?,
            words: self.words,
            forms: self.forms,
            ingredients,
            products,
        })
    }
}

/// National Drug Codes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ndc {
    level: CodeLevel,
    codes: Codes,
}

impl Ndc {
    pub fn of(table: &CodeTable) -> Self {
        Self { level: table.level, codes: Codes::of(&rows(table)) }
    }

    pub fn restored(self) -> Result<CodeTable, Unfit> {
        Ok(table(self.level, self.codes.rows()?))
    }
}

/// Codes with a product each.
#[derive(Debug, Serialize, Deserialize)]
struct Codes {
    /// As differences.
    codes: Vec<i64>,
    products: Recent,
}

impl Codes {
    fn of(rows: &[(u64, u32)]) -> Self {
        Self {
            codes: differences(rows.iter().map(|(code, _)| *code)),
            products: Recent::of(rows.iter().map(|(_, product)| *product)),
        }
    }

    fn rows(&self) -> Result<Vec<(u64, u32)>, Unfit> {
        let products = self.products.positions()?;
        if products.len() == self.codes.len() { Ok(sums(&self.codes).zip(products).collect()) } else { Err(Unfit) }
    }
}

fn rows(table: &CodeTable) -> Vec<(u64, u32)> {
    table.codes.iter().copied().zip(table.products.iter().copied()).collect()
}

fn table(level: CodeLevel, rows: Vec<(u64, u32)>) -> CodeTable {
    let (codes, products) = rows.into_iter().unzip();
    CodeTable { level, codes, products }
}

#[derive(Debug, Serialize, Deserialize)]
struct Products {
    /// Each list of ingredients once, in the order in which products have it first.
    lists: Vec<Vec<u16>>,
    /// Which of them each product has.
    list: Recent,
    /// The form of each product plus one; 0 where it has none.
    forms: Vec<u16>,
}

impl Products {
    fn of(products: &[Product]) -> Self {
        let mut lists: Vec<Vec<u16>> = Vec::new();
        let mut positions: BTreeMap<&[u16], u32> = BTreeMap::new();
        let list = products.iter().map(|Product { ingredients, .. }| {
            *positions.entry(ingredients).or_insert_with(|| {
                lists.push(ingredients.clone());
                u32::try_from(lists.len().saturating_sub(1)).unwrap_or(u32::MAX)
            })
        });
        let list = Recent::of(list);
        let form = |product: &Product| product.form.map_or(0, |form| u16::from(form).saturating_add(1));
        Self { list, lists, forms: products.iter().map(form).collect() }
    }

    fn restored(&self) -> Result<Vec<Product>, Unfit> {
        let lists = self.list.positions()?;
        if lists.len() != self.forms.len() {
            return Err(Unfit);
        }
        let product = |(list, form): (u32, &u16)| {
            let ingredients = usize::try_from(list).ok().and_then(|list| self.lists.get(list)).ok_or(Unfit)?.clone();
            let form = form.checked_sub(1).map(u8::try_from).transpose().map_err(|_| Unfit)?;
            Ok(Product { ingredients, form })
        };
        lists.into_iter().zip(&self.forms).map(product).collect()
    }
}

/// The product of each ingredient that is this ingredient and nothing else.
fn alone(ingredients: &[Ingredient], products: &[Product]) -> Vec<Option<u32>> {
    let mut alone = vec![None; ingredients.len()];
    for (position, product) in (0_u32..).zip(products) {
        if let Product { ingredients, form: None } = product
            && let [ingredient] = ingredients.as_slice()
            && let Some(alone) = alone.get_mut(usize::from(*ingredient))
        {
            alone.get_or_insert(position);
        }
    }
    alone
}

/// RxNorm codes without those of the ingredients: these stand for the ingredient alone.
#[derive(Debug, Serialize, Deserialize)]
struct RxNorm {
    /// Of all levels.
    codes: Codes,
    /// Where the level is not the one that the product suggests: how many codes further on, and which.
    other_levels: Vec<(u32, CodeLevel)>,
}

impl RxNorm {
    fn of(drugs: &DrugCodes, alone: &[Option<u32>]) -> Self {
        let rxnorm = without_own(drugs, alone);
        let mut other_levels = Vec::new();
        let mut last = 0;
        for (position, ((_, product), level)) in (0_u32..).zip(&rxnorm) {
            if *level != suggested_level(*product, &drugs.products) {
                other_levels.push((position.saturating_sub(replace(&mut last, position)), *level));
            }
        }
        let rows: Vec<(u64, u32)> = rxnorm.into_iter().map(|(row, _)| row).collect();
        Self { codes: Codes::of(&rows), other_levels }
    }

    fn restored(
        &self,
        ingredients: &[Ingredient],
        products: &[Product],
        alone: &[Option<u32>],
    ) -> Result<Vec<CodeTable>, Unfit> {
        let mut levels: BTreeMap<CodeLevel, Vec<(u64, u32)>> = BTreeMap::new();
        let mut others = self.other_levels.iter();
        let mut next = 0;
        let mut other = advance(&mut next, &mut others)?;
        for (position, row) in (0_u32..).zip(self.codes.rows()?) {
            let level = match other {
                Some(level) if position == next => {
                    other = advance(&mut next, &mut others)?;
                    level
                }
                _ => suggested_level(row.1, products),
            };
            levels.entry(level).or_default().push(row);
        }
        levels.entry(CodeLevel::Ingredient).or_default().extend(own_codes(ingredients, alone));
        let sorted = levels.into_iter().filter(|(_, rows)| !rows.is_empty()).map(|(level, mut rows)| {
            rows.sort_unstable();
            table(level, rows)
        });
        if other.is_none() { Ok(sorted.collect()) } else { Err(Unfit) }
    }
}

/// RxNorm codes of all levels, ascending, without those of the ingredients.
fn without_own(drugs: &DrugCodes, alone: &[Option<u32>]) -> Vec<((u64, u32), CodeLevel)> {
    let own: BTreeSet<(u64, u32)> = own_codes(&drugs.ingredients, alone).collect();
    let mut rxnorm = Vec::new();
    for table in &drugs.rxnorm {
        let own = |row: &(u64, u32)| table.level == CodeLevel::Ingredient && own.contains(row);
        rxnorm.extend(rows(table).into_iter().filter(|row| !own(row)).map(|row| (row, table.level)));
    }
    rxnorm.sort_unstable();
    rxnorm
}

/// The products of the RxNorm codes, in the order in which these are written.
pub(super) fn products_by_code(drugs: &DrugCodes) -> Vec<u32> {
    let rxnorm = without_own(drugs, &alone(&drugs.ingredients, &drugs.products));
    rxnorm.into_iter().map(|((_, product), _)| product).collect()
}

/// The next level that is not the suggested one; `at` becomes its position.
fn advance<'l>(
    at: &mut u32,
    others: &mut impl Iterator<Item = &'l (u32, CodeLevel)>,
) -> Result<Option<CodeLevel>, Unfit> {
    let Some((further, level)) = others.next() else { return Ok(None) };
    *at = at.checked_add(*further).ok_or(Unfit)?;
    Ok(Some(*level))
}

/// The code of each ingredient, with the product that is this ingredient alone.
fn own_codes(ingredients: &[Ingredient], alone: &[Option<u32>]) -> impl Iterator<Item = (u64, u32)> {
    ingredients.iter().zip(alone).filter_map(|(ingredient, product)| Some((ingredient.rxcui.into(), (*product)?)))
}

/// Products with a form come from groups of drugs.
fn suggested_level(product: u32, products: &[Product]) -> CodeLevel {
    let product = usize::try_from(product).ok().and_then(|product| products.get(product));
    if product.is_some_and(|product| product.form.is_some()) { CodeLevel::DrugGroup } else { CodeLevel::ClinicalDrug }
}

/// Names without those of the ingredients: these stand for the ingredient alone.
#[derive(Debug, Serialize, Deserialize)]
struct Names {
    /// Ingredients whose name does not.
    unnamed: BTreeSet<u16>,
    /// Ordered by product.
    names: Vec<String>,
    /// How many products further on that of each name is.
    further: Vec<u32>,
}

impl Names {
    fn of(drugs: &DrugCodes, alone: &[Option<u32>], texts: &mut Texts) -> Result<Self, Unfit> {
        let mut unnamed = BTreeSet::new();
        let own: Vec<(u16, Cow<'_, str>, u32)> = own_names(&drugs.ingredients, alone).collect();
        let names = drugs.names.iter().map(|(name, product)| (*product, name.as_str()));
        let mut names: BTreeSet<(u32, &str)> = names.collect();
        for (ingredient, name, product) in &own {
            if !names.remove(&(*product, name.as_ref())) {
                unnamed.insert(*ingredient);
            }
        }
        let mut written = Self { unnamed, names: Vec::new(), further: Vec::new() };
        let mut last = 0;
        for (product, name) in names {
            let mut name = name.to_owned();
            texts.change(&mut name, &parts(product, &drugs.products, &drugs.ingredients))?;
            written.names.push(name);
            written.further.push(product.saturating_sub(replace(&mut last, product)));
        }
        Ok(written)
    }

    fn restored(
        self,
        ingredients: &[Ingredient],
        products: &[Product],
        alone: &[Option<u32>],
        texts: &mut Texts,
    ) -> Result<Vec<(String, u32)>, Unfit> {
        let own = own_names(ingredients, alone).filter(|(ingredient, ..)| !self.unnamed.contains(ingredient));
        let mut names: Vec<(String, u32)> = own.map(|(_, name, product)| (name.into_owned(), product)).collect();
        if self.names.len() != self.further.len() {
            return Err(Unfit);
        }
        let mut product = 0_u32;
        for (mut name, further) in self.names.into_iter().zip(self.further) {
            product = product.checked_add(further).ok_or(Unfit)?;
            texts.change(&mut name, &parts(product, products, ingredients))?;
            names.push((name, product));
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// The name of each ingredient, with the product that is this ingredient alone.
fn own_names<'i>(
    ingredients: &'i [Ingredient],
    alone: &[Option<u32>],
) -> impl Iterator<Item = (u16, Cow<'i, str>, u32)> {
    let own = (0..u16::MAX).zip(ingredients).zip(alone);
    own.filter_map(|((position, ingredient), product)| Some((position, normal(&ingredient.name), (*product)?)))
}

/// A normalised name; most are.
fn normal(name: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-',./+".contains(&byte);
    let words = name.split(' ').all(|word| !word.is_empty() && word.bytes().all(plain));
    if words { Cow::Borrowed(name) } else { Cow::Owned(normalise(name)) }
}

/// The names of a product's ingredients.
fn parts<'i>(product: u32, products: &[Product], ingredients: &'i [Ingredient]) -> Vec<&'i str> {
    let product = usize::try_from(product).ok().and_then(|product| products.get(product));
    let positions = product.into_iter().flat_map(|product| &product.ingredients);
    positions.filter_map(|position| Some(ingredients.get(usize::from(*position))?.name.as_str())).collect()
}
