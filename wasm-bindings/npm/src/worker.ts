// The engine in a worker. Of the checks that wait, only the newest is computed.

import type { Provenance } from "./answer.js";
import { failureOf, CdsError, type Failure } from "./errors.js";
import { isTrap, startEngine, type EngineSources } from "./engine.js";

/** What a page asks of its worker. */
export type Request =
  | { type: "start"; sources: EngineSources }
  | { type: "call"; id: number; bytes: Uint8Array; newestOnly: boolean };

/** What a worker tells its page. */
export type Reply =
  | { type: "loaded" }
  | { type: "ready"; about: Provenance }
  | { type: "failed"; failure: Failure }
  | { type: "answer"; id: number; bytes: Uint8Array; milliseconds: number }
  | { type: "stopped"; id: number; failure: Failure };

const scope = globalThis as unknown as {
  postMessage(reply: Reply, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<Request>) => void) | null;
};

const SUPERSEDED: Failure = {
  code: "superseded",
  message: "a newer check took this one's place",
  help: "use the newer check's answer",
};

let engine: Awaited<ReturnType<typeof startEngine>> | undefined;
let waiting: Array<Extract<Request, { type: "call" }>> = [];

// A message to oneself queues behind what the page has already sent, so that a newer check is seen before an older one runs.
const turn = new MessageChannel();
turn.port1.onmessage = () => answerNext();

scope.onmessage = ({ data }) => {
  if (data.type === "start") {
    void start(data.sources);
    return;
  }
  const dropped = data.newestOnly ? waiting.filter((call) => call.newestOnly) : [];
  waiting = waiting.filter((call) => !dropped.includes(call));
  waiting.push(data);
  for (const { id } of dropped) {
    scope.postMessage({ type: "stopped", id, failure: SUPERSEDED });
  }
  turn.port2.postMessage(null);
};

scope.postMessage({ type: "loaded" });

async function start(sources: EngineSources): Promise<void> {
  try {
    engine = await startEngine(sources);
    scope.postMessage({ type: "ready", about: engine.about() as Provenance });
  } catch (error) {
    scope.postMessage({ type: "failed", failure: failureOf(error) });
  }
}

function answerNext(): void {
  const call = waiting.shift();
  if (!call) {
    return;
  }
  try {
    if (!engine) {
      throw new CdsError("engine-stopped", "the engine was called before it was ready", "await `createClient` first");
    }
    const begin = performance.now();
    const bytes = engine.answerBytes(call.bytes);
    const milliseconds = performance.now() - begin;
    scope.postMessage({ type: "answer", id: call.id, bytes, milliseconds }, [bytes.buffer]);
  } catch (error) {
    if (isTrap(error)) {
      engine = undefined;
    }
    scope.postMessage({ type: "stopped", id: call.id, failure: failureOf(error) });
  }
}
