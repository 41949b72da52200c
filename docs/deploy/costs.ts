import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import bridge from "../../bridge.config.ts";
import { type MetricKey, metricNames, publishersOf } from "../../lambdas/shared/runtime/metric-names.ts";
import { bridgeApp } from "../../lib/app.ts";
import { type Price, type PriceName, prices } from "./prices.ts";

/** `npm run costs`: prints the table of docs/deploy/costs.md and writes it there, from the price table and the stack of production. */

/** What the stack has, whether a ticket comes or not. */
export interface StackCounts {
  /** The metrics that alarms watch. */
  readonly alarms: number;
  readonly compositeAlarms: number;
  readonly dashboards: number;
  readonly keys: number;
  readonly secrets: number;
  readonly metrics: number;
  /** Queues that wake a function. */
  readonly eventQueues: number;
}

const DAYS = 30;
const MINUTES = DAYS * 24 * 60;
const KB = 1e-6;

/** What one transaction needs, either way: estimates, on the high side. Each stands in docs/deploy/costs.md as well. */
export const PER_TRANSACTION = {
  functionRuns: 3,
  gbSeconds: 0.5 * 0.7,
  writeUnits: 12,
  readUnits: 10,
  queueRequests: 3,
  keyRequests: 3,
  busEvents: 1,
  /** Every second transaction is an event of yours. */
  apiRequests: 0.5,
  logKb: 4,
  storedKb: 4,
  sentKb: 3,
  /** Every twentieth has a file of half a megabyte. */
  fileKb: 500 / 20,
} as const;

/** What one run of the poller or of the sweeper needs. */
export const PER_RUN = { gbSeconds: 0.5 * 0.5, writeUnits: 2, readUnits: 10, logKb: 3 } as const;

/** Lambda asks each queue with five pollers, each for up to 20 s. */
const IDLE_REQUESTS_PER_QUEUE = 5 * 3 * MINUTES;
/** Functions that read a secret, twice every five minutes. */
const SECRET_READS = 5 * 2 * (MINUTES / 5);

type Usage = readonly (readonly [PriceName, number])[];

const usageOf = (transactions: number, everySeconds: number, stack: StackCounts): Record<string, Usage> => {
  const runs = MINUTES * (60 / everySeconds) + MINUTES;
  const each = PER_TRANSACTION;
  const keptMonths = bridge.retentionDays / DAYS;
  const storedGb = transactions * each.storedKb * KB * keptMonths;
  return {
    "Functions and schedules": [
      ["lambdaRequests", runs + transactions * each.functionRuns],
      ["lambdaArmGbSeconds", runs * PER_RUN.gbSeconds + transactions * each.gbSeconds],
      ["scheduler", runs],
    ],
    "Ledger (DynamoDB)": [
      ["dynamoDbWrites", runs * PER_RUN.writeUnits + transactions * each.writeUnits],
      ["dynamoDbReads", runs * PER_RUN.readUnits + transactions * each.readUnits],
      ["dynamoDbStorage", storedGb],
      ["dynamoDbBackup", storedGb],
    ],
    Queues: [["sqs", stack.eventQueues * IDLE_REQUESTS_PER_QUEUE + transactions * each.queueRequests]],
    "Event bus": [["busEvents", transactions * each.busEvents]],
    "API Gateway": [["restApi", transactions * each.apiRequests]],
    "Keys and secrets": [
      ["keys", stack.keys],
      ["keyRequests", runs + transactions * each.keyRequests],
      ["secrets", stack.secrets],
      ["secretReads", SECRET_READS],
    ],
    "Logs, metrics, alarms": [
      ["logs", (runs * PER_RUN.logKb + transactions * each.logKb) * KB],
      ["metrics", stack.metrics],
      ["alarms", stack.alarms],
      ["compositeAlarms", stack.compositeAlarms],
      ["dashboards", stack.dashboards],
    ],
    "Files and traffic": [
      ["s3Storage", transactions * each.fileKb * KB * keptMonths],
      ["egress", transactions * (each.sentKb + each.fileKb) * KB],
    ],
  };
};

const costOf = (usage: Usage): number =>
  usage.reduce((sum, [name, quantity]) => {
    const price: Price = prices[name];
    return sum + (quantity / price.per) * price.usd;
  }, 0);

const dollars = (amount: number): string => amount.toFixed(2);

/** The table of costs a month, in US dollars: a row for each kind of cost, a column for each number of transactions. */
export const costTable = (volumes: readonly number[], everySeconds: number, stack: StackCounts): string => {
  const months = volumes.map((transactions) => usageOf(transactions, everySeconds, stack));
  const kinds = Object.keys(months[0] ?? {});
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const costs = kinds.map((kind) => months.map((month) => costOf(month[kind] ?? [])));
  const totals = volumes.map((_, column) => costs.reduce((sum, ofKind) => sum + (ofKind[column] ?? 0), 0));
  return [
    row(["US dollars a month", ...volumes.map((one) => one.toLocaleString("en-US"))]),
    row(["---", ...volumes.map(() => "---:")]),
    ...kinds.map((kind, index) => row([kind, ...(costs[index] ?? []).map(dollars)])),
    row(["**Total**", ...totals.map((total) => `**${dollars(total)}**`)]),
  ].join("\n");
};

/** The price table, with what each price is for and when it was seen. */
export const priceTable = (): string => {
  const rows = Object.values<Price>(prices).map(
    ({ usd, per, unit, page, seen }) =>
      `| ${usd} | ${per === 1 ? "" : `${per.toLocaleString("en-US")} `}${unit} | ${page} | ${seen ?? "look it up"} |`,
  );
  return ["| USD | for | page | seen |", "| ---: | --- | --- | --- |", ...rows].join("\n");
};

/** Counts what the stack of production has. Its functions are not bundled for that. */
export const countStack = (): StackCounts => {
  const [stage] = Object.entries(bridge.stages).find(([, { environment }]) => environment === "prod") ?? [];
  if (stage === undefined) throw new Error("bridge.config.ts: expected a stage of Ensono's prod");
  const app = bridgeApp({ config: bridge, stages: [stage], context: { "aws:cdk:bundling-stacks": [] } });
  const template = templateSchema.parse(app.synth().getStackByName(`EnvisionBridge-${stage}`).template);
  const resources = Object.values(template.Resources);
  const count = (type: string) => resources.filter(({ Type }) => Type === type).length;
  const alarms = resources.filter(({ Type }) => Type === "AWS::CloudWatch::Alarm");
  return {
    // An alarm that reckons with several metrics costs as much as one for each of them.
    alarms: alarms.reduce((sum, { Properties }) => sum + Math.max(1, watchedBy(Properties).length), 0),
    compositeAlarms: count("AWS::CloudWatch::CompositeAlarm"),
    dashboards: count("AWS::CloudWatch::Dashboard"),
    keys: count("AWS::KMS::Key"),
    secrets: count("AWS::SecretsManager::Secret"),
    eventQueues: resources.filter(isQueueFeeding).length,
    metrics: countSeries(),
  };
};

/** CloudWatch charges for each metric of each function that publishes it. */
const countSeries = (): number =>
  Object.keys(metricNames)
    .filter((key): key is MetricKey => key in metricNames)
    .reduce((sum, key) => sum + publishersOf(key).length, 0);

const resourceSchema = z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) });
const templateSchema = z.object({ Resources: z.record(z.string(), resourceSchema) });
const alarmSchema = z.object({ Metrics: z.array(z.looseObject({ MetricStat: z.unknown().optional() })).default([]) });

/** Only the mapping of a stream says where to begin. */
const isQueueFeeding = ({ Type, Properties }: z.infer<typeof resourceSchema>): boolean =>
  Type === "AWS::Lambda::EventSourceMapping" && !("StartingPosition" in Properties);

const watchedBy = (properties: unknown) =>
  alarmSchema.parse(properties).Metrics.filter(({ MetricStat }) => MetricStat !== undefined);

export const VOLUMES = [1_000, 10_000, 100_000];
/** How often Ensono's queue is read by default. */
const EVERY_SECONDS = 60;
export const PAGE = join(import.meta.dirname, "costs.md");

/** The page with what stands between the markers of this name put in anew. */
export const withPart = (page: string, name: string, content: string): string => {
  const [begin, end] = [`<!-- ${name}: written by npm run costs -->`, `<!-- end of ${name} -->`];
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`costs.md: expected the markers of ${name}`);
  return `${before}${begin}\n\n${content}\n\n${end}${after}`;
};

export const writtenPage = (page: string): string =>
  withPart(withPart(page, "costs", costTable(VOLUMES, EVERY_SECONDS, countStack())), "prices", priceTable());

if (import.meta.main) {
  console.log(costTable(VOLUMES, EVERY_SECONDS, countStack()));
  writeFileSync(PAGE, writtenPage(readFileSync(PAGE, "utf8")));
}
