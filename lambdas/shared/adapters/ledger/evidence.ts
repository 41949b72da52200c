import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import type { Footprint, Ledger } from "../../ports.ts";
import { EXPIRY_ATTRIBUTE, PARTITION_KEY, SORT_KEY } from "../../table-layout.ts";
import { isNew, putItem, updateItem } from "./lane.ts";
import { expiry, footprintPrefix, isExpired, keys, type Table } from "./table.ts";

/** Evidence: what was seen before, and what we wrote ourselves. */

type Evidence = Pick<Ledger, "claim" | "leaveFootprint" | "footprints" | "useFootprint">;

const footprintSchema = z.object({
  token: z.string(),
  id: z.string(),
  evidence: z.record(z.string(), z.string()),
  usedBy: z.string().optional(),
});

export const evidenceKeeper = (table: Table, retentionDays: number): Evidence => ({
  claim: (lane, token, order, now) =>
    putItem(
      table,
      { ...keys.claim(lane, token), ...marshall({ order, [EXPIRY_ATTRIBUTE]: expiry(now, retentionDays) }) },
      {
        expression: `attribute_not_exists(#pk) OR #order = :order OR #${EXPIRY_ATTRIBUTE} <= :now`,
        values: { order, now: Math.floor(now / 1000) },
      },
    ),

  async leaveFootprint(lane, footprint, now) {
    const { token, id, evidence } = footprint;
    const item = marshall({ token, id, evidence, [EXPIRY_ATTRIBUTE]: expiry(now, retentionDays) });
    await putItem(table, { ...keys.footprint(lane, footprint), ...item }, isNew);
  },

  async footprints(lane, token, order) {
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.tableName,
        ConsistentRead: true,
        KeyConditionExpression: "#pk = :lane AND begins_with(#sk, :prefix)",
        ExpressionAttributeNames: { "#pk": PARTITION_KEY, "#sk": SORT_KEY },
        ExpressionAttributeValues: marshall({ ":lane": lane, ":prefix": footprintPrefix(token) }),
      }),
    );
    const now = Date.now();
    return Items.map((item) => unmarshall(item))
      .filter((item) => !isExpired(item, now))
      .map((item) => footprintSchema.parse(item))
      .filter((one) => one.token === token && (one.usedBy === undefined || one.usedBy === order))
      .map(({ usedBy: _, ...footprint }): Footprint => footprint);
  },

  useFootprint: (lane, footprint, order) =>
    updateItem(
      table,
      keys.footprint(lane, footprint),
      { set: { usedBy: order } },
      {
        expression: "attribute_exists(#pk) AND (attribute_not_exists(#usedBy) OR #usedBy = :order)",
        values: { order },
      },
    ),
});
