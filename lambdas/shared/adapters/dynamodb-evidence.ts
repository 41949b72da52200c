import * as z from "zod";
import type { Ledger } from "../ports.ts";
import { EXPIRY_ATTRIBUTE, PARTITION_KEY, SORT_KEY } from "../table-layout.ts";
import { expired } from "./dynamodb-arrivals.ts";
import { absent, either, equal, exists, startsWith } from "./dynamodb-expressions.ts";
import { keyOf } from "./dynamodb-items.ts";
import type { Store } from "./dynamodb-lanes.ts";

type Evidence = Pick<Ledger, "claim" | "leaveFootprint" | "footprints" | "useFootprint">;

const claimItemSchema = z.object({ order: z.string() });

const footprintItemSchema = z.object({
  token: z.string(),
  id: z.string(),
  evidence: z.record(z.string(), z.string()),
  usedBy: z.string().optional(),
});

const footprintSort = (token: string, id = "") => `OWN#${token}#${id}`;

/** What tells a repeat from news, and an echo from a message: items beside the entries of a lane. */
export const dynamoDbEvidence = ({ table, expiry }: Store): Evidence => ({
  async claim(lane, token, order, now) {
    const item = { ...keyOf(lane, `ONCE#${token}`), order, [EXPIRY_ATTRIBUTE]: expiry(now) };
    const known = await table.insert(item, expired(now));
    return known === undefined || claimItemSchema.parse(known).order === order;
  },

  async leaveFootprint(lane, { token, id, evidence }, now) {
    const item = { ...keyOf(lane, footprintSort(token, id)), token, id, evidence, [EXPIRY_ATTRIBUTE]: expiry(now) };
    await table.insert(item, expired(now));
  },

  async footprints(lane, token, order) {
    const where = [equal(PARTITION_KEY, lane), startsWith(SORT_KEY, footprintSort(token))];
    const found: z.infer<typeof footprintItemSchema>[] = [];
    for await (const page of table.query({ where })) found.push(...page.map((item) => footprintItemSchema.parse(item)));
    return found
      .filter((footprint) => footprint.token === token && (footprint.usedBy ?? order) === order)
      .map(({ usedBy: _, ...footprint }) => footprint);
  },

  useFootprint: (lane, { token, id }, order) =>
    table.update(keyOf(lane, footprintSort(token, id)), {
      set: { usedBy: order },
      when: [exists(PARTITION_KEY), either(absent("usedBy"), equal("usedBy", order))],
    }),
});
