import * as z from "zod";
import { emptyHead, isFinished } from "../domain/entry.ts";
import { type Lane, laneSchema } from "../domain/lane.ts";
import type { Arrival, Ledger } from "../ports.ts";
import { EXPIRY_ATTRIBUTE } from "../table-layout.ts";
import { absent, either, less, merged } from "./dynamodb-expressions.ts";
import { headKey, keyOf, readEntryItem } from "./dynamodb-items.ts";
import { announced, newEntryItem, readHead, type Store, unchanged } from "./dynamodb-lanes.ts";
import { untilUndisturbed } from "./dynamodb-table.ts";

type Arrivals = Pick<Ledger, "receive" | "receiveEvent">;

const eventItemSchema = z.object({ lane: laneSchema, order: z.string(), bodyDigest: z.string() });

/**
 * How entries come into the ledger, without a transaction, which would cost twice as much. First they are stored, which shows
 * them to nobody; then the head announces them. A run works on what was announced when it read the head, so it sees all
 * entries up to there, however many writers are at work. What a crash left unannounced was not promised to anybody:
 * its sender repeats it, and the repeat announces it. So nothing is lost, and nothing overtakes.
 */
export const dynamoDbArrivals = (store: Store): Arrivals => {
  const { table, expiry } = store;

  const storeEntry = async (
    lane: Lane,
    arrival: Arrival,
    now: number,
  ): Promise<"stored" | "unfinished" | "finished"> => {
    const known = await table.insert(newEntryItem(lane, arrival, now, store));
    if (known === undefined) return "stored";
    return isFinished(readEntryItem(known)) ? "finished" : "unfinished";
  };

  const announce = async (lane: Lane, orders: readonly string[], wakeAt: number): Promise<void> => {
    const [lowest = ""] = orders.toSorted();
    const atEnd = announced({ head: emptyHead(lane), newest: undefined }, orders, wakeAt);
    const ifNewest = { when: [either(absent("newest"), less("newest", lowest))] };
    if (await table.update(headKey(lane), merged(atEnd, ifNewest))) return;
    await untilUndisturbed(async () => {
      const state = await readHead(lane, store);
      const late = merged(announced(state, orders, wakeAt), { when: unchanged(state) });
      return (await table.update(headKey(lane), late)) || undefined;
    });
  };

  const receive: Arrivals["receive"] = async (lane, arrivals, { now, wakeAt }) => {
    const results = await Promise.all(arrivals.map((arrival) => storeEntry(lane, arrival, now)));
    const unfinished = arrivals.filter((_, place) => results[place] !== "finished");
    if (unfinished.length > 0)
      await announce(
        lane,
        unfinished.map(({ order }) => order),
        wakeAt,
      );
    return results.map((result) => (result === "stored" ? "stored" : "known"));
  };

  return {
    receive,

    /** A crash after the first write is mended by the event's repeat, in the place in the lane that it had first. */
    async receiveEvent(lane, arrival, { id, bodyDigest }, at) {
      const event = { lane, order: arrival.order, bodyDigest, [EXPIRY_ATTRIBUTE]: expiry(at.now) };
      const item = await table.insert({ ...keyOf(`EVENT#${id}`, "EVENT"), ...event }, expired(at.now));
      const known = item === undefined ? undefined : eventItemSchema.parse(item);
      if (known !== undefined && (known.bodyDigest !== bodyDigest || known.lane !== lane)) return "conflicting";
      const [result] = await receive(lane, [{ ...arrival, order: known?.order ?? arrival.order }], at);
      return result === "stored" ? "stored" : "repeated";
    },
  };
};

/** Holds for what DynamoDB will delete some day; until it does, it counts as gone. */
export const expired = (now: number) => less(EXPIRY_ATTRIBUTE, Math.floor(now / 1000));
