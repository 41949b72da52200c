import { randomUUID } from "node:crypto";
import { PutItemCommand, paginateScan } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, it } from "vitest";
import { copyTable } from "../../docs/deploy/copy-table.ts";
import { dynamoDbDeliveries } from "../../docs/deploy/relay/deliveries.ts";
import { PARTITION_KEY, SORT_KEY } from "../../lambdas/shared/table-layout.ts";
import { createTable } from "../../sandbox/emulators/dynamodb.ts";
import { useDynamoDb } from "../support/dynamodb.ts";

const newTable = useDynamoDb();

describe("copying a table, as the restore drill does", () => {
  it("copies everything, of many pages, and twice is as good as once", async () => {
    const [from, to] = [await newTable(), await newTable()];
    const items = Array.from({ length: 120 }, (_, nth) => ({
      [PARTITION_KEY]: `ENSONO#e-CS${nth % 7}`,
      [SORT_KEY]: `E#${nth}`,
      text: "x".repeat(20_000),
    }));
    for (const item of items) {
      await from.client.send(new PutItemCommand({ TableName: from.tableName, Item: marshall(item) }));
    }
    expect(await copyTable(from.client, from.tableName, to.tableName)).toBe(items.length);
    expect(await copyTable(from.client, from.tableName, to.tableName)).toBe(items.length);
    let count = 0;
    const pages = paginateScan({ client: to.client }, { TableName: to.tableName, Select: "COUNT" });
    for await (const { Count = 0 } of pages) count += Count;
    expect(count).toBe(items.length);
  });
});

describe("what the relay remembers of deliveries", () => {
  const deliveries = async () => {
    const { client } = await newTable();
    const tableName = `deliveries-${randomUUID()}`;
    await createTable(client, tableName, {
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    });
    return dynamoDbDeliveries({ client, tableName, clock: () => Date.UTC(2026, 10, 24) });
  };

  it("knows one that ended, with its answer", async () => {
    const known = await deliveries();
    expect(await known.begin("evb_1")).toEqual({ was: "new" });
    await known.done("evb_1", { clientTicketNumber: "35436" });
    expect(await known.begin("evb_1")).toEqual({ was: "done", answer: { clientTicketNumber: "35436" } });
    expect(await known.begin("evb_2")).toEqual({ was: "new" });
  });

  it("knows one that broke off, and whether the bridge was told, once", async () => {
    const known = await deliveries();
    await known.begin("evb_1");
    expect(await known.begin("evb_1")).toEqual({ was: "begun" });
    await known.told("evb_1");
    expect(await known.begin("evb_1")).toEqual({ was: "told" });
    expect(await known.begin("evb_1")).toEqual({ was: "begun" });
  });

  it("forgets one that did nothing", async () => {
    const known = await deliveries();
    await known.begin("evb_1");
    await known.forget("evb_1");
    expect(await known.begin("evb_1")).toEqual({ was: "new" });
  });
});
