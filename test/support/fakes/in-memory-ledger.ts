import {
  alsoLearnt,
  type Entry,
  emptyHead,
  type Head,
  isFinished,
  mayLinkTo,
  type StepRecord,
} from "../../../lambdas/shared/domain/entry.ts";
import { destination, type Lane, peerLane, ticketNumberOf } from "../../../lambdas/shared/domain/lane.ts";
import type { Arrival, Ledger, LinkConflict } from "../../../lambdas/shared/ports.ts";
import { inMemoryEvidence } from "./in-memory-evidence.ts";

interface LaneState {
  head: Head;
  /** The highest order received. */
  newest: string;
  dueAt: number | undefined;
  readonly entries: Map<string, Entry>;
}

export interface InMemoryLedger extends Ledger {
  readonly quarantined: readonly { id: string; reason: string; raw: string; at: number }[];
  /** Every entry of the lane in its order, finished or not. */
  entriesOf(lane: Lane): Entry[];
  /** All lanes of which anything is known. */
  lanes(): Lane[];
  /** Writes the heads as they are computed, and stops the runs that are under way on them. */
  rewriteHeads(lanes: readonly Lane[], change: (head: Head) => Head): void;
}

type Link = NonNullable<Parameters<Ledger["settle"]>[0]["link"]>;

const lost = { lost: true } as const;
const MOST_ENTRIES = 25;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A ledger that remembers, for tests of what stands on the `Ledger` port. Each method happens at one moment. */
export const inMemoryLedger = ({ retentionDays = 30 } = {}): InMemoryLedger => {
  const lanes = new Map<Lane, LaneState>();
  const events = new Map<string, { bodyDigest: string; lane: Lane; at: number }>();
  const isExpired = (at: number, now: number): boolean => at + retentionDays * DAY_MS < now;
  const { quarantined, ...evidence } = inMemoryEvidence(isExpired);

  const stateOf = (lane: Lane): LaneState => {
    const known = lanes.get(lane);
    if (known !== undefined) return known;
    const state: LaneState = { head: emptyHead(lane), newest: "", dueAt: undefined, entries: new Map() };
    lanes.set(lane, state);
    return state;
  };

  const sortedEntries = ({ entries }: LaneState): Entry[] =>
    [...entries.values()].toSorted((one, other) => (one.order < other.order ? -1 : 1));

  const add = (lane: Lane, { order, content }: Arrival, now: number): boolean => {
    const state = stateOf(lane);
    if (state.entries.has(order)) return false;
    const work = { status: "received", steps: [], attempts: 0, notes: [], revision: 0 } satisfies Partial<Entry>;
    state.entries.set(order, structuredClone({ lane, order, content, receivedAt: now, ...work }));
    return true;
  };

  const announce = (lane: Lane, order: string, wakeAt: number): void => {
    const state = stateOf(lane);
    const { head } = state;
    const isLate = order <= state.newest;
    const isPassed = head.doneThrough !== undefined && order <= head.doneThrough;
    state.head = {
      ...head,
      arrivals: head.arrivals + 1,
      fence: head.fence + (isLate ? 1 : 0),
      doneThrough: isPassed ? order.slice(0, -1) : head.doneThrough,
    };
    state.newest = isLate ? state.newest : order;
    state.dueAt ??= head.held?.at ?? wakeAt;
  };

  /** The entry as it is kept, unless it was written since the caller read it. */
  const current = ({ lane, order, revision }: Entry): Entry | undefined => {
    const kept = lanes.get(lane)?.entries.get(order);
    return kept?.revision === revision ? kept : undefined;
  };

  const write = (entry: Entry, news: Partial<Entry>): Entry => {
    const written = structuredClone({ ...entry, ...news, revision: entry.revision + 1 });
    stateOf(entry.lane).entries.set(entry.order, written);
    return structuredClone(written);
  };

  const writeHead = (state: LaneState, news: Partial<Head>): void => {
    state.head = structuredClone({ ...state.head, ...news, fence: state.head.fence + 1 });
  };

  const atRest = (steps: readonly StepRecord[]) =>
    ({
      steps: [...steps],
      status: steps.some(({ status }) => status === "attempting") ? "attempting" : "received",
      leaseUntil: undefined,
    }) satisfies Partial<Entry>;

  const makeDue = (state: LaneState, now: number): void => {
    if (state.head.held !== undefined) return;
    state.dueAt = now;
    state.head = { ...state.head, notBefore: undefined };
  };

  const letGo = (state: LaneState, now: number): void => {
    writeHead(state, { held: undefined, attempting: undefined });
    makeDue(state, now);
  };

  const link = (lane: Lane, { number, ticketType }: Link, now: number): LaneState => {
    const state = stateOf(lane);
    const { link: former, formerLinks = [], linkedAt = now, ticketType: known = ticketType } = state.head;
    const isNew = former === undefined || former === number;
    const replacing = isNew ? { linkedAt } : { linkedAt: now, formerLinks: [...formerLinks, former] };
    state.head = { ...state.head, ...replacing, link: number, ticketType: known };
    return state;
  };

  /** The tickets that a lane and its new peer were linked to before lose their place. */
  const replace = (lanesLinked: readonly [Lane, string][]): void => {
    for (const [lane, number] of lanesLinked) {
      const former = lanes.get(lane)?.head.link;
      const losing = former === undefined || former === number ? undefined : lanes.get(peerLane(lane, former));
      if (losing !== undefined) writeHead(losing, { replacedBy: number });
    }
  };

  const linkBoth = ({ lane, ticketType }: Head, wanted: Link, now: number): LinkConflict | Partial<Head> => {
    const peer = peerLane(lane, wanted.number);
    const back = { ...wanted, number: ticketNumberOf(lane) };
    const [own, other] = [lanes.get(lane)?.head, lanes.get(peer)?.head];
    if (!mayLinkTo(own ?? emptyHead(lane), wanted.number) || !mayLinkTo(other ?? emptyHead(peer), back.number)) {
      return { conflict: { own: own?.link, other: other?.link } };
    }
    replace([
      [lane, wanted.number],
      [peer, back.number],
    ]);
    makeDue(link(peer, back, now), now);
    const { linkedAt, formerLinks, ...head } = link(lane, wanted, now).head;
    const former = formerLinks === undefined ? {} : { formerLinks };
    return { link: wanted.number, linkedAt, ...former, ticketType: ticketType ?? head.ticketType };
  };

  const attention = (isHeld: boolean): { lane: Lane; at: number }[] =>
    [...lanes]
      .flatMap(([lane, { head, dueAt }]) =>
        dueAt !== undefined && (head.held !== undefined) === isHeld ? [{ lane, at: dueAt }] : [],
      )
      .toSorted((one, other) => one.at - other.at);

  const ledger: Ledger = {
    async receive(lane, arrivals, { now, wakeAt }) {
      return arrivals.map((arrival) => {
        const isNew = add(lane, arrival, now);
        const entry = stateOf(lane).entries.get(arrival.order);
        if (entry !== undefined && !isFinished(entry)) announce(lane, arrival.order, wakeAt);
        return isNew ? "stored" : "known";
      });
    },

    async receiveEvent(lane, arrival, { id, bodyDigest }, at) {
      const known = events.get(id);
      if (known !== undefined && !isExpired(known.at, at.now)) {
        return known.bodyDigest === bodyDigest && known.lane === lane ? "repeated" : "conflicting";
      }
      events.set(id, { bodyDigest, lane, at: at.now });
      await ledger.receive(lane, [arrival], at);
      return "stored";
    },

    async open(lane) {
      const state = lanes.get(lane);
      if (state === undefined) return { head: emptyHead(lane), peer: undefined, entries: [], more: false };
      const { head } = state;
      const after = sortedEntries(state).filter(({ order }) => order > (head.doneThrough ?? ""));
      const unfinished = after.filter((entry) => !isFinished(entry));
      const finished = after.slice(0, unfinished[0] && after.indexOf(unfinished[0])).at(-1);
      return structuredClone({
        head: { ...head, doneThrough: finished?.order ?? head.doneThrough },
        peer: head.link === undefined ? undefined : lanes.get(peerLane(lane, head.link))?.head,
        entries: unfinished.slice(0, MOST_ENTRIES),
        more: unfinished.length > MOST_ENTRIES,
      });
    },

    headOf: async (lane) => structuredClone(lanes.get(lane)?.head),
    entry: async (lane, order) => structuredClone(lanes.get(lane)?.entries.get(order)),

    async begin({ entry, head, steps, leaseUntil }) {
      const state = stateOf(head.lane);
      const isMoved = state.head.fence !== head.fence || state.head.link !== head.link;
      const overtaken = isMoved || current(entry) === undefined;
      if (overtaken || isFinished(entry) || head.held !== undefined) return lost;
      const attempting = { order: entry.order, until: leaseUntil };
      writeHead(state, { ...learntOf(head), doneThrough: head.doneThrough, attempting });
      const begun = { status: "attempting", attempts: entry.attempts + 1, leaseUntil } as const;
      return {
        entry: write(entry, { ...begun, steps: [...steps] }),
        head: { ...head, attempting, fence: head.fence + 1 },
      };
    },

    async settle(input) {
      const { entry, head, steps, notes = [], finished = false, owe = [], now, wakeAt } = input;
      const state = stateOf(head.lane);
      const endsUntold = finished && steps.length === 0;
      if (current(entry) === undefined || (endsUntold && state.head.fence !== head.fence)) return lost;
      const linked = input.link === undefined ? {} : linkBoth(head, input.link, now);
      if ("conflict" in linked) return linked;
      if (endsUntold) state.head = structuredClone({ ...state.head, ...learntOf(head) });
      for (const { lane, arrival } of owe) if (add(lane, arrival, now)) announce(lane, arrival.order, wakeAt);
      const ended = finished ? ({ status: "done", finishedAt: now } as const) : {};
      const news = { ...atRest(steps), ...ended, notes: [...entry.notes, ...notes], failure: undefined };
      return { entry: write(entry, news), head: structuredClone({ ...head, ...linked }) };
    },

    async postpone({ entry, head, steps, failure = entry.failure, notBefore }) {
      if (current(entry) === undefined) return lost;
      write(entry, { ...atRest(steps), failure });
      const state = stateOf(head.lane);
      if (state.head.fence !== head.fence || state.head.link !== head.link) return undefined;
      writeHead(state, { notBefore, attempting: undefined });
      state.dueAt = notBefore;
      return undefined;
    },

    async hold({ entry, head, steps, hold }) {
      if (current(entry) === undefined) return lost;
      const failure = { code: hold.code, message: hold.reason, since: entry.failure?.since ?? hold.at };
      write(entry, { ...atRest(steps), status: "held", failure });
      const state = stateOf(head.lane);
      writeHead(state, { held: hold, attempting: undefined, notBefore: undefined });
      state.dueAt = hold.at;
      return undefined;
    },

    async rest({ head, idle }) {
      const state = lanes.get(head.lane);
      if (state === undefined || state.head.fence !== head.fence) return;
      writeHead(state, { doneThrough: head.doneThrough, attempting: undefined });
      if (!idle || state.head.arrivals !== head.arrivals) return;
      state.dueAt = undefined;
      state.head = { ...state.head, notBefore: undefined };
    },

    async nudge(lane, now) {
      const state = lanes.get(lane);
      if (state === undefined || state.head.held !== undefined) return;
      writeHead(state, {});
      makeDue(state, now);
    },

    async release(lane, { who, why, now }) {
      const state = lanes.get(lane);
      const held = state?.head.held;
      if (state === undefined || held === undefined) return false;
      const entry = state.entries.get(held.order);
      if (entry !== undefined && !isFinished(entry)) {
        const failure = entry.failure && { ...entry.failure, since: now };
        const notes = [...entry.notes, `released by ${who}: ${why}`];
        const unsent = { status: "waiting", awaitingNumber: false } as const;
        const steps = entry.steps.map((step) => (step.status === "attempting" ? { ...step, ...unsent } : step));
        write(entry, { ...atRest(steps), attempts: 0, failure, notes });
      }
      letGo(state, now);
      return true;
    },

    async skip(lane, order, { who, why, now }) {
      const state = lanes.get(lane);
      const entry = state?.entries.get(order);
      if (state === undefined || entry === undefined || isFinished(entry)) return false;
      const notes = [...entry.notes, `skipped by ${who}: ${why}`];
      write(entry, { status: "skipped", finishedAt: now, leaseUntil: undefined, notes });
      if ((state.head.held?.order ?? order) === order) letGo(state, now);
      else writeHead(state, {});
      return true;
    },

    due: async (towards, now, limit) =>
      attention(false)
        .filter(({ lane, at }) => destination(lane) === towards && at <= now)
        .slice(0, limit)
        .map(({ lane, at }) => ({ lane, dueAt: at })),
    held: async (limit) =>
      attention(true)
        .slice(0, limit)
        .map(({ lane, at }) => ({ lane, since: at })),

    ...evidence,
  };

  return {
    ...ledger,
    quarantined,
    entriesOf: (lane) => structuredClone(sortedEntries(stateOf(lane))),
    lanes: () => [...lanes.keys()],
    rewriteHeads(some, change) {
      for (const lane of some) {
        const state = stateOf(lane);
        state.head = structuredClone({ ...change(state.head), fence: state.head.fence + 1 });
      }
    },
  };
};

/** Nothing is unlearnt: what is absent stays as it was. */
const learntOf = ({ sent, said, ...head }: Head): Partial<Head> => ({
  sent,
  said,
  ...Object.fromEntries(Object.entries(alsoLearnt(head)).filter(([, value]) => value !== undefined)),
});
