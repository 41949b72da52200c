import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { createFunction, type FunctionDefinition, type LogLine } from "../../sandbox/emulators/lambda.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function functionFrom(source: string, settings: Partial<FunctionDefinition> & { file?: string } = {}) {
  const { file = "index.js", ...definition } = settings;
  const codeDirectory = await mkdtemp(join(tmpdir(), "lambda-test-"));
  cleanups.push(() => rm(codeDirectory, { recursive: true }));
  await writeFile(join(codeDirectory, file), source);
  const lines: LogLine[] = [];
  const lambda = createFunction(
    {
      logicalId: "Fn",
      name: "fn",
      arn: "arn:aws:lambda:eu-west-1:000000000000:function:fn",
      codeDirectory,
      handler: "index.handler",
      timeoutSeconds: 10,
      memoryMegabytes: 128,
      environment: {},
      ...definition,
    },
    { AWS_REGION: "eu-west-1" },
    (line) => lines.push(line),
  );
  cleanups.push(lambda.stop);
  return { lambda, lines };
}

test("a CommonJS bundle gets the event and a context, and its result comes back", async () => {
  const { lambda } = await functionFrom(`exports.handler = async (event, context) => ({
    event, name: context.functionName, arn: context.invokedFunctionArn, id: context.awsRequestId,
    remaining: context.getRemainingTimeInMillis() })`);
  const result = await lambda.invoke({ ticket: "CS1" });
  expect(result).toMatchObject({
    kind: "succeeded",
    payload: { event: { ticket: "CS1" }, name: "fn", arn: lambda.definition.arn, id: expect.any(String) },
  });
  expect(result).toHaveProperty(
    "payload.remaining",
    expect.toSatisfy((left: number) => left > 0 && left <= 10_000),
  );
});

test("an ES module bundle runs, and an answer of nothing is null", async () => {
  const { lambda } = await functionFrom("export const handler = async () => undefined", { file: "index.mjs" });
  expect(await lambda.invoke({})).toEqual({ kind: "succeeded", payload: null });
});

test("the environment is the template's and the runtime's, and nothing of this process", async () => {
  vi.stubEnv("SECRET_OF_THE_LAPTOP", "x");
  const { lambda } = await functionFrom("exports.handler = async () => process.env", { environment: { OWN: "1" } });
  const result = await lambda.invoke({});
  expect(result).toMatchObject({
    payload: {
      OWN: "1",
      AWS_REGION: "eu-west-1",
      AWS_LAMBDA_FUNCTION_NAME: "fn",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
    },
  });
  expect(result).not.toHaveProperty("payload.SECRET_OF_THE_LAPTOP");
  expect(result).not.toHaveProperty("payload.PATH");
});

test("a warm environment is used again, and invocations side by side get environments of their own", async () => {
  const { lambda } = await functionFrom(`let count = 0;
    exports.handler = async () => { count += 1; await new Promise((r) => setTimeout(r, 50)); return count; }`);
  const counts = async (times: number) => {
    const results = await Promise.all(Array.from({ length: times }, () => lambda.invoke({})));
    return results.map((result) => (result.kind === "succeeded" ? result.payload : result.kind));
  };
  expect(await counts(1)).toEqual([1]);
  expect((await counts(2)).sort()).toEqual([1, 2]);
});

test("beyond the reserved concurrency an invocation is throttled", async () => {
  const slow = "exports.handler = () => new Promise((r) => setTimeout(r, 100, 'done'))";
  const { lambda } = await functionFrom(slow, { reservedConcurrency: 1 });
  const [first, second] = await Promise.all([lambda.invoke({}), lambda.invoke({})]);
  expect([first.kind, second.kind]).toEqual(["succeeded", "throttled"]);
});

test("without a reserved concurrency more invocations than environments wait for their turn", async () => {
  const { lambda } = await functionFrom("exports.handler = async (event) => event");
  const results = await Promise.all(Array.from({ length: 12 }, (_, number) => lambda.invoke(number)));
  expect(results).toEqual(Array.from({ length: 12 }, (_, payload) => ({ kind: "succeeded", payload })));
});

test("an error of the handler comes back as Lambda reports it, and the environment stays warm", async () => {
  const { lambda, lines } = await functionFrom(`let count = 0;
    exports.handler = async () => { if (count++ === 0) throw new TypeError("no ticket"); return count; }`);
  expect(await lambda.invoke({})).toMatchObject({
    kind: "failed",
    error: {
      errorType: "TypeError",
      errorMessage: "no ticket",
      trace: expect.arrayContaining(["TypeError: no ticket"]),
    },
  });
  expect(lines).toContainEqual({ logicalId: "Fn", name: "fn", source: "runtime", text: "TypeError: no ticket" });
  expect(await lambda.invoke({})).toEqual({ kind: "succeeded", payload: 2 });
});

test("the time-out ends even an endless loop, and the next invocation starts afresh", async () => {
  const { lambda } = await functionFrom("exports.handler = async ({ hang }) => { while (hang); return 'well' }", {
    timeoutSeconds: 0.2,
  });
  expect(await lambda.invoke({ hang: true })).toMatchObject({
    kind: "failed",
    error: {
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringContaining("Task timed out after 0.20 seconds"),
    },
  });
  expect(await lambda.invoke({ hang: false })).toEqual({ kind: "succeeded", payload: "well" });
});

test("a crash ends its own invocation only", async () => {
  const { lambda } = await functionFrom(`exports.handler = async ({ crash }) => {
    if (crash === "exit") process.exit(7);
    if (crash === "throw") { setImmediate(() => { throw new RangeError("out of it"); }); await new Promise(() => {}); }
    return "well";
  }`);
  const [exit, thrown, well] = await Promise.all(["exit", "throw", "none"].map((crash) => lambda.invoke({ crash })));
  expect(exit).toMatchObject({ error: { errorType: "Runtime.ExitError", errorMessage: expect.stringContaining("7") } });
  expect(thrown).toMatchObject({ error: { errorType: "RangeError", errorMessage: "out of it" } });
  expect(well).toEqual({ kind: "succeeded", payload: "well" });
});

test("a bundle that cannot be loaded fails each invocation with the reason", async () => {
  const { lambda } = await functionFrom("require('left-out-of-the-bundle')");
  const failure = { error: { errorMessage: expect.stringContaining("left-out-of-the-bundle") } };
  expect(await lambda.invoke({})).toMatchObject(failure);
  expect(await lambda.invoke({})).toMatchObject(failure);
});

test("what the function writes comes out line by line with its name", async () => {
  const { lambda, lines } = await functionFrom(
    "exports.handler = async () => { console.log('to out'); console.error('to err') }",
  );
  await lambda.invoke({});
  await vi.waitFor(() =>
    expect(lines).toEqual(
      expect.arrayContaining([
        { logicalId: "Fn", name: "fn", source: "stdout", text: "to out" },
        { logicalId: "Fn", name: "fn", source: "stderr", text: "to err" },
      ]),
    ),
  );
});
