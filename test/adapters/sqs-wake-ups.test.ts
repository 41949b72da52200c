import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { buildApp } from "fauxqs";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { sqsWakeUps } from "../../lambdas/shared/adapters/sqs-wake-ups.ts";
import { clientLane, ensonoLane, type Lane } from "../../lambdas/shared/domain/lane.ts";
import { wakeUpSchema } from "../../lambdas/shared/domain/wake-up.ts";

const queueUrls = { ENSONO: "https://sqs.test/1/to-client.fifo", CLIENT: "https://sqs.test/1/to-ensono.fifo" };
const because = "test";
const lanes = (count: number): Lane[] => Array.from({ length: count }, (_, nth) => ensonoLane(`e-CS${nth}`));

describe("wake-ups", () => {
  const client = new SQSClient({ region: "eu-west-1", credentials: { accessKeyId: "x", secretAccessKey: "x" } });
  const sqs = mockClient(client);
  const wakeUps = sqsWakeUps({ client, queueUrls });
  const sent = () => sqs.commandCalls(SendMessageBatchCommand).map(({ args: [{ input }] }) => input);
  const entries = () => sent().flatMap(({ Entries = [] }) => Entries);
  const send = (...wanted: Lane[]) => wakeUps.send(wanted.map((lane) => ({ lane, because })));

  beforeEach(() => {
    sqs.reset();
    sqs.on(SendMessageBatchCommand).resolves({});
  });

  it("go to the queue of the lane's origin, with the lane as message group", async () => {
    expect(await send(ensonoLane("e-CS1"), clientLane("INC1"))).toEqual([]);
    expect(
      sent().map(({ QueueUrl, Entries = [] }) => [QueueUrl, Entries.map((entry) => entry.MessageGroupId)]),
    ).toEqual([
      [queueUrls.ENSONO, ["ENSONO#e-CS1"]],
      [queueUrls.CLIENT, ["CLIENT#INC1"]],
    ]);
  });

  it("go out in batches of ten", async () => {
    await send(...lanes(25));
    expect(sent().map(({ Entries = [] }) => Entries.length)).toEqual([10, 10, 5]);
  });

  it("wake each lane once", async () => {
    await wakeUps.send([
      { lane: ensonoLane("e-CS1"), because: "one" },
      { lane: ensonoLane("e-CS1"), because: "two" },
    ]);
    expect(entries()).toHaveLength(1);
  });

  it("call nothing when there is nobody to wake", async () => {
    expect(await send()).toEqual([]);
    expect(sent()).toEqual([]);
  });

  it("have the same deduplication id only for the same lane and cause", async () => {
    for (const [number, cause] of [
      ["1", "a"],
      ["1", "a"],
      ["1", "b"],
      ["2", "a"],
    ] as const) {
      await wakeUps.send([{ lane: ensonoLane(number), because: cause }]);
    }
    const ids = entries().map((entry) => entry.MessageDeduplicationId);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(3);
  });

  it.each(["Ticket nº 7", "x".repeat(200), "a b", "\uffff\u0000😀"])(
    "carry the ticket number %j unharmed",
    async (number) => {
      await send(clientLane(number));
      const [entry] = entries();
      expect(entry?.MessageGroupId).toMatch(/^[0-9a-f]{64}$/);
      expect(entry?.MessageBody).toMatch(/^[ -~]+$/);
      expect(wakeUpSchema.parse(JSON.parse(entry?.MessageBody ?? ""))).toEqual({
        version: 1,
        lane: clientLane(number),
      });
    },
  );

  it("give back the lanes that SQS did not take", async () => {
    sqs.on(SendMessageBatchCommand).resolves({ Failed: [{ Id: "1", Code: "InternalError", SenderFault: false }] });
    expect(await send(...lanes(3))).toEqual([ensonoLane("e-CS1")]);
  });

  it("[R2] give back all lanes of a call that failed, and no others", async () => {
    sqs.on(SendMessageBatchCommand, { QueueUrl: queueUrls.ENSONO }).rejects(new Error("SQS is down"));
    expect(await send(...lanes(12), clientLane("INC1"))).toEqual(lanes(12));
  });

  it("give back lanes whose origin has no queue", async () => {
    const onlyClient = sqsWakeUps({ client, queueUrls: { CLIENT: queueUrls.CLIENT } });
    expect(await onlyClient.send([{ lane: ensonoLane("e-CS1"), because }])).toEqual([ensonoLane("e-CS1")]);
  });
});

it("wake-ups arrive over an SQS queue, repeats of one collapsed", async () => {
  const server = buildApp({ logger: false });
  onTestFinished(() => server.close());
  const endpoint = await server.listen({ port: 0, host: "127.0.0.1" });
  const client = new SQSClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
  });
  onTestFinished(() => client.destroy());
  const queue = { QueueName: "wake.fifo", Attributes: { FifoQueue: "true" } };
  const { QueueUrl = "" } = await client.send(new CreateQueueCommand(queue));

  const wakeUps = sqsWakeUps({ client, queueUrls: { ENSONO: QueueUrl } });
  for (let times = 0; times < 2; times += 1) {
    expect(await wakeUps.send(lanes(3).map((lane) => ({ lane, because })))).toEqual([]);
  }

  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  const counted = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
  );
  expect(counted.Attributes).toMatchObject({ ApproximateNumberOfMessages: "0" });
  const woken = Messages.map(({ Body = "" }) => wakeUpSchema.parse(JSON.parse(Body)).lane);
  expect(woken.toSorted()).toEqual(lanes(3));
});
