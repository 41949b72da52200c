import { type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import { equal, startsWith } from "../../../lambdas/shared/adapters/dynamodb-expressions.ts";
import {
  entrySort,
  HEAD_SORT,
  packed,
  QUARANTINE,
  readEntryItem,
  readHeadItem,
} from "../../../lambdas/shared/adapters/dynamodb-items.ts";
import { dynamoDbTable } from "../../../lambdas/shared/adapters/dynamodb-table.ts";
import { readTransferItem, TRANSFER_SORT } from "../../../lambdas/shared/adapters/dynamodb-transfers.ts";
import { parseExactly } from "../../../lambdas/shared/domain/exact-json.ts";
import { type Lane, laneSchema } from "../../../lambdas/shared/domain/lane.ts";
import { PARTITION_KEY, SORT_KEY } from "../../../lambdas/shared/table-layout.ts";
import type { Inspection } from "../ports.ts";

const laneOfItem = z.object({ [PARTITION_KEY]: laneSchema }).transform((item): Lane => item[PARTITION_KEY]);

const quarantineItemSchema = z
  .object({
    [SORT_KEY]: z.string(),
    reason: z.string(),
    raw: packed(z.string().transform(parseExactly).pipe(z.json())),
    at: z.number(),
  })
  .transform(({ [SORT_KEY]: id, raw, ...item }) => ({ ...item, id, message: raw }));

/** The ledger's table, as an operator looks at it. */
export const dynamoDbInspection = ({
  client,
  tableName,
}: {
  client: DynamoDBClient;
  tableName: string;
}): Inspection => {
  const table = dynamoDbTable({ client, tableName });

  const all = async <Item>(partition: string, sort: string, read: (item: unknown) => Item): Promise<Item[]> => {
    const found: Item[] = [];
    const where = [equal(PARTITION_KEY, partition), ...(sort === "" ? [] : [startsWith(SORT_KEY, sort)])];
    for await (const page of table.query({ where })) found.push(...page.map(read));
    return found;
  };

  /** DynamoDB has no index of all heads: whoever wants all of them reads the table, a megabyte at a time. */
  const scan = async function* (FilterExpression: string, values: Record<string, { S: string } | { N: string }>) {
    const filter = { FilterExpression, ExpressionAttributeValues: values };
    for await (const { Items = [] } of paginateScan({ client }, { TableName: tableName, ...filter })) {
      yield* Items.map((item) => unmarshall(item));
    }
  };

  return {
    async *heads() {
      for await (const item of scan(`${SORT_KEY} = :head`, { ":head": { S: HEAD_SORT } })) {
        yield readHeadItem(laneOfItem.parse(item), item).head;
      }
    },

    async *entriesSince(since) {
      const values = { ":entry": { S: entrySort("") }, ":since": { N: String(since) } };
      for await (const item of scan(`begins_with(${SORT_KEY}, :entry) AND receivedAt >= :since`, values)) {
        yield readEntryItem(item);
      }
    },

    entries: (lane) => all(lane, entrySort(""), readEntryItem),
    transfers: (lane) => all(lane, TRANSFER_SORT, readTransferItem),
    quarantined: () => all(QUARANTINE, "", (item) => quarantineItemSchema.parse(item)),
  };
};
