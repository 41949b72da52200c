import * as z from "zod";
import type { AlarmUnderTest, MetricOfAlarm } from "../infra/alarms-of.ts";
import { evaluate, type Value } from "./metric-math.ts";

/** As much of CloudWatch as tells when an alarm fires and when it clears: metrics over time, and the evaluation of alarms. */

type MetricName = Pick<MetricOfAlarm, "namespace" | "name" | "dimensions">;

interface Point {
  readonly at: number;
  readonly value: number;
}

export interface Metrics {
  add(metric: MetricName, at: number, ...values: number[]): void;
  /** Takes a line that a function wrote in the embedded metric format, as if written at this moment. */
  addLine(line: string, at: number): void;
  /** What a statistic says of the time from then until then; undefined where nobody told anything. */
  statistic(metric: MetricOfAlarm, from: number, until: number): Value;
}

const oneOrMore = z.union([z.number().transform((value) => [value]), z.array(z.number())]);

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const lineSchema = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});

const statistics: Readonly<Record<string, (values: readonly number[]) => number>> = {
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  SampleCount: (values) => values.length,
  Minimum: (values) => Math.min(...values),
  Maximum: (values) => Math.max(...values),
  p99: (values) => values.toSorted((one, other) => one - other).at(Math.ceil(0.99 * values.length) - 1) ?? 0,
};

const keyOf = ({ namespace, name, dimensions }: MetricName): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).toSorted()]);

export const metricsOverTime = (): Metrics => {
  const series = new Map<string, Point[]>();

  const add: Metrics["add"] = (metric, at, ...values) => {
    const points = series.get(keyOf(metric)) ?? [];
    series.set(keyOf(metric), points);
    points.push(...values.map((value) => ({ at, value })));
  };

  return {
    add,

    addLine(line, at) {
      const { _aws, ...rest } = lineSchema.parse(JSON.parse(line));
      for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
        for (const names of Dimensions) {
          const dimensions = Object.fromEntries(names.map((name) => [name, z.string().parse(rest[name])]));
          for (const { Name } of Metrics) {
            add({ namespace: Namespace, name: Name, dimensions }, at, ...oneOrMore.parse(rest[Name]));
          }
        }
      }
    },

    statistic(metric, from, until) {
      const points = (series.get(keyOf(metric)) ?? []).filter(({ at }) => at >= from && at < until);
      const compute = statistics[metric.statistic];
      if (compute === undefined) throw new Error(`there is no statistic ${metric.statistic}`);
      return points.length === 0 ? undefined : compute(points.map(({ value }) => value));
    },
  };
};

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

const comparisons: Readonly<Record<AlarmUnderTest["comparison"], (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/**
 * The state of an alarm at a moment, given the one it was in before. It looks at complete periods only; where some of them
 * are missing, CloudWatch may take older ones in their place, and so be some periods later than this.
 */
export const stateOf = (alarm: AlarmUnderTest, metrics: Metrics, now: number, before: AlarmState): AlarmState => {
  const period = alarm.periodSeconds * 1000;
  const end = Math.floor(now / period) * period;
  const values = Array.from({ length: alarm.periods }, (_, nth) =>
    evaluate(alarm.expression, (id) => {
      const metric = alarm.metrics[id];
      if (metric === undefined) throw new Error(`${alarm.name} has no metric ${id}`);
      return metrics.statistic(metric, end - (nth + 1) * period, end - nth * period);
    }),
  );
  const known = values.filter((value) => value !== undefined);
  const breaching = known.filter((value) => comparisons[alarm.comparison](value, alarm.threshold)).length;
  const missing = values.length - known.length;
  const isReached = (count: number): boolean => count >= alarm.periodsToAlarm;
  switch (alarm.missingData) {
    case "breaching":
      return isReached(breaching + missing) ? "ALARM" : "OK";
    case "notBreaching":
      return isReached(breaching) ? "ALARM" : "OK";
    case "ignore":
      if (isReached(breaching)) return "ALARM";
      return isReached(breaching + missing) ? before : "OK";
    case "missing":
      if (known.length === 0) return "INSUFFICIENT_DATA";
      return isReached(breaching) ? "ALARM" : "OK";
  }
};
