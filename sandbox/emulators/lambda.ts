import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type ExecutionEnvironment, type FunctionError, startExecutionEnvironment } from "./lambda-environment.ts";

export interface FunctionDefinition {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** The unpacked bundle. */
  readonly codeDirectory: string;
  /** `file.export`, for example `index.handler`. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number | undefined;
}

export interface LogLine {
  /** Of the function, or of the event source or schedule that should have invoked it. */
  readonly logicalId: string;
  readonly name: string;
  /** What the function wrote, or what its runtime says about it (time-outs, crashes, queues that do not answer). */
  readonly source: "stdout" | "stderr" | "runtime";
  readonly text: string;
}

export type InvocationResult =
  | { readonly kind: "succeeded"; readonly payload: unknown }
  | { readonly kind: "failed"; readonly error: FunctionError }
  | { readonly kind: "throttled" };

export interface Invocable {
  /**
   * Runs the function once and gives what Lambda would give; never throws. Beyond the reserved concurrency the
   * invocation is throttled; without one it waits for a free environment, unless `wait` is false.
   */
  invoke(event: unknown, options?: { wait?: boolean }): Promise<InvocationResult>;
}

export interface LambdaFunction extends Invocable {
  readonly definition: FunctionDefinition;
  /** Lets running invocations end, for at most three seconds, then ends every environment. */
  stop(): Promise<void>;
}

/** A laptop is no region: where the template reserves no concurrency, this many environments are all there are. */
const unreservedConcurrency = 10;

/**
 * Runs one function of the template as Lambda does: one invocation at a time in each execution environment, more
 * environments as more invocations come, warm ones used again, the time-out enforced.
 *
 * @param variables what Lambda itself adds to the environment; the template's variables win.
 */
export function createFunction(
  definition: FunctionDefinition,
  variables: Readonly<Record<string, string>>,
  onLog: (line: LogLine) => void,
): LambdaFunction {
  const limit = definition.reservedConcurrency ?? unreservedConcurrency;
  const idle: ExecutionEnvironment[] = [];
  const busy = new Set<ExecutionEnvironment>();
  const waiting: (() => void)[] = [];
  let running = 0;
  let stopped = false;

  function log(source: LogLine["source"], text: string): void {
    onLog({ logicalId: definition.logicalId, name: definition.name, source, text });
  }

  function takeEnvironment(): ExecutionEnvironment {
    const warm = idle.pop();
    if (warm?.isAlive()) return warm;
    return warm
      ? takeEnvironment()
      : startExecutionEnvironment(bootOf(definition), environmentOf(definition, variables), log);
  }

  async function run(event: unknown): Promise<InvocationResult> {
    const environment = takeEnvironment();
    busy.add(environment);
    const outcome = await environment.invoke({ requestId: randomUUID(), event: JSON.stringify(event ?? null) });
    busy.delete(environment);
    if (environment.isAlive()) idle.push(environment);
    if (outcome.kind === "succeeded") return { kind: "succeeded", payload: JSON.parse(outcome.payload) };
    if (!stopped) log("runtime", `${outcome.error.errorType}: ${outcome.error.errorMessage}`);
    return outcome;
  }

  async function invoke(event: unknown, { wait = true } = {}): Promise<InvocationResult> {
    if (stopped) return { kind: "throttled" };
    if (running >= limit) {
      if (definition.reservedConcurrency !== undefined || !wait) return { kind: "throttled" };
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return stopped ? { kind: "throttled" } : await run(event);
    } finally {
      // The place of this invocation goes to the one that waited longest.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  }

  async function stop(): Promise<void> {
    stopped = true;
    const grace = AbortSignal.timeout(3000);
    while (busy.size > 0 && !grace.aborted) await delay(10);
    await Promise.all([...idle, ...busy].map((environment) => environment.terminate()));
  }

  return { definition, invoke, stop };
}

function bootOf(definition: FunctionDefinition) {
  return {
    codeDirectory: definition.codeDirectory,
    handler: definition.handler,
    functionName: definition.name,
    functionArn: definition.arn,
    timeoutMilliseconds: definition.timeoutSeconds * 1000,
    memoryMegabytes: definition.memoryMegabytes,
  };
}

function environmentOf(definition: FunctionDefinition, variables: Readonly<Record<string, string>>) {
  return {
    ...variables,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMegabytes),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "sandbox",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    LAMBDA_TASK_ROOT: definition.codeDirectory,
    _HANDLER: definition.handler,
    // Keeps the SDK from reading the developer's own ~/.aws.
    HOME: definition.codeDirectory,
    ...definition.environment,
  };
}
