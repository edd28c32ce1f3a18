// How long one answer takes in Chromium, as JSON.
//
//     node tests/bench.mjs <call.json> [runs]

import { basename, dirname, join, resolve } from "node:path";
import { existsSync } from "node:fs";

import { bindings, startEnginePage } from "./engine_page.mjs";

const file = process.argv[2];
const runs = Number(process.argv[3] ?? 2000);
if (!file || !existsSync(file) || !Number.isInteger(runs) || runs < 1) {
  console.error("say which call to time: node tests/bench.mjs <call.json> [runs]");
  process.exit(2);
}
const page = await startEnginePage(process.env.CDS_PACK ?? join(bindings, "pkg", "cds.pack"), dirname(resolve(file)));
const result = await page.time(basename(file), runs);
await page.close();
console.log(JSON.stringify({ call: basename(file), ...result }, null, 2));
