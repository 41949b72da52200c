import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";

/** What a worker is started with. */
export interface Boot {
  readonly codeDirectory: string;
  readonly handler: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly timeoutMilliseconds: number;
  readonly memoryMegabytes: number;
}

/** What the worker is told for each invocation; the event is JSON, as on its way to a Lambda function. */
export interface Invocation {
  readonly requestId: string;
  readonly event: string;
}

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** The answer to an invocation; the worker also answers so once when it has loaded the bundle. */
export type EnvironmentOutcome =
  | { readonly kind: "succeeded"; readonly payload: string }
  | { readonly kind: "failed"; readonly error: FunctionError };

/** One execution environment: a worker that has loaded the bundle and runs one invocation at a time. */
export interface ExecutionEnvironment {
  /** False after a time-out or a crash; the environment cannot be used again then. */
  isAlive(): boolean;
  invoke(invocation: Invocation): Promise<EnvironmentOutcome>;
  terminate(): Promise<void>;
}

/** Loading the bundle has its own time, as the INIT phase has in AWS. */
const initMilliseconds = 10_000;

/**
 * Starts a worker for a function's bundle. Its own environment variables are all that it sees of the outside.
 *
 * @param log gets each line that the function writes.
 */
export function startExecutionEnvironment(
  boot: Boot,
  env: Readonly<Record<string, string>>,
  log: (source: "stdout" | "stderr", text: string) => void,
): ExecutionEnvironment {
  const worker = new Worker(new URL("./lambda-worker.ts", import.meta.url), {
    workerData: boot,
    env: { ...env },
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: boot.memoryMegabytes },
  });
  createInterface(worker.stdout).on("line", (text) => log("stdout", text));
  createInterface(worker.stderr).on("line", (text) => log("stderr", text));

  let alive = true;
  let settle: (outcome: EnvironmentOutcome) => void = () => undefined;
  worker.on("message", (outcome: EnvironmentOutcome) => settle(outcome));
  worker.on("error", (error) => {
    alive = false;
    settle(crash(error));
  });
  worker.on("exit", (code) => {
    alive = false;
    settle(failure("Runtime.ExitError", `Runtime exited with error: exit status ${code}`));
  });

  /** What comes first: the worker's answer, its end, or the time-out, which ends it. */
  function outcomeWithin(milliseconds: number, task: string): Promise<EnvironmentOutcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        alive = false;
        void worker.terminate();
        resolve(failure("Sandbox.Timedout", `${task} timed out after ${(milliseconds / 1000).toFixed(2)} seconds`));
      }, milliseconds);
      settle = (outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      };
    });
  }

  async function terminate(): Promise<void> {
    alive = false;
    await worker.terminate();
  }

  const initialised = outcomeWithin(initMilliseconds, "Init");
  return {
    isAlive: () => alive,
    terminate,
    async invoke(invocation) {
      const start = await initialised;
      if (start.kind === "failed") {
        await terminate();
        return start;
      }
      if (!alive) return failure("Runtime.ExitError", "Runtime exited before the invocation");
      const outcome = outcomeWithin(boot.timeoutMilliseconds, `RequestId: ${invocation.requestId} Error: Task`);
      worker.postMessage(invocation);
      return outcome;
    },
  };
}

function crash(error: unknown): EnvironmentOutcome {
  if (!(error instanceof Error)) return failure("Runtime.Unknown", String(error));
  return {
    kind: "failed",
    error: { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") },
  };
}

function failure(errorType: string, errorMessage: string): EnvironmentOutcome {
  return { kind: "failed", error: { errorType, errorMessage, trace: [] } };
}
