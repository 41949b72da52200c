import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { dynamoDbTransfers } from "../../lambdas/shared/adapters/dynamodb-transfers.ts";
import { onEachDynamoDb } from "../support/dynamodb.ts";
import { inMemoryTransfers } from "../support/fakes/in-memory-transfers.ts";
import { RETENTION_DAYS, transfersContract } from "./transfers.contract.ts";

transfersContract("the fake", async () => {
  const transfers = inMemoryTransfers();
  return {
    transfers,
    async expiryOf(lane, id) {
      const endedAt = transfers.keptOf({ lane, id })?.endedAt;
      return endedAt && Math.floor(endedAt / 1000) + RETENTION_DAYS * 24 * 60 * 60;
    },
  };
});

onEachDynamoDb((engine, newTable) => {
  transfersContract(engine, async () => {
    const { client, tableName } = await newTable();
    return {
      transfers: dynamoDbTransfers({ client, tableName, retentionDays: RETENTION_DAYS }),
      async expiryOf(lane, id) {
        const Key = { pk: { S: lane }, sk: { S: `FILE#${id}` } };
        const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key }));
        return Item?.expiresAt?.N === undefined ? undefined : Number(Item.expiresAt.N);
      },
    };
  });
});
