// Serves the built demonstration on this machine alone, with the strict policy that it is made for.
//
//     node serve.mjs [port] [folder]

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; worker-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".pack": "application/octet-stream",
  ".wasm": "application/wasm",
};

/** A server of one folder. An isolated page has a finer clock. */
export function demoServer({ folder, policy = POLICY, isolated = false }) {
  const root = resolve(folder);
  return createServer(async (request, response) => {
    const answer = (status, headers = {}) => response.writeHead(status, headers).end();
    if (request.method !== "GET" && request.method !== "HEAD") {
      return answer(405, { allow: "GET, HEAD" });
    }
    const path = pathOf(request.url, root);
    if (path === undefined) {
      return answer(400);
    }
    if (path === join(root, "favicon.ico")) {
      return answer(204);
    }
    const file = await fileAt(path);
    if (!file) {
      return answer(404, { "content-type": "text/plain; charset=utf-8" });
    }
    response.writeHead(200, {
      "content-type": TYPES[extname(file.path)] ?? "application/octet-stream",
      "content-length": file.size,
      "content-security-policy": policy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      ...(isolated && { "cross-origin-embedder-policy": "require-corp", "cross-origin-resource-policy": "same-origin" }),
      "cache-control": "no-cache",
    });
    if (request.method === "HEAD") {
      return response.end();
    }
    createReadStream(file.path).on("error", () => response.destroy()).pipe(response);
  });
}

/** The file that an address means, or nothing where it points outside the folder. */
function pathOf(address, root) {
  try {
    const path = normalize(join(root, decodeURIComponent(new URL(address, "http://localhost").pathname)));
    return !path.includes("\0") && (path === root || path.startsWith(root + sep)) ? path : undefined;
  } catch {
    return undefined;
  }
}

async function fileAt(path) {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      const index = join(path, "index.html");
      return { path: index, size: (await stat(index)).size };
    }
    return found.isFile() ? { path, size: found.size } : undefined;
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.argv[2] ?? 8642);
  const folder = process.argv[3] ?? fileURLToPath(new URL("dist", import.meta.url));
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    console.error("the port is a number from 0 to 65535: node serve.mjs 8642");
    process.exit(2);
  }
  if (!(await fileAt(folder))) {
    console.error(`there is no page in ${folder}; run \`npm run build\` first`);
    process.exit(2);
  }
  const server = demoServer({ folder });
  server.on("error", (error) => {
    console.error(error.code === "EADDRINUSE" ? `port ${port} is taken; give another: node serve.mjs ${port + 1}` : String(error));
    process.exit(1);
  });
  server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
}
