//! The pack, flattened for look-up: codes decoded, classes resolved, each rule's sides known for each ingredient.

use std::collections::{BTreeMap, BTreeSet};

use super::codec::{PackError, decode};
use super::pack::{
    CodeLevel, CodeTable, Edge, Node, NodeKind, NonDrugKind, Pack, Product, Relation, Rule, RuleTest, Selector, Side,
};

/// Position of an ingredient in the pack.
pub type IngredientId = u16;

/// Position of a rule in the pack.
pub type RuleId = u16;

/// A pack that was checked and flattened.
#[derive(Debug)]
pub struct Knowledge {
    pack: Pack,
    sha256: String,
    rxnorm: Vec<DecodedCodes>,
    ndc: DecodedCodes,
    snomed: DecodedCodes,
    non_drug_codes: BTreeMap<u64, NonDrugKind>,
    non_drug_names: BTreeMap<String, NonDrugKind>,
    group_codes: BTreeMap<u64, u16>,
    group_names: BTreeMap<String, u16>,
    ingredients: Vec<IngredientIndex>,
    /// For each node, its edges' positions, ordered.
    edges_from: Vec<Vec<u32>>,
}

/// What the rules see in one ingredient.
#[derive(Debug, Default, Clone)]
pub(crate) struct IngredientIndex {
    /// Interaction rules with this ingredient on side `a`, ascending.
    pub side_a: Vec<RuleId>,
    /// Interaction rules with this ingredient on side `b`, ascending.
    pub side_b: Vec<RuleId>,
    /// Duplication rules whose class holds this ingredient, ascending.
    pub duplicates: Vec<RuleId>,
    /// Additive-effect rules that it contributes to, with its weight.
    pub effects: Vec<(RuleId, u8)>,
    /// Allergen groups that hold it, ascending.
    pub allergen_groups: Vec<u16>,
    /// Cross-reactions that reach it: group and position among the group's cross-reactions.
    pub cross_reactions: Vec<(u16, u16)>,
    /// Whether the graph says anything about it. Where not, the drug is not checked, and the answer says so.
    pub covered: bool,
    /// Whether its own duplication is never worth a word, as for fluids.
    pub may_repeat: bool,
}

#[derive(Debug, Default)]
struct DecodedCodes {
    level: CodeLevel,
    codes: Vec<u64>,
    products: Vec<u32>,
}

impl DecodedCodes {
    fn of(table: &CodeTable) -> Result<Self, PackError> {
        let mut codes = Vec::with_capacity(table.deltas.len());
        let mut code = 0_u64;
        for delta in &table.deltas {
            code = code.checked_add(*delta).ok_or(PackError::Inconsistent("a code is too large"))?;
            codes.push(code);
        }
        if codes.len() != table.products.len() {
            return Err(PackError::Inconsistent("codes and products differ in number"));
        }
        Ok(Self { level: table.level, codes, products: table.products.clone() })
    }

    fn find(&self, code: u64) -> Option<(u32, CodeLevel)> {
        let position = self.codes.binary_search(&code).ok()?;
        self.products.get(position).map(|product| (*product, self.level))
    }
}

impl Knowledge {
    /// Reads, verifies and flattens a pack.
    ///
    /// # Errors
    /// [`PackError`] where the bytes are no pack, are damaged, or contradict themselves.
    pub fn load(bytes: &[u8]) -> Result<Self, PackError> {
        let (pack, sha256) = decode(bytes)?;
        Self::of(pack, sha256)
    }

    fn of(pack: Pack, sha256: String) -> Result<Self, PackError> {
        verify(&pack)?;
        let mut edges_from = vec![Vec::new(); pack.nodes.len()];
        for (position, edge) in (0_u32..).zip(&pack.edges) {
            if let Some(edges) = edges_from.get_mut(usize::from(edge.from)) {
                edges.push(position);
            }
        }
        let mut knowledge = Self {
            rxnorm: pack.drugs.rxnorm.iter().map(DecodedCodes::of).collect::<Result<_, _>>()?,
            ndc: DecodedCodes::of(&pack.drugs.ndc)?,
            snomed: DecodedCodes::of(&pack.drugs.snomed)?,
            non_drug_codes: pack.non_drugs.iter().filter_map(|known| Some((known.snomed?, known.kind))).collect(),
            non_drug_names: pack.non_drugs.iter().filter_map(|known| Some((known.name.clone()?, known.kind))).collect(),
            group_codes: (0_u16..)
                .zip(&pack.allergens)
                .flat_map(|(id, group)| group.snomed.iter().map(move |code| (*code, id)))
                .collect(),
            group_names: (0_u16..)
                .zip(&pack.allergens)
                .flat_map(|(id, group)| group.names.iter().map(move |name| (name.clone(), id)))
                .collect(),
            ingredients: Vec::new(),
            edges_from,
            pack,
            sha256,
        };
        let count = u16::try_from(knowledge.pack.drugs.ingredients.len())
            .map_err(|_| PackError::Inconsistent("too many ingredients"))?;
        knowledge.ingredients = (0..count).map(|ingredient| knowledge.index_of(ingredient)).collect();
        Ok(knowledge)
    }

    /// The pack as it was written.
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// Hexadecimal SHA-256 of the pack.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// An ingredient's name.
    pub fn name(&self, ingredient: IngredientId) -> &str {
        self.pack.drugs.ingredients.get(usize::from(ingredient)).map_or("", |known| known.name.as_str())
    }

    /// An ingredient's RxNorm concept id.
    pub fn rxcui(&self, ingredient: IngredientId) -> u32 {
        self.pack.drugs.ingredients.get(usize::from(ingredient)).map_or(0, |known| known.rxcui)
    }

    /// Whether the graph says anything about an ingredient.
    pub fn is_covered(&self, ingredient: IngredientId) -> bool {
        self.ingredient(ingredient).covered
    }

    /// The product of an RxNorm concept id, and what kind of concept that is.
    pub fn rxnorm(&self, rxcui: u64) -> Option<(&Product, CodeLevel)> {
        self.rxnorm.iter().find_map(|table| table.find(rxcui)).and_then(|found| self.product(found))
    }

    /// The product of the first nine digits of a National Drug Code.
    pub fn ndc(&self, labeler_and_product: u64) -> Option<(&Product, CodeLevel)> {
        self.ndc.find(labeler_and_product).and_then(|found| self.product(found))
    }

    /// The product or substance of a SNOMED CT concept.
    pub fn snomed(&self, concept: u64) -> Option<(&Product, CodeLevel)> {
        self.snomed.find(concept).and_then(|found| self.product(found))
    }

    /// The product of a normalised name.
    pub fn named(&self, name: &str) -> Option<&Product> {
        let names = &self.pack.drugs.names;
        let position = names.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        let (_, product) = names.get(position)?;
        self.pack.drugs.products.get(usize::try_from(*product).ok()?)
    }

    /// The dose-form group of a product, where the source of its code says one.
    pub fn form(&self, product: &Product) -> Option<&str> {
        self.pack.drugs.forms.get(usize::from(product.form?)).map(String::as_str)
    }

    /// An allergen group's position, by SNOMED CT concept.
    pub fn allergen_group_of_code(&self, concept: u64) -> Option<u16> {
        self.group_codes.get(&concept).copied()
    }

    /// An allergen group's position, by normalised name.
    pub fn allergen_group_named(&self, name: &str) -> Option<u16> {
        self.group_names.get(name).copied()
    }

    /// What an allergen that is no drug is, by SNOMED CT concept.
    pub fn non_drug_of_code(&self, concept: u64) -> Option<NonDrugKind> {
        self.non_drug_codes.get(&concept).copied()
    }

    /// What an allergen that is no drug is, by normalised name.
    pub fn non_drug_named(&self, name: &str) -> Option<NonDrugKind> {
        self.non_drug_names.get(name).copied()
    }

    /// A rule.
    pub fn rule(&self, rule: RuleId) -> Option<&Rule> {
        self.pack.rules.get(usize::from(rule))
    }

    pub(crate) fn ingredient(&self, ingredient: IngredientId) -> &IngredientIndex {
        const NOTHING: &IngredientIndex = &IngredientIndex {
            side_a: Vec::new(),
            side_b: Vec::new(),
            duplicates: Vec::new(),
            effects: Vec::new(),
            allergen_groups: Vec::new(),
            cross_reactions: Vec::new(),
            covered: false,
            may_repeat: false,
        };
        self.ingredients.get(usize::from(ingredient)).unwrap_or(NOTHING)
    }

    /// The shortest way from an ingredient to what a selector names, as nodes and the relations between them.
    pub(crate) fn way(&self, ingredient: IngredientId, selector: Selector) -> Option<Vec<(Option<Relation>, u16)>> {
        match selector {
            Selector::Ingredient(node) => (node == ingredient).then(|| vec![(None, node)]),
            _ => {
                let (to, wanted) = goal(selector)?;
                self.way_along(ingredient, to, |edge| wanted(edge.relation))
            }
        }
    }

    /// The shortest way from an ingredient to a node whose last edge fulfils a condition; on the way, only memberships.
    pub(crate) fn way_along(
        &self,
        ingredient: IngredientId,
        to: u16,
        last: impl Fn(&Edge) -> bool,
    ) -> Option<Vec<(Option<Relation>, u16)>> {
        // Breadth first; edges are ordered, so that of two ways of equal length the same one is always shown.
        let mut ways = vec![vec![(None, ingredient)]];
        let mut visited: BTreeSet<u16> = [ingredient].into();
        while !ways.is_empty() {
            let mut longer = Vec::new();
            for way in ways {
                let Some((_, node)) = way.last().copied() else { continue };
                for edge in self.edges(node) {
                    let mut next = way.clone();
                    next.push((Some(edge.relation), edge.to));
                    if edge.to == to && last(edge) {
                        return Some(next);
                    }
                    if edge.relation == Relation::MemberOf && visited.insert(edge.to) {
                        longer.push(next);
                    }
                }
            }
            ways = longer;
        }
        None
    }

    /// Which selector of a side selects an ingredient.
    pub(crate) fn selecting(&self, side: &Side, ingredient: IngredientId) -> Option<Selector> {
        let selects = |selector: &&Selector| self.way(ingredient, **selector).is_some();
        if side.except.iter().any(|selector| selects(&selector)) {
            return None;
        }
        side.any.iter().find(selects).copied()
    }

    fn edges(&self, node: u16) -> impl Iterator<Item = &Edge> {
        let positions = self.edges_from.get(usize::from(node)).into_iter().flatten();
        positions.filter_map(|position| self.pack.edges.get(usize::try_from(*position).ok()?))
    }

    fn product(&self, (product, level): (u32, CodeLevel)) -> Option<(&Product, CodeLevel)> {
        let product = self.pack.drugs.products.get(usize::try_from(product).ok()?)?;
        Some((product, level))
    }

    /// Everything that an ingredient reaches: itself, its classes with theirs, and the edges that leave these.
    fn reach(&self, ingredient: IngredientId) -> (BTreeSet<u16>, Vec<&Edge>) {
        let mut nodes: BTreeSet<u16> = [ingredient].into();
        let mut edges = Vec::new();
        let mut open = vec![ingredient];
        while let Some(node) = open.pop() {
            for edge in self.edges(node) {
                edges.push(edge);
                if edge.relation == Relation::MemberOf && nodes.insert(edge.to) {
                    open.push(edge.to);
                }
            }
        }
        (nodes, edges)
    }

    fn index_of(&self, ingredient: IngredientId) -> IngredientIndex {
        let (nodes, edges) = self.reach(ingredient);
        let selects = |selector: &Selector| match selector {
            Selector::Ingredient(node) | Selector::Class(node) => nodes.contains(node),
            _ => goal(*selector)
                .is_some_and(|(to, wanted)| edges.iter().any(|edge| edge.to == to && wanted(edge.relation))),
        };
        let on = |side: &Side| side.any.iter().any(selects) && !side.except.iter().any(selects);
        let mut index = IngredientIndex { covered: !edges.is_empty(), ..IngredientIndex::default() };
        for (id, rule) in (0_u16..).zip(&self.pack.rules) {
            match &rule.test {
                RuleTest::Interaction { a, b, .. } => {
                    if on(a) {
                        index.side_a.push(id);
                    }
                    if on(b) {
                        index.side_b.push(id);
                    }
                }
                RuleTest::DuplicateClass { class, .. } => {
                    if nodes.contains(class) {
                        index.duplicates.push(id);
                    }
                }
                RuleTest::AdditiveEffect { effect, .. } => {
                    // The ingredient's own weight, else the greatest one of its classes.
                    let weights = edges.iter().filter_map(|edge| match edge.relation {
                        Relation::ContributesTo(weight) if edge.to == *effect => {
                            Some((edge.from == ingredient, weight))
                        }
                        _ => None,
                    });
                    if let Some((_, weight)) = weights.max() {
                        index.effects.push((id, weight));
                    }
                }
                RuleTest::DuplicateIngredient { except, .. } => index.may_repeat |= except.iter().any(selects),
                RuleTest::SameAllergen { .. } => {}
            }
        }
        for (id, group) in (0_u16..).zip(&self.pack.allergens) {
            if on(&group.members) {
                index.allergen_groups.push(id);
            }
            for (position, cross) in (0_u16..).zip(&group.cross) {
                if on(&cross.to) {
                    index.cross_reactions.push((id, position));
                }
            }
        }
        index.covered |= !index.side_a.is_empty() || !index.side_b.is_empty() || !index.allergen_groups.is_empty();
        index
    }
}

/// The node that a selector leads to, and what the last edge must be.
fn goal(selector: Selector) -> Option<(u16, impl Fn(Relation) -> bool + Copy)> {
    let wanted = move |relation: Relation| match (selector, relation) {
        (Selector::Class(_), Relation::MemberOf) => true,
        (Selector::Inhibits(_, strength), Relation::Inhibits(other))
        | (Selector::Induces(_, strength), Relation::Induces(other)) => strength == other,
        (Selector::Substrate(_, wanted), Relation::SubstrateOf { sensitivity, .. }) => wanted == sensitivity,
        (Selector::NarrowIndexSubstrate(_), Relation::SubstrateOf { narrow_index, .. }) => narrow_index,
        _ => false,
    };
    match selector {
        Selector::Ingredient(_) => None,
        Selector::Class(to)
        | Selector::Inhibits(to, _)
        | Selector::Induces(to, _)
        | Selector::Substrate(to, _)
        | Selector::NarrowIndexSubstrate(to) => Some((to, wanted)),
    }
}

/// Every position that a table holds must exist in the table that it points into.
fn verify(pack: &Pack) -> Result<(), PackError> {
    let fits = |position: usize, length: usize, what: &'static str| {
        if position < length { Ok(()) } else { Err(PackError::Inconsistent(what)) }
    };
    let ingredients = pack.drugs.ingredients.len();
    let kinds = pack.nodes.iter().take(ingredients);
    if pack.nodes.len() < ingredients || !kinds.clone().all(|node: &Node| node.kind == NodeKind::Ingredient) {
        return Err(PackError::Inconsistent("the first nodes are not the ingredients"));
    }
    for product in &pack.drugs.products {
        for ingredient in &product.ingredients {
            fits(usize::from(*ingredient), ingredients, "a product names an ingredient that is not there")?;
        }
        if let Some(form) = product.form {
            fits(usize::from(form), pack.drugs.forms.len(), "a product names a form that is not there")?;
        }
    }
    for edge in &pack.edges {
        fits(usize::from(edge.from), pack.nodes.len(), "an edge leaves a node that is not there")?;
        fits(usize::from(edge.to), pack.nodes.len(), "an edge enters a node that is not there")?;
        fits(usize::from(edge.source), pack.sources.len(), "an edge names a source that is not there")?;
    }
    for rule in &pack.rules {
        fits(usize::from(rule.source), pack.sources.len(), "a rule names a source that is not there")?;
        for problem in &rule.problems {
            fits(usize::from(*problem), pack.problems.len(), "a rule names a problem that is not there")?;
        }
        if rule.problems.is_empty() {
            return Err(PackError::Inconsistent("a rule names no problem"));
        }
    }
    for group in &pack.allergens {
        fits(usize::from(group.source), pack.sources.len(), "an allergen group names a source that is not there")?;
        for cross in &group.cross {
            fits(usize::from(cross.source), pack.sources.len(), "a cross-reaction names a source that is not there")?;
        }
    }
    if pack.rules.len() > usize::from(u16::MAX) || pack.allergens.len() > usize::from(u16::MAX) {
        return Err(PackError::Inconsistent("too many rules"));
    }
    if !pack.drugs.names.is_sorted() {
        return Err(PackError::Inconsistent("the names are not in order"));
    }
    Ok(())
}
