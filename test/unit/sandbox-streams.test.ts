import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import * as z from "zod";
import type { EventPattern } from "../../sandbox/emulators/event-pattern.ts";
import { eventPatternSchema, matchesPattern } from "../../sandbox/emulators/event-pattern.ts";
import type { InvocationResult } from "../../sandbox/emulators/lambda.ts";
import { queueSchema, startQueuesAndBuckets } from "../../sandbox/emulators/queues-and-buckets.ts";
import { type StreamSource, startStreamSource } from "../../sandbox/emulators/stream-sources.ts";
import { keptCheckpoints, type StreamRecord } from "../../sandbox/emulators/table-streams.ts";
import { readTemplate } from "../../sandbox/emulators/template.ts";

const eventSchema = z.object({ Records: z.array(z.object({ dynamodb: z.object({ SequenceNumber: z.string() }) })) });

const record = (sequence: string, eventName = "MODIFY", ageSeconds = 0): StreamRecord => ({
  eventID: sequence,
  eventName,
  eventVersion: "1.1",
  eventSource: "aws:dynamodb",
  awsRegion: "eu-west-1",
  dynamodb: {
    ApproximateCreationDateTime: Date.now() / 1000 - ageSeconds,
    SequenceNumber: sequence,
    StreamViewType: "NEW_IMAGE",
    Keys: { pk: { S: sequence } },
  },
});

const succeeded = (payload: unknown): InvocationResult => ({ kind: "succeeded", payload });
const failed: InvocationResult = { kind: "failed", error: { errorType: "E", errorMessage: "", trace: [] } };
const failedFrom = (itemIdentifier: string) => succeeded({ batchItemFailures: [{ itemIdentifier }] });

/** Hands the records to a function that answers as told; gives the batches that it was handed. */
const feed = (
  records: readonly StreamRecord[],
  answer: (batch: string) => InvocationResult,
  settings: Partial<StreamSource> = {},
  sqs = new SQSClient({ region: "eu-west-1" }),
): string[] => {
  const batches: string[] = [];
  const invoke = async (input: unknown) => {
    const batch = eventSchema
      .parse(input)
      .Records.map(({ dynamodb }) => dynamodb.SequenceNumber)
      .join();
    batches.push(batch);
    return answer(batch);
  };
  const source: StreamSource = {
    ...{ logicalId: "Source", functionName: "fn", tableName: "table", batchSize: 10, reportBatchItemFailures: true },
    ...{ bisect: true, retries: -1, longestAgeSeconds: -1, filters: [], failureQueueUrl: undefined },
    target: { invoke },
    ...settings,
  };
  const stream = {
    follow: (handle: (all: readonly StreamRecord[]) => Promise<void>) => handle(records).catch(() => undefined),
  };
  const running = startStreamSource(source, stream, sqs, (error) => expect.unreachable(String(error)));
  onTestFinished(running.stop);
  return batches;
};

const soon = { timeout: 10_000 };
const four = ["1", "2", "3", "4"].map((sequence) => record(sequence));

describe("an event source on a table's stream", () => {
  test("hands over batches of its size, in order", async () => {
    const batches = feed(four, () => succeeded({ batchItemFailures: [] }), { batchSize: 3 });
    await vi.waitFor(() => expect(batches).toEqual(["1,2,3", "4"]), soon);
  });

  test("hands over what one of its filters lets through", async () => {
    const filters: EventPattern[] = [
      { eventName: ["REMOVE"] },
      { dynamodb: { Keys: { pk: { S: [{ prefix: "3" }] } } } },
    ];
    const batches = feed([...four, record("5", "REMOVE")], () => succeeded(null), { filters });
    await vi.waitFor(() => expect(batches).toEqual(["3,5"]), soon);
  });

  test("goes on from the record that the function names, and again and again from there", async () => {
    const answers = [failedFrom("3"), failedFrom("3"), succeeded(null)];
    const batches = feed(four, () => answers.shift() ?? failed);
    await vi.waitFor(() => expect(batches).toEqual(["1,2,3,4", "3,4", "3", "4"]), soon);
  });

  test.each([
    ["failed", failed],
    ["answered something else", succeeded({ batchItemFailures: "all" })],
    ["named a record that was not sent", failedFrom("9")],
  ])("halves a batch on which the function %s", async (_, answer) => {
    const batches = feed(four, (batch) => (batch.includes("3") && batch !== "3" ? answer : succeeded(null)));
    await vi.waitFor(() => expect(batches).toEqual(["1,2,3,4", "1,2", "3,4", "3", "4"]), soon);
  });

  test("gives up what is too old or was tried often enough, tells where it is, and goes on", async () => {
    const storage = await startQueuesAndBuckets();
    const place = { region: "eu-west-1", sqsEndpoint: storage.endpoint };
    const resources = { Untold: { Type: "AWS::SQS::Queue" } };
    const [queue] = readTemplate({ Resources: resources }, place).resources(["AWS::SQS::Queue"], queueSchema);
    if (queue === undefined) throw new Error("the template has a queue");
    storage.createQueue(queue);
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const sqs = new SQSClient({ region: "eu-west-1", credentials, endpoint: storage.endpoint });
    onTestFinished(async () => {
      sqs.destroy();
      await storage.stop();
    });
    const records = [record("1", "MODIFY", 100), record("2"), record("3")];
    const answer = (batch: string) => (batch === "3" ? succeeded(null) : failed);
    const settings = { batchSize: 1, retries: 1, longestAgeSeconds: 60, failureQueueUrl: queue.ref };
    const batches = feed(records, answer, settings, sqs);
    await vi.waitFor(() => expect(batches).toEqual(["1", "2", "2", "3"]), soon);
    const request = new ReceiveMessageCommand({ QueueUrl: queue.ref, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await sqs.send(request);
    expect(Messages.map(({ Body = "" }) => JSON.parse(Body).DDBStreamBatchInfo)).toEqual([
      { startSequenceNumber: "1", endSequenceNumber: "1", batchSize: 1 },
      { startSequenceNumber: "2", endSequenceNumber: "2", batchSize: 1 },
    ]);
  });
});

test("how far a stream was read is kept between runs", () => {
  const directory = mkdtempSync(join(tmpdir(), "checkpoints-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "stream.json");
  expect(keptCheckpoints(file).read("shard")).toBeUndefined();
  keptCheckpoints(file).write("shard", "12");
  expect(keptCheckpoints(file).read("shard")).toBe("12");
});

describe("a pattern", () => {
  const event = { type: "Held", detail: { code: "refused", steps: [{ do: "a" }], tags: ["x", "y"], number: null } };

  test.each<[boolean, EventPattern]>([
    [true, { type: ["Held"] }],
    [true, { type: ["Held", "Applied"], detail: { code: [{ prefix: "ref" }] } }],
    [false, { type: ["Held"], detail: { code: ["other"] } }],
    [true, { detail: { tags: ["y"] } }],
    [false, { detail: { tags: ["z"] } }],
    [true, { detail: { steps: { do: ["a"] } } }],
    [false, { detail: { steps: { do: ["b"] } } }],
    [true, { detail: { number: [null], other: [{ exists: false }] } }],
    [false, { detail: { code: [{ exists: false }] } }],
    [true, { detail: { code: [{ "anything-but": ["a", "b"] }] } }],
    [false, { detail: { code: [{ "anything-but": "refused" }] } }],
    [false, { detail: { code: { deeper: ["refused"] } } }],
  ])("matches: %s %j", (expected, pattern) => {
    expect(matchesPattern(eventPatternSchema.parse(pattern), event)).toBe(expected);
  });

  test("that the sandbox does not know is refused", () => {
    expect(eventPatternSchema.safeParse({ number: [{ numeric: [">", 0] }] }).success).toBe(false);
  });
});
