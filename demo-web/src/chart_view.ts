// What a prescriber sees of a chart. Reading for display only: the checks read the chart themselves.

export interface ChartView {
  patientId: string;
  name: string;
  mrn: string;
  sex: string;
  birthDate: string;
  language: string | undefined;
  problems: Entry[];
  medications: MedicationEntry[];
  allergies: AllergyEntry[];
  labs: LabEntry[];
  vitals: LabEntry[];
  weight: LabEntry | undefined;
  kidney: LabEntry | undefined;
}

export interface Entry {
  id: string;
  text: string;
  detail: string;
}

export interface MedicationEntry extends Entry {
  status: string;
  coded: boolean;
  sig: string;
}

export interface AllergyEntry extends Entry {
  severe: boolean;
  none: boolean;
}

export interface LabEntry {
  name: string;
  value: string;
  unit: string;
  day: string;
  flag: "high" | "low" | undefined;
  range: string;
  before: { value: string; day: string } | undefined;
}

/* eslint-disable-next-line -- FHIR as it comes: anything may be missing. */
type Resource = { resourceType: string; id?: string; [element: string]: any };

export interface Bundle {
  resourceType: "Bundle";
  entry: Array<{ fullUrl?: string; resource: Resource }>;
}

export function readChart(bundle: Bundle): ChartView {
  const resources = bundle.entry.map((entry) => entry.resource);
  const of = (...types: string[]) => resources.filter((resource) => types.includes(resource.resourceType));
  const patient = of("Patient")[0] ?? { resourceType: "Patient" };
  const name = patient.name?.[0];
  const observations = of("Observation");
  const labs = latest(observations.filter((one) => categoryOf(one) === "laboratory"));
  const vitals = latest(observations.filter((one) => categoryOf(one) === "vital-signs"));
  return {
    patientId: patient.id ?? "",
    name: [name?.family, (name?.given ?? []).join(" ")].filter(Boolean).join(", "),
    mrn: patient.identifier?.[0]?.value ?? "",
    sex: patient.gender ?? "unknown",
    birthDate: patient.birthDate ?? "",
    language: patient.communication?.[0]?.language?.coding?.[0]?.display,
    problems: of("Condition").map((one) => ({
      id: one.id ?? "",
      text: textOf(one.code),
      detail: [one.code?.coding?.[0]?.code, yearOf(one.onsetDateTime)].filter(Boolean).join(" · "),
    })),
    medications: of("MedicationRequest", "MedicationStatement").map(medication),
    allergies: of("AllergyIntolerance").map(allergy),
    labs,
    vitals,
    weight: vitals.find((one) => one.name === "Body weight"),
    kidney: labs.find((one) => one.name.startsWith("eGFR")),
  };
}

function medication(one: Resource): MedicationEntry {
  const said = one.resourceType === "MedicationStatement";
  return {
    id: `${one.resourceType}/${one.id}`,
    text: textOf(one.medicationCodeableConcept),
    sig: (one.dosageInstruction ?? one.dosage)?.[0]?.text ?? "",
    detail: [said ? "reported by the patient" : one.requester?.display, one.authoredOn ?? one.effectivePeriod?.start]
      .filter(Boolean)
      .join(" · "),
    status: one.status ?? "unknown",
    coded: (one.medicationCodeableConcept?.coding ?? []).length > 0,
  };
}

function allergy(one: Resource): AllergyEntry {
  const reaction = one.reaction?.[0]?.manifestation?.[0];
  return {
    id: `AllergyIntolerance/${one.id}`,
    text: textOf(one.code),
    detail: [reaction && textOf(reaction).toLowerCase(), yearOf(one.recordedDate)].filter(Boolean).join(" · "),
    severe: one.criticality === "high" || one.reaction?.[0]?.severity === "severe",
    none: one.code?.coding?.[0]?.code === "716186003",
  };
}

/** The newest result of each test, with the one before it. */
function latest(observations: Resource[]): LabEntry[] {
  const byName = new Map<string, Resource[]>();
  for (const one of observations) {
    const name = textOf(one.code);
    byName.set(name, [...(byName.get(name) ?? []), one]);
  }
  return [...byName].map(([name, results]) => {
    const [now, before] = results.sort((one, other) => String(other.effectiveDateTime).localeCompare(String(one.effectiveDateTime)));
    return result(name, now ?? { resourceType: "Observation" }, before);
  });
}

function result(name: string, now: Resource, before: Resource | undefined): LabEntry {
  const flag = now.interpretation?.[0]?.coding?.[0]?.code;
  const low = now.referenceRange?.[0]?.low?.value;
  const high = now.referenceRange?.[0]?.high?.value;
  return {
    name,
    value: valueOf(now),
    unit: now.valueQuantity?.unit ?? now.component?.[0]?.valueQuantity?.unit ?? "",
    day: now.effectiveDateTime ?? "",
    flag: flag === "H" ? "high" : flag === "L" ? "low" : undefined,
    range: low !== undefined && high !== undefined ? `${low}–${high}` : high !== undefined ? `under ${high}` : low !== undefined ? `over ${low}` : "",
    before: before && { value: valueOf(before), day: before.effectiveDateTime ?? "" },
  };
}

function valueOf(one: Resource): string {
  if (one.component) {
    return (one.component as Resource[]).map((part) => part.valueQuantity?.value).join("/");
  }
  if (one.valueCodeableConcept) {
    return textOf(one.valueCodeableConcept);
  }
  const { value, comparator } = one.valueQuantity ?? {};
  return value === undefined ? "no value" : `${comparator ?? ""}${value}`;
}

function categoryOf(one: Resource): string {
  return one.category?.[0]?.coding?.[0]?.code ?? "";
}

function textOf(concept: { text?: string; coding?: Array<{ display?: string; code?: string }> } | undefined): string {
  return concept?.text ?? concept?.coding?.[0]?.display ?? concept?.coding?.[0]?.code ?? "unnamed";
}

function yearOf(day: string | undefined): string {
  return day?.slice(0, 4) ?? "";
}

/** Whole years on a day, both as `YYYY-MM-DD`. */
export function ageOn(day: string, birthDate: string): number {
  const years = Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return day.slice(5) < birthDate.slice(5) ? years - 1 : years;
}
