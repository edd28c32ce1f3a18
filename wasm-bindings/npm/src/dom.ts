// Elements without markup: nothing here ever parses text as HTML.

export type Child = Node | string | null | undefined | false;

/** Makes an element. `on...` keys take listeners, `class` and other keys are attributes, `true` sets an empty one. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, unknown> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) {
      continue;
    }
    if (name.startsWith("on") && typeof value === "function") {
      element.addEventListener(name.slice(2), value as EventListener);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter(isNode));
  return element;
}

/** Text that may come from a chart: its direction stays its own, and it breaks anywhere. See `bdi` in the style sheet. */
export function chartText(text: string): HTMLElement {
  return h("bdi", {}, text);
}

function isNode(child: Child): child is Node | string {
  return child !== null && child !== undefined && child !== false && child !== "";
}

const SVG = "http://www.w3.org/2000/svg";

/** A drawing from paths on a 24 by 24 grid, hidden from screen readers: words always stand beside it. */
export function drawing(className: string, ...paths: Array<Record<string, string>>): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  svg.setAttribute("class", className);
  for (const attributes of paths) {
    const path = document.createElementNS(SVG, "path");
    for (const [name, value] of Object.entries(attributes)) {
      path.setAttribute(name, value);
    }
    svg.append(path);
  }
  return svg;
}
