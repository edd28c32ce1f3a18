// The foot of every answer: what was checked, what was not, what stayed open, and by which knowledge. It never says "nothing"
// for "not all".

import type { CheckAnswer, CheckedAllergy, CheckedDrug, NotEvaluated, Notice } from "./answer.js";
import type { CdsError } from "./errors.js";
import { chartText, h } from "./dom.js";
import { switchedOffList, undecidedList } from "./gaps.js";
import { broomIcon, coverageIcon } from "./icons.js";
import type { Messages } from "./messages.js";

/** The verdict of an answer, and everything that keeps it from being an all-clear. */
export function verdict(answer: CheckAnswer, messages: Messages): HTMLElement {
  const findings = {
    alerts: answer.alerts.length,
    complete: answer.complete,
    undecided: answer.undecided.length,
    switchedOff: answer.switchedOff.length,
  };
  const extent = answer.complete && findings.undecided + findings.switchedOff === 0 ? "whole" : "part";
  return h(
    "section",
    { class: "coverage", part: "coverage", "aria-label": messages.title },
    h("p", { class: `verdict ${extent}`, part: "verdict" }, coverageIcon(extent), messages.verdict(findings)),
    h("p", { part: "summary" }, answer.summary),
    leftOut(answer, messages),
    undecidedList(answer, messages),
    switchedOffList(answer, messages),
  );
}

/** What was checked, how the chart was read, and the versions. */
export function basis(answer: CheckAnswer, messages: Messages): HTMLElement {
  const { provenance } = answer;
  return h(
    "section",
    { class: "coverage", part: "coverage", "aria-label": messages.whatWasChecked },
    whatWasChecked(answer, messages),
    issues(answer, messages),
    h(
      "p",
      { class: "versions", part: "versions" },
      `${messages.asOf} ${answer.asOf} · ${messages.engine} ${provenance.engine} · ${messages.pack} ${provenance.pack} ` +
        `${provenance.packVersion} (${provenance.packRevised}) · ${provenance.packSha256.slice(0, 12)}`,
    ),
  );
}

/** What is said where there is no answer. */
export function notChecked(error: CdsError, messages: Messages, retry: () => void): HTMLElement {
  return h(
    "section",
    { class: "coverage failed", part: "coverage failed", "aria-label": messages.notChecked },
    h("p", { class: "verdict none", part: "verdict" }, coverageIcon("none"), messages.notChecked),
    h("p", {}, messages.notCheckedHelp),
    h("p", { class: "quiet-text" }, ...sentence(`${error.message}; ${error.help}`), " (", h("code", {}, error.code), ")"),
    h("div", { class: "buttons" }, h("button", { type: "button", part: "button", onclick: retry }, messages.retry)),
  );
}

/** A message as a sentence: a capital first, what stands in backticks as code. */
function sentence(message: string): Array<Node | string> {
  const capital = message.charAt(0).toUpperCase() + message.slice(1);
  return `${capital}.`.split("`").map((part, place) => (place % 2 === 1 ? h("code", {}, part) : part));
}

/** What stands there before the first answer. */
export function noAnswerYet(text: string): HTMLElement {
  return h(
    "section",
    { class: "coverage", part: "coverage" },
    h("p", { class: "verdict" }, coverageIcon("waiting"), text),
  );
}

export function noticeList(notices: Notice[], messages: Messages): HTMLElement {
  return h(
    "section",
    { class: "notices", part: "notices", "aria-label": messages.notices },
    h("h3", {}, broomIcon(), messages.notices),
    h(
      "ul",
      {},
      ...notices.map((notice) =>
        h(
          "li",
          { "data-code": notice.code },
          notice.text,
          notice.facts.length > 0
            ? h(
                "details",
                { class: "more" },
                h("summary", {}, messages.facts),
                h("ul", {}, ...notice.facts.map((fact) => h("li", {}, h("code", {}, fact.resource), " ", chartText(fact.says)))),
              )
            : null,
        ),
      ),
    ),
  );
}

function leftOut(answer: CheckAnswer, messages: Messages): HTMLElement | null {
  if (answer.notEvaluated.length === 0) {
    return null;
  }
  return h(
    "div",
    { class: "left-out", part: "not-evaluated" },
    h("h3", {}, messages.notEvaluated(answer.notEvaluated.length)),
    h(
      "ul",
      {},
      ...answer.notEvaluated.map((entry) =>
        h(
          "li",
          { "data-reason": entry.reason },
          ...leftOutWords(entry, messages),
        ),
      ),
    ),
  );
}

function leftOutWords(entry: NotEvaluated, messages: Messages): Array<Node | string> {
  return [
    h("strong", {}, entry.named ? chartText(entry.named) : (messages.subjects[entry.subject] ?? entry.subject)),
    `: ${entry.text} `,
    h("code", { class: "resource" }, entry.resource),
  ];
}

/** Said above the alerts where the draft order itself could not be checked: silence would look like an all-clear. */
export function draftNotChecked(entries: NotEvaluated[], messages: Messages): HTMLElement {
  return h(
    "section",
    { class: "unchecked", part: "draft-not-checked", "aria-label": messages.draftNotChecked },
    h("p", { class: "verdict none" }, coverageIcon("none"), messages.draftNotChecked),
    h("p", {}, messages.draftNotCheckedHelp),
    ...entries.map((entry) => h("p", {}, ...leftOutWords(entry, messages))),
  );
}

function takesPart(drug: CheckedDrug): boolean {
  return drug.state === "active" || drug.state === "draft";
}

function isCompared(allergy: CheckedAllergy): boolean {
  return allergy.state === "checked";
}

function whatWasChecked({ checked }: CheckAnswer, messages: Messages): HTMLElement | null {
  if (checked.drugs.length + checked.allergies.length === 0) {
    return null;
  }
  const row = (name: string, state: string, recognised: string, given?: string) =>
    h(
      "tr",
      {},
      h("td", {}, h("strong", {}, chartText(name))),
      h("td", { class: "state" }, [messages.states[state] ?? state, given].filter(Boolean).join(" · ")),
      h("td", {}, chartText(recognised)),
    );
  const given = (drug: CheckedDrug) =>
    drug.routes.length > 0 ? messages.routes(drug.routes) : takesPart(drug) ? messages.routeNotKnown : undefined;
  return h(
    "details",
    { class: "more" },
    h(
      "summary",
      {},
      `${messages.whatWasChecked}: `,
      messages.counts(checked.drugs.filter(takesPart).length, checked.allergies.filter(isCompared).length, checked.pairs),
    ),
    checked.drugs.length > 0
      ? h(
          "table",
          {},
          h("caption", {}, messages.medications),
          h(
            "tbody",
            {},
            ...checked.drugs.map((drug) =>
              row(drug.ingredients.map((ingredient) => ingredient.name).join(" + "), drug.state, drug.recognised, given(drug)),
            ),
          ),
        )
      : null,
    checked.allergies.length > 0
      ? h(
          "table",
          {},
          h("caption", {}, messages.allergies),
          h("tbody", {}, ...checked.allergies.map((allergy) => row(allergy.allergen, allergy.state, allergy.recognised))),
        )
      : null,
  );
}

function issues(answer: CheckAnswer, messages: Messages): HTMLElement | null {
  if (answer.issues.length === 0) {
    return null;
  }
  const serious = answer.issues.some((issue) => issue.severity === "error");
  return h(
    "details",
    { class: "more", part: "issues", open: serious },
    h("summary", {}, messages.issues(answer.issues.length)),
    h(
      "ul",
      {},
      ...answer.issues.map((issue) =>
        h(
          "li",
          { "data-severity": issue.severity },
          `${issue.text} `,
          h("code", { class: "resource" }, issue.element ? `${issue.resource} ${issue.element}` : issue.resource),
        ),
      ),
    ),
  );
}
