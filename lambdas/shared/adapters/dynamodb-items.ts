import { deflateRawSync, inflateRawSync } from "node:zlib";
import * as z from "zod";
import { alsoLearnt, type Entry, emptyHead, entrySchema, type Head, headSchema } from "../domain/entry.ts";
import { PermanentError } from "../domain/errors.ts";
import { destination, type Lane, laneSchema, type Side } from "../domain/lane.ts";
import {
  ATTENTION_DUE_AT,
  ATTENTION_QUEUE,
  ENTRY_PREFIX,
  EXPIRY_ATTRIBUTE,
  PARTITION_KEY,
  SORT_KEY,
} from "../table-layout.ts";
import type { Key } from "./dynamodb-expressions.ts";

/**
 * The items of the ledger's table. A lane is one partition: its head, its entries in their order, and its evidence. What is
 * long and looked at only as a whole is kept deflated, so that an entry and a head fit into one write unit (1 KB) each.
 */

export const keyOf = (partition: string, sort: string): Key => ({ [PARTITION_KEY]: partition, [SORT_KEY]: sort });

/** The sort key of an entry; alphabetical as the orders are. */
export const entrySort = (order: string): string => ENTRY_PREFIX + order;

/** The partition of messages that belong to no lane. */
export const QUARANTINE = "QUARANTINE";

/** The sort key of every head. */
export const HEAD_SORT = "HEAD";
export const headKey = (lane: Lane): Key => keyOf(lane, HEAD_SORT);
export const entryKey = (lane: Lane, order: string): Key => keyOf(lane, entrySort(order));

// ── The index of lanes that somebody must look at ───────────────────────────────────────────────────────────────────

/** One partition would take all the writes of the due lanes; DynamoDB allows 1000 a second for each. */
const SHARDS = 4;
const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
/** By the side that the work goes to, so that an outage of one does not stand before the lanes of the other. */
export const dueQueuesTowards = (side: Side): string[] => shards.map((shard) => `DUE#${side}#${shard}`);
export const HELD_QUEUE = "HELD";

const dueQueueOf = (lane: Lane): string =>
  `DUE#${destination(lane)}#${[...lane].reduce((sum, sign) => sum + sign.charCodeAt(0), 0) % SHARDS}`;

export const dueFrom = (lane: Lane, at: number) => ({ [ATTENTION_QUEUE]: dueQueueOf(lane), [ATTENTION_DUE_AT]: at });
export const heldSince = (at: number) => ({ [ATTENTION_QUEUE]: HELD_QUEUE, [ATTENTION_DUE_AT]: at });
export const attention = [ATTENTION_QUEUE, ATTENTION_DUE_AT];

export const attentionItemSchema = z
  .object({ [PARTITION_KEY]: laneSchema, [ATTENTION_DUE_AT]: z.number() })
  .transform((item) => ({ lane: item[PARTITION_KEY], at: item[ATTENTION_DUE_AT] }));

// ── Packing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export const pack = (value: unknown): Uint8Array => deflateRawSync(JSON.stringify(value));
const unpack = (packed: Uint8Array): unknown => JSON.parse(inflateRawSync(packed).toString());

export const packed = <Schema extends z.ZodType>(schema: Schema) =>
  z.instanceof(Uint8Array).transform(unpack).pipe(schema);

// ── Heads ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A head with what only the ledger knows of it. */
export interface HeadState {
  readonly head: Head;
  /** The highest order announced so far; entries beyond it do not count yet. */
  readonly newest: string | undefined;
  /** False for a lane of which nothing is known yet. */
  readonly exists: boolean;
}

const headItemSchema = headSchema.omit({ lane: true, sent: true, said: true }).extend({
  newest: z.string().optional(),
  marks: packed(headSchema.pick({ sent: true, said: true })).optional(),
});

export const readHeadItem = (lane: Lane, item: unknown): HeadState => {
  if (item === undefined) return { head: emptyHead(lane), newest: undefined, exists: false };
  const { newest, marks, ...rest } = headItemSchema.parse(item);
  return { head: { ...emptyHead(lane), ...marks, ...rest }, newest, exists: true };
};

/** What a run learns of a ticket. Nothing is unlearnt, so what is absent here stays as it is there. */
export const learntOf = ({ sent, said, ...head }: Head) => ({ marks: pack({ sent, said }), ...alsoLearnt(head) });

// ── Entries ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const bodySchema = entrySchema.pick({ content: true, steps: true, notes: true, failure: true });

const entryItemSchema = entrySchema
  .pick({
    status: true,
    attempts: true,
    revision: true,
    receivedAt: true,
    leaseUntil: true,
    finishedAt: true,
  })
  .extend({ [PARTITION_KEY]: laneSchema, [SORT_KEY]: z.string().startsWith(ENTRY_PREFIX), body: packed(bodySchema) });

export const readEntryItem = (item: unknown): Entry => {
  const { [PARTITION_KEY]: lane, [SORT_KEY]: sort, body, ...rest } = entryItemSchema.parse(item);
  return { lane, order: sort.slice(ENTRY_PREFIX.length), ...rest, ...body };
};

/** DynamoDB takes items of 400 KB; the rest is room for keys and names. */
const LARGEST_BODY = 390 * 1024;

/**
 * The attributes of an entry but its keys.
 *
 * @throws PermanentError `refused` when the entry is larger than DynamoDB's items may be, deflated as it is.
 */
export const entryAttributes = (entry: Entry, expiry: (now: number) => number) => {
  const { content, steps, notes, failure, status, attempts, revision, receivedAt, leaseUntil, finishedAt } = entry;
  const body = pack({ content, steps, notes, failure });
  if (body.byteLength > LARGEST_BODY) {
    const message = `content: expected at most ${LARGEST_BODY} bytes when deflated, got ${body.byteLength}; it is too large for the ledger: ${entry.lane} ${entry.order}`;
    throw new PermanentError("refused", message);
  }
  const expiresAt = finishedAt === undefined ? undefined : expiry(finishedAt);
  return { status, attempts, revision, receivedAt, leaseUntil, finishedAt, [EXPIRY_ATTRIBUTE]: expiresAt, body };
};
