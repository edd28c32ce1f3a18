//! A pair of codes of one ingredient is a duplication, and never `none`.
#![allow(clippy::unwrap_used, reason = "a test")]

#[test]
fn two_products_of_one_ingredient_are_a_duplication() {
    let engine = cds_core::Engine::with_ndc(cds_rules::PACK, cds_rules::NDC_PACK).unwrap();
    let pair = engine.pair("855332", "11289");
    assert_eq!((pair.tier.as_str(), pair.rules), ("minor", vec!["duplicate-ingredient".to_owned()]));
}
