// Everything that the package offers.

export * from "./client.js";
export * from "./cds-alerts.js";
