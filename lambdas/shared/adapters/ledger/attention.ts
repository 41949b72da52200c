import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import { laneSchema } from "../../domain/lane.ts";
import type { Ledger } from "../../ports.ts";
import { ATTENTION_DUE_AT, ATTENTION_INDEX, ATTENTION_QUEUE, PARTITION_KEY } from "../../table-layout.ts";
import type { Item } from "./expressions.ts";
import { dueQueues, HELD_QUEUE, type Table } from "./table.ts";

/** The index of lanes that somebody must look at. */

const attentionSchema = z
  .object({ [PARTITION_KEY]: laneSchema, [ATTENTION_DUE_AT]: z.number() })
  .transform((item) => ({ lane: item[PARTITION_KEY], at: item[ATTENTION_DUE_AT] }));
type Attention = z.infer<typeof attentionSchema>;

export const listAttention = (table: Table): Pick<Ledger, "due" | "held"> => ({
  async due(now, limit) {
    const lists = await Promise.all(dueQueues.map((queue) => list(table, queue, now, limit)));
    const oldestFirst = lists.flat().toSorted((one, other) => one.at - other.at);
    return oldestFirst.slice(0, limit).map(({ lane, at }) => ({ lane, dueAt: at }));
  },

  async held(limit) {
    const lanes = await list(table, HELD_QUEUE, Number.MAX_SAFE_INTEGER, limit);
    return lanes.map(({ lane, at }) => ({ lane, since: at }));
  },
});

const list = async (table: Table, queue: string, until: number, limit: number): Promise<Attention[]> => {
  const found: Attention[] = [];
  let from: Item | undefined;
  do {
    const page = await table.client.send(
      new QueryCommand({
        TableName: table.tableName,
        IndexName: ATTENTION_INDEX,
        KeyConditionExpression: "#queue = :queue AND #dueAt <= :until",
        ExpressionAttributeNames: { "#queue": ATTENTION_QUEUE, "#dueAt": ATTENTION_DUE_AT },
        ExpressionAttributeValues: marshall({ ":queue": queue, ":until": until }),
        Limit: Math.min(limit - found.length, 1000),
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    found.push(...(page.Items ?? []).map((item) => attentionSchema.parse(unmarshall(item))));
    from = page.LastEvaluatedKey;
  } while (from !== undefined && found.length < limit);
  return found;
};
