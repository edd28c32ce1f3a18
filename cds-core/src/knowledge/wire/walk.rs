//! The way through everything that rests on sources and speaks of drugs. Writer and reader go it in the same order.

use std::borrow::Cow;

use super::columns::Unfit;
use super::texts::{Direction, Texts};
use crate::knowledge::pack::{
    AllergenGroup, ClinicalCondition, DrugCodes, Edge, Node, NodeKind, Rule, RuleTest, Selector, Side, Source, Words,
};
use crate::knowledge::phrase::{Clause, Context, Phrase};

/// Nodes, and conditions, whose names the texts of one entry may have marks for.
const NAMED: usize = 4;
/// Ingredients whose other names a source may have marks for.
const WITH_OTHER_NAMES: usize = 3;

/// Every position of a source, in the order of the way.
pub(super) fn sources<'p>(
    edges: &'p mut [Edge],
    rules: &'p mut [Rule],
    allergens: &'p mut [AllergenGroup],
) -> Vec<&'p mut u16> {
    let mut sources: Vec<&mut u16> = edges.iter_mut().map(|edge| &mut edge.source).collect();
    for Rule { source, contexts, .. } in rules {
        sources.push(source);
        sources.extend(contexts.iter_mut().filter_map(|context| context.source.as_mut()));
    }
    for AllergenGroup { source, contexts, cross, .. } in allergens {
        sources.push(source);
        sources.extend(contexts.iter_mut().filter_map(|context| context.source.as_mut()));
        sources.extend(cross.iter_mut().map(|cross| &mut cross.source));
    }
    sources
}

/// The names that texts may have marks for.
#[derive(Debug)]
pub(super) struct Known<'p> {
    nodes: &'p [Node],
    conditions: &'p [ClinicalCondition],
    /// For each ingredient, every name of it alone but its own, ordered.
    others: Vec<Vec<&'p str>>,
}

/// Names for the texts of one entry.
#[derive(Debug, Default)]
struct Names<'p> {
    texts: Vec<Cow<'p, str>>,
    /// The same, as ids are written.
    ids: Vec<Cow<'p, str>>,
    /// Those of the texts and other names.
    sources: Vec<Cow<'p, str>>,
}

impl<'p> Known<'p> {
    pub fn of(nodes: &'p [Node], conditions: &'p [ClinicalCondition], drugs: &'p DrugCodes) -> Self {
        let mut others = vec![Vec::new(); drugs.ingredients.len()];
        for (name, product) in &drugs.names {
            let product = usize::try_from(*product).ok().and_then(|product| drugs.products.get(product));
            let Some([ingredient]) = product.map(|product| product.ingredients.as_slice()) else { continue };
            let own = drugs.ingredients.get(usize::from(*ingredient)).is_some_and(|own| own.name == *name);
            if let Some(others) = others.get_mut(usize::from(*ingredient)).filter(|_| !own) {
                others.push(name.as_str());
            }
        }
        Self { nodes, conditions, others }
    }

    fn names(&self, nodes: impl Iterator<Item = u16>, conditions: impl Iterator<Item = u16>) -> Names<'p> {
        let mut names = Names::default();
        for position in nodes.take(NAMED) {
            let Some(node) = self.nodes.get(usize::from(position)) else { continue };
            names.texts.push(node.name.as_str().into());
            names.ids.push(match node.kind {
                NodeKind::Ingredient => with_hyphens(&node.name),
                _ => node.id.as_str().into(),
            });
            let others = self.others.get(usize::from(position)).filter(|_| names.texts.len() <= WITH_OTHER_NAMES);
            names.sources.extend(others.into_iter().flatten().map(|name| Cow::from(*name)));
        }
        // Conditions keep their marks, however many nodes there are.
        names.texts.resize(NAMED, Cow::from(""));
        names.ids.resize(NAMED, Cow::from(""));
        for position in conditions.take(NAMED) {
            let Some(condition) = self.conditions.get(usize::from(position)) else { continue };
            names.texts.push(condition.name.as_str().into());
            names.ids.push(condition.id.as_str().into());
        }
        let others = std::mem::take(&mut names.sources);
        names.sources.extend(names.texts.iter().cloned());
        names.sources.resize(NAMED.saturating_add(NAMED), Cow::from(""));
        names.sources.extend(others);
        names
    }
}

fn with_hyphens(name: &str) -> Cow<'_, str> {
    if name.contains(' ') { name.replace(' ', "-").into() } else { name.into() }
}

/// A way through a pack.
#[derive(Debug)]
pub(super) struct Walk<'p> {
    known: Known<'p>,
    texts: &'p mut Texts,
    sources: &'p mut [Source],
    /// Whether a source was met.
    met: Vec<bool>,
    /// The first source that was not.
    next: u16,
}

impl<'p> Walk<'p> {
    pub fn new(known: Known<'p>, sources: &'p mut [Source], texts: &'p mut Texts) -> Self {
        Self { known, texts, met: vec![false; sources.len()], sources, next: 0 }
    }

    /// Goes the way.
    pub fn through(
        mut self,
        edges: &mut [Edge],
        rules: &mut [Rule],
        allergens: &mut [AllergenGroup],
    ) -> Result<(), Unfit> {
        for edge in edges {
            let names = self.known.names([edge.from, edge.to].into_iter(), [].into_iter());
            self.source(&mut edge.source, &names)?;
        }
        for rule in rules {
            let names = self.known.names(nodes_of(&rule.test).into_iter(), conditions_of(&rule.test));
            self.texts.change(&mut rule.id, &names.ids)?;
            self.text(&mut rule.title, &names)?;
            self.source(&mut rule.source, &names)?;
            self.test(&mut rule.test, &names)?;
            self.contexts(&mut rule.contexts, &names)?;
        }
        for group in allergens {
            let names = self.known.names(nodes_of_side(&group.members), [].into_iter());
            self.source(&mut group.source, &names)?;
            self.words(&mut group.words, &names)?;
            self.contexts(&mut group.contexts, &names)?;
            for cross in &mut group.cross {
                self.words(&mut cross.words, &names)?;
                self.source(&mut cross.source, &names)?;
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &mut String, names: &Names<'_>) -> Result<(), Unfit> {
        self.texts.change(text, &names.texts)
    }

    fn words(&mut self, words: &mut Words, names: &Names<'_>) -> Result<(), Unfit> {
        let Words { what, mechanism, consequence, manage } = words;
        let texts = [what, consequence].into_iter().chain(mechanism).chain(manage);
        texts.into_iter().try_for_each(|text| self.text(text, names))
    }

    fn contexts(&mut self, contexts: &mut [Context], names: &Names<'_>) -> Result<(), Unfit> {
        for context in contexts {
            self.text(&mut context.because, names)?;
            if let Some(source) = &mut context.source {
                self.source(source, names)?;
            }
        }
        Ok(())
    }

    fn test(&mut self, test: &mut RuleTest, names: &Names<'_>) -> Result<(), Unfit> {
        match test {
            RuleTest::Interaction { words, .. }
            | RuleTest::DuplicateClass { words, .. }
            | RuleTest::DuplicateIngredient { words, .. }
            | RuleTest::SameAllergen { words, .. } => self.words(words, names),
            RuleTest::AdditiveEffect { levels, .. } => {
                levels.iter_mut().try_for_each(|level| self.words(&mut level.words, names))
            }
            RuleTest::Patient { levels, .. } => {
                levels.iter_mut().try_for_each(|level| self.words(&mut level.words, names))
            }
            RuleTest::Total { levels, .. } => {
                levels.iter_mut().try_for_each(|level| self.words(&mut level.words, names))
            }
            RuleTest::Dose { consequence, .. } => self.text(consequence, names),
        }
    }

    /// A source is written as 0 where it is the first that was not met yet, and as its position plus one elsewhere. Its texts may
    /// have marks for the names of whoever names it first.
    fn source(&mut self, position: &mut u16, names: &Names<'_>) -> Result<(), Unfit> {
        let (source, written) = match self.texts.direction {
            Direction::Write if *position == self.next => (*position, 0),
            Direction::Write => (*position, position.checked_add(1).ok_or(Unfit)?),
            Direction::Read => (position.checked_sub(1).unwrap_or(self.next), *position),
        };
        let first_time = self.met.get_mut(usize::from(source)).is_some_and(|met| !std::mem::replace(met, true));
        if let Some(Source { citation, section, url }) =
            self.sources.get_mut(usize::from(source)).filter(|_| first_time)
        {
            let mut texts = [Some(citation), section.as_mut(), url.as_mut()].into_iter().flatten();
            texts.try_for_each(|text| self.texts.change(text, &names.sources))?;
        }
        if source == self.next {
            self.next = self.next.saturating_add(1);
        }
        *position = if self.texts.direction == Direction::Write { written } else { source };
        Ok(())
    }
}

/// The nodes that a rule is about, those of both sides in turn.
fn nodes_of(test: &RuleTest) -> Vec<u16> {
    match test {
        RuleTest::Interaction { a, b, .. } => nodes_of_side(a).chain(nodes_of_side(b)).collect(),
        RuleTest::DuplicateClass { class, .. } => vec![*class],
        RuleTest::AdditiveEffect { effect, .. } => vec![*effect],
        RuleTest::Patient { drugs, .. } => nodes_of_side(drugs).collect(),
        RuleTest::Dose { ingredient, .. } => vec![*ingredient],
        RuleTest::Total { contributors, .. } => contributors.iter().map(|contributor| contributor.ingredient).collect(),
        RuleTest::DuplicateIngredient { .. } | RuleTest::SameAllergen { .. } => Vec::new(),
    }
}

fn nodes_of_side(side: &Side) -> impl Iterator<Item = u16> {
    side.any.iter().map(|selector| match *selector {
        Selector::Ingredient(node)
        | Selector::Class(node)
        | Selector::Inhibits(node, _)
        | Selector::Induces(node, _)
        | Selector::Substrate(node, _)
        | Selector::NarrowIndexSubstrate(node) => node,
    })
}

/// The conditions that a rule about a drug asks for.
fn conditions_of(test: &RuleTest) -> impl Iterator<Item = u16> {
    let levels = if let RuleTest::Patient { levels, .. } = test { levels.as_slice() } else { &[] };
    let mut met = Vec::new();
    levels.iter().flat_map(|level| &level.when).flat_map(Clause::phrases).filter_map(move |phrase| match phrase {
        Phrase::Condition { condition, .. } if !met.contains(condition) => {
            met.push(*condition);
            Some(*condition)
        }
        _ => None,
    })
}
