import { PermanentError, TransientError } from "../../shared/domain/errors.ts";
import type { Lane } from "../../shared/domain/lane.ts";
import type { Digest } from "../../shared/domain/marks.ts";
import { receiveCountOf } from "../../shared/domain/receive-count.ts";
import { transferId } from "../../shared/domain/transfer.ts";
import { type PlacedMessage, placeMessage, storeMessages } from "../../shared/lanes/store-messages.ts";
import type {
  Breaker,
  Clock,
  EnsonoQueue,
  Journal,
  Ledger,
  PollLog,
  QueueMessage,
  Transfers,
  TransferWakeUps,
  WakeUps,
} from "../../shared/ports.ts";
import { readToTheEnd } from "./read-to-the-end.ts";

export interface DrainDeps {
  readonly queue: EnsonoQueue;
  readonly ledger: Ledger;
  readonly wakeUps: WakeUps;
  readonly transfers: Transfers;
  readonly transferWakeUps: TransferWakeUps;
  readonly breaker: Breaker;
  readonly pollLog: PollLog;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly clientName: string;
  /** The most readers at a time. */
  readonly readers: number;
  readonly lostWakeUpMs: number;
  /** What is left of this invocation (ms). */
  readonly timeLeft: () => number;
}

export interface DrainResult {
  readonly outcome: "drained" | "undeleted" | "out-of-time" | "another-run" | "blocked" | "failed";
  readonly stored: number;
  readonly known: number;
  readonly quarantined: number;
  /** Made durable, but not deleted: they will come again. */
  readonly undeleted: number;
  /** How often the message had been given out that was given out most often, by what Ensono says. */
  readonly mostReceives: number;
}

/** A message must be deleted within 30 s of being read; what is read now must find that much time left of the run. */
const READING_NEEDS_MS = 30_000;
/** The lease outlives the run, so that a run that overstays still keeps others out. */
const LEASE_MARGIN_MS = 5_000;

/**
 * Reads Ensono's queue to its end: each message becomes durable, wakes its ticket, and only then is deleted (Q1-Q6). It decides
 * nothing. Safe to repeat: a message that comes again is known. Never reads while our own store cannot be written to, because
 * each read burns one of a message's 20 receives: taking the poll log is the proof, and the first failed write ends the run.
 */
export const drainEnsonoQueue = async (runId: string, deps: DrainDeps): Promise<DrainResult> => {
  const { pollLog, breaker, clock } = deps;
  const counts = { stored: 0, known: 0, quarantined: 0, undeleted: 0, mostReceives: 0 };
  const startedAt = clock();
  if (!(await pollLog.take(runId, startedAt, startedAt + deps.timeLeft() + LEASE_MARGIN_MS))) {
    return { outcome: "another-run", ...counts };
  }
  let emptied = false;
  try {
    if ((await breaker.admit("ensono-queue", startedAt)) !== "go") return { outcome: "blocked", ...counts };
    const wasEmpty = await readToTheEnd({
      read: () => deps.queue.read(),
      take: (messages) => {
        counts.mostReceives = Math.max(counts.mostReceives, ...messages.map(({ raw }) => receiveCountOf(raw)));
        return takeBatch(messages, counts, deps);
      },
      readers: deps.readers,
      mayRead: () => deps.timeLeft() > READING_NEEDS_MS,
    });
    await breaker.succeeded("ensono-queue", clock());
    // What could not be deleted hides what lies behind it.
    emptied = wasEmpty && counts.undeleted === 0;
    if (emptied) return { outcome: "drained", ...counts };
    return { outcome: wasEmpty ? "undeleted" : "out-of-time", ...counts };
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    await breaker.failed("ensono-queue", { reason: error.message, atOnce: error.code === "configuration" }, clock());
    return { outcome: "failed", ...counts };
  } finally {
    await pollLog.end(runId, emptied ? startedAt : undefined);
  }
};

interface Counts {
  stored: number;
  known: number;
  quarantined: number;
  undeleted: number;
  mostReceives: number;
}

/** One answer of the queue: tickets side by side, the messages of a ticket in order, a wake-up for each ticket, then the deletes. */
const takeBatch = async (messages: readonly QueueMessage[], counts: Counts, deps: DrainDeps): Promise<void> => {
  const sorted = messages.map((message): Sorted => ({ message, ...placeMessage(message.raw, deps) }));
  const work = [...Map.groupBy(sorted, ({ lane }) => lane)].map(([lane, some]) =>
    lane === undefined ? quarantine(some, counts, deps) : storeLane(lane, some, counts, deps),
  );
  const results = await Promise.allSettled(work);
  const durable = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));

  await Promise.all([deps.wakeUps.send(wakeUpsFor(durable)), wakeFetches(durable, deps)]);
  await Promise.all(durable.map((one) => remove(one, counts, deps)));
  for (const result of results) if (result.status === "rejected") throw result.reason;
};

type Sorted = PlacedMessage & { readonly message: QueueMessage };

const storeLane = async (
  lane: Lane,
  ofLane: readonly Sorted[],
  counts: Counts,
  deps: DrainDeps,
): Promise<readonly Sorted[]> => {
  const stored = await storeMessages(lane, ofLane, deps);
  for (const { placed, receipt } of stored) {
    counts[receipt] += 1;
    const { arrival, reason, type } = placed;
    if (receipt === "known") continue;
    if (reason === undefined) deps.journal.info("received", { lane, order: arrival.order, type });
    else deps.journal.warn("unreadable", { lane, order: arrival.order, reason });
  }
  return stored.map(({ placed }) => placed);
};

const quarantine = async (
  strays: readonly Sorted[],
  counts: Counts,
  { ledger, journal, clock }: DrainDeps,
): Promise<readonly Sorted[]> => {
  for (const { message, arrival, reason = "unreadable" } of strays) {
    await ledger.quarantine({ id: arrival.order, reason, raw: JSON.stringify(message.raw) }, clock());
    counts.quarantined += 1;
    journal.warn("quarantined", { order: arrival.order, reason });
  }
  return strays;
};

const wakeUpsFor = (durable: readonly Sorted[]): { lane: Lane; because: string }[] => {
  const latest = new Map(durable.map(({ lane, arrival }) => [lane, arrival.order]));
  return [...latest].flatMap(([lane, order]) => (lane === undefined ? [] : [{ lane, because: order }]));
};

/** A repeat wakes again what may have ended long ago; that does nothing. */
const wakeFetches = (durable: readonly Sorted[], { transferWakeUps }: DrainDeps): Promise<void> => {
  const transfers = durable.flatMap(({ lane, fetch, arrival }) =>
    lane !== undefined && fetch !== undefined ? [{ lane, id: transferId(arrival.order, 0) }] : [],
  );
  return transfers.length === 0 ? Promise.resolve() : transferWakeUps.send("fetch", transfers);
};

/** Harmless when it fails: the message comes again, is known, and is deleted then (Q4). */
const remove = async ({ message, lane, arrival }: Sorted, counts: Counts, { queue, journal }: DrainDeps) => {
  const outcome = await queue.delete(message.receiptHandle).catch((error: unknown) => {
    if (error instanceof TransientError || error instanceof PermanentError) return error.message;
    throw error;
  });
  if (outcome === "deleted") return;
  counts.undeleted += 1;
  journal.warn("not deleted", { lane, order: arrival.order, outcome });
};
