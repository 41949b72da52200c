import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { run } from "../../bin/operator/program.ts";

/** The program itself, as `npm run bridge` starts it. */
const program = join(import.meta.dirname, "../../bin/operator.ts");

/** What came of a line that was typed. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Types a line in this directory, and has a process of its own run it. */
export const runIn = async (
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
  command = program,
): Promise<Ran> => {
  const child = spawn(process.execPath, [command, ...args], { cwd, env: { ...process.env, ...env } });
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [code, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
};

/** Types a line in this directory, and runs it within this process. */
export const typed = async (cwd: string, args: readonly string[]): Promise<Ran> => {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const code = await run(args, {
    out: (line) => void stdout.push(`${line}\n`),
    err: (line) => void stderr.push(`${line}\n`),
    paint: (_, words) => words,
    columns: undefined,
    directory: cwd,
  });
  return { code, stdout: stdout.join(""), stderr: stderr.join("") };
};

/** One line, no stack trace, and the words that say what to do. */
export const expectRefused = ({ code, stdout, stderr }: Ran, ...words: string[]): void => {
  expect({ code, stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({ code: 1, stdout: "", lines: 1 });
  expect(stderr).toMatch(/^envision-bridge: /);
  for (const word of words) expect(stderr).toContain(word);
};
