import { destination, type Lane, type Side } from "../../shared/domain/lane.ts";
import type { Breaker, Clock, Journal, Ledger, WakeUps } from "../../shared/ports.ts";

export interface SweepDeps {
  readonly ledger: Ledger;
  readonly breaker: Breaker;
  readonly wakeUps: WakeUps;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Time between two probes of a side that is down (ms). */
  readonly probeMs: number;
}

export interface SweepResult {
  /** Lanes that were due, and of those the ones that were woken. */
  readonly due: number;
  readonly woken: number;
  readonly held: number;
  /** How long the longest due lane has been due (ms). */
  readonly oldestDueMs: number;
  readonly open: readonly Side[];
}

/** Enough for a day's outage of a busy client within a few sweeps, and few enough to be sent in seconds. */
const LANES_A_SWEEP = 2_000;
const HELD_COUNTED = 1_000;
/** A lane that is due and was woken may still stand in the queue behind others: it is not woken again for so many probes. */
const PATIENCE = 5;

/**
 * The only retry clock (R2): wakes the lanes whose time has come, those of lost wake-ups included. Of a side whose breaker is
 * open only the longest due lane is woken, as the probe; the breaker itself lets one a minute through.
 */
export const wakeDueLanes = async ({
  ledger,
  breaker,
  wakeUps,
  journal,
  clock,
  probeMs,
}: SweepDeps): Promise<SweepResult> => {
  const now = clock();
  const due = await ledger.due(now, LANES_A_SWEEP);
  const open = await openSides(breaker, now);
  const probes = open.flatMap((side) => due.find(({ lane }) => destination(lane) === side) ?? []);
  const others = due.filter(({ lane }) => !open.includes(destination(lane)));
  const toWake = [
    ...probes.map(({ lane }) => ({ lane, because: `probe ${Math.floor(now / probeMs)}` })),
    ...others.map(({ lane, dueAt }) => ({ lane, because: `due ${dueAt} ${Math.floor(now / (PATIENCE * probeMs))}` })),
  ];
  const failed: readonly Lane[] = await wakeUps.send(toWake);
  const held = await ledger.held(HELD_COUNTED);
  const result: SweepResult = {
    due: due.length,
    woken: toWake.length - failed.length,
    held: held.length,
    oldestDueMs: Math.max(0, ...due.map(({ dueAt }) => now - dueAt)),
    open,
  };
  journal.info("swept", { ...result });
  return result;
};

const openSides = async (breaker: Breaker, now: number): Promise<Side[]> => {
  const sides: Side[] = ["ensono", "client"];
  const states = await Promise.all(sides.map((side) => breaker.isOpen(side, now)));
  return sides.filter((_, place) => states[place]);
};
