import type { Context, SQSEvent, SQSRecord } from "aws-lambda";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Telemetry } from "../../lambdas/shared/runtime/telemetry.ts";
import { telemetry } from "../../lambdas/shared/runtime/telemetry.ts";
import { transferBatch } from "../../lambdas/shared/runtime/wake-up-batch.ts";

const record = (messageId: string, body: string): SQSRecord => ({
  messageId,
  body,
  receiptHandle: "",
  attributes: {
    ApproximateReceiveCount: "1",
    SentTimestamp: "0",
    SenderId: "",
    ApproximateFirstReceiveTimestamp: "0",
  },
  messageAttributes: {},
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: "",
  awsRegion: "eu-west-1",
});
const eventOf = (...bodies: unknown[]): SQSEvent => ({
  Records: bodies.map((body, nth) => record(`m${nth}`, typeof body === "string" ? body : JSON.stringify(body))),
});
const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: "test",
  functionVersion: "1",
  invokedFunctionArn: "",
  memoryLimitInMB: "128",
  awsRequestId: "r1",
  logGroupName: "",
  logStreamName: "",
  getRemainingTimeInMillis: () => 1234,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};
const failuresOf = (result: { batchItemFailures: { itemIdentifier: string }[] }) =>
  result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

let told: Telemetry;
let errors: string[];
beforeEach(() => {
  told = telemetry();
  errors = [];
  vi.spyOn(told.logger, "error").mockImplementation((...said) => void errors.push(String(said[0])));
});

describe("a batch of wake-ups of transfers", () => {
  const wakeUp = (lane: string, id: string) => ({ version: 1, lane, id });

  it("[T8] [I10] carries each file, several of one ticket too, and hands back those that broke off", async () => {
    const carried: string[] = [];
    const handler = transferBatch(async ({ lane, id }) => {
      carried.push(`${lane} ${id}`);
      if (id === "1#1") throw new Error("S3 is gone");
    }, told);
    const event = eventOf(wakeUp("ENSONO#a", "1#0"), wakeUp("ENSONO#a", "1#1"), wakeUp("ENSONO#a", "1#0"));
    expect(failuresOf(await handler(event, context))).toEqual(["m1"]);
    expect(carried.sort()).toEqual(["ENSONO#a 1#0", "ENSONO#a 1#1"]);
  });

  it.each(["", "not JSON", '{"version":1,"lane":"ENSONO#a"}', '{"version":2,"lane":"ENSONO#a","id":"1"}'])(
    "drops one that cannot be read, and tells so: %s",
    async (body) => {
      const handler = transferBatch(async () => expect.unreachable("nobody was woken"), told);
      expect(failuresOf(await handler(eventOf(body), context))).toEqual([]);
      expect(errors).toEqual(["a wake-up that cannot be read was dropped"]);
    },
  );
});
