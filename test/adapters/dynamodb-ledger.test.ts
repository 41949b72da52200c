import { randomBytes } from "node:crypto";
import { type DynamoDBClient, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { dynamoDbLedger } from "../../lambdas/shared/adapters/dynamodb-ledger.ts";
import { destination, ensonoLane, transactionOrder } from "../../lambdas/shared/domain/lane.ts";
import { marksOf } from "../../lambdas/shared/domain/marks.ts";
import { digest } from "../../lambdas/shared/runtime/digest.ts";
import { useDynamoDb } from "../support/dynamodb.ts";
import { guideMessages } from "../support/guide-messages.ts";

const NOW = Date.UTC(2026, 10, 2, 15, 4, 5);
const at = { now: NOW, wakeAt: NOW + 60_000 };
const LANE = ensonoLane("e-CS0204070");
const arrival = (order: string) => ({ order, content: { kind: "tellNumber" } }) as const;

const newTable = useDynamoDb();

const newLedger = async () => {
  const table = await newTable();
  return { ...table, ledger: dynamoDbLedger({ ...table, retentionDays: 30 }) };
};

/** Lets something happen before the first call of this command for which `applies` holds. */
const interrupt = (client: DynamoDBClient, command: string, happens: () => Promise<void> | void): void => {
  let isOver = false;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (!isOver && context.commandName === command) {
        isOver = true;
        await happens();
      }
      return next(args);
    },
    { step: "initialize" },
  );
};

const crash = () => {
  throw new Error("the process dies here");
};

const consumedSchema = z.object({ CapacityUnits: z.number() });
const outputSchema = z.object({
  ConsumedCapacity: z.union([consumedSchema.transform((one) => [one]), z.array(consumedSchema)]).optional(),
});

/** Counts write units, those of the index included. */
const countWrites = (client: DynamoDBClient): { units: number } => {
  const count = { units: 0 };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (!/^(Put|Update|TransactWrite)/.test(String(context.commandName))) return next(args);
      const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: "INDEXES" } });
      for (const { CapacityUnits } of outputSchema.parse(result.output).ConsumedCapacity ?? []) {
        count.units += CapacityUnits;
      }
      return result;
    },
    { step: "initialize" },
  );
  return count;
};

describe("the DynamoDB ledger, while entries come in", () => {
  it("[Q3] does not go past an entry whose writer is slower than the writer of the next one", async () => {
    const { ledger, client, tableName } = await newLedger();
    const other = dynamoDbLedger({ client, tableName, retentionDays: 30 });
    interrupt(client, "PutItemCommand", async () => {
      await other.receive(LANE, [arrival("6")], at);
      const { head, entries } = await other.open(LANE);
      const [entry] = entries;
      if (entry === undefined) throw new Error("nothing to finish");
      await other.settle({ head, entry, steps: [], finished: true, ...at });
      await other.rest({ head: { ...head, doneThrough: "6" }, idle: true });
    });
    expect(await ledger.receive(LANE, [arrival("5")], at)).toEqual(["stored"]);
    expect((await ledger.open(LANE)).entries).toMatchObject([{ order: "5" }]);
    expect(await ledger.due(destination(LANE), at.wakeAt, 10)).toEqual([{ lane: LANE, dueAt: at.wakeAt }]);
  });

  it("[Q3] shows an entry to nobody before all earlier ones are sure to be seen", async () => {
    const { ledger, client } = await newLedger();
    await ledger.receive(LANE, [arrival("4")], at);
    let seen: string[] = [];
    interrupt(client, "UpdateItemCommand", async () => {
      seen = (await ledger.open(LANE)).entries.map(({ order }) => order);
    });
    await ledger.receive(LANE, [arrival("6")], at);
    expect(seen).toEqual(["4"]);
    expect((await ledger.open(LANE)).entries).toMatchObject([{ order: "4" }, { order: "6" }]);
  });

  it("[R1] has an entry that was stored before a crash count when it comes again", async () => {
    const { ledger, client } = await newLedger();
    interrupt(client, "UpdateItemCommand", crash);
    await expect(ledger.receive(LANE, [arrival("5")], at)).rejects.toThrow("dies here");
    expect(await ledger.open(LANE)).toMatchObject({ entries: [] });
    expect(await ledger.receive(LANE, [arrival("5")], at)).toEqual(["known"]);
    expect((await ledger.open(LANE)).entries).toMatchObject([{ order: "5" }]);
    expect(await ledger.due(destination(LANE), at.wakeAt, 10)).toHaveLength(1);
  });

  it("[R1] stores an event whose id was kept before a crash when it comes again, in its first place", async () => {
    const { ledger, client } = await newLedger();
    const event = { id: "evt_1", bodyDigest: "digest" };
    let puts = 0;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === "PutItemCommand" && ++puts === 2) crash();
        return next(args);
      },
      { step: "initialize" },
    );
    await expect(ledger.receiveEvent(LANE, arrival("5"), event, at)).rejects.toThrow("dies here");
    expect(await ledger.receiveEvent(LANE, arrival("7"), event, at)).toBe("stored");
    expect(await ledger.receiveEvent(LANE, arrival("8"), event, at)).toBe("repeated");
    expect((await ledger.open(LANE)).entries).toMatchObject([{ order: "5" }]);
  });

  it("names an entry that is too large", async () => {
    const { ledger } = await newLedger();
    const message = randomBytes(400_000).toString("base64");
    const large = { order: "5", content: { kind: "transaction", message } } as const;
    await expect(ledger.receive(LANE, [large], at)).rejects.toThrow(
      /^content: expected at most \d+ bytes when deflated, got \d+.*ENSONO#e-CS0204070 5$/,
    );
  });
});

describe("the DynamoDB ledger, while a run is opening a lane", () => {
  it("[R1] gives the head as the entries that have ended meanwhile left it", async () => {
    const { ledger, client } = await newLedger();
    await ledger.receive(LANE, [arrival("1"), arrival("2")], at);
    const { head, entries } = await ledger.open(LANE);
    const [entry] = entries;
    if (entry === undefined) throw new Error("nothing to finish");
    const said = { status: { value: "0123456789abcdef", at: NOW } };
    interrupt(client, "QueryCommand", async () => {
      await ledger.settle({ head: { ...head, said }, entry, steps: [], finished: true, ...at });
    });
    expect(await ledger.open(LANE)).toMatchObject({ head: { said, doneThrough: "1" }, entries: [{ order: "2" }] });
  });
});

describe("the DynamoDB ledger, when transactions get in each other's way", () => {
  const conflict = () => {
    const CancellationReasons = [{ Code: "None" }, { Code: "TransactionConflict" }];
    throw new TransactionCanceledException({ message: "conflict", $metadata: {}, CancellationReasons });
  };

  const conflicting = async (times: number) => {
    const { client, tableName } = await newTable();
    const ledger = dynamoDbLedger({ client, tableName, retentionDays: 30, random: () => 0 });
    await ledger.receive(LANE, [arrival("1")], at);
    const { head, entries } = await ledger.open(LANE);
    for (let time = 0; time < times; time++) interrupt(client, "TransactWriteItemsCommand", conflict);
    const [entry] = entries;
    if (entry === undefined) throw new Error("nothing to begin");
    return ledger.begin({ head, entry, steps: [], leaseUntil: NOW });
  };

  it("tries again", async () => {
    expect(await conflicting(3)).toMatchObject({ entry: { attempts: 1 } });
  });

  it("gives up in the end", async () => {
    await expect(conflicting(100)).rejects.toThrow("conflict");
  });
});

describe("what the DynamoDB ledger costs", () => {
  it("takes 12 write units at most for an ordinary Update", async () => {
    const { client, ledger } = await newLedger();
    const { ReceiptHandle: _, ...message } = guideMessages.update;
    const { SentTimestamp, SequenceNumber } = message.Attributes;
    const identity = { sentAt: Number(SentTimestamp), sequenceNumber: SequenceNumber, messageId: message.MessageId };
    const order = transactionOrder(identity);
    const said = marksOf(message.Body, NOW, digest);

    const writes = countWrites(client);
    await ledger.receive(LANE, [{ order, content: { kind: "transaction", message } }], at);
    const opened = await ledger.open(LANE);
    const [received] = opened.entries;
    if (received === undefined) throw new Error("nothing to begin");
    const { changed } = message.Body;
    const step = { step: { do: "updateTicket", changed }, key: "evb_0123456789abcdef_0", attemptedAt: NOW };
    const begun = await ledger.begin({
      entry: received,
      head: { ...opened.head, sent: said, said },
      steps: [{ ...step, status: "attempting" }],
      leaseUntil: NOW + 30_000,
    });
    if ("lost" in begun) throw new Error("lost");
    await ledger.settle({ ...begun, steps: [{ ...step, status: "done" }], finished: true, ...at });
    await ledger.rest({ head: { ...begun.head, doneThrough: order }, idle: true });
    expect(writes.units).toBeLessThanOrEqual(12);
    expect(writes.units).toBeGreaterThan(0);
  });
});
