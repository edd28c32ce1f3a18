// The page: patient, composer, alerts, orders to sign. Every check runs here, in the browser.

import { createClient, english, type Alert, type AlertReference, type CheckAnswer, type Client, type SitePolicy } from "@cds-founders/cds";

import { h } from "../../wasm-bindings/npm/src/dom.js";
import { Audit } from "./audit.js";
import { banner, chartPanels } from "./chart_panel.js";
import { readChart, type Bundle, type ChartView } from "./chart_view.js";
import { Composer, type Draft } from "./composer.js";
import { draftOrder, title } from "./products.js";

interface Scene {
  file: string;
  scene: string;
  try: string[];
}

const alerts = place("alerts") as HTMLElementTagNameMap["cds-alerts"];
const asOf = place("as-of") as HTMLInputElement;
const picker = place("patient") as HTMLSelectElement;
const policyPicker = place("policy") as HTMLSelectElement;

let scenes: Scene[] = [];
let bundle: Bundle;
let view: ChartView;
let unsigned: Draft[] = [];
let client: Client | undefined;
let elapsed: number | undefined;

const audit = new Audit(place("audit"));
const composer = new Composer(place("composer"), {
  changed: () => recheck(),
  added: (draft) => {
    unsigned.push(draft);
    recheck();
  },
});

start().catch(() => {
  place("banner").replaceChildren(h("p", {}, "The charts of this demonstration could not be read. Build the page again with npm run build."));
});

async function start(): Promise<void> {
  const starting = createClient();
  alerts.client = starting;
  starting.then((running) => (client = running)).catch(() => {});
  scenes = await json<Scene[]>("charts/index.json");
  const names = await Promise.all(scenes.map(async ({ file }) => readChart(await json<Bundle>(`charts/${file}`)).name));
  picker.replaceChildren(...scenes.map(({ scene }, place) => h("option", { value: String(place) }, `${names[place]} – ${scene}`)));
  picker.addEventListener("change", () => void open(Number(picker.value)));
  policyPicker.addEventListener("change", () => void choosePolicy(policyPicker.value));
  asOf.addEventListener("change", () => {
    if (asOf.validity.valid) {
      drawBanner();
      recheck();
    }
  });
  alerts.addEventListener("cds-answer", ({ detail }) => {
    elapsed = detail.elapsed;
    drawChart(detail.answer);
    drawStatus(detail.answer);
  });
  alerts.addEventListener("cds-error", () => drawStatus(undefined));
  alerts.addEventListener("cds-change", drawUnsigned);
  alerts.addEventListener("cds-accept", ({ detail }) => {
    audit.accepted(view.name, wordsOf(detail), detail);
    if (detail.action === "remove-draft" || detail.action === "change-draft") {
      dropDrafts(detail);
      if (detail.action === "change-draft") {
        composer.discard();
      }
      recheck();
    }
  });
  alerts.addEventListener("cds-override", ({ detail }) => audit.overridden(view.name, wordsOf(detail), detail));
  alerts.addEventListener("cds-withdraw", ({ detail }) => audit.add({ patient: view.name, action: "withdraw", text: wordsOf(detail), alert: detail }));
  await open(0);
}

async function open(number: number): Promise<void> {
  const scene = scenes[number];
  if (!scene) {
    return;
  }
  const chart = await json<Bundle>(`charts/${scene.file}`);
  if (picker.value !== String(number)) {
    return; // another patient was picked meanwhile
  }
  bundle = chart;
  view = readChart(bundle);
  unsigned = [];
  place("scene").textContent = `${scene.scene}.`;
  composer.reset(scene.try);
  alerts.answer = undefined;
  drawBanner();
  drawChart(undefined);
  recheck();
}

async function choosePolicy(name: string): Promise<void> {
  const policy = name === "" ? undefined : await json<SitePolicy>(`policies/${name}.json`);
  if (policyPicker.value === name) {
    alerts.policy = policy;
  }
}

/** Chart, draft and day as they are now; the element checks once for all three. */
function recheck(): void {
  alerts.chart = bundle;
  alerts.draft = drafts().map((draft) => draftOrder(draft.id, draft.product, draft.sig, view.patientId, asOf.value));
  alerts.asOf = asOf.value;
  drawUnsigned();
}

function drafts(): Draft[] {
  return composer.draft ? [...unsigned, composer.draft] : unsigned;
}

/** Takes away the drafts that an alert rests on. */
function dropDrafts(alert: AlertReference): void {
  const named = new Set(alert.resources);
  const concerned = (draft: Draft) => named.has(`MedicationRequest/${draft.id}`);
  unsigned = unsigned.filter((draft) => !concerned(draft));
  if (composer.draft && concerned(composer.draft)) {
    composer.reset();
  }
}

function wordsOf({ alertId }: AlertReference): string {
  const alert = alerts.answer?.alerts.find((one: Alert) => one.id === alertId);
  return alert ? `${english.signalWord(alert)}: ${alert.what}` : alertId;
}

/** Why the orders cannot be signed yet, or nothing. */
function held(): string | undefined {
  if (composer.draft) {
    return "Add the chosen drug to the orders, or discard it.";
  }
  if (alerts.busy) {
    return "Checking …";
  }
  const count = alerts.unanswered.length;
  if (count > 0) {
    return `${count === 1 ? "An alert needs" : `${count} alerts need`} an answer first.`;
  }
  if (alerts.canSign) {
    return undefined;
  }
  return alerts.answer ? "An order was not checked." : "Not checked.";
}

/** The orders that no check speaks for. */
function uncheckedOrders(): Draft[] {
  const ids = new Set(alerts.uncheckedDrafts.map((draft) => (draft as { id?: string } | null)?.id));
  return unsigned.filter((draft) => ids.has(draft.id));
}

function byHandWords(orders: Draft[]): string {
  if (alerts.error) {
    return "No check is available. I have checked these orders by hand.";
  }
  const names = orders.map((draft) => title(draft.product)).join(", ");
  return `Not checked: ${names}. I have checked ${orders.length > 1 ? "these orders" : "this order"} by hand.`;
}

function sign(): void {
  if (held() !== undefined) {
    alerts.focusUnanswered();
    return;
  }
  const unchecked = uncheckedOrders();
  for (const draft of unsigned) {
    const order = draftOrder(draft.id.replace("draft", "signed"), draft.product, draft.sig, view.patientId, asOf.value);
    bundle.entry.push({ resource: { ...order, status: "active", requester: { display: "this page" } } as never });
    audit.add({
      patient: view.name,
      action: "sign",
      text: `${title(draft.product)}, ${draft.sig.text}${unchecked.includes(draft) ? " (checked by hand)" : ""}`,
    });
  }
  unsigned = [];
  view = readChart(bundle);
  recheck();
}

function drawUnsigned(): void {
  const list = unsigned.map((draft) =>
    h(
      "li",
      { "data-draft": draft.id },
      h("span", { class: "main" }, title(draft.product)),
      h("span", { class: "sig" }, draft.sig.text),
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          "aria-label": `Remove ${title(draft.product)}`,
          onclick: () => {
            unsigned = unsigned.filter((one) => one !== draft);
            recheck();
          },
        },
        "Remove",
      ),
    ),
  );
  const reason = held();
  const byHand = h("input", {
    type: "checkbox",
    id: "by-hand",
    onchange: () => {
      alerts.checkedByHand = true;
    },
  });
  const unchecked = alerts.busy ? [] : uncheckedOrders();
  const nothing = composer.draft ? "The chosen drug is not among the orders yet." : "No order waits to be signed.";
  const focused = document.activeElement?.id;
  place("unsigned").replaceChildren(
    list.length > 0 ? h("ul", { class: "orders" }, ...list) : h("p", { class: "faint" }, nothing),
    ...(unchecked.length > 0 && !alerts.checkedByHand ? [h("label", { class: "by-hand" }, byHand, h("span", {}, byHandWords(unchecked)))] : []),
    h(
      "div",
      { class: "buttons sign" },
      h(
        "button",
        {
          type: "button",
          class: "primary",
          id: "sign",
          "aria-disabled": String(unsigned.length === 0 || reason !== undefined),
          "aria-describedby": "held",
          onclick: () => unsigned.length > 0 && sign(),
        },
        unsigned.length > 1 ? `Sign ${unsigned.length} orders` : "Sign",
      ),
      h("span", { id: "held", class: "held", role: "status" }, unsigned.length > 0 || composer.draft ? reason ?? "Ready to sign." : ""),
    ),
  );
  if (focused === "sign" || focused === "by-hand") {
    (document.getElementById("by-hand") ?? place("sign")).focus();
  }
}

function drawBanner(): void {
  place("banner").replaceChildren(...banner(view, asOf.value));
}

function drawChart(answer: CheckAnswer | undefined): void {
  const closed = new Set([...document.querySelectorAll("#chart details:not([open]) h2")].map((one) => one.textContent));
  const panels = chartPanels(view, asOf.value, answer);
  for (const panel of panels) {
    if (closed.has(panel.querySelector("h2")?.textContent ?? "")) {
      panel.removeAttribute("open");
    }
  }
  place("chart").replaceChildren(...panels);
}

function drawStatus(answer: CheckAnswer | undefined): void {
  const part = (name: string, value: string) => h("span", {}, `${name} `, h("strong", {}, value));
  const engine = client?.milliseconds;
  place("status").replaceChildren(
    h("span", {}, "Nothing leaves this page: the chart is read and checked in this browser."),
    ...(answer
      ? [
          part("Engine in", client?.runsIn === "main-thread" ? "the page" : "a worker"),
          part("Last check", `${(elapsed ?? 0).toFixed(1)} ms${engine === undefined ? "" : `, of which engine ${engine.toFixed(1)} ms`}`),
          part("Knowledge", `${answer.provenance.pack} ${answer.provenance.packVersion}`),
          part("SHA-256", `${answer.provenance.packSha256.slice(0, 12)}…`),
        ]
      : [part("Last check", "none")]),
  );
}

async function json<T>(address: string): Promise<T> {
  const response = await fetch(address);
  if (!response.ok) {
    throw new Error(`${address}: status ${response.status}`);
  }
  return (await response.json()) as T;
}

function place(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) {
    throw new Error(`the page has no #${id}`);
  }
  return element;
}
