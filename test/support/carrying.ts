import type { Lane } from "../../lambdas/shared/domain/lane.ts";
import type { Transfer, TransferJob } from "../../lambdas/shared/domain/transfer.ts";
import type { CarryDeps } from "../../lambdas/shared/lanes/carry-transfer.ts";
import { NOW } from "./builders.ts";
import { inMemoryTransfers } from "./fakes/in-memory-transfers.ts";
import { manualClock } from "./fakes/manual-clock.ts";
import { recordedJournal, recordedWakeUps } from "./fakes/recorders.ts";

export const LOST_WAKE_UP_MS = 60_000;

/** What every transfer stands on, on fakes that remember; one transfer is asked for. */
export const carrying = async (lane: Lane, id: string, job: TransferJob) => {
  const clock = manualClock(NOW);
  const transfers = inMemoryTransfers();
  const nudged: Lane[] = [];
  const time = { left: 900_000 };
  const wakeUps = recordedWakeUps();
  const journal = recordedJournal();
  await transfers.request(lane, id, job, { now: NOW, wakeAt: NOW + LOST_WAKE_UP_MS });
  const known = async (): Promise<Transfer> => {
    const transfer = await transfers.get(lane, id);
    if (transfer === undefined) throw new Error("the transfer is gone");
    return transfer;
  };
  const deps: CarryDeps = {
    transfers,
    ledger: { nudge: async (nudgedLane) => void nudged.push(nudgedLane) },
    wakeUps,
    journal,
    clock: clock.now,
    random: () => 0.5,
    retry: { firstSeconds: 60, longestSeconds: 600, giveUpDays: 14 },
    timeLeft: () => time.left,
  };
  return {
    name: { lane, id },
    clock,
    transfers,
    wakeUps,
    journal,
    nudged,
    time,
    deps,
    transfer: known,
    outcome: async () => (await known()).outcome,
    /** In how many seconds the sweeper finds it. */
    dueInSeconds: () => ((transfers.keptOf({ lane, id })?.dueAt ?? 0) - clock.now()) / 1000,
  };
};
