//! A site's policy: rules with another tier, and rules that are switched off. Nothing that it hides is hidden in silence.

use super::{Because, Change, Hit};
use crate::facts::{RuleChange, highest_tier};
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
        // What a fact of this patient raised, a site's general decision neither lowers nor hides.
        let raised = hit.changes.iter().any(|Change { from, to, .. }| to > from);
        match change {
            Some((position, RuleChange { tier: None, .. })) if !raised => {
                off.push((hit, *position));
                continue;
            }
            Some((position, RuleChange { rule, tier: Some(tier), .. })) => {
                // A rule of several levels keeps their order: a change down lowers the higher ones, a change up raises the lower ones.
                let up = highest_tier(rule, knowledge).is_none_or(|highest| *tier > highest);
                let to = if up { hit.tier.max(*tier) } else { hit.tier.min(*tier) };
                hit.change(if raised { hit.tier.max(to) } else { to }, Because::Site(*position));
            }
            Some(_) | None => {}
        }
        kept.push(hit);
    }
    *hits = kept;
    off
}
