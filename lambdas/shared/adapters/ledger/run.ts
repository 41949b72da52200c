import type { Entry, Head } from "../../domain/entry.ts";
import { type Lane, peerLane } from "../../domain/lane.ts";
import type { Arrival, Ledger, LinkConflict, Lost } from "../../ports.ts";
import type { Changes, Condition } from "./expressions.ts";
import { afterAll } from "./intake.ts";
import { arrived, behindTheCursor, headOf, isNew, newEntry, newHead, putItem, updateItem } from "./lane.ts";
import { dueQueueOf, entryItem, expiry, HELD_QUEUE, keys, type Operation, type Table, transact } from "./table.ts";

/** What a run on a lane writes. Every write is conditional on what the run last read of the entry and of the head. */

type Run = Pick<Ledger, "begin" | "settle" | "postpone" | "hold" | "rest">;

const LOST: Lost = { lost: true };

export const laneRun = (table: Table, retentionDays: number): Run => {
  const putEntry = (entry: Entry, read: Entry): Operation => ({
    put: entryItem(entry, entry.finishedAt === undefined ? undefined : expiry(entry.finishedAt, retentionDays)),
    condition: isStill(read),
  });

  /** The entry and the head of one lane, together. */
  const writeBoth = async (input: { entry: Entry; head: Head }, entry: Entry, changes: Changes) =>
    transact(table, [
      putEntry(entry, input.entry),
      { update: keys.head(input.head.lane), changes, condition: isStillAt(input.head) },
    ]);

  const begin: Run["begin"] = async (input) => {
    const { steps, leaseUntil } = input;
    const entry: Entry = {
      ...input.entry,
      steps: [...steps],
      status: "attempting",
      attempts: input.entry.attempts + 1,
      leaseUntil,
      revision: input.entry.revision + 1,
    };
    const attempting = { order: entry.order, until: leaseUntil };
    const { notBefore: _, ...before } = input.head;
    const head: Head = { ...before, attempting, fence: before.fence + 1 };
    const changes = { set: { ...learnt(head), attempting, fence: head.fence }, remove: ["notBefore"] };
    return (await writeBoth(input, entry, changes)) === "written" ? { entry, head } : LOST;
  };

  const settle: Run["settle"] = async (input) => {
    const { finished = false, link, now, notes = [] } = input;
    const { leaseUntil, failure: _failure, ...before } = input.entry;
    const entry: Entry = {
      ...before,
      steps: [...input.steps],
      notes: [...before.notes, ...notes],
      revision: before.revision + 1,
      ...(finished ? { status: "done", finishedAt: now } : leaseUntil === undefined ? {} : { leaseUntil }),
    };
    const head = link === undefined ? input.head : { ...input.head, link: link.number, linkedAt: now };
    const effects = headEffects(input);
    if (effects.length === 0) {
      const expiresAt = finished ? expiry(now, retentionDays) : undefined;
      return (await putItem(table, entryItem(entry, expiresAt), isStill(input.entry))) ? { entry, head } : LOST;
    }
    return settleTogether(input, { entry, head }, effects);
  };

  const settleTogether = async (
    input: Parameters<Run["settle"]>[0],
    settled: { entry: Entry; head: Head },
    effects: readonly HeadEffect[],
  ): ReturnType<Run["settle"]> => {
    const owe = input.owe ?? [];
    const operations: Operation[] = [
      putEntry(settled.entry, input.entry),
      ...effects.map(({ lane, changes, condition }) => ({
        update: keys.head(lane),
        changes,
        ...(condition === undefined ? {} : { condition }),
      })),
      ...owe.map(({ lane, arrival }) => ({
        put: entryItem(newEntry(lane, arrival, input.now), undefined),
        condition: isNew,
      })),
    ];
    const failed = await transact(table, operations);
    if (failed === "written") return settled;
    if (failed.includes(0)) return LOST;
    if (input.link !== undefined) {
      const conflict = await conflictOf(table, settled.head.lane, input.link.number);
      if (conflict !== undefined) return conflict;
    }
    // What is owed lies there already, or would lie where its lane is finished already: it goes behind all that is there.
    return settle({ ...input, owe: await Promise.all(owe.map((one) => moveBehind(table, one))) });
  };

  const postpone: Run["postpone"] = async (input) => {
    const { notBefore, steps, failure } = input;
    const { leaseUntil: _, ...before } = input.entry;
    const entry: Entry = {
      ...before,
      steps: [...steps],
      status: steps.some(({ status }) => status === "attempting") ? "attempting" : "received",
      revision: before.revision + 1,
      ...(failure === undefined ? {} : { failure }),
    };
    const { lane, fence } = input.head;
    const set = { ...learnt(input.head), notBefore, fence: fence + 1, queue: dueQueueOf(lane), dueAt: notBefore };
    const written = await writeBoth(input, entry, { set, remove: ["attempting"] });
    return written === "written" ? undefined : LOST;
  };

  const hold: Run["hold"] = async (input) => {
    const { hold: held, steps } = input;
    const { leaseUntil: _, ...before } = input.entry;
    const entry: Entry = { ...before, steps: [...steps], status: "held", revision: before.revision + 1 };
    const set = { ...learnt(input.head), held, fence: input.head.fence + 1, queue: HELD_QUEUE, dueAt: held.at };
    const written = await writeBoth(input, entry, { set, remove: ["attempting", "notBefore"] });
    return written === "written" ? undefined : LOST;
  };

  /**
   * The cursor moves only when nothing came since the lane was opened: what came may be older than what was finished meanwhile,
   * and behind the cursor nobody would look for it.
   */
  const rest: Run["rest"] = async ({ head, idle }) => {
    const key = keys.head(head.lane);
    const set = { ...learnt(head), fence: head.fence + 1 };
    const isStillHere = isStillAt(head);
    const nothingCame: Condition = {
      expression: `${isStillHere.expression} AND #arrivals = :arrivals`,
      values: { ...isStillHere.values, arrivals: head.arrivals },
    };
    const moved: Changes = {
      set: { ...set, doneThrough: head.doneThrough },
      remove: ["attempting", ...(idle ? ["notBefore", "queue", "dueAt"] : [])],
    };
    if (await updateItem(table, key, moved, nothingCame)) return;
    await updateItem(table, key, { set, remove: ["attempting"] }, isStillHere);
  };

  return { begin, settle, postpone, hold, rest };
};

const isStill = ({ revision }: Entry): Condition => ({
  expression: "#revision = :revision AND #status IN (:received, :attempting)",
  values: { revision, received: "received", attempting: "attempting" },
});

const isStillAt = ({ fence }: Head): Condition => ({
  expression: "#fence = :fence AND attribute_not_exists(#held)",
  values: { fence },
});

/** What a run learns, attribute by attribute: a link that another lane writes meanwhile stays. */
const learnt = ({ sent, said, status, ticketType, clientTime, numberToldAt }: Head) => ({
  sent,
  said,
  status,
  ticketType,
  clientTime,
  numberToldAt,
});

interface HeadEffect {
  lane: Lane;
  changes: Changes;
  condition?: Condition;
}

/** What settling does to heads: a transaction takes one operation for each, so those on the same head are joined. */
const headEffects = ({ head, link, owe = [], now, wakeAt }: Parameters<Run["settle"]>[0]): HeadEffect[] => {
  const effects = new Map<Lane, HeadEffect>();
  if (link !== undefined) {
    const { number, ticketType } = link;
    const peer = peerLane(head.lane, number);
    const own = head.lane.slice(head.lane.indexOf("#") + 1);
    effects.set(head.lane, {
      lane: head.lane,
      changes: { set: { link: number, linkedAt: now, ticketType } },
      condition: linkedTo(number),
    });
    effects.set(peer, {
      lane: peer,
      changes: {
        set: { link: own, linkedAt: now, ticketType, dueAt: now },
        default: { ...newHead(peer), arrivals: 0, queue: dueQueueOf(peer) },
        remove: ["notBefore"],
      },
      condition: linkedTo(own),
    });
  }
  for (const { lane, arrival } of owe) effects.set(lane, withArrival(effects.get(lane), lane, arrival, wakeAt));
  return [...effects.values()];
};

const linkedTo = (number: string): Condition => ({
  expression: "(attribute_not_exists(#link) OR #link = :number)",
  values: { number },
});

const withArrival = (effect: HeadEffect | undefined, lane: Lane, { order }: Arrival, wakeAt: number): HeadEffect => {
  const { add = {}, default: defaults = {} } = arrived(lane, 1, wakeAt);
  const { set = {}, remove = [] } = effect?.changes ?? {};
  const untouched = Object.fromEntries(Object.entries(defaults).filter(([name]) => !(name in set)));
  const place = behindTheCursor(order);
  const condition =
    effect?.condition === undefined
      ? place
      : {
          expression: `${effect.condition.expression} AND (${place.expression})`,
          values: { ...effect.condition.values, ...place.values },
        };
  return { lane, changes: { set, remove, add, default: untouched }, condition };
};

const moveBehind = async (table: Table, { lane, arrival }: { lane: Lane; arrival: Arrival }) => ({
  lane,
  arrival: { ...arrival, order: await afterAll(table, lane, arrival.order) },
});

const conflictOf = async (table: Table, lane: Lane, number: string): Promise<LinkConflict | undefined> => {
  const [own, other] = await Promise.all([headOf(table, lane), headOf(table, peerLane(lane, number))]);
  const ownNumber = lane.slice(lane.indexOf("#") + 1);
  const fits = (link: string | undefined, wanted: string) => link === undefined || link === wanted;
  if (fits(own?.link, number) && fits(other?.link, ownNumber)) return undefined;
  return { conflict: { own: own?.link, other: other?.link } };
};
