import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { Boot, EnvironmentOutcome, FunctionError, Invocation } from "./lambda-environment.ts";

// The boot file of one execution environment: loads the bundle once, then runs one invocation after the other.
// Both ends of the channel are in this folder, so its messages are typed and not parsed: each worker starts faster.

const boot: Boot = workerData;

function answer(outcome: EnvironmentOutcome): void {
  parentPort?.postMessage(outcome);
}

async function loadHandler(): Promise<(event: unknown, context: object) => unknown> {
  const [file = "", exportName = ""] = boot.handler.split(".");
  const path = ["mjs", "cjs", "js"]
    .map((extension) => join(boot.codeDirectory, `${file}.${extension}`))
    .find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`Cannot find module '${file}'`);
  const module = await import(pathToFileURL(path).href);
  const handler = module[exportName] ?? module.default?.[exportName];
  if (typeof handler !== "function") throw new Error(`${boot.handler} is undefined or not exported`);
  return handler;
}

function contextOf(requestId: string): object {
  const deadline = Date.now() + boot.timeoutMilliseconds;
  return {
    awsRequestId: requestId,
    functionName: boot.functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: boot.functionArn,
    memoryLimitInMB: String(boot.memoryMegabytes),
    logGroupName: `/aws/lambda/${boot.functionName}`,
    logStreamName: "sandbox",
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}

const handler = await loadHandler();
parentPort?.on("message", async ({ requestId, event }: Invocation) => {
  try {
    const result = await handler(JSON.parse(event), contextOf(requestId));
    answer({ kind: "succeeded", payload: JSON.stringify(result ?? null) });
  } catch (error) {
    answer({ kind: "failed", error: describe(error) });
  }
});
answer({ kind: "succeeded", payload: "null" });
