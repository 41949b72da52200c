import {
  ConditionalCheckFailedException,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { type Entry, emptyHead, type Head, isFinished } from "../../domain/entry.ts";
import { type Lane, peerLane } from "../../domain/lane.ts";
import type { Arrival, OpenLane } from "../../ports.ts";
import { PARTITION_KEY, SORT_KEY } from "../../table-layout.ts";
import { type Changes, type Condition, conditionOf, type Item, updateOf } from "./expressions.ts";
import { dueQueueOf, ENTRY_PREFIX, getItem, keys, readEntry, readHead, type Table } from "./table.ts";

/** Reading a lane, and the writes of single items that the other parts of the ledger share. */

export const headOf = async (table: Table, lane: Lane): Promise<Head | undefined> => {
  const item = await getItem(table, keys.head(lane));
  return item === undefined ? undefined : readHead(item);
};

export const entryOf = async (table: Table, lane: Lane, order: string): Promise<Entry | undefined> => {
  const item = await getItem(table, keys.entry(lane, order));
  return item === undefined ? undefined : readEntry(item);
};

const ENTRIES_A_RUN = 25;

/**
 * The head is read before its entries, so that what arrives in between is not taken for seen. A link may come in between too,
 * together with an entry that needs it; so a lane without one looks once more.
 */
export const openLane = async (table: Table, lane: Lane): Promise<OpenLane> => {
  const before = (await headOf(table, lane)) ?? emptyHead(lane);
  const pending = await unfinishedEntries(table, before);
  const linked = before.link === undefined ? await headOf(table, lane) : before;
  if (linked?.link === undefined) return { head: before, peer: undefined, ...pending };
  const { link, linkedAt } = linked;
  return { head: { ...before, link, linkedAt }, peer: await headOf(table, peerLane(lane, link)), ...pending };
};

/** Entries behind the cursor, page by page until some are unfinished or there are no more. */
const unfinishedEntries = async (
  { client, tableName }: Table,
  { lane, doneThrough = "" }: Head,
): Promise<Pick<OpenLane, "entries" | "more">> => {
  let from: Item | undefined;
  let entries: Entry[] = [];
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: "#pk = :lane AND #sk BETWEEN :from AND :to",
        ExpressionAttributeNames: { "#pk": PARTITION_KEY, "#sk": SORT_KEY },
        ExpressionAttributeValues: marshall({
          ":lane": lane,
          ":from": `${ENTRY_PREFIX}${doneThrough}`,
          ":to": `${ENTRY_PREFIX}~`,
        }),
        Limit: ENTRIES_A_RUN,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    from = page.LastEvaluatedKey;
    entries = (page.Items ?? []).map(readEntry).filter((entry) => !isFinished(entry));
  } while (entries.length === 0 && from !== undefined);
  return { entries, more: from !== undefined };
};

/** What a head that is not there yet begins with. */
export const newHead = (lane: Lane): Readonly<Record<string, unknown>> => ({ lane, fence: 0, sent: {}, said: {} });

/** The lane has got something: it counts, and is due at `wakeAt` unless it is due or held already. */
export const arrived = (lane: Lane, count: number, wakeAt: number): Changes => ({
  add: { arrivals: count },
  default: { ...newHead(lane), queue: dueQueueOf(lane), dueAt: wakeAt },
});

/** Nothing may be put where the lane is finished already: it would never be looked at. */
export const behindTheCursor = (order: string): Condition => ({
  expression: "attribute_not_exists(#doneThrough) OR #doneThrough < :order",
  values: { order },
});

/** Updates one item. Resolves to false when the condition does not hold. */
export const updateItem = (
  { client, tableName }: Table,
  key: Item,
  changes: Changes,
  condition?: Condition,
): Promise<boolean> =>
  whenHolds(client.send(new UpdateItemCommand({ TableName: tableName, Key: key, ...updateOf(changes, condition) })));

/** Puts one item. Resolves to false when the condition does not hold. */
export const putItem = ({ client, tableName }: Table, item: Item, condition?: Condition): Promise<boolean> =>
  whenHolds(client.send(new PutItemCommand({ TableName: tableName, Item: item, ...conditionOf(condition) })));

const whenHolds = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};

export const isNew: Condition = { expression: "attribute_not_exists(#pk)" };

/** An entry as it comes in. */
export const newEntry = (lane: Lane, { order, content }: Arrival, now: number): Entry => ({
  lane,
  order,
  content,
  receivedAt: now,
  status: "received",
  steps: [],
  attempts: 0,
  notes: [],
  revision: 0,
});
