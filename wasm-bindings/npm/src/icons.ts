// A shape for each tier and a picture for each kind of event, so that neither rests on colour.

import type { AlertKind, Tier } from "./answer.js";
import { drawing } from "./dom.js";

const MARK = { class: "mark" };
const STROKE = { class: "stroke" };

/** Octagon, triangle, diamond, circle: from stop to note. */
export function tierIcon(tier: Tier): SVGSVGElement {
  switch (tier) {
    case "contraindicated":
      return drawing(
        "icon",
        { class: "shape", d: "M8 1.5h8L22.5 8v8L16 22.5H8L1.5 16V8z" },
        { ...MARK, d: "M7.8 7.8l8.4 8.4M16.2 7.8l-8.4 8.4" },
      );
    case "major":
      return drawing(
        "icon",
        { class: "shape", d: "M12 2.2a1.6 1.6 0 0 1 1.4.8l9 16a1.6 1.6 0 0 1-1.4 2.4H3a1.6 1.6 0 0 1-1.4-2.4l9-16a1.6 1.6 0 0 1 1.4-.8z" },
        { ...MARK, d: "M12 9v5.2M12 17.6v.2" },
      );
    case "moderate":
      return drawing(
        "icon",
        { class: "shape", d: "M12 1.4 22.6 12 12 22.6 1.4 12z" },
        { ...MARK, d: "M12 7.4v5.4M12 16.3v.2" },
      );
    case "minor":
      return drawing(
        "icon",
        { class: "shape", d: "M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20z" },
        { ...MARK, d: "M12 11v6M12 7.2v.2" },
      );
  }
}

export function kindIcon(kind: AlertKind): SVGSVGElement {
  switch (kind) {
    case "drug-interaction":
      // Two capsules that cross.
      return drawing(
        "icon",
        { ...STROKE, d: "M5.2 14.5l9.3-9.3a3.6 3.6 0 0 1 5.1 5.1l-9.3 9.3a3.6 3.6 0 0 1-5.1-5.1zM9.8 9.9l5.1 5.1" },
        { ...STROKE, d: "M4 4l3.2 3.2M20 20l-3.2-3.2" },
      );
    case "drug-allergy":
      // A shield with a bar.
      return drawing(
        "icon",
        { ...STROKE, d: "M12 2.5l8 3v6c0 5-3.4 8.4-8 10-4.6-1.6-8-5-8-10v-6z" },
        { ...STROKE, d: "M8.5 12h7" },
      );
    case "additive-effect":
      // Rising bars.
      return drawing("icon", { ...STROKE, d: "M5 20v-5M12 20V10M19 20V4M3 20h18" });
    case "duplicate-ingredient":
      // The same thing twice.
      return drawing("icon", {
        ...STROKE,
        d: "M8 8V5a1.5 1.5 0 0 1 1.5-1.5h9A1.5 1.5 0 0 1 20 5v9a1.5 1.5 0 0 1-1.5 1.5H16M5.5 8h9A1.5 1.5 0 0 1 16 9.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 4 18.5v-9A1.5 1.5 0 0 1 5.5 8z",
      });
    case "duplicate-class":
      // Two of one group.
      return drawing("icon", { ...STROKE, d: "M9 6.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM15 6.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z" });
  }
}

/** Whole, part and none: what was checked. */
export function coverageIcon(coverage: "whole" | "part" | "none" | "waiting"): SVGSVGElement {
  const ring = "M12 2.8a9.2 9.2 0 1 1 0 18.4 9.2 9.2 0 0 1 0-18.4z";
  switch (coverage) {
    case "whole":
      return drawing("icon", { ...STROKE, d: ring }, { ...STROKE, d: "M7.6 12.4l3 3 5.8-6.4" });
    case "part":
      return drawing("icon", { ...STROKE, d: ring }, { class: "fill", d: "M12 5.6a6.4 6.4 0 0 1 0 12.8z" });
    case "none":
      return drawing("icon", { ...STROKE, d: ring }, { ...STROKE, d: "M5.6 5.6l12.8 12.8" });
    case "waiting":
      return drawing("icon", { ...STROKE, d: ring }, { ...STROKE, d: "M12 7v5.3l3.4 2" });
  }
}

export function broomIcon(): SVGSVGElement {
  return drawing("icon", { ...STROKE, d: "M20 4l-7 7M9.5 9.5l5 5M4 20l3.5-9 5.5 5.5zM8 20l1.5-3" });
}
