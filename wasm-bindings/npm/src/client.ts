// The engine as a page sees it: one client, one answer at a time, off the main thread where the page's policy allows that.

import type { Answer, CheckAnswer, CheckCall, Policy, Provenance, RuleChange } from "./answer.js";
import { CdsError, errorOf, failureOf } from "./errors.js";
import type { EngineSources } from "./engine.js";
import type { Reply, Request } from "./worker.js";

export type * from "./answer.js";
export { CdsError, type CdsErrorCode } from "./errors.js";

/** Name of the Trusted Types policy that makes the worker's address; allow it with `trusted-types cds-founders`. */
export const TRUSTED_TYPES_POLICY = "cds-founders";

/** How `createClient` finds what it needs. Everything that is left out is taken from beside this script. */
export interface ClientOptions {
  /** The engine's module, `cds_wasm_bg.wasm`: its address or its bytes. */
  module?: string | URL | Uint8Array | ArrayBuffer;
  /** The knowledge pack, `cds.pack`: its address or its bytes. */
  pack?: string | URL | Uint8Array | ArrayBuffer;
  /**
   * National Drug Codes and brand names, `cds-codes.pack`: address or bytes. `false` does without them: a drug that has no RxNorm or
   * SNOMED CT code is then not recognised, and every answer says so.
   */
  codes?: string | URL | Uint8Array | ArrayBuffer | false;
  /** `false` stays on the main thread; an address says where `worker.js` is served. A worker is tried unless this is `false`. */
  worker?: boolean | string | URL;
}

/** A site's policy as it is written: what is left out has its default. */
export type SitePolicy = Partial<Omit<Policy, "changes">> & {
  changes?: Array<Omit<RuleChange, "tier" | "until"> & Partial<Pick<RuleChange, "tier" | "until">>>;
};

/** A question about one chart: a `check` call. */
export type CheckRequest = Omit<CheckCall, "call" | "policy"> & { policy?: SitePolicy };

/** A running engine. */
export interface Client {
  /** Where the engine runs. */
  readonly runsIn: "worker" | "main-thread";
  /** How long the engine took for the latest answer, without the way there and back, in milliseconds. */
  readonly milliseconds: number | undefined;
  /** Checks a chart. A newer check rejects this one with the code `superseded`. */
  check(request: CheckRequest): Promise<CheckAnswer>;
  /** Answers a call that is JSON already; nothing supersedes it. Decimals keep their digits this way. */
  answerBytes(callJson: Uint8Array): Promise<Uint8Array>;
  /** Versions of engine and knowledge. */
  about(): Promise<Provenance>;
  /** Frees the engine. */
  close(): void;
}

/**
 * Starts the engine: in a module worker where the page's policy allows one, on the main thread where it does not.
 *
 * Rejects with a `CdsError` where neither works; a page then says "not checked".
 */
export async function createClient(options: ClientOptions = {}): Promise<Client> {
  const sources: EngineSources = {
    module: sourceOf(options.module, new URL("./cds_wasm_bg.wasm", import.meta.url)),
    pack: sourceOf(options.pack, new URL("./cds.pack", import.meta.url)),
    codes: options.codes === false ? undefined : sourceOf(options.codes, new URL("./cds-codes.pack", import.meta.url)),
  };
  const engine = await startAnywhere(sources, options.worker ?? true);
  return new RunningClient(engine, () => startAnywhere(sources, options.worker ?? true));
}

/** An engine on some thread. */
interface RemoteEngine {
  readonly runsIn: Client["runsIn"];
  readonly about: Provenance;
  call(bytes: Uint8Array, newestOnly: boolean): Promise<{ bytes: Uint8Array; milliseconds: number }>;
  close(): void;
}

class RunningClient implements Client {
  #engine: Promise<RemoteEngine>;
  #restart: () => Promise<RemoteEngine>;
  #supersede: (() => void) | undefined;
  #closed = false;
  runsIn: Client["runsIn"];
  milliseconds: number | undefined;

  constructor(engine: RemoteEngine, restart: () => Promise<RemoteEngine>) {
    this.#engine = Promise.resolve(engine);
    this.#restart = restart;
    this.runsIn = engine.runsIn;
  }

  async check(request: CheckRequest): Promise<CheckAnswer> {
    this.#supersede?.();
    const superseded = new Promise<never>((_, reject) => {
      this.#supersede = () =>
        reject(new CdsError("superseded", "a newer check took this one's place", "use the newer check's answer"));
    });
    superseded.catch(() => {});
    const answered = this.#bytes(encode({ call: "check", ...request }), true);
    answered.catch(() => {});
    return decode(await Promise.race([superseded, answered]));
  }

  async answerBytes(callJson: Uint8Array): Promise<Uint8Array> {
    return this.#bytes(callJson, false);
  }

  async about(): Promise<Provenance> {
    return (await this.#engine).about;
  }

  close(): void {
    this.#closed = true;
    this.#supersede?.();
    void this.#engine.then((engine) => engine.close()).catch(() => {});
  }

  async #bytes(call: Uint8Array, newestOnly: boolean): Promise<Uint8Array> {
    if (this.#closed) {
      throw new CdsError("closed", "this client was closed", "make a new one with `createClient`");
    }
    try {
      const engine = await this.#engine;
      this.runsIn = engine.runsIn;
      const answer = await engine.call(call, newestOnly);
      this.milliseconds = answer.milliseconds;
      return answer.bytes;
    } catch (error) {
      if (error instanceof CdsError && error.code === "engine-stopped" && !this.#closed) {
        this.#replace();
      }
      throw error;
    }
  }

  /** An engine that stopped is never asked again. */
  #replace(): void {
    const stopped = this.#engine;
    this.#engine = stopped.then((engine) => engine.close()).then(this.#restart, this.#restart);
    this.#engine.catch(() => {});
  }
}

async function startAnywhere(sources: EngineSources, worker: boolean | string | URL): Promise<RemoteEngine> {
  if (worker !== false) {
    try {
      return await startWorker(sources, worker === true ? undefined : String(worker));
    } catch (error) {
      // A missing file is missing on both threads; a policy may forbid one thread only.
      const elsewhere = error instanceof CdsError && ["worker-unavailable", "wasm-blocked"].includes(error.code);
      if (!elsewhere) {
        throw error;
      }
    }
  }
  return startHere(sources);
}

async function startHere(sources: EngineSources): Promise<RemoteEngine> {
  const { startEngine, isTrap } = await import("./engine.js");
  let engine: Awaited<ReturnType<typeof startEngine>> | undefined = await startEngine(sources);
  return {
    runsIn: "main-thread",
    about: engine.about() as Provenance,
    async call(bytes) {
      if (!engine) {
        throw new CdsError("engine-stopped", "the engine has stopped on this page", "load the page again");
      }
      try {
        const begin = performance.now();
        const answer = engine.answerBytes(bytes);
        return { bytes: answer, milliseconds: performance.now() - begin };
      } catch (error) {
        if (isTrap(error)) {
          engine = undefined;
        }
        throw errorOf(failureOf(error));
      }
    },
    close() {
      engine?.free();
      engine = undefined;
    },
  };
}

/** How long a worker may take to say that its script runs, before the main thread is used. */
const WORKER_PATIENCE_MS = 10_000;

function startWorker(sources: EngineSources, address: string | undefined): Promise<RemoteEngine> {
  return new Promise((resolve, reject) => {
    const unavailable = () =>
      new CdsError(
        "worker-unavailable",
        "the worker could not be started",
        "serve `worker.js` from the page's origin and allow it in `worker-src`, or pass `worker: false`",
      );
    let worker: Worker;
    try {
      worker = newWorker(address);
    } catch {
      reject(unavailable());
      return;
    }
    const pending = new Map<number, { resolve(answer: { bytes: Uint8Array; milliseconds: number }): void; reject(error: CdsError): void }>();
    let lastId = 0;
    const stop = (error: CdsError) => {
      clearTimeout(patience);
      worker.terminate();
      for (const call of pending.values()) {
        call.reject(error);
      }
      pending.clear();
      reject(error);
    };
    const patience = setTimeout(() => stop(unavailable()), WORKER_PATIENCE_MS);
    const post = (request: Request) => worker.postMessage(request);
    worker.onerror = (event) => {
      event.preventDefault();
      stop(unavailable());
    };
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      switch (data.type) {
        case "loaded":
          clearTimeout(patience);
          post({ type: "start", sources });
          break;
        case "failed":
          stop(errorOf(data.failure));
          break;
        case "ready":
          worker.onerror = (event) => {
            event.preventDefault();
            stop(errorOf(failureOf(undefined)));
          };
          resolve({
            runsIn: "worker",
            about: data.about,
            call: (bytes, newestOnly) =>
              new Promise((resolveCall, rejectCall) => {
                const id = ++lastId;
                pending.set(id, { resolve: resolveCall, reject: rejectCall });
                post({ type: "call", id, bytes, newestOnly });
              }),
            close: () => stop(new CdsError("closed", "this client was closed", "make a new one with `createClient`")),
          });
          break;
        case "answer":
          pending.get(data.id)?.resolve(data);
          pending.delete(data.id);
          break;
        case "stopped":
          pending.get(data.id)?.reject(errorOf(data.failure));
          pending.delete(data.id);
          break;
      }
    };
  });
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): { createScriptURL(address: string): string };
}

let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;

function newWorker(address: string | undefined): Worker {
  const trusted = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (address === undefined && !trusted) {
    // Written out so that bundlers find the worker.
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "cds" });
  }
  const script = new URL(address ?? new URL("./worker.js", import.meta.url).href, document.baseURI).href;
  if (!trusted) {
    return new Worker(script, { type: "module", name: "cds" });
  }
  policy ??= trusted.createPolicy(TRUSTED_TYPES_POLICY, { createScriptURL: (url) => url });
  return new Worker(policy.createScriptURL(script), { type: "module", name: "cds" });
}

function sourceOf(given: ClientOptions["module"], standard: URL): string | Uint8Array {
  if (given instanceof ArrayBuffer) {
    return new Uint8Array(given);
  }
  if (given instanceof Uint8Array) {
    return given;
  }
  return given === undefined ? standard.href : new URL(given, document.baseURI).href;
}

function encode(call: object): Uint8Array {
  try {
    return new TextEncoder().encode(JSON.stringify(call));
  } catch {
    throw new CdsError("call-unreadable", "the chart cannot be written as JSON", "pass plain FHIR resources, as parsed from JSON");
  }
}

function decode(bytes: Uint8Array): CheckAnswer {
  const answer = JSON.parse(new TextDecoder().decode(bytes)) as Answer;
  if (answer.answer === "error") {
    throw new CdsError(answer.code, answer.message, "nothing was checked; correct the call and check again");
  }
  return answer as { answer: "check" } & CheckAnswer;
}
