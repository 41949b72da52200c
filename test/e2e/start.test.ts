import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";

const repository = join(import.meta.dirname, "../..");

const start = (...args: string[]) => {
  const child = spawn(process.execPath, ["sandbox/start.ts", ...args], { cwd: repository });
  return Object.assign(child, { exit: new Promise<number | null>((resolve) => child.once("close", resolve)) });
};

const run = async (...args: string[]) => {
  const child = start(...args);
  const [code, stdout, stderr] = await Promise.all([child.exit, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
};

/** Kills it, as a power cut does, once it has printed this. */
const killAt = async (child: ReturnType<typeof start>, words: string): Promise<void> => {
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
    if (printed.includes(words)) child.kill("SIGKILL");
  });
  await child.exit;
  expect(printed).toContain(words);
  expect(child.signalCode).toBe("SIGKILL");
};

describe.concurrent("npm start", () => {
  test("[R1] killed twice in the middle of its story and started again, both sides agree at the end", async ({
    onTestFinished,
  }) => {
    const directory = mkdtempSync(join(tmpdir(), "envision-bridge-kill-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const kept = ["--data", directory, "--port", "0"];
    await killAt(start(...kept), "Both sides work on them");
    await killAt(start(...kept), "Ensono is down for a while");
    const { code, stdout } = await run(...kept, "--once", "--quiet");
    expect(stdout).toContain("Both sides agree on");
    expect(code).toBe(0);
  }, 900_000);

  test("--help prints every option", async () => {
    const { code, stdout } = await run("--help");
    expect(code).toBe(0);
    for (const option of ["once", "port", "poll-interval", "stage", "data", "fast", "real-time", "quiet", "help"]) {
      expect(stdout).toContain(`--${option}`);
    }
    for (const option of [
      "ensono-url",
      "ensono-api-key",
      "ensono-client-name",
      "client-url",
      "client-secret",
      "client-api-secret",
    ]) {
      expect(stdout).toContain(`--${option}`);
    }
  });

  test.each([
    { what: "an unknown option", args: ["--prot", "4700"], names: "--prot" },
    { what: "a value of the wrong kind", args: ["--poll-interval", "soon"], names: "--poll-interval" },
    { what: "an address that is none", args: ["--ensono-url", "ensono"], names: "--ensono-url" },
    { what: "an unknown stage", args: ["--stage", "moon"], names: "--stage" },
    { what: "options that contradict each other", args: ["--fast", "--real-time"], names: "--fast" },
  ])("$what ends it with one line that names it", async ({ args, names }) => {
    const { code, stderr } = await run(...args);
    expect({ code, lines: stderr.trim().split("\n").length }).toEqual({ code: 1, lines: 1 });
    expect(stderr).toContain(names);
  });

  test("a port that is taken ends it at once, with one line that names the remedy", async ({ onTestFinished }) => {
    const taken = createServer();
    onTestFinished(() => void taken.close());
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => {
        const address = taken.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    const { code, stderr } = await run("--port", String(port), "--once");
    expect({ code, said: stderr.trim().split("\n") }).toEqual({ code: 1, said: [expect.stringContaining("--port")] });
  });
});
