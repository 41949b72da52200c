import { Logger } from "@aws-lambda-powertools/logger";
import type { Context, SQSEvent, SQSRecord } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { clientLane, ensonoLane, type Lane } from "../../lambdas/shared/domain/lane.ts";
import { wakeUpSchema } from "../../lambdas/shared/domain/wake-up.ts";
import { telemetry } from "../../lambdas/shared/runtime/telemetry.ts";
import { type LaneWork, wakeUpBatch } from "../../lambdas/shared/runtime/wake-up-batch.ts";

const context: Context = {
  awsRequestId: "request",
  callbackWaitsForEmptyEventLoop: false,
  functionName: "processor",
  functionVersion: "1",
  invokedFunctionArn: "arn:aws:lambda:eu-west-1:000000000000:function:processor",
  logGroupName: "group",
  logStreamName: "stream",
  memoryLimitInMB: "256",
  getRemainingTimeInMillis: () => 30_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};

const record = (body: string, messageId: string): SQSRecord => ({
  messageId,
  body,
  receiptHandle: "handle",
  attributes: {
    ApproximateReceiveCount: "1",
    SentTimestamp: "0",
    SenderId: "sender",
    ApproximateFirstReceiveTimestamp: "0",
  },
  messageAttributes: {},
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:wake.fifo",
  awsRegion: "eu-west-1",
});

const wakeUp = (lane: Lane, messageId: string): SQSRecord =>
  record(JSON.stringify(wakeUpSchema.encode({ version: 1, lane })), messageId);

/** Handles one batch; gives the ids of the messages that are handed back to the queue. */
const handle = async (work: LaneWork, records: SQSRecord[]): Promise<string[]> => {
  const event: SQSEvent = { Records: records };
  const told = { ...telemetry(), logger: new Logger({ logLevel: "SILENT" }) };
  const { batchItemFailures } = await wakeUpBatch(work, told)(event, context);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
};

const [first, second] = [ensonoLane("e-CS1"), clientLane("INC2")];

describe("a batch of wake-ups", () => {
  it("[Q3] [I4] is worked on ticket by ticket side by side: one that takes long stands in no other's way", async () => {
    const secondIsDone = Promise.withResolvers<void>();
    const worked: Lane[] = [];
    const work: LaneWork = async (lane) => {
      if (lane === first) await secondIsDone.promise;
      worked.push(lane);
      if (lane === second) secondIsDone.resolve();
    };
    expect(await handle(work, [wakeUp(first, "1"), wakeUp(second, "2")])).toEqual([]);
    expect(worked).toEqual([second, first]);
  });

  it("[Q3] [I4] looks at a ticket once, however often it was woken", async () => {
    const worked: Lane[] = [];
    const work: LaneWork = async (lane) => worked.push(lane);
    await handle(work, [wakeUp(first, "1"), wakeUp(second, "2"), wakeUp(first, "3")]);
    expect(worked).toEqual([first, second]);
  });

  it("[R1] hands back the wake-ups of a ticket whose work broke off, and no others", async () => {
    const work: LaneWork = async (lane) => {
      if (lane === first) throw new Error("the table is throttled");
    };
    expect(await handle(work, [wakeUp(first, "1"), wakeUp(second, "2"), wakeUp(first, "3")])).toEqual(["1", "3"]);
  });

  it.each(["", "{", "null", '{"version":1,"lane":"e-CS1"}', '{"version":2,"lane":"ENSONO#e-CS1"}'])(
    "drops one that says %j, since the sweeper looks everywhere, and goes on",
    async (body) => {
      const worked: Lane[] = [];
      expect(await handle(async (lane) => worked.push(lane), [record(body, "1"), wakeUp(second, "2")])).toEqual([]);
      expect(worked).toEqual([second]);
    },
  );
});
