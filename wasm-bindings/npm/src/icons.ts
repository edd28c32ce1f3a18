// A shape for each tier and a picture for each kind of event, so that neither rests on colour.

import type { AlertKind, Tier } from "./answer.js";
import { drawing } from "./dom.js";

const MARK = { class: "mark" };
const STROKE = { class: "stroke" };
const RING = "M12 2.8a9.2 9.2 0 1 1 0 18.4 9.2 9.2 0 0 1 0-18.4z";

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
    case "drug-condition":
      // A list on a clipboard.
      return drawing(
        "icon",
        { ...STROKE, d: "M8 4.5H6A1.5 1.5 0 0 0 4.5 6v14A1.5 1.5 0 0 0 6 21.5h12a1.5 1.5 0 0 0 1.5-1.5V6A1.5 1.5 0 0 0 18 4.5h-2" },
        { ...STROKE, d: "M8.5 2.5h7v4h-7zM8.5 11.5h7M8.5 16h4.5" },
      );
    case "kidney":
      // A bean with its duct.
      return drawing(
        "icon",
        { ...STROKE, d: "M14.5 3c-5.5-1-10 3.5-10 9s4.5 10 10 9c4-.8 4.5-4.5 2-6.3-1.8-1.3-1.8-4.1 0-5.4C19 7.5 18.5 3.8 14.5 3z" },
        { ...STROKE, d: "M15.3 12H18c1.8 0 2.5 1 2.5 2.8V20" },
      );
    case "liver":
      // A wedge with two lobes.
      return drawing(
        "icon",
        { ...STROKE, d: "M2.5 10.5c0-4 3.5-5.5 8-5.5 5 0 11 .5 11 2.5 0 3.5-5 6-8.5 6.5-1.5 2.5-3 5-6.5 5s-4-4.5-4-8.5z" },
        { ...STROKE, d: "M12.5 5.2c-.8 2.8-.5 5.8.5 8.8" },
      );
    case "pregnancy":
      // A person from the side, with a belly.
      return drawing(
        "icon",
        { ...STROKE, d: "M10.5 2a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6z" },
        { ...STROKE, d: "M8 22v-6.5L7 15V11.5c0-1.5 1.2-2.3 2.7-2.3 2 0 3 .9 3.3 2.5 2.2.4 3.3 1.7 3.3 3.2 0 1.7-1.3 2.8-3.3 2.8V22" },
      );
    case "lactation":
      // A feeding bottle.
      return drawing(
        "icon",
        { ...STROKE, d: "M10.3 6.5V4a1.7 1.7 0 0 1 3.4 0v2.5M7.5 6.5h9v3h-9z" },
        { ...STROKE, d: "M8 9.5v10A2.5 2.5 0 0 0 10.5 22h3a2.5 2.5 0 0 0 2.5-2.5v-10M12.5 13.5H16M12.5 17.5H16" },
      );
    case "age":
      // An hourglass.
      return drawing(
        "icon",
        { ...STROKE, d: "M5 2.5h14M5 21.5h14" },
        { ...STROKE, d: "M7 2.5v3.8c0 2.2 5 4.2 5 5.7s-5 3.5-5 5.7v3.8M17 2.5v3.8c0 2.2-5 4.2-5 5.7s5 3.5 5 5.7v3.8" },
      );
    case "dose":
      // A dial beyond its mark.
      return drawing(
        "icon",
        { ...STROKE, d: "M4.2 18.5a9.3 9.3 0 1 1 15.6 0" },
        { ...STROKE, d: "M12 14.5l4.8-4.8M12 4.2v2.6M2.9 13.5h2.6M18.5 13.5h2.6" },
      );
    case "monitoring":
      // A test tube.
      return drawing(
        "icon",
        { ...STROKE, d: "M7 2.5h10M8.5 2.5V18a3.5 3.5 0 0 0 7 0V2.5" },
        { ...STROKE, d: "M8.5 11.5h7" },
      );
    case "food":
      // Fork and knife.
      return drawing(
        "icon",
        { ...STROKE, d: "M8 2.5v19M4.5 2.5v5a3.5 3.5 0 0 0 7 0v-5" },
        { ...STROKE, d: "M18.5 21.5v-19c-3 1.5-4 5.5-4 10.5h4" },
      );
  }
}

/** An arrow down or up: which way a tier was changed. */
export function changeIcon(lowered: boolean): SVGSVGElement {
  const d = lowered ? "M12 4v15M5.5 13l6.5 6.5 6.5-6.5" : "M12 20V5M5.5 11L12 4.5l6.5 6.5";
  return drawing("icon", { ...STROKE, d });
}

/** A question mark in a broken ring: what the chart does not say. */
export function unknownIcon(): SVGSVGElement {
  return drawing(
    "icon",
    { class: "stroke broken", d: RING },
    { ...STROKE, d: "M9.4 9.6c.2-1.6 1.2-2.4 2.6-2.4 1.6 0 2.7 1 2.7 2.4 0 1.9-2.7 2.2-2.7 4.2M12 17v.1" },
  );
}

/** What has long been so, or is waited for. */
export function clockIcon(): SVGSVGElement {
  return drawing("icon", { ...STROKE, d: RING }, { ...STROKE, d: "M12 7v5.3l3.4 2" });
}

/** A switch that is off. */
export function offIcon(): SVGSVGElement {
  return drawing(
    "icon",
    { ...STROKE, d: "M8 6.5h8a5.5 5.5 0 0 1 0 11H8a5.5 5.5 0 0 1 0-11z" },
    { ...STROKE, d: "M8 9.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4z" },
  );
}

/** Whole, part and none: what was checked. */
export function coverageIcon(coverage: "whole" | "part" | "none" | "waiting"): SVGSVGElement {
  switch (coverage) {
    case "whole":
      return drawing("icon", { ...STROKE, d: RING }, { ...STROKE, d: "M7.6 12.4l3 3 5.8-6.4" });
    case "part":
      return drawing("icon", { ...STROKE, d: RING }, { class: "fill", d: "M12 5.6a6.4 6.4 0 0 1 0 12.8z" });
    case "none":
      return drawing("icon", { ...STROKE, d: RING }, { ...STROKE, d: "M5.6 5.6l12.8 12.8" });
    case "waiting":
      return clockIcon();
  }
}

export function broomIcon(): SVGSVGElement {
  return drawing("icon", { ...STROKE, d: "M20 4l-7 7M9.5 9.5l5 5M4 20l3.5-9 5.5 5.5zM8 20l1.5-3" });
}
