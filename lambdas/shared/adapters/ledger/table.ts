import { deflateRawSync, inflateRawSync } from "node:zlib";
import {
  type DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import { type Entry, entrySchema, type Head, headSchema } from "../../domain/entry.ts";
import { PermanentError } from "../../domain/errors.ts";
import type { Lane } from "../../domain/lane.ts";
import type { Footprint } from "../../ports.ts";
import { EXPIRY_ATTRIBUTE, PARTITION_KEY, SORT_KEY } from "../../table-layout.ts";
import { type Changes, type Condition, conditionOf, type Item, updateOf } from "./expressions.ts";

/** How the ledger lies in its table: keys, items and the way they are read and written. */

export interface Table {
  readonly client: Pick<DynamoDBClient, "send">;
  readonly tableName: string;
}

const key = (partition: string, sort: string): Item => marshall({ [PARTITION_KEY]: partition, [SORT_KEY]: sort });

export const ENTRY_PREFIX = "E#";
export const footprintPrefix = (token: string): string => `OWN#${token}#`;
export const keys = {
  head: (lane: Lane) => key(lane, "HEAD"),
  entry: (lane: Lane, order: string) => key(lane, `${ENTRY_PREFIX}${order}`),
  claim: (lane: Lane, token: string) => key(lane, `ONCE#${token}`),
  footprint: (lane: Lane, { token, id }: Pick<Footprint, "token" | "id">) =>
    key(lane, `${footprintPrefix(token)}${id}`),
  event: (id: string) => key(`EVENT#${id}`, "EVENT"),
  quarantine: (id: string) => key("QUARANTINE", id),
  breaker: (side: string) => key(`BREAKER#${side}`, "BREAKER"),
  pollLog: () => key("POLL", "POLL"),
};

const DUE_QUEUES = 4;
/** Due lanes are spread over a few partitions of the index, so that none of them becomes hot. */
export const dueQueues = Array.from({ length: DUE_QUEUES }, (_, nth) => `DUE#${nth}`);
export const HELD_QUEUE = "HELD";
export const dueQueueOf = (lane: Lane): string => {
  const sum = [...lane].reduce((soFar, letter) => (soFar * 31 + letter.charCodeAt(0)) % 65_521, 7);
  return `DUE#${sum % DUE_QUEUES}`;
};

const SECONDS_A_DAY = 24 * 60 * 60;
/** When an item finished now goes: TTL takes epoch seconds. */
export const expiry = (now: number, retentionDays: number): number =>
  Math.floor(now / 1000) + retentionDays * SECONDS_A_DAY;

/** TTL deletes late or, in emulators, never: what has expired is not there. */
export const isExpired = (item: Record<string, unknown>, now: number): boolean => {
  const at = item[EXPIRY_ATTRIBUTE];
  return typeof at === "number" && at * 1000 <= now;
};

/** DynamoDB's limit for an item is 400 KB; keys and the readable attributes take some of it. */
const MOST_PACKED_BYTES = 390_000;

const carried = { content: true, steps: true, notes: true, failure: true } as const;
const packedSchema = entrySchema.pick(carried);
const readableSchema = entrySchema.omit(carried).extend({ packed: z.instanceof(Uint8Array) });

/**
 * An entry as an item. What it carries is deflated, because a write is paid by the KB and most entries then fit into one; what
 * an operator or a condition looks at stays readable.
 */
export const entryItem = (entry: Entry, expiresAt?: number): Item => {
  const { content, steps, notes, failure, ...readable } = entry;
  const packed = deflateRawSync(JSON.stringify({ content, steps, notes, failure }));
  if (packed.length > MOST_PACKED_BYTES) {
    throw new PermanentError("refused", `an entry of ${packed.length} bytes does not fit into the ledger`);
  }
  const item = { ...readable, packed, [EXPIRY_ATTRIBUTE]: expiresAt };
  return { ...keys.entry(entry.lane, entry.order), ...marshall(item, { removeUndefinedValues: true }) };
};

export const readEntry = (item: Item): Entry => {
  const { packed, ...readable } = readableSchema.parse(unmarshall(item));
  return { ...readable, ...packedSchema.parse(JSON.parse(inflateRawSync(packed).toString("utf8"))) };
};

export const readHead = (item: Item): Head => headSchema.parse(unmarshall(item));

/** Reads one item, strongly consistent. */
export const getItem = async ({ client, tableName }: Table, itemKey: Item): Promise<Item | undefined> => {
  const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: itemKey, ConsistentRead: true }));
  return Item;
};

/** One conditional write of an item: the whole of it, or some attributes. */
export type Operation =
  | { readonly put: Item; readonly condition?: Condition | undefined }
  | { readonly update: Item; readonly changes: Changes; readonly condition?: Condition | undefined };

const TRIES = 6;

/**
 * Writes all or nothing. Resolves to "written", or to the places of the operations whose condition failed. Conflicts with other
 * transactions are tried again here, after a short pause, because the SDK does not.
 */
export const transact = async (
  { client, tableName }: Table,
  operations: readonly Operation[],
): Promise<"written" | readonly number[]> => {
  const TransactItems = operations.map((operation) => toTransactItem(tableName, operation));
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems }));
      return "written";
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      const failed = codes.flatMap((code, place) => (code === "ConditionalCheckFailed" ? [place] : []));
      if (failed.length > 0) return failed;
      if (attempt >= TRIES || !codes.includes("TransactionConflict")) throw error;
      await shortPause(attempt);
    }
  }
};

const shortPause = (attempt: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));

const toTransactItem = (TableName: string, operation: Operation): TransactWriteItem =>
  "put" in operation
    ? { Put: { TableName, Item: operation.put, ...conditionOf(operation.condition) } }
    : { Update: { TableName, Key: operation.update, ...updateOf(operation.changes, operation.condition) } };
