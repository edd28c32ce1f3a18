// Walks the built page in a real browser, under the policy that it is served with.
//
//     node tests/browser.mjs            after `npm run build`
//     CHROMIUM=/path/to/chromium node tests/browser.mjs

import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { demoServer, POLICY } from "../serve.mjs";
import { launch } from "./chromium.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = join(here, "..", "dist");
const npm = join(here, "..", "..", "wasm-bindings", "pkg", "npm");
const shots = join(here, "screenshots");
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

if (!existsSync(join(dist, "index.html"))) {
  console.error("there is no page in demo-web/dist; run `npm run build` first");
  process.exit(2);
}

const POLICIES = {
  strict: POLICY,
  // Forbids the worker: the engine must start on the main thread.
  "no-worker": POLICY.replace("worker-src 'self'", "worker-src 'none'"),
  "trusted-types": `${POLICY}; require-trusted-types-for 'script'; trusted-types cds-founders`,
  "no-trusted-types": `${POLICY}; require-trusted-types-for 'script'; trusted-types 'none'`,
  // Forbids to fetch anything: the package's files, with module and pack inside a script.
  "no-connect": POLICY.replace("connect-src 'self'", "connect-src 'none'"),
  // Forbids WebAssembly anywhere: nothing can be checked, and the page must say so.
  "no-wasm": POLICY.replace(" 'wasm-unsafe-eval'", ""),
};

const scenes = JSON.parse(await readFile(join(dist, "charts", "index.json"), "utf8"));
const charts = await Promise.all(scenes.map(async ({ file }) => JSON.parse(await readFile(join(dist, "charts", file), "utf8"))));
/** Per chart: an order that must interrupt, and words of its alert. */
const INTERACTING = [
  { rxcui: "197806", words: /bleed/i },
  { rxcui: "313161", words: /serotonin/i },
  { rxcui: "197517", words: /tacrolimus/i },
  { rxcui: "562508", words: /penicillin/i },
  { rxcui: "198335", words: /potassium|hyperkal/i },
  { rxcui: "198211", words: /simvastatin/i },
  { rxcui: "314077", words: /pregnan/i },
  { rxcui: "861004", words: /lactic acidosis/i },
];

await rm(shots, { recursive: true, force: true });
await mkdir(shots, { recursive: true });
const browser = await launch();
const server = {};
for (const [name, policy] of Object.entries(POLICIES)) {
  server[name] = demoServer({ folder: name === "no-connect" ? npm : dist, policy });
  await new Promise((resolve) => server[name].listen(0, "127.0.0.1", resolve));
}
const origin = (name) => `http://127.0.0.1:${server[name].address().port}`;

let passed = 0;
let failed = 0;

async function test(name, options, body) {
  const policy = options.policy ?? "strict";
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: 900 },
    colorScheme: options.scheme ?? "light",
    reducedMotion: options.reducedMotion ?? "no-preference",
  });
  context.setDefaultTimeout(8000);
  const page = await context.newPage();
  const elsewhere = [];
  const violations = [];
  const errors = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(origin(policy)) && !request.url().startsWith("blob:")) {
      elsewhere.push(request.url());
    }
  });
  page.on("console", (message) => {
    if (/Content.Security.Policy|TrustedScript/i.test(message.text())) {
      violations.push(message.text());
    }
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  try {
    await page.goto(`${origin(policy)}/${options.path ?? ""}`);
    await body(page);
    assert.deepEqual(elsewhere, [], "no request leaves the origin");
    assert.deepEqual(errors, [], "no script error");
    if (!options.expectViolations) {
      assert.deepEqual(violations, [], "no violation of the content security policy");
    }
    passed += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${String(error.message ?? error).split("\n").join("\n      ")}`);
    await page.screenshot({ path: join(shots, `failed-${name.replace(/\W+/g, "-")}.png`), fullPage: true }).catch(() => {});
  } finally {
    await context.close();
  }
}

/** Waits until the element has answered for what it was last given. */
const settled = (page) => page.waitForFunction(() => {
  const alerts = document.querySelector("cds-alerts");
  return !alerts.busy && (alerts.answer || alerts.error);
});

const openChart = async (page, number) => {
  await page.waitForSelector("#patient option", { state: "attached" });
  await settled(page);
  if ((await page.inputValue("#patient")) !== String(number)) {
    await page.selectOption("#patient", String(number));
  }
  await page.waitForFunction((patient) => {
    const alerts = document.querySelector("cds-alerts");
    return !alerts.busy && (alerts.error || alerts.answer?.patient.resources.join() === `Patient/${patient}`);
  }, charts[number].id);
};

/** Types into the search field and takes the product, as a person would. */
const choose = async (page, rxcui) => {
  const { name, strength } = await product(rxcui);
  await page.fill("#drug", `${name} ${strength.split(" ")[0]}`);
  await page.locator('#composer [role="option"]', { hasText: strength }).first().click();
  await settled(page);
};

let products;
async function product(rxcui) {
  products ??= [...(await readFile(join(here, "..", "src", "products.ts"), "utf8")).matchAll(/product\("(\d+)", "([^"]+)", "([^"]+)"/g)];
  const found = products.find((one) => one[1] === rxcui);
  assert.ok(found, `products.ts holds ${rxcui}`);
  return { name: found[2], strength: found[3] };
}

const state = (page) => page.evaluate(() => {
  const alerts = document.querySelector("cds-alerts");
  return {
    error: alerts.error && { code: alerts.error.code, message: alerts.error.message, help: alerts.error.help },
    answer: alerts.answer,
    canSign: alerts.canSign,
    unanswered: alerts.unanswered.length,
    text: alerts.shadowRoot.textContent,
    runsIn: document.getElementById("status").textContent,
  };
});

/** The whole page, from its top: the banner sticks to where the page is scrolled. */
const shoot = async (page, name) => {
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
};

const signDisabled = (page) => page.getAttribute("#sign", "aria-disabled");

const audits = async (page, where) => {
  await page.evaluate(await readFile(axe, "utf8")).catch(async () => {
    // A page under trusted types takes no text as script; the page under test has none.
    throw new Error("axe-core could not be started");
  });
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations.filter((one) => ["serious", "critical"].includes(one.impact));
  assert.deepEqual(
    serious.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.flat().join(" ")).join("; ")}`),
    [],
    `axe-core, ${where}`,
  );
};

for (const [number, scene] of scenes.entries()) {
  const name = scene.file.replace(".json", "");
  const { rxcui, words } = INTERACTING[number];
  await test(`${name}: an interrupting alert shows before signing, and holds it`, {}, async (page) => {
    await openChart(page, number);
    await choose(page, rxcui);
    const chosen = await state(page);
    assert.equal(chosen.error, undefined);
    const alert = chosen.answer.alerts.find((one) => one.interrupts && one.involvesDraft);
    assert.ok(alert, `an interrupting alert about ${rxcui}; found ${chosen.answer.alerts.map((one) => one.what).join(" | ") || "none"}`);
    assert.match(`${alert.what} ${alert.consequence}`, words);
    assert.ok(chosen.text.includes(alert.what), "the element shows it");
    for (const drug of alert.drugs) {
      assert.ok(chosen.text.includes(drug.name), `the element names ${drug.name}`);
    }
    await shoot(page, `${name}`);
    await page.click("#add");
    await settled(page);
    assert.equal(await signDisabled(page), "true", "Sign is held");
    await page.click("#sign", { force: true });
    assert.equal(await page.locator('#audit [data-action="sign"]').count(), 0, "nothing was signed");
    const focused = await page.evaluate(() => document.activeElement.shadowRoot?.activeElement?.getAttribute("role"));
    assert.equal(focused, "alertdialog", "the attempt leads to the alert");
  });
}

await test("an override needs a coded reason, is emitted and recorded, and lets the order be signed", {}, async (page) => {
  await openChart(page, 0);
  await page.evaluate(() => {
    window.seen = [];
    for (const name of ["cds-accept", "cds-override", "cds-answer"]) {
      document.addEventListener(name, ({ detail }) => window.seen.push({ name, detail }));
    }
  });
  await choose(page, "197806");
  await page.click("#add");
  await settled(page);
  const count = (await state(page)).unanswered;
  assert.ok(count > 0);
  for (let turn = 0; turn < count; turn += 1) {
    await page.locator('[role="alertdialog"]:not([data-answered]) [data-action="override"]').first().click();
    await page.locator(".override button.primary").click();
    assert.equal(await page.locator(".override .problem").textContent(), "Choose a reason.");
    await page.locator('.override input[value="other"]').check();
    await page.locator(".override button.primary").click();
    assert.equal(await page.locator(".override .problem").textContent(), "Say what the other reason is.");
    await page.locator(".override textarea").fill("<img src=x onerror=alert(1)> palliative care");
    await page.locator(".override button.primary").click();
  }
  const seen = await page.evaluate(() => window.seen);
  const overrides = seen.filter((one) => one.name === "cds-override");
  assert.equal(overrides.length, count);
  assert.equal(overrides[0].detail.reason, "other");
  assert.ok(overrides[0].detail.ruleIds.length > 0 && overrides[0].detail.alertId);
  assert.match(overrides[0].detail.packSha256, /^[0-9a-f]{64}$/);
  assert.ok(seen.some((one) => one.name === "cds-answer" && one.detail.answer.alerts));
  assert.equal(await page.locator('#audit [data-action="override"]').count(), count);
  assert.match(await page.locator("#audit").textContent(), /<img src=x/, "text stays text");
  assert.equal(await signDisabled(page), "false");
  await page.click("#sign");
  assert.equal(await page.locator('#audit [data-action="sign"]').count(), 1);
  await settled(page);
  assert.match((await state(page)).text, /Kept: Another reason/, "the answer stands when the order is signed");
  await shoot(page, "overridden");
  await choose(page, "197806");
  assert.ok((await state(page)).unanswered > 0, "a new order of the same drug asks again");
});

await test("accepting removes the order", {}, async (page) => {
  await openChart(page, 0);
  await choose(page, "197806");
  await page.click("#add");
  await settled(page);
  await page.locator('[role="alertdialog"] [data-action="remove-draft"]').first().click();
  await settled(page);
  assert.equal(await page.locator("#unsigned li").count(), 0);
  assert.equal(await page.locator('#audit [data-action="remove-draft"]').count(), 1);
  assert.ok(!(await state(page)).answer.alerts.some((one) => one.involvesDraft));
});

await test("keeping the order with follow-up answers the alert, and the answer can be taken back", {}, async (page) => {
  await openChart(page, 0);
  await choose(page, "197806");
  await page.click("#add");
  await settled(page);
  for (let count = (await state(page)).unanswered; count > 0; count -= 1) {
    await page.locator('[role="alertdialog"]:not([data-answered]) [data-action="monitor"]').first().click();
  }
  assert.equal(await signDisabled(page), "false");
  await page.locator('[role="alertdialog"] .answered button').first().click();
  assert.equal(await signDisabled(page), "true");
});

await test("an unknown drug shows as not checked, never as all clear", {}, async (page) => {
  await openChart(page, 3);
  const { answer, text } = await state(page);
  assert.equal(answer.complete, false);
  assert.ok(answer.notEvaluated.some((one) => one.subject === "drug"));
  assert.match(text, /not everything could be checked/i);
  assert.doesNotMatch(text, /nothing found\. every|no interactions/i);
  for (const entry of answer.notEvaluated) {
    assert.ok(text.includes(entry.text), entry.text);
  }
  assert.ok((await page.locator("#chart .tag.unknown").count()) > 0, "the chart marks it");
  await shoot(page, "not-checked");
});

await test("a draft that nobody knows is said to be unchecked, above the alerts", {}, async (page) => {
  await openChart(page, 2);
  await page.evaluate(() => {
    const alerts = document.querySelector("cds-alerts");
    alerts.draft = [{ resourceType: "MedicationRequest", id: "draft-x", status: "draft", intent: "order", subject: { reference: alerts.answer.patient.resources[0] }, medicationCodeableConcept: { text: "zzyzx elixir of the third kind" } }];
  });
  await settled(page);
  assert.match((await state(page)).text, /The new order was not checked/);
});

await test("an order that was not checked is not signed until it was checked by hand", {}, async (page) => {
  await openChart(page, 2);
  const canSign = async (draft) => {
    await page.evaluate((draft) => {
      const alerts = document.querySelector("cds-alerts");
      const subject = { reference: alerts.answer?.patient.resources[0] ?? window.patient };
      window.patient = subject.reference;
      const whole = (one) => (one?.resourceType === "MedicationRequest" ? { status: "draft", intent: "order", subject, ...one } : one);
      alerts.draft = draft.map((one) => (one?.entry ? { ...one, entry: one.entry.map(({ resource }) => ({ resource: whole(resource) })) } : whole(one)));
    }, draft);
    await settled(page);
    return page.evaluate(() => {
      const alerts = document.querySelector("cds-alerts");
      const canSign = alerts.canSign;
      const unchecked = alerts.uncheckedDrafts.length;
      const says = alerts.shadowRoot.textContent.includes("The new order was not checked");
      alerts.checkedByHand = true;
      const byHand = alerts.canSign;
      alerts.checkedByHand = false;
      return { canSign, unchecked, says, byHand, failed: alerts.error !== undefined };
    });
  };
  const rxnorm = (code) => ({ coding: [{ system: "http://www.nlm.nih.gov/research/umls/rxnorm", code }] });
  const known = { resourceType: "MedicationRequest", id: "k", medicationCodeableConcept: rxnorm("311372") };
  const checked = { canSign: true, unchecked: 0, says: false, byHand: true, failed: false };
  const missed = { canSign: false, unchecked: 1, says: true, byHand: true, failed: false };
  assert.deepEqual(await canSign([]), checked, "no draft");
  assert.deepEqual(await canSign([known]), checked, "a known drug");
  assert.deepEqual(await canSign([{ ...known, id: undefined }]), checked, "without an id");
  assert.deepEqual(await canSign([{ ...known, id: "not an id" }]), checked, "with an id that is none");
  assert.deepEqual(await canSign([{ resourceType: "Bundle", type: "collection", entry: [{ resource: known }] }]), checked, "in a Bundle");
  const medication = { resourceType: "Medication", id: "m", code: rxnorm("311372") };
  const referring = { resourceType: "MedicationRequest", id: "r", medicationReference: { reference: "Medication/m" } };
  assert.deepEqual(await canSign([referring, medication]), checked, "with its Medication");
  for (const [why, draft] of Object.entries({
    "an unknown drug": { resourceType: "MedicationRequest", id: "x", medicationCodeableConcept: { text: "zzyzx elixir" } },
    "an unknown drug, without an id": { resourceType: "MedicationRequest", medicationCodeableConcept: { text: "zzyzx elixir" } },
    "no drug": { resourceType: "MedicationRequest", id: "x" },
    "an unreadable drug": { resourceType: "MedicationRequest", id: "x", medicationCodeableConcept: 5 },
    "an unreadable order": { resourceType: "MedicationRequest", id: 5, medicationCodeableConcept: [] },
    "another patient's": { ...known, id: "x", subject: { reference: "Patient/of-another-chart" } },
    "no type": { id: "x", medicationCodeableConcept: rxnorm("311372") },
    "another type": { resourceType: "ServiceRequest", id: "x" },
    "an empty Bundle": { resourceType: "Bundle", type: "collection", entry: [{}] },
    "no entries": { resourceType: "Bundle", type: "collection", entry: [] },
    "a number": 5,
    "a text": "lorazepam",
    "nothing": null,
    "a Medication alone": medication,
  })) {
    for (const drafts of [[draft], [known, draft]]) {
      if (drafts.length > 1 && draft === medication) {
        continue;
      }
      const found = await canSign(drafts);
      // What the engine refuses as a whole is not checked at all; all else it answers.
      assert.deepEqual(found, found.failed ? { ...missed, unchecked: drafts.length, says: false, failed: true } : missed, `${why}, of ${drafts.length}`);
    }
  }
  await page.evaluate(() => { document.querySelector("cds-alerts").checkedByHand = true; });
  assert.equal((await state(page)).canSign, true);
  await page.evaluate(() => { document.querySelector("cds-alerts").asOf = "2026-11-20"; });
  await settled(page);
  assert.equal((await state(page)).canSign, false, "a new question takes it back");
});

await test("the page asks for a check by hand of an order that was not checked", {}, async (page) => {
  await openChart(page, 2);
  await choose(page, "311372");
  await page.click("#add");
  await settled(page);
  assert.equal(await signDisabled(page), "false");
  await page.evaluate(() => {
    const alerts = document.querySelector("cds-alerts");
    alerts.draft = alerts.draft.map((one) => ({ ...one, medicationCodeableConcept: { text: "zzyzx elixir" } }));
  });
  await settled(page);
  assert.equal(await signDisabled(page), "true");
  assert.match(await page.locator("#held").textContent(), /not checked/);
  await page.click("#sign", { force: true });
  assert.equal(await page.locator('#audit [data-action="sign"]').count(), 0, "nothing was signed");
  await page.click("#by-hand");
  assert.equal(await signDisabled(page), "false");
  await shoot(page, "by-hand");
  await page.click("#sign");
  assert.match(await page.locator('#audit [data-action="sign"]').textContent(), /checked by hand/);
});

for (const width of [1280, 320]) {
  await test(`words of a chart turn none of ours around and widen nothing, ${width} px`, { width }, async (page) => {
    await openChart(page, 2);
    const texts = ["\u202Ezzyzx", `zzyzx${"W".repeat(2000)}`, "\u2067\u202Dzzyzx \u05D0\u05D1", `\u202E${"\u05D0".repeat(500)}`];
    await page.evaluate((texts) => {
      const alerts = document.querySelector("cds-alerts");
      const subject = { reference: alerts.answer.patient.resources[0] };
      const concept = (text) => ({ text });
      const resources = texts.flatMap((text, place) => [
        { resourceType: "MedicationRequest", id: `${"a".repeat(60)}${place}`, status: "active", intent: "order", subject, medicationCodeableConcept: concept(text) },
        { resourceType: "AllergyIntolerance", id: `b${place}`, patient: subject, code: concept(text) },
      ]);
      alerts.chart = { ...alerts.chart, entry: [...alerts.chart.entry, ...resources.map((resource) => ({ resource }))] };
      alerts.draft = [{ resourceType: "MedicationRequest", id: "draft-x", status: "draft", intent: "order", subject, medicationCodeableConcept: concept(texts[0]) }];
    }, texts);
    await settled(page);
    const { answer } = await state(page);
    const named = answer.notEvaluated.filter((one) => one.named?.includes("zzyzx"));
    assert.ok(named.length >= 4, "they are named in the answer");
    const found = await page.evaluate(() => {
      const root = document.querySelector("cds-alerts").shadowRoot;
      for (const details of root.querySelectorAll("details")) {
        details.open = true;
      }
      const isolated = [...root.querySelectorAll(".left-out strong bdi, .unchecked strong bdi")];
      // Of two neighbouring letters of our own words, the first stands before the second.
      const turned = [...root.querySelectorAll(".left-out ul:not(.chips) > li, .unchecked p:last-child")].filter((line) => {
        const own = [...line.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.textContent.length > 6);
        const left = (place) => {
          const range = document.createRange();
          range.setStart(own, place);
          range.setEnd(own, place + 1);
          const { left, top } = range.getBoundingClientRect();
          return { left, top };
        };
        const letters = [...own.textContent].flatMap((letter, place) => (/\w/.test(letter) && /\w/.test(own.textContent[place + 1] ?? "") ? [place] : []));
        return letters.some((place) => left(place).top === left(place + 1).top && left(place).left >= left(place + 1).left);
      });
      const sideways = [...root.querySelectorAll("*")].filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display === "block" && one.clientWidth > 1);
      return {
        bdi: isolated.map((one) => getComputedStyle(one).unicodeBidi),
        texts: isolated.map((one) => one.textContent),
        turned: turned.map((line) => line.textContent.slice(0, 80)),
        page: document.documentElement.scrollWidth - innerWidth,
        sideways: sideways.map((one) => `${one.localName}.${one.className}`),
      };
    });
    assert.ok(found.bdi.length >= named.length && found.bdi.every((one) => one === "isolate"), `isolated: ${found.bdi}`);
    for (const { named: text } of named) {
      assert.ok(found.texts.includes(text), "nothing is stripped");
    }
    assert.deepEqual(found.turned, []);
    assert.ok(found.page <= 0, `the page is ${found.page} px too wide`);
    assert.deepEqual(found.sideways, []);
    await shoot(page, `words-${width}`);
  });
}

await test("an old order is not counted as current", {}, async (page) => {
  await openChart(page, 4);
  const { answer } = await state(page);
  assert.ok(!answer.alerts.some((one) => one.drugs.some((drug) => drug.name === "naproxen")), "no alert about the naproxen of 2019");
  assert.ok(answer.notices.length > 0, "but a notice");
});

await test("the same drug from two prescribers is found", {}, async (page) => {
  await openChart(page, 0);
  const { answer } = await state(page);
  assert.ok(answer.alerts.some((one) => one.kind === "duplicate-ingredient" && one.drugs.some((drug) => drug.name === "atorvastatin")));
});

await test("a day that is none stops the check with an error, and says so", {}, async (page) => {
  await openChart(page, 0);
  await page.evaluate(() => { document.querySelector("cds-alerts").asOf = "2026-02-31"; });
  await settled(page);
  const { error, text, canSign } = await state(page);
  assert.ok(error);
  assert.match(text, /Not checked/);
  assert.equal(canSign, false);
  await shoot(page, "error");
});

await test("of checks that follow one another, the newest counts", {}, async (page) => {
  await openChart(page, 0);
  const outcome = await page.evaluate(async () => {
    const { createClient } = await import("./cds/index.js");
    const client = await createClient();
    const chart = document.querySelector("cds-alerts").chart;
    const calls = ["2026-11-20", "2026-11-21", "2026-11-22"].map((asOf) =>
      client.check({ asOf, charts: [chart] }).then((answer) => answer.asOf, (error) => error.code));
    const all = await Promise.all(calls);
    client.close();
    return [...all, await client.check({ asOf: "2026-11-22", charts: [chart] }).catch((error) => error.code)];
  });
  assert.deepEqual(outcome, ["superseded", "superseded", "2026-11-22", "closed"]);
});

await test("the engine runs in a worker where the policy allows it", {}, async (page) => {
  await openChart(page, 1);
  assert.match((await state(page)).runsIn, /Engine in a worker/);
});

for (const policy of ["no-worker", "no-trusted-types"]) {
  await test(`policy ${policy}: the engine runs on the main thread`, { policy, expectViolations: true }, async (page) => {
    await openChart(page, 0);
    await choose(page, "197806");
    const { runsIn, answer } = await state(page);
    assert.match(runsIn, /Engine in the page/);
    assert.ok(answer.alerts.some((one) => one.interrupts));
  });
}

await test("policy trusted-types: worker under the named policy, no violation", { policy: "trusted-types" }, async (page) => {
  await openChart(page, 0);
  assert.match((await state(page)).runsIn, /Engine in a worker/);
});

await test("policy no-wasm: says that nothing was checked; signing needs a check by hand", { policy: "no-wasm", expectViolations: true }, async (page) => {
  await settled(page);
  const { error, text } = await state(page);
  assert.equal(error.code, "wasm-blocked");
  assert.match(text, /Not checked/);
  await choose(page, "197806");
  await page.click("#add");
  assert.equal(await signDisabled(page), "true");
  await page.click("#by-hand");
  assert.equal(await signDisabled(page), "false");
  await shoot(page, "no-wasm");
});

await test("policy connect-src 'none': module and pack as bytes from a script", { policy: "no-connect", path: "package.json" }, async (page) => {
  const outcome = await page.evaluate(async (chart) => {
    const [{ createClient }, { module, pack, codes }] = await Promise.all([import("./client.js"), import("./inline.js")]);
    const client = await createClient({ module, pack, codes });
    const answer = await client.check({ asOf: "2026-11-22", charts: [chart] });
    return { runsIn: client.runsIn, drugs: answer.checked.drugs.length };
  }, charts[0]);
  assert.equal(outcome.runsIn, "worker");
  assert.ok(outcome.drugs > 0);
});

await test("a pack that is none is an error with a code", {}, async (page) => {
  await openChart(page, 0);
  const code = await page.evaluate(async () => {
    const { createClient } = await import("./cds/index.js");
    return createClient({ pack: new Uint8Array(8) }).then(() => "started", (error) => error.code);
  });
  assert.equal(code, "pack-unusable");
});

await test("the keyboard alone orders, answers and signs", {}, async (page) => {
  await openChart(page, 0);
  await page.focus("#drug");
  await page.keyboard.type("ibup");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await settled(page);
  assert.equal(await page.evaluate(() => document.activeElement.id), "dose", "the alert does not take the focus");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await settled(page);
  assert.equal(await page.evaluate(() => document.activeElement.id), "drug");
  await page.focus("#sign");
  await page.keyboard.press("Enter");
  for (let turn = (await state(page)).unanswered; turn > 0; turn -= 1) {
    await page.evaluate(() => document.querySelector("cds-alerts").focusUnanswered());
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
  }
  assert.equal((await state(page)).unanswered, 0);
  await page.focus("#sign");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator('#audit [data-action="sign"]').count(), 1);
});

await test("a host may replace the words", {}, async (page) => {
  await openChart(page, 0);
  await page.evaluate(() => { document.querySelector("cds-alerts").messages = { title: "Sicherheitsprüfung" }; });
  assert.match((await state(page)).text, /Sicherheitsprüfung/);
});

/** Shows an answer in place of the engine's: the engine's own with other findings. */
const show = async (page, findings) => {
  await page.evaluate(async (findings) => {
    const alerts = document.querySelector("cds-alerts");
    window.real ??= structuredClone(alerts.answer);
    const { alerts: given = [], ...rest } = findings;
    const plain = { tolerated: null, missing: [], allergen: null, interrupts: false, involvesDraft: false };
    const made = given.map((one, place) => {
      const alert = { ...structuredClone(window.real.alerts[0]), ...plain, id: `made-${place}`, tier: "moderate", signalWord: "Caution", ...one };
      return { ...alert, reasons: alert.reasons.map((reason, at) => ({ ...reason, changes: one.changes?.[at] ?? [] })) };
    });
    alerts.answer = { ...window.real, complete: true, notEvaluated: [], undecided: [], switchedOff: [], notices: [], issues: [], alerts: made, ...rest };
  }, findings);
};

const inElement = (page, selector) => page.evaluate((selector) =>
  [...document.querySelector("cds-alerts").shadowRoot.querySelectorAll(selector)].map((one) => one.textContent.replace(/\s+/g, " ").trim()), selector);

const drug = (name, draft = false) => ({ rxcui: "0", name, draft });
const question = (missing, text, ...drugs) => ({ missing, text, drugs, rules: ["a-rule"], involvesDraft: drugs.some((one) => one.draft), resources: [] });
const QUESTIONS = [
  question("age", "The chart has no date of birth that is precise enough: losartan was not checked against age.", drug("losartan")),
  question("dose", "The chart has no dose that could be read: warfarin was not checked against its dose limits.", drug("warfarin")),
  question("pregnancy", "The chart does not say whether the patient is pregnant: ibuprofen was not checked against pregnancy.", drug("ibuprofen", true)),
  { ...question("conditions", "2 conditions of the chart have codes that the knowledge pack does not know: no drug was checked against them. Look them up by hand."), resources: ["Condition/one", "Condition/two"] },
];
const OFF = [
  { rule: "statin-lipid-monitoring", title: "Lipids during a statin", tier: "minor", drugs: [drug("atorvastatin")], person: "A. Adams, pharmacist", reason: "recall \u202Elist", on: "2026-10-15" },
  { rule: "warfarin-nsaid", title: "Warfarin with an NSAID", tier: "major", drugs: [drug("ibuprofen", true), drug("warfarin")], person: "B. Brown, physician", reason: "<b>clinic</b>", on: "2026-11-01" },
];
const KINDS = ["drug-allergy", "drug-interaction", "additive-effect", "duplicate-ingredient", "duplicate-class", "drug-condition", "kidney", "liver", "pregnancy", "lactation", "age", "dose", "monitoring", "food"];
const SITE = { from: "major", to: "moderate", by: "site-policy", because: "the clinic sees every patient.", person: "A. Adams, pharmacist", on: "2026-11-01" };
const CONTEXT = { from: "contraindicated", to: "major", by: "context", because: "the INR is watched", person: null, on: null };
const RAISED = { from: "minor", to: "moderate", by: "context", because: "the patient is over 75", person: null, on: null };

await test("nothing found is said only where nothing is open, off or unchecked", {}, async (page) => {
  await openChart(page, 0);
  for (const alerts of [[], [{}]]) {
    for (const complete of [true, false]) {
      for (const undecided of [[], QUESTIONS.slice(0, 1), QUESTIONS]) {
        for (const switchedOff of [[], OFF.slice(0, 1), OFF]) {
          await show(page, { alerts, complete, undecided, switchedOff });
          const [verdict] = await inElement(page, ".coverage .verdict");
          const clear = complete && undecided.length + switchedOff.length === 0;
          assert.equal(/every current drug and allergy was checked/i.test(verdict), clear, verdict);
          assert.equal((await inElement(page, ".coverage .verdict.whole")).length, clear ? 1 : 0);
          assert.equal(/nothing found/i.test(verdict), alerts.length === 0 && (clear || undecided.length > 0), verdict);
          assert.equal(verdict.startsWith("Nothing found in what could be decided: "), alerts.length === 0 && undecided.length > 0, verdict);
          for (const [count, words] of [[undecided.length, /(\d) questions? (is|are) open/], [switchedOff.length, /(\d) rules? that would have fired (is|are) switched off by this site/]]) {
            assert.equal(words.exec(verdict)?.[1], count > 0 ? String(count) : undefined, verdict);
          }
          assert.equal(/not everything could be checked/i.test(verdict), !complete, verdict);
          assert.equal(verdict.startsWith("1 alert. "), alerts.length > 0, verdict);
        }
      }
    }
  }
});

await test("what was not decided and what the site switched off: the draft's first, as text", {}, async (page) => {
  await openChart(page, 0);
  await show(page, { undecided: QUESTIONS, switchedOff: OFF });
  const open = await inElement(page, '[part="undecided"] > ul > li');
  assert.equal(open.length, 1);
  assert.match(open[0], /pregnant.*ibuprofen/);
  assert.deepEqual(await inElement(page, '[part="undecided"] > .label'), ["About the new order"]);
  assert.deepEqual(await inElement(page, '[part="undecided"] h3'), ["Not decided: 4 questions"]);
  assert.deepEqual(await inElement(page, '[part="undecided"] details:not([open]) summary'), ["3 questions about the current medications"]);
  assert.match((await inElement(page, '[part="undecided"] [data-missing="conditions"]'))[0], /Condition\/one.*Condition\/two/);
  await show(page, { undecided: QUESTIONS.slice(0, 2) });
  assert.equal((await inElement(page, '[part="undecided"] > ul > li')).length, 2, "a few stand open");
  await show(page, { undecided: [question("dose", "A text without names.", drug("losartan"))] });
  assert.match((await inElement(page, '[part="undecided"] > ul > li'))[0], /losartan/, "a drug that the text does not name is named");
  assert.equal((await inElement(page, '[part="switched-off"]')).length, 0);
  await show(page, { switchedOff: OFF });
  assert.equal((await inElement(page, '[part="undecided"]')).length, 0);
  const rules = await inElement(page, '[part="switched-off"] > ul > li');
  assert.match(rules[0], /Warfarin with an NSAID \(would be major\).*ibuprofen ?new order.*B\. Brown, physician, since 2026-11-01: <b>clinic<\/b>/);
  assert.match(rules[1], /Lipids during a statin \(would be minor\).*A\. Adams, pharmacist, since 2026-10-15/);
  assert.deepEqual(await page.evaluate(() => [...document.querySelector("cds-alerts").shadowRoot.querySelectorAll('[part="switched-off"] p bdi')].map((one) => getComputedStyle(one).unicodeBidi)), ["isolate", "isolate"]);
});

await test("every kind has a word and a shape of its own, in few colours", {}, async (page) => {
  await openChart(page, 0);
  await show(page, { alerts: KINDS.map((kind) => ({ kind, what: `About ${kind}` })) });
  const found = await page.evaluate(() => {
    const root = document.querySelector("cds-alerts").shadowRoot;
    return [...root.querySelectorAll(".alert .kind")].map((one) => ({
      word: one.textContent,
      shape: [...one.querySelectorAll("path")].map((path) => path.getAttribute("d")).join(),
      color: getComputedStyle(one).color,
    }));
  });
  assert.equal(found.length, KINDS.length);
  assert.equal(new Set(found.map((one) => one.word)).size, KINDS.length);
  assert.equal(new Set(found.map((one) => one.shape)).size, KINDS.length);
  assert.ok(found.every((one) => one.word !== "" && one.shape !== ""));
  // With the four tiers and the accent, under ten.
  assert.ok(new Set(found.map((one) => one.color)).size <= 5, "five colours of kinds, of which one is a tier's");
});

await test("an alert says why its tier was changed, by whom, and what is not known", {}, async (page) => {
  await openChart(page, 0);
  await show(page, {
    alerts: [
      { what: "Changed by the site", changes: [[CONTEXT, SITE]] },
      { what: "Raised", changes: [[RAISED]], missing: ["no INR in the last 30 days", "no dose of warfarin that could be read"] },
      { what: "Tolerated", tier: "major", signalWord: "Warning", involvesDraft: true, tolerated: "These drugs have been taken together for at least 90 days." },
      { what: "Plain" },
    ],
  });
  const of = async (what) => (await inElement(page, ".alert")).find((one) => one.includes(what));
  const changed = await of("Changed by the site");
  assert.match(changed, /Tier changed by this site/, "the folded line says so");
  assert.match(changed, /Major instead of contraindicated, because the INR is watched\./);
  assert.match(changed, /Moderate instead of major, because the clinic sees every patient\. Changed by this site: A\. Adams, pharmacist, since 2026-11-01\./);
  const raised = await of("Raised");
  assert.match(raised, /Moderate instead of minor, because the patient is over 75\./);
  assert.match(raised, /Not known: no INR in the last 30 days; no dose of warfarin that could be read; the tier is the safe one without it\./);
  assert.doesNotMatch(raised, /this site/);
  assert.match(await of("Tolerated"), /Taken together before.*Shown without interrupting\. These drugs have been taken together for at least 90 days\./);
  assert.doesNotMatch(await of("Plain"), /instead of|Not known|Shown without/);
});

await test("a change that made another rule of the alert quieter is shown as well", {}, async (page) => {
  await openChart(page, 0);
  await page.evaluate(() => {
    const alerts = document.querySelector("cds-alerts");
    window.real = structuredClone(alerts.answer);
    const [reason] = window.real.alerts[0].reasons;
    window.real.alerts[0].reasons = [reason, { ...reason, rule: "another" }];
  });
  await show(page, { alerts: [{ changes: [[], [SITE]] }] });
  assert.match((await inElement(page, ".alert > .content > .remarks"))[0], /Changed by this site/);
  await show(page, { alerts: [{ tier: "major", changes: [[], [SITE]] }] });
  assert.equal((await inElement(page, ".alert > .content > .remarks")).length, 0, "it would not have spoken louder");
});

await test("tests and food stand at the end, folded, unless they interrupt", {}, async (page) => {
  await openChart(page, 0);
  await show(page, {
    alerts: [
      { what: "Test that interrupts", kind: "monitoring", tier: "major", signalWord: "Warning", interrupts: true, involvesDraft: true },
      { what: "Test that is due", kind: "monitoring" },
      { what: "Food of the draft", kind: "food", involvesDraft: true },
      { what: "Interaction", kind: "drug-interaction" },
    ],
  });
  assert.deepEqual(await inElement(page, '[data-group="quiet"] > summary'), ["2 notes on tests and food, 1 about the new order"]);
  const rows = await inElement(page, '[data-group="quiet"]:not([open]) .alert');
  assert.equal(rows.length, 2, "folded");
  assert.match(rows[0], /Food of the draft/);
  assert.deepEqual((await inElement(page, ".body > [data-group]")).length, 3);
  assert.match((await inElement(page, '[data-group="draft"] .alert'))[0], /Test that interrupts/);
  assert.equal((await state(page)).unanswered, 1);
  assert.match((await inElement(page, '.body > [data-group="quiet"]:last-child'))[0], /notes on tests and food/);
});

for (const [name, number, rxcui, sig, holds] of [
  ["kidney", 7, "861004", 0, (one) => one.kind === "kidney" && one.involvesDraft],
  ["pregnancy", 6, "314077", 0, (one) => one.kind === "pregnancy" && one.involvesDraft],
  ["dose", 6, "198440", 2, (one) => one.kind === "dose" && one.interrupts],
  ["a tier that the patient's facts change", 0, "855633", 0, (one) => one.reasons[0].changes.some((change) => change.by !== "site-policy")],
  ["long tolerated", 5, "896209", 0, (one) => one.tolerated !== null && !one.interrupts],
  ["what is not known", 0, "197806", 0, (one) => one.missing.length > 0],
]) {
  await test(`the demonstration shows: ${name}`, {}, async (page) => {
    await openChart(page, number);
    await page.locator(`#composer [data-rxcui="${rxcui}"]`).or(page.locator("#drug")).first().waitFor();
    await choose(page, rxcui);
    if (sig > 0) {
      await page.selectOption("#dose", { index: sig });
      await settled(page);
    }
    const { answer } = await state(page);
    assert.ok(answer.alerts.some(holds), answer.alerts.map((one) => `${one.kind} ${one.what}`).join(" | "));
    assert.equal(answer.issues.filter((one) => one.severity !== "information").length, 0, JSON.stringify(answer.issues));
    await shoot(page, `shows-${name.replaceAll(" ", "-").replace("'", "")}`);
  });
}

await test("a site's policy is taken, and what it hides is said", {}, async (page) => {
  const policy = JSON.parse(await readFile(join(dist, "policies", "example-hospital.json"), "utf8"));
  await openChart(page, 0);
  await page.selectOption("#policy", "example-hospital");
  await page.waitForFunction(() => document.querySelector("cds-alerts").answer?.switchedOff.length === 1);
  const { answer, text } = await state(page);
  assert.ok(!answer.notices.some((one) => one.code === "site-policy"), JSON.stringify(answer.notices));
  assert.match(text, /Switched off by this site: 1 rule/);
  assert.ok(text.includes(policy.changes[1].reason));
  await shoot(page, "site-policy");
  await openChart(page, 5);
  await page.waitForFunction(() => document.querySelector("cds-alerts").answer?.alerts.length > 0);
  assert.match((await state(page)).text, /Moderate instead of major, because the pharmacist.*Changed by this site: Dr\. Ines Halloran, head of the HIV clinic, since 2026-09-01/);
  await page.selectOption("#policy", "");
  await page.waitForFunction(() => document.querySelector("cds-alerts").answer?.alerts.every((one) => one.reasons.every((reason) => reason.changes.every((change) => change.by !== "site-policy"))));
});

for (const scheme of ["light", "dark"]) {
  for (const width of [1280, 400, 320]) {
    await test(`axe-core and layout, ${scheme}, ${width} px`, { scheme, width, reducedMotion: "reduce" }, async (page) => {
      await openChart(page, 3);
      await choose(page, "562508");
      await page.locator('[role="alertdialog"] [data-action="override"]').first().click();
      await page.locator("cds-alerts .why summary").first().click();
      await audits(page, "alert with override and reasons");
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
      await shoot(page, `alert-${scheme}-${width}`);
      await openChart(page, 4);
      await choose(page, "198335");
      await audits(page, "several alerts and a notice");
      await shoot(page, `several-${scheme}-${width}`);
      await show(page, {
        complete: false,
        undecided: QUESTIONS,
        switchedOff: OFF,
        alerts: KINDS.map((kind, place) => ({
          kind,
          what: `About ${kind}`,
          ...(place === 0 && { tier: "major", signalWord: "Warning", interrupts: true, involvesDraft: true, missing: ["no INR in the last 30 days"], changes: [[CONTEXT]] }),
          ...(place === 1 && { changes: [[CONTEXT, SITE]] }),
          ...(place === 2 && { involvesDraft: true, tolerated: "These drugs have been taken together for at least 90 days, and the order does not raise a dose." }),
        })),
      });
      await audits(page, "every kind and section, folded");
      await shoot(page, `sections-${scheme}-${width}`);
      await page.evaluate(() => {
        for (const details of document.querySelector("cds-alerts").shadowRoot.querySelectorAll("details")) {
          details.open = true;
        }
      });
      await audits(page, "every kind and section, open");
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wider <= 0, `the page is ${wider} px too wide`);
      await shoot(page, `sections-open-${scheme}-${width}`);
    });
  }
}

await test("prints every alert with its basis", {}, async (page) => {
  await openChart(page, 0);
  await choose(page, "197806");
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("cds-alerts details:not([open])").count(), 0);
  await shoot(page, "print");
});

for (const one of Object.values(server)) {
  one.close();
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
