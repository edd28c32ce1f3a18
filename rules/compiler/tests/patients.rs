//! What is read of the tables about patients: phrases, facts of cases, conditions, measurements, routes, rules, doses and sums.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;

use cds_core::knowledge::{
    AgeUnit, Clause, Comparison, Direction, DoseAmount, DosePer, DoseUnit, Literal, Number, Pack, PatientRuleKind,
    Phrase, Route, Rule, RuleTest, Selector, Sex, Strength, Subject, encode,
};
use cds_core::report::Tier;
use cds_rules_compiler::{Case, Compiled, Given, compile, prove, render};
use support::{copy, folder, scratch};

fn tables() -> Compiled {
    compile(&folder("tables")).unwrap_or_else(|diagnostics| panic!("{}", render(&diagnostics)))
}

/// The tables with another text in one file.
fn changed(name: &str, file: &str, from: &str, to: &str) -> Compiled {
    let tables = scratch(name);
    copy(&folder("tables"), &tables);
    let text = fs::read_to_string(tables.join(file)).unwrap();
    assert!(text.contains(from), "`{file}` lacks `{from}`");
    fs::write(tables.join(file), text.replacen(from, to, 1)).unwrap();
    compile(&tables).unwrap_or_else(|diagnostics| panic!("{}", render(&diagnostics)))
}

fn rule<'p>(pack: &'p Pack, id: &str) -> &'p Rule {
    pack.rules.iter().find(|rule| rule.id == id).unwrap()
}

fn number(text: &str) -> Number {
    Number::parse(text).unwrap()
}

fn condition(pack: &Pack, id: &str) -> u16 {
    u16::try_from(pack.conditions.iter().position(|condition| condition.id == id).unwrap()).unwrap()
}

fn measurement(pack: &Pack, id: &str) -> u16 {
    u16::try_from(pack.measurements.iter().position(|measurement| measurement.id == id).unwrap()).unwrap()
}

fn lines(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", ")
}

fn dose(subject: Subject, comparison: Comparison, amount: &str, unit: DoseUnit, per: DosePer) -> Phrase {
    let limit = DoseAmount { amount: number(amount), unit, per_kilogram: false };
    Phrase::Dose { subject, comparison, limit, per }
}

/// Reads phrases as the `when` of a rule about one drug, and those that name a side as the one of a context.
fn read(name: &str, phrases: &[&str], sides: bool) -> Vec<Clause> {
    if sides {
        let old = "when = [\"route b topical|ophthalmic\", \"another drug class:vowel\"]";
        let new = format!("when = [{}]", lines(phrases));
        let compiled = changed(name, "interactions/alphaine_consonant.toml", old, &new);
        return rule(&compiled.pack, "alphaine-consonant").contexts[1].when.clone();
    }
    let compiled =
        changed(name, "kidney/alphaine.toml", "when = [\"egfr < 30\"]", &format!("when = [{}]", lines(phrases)));
    let RuleTest::Patient { levels, .. } = &rule(&compiled.pack, "alphaine-kidney").test else {
        panic!("another rule")
    };
    levels[0].when.clone()
}

fn check(name: &str, expected: &[(&str, Phrase)], sides: bool) {
    let texts: Vec<&str> = expected.iter().map(|(text, _)| *text).collect();
    let read = read(name, &texts, sides);
    assert_eq!(read.len(), expected.len());
    for (clause, (text, phrase)) in read.iter().zip(expected) {
        assert_eq!(clause.any, [Literal { not: false, phrase: phrase.clone() }], "{text}");
    }
}

#[test]
fn every_phrase_is_read() {
    let pack = tables().pack;
    let of = |id, within_days| Phrase::Condition { condition: condition(&pack, id), within_days };
    let measured = |id, comparison, limit, within_days| Phrase::Measured {
        measurement: measurement(&pack, id),
        comparison,
        limit: number(limit),
        within_days,
    };
    let age = |comparison, limit, unit| Phrase::Age { comparison, limit, unit };
    let a = Subject::A;
    let expected = [
        ("condition heart-failure", of("heart-failure", None)),
        ("condition stroke in 90 days", of("stroke", Some(90))),
        ("potassium >= 5.5", measured("potassium", Comparison::AtLeast, "5.5", 365)),
        ("potassium > 5 mmol/L", measured("potassium", Comparison::Above, "5", 365)),
        ("potassium <= 3 in 30 days", measured("potassium", Comparison::AtMost, "3", 30)),
        ("creatinine-clearance < 30 mL/min in 1 day", measured("creatinine-clearance", Comparison::Below, "30", 1)),
        (
            "no potassium in 180 days",
            Phrase::NotMeasured { measurement: measurement(&pack, "potassium"), within_days: 180 },
        ),
        ("age >= 65 years", age(Comparison::AtLeast, 65, AgeUnit::Years)),
        ("age < 6 months", age(Comparison::Below, 6, AgeUnit::Months)),
        ("age <= 28 days", age(Comparison::AtMost, 28, AgeUnit::Days)),
        ("sex female", Phrase::Sex(Sex::Female)),
        ("sex male", Phrase::Sex(Sex::Male)),
        ("pregnant", Phrase::Pregnant),
        ("breastfeeding", Phrase::Breastfeeding),
        ("drug class:vowel", Phrase::Drug(Selector::Class(7))),
        ("drug ingredient:deltamine, pure (usp)", Phrase::Drug(Selector::Ingredient(3))),
        ("another drug inhibits:cyp9z:strong", Phrase::AnotherDrug(Selector::Inhibits(8, Strength::Strong))),
        ("is class:consonant", Phrase::Is(a, Selector::Class(5))),
        ("route oral", Phrase::Route(a, vec![Route::Oral])),
        ("dose > 40 mg per day", dose(a, Comparison::Above, "40", DoseUnit::Milligram, DosePer::Day)),
        ("dose >= 0.5 g at once", dose(a, Comparison::AtLeast, "500", DoseUnit::Milligram, DosePer::AtOnce)),
        ("dose < 10 units per week", dose(a, Comparison::Below, "10", DoseUnit::Unit, DosePer::Week)),
        ("taken >= 30 days", Phrase::Taken { subject: a, comparison: Comparison::AtLeast, days: 30 }),
        ("for <= 3 days", Phrase::Lasts { subject: a, comparison: Comparison::AtMost, days: 3 }),
        ("as needed", Phrase::AsNeeded(a)),
        ("ordered", Phrase::Ordered(a)),
    ];
    check("phrases", &expected, false);
}

#[test]
fn every_phrase_with_a_side_is_read() {
    let (a, b) = (Subject::A, Subject::B);
    let by_weight = DoseAmount { amount: number("0.015"), unit: DoseUnit::Milligram, per_kilogram: true };
    let expected = [
        ("a is class:consonant", Phrase::Is(a, Selector::Class(5))),
        ("b is ingredient:charline", Phrase::Is(b, Selector::Ingredient(2))),
        ("route b topical|intra-articular", Phrase::Route(b, vec![Route::Topical, Route::IntraArticular])),
        ("dose a > 40 mg per day", dose(a, Comparison::Above, "40", DoseUnit::Milligram, DosePer::Day)),
        (
            "dose b > 15 mcg/kg at once",
            Phrase::Dose { subject: b, comparison: Comparison::Above, limit: by_weight, per: DosePer::AtOnce },
        ),
        ("taken a >= 30 days", Phrase::Taken { subject: a, comparison: Comparison::AtLeast, days: 30 }),
        ("for b <= 1 day", Phrase::Lasts { subject: b, comparison: Comparison::AtMost, days: 1 }),
        ("as needed b", Phrase::AsNeeded(b)),
        ("ordered a", Phrase::Ordered(a)),
        ("drug class:vowel", Phrase::Drug(Selector::Class(7))),
        ("pregnant", Phrase::Pregnant),
    ];
    check("phrases_with_sides", &expected, true);
}

#[test]
fn not_binds_before_or() {
    let when = read("not_and_or", &["not pregnant or  sex male or not  route oral"], false);
    let literal = |not, phrase| Literal { not, phrase };
    assert_eq!(
        when[0].any,
        [
            literal(true, Phrase::Pregnant),
            literal(false, Phrase::Sex(Sex::Male)),
            literal(true, Phrase::Route(Subject::A, vec![Route::Oral])),
        ],
    );
}

#[test]
fn every_fact_of_a_case_is_read() {
    let pack = tables().pack;
    let potassium = measurement(&pack, "potassium");
    let measured = |value, days_ago| Given::Measured { measurement: potassium, value: number(value), days_ago };
    let dose = |amount, unit: &str, times, days| Given::Dose {
        drug: 0,
        amount: number(amount),
        unit: unit.to_owned(),
        times,
        days,
    };
    let expected = [
        ("condition heart-failure", Given::Condition(condition(&pack, "heart-failure"))),
        ("potassium 5.8", measured("5.8", 3)),
        ("potassium 5.8 200 days ago", measured("5.8", 200)),
        ("age 70 years", Given::Age(70, AgeUnit::Years)),
        ("age 14 months", Given::Age(14, AgeUnit::Months)),
        ("age 1 day", Given::Age(1, AgeUnit::Days)),
        ("sex female", Given::Sex(Sex::Female)),
        ("sex male", Given::Sex(Sex::Male)),
        ("pregnant", Given::Pregnant(true)),
        ("not pregnant", Given::Pregnant(false)),
        ("breastfeeding", Given::Breastfeeding),
        ("route alphaine topical", Given::Route(0, Route::Topical)),
        ("dose alphaine 1000 mg 4 per day", dose("1000", "mg", 4, 1)),
        ("dose alphaine 2.5 g 1 per week", dose("2.5", "g", 1, 7)),
        ("dose alphaine 50 mcg 1 per 3 days", dose("50", "mcg", 1, 3)),
        ("rate charline 12.5 mcg/h", Given::Rate { drug: 2, amount: number("12.5") }),
        ("started deltamine, pure (usp) 200 days ago", Given::Started { drug: 3, days_ago: 200 }),
        ("for bravoine 1 day", Given::Lasts { drug: 1, days: 1 }),
        ("as needed alphaine", Given::AsNeeded(0)),
        ("draft alphaine", Given::Draft(0)),
    ];
    let texts: Vec<&str> = expected.iter().map(|(text, _)| *text).collect();
    let file = "kidney/alphaine.toml";
    let compiled = changed("given", file, "given = [\"egfr 25\"]", &format!("given = [{}]", lines(&texts)));
    let given: Vec<Given> = expected.into_iter().map(|(_, given)| given).collect();
    let case = compiled.cases.iter().find(|case| case.given == given).unwrap();
    let drugs: Vec<&str> = case.drugs.iter().map(|drug| drug.name.as_str()).collect();
    assert_eq!(
        drugs,
        ["alphaine", "charline", "deltamine, pure (usp)", "bravoine"],
        "those of `given` are in the chart"
    );
}

#[test]
fn conditions_measurements_and_routes_are_read() {
    let pack = tables().pack;
    let find = |id| &pack.conditions[usize::from(condition(&pack, id))];
    let failure = find("heart-failure");
    assert_eq!(
        (failure.icd10.as_slice(), failure.not_icd10.as_slice()),
        (&["I50".into(), "I110".into()][..], &["I5081".into()][..])
    );
    assert_eq!(
        (failure.snomed.as_slice(), failure.names.as_slice()),
        (&[84_114_007][..], &["heart failure".into(), "chf".into()][..])
    );
    assert_eq!(find("vascular-disease").includes, [condition(&pack, "heart-failure"), condition(&pack, "stroke")]);
    assert!(find("stroke").history && !failure.history);
    let pregnancy = find("pregnancy");
    assert_eq!(pregnancy.lasts_days, Some(300));
    assert_eq!(pregnancy.ruled_out, [("82810-3".into(), "60001007".into())]);
    assert_eq!(pack.roles.pregnancy, condition(&pack, "pregnancy"));
    assert_eq!(pack.roles.creatinine_clearance, measurement(&pack, "creatinine-clearance"));
    assert_eq!(pack.other_conditions, [10_509_002]);
    let weight = &pack.measurements[usize::from(pack.roles.weight)];
    assert_eq!(weight.units, [("g".into(), number("0.001")), (String::new(), number("1"))]);
    assert_eq!(weight.plausible, (number("0.3"), number("500")));
    let oral = &pack.routes[0];
    assert_eq!(
        (oral.route, oral.names.as_slice()),
        (Route::Oral, &["by mouth".into(), "oral".into(), "po".into()][..])
    );
    assert_eq!((oral.snomed.as_slice(), oral.forms.as_slice()), (&[26_643_006][..], &["oral pill".into()][..]));
    assert_eq!(pack.routes[2].systemic, [Selector::Ingredient(2)]);
}

#[test]
fn rules_about_patients_are_read() {
    let pack = tables().pack;
    let test = |id| &rule(&pack, id).test;
    let RuleTest::Patient { kind, drugs, levels } = test("alphaine-kidney") else { panic!("another rule") };
    assert_eq!((*kind, drugs.local.as_slice()), (PatientRuleKind::Kidney, &[Route::Topical][..]));
    assert_eq!(levels.iter().map(|level| level.tier).collect::<Vec<_>>(), [Tier::Contraindicated, Tier::Moderate]);
    let kinds = [
        ("alphaine-alcohol", PatientRuleKind::Food),
        ("alphaine-lactation", PatientRuleKind::Lactation),
        ("alphaine-liver", PatientRuleKind::Liver),
        ("alphaine-older-adult", PatientRuleKind::Age),
        ("alphaine-potassium", PatientRuleKind::Monitoring),
        ("alphaine-pregnancy", PatientRuleKind::Pregnancy),
        ("alphaine-smoking", PatientRuleKind::Condition),
    ];
    for (id, wanted) in kinds {
        assert!(matches!(test(id), RuleTest::Patient { kind, .. } if *kind == wanted), "{id}");
    }
    let RuleTest::Dose { routes, limits, .. } = test("alphaine-dose") else { panic!("another rule") };
    assert_eq!(routes, &[Route::Oral]);
    let most: Vec<(DosePer, String, bool)> = limits
        .iter()
        .flat_map(|limit| &limit.most)
        .map(|(per, most)| (*per, most.amount.decimal().to_string(), most.per_kilogram))
        .collect();
    assert_eq!(
        most,
        [
            (DosePer::AtOnce, "0.5".into(), true),
            (DosePer::AtOnce, "40".into(), false),
            (DosePer::Day, "80".into(), false),
            (DosePer::Week, "500".into(), false),
        ],
    );
    assert_eq!((limits[0].tier, limits[0].much), (Tier::Major, number("2")));
    assert_eq!((limits[1].tier, limits[1].much), (Tier::Moderate, number("1.5")));
    let RuleTest::Total { contributors, levels, .. } = test("letters-total") else { panic!("another rule") };
    assert_eq!((contributors[0].unit, contributors[0].routes.as_slice()), (DoseUnit::Milligram, &[Route::Oral][..]));
    assert_eq!((contributors[1].unit, contributors[1].factor), (DoseUnit::MicrogramPerHour, number("2.4")));
    assert_eq!((levels[0].from, levels[1].when.len()), (number("100"), 1));
}

#[test]
fn contexts_are_read() {
    let pack = tables().pack;
    let contexts = |id| {
        let contexts = rule(&pack, id).contexts.iter();
        contexts.map(|context| (context.tier, context.direction)).collect::<Vec<_>>()
    };
    let sets = Direction::Sets;
    assert_eq!(contexts("alphaine-consonant"), [(Tier::Contraindicated, sets), (Tier::Moderate, sets)]);
    assert_eq!(contexts("duplicate-vowel"), [(Tier::Minor, Direction::AtMost)]);
    assert_eq!(contexts("effect-drowsiness"), [(Tier::Moderate, Direction::AtLeast)]);
    assert_eq!(pack.allergens[0].contexts[0].tier, Tier::Major);
    let night = rule(&pack, "alphaine-consonant").contexts[1].source.unwrap();
    assert_eq!(pack.sources[usize::from(night)].citation, "Night");
    let low = rule(&pack, "bravoine-echodine");
    assert!(low.low_value && low.context_free && !rule(&pack, "alphaine-consonant").low_value);
}

fn engine(compiled: &Compiled) -> cds_core::Engine {
    cds_core::Engine::new(&encode(&compiled.pack).unwrap()).unwrap()
}

#[test]
fn every_case_holds_in_the_engine() {
    let compiled = tables();
    assert_eq!(prove::failures(&compiled.cases, &engine(&compiled)), Vec::<String>::new());
}

/// A case that does not hold says what the engine answered instead.
#[test]
fn cases_that_do_not_hold_are_explained() {
    let compiled = tables();
    let engine = engine(&compiled);
    let failure = |of: &str, change: fn(&mut Case)| {
        let mut case = compiled.cases.iter().find(|case| case.rule == of && case.expected.is_some()).unwrap().clone();
        change(&mut case);
        prove::prove(&case, &engine).unwrap_err()
    };
    assert_eq!(
        failure("alphaine-kidney", |case| case.expected = Some(Tier::Minor)),
        "kidney/alphaine.toml:25: `alphaine-kidney`: must fire as minor, and fires as contraindicated",
    );
    assert_eq!(
        failure("alphaine-pregnancy", |case| case.given = vec![Given::Sex(Sex::Female)]),
        "pregnancy/alphaine.toml:15: `alphaine-pregnancy`: must fire as contraindicated, and does not fire; undecided for lack of pregnancy",
    );
    assert_eq!(
        failure("alphaine-kidney", |case| {
            case.expected = None;
            case.because = Some("it is silent".into());
        }),
        "kidney/alphaine.toml:25: `alphaine-kidney`: must be silent: it is silent",
    );
    let unbelievable = failure("alphaine-kidney", |case| {
        if let Given::Measured { value, .. } = &mut case.given[0] {
            *value = number("1000");
        }
    });
    assert!(unbelievable.ends_with("the chart of the case has issues: implausible-value"), "{unbelievable}");
}
