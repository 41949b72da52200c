import { randomUUID } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, onTestFinished } from "vitest";
import {
  ATTENTION_DUE_AT,
  ATTENTION_INDEX,
  ATTENTION_QUEUE,
  EXPIRY_ATTRIBUTE,
  PARTITION_KEY,
  SORT_KEY,
} from "../../lambdas/shared/table-layout.ts";
import {
  availableDynamoDbEngines,
  createTable,
  type DynamoDb,
  type DynamoDbEngine,
  startDynamoDb,
  type TableDefinition,
} from "../../sandbox/emulators/dynamodb.ts";

const ledgerTable: TableDefinition = {
  KeySchema: [
    { AttributeName: PARTITION_KEY, KeyType: "HASH" },
    { AttributeName: SORT_KEY, KeyType: "RANGE" },
  ],
  AttributeDefinitions: [
    { AttributeName: PARTITION_KEY, AttributeType: "S" },
    { AttributeName: SORT_KEY, AttributeType: "S" },
    { AttributeName: ATTENTION_QUEUE, AttributeType: "S" },
    { AttributeName: ATTENTION_DUE_AT, AttributeType: "N" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: ATTENTION_INDEX,
      KeySchema: [
        { AttributeName: ATTENTION_QUEUE, KeyType: "HASH" },
        { AttributeName: ATTENTION_DUE_AT, KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
  ],
  StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  TimeToLiveSpecification: { AttributeName: EXPIRY_ATTRIBUTE, Enabled: true },
};

interface LedgerTable {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}

/**
 * Runs a suite on each engine, started once for it: dynoxide, and AWS's DynamoDB Local, which needs Java. Without it the
 * suite is reported as skipped. `newTable` gives each test a table of its own.
 */
export const onEachDynamoDb = (suite: (engine: DynamoDbEngine, newTable: () => Promise<LedgerTable>) => void): void => {
  const available = availableDynamoDbEngines();
  for (const engine of ["dynoxide", "dynamodb-local"] as const) {
    const remedy = engine === "dynoxide" ? "run npm ci on Linux x64" : "needs Java 17";
    const isThere = available.includes(engine);
    describe.runIf(isThere)(isThere ? `on ${engine}` : `on ${engine}, which is not there: ${remedy}`, () => {
      const newTable = useDynamoDb(engine);
      suite(engine, newTable);
    });
  }
};

/**
 * Starts an engine for the surrounding suite; without a name, the one that the sandbox takes. Each table comes with a client
 * of its own, which a test may therefore tamper with.
 */
export const useDynamoDb = (engine?: DynamoDbEngine): (() => Promise<LedgerTable>) => {
  let database: DynamoDb;
  beforeAll(async () => {
    database = await startDynamoDb({ engine });
  });
  afterAll(() => database.stop());

  return async () => {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const client = new DynamoDBClient({ endpoint: database.endpoint, region: "eu-west-1", credentials });
    onTestFinished(() => client.destroy());
    const tableName = `ledger-${randomUUID()}`;
    await createTable(client, tableName, ledgerTable);
    return { client, tableName };
  };
};
