// What an answer leaves open: questions that the chart does not decide, and rules that the site switched off.

import type { AlertDrug, CheckAnswer, SwitchedOff, Undecided } from "./answer.js";
import { chartText, h } from "./dom.js";
import { offIcon, unknownIcon } from "./icons.js";
import type { Messages } from "./messages.js";

/** Questions about the current medications that stand open; more of them fold. */
const FEW = 3;

/** The questions that the chart does not decide; those about the draft come first and stand open. */
export function undecidedList({ undecided }: CheckAnswer, messages: Messages): HTMLElement | null {
  if (undecided.length === 0) {
    return null;
  }
  const about = undecided.filter((entry) => entry.involvesDraft);
  const others = undecided.filter((entry) => !entry.involvesDraft);
  const folds = others.length > (about.length > 0 ? 0 : FEW);
  const list = (entries: Undecided[]) => h("ul", {}, ...entries.map((entry) => question(entry, messages)));
  return h(
    "div",
    { class: "left-out open", part: "undecided" },
    h("h3", {}, unknownIcon(), messages.undecided(undecided.length)),
    h("p", {}, messages.undecidedHelp),
    about.length > 0 ? h("p", { class: "label" }, messages.aboutNewOrder) : null,
    about.length > 0 ? list(about) : null,
    folds
      ? h("details", { class: "more", "data-group": "undecided" }, h("summary", {}, messages.undecidedOthers(others.length)), list(others))
      : null,
    others.length > 0 && !folds ? list(others) : null,
  );
}

function question(entry: Undecided, messages: Messages): HTMLElement {
  // The text names most drugs; what it does not name stands beside it.
  const beside = entry.drugs.filter((drug) => !entry.text.includes(drug.name));
  return h(
    "li",
    { "data-missing": entry.missing, "data-draft": entry.involvesDraft },
    entry.text,
    drugList(beside, messages),
    entry.resources.length > 0
      ? h("p", { class: "resources" }, ...entry.resources.flatMap((resource) => [h("code", { class: "resource" }, resource), " "]))
      : null,
  );
}

/** The rules that the site switched off and that would have fired here. */
export function switchedOffList({ switchedOff }: CheckAnswer, messages: Messages): HTMLElement | null {
  if (switchedOff.length === 0) {
    return null;
  }
  const draftFirst = [...switchedOff].sort((one, other) => Number(hasDraft(other)) - Number(hasDraft(one)));
  return h(
    "div",
    { class: "left-out off", part: "switched-off" },
    h("h3", {}, offIcon(), messages.switchedOff(switchedOff.length)),
    h("ul", {}, ...draftFirst.map((entry) => rule(entry, messages))),
  );
}

function hasDraft({ drugs }: SwitchedOff): boolean {
  return drugs.some((drug) => drug.draft);
}

function rule(entry: SwitchedOff, messages: Messages): HTMLElement {
  return h(
    "li",
    { "data-rule": entry.rule },
    h("strong", {}, entry.title),
    ` (${messages.switchedOffTier(messages.tier[entry.tier])}) `,
    h("code", { class: "resource" }, entry.rule),
    drugList(entry.drugs, messages),
    h("p", {}, chartText(messages.switchedOffBy(entry))),
  );
}

/** Drugs as chips; the new order says so. */
export function drugList(drugs: AlertDrug[], messages: Messages, ...further: Array<HTMLElement | null>): HTMLElement | null {
  if (drugs.length === 0) {
    return null;
  }
  return h(
    "ul",
    { class: "chips", "aria-label": messages.drugs },
    ...drugs.map((drug) =>
      h("li", { class: drug.draft ? "chip draft" : "chip" }, chartText(drug.name), drug.draft ? h("small", {}, messages.newOrder) : null),
    ),
    ...further,
  );
}
