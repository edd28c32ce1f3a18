// The browser that the tests drive.

import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

export async function launch() {
  const candidates = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const executablePath = candidates.find((path) => path && existsSync(path));
  if (!executablePath) {
    console.error("no browser: install Chromium, or say where it is with CHROMIUM=/path/to/chromium");
    process.exit(2);
  }
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
}
