// Builds the npm package into ../wasm-bindings/pkg/npm and the page into dist.
//
// The engine comes from ../wasm-bindings/pkg/web (`wasm-pack build --target web`), the knowledge from `CDS_PACK` or
// ../wasm-bindings/pkg/cds.pack.

import { execFileSync } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const bindings = join(here, "..", "wasm-bindings");
const source = join(bindings, "npm");
const npm = join(bindings, "pkg", "npm");
const dist = join(here, "dist");

const engine = whichEngine();
checkTypes();
await buildPackage();
await buildPage();
console.log(`package  ${npm}\npage     ${dist}`);

function whichEngine() {
  const web = join(bindings, "pkg", "web");
  const found = {
    glue: join(web, "cds_wasm.js"),
    wasm: join(web, "cds_wasm_bg.wasm"),
    pack: process.env.CDS_PACK ?? join(bindings, "pkg", "cds.pack"),
    codes: process.env.CDS_CODES ?? join(bindings, "pkg", "cds-codes.pack"),
  };
  const missing = Object.values(found).filter((file) => !existsSync(file));
  if (missing.length > 0) {
    console.error(`missing: ${missing.join(", ")}`);
    console.error("build the engine and the pack first, or say where the pack is with CDS_PACK");
    process.exit(1);
  }
  return found;
}

function checkTypes() {
  const tsc = join(here, "node_modules", "typescript", "bin", "tsc");
  for (const project of [source, here]) {
    const options = project === source ? ["--noEmit", "--emitDeclarationOnly", "false"] : [];
    execFileSync(process.execPath, [tsc, "-p", project, ...options], { stdio: "inherit" });
  }
}

async function buildPackage() {
  await rm(npm, { recursive: true, force: true });
  await mkdir(npm, { recursive: true });
  const common = {
    bundle: true,
    format: "esm",
    target: "es2022",
    outdir: npm,
    minify: true,
    legalComments: "none",
    loader: { ".css": "text" },
    alias: { cds_wasm: engine.glue },
    logLevel: "warning",
  };
  const entry = (name) => join(source, "src", `${name}.ts`);
  await build({ ...common, entryPoints: ["index", "client", "cds-alerts"].map(entry), splitting: true, chunkNames: "[name]-[hash]" });
  // In one piece, so that a bundler which treats it as a plain file still leaves it whole.
  await build({ ...common, entryPoints: [entry("worker")] });
  await declareTypes();
  for (const [file, name] of [[engine.wasm, "cds_wasm_bg.wasm"], [engine.pack, "cds.pack"], [engine.codes, "cds-codes.pack"]]) {
    await cp(file, join(npm, name));
  }
  await writeInline();
  for (const name of ["package.json", "README.md"]) {
    await cp(join(source, name), join(npm, name));
  }
  await cp(join(bindings, "..", "LICENSE"), join(npm, "LICENSE"));
}

/** Declarations for what the package exports; the rest stays inside. */
async function declareTypes() {
  const tsc = join(here, "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [tsc, "-p", source, "--outDir", npm], { stdio: "inherit" });
  await cp(join(source, "src", "answer.d.ts"), join(npm, "answer.d.ts"));
  for (const inner of ["ambient", "coverage", "dom", "engine", "gaps", "icons", "worker"]) {
    await rm(join(npm, `${inner}.d.ts`), { force: true });
  }
}

/** Module and pack as bytes inside a script, for pages whose policy is `connect-src 'none'`. */
async function writeInline() {
  const base64 = async (name) => (await readFile(join(npm, name))).toString("base64");
  const script =
    "const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));\n" +
    `export const module = bytes("${await base64("cds_wasm_bg.wasm")}");\n` +
    `export const pack = bytes("${await base64("cds.pack")}");\n` +
    `export const codes = bytes("${await base64("cds-codes.pack")}");\n`;
  await writeFile(join(npm, "inline.js"), script);
  await writeFile(
    join(npm, "inline.d.ts"),
    "/** The engine's module. */\nexport declare const module: Uint8Array;\n" +
      "/** The knowledge pack. */\nexport declare const pack: Uint8Array;\n" +
      "/** National Drug Codes and brand names. */\nexport declare const codes: Uint8Array;\n",
  );
}

async function buildPage() {
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  await build({
    entryPoints: [join(here, "src", "main.ts")],
    outfile: join(dist, "main.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    logLevel: "warning",
    plugins: [packageBeside()],
  });
  for (const name of ["index.html", "style.css", "charts", "policies"]) {
    await cp(join(here, name), join(dist, name), { recursive: true });
  }
  await cp(npm, join(dist, "cds"), { recursive: true, filter: (path) => !/\.d\.ts$|inline\.js$/.test(path) });
}

/** The page uses the package as a customer would: whole, from a folder beside it. */
function packageBeside() {
  return {
    name: "package-beside",
    setup(builder) {
      builder.onResolve({ filter: /^@cds-founders\/cds$/ }, () => ({ path: "./cds/index.js", external: true }));
    },
  };
}
