import type { Template } from "aws-cdk-lib/assertions";
import * as z from "zod";
import { referenced, resourcesOf } from "./synthesised.ts";

/** The alarms of a template, as CloudWatch would get them; references stand as the logical ids of what they point to. */

const dimensionSchema = z.object({ Name: z.string(), Value: z.unknown() });

const statSchema = z.object({
  Metric: z.object({
    Namespace: z.string(),
    MetricName: z.string(),
    Dimensions: z.array(dimensionSchema).default([]),
  }),
  Period: z.number(),
  Stat: z.string(),
});

const alarmSchema = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.unknown()).default([]),
  OKActions: z.array(z.unknown()).default([]),
  ComparisonOperator: z.enum([
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
  ]),
  Threshold: z.number(),
  DatapointsToAlarm: z.number(),
  EvaluationPeriods: z.number(),
  TreatMissingData: z.enum(["breaching", "notBreaching", "ignore", "missing"]),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: z.array(dimensionSchema).default([]),
  Period: z.number().optional(),
  Statistic: z.string().optional(),
  ExtendedStatistic: z.string().optional(),
  Metrics: z
    .array(
      z.object({
        Id: z.string(),
        Expression: z.string().optional(),
        MetricStat: statSchema.optional(),
        ReturnData: z.boolean().default(true),
      }),
    )
    .default([]),
});

export interface MetricOfAlarm {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  readonly periodSeconds: number;
}

export interface AlarmUnderTest {
  readonly name: string;
  readonly description: string;
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
  readonly comparison: z.infer<typeof alarmSchema>["ComparisonOperator"];
  readonly threshold: number;
  readonly periodsToAlarm: number;
  readonly periods: number;
  readonly missingData: z.infer<typeof alarmSchema>["TreatMissingData"];
  readonly periodSeconds: number;
  /** What is held against the threshold, in terms of the ids of its metrics. */
  readonly expression: string;
  readonly metrics: Readonly<Record<string, MetricOfAlarm>>;
}

/** By their names without the stack's. */
export const alarmsOf = (template: Template): Readonly<Record<string, AlarmUnderTest>> =>
  Object.fromEntries(
    resourcesOf(template, "AWS::CloudWatch::Alarm").map(({ Properties }) => {
      const alarm = readAlarm(template, alarmSchema.parse(Properties));
      return [alarm.name.replace(/^EnvisionBridge-[a-z]+-/, ""), alarm];
    }),
  );

const readAlarm = (template: Template, alarm: z.infer<typeof alarmSchema>): AlarmUnderTest => {
  const metrics = metricsOf(template, alarm);
  const [first] = Object.values(metrics);
  if (first === undefined) throw new Error(`${alarm.AlarmName} watches nothing`);
  return {
    name: alarm.AlarmName,
    description: alarm.AlarmDescription,
    alarmActions: alarm.AlarmActions.map((action) => nameOf(template, action)),
    okActions: alarm.OKActions.map((action) => nameOf(template, action)),
    comparison: alarm.ComparisonOperator,
    threshold: alarm.Threshold,
    periodsToAlarm: alarm.DatapointsToAlarm,
    periods: alarm.EvaluationPeriods,
    missingData: alarm.TreatMissingData,
    periodSeconds: first.periodSeconds,
    expression: alarm.Metrics.find(({ ReturnData }) => ReturnData)?.Expression ?? "m",
    metrics,
  };
};

const metricsOf = (template: Template, alarm: z.infer<typeof alarmSchema>): Record<string, MetricOfAlarm> => {
  const dimensions = (given: readonly z.infer<typeof dimensionSchema>[]) =>
    Object.fromEntries(given.map(({ Name, Value }) => [Name, nameOf(template, Value)]));
  if (alarm.MetricName !== undefined) {
    const m = {
      namespace: alarm.Namespace ?? "",
      name: alarm.MetricName,
      dimensions: dimensions(alarm.Dimensions),
      statistic: alarm.Statistic ?? alarm.ExtendedStatistic ?? "",
      periodSeconds: alarm.Period ?? 0,
    };
    return { m };
  }
  return Object.fromEntries(
    alarm.Metrics.flatMap(({ Id, MetricStat }) => {
      if (MetricStat === undefined) return [];
      const { Metric, Stat, Period } = MetricStat;
      const metric = {
        namespace: Metric.Namespace,
        name: Metric.MetricName,
        dimensions: dimensions(Metric.Dimensions),
        statistic: Stat,
        periodSeconds: Period,
      };
      return [[Id, metric] as const];
    }),
  );
};

const nameOf = (template: Template, value: unknown): string =>
  typeof value === "string" ? value : referenced(template, value).id;
