// The chart beside the orders: banner, problems, medications, allergies, results.

import type { CheckAnswer } from "@cds-founders/cds";

import { chartText, drawing, h } from "../../wasm-bindings/npm/src/dom.js";
import { ageOn, type ChartView, type LabEntry, type MedicationEntry } from "./chart_view.js";

/** What has to be in sight while ordering: who, how old, how heavy, which allergies, how the kidneys do. */
export function banner(view: ChartView, asOf: string): HTMLElement[] {
  const cell = (name: string, ...content: Array<string | Node>) =>
    h("div", { class: "cell" }, h("span", { class: "name" }, name), h("span", { class: "value" }, ...content));
  const measured = (entry: LabEntry | undefined) =>
    entry
      ? [h("span", { class: entry.flag ? "flagged" : "" }, `${entry.value} ${entry.unit}`, entry.flag ? h("span", { class: "flag" }, entry.flag === "high" ? " ▲ high" : " ▼ low") : null), h("small", {}, shortDay(entry.day, asOf))]
      : ["not in this chart"];
  return [
    h(
      "div",
      { class: "who" },
      h("h2", {}, chartText(view.name)),
      h("p", {}, `${ageOn(asOf, view.birthDate)} years · ${view.sex} · born ${view.birthDate}`),
      h("p", { class: "faint" }, [view.mrn, view.language].filter(Boolean).join(" · ")),
    ),
    cell(
      "Allergies",
      ...view.allergies.map((one) =>
        h("span", { class: one.severe ? "allergy severe" : one.none ? "allergy none" : "allergy" }, one.severe ? warningMark() : null, chartText(one.text)),
      ),
    ),
    cell("Weight", ...measured(view.weight)),
    cell("eGFR", ...measured(view.kidney)),
  ];
}

function warningMark(): SVGSVGElement {
  return drawing(
    "icon",
    { class: "shape", d: "M12 2.2a1.6 1.6 0 0 1 1.4.8l9 16a1.6 1.6 0 0 1-1.4 2.4H3a1.6 1.6 0 0 1-1.4-2.4l9-16a1.6 1.6 0 0 1 1.4-.8z" },
    { class: "mark", d: "M12 9v5.2M12 17.6v.2" },
  );
}

/** The chart's lists; what the latest answer could not check is marked where it stands. */
export function chartPanels(view: ChartView, asOf: string, answer: CheckAnswer | undefined): HTMLElement[] {
  const leftOut = new Map((answer?.notEvaluated ?? []).map((entry) => [entry.resource, entry.reason]));
  return [
    panel(
      "Problems",
      view.problems.length,
      h("ul", { class: "problems" }, ...view.problems.map((one) => h("li", {}, h("span", { class: "main" }, chartText(one.text)), h("small", {}, chartText(one.detail))))),
    ),
    panel("Medications", view.medications.length, h("ul", {}, ...view.medications.map((one) => medicationRow(one, leftOut.get(one.id))))),
    panel(
      "Allergies and intolerances",
      view.allergies.filter((one) => !one.none).length,
      h(
        "ul",
        {},
        ...view.allergies.map((one) =>
          h("li", {}, h("span", { class: "main" }, chartText(one.text), tag(leftOut.get(one.id))), h("small", {}, chartText(one.detail))),
        ),
      ),
    ),
    panel("Results", undefined, resultTable(view.labs, asOf, "Laboratory")),
    panel("Measurements", undefined, resultTable(view.vitals, asOf, "Vital signs")),
  ];
}

function medicationRow(one: MedicationEntry, leftOut: string | undefined): HTMLElement {
  return h(
    "li",
    { "data-resource": one.id },
    h("span", { class: "main" }, chartText(one.text), one.status === "active" ? null : h("span", { class: "tag" }, one.status), tag(leftOut)),
    h("span", { class: "sig" }, chartText(one.sig)),
    h("small", {}, chartText(one.detail)),
  );
}

const LEFT_OUT: Record<string, string> = { stale: "old order, not checked", "on-hold": "not checked" };

function tag(leftOut: string | undefined): HTMLElement | null {
  return leftOut === undefined ? null : h("span", { class: "tag unknown" }, LEFT_OUT[leftOut] ?? "not checked");
}

function panel(title: string, count: number | undefined, content: HTMLElement): HTMLElement {
  return h(
    "details",
    { class: "panel", open: true },
    h("summary", {}, h("h2", {}, title), count === undefined ? null : h("span", { class: "count" }, String(count))),
    content,
  );
}

function resultTable(entries: LabEntry[], asOf: string, caption: string): HTMLElement {
  return h(
    "table",
    {},
    h("caption", { class: "hidden-text" }, caption),
    h(
      "thead",
      { class: "hidden-text" },
      h("tr", {}, ...["Test", "Result", "Day"].map((name) => h("th", { scope: "col" }, name))),
    ),
    h(
      "tbody",
      {},
      ...entries.map((one) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, one.name.replace(/^eGFR .*/, "eGFR"), h("small", {}, context(one, asOf))),
          h(
            "td",
            { class: "number" },
            h("span", { class: one.flag ? "flagged" : "" }, one.value, one.flag ? h("span", { class: "flag" }, one.flag === "high" ? " ▲ high" : " ▼ low") : null),
            one.unit === one.name ? null : h("small", {}, one.unit),
          ),
          h("td", { class: "faint" }, h("time", { datetime: one.day }, shortDay(one.day, asOf))),
        ),
      ),
    ),
  );
}

/** The usual range and the result before. */
function context(one: LabEntry, asOf: string): string {
  const usual = one.range && `usual ${one.range}`;
  const before = one.before && `was ${one.before.value} on ${shortDay(one.before.day, asOf)}`;
  return [usual, before].filter(Boolean).join(", ");
}

/** `Nov 19` in the year of the page's day, with the year in any other. */
function shortDay(day: string, asOf: string): string {
  const date = new Date(`${day.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) {
    return day;
  }
  const year = day.slice(0, 4) === asOf.slice(0, 4) ? {} : ({ year: "numeric" } as const);
  return date.toLocaleDateString("en-US", { month: "short", day: "numeric", timeZone: "UTC", ...year });
}
