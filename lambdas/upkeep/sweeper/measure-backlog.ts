import type { Entry, StepRecord } from "../../shared/domain/entry.ts";
import type { Lane, Side } from "../../shared/domain/lane.ts";
import type { TransferJob } from "../../shared/domain/transfer.ts";
import type { Breaker, Clock, Counterpart, Ledger, Transfers } from "../../shared/ports.ts";

export interface MeasureDeps {
  readonly ledger: Pick<Ledger, "due" | "held" | "open" | "headOf">;
  readonly transfers: Pick<Transfers, "due" | "get">;
  readonly breaker: Pick<Breaker, "state">;
  readonly clock: Clock;
}

/** How many there are, and how old the oldest is (ms). */
export interface Waiting {
  readonly count: number;
  readonly oldestMs: number;
}

export interface Measured {
  /** Entries that arrived more than two minutes ago and are not done, held lanes apart; and the age of the oldest of all. */
  readonly towards: Readonly<Record<Side, Waiting>>;
  readonly held: Waiting;
  /** Of the held lanes, those of tickets that cannot be linked because one of the numbers is linked already. */
  readonly linkConflicts: number;
  /** Since when the outcome of a call is unknown (ms); 0 when none is. */
  readonly inDoubtMs: number;
  /** How long the oldest number has been owed to the other side (ms). */
  readonly owedNumberMs: number;
  /** Lanes that wait for a number that the client has promised. */
  readonly promised: number;
  readonly files: Readonly<Record<TransferJob["kind"], Waiting>>;
  /** Sides whose breaker is open, and those that an operator has paused. */
  readonly open: readonly Counterpart[];
  readonly paused: readonly Counterpart[];
}

/** The index of the ledger is asked for all lanes with work, not only for those whose time has come. */
const EVER = 8_640_000_000_000_000;
const MOST_COUNTED = 10_000;
/** More than the alarms ask about. Ages are those of these lanes, which are due the longest; of the others, counts are estimates. */
const LOOKED_INTO = 50;
/** Younger ones are at work: a bridge that has much to do and does it has always some of them. */
const WAITS_FROM_MS = 2 * 60_000;

/**
 * What waits, for the alarms (guide, "QUEUE ALERTS"). Exact as long as no more than 50 lanes a side have work; cheap, because
 * an idle ledger is a few empty reads of a sparse index, and no lane without work is ever looked at. Reads only.
 */
export const measureBacklog = async (deps: MeasureDeps): Promise<Measured> => {
  const now = deps.clock();
  const [client, ensono, held, fetch, send, stopped] = await Promise.all([
    lanesTowards("client", now, deps),
    lanesTowards("ensono", now, deps),
    deps.ledger.held(MOST_COUNTED),
    filesOf("fetch", now, deps),
    filesOf("send", now, deps),
    stoppedSides(deps),
  ]);
  return {
    towards: { client: client.waiting, ensono: ensono.waiting },
    held: { count: held.length, oldestMs: oldest(held.map(({ since }) => now - since)) },
    linkConflicts: await countConflicts(held, deps),
    inDoubtMs: Math.max(client.inDoubtMs, ensono.inDoubtMs),
    owedNumberMs: Math.max(client.owedNumberMs, ensono.owedNumberMs),
    promised: client.promised + ensono.promised,
    files: { fetch, send },
    ...stopped,
  };
};

const oldest = (ages: readonly number[]): number => Math.max(0, ...ages);

const lanesTowards = async (side: Side, now: number, { ledger }: MeasureDeps) => {
  const lanes = await ledger.due(side, EVER, MOST_COUNTED);
  const looked = await Promise.all(lanes.slice(0, LOOKED_INTO).map(({ lane }) => lookInto(lane, now, ledger)));
  const working = looked.filter(({ isPromised }) => !isPromised);
  const waitingLanes = working.filter(({ count }) => count > 0).length;
  const unseen = Math.max(0, lanes.length - LOOKED_INTO);
  // Each of the others counts as one entry, if it is like those that were looked into.
  const estimate = unseen === 0 ? 0 : Math.round((unseen * waitingLanes) / looked.length);
  return {
    waiting: {
      count: working.reduce((sum, { count }) => sum + count, estimate),
      oldestMs: oldest(working.map(({ ageMs }) => ageMs)),
    },
    inDoubtMs: oldest(working.map(({ inDoubtMs }) => inDoubtMs)),
    owedNumberMs: oldest(working.map(({ owedNumberMs }) => owedNumberMs)),
    promised: looked.length - working.length,
  };
};

const lookInto = async (lane: Lane, now: number, ledger: MeasureDeps["ledger"]) => {
  const { entries, more } = await ledger.open(lane);
  const owed = entries.filter(({ content }) => content.kind === "tellNumber");
  const ages = entries.map(({ receivedAt }) => now - receivedAt);
  return {
    count: ages.filter((age) => age > WAITS_FROM_MS).length + (more ? 1 : 0),
    ageMs: oldest(ages),
    inDoubtMs: oldest(entries.flatMap((entry) => doubtOf(entry, now))),
    owedNumberMs: oldest(owed.map(({ receivedAt }) => now - receivedAt)),
    // Such a ticket waits for nobody but the client, as long as its configuration says; then its lane is held.
    isPromised: entries[0]?.steps.some(({ awaitingNumber }) => awaitingNumber === true) ?? false,
  };
};

/** Since when an entry does not know what became of its call; while a run is at work on it, it may still learn. */
const doubtOf = ({ steps, failure, leaseUntil = 0 }: Entry, now: number): number[] => {
  if (leaseUntil > now) return [];
  return steps.filter(isInDoubt).map(({ attemptedAt = now }) => now - Math.min(attemptedAt, failure?.since ?? now));
};

/** A file that is being sent to Ensono is a transfer, with an age of its own. */
const isInDoubt = ({ status, step, awaitingNumber }: StepRecord): boolean =>
  status === "attempting" && awaitingNumber !== true && step.do !== "uploadAttachment";

const countConflicts = async (held: readonly { lane: Lane }[], { ledger }: MeasureDeps): Promise<number> => {
  const heads = await Promise.all(held.slice(0, LOOKED_INTO).map(({ lane }) => ledger.headOf(lane)));
  return heads.filter((head) => head?.held?.code === "link-conflict").length;
};

const filesOf = async (kind: TransferJob["kind"], now: number, { transfers }: MeasureDeps): Promise<Waiting> => {
  const names = await transfers.due(kind, EVER, MOST_COUNTED);
  const files = await Promise.all(names.slice(0, LOOKED_INTO).map(({ lane, id }) => transfers.get(lane, id)));
  return { count: names.length, oldestMs: oldest(files.flatMap((file) => (file ? [now - file.requestedAt] : []))) };
};

const counterparts: readonly Counterpart[] = ["ensono", "ensono-queue", "client"];

const stoppedSides = async ({ breaker }: MeasureDeps): Promise<Pick<Measured, "open" | "paused">> => {
  const states = await Promise.all(counterparts.map((side) => breaker.state(side)));
  return {
    open: counterparts.filter((_, place) => states[place]?.open !== undefined),
    paused: counterparts.filter((_, place) => states[place]?.paused !== undefined),
  };
};
