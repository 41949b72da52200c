import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Journal } from "../ports.ts";
import { maskTexts } from "./mask.ts";
import { metricNames } from "./metric-names.ts";

/** What a function tells about its work: structured log lines, metrics, and the journal of the tickets it works on. */
export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly journal: Journal;
  /** Counts values that are in no mapping table (I6). */
  readonly countUnmapped: (count: number) => void;
}

export const telemetry = (): Telemetry => {
  const logger = new Logger({ jsonReplacerFn: maskTexts });
  const metrics = new Metrics();
  return {
    logger,
    metrics,
    journal: {
      info: (what, line) => logger.info(what, { journal: line }),
      warn: (what, line) => logger.warn(what, { journal: line }),
    },
    // Published at once: such values are rare, and a batch of wake-ups has no other metrics.
    countUnmapped: (count) => {
      metrics.singleMetric().addMetric(metricNames.valuesUnmapped, MetricUnit.Count, count);
    },
  };
};
