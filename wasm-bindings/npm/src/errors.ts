/** Why a check gave no answer. Codes that are not listed come from the engine. */
export type CdsErrorCode =
  | "superseded"
  | "closed"
  | "module-unavailable"
  | "pack-unavailable"
  | "pack-unusable"
  | "wasm-blocked"
  | "worker-unavailable"
  | "engine-stopped"
  | "call-unreadable"
  | (string & {});

/** A check that gave no answer: what went wrong in `message`, what to do about it in `help`. */
export class CdsError extends Error {
  override readonly name = "CdsError";

  constructor(
    readonly code: CdsErrorCode,
    message: string,
    readonly help: string,
  ) {
    super(message);
  }
}

/** A failure as it travels between a worker and its page. */
export interface Failure {
  code: CdsErrorCode;
  message: string;
  help: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof CdsError) {
    return { code: error.code, message: error.message, help: error.help };
  }
  return {
    code: "engine-stopped",
    message: "the engine stopped without an answer",
    help: "check again; if it stops again, report the versions of engine and pack",
  };
}

export function errorOf(failure: Failure): CdsError {
  return new CdsError(failure.code, failure.message, failure.help);
}
