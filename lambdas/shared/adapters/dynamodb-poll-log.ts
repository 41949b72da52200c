import * as z from "zod";
import type { PollLog } from "../ports.ts";
import { absent, atMost, either, equal } from "./dynamodb-expressions.ts";
import { keyOf } from "./dynamodb-items.ts";
import { dynamoDbTable, type TableOptions } from "./dynamodb-table.ts";

const key = keyOf("POLL", "STATE");
const itemSchema = z.object({ emptiedFrom: z.number().optional() });

/** One item says which run reads, until when. A run that died is followed when its time is over. */
export const dynamoDbPollLog = (options: TableOptions): PollLog => {
  const table = dynamoDbTable(options);
  return {
    take: (runId, now, until) =>
      table.update(key, {
        set: { runId, until },
        when: [either(absent("runId"), equal("runId", runId), atMost("until", now))],
      }),

    async end(runId, emptiedFrom) {
      await table.update(key, { set: { emptiedFrom }, remove: ["runId", "until"], when: [equal("runId", runId)] });
    },

    async emptiedFrom() {
      const item = await table.get(key);
      return item === undefined ? undefined : itemSchema.parse(item).emptiedFrom;
    },
  };
};
