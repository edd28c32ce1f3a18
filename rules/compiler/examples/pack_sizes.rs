//! How large each part of a pack is: `pack_sizes <pack> <folder to write the parts to>`.
use std::io::Write as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pack, target] = arguments.as_slice() else { return Err("usage: pack_sizes <pack> <folder>".into()) };
    let (pack, _) = cds_core::knowledge::decode(&std::fs::read(pack)?)?;
    std::fs::create_dir_all(target)?;
    let parts: Vec<(&str, Vec<u8>)> = vec![
        ("ingredients", postcard::to_stdvec(&pack.drugs.ingredients)?),
        ("products", postcard::to_stdvec(&pack.drugs.products)?),
        ("rxnorm", postcard::to_stdvec(&pack.drugs.rxnorm)?),
        ("ndc", postcard::to_stdvec(&pack.drugs.ndc)?),
        ("snomed", postcard::to_stdvec(&pack.drugs.snomed)?),
        ("names", postcard::to_stdvec(&pack.drugs.names)?),
        ("nodes", postcard::to_stdvec(&pack.nodes)?),
        ("edges", postcard::to_stdvec(&pack.edges)?),
        ("sources", postcard::to_stdvec(&pack.sources)?),
        ("rules", postcard::to_stdvec(&pack.rules)?),
        ("allergens", postcard::to_stdvec(&pack.allergens)?),
        ("non_drugs", postcard::to_stdvec(&pack.non_drugs)?),
        ("conditions", postcard::to_stdvec(&pack.conditions)?),
        ("other_conditions", postcard::to_stdvec(&pack.other_conditions)?),
        ("measurements", postcard::to_stdvec(&pack.measurements)?),
    ];
    for (name, bytes) in parts {
        std::fs::write(std::path::Path::new(target).join(name), &bytes)?;
        writeln!(std::io::stdout(), "{name:<20}{:>9}", bytes.len())?;
    }
    Ok(())
}
