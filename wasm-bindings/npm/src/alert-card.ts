// One alert: what, what could happen, what to do, the prescriber's answer and why.

import type { Alert, Fact, GraphPath, Reason, Tier, TierChange } from "./answer.js";
import { chartText, drawing, h } from "./dom.js";
import { drugList } from "./gaps.js";
import { changeIcon, clockIcon, kindIcon, tierIcon, unknownIcon } from "./icons.js";
import type { ActionCode, Messages, OverrideReason } from "./messages.js";

/** What a prescriber answered to an alert. */
export type AlertResponse =
  | { kind: "accept"; action: ActionCode }
  | { kind: "override"; reason: OverrideReason; comment: string };

/** How a card tells what happened in it. */
export interface CardEvents {
  answered(response: AlertResponse): void;
  withdrawn(): void;
}

/** A drawn alert. */
export interface Card {
  readonly element: HTMLElement;
  /** Shows that the answer is still needed, or no more. */
  setResponse(response: AlertResponse | undefined): void;
  focus(): void;
}

/** Draws an alert: whole, or folded into one line that opens. */
export function alertCard(alert: Alert, folded: boolean, messages: Messages, events: CardEvents): Card {
  const id = `alert-${alert.id.replace(/[^A-Za-z0-9_-]/g, "-")}`;
  const response = h("div", { class: "response", part: "response" });
  const needed = h("span", { class: "needed" });
  const tick = h("span", { class: "needed" });
  const content = h(
    "div",
    { class: "content" },
    folded ? null : h("h3", { class: "what", id: `${id}-what` }, alert.what),
    drugChips(alert, messages),
    remarks(alert, messages),
    h(
      "div",
      { class: "pair", id: `${id}-more` },
      h("div", {}, h("span", { class: "label" }, messages.consequence), h("p", {}, alert.consequence)),
      h(
        "div",
        {},
        h("span", { class: "label", id: `${id}-steps` }, messages.steps),
        h("ol", { class: "steps", "aria-labelledby": `${id}-steps` }, ...alert.steps.map((step) => h("li", {}, step))),
      ),
    ),
    response,
    why(alert, messages),
  );
  const element = folded ? foldedFrame(alert, messages, content, tick) : openFrame(alert, messages, content, needed, id);
  element.classList.add("alert", alert.tier);
  element.dataset["alertId"] = alert.id;

  const setResponse = (given: AlertResponse | undefined) => {
    needed.textContent = given || !mustAnswer(alert) ? "" : messages.answerNeeded;
    tick.textContent = given ? "✓" : "";
    element.toggleAttribute("data-answered", given !== undefined);
    if (given) {
      showAnswer(given);
    } else {
      showQuestion();
    }
  };

  const showAnswer = (given: AlertResponse) => {
    const said =
      given.kind === "accept"
        ? messages.accepted[given.action](alert)
        : messages.overridden(messages.overrideReasons[given.reason], given.comment);
    response.replaceChildren(
      h(
        "div",
        { class: "answered", role: "status" },
        h("span", { class: "label" }, messages.yourAnswer),
        h("span", { class: "said", tabindex: "-1" }, said),
        h("button", { type: "button", class: "quiet", onclick: () => events.withdrawn() }, messages.withdraw),
      ),
    );
  };

  const showQuestion = () => {
    const override = h("button", { type: "button", part: "button", onclick: () => showOverride() }, messages.override);
    const actions = actionsFor(alert).map((action, place) =>
      h(
        "button",
        {
          type: "button",
          part: place === 0 ? "button primary-button" : "button",
          class: place === 0 ? "primary" : undefined,
          "data-action": action,
          onclick: () => answer({ kind: "accept", action }),
        },
        messages.accept[action](alert),
      ),
    );
    override.dataset["action"] = "override";
    response.replaceChildren(h("div", { class: "buttons" }, ...actions, override));
  };

  const showOverride = () => {
    const form = overrideForm(alert, id, messages, answer, () => {
      showQuestion();
      response.querySelector<HTMLElement>('[data-action="override"]')?.focus();
    });
    response.replaceChildren(form);
    form.querySelector("input")?.focus();
  };

  const answer = (given: AlertResponse) => {
    events.answered(given);
    response.querySelector<HTMLElement>(".said")?.focus();
  };

  setResponse(undefined);
  return {
    element,
    setResponse,
    focus() {
      if (element instanceof HTMLDetailsElement) {
        element.open = true;
        element.querySelector("summary")?.focus();
      } else {
        element.focus();
      }
    },
  };
}

/** Whether signing waits for an answer to this alert. */
export function mustAnswer(alert: Alert): boolean {
  return alert.interrupts && alert.involvesDraft;
}

/** What can be done about an alert, the safest first. */
function actionsFor(alert: Alert): ActionCode[] {
  if (!alert.involvesDraft) {
    return ["change-medications", "monitor"];
  }
  return alert.tier === "contraindicated" ? ["remove-draft", "change-draft"] : ["remove-draft", "change-draft", "monitor"];
}

function reasonsFor(alert: Alert): OverrideReason[] {
  const inaccurate: OverrideReason = alert.kind === "drug-allergy" ? "inaccurate-allergy" : "inaccurate-alert";
  return ["benefit-outweighs-risk", "tolerated-before", "will-monitor", inaccurate, "no-alternative", "other"];
}

function openFrame(alert: Alert, messages: Messages, content: HTMLElement, needed: HTMLElement, id: string): HTMLElement {
  const asks = mustAnswer(alert);
  return h(
    "section",
    {
      part: `alert ${alert.tier}`,
      role: asks ? "alertdialog" : "group",
      "aria-modal": asks ? "false" : undefined,
      "aria-labelledby": `${id}-signal ${id}-what`,
      "aria-describedby": asks ? `${id}-more` : undefined,
      tabindex: "-1",
    },
    h(
      "div",
      { class: "band", part: "band" },
      h("span", { class: "signal", id: `${id}-signal` }, tierIcon(alert.tier), messages.signalWord(alert)),
      kindLabel(alert, messages),
      needed,
    ),
    content,
  );
}

function foldedFrame(alert: Alert, messages: Messages, content: HTMLElement, tick: HTMLElement): HTMLElement {
  return h(
    "details",
    { class: "row", part: `alert folded ${alert.tier}` },
    h(
      "summary",
      {},
      h("span", { class: "signal" }, tierIcon(alert.tier), messages.signalWord(alert)),
      kindLabel(alert, messages),
      h("span", { class: "answered" }, tick, drawing("icon chevron", { class: "stroke", d: "M9 5l7 7-7 7" })),
      h("span", { class: "what" }, alert.what, marks(alert, messages)),
    ),
    content,
  );
}

/** What a folded alert must not hide: that the site, or long use, made it quiet. */
function marks(alert: Alert, messages: Messages): HTMLElement | null {
  const said = [
    changesOf(alert).some((change) => change.by === "site-policy") && messages.changedHere,
    alert.tolerated !== null && messages.toleratedHere,
  ].filter((one) => one !== false);
  return said.length > 0 ? h("small", { class: "marks" }, said.join(" · ")) : null;
}

/** Why its tier is what it is: what changed it, what is not known, and why it does not interrupt. */
function remarks(alert: Alert, messages: Messages): HTMLElement | null {
  const lines = [
    ...changesOf(alert).map((change) => changeLine(change, messages)),
    alert.missing.length > 0 ? remark("missing", unknownIcon(), messages.notKnown(alert.missing)) : null,
    alert.tolerated === null ? null : remark("tolerated", clockIcon(), messages.tolerated(alert.tolerated)),
  ].filter((line) => line !== null);
  return lines.length > 0 ? h("ul", { class: "remarks", part: "remarks" }, ...lines) : null;
}

function remark(name: string, icon: SVGSVGElement, ...texts: string[]): HTMLElement {
  return h("li", { class: name }, icon, h("span", {}, ...texts.flatMap((text) => [chartText(text), " "])));
}

function changeLine(change: TierChange, messages: Messages): HTMLElement {
  const { from, to, by, because, person, on } = change;
  const words = messages.changedTier(messages.tier[from], messages.tier[to], because);
  const bySite = person !== null && on !== null ? [messages.changedBySite(person, on)] : [];
  return remark(`change ${by}`, changeIcon(RANK[to] < RANK[from]), words, ...bySite);
}

const RANK: Record<Tier, number> = { minor: 0, moderate: 1, major: 2, contraindicated: 3 };

/** What made the alert's tier: changes of the rule that speaks, and of others that would have spoken louder without them. */
function changesOf({ tier, reasons }: Alert): TierChange[] {
  const changes = reasons
    .filter((reason, place) => place === 0 || reason.changes.some((change) => RANK[change.from] > RANK[tier]))
    .flatMap((reason) => reason.changes);
  const distinct = new Map(changes.map((change) => [JSON.stringify(change), change]));
  return [...distinct.values()];
}

function kindLabel(alert: Alert, messages: Messages): HTMLElement {
  return h("span", { class: `kind ${alert.kind}`, part: "kind" }, kindIcon(alert.kind), messages.kind[alert.kind]);
}

function drugChips(alert: Alert, messages: Messages): HTMLElement | null {
  const allergen = alert.allergen ? h("li", { class: "chip" }, chartText(alert.allergen), h("small", {}, messages.allergen)) : null;
  return drugList(alert.drugs, messages, allergen);
}

function overrideForm(
  alert: Alert,
  id: string,
  messages: Messages,
  save: (response: AlertResponse) => void,
  cancel: () => void,
): HTMLElement {
  const problem = h("p", { class: "problem", role: "alert", id: `${id}-problem` });
  const comment = h("textarea", { rows: "2", maxlength: "500", id: `${id}-comment`, "aria-describedby": `${id}-problem` });
  const commentLabel = h("label", { class: "label", for: `${id}-comment` }, messages.comment);
  const chosen = () => form.querySelector<HTMLInputElement>("input:checked")?.value as OverrideReason | undefined;
  const form = h(
    "form",
    {
      class: "override",
      part: "override",
      novalidate: true,
      // Not on `change`: that comes when the field is left, and would move the button away under the pointer.
      oninput: () => {
        commentLabel.textContent = chosen() === "other" ? messages.commentNeeded : messages.comment;
        problem.textContent = "";
      },
      onsubmit: (event: Event) => {
        event.preventDefault();
        const reason = chosen();
        const text = comment.value.trim();
        if (!reason) {
          problem.textContent = messages.reasonMissing;
          form.querySelector("input")?.focus();
        } else if (reason === "other" && text === "") {
          problem.textContent = messages.commentMissing;
          comment.focus();
        } else {
          save({ kind: "override", reason, comment: text });
        }
      },
    },
    h(
      "fieldset",
      {},
      h("legend", {}, messages.overrideTitle(alert)),
      h(
        "div",
        { class: "reasons" },
        ...reasonsFor(alert).map((reason) =>
          h("label", {}, h("input", { type: "radio", name: `${id}-reason`, value: reason }), messages.overrideReasons[reason]),
        ),
      ),
    ),
    h("div", {}, commentLabel, comment),
    problem,
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "submit", class: "primary", part: "button primary-button" }, messages.saveOverride(alert)),
      h("button", { type: "button", part: "button", onclick: cancel }, messages.cancel),
    ),
  );
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      cancel();
    }
  });
  return form;
}

function why(alert: Alert, messages: Messages): HTMLElement {
  const [first, ...others] = alert.reasons;
  return h(
    "details",
    { class: "why", part: "why" },
    h("summary", {}, messages.why),
    h(
      "div",
      { class: "basis" },
      first ? reason(first, alert, [], messages) : null,
      others.length > 0 ? h("p", { class: "label" }, messages.whyAlso(others.length)) : null,
      ...others.map((other) => reason(other, alert, other.changes, messages)),
      alert.facts.length > 0 ? factList(alert.facts, messages) : null,
    ),
  );
}

/** A rule's basis. What changed the tier of the one that speaks is said above already. */
function reason(reason: Reason, alert: Alert, changes: TierChange[], messages: Messages): HTMLElement {
  const { source } = reason;
  return h(
    "div",
    { class: "reason", part: "reason" },
    h("h4", {}, reason.title, h("code", {}, reason.rule)),
    reason.what === alert.what ? null : h("p", {}, reason.what),
    changes.length > 0 ? h("ul", { class: "remarks" }, ...changes.map((change) => changeLine(change, messages))) : null,
    reason.mechanism ? h("div", {}, h("span", { class: "label" }, messages.mechanism), h("p", {}, reason.mechanism)) : null,
    reason.paths.length > 0
      ? h("div", {}, h("span", { class: "label" }, messages.path), ...reason.paths.map((path) => graphPath(path, messages)))
      : null,
    h(
      "dl",
      { class: "terms" },
      ...(reason.evidence ? term(messages.evidence, messages.evidenceKinds[reason.evidence] ?? reason.evidence) : []),
      ...term(messages.source, citation(reason, messages)),
      ...term(messages.developer, source.developer),
      ...term(messages.funding, source.funding),
      ...term(messages.release, source.release),
      ...term(messages.revised, h("time", { datetime: source.revised }, source.revised)),
      ...term(messages.uses, source.uses.length > 0 ? source.uses.join(", ") : messages.usesNothing),
    ),
  );
}

function citation({ source }: Reason, messages: Messages): HTMLElement {
  const text = source.section ? `${source.citation}, ${source.section}` : source.citation;
  // Only a web address becomes a link, whatever a pack may hold.
  const address = source.url && /^https?:\/\//i.test(source.url) ? source.url : undefined;
  return h(
    "span",
    {},
    text,
    address ? " (" : null,
    address ? h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, messages.openSource) : null,
    address ? ")" : null,
  );
}

function term(name: string, value: string | Node): HTMLElement[] {
  return [h("dt", {}, name), h("dd", {}, value)];
}

function graphPath(path: GraphPath, messages: Messages): HTMLElement {
  const steps: HTMLElement[] = [];
  path.nodes.forEach((node, place) => {
    if (place > 0) {
      steps.push(
        h(
          "span",
          { class: "relation" },
          path.relations[place - 1] ?? "",
          drawing("icon arrow", { class: "stroke", d: "M2 12h19M15 5l7 7-7 7" }),
        ),
      );
    }
    steps.push(h("span", { class: `node ${node.kind}`, part: "node" }, node.name));
  });
  return h(
    "div",
    {},
    h("span", { class: "hidden-text" }, messages.pathInWords(path)),
    h("div", { class: "path", "aria-hidden": "true" }, ...steps),
  );
}

function factList(facts: Fact[], messages: Messages): HTMLElement {
  return h(
    "div",
    {},
    h("span", { class: "label" }, messages.facts),
    h("ul", {}, ...facts.map((fact) => h("li", {}, h("code", {}, fact.resource), " ", chartText(fact.says)))),
  );
}
