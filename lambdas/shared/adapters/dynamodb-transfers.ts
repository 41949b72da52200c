import * as z from "zod";
import { type Lane, laneSchema } from "../domain/lane.ts";
import { type Transfer, type TransferJob, transferSchema } from "../domain/transfer.ts";
import type { TransferName, Transfers } from "../ports.ts";
import {
  ATTENTION_DUE_AT,
  ATTENTION_INDEX,
  ATTENTION_QUEUE,
  EXPIRY_ATTRIBUTE,
  PARTITION_KEY,
  SORT_KEY,
} from "../table-layout.ts";
import { expired } from "./dynamodb-arrivals.ts";
import { absent, atMost, equal } from "./dynamodb-expressions.ts";
import { attention, keyOf, pack, packed } from "./dynamodb-items.ts";
import { dynamoDbTable, type TableOptions } from "./dynamodb-table.ts";

const SECONDS_A_DAY = 24 * 60 * 60;

/** A transfer's place is its ticket's partition, beside the entries. */
export const TRANSFER_SORT = "FILE#";
const transferKey = (lane: Lane, id: string) => keyOf(lane, TRANSFER_SORT + id);
const dueFrom = (kind: TransferJob["kind"], at: number) => ({
  [ATTENTION_QUEUE]: `DUE#${kind}`,
  [ATTENTION_DUE_AT]: at,
});

/** What is long and looked at only as a whole. The rest is what writes depend on. */
const bodySchema = transferSchema.pick({ job: true, failure: true, outcome: true, strikes: true, inDoubt: true });
const itemSchema = z.object({
  requestedAt: z.number(),
  attempts: z.number(),
  /** A run is at work on it until then at the latest. */
  leaseUntil: z.number().optional(),
  notBefore: z.number().optional(),
  isEnded: z.boolean().optional(),
  body: packed(bodySchema),
});
type Item = z.infer<typeof itemSchema>;

const nameSchema = z
  .object({ [PARTITION_KEY]: laneSchema, [SORT_KEY]: z.string().startsWith(TRANSFER_SORT) })
  .transform((item): TransferName => ({ lane: item[PARTITION_KEY], id: item[SORT_KEY].slice(TRANSFER_SORT.length) }));

export const readTransferItem = (item: unknown): Transfer => {
  const { lane, id } = nameSchema.parse(item);
  return transferOf(lane, id, itemSchema.parse(item));
};

const bodyOf = ({ job, failure, outcome, strikes, inDoubt }: Transfer): Uint8Array =>
  pack(bodySchema.parse({ job, failure, outcome, strikes, inDoubt }));

/**
 * Transfers as items of the ledger's table. Each try has a number, its `attempts`: only the run that has the newest one writes.
 * Ended ones expire after the retention period, as entries do; the others never.
 */
export const dynamoDbTransfers = ({
  retentionDays,
  ...options
}: TableOptions & { retentionDays: number }): Transfers => {
  const table = dynamoDbTable(options);

  const read = async (lane: Lane, id: string): Promise<Item | undefined> => {
    const item = await table.get(transferKey(lane, id));
    return item === undefined ? undefined : itemSchema.parse(item);
  };

  const byThisRun = ({ attempts }: Transfer) => [equal("attempts", attempts), absent("isEnded")];

  return {
    async request(lane, id, job, { now, wakeAt }) {
      const transfer: Transfer = { lane, id, job, requestedAt: now, attempts: 0 };
      const { requestedAt, attempts } = transfer;
      const item = { ...transferKey(lane, id), requestedAt, attempts, body: bodyOf(transfer) };
      const known = await table.insert({ ...item, ...dueFrom(job.kind, wakeAt) }, expired(now));
      return known === undefined ? transfer : transferOf(lane, id, itemSchema.parse(known));
    },

    async get(lane, id) {
      const item = await read(lane, id);
      return item && transferOf(lane, id, item);
    },

    async take(lane, id, { now, until }) {
      const item = await read(lane, id);
      if (item === undefined || item.isEnded === true) return undefined;
      if (Math.max(item.leaseUntil ?? 0, item.notBefore ?? 0) > now) return undefined;
      const attempts = item.attempts + 1;
      const taken = await table.update(transferKey(lane, id), {
        // Should the run die, it is due when its time is over.
        set: { attempts, leaseUntil: until, ...dueFrom(item.body.job.kind, until) },
        when: [equal("attempts", item.attempts), absent("isEnded")],
      });
      return taken ? { ...transferOf(lane, id, item), attempts } : undefined;
    },

    async postpone(transfer, failure, notBefore) {
      const { lane, id, job } = transfer;
      await table.update(transferKey(lane, id), {
        set: { body: bodyOf({ ...transfer, failure }), notBefore, ...dueFrom(job.kind, notBefore) },
        remove: ["leaseUntil"],
        when: byThisRun(transfer),
      });
    },

    finish: (transfer, outcome, now) =>
      table.update(transferKey(transfer.lane, transfer.id), {
        set: {
          body: bodyOf({ ...transfer, outcome }),
          isEnded: true,
          [EXPIRY_ATTRIBUTE]: Math.floor(now / 1000) + retentionDays * SECONDS_A_DAY,
        },
        remove: ["leaseUntil", "notBefore", ...attention],
        when: byThisRun(transfer),
      }),

    async due(kind, now, limit) {
      const where = [equal(ATTENTION_QUEUE, `DUE#${kind}`), atMost(ATTENTION_DUE_AT, now)];
      const found: TransferName[] = [];
      for await (const page of table.query({ where, index: ATTENTION_INDEX, pageSize: limit })) {
        found.push(...page.map((item) => nameSchema.parse(item)));
        if (found.length >= limit) break;
      }
      return found.slice(0, limit);
    },
  };
};

const transferOf = (lane: Lane, id: string, { requestedAt, attempts, body }: Item): Transfer => ({
  lane,
  id,
  requestedAt,
  attempts,
  ...body,
});
