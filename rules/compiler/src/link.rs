//! From entries to a pack: follows every reference, builds and checks the graph, derives the rules and collects the cases.

use std::collections::{BTreeMap, BTreeSet};

use cds_core::knowledge::names::normalise;
use cds_core::knowledge::{
    AllergenGroup, Clause, Context, CrossReaction, Edge, EffectLevel, Evidence, Ingredient, Node, NodeKind, NonDrug,
    Pack, Relation, Rule, RuleTest, Selector, Source, Words, arranged,
};

use crate::case::{Case, CaseKind};
use crate::diagnostic::{At, Findings, Place};
use crate::drugs::Drugs;
use crate::entries::{
    AllergenEntry, ClassEntry, ContextEntry, Contributor, DuplicateEntry, EffectEntry, Entries, GeneralEntry,
    GeneralTest, InteractionEntry, PathwayEntry, PathwayRow, WordsEntry,
};
use crate::graph::KnowledgeGraph;
use crate::link_patient;
use crate::phrases::{Sides, clauses};
use crate::problem::Problem;
use crate::select::{Names, selected};
use crate::trial::{Trial, Trials};

/// What linking yields.
pub(crate) struct Linked {
    pub pack: Pack,
    pub cases: Vec<Case>,
    pub graph: KnowledgeGraph,
    pub covered: BTreeSet<u16>,
    pub unused_classes: Vec<String>,
}

/// Links the entries. What is bad is reported to `findings`; the pack is whole only where nothing was.
pub(crate) fn link(entries: &Entries, drugs: &Drugs, non_drugs: &[At<NonDrug>], findings: &Findings) -> Linked {
    let (names, nodes) = name_everything(entries, drugs, findings);
    let mut linker = Linker {
        graph: KnowledgeGraph::new(nodes),
        names,
        findings,
        sources: Sources::default(),
        trials: Trials::new(drugs, findings),
        looked_at: BTreeSet::new(),
        on_a_side: BTreeSet::new(),
    };
    linker.connect(entries);
    linker.check_classes(&entries.classes);
    let rules = linker.rules(entries);
    let allergens = linker.allergens(&entries.allergens);
    let terms = link_patient::terms(&entries.patient, &linker.names, &linker.graph);
    check_non_drugs(non_drugs, entries, drugs, findings);
    let covered = linker.covered(drugs);
    let unused_classes = linker.unused_classes();
    let cases = linker.trials.finish();
    let sources = linker.sources.list;
    if sources.len() > usize::from(u16::MAX) {
        let problem = Problem::TooMany { what: "sources", count: sources.len(), most: usize::from(u16::MAX) };
        findings.report(&Place::of_absent("pack.toml"), problem);
    }
    let pack = arranged(Pack {
        about: entries.about.clone(),
        drugs: drugs.codes.clone(),
        nodes: linker.graph.nodes(),
        edges: linker.graph.edges(),
        problems: problems(entries),
        sources,
        rules,
        allergens,
        non_drugs: non_drugs.iter().map(|entry| entry.value.clone()).collect(),
        conditions: terms.conditions,
        other_conditions: terms.other_conditions,
        measurements: terms.measurements,
        roles: terms.roles,
        routes: terms.routes,
    });
    Linked { pack, cases, graph: linker.graph, covered, unused_classes }
}

/// Gives every entry its position, and reports ids that are there twice.
fn name_everything<'n>(entries: &Entries, drugs: &'n Drugs, findings: &'n Findings) -> (Names<'n>, Vec<Node>) {
    let ingredients = drugs.codes.ingredients.iter().map(|Ingredient { rxcui, name }| Node {
        kind: NodeKind::Ingredient,
        id: rxcui.to_string(),
        name: name.clone(),
    });
    let mut nodes: Vec<Node> = ingredients.collect();
    let classes = by_id("class", entries.classes.iter().map(|entry| (&entry.id, entry.name.as_str())), findings);
    let pathways = by_id("pathway", entries.pathways.iter().map(|entry| (&entry.id, entry.name.as_str())), findings);
    let effects = by_id("effect", entries.effects.iter().map(|entry| (&entry.id, entry.name.as_str())), findings);
    let count = nodes.len().saturating_add(classes.len()).saturating_add(pathways.len()).saturating_add(effects.len());
    if count > usize::from(u16::MAX) {
        let problem = Problem::TooMany { what: "nodes", count, most: usize::from(u16::MAX) };
        findings.report(&Place::of_absent("pack.toml"), problem);
    }
    let mut add = |kind, named: BTreeMap<String, String>| -> BTreeMap<String, u16> {
        let mut positions = BTreeMap::new();
        for (id, name) in named {
            positions.insert(id.clone(), u16::try_from(nodes.len()).unwrap_or(u16::MAX));
            nodes.push(Node { kind, id, name });
        }
        positions
    };
    let classes = add(NodeKind::Class, classes);
    let pathways = add(NodeKind::Pathway, pathways);
    let effects = add(NodeKind::Effect, effects);
    by_id("problem", entries.problems.iter().map(|(id, name)| (id, name.as_str())), findings);
    let problems: Vec<_> = problems(entries);
    if problems.len() > usize::from(u8::MAX) {
        let problem = Problem::TooMany { what: "problems", count: problems.len(), most: usize::from(u8::MAX) };
        findings.report(&Place::of_absent("problems.toml"), problem);
    }
    let problems = problems.into_iter().map(|problem| problem.id).zip(0_u8..).collect();
    let patient = &entries.patient;
    let conditions = patient.conditions.iter().map(|entry| (&entry.id, entry.name.as_str()));
    let conditions = by_id("condition", conditions, findings);
    let conditions: BTreeMap<String, u16> = conditions.into_keys().zip(0_u16..).collect();
    let measured = patient.measurements.iter().map(|entry| (&entry.id, entry.unit.as_str()));
    let measured = by_id("measurement", measured, findings);
    let units = measured.values().cloned().collect();
    let measurements: BTreeMap<String, u16> = measured.into_keys().zip(0_u16..).collect();
    (Names { drugs, classes, pathways, effects, problems, conditions, measurements, units, findings }, nodes)
}

fn by_id<'e>(
    kind: &'static str,
    entries: impl Iterator<Item = (&'e At<String>, &'e str)>,
    findings: &Findings,
) -> BTreeMap<String, String> {
    let mut first: BTreeMap<&str, &Place> = BTreeMap::new();
    let mut named = BTreeMap::new();
    for (id, name) in entries.filter(|(id, _)| !id.value.is_empty()) {
        if let Some(first) = first.get(id.value.as_str()) {
            let problem = Problem::Duplicate { kind, id: id.value.clone(), first: first.name() };
            findings.report(&id.place, problem);
            continue;
        }
        first.insert(&id.value, &id.place);
        named.insert(id.value.clone(), name.to_owned());
    }
    named
}

fn problems(entries: &Entries) -> Vec<cds_core::knowledge::Problem> {
    let named: BTreeMap<&str, &str> =
        entries.problems.iter().map(|(id, name)| (id.value.as_str(), name.as_str())).collect();
    let folds = |id: &str| !entries.apart.iter().any(|apart| apart.value == id);
    let problems = named.into_iter();
    problems
        .map(|(id, name)| cds_core::knowledge::Problem { id: id.to_owned(), name: name.to_owned(), folds: folds(id) })
        .collect()
}

/// Sources, each once, in the order in which they are met.
#[derive(Default)]
pub(crate) struct Sources {
    list: Vec<Source>,
    positions: BTreeMap<Source, u16>,
}

impl Sources {
    pub fn position(&mut self, source: &Source) -> u16 {
        if let Some(position) = self.positions.get(source) {
            return *position;
        }
        // More than that many are reported in the end.
        let position = u16::try_from(self.list.len()).unwrap_or(u16::MAX);
        self.list.push(source.clone());
        self.positions.insert(source.clone(), position);
        position
    }
}

pub(crate) struct Linker<'n> {
    pub names: Names<'n>,
    pub findings: &'n Findings,
    pub graph: KnowledgeGraph,
    pub sources: Sources,
    pub trials: Trials<'n>,
    /// Classes that a rule, an effect or an allergen group names.
    looked_at: BTreeSet<u16>,
    /// Ingredients on a side of an interaction or in a rule about one drug.
    pub on_a_side: BTreeSet<u16>,
}

impl Linker<'_> {
    fn connect(&mut self, entries: &Entries) {
        for class in &entries.classes {
            self.connect_class(class);
        }
        for pathway in &entries.pathways {
            self.connect_pathway(pathway);
        }
        for effect in &entries.effects {
            self.connect_effect(effect);
        }
    }

    fn connect_class(&mut self, class: &ClassEntry) {
        let Some(to) = self.names.classes.get(&class.id.value).copied() else { return };
        let source = self.sources.position(&class.reviewed.source);
        let members = class.members.iter().filter_map(|member| self.names.drugs.ingredient(member, self.findings));
        for from in members.collect::<Vec<_>>() {
            self.graph.connect(Edge { from, to, relation: Relation::MemberOf, source });
        }
        for parent in &class.parents {
            if let Some(parent) = self.names.find("class", &self.names.classes, parent) {
                self.graph.connect(Edge { from: to, to: parent, relation: Relation::MemberOf, source });
            }
        }
    }

    fn connect_pathway(&mut self, pathway: &PathwayEntry) {
        let Some(to) = self.names.pathways.get(&pathway.id.value).copied() else { return };
        self.connect_rows(to, pathway, &pathway.inhibitors, |row| Relation::Inhibits(row.degree));
        self.connect_rows(to, pathway, &pathway.inducers, |row| Relation::Induces(row.degree));
        self.connect_rows(to, pathway, &pathway.substrates, |row| Relation::SubstrateOf {
            sensitivity: row.degree,
            narrow_index: row.narrow_index,
        });
    }

    fn connect_rows<T>(
        &mut self,
        to: u16,
        pathway: &PathwayEntry,
        rows: &[PathwayRow<T>],
        relation: impl Fn(&PathwayRow<T>) -> Relation,
    ) {
        let mut met = BTreeSet::new();
        for row in rows {
            let source = self.sources.position(row.source.as_ref().unwrap_or(&pathway.reviewed.source));
            let Some(from) = self.names.drugs.ingredient(&row.drug, self.findings) else { continue };
            if !met.insert(from) {
                self.findings.report(&row.drug.place, Problem::Twice { name: row.drug.value.clone() });
                continue;
            }
            self.graph.connect(Edge { from, to, relation: relation(row), source });
        }
    }

    fn connect_effect(&mut self, effect: &EffectEntry) {
        let Some(to) = self.names.effects.get(&effect.id.value).copied() else { return };
        let mut met = BTreeSet::new();
        for contributor in &effect.contributors {
            let source = self.sources.position(contributor.source.as_ref().unwrap_or(&effect.reviewed.source));
            let (from, who) = match &contributor.who {
                Contributor::Drug(drug) => (self.names.drugs.ingredient(drug, self.findings), drug),
                Contributor::Class(class) => (self.names.find("class", &self.names.classes, class), class),
            };
            let Some(from) = from else { continue };
            if !met.insert(from) {
                self.findings.report(&who.place, Problem::Twice { name: who.value.clone() });
                continue;
            }
            if matches!(contributor.who, Contributor::Class(_)) {
                self.looked_at.insert(from);
            }
            let weight = u8::try_from(contributor.weight).unwrap_or(u8::MAX);
            self.graph.connect(Edge { from, to, relation: Relation::ContributesTo(weight), source });
        }
    }

    fn check_classes(&self, classes: &[ClassEntry]) {
        let place = |position: u16| {
            let named = |class: &&ClassEntry| self.names.classes.get(&class.id.value) == Some(&position);
            classes.iter().find(named).map(|class| &class.id)
        };
        for cycle in self.graph.cycles() {
            let ids: Vec<_> = cycle.iter().filter_map(|position| place(*position)).collect();
            if let Some(first) = ids.first() {
                let classes = ids.iter().map(|id| id.value.clone()).collect();
                self.findings.report(&first.place, Problem::ClassCycle { classes });
            }
        }
        for class in classes {
            let Some(position) = self.names.classes.get(&class.id.value) else { continue };
            let members = self.graph.members(*position).len();
            if members == 0 && class.members.is_empty() {
                let problem = Problem::ClassWithoutMembers { class: class.id.value.clone() };
                self.findings.report(&class.id.place, problem);
            }
            if let Some(duplicate) = &class.duplicate
                && members == 1
            {
                let problem = Problem::NeverTwoMembers { class: class.id.value.clone() };
                self.findings.report(&duplicate.place, problem);
            }
        }
    }

    /// Classes that no rule reaches: none names them, a class above them or a class below them.
    fn unused_classes(&self) -> Vec<String> {
        let unused = self.names.classes.iter().filter(|(_, position)| {
            let mut related = self.graph.above(**position);
            related.extend(self.graph.below(**position));
            related.is_disjoint(&self.looked_at)
        });
        unused.map(|(id, _)| id.clone()).collect()
    }

    fn rules(&mut self, entries: &Entries) -> Vec<Rule> {
        let mut rules: Vec<(Rule, &Place)> = Vec::new();
        for entry in &entries.interactions {
            rules.push((self.interaction(entry), &entry.id.place));
        }
        for entry in &entries.classes {
            if let Some(duplicate) = &entry.duplicate {
                rules.extend(self.duplicate(entry, duplicate).map(|rule| (rule, &entry.id.place)));
            }
        }
        for entry in &entries.effects {
            rules.extend(self.effect(entry).map(|rule| (rule, &entry.id.place)));
        }
        for entry in &entries.general {
            rules.push((self.general(entry), &entry.id.place));
        }
        for entry in &entries.patient.rules {
            rules.push((self.patient_rule(entry), &entry.id.place));
        }
        for entry in &entries.patient.doses {
            rules.extend(self.dose(entry).map(|rule| (rule, &entry.id.place)));
        }
        for entry in &entries.patient.totals {
            rules.push((self.total(entry), &entry.id.place));
        }
        for problem in &entries.apart {
            self.names.find("problem", &self.names.problems, problem);
        }
        rules.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        for ((first, first_place), (second, place)) in rules.iter().zip(rules.iter().skip(1)) {
            // The same class or effect twice is reported as such.
            let named_elsewhere = matches!(
                (&first.test, &second.test),
                (RuleTest::DuplicateClass { .. }, RuleTest::DuplicateClass { .. })
                    | (RuleTest::AdditiveEffect { .. }, RuleTest::AdditiveEffect { .. })
            );
            if first.id == second.id && !first.id.is_empty() && !named_elsewhere {
                let problem = Problem::Duplicate { kind: "rule", id: second.id.clone(), first: first_place.name() };
                self.findings.report(place, problem);
            }
        }
        rules.into_iter().map(|(rule, _)| rule).collect()
    }

    pub(crate) fn problem_positions(&self, problems: &[At<String>]) -> Vec<u8> {
        problems.iter().filter_map(|problem| self.names.find("problem", &self.names.problems, problem)).collect()
    }

    pub(crate) fn note_classes(&mut self, selectors: &[Selector]) {
        self.looked_at.extend(selectors.iter().filter_map(|selector| match selector {
            Selector::Class(class) => Some(*class),
            _ => None,
        }));
    }

    fn interaction(&mut self, entry: &InteractionEntry) -> Rule {
        let (a, on_a) = self.names.side(&entry.a, &self.graph);
        let (b, on_b) = self.names.side(&entry.b, &self.graph);
        if let (Some(only), Some(other)) = (only(&on_a), only(&on_b))
            && only == other
        {
            let drug = self.names.drugs.name(only).to_owned();
            self.findings.report(&entry.b.place, Problem::NeverTwoDrugs { drug });
        }
        let tier = |drugs: &[u16]| {
            let pair = |a: &u16| on_a.contains(a) && drugs.iter().any(|b| a != b && on_b.contains(b));
            drugs.iter().any(pair).then_some(entry.tier)
        };
        let trial = Trial {
            kind: CaseKind::Interaction,
            rule: &entry.id.value,
            entries: &entry.cases,
            tier: Some(entry.tier),
            contexts: !entry.contexts.is_empty(),
            reason: "the case needs a drug of each side, two different ones",
        };
        self.trials.drug_cases(&trial, tier, &self.names);
        for side in [&a, &b] {
            self.note_classes(&side.any);
        }
        self.on_a_side.extend(on_a.iter().chain(&on_b));
        Rule {
            id: entry.id.value.clone(),
            title: entry.title.clone(),
            problems: self.problem_positions(&entry.problems),
            evidence: entry.evidence,
            source: self.sources.position(&entry.reviewed.source),
            revised: entry.reviewed.revised.value.clone(),
            test: RuleTest::Interaction { tier: entry.tier, a, b, words: words(&entry.words) },
            contexts: self.contexts(&entry.contexts, Sides::Two),
            context_free: entry.context_free.is_some(),
            low_value: entry.low_value.is_some(),
        }
    }

    fn general(&mut self, entry: &GeneralEntry) -> Rule {
        let words = words(&entry.words);
        let test = match &entry.test {
            GeneralTest::SameAllergen { tier } => RuleTest::SameAllergen { tier: *tier, words },
            GeneralTest::DuplicateIngredient { draft_tier, hidden_tier, plain_tier, except } => {
                RuleTest::DuplicateIngredient {
                    draft_tier: *draft_tier,
                    hidden_tier: *hidden_tier,
                    plain_tier: *plain_tier,
                    except: except.iter().filter_map(|selector| self.names.selector(selector)).collect(),
                    words,
                }
            }
        };
        Rule {
            id: entry.id.value.clone(),
            title: entry.title.clone(),
            problems: self.problem_positions(&entry.problems),
            evidence: entry.evidence,
            source: self.sources.position(&entry.reviewed.source),
            revised: entry.reviewed.revised.value.clone(),
            test,
            contexts: Vec::new(),
            context_free: false,
            low_value: false,
        }
    }

    /// The phrases of a `when`; the classes that they ask for are reached.
    pub(crate) fn when(&mut self, lines: &[At<String>], sides: Sides) -> Vec<Clause> {
        let clauses = clauses(lines, sides, &self.names, &self.graph);
        let selectors: Vec<Selector> =
            clauses.iter().flat_map(Clause::phrases).filter_map(|phrase| phrase.selector()).collect();
        self.note_classes(&selectors);
        clauses
    }

    fn contexts(&mut self, entries: &[ContextEntry], sides: Sides) -> Vec<Context> {
        let contexts = entries.iter().map(|entry| {
            let source = entry.source.as_ref().map(|source| self.sources.position(source));
            let when = self.when(&entry.when, sides);
            Context { when, tier: entry.tier, direction: entry.direction, because: entry.because.clone(), source }
        });
        contexts.collect()
    }

    fn duplicate(&mut self, class: &ClassEntry, entry: &DuplicateEntry) -> Option<Rule> {
        let position = self.names.classes.get(&class.id.value).copied()?;
        self.looked_at.insert(position);
        let id = format!("duplicate-{}", class.id.value);
        let members = selected(Selector::Class(position), &self.graph);
        let tier = |drugs: &[u16]| {
            let met: BTreeSet<_> = drugs.iter().filter(|drug| members.contains(drug)).collect();
            (met.len() > 1).then_some(entry.tier)
        };
        let trial = Trial {
            kind: CaseKind::Duplicate,
            rule: &id,
            entries: &entry.cases,
            tier: Some(entry.tier),
            contexts: !entry.contexts.is_empty(),
            reason: "the case needs two different members of the class",
        };
        self.trials.drug_cases(&trial, tier, &self.names);
        Some(Rule {
            id,
            title: format!("Duplicate therapy: {}", class.name),
            problems: self.problem_positions(&entry.problems),
            evidence: entry.evidence.unwrap_or(Evidence::Label),
            source: self.sources.position(&class.reviewed.source),
            revised: class.reviewed.revised.value.clone(),
            test: RuleTest::DuplicateClass { tier: entry.tier, class: position, words: words(&entry.words) },
            contexts: self.contexts(&entry.contexts, Sides::One),
            context_free: false,
            low_value: false,
        })
    }

    fn effect(&mut self, entry: &EffectEntry) -> Option<Rule> {
        let position = self.names.effects.get(&entry.id.value).copied()?;
        let id = format!("effect-{}", entry.id.value);
        let weights = self.weights(position);
        let tier = |drugs: &[u16]| {
            let met: BTreeSet<u16> = drugs.iter().copied().filter(|drug| weights.contains_key(drug)).collect();
            let sum: u32 = met.iter().filter_map(|drug| weights.get(drug)).map(|weight| u32::from(*weight)).sum();
            let holds = |level: &&crate::entries::LevelEntry| {
                sum >= u32::from(level.sum) && met.len() >= usize::from(level.drugs)
            };
            entry.levels.iter().find(holds).map(|level| level.tier)
        };
        let trial = Trial {
            kind: CaseKind::Effect,
            rule: &id,
            entries: &entry.cases,
            tier: None,
            contexts: !entry.contexts.is_empty(),
            reason: "the weights of the case's drugs reach no level",
        };
        self.trials.drug_cases(&trial, tier, &self.names);
        Some(Rule {
            id,
            title: format!("Additive effect: {}", entry.name),
            problems: self.problem_positions(std::slice::from_ref(&entry.problem)),
            evidence: entry.evidence.unwrap_or(Evidence::Pharmacology),
            source: self.sources.position(&entry.reviewed.source),
            revised: entry.reviewed.revised.value.clone(),
            test: RuleTest::AdditiveEffect {
                effect: position,
                levels: entry
                    .levels
                    .iter()
                    .map(|level| EffectLevel {
                        tier: level.tier,
                        sum: level.sum,
                        drugs: level.drugs,
                        words: words(&level.words),
                    })
                    .collect(),
            },
            contexts: self.contexts(&entry.contexts, Sides::One),
            context_free: false,
            low_value: false,
        })
    }

    /// What each ingredient adds to an effect: its own weight, else the greatest one of its classes.
    fn weights(&self, effect: u16) -> BTreeMap<u16, u8> {
        let mut weights: BTreeMap<u16, u8> = BTreeMap::new();
        let mut own = BTreeMap::new();
        for (from, relation) in self.graph.relations_into(effect) {
            let Relation::ContributesTo(weight) = relation else { continue };
            if usize::from(from) < self.names.drugs.codes.ingredients.len() {
                own.insert(from, weight);
                continue;
            }
            for member in self.graph.members(from) {
                let greatest = weights.entry(member).or_default();
                *greatest = weight.max(*greatest);
            }
        }
        weights.extend(own);
        weights
    }

    fn allergens(&mut self, entries: &[AllergenEntry]) -> Vec<AllergenGroup> {
        by_id("allergen group", entries.iter().map(|entry| (&entry.id, "")), self.findings);
        let mut groups: Vec<AllergenGroup> = entries.iter().map(|entry| self.allergen(entry)).collect();
        groups.sort_by(|a, b| a.id.cmp(&b.id));
        groups
    }

    fn allergen(&mut self, entry: &AllergenEntry) -> AllergenGroup {
        let (members, in_group) = self.names.side(&entry.members, &self.graph);
        self.note_classes(&members.any);
        let mut cross_drugs = Vec::new();
        let mut cross = Vec::new();
        for reaction in &entry.cross {
            let (to, drugs) = self.names.side(&reaction.to, &self.graph);
            self.note_classes(&to.any);
            cross_drugs.push((reaction.tier, drugs));
            let source = self.sources.position(&reaction.source);
            cross.push(CrossReaction { to, tier: reaction.tier, words: words(&reaction.words), source });
        }
        self.check_allergen_names(entry);
        self.trials.allergen_cases(entry, &in_group, &cross_drugs, &self.names);
        AllergenGroup {
            id: entry.id.value.clone(),
            name: entry.name.clone(),
            tier: entry.tier,
            members,
            names: entry.normal_names().into_iter().collect(),
            snomed: entry.snomed.iter().map(|code| code.value).collect(),
            words: words(&entry.words),
            cross,
            contexts: self.contexts(&entry.contexts, Sides::One),
            evidence: entry.evidence,
            source: self.sources.position(&entry.reviewed.source),
            revised: entry.reviewed.revised.value.clone(),
        }
    }

    fn check_allergen_names(&self, entry: &AllergenEntry) {
        self.names.check_written(&entry.names);
        let mut met = BTreeSet::new();
        for code in &entry.snomed {
            if code.value != 0 && !met.insert(code.value) {
                self.findings.report(&code.place, Problem::Twice { name: code.value.to_string() });
            }
        }
    }

    /// Ingredients that are in a class, on a pathway, in an effect, on a side of an interaction or in a rule about one drug.
    fn covered(&self, drugs: &Drugs) -> BTreeSet<u16> {
        let all = (0_u16..).take(drugs.codes.ingredients.len());
        all.filter(|ingredient| self.graph.leads_on(*ingredient) || self.on_a_side.contains(ingredient)).collect()
    }
}

fn only(drugs: &BTreeSet<u16>) -> Option<u16> {
    drugs.first().copied().filter(|_| drugs.len() == 1)
}

pub(crate) fn words(entry: &WordsEntry) -> Words {
    Words {
        what: entry.what.clone(),
        mechanism: entry.mechanism.clone(),
        consequence: entry.consequence.clone(),
        manage: entry.manage.clone(),
    }
}

/// An allergen that counts as no drug must not be one: its allergy would be passed over.
fn check_non_drugs(non_drugs: &[At<NonDrug>], entries: &Entries, drugs: &Drugs, findings: &Findings) {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut codes: BTreeMap<u64, String> = BTreeMap::new();
    for group in &entries.allergens {
        names.extend(group.names.iter().map(|name| (normalise(&name.value), name.place.name())));
        codes.extend(group.snomed.iter().map(|code| (code.value, code.place.name())));
    }
    for (name, place) in drugs.name_places() {
        names.insert(name.to_owned(), place.name());
    }
    for (code, place) in drugs.snomed_places() {
        codes.insert(code, place.name());
    }
    for entry in non_drugs {
        let by_name = entry.value.name.as_ref().and_then(|name| Some((name.clone(), names.get(name.as_str())?)));
        let by_code = entry.value.snomed.and_then(|code| Some((code.to_string(), codes.get(&code)?)));
        if let Some((id, drug)) = by_name.or(by_code) {
            findings.report(&entry.place, Problem::NonDrugIsDrug { name: id, drug: drug.clone() });
        }
    }
}
