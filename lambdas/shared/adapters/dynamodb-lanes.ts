import type { TicketType } from "../domain/ensono-ticket.ts";
import type { Entry, Head, StepRecord } from "../domain/entry.ts";
import type { Lane } from "../domain/lane.ts";
import type { Arrival } from "../ports.ts";
import { absent, type Change, type Condition, equal, type Item } from "./dynamodb-expressions.ts";
import {
  dueFrom,
  entryAttributes,
  entryKey,
  type HeadState,
  headKey,
  readEntryItem,
  readHeadItem,
} from "./dynamodb-items.ts";
import type { Table, Update } from "./dynamodb-table.ts";

/** What all parts of the ledger stand on. */
export interface Store {
  readonly table: Table;
  /** When what ended at a moment (epoch ms) may be deleted (epoch seconds). */
  readonly expiry: (endedAt: number) => number;
}

/** What a run is told that was overtaken. */
export const lost = { lost: true } as const;

// ── Entries ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export const newEntryItem = (lane: Lane, { order, content }: Arrival, now: number, { expiry }: Store): Item => {
  const work = { status: "received", steps: [], attempts: 0, notes: [], revision: 0 } satisfies Partial<Entry>;
  return { ...entryKey(lane, order), ...entryAttributes({ lane, order, content, receivedAt: now, ...work }, expiry) };
};

export const readEntry = async (lane: Lane, order: string, { table }: Store): Promise<Entry | undefined> => {
  const item = await table.get(entryKey(lane, order));
  return item === undefined ? undefined : readEntryItem(item);
};

/** The entry with its news, and the update that makes them durable unless somebody has written the entry in between. */
export const rewritten = (entry: Entry, news: Partial<Entry>, { expiry }: Store): { entry: Entry; update: Update } => {
  const after = { ...entry, ...news, revision: entry.revision + 1 };
  const set = entryAttributes(after, expiry);
  const remove = Object.entries(set).flatMap(([name, value]) => (value === undefined ? [name] : []));
  const change = { set, remove, when: [equal("revision", entry.revision)] };
  return { entry: after, update: { key: entryKey(entry.lane, entry.order), change } };
};

/** The news of an entry whose run stops here, or goes on with the next step; what is in doubt stays in doubt (R1). */
export const atRest = (steps: readonly StepRecord[]) =>
  ({
    steps: [...steps],
    status: steps.some(({ status }) => status === "attempting") ? "attempting" : "received",
    leaseUntil: undefined,
  }) satisfies Partial<Entry>;

// ── Heads ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export const readHead = async (lane: Lane, { table }: Store): Promise<HeadState> =>
  readHeadItem(lane, await table.get(headKey(lane)));

/** A run's write of its own lane's head: allowed as long as no other run has written it. */
export const byRun = ({ fence }: Head): Change => ({ add: { fence: 1 }, when: [equal("fence", fence)] });

/** Holds as long as nobody has written what a decision about a head rests on. */
export const unchanged = ({ head, exists }: HeadState): readonly Condition[] =>
  exists
    ? [equal("arrivals", head.arrivals), equal("fence", head.fence), equal("link", head.link)]
    : [absent("arrivals")];

/**
 * Makes stored entries count. Usually they are newer than all that was announced before. A late one raises the fence, so
 * that no run that does not know of it can go past it, and takes the cursor back where a run already has.
 */
export const announced = (
  { head, newest }: Pick<HeadState, "head" | "newest">,
  orders: readonly string[],
  wakeAt: number,
): Change => {
  const sorted = orders.toSorted();
  const [lowest = "", highest = ""] = [sorted[0], sorted.at(-1)];
  const isLate = newest !== undefined && lowest <= newest;
  const isPassed = head.doneThrough !== undefined && lowest <= head.doneThrough;
  return {
    set: {
      newest: isLate && newest > highest ? newest : highest,
      ...(isPassed ? { doneThrough: justBefore(lowest) } : {}),
    },
    setOnce: dueFrom(head.lane, wakeAt),
    add: { arrivals: orders.length, fence: isLate ? 1 : 0 },
  };
};

/** Finished entries that lie between are found to be finished once more. */
const justBefore = (order: string): string => order.slice(0, -1);

/** Points a head at the other side's number. What it knows already stays, but for a number whose place this one takes. */
export const linkedTo = (head: Head, link: { number: string; ticketType: TicketType }, now: number): Change => {
  const former = formerLinksWith(head, link.number);
  return {
    set: { link: link.number, ...(former === undefined ? {} : { formerLinks: former, linkedAt: now }) },
    setOnce: { ticketType: link.ticketType, ...(former === undefined ? { linkedAt: now } : {}) },
    add: { arrivals: 0, fence: 0 },
  };
};

/** All numbers that the ticket had before, when it gets this one; undefined when it does not lose one by it. */
export const formerLinksWith = ({ link, formerLinks = [] }: Head, number: string): string[] | undefined =>
  link === undefined || link === number ? undefined : [...formerLinks, link];

/** Ends whatever the lane was waiting for; a held lane waits for its operator. */
export const dueNow = ({ lane, held }: Head, now: number): Change =>
  held === undefined ? { set: dueFrom(lane, now), remove: ["notBefore"] } : {};
