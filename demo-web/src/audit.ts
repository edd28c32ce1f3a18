// What was decided, as a list on the page and as a file: intervention, action, feedback, day. The host adds who and where.

import { english, type AcceptDetail, type AlertReference, type OverrideDetail } from "@cds-founders/cds";

import { h } from "../../wasm-bindings/npm/src/dom.js";

export interface AuditEntry {
  at: string;
  patient: string;
  action: string;
  text: string;
  alert?: AlertReference;
  reason?: string;
  comment?: string;
}

const NAMES: Record<string, string> = {
  "remove-draft": "Order removed",
  "change-draft": "Order to be replaced",
  monitor: "Kept with follow-up",
  "change-medications": "Medications to be changed",
  override: "Overridden",
  withdraw: "Answer taken back",
  sign: "Signed",
};

export class Audit {
  #place: HTMLElement;
  #entries: AuditEntry[] = [];

  constructor(place: HTMLElement) {
    this.#place = place;
    this.#draw();
  }

  get entries(): readonly AuditEntry[] {
    return this.#entries;
  }

  add(entry: Omit<AuditEntry, "at">): void {
    this.#entries.unshift({ at: new Date().toISOString(), ...entry });
    this.#draw();
  }

  accepted(patient: string, what: string, detail: AcceptDetail): void {
    const { action, ...alert } = detail;
    this.add({ patient, action, text: what, alert });
  }

  overridden(patient: string, what: string, detail: OverrideDetail): void {
    const { reason, comment, ...alert } = detail;
    this.add({ patient, action: "override", text: what, alert, reason, comment });
  }

  #draw(): void {
    if (this.#entries.length === 0) {
      this.#place.replaceChildren(h("p", { class: "faint" }, "Nothing yet. Answers to alerts and signed orders are listed here; the list is gone when the page closes."));
      return;
    }
    this.#place.replaceChildren(
      h("ol", { class: "audit" }, ...this.#entries.map(row)),
      h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => this.#export() }, "Save the list as JSON")),
    );
  }

  #export(): void {
    const blob = new Blob([JSON.stringify(this.#entries, null, 2)], { type: "application/json" });
    const link = h("a", { href: URL.createObjectURL(blob), download: "alert-feedback.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}

function row(entry: AuditEntry): HTMLElement {
  const reason = entry.reason && english.overrideReasons[entry.reason as keyof typeof english.overrideReasons];
  return h(
    "li",
    { "data-action": entry.action },
    h("span", { class: "main" }, h("span", { class: "tag" }, NAMES[entry.action] ?? entry.action), entry.text),
    reason ? h("span", { class: "sig" }, reason, entry.comment ? `: ${entry.comment}` : "") : null,
    h(
      "small",
      {},
      [
        new Date(entry.at).toLocaleTimeString("en-US"),
        entry.patient,
        entry.alert && `${entry.alert.ruleIds.join(", ")} in ${entry.alert.packVersion}`,
      ]
        .filter(Boolean)
        .join(" · "),
    ),
  );
}
