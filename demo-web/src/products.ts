// What can be ordered here: RxNorm clinical drugs, named in our own words, with the ways in which each is usually taken. Some
// ways are wrong on purpose, so that the checks of doses can be seen.

/** A way to take a product: words for people, amount and times for the check. */
export interface Sig {
  text: string;
  /** Pieces or units at one time. */
  amount?: number;
  /** How often in how many hours. */
  times?: number;
  hours?: number;
  asNeeded?: boolean;
  days?: number;
  /** Pieces a day at most. */
  most?: number;
}

export interface Product {
  rxcui: string;
  name: string;
  strength: string;
  form: string;
  sigs: Sig[];
}

type More = Pick<Sig, "asNeeded" | "days" | "most">;

const daily = (text: string, amount: number, times: number, more: More = {}): Sig => ({ text, amount, times, hours: 24, ...more });
const every = (text: string, amount: number, hours: number, more: More = {}): Sig => ({ text, amount, times: 1, hours, ...more });
const weekly = (text: string, amount: number): Sig => ({ text, amount, times: 1, hours: 168 });
/** Words alone: the check cannot read a dose. */
const words = (text: string): Sig => ({ text });

const DAILY = daily("1 tablet by mouth once daily", 1, 1);
const TWICE = daily("1 tablet by mouth twice daily", 1, 2);
const BEDTIME = daily("1 tablet by mouth at bedtime", 1, 1);

function product(rxcui: string, name: string, strength: string, form: string, ...sigs: Sig[]): Product {
  return { rxcui, name, strength, form, sigs };
}

export const products: Product[] = [
  product("313782", "Acetaminophen", "325 mg", "tablet", every("2 tablets by mouth every 6 hours as needed for pain, at most 8 a day", 2, 6, { asNeeded: true, most: 8 }), every("1 tablet by mouth every 6 hours as needed for pain", 1, 6, { asNeeded: true })),
  product("198440", "Acetaminophen", "500 mg", "tablet", every("2 tablets by mouth every 8 hours as needed for pain, at most 6 a day", 2, 8, { asNeeded: true, most: 6 }), every("1 tablet by mouth every 6 hours as needed for pain", 1, 6, { asNeeded: true }), every("2 tablets by mouth every 4 hours", 2, 4)),
  product("857002", "Hydrocodone with acetaminophen", "5 mg / 325 mg", "tablet", every("1 tablet by mouth every 6 hours as needed for severe pain for 3 days", 1, 6, { asNeeded: true, days: 3 })),
  product("2123111", "Albuterol", "90 mcg per puff", "inhaler", every("2 puffs every 4 to 6 hours as needed for wheezing", 2, 4, { asNeeded: true })),
  product("197320", "Allopurinol", "300 mg", "tablet", DAILY),
  product("308048", "Alprazolam", "0.5 mg", "tablet", daily("1 tablet by mouth three times daily as needed for anxiety", 1, 3, { asNeeded: true })),
  product("833528", "Amiodarone", "200 mg", "tablet", DAILY, words("2 tablets by mouth twice daily for 2 weeks, then 1 tablet daily")),
  product("197361", "Amlodipine", "5 mg", "tablet", DAILY),
  product("308191", "Amoxicillin", "500 mg", "capsule", daily("1 capsule by mouth three times daily for 7 days", 1, 3, { days: 7 })),
  product("562508", "Amoxicillin with clavulanate", "875 mg / 125 mg", "tablet", daily("1 tablet by mouth twice daily with food for 7 days", 1, 2, { days: 7 })),
  product("1364445", "Apixaban", "5 mg", "tablet", TWICE),
  product("243670", "Aspirin", "81 mg", "tablet", DAILY),
  product("617311", "Atorvastatin", "40 mg", "tablet", BEDTIME),
  product("197388", "Azathioprine", "50 mg", "tablet", daily("2 tablets by mouth once daily", 2, 1)),
  product("308460", "Azithromycin", "250 mg", "tablet", words("2 tablets by mouth on day 1, then 1 tablet daily for 4 days")),
  product("200032", "Carvedilol", "12.5 mg", "tablet", daily("1 tablet by mouth twice daily with food", 1, 2)),
  product("309097", "Cefuroxime", "250 mg", "tablet", daily("1 tablet by mouth twice daily with food for 7 days", 1, 2, { days: 7 })),
  product("205323", "Celecoxib", "200 mg", "capsule", daily("1 capsule by mouth once daily with food", 1, 1)),
  product("309114", "Cephalexin", "500 mg", "capsule", daily("1 capsule by mouth four times daily for 7 days", 1, 4, { days: 7 }), daily("1 capsule by mouth twice daily for 7 days", 1, 2, { days: 7 })),
  product("1014678", "Cetirizine", "10 mg", "tablet", daily("1 tablet by mouth once daily as needed", 1, 1, { asNeeded: true })),
  product("309309", "Ciprofloxacin", "500 mg", "tablet", daily("1 tablet by mouth twice daily for 7 days", 1, 2, { days: 7 })),
  product("200371", "Citalopram", "20 mg", "tablet", DAILY, daily("2 tablets by mouth once daily", 2, 1)),
  product("197517", "Clarithromycin", "500 mg", "tablet", daily("1 tablet by mouth twice daily for 7 days", 1, 2, { days: 7 })),
  product("309362", "Clopidogrel", "75 mg", "tablet", DAILY),
  product("197541", "Colchicine", "0.6 mg", "tablet", words("2 tablets by mouth, then 1 tablet one hour later"), DAILY),
  product("1037045", "Dabigatran", "150 mg", "capsule", daily("1 capsule by mouth twice daily", 1, 2)),
  product("855633", "Diclofenac", "1 %", "topical gel", words("4 g on the painful joint four times daily")),
  product("197604", "Digoxin", "0.125 mg", "tablet", DAILY),
  product("1433873", "Dolutegravir", "50 mg", "tablet", DAILY),
  product("1649988", "Doxycycline", "100 mg", "capsule", daily("1 capsule by mouth twice daily for 7 days", 1, 2, { days: 7 })),
  product("596926", "Duloxetine", "20 mg", "delayed-release capsule", daily("1 capsule by mouth once daily", 1, 1)),
  product("349332", "Escitalopram", "10 mg", "tablet", DAILY),
  product("310385", "Fluoxetine", "20 mg", "capsule", daily("1 capsule by mouth every morning", 1, 1)),
  product("896209", "Fluticasone with salmeterol", "250 mcg / 50 mcg", "dry-powder inhaler", daily("1 puff twice daily; rinse the mouth afterwards", 1, 2)),
  product("313988", "Furosemide", "40 mg", "tablet", daily("1 tablet by mouth every morning", 1, 1)),
  product("310431", "Gabapentin", "300 mg", "capsule", daily("1 capsule by mouth three times daily", 1, 3), daily("1 capsule by mouth at bedtime", 1, 1), daily("2 capsules by mouth three times daily", 2, 3)),
  product("310798", "Hydrochlorothiazide", "25 mg", "tablet", daily("1 tablet by mouth every morning", 1, 1)),
  product("979092", "Hydroxychloroquine", "200 mg", "tablet", TWICE),
  product("197806", "Ibuprofen", "600 mg", "tablet", every("1 tablet by mouth every 8 hours with food for 10 days", 1, 8, { days: 10 }), every("1 tablet by mouth every 8 hours as needed for pain", 1, 8, { asNeeded: true })),
  product("311041", "Insulin glargine", "100 units/mL", "injection", daily("10 units under the skin at bedtime", 10, 1)),
  product("896762", "Labetalol", "200 mg", "tablet", TWICE),
  product("199885", "Levofloxacin", "500 mg", "tablet", daily("1 tablet by mouth once daily for 7 days", 1, 1, { days: 7 })),
  product("314077", "Lisinopril", "20 mg", "tablet", DAILY),
  product("311372", "Loratadine", "10 mg", "tablet", daily("1 tablet by mouth once daily as needed", 1, 1, { asNeeded: true })),
  product("197901", "Lorazepam", "1 mg", "tablet", daily("1 tablet by mouth at bedtime as needed", 1, 1, { asNeeded: true })),
  product("979492", "Losartan", "50 mg", "tablet", DAILY),
  product("861004", "Metformin", "1000 mg", "tablet", daily("1 tablet by mouth twice daily with meals", 1, 2)),
  product("864706", "Methadone", "10 mg", "tablet", every("1 tablet by mouth every 8 hours", 1, 8)),
  product("105585", "Methotrexate", "2.5 mg", "tablet", weekly("4 tablets by mouth once a week, always on the same day", 4), daily("4 tablets by mouth once daily", 4, 1)),
  product("866436", "Metoprolol succinate", "50 mg", "extended-release tablet", DAILY),
  product("311681", "Metronidazole", "500 mg", "tablet", daily("1 tablet by mouth twice daily for 7 days", 1, 2, { days: 7 })),
  product("200060", "Mycophenolate mofetil", "500 mg", "tablet", daily("2 tablets by mouth twice daily", 2, 2)),
  product("198014", "Naproxen", "500 mg", "tablet", daily("1 tablet by mouth twice daily with food as needed for pain", 1, 2, { asNeeded: true })),
  product("1648755", "Nitrofurantoin", "100 mg", "capsule", daily("1 capsule by mouth twice daily with food for 5 days", 1, 2, { days: 5 })),
  product("198039", "Nitroglycerin", "0.4 mg", "sublingual tablet", words("1 tablet under the tongue for chest pain; may repeat twice, 5 minutes apart")),
  product("198052", "Ondansetron", "4 mg", "tablet", every("1 tablet by mouth every 8 hours as needed for nausea", 1, 8, { asNeeded: true })),
  product("1049621", "Oxycodone", "5 mg", "tablet", every("1 tablet by mouth every 6 hours as needed for severe pain for 3 days", 1, 6, { asNeeded: true, days: 3 })),
  product("314200", "Pantoprazole", "40 mg", "delayed-release tablet", daily("1 tablet by mouth before breakfast", 1, 1)),
  product("834102", "Penicillin V", "500 mg", "tablet", daily("1 tablet by mouth three times daily for 10 days", 1, 3, { days: 10 })),
  product("1801294", "Potassium chloride", "20 mEq", "extended-release tablet", daily("1 tablet by mouth once daily with food", 1, 1)),
  product("904467", "Pravastatin", "20 mg", "tablet", BEDTIME),
  product("312615", "Prednisone", "20 mg", "tablet", daily("2 tablets by mouth every morning for 5 days", 2, 1, { days: 5 })),
  product("856457", "Propranolol", "20 mg", "tablet", TWICE),
  product("198202", "Rifampin", "300 mg", "capsule", daily("2 capsules by mouth once daily", 2, 1)),
  product("1232086", "Rivaroxaban", "20 mg", "tablet", daily("1 tablet by mouth every evening with food", 1, 1)),
  product("859747", "Rosuvastatin", "10 mg", "tablet", DAILY),
  product("312938", "Sertraline", "100 mg", "tablet", daily("1 tablet by mouth every morning", 1, 1)),
  product("198211", "Simvastatin", "40 mg", "tablet", BEDTIME),
  product("313096", "Spironolactone", "25 mg", "tablet", DAILY),
  product("313161", "Sumatriptan", "50 mg", "tablet", words("1 tablet by mouth at the start of a migraine; may repeat once after 2 hours")),
  product("1116635", "Ticagrelor", "90 mg", "tablet", TWICE),
  product("835603", "Tramadol", "50 mg", "tablet", every("1 tablet by mouth every 6 hours as needed for pain", 1, 6, { asNeeded: true })),
  product("856377", "Trazodone", "50 mg", "tablet", BEDTIME),
  product("198335", "Trimethoprim-sulfamethoxazole", "160 mg / 800 mg", "tablet", daily("1 tablet by mouth twice daily for 3 days", 1, 2, { days: 3 }), daily("1 tablet by mouth twice daily for 7 days", 1, 2, { days: 7 })),
  product("313581", "Venlafaxine", "150 mg", "extended-release capsule", daily("1 capsule by mouth once daily with food", 1, 1)),
  product("855332", "Warfarin", "5 mg", "tablet", daily("1 tablet by mouth every evening", 1, 1)),
];

/** Names of combinations as RxNorm writes them: the check reads the strength of each ingredient there. */
const COMBINATIONS: Record<string, string> = {
  "857002": "acetaminophen 325 MG / hydrocodone bitartrate 5 MG Oral Tablet",
  "562508": "amoxicillin 875 MG / clavulanate 125 MG Oral Tablet",
  "896209": "60 ACTUAT fluticasone propionate 0.25 MG/ACTUAT / salmeterol 0.05 MG/ACTUAT Dry Powder Inhaler",
  "198335": "sulfamethoxazole 800 MG / trimethoprim 160 MG Oral Tablet",
};

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
export function draftOrder(id: string, product: Product, sig: Sig, patient: string, authoredOn: string): object {
  const display = COMBINATIONS[product.rxcui] ?? title(product);
  return {
    resourceType: "MedicationRequest",
    id,
    status: "draft",
    intent: "order",
    medicationCodeableConcept: {
      coding: [{ system: "http://www.nlm.nih.gov/research/umls/rxnorm", code: product.rxcui, display }],
      text: title(product),
    },
    subject: { reference: `Patient/${patient}` },
    authoredOn,
    dosageInstruction: [dosage(product, sig)],
  };
}

const UCUM = "http://unitsofmeasure.org";

function dosage({ form }: Product, { text, amount, times, hours, asNeeded, days, most }: Sig): object {
  const [code, display] = routeOf(form);
  const quantity = (value: number) => ({ value, unit: unitOf(form) });
  const bounds = days !== undefined && { boundsDuration: { value: days, unit: "d", system: UCUM, code: "d" } };
  return {
    text,
    ...(asNeeded && { asNeededBoolean: true }),
    route: { coding: [{ system: "http://snomed.info/sct", code, display }] },
    ...(times !== undefined && { timing: { repeat: { ...bounds, frequency: times, period: hours, periodUnit: "h" } } }),
    ...(amount !== undefined && { doseAndRate: [{ doseQuantity: quantity(amount) }] }),
    ...(most !== undefined && {
      maxDosePerPeriod: { numerator: quantity(most), denominator: { value: 1, unit: "d", system: UCUM, code: "d" } },
    }),
  };
}

function unitOf(form: string): string {
  return ["tablet", "capsule", "inhaler"].find((one) => form.includes(one))?.replace("inhaler", "puff") ?? "unit";
}

function routeOf(form: string): [code: string, display: string] {
  if (form.includes("inhaler")) {
    return ["447694001", "Respiratory tract route"];
  }
  if (form.includes("sublingual")) {
    return ["37839007", "Sublingual route"];
  }
  if (form.includes("gel")) {
    return ["6064005", "Topical route"];
  }
  return form.includes("injection") ? ["34206005", "Subcutaneous route"] : ["26643006", "Oral route"];
}
