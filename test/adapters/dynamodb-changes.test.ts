import { deflateRawSync } from "node:zlib";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { describe, expect, it, onTestFinished } from "vitest";
import { readStreamRecord } from "../../lambdas/shared/adapters/dynamodb-changes.ts";
import { dynamoDbHeads } from "../../lambdas/shared/adapters/dynamodb-heads.ts";
import { dynamoDbLedger } from "../../lambdas/shared/adapters/dynamodb-ledger.ts";
import { tellEntry } from "../../lambdas/shared/domain/tell-entry.ts";
import { streamArnOf } from "../../sandbox/emulators/dynamodb.ts";
import { keptCheckpoints, type StreamRecord, tableStream } from "../../sandbox/emulators/table-streams.ts";
import { at, LANE, ledgerForTest, operator, PEER, RETENTION_DAYS } from "../contract/ledger-under-contract.ts";
import { digest } from "../support/builders.ts";
import { onEachDynamoDb } from "../support/dynamodb.ts";

onEachDynamoDb((_, newTable) => {
  /** A ledger on a table with a stream, and a way to what the stream tells of it. */
  const streamedLedger = async () => {
    const { client, tableName } = await newTable();
    const ledger = dynamoDbLedger({ client, tableName, retentionDays: RETENTION_DAYS });
    const notNeeded = async () => undefined;
    const test = await ledgerForTest(async () => ({ ledger, expiryOf: notNeeded, quarantined: notNeeded }));
    const endpoint = await client.config.endpoint?.();
    const streams = new DynamoDBStreamsClient({
      region: "eu-west-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      ...(endpoint && { endpoint: `${endpoint.protocol}//${endpoint.hostname}:${endpoint.port}` }),
    });
    onTestFinished(() => streams.destroy());
    const streamArn = await streamArnOf(client, tableName);
    const stream = tableStream({ client: streams, streamArn, region: "eu-west-1", checkpoints: keptCheckpoints() });

    /** Reads until an entry was written with this status as its last one. */
    const recordsUntil = async (isLast: (record: StreamRecord) => boolean): Promise<StreamRecord[]> => {
      const read: StreamRecord[] = [];
      const ended = new AbortController();
      const take = async (records: readonly StreamRecord[]) => {
        read.push(...records);
        if (records.some(isLast)) ended.abort();
      };
      await stream.follow(take, ended.signal, (error) => expect.unreachable(String(error)));
      return read;
    };
    const toldUntil = async (lastOrder: string) => {
      const records = await recordsUntil(
        ({ dynamodb: { Keys, NewImage } }) =>
          JSON.stringify([Keys, NewImage?.status]).match(new RegExp(`E#${lastOrder}".*"(?:done|skipped)"`)) !== null,
      );
      const changes = records.map(readStreamRecord).filter((change) => "entry" in change);
      const ticket = await dynamoDbHeads({ client, tableName }).ticketOf(LANE);
      return changes.flatMap((change) => tellEntry(change, { stage: "dev", ticketText: true, ticket, digest }) ?? []);
    };
    return { ...test, client, tableName, toldUntil };
  };

  it("a head that cannot be read tells what can be read of it, and stands in no event's way", async () => {
    const { client, tableName } = await newTable();
    const [Item, heads] = [{ pk: { S: LANE }, sk: { S: "HEAD" } }, dynamoDbHeads({ client, tableName })];
    expect(await heads.ticketOf(LANE)).toEqual({});
    const broken = { ...Item, link: { N: "5" }, ticketType: { S: "Incident" }, held: { S: "?" } };
    await client.send(new PutItemCommand({ TableName: tableName, Item: broken }));
    expect(await heads.ticketOf(LANE)).toEqual({ ticketType: "Incident" });
  });

  describe("the stream of the ledger", () => {
    it("tells each entry that was applied, held, released or skipped, once and in order", async () => {
      const { ledger, receive, openFirst, begin, finish, hold, link, toldUntil } = await streamedLedger();
      await receive(LANE, "1", "2", "3");
      const first = await begin(await openFirst(LANE));
      await link(first);
      await finish(await openFirst(LANE));
      await hold(await begin(await openFirst(LANE)));
      await ledger.release(LANE, operator);
      await finish(await begin(await openFirst(LANE)));
      await ledger.skip(LANE, "3", operator);

      const events = await toldUntil("3");
      expect(events.map(({ detail, ...event }) => [event["detail-type"], detail.entry.order])).toEqual([
        ["Entry Applied", "1"],
        ["Entry Held", "2"],
        ["Entry Released", "2"],
        ["Entry Applied", "2"],
        ["Entry Skipped", "3"],
      ]);
      expect(events.map(({ detail }) => detail.clientTicketNumber)).toEqual(events.map(() => "INC0010299"));
      const sequences = events.map(({ detail }) => detail.sequence);
      expect(sequences).toEqual(sequences.toSorted());
      expect(new Set(events.map(({ detail }) => detail.id)).size).toBe(events.length);
      expect(JSON.stringify(events[0])).toContain("Grüße 👋");
    });

    it("is passed over where it tells of heads, marks, claims and new entries", async () => {
      const { ledger, receive, openFirst, begin, finish, toldUntil } = await streamedLedger();
      await receive(LANE, "1");
      await receive(PEER, "1");
      await ledger.claim(LANE, "note", "1", at.now);
      await ledger.leaveFootprint(LANE, { token: "t", id: "i", evidence: {} }, at.now);
      await finish(await begin(await openFirst(LANE)));
      expect((await toldUntil("1")).map((event) => event["detail-type"])).toEqual(["Entry Applied"]);
    });
  });
});

describe("a record of the stream", () => {
  const keys = { pk: { S: LANE }, sk: { S: "E#1" } };
  const recordWith = (dynamodb: object) => ({
    eventName: "MODIFY",
    dynamodb: { SequenceNumber: "12", ApproximateCreationDateTime: 1_700_000_000, Keys: keys, ...dynamodb },
  });

  it("whose item cannot be read says which and why, without what stands in it", () => {
    const NewImage = { ...keys, status: { S: "done" }, revision: { S: "planted ticket text" } };
    expect(readStreamRecord(recordWith({ OldImage: { status: { S: "held" } }, NewImage }))).toEqual({
      sequence: "12",
      at: 1_700_000_000_000,
      item: `${LANE} 1`,
      unreadable: expect.not.stringContaining("planted"),
    });
  });

  it("whose body cannot be unpacked does not quote it", () => {
    const entry = { status: { S: "done" }, attempts: { N: "1" }, revision: { N: "1" }, receivedAt: { N: "1" } };
    const body = { B: deflateRawSync("planted ticket text").toString("base64") };
    const image = { OldImage: entry, NewImage: { ...keys, ...entry, body } };
    expect(readStreamRecord(recordWith(image))).toMatchObject({
      unreadable: "the body cannot be unpacked (SyntaxError)",
    });
  });

  it.each([
    ["a new entry", { NewImage: { ...keys, status: { S: "received" } } }],
    ["an entry that expired", { OldImage: { ...keys, status: { S: "done" } } }],
    ["a head", { Keys: { pk: { S: LANE }, sk: { S: "HEAD" } }, OldImage: {}, NewImage: {} }],
  ])("of %s is irrelevant", (_, dynamodb) => {
    expect(readStreamRecord(recordWith(dynamodb))).toEqual({ sequence: "12", irrelevant: true });
  });
});
