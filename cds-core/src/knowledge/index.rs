//! The pack, flattened for look-up: codes decoded, classes resolved, each rule's sides known for each ingredient.

use std::collections::{BTreeMap, BTreeSet};

use super::codec::{PackError, decode, decode_ndc};
use super::pack::{CodeLevel, CodeTable, Edge, NonDrugKind, Pack, Product, Relation, Rule, RuleTest, Selector, Side};
use super::phrase::{Clause, Context, Phrase, Route};
use super::terms::Terms;
use super::verify::{verify, verify_codes};

/// Position of an ingredient in the pack.
pub type IngredientId = u16;

/// Position of a rule in the pack.
pub type RuleId = u16;

/// A pack that was checked and flattened.
#[derive(Debug)]
pub struct Knowledge {
    pack: Pack,
    sha256: String,
    /// Where the National Drug Codes are loaded, the hexadecimal SHA-256 of their pack.
    ndc_sha256: Option<String>,
    non_drug_codes: BTreeMap<u64, NonDrugKind>,
    non_drug_names: BTreeMap<String, NonDrugKind>,
    group_codes: BTreeMap<u64, u16>,
    group_names: BTreeMap<String, u16>,
    ingredients: Vec<IngredientIndex>,
    terms: Terms,
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
    /// Rules about this drug and the patient, ascending.
    pub patient: Vec<RuleId>,
    /// Dose limits, ascending.
    pub doses: Vec<RuleId>,
    /// Sums of doses that it adds to, ascending.
    pub totals: Vec<RuleId>,
    /// Local routes by which it reaches the whole body, ascending.
    pub systemic_by: Vec<Route>,
    /// The selectors that phrases ask for and that select it, ordered.
    pub asked: Vec<Selector>,
    /// Whether the graph says anything about it. Where not, the drug is not checked, and the answer says so.
    pub covered: bool,
    /// Whether its own duplication is never worth a word, as for fluids.
    pub may_repeat: bool,
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
            ndc_sha256: None,
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
            terms: Terms::of(&pack),
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

    /// Adds the National Drug Codes of a pack of their own.
    ///
    /// # Errors
    /// [`PackError`] where the bytes are no such pack, are damaged, or are of other drugs; nothing is added then.
    pub fn add_ndc(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        let (table, sha256) = decode_ndc(bytes, &self.pack.drugs)?;
        verify_codes(&table, &self.pack.drugs)?;
        self.ndc_sha256 = Some(sha256);
        self.pack.drugs.ndc = table;
        Ok(())
    }

    /// Hexadecimal SHA-256 of the pack of National Drug Codes; `None` where they are not loaded.
    pub fn ndc_sha256(&self) -> Option<&str> {
        self.ndc_sha256.as_deref()
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
        self.pack.drugs.rxnorm.iter().find_map(|table| self.product(table, rxcui))
    }

    /// The product of the first nine digits of a National Drug Code.
    pub fn ndc(&self, labeler_and_product: u64) -> Option<(&Product, CodeLevel)> {
        self.product(&self.pack.drugs.ndc, labeler_and_product)
    }

    /// The product or substance of a SNOMED CT concept.
    pub fn snomed(&self, concept: u64) -> Option<(&Product, CodeLevel)> {
        self.product(&self.pack.drugs.snomed, concept)
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

    /// Codes and names of conditions, measurements and routes.
    pub(crate) fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Whether a selector that some phrase asks for selects an ingredient.
    pub(crate) fn is_asked(&self, ingredient: IngredientId, selector: Selector) -> bool {
        self.ingredient(ingredient).asked.binary_search(&selector).is_ok()
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
            patient: Vec::new(),
            doses: Vec::new(),
            totals: Vec::new(),
            systemic_by: Vec::new(),
            asked: Vec::new(),
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

    fn product(&self, table: &CodeTable, code: u64) -> Option<(&Product, CodeLevel)> {
        let product = self.pack.drugs.products.get(usize::try_from(table.find(code)?).ok()?)?;
        Some((product, table.level))
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
                Use::Patient(rule) => index.patient.push(rule),
                Use::Dose(rule) => index.doses.push(rule),
                Use::Total(rule) => index.totals.push(rule),
                Use::Systemic(route) => index.systemic_by.push(route),
            }
        }
        let weights =
            weights.into_iter().filter_map(|(effect, (_, weight))| Some((*uses.effects.get(&effect)?, weight)));
        index.asked = selectors.intersection(&uses.asked).copied().collect();
        index.effects = weights.collect();
        index.effects.sort_unstable();
        index.covered |= !index.side_a.is_empty() || !index.side_b.is_empty() || !index.allergen_groups.is_empty();
        index.covered |= !index.patient.is_empty();
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
    Patient(RuleId),
    Dose(RuleId),
    Total(RuleId),
    Systemic(Route),
}

/// Every selector with the places that use it, so that an ingredient finds its rules without trying all of them.
#[derive(Debug, Default)]
struct Uses {
    any: BTreeMap<Selector, Vec<Use>>,
    except: BTreeMap<Selector, Vec<Use>>,
    /// Rules of additive effects, by the effect's node.
    effects: BTreeMap<u16, RuleId>,
    /// Selectors that phrases ask for.
    asked: BTreeSet<Selector>,
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
                RuleTest::Patient { drugs, levels, .. } => {
                    uses.side(drugs, Use::Patient(id));
                    uses.ask(levels.iter().flat_map(|level| &level.when));
                }
                RuleTest::Dose { ingredient, limits, .. } => {
                    uses.add(Selector::Ingredient(*ingredient), Use::Dose(id));
                    uses.ask(limits.iter().flat_map(|limit| &limit.when));
                }
                RuleTest::Total { contributors, levels, .. } => {
                    for contributor in contributors {
                        uses.add(Selector::Ingredient(contributor.ingredient), Use::Total(id));
                    }
                    uses.ask(levels.iter().flat_map(|level| &level.when));
                }
            }
            uses.ask_contexts(&rule.contexts);
        }
        for words in &pack.routes {
            for selector in &words.systemic {
                uses.add(*selector, Use::Systemic(words.route));
            }
        }
        for (id, group) in (0_u16..).zip(&pack.allergens) {
            uses.side(&group.members, Use::AllergenGroup(id));
            uses.ask_contexts(&group.contexts);
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

    fn ask_contexts(&mut self, contexts: &[Context]) {
        self.ask(contexts.iter().flat_map(|context| &context.when));
    }

    fn ask<'p>(&mut self, clauses: impl Iterator<Item = &'p Clause>) {
        self.asked.extend(clauses.flat_map(Clause::phrases).filter_map(Phrase::selector));
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
