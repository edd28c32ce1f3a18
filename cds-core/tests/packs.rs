//! Packs with a right SHA-256 and wrong tables are refused when they are loaded, and no bytes make the loading panic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

use std::sync::LazyLock;

use cds_core::Engine;
use cds_core::knowledge::{
    AllergenGroup, Edge, EffectLevel, Node, NodeKind, Pack, PackError, Product, Relation, Rule, RuleTest, Selector,
    Side, decode, decode_ndc, encode, encode_ndc,
};
use sha2::{Digest, Sha256};

const NOWHERE: u16 = u16::MAX - 1;

fn real() -> Pack {
    static REAL: LazyLock<Pack> = LazyLock::new(|| decode(cds_rules::PACK).unwrap().0);
    REAL.clone()
}

/// What the engine says to the real pack after one change.
fn refusal(change: impl FnOnce(&mut Pack)) -> Option<PackError> {
    let mut pack = real();
    change(&mut pack);
    assert!(pack != real(), "the change changed nothing");
    // Some of what does not fit cannot even be written.
    encode(&pack).map_or_else(Some, |bytes| Engine::new(&bytes).err())
}

#[track_caller]
fn refused(with: &str, change: impl FnOnce(&mut Pack)) {
    match refusal(change) {
        Some(PackError::Inconsistent(what)) => assert!(what.contains(with), "refused, but because {what}"),
        other => panic!("not refused as inconsistent ({with}): {other:?}"),
    }
}

fn interaction(pack: &mut Pack) -> (&mut Side, &mut Side) {
    let found = pack.rules.iter_mut().find_map(|rule| match &mut rule.test {
        RuleTest::Interaction { a, b, .. } => Some((a, b)),
        _ => None,
    });
    found.expect("a rule on an interaction")
}

fn node(pack: &Pack, kind: NodeKind) -> u16 {
    let position = pack.nodes.iter().position(|node| node.kind == kind).expect("a node of each kind");
    u16::try_from(position).unwrap()
}

fn group_with_cross(pack: &mut Pack) -> &mut AllergenGroup {
    pack.allergens.iter_mut().find(|group| !group.cross.is_empty()).expect("a group with cross-reactions")
}

#[test]
fn the_real_pack_is_taken() {
    assert!(Engine::new(cds_rules::PACK).is_ok());
    assert!(Engine::new(&encode(&real()).unwrap()).is_ok());
}

#[test]
fn products_that_say_nothing_are_refused() {
    refused("no ingredient", |pack| pack.drugs.products[0].ingredients.clear());
    refused("ingredient that is not there", |pack| pack.drugs.products[0].ingredients = vec![NOWHERE]);
    refused("not in order", |pack| pack.drugs.products[0].ingredients = vec![1, 0]);
    refused("not in order", |pack| pack.drugs.products[0].ingredients = vec![1, 1]);
    refused("form that is not there", |pack| pack.drugs.products[0].form = Some(u8::MAX));
    refused("product that is not there", |pack| pack.drugs.products.truncate(1));
}

#[test]
fn codes_and_names_that_lead_nowhere_are_refused() {
    let count = u32::try_from(real().drugs.products.len()).unwrap();
    refused("a code stands for", |pack| pack.drugs.rxnorm[0].products[0] = count);
    refused("a code stands for", |pack| *pack.drugs.rxnorm.last_mut().unwrap().products.last_mut().unwrap() = u32::MAX);
    refused("a code stands for", |pack| pack.drugs.snomed.products[0] = count);
    refused("a name stands for", |pack| pack.drugs.names[0].1 = count);
    refused("names are not in order", |pack| pack.drugs.names.swap(0, 1));
    refused("names are not in order", |pack| {
        let mut twice = pack.drugs.names[0].clone();
        twice.1 = count - 1;
        pack.drugs.names.insert(1, twice);
    });
    refused("differ in number", |pack| {
        pack.drugs.rxnorm[0].products.pop();
    });
    refused("there twice", |pack| pack.drugs.snomed.codes[1] = pack.drugs.snomed.codes[0]);
}

fn with_ndc() -> Pack {
    let mut pack = real();
    pack.drugs.ndc = decode_ndc(cds_rules::NDC_PACK, &pack.drugs).unwrap().0;
    pack
}

/// What the engine says to real National Drug Codes after one change.
fn ndc_refusal(change: impl FnOnce(&mut Pack)) -> Option<PackError> {
    let mut pack = with_ndc();
    change(&mut pack);
    let mut engine = Engine::new(cds_rules::PACK).unwrap();
    let refusal = engine.add_ndc(&encode_ndc(&pack).unwrap()).err();
    assert_eq!(refusal.is_some(), engine.provenance().ndc_sha256.is_none(), "nothing is added where it is refused");
    refusal
}

#[test]
fn ndc_codes_of_these_drugs_are_taken_and_no_others() {
    assert_eq!(ndc_refusal(|_| ()), None);
    let refused = |with: &str, change: fn(&mut Pack)| match ndc_refusal(change) {
        Some(PackError::Inconsistent(what)) => assert!(what.contains(with), "refused, but because {what}"),
        other => panic!("not refused as inconsistent ({with}): {other:?}"),
    };
    refused("a code stands for", |pack| pack.drugs.ndc.products[0] = u32::try_from(pack.drugs.products.len()).unwrap());
    refused("there twice", |pack| pack.drugs.ndc.codes[1] = pack.drugs.ndc.codes[0]);
    let other_drugs: [fn(&mut Pack); 3] = [
        |pack| pack.drugs.products.swap(0, 1),
        |pack| pack.drugs.ingredients[0].rxcui += 1,
        |pack| pack.drugs.forms.swap(0, 1),
    ];
    for change in other_drugs {
        assert_eq!(ndc_refusal(change), Some(PackError::OtherDrugs));
    }
    // Rules may change without the codes.
    assert_eq!(ndc_refusal(|pack| pack.rules.clear()), None);
    let mut engine = Engine::new(cds_rules::PACK).unwrap();
    assert_eq!(engine.add_ndc(cds_rules::PACK), Err(PackError::NotNdc));
    assert_eq!(Engine::new(cds_rules::NDC_PACK).err(), Some(PackError::NotAPack));
}

#[test]
fn a_national_drug_code_without_its_pack_is_said() {
    let call = br#"{"call":"check","asOf":"2026-11-22","charts":[[{"resourceType":"Patient","id":"p"},
        {"resourceType":"MedicationRequest","id":"a","status":"active","intent":"order","subject":{"reference":"Patient/p"},
         "medicationCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/sid/ndc","code":"00071-0155-23"}]}},
        {"resourceType":"AllergyIntolerance","id":"b","patient":{"reference":"Patient/p"},
         "code":{"coding":[{"system":"http://hl7.org/fhir/sid/ndc","code":"00071-0155-23"}]}}]]}"#;
    let answer = |engine: &Engine| String::from_utf8(engine.answer_json(call)).unwrap();
    let mut engine = Engine::new(cds_rules::PACK).unwrap();
    let without = answer(&engine);
    assert_eq!(without.matches("\"unknown-code\"").count(), 2, "{without}");
    assert_eq!(without.matches("these codes are not loaded").count(), 2, "{without}");
    assert!(without.contains("\"complete\":false") && without.contains("\"ndcSha256\":null"), "{without}");
    engine.add_ndc(cds_rules::NDC_PACK).unwrap();
    let with = answer(&engine);
    assert!(with.contains("NDC code 00071-0155-23") && !with.contains("unknown-code"), "{with}");
    assert!(!with.contains("\"ndcSha256\":null"), "{with}");
}

#[test]
fn nodes_and_edges_that_do_not_fit_are_refused() {
    refused("first nodes", |pack| pack.nodes[0].kind = NodeKind::Class);
    refused("first nodes", |pack| pack.nodes.truncate(1));
    refused("more ingredient nodes", |pack| {
        let class = usize::from(node(pack, NodeKind::Class));
        pack.nodes[class].kind = NodeKind::Ingredient;
    });
    refused("leaves a node that is not there", |pack| pack.edges[0].from = NOWHERE);
    refused("enters a node that is not there", |pack| pack.edges[0].to = NOWHERE);
    refused("edge names a source", |pack| pack.edges[0].source = NOWHERE);
    refused("neither ingredient nor class", |pack| pack.edges[0].from = node(pack, NodeKind::Effect));
    let edge_of = |pack: &Pack, kind: NodeKind| {
        let enters = |edge: &Edge| pack.nodes[usize::from(edge.to)].kind == kind;
        pack.edges.iter().position(enters).expect("an edge to each kind")
    };
    for (own, other) in [
        (NodeKind::Class, NodeKind::Effect),
        (NodeKind::Class, NodeKind::Ingredient),
        (NodeKind::Pathway, NodeKind::Class),
        (NodeKind::Effect, NodeKind::Pathway),
    ] {
        refused("another kind than its relation", |pack| {
            let edge = edge_of(pack, own);
            pack.edges[edge].to = node(pack, other);
        });
    }
    for weight in [0, 4] {
        refused("weight", |pack| {
            let edge = edge_of(pack, NodeKind::Effect);
            pack.edges[edge].relation = Relation::ContributesTo(weight);
        });
    }
}

#[test]
fn rules_that_can_never_fire_are_refused() {
    refused("rule names a source", |pack| pack.rules[0].source = NOWHERE);
    refused("no problem", |pack| pack.rules[0].problems.clear());
    refused("problem that is not there", |pack| pack.problems.truncate(0));
    refused("selects no drug", |pack| interaction(pack).0.any.clear());
    refused("selects no drug", |pack| interaction(pack).1.any.clear());
    refused("a selector names a node that is not there", |pack| {
        interaction(pack).0.any.push(Selector::Class(NOWHERE));
    });
    refused("a selector names a node that is not there", |pack| {
        interaction(pack).1.except.push(Selector::Ingredient(NOWHERE));
    });
    refused("another kind than it selects by", |pack| {
        let effect = node(pack, NodeKind::Effect);
        interaction(pack).0.any.push(Selector::Class(effect));
    });
    refused("another kind than it selects by", |pack| {
        let class = node(pack, NodeKind::Class);
        interaction(pack).1.any.push(Selector::Ingredient(class));
    });
    refused("another kind than it selects by", |pack| {
        let class = node(pack, NodeKind::Class);
        interaction(pack).1.except.push(Selector::NarrowIndexSubstrate(class));
    });
    refused("no class", |pack| {
        let effect = node(pack, NodeKind::Effect);
        *duplicate_class(pack) = effect;
    });
    refused("no class", |pack| *duplicate_class(pack) = NOWHERE);
    refused("a selector names a node that is not there", |pack| {
        let except = pack.rules.iter_mut().find_map(|rule| match &mut rule.test {
            RuleTest::DuplicateIngredient { except, .. } => Some(except),
            _ => None,
        });
        except.expect("a rule on the same ingredient twice").push(Selector::Ingredient(NOWHERE));
    });
}

fn duplicate_class(pack: &mut Pack) -> &mut u16 {
    let found = pack.rules.iter_mut().find_map(|rule| match &mut rule.test {
        RuleTest::DuplicateClass { class, .. } => Some(class),
        _ => None,
    });
    found.expect("a rule on a class twice")
}

fn effect_rule(pack: &mut Pack) -> &mut Rule {
    let on_effect = |rule: &&mut Rule| matches!(rule.test, RuleTest::AdditiveEffect { .. });
    pack.rules.iter_mut().find(on_effect).expect("a rule on an effect")
}

#[test]
fn effects_that_can_never_add_up_are_refused() {
    let break_rule = |change: fn(&mut u16, &mut Vec<EffectLevel>)| {
        move |pack: &mut Pack| match &mut effect_rule(pack).test {
            RuleTest::AdditiveEffect { effect, levels } => change(effect, levels),
            _ => unreachable!("found as one"),
        }
    };
    refused("no effect", break_rule(|effect, _| *effect = 0));
    refused("no effect", break_rule(|effect, _| *effect = NOWHERE));
    refused("no level", break_rule(|_, levels| levels.clear()));
    refused("without any drug", break_rule(|_, levels| levels[0].sum = 0));
    refused("without any drug", break_rule(|_, levels| levels[0].drugs = 0));
    refused("the same effect", |pack| {
        let twice = effect_rule(pack).clone();
        pack.rules.push(twice);
    });
}

#[test]
fn allergen_groups_that_hold_nothing_are_refused() {
    refused("allergen group names a source", |pack| pack.allergens[0].source = NOWHERE);
    refused("selects no drug", |pack| pack.allergens[0].members.any.clear());
    refused("a selector names a node that is not there", |pack| {
        pack.allergens[0].members.any.push(Selector::Class(NOWHERE));
    });
    refused("a selector names a node that is not there", |pack| {
        pack.allergens[0].members.except.push(Selector::Ingredient(NOWHERE));
    });
    refused("cross-reaction names a source", |pack| group_with_cross(pack).cross[0].source = NOWHERE);
    refused("selects no drug", |pack| group_with_cross(pack).cross[0].to.any.clear());
    refused("another kind than it selects by", |pack| {
        let class = node(pack, NodeKind::Class);
        group_with_cross(pack).cross[0].to.any.push(Selector::Ingredient(class));
    });
}

#[test]
fn more_than_can_be_numbered_is_refused_and_does_not_overflow() {
    for count in [usize::from(u16::MAX), usize::from(u16::MAX) + 1] {
        refused("too many rules", |pack| {
            let rule = duplicate_rule(pack);
            pack.rules.resize(count, rule);
        });
        refused("too many allergen groups", |pack| {
            let mut group = pack.allergens[0].clone();
            group.cross.clear();
            pack.allergens.resize(count, group);
        });
        refused("too many cross-reactions", |pack| {
            let cross = group_with_cross(pack).cross[0].clone();
            pack.allergens[0].cross.resize(count, cross);
        });
        refused("too many nodes", |pack| {
            let node = Node { kind: NodeKind::Class, id: String::new(), name: String::new() };
            pack.nodes.resize(count, node);
        });
        refused("too many ingredients", |pack| {
            let ingredient = pack.drugs.ingredients[0].clone();
            pack.drugs.ingredients.resize(count, ingredient);
        });
    }
}

#[test]
fn a_pack_of_three_times_the_size_is_taken() {
    let taken = refusal(|pack| {
        let rule = duplicate_rule(pack);
        pack.rules.resize(pack.rules.len() * 3, rule);
        let nodes = pack.nodes.len() * 3;
        pack.nodes.resize(nodes, Node { kind: NodeKind::Class, id: String::new(), name: String::new() });
        let mut group = pack.allergens[0].clone();
        group.cross.clear();
        pack.allergens.resize(pack.allergens.len() * 3, group);
    });
    assert_eq!(taken, None);
}

fn duplicate_rule(pack: &Pack) -> Rule {
    let on_class = |rule: &&Rule| matches!(rule.test, RuleTest::DuplicateClass { .. });
    pack.rules.iter().find(on_class).expect("a rule on a class twice").clone()
}

#[test]
fn what_follows_the_pack_is_refused() {
    let mut with_more = real();
    with_more.drugs.products.push(Product { ingredients: vec![0], form: None });
    let longer = encode(&with_more).unwrap();
    assert!(Engine::new(&longer).is_ok(), "a product that nothing names does no harm");
    let mut appended = cds_rules::PACK.to_vec();
    appended.push(0);
    assert_eq!(Engine::new(&appended).err(), Some(PackError::Damaged));
    assert_eq!(Engine::new(&sealed(&[&cds_rules::PACK[HEAD..], &[0]].concat())).err(), Some(PackError::OtherVersion));
}

/// Length of what stands before the tables: the magic bytes and the SHA-256.
const HEAD: usize = 40;

/// Any body with its right SHA-256.
fn sealed(body: &[u8]) -> Vec<u8> {
    [b"CDSPACK1".as_slice(), Sha256::digest(body).as_slice(), body].concat()
}

#[test]
fn cut_and_changed_bytes_are_refused() {
    let whole = cds_rules::PACK;
    let step = (whole.len() / 40).max(1);
    for length in (0..64).chain((64..whole.len()).step_by(step)).chain([whole.len() - 1]) {
        assert!(Engine::new(&whole[..length]).is_err(), "cut at {length}");
    }
    for position in (0..64).chain((64..whole.len()).step_by(step)) {
        let mut changed = whole.to_vec();
        changed[position] ^= 1 << (position % 8);
        assert!(Engine::new(&changed).is_err(), "changed at {position}");
    }
}

#[test]
fn cut_and_changed_ndc_bytes_never_panic() {
    let whole = cds_rules::NDC_PACK;
    let mut engine = Engine::new(cds_rules::PACK).unwrap();
    let step = (whole.len() / 40).max(1);
    for position in (0..64).chain((64..whole.len()).step_by(step)) {
        assert!(engine.add_ndc(&whole[..position]).is_err(), "cut at {position}");
        let mut changed = whole.to_vec();
        changed[position] ^= 1 << (position % 8);
        assert!(engine.add_ndc(&changed).is_err(), "changed at {position}");
        let Some(inside) = position.checked_sub(HEAD) else { continue };
        let mut body = whole[HEAD..].to_vec();
        body[inside] ^= 1 << (position % 8);
        let sealed = [&whole[..8], Sha256::digest(&body).as_slice(), &body].concat();
        let _ = engine.add_ndc(&sealed);
    }
}

/// With a right SHA-256 the tables themselves are cut and changed: whatever comes of it, nothing panics.
#[test]
fn cut_and_changed_tables_with_a_right_hash_never_panic() {
    let body = &cds_rules::PACK[HEAD..];
    let step = (body.len() / 60).max(1);
    for length in (0..32).chain((32..body.len()).step_by(step)).chain([body.len() - 1]) {
        assert!(Engine::new(&sealed(&body[..length])).is_err(), "cut at {length}");
    }
    let call = br#"{"call":"check","asOf":"2026-11-22","charts":[[{"resourceType":"Patient","id":"p"},
        {"resourceType":"MedicationRequest","id":"a","status":"active","intent":"order","subject":{"reference":"Patient/p"},
         "medicationCodeableConcept":{"text":"warfarin"}}]]}"#;
    for (turn, position) in (0..32).chain((32..body.len()).step_by(step)).enumerate() {
        for mask in [1 << (turn % 8), 0xFF] {
            let mut changed = body.to_vec();
            changed[position] ^= mask;
            if let Ok(engine) = Engine::new(&sealed(&changed)) {
                assert!(!engine.answer_json(call).is_empty());
            }
        }
    }
}
