import type { Lane, Side } from "../../shared/domain/lane.ts";
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
  const swept = await Promise.all(sides.map((side) => sweep(side, now, { ledger, breaker, probeMs })));
  const due = swept.flatMap((one) => one.due);
  const toWake = swept.flatMap((one) => one.toWake);
  const failed: readonly Lane[] = await wakeUps.send(toWake);
  const held = await ledger.held(HELD_COUNTED);
  const result: SweepResult = {
    due: due.length,
    woken: toWake.length - failed.length,
    held: held.length,
    oldestDueMs: Math.max(0, ...due.map(({ dueAt }) => now - dueAt)),
    open: sides.filter((_, place) => swept[place]?.isOpen),
  };
  journal.info("swept", { ...result });
  return result;
};

const sides: readonly Side[] = ["ensono", "client"];

/** What is due towards one side, and which of it to wake. */
const sweep = async (
  side: Side,
  now: number,
  { ledger, breaker, probeMs }: Pick<SweepDeps, "ledger" | "breaker" | "probeMs">,
) => {
  const [due, isOpen] = await Promise.all([ledger.due(side, now, LANES_A_SWEEP), breaker.isOpen(side, now)]);
  const toWake = isOpen
    ? due.slice(0, 1).map(({ lane }) => ({ lane, because: `probe ${Math.floor(now / probeMs)}` }))
    : due.map(({ lane, dueAt }) => ({ lane, because: `due ${dueAt} ${Math.floor(now / (PATIENCE * probeMs))}` }));
  return { due, isOpen, toWake };
};
