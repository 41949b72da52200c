import type { Entry, Failure, Head, StepRecord } from "../domain/entry.ts";
import { arrivalOrder, destination, type Lane, peerLane, ticketNumberOf } from "../domain/lane.ts";
import type { Arrival, LinkConflict } from "../ports.ts";
import type { WalkDeps, WalkEnd } from "./walk.ts";

/** One entry whose turn it is, with the head of its lane as this run knows it. */
export interface Turn {
  readonly entry: Entry;
  readonly head: Head;
  /** The other lane owes Ensono the client's number once more (T3). */
  readonly tellPeer?: boolean;
}

/** A step that was decided and not yet begun, as the ledger keeps it. */
export const waitingStep = (step: object, key: string): StepRecord => ({ step: { ...step }, key, status: "waiting" });

/** Owed work: tell the lane's destination the number on the lane's own side. */
export const owedNumber = (lane: Lane, now: number): { lane: Lane; arrival: Arrival } => ({
  lane,
  arrival: { order: arrivalOrder(now, "tell-number"), content: { kind: "tellNumber" } },
});

/** Owed work: tell the lane's destination something of the bridge's own. The key makes it the only one of its kind. */
export const owedComment = (
  lane: Lane,
  comment: string,
  key: string,
  now: number,
): { lane: Lane; arrival: Arrival } => ({
  lane,
  arrival: { order: arrivalOrder(now, `tell-${key}`), content: { kind: "tell", comment } },
});

export const peerOf = (head: Head): Lane | undefined =>
  head.link === undefined ? undefined : peerLane(head.lane, head.link);

/** Why two numbers cannot be linked, for the operator who has to say which is right. */
export const conflictReason = (lane: Lane, number: string, { conflict: { own, other } }: LinkConflict): string =>
  [
    `${ticketNumberOf(lane)} cannot be linked to ${number}`,
    ...(own === undefined ? [] : [`it is linked to ${own}`]),
    ...(other === undefined ? [] : [`${number} is linked to ${other}`]),
    "find out which pair is right, close the ticket that is too many, then release or skip this entry",
  ].join("; ");

/** Wakes lanes; one that could not be woken is due in the ledger, and the sweeper comes by. */
export const wake = async (deps: WalkDeps, lanes: readonly Lane[], because: string): Promise<void> => {
  await deps.wakeUps.send(lanes.map((lane) => ({ lane, because })));
};

/** Puts the lane off without any failure, or after one. */
export const putOff = async (
  { entry, head }: Turn,
  put: { notBefore: number; reason: string; failure?: Failure; steps?: readonly StepRecord[] },
  deps: WalkDeps,
): Promise<WalkEnd> => {
  const lost = await deps.ledger.postpone({
    entry,
    head,
    steps: put.steps ?? entry.steps,
    notBefore: put.notBefore,
    ...(put.failure === undefined ? {} : { failure: put.failure }),
  });
  if (lost !== undefined) return "lost";
  deps.journal.info("put off", { lane: entry.lane, order: entry.order, notBefore: put.notBefore, reason: put.reason });
  return "waiting";
};

/** Holds the lane at this entry (R3): what is in the way will not go away by waiting. */
export const holdLane = async (
  { entry, head }: Turn,
  why: { code: string; reason: string; steps?: readonly StepRecord[] },
  deps: WalkDeps,
): Promise<WalkEnd> => {
  const hold = { order: entry.order, code: why.code, reason: why.reason, at: deps.clock() };
  const lost = await deps.ledger.hold({ entry, head, steps: why.steps ?? entry.steps, hold });
  if (lost !== undefined) return "lost";
  const side = destination(entry.lane);
  deps.journal.warn("held", { lane: entry.lane, order: entry.order, side, code: why.code, reason: why.reason });
  return "held";
};
