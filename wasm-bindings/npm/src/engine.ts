// The engine itself, on whichever thread this module runs.

import init, { Engine } from "cds_wasm";

import { CdsError } from "./errors.js";

/** Where the module and the pack come from: an address, or the bytes themselves. */
export interface EngineSources {
  module: string | Uint8Array;
  pack: string | Uint8Array;
  /** Further codes and names, `cds-codes.pack`; `undefined` where the page does without them. */
  codes: string | Uint8Array | undefined;
}

let instantiated: Promise<unknown> | undefined;

/** Loads the module once for this thread and reads the pack. */
export async function startEngine(sources: EngineSources): Promise<Engine> {
  const codesBytes = sources.codes === undefined ? undefined : packBytes(sources.codes);
  const [, pack, codes] = await Promise.all([instantiate(sources.module), packBytes(sources.pack), codesBytes]);
  try {
    const engine = new Engine(pack);
    if (codes) {
      engine.addCodes(codes);
    }
    return engine;
  } catch (error) {
    throw new CdsError("pack-unusable", textOf(error), "use the `cds.pack` and `cds-codes.pack` that were released with this version of the engine");
  }
}

/** Whether an error means that the instance must not be used again. */
export function isTrap(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError;
}

async function instantiate(module: string | Uint8Array): Promise<void> {
  instantiated ??= (async () => {
    const source = typeof module === "string" ? await fetched(module, "module-unavailable", "the engine's module") : module;
    await init({ module_or_path: source as Response | BufferSource });
  })();
  try {
    await instantiated;
  } catch (error) {
    instantiated = undefined;
    throw error instanceof CdsError ? error : blocked(error);
  }
}

async function packBytes(pack: string | Uint8Array): Promise<Uint8Array> {
  if (typeof pack !== "string") {
    return pack;
  }
  const response = await fetched(pack, "pack-unavailable", "the knowledge pack");
  return new Uint8Array(await response.arrayBuffer());
}

async function fetched(address: string, code: string, what: string): Promise<Response> {
  const help = `serve it at \`${address}\`, or pass its bytes to \`createClient\``;
  let response: Response;
  try {
    response = await fetch(address);
  } catch {
    throw new CdsError(code, `${what} could not be fetched`, `${help}; a policy without \`connect-src\` needs the bytes`);
  }
  if (!response.ok) {
    throw new CdsError(code, `${what} could not be fetched: status ${response.status}`, help);
  }
  return response;
}

function blocked(error: unknown): CdsError {
  if (/unsafe-eval|Content Security Policy/i.test(textOf(error))) {
    return new CdsError(
      "wasm-blocked",
      "the page's content security policy does not allow WebAssembly",
      "add `'wasm-unsafe-eval'` to `script-src` of the page or of the worker script's response",
    );
  }
  return new CdsError(
    "module-unavailable",
    "the engine's module could not be started",
    "serve `cds_wasm_bg.wasm` of the same release as this package, unchanged",
  );
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
