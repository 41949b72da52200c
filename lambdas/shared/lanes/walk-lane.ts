import type { Entry, Head, StepRecord } from "../domain/entry.ts";
import { type Lane, peerLane } from "../domain/lane.ts";
import { type Marks, marksOf } from "../domain/marks.ts";
import type { Learnt } from "../domain/ticket-view.ts";
import type { OpenLane } from "../ports.ts";
import { performSteps } from "./perform-steps.ts";
import { conflictReason, holdLane, owedNumber, putOff, type Turn, waitingStep, wake } from "./turn.ts";
import type { Direction, WalkDeps, WalkEnd } from "./walk.ts";

/** How soon to look again at an entry that waits for something of our own. */
const SHORT_WAIT_MS = 5_000;

/**
 * Works on one lane until it has nothing more to do: its unfinished entries in order, each decided, performed and recorded
 * (design: "Processor"). Safe to call at any time, any number of times, from any number of places: who finds another run at
 * work, or is overtaken by one, stops. Throws only faults of our own platform; the lane is then tried again later.
 */
export const walkLane = async <Step extends object>(
  lane: Lane,
  direction: Direction<Step>,
  deps: WalkDeps,
): Promise<WalkEnd> => {
  const opened = await deps.ledger.open(lane);
  if (opened.head.held !== undefined) return "held";
  if ((opened.head.notBefore ?? 0) > deps.clock()) return "waiting";

  let { head } = opened;
  for (const entry of opened.entries) {
    const end = await walkEntry({ entry, head }, opened, direction, deps);
    if (typeof end === "string") {
      if (end === "blocked" || end === "again") await deps.ledger.rest({ head, idle: false });
      return end;
    }
    head = { ...end.head, doneThrough: entry.order };
  }
  await deps.ledger.rest({ head, idle: !opened.more });
  if (!opened.more) return "idle";
  await wake(deps, [lane], String(head.doneThrough));
  return "again";
};

const walkEntry = async <Step extends object>(
  turn: Turn,
  opened: OpenLane,
  direction: Direction<Step>,
  deps: WalkDeps,
): Promise<{ head: Head } | WalkEnd> => {
  const now = deps.clock();
  if ((turn.entry.leaseUntil ?? 0) > now) return "lost";
  if (turn.entry.steps.length > 0) return performSteps(turn, direction, deps);

  const { decision, learnt } = await direction.decide(turn.entry, {
    head: turn.head,
    peer: opened.peer,
    later: opened.entries.slice(opened.entries.indexOf(turn.entry) + 1),
  });
  const learned: Turn = { ...turn, head: learn(turn.head, learnt, now, deps) };
  switch (decision.outcome) {
    case "ignore":
      return finish(withNotes(learned, [decision.reason]), deps);
    case "wait":
      return putOff(turn, { notBefore: now + SHORT_WAIT_MS, reason: decision.reason }, deps);
    case "hold":
      return holdLane(turn, { code: decision.code, reason: decision.reason }, deps);
    case "perform": {
      noteUnmapped(turn.entry, decision.unmapped ?? [], deps);
      const linked = decision.link === undefined ? learned : await linkNumber(turn, learned, decision.link, deps);
      if (typeof linked === "string") return linked;
      const steps = decision.steps.map((step, place) => toRecord(step, place, turn.entry, deps));
      const decided: Turn = {
        ...withNotes(linked, decision.notes),
        ...(decision.tellPeer === true ? { tellPeer: true } : {}),
      };
      if (steps.length === 0) return finish(decided, deps);
      return performSteps({ ...decided, entry: { ...decided.entry, steps } }, direction, deps);
    }
  }
};

const noteUnmapped = ({ lane, order }: Entry, fields: readonly string[], deps: WalkDeps): void => {
  if (fields.length === 0) return;
  deps.countUnmapped(fields.length);
  deps.journal.warn("not in the mapping table", { lane, order, fields });
};

const withNotes = (turn: Turn, notes: string[]): Turn => ({
  ...turn,
  entry: { ...turn.entry, notes: [...turn.entry.notes, ...notes] },
});

/** The key of a step: the same for every try, different for every step of every entry. */
const toRecord = (step: object, place: number, { lane, order }: Entry, { digest }: WalkDeps): StepRecord =>
  waitingStep(step, `evb_${digest(`${lane}|${order}`)}_${place}`);

const learn = (head: Head, { sent, said, status, ...rest }: Learnt, at: number, { digest }: WalkDeps): Head => {
  const merged = (known: Marks, fields: Learnt["sent"]): Marks =>
    fields === undefined ? known : { ...known, ...marksOf(fields, at, digest) };
  return {
    ...head,
    ...rest,
    sent: merged(head.sent, sent),
    said: merged(head.said, said),
    ...(status === undefined ? {} : { status: { value: status, at } }),
  };
};

const finish = async (turn: Turn, deps: WalkDeps): Promise<{ head: Head } | WalkEnd> => {
  const now = deps.clock();
  const { lane, order, steps, notes } = turn.entry;
  const settled = await deps.ledger.settle({ ...turn, steps, finished: true, now, wakeAt: now + deps.lostWakeUpMs });
  if ("lost" in settled || "conflict" in settled) return "lost";
  deps.journal.info("finished", { lane, order, notes });
  return { head: settled.head };
};

/**
 * Links the two numbers before anything else, and owes this lane's destination the news of it (T4b, T5, I11, I13). A conflict
 * holds the lane with what was known before this entry, which is decided anew once an operator has released it.
 */
const linkNumber = async (before: Turn, learned: Turn, number: string, deps: WalkDeps): Promise<Turn | WalkEnd> => {
  const now = deps.clock();
  const { lane } = before.entry;
  const settled = await deps.ledger.settle({
    ...before,
    steps: [],
    link: { number, ticketType: learned.head.ticketType ?? "Incident" },
    owe: [owedNumber(lane, now)],
    now,
    wakeAt: now + deps.lostWakeUpMs,
  });
  if ("lost" in settled) return "lost";
  if ("conflict" in settled) {
    const reason = conflictReason(lane, number, settled);
    return holdLane(before, { code: "link-conflict", reason }, deps);
  }
  deps.journal.info("linked", { lane, number });
  await wake(deps, [lane, peerLane(lane, number)], `linked ${number}`);
  const { link, linkedAt, formerLinks, fence } = settled.head;
  const former = formerLinks === undefined ? {} : { formerLinks };
  return { ...learned, entry: settled.entry, head: { ...learned.head, link, linkedAt, ...former, fence } };
};
