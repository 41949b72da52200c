import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import {
  type RunningSandbox,
  readRunningSandbox,
  runningSandboxPath,
  runningSandboxSchema,
} from "../bin/operator/adapters/running-sandbox.ts";
import { writeWhole } from "./emulators/kept-file.ts";
import type { SandboxOptions } from "./options.ts";
import type { Sandbox } from "./sandbox.ts";

/** Leaves word where the sandbox runs, for `npm run bridge -- … --sandbox` in another terminal. */
export const announceRunning = (
  { cloud, ensono, client }: Pick<Sandbox, "cloud" | "ensono" | "client">,
  options: SandboxOptions,
  { clientName, directory }: { clientName: string; directory: string },
): void => {
  const { region, credentials, endpoints, apiUrl, queueUrls } = cloud;
  const [tableName] = Object.values(cloud.tableNames);
  const running: RunningSandbox = runningSandboxSchema.parse({
    version: 1,
    pid: process.pid,
    stage: options.stage,
    region,
    credentials,
    endpoints,
    tableName,
    queueUrls,
    apiUrl,
    ensono: {
      stackUrl: ensono?.url ?? options["ensono-url"],
      clientName: options["ensono-client-name"] ?? clientName,
      agentUrl: ensono?.adminUrl,
    },
    client: { webhookUrl: client?.url ?? options["client-url"], agentUrl: client?.adminUrl },
  });
  const path = runningSandboxPath(directory);
  mkdirSync(dirname(path), { recursive: true });
  writeWhole(path, JSON.stringify(running, undefined, 2));
  // However this process ends, but for a kill.
  process.once("exit", () => forgetRunning(directory));
};

/** Takes the word away, unless it is another sandbox's by now. */
export const forgetRunning = (directory: string): void => {
  if (readRunningSandbox(directory)?.pid === process.pid) rmSync(runningSandboxPath(directory), { force: true });
};
