// Choosing a drug and how it is taken. The check runs as soon as a drug is chosen.

import { h } from "../../wasm-bindings/npm/src/dom.js";
import { products, search, title, type Product, type Sig } from "./products.js";

/** An order that is being written or waits to be signed. */
export interface Draft {
  id: string;
  product: Product;
  sig: Sig;
}

export interface ComposerEvents {
  /** A drug was chosen, its dose changed, or the choice was dropped. */
  changed(draft: Draft | undefined): void;
  added(draft: Draft): void;
}

/** The search field and, once a drug is chosen, its dose. */
export class Composer {
  #place: HTMLElement;
  #events: ComposerEvents;
  #suggestions: string[] = [];
  #count = 0;
  draft: Draft | undefined;

  constructor(place: HTMLElement, events: ComposerEvents) {
    this.#place = place;
    this.#events = events;
  }

  /** Starts over, with products that are worth trying on this patient. */
  reset(suggestions = this.#suggestions): void {
    this.#suggestions = suggestions;
    this.draft = undefined;
    this.#drawSearch();
  }

  /** Drops what was chosen and goes back to the search. */
  discard(): void {
    this.reset();
    this.#events.changed(undefined);
    this.#place.querySelector("input")?.focus();
  }

  #choose(product: Product): void {
    this.draft = { id: `draft-${++this.#count}`, product, sig: product.sigs[0] ?? { text: "" } };
    this.#drawDose(this.draft);
    this.#events.changed(this.draft);
    this.#place.querySelector("select")?.focus();
  }

  #drawSearch(): void {
    const list = h("ul", { class: "options", role: "listbox", id: "drug-options", "aria-label": "Drugs", hidden: true });
    const input = h("input", {
      id: "drug",
      type: "text",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "Name of a drug, for example amoxicillin",
      "aria-expanded": "false",
      "aria-controls": "drug-options",
      "aria-autocomplete": "list",
    });
    let found: Product[] = [];
    let active = -1;
    const show = (open: boolean) => {
      list.hidden = !open;
      input.setAttribute("aria-expanded", String(open));
      if (!open) {
        move(-1);
      }
    };
    const move = (to: number) => {
      list.children[active]?.setAttribute("aria-selected", "false");
      active = to;
      const option = list.children[active];
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) {
        input.setAttribute("aria-activedescendant", option.id);
      } else {
        input.removeAttribute("aria-activedescendant");
      }
    };
    const update = () => {
      found = search(input.value);
      active = -1;
      list.replaceChildren(
        ...found.map((product, place) =>
          h(
            "li",
            {
              role: "option",
              id: `drug-option-${place}`,
              "aria-selected": "false",
              // The field keeps the focus, so that its list stays open until the click.
              onmousedown: (event: Event) => event.preventDefault(),
              onclick: () => this.#choose(product),
            },
            h("strong", {}, product.name),
            ` ${product.strength} ${product.form}`,
          ),
        ),
      );
      if (found.length === 0) {
        list.append(h("li", { class: "nothing" }, "This short list does not hold it."));
      }
      show(true);
    };
    input.addEventListener("input", update);
    input.addEventListener("focus", () => input.value && update());
    input.addEventListener("click", update);
    input.addEventListener("blur", () => show(false));
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) {
          update();
        }
        const step = event.key === "ArrowDown" ? 1 : -1;
        move(found.length === 0 ? -1 : (active + step + found.length) % found.length);
      } else if (event.key === "Enter") {
        event.preventDefault();
        const product = found[active] ?? (found.length === 1 ? found[0] : undefined);
        if (!list.hidden && product) {
          this.#choose(product);
        }
      } else if (event.key === "Escape") {
        show(false);
      }
    });
    const tries = this.#suggestions
      .map((rxcui) => products.find((product) => product.rxcui === rxcui))
      .filter((product) => product !== undefined);
    this.#place.replaceChildren(
      h("div", { class: "field search" }, h("label", { for: "drug" }, "Drug"), input, list),
      h(
        "p",
        { class: "tries" },
        h("span", {}, "Try "),
        ...tries.map((product) =>
          h("button", { type: "button", class: "try", "data-rxcui": product.rxcui, onclick: () => this.#choose(product) }, `${product.name} ${product.strength}`),
        ),
      ),
    );
  }

  #drawDose(draft: Draft): void {
    const dose = h(
      "select",
      { id: "dose" },
      ...draft.product.sigs.map(({ text }, place) => h("option", { value: String(place) }, text)),
    );
    dose.addEventListener("change", () => {
      draft.sig = draft.product.sigs[dose.selectedIndex] ?? draft.sig;
      this.#events.changed(draft);
    });
    this.#place.replaceChildren(
      h(
        "div",
        { class: "chosen" },
        h("p", { class: "product" }, h("strong", {}, draft.product.name), ` ${draft.product.strength} ${draft.product.form}`),
        h("p", { class: "code" }, `RxNorm ${draft.product.rxcui}`),
      ),
      h("div", { class: "field" }, h("label", { for: "dose" }, "How it is taken"), dose),
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", class: "primary", id: "add", onclick: () => this.#add(draft) }, "Add to orders"),
        h("button", { type: "button", id: "discard", onclick: () => this.discard() }, "Discard"),
      ),
    );
    this.#place.setAttribute("data-chosen", title(draft.product));
  }

  #add(draft: Draft): void {
    this.reset();
    this.#events.added(draft);
    this.#place.querySelector("input")?.focus();
  }
}
