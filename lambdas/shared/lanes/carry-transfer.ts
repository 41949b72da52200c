import { type RetryPolicy, waitBeforeRetry } from "../domain/backoff.ts";
import { type Bytes, watched } from "../domain/byte-streams.ts";
import type { Failure } from "../domain/entry.ts";
import { PermanentError, TransientError } from "../domain/errors.ts";
import type { Transfer, TransferJob, TransferOutcome } from "../domain/transfer.ts";
import type { Clock, Journal, Ledger, TransferName, Transfers, WakeUps } from "../ports.ts";

export interface CarryDeps {
  readonly transfers: Transfers;
  readonly ledger: Pick<Ledger, "nudge">;
  readonly wakeUps: WakeUps;
  readonly journal: Journal;
  readonly clock: Clock;
  /** A random number in [0, 1). */
  readonly random: () => number;
  readonly retry: RetryPolicy;
  /** What is left of this invocation (ms). */
  readonly timeLeft: () => number;
}

/** The try came to nothing, and another one is worth it. */
export interface Later {
  readonly as: "later";
  readonly code: string;
  readonly message: string;
  /** The other side asked for at least so long a wait. */
  readonly retryAfterSeconds?: number | undefined;
  /** No try before, whatever the retry policy says. */
  readonly notBefore?: number;
}

/** What tries learn; a try writes it down as it goes, so that it is not forgotten however the try ends. */
export interface Learnt {
  strikes: number;
  inDoubt: boolean;
}

/** How one kind of transfers is carried. */
export interface Carriage<Job extends TransferJob> {
  readonly kind: Job["kind"];
  /** One try. What it throws is a failure: a PermanentError for good, anything else to be tried again. */
  attempt(job: Job, transfer: Transfer, learnt: Learnt): Promise<TransferOutcome | Later>;
  /** Why no further try has any sense, in words for the ticket; undefined as long as it has. */
  giveUp(job: Job, failure: Failure, now: number): string | undefined;
  /** The last moment (epoch ms) at which a try can still succeed, where there is one. */
  lastTryAt?(job: Job): number;
}

/** How a call ended. `not-now`: it has ended before, is put off, or another run is at it. */
export type CarryEnd = "done" | "failed" | "later" | "not-now";

/**
 * Makes one try of a transfer, if it can be had, and wakes its ticket when it has ended. Safe to call at any time, any number
 * of times. Throws faults of our own platform only, once the transfer is put off.
 */
export const carryTransfer = async <Job extends TransferJob>(
  { lane, id }: TransferName,
  carriage: Carriage<Job>,
  deps: CarryDeps,
): Promise<CarryEnd> => {
  const now = deps.clock();
  const transfer = await deps.transfers.take(lane, id, { now, until: now + deps.timeLeft() });
  if (transfer === undefined) {
    // The run that ended it may have died before it could tell.
    if ((await deps.transfers.get(lane, id))?.outcome !== undefined) await tellLane({ lane, id }, deps);
    return "not-now";
  }
  const job = requireKind(transfer, carriage);
  const fault: { of?: unknown } = {};
  const learnt: Learnt = { strikes: transfer.strikes ?? 0, inDoubt: transfer.inDoubt ?? false };
  const result = await carriage.attempt(job, transfer, learnt).catch((error: unknown) => asResult(error, fault));
  const end = result.as === "later" ? await putOff({ ...transfer, ...learnt }, job, result, carriage, deps) : result;
  if (end === "later") {
    if ("of" in fault) throw fault.of;
    return end;
  }
  await finish(transfer, end, deps);
  if ("of" in fault) throw fault.of;
  return end.as;
};

const requireKind = <Job extends TransferJob>({ lane, id, job }: Transfer, { kind }: Carriage<Job>): Job => {
  const isOfKind = (any: TransferJob): any is Job => any.kind === kind;
  if (isOfKind(job)) return job;
  throw new Error(`${lane} ${id} is to ${job.kind}, not to ${kind}: it was sent to the wrong queue`);
};

const asResult = (error: unknown, fault: { of?: unknown }): TransferOutcome | Later => {
  if (error instanceof PermanentError) return { as: "failed", reason: error.message };
  if (error instanceof TransientError) return laterAfter(error);
  fault.of = error;
  return { as: "later", code: "platform", message: `a fault of the bridge's own platform: ${String(error)}` };
};

export const laterAfter = ({ code, message, retryAfterSeconds }: TransientError): Later => ({
  as: "later",
  code,
  message,
  retryAfterSeconds,
});

const putOff = async <Job extends TransferJob>(
  transfer: Transfer,
  job: Job,
  later: Later,
  { giveUp, lastTryAt }: Carriage<Job>,
  deps: CarryDeps,
): Promise<TransferOutcome | "later"> => {
  const now = deps.clock();
  const { code, message } = later;
  const { lane, id, attempts } = transfer;
  deps.journal.warn("transfer failed", { lane, transfer: id, kind: job.kind, attempts, code, message });
  const failure = { code, message, since: transfer.failure?.since ?? now };
  const reason = giveUp(job, failure, now);
  if (reason !== undefined) return { as: "failed", reason };
  const wait = Math.max(waitBeforeRetry(attempts, deps.random(), deps.retry), (later.retryAfterSeconds ?? 0) * 1000);
  const wanted = later.notBefore ?? now + wait;
  const notBefore = Math.min(wanted, Math.max(now, lastTryAt?.(job) ?? wanted));
  await deps.transfers.postpone(transfer, failure, notBefore);
  return "later";
};

const finish = async (transfer: Transfer, outcome: TransferOutcome, deps: CarryDeps): Promise<void> => {
  const { lane, id, job, attempts } = transfer;
  const line = { lane, transfer: id, kind: job.kind, attempts };
  if (outcome.as === "failed") deps.journal.warn("transfer given up", { ...line, reason: outcome.reason });
  else deps.journal.info("transfer done", { ...line, size: outcome.file.size, warning: outcome.warning });
  await deps.transfers.finish(transfer, outcome, deps.clock());
  await tellLane(transfer, deps);
};

/** The ticket waits for it in its turn. */
const tellLane = async ({ lane, id }: TransferName, { ledger, wakeUps, clock }: CarryDeps): Promise<void> => {
  await ledger.nudge(lane, clock());
  await wakeUps.send([{ lane, because: `transfer ${id}` }]);
};

/** A wait for a byte may last a minute, and what follows takes its time as well; the invocation must not end meanwhile. */
const NEEDED_AT_THE_END_MS = 90_000;

export const hasTime = ({ timeLeft }: Pick<CarryDeps, "timeLeft">): boolean => timeLeft() > NEEDED_AT_THE_END_MS;

/** The same bytes, as long as there is time; one byte a second would be progress, too. */
export const inTime = (content: Bytes, deps: Pick<CarryDeps, "timeLeft">): Bytes =>
  watched(content, (piece) => {
    if (piece === undefined || hasTime(deps)) return;
    throw new TransientError("unavailable", "none", "it did not come to its end in the time that one try has");
  });
