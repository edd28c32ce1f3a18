// `<cds-alerts>`: checks a chart and a draft order, shows what was found, and takes the prescriber's answer.

import { alertCard, mustAnswer, type AlertResponse, type Card } from "./alert-card.js";
import type { Alert, CheckAnswer, Tier } from "./answer.js";
import sheetText from "./cds-alerts.css";
import type { Client, SitePolicy } from "./client.js";
import { basis, draftNotChecked, noAnswerYet, noticeList, notChecked, verdict } from "./coverage.js";
import { drawing, h } from "./dom.js";
import { uncheckedDrafts, type DraftsLeftOut } from "./drafts.js";
import { CdsError, errorOf, failureOf } from "./errors.js";
import { english, type ActionCode, type Messages, type OverrideReason } from "./messages.js";

export type { AlertResponse } from "./alert-card.js";
export { english, type ActionCode, type Messages, type OverrideReason } from "./messages.js";

/** Which alert of which knowledge an answer was given to. */
export interface AlertReference {
  alertId: string;
  ruleIds: string[];
  problem: string;
  tier: Tier;
  /** RxNorm ingredients of the alert. */
  drugs: string[];
  /** The resources that the alert rests on; a draft order is among them. */
  resources: string[];
  asOf: string;
  packVersion: string;
  packSha256: string;
}

/** What the `cds-accept` event carries. */
export interface AcceptDetail extends AlertReference {
  action: ActionCode;
}

/** What the `cds-override` event carries. */
export interface OverrideDetail extends AlertReference {
  reason: OverrideReason;
  comment: string;
}

/** What the `cds-answer` event carries. */
export interface AnswerDetail {
  answer: CheckAnswer;
  /** How long the check took, there and back, in milliseconds. */
  elapsed: number;
}

declare global {
  interface HTMLElementTagNameMap {
    "cds-alerts": CdsAlerts;
  }

  interface GlobalEventHandlersEventMap {
    "cds-accept": CustomEvent<AcceptDetail>;
    "cds-override": CustomEvent<OverrideDetail>;
    /** An answer was taken back. */
    "cds-withdraw": CustomEvent<AlertReference>;
    "cds-answer": CustomEvent<AnswerDetail>;
    /** There is no answer: nothing was checked. */
    "cds-error": CustomEvent<{ error: CdsError }>;
    /** `canSign` may have changed. */
    "cds-change": CustomEvent<null>;
  }
}

/** Where a page has no custom elements, such as on a server, the module still loads. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

let sheet: CSSStyleSheet | undefined;

export class CdsAlerts extends Base {
  #client: Promise<Client> | undefined;
  #chart: unknown;
  #draft: unknown[] = [];
  #asOf = "";
  #policy: SitePolicy | undefined;
  #messages = english;

  #answer: CheckAnswer | undefined;
  #error: CdsError | undefined;
  #byHand = false;
  #busy = false;
  #scheduled = false;
  #turn = 0;
  #responses = new Map<string, Given>();
  #cards = new Map<string, { fingerprint: string; card: Card }>();
  #groups: Group[] = [];

  readonly #root: ShadowRoot;
  readonly #title = h("h2", {});
  readonly #pill = h("span", { class: "pill", part: "status" });
  readonly #body = h("div", { class: "body", part: "alerts" });
  readonly #unchecked = h("div", { role: "status" });
  readonly #foot = h("div", { part: "foot" });
  readonly #live = h("div", { class: "hidden-text", "aria-live": "polite", "aria-atomic": "true" });

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(sheetText);
    }
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.append(
      h("div", { class: "head", part: "head" }, drawing("icon", SHIELD_OUTLINE, SHIELD_CROSS), this.#title, this.#pill),
      this.#live,
      this.#unchecked,
      this.#body,
      this.#foot,
    );
  }

  connectedCallback(): void {
    if (!this.hasAttribute("role")) {
      this.setAttribute("role", "region");
    }
    if (!this.hasAttribute("aria-label") && !this.hasAttribute("aria-labelledby")) {
      this.setAttribute("aria-label", this.#messages.title);
    }
    addEventListener("beforeprint", this.#openForPrint);
    addEventListener("afterprint", this.#closeAfterPrint);
    this.#render();
  }

  disconnectedCallback(): void {
    removeEventListener("beforeprint", this.#openForPrint);
    removeEventListener("afterprint", this.#closeAfterPrint);
  }

  /** The engine, running or on its way. Where it does not start, the element says "not checked". */
  get client(): Client | Promise<Client> | undefined {
    return this.#client;
  }
  set client(client: Client | Promise<Client> | undefined) {
    this.#client = client && Promise.resolve(client);
    this.#client?.catch(() => {});
    this.#schedule();
  }

  /** The chart: a FHIR R4 Bundle, a resource, or an array of them. */
  get chart(): unknown {
    return this.#chart;
  }
  set chart(chart: unknown) {
    this.#chart = chart;
    this.#schedule();
  }

  /** Orders that are not signed yet: a MedicationRequest or an array of them. */
  get draft(): unknown {
    return this.#draft;
  }
  set draft(draft: unknown) {
    this.#draft = draft === undefined || draft === null ? [] : Array.isArray(draft) ? draft : [draft];
    this.#schedule();
  }

  /** The day that the answer shall be true for, `YYYY-MM-DD`. */
  get asOf(): string {
    return this.#asOf;
  }
  set asOf(day: string) {
    this.#asOf = day;
    this.#schedule();
  }

  /** The site's policy. */
  get policy(): SitePolicy | undefined {
    return this.#policy;
  }
  set policy(policy: SitePolicy | undefined) {
    this.#policy = policy;
    this.#schedule();
  }

  /** What is shown. Set it where the host checks by itself, for example with CDS Hooks. */
  get answer(): CheckAnswer | undefined {
    return this.#answer;
  }
  set answer(answer: CheckAnswer | undefined) {
    this.#turn++;
    this.#take(answer);
  }

  /** Why there is no answer. */
  get error(): CdsError | undefined {
    return this.#error;
  }

  /** Words to use in place of English ones. */
  get messages(): Partial<Messages> {
    return this.#messages;
  }
  set messages(messages: Partial<Messages>) {
    this.#messages = { ...english, ...messages };
    this.#cards.clear();
    this.#render();
  }

  /** Whether a check is under way: what is shown may be out of date. */
  get busy(): boolean {
    return this.#busy || this.#scheduled;
  }

  /** Interrupting alerts about the draft that have no answer yet. */
  get unanswered(): Alert[] {
    return (this.#answer?.alerts ?? []).filter((alert) => mustAnswer(alert) && !this.responseTo(alert));
  }

  /** Drafts that the answer says nothing about: unreadable, unknown or another patient's. Without an answer, all of them. */
  get uncheckedDrafts(): unknown[] {
    return this.#answer ? this.#leftOut(this.#answer).drafts : [...this.#draft];
  }

  /**
   * Whether the prescriber said that what could not be checked here was checked by hand. The host asks and sets it; any new
   * question or answer takes it back.
   */
  get checkedByHand(): boolean {
    return this.#byHand;
  }
  set checkedByHand(checked: boolean) {
    // What is still being checked cannot have been missed yet.
    const byHand = checked && !this.busy;
    if (byHand !== this.#byHand) {
      this.#byHand = byHand;
      this.#emit("cds-change", null);
    }
  }

  /**
   * Whether a host may sign the draft: every interrupting alert about it has an answer, and it was checked, by the engine or
   * else by hand.
   */
  get canSign(): boolean {
    const checked = this.#answer !== undefined && this.#leftOut(this.#answer).drafts.length === 0;
    const asked = this.#answer !== undefined || this.#error !== undefined;
    return !this.busy && asked && (checked || this.#byHand) && this.unanswered.length === 0;
  }

  #leftOut(answer: CheckAnswer): DraftsLeftOut {
    return uncheckedDrafts(this.#draft, answer);
  }

  /** What was answered to an alert. */
  responseTo(alert: Alert): AlertResponse | undefined {
    const given = this.#responses.get(alert.id);
    return given && holdsFor(given, alert) ? given.response : undefined;
  }

  /** Checks again now. */
  async check(): Promise<void> {
    this.#scheduled = false;
    const client = this.#client;
    if (!client || this.#chart === undefined || this.#asOf === "") {
      return;
    }
    const turn = ++this.#turn;
    this.#byHand = false;
    this.#setBusy(true);
    const begin = performance.now();
    try {
      const charts = Array.isArray(this.#chart) ? (this.#chart as unknown[]) : [this.#chart];
      const answer = await (await client).check({
        asOf: this.#asOf,
        charts,
        ...(this.#draft.length > 0 && { draft: this.#draft }),
        ...(this.#policy && { policy: this.#policy }),
      });
      if (turn === this.#turn) {
        this.#take(answer);
        this.#emit("cds-answer", { answer, elapsed: performance.now() - begin });
      }
    } catch (cause) {
      const error = cause instanceof CdsError ? cause : errorOf(failureOf(cause));
      if (turn === this.#turn && error.code !== "superseded") {
        this.#fail(error);
      }
    }
  }

  /** Brings the first alert that needs an answer into view and puts the focus on it. */
  focusUnanswered(): boolean {
    const first = this.unanswered[0];
    const card = first && this.#cards.get(first.id)?.card;
    if (!card) {
      return false;
    }
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    card.element.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
    card.focus();
    return true;
  }

  /** Several properties that are set one after the other make one check. */
  #schedule(): void {
    if (this.#scheduled) {
      return;
    }
    this.#scheduled = true;
    this.#byHand = false;
    this.#turn++;
    queueMicrotask(() => {
      if (this.#scheduled) {
        void this.check();
      }
    });
  }

  #take(answer: CheckAnswer | undefined): void {
    const samePatient = this.#answer?.patient.resources.join() === answer?.patient.resources.join();
    this.#answer = answer;
    this.#error = undefined;
    this.#byHand = false;
    const given = samePatient ? [...this.#responses.values()] : [];
    this.#responses.clear();
    for (const alert of answer?.alerts ?? []) {
      const same = given.find((one) => one.alert.id === alert.id && holdsFor(one, alert)) ?? given.find((one) => signed(one, alert));
      if (same) {
        this.#responses.set(alert.id, { response: same.response, alert });
      }
    }
    if (!samePatient) {
      this.#cards.clear();
    }
    this.#setBusy(false);
    this.#render();
    this.#announce(answer ? this.#messages.announce(answer, this.unanswered.length) : "");
    this.#emit("cds-change", null);
  }

  /** Alerts of an older state must not stand beside "not checked". */
  #fail(error: CdsError): void {
    this.#answer = undefined;
    this.#error = error;
    this.#byHand = false;
    this.#setBusy(false);
    this.#render();
    this.#announce(`${this.#messages.notChecked}. ${this.#messages.notCheckedHelp}`);
    this.#emit("cds-error", { error });
    this.#emit("cds-change", null);
  }

  #setBusy(busy: boolean): void {
    this.#busy = busy;
    this.toggleAttribute("busy", busy);
    this.#body.setAttribute("aria-busy", String(busy));
    if (busy) {
      this.#emit("cds-change", null);
    }
  }

  #announce(text: string): void {
    const urgent = this.unanswered.length > 0 || this.#error !== undefined;
    this.#live.setAttribute("aria-live", urgent ? "assertive" : "polite");
    if (this.#live.textContent !== text) {
      this.#live.textContent = text;
    }
  }

  #emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #render(): void {
    const messages = this.#messages;
    this.#title.textContent = messages.title;
    this.#renderPill();
    const answer = this.#answer;
    if (!answer) {
      this.#cards.clear();
      this.#groups = [];
      this.#body.replaceChildren();
      this.#unchecked.replaceChildren();
      this.#foot.replaceChildren(
        this.#error
          ? notChecked(this.#error, messages, () => void this.check())
          : noAnswerYet(this.#busy ? messages.checking : messages.idle),
      );
      return;
    }
    const { drafts, entries } = this.#leftOut(answer);
    this.#unchecked.replaceChildren(...(drafts.length > 0 ? [draftNotChecked(entries, messages)] : []));
    this.#renderAlerts(answer);
    this.#foot.replaceChildren(
      verdict(answer, messages),
      ...(answer.notices.length > 0 ? [noticeList(answer.notices, messages)] : []),
      basis(answer, messages),
    );
  }

  #renderPill(): void {
    const waiting = this.unanswered.length;
    this.#pill.hidden = waiting === 0;
    this.#pill.className = waiting > 0 ? "pill urgent" : "pill";
    this.#pill.textContent = waiting > 0 ? this.#messages.waiting(waiting) : "";
  }

  #renderAlerts(answer: CheckAnswer): void {
    const messages = this.#messages;
    const reviewing = !answer.checked.drugs.some((drug) => drug.state === "draft") && this.#draft.length === 0;
    const quiet = answer.alerts.filter(isQuiet);
    const about = answer.alerts.filter((alert) => alert.involvesDraft && !isQuiet(alert));
    const among = answer.alerts.filter((alert) => !alert.involvesDraft && !isQuiet(alert));
    const loud = (alert: Alert) => alert.interrupts && (alert.involvesDraft || (reviewing && !this.responseTo(alert)));
    const groups: Group[] = [];
    if (about.length > 0) {
      groups.push(this.#group("draft", messages.aboutNewOrder, false, about, loud));
    }
    const [highest] = among;
    if (highest) {
      const title = reviewing ? messages.alreadyOnChartAlone : messages.alreadyOnChart(among.length, highest);
      groups.push(this.#group("chart", title, !reviewing, among, loud));
    }
    if (quiet.length > 0) {
      const ordered = [...quiet].sort((one, other) => Number(other.involvesDraft) - Number(one.involvesDraft));
      const title = messages.testsAndFood(quiet.length, quiet.filter((alert) => alert.involvesDraft).length);
      groups.push(this.#group("quiet", title, true, ordered, loud));
    }
    const current = new Set(answer.alerts.map((alert) => alert.id));
    for (const id of this.#cards.keys()) {
      if (!current.has(id)) {
        this.#cards.delete(id);
      }
    }
    const unchanged =
      groups.length === this.#groups.length &&
      groups.every((group, place) => sameGroup(group, this.#groups[place]));
    if (!unchanged) {
      const isOpen = ({ name }: Group) =>
        this.#body.querySelector<HTMLDetailsElement>(`details[data-group="${name}"]`)?.open ?? false;
      const drawn = groups.map((group) => ({ group, open: isOpen(group) }));
      this.#groups = groups;
      keepingFocus(this.#root, () => this.#body.replaceChildren(...drawn.map(({ group, open }) => drawGroup(group, open))));
    }
  }

  #group(name: string, title: string, folded: boolean, alerts: Alert[], loud: (alert: Alert) => boolean): Group {
    return { name, title, folded, cards: alerts.map((alert) => this.#card(alert, !loud(alert)).element) };
  }

  /** A card is kept while its alert stays the same, with what was opened and typed in it. */
  #card(alert: Alert, folded: boolean): Card {
    const fingerprint = `${folded} ${JSON.stringify(alert)}`;
    const known = this.#cards.get(alert.id);
    if (known?.fingerprint === fingerprint) {
      return known.card;
    }
    const card = alertCard(alert, folded, this.#messages, {
      answered: (response) => this.#respond(alert, response),
      withdrawn: () => this.#withdraw(alert),
    });
    const response = this.responseTo(alert);
    if (response) {
      card.setResponse(response);
    }
    this.#cards.set(alert.id, { fingerprint, card });
    return card;
  }

  #respond(alert: Alert, response: AlertResponse): void {
    this.#responses.set(alert.id, { response, alert });
    this.#cards.get(alert.id)?.card.setResponse(response);
    this.#renderPill();
    if (response.kind === "accept") {
      this.#emit("cds-accept", { ...this.#reference(alert), action: response.action } satisfies AcceptDetail);
    } else {
      const { reason, comment } = response;
      this.#emit("cds-override", { ...this.#reference(alert), reason, comment } satisfies OverrideDetail);
    }
    this.#emit("cds-change", null);
  }

  #withdraw(alert: Alert): void {
    this.#responses.delete(alert.id);
    const card = this.#cards.get(alert.id)?.card;
    card?.setResponse(undefined);
    card?.element.querySelector<HTMLElement>(".response button")?.focus();
    this.#renderPill();
    this.#emit("cds-withdraw", this.#reference(alert));
    this.#emit("cds-change", null);
  }

  #reference(alert: Alert): AlertReference {
    const answer = this.#answer;
    return {
      alertId: alert.id,
      ruleIds: alert.reasons.map((reason) => reason.rule),
      problem: alert.problem,
      tier: alert.tier,
      drugs: alert.drugs.map((drug) => drug.rxcui),
      resources: alert.facts.map((fact) => fact.resource),
      asOf: answer?.asOf ?? "",
      packVersion: answer?.provenance.packVersion ?? "",
      packSha256: answer?.provenance.packSha256 ?? "",
    };
  }

  #openedForPrint: HTMLDetailsElement[] = [];

  readonly #openForPrint = (): void => {
    this.#openedForPrint = [...this.#root.querySelectorAll<HTMLDetailsElement>("details:not([open])")];
    for (const details of this.#openedForPrint) {
      details.open = true;
    }
  };

  readonly #closeAfterPrint = (): void => {
    for (const details of this.#openedForPrint) {
      details.open = false;
    }
    this.#openedForPrint = [];
  };
}

const SHIELD_OUTLINE = { class: "stroke", d: "M12 2.5l8 3v6c0 5-3.4 8.4-8 10-4.6-1.6-8-5-8-10v-6z" };
const SHIELD_CROSS = { class: "stroke", d: "M8.2 12l2.7 2.7 5-5.4" };

/** An answer, and the alert as it was when it was given. */
interface Given {
  response: AlertResponse;
  alert: Alert;
}

function words({ problem, tier, what, consequence, steps }: Alert): string {
  return JSON.stringify([problem, tier, what, consequence, steps]);
}

function saidBy(alert: Alert): string {
  return JSON.stringify([words(alert), alert.drugs.map((drug) => drug.rxcui), alert.reasons.map((reason) => reason.rule)]);
}

/**
 * An answer holds while the alert says the same of the same drugs. One that was given to the current medications does not
 * speak for a new order.
 */
function holdsFor(given: Given, alert: Alert): boolean {
  return saidBy(given.alert) === saidBy(alert) && (given.alert.involvesDraft || !alert.involvesDraft);
}

/**
 * An answer that was given to a draft still holds when the order has been signed. What was said about the other medications
 * may then have joined the alert, and advice that is for new orders only has left it.
 */
function signed(given: Given, alert: Alert): boolean {
  const drugs = new Set(alert.drugs.map((drug) => drug.rxcui));
  const holds = words(given.alert) === words(alert) && given.alert.drugs.every((drug) => drugs.has(drug.rxcui));
  return holds && given.alert.involvesDraft && !alert.involvesDraft;
}

/** Tests that are due and advice on food stand at the end, unless they interrupt. */
function isQuiet({ kind, interrupts }: Alert): boolean {
  return (kind === "monitoring" || kind === "food") && !interrupts;
}

/** Alerts under one heading. */
interface Group {
  name: string;
  title: string;
  folded: boolean;
  cards: HTMLElement[];
}

function sameGroup(one: Group, other: Group | undefined): boolean {
  return (
    other !== undefined &&
    one.name === other.name &&
    one.title === other.title &&
    one.folded === other.folded &&
    one.cards.length === other.cards.length &&
    one.cards.every((card, place) => card === other.cards[place])
  );
}

function drawGroup({ name, title, folded, cards }: Group, open: boolean): HTMLElement {
  const rows = h("div", { class: "rows" }, ...cards);
  return folded
    ? h("details", { class: "group", "data-group": name, open }, h("summary", {}, title), rows)
    : h("div", { class: "group", "data-group": name }, h("h3", {}, title), rows);
}

/** Moving an element makes it lose the focus: gives it back. */
function keepingFocus(root: ShadowRoot, change: () => void): void {
  const focused = root.activeElement;
  change();
  if (focused instanceof HTMLElement && focused.isConnected && root.activeElement !== focused) {
    focused.focus({ preventScroll: true });
  }
}

/** Registers the element. Importing this module does it under the name `cds-alerts`. */
export function defineCdsAlerts(name = "cds-alerts"): void {
  if (globalThis.customElements && !customElements.get(name)) {
    customElements.define(name, CdsAlerts);
  }
}

defineCdsAlerts();
