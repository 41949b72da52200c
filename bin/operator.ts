import { styleText } from "node:util";
import { run } from "./operator/program.ts";

/** `npm run bridge -- <command>`: the operator's command line. */

// Whoever reads may stop to read, as `head` does.
process.stdout.on("error", () => process.exit());

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  // Colours only on a terminal, and not with NO_COLOR.
  paint: (style, text) => styleText(style, text, { stream: process.stdout }),
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  directory: process.cwd(),
});
