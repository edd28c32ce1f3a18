//! A pack as it is written: small once a general compressor has been over it, and read in a few milliseconds.
//!
//! [`Pack`] is plain, for everybody else. Here, what follows from something else is left out (nodes, codes and names of the
//! ingredients), what a neighbour tells is written as a difference to it (codes, edges, sources), and names within texts
//! become marks. The rest is written as it is, in [`columns`]. [`arranged`] gives a pack the order in which all this is smallest.
//!
//! Bytes from elsewhere do no harm: every length is checked, and what is read is no longer than [`columns::MOST_TEXT`] allows.
//! Whether the tables fit together is for `verify` to say.

mod columns;
mod drugs;
mod numbers;
mod texts;
mod walk;
mod words;

use serde::{Deserialize, Serialize};

use columns::Unfit;
use drugs::{Drugs, Ndc};
use numbers::{differences, restore_concepts, shorten_concepts, sums};
use texts::{Direction, Texts};
use walk::{Known, Walk};

use super::codec::PackError;
use super::pack::*;
use super::verify::verify;

/// Everything in a pack but its National Drug Codes.
#[derive(Debug, Serialize, Deserialize)]
struct Wire {
    about: About,
    drugs: Drugs,
    /// Those that are no ingredients.
    nodes: Vec<Node>,
    edges: Edges,
    problems: Vec<Problem>,
    sources: Vec<Source>,
    rules: Vec<Rule>,
    allergens: Vec<AllergenGroup>,
    non_drugs: Vec<NonDrug>,
    conditions: Vec<ClinicalCondition>,
    other_conditions: Vec<u64>,
    measurements: Vec<Measurement>,
    roles: Roles,
    routes: Vec<RouteWords>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Edges {
    /// As differences, like `from`: edges stand in the order of the nodes that they enter.
    to: Vec<i64>,
    from: Vec<i64>,
    relations: Vec<Relation>,
    sources: Vec<u16>,
}

impl Edges {
    fn of(edges: &[Edge]) -> Self {
        Self {
            to: differences(edges.iter().map(|edge| edge.to.into())),
            from: differences(edges.iter().map(|edge| edge.from.into())),
            relations: edges.iter().map(|edge| edge.relation).collect(),
            sources: edges.iter().map(|edge| edge.source).collect(),
        }
    }

    fn restored(&self) -> Result<Vec<Edge>, Unfit> {
        let count = self.to.len();
        if [self.from.len(), self.relations.len(), self.sources.len()] != [count; 3] {
            return Err(Unfit);
        }
        let node = |node: u64| u16::try_from(node).map_err(|_| Unfit);
        let nodes = sums(&self.from).zip(sums(&self.to));
        let edges = nodes.zip(&self.relations).zip(&self.sources);
        edges
            .map(|(((from, to), relation), source)| {
                Ok(Edge { from: node(from)?, to: node(to)?, relation: *relation, source: *source })
            })
            .collect()
    }
}

impl Wire {
    fn of(pack: &Pack) -> Result<Self, Unfit> {
        let mut texts = Texts::new(Direction::Write);
        let Pack { mut edges, mut sources, mut rules, mut allergens, .. } = pack.clone();
        let known = Known::of(&pack.nodes, &pack.conditions, &pack.drugs);
        Walk::new(known, &mut sources, &mut texts).through(&mut edges, &mut rules, &mut allergens)?;
        let mut wire = Self {
            about: pack.about.clone(),
            drugs: Drugs::of(&pack.drugs, &mut texts)?,
            nodes: pack.nodes.iter().skip(pack.drugs.ingredients.len()).cloned().collect(),
            edges: Edges::of(&edges),
            problems: pack.problems.clone(),
            sources,
            rules,
            allergens,
            non_drugs: pack.non_drugs.clone(),
            conditions: pack.conditions.clone(),
            other_conditions: pack.other_conditions.clone(),
            measurements: pack.measurements.clone(),
            roles: pack.roles,
            routes: pack.routes.clone(),
        };
        wire.name_by_id(&mut texts)?;
        wire.concepts().into_iter().for_each(shorten_concepts);
        Ok(wire)
    }

    fn restored(mut self) -> Result<Pack, Unfit> {
        let mut texts = Texts::new(Direction::Read);
        self.name_by_id(&mut texts)?;
        self.concepts().into_iter().try_for_each(restore_concepts)?;
        let mut edges = self.edges.restored()?;
        let drugs = self.drugs.restored(&mut texts)?;
        let mut nodes: Vec<Node> = drugs.ingredients.iter().map(ingredient_node).collect();
        nodes.append(&mut self.nodes);
        let known = Known::of(&nodes, &self.conditions, &drugs);
        Walk::new(known, &mut self.sources, &mut texts).through(&mut edges, &mut self.rules, &mut self.allergens)?;
        Ok(Pack {
            about: self.about,
            drugs,
            nodes,
            edges,
            problems: self.problems,
            sources: self.sources,
            rules: self.rules,
            allergens: self.allergens,
            non_drugs: self.non_drugs,
            conditions: self.conditions,
            other_conditions: self.other_conditions,
            measurements: self.measurements,
            roles: self.roles,
            routes: self.routes,
        })
    }

    /// Names are much like ids.
    fn name_by_id(&mut self, texts: &mut Texts) -> Result<(), Unfit> {
        for Node { id, name, .. } in &mut self.nodes {
            texts.change(name, &[id.replace('-', " ").as_str(), id])?;
        }
        for ClinicalCondition { id, name, names, .. } in &mut self.conditions {
            let id = id.replace('-', " ");
            let as_it_is = name.clone();
            texts.change(name, &[&id])?;
            let name = if texts.direction == Direction::Write { &as_it_is } else { &*name };
            names.iter_mut().try_for_each(|other| texts.change(other, &[name, &id]))?;
        }
        Ok(())
    }

    /// Every list of SNOMED CT concepts.
    fn concepts(&mut self) -> [Vec<&mut u64>; 5] {
        [
            self.conditions.iter_mut().flat_map(|condition| &mut condition.snomed).collect(),
            self.other_conditions.iter_mut().collect(),
            self.non_drugs.iter_mut().filter_map(|known| known.snomed.as_mut()).collect(),
            self.allergens.iter_mut().flat_map(|group| &mut group.snomed).collect(),
            self.routes.iter_mut().flat_map(|words| &mut words.snomed).collect(),
        ]
    }
}

fn ingredient_node(ingredient: &Ingredient) -> Node {
    Node { kind: NodeKind::Ingredient, id: ingredient.rxcui.to_string(), name: ingredient.name.clone() }
}

fn not_written(_: Unfit) -> PackError {
    PackError::Inconsistent("it cannot be written")
}

fn not_read(_: Unfit) -> PackError {
    PackError::OtherVersion
}

/// Writes a pack without its National Drug Codes. A pack that would not be the same when it is read is refused.
pub(super) fn to_bytes(pack: &Pack) -> Result<Vec<u8>, PackError> {
    let bytes = Wire::of(pack).and_then(|wire| columns::to_bytes(&wire)).map_err(not_written)?;
    let mut read = from_bytes(&bytes)?;
    read.drugs.ndc = pack.drugs.ndc.clone();
    if read == *pack {
        return Ok(bytes);
    }
    verify(pack)?;
    Err(PackError::Inconsistent("its tables are not in the order in which they are written"))
}

/// Reads a pack.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Pack, PackError> {
    columns::from_bytes(bytes).and_then(Wire::restored).map_err(not_read)
}

/// Writes National Drug Codes.
pub(super) fn ndc_to_bytes(codes: &CodeTable) -> Result<Vec<u8>, PackError> {
    columns::to_bytes(&Ndc::of(codes)).map_err(not_written)
}

/// Reads National Drug Codes.
pub(super) fn ndc_from_bytes(bytes: &[u8]) -> Result<CodeTable, PackError> {
    columns::from_bytes(bytes).and_then(Ndc::restored).map_err(not_read)
}

/// Writes everything that the positions of products rest on.
pub(super) fn products_to_bytes(drugs: &DrugCodes) -> Result<Vec<u8>, PackError> {
    let rxcuis: Vec<u32> = drugs.ingredients.iter().map(|ingredient| ingredient.rxcui).collect();
    columns::to_bytes(&(rxcuis, &drugs.forms, &drugs.products)).map_err(not_written)
}

/// The same knowledge in the order in which it is smallest: products as RxNorm codes meet them, edges by the nodes that they
/// enter, sources as they are named. What the engine answers does not depend on it.
#[must_use]
pub fn arranged(mut pack: Pack) -> Pack {
    arrange_products(&mut pack.drugs);
    pack.edges.sort_by_key(|edge| (edge.to, edge.from, edge.relation, edge.source));
    for condition in &mut pack.conditions {
        condition.snomed.sort_unstable();
    }
    let mut order = Order::default();
    for source in walk::sources(&mut pack.edges, &mut pack.rules, &mut pack.allergens) {
        *source = u16::try_from(order.place(usize::from(*source))).unwrap_or(u16::MAX);
    }
    pack.sources = order.arranged(pack.sources);
    pack
}

fn arrange_products(drugs: &mut DrugCodes) {
    let mut order = Order::default();
    for product in drugs::products_by_code(drugs) {
        order.place(usize::try_from(product).unwrap_or(usize::MAX));
    }
    let tables = drugs.rxnorm.iter_mut().chain([&mut drugs.snomed, &mut drugs.ndc]);
    let codes = tables.flat_map(|table| &mut table.products);
    for product in codes.chain(drugs.names.iter_mut().map(|(_, product)| product)) {
        let place = order.place(usize::try_from(*product).unwrap_or(usize::MAX));
        *product = u32::try_from(place).unwrap_or(u32::MAX);
    }
    drugs.products = order.arranged(std::mem::take(&mut drugs.products));
}

/// The order in which positions are met.
#[derive(Debug, Default)]
struct Order {
    places: std::collections::BTreeMap<usize, usize>,
}

impl Order {
    fn place(&mut self, position: usize) -> usize {
        let next = self.places.len();
        *self.places.entry(position).or_insert(next)
    }

    /// What was never met stands last.
    fn arranged<T>(mut self, list: Vec<T>) -> Vec<T> {
        let mut placed: Vec<(usize, T)> =
            list.into_iter().enumerate().map(|(position, item)| (self.place(position), item)).collect();
        placed.sort_by_key(|(place, _)| *place);
        placed.into_iter().map(|(_, item)| item).collect()
    }
}
