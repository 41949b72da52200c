import { isDeepStrictEqual } from "node:util";
import { type Entry, type Head, isFinished } from "../domain/entry.ts";
import { type Lane, peerLane } from "../domain/lane.ts";
import type { Ledger } from "../ports.ts";
import { PARTITION_KEY, SORT_KEY } from "../table-layout.ts";
import { between, equal, merged } from "./dynamodb-expressions.ts";
import {
  attention,
  dueFrom,
  entrySort,
  type HeadState,
  headKey,
  heldSince,
  learntOf,
  readEntryItem,
} from "./dynamodb-items.ts";
import { atRest, byRun, lost, readEntry, readHead, rewritten, type Store } from "./dynamodb-lanes.ts";
import { untilUndisturbed } from "./dynamodb-table.ts";

type Runs = Pick<Ledger, "open" | "headOf" | "entry" | "begin" | "postpone" | "hold" | "rest">;

/** As many as a run is likely to get done. */
const MOST_ENTRIES = 25;

/**
 * What a run on a lane reads and writes. Two numbers keep runs apart: an entry's `revision` rises with each of its writes,
 * so only one run records what became of an attempt; a head's `fence` rises with each attempt and with each late entry, so
 * no run goes on that does not know the lane as it is.
 */
export const dynamoDbRuns = (store: Store): Runs => {
  const { table } = store;

  const headOf = async (lane: Lane): Promise<Head | undefined> => {
    const { head, exists } = await readHead(lane, store);
    return exists ? head : undefined;
  };

  /** What lies after the cursor, as far as it is announced, until there are more unfinished entries than a run is given. */
  const afterCursor = async ({ head: { lane, doneThrough = "" }, newest = "" }: HeadState): Promise<Entry[]> => {
    const found: Entry[] = [];
    if (newest <= doneThrough) return found;
    const range = between(SORT_KEY, entrySort(nextAfter(doneThrough)), entrySort(newest));
    for await (const page of table.query({ where: [equal(PARTITION_KEY, lane), range], pageSize: MOST_ENTRIES + 1 })) {
      found.push(...page.map(readEntryItem));
      if (found.filter(isUnfinished).length > MOST_ENTRIES) break;
    }
    return found;
  };

  return {
    headOf,
    entry: (lane, order) => readEntry(lane, order, store),

    open: (lane) =>
      untilUndisturbed(async () => {
        const state = await readHead(lane, store);
        const found = await afterCursor(state);
        const entries = found.filter(isUnfinished);
        // What a finished entry taught may have been written since the head was read.
        if (entries.length < found.length && !isDeepStrictEqual(state, await readHead(lane, store))) return undefined;
        const { link, doneThrough } = state.head;
        const finished = entries[0] === undefined ? found : found.slice(0, found.indexOf(entries[0]));
        return {
          head: { ...state.head, doneThrough: finished.at(-1)?.order ?? doneThrough },
          peer: link === undefined ? undefined : await headOf(peerLane(lane, link)),
          entries: entries.slice(0, MOST_ENTRIES),
          more: entries.length > MOST_ENTRIES,
        };
      }),

    async begin({ entry, head, steps, leaseUntil }) {
      if (isFinished(entry) || head.held !== undefined) return lost;
      const { attempts } = entry;
      const { doneThrough } = head;
      const attempt = {
        steps: [...steps],
        status: "attempting",
        attempts: attempts + 1,
        leaseUntil,
      } satisfies Partial<Entry>;
      const begun = rewritten(entry, attempt, store);
      const attempting = { order: entry.order, until: leaseUntil };
      const news = { set: { ...learntOf(head), doneThrough, attempting } };
      // A number that came meanwhile may say that what is about to be made is there already.
      const change = merged(byRun(head), news, { when: [equal("link", head.link)] });
      const failed = await table.transact([begun.update, { key: headKey(head.lane), change }]);
      return failed.length > 0 ? lost : { entry: begun.entry, head: { ...head, attempting, fence: head.fence + 1 } };
    },

    async postpone({ entry, head, steps, failure = entry.failure, notBefore }) {
      const { update } = rewritten(entry, { ...atRest(steps), failure }, store);
      const putOff = { set: { ...dueFrom(head.lane, notBefore), notBefore }, remove: ["attempting"] };
      // A link that came meanwhile may be what the entry waits for; it has made the lane due.
      const change = merged(byRun(head), putOff, { when: [equal("link", head.link)] });
      const failed = await table.transact([update, { key: headKey(head.lane), change }]);
      if (failed.length === 0) return undefined;
      // What became of the attempt is known to this run alone, also if the lane need not wait any more.
      return !failed.includes(0) && (await table.update(update.key, update.change)) ? undefined : lost;
    },

    async hold({ entry, head, steps, hold }) {
      const failure = { code: hold.code, message: hold.reason, since: entry.failure?.since ?? hold.at };
      const { update } = rewritten(entry, { ...atRest(steps), status: "held", failure }, store);
      const change = {
        set: { held: hold, ...heldSince(hold.at) },
        remove: ["attempting", "notBefore"],
        add: { arrivals: 0, fence: 1 },
      };
      // Whatever else became of the lane: nothing may go past this entry.
      const failed = await table.transact([update, { key: headKey(head.lane), change }]);
      return failed.length > 0 ? lost : undefined;
    },

    async rest({ head, idle }) {
      const { doneThrough, arrivals } = head;
      const ended = merged(byRun(head), { set: { doneThrough }, remove: ["attempting"] });
      const asleep = merged(ended, { remove: [...attention, "notBefore"], when: [equal("arrivals", arrivals)] });
      if (idle && (await table.update(headKey(head.lane), asleep))) return;
      await table.update(headKey(head.lane), ended);
    },
  };
};

/** The first string after this one. */
const nextAfter = (text: string): string => `${text}\u0000`;

const isUnfinished = (entry: Entry): boolean => !isFinished(entry);
