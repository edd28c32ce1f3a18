// Which of the drafts an answer speaks for. Silence about an order must not look like an all-clear.

import type { CheckAnswer, NotEvaluated } from "./answer.js";

/** Drafts that were not checked, and what the answer says about them. */
export interface DraftsLeftOut {
  drafts: unknown[];
  entries: NotEvaluated[];
}

/** An order in what the host passed as a draft. */
interface Order {
  draft: unknown;
  /** How the answer names it, where it has an id. */
  reference: string | undefined;
  /** How the answer names the draft that it stands in, where it could not be read. */
  place: string;
}

const ID = /^[A-Za-z0-9.-]{1,64}$/;

/** A draft was checked where the answer lists it among the drugs as a draft, and does not list it as not evaluated. */
export function uncheckedDrafts(drafts: unknown[], answer: CheckAnswer): DraftsLeftOut {
  const orders = drafts.flatMap(ordersOf);
  if (orders.length === 0) {
    return { drafts, entries: [] };
  }
  const checked = answer.checked.drugs.filter((drug) => drug.state === "draft");
  const nameless = orders.filter((order) => order.reference === undefined);
  const references = new Set(orders.map((order) => order.reference));
  // The engine names an order without an id by its content; it cannot be told here which is which.
  const checkedNameless = checked.filter((drug) => !drug.resources.some((resource) => references.has(resource)));
  const about = (order: Order) => (entry: NotEvaluated) =>
    entry.resource === order.place ||
    entry.resource.startsWith(`${order.place}#`) ||
    (order.reference === undefined ? entry.resource.includes("/without-id-") : entry.resource === order.reference);
  const isChecked = (order: Order) =>
    !answer.notEvaluated.some(about(order)) &&
    (order.reference === undefined
      ? checkedNameless.length >= nameless.length
      : checked.some((drug) => drug.resources.includes(order.reference ?? "")));
  const left = orders.filter((order) => !isChecked(order));
  return {
    drafts: [...new Set(left.map((order) => order.draft))],
    entries: answer.notEvaluated.filter((entry) => left.some((order) => about(order)(entry))),
  };
}

/** The orders of a draft: itself, or those of a Bundle. A Medication that an order refers to is no order. */
function ordersOf(draft: unknown, position: number): Order[] {
  const place = `draft[${position}]`;
  const { resourceType, entry } = fields(draft);
  const isBundle = resourceType === "Bundle" && Array.isArray(entry) && entry.length > 0;
  const resources = isBundle ? entry.map((one: unknown) => fields(one)["resource"]) : [draft];
  const orders = resources.filter((resource) => fields(resource)["resourceType"] !== "Medication");
  return orders.map((resource) => {
    const { resourceType, id } = fields(resource);
    const named = typeof resourceType === "string" && typeof id === "string" && ID.test(id);
    return { draft, reference: named ? `${resourceType}/${id}` : undefined, place };
  });
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
