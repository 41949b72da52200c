import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import type { Journal } from "../ports.ts";
import { maskTexts } from "./mask.ts";
import { METRICS_NAMESPACE } from "./metric-names.ts";

/** What a function tells about its work: structured log lines, metrics, and the journal of the tickets it works on. */
export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly journal: Journal;
}

export const telemetry = (): Telemetry => {
  const logger = new Logger({ jsonReplacerFn: maskTexts });
  return {
    logger,
    metrics: new Metrics({ namespace: METRICS_NAMESPACE }),
    journal: {
      info: (what, line) => logger.info(what, { journal: line }),
      warn: (what, line) => logger.warn(what, { journal: line }),
    },
  };
};
