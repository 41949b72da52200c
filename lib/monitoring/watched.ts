import { Duration, type Stack } from "aws-cdk-lib";
import { RestApi } from "aws-cdk-lib/aws-apigateway";
import { type IMetric, MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { type IQueue, Queue } from "aws-cdk-lib/aws-sqs";
import {
  type MetricKey,
  metricNames,
  metricsNamespace,
  type Publisher,
  publishersOf,
  SERVICE_DIMENSION,
} from "../../lambdas/shared/runtime/metric-names.ts";
import type { BridgeStorage } from "../bridge-storage.ts";
import { BridgeFunction } from "../constructs/bridge-function.ts";
import { EntryEvents } from "../entry-events.ts";
import type { Stage } from "../stage.ts";

export interface Measure {
  readonly statistic: "Sum" | "Minimum" | "Maximum" | "Average" | "p99";
  readonly minutes: number;
}

/** What there is to watch in a stack. Found by looking, so that nothing is forgotten that is added later. */
export interface Watched {
  readonly stage: Stage;
  readonly storage: BridgeStorage;
  readonly functions: readonly BridgeFunction<object>[];
  readonly queues: readonly Queue[];
  readonly deadLetterQueues: readonly IQueue[];
  readonly api: RestApi;
  readonly accessLogs: readonly LogGroup[];
  /** Undefined where they are switched off. */
  readonly events: EntryEvents | undefined;
  /** A metric of the bridge's own; of several publishers, their sum. */
  own(key: MetricKey, measure: Measure): IMetric;
}

export const watchedIn = (stack: Stack, stage: Stage, storage: BridgeStorage): Watched => {
  const all = stack.node.findAll();
  const functions = all.filter((one): one is BridgeFunction<object> => one instanceof BridgeFunction);
  const queues = all.filter((one): one is Queue => one instanceof Queue);
  const api = all.find((one): one is RestApi => one instanceof RestApi);
  if (api === undefined) throw new Error("the stack has no API to watch");
  const logsOfFunctions = new Set<unknown>(functions.map(({ logGroup }) => logGroup));
  return {
    stage,
    storage,
    functions,
    queues: queues.filter(({ deadLetterQueue }) => deadLetterQueue !== undefined),
    deadLetterQueues: queues.flatMap(({ deadLetterQueue }) => (deadLetterQueue ? [deadLetterQueue.queue] : [])),
    api,
    events: all.find((one): one is EntryEvents => one instanceof EntryEvents),
    accessLogs: all.filter((one): one is LogGroup => one instanceof LogGroup && !logsOfFunctions.has(one)),
    own: (key, measure) => {
      const [first, ...others] = publishersOf(key).map((publisher) => ownMetric(stage, key, publisher, measure));
      if (first === undefined) throw new Error(`nobody publishes ${key}`);
      return others.length === 0 ? first : sumOf([first, ...others], measure.minutes);
    },
  };
};

const ownMetric = (stage: Stage, key: MetricKey, publisher: Publisher, { statistic, minutes }: Measure): Metric =>
  new Metric({
    namespace: metricsNamespace(stage.name),
    metricName: metricNames[key],
    ...(publisher === "logs" ? {} : { dimensionsMap: { [SERVICE_DIMENSION]: publisher } }),
    statistic,
    period: Duration.minutes(minutes),
  });

/** Where one of them tells nothing, it counts as 0; where all of them do, so does the sum. */
export const sumOf = (metrics: readonly IMetric[], minutes: number): MathExpression =>
  expression(metrics.map((_, place) => `FILL(m${place}, 0)`).join(" + "), metrics, minutes);

/** The largest of them at each moment. */
export const largestOf = (terms: readonly { metric: IMetric; dividedBy: number }[], minutes: number): MathExpression =>
  expression(
    `MAX([${terms.map(({ dividedBy }, place) => `FILL(m${place}, 0) / ${dividedBy}`).join(", ")}])`,
    terms.map(({ metric }) => metric),
    minutes,
  );

const expression = (text: string, metrics: readonly IMetric[], minutes: number): MathExpression =>
  new MathExpression({
    expression: text,
    usingMetrics: Object.fromEntries(metrics.map((metric, place) => [`m${place}`, metric])),
    period: Duration.minutes(minutes),
  });
