import { inflateRawSync } from "node:zlib";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import { dynamoDbLedger } from "../../lambdas/shared/adapters/dynamodb-ledger.ts";
import { onEachDynamoDb } from "../support/dynamodb.ts";
import { inMemoryLedger } from "../support/fakes/in-memory-ledger.ts";
import { ledgerContract } from "./ledger.contract.ts";
import { DAY_MS, RETENTION_DAYS } from "./ledger-under-contract.ts";

ledgerContract("the fake", async () => {
  const ledger = inMemoryLedger({ retentionDays: RETENTION_DAYS });
  return {
    ledger,
    async expiryOf(lane, order) {
      const finishedAt = (await ledger.entry(lane, order))?.finishedAt;
      return finishedAt && Math.floor((finishedAt + RETENTION_DAYS * DAY_MS) / 1000);
    },
    quarantined: async (id) => ledger.quarantined.find((item) => item.id === id),
  };
});

const quarantineSchema = z
  .object({ reason: z.string(), raw: z.instanceof(Uint8Array) })
  .transform(({ reason, raw }) => ({ reason, raw: z.string().parse(JSON.parse(inflateRawSync(raw).toString())) }));

onEachDynamoDb((engine, newTable) => {
  ledgerContract(engine, async () => {
    const { client, tableName } = await newTable();
    const read = async (pk: string, sk: string) => {
      const key = { TableName: tableName, Key: { pk: { S: pk }, sk: { S: sk } } };
      const { Item } = await client.send(new GetItemCommand(key));
      return Item && unmarshall(Item);
    };
    return {
      ledger: dynamoDbLedger({ client, tableName, retentionDays: RETENTION_DAYS }),
      expiryOf: async (lane, order) => (await read(lane, `E#${order}`))?.expiresAt,
      quarantined: async (id) => quarantineSchema.optional().parse(await read("QUARANTINE", id)),
    };
  });
});
