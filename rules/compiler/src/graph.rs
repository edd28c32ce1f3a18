//! The graph of drugs, classes, pathways and effects: checked here, flattened in the pack.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use cds_core::knowledge::{Edge, Node, NodeKind, Relation, Sensitivity, Strength};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, EdgeRef, Reversed};

/// The knowledge as a graph. Node positions are the pack's.
#[derive(Debug, Clone, Default)]
pub struct KnowledgeGraph {
    graph: DiGraph<Node, Link>,
}

/// What one node is to another, and by which source.
#[derive(Debug, Clone, Copy)]
struct Link {
    relation: Relation,
    source: u16,
}

impl KnowledgeGraph {
    pub(crate) fn new(nodes: Vec<Node>) -> Self {
        let mut graph = DiGraph::new();
        for node in nodes {
            graph.add_node(node);
        }
        Self { graph }
    }

    pub(crate) fn connect(&mut self, edge: Edge) {
        let link = Link { relation: edge.relation, source: edge.source };
        self.graph.add_edge(index(edge.from), index(edge.to), link);
    }

    /// Nodes, in the order of their positions.
    pub(crate) fn nodes(&self) -> Vec<Node> {
        self.graph.node_weights().cloned().collect()
    }

    /// Edges, ordered by where they leave and enter.
    pub(crate) fn edges(&self) -> Vec<Edge> {
        let edges = self.graph.edge_references().map(|edge| Edge {
            from: position(edge.source()),
            to: position(edge.target()),
            relation: edge.weight().relation,
            source: edge.weight().source,
        });
        let mut edges: Vec<Edge> = edges.collect();
        edges.sort_by_key(|edge| (edge.from, edge.to, edge.relation, edge.source));
        edges
    }

    /// Groups of nodes that can reach themselves, each and all in ascending order.
    pub(crate) fn cycles(&self) -> Vec<Vec<u16>> {
        let components = tarjan_scc(&self.graph).into_iter().filter(|component| match component.as_slice() {
            [alone] => self.graph.contains_edge(*alone, *alone),
            _ => true,
        });
        let mut cycles: Vec<Vec<u16>> = components
            .map(|component| {
                let mut positions: Vec<u16> = component.into_iter().map(position).collect();
                positions.sort_unstable();
                positions
            })
            .collect();
        cycles.sort();
        cycles
    }

    /// Ingredients that belong to a class or to one of its subclasses.
    pub(crate) fn members(&self, class: u16) -> BTreeSet<u16> {
        let below = self.below(class).into_iter();
        below.filter(|member| self.kind(*member) == Some(NodeKind::Ingredient)).collect()
    }

    /// A class, and every class and ingredient below it.
    pub(crate) fn below(&self, class: u16) -> BTreeSet<u16> {
        let reversed = Reversed(&self.graph);
        let mut search = Dfs::new(reversed, index(class));
        std::iter::from_fn(|| search.next(reversed)).map(position).collect()
    }

    /// A node, and everything that it reaches.
    pub(crate) fn above(&self, node: u16) -> BTreeSet<u16> {
        let mut search = Dfs::new(&self.graph, index(node));
        std::iter::from_fn(|| search.next(&self.graph)).map(position).collect()
    }

    /// Nodes that enter a node by a relation of this kind.
    pub(crate) fn entering(&self, node: u16, wanted: impl Fn(Relation) -> bool) -> BTreeSet<u16> {
        let edges = self.graph.edges_directed(index(node), petgraph::Direction::Incoming);
        edges.filter(|edge| wanted(edge.weight().relation)).map(|edge| position(edge.source())).collect()
    }

    /// What enters a node, with the relation.
    pub(crate) fn relations_into(&self, node: u16) -> Vec<(u16, Relation)> {
        let edges = self.graph.edges_directed(index(node), petgraph::Direction::Incoming);
        let mut found: Vec<_> = edges.map(|edge| (position(edge.source()), edge.weight().relation)).collect();
        found.sort_unstable();
        found
    }

    /// Whether something leaves a node.
    pub(crate) fn leads_on(&self, node: u16) -> bool {
        self.graph.edges(index(node)).next().is_some()
    }

    fn kind(&self, node: u16) -> Option<NodeKind> {
        self.graph.node_weight(index(node)).map(|node| node.kind)
    }

    /// The classes, pathways and effects that a drug reaches, in Graphviz's `dot` language; `None` for an ingredient
    /// that is not known by this name.
    pub fn neighbourhood(&self, drug: &str) -> Option<String> {
        let start = self.graph.node_indices().find(|node| {
            self.graph.node_weight(*node).is_some_and(|node| node.kind == NodeKind::Ingredient && node.name == drug)
        })?;
        let reached = self.above(position(start));
        let mut dot = String::from("digraph knowledge {\n  rankdir = LR\n");
        for (number, node) in self.graph.node_weights().enumerate() {
            if u16::try_from(number).is_ok_and(|number| reached.contains(&number)) {
                let (shape, name) = (shape(node.kind), escaped(&node.name));
                let _ = writeln!(dot, "  n{number} [shape = {shape}, label = \"{name}\"]");
            }
        }
        for edge in self.edges().into_iter().filter(|edge| reached.contains(&edge.from)) {
            let _ = writeln!(dot, "  n{} -> n{} [label = \"{}\"]", edge.from, edge.to, relation_name(edge.relation));
        }
        dot.push_str("}\n");
        Some(dot)
    }
}

fn index(position: u16) -> NodeIndex {
    NodeIndex::new(usize::from(position))
}

fn position(index: NodeIndex) -> u16 {
    // Graphs with more nodes are refused before a graph is made.
    u16::try_from(index.index()).unwrap_or(u16::MAX)
}

fn shape(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Ingredient => "box",
        NodeKind::Class => "ellipse",
        NodeKind::Pathway => "cds",
        NodeKind::Effect => "hexagon",
        NodeKind::AllergenGroup => "octagon",
    }
}

fn relation_name(relation: Relation) -> String {
    let strength = |strength| match strength {
        Strength::Strong => "strongly",
        Strength::Moderate => "moderately",
        Strength::Weak => "weakly",
    };
    match relation {
        Relation::MemberOf => "member of".into(),
        Relation::Inhibits(how) => format!("inhibits {}", strength(how)),
        Relation::Induces(how) => format!("induces {}", strength(how)),
        Relation::SubstrateOf { sensitivity, narrow_index } => {
            let sensitive = if sensitivity == Sensitivity::Sensitive { "sensitive" } else { "moderately sensitive" };
            let narrow = if narrow_index { ", narrow index" } else { "" };
            format!("{sensitive} substrate{narrow}")
        }
        Relation::ContributesTo(weight) => format!("adds {weight}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
