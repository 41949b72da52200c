import type { Lane, Side } from "../../shared/domain/lane.ts";
import type { TransferJob } from "../../shared/domain/transfer.ts";
import type {
  Breaker,
  BreakerState,
  Clock,
  Journal,
  Ledger,
  Transfers,
  TransferWakeUps,
  WakeUps,
} from "../../shared/ports.ts";

export interface SweepDeps {
  readonly ledger: Ledger;
  readonly breaker: Breaker;
  readonly wakeUps: WakeUps;
  readonly transfers: Pick<Transfers, "due">;
  readonly transferWakeUps: TransferWakeUps;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Time between two probes of a side that is down (ms). */
  readonly probeMs: number;
}

export interface SweepResult {
  /** Lanes that were due, and of those the ones that were woken. */
  readonly due: number;
  readonly woken: number;
  /** Files on their way whose time had come. */
  readonly transfersDue: number;
  /** How long the longest due lane has been due (ms). */
  readonly oldestDueMs: number;
  readonly open: readonly Side[];
}

/** Enough for a day's outage of a busy client within a few sweeps, and few enough to be sent in seconds. */
const LANES_A_SWEEP = 2_000;
/** Nothing makes repeated wake-ups of a file collapse that waits behind others, so not many are sent at a time. */
const TRANSFERS_A_SWEEP = 100;
/** A lane that is due and was woken may still stand in the queue behind others: it is not woken again for so many probes. */
const PATIENCE = 5;

/**
 * The only retry clock (R2): wakes the lanes and the transfers whose time has come, those of lost wake-ups included. Of a side
 * whose breaker is open only the longest due lane and file are woken, as the probe; the breaker itself lets one a minute through.
 * Of a side that an operator has paused none is.
 */
export const wakeDueLanes = async (deps: SweepDeps): Promise<SweepResult> => {
  const { ledger, breaker, wakeUps, journal, clock, probeMs } = deps;
  const now = clock();
  const swept = await Promise.all(sides.map((side) => sweep(side, now, { ledger, breaker, probeMs })));
  const due = swept.flatMap((one) => one.due);
  const toWake = swept.flatMap((one) => one.toWake);
  const failed: readonly Lane[] = await wakeUps.send(toWake);
  const open = sides.filter((_, place) => swept[place]?.isOpen);
  const paused = sides.filter((_, place) => swept[place]?.isPaused);
  const transfersDue = await Promise.all(kinds.map((kind) => sweepTransfers(kind, now, { open, paused }, deps)));
  const result: SweepResult = {
    due: due.length,
    woken: toWake.length - failed.length,
    transfersDue: transfersDue.reduce((sum, due) => sum + due),
    oldestDueMs: Math.max(0, ...due.map(({ dueAt }) => now - dueAt)),
    open,
  };
  journal.info("swept", { ...result });
  return result;
};

const sides: readonly Side[] = ["ensono", "client"];
const kinds: readonly TransferJob["kind"][] = ["fetch", "send"];

/** What is due towards one side, and which of it to wake. */
const sweep = async (
  side: Side,
  now: number,
  { ledger, breaker, probeMs }: Pick<SweepDeps, "ledger" | "breaker" | "probeMs">,
) => {
  const [due, { open, paused }] = await Promise.all([ledger.due(side, now, LANES_A_SWEEP), breaker.state(side)]);
  return {
    due,
    isOpen: open !== undefined,
    isPaused: paused !== undefined,
    toWake: paused === undefined ? wakeUpsFor(due, open, now, probeMs) : [],
  };
};

type Due = Awaited<ReturnType<Ledger["due"]>>;

const wakeUpsFor = (due: Due, open: BreakerState["open"], now: number, probeMs: number) =>
  open === undefined
    ? due.map(({ lane, dueAt }) => ({ lane, because: `due ${dueAt} ${Math.floor(now / (PATIENCE * probeMs))}` }))
    : due.slice(0, 1).map(({ lane }) => ({ lane, because: `probe ${Math.floor(now / probeMs)}` }));

/** Files are sent to Ensono by way of its API; whence they are fetched has no breaker. Gives how many were due. */
const sweepTransfers = async (
  kind: TransferJob["kind"],
  now: number,
  { open, paused }: Readonly<Record<"open" | "paused", readonly Side[]>>,
  { transfers, transferWakeUps }: SweepDeps,
): Promise<number> => {
  const due = await transfers.due(kind, now, TRANSFERS_A_SWEEP);
  const isOf = (some: readonly Side[]) => kind === "send" && some.includes("ensono");
  const most = isOf(paused) ? 0 : isOf(open) ? 1 : due.length;
  if (due.length > 0 && most > 0) await transferWakeUps.send(kind, due.slice(0, most));
  return due.length;
};
