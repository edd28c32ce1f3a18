// Every word that the element says by itself. A host may replace any of them; what an alert says comes from the answer.

import type { Alert, AlertKind, CheckAnswer, Evidence, GraphPath, SwitchedOff, Tier } from "./answer.js";

/** What a prescriber does about an alert. */
export type ActionCode = "remove-draft" | "change-draft" | "monitor" | "change-medications";

/** Why a prescriber goes on in spite of an alert. */
export type OverrideReason =
  | "benefit-outweighs-risk"
  | "tolerated-before"
  | "will-monitor"
  | "inaccurate-alert"
  | "inaccurate-allergy"
  | "no-alternative"
  | "other";

/** What an answer says beside its alerts. Where one of these is not as it should be, no alert is no all-clear. */
export interface Findings {
  alerts: number;
  /** Whether every drug and every allergy could be checked. */
  complete: boolean;
  /** Questions that the chart does not decide. */
  undecided: number;
  /** Rules that the site switched off and that would have fired. */
  switchedOff: number;
}

/** The element's own words. */
export interface Messages {
  title: string;
  signalWord(alert: Alert): string;
  kind: Record<AlertKind, string>;
  tier: Record<Tier, string>;
  newOrder: string;
  aboutNewOrder: string;
  alreadyOnChart(count: number, highest: Alert): string;
  alreadyOnChartAlone: string;
  testsAndFood(count: number, aboutNewOrder: number): string;
  drugs: string;
  allergen: string;
  consequence: string;
  steps: string;
  changedTier(from: string, to: string, because: string): string;
  changedBySite(person: string, on: string): string;
  changedHere: string;
  tolerated(why: string): string;
  toleratedHere: string;
  notKnown(missing: string[]): string;
  answerNeeded: string;
  yourAnswer: string;
  accept: Record<ActionCode, (alert: Alert) => string>;
  accepted: Record<ActionCode, (alert: Alert) => string>;
  override: string;
  overrideTitle(alert: Alert): string;
  overrideReasons: Record<OverrideReason, string>;
  comment: string;
  commentNeeded: string;
  commentMissing: string;
  reasonMissing: string;
  saveOverride(alert: Alert): string;
  cancel: string;
  overridden(reason: string, comment: string): string;
  withdraw: string;
  why: string;
  whyAlso(count: number): string;
  rule: string;
  mechanism: string;
  path: string;
  pathInWords(path: GraphPath): string;
  facts: string;
  evidence: string;
  evidenceKinds: Record<Evidence, string>;
  source: string;
  openSource: string;
  developer: string;
  funding: string;
  release: string;
  revised: string;
  uses: string;
  usesNothing: string;
  notices: string;
  checking: string;
  idle: string;
  verdict(findings: Findings): string;
  notChecked: string;
  notCheckedHelp: string;
  retry: string;
  counts(drugs: number, allergies: number, pairs: number): string;
  notEvaluated(count: number): string;
  undecided(count: number): string;
  undecidedHelp: string;
  undecidedOthers(count: number): string;
  switchedOff(count: number): string;
  switchedOffTier(tier: string): string;
  switchedOffBy(entry: SwitchedOff): string;
  whatWasChecked: string;
  draftNotChecked: string;
  draftNotCheckedHelp: string;
  medications: string;
  allergies: string;
  states: Record<string, string>;
  routes(routes: string[]): string;
  routeNotKnown: string;
  subjects: Record<string, string>;
  issues(count: number): string;
  asOf: string;
  engine: string;
  pack: string;
  resource: string;
  waiting(count: number): string;
  announce(answer: CheckAnswer, unanswered: number): string;
}

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

const draftNames = (alert: Alert) => {
  const names = alert.drugs.filter((drug) => drug.draft).map((drug) => drug.name);
  return names.length > 0 ? names.join(" and ") : "this order";
};

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** US English. */
export const english: Messages = {
  title: "Safety check",
  signalWord: (alert) => alert.signalWord,
  kind: {
    "drug-interaction": "Drug interaction",
    "drug-allergy": "Drug allergy",
    "additive-effect": "Effects that add up",
    "duplicate-ingredient": "Same drug twice",
    "duplicate-class": "Same class twice",
    "drug-condition": "Drug and condition",
    kidney: "Kidney function",
    liver: "Liver function",
    pregnancy: "Pregnancy",
    lactation: "Breastfeeding",
    age: "Age",
    dose: "Dose",
    monitoring: "Test due",
    food: "Food and drug",
  },
  tier: { contraindicated: "contraindicated", major: "major", moderate: "moderate", minor: "minor" },
  newOrder: "new order",
  aboutNewOrder: "About the new order",
  alreadyOnChart: (count, highest) =>
    `${plural(count, "alert", "alerts")} among the current medications${count > 1 ? `, the highest: ${highest.signalWord}` : `: ${highest.signalWord}`}`,
  alreadyOnChartAlone: "Current medications",
  testsAndFood: (count, aboutNewOrder) =>
    `${plural(count, "note", "notes")} on tests and food${aboutNewOrder === 0 ? "" : `, ${aboutNewOrder === count ? "" : `${aboutNewOrder} `}about the new order`}`,
  drugs: "Drugs",
  allergen: "allergy",
  consequence: "What could happen",
  steps: "What to do",
  changedTier: (from, to, because) => `${capital(to)} instead of ${from}, because ${because.replace(/\.$/, "")}.`,
  changedBySite: (person, on) => `Changed by this site: ${person}, since ${on}.`,
  changedHere: "Tier changed by this site",
  tolerated: (why) => `Shown without interrupting. ${why}`,
  toleratedHere: "Taken together before",
  notKnown: (missing) => `Not known: ${missing.join("; ")}; the tier is the safe one without it.`,
  answerNeeded: "Answer needed before signing",
  yourAnswer: "Your answer",
  accept: {
    "remove-draft": (alert) => `Remove ${draftNames(alert)}`,
    "change-draft": (alert) => (alert.kind === "dose" ? "Change the dose" : "Choose something else"),
    monitor: (alert) => (alert.involvesDraft ? "Keep it and do the steps above" : "Do the steps above"),
    "change-medications": () => "Change the medications",
  },
  accepted: {
    "remove-draft": (alert) => `${draftNames(alert)} will not be ordered.`,
    "change-draft": (alert) =>
      alert.kind === "dose" ? `The dose of ${draftNames(alert)} will be changed.` : `${draftNames(alert)} will be replaced.`,
    monitor: () => "The steps above will be done.",
    "change-medications": () => "The medications will be changed.",
  },
  override: "Override …",
  overrideTitle: (alert) => (alert.involvesDraft ? `Order ${draftNames(alert)} anyway, because` : "Leave it as it is, because"),
  overrideReasons: {
    "benefit-outweighs-risk": "The benefit outweighs the risk",
    "tolerated-before": "The patient has tolerated this before",
    "will-monitor": "I will monitor as recommended",
    "inaccurate-alert": "The alert does not fit this patient",
    "inaccurate-allergy": "The recorded allergy is wrong",
    "no-alternative": "There is no suitable alternative",
    other: "Another reason",
  },
  comment: "Comment",
  commentNeeded: "Comment (needed for another reason)",
  commentMissing: "Say what the other reason is.",
  reasonMissing: "Choose a reason.",
  saveOverride: (alert) => (alert.involvesDraft ? "Save and keep the order" : "Save"),
  cancel: "Cancel",
  overridden: (reason, comment) => `Kept: ${reason}${comment ? `: ${comment}` : ""}`,
  withdraw: "Change the answer",
  why: "Why this alert?",
  whyAlso: (count) => `${plural(count, "further rule", "further rules")} saw the same problem`,
  rule: "Rule",
  mechanism: "Why it happens",
  path: "How the drugs lead to it",
  pathInWords: (path) =>
    path.nodes.map((node, place) => (place === 0 ? node.name : `${path.relations[place - 1] ?? ""} ${node.name}`)).join(", "),
  facts: "What it rests on in this chart",
  evidence: "Evidence",
  evidenceKinds: {
    label: "product label",
    guideline: "guideline",
    trial: "trial or pharmacokinetic study",
    cohort: "cohort studies",
    "case-reports": "case reports",
    pharmacology: "expected from pharmacology",
  },
  source: "Source",
  openSource: "open",
  developer: "Developed by",
  funding: "Funded by",
  release: "Release",
  revised: "Last checked against its source",
  uses: "Patient attributes that the rule reads",
  usesNothing: "none of race, ethnicity, language, sexual orientation, gender identity, sex, date of birth, social determinants, health-status assessments",
  notices: "To tidy up on this chart",
  checking: "Checking …",
  idle: "Nothing has been checked yet.",
  verdict: ({ alerts, complete, undecided, switchedOff }) => {
    const gaps = [
      undecided > 0 && `${plural(undecided, "question is", "questions are")} open`,
      switchedOff > 0 && `${plural(switchedOff, "rule that would have fired is", "rules that would have fired are")} switched off by this site`,
      !complete && "not everything could be checked",
    ].filter((gap) => gap !== false);
    const found = alerts > 0 ? plural(alerts, "alert", "alerts") : undecided > 0 ? "Nothing found in what could be decided" : "No alert";
    const [first, ...others] = gaps;
    if (first === undefined) {
      return `${alerts > 0 ? found : "Nothing found"}. Every current drug and allergy was checked.`;
    }
    const sentences = alerts > 0 ? [found, ...gaps] : [`${found}: ${first}`, ...others];
    return `${sentences.map(capital).join(". ")}.`;
  },
  notChecked: "Not checked",
  notCheckedHelp: "No drug and no allergy was checked. Check by hand, or try again.",
  retry: "Try again",
  counts: (drugs, allergies, pairs) =>
    `${plural(drugs, "drug", "drugs")} · ${plural(allergies, "allergy", "allergies")} · ${plural(pairs, "pair", "pairs")} compared`,
  notEvaluated: (count) => `${plural(count, "entry was", "entries were")} not checked`,
  undecided: (count) => `Not decided: ${plural(count, "question", "questions")}`,
  undecidedHelp: "The chart lacks what decides them. No alert about them means nothing.",
  undecidedOthers: (count) => `${plural(count, "question", "questions")} about the current medications`,
  switchedOff: (count) => `Switched off by this site: ${plural(count, "rule", "rules")} that would have fired`,
  switchedOffTier: (tier) => `would be ${tier}`,
  switchedOffBy: ({ person, on, reason }) => `${person}, since ${on}: ${reason}`,
  whatWasChecked: "What was checked",
  draftNotChecked: "The new order was not checked",
  draftNotCheckedHelp: "No alert about it means nothing. Check it by hand.",
  medications: "Drugs",
  allergies: "Allergies",
  states: {
    active: "checked",
    draft: "checked · new order",
    stale: "not checked · old order",
    "on-hold": "not checked · on hold",
    ended: "not checked · ended",
    checked: "checked",
    "not-a-drug": "no drug",
    "none-known": "none known",
    inactive: "not checked · inactive",
  },
  routes: (routes) => routes.join(", "),
  routeNotKnown: "route not known",
  subjects: { draft: "New order", drug: "Drug", allergy: "Allergy", resource: "Entry", file: "File", everything: "Everything" },
  issues: (count) => `${plural(count, "remark", "remarks")} on how the chart was read`,
  asOf: "As of",
  engine: "engine",
  pack: "knowledge",
  resource: "Resource",
  waiting: (count) => `${plural(count, "answer", "answers")} needed`,
  announce: (answer, unanswered) => {
    const first = answer.alerts[0];
    const needed = unanswered > 0 ? ` ${plural(unanswered, "answer is", "answers are")} needed before signing.` : "";
    return first ? `${first.signalWord}: ${first.what}. ${answer.summary}${needed}` : answer.summary;
  },
};
