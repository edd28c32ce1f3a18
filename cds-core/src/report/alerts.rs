//! From folded hits to alerts: words, facts, ways through the graph, sources.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{
    Alert, AlertDrug, AlertKind, Fact, GraphPath, PathNode, Reason, SourceAttributes, SwitchedOff, Tier, TierChange,
};
use super::fold::fold;
use super::missing;
use super::words::{Filled, Names, filled};
use crate::checks::{Amount, Because, Change, Exposures, Ground, Hit, Seen};
use crate::facts::{AsOf, Facts, Policy, RuleChange, State, days_between, join};
use crate::knowledge::{
    AllergenGroup, Clause, Context, DosePer, IngredientId, Knowledge, NodeKind, Phrase, Relation, Roles, Rule,
    RuleTest, Sensitivity, Side, Strength, Words,
};

/// What alerts are made of, beside the hits.
pub(crate) struct Reporting<'r> {
    pub facts: &'r Facts,
    pub exposures: &'r Exposures<'r>,
    pub policy: &'r Policy,
    pub as_of: AsOf,
    pub knowledge: &'r Knowledge,
}

/// One alert for each clinical problem, highest tier first.
pub(crate) fn alerts(hits: Vec<Hit>, reporting: &Reporting<'_>) -> Vec<Alert> {
    let ordering = reporting.facts.medications.iter().any(|fact| fact.state == State::Draft);
    let groups = fold(hits, reporting.knowledge);
    let mut alerts: Vec<Alert> = groups.iter().filter_map(|group| alert(group, ordering, reporting)).collect();
    alerts.sort_by(|a, b| {
        let key = |alert: &Alert| {
            (std::cmp::Reverse(alert.interrupts), std::cmp::Reverse(alert.tier), !alert.involves_draft, alert.kind)
        };
        (key(a), &a.problem, &a.id).cmp(&(key(b), &b.problem, &b.id))
    });
    alerts
}

fn alert(group: &[Hit], ordering: bool, reporting: &Reporting<'_>) -> Option<Alert> {
    let Reporting { facts, policy, knowledge, .. } = reporting;
    let lead = group.first()?;
    let reasons = reasons(group, reporting);
    let speaker = reasons.first()?;
    let (problem, problem_name) = problem(lead, knowledge);
    let drafted = drafted(facts);
    let ids: BTreeSet<IngredientId> = group.iter().flat_map(Hit::drugs).collect();
    let mut drugs: Vec<AlertDrug> = ids.iter().map(|id| drug(*id, drafted.contains(id), knowledge)).collect();
    drugs.sort_by(|a, b| (&a.name, &a.rxcui).cmp(&(&b.name, &b.rxcui)));
    let allergen =
        lead.allergies.first().and_then(|position| facts.allergies.get(*position)).map(|allergy| allergy.name.clone());
    let mut codes: Vec<&str> = drugs.iter().map(|drug| drug.rxcui.as_str()).collect();
    codes.sort_unstable();
    let id = match (&allergen, lead.kind) {
        (Some(allergen), _) => format!("{problem}:{}:{}", allergen.replace(' ', "-"), codes.join("-")),
        // Several tests may be due for the same drugs.
        (None, AlertKind::Monitoring) => format!("{problem}:{}:{}", speaker.rule, codes.join("-")),
        (None, _) => format!("{problem}:{}", codes.join("-")),
    };
    let tier = lead.tier;
    let would_interrupt = tier >= policy.interrupt_from && (!ordering || lead.involves_draft);
    let tolerated = (would_interrupt && ordering).then(|| tolerated(group, reporting)).flatten();
    let missing: BTreeSet<String> =
        group.iter().flat_map(|hit| &hit.missing).map(|missing| missing::words(*missing, knowledge)).collect();
    Some(Alert {
        id,
        tier,
        signal_word: tier.signal_word().to_owned(),
        interrupts: would_interrupt && tolerated.is_none(),
        kind: lead.kind,
        problem,
        problem_name,
        what: speaker.what.clone(),
        consequence: speaker.consequence.clone(),
        steps: speaker.steps.clone(),
        drugs,
        allergen,
        facts: facts_of(group, facts),
        involves_draft: lead.involves_draft,
        tolerated,
        missing: missing.into_iter().collect(),
        reasons,
    })
}

/// The ingredients that are being ordered.
fn drafted(facts: &Facts) -> BTreeSet<IngredientId> {
    let drafts = facts.medications.iter().filter(|fact| fact.state == State::Draft);
    drafts.flat_map(|fact| fact.ingredients.iter().copied()).collect()
}

/// Why a renewal does not interrupt again: every drug of the alert has long been taken, and none is ordered at a higher dose.
fn tolerated(group: &[Hit], reporting: &Reporting<'_>) -> Option<String> {
    let AsOf(day) = reporting.as_of;
    let days = i64::from(reporting.policy.tolerated_after_days);
    let between_drugs = |hit: &Hit| {
        matches!(hit.kind, AlertKind::DrugInteraction | AlertKind::AdditiveEffect | AlertKind::DuplicateClass)
            && hit.tier < Tier::Contraindicated
            // What a fact of the patient raised is news.
            && !hit.changes.iter().any(|change| change.to > change.from)
    };
    let long = |drug: IngredientId| {
        let orders = || reporting.exposures.facts(drug).map(|(_, fact)| fact);
        let before = || orders().filter(|fact| fact.state != State::Draft);
        let most = |facts: &mut dyn Iterator<Item = &crate::facts::MedicationFact>| {
            let doses: Option<Vec<_>> = facts.map(|fact| dose(fact, drug)).collect();
            doses.and_then(|doses| doses.into_iter().max())
        };
        let ordered = orders().any(|fact| fact.state == State::Draft);
        let no_higher = match (most(&mut orders().filter(|fact| fact.state == State::Draft)), most(&mut before())) {
            (Some(now), Some(then)) => now <= then,
            // The very product that is taken already, no dose being known of either.
            (None, None) if ordered => {
                let products: BTreeSet<&str> = before().map(|fact| fact.product.as_str()).collect();
                let mut drafts = orders().filter(|fact| fact.state == State::Draft);
                drafts.all(|draft| draft.dosing.is_empty() && products.contains(draft.product.as_str()))
            }
            _ => !ordered,
        };
        no_higher && before().any(|fact| fact.begun.is_some_and(|begun| days_between(begun, day) >= days))
    };
    let all = group.iter().all(|hit| between_drugs(hit) && hit.drugs().all(long));
    all.then(|| {
        format!("These drugs have been taken together for at least {days} days, and the order does not raise a dose.")
    })
}

fn dose(fact: &crate::facts::MedicationFact, drug: IngredientId) -> Option<rust_decimal::Decimal> {
    fact.dosing.iter().find(|dosing| dosing.ingredient == drug)?.over(DosePer::Day)
}

/// The rules that the site switched off and that would have fired, each once.
pub(crate) fn switched_off(hits: &[(Hit, usize)], reporting: &Reporting<'_>) -> Vec<SwitchedOff> {
    let mut by_rule: BTreeMap<usize, Vec<&Hit>> = BTreeMap::new();
    for (hit, change) in hits {
        by_rule.entry(*change).or_default().push(hit);
    }
    let drafted = drafted(reporting.facts);
    let entries = by_rule.into_iter().filter_map(|(change, hits)| {
        let change = reporting.policy.changes.get(change)?;
        let ids: BTreeSet<IngredientId> = hits.iter().flat_map(|hit| hit.drugs()).collect();
        let mut drugs: Vec<AlertDrug> =
            ids.iter().map(|id| drug(*id, drafted.contains(id), reporting.knowledge)).collect();
        drugs.sort_by(|a, b| (&a.name, &a.rxcui).cmp(&(&b.name, &b.rxcui)));
        Some(SwitchedOff {
            rule: change.rule.clone(),
            title: hits.iter().find_map(|hit| reason(hit, reporting)).map_or_else(String::new, |reason| reason.title),
            tier: hits.iter().map(|hit| hit.tier).max()?,
            drugs,
            person: person(change),
            reason: change.reason.clone(),
            on: change.on.clone(),
        })
    });
    let mut entries: Vec<SwitchedOff> = entries.collect();
    entries.sort_by(|a, b| a.rule.cmp(&b.rule));
    entries
}

fn person(change: &RuleChange) -> String {
    format!("{}, {}", change.person, change.role)
}

pub(crate) fn drug(id: IngredientId, draft: bool, knowledge: &Knowledge) -> AlertDrug {
    AlertDrug { rxcui: knowledge.rxcui(id).to_string(), name: knowledge.name(id).to_owned(), draft }
}

fn facts_of(group: &[Hit], facts: &Facts) -> Vec<Fact> {
    let medications: BTreeSet<usize> = group.iter().flat_map(|hit| hit.medications.iter().copied()).collect();
    let allergies: BTreeSet<usize> = group.iter().flat_map(|hit| hit.allergies.iter().copied()).collect();
    let medications = medications.iter().filter_map(|position| facts.medications.get(*position));
    let allergies = allergies.iter().filter_map(|position| facts.allergies.get(*position));
    let mut found: Vec<Fact> =
        medications.flat_map(|fact| fact.facts()).chain(allergies.flat_map(|allergy| allergy.facts())).collect();
    for ground in group.iter().flat_map(|hit| &hit.grounds) {
        match ground {
            Ground::Measured(measurement, position) => {
                let value = facts.measured.get(measurement).and_then(|values| values.get(*position));
                found.extend(value.into_iter().flat_map(|value| value.facts()));
            }
            Ground::Condition(position) => found.extend(facts.conditions.get(*position).map(|fact| fact.fact())),
            Ground::Medication(position) => {
                found.extend(facts.medications.get(*position).into_iter().flat_map(|fact| fact.facts()));
            }
            Ground::Person => found.extend(person_fact(facts)),
        }
    }
    found.sort_by(|a, b| (&a.resource, &a.says).cmp(&(&b.resource, &b.says)));
    found.dedup();
    found
}

/// Sex and date of birth, where a rule read them.
fn person_fact(facts: &Facts) -> Option<Fact> {
    let sex = facts.person.sex.map(|sex| match sex {
        crate::knowledge::Sex::Female => "female".to_owned(),
        crate::knowledge::Sex::Male => "male".to_owned(),
    });
    let born = facts.person.birth.map(|birth| format!("born {birth}"));
    let says: Vec<String> = sex.into_iter().chain(born).collect();
    Some(Fact { resource: facts.person.resource.clone()?, says: says.join(", ") })
}

/// The problem's id and name. An allergy is a problem of its own.
fn problem(hit: &Hit, knowledge: &Knowledge) -> (String, String) {
    let rule = match hit.seen {
        Seen::Rule(rule, _) if hit.kind != AlertKind::DrugAllergy => knowledge.rule(rule),
        _ => None,
    };
    let problem = rule
        .and_then(|rule| rule.problems.first())
        .and_then(|problem| knowledge.pack().problems.get(usize::from(*problem)));
    match problem {
        Some(problem) => (problem.id.clone(), problem.name.clone()),
        None => ("allergy".to_owned(), "allergic reaction".to_owned()),
    }
}

/// One reason for each rule that saw the problem: pairs of the same rule are named together.
fn reasons(group: &[Hit], reporting: &Reporting<'_>) -> Vec<Reason> {
    let mut order: Vec<Seen> = Vec::new();
    let mut by_rule: BTreeMap<Seen, Vec<&Hit>> = BTreeMap::new();
    for hit in group {
        let hits = by_rule.entry(hit.seen).or_default();
        if hits.is_empty() {
            order.push(hit.seen);
        }
        hits.push(hit);
    }
    let joined = order.iter().filter_map(|seen| by_rule.get(seen)).flat_map(|hits| joined(hits));
    joined.filter_map(|hit| reason(&hit, reporting)).collect()
}

/// Pairs are named together only where every drug of one side interacts with every drug of the other.
fn joined(hits: &[&Hit]) -> Vec<Hit> {
    let Some(first) = hits.first() else { return Vec::new() };
    if first.kind != AlertKind::DrugInteraction {
        return joined_drugs(hits);
    }
    // Pairs of which the patient's facts made another tier stay apart.
    if hits.iter().any(|hit| (hit.tier, &hit.changes) != (first.tier, &first.changes)) {
        let mut by_tier: Vec<Vec<&Hit>> = Vec::new();
        for hit in hits {
            let same = by_tier.iter_mut().find(|same| {
                same.first().is_some_and(|other| (other.tier, &other.changes) == (hit.tier, &hit.changes))
            });
            match same {
                Some(same) => same.push(hit),
                None => by_tier.push(vec![hit]),
            }
        }
        return by_tier.iter().flat_map(|hits| joined(hits)).collect();
    }
    let mut others: BTreeMap<IngredientId, BTreeSet<IngredientId>> = BTreeMap::new();
    for hit in hits {
        for drug in &hit.a {
            others.entry(*drug).or_default().extend(&hit.b);
        }
    }
    let mut same_others: BTreeMap<BTreeSet<IngredientId>, BTreeSet<IngredientId>> = BTreeMap::new();
    for (drug, others) in others {
        same_others.entry(others).or_default().insert(drug);
    }
    let mut joined: Vec<Hit> = same_others.into_iter().map(|(b, a)| Hit { a, b, ..(*first).clone() }).collect();
    // The pair that speaks for the group stays in front.
    joined.sort_by_key(|hit| !(first.a.is_subset(&hit.a) && first.b.is_subset(&hit.b)));
    joined
}

/// Several drugs of one rule about a drug and the patient are named together; every other hit stands for itself.
fn joined_drugs(hits: &[&Hit]) -> Vec<Hit> {
    let mut joined: Vec<Hit> = Vec::new();
    for hit in hits {
        let same = joined.iter_mut().find(|other| {
            let is_one = matches!(hit.seen, Seen::Rule(..)) && hit.allergies.is_empty() && hit.amount.is_none();
            is_one && (other.seen, other.tier, &other.changes) == (hit.seen, hit.tier, &hit.changes)
        });
        match same {
            Some(other) => {
                other.a.extend(&hit.a);
                other.medications.extend(&hit.medications);
            }
            None => joined.push((*hit).clone()),
        }
    }
    joined
}

/// The id of the rule or allergen group that saw a hit.
pub(crate) fn rule_id(hit: &Hit, knowledge: &Knowledge) -> Option<String> {
    match hit.seen {
        Seen::Rule(id, _) => knowledge.rule(id).map(|rule| rule.id.clone()),
        Seen::AllergenGroup(id) => {
            knowledge.pack().allergens.get(usize::from(id)).map(|group| format!("allergy-{}", group.id))
        }
        Seen::CrossReaction(id, _) => {
            knowledge.pack().allergens.get(usize::from(id)).map(|group| format!("allergy-{}-cross", group.id))
        }
    }
}

fn reason(hit: &Hit, reporting: &Reporting<'_>) -> Option<Reason> {
    let Reporting { facts, knowledge, .. } = reporting;
    let allergen = hit.allergies.first().and_then(|position| facts.allergies.get(*position));
    let allergen = allergen.map_or("", |allergy| allergy.name.as_str());
    let mut names = Names::of(&hit.a, &hit.b, allergen, knowledge);
    if let Some(Amount::Total(total)) = hit.amount {
        names.total = total.round_dp(0).normalize().to_string();
    }
    let group = |id: u16| knowledge.pack().allergens.get(usize::from(id));
    let (rule, title, words, paths, evidence, source) = match hit.seen {
        Seen::Rule(id, level) => {
            let rule = knowledge.rule(id)?;
            let words = match (&rule.test, hit.amount) {
                (RuleTest::Dose { consequence, .. }, Some(amount)) => dose_words(amount, consequence, &names)?,
                (test, _) => filled(words_of(test, level)?, &names),
            };
            let mut source = attributes(rule.source, &rule.revised, knowledge)?;
            source.uses = uses(rule, &knowledge.pack().roles);
            (rule.id.clone(), rule.title.clone(), words, rule_paths(hit, rule, knowledge), Some(rule.evidence), source)
        }
        Seen::AllergenGroup(id) => {
            let group = group(id)?;
            (
                format!("allergy-{}", group.id),
                format!("Allergy to {}", group.name),
                filled(&group.words, &names),
                allergen_paths(hit, &group.members, "belongs to the allergens", group, knowledge),
                group.evidence,
                attributes(group.source, &group.revised, knowledge)?,
            )
        }
        Seen::CrossReaction(id, position) => {
            let group = group(id)?;
            let cross = group.cross.get(usize::from(position))?;
            (
                format!("allergy-{}-cross", group.id),
                format!("Cross-reaction with {}", group.name),
                filled(&cross.words, &names),
                allergen_paths(hit, &cross.to, "may cross-react with", group, knowledge),
                group.evidence,
                attributes(cross.source, &group.revised, knowledge)?,
            )
        }
    };
    Some(Reason {
        rule,
        title,
        tier: hit.tier,
        changes: hit.changes.iter().filter_map(|change| tier_change(hit, change, reporting)).collect(),
        what: words.what,
        mechanism: words.mechanism,
        consequence: words.consequence,
        steps: words.steps,
        paths,
        evidence,
        source,
    })
}

fn tier_change(hit: &Hit, change: &Change, reporting: &Reporting<'_>) -> Option<TierChange> {
    let knowledge = reporting.knowledge;
    let plain = |by: &str, because: String| TierChange {
        from: change.from,
        to: change.to,
        by: by.to_owned(),
        because,
        person: None,
        on: None,
    };
    Some(match &change.because {
        Because::Context(position) => {
            let contexts: &[Context] = match hit.seen {
                Seen::Rule(rule, _) => &knowledge.rule(rule)?.contexts,
                Seen::AllergenGroup(group) | Seen::CrossReaction(group, _) => {
                    &knowledge.pack().allergens.get(usize::from(group))?.contexts
                }
            };
            plain("context", contexts.get(usize::from(*position))?.because.clone())
        }
        Because::Local(drugs) => {
            let names = join(drugs.iter().map(|drug| knowledge.name(*drug)));
            let routes: BTreeSet<&str> = drugs
                .iter()
                .flat_map(|drug| reporting.exposures.local_routes(*drug))
                .map(crate::knowledge::Route::name)
                .collect();
            let routes = join(routes.into_iter());
            plain(
                "route",
                format!("{names} is given locally ({routes}), and little of it reaches the rest of the body"),
            )
        }
        Because::Site(position) => {
            let change = reporting.policy.changes.get(*position)?;
            TierChange {
                person: Some(person(change)),
                on: Some(change.on.clone()),
                ..plain("site-policy", change.reason.clone())
            }
        }
    })
}

/// What an alert on a dose says: the numbers are the message.
fn dose_words(amount: Amount, consequence: &str, names: &Names<'_>) -> Option<Filled> {
    let Amount::Dose { given, allowed, unit, per } = amount else { return None };
    let number = |amount: rust_decimal::Decimal| grouped(&amount.round_dp(2).normalize().to_string());
    let (given, allowed) = (number(given), number(allowed));
    let (unit, per) = (unit.name(), per.name());
    Some(Filled {
        what: names.fill_short(&format!("{{drug}}: {given} {unit} {per}; the most is {allowed} {unit}")),
        mechanism: None,
        consequence: consequence.to_owned(),
        steps: vec![
            names.fill(&format!("Check dose, unit and times of {{drug}}; give at most {allowed} {unit} {per}.")),
            "If a higher dose is meant, write the reason into the order.".to_owned(),
        ],
    })
}

/// A number with commas between its thousands.
fn grouped(number: &str) -> String {
    let (whole, rest) =
        number.split_once('.').map_or((number, String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let digits: Vec<char> = whole.chars().collect();
    let mut text = String::new();
    for (position, digit) in digits.iter().enumerate() {
        let left = digits.len().saturating_sub(position);
        if position > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(*digit);
    }
    format!("{text}{rest}")
}

/// Source attributes 5 to 13 that a rule reads: sex and date of birth.
fn uses(rule: &Rule, roles: &Roles) -> Vec<String> {
    let contexts = rule.contexts.iter().flat_map(|context| &context.when);
    let phrases = rule.test.clauses().into_iter().chain(contexts).flat_map(Clause::phrases);
    let (mut sex, mut birth) = (false, false);
    for phrase in phrases {
        match phrase {
            Phrase::Sex(_) => sex = true,
            Phrase::Age { .. } => birth = true,
            Phrase::Pregnant => (sex, birth) = (true, true),
            Phrase::Measured { measurement, .. } if [roles.egfr, roles.creatinine_clearance].contains(measurement) => {
                (sex, birth) = (true, true);
            }
            _ => {}
        }
    }
    let uses = [(sex, "sex"), (birth, "date of birth")];
    uses.into_iter().filter(|(used, _)| *used).map(|(_, name)| name.to_owned()).collect()
}

fn words_of(test: &RuleTest, level: u16) -> Option<&Words> {
    let level = usize::from(level);
    match test {
        RuleTest::Interaction { words, .. }
        | RuleTest::DuplicateClass { words, .. }
        | RuleTest::DuplicateIngredient { words, .. }
        | RuleTest::SameAllergen { words, .. } => Some(words),
        RuleTest::AdditiveEffect { levels, .. } => levels.get(level).map(|level| &level.words),
        RuleTest::Patient { levels, .. } => levels.get(level).map(|level| &level.words),
        RuleTest::Total { levels, .. } => levels.get(level).map(|level| &level.words),
        RuleTest::Dose { .. } => None,
    }
}

fn attributes(source: u16, revised: &str, knowledge: &Knowledge) -> Option<SourceAttributes> {
    let about = &knowledge.pack().about;
    let source = knowledge.pack().sources.get(usize::from(source))?;
    Some(SourceAttributes {
        citation: source.citation.clone(),
        section: source.section.clone(),
        url: source.url.clone(),
        developer: about.developer.clone(),
        funding: about.funding.clone(),
        release: about.version.clone(),
        revised: revised.to_owned(),
        uses: Vec::new(),
    })
}

fn rule_paths(hit: &Hit, rule: &Rule, knowledge: &Knowledge) -> Vec<GraphPath> {
    let onto = |drugs: &BTreeSet<IngredientId>, side: &Side| -> Vec<GraphPath> {
        let ways = drugs.iter().filter_map(|drug| knowledge.reach(*drug).way_onto(side));
        ways.map(|way| path(&way, knowledge)).collect()
    };
    let to_node = |node: u16, last: fn(Relation) -> bool| -> Vec<GraphPath> {
        let ways = hit.a.iter().filter_map(|drug| knowledge.reach(*drug).way_to(node, last));
        ways.map(|way| path(&way, knowledge)).collect()
    };
    match &rule.test {
        RuleTest::Interaction { a, b, .. } => {
            let mut paths = onto(&hit.a, a);
            paths.extend(onto(&hit.b, b));
            paths
        }
        RuleTest::DuplicateClass { class, .. } => to_node(*class, |relation| relation == Relation::MemberOf),
        RuleTest::AdditiveEffect { effect, .. } => {
            to_node(*effect, |relation| matches!(relation, Relation::ContributesTo(_)))
        }
        RuleTest::Patient { drugs, .. } => onto(&hit.a, drugs),
        RuleTest::DuplicateIngredient { .. }
        | RuleTest::SameAllergen { .. }
        | RuleTest::Dose { .. }
        | RuleTest::Total { .. } => hit.a.iter().map(|drug| path(&[(None, *drug)], knowledge)).collect(),
    }
}

fn allergen_paths(
    hit: &Hit,
    side: &Side,
    relation: &str,
    group: &AllergenGroup,
    knowledge: &Knowledge,
) -> Vec<GraphPath> {
    let ways = hit.a.iter().filter_map(|drug| knowledge.reach(*drug).way_onto(side));
    ways.map(|way| {
        let mut path = path(&way, knowledge);
        path.relations.push(relation.to_owned());
        path.nodes.push(PathNode { kind: NodeKind::AllergenGroup, id: group.id.clone(), name: group.name.clone() });
        path
    })
    .collect()
}

fn path(way: &[(Option<Relation>, u16)], knowledge: &Knowledge) -> GraphPath {
    let nodes = way.iter().filter_map(|(_, node)| knowledge.pack().nodes.get(usize::from(*node)));
    GraphPath {
        nodes: nodes.map(|node| PathNode { kind: node.kind, id: node.id.clone(), name: node.name.clone() }).collect(),
        relations: way.iter().filter_map(|(relation, _)| relation.map(relation_words)).collect(),
    }
}

/// An edge in words.
fn relation_words(relation: Relation) -> String {
    let strength = |strength: Strength| match strength {
        Strength::Weak => "weak",
        Strength::Moderate => "moderate",
        Strength::Strong => "strong",
    };
    match relation {
        Relation::MemberOf => "is one of the".to_owned(),
        Relation::Inhibits(level) => format!("is a {} inhibitor of", strength(level)),
        Relation::Induces(level) => format!("is a {} inducer of", strength(level)),
        Relation::SubstrateOf { sensitivity, narrow_index } => {
            let sensitivity = match sensitivity {
                Sensitivity::Moderate => "moderately sensitive",
                Sensitivity::Sensitive => "sensitive",
            };
            let narrow = if narrow_index { " with a narrow therapeutic index" } else { "" };
            format!("is a {sensitivity} substrate{narrow} of")
        }
        Relation::ContributesTo(weight) => {
            let strength = match weight {
                0 | 1 => "mildly",
                2 => "moderately",
                _ => "strongly",
            };
            format!("contributes {strength} to")
        }
    }
}
