import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  availableDynamoDbEngines,
  createTable,
  type DynamoDb,
  startDynamoDb,
  type TableDefinition,
} from "../../sandbox/emulators/dynamodb.ts";

const index = {
  IndexName: "by-due",
  KeySchema: [{ AttributeName: "due", KeyType: "HASH" as const }],
  Projection: { ProjectionType: "ALL" as const },
};

const table: TableDefinition = {
  KeySchema: [
    { AttributeName: "lane", KeyType: "HASH" },
    { AttributeName: "entry", KeyType: "RANGE" },
  ],
  AttributeDefinitions: [
    { AttributeName: "lane", AttributeType: "S" },
    { AttributeName: "entry", AttributeType: "S" },
    { AttributeName: "due", AttributeType: "S" },
  ],
  GlobalSecondaryIndexes: [index],
  TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
};

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "dynamodb-test-"));
  cleanups.push(() => rm(directory, { recursive: true }));
  return directory;
}

async function started(options: Parameters<typeof startDynamoDb>[0]): Promise<DynamoDb> {
  const dynamoDb = await startDynamoDb(options);
  cleanups.push(dynamoDb.stop);
  return dynamoDb;
}

function clientOf(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new DynamoDBClient({ endpoint, region: "eu-west-1", credentials });
  cleanups.push(async () => client.destroy());
  return client;
}

const isUp = (endpoint: string) =>
  fetch(endpoint).then(
    () => true,
    () => false,
  );

describe.each(availableDynamoDbEngines())("%s", (engine) => {
  test("makes a template's table with its index and its time to live", async () => {
    const client = clientOf((await started({ engine })).endpoint);
    await createTable(client, "Ledger", table);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: "Ledger" }));
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: "Ledger" }));
    expect(Table).toMatchObject({ TableStatus: "ACTIVE", GlobalSecondaryIndexes: [{ IndexName: "by-due" }] });
    expect(TimeToLiveDescription).toMatchObject({ AttributeName: "expires" });
  });

  test("keeps tables in its data directory, and is gone after stop", async () => {
    const dataDirectory = await temporaryDirectory();
    const first = await started({ engine, dataDirectory });
    await createTable(clientOf(first.endpoint), "Ledger", table);
    await first.stop();
    expect(await isUp(first.endpoint)).toBe(false);

    const client = clientOf((await started({ engine, dataDirectory })).endpoint);
    await createTable(client, "Ledger", table);
    const otherKeys = { ...table, GlobalSecondaryIndexes: [{ ...index, IndexName: "by-date" }] };
    await expect(createTable(client, "Ledger", otherKeys)).rejects.toThrow(
      "Table Ledger: the kept data has other keys",
    );
  });
});

describe("a server whose sandbox was killed", () => {
  async function sandboxProcess(dataDirectory: string): Promise<{ sandbox: ChildProcess; endpoint: string }> {
    const module = new URL("../../sandbox/emulators/dynamodb.ts", import.meta.url).href;
    const script = `import { startDynamoDb } from "${module}";
      const { endpoint } = await startDynamoDb({ dataDirectory: process.argv[1] });
      console.log(endpoint); setInterval(() => {}, 1000);`;
    const sandbox = spawn(process.execPath, ["--input-type=module", "-e", script, dataDirectory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    cleanups.push(async () => sandbox.kill("SIGKILL"));
    const [output] = await once(sandbox.stdout, "data");
    return { sandbox, endpoint: String(output).trim() };
  }

  test.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
    "by %s dies with it, and the data can be used again",
    async (signal) => {
      const dataDirectory = await temporaryDirectory();
      const { sandbox, endpoint } = await sandboxProcess(dataDirectory);
      await createTable(clientOf(endpoint), "Ledger", table);
      sandbox.kill(signal);
      await once(sandbox, "exit");

      const client = clientOf((await started({ dataDirectory })).endpoint);
      const { Table } = await client.send(new DescribeTableCommand({ TableName: "Ledger" }));
      expect(Table?.TableStatus).toBe("ACTIVE");
      await vi.waitFor(async () => expect(await isUp(endpoint)).toBe(false), { timeout: 10_000 });
    },
  );

  test("is not mistaken for one whose sandbox still runs", async () => {
    const dataDirectory = await temporaryDirectory();
    const { sandbox } = await sandboxProcess(dataDirectory);
    await expect(startDynamoDb({ dataDirectory })).rejects.toThrow(`process ${sandbox.pid} is using this data`);
  });
});
