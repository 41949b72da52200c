import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import type { PollLog } from "../../ports.ts";
import { updateItem } from "./lane.ts";
import { getItem, keys, type Table } from "./table.ts";

const logSchema = z.object({ emptiedFrom: z.number().optional() });

/** Who reads Ensono's queue, and when it was last read to its end (ports: `PollLog`). */
export const dynamoDbPollLog = (table: Table): PollLog => ({
  take: (runId, now, until) =>
    updateItem(
      table,
      keys.pollLog(),
      { set: { runId, until } },
      { expression: "attribute_not_exists(#runId) OR #until <= :now OR #runId = :runId", values: { now, runId } },
    ),

  async end(runId, emptiedFrom) {
    await updateItem(
      table,
      keys.pollLog(),
      { set: { emptiedFrom }, remove: ["runId", "until"] },
      { expression: "#runId = :runId", values: { runId } },
    );
  },

  async emptiedFrom() {
    const item = await getItem(table, keys.pollLog());
    return logSchema.parse(item === undefined ? {} : unmarshall(item)).emptiedFrom;
  },
});
