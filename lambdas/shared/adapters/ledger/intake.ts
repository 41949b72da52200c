import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import type { Lane } from "../../domain/lane.ts";
import type { Arrival, Ledger } from "../../ports.ts";
import { EXPIRY_ATTRIBUTE } from "../../table-layout.ts";
import { arrived, behindTheCursor, entryOf, headOf, isNew, newEntry, putItem, updateItem } from "./lane.ts";
import { entryItem, expiry, getItem, keys, type Table, transact } from "./table.ts";

/** How entries come into their lanes. */

export const laneIntake = (table: Table, retentionDays: number): Pick<Ledger, "receive" | "receiveEvent"> => {
  const receive: Ledger["receive"] = async (lane, arrivals, at) => {
    const [first] = arrivals;
    if (first === undefined) return [];
    // The head first: a lane that is due and has nothing is harmless, an entry in a lane that nobody looks at is lost.
    const changes = arrived(lane, arrivals.length, at.wakeAt);
    if (await updateItem(table, keys.head(lane), changes, behindTheCursor(first.order))) {
      return putInOrder(lane, arrivals, at.now);
    }
    return receiveBehindTime(lane, arrivals, at);
  };

  const putInOrder = async (lane: Lane, arrivals: readonly Arrival[], now: number) => {
    const receipts: ("stored" | "known")[] = [];
    for (const arrival of arrivals) {
      const isStored = await putItem(table, entryItem(newEntry(lane, arrival, now), undefined), isNew);
      receipts.push(isStored ? "stored" : "known");
    }
    return receipts;
  };

  /**
   * Some are not newer than what the lane has finished: most likely they come again. One that is truly new moves the cursor back
   * before it is put, and overtakes a run that is under way, so that the lane is looked at from there: it is never lost.
   */
  const receiveBehindTime: Ledger["receive"] = async (lane, arrivals, at) => {
    const existing = await Promise.all(arrivals.map(({ order }) => entryOf(table, lane, order)));
    const missing = arrivals.filter((_, place) => existing[place] === undefined);
    const [earliest] = missing;
    if (earliest === undefined) return arrivals.map(() => "known" as const);
    if (missing.length < arrivals.length) {
      const receipts = await receive(lane, missing, at);
      const byOrder = new Map(missing.map(({ order }, place) => [order, receipts[place] ?? "known"]));
      return arrivals.map(({ order }) => byOrder.get(order) ?? "known");
    }
    const { add, default: defaults } = arrived(lane, arrivals.length, at.wakeAt);
    const { fence: _, ...rest } = { ...defaults };
    const isBehind = await updateItem(
      table,
      keys.head(lane),
      { set: { doneThrough: earliest.order.slice(0, -1) }, add: { ...add, fence: 1 }, default: rest },
      { expression: "#doneThrough >= :earliest", values: { earliest: earliest.order } },
    );
    return isBehind ? putInOrder(lane, arrivals, at.now) : receive(lane, arrivals, at);
  };

  const receiveEvent: Ledger["receiveEvent"] = async (lane, arrival, event, at) => {
    const identity = {
      ...keys.event(event.id),
      ...marshall({ bodyDigest: event.bodyDigest, [EXPIRY_ATTRIBUTE]: expiry(at.now, retentionDays) }),
    };
    const failed = await transact(table, [
      {
        put: identity,
        condition: {
          expression: `attribute_not_exists(#pk) OR #${EXPIRY_ATTRIBUTE} <= :now`,
          values: { now: Math.floor(at.now / 1000) },
        },
      },
      { put: entryItem(newEntry(lane, arrival, at.now), undefined), condition: isNew },
      {
        update: keys.head(lane),
        changes: arrived(lane, 1, at.wakeAt),
        condition: behindTheCursor(arrival.order),
      },
    ]);
    if (failed === "written") return "stored";
    if (failed.includes(0)) return (await bodyDigestOf(event.id)) === event.bodyDigest ? "repeated" : "conflicting";
    // The clocks of two functions differ by more than these two events: this one comes after the other all the same.
    return receiveEvent(lane, { ...arrival, order: await afterAll(table, lane, arrival.order) }, event, at);
  };

  const bodyDigestOf = async (id: string): Promise<string | undefined> => {
    const item = await getItem(table, keys.event(id));
    return item === undefined ? undefined : eventSchema.parse(unmarshall(item)).bodyDigest;
  };

  return { receive, receiveEvent };
};

const eventSchema = z.object({ bodyDigest: z.string() });

/** A place behind all that the lane has finished, for an entry that has no order of its own. */
export const afterAll = async (table: Table, lane: Lane, order: string): Promise<string> => {
  const { doneThrough = "" } = (await headOf(table, lane)) ?? {};
  return doneThrough < order ? `${order}#1` : `${doneThrough}#${order}`;
};
