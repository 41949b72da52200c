import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import type { Side } from "../../domain/lane.ts";
import type { Breaker } from "../../ports.ts";
import { updateOf } from "./expressions.ts";
import { updateItem } from "./lane.ts";
import { getItem, keys, type Table } from "./table.ts";

const stateSchema = z.object({
  failures: z.number().default(0),
  /** When the next probe may go; absent while closed. */
  probeAt: z.number().optional(),
  probeEveryMs: z.number().optional(),
});

/**
 * One breaker a side, shared by all functions (ports: `Breaker`; R2). It opens after `threshold` failures in a row, or at once; open, it
 * lets one caller in `probeSeconds` through, or in `configurationProbeSeconds` when it opened at once.
 */
export const dynamoDbBreaker = (
  options: Table & { threshold: number; probeSeconds: number; configurationProbeSeconds?: number },
): Breaker => {
  const { threshold, probeSeconds, configurationProbeSeconds = 5 * probeSeconds } = options;

  const read = async (side: Side) => {
    const item = await getItem(options, keys.breaker(side));
    return stateSchema.parse(item === undefined ? {} : unmarshall(item));
  };

  const open = async (side: Side, reason: string, everySeconds: number, now: number): Promise<void> => {
    const probeEveryMs = everySeconds * 1000;
    const set = { reason, openedAt: now, probeAt: now + probeEveryMs, probeEveryMs };
    // Who is late with the news that it is down must not bring the next probe forward, nor put it off.
    await updateItem(options, keys.breaker(side), { set }, { expression: "attribute_not_exists(#probeAt)" });
  };

  return {
    async admit(side, now) {
      const { probeAt, probeEveryMs = probeSeconds * 1000 } = await read(side);
      if (probeAt === undefined) return "go";
      if (now < probeAt) return { until: probeAt };
      const next = now + probeEveryMs;
      const isMine = await updateItem(
        options,
        keys.breaker(side),
        { set: { probeAt: next } },
        { expression: "#probeAt = :probeAt", values: { probeAt } },
      );
      return isMine ? "go" : { until: next };
    },

    isOpen: async (side) => (await read(side)).probeAt !== undefined,

    async succeeded(side) {
      const { failures, probeAt } = await read(side);
      if (failures === 0 && probeAt === undefined) return;
      const remove = ["probeAt", "probeEveryMs", "openedAt", "reason"];
      await updateItem(options, keys.breaker(side), { set: { failures: 0 }, remove });
    },

    async failed(side, { reason, atOnce }, now) {
      if (atOnce) return open(side, reason, configurationProbeSeconds, now);
      const { Attributes = {} } = await options.client.send(
        new UpdateItemCommand({
          TableName: options.tableName,
          Key: keys.breaker(side),
          ReturnValues: "ALL_NEW",
          ...updateOf({ add: { failures: 1 } }),
        }),
      );
      const { failures } = stateSchema.parse(unmarshall(Attributes));
      if (failures >= threshold) await open(side, reason, probeSeconds, now);
    },
  };
};
