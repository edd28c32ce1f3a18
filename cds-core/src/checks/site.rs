//! A site's policy: rules with another tier, and rules that are switched off. Nothing that it hides is hidden in silence.

use super::{Because, Change, Hit};
use crate::facts::RuleChange;
use crate::knowledge::Knowledge;
use crate::report::rule_id;

/// Applies the changes that hold. Returns the hits that are switched off, each with the position of its change.
pub(crate) fn apply(hits: &mut Vec<Hit>, changes: &[(usize, &RuleChange)], knowledge: &Knowledge) -> Vec<(Hit, usize)> {
    if changes.is_empty() {
        return Vec::new();
    }
    let mut off = Vec::new();
    let mut kept = Vec::with_capacity(hits.len());
    for mut hit in hits.drain(..) {
        let id = rule_id(&hit, knowledge);
        let change = changes.iter().find(|(_, change)| Some(&change.rule) == id.as_ref());
        match change {
            None => kept.push(hit),
            Some((position, RuleChange { tier: None, .. })) => off.push((hit, *position)),
            Some((position, RuleChange { tier: Some(tier), .. })) => {
                // What a fact of this patient raised, a site's general decision does not lower.
                let raised = hit.changes.iter().any(|Change { from, to, .. }| to > from);
                hit.change(if raised { hit.tier.max(*tier) } else { *tier }, Because::Site(*position));
                kept.push(hit);
            }
        }
    }
    *hits = kept;
    off
}
