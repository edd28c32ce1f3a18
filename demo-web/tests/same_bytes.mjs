// Compares the engine in Node and in Chromium with the native engine, byte for byte.
//
//     node tests/same_bytes.mjs <folder>
//
// The folder holds `name.call.json` and beside each `name.answer.json` with the bytes that the native engine answered.

import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

import { bindings, startEnginePage } from "./engine_page.mjs";

const folder = process.argv[2];
if (!folder) {
  console.error("say where the calls are: node tests/same_bytes.mjs <folder>");
  process.exit(2);
}
const names = (await readdir(folder)).filter((name) => name.endsWith(".call.json")).map((name) => name.slice(0, -".call.json".length)).sort();
if (names.length === 0) {
  console.error(`there is no *.call.json in ${resolve(folder)}`);
  process.exit(2);
}
const pack = process.env.CDS_PACK ?? join(bindings, "pkg", "cds.pack");
const { Engine } = createRequire(import.meta.url)(join(bindings, "pkg", "node", "cds_wasm.js"));
const inNode = new Engine(await readFile(pack));
inNode.addCodes(await readFile(process.env.CDS_CODES ?? join(bindings, "pkg", "cds-codes.pack")));
const page = await startEnginePage(pack, folder);

const different = { node: [], chromium: [] };
for (const name of names) {
  const call = await readFile(join(folder, `${name}.call.json`));
  const native = await readFile(join(folder, `${name}.answer.json`));
  compare(name, "node", native, Buffer.from(inNode.answerBytes(call)));
  compare(name, "chromium", native, await page.answer(`${name}.call.json`));
}
await page.close();

const count = names.length;
console.log(`node: ${count - different.node.length} of ${count} the same; chromium: ${count - different.chromium.length} of ${count} the same`);
process.exit(different.node.length + different.chromium.length > 0 ? 1 : 0);

function compare(name, where, native, answer) {
  if (native.equals(answer)) {
    return;
  }
  different[where].push(name);
  const at = native.findIndex((byte, place) => byte !== answer[place]);
  const place = at < 0 ? Math.min(native.length, answer.length) : at;
  console.log(`${where} differs: ${name}, ${native.length} and ${answer.length} bytes, from byte ${place}`);
  if (process.env.SHOW === "1") {
    const around = (bytes) => bytes.subarray(Math.max(0, place - 60), place + 60).toString();
    console.log(`  native ${around(native)}\n  here   ${around(answer)}`);
  }
}
