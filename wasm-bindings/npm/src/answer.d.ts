// Generated from the Rust types by `cargo xtask schema`. Do not edit.

export type CheckCall = { 
/**
 * `check`.
 */
call: "check", 
/**
 * The day that the answer is to be true for, `YYYY-MM-DD`.
 */
asOf: string, 
/**
 * FHIR R4: Bundles, resources, arrays of these. All of one patient; several are merged.
 */
charts: Array<unknown>, 
/**
 * Orders that are being written: MedicationRequests, or Bundles of these.
 */
draft?: Array<unknown>, 
/**
 * The patient, as `Patient/id`, where the charts hold several.
 */
patient?: string, 
/**
 * The site's policy.
 */
policy?: Partial<Policy>, };

export type InteractionsCall = { 
/**
 * `interactions`.
 */
call: "interactions", 
/**
 * Pairs of RxNorm concept ids or NDCs.
 */
drugs: Array<[string, string]>, };

export type ResolveCall = { 
/**
 * `resolve`.
 */
call: "resolve", 
/**
 * RxNorm concept ids or NDCs.
 */
codes: Array<string>, };

export type Policy = { 
/**
 * The lowest tier that interrupts. Default: `major`.
 */
interruptFrom: Tier, 
/**
 * Days after the last day of use from which an order that is still called active is stale. Default: 30.
 */
staleAfterEndDays: number, 
/**
 * Days after the end of the supply or of the order's validity from which it is stale. Default: 90.
 */
staleAfterSupplyDays: number, 
/**
 * Days after which an order without any end is stale. Default: 730.
 */
staleWithoutEndDays: number, 
/**
 * Days that a dispensed supply of unknown size is taken to last. Default: 30.
 */
dispensedDays: number, 
/**
 * Days for which a drug that was given once still counts. Default: 2.
 */
administeredDays: number, 
/**
 * Days that drugs must have been taken together for so that a renewal of one of them at no higher dose does not interrupt
 * again. What is contraindicated always interrupts. Default: 90.
 */
toleratedAfterDays: number, 
/**
 * Who answers for the values above, where they are not the defaults.
 */
approved: Approval | null, 
/**
 * Rules whose tier the site changes, or that it switches off.
 */
changes: Array<RuleChange>, };

export type Approval = { 
/**
 * A person's name.
 */
person: string, 
/**
 * What this person does at the site.
 */
role: string, 
/**
 * Why.
 */
reason: string, 
/**
 * Since when, `YYYY-MM-DD`.
 */
on: string, };

export type RuleChange = { 
/**
 * The rule's id, as an alert's `reasons` give it.
 */
rule: string, 
/**
 * Its tier at this site; without it the rule is switched off.
 */
tier: Tier | null, 
/**
 * A person's name.
 */
person: string, 
/**
 * What this person does at the site.
 */
role: string, 
/**
 * Why.
 */
reason: string, 
/**
 * Since when, `YYYY-MM-DD`.
 */
on: string, 
/**
 * The last day on which it holds, `YYYY-MM-DD`.
 */
until: string | null, };

export type Answer = { "answer": "check" } & CheckAnswer | { "answer": "interactions", 
/**
 * One for each pair, in the order of the call.
 */
pairs: Array<PairAnswer>, } | { "answer": "resolve", 
/**
 * One for each code, in the order of the call.
 */
codes: Array<ResolveAnswer>, } | { "answer": "about" } & Provenance | { "answer": "error", 
/**
 * Stable code.
 */
code: string, 
/**
 * What is wrong and what to do.
 */
message: string, };

export type CheckAnswer = { 
/**
 * The day that the answer is true for, `YYYY-MM-DD`.
 */
asOf: string, 
/**
 * Engine and knowledge that gave it.
 */
provenance: Provenance, 
/**
 * Whom it is about.
 */
patient: PatientSummary, 
/**
 * One sentence that says what was checked, what was found and what was not checked.
 */
summary: string, 
/**
 * Whether every drug and every allergy that was met could be checked. An empty `alerts` is an all-clear only where this is
 * true and `undecided` and `switchedOff` are empty.
 */
complete: boolean, 
/**
 * What was found: highest tier first.
 */
alerts: Array<Alert>, 
/**
 * What a person should tidy up: stale orders, a patient who has died.
 */
notices: Array<Notice>, 
/**
 * What was not evaluated and why.
 */
notEvaluated: Array<NotEvaluated>, 
/**
 * Questions about drugs that were recognised which the chart does not decide: no creatinine, no dose, no pregnancy status.
 * An entry for each thing that is missing.
 */
undecided: Array<Undecided>, 
/**
 * Rules that the site's policy switched off and that would have fired.
 */
switchedOff: Array<SwitchedOff>, 
/**
 * The drugs and allergies that were met, and how each was recognised.
 */
checked: Checked, 
/**
 * What was wrong with the chart.
 */
issues: Array<Issue>, };

export type Provenance = { 
/**
 * Version of the engine.
 */
engine: string, 
/**
 * Name of the knowledge pack.
 */
pack: string, 
/**
 * Version of the knowledge pack.
 */
packVersion: string, 
/**
 * Day of the pack's last revision.
 */
packRevised: string, 
/**
 * SHA-256 of the pack.
 */
packSha256: string, 
/**
 * SHA-256 of the pack of National Drug Codes. `null` where it is not loaded: no NDC code is known then.
 */
ndcSha256: string | null, };

export type PatientSummary = { 
/**
 * Resource ids of the Patient, as `Patient/id`, ordered.
 */
resources: Array<string>, 
/**
 * Date of birth as it stands in the chart; it may be partial.
 */
birthDate: string | null, 
/**
 * Whole years on the day of the answer, where the date of birth decides them.
 */
ageYears: number | null, 
/**
 * FHIR administrative gender.
 */
gender: string | null, 
/**
 * Whether the chart says that the patient has died.
 */
deceased: boolean, };

export type Alert = { 
/**
 * Stable id: the same chart and pack give the same id.
 */
id: string, 
/**
 * How bad it is.
 */
tier: Tier, 
/**
 * The word that a person sees first.
 */
signalWord: string, 
/**
 * Whether it should interrupt the prescriber.
 */
interrupts: boolean, 
/**
 * What kind of check found it.
 */
kind: AlertKind, 
/**
 * Clinical problem, as a stable id.
 */
problem: string, 
/**
 * Clinical problem, in words.
 */
problemName: string, 
/**
 * What was found, in under 140 characters.
 */
what: string, 
/**
 * What could happen.
 */
consequence: string, 
/**
 * What to do, in order.
 */
steps: Array<string>, 
/**
 * The drugs that it is about, ordered by name.
 */
drugs: Array<AlertDrug>, 
/**
 * The allergen, for an allergy alert.
 */
allergen: string | null, 
/**
 * The resources that it rests on, as `Type/id`, ordered.
 */
facts: Array<Fact>, 
/**
 * Whether one of the drugs is the draft order.
 */
involvesDraft: boolean, 
/**
 * Why an alert of its tier does not interrupt although it is about the draft: all its drugs have been taken together for long.
 */
tolerated: string | null, 
/**
 * What the chart lacks to place it better; the tier is the one that is safe without it.
 */
missing: Array<string>, 
/**
 * Every rule that saw it: the one that speaks comes first.
 */
reasons: Array<Reason>, };

export type AlertKind = "drug-allergy" | "drug-interaction" | "additive-effect" | "duplicate-ingredient" | "duplicate-class" | "drug-condition" | "kidney" | "liver" | "pregnancy" | "lactation" | "age" | "dose" | "monitoring" | "food";

export type AlertDrug = { 
/**
 * RxNorm concept id of the ingredient.
 */
rxcui: string, 
/**
 * Name of the ingredient.
 */
name: string, 
/**
 * Whether the draft order holds it.
 */
draft: boolean, };

export type Fact = { 
/**
 * The resource, as `Type/id`, or its place in the input where it has no id.
 */
resource: string, 
/**
 * What it says, in coded terms: ingredient names, status and date.
 */
says: string, };

export type Reason = { 
/**
 * Stable id of the rule.
 */
rule: string, 
/**
 * Title of the rule.
 */
title: string, 
/**
 * Tier that this rule gives.
 */
tier: Tier, 
/**
 * What changed the tier, in order: facts of the patient, the route, the site's policy.
 */
changes: Array<TierChange>, 
/**
 * What this rule found.
 */
what: string, 
/**
 * Why it happens.
 */
mechanism: string | null, 
/**
 * What this rule says could happen.
 */
consequence: string, 
/**
 * What this rule says to do, in order.
 */
steps: Array<string>, 
/**
 * Ways through the graph that lead from the drugs to the rule.
 */
paths: Array<GraphPath>, 
/**
 * How well it is established, where the rule says so.
 */
evidence: Evidence | null, 
/**
 * The source attributes of the rule.
 */
source: SourceAttributes, };

export type TierChange = { 
/**
 * Tier before.
 */
from: Tier, 
/**
 * Tier after.
 */
to: Tier, 
/**
 * Who changed it: `context` (facts of the patient, by the rule), `route` (given locally) or `site-policy`.
 */
by: string, 
/**
 * Why, in words.
 */
because: string, 
/**
 * For a change by the site: who answers for it.
 */
person: string | null, 
/**
 * For a change by the site: since when, `YYYY-MM-DD`.
 */
on: string | null, };

export type GraphPath = { 
/**
 * Nodes on the way, the drug first.
 */
nodes: Array<PathNode>, 
/**
 * What each node is to the next: one fewer than the nodes.
 */
relations: Array<string>, };

export type PathNode = { 
/**
 * What it is.
 */
kind: NodeKind, 
/**
 * Stable id within its kind.
 */
id: string, 
/**
 * Name.
 */
name: string, };

export type SourceAttributes = { 
/**
 * 1: publication.
 */
citation: string, 
/**
 * Section, table or page of it.
 */
section: string | null, 
/**
 * Address, where it is certain.
 */
url: string | null, 
/**
 * 2: who developed the rule.
 */
developer: string, 
/**
 * 3: who funded its technical implementation.
 */
funding: string, 
/**
 * 4: version of the pack that released it.
 */
release: string, 
/**
 * 4: day on which it was last checked against its source.
 */
revised: string, 
/**
 * 5 to 13: patient attributes that the rule reads, out of race, ethnicity, language, sexual orientation, gender
 * identity, sex, date of birth, social determinants and health-status assessments.
 */
uses: Array<string>, };

export type Notice = { 
/**
 * Stable code: `stale-orders`, `deceased`, `possible-renewals`, `on-hold-orders` or `site-policy`.
 */
code: string, 
/**
 * What was found and what to do.
 */
text: string, 
/**
 * The resources that it rests on, ordered.
 */
facts: Array<Fact>, };

export type NotEvaluated = { 
/**
 * What was not evaluated: `drug`, `allergy`, `resource`, `file` or `everything`.
 */
subject: string, 
/**
 * Stable reason: `no-code`, `unknown-code`, `unknown-name`, `no-knowledge`, `unresolved-reference`,
 * `unreadable`, `other-patient`, `stale`, `on-hold`, `not-started`, `too-many`,
 * `nothing-read` or `deceased`.
 */
reason: string, 
/**
 * The resource, as `Type/id`, or its place in the input.
 */
resource: string, 
/**
 * The chart's own words for it. Text of the chart: show it as text, never as markup, and keep it out of logs.
 */
named: string | null, 
/**
 * What it means for the reader and what to do.
 */
text: string, };

export type Undecided = { 
/**
 * What is missing, as a stable id: a measurement's id, `age`, `sex`, `pregnancy`, `dose`, `start`, `duration`, `route` or
 * `conditions`.
 */
missing: string, 
/**
 * What was therefore not decided, and what would decide it.
 */
text: string, 
/**
 * The drugs that it is about, ordered by name.
 */
drugs: Array<AlertDrug>, 
/**
 * The rules that could not be decided, ordered.
 */
rules: Array<string>, 
/**
 * Whether one of the drugs is the draft order.
 */
involvesDraft: boolean, 
/**
 * The resources that were not understood, for `conditions`.
 */
resources: Array<string>, };

export type SwitchedOff = { 
/**
 * The rule.
 */
rule: string, 
/**
 * Its title.
 */
title: string, 
/**
 * The tier that it would have had.
 */
tier: Tier, 
/**
 * The drugs, ordered by name.
 */
drugs: Array<AlertDrug>, 
/**
 * Who switched it off.
 */
person: string, 
/**
 * Why.
 */
reason: string, 
/**
 * Since when, `YYYY-MM-DD`.
 */
on: string, };

export type Checked = { 
/**
 * Drugs, ordered by ingredient name and resource.
 */
drugs: Array<CheckedDrug>, 
/**
 * Allergies, ordered by allergen and resource.
 */
allergies: Array<CheckedAllergy>, 
/**
 * Number of pairs of different ingredients that were compared.
 */
pairs: number, };

export type CheckedDrug = { 
/**
 * Ingredients.
 */
ingredients: Array<AlertDrug>, 
/**
 * How it was recognised, in words: by which code, or by name.
 */
recognised: string, 
/**
 * Whether it takes part in the checks: `active`, `draft`, `stale`, `on-hold` or `ended`.
 */
state: string, 
/**
 * How it is given, in the names of the knowledge tables; empty where nothing says so, and then it counts in full.
 */
routes: Array<string>, 
/**
 * The resources that say so.
 */
resources: Array<string>, };

export type CheckedAllergy = { 
/**
 * What it is to.
 */
allergen: string, 
/**
 * How it was recognised, in words.
 */
recognised: string, 
/**
 * `checked`, `not-a-drug`, `none-known` or `inactive`.
 */
state: string, 
/**
 * The resources that say so.
 */
resources: Array<string>, };

export type Issue = { 
/**
 * `error`: part of the chart was not read. `warning`: it was read in a way that a person should know of.
 * `information`: harmless.
 */
severity: IssueSeverity, 
/**
 * Stable code.
 */
code: string, 
/**
 * The resource, as `Type/id`, or its place in the input.
 */
resource: string, 
/**
 * Element, as a path within the resource.
 */
element: string | null, 
/**
 * What is wrong and what to do; never a value of the chart.
 */
text: string, };

export type IssueSeverity = "error" | "warning" | "information";

export type Tier = "minor" | "moderate" | "major" | "contraindicated";

export type PairAnswer = { 
/**
 * The first code, as given.
 */
a: string, 
/**
 * The second code, as given.
 */
b: string, 
/**
 * The highest tier; `none` where both drugs are known and nothing is found; `unknown` where a drug is not known, or the
 * knowledge says nothing about one of its ingredients.
 */
tier: string, 
/**
 * Rules that see something, ordered.
 */
rules: Array<string>, };

export type ResolveAnswer = { 
/**
 * The code, as given.
 */
code: string, 
/**
 * RxNorm concept ids and names of its ingredients; empty where the code is not known.
 */
ingredients: Array<ResolvedIngredient>, 
/**
 * How it was recognised, in words.
 */
recognised: string | null, };

export type ResolvedIngredient = { 
/**
 * RxNorm concept id.
 */
rxcui: string, 
/**
 * Name.
 */
name: string, 
/**
 * Whether the knowledge says anything about it. Where not, it is recognised and not checked.
 */
covered: boolean, };

export type Evidence = "label" | "guideline" | "trial" | "cohort" | "case-reports" | "pharmacology";

export type NodeKind = "ingredient" | "class" | "pathway" | "effect" | "allergen-group";
