// What can be ordered here: RxNorm clinical drugs, named in our own words, with the ways in which each is usually taken.

export interface Product {
  rxcui: string;
  name: string;
  strength: string;
  form: string;
  doses: string[];
}

const DAILY = "1 tablet by mouth once daily";
const TWICE = "1 tablet by mouth twice daily";
const BEDTIME = "1 tablet by mouth at bedtime";

function product(rxcui: string, name: string, strength: string, form: string, ...doses: string[]): Product {
  return { rxcui, name, strength, form, doses };
}

export const products: Product[] = [
  product("313782", "Acetaminophen", "325 mg", "tablet", "2 tablets by mouth every 6 hours as needed for pain, at most 8 a day", "1 tablet by mouth every 6 hours as needed for pain"),
  product("198440", "Acetaminophen", "500 mg", "tablet", "2 tablets by mouth every 8 hours as needed for pain, at most 6 a day", "1 tablet by mouth every 6 hours as needed for pain"),
  product("857002", "Hydrocodone with acetaminophen", "5 mg / 325 mg", "tablet", "1 tablet by mouth every 6 hours as needed for severe pain for 3 days"),
  product("2123111", "Albuterol", "90 mcg per puff", "inhaler", "2 puffs every 4 to 6 hours as needed for wheezing"),
  product("197320", "Allopurinol", "300 mg", "tablet", DAILY),
  product("308048", "Alprazolam", "0.5 mg", "tablet", "1 tablet by mouth three times daily as needed for anxiety"),
  product("833528", "Amiodarone", "200 mg", "tablet", DAILY, "2 tablets by mouth twice daily for 2 weeks, then 1 tablet daily"),
  product("197361", "Amlodipine", "5 mg", "tablet", DAILY),
  product("308191", "Amoxicillin", "500 mg", "capsule", "1 capsule by mouth three times daily for 7 days"),
  product("562508", "Amoxicillin with clavulanate", "875 mg / 125 mg", "tablet", "1 tablet by mouth twice daily with food for 7 days"),
  product("1364445", "Apixaban", "5 mg", "tablet", TWICE),
  product("243670", "Aspirin", "81 mg", "tablet", DAILY),
  product("617311", "Atorvastatin", "40 mg", "tablet", BEDTIME),
  product("197388", "Azathioprine", "50 mg", "tablet", "2 tablets by mouth once daily"),
  product("308460", "Azithromycin", "250 mg", "tablet", "2 tablets by mouth on day 1, then 1 tablet daily for 4 days"),
  product("200032", "Carvedilol", "12.5 mg", "tablet", "1 tablet by mouth twice daily with food"),
  product("309097", "Cefuroxime", "250 mg", "tablet", "1 tablet by mouth twice daily with food for 7 days"),
  product("205323", "Celecoxib", "200 mg", "capsule", "1 capsule by mouth once daily with food"),
  product("309114", "Cephalexin", "500 mg", "capsule", "1 capsule by mouth four times daily for 7 days", "1 capsule by mouth twice daily for 7 days"),
  product("1014678", "Cetirizine", "10 mg", "tablet", "1 tablet by mouth once daily as needed"),
  product("309309", "Ciprofloxacin", "500 mg", "tablet", "1 tablet by mouth twice daily for 7 days"),
  product("200371", "Citalopram", "20 mg", "tablet", DAILY),
  product("197517", "Clarithromycin", "500 mg", "tablet", "1 tablet by mouth twice daily for 7 days"),
  product("309362", "Clopidogrel", "75 mg", "tablet", DAILY),
  product("197541", "Colchicine", "0.6 mg", "tablet", "2 tablets by mouth, then 1 tablet one hour later", DAILY),
  product("197604", "Digoxin", "0.125 mg", "tablet", DAILY),
  product("1433873", "Dolutegravir", "50 mg", "tablet", DAILY),
  product("1649988", "Doxycycline", "100 mg", "capsule", "1 capsule by mouth twice daily for 7 days"),
  product("596926", "Duloxetine", "20 mg", "delayed-release capsule", "1 capsule by mouth once daily"),
  product("349332", "Escitalopram", "10 mg", "tablet", DAILY),
  product("310385", "Fluoxetine", "20 mg", "capsule", "1 capsule by mouth every morning"),
  product("896209", "Fluticasone with salmeterol", "250 mcg / 50 mcg", "dry-powder inhaler", "1 puff twice daily; rinse the mouth afterwards"),
  product("313988", "Furosemide", "40 mg", "tablet", "1 tablet by mouth every morning"),
  product("310431", "Gabapentin", "300 mg", "capsule", "1 capsule by mouth three times daily", "1 capsule by mouth at bedtime"),
  product("310798", "Hydrochlorothiazide", "25 mg", "tablet", "1 tablet by mouth every morning"),
  product("979092", "Hydroxychloroquine", "200 mg", "tablet", TWICE),
  product("197806", "Ibuprofen", "600 mg", "tablet", "1 tablet by mouth every 8 hours with food for 10 days", "1 tablet by mouth every 8 hours as needed for pain"),
  product("311041", "Insulin glargine", "100 units/mL", "injection", "10 units under the skin at bedtime"),
  product("199885", "Levofloxacin", "500 mg", "tablet", "1 tablet by mouth once daily for 7 days"),
  product("314077", "Lisinopril", "20 mg", "tablet", DAILY),
  product("311372", "Loratadine", "10 mg", "tablet", "1 tablet by mouth once daily as needed"),
  product("197901", "Lorazepam", "1 mg", "tablet", "1 tablet by mouth at bedtime as needed"),
  product("979492", "Losartan", "50 mg", "tablet", DAILY),
  product("861004", "Metformin", "1000 mg", "tablet", "1 tablet by mouth twice daily with meals"),
  product("864706", "Methadone", "10 mg", "tablet", "1 tablet by mouth every 8 hours"),
  product("105585", "Methotrexate", "2.5 mg", "tablet", "4 tablets by mouth once a week, always on the same day"),
  product("866436", "Metoprolol succinate", "50 mg", "extended-release tablet", DAILY),
  product("311681", "Metronidazole", "500 mg", "tablet", "1 tablet by mouth twice daily for 7 days"),
  product("200060", "Mycophenolate mofetil", "500 mg", "tablet", "2 tablets by mouth twice daily"),
  product("198014", "Naproxen", "500 mg", "tablet", "1 tablet by mouth twice daily with food as needed for pain"),
  product("1648755", "Nitrofurantoin", "100 mg", "capsule", "1 capsule by mouth twice daily with food for 5 days"),
  product("198039", "Nitroglycerin", "0.4 mg", "sublingual tablet", "1 tablet under the tongue for chest pain; may repeat twice, 5 minutes apart"),
  product("198052", "Ondansetron", "4 mg", "tablet", "1 tablet by mouth every 8 hours as needed for nausea"),
  product("1049621", "Oxycodone", "5 mg", "tablet", "1 tablet by mouth every 6 hours as needed for severe pain for 3 days"),
  product("314200", "Pantoprazole", "40 mg", "delayed-release tablet", "1 tablet by mouth before breakfast"),
  product("834102", "Penicillin V", "500 mg", "tablet", "1 tablet by mouth three times daily for 10 days"),
  product("1801294", "Potassium chloride", "20 mEq", "extended-release tablet", "1 tablet by mouth once daily with food"),
  product("904467", "Pravastatin", "20 mg", "tablet", BEDTIME),
  product("312615", "Prednisone", "20 mg", "tablet", "2 tablets by mouth every morning for 5 days"),
  product("856457", "Propranolol", "20 mg", "tablet", TWICE),
  product("198202", "Rifampin", "300 mg", "capsule", "2 capsules by mouth once daily"),
  product("1232086", "Rivaroxaban", "20 mg", "tablet", "1 tablet by mouth every evening with food"),
  product("859747", "Rosuvastatin", "10 mg", "tablet", DAILY),
  product("312938", "Sertraline", "100 mg", "tablet", "1 tablet by mouth every morning"),
  product("198211", "Simvastatin", "40 mg", "tablet", BEDTIME),
  product("313096", "Spironolactone", "25 mg", "tablet", DAILY),
  product("313161", "Sumatriptan", "50 mg", "tablet", "1 tablet by mouth at the start of a migraine; may repeat once after 2 hours"),
  product("1116635", "Ticagrelor", "90 mg", "tablet", TWICE),
  product("835603", "Tramadol", "50 mg", "tablet", "1 tablet by mouth every 6 hours as needed for pain"),
  product("856377", "Trazodone", "50 mg", "tablet", BEDTIME),
  product("198335", "Trimethoprim-sulfamethoxazole", "160 mg / 800 mg", "tablet", "1 tablet by mouth twice daily for 3 days", "1 tablet by mouth twice daily for 7 days"),
  product("313581", "Venlafaxine", "150 mg", "extended-release capsule", "1 capsule by mouth once daily with food"),
  product("855332", "Warfarin", "5 mg", "tablet", "1 tablet by mouth every evening"),
];

export function title(product: Product): string {
  return `${product.name} ${product.strength} ${product.form}`;
}

const SEPARATORS = /[\s/-]+/;

/** Products whose name begins with what was typed come first, then those with a word that does. */
export function search(text: string): Product[] {
  const words = text.toLowerCase().split(SEPARATORS).filter(Boolean);
  if (words.length === 0) {
    return products;
  }
  const rank = (product: Product) => {
    const name = title(product).toLowerCase();
    const all = words.every((word) => name.split(SEPARATORS).some((part) => part.startsWith(word)));
    return all ? (name.startsWith(words[0] ?? "") ? 0 : 1) : 2;
  };
  return products
    .map((product) => ({ product, rank: rank(product) }))
    .filter(({ rank }) => rank < 2)
    .sort((one, other) => one.rank - other.rank)
    .map(({ product }) => product);
}

/** The order as FHIR, as an order-entry system would hand it to the check before it is signed. */
export function draftOrder(id: string, product: Product, dose: string, patient: string, authoredOn: string): object {
  return {
    resourceType: "MedicationRequest",
    id,
    status: "draft",
    intent: "order",
    medicationCodeableConcept: {
      coding: [{ system: "http://www.nlm.nih.gov/research/umls/rxnorm", code: product.rxcui, display: title(product) }],
      text: title(product),
    },
    subject: { reference: `Patient/${patient}` },
    authoredOn,
    dosageInstruction: [{ text: dose }],
  };
}
