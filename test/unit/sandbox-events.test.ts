import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import * as z from "zod";
import { type EventSource, readEventSources, startEventSource } from "../../sandbox/emulators/event-sources.ts";
import type { Functions } from "../../sandbox/emulators/functions.ts";
import type { InvocationResult } from "../../sandbox/emulators/lambda.ts";
import { queueSchema, startQueuesAndBuckets } from "../../sandbox/emulators/queues-and-buckets.ts";
import { readSchedules, startSchedule } from "../../sandbox/emulators/schedules.ts";
import { readTemplate } from "../../sandbox/emulators/template.ts";

const region = "eu-west-1";
const place = { region, sqsEndpoint: "http://127.0.0.1:4566" };

const sqsEventSchema = z.object({ Records: z.array(z.looseObject({ messageId: z.string(), body: z.string() })) });
type SqsEvent = z.infer<typeof sqsEventSchema>;

/** A queue, and an event source on it whose function answers as told. */
async function eventSourceOn(
  properties: object,
  answer: (event: SqsEvent) => InvocationResult | Promise<InvocationResult>,
  settings: Partial<EventSource> = {},
) {
  const storage = await startQueuesAndBuckets();
  const resources = { Queue: { Type: "AWS::SQS::Queue", Properties: properties } };
  const [queue] = readTemplate({ Resources: resources }, { region, sqsEndpoint: storage.endpoint }).resources(
    ["AWS::SQS::Queue"],
    queueSchema,
  );
  if (queue === undefined) throw new Error("The template has a queue.");
  storage.createQueue(queue);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const sqs = new SQSClient({ region, credentials, endpoint: storage.endpoint });

  const events: SqsEvent[] = [];
  async function invoke(input: unknown): Promise<InvocationResult> {
    const event = sqsEventSchema.parse(input);
    events.push(event);
    return answer(event);
  }
  const source = {
    logicalId: "Source",
    functionName: "fn",
    queue,
    region,
    batchSize: 10,
    maximumConcurrency: 2,
    reportBatchItemFailures: true,
    target: { invoke },
    ...settings,
  };
  let running: { stop(): Promise<void> } | undefined;
  onTestFinished(async () => {
    await running?.stop();
    sqs.destroy();
    await storage.stop();
  });
  return {
    /** Sends the messages, each in the group named by its first letter, and only then starts the event source. */
    async feed(...bodies: string[]) {
      for (const MessageBody of bodies) {
        const fifo = { MessageGroupId: MessageBody.charAt(0), MessageDeduplicationId: MessageBody };
        const MessageAttributes = { kind: { DataType: "String", StringValue: "test" } };
        await sqs.send(new SendMessageCommand({ QueueUrl: queue.ref, MessageBody, MessageAttributes, ...fifo }));
      }
      running ??= startEventSource(source, sqs, (error) => expect.unreachable(String(error)));
    },
    events,
    batches: () => events.map(({ Records }) => Records.map(({ body }) => body).join()),
    stop: async () => running?.stop(),
  };
}

const succeeded = (payload: unknown): InvocationResult => ({ kind: "succeeded", payload });
const fifoQueue = { FifoQueue: true, VisibilityTimeout: 1 };

describe("an event source", () => {
  test("hands over a batch as Lambda does", async () => {
    const { feed, events } = await eventSourceOn(fifoQueue, () => succeeded(null));
    await feed("a1");
    await vi.waitFor(() => expect(events).toHaveLength(1), { timeout: 10_000 });
    expect(events[0]?.Records).toEqual([
      {
        messageId: expect.any(String),
        receiptHandle: expect.any(String),
        body: "a1",
        attributes: {
          ApproximateReceiveCount: "1",
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d+$/),
          SentTimestamp: expect.stringMatching(/^\d+$/),
          SenderId: expect.any(String),
          SequenceNumber: expect.stringMatching(/^\d+$/),
          MessageGroupId: "a",
          MessageDeduplicationId: "a1",
        },
        messageAttributes: {
          kind: { dataType: "String", stringValue: "test", stringListValues: [], binaryListValues: [] },
        },
        md5OfBody: expect.any(String),
        eventSource: "aws:sqs",
        eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:Queue.fifo",
        awsRegion: "eu-west-1",
      },
    ]);
  });

  test("deletes what was handled, and the failed message comes again before its successor", async () => {
    const failFirst = (event: SqsEvent) =>
      succeeded({
        batchItemFailures: event.Records.filter(({ body, attributes }) => body === "b1" && isFirst(attributes)).map(
          ({ messageId }) => ({ itemIdentifier: messageId }),
        ),
      });
    const { feed, batches } = await eventSourceOn(fifoQueue, failFirst);
    await feed("a1", "b1", "b2", "c1");
    await vi.waitFor(() => expect(batches()).toEqual(["a1,b1,c1", "b1", "b2"]), { timeout: 20_000 });
  });

  test.each([
    ["the function failed", { kind: "failed", error: { errorType: "E", errorMessage: "", trace: [] } } as const],
    ["the function was throttled", { kind: "throttled" } as const],
    ["its answer has another shape", succeeded({ batchItemFailures: "all" })],
    ["its answer names an empty id", succeeded({ batchItemFailures: [{ itemIdentifier: "" }] })],
    ["its answer names a strange message", succeeded({ batchItemFailures: [{ itemIdentifier: "stranger" }] })],
  ])("leaves the whole batch to the visibility time-out when %s", async (_, result) => {
    let attempts = 0;
    const { feed, batches } = await eventSourceOn(fifoQueue, () => (attempts++ === 0 ? result : succeeded(null)));
    await feed("a1", "b1");
    // Two groups: whether they come back together depends on who asks at which moment.
    await vi.waitFor(() => expect(batches().join()).toBe("a1,b1,a1,b1"), { timeout: 20_000 });
    expect(batches()[0]).toBe("a1,b1");
  });

  test("without ReportBatchItemFailures an answer of any shape is a success", async () => {
    const settings = { reportBatchItemFailures: false };
    const { feed, batches } = await eventSourceOn(fifoQueue, () => succeeded("whatever"), settings);
    await feed("a1", "a2");
    await vi.waitFor(() => expect(batches()).toEqual(["a1", "a2"]), { timeout: 10_000 });
  });

  test("invokes side by side up to its maximum concurrency, with batches of its size", async () => {
    const open: (() => void)[] = [];
    const wait = () => new Promise<InvocationResult>((resolve) => open.push(() => resolve(succeeded(null))));
    const { feed, batches } = await eventSourceOn(fifoQueue, wait, { batchSize: 2, maximumConcurrency: 2 });
    await feed("a1", "b1", "c1", "d1", "e1");
    await vi.waitFor(() => expect(batches()).toEqual(["a1,b1", "c1,d1"]), { timeout: 10_000 });
    open[0]?.();
    await vi.waitFor(() => expect(batches()).toEqual(["a1,b1", "c1,d1", "e1"]), { timeout: 10_000 });
  });

  test("stops at once while it waits for messages", async () => {
    const { feed, stop } = await eventSourceOn(fifoQueue, () => succeeded(null));
    await feed();
    await stop();
  }, 10_000);
});

function isFirst(attributes: unknown): boolean {
  return z.object({ ApproximateReceiveCount: z.string() }).parse(attributes).ApproximateReceiveCount === "1";
}

const noFunctions: Functions = {
  all: [],
  byReference: (reference) => {
    throw new Error(`no ${reference}`);
  },
};

test("an event source that is no queue of the template is refused", () => {
  const Properties = { EventSourceArn: "arn:aws:kinesis:eu-west-1:1:stream/s", FunctionName: "fn" };
  const template = readTemplate(
    { Resources: { Source: { Type: "AWS::Lambda::EventSourceMapping", Properties } } },
    place,
  );
  expect(() => readEventSources(template, { functions: noFunctions, queues: [], region })).toThrow(
    "Source: the sandbox knows queues of the template as event sources only",
  );
});

describe("a schedule", () => {
  const summary = {
    logicalId: "Schedule",
    name: "schedule",
    arn: "arn:aws:scheduler:r:a:schedule/default/s",
    targetArn: "t",
  };

  test("fires at once and at its rate, its context attributes filled in", async () => {
    const fire = vi.fn(async (_input: string) => undefined);
    const input = '{"arn":"<aws.scheduler.schedule-arn>","id":"<aws.scheduler.execution-id>","keep":"<aws.other>"}';
    const running = startSchedule({ ...summary, seconds: 0.05, input, fire }, (error) =>
      expect.unreachable(String(error)),
    );
    onTestFinished(running.stop);
    await vi.waitFor(() => expect(fire.mock.calls.length).toBeGreaterThanOrEqual(3), { timeout: 10_000 });
    const inputs = fire.mock.calls.map(([text]) => JSON.parse(text));
    expect(inputs[0]).toEqual({ arn: summary.arn, id: expect.stringMatching(/^[0-9a-f-]{36}$/), keep: "<aws.other>" });
    expect(inputs[1].id).not.toBe(inputs[0].id);
  });

  test("without an input it sends the event of EventBridge Scheduler, and a failed tick is told", async () => {
    const fire = vi.fn(async (_input: string) => Promise.reject(new Error("queue is gone")));
    const failures: unknown[] = [];
    const running = startSchedule({ ...summary, seconds: 3600, fire }, (error) => failures.push(error));
    onTestFinished(running.stop);
    await vi.waitFor(() => expect(failures).toEqual([new Error("queue is gone")]), { timeout: 10_000 });
    expect(JSON.parse(fire.mock.calls[0]?.[0] ?? "")).toMatchObject({
      source: "aws.scheduler",
      region: "r",
      resources: [summary.arn],
    });
  });

  test.each([
    ["rate(1 minute)", 60],
    ["rate(5 minutes)", 300],
    ["rate(2 hours)", 7200],
    ["rate(1 day)", 86_400],
  ])("%s is every %i seconds", (ScheduleExpression, seconds) => {
    const [schedule] = readSchedules(scheduleTemplate({ ScheduleExpression }), dependencies());
    expect(schedule).toMatchObject({ logicalId: "Schedule", seconds });
  });

  test("cron is refused by name, and a disabled schedule is left out", () => {
    const cron = { ScheduleExpression: "cron(0 12 * * ? *)" };
    expect(() => readSchedules(scheduleTemplate(cron), dependencies())).toThrow("property ScheduleExpression");
    const disabled = { ScheduleExpression: "rate(1 minute)", State: "DISABLED" };
    expect(readSchedules(scheduleTemplate(disabled), dependencies())).toEqual([]);
  });

  function scheduleTemplate(properties: object) {
    const Target = { Arn: "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", Input: "{}" };
    const Schedule = { Type: "AWS::Scheduler::Schedule", Properties: { Target, ...properties } };
    return readTemplate({ Resources: { Schedule } }, place);
  }

  function dependencies() {
    const sqs = new SQSClient({ region });
    onTestFinished(() => sqs.destroy());
    return { functions: noFunctions, sqsAs: () => sqs };
  }
});
