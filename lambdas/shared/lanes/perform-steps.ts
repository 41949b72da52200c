import { isTimeToGiveUp, waitBeforeRetry } from "../domain/backoff.ts";
import { type CallRecord, type StepRecord, withCalls } from "../domain/entry.ts";
import { PermanentError, TransientError } from "../domain/errors.ts";
import { destination, type Lane } from "../domain/lane.ts";
import {
  conflictReason,
  holdLane,
  owedComment,
  owedNumber,
  peerOf,
  putOff,
  type Turn,
  waitingStep,
  wake,
} from "./turn.ts";
import type { Direction, Effect, LookUp, WalkDeps, WalkEnd } from "./walk.ts";

/** An attempt lasts shorter than this: connecting and the answer have time-outs of 3 s and 20 s. */
const LEASE_MS = 30_000;
/** No call begins with less than this left of the invocation. */
const CALL_NEEDS_MS = 25_000;

/**
 * Performs the steps of one entry in order, from the one where an earlier run stopped (R1). Each is written *attempting*
 * before its call and *done* after it; a call in doubt is looked up before it is sent again.
 */
export const performSteps = async <Step extends object>(
  started: Turn,
  direction: Direction<Step>,
  deps: WalkDeps,
): Promise<{ head: Turn["head"] } | WalkEnd> => {
  let turn = started;
  for (;;) {
    const place = turn.entry.steps.findIndex(({ status }) => status !== "done");
    const outcome = await performStep(turn, place, direction, deps);
    if (typeof outcome === "string") return outcome;
    if (outcome.finished) return { head: outcome.turn.head };
    turn = outcome.turn;
  }
};

type Progress = { turn: Turn; finished: boolean } | WalkEnd;

const performStep = async <Step extends object>(
  turn: Turn,
  place: number,
  direction: Direction<Step>,
  deps: WalkDeps,
): Promise<Progress> => {
  const record = turn.entry.steps[place];
  if (record === undefined) return { turn, finished: true };
  if (record.givenNumber !== undefined) return settleStep(turn, place, { number: record.givenNumber }, deps);
  const step = direction.readStep(record);
  // A ticket whose number has come by another way is made already.
  const isMade = record.step.do === "createTicket" && isLinkedAnew(turn.head.link, record);
  if (record.status === "attempting" || isMade) {
    const { calls, ended } = await deps.exchanges.during(() => lookUp(step, turn, record, direction));
    const found = ended();
    const asked = heard(turn, place, calls);
    if (found instanceof TransientError) return afterFailure(asked, place, found, step, direction, deps);
    if ("hold" in found) return holdLane(asked, { code: "outcome-unknown", reason: found.hold }, deps);
    if ("waitUntil" in found) return putOff(asked, { notBefore: found.waitUntil, reason: found.reason }, deps);
    if ("found" in found) return settleStep(asked, place, found.found, deps);
    const double = found.possibleDouble ? { possibleDouble: true } : {};
    return attempt(asked, place, { ...withCalls(record, calls), ...double }, step, direction, deps);
  }
  return attempt(turn, place, record, step, direction, deps);
};

/** The turn with what passed between us and the other side for this step (L1). */
const heard = (turn: Turn, place: number, calls: readonly CallRecord[]): Turn => {
  const record = turn.entry.steps[place];
  if (record === undefined) return turn;
  return { ...turn, entry: { ...turn.entry, steps: turn.entry.steps.with(place, withCalls(record, calls)) } };
};

/** Whether the ticket has a number on the other side that is not the one whose place the new one is to take. */
const isLinkedAnew = (link: string | undefined, { step }: StepRecord): boolean =>
  link !== undefined && link !== step.replaces;

/** Looking up is a call as well, and may fail as one; the step stays in doubt then. */
const lookUp = async <Step extends object>(
  step: Step,
  turn: Turn,
  record: StepRecord,
  direction: Direction<Step>,
): Promise<LookUp | TransientError> => {
  try {
    return await direction.lookUp(step, { ...turn, record });
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    const { code, message, retryAfterSeconds } = error;
    return new TransientError(code, "unknown", message, { cause: error, retryAfterSeconds });
  }
};

const attempt = async <Step extends object>(
  turn: Turn,
  place: number,
  record: StepRecord,
  step: Step,
  direction: Direction<Step>,
  deps: WalkDeps,
): Promise<Progress> => {
  const { lane, order } = turn.entry;
  if (deps.timeLeft() < CALL_NEEDS_MS) {
    await wake(deps, [lane], `${order} ${turn.entry.attempts}`);
    return "again";
  }
  const isLocal = direction.isLocal(step);
  const admitted = isLocal ? "go" : await deps.breaker.admit(destination(lane), deps.clock());
  if (admitted !== "go") return "blocked";

  const now = deps.clock();
  const trying: StepRecord = { ...record, status: "attempting", attemptedAt: now };
  await direction.prepare(step, { ...turn, record: trying });
  const steps = turn.entry.steps.with(place, trying);
  const begun = await deps.ledger.begin({ ...turn, steps, leaseUntil: now + LEASE_MS });
  if ("lost" in begun) return "lost";

  let attempted: Turn = { ...turn, ...begun };
  try {
    const { calls, ended } = await deps.exchanges.during(() =>
      direction.perform(step, { ...turn, ...begun, record: trying }),
    );
    attempted = heard(attempted, place, calls);
    const effect = ended();
    if (!isLocal) await deps.breaker.succeeded(destination(lane), deps.clock());
    return await settleStep(attempted, place, effect, deps);
  } catch (error) {
    if (error instanceof PermanentError) {
      if (!isLocal) await deps.breaker.succeeded(destination(lane), deps.clock());
      const refused = attempted.entry.steps.map((one, nth) =>
        nth === place ? ({ ...one, status: "waiting" } as const) : one,
      );
      return holdLane(attempted, { code: error.code, reason: error.message, steps: refused }, deps);
    }
    if (error instanceof TransientError) return afterFailure(attempted, place, error, step, direction, deps);
    throw error;
  }
};

const settleStep = async (turn: Turn, place: number, effect: Effect, deps: WalkDeps): Promise<Progress> => {
  const now = deps.clock();
  const record = turn.entry.steps[place];
  if (record === undefined) return { turn, finished: true };
  if (effect.awaitingNumber === true) return awaitNumber(turn, place, record, deps);
  if (effect.underWay === true) return awaitWork(turn, deps);

  const steps = turn.entry.steps.with(place, { ...record, status: "done" });
  const finished = steps.every(({ status }) => status === "done");
  const { link, owe, toWake } = consequences(turn, { ...effect, key: record.key }, finished, now);
  const settled = await deps.ledger.settle({
    ...turn,
    steps,
    finished,
    ...(effect.note === undefined ? {} : { notes: [effect.note] }),
    ...(link === undefined ? {} : { link }),
    ...(owe.length === 0 ? {} : { owe }),
    now,
    wakeAt: now + deps.lostWakeUpMs,
  });
  if ("lost" in settled) return "lost";
  if ("conflict" in settled) {
    const reason = conflictReason(turn.entry.lane, effect.number ?? "", settled);
    const given = turn.entry.steps.with(place, { ...record, givenNumber: effect.number });
    return holdLane(turn, { code: "link-conflict", reason, steps: given }, deps);
  }
  const { lane, order } = turn.entry;
  deps.journal.info("done", { lane, order, step: record.step.do, key: record.key, attempts: turn.entry.attempts });
  if (toWake.length > 0) await wake(deps, toWake, `${order} ${place}`);
  return { turn: { ...turn, ...settled }, finished };
};

/** A number that a create gave is linked, and the other lane owes its origin's news to the side that opened the ticket. */
const consequences = (turn: Turn, effect: Effect & { key: string }, finished: boolean, now: number) => {
  const owe: ReturnType<typeof owedNumber>[] = [];
  const toWake: Lane[] = [];
  const isNew = effect.number !== undefined && effect.number !== turn.head.link;
  const peer = peerOf(isNew ? { ...turn.head, link: effect.number } : turn.head);
  if (peer !== undefined && (isNew || (finished && turn.tellPeer === true))) {
    owe.push(owedNumber(peer, now));
    toWake.push(peer);
  }
  if (peer !== undefined && effect.tell !== undefined) {
    owe.push(owedComment(peer, effect.tell, effect.key, now));
    toWake.push(peer);
  }
  const link =
    effect.number === undefined || effect.number === turn.head.link
      ? undefined
      : { number: effect.number, ticketType: turn.head.ticketType ?? ("Incident" as const) };
  return { owe, toWake, link };
};

/** The ticket is made, its number comes later: the lane waits, and the number wakes it (T1). */
const awaitNumber = async (turn: Turn, place: number, record: StepRecord, deps: WalkDeps): Promise<WalkEnd> => {
  const steps = turn.entry.steps.with(place, { ...record, awaitingNumber: true });
  const notBefore = deps.clock() + deps.retry.longestSeconds * 1000;
  return putOff(turn, { notBefore, reason: "the number will be given later", steps }, deps);
};

/** What goes on elsewhere makes the lane due when it ends; the sweeper looks after it should that get lost. */
const awaitWork = (turn: Turn, deps: WalkDeps): Promise<WalkEnd> =>
  putOff(turn, { notBefore: deps.clock() + deps.retry.longestSeconds * 1000, reason: "a file is on its way" }, deps);

const afterFailure = async <Step extends object>(
  turn: Turn,
  place: number,
  error: TransientError,
  step: Step,
  direction: Direction<Step>,
  deps: WalkDeps,
): Promise<Progress> => {
  const now = deps.clock();
  const { lane, order, attempts } = turn.entry;
  const side = destination(lane);
  deps.journal.warn("failed", { lane, order, side, code: error.code, effect: error.effect, message: error.message });
  const record = turn.entry.steps[place];
  if (record === undefined) return { turn, finished: true };
  const after: StepRecord = error.effect === "unknown" ? record : { ...record, status: "waiting" };
  const steps = turn.entry.steps.with(place, after);

  if (error.code === "unknown-group") {
    // Said about one ticket by a side that works.
    await deps.breaker.succeeded(side, now);
    const others = direction.instead(step);
    if (others === undefined) return holdLane(turn, { code: "refused", reason: error.message, steps }, deps);
    const replaced = others.map((other, nth) =>
      nth === 0
        ? withCalls(waitingStep(other, record.key), record.calls ?? [])
        : waitingStep(other, `${record.key}_${nth}`),
    );
    return {
      turn: { ...turn, entry: { ...turn.entry, steps: steps.toSpliced(place, 1, ...replaced) } },
      finished: false,
    };
  }
  if (error.code !== "expired") {
    await deps.breaker.failed(side, { reason: error.message, atOnce: error.code === "configuration" }, now);
  }
  const failure = { code: error.code, message: error.message, since: turn.entry.failure?.since ?? now };
  if (isTimeToGiveUp(failure.since, now, deps.retry)) {
    return holdLane(turn, { code: error.code, reason: `still failing: ${error.message}`, steps }, deps);
  }
  const wait = Math.max(waitBeforeRetry(attempts, deps.random(), deps.retry), (error.retryAfterSeconds ?? 0) * 1000);
  return putOff(turn, { notBefore: now + wait, reason: error.message, failure, steps }, deps);
};
