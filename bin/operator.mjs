#!/usr/bin/env node
// `envision-bridge` as a command of its own. In a clone (`npm link`) it runs the program's source, on the host's Node where that can run
// TypeScript, else on the one that npm has installed beside it. Node runs no TypeScript in node_modules, so a package (`npm pack`) brings
// the program bundled, and not its source.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "bin", "operator.ts");
const isPacked = !existsSync(source);
const program = isPacked ? join(root, "dist", "operator.mjs") : source;
const ownNode = join(root, "node_modules", ".bin", "node");

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const isNewEnough = major > 22 || (major === 22 && minor >= 18);

if (isNewEnough) {
  await import(isPacked ? "../dist/operator.mjs" : "./operator.ts");
} else if (existsSync(ownNode)) {
  process.exitCode = spawnSync(ownNode, [program, ...process.argv.slice(2)], { stdio: "inherit" }).status ?? 1;
} else {
  const remedy = isPacked ? "install a newer one" : `run npm ci in ${root}`;
  console.error(`envision-bridge: needs Node 22.18 or newer, and found ${process.versions.node}: ${remedy}`);
  process.exitCode = 1;
}
