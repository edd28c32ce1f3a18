// What the build resolves: the glue that wasm-pack writes, and style sheets as text.

declare module "cds_wasm" {
  export default function init(options: {
    module_or_path: Response | Promise<Response> | BufferSource | WebAssembly.Module;
  }): Promise<unknown>;

  export class Engine {
    constructor(pack: Uint8Array);
    addCodes(codes: Uint8Array): void;
    answer(call: object): object;
    answerBytes(callJson: Uint8Array): Uint8Array;
    about(): object;
    free(): void;
  }
}

declare module "*.css" {
  const text: string;
  export default text;
}
