import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type RunningSandbox,
  readRunningSandbox,
  runningSandboxPath,
} from "../../bin/operator/adapters/running-sandbox.ts";
import { forgetRunning } from "../../sandbox/running.ts";

const running = (pid: number): RunningSandbox => ({
  version: 1,
  pid,
  stage: "dev",
  region: "eu-west-1",
  credentials: { accessKeyId: "sandbox", secretAccessKey: "sandbox" },
  endpoints: {
    dynamodb: "http://127.0.0.1:1",
    sqs: "http://127.0.0.1:2",
    s3: "http://127.0.0.1:2",
    secretsManager: "http://127.0.0.1:3",
  },
  tableName: "Ledger",
  queueUrls: {},
  apiUrl: "http://127.0.0.1:4",
  ensono: { stackUrl: "http://127.0.0.1:5/acme", clientName: "testClient" },
  client: { webhookUrl: "http://127.0.0.1:6/webhooks" },
});

/** A directory in which a sandbox with this process id has left its word. */
const directoryOf = (pid: number): string => {
  const directory = mkdtempSync(join(tmpdir(), "envision-bridge-running-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(dirname(runningSandboxPath(directory)));
  writeFileSync(runningSandboxPath(directory), JSON.stringify(running(pid)));
  return directory;
};

/** The id of a process that has ended. */
const endedPid = (): number => spawnSync(process.execPath, ["--version"]).pid;

describe("the word that a running sandbox leaves", () => {
  it("is found while it runs, and not where none has ever run", () => {
    expect(readRunningSandbox(directoryOf(process.pid))).toEqual(running(process.pid));
    expect(readRunningSandbox(tmpdir())).toBeUndefined();
  });

  it("counts no more once its process has ended, however that ended", () => {
    expect(readRunningSandbox(directoryOf(endedPid()))).toBeUndefined();
  });

  it("is taken away by its own process, and by no other", () => {
    const [own, others] = [directoryOf(process.pid), directoryOf(process.ppid)];
    for (const directory of [own, others]) forgetRunning(directory);
    expect([own, others].map((directory) => existsSync(runningSandboxPath(directory)))).toEqual([false, true]);
  });
});
