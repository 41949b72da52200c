import { type Entry, isFinished } from "../../../lambdas/shared/domain/entry.ts";
import type { Lane } from "../../../lambdas/shared/domain/lane.ts";
import { placeMessage, type StoreDeps, storeMessages } from "../../../lambdas/shared/lanes/store-messages.ts";
import type { Ledger } from "../../../lambdas/shared/ports.ts";
import type { By, Inspection, Quarantined } from "../ports.ts";
import { type AuditDeps, audited } from "./audited.ts";
import { entryId } from "./entry-id.ts";
import { numbersOf } from "./find-ticket.ts";
import type { ApartDeps } from "./list-held.ts";
import { iso } from "./operator-error.ts";

export interface ReplayDeps extends AuditDeps, StoreDeps, Omit<ApartDeps, "ledger" | "inspection"> {
  readonly ledger: Pick<Ledger, "headOf" | "entry" | "receive" | "nudge" | "leaveFootprint">;
  readonly inspection: Pick<Inspection, "entriesSince" | "quarantined">;
}

export interface ReplayedTicket {
  readonly ensonoNumber: string | null;
  readonly clientNumber: string | null;
  readonly lane: Lane;
  /** Entries that are done or skipped: nothing happens to them. */
  readonly alreadyDone: number;
  readonly unfinished: readonly string[];
  /** What becomes of the unfinished ones; `held` waits for its operator. */
  readonly action: "already done" | "woken" | "held";
}

export interface ReplayedMessage {
  readonly id: string;
  readonly since: string;
  readonly action: "brought in" | "already in the ledger" | "still kept apart";
  /** Where it goes, or why it does not. */
  readonly detail: string;
}

export interface Replay {
  readonly since: string;
  readonly dryRun: boolean;
  readonly tickets: readonly ReplayedTicket[];
  readonly apart: readonly ReplayedMessage[];
}

/**
 * Goes through what came since a moment once more, through the ledger: what is unfinished is woken, what was kept apart and is
 * understood by now is brought in, and what is done is left alone. With `dryRun` it only says what it would do. Safe to repeat.
 */
export const replaySince = async (
  { since, dryRun }: { since: number; dryRun: boolean },
  by: By,
  deps: ReplayDeps,
): Promise<Replay> => {
  const seen = { since: iso(since), dryRun };
  const [lanes, apart] = [await lanesSince(since, deps), await apartSince(since, deps)];
  const tickets = lanes.map(({ told }) => told);
  const result: Replay = { ...seen, tickets, apart: apart.map(({ told }) => told) };
  const toWake = lanes.filter(({ told }) => told.action === "woken");
  const toBringIn = apart.filter(({ told }) => told.action === "brought in");
  if (dryRun || (toWake.length === 0 && toBringIn.length === 0)) return result;
  return audited({ command: `replay --since ${iso(since)}`, lanes: [] }, by, deps, async () => {
    for (const { told, unfinished } of toWake) await wakeAgain(told.lane, unfinished, deps);
    for (const { message } of toBringIn) await bringIn(message, deps);
    return { result, outcome: `${toWake.length} tickets woken, ${toBringIn.length} messages brought in` };
  });
};

const lanesSince = async (since: number, deps: ReplayDeps) => {
  const lanes = new Map<Lane, Entry[]>();
  for await (const entry of deps.inspection.entriesSince(since)) {
    lanes.set(entry.lane, [...(lanes.get(entry.lane) ?? []), entry]);
  }
  const read = [...lanes].map(async ([lane, entries]) => {
    const head = await deps.ledger.headOf(lane);
    const unfinished = entries
      .filter((entry) => !isFinished(entry))
      .toSorted((one, other) => (one.order < other.order ? -1 : 1));
    const { ensonoNumber = null, clientNumber = null } = numbersOf(head ?? { lane });
    const open = head?.held === undefined ? "woken" : "held";
    const told: ReplayedTicket = {
      ensonoNumber,
      clientNumber,
      lane,
      alreadyDone: entries.length - unfinished.length,
      unfinished: unfinished.map((entry) => entryId(entry, deps.digest)),
      action: unfinished.length === 0 ? "already done" : open,
    };
    return { told, unfinished };
  });
  return (await Promise.all(read)).toSorted((one, other) => (one.told.lane < other.told.lane ? -1 : 1));
};

const apartSince = async (since: number, deps: ReplayDeps) => {
  const messages = (await deps.inspection.quarantined()).filter(({ at }) => at >= since);
  return Promise.all(
    messages.map(async (message) => {
      const { lane, arrival, reason = message.reason } = placeMessage(message.message, deps);
      const told = { id: message.id, since: iso(message.at) };
      if (lane === undefined)
        return { message, told: { ...told, action: "still kept apart", detail: reason } as const };
      const known = await deps.ledger.entry(lane, arrival.order);
      const action = known === undefined ? "brought in" : "already in the ledger";
      return { message, told: { ...told, action, detail: lane } as const };
    }),
  );
};

/** Announces them once more, should a crash have come in between, and ends whatever the lane waits for. */
const wakeAgain = async (lane: Lane, unfinished: readonly Entry[], { ledger, clock }: ReplayDeps): Promise<void> => {
  const now = clock();
  await ledger.receive(lane, unfinished, { now, wakeAt: now });
  await ledger.nudge(lane, now);
};

const bringIn = async ({ message }: Quarantined, deps: ReplayDeps): Promise<void> => {
  const placed = placeMessage(message, deps);
  if (placed.lane === undefined) return;
  await storeMessages(placed.lane, [placed], { ...deps, lostWakeUpMs: 0 });
};
