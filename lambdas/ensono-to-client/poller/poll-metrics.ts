import type { MetricValues } from "../../shared/runtime/metric-names.ts";
import type { DrainResult } from "./drain-ensono-queue.ts";

const couldRead: readonly DrainResult["outcome"][] = ["drained", "undeleted", "out-of-time"];

/**
 * What a run tells of itself. A run that found another one at work does not count as a failed one, nor as a good one: the other
 * one tells.
 */
export const pollMetrics = ({ outcome, ...counts }: DrainResult): MetricValues => ({
  ...(outcome === "another-run"
    ? {}
    : { queueRead: couldRead.includes(outcome) ? 1 : 0, queueDrained: outcome === "drained" ? 1 : 0 }),
  transactionsStored: counts.stored,
  transactionsKnown: counts.known,
  messagesQuarantined: counts.quarantined,
  mostReceives: counts.mostReceives,
});
