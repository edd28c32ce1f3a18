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
        for (position, delta) in table.deltas.iter().enumerate() {
            holds(position == 0 || *delta > 0, "a code is there twice")?;
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
        let uses = Uses::of(&knowledge.pack);
        knowledge.ingredients = (0..count).map(|ingredient| knowledge.index_of(ingredient, &uses)).collect();
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

    /// Everything that an ingredient reaches: itself, its classes with theirs, and what the edges that leave these lead to.
    /// The nearest comes first.
    pub(crate) fn reach(&self, ingredient: IngredientId) -> Reach {
        let mut steps = vec![Step { relation: None, node: ingredient, from: None }];
        let mut classes: BTreeSet<u16> = BTreeSet::new();
        let mut position = 0;
        while let Some(step) = steps.get(position).copied() {
            if step.relation.is_none_or(|relation| relation == Relation::MemberOf) {
                for edge in self.edges(step.node) {
                    if edge.relation != Relation::MemberOf || classes.insert(edge.to) {
                        steps.push(Step { relation: Some(edge.relation), node: edge.to, from: Some(position) });
                    }
                }
            }
            position = position.saturating_add(1);
        }
        Reach { steps }
    }

    fn edges(&self, node: u16) -> impl Iterator<Item = &Edge> {
        let positions = self.edges_from.get(usize::from(node)).into_iter().flatten();
        positions.filter_map(|position| self.pack.edges.get(usize::try_from(*position).ok()?))
    }

    fn product(&self, (product, level): (u32, CodeLevel)) -> Option<(&Product, CodeLevel)> {
        let product = self.pack.drugs.products.get(usize::try_from(product).ok()?)?;
        Some((product, level))
    }

    /// What the rules see in one ingredient. Work grows with what the ingredient is, not with the number of rules.
    fn index_of(&self, ingredient: IngredientId, uses: &Uses) -> IngredientIndex {
        let reach = self.reach(ingredient);
        let mut selectors: BTreeSet<Selector> = BTreeSet::new();
        let mut weights: BTreeMap<u16, (bool, u8)> = BTreeMap::new();
        for step in &reach.steps {
            selectors.extend(step.selectors());
            if let Some(Relation::ContributesTo(weight)) = step.relation {
                // The ingredient's own weight, else the greatest one of its classes.
                let found = (step.from == Some(0), weight);
                let known = weights.entry(step.node).or_insert(found);
                *known = found.max(*known);
            }
        }
        let used_in = |uses: &BTreeMap<Selector, Vec<Use>>| -> BTreeSet<Use> {
            selectors.iter().filter_map(|selector| uses.get(selector)).flatten().copied().collect()
        };
        let mut selected = used_in(&uses.any);
        for excepted in used_in(&uses.except) {
            selected.remove(&excepted);
        }
        let mut index = IngredientIndex { covered: reach.steps.len() > 1, ..IngredientIndex::default() };
        for place in selected {
            match place {
                Use::SideA(rule) => index.side_a.push(rule),
                Use::SideB(rule) => index.side_b.push(rule),
                Use::Duplicate(rule) => index.duplicates.push(rule),
                Use::AllergenGroup(group) => index.allergen_groups.push(group),
                Use::CrossReaction(group, position) => index.cross_reactions.push((group, position)),
                Use::MayRepeat => index.may_repeat = true,
            }
        }
        let weights =
            weights.into_iter().filter_map(|(effect, (_, weight))| Some((*uses.effects.get(&effect)?, weight)));
        index.effects = weights.collect();
        index.effects.sort_unstable();
        index.covered |= !index.side_a.is_empty() || !index.side_b.is_empty() || !index.allergen_groups.is_empty();
        index
    }
}

/// Where the knowledge uses a selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    SideA(RuleId),
    SideB(RuleId),
    Duplicate(RuleId),
    AllergenGroup(u16),
    CrossReaction(u16, u16),
    MayRepeat,
}

/// Every selector with the places that use it, so that an ingredient finds its rules without trying all of them.
#[derive(Debug, Default)]
struct Uses {
    any: BTreeMap<Selector, Vec<Use>>,
    except: BTreeMap<Selector, Vec<Use>>,
    /// Rules of additive effects, by the effect's node.
    effects: BTreeMap<u16, RuleId>,
}

impl Uses {
    fn of(pack: &Pack) -> Self {
        let mut uses = Self::default();
        for (id, rule) in (0_u16..).zip(&pack.rules) {
            match &rule.test {
                RuleTest::Interaction { a, b, .. } => {
                    uses.side(a, Use::SideA(id));
                    uses.side(b, Use::SideB(id));
                }
                RuleTest::DuplicateClass { class, .. } => uses.add(Selector::Class(*class), Use::Duplicate(id)),
                RuleTest::DuplicateIngredient { except, .. } => {
                    for selector in except {
                        uses.add(*selector, Use::MayRepeat);
                    }
                }
                RuleTest::AdditiveEffect { effect, .. } => {
                    uses.effects.insert(*effect, id);
                }
                RuleTest::SameAllergen { .. } => {}
            }
        }
        for (id, group) in (0_u16..).zip(&pack.allergens) {
            uses.side(&group.members, Use::AllergenGroup(id));
            for (position, cross) in (0_u16..).zip(&group.cross) {
                uses.side(&cross.to, Use::CrossReaction(id, position));
            }
        }
        uses
    }

    fn side(&mut self, side: &Side, place: Use) {
        for selector in &side.any {
            self.add(*selector, place);
        }
        for selector in &side.except {
            self.except.entry(*selector).or_default().push(place);
        }
    }

    fn add(&mut self, selector: Selector, place: Use) {
        self.any.entry(selector).or_default().push(place);
    }
}

/// Everything that an ingredient reaches in the graph, as a tree of shortest ways.
#[derive(Debug)]
pub(crate) struct Reach {
    steps: Vec<Step>,
}

/// A node that is reached, by an edge from a step before.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// What the step before is to this node; `None` for the ingredient itself.
    relation: Option<Relation>,
    node: u16,
    from: Option<usize>,
}

impl Step {
    /// The selectors that select an ingredient which reaches this.
    fn selectors(&self) -> impl Iterator<Item = Selector> + use<> {
        let node = self.node;
        let (one, other) = match self.relation {
            None => (Some(Selector::Ingredient(node)), None),
            Some(Relation::MemberOf) => (Some(Selector::Class(node)), None),
            Some(Relation::Inhibits(strength)) => (Some(Selector::Inhibits(node, strength)), None),
            Some(Relation::Induces(strength)) => (Some(Selector::Induces(node, strength)), None),
            Some(Relation::SubstrateOf { sensitivity, narrow_index }) => (
                Some(Selector::Substrate(node, sensitivity)),
                narrow_index.then_some(Selector::NarrowIndexSubstrate(node)),
            ),
            Some(Relation::ContributesTo(_)) => (None, None),
        };
        one.into_iter().chain(other)
    }
}

/// A way through the graph: nodes, each with what the one before is to it.
pub(crate) type Way = Vec<(Option<Relation>, u16)>;

impl Reach {
    /// The shortest way to what the first fitting selector of a side names; `None` where the side does not select the
    /// ingredient.
    pub fn way_onto(&self, side: &Side) -> Option<Way> {
        let step_of =
            |selector: &Selector| self.steps.iter().position(|step| step.selectors().any(|own| own == *selector));
        if side.except.iter().any(|selector| step_of(selector).is_some()) {
            return None;
        }
        side.any.iter().find_map(step_of).map(|step| self.way(step))
    }

    /// The shortest way to a node, of those whose last relation fits.
    pub fn way_to(&self, node: u16, last: impl Fn(Relation) -> bool) -> Option<Way> {
        let step = self.steps.iter().position(|step| step.node == node && step.relation.is_some_and(&last));
        step.map(|step| self.way(step))
    }

    fn way(&self, to: usize) -> Way {
        let mut way = Vec::new();
        let mut position = Some(to);
        while let Some(step) = position.and_then(|position| self.steps.get(position)) {
            way.push((step.relation, step.node));
            position = step.from;
        }
        way.reverse();
        way
    }
}

/// Refuses a pack that would fall silent: every position that a table holds must exist in the table that it points into and be
/// of the kind that it is used as, and nothing may be empty where empty means that a drug or a rule is never found.
fn verify(pack: &Pack) -> Result<(), PackError> {
    verify_counts(pack)?;
    verify_drugs(pack)?;
    verify_graph(pack)?;
    verify_rules(pack)?;
    verify_allergens(pack)
}

fn holds(condition: bool, what: &'static str) -> Result<(), PackError> {
    if condition { Ok(()) } else { Err(PackError::Inconsistent(what)) }
}

fn fits(position: impl Into<usize>, length: usize, what: &'static str) -> Result<(), PackError> {
    let position: usize = position.into();
    holds(position < length, what)
}

fn fits_u32(position: u32, length: usize, what: &'static str) -> Result<(), PackError> {
    holds(usize::try_from(position).is_ok_and(|position| position < length), what)
}

/// Positions are numbered as `u16`, edges as `u32`. The greatest number stays free, so that counting past the last position
/// cannot overflow.
fn verify_counts(pack: &Pack) -> Result<(), PackError> {
    let numbered = |length: usize| length < usize::from(u16::MAX);
    holds(numbered(pack.drugs.ingredients.len()), "it has too many ingredients")?;
    holds(numbered(pack.nodes.len()), "it has too many nodes")?;
    holds(numbered(pack.rules.len()), "it has too many rules")?;
    holds(numbered(pack.allergens.len()), "it has too many allergen groups")?;
    holds(
        pack.allergens.iter().all(|group| numbered(group.cross.len())),
        "an allergen group has too many cross-reactions",
    )?;
    let edges = u32::try_from(pack.edges.len());
    holds(edges.is_ok_and(|edges| edges < u32::MAX), "it has too many edges")
}

fn verify_drugs(pack: &Pack) -> Result<(), PackError> {
    let drugs = &pack.drugs;
    for product in &drugs.products {
        // A drug without ingredients would count as checked and be compared with nothing.
        holds(!product.ingredients.is_empty(), "a product has no ingredient")?;
        holds(
            product.ingredients.is_sorted_by(|one, next| one < next),
            "a product's ingredients are not in order, or one is there twice",
        )?;
        for ingredient in &product.ingredients {
            fits(*ingredient, drugs.ingredients.len(), "a product names an ingredient that is not there")?;
        }
        if let Some(form) = product.form {
            fits(form, drugs.forms.len(), "a product names a form that is not there")?;
        }
    }
    for table in drugs.rxnorm.iter().chain([&drugs.ndc, &drugs.snomed]) {
        for product in &table.products {
            fits_u32(*product, drugs.products.len(), "a code stands for a product that is not there")?;
        }
    }
    for (_, product) in &drugs.names {
        fits_u32(*product, drugs.products.len(), "a name stands for a product that is not there")?;
    }
    holds(
        drugs.names.is_sorted_by(|(one, _), (next, _)| one < next),
        "the names are not in order, or one is there twice",
    )
}

fn verify_graph(pack: &Pack) -> Result<(), PackError> {
    let ingredients = pack.drugs.ingredients.len();
    let is_ingredient = |node: &Node| node.kind == NodeKind::Ingredient;
    holds(
        pack.nodes.len() >= ingredients && pack.nodes.iter().take(ingredients).all(is_ingredient),
        "the first nodes are not the ingredients",
    )?;
    holds(!pack.nodes.iter().skip(ingredients).any(is_ingredient), "it has more ingredient nodes than ingredients")?;
    for edge in &pack.edges {
        fits(edge.from, pack.nodes.len(), "an edge leaves a node that is not there")?;
        fits(edge.to, pack.nodes.len(), "an edge enters a node that is not there")?;
        fits(edge.source, pack.sources.len(), "an edge names a source that is not there")?;
        holds(
            is_kind(pack, edge.from, NodeKind::Ingredient) || is_kind(pack, edge.from, NodeKind::Class),
            "an edge leaves a node that is neither ingredient nor class",
        )?;
        let kind = match edge.relation {
            Relation::MemberOf => NodeKind::Class,
            Relation::Inhibits(_) | Relation::Induces(_) | Relation::SubstrateOf { .. } => NodeKind::Pathway,
            Relation::ContributesTo(weight) => {
                holds((1..=3).contains(&weight), "an edge adds a weight to an effect that is not 1, 2 or 3")?;
                NodeKind::Effect
            }
        };
        holds(is_kind(pack, edge.to, kind), "an edge enters a node of another kind than its relation needs")?;
    }
    Ok(())
}

fn verify_rules(pack: &Pack) -> Result<(), PackError> {
    let mut effects = BTreeSet::new();
    for rule in &pack.rules {
        fits(rule.source, pack.sources.len(), "a rule names a source that is not there")?;
        holds(!rule.problems.is_empty(), "a rule names no problem")?;
        for problem in &rule.problems {
            fits(*problem, pack.problems.len(), "a rule names a problem that is not there")?;
        }
        match &rule.test {
            RuleTest::Interaction { a, b, .. } => {
                verify_side(pack, a)?;
                verify_side(pack, b)?;
            }
            RuleTest::DuplicateClass { class, .. } => {
                holds(is_kind(pack, *class, NodeKind::Class), "a rule on duplicates names a node that is no class")?;
            }
            RuleTest::DuplicateIngredient { except, .. } => verify_selectors(pack, except)?,
            RuleTest::SameAllergen { .. } => {}
            RuleTest::AdditiveEffect { effect, levels } => {
                holds(is_kind(pack, *effect, NodeKind::Effect), "a rule on an effect names a node that is no effect")?;
                holds(effects.insert(*effect), "two rules are on the same effect")?;
                holds(!levels.is_empty(), "a rule on an effect has no level")?;
                holds(levels.len() < usize::from(u16::MAX), "a rule on an effect has too many levels")?;
                holds(
                    levels.iter().all(|level| level.sum > 0 && level.drugs > 0),
                    "a level of an effect holds without any drug",
                )?;
            }
        }
    }
    Ok(())
}

fn verify_allergens(pack: &Pack) -> Result<(), PackError> {
    for group in &pack.allergens {
        fits(group.source, pack.sources.len(), "an allergen group names a source that is not there")?;
        verify_side(pack, &group.members)?;
        for cross in &group.cross {
            fits(cross.source, pack.sources.len(), "a cross-reaction names a source that is not there")?;
            verify_side(pack, &cross.to)?;
        }
    }
    Ok(())
}

fn verify_side(pack: &Pack, side: &Side) -> Result<(), PackError> {
    holds(!side.any.is_empty(), "a side selects no drug")?;
    verify_selectors(pack, &side.any)?;
    verify_selectors(pack, &side.except)
}

fn verify_selectors(pack: &Pack, selectors: &[Selector]) -> Result<(), PackError> {
    for selector in selectors {
        let (node, kind) = match *selector {
            Selector::Ingredient(node) => (node, NodeKind::Ingredient),
            Selector::Class(node) => (node, NodeKind::Class),
            Selector::Inhibits(node, _)
            | Selector::Induces(node, _)
            | Selector::Substrate(node, _)
            | Selector::NarrowIndexSubstrate(node) => (node, NodeKind::Pathway),
        };
        fits(node, pack.nodes.len(), "a selector names a node that is not there")?;
        holds(is_kind(pack, node, kind), "a selector names a node of another kind than it selects by")?;
    }
    Ok(())
}

fn is_kind(pack: &Pack, node: u16, kind: NodeKind) -> bool {
    pack.nodes.get(usize::from(node)).is_some_and(|node| node.kind == kind)
}
