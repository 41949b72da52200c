import type { MetricValues } from "../../shared/runtime/metric-names.ts";
import type { Measured } from "./measure-backlog.ts";
import type { SweepResult } from "./wake-due-lanes.ts";

const seconds = (milliseconds: number): number => Math.round(milliseconds / 1000);
const flag = (is: boolean): number => (is ? 1 : 0);

/** What a sweep tells of what it woke; that it tells anything is its sign of life. */
export const sweepMetrics = ({ due, oldestDueMs, transfersDue }: SweepResult): MetricValues => ({
  sweeps: 1,
  lanesDue: due,
  oldestDueSeconds: seconds(oldestDueMs),
  transfersDue,
});

/** What it tells of everything that waits. */
export const backlogMetrics = (measured: Measured): MetricValues => {
  const { towards, held, files, open, paused } = measured;
  return {
    waitingToClient: towards.client.count,
    oldestToClientSeconds: seconds(towards.client.oldestMs),
    waitingToEnsono: towards.ensono.count,
    oldestToEnsonoSeconds: seconds(towards.ensono.oldestMs),
    lanesHeld: held.count,
    oldestHeldSeconds: seconds(held.oldestMs),
    linkConflicts: measured.linkConflicts,
    oldestInDoubtSeconds: seconds(measured.inDoubtMs),
    oldestOwedNumberSeconds: seconds(measured.owedNumberMs),
    numbersPromised: measured.promised,
    filesToFetch: files.fetch.count,
    oldestFileToFetchSeconds: seconds(files.fetch.oldestMs),
    filesToSend: files.send.count,
    oldestFileToSendSeconds: seconds(files.send.oldestMs),
    ensonoBreakerOpen: flag(open.includes("ensono")),
    ensonoQueueBreakerOpen: flag(open.includes("ensono-queue")),
    clientBreakerOpen: flag(open.includes("client")),
    ensonoPaused: flag(paused.includes("ensono")),
    ensonoQueuePaused: flag(paused.includes("ensono-queue")),
    clientPaused: flag(paused.includes("client")),
  };
};
