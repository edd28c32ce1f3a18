// A page in Chromium that holds nothing but the engine.

import { mkdtemp, cp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { demoServer } from "../serve.mjs";
import { launch } from "./chromium.mjs";

export const bindings = fileURLToPath(new URL("../../wasm-bindings", import.meta.url));

const SCRIPT = `
import init, { Engine } from "./web/cds_wasm.js";

const bytes = async (address) => new Uint8Array(await (await fetch(address)).arrayBuffer());
await init();
const engine = new Engine(await bytes("cds.pack"));
engine.addCodes(await bytes("cds-codes.pack"));

window.answer = async (file) => {
  const answer = engine.answerBytes(await bytes("calls/" + encodeURIComponent(file)));
  let text = "";
  for (let place = 0; place < answer.length; place += 32768) {
    text += String.fromCharCode(...answer.subarray(place, place + 32768));
  }
  return btoa(text);
};

window.time = async (file, runs) => {
  const call = await bytes("calls/" + encodeURIComponent(file));
  let answerBytes = 0;
  for (let run = 0; run < Math.max(200, runs / 10); run += 1) {
    answerBytes = engine.answerBytes(call).length;
  }
  const times = [];
  for (let run = 0; run < runs; run += 1) {
    const begin = performance.now();
    engine.answerBytes(call);
    times.push(performance.now() - begin);
  }
  times.sort((one, other) => one - other);
  const at = (share) => times[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)];
  return {
    browser: navigator.userAgent.match(/(?:Headless)?Chrome\\/[\\d.]+/)?.[0],
    callBytes: call.length,
    answerBytes,
    runs,
    clockStepMs: crossOriginIsolated ? 0.005 : 0.1,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    meanMs: times.reduce((sum, one) => sum + one, 0) / times.length,
  };
};

document.title = "ready";
`;

const codes = process.env.CDS_CODES ?? join(bindings, "pkg", "cds-codes.pack");

/** Starts the page with a pack and a folder of calls. */
export async function startEnginePage(pack, calls) {
  const folder = await mkdtemp(join(tmpdir(), "cds-engine-page-"));
  await cp(join(bindings, "pkg", "web"), join(folder, "web"), { recursive: true });
  await cp(pack, join(folder, "cds.pack"));
  await cp(codes, join(folder, "cds-codes.pack"));
  await mkdir(join(folder, "calls"));
  await cp(calls, join(folder, "calls"), { recursive: true });
  await writeFile(join(folder, "index.html"), '<!doctype html><title>starting</title><script type="module" src="page.js"></script>');
  await writeFile(join(folder, "page.js"), SCRIPT);
  const server = demoServer({ folder, isolated: true });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const browser = await launch();
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(String(error)));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction(() => document.title === "ready");
  return {
    answer: async (file) => Buffer.from(await page.evaluate((name) => window.answer(name), file), "base64"),
    time: (file, runs) => page.evaluate(([name, count]) => window.time(name, count), [file, runs]),
    async close() {
      await browser.close();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
