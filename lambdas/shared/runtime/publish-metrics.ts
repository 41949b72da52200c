import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { type MetricKey, type MetricValues, metricNames } from "./metric-names.ts";

/** Adds values to the metrics of this invocation; `logMetrics` writes them out at its end. */
export const publish = (metrics: Metrics, values: MetricValues): void => {
  for (const [key, value] of Object.entries(values)) {
    if (isMetric(key)) metrics.addMetric(metricNames[key], unitOf(metricNames[key]), value);
  }
};

const isMetric = (key: string): key is MetricKey => key in metricNames;

const unitOf = (name: string) => (name.endsWith("Seconds") ? MetricUnit.Seconds : MetricUnit.Count);
