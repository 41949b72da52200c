import { Duration } from "aws-cdk-lib";
import { type IMetric, MathExpression, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { ATTENTION_INDEX } from "../../lambdas/shared/table-layout.ts";
import type { MetricAlarmSpec } from "../constructs/bridge-alarm.ts";
import { largestOf, sumOf, type Watched } from "./watched.ts";

/** Counts of things that ought not to happen: no data means that they did not. */
const missingData = TreatMissingData.NOT_BREACHING;

/** The API that your ITSM tool calls. Few calls a night are the rule, so counts stand beside rates. */
export const apiAlarms = ({ api, own }: Watched): MetricAlarmSpec[] => {
  const [five, fifteen] = [{ period: Duration.minutes(5) }, { period: Duration.minutes(15) }];
  const always = { when: ">=", threshold: 1, periods: 1, of: 1 } as const;
  return [
    {
      name: "api-failing",
      what: "Within 5 minutes the bridge's API failed at least three calls, and at least one in a hundred.",
      impact: "Your ITSM tool cannot hand over its events. It must send them again, or they are lost to Ensono.",
      severity: "page",
      metric: new MathExpression({
        expression: "failed >= 3 AND failed >= 0.01 * FILL(calls, 0)",
        usingMetrics: { failed: api.metricServerError(five), calls: api.metricCount(five) },
        ...five,
      }),
      fires: always,
      missingData,
      isPartOfBridgeDown: true,
    },
    {
      name: "api-refusing",
      what: "Within 15 minutes the bridge's API refused at least ten calls, and more than half of all.",
      impact:
        "Events of your ITSM tool do not reach Ensono: their form is wrong, or they are not signed as they should be.",
      severity: "warn",
      metric: new MathExpression({
        expression: "refused >= 10 AND refused > 0.5 * FILL(calls, 0)",
        usingMetrics: { refused: api.metricClientError(fifteen), calls: api.metricCount(fifteen) },
        ...fifteen,
      }),
      fires: always,
      missingData,
    },
    {
      name: "api-slow",
      what: "For 15 minutes one call in a hundred to the bridge's API took longer than 3 seconds.",
      impact: "Your ITSM tool may give up and send again. Nothing is doubled by that.",
      severity: "warn",
      metric: api.metricLatency({ statistic: "p99", ...five }),
      fires: { when: ">", threshold: 3000, periods: 3, of: 3 },
      missingData,
    },
    {
      name: "authentication-failures",
      what: "Within 15 minutes more than 20 calls to the API did not prove who they were; or three did not, and no call was accepted.",
      impact:
        "Either your ITSM tool has another secret than the bridge, and its events are lost; or a stranger is trying.",
      severity: "warn",
      metric: new MathExpression({
        expression: "failures > 20 OR (failures >= 3 AND FILL(accepted, 0) < 1)",
        usingMetrics: {
          failures: own("authenticationFailures", { statistic: "Sum", minutes: 15 }),
          accepted: own("eventsAccepted", { statistic: "Sum", minutes: 15 }),
        },
        ...fifteen,
      }),
      fires: always,
      missingData,
    },
  ];
};

export const functionAlarms = ({ functions, own }: Watched): MetricAlarmSpec[] => {
  const minute = { period: Duration.minutes(1) };
  const threeOfFive = { when: ">=", threshold: 1, periods: 3, of: 5 } as const;
  return [
    {
      name: "function-errors",
      what: "In three of five minutes a function of the bridge failed as a whole.",
      impact: "Its work is tried again. Where it fails each time, a direction stands still.",
      severity: "warn",
      metric: sumOf(
        functions.map((each) => each.metricErrors({ statistic: "Sum", ...minute })),
        1,
      ),
      fires: threeOfFive,
      missingData,
    },
    {
      name: "errors-logged",
      what: "In three of five minutes a function of the bridge logged an error that is the bridge's own, not the other side's.",
      impact: "The work on some tickets breaks off and is tried again.",
      severity: "warn",
      metric: own("errorsLogged", { statistic: "Sum", minutes: 1 }),
      fires: threeOfFive,
      missingData,
    },
    {
      name: "function-throttles",
      what: "In three of five minutes AWS did not let a function of the bridge run.",
      impact: "Everything is slower. The account's quota of concurrent functions may be used up by others.",
      severity: "warn",
      metric: sumOf(
        functions.map((each) => each.metricThrottles({ statistic: "Sum", ...minute })),
        1,
      ),
      fires: threeOfFive,
      missingData,
    },
    {
      name: "function-time-outs",
      what: "A function of the bridge used up its time, and AWS ended it.",
      impact: "What it was doing is looked up and done again. One call may be in doubt.",
      severity: "warn",
      metric: largestOf(
        functions.map((each) => ({
          metric: each.metricDuration({ statistic: "Maximum", period: Duration.minutes(5) }),
          dividedBy: each.timeout?.toMilliseconds() ?? 1,
        })),
        5,
      ),
      fires: { when: ">=", threshold: 1, periods: 1, of: 1 },
      missingData,
    },
  ];
};

export const storageAlarms = ({ deadLetterQueues, storage: { table } }: Watched): MetricAlarmSpec[] => [
  {
    name: "dead-letters",
    what: "A wake-up failed five times and lies in a queue of dead letters.",
    impact:
      "None by itself, because the ledger knows what is to be done. But something of the bridge's own keeps failing.",
    severity: "warn",
    metric: sumOf(
      deadLetterQueues.map((queue) =>
        queue.metricApproximateNumberOfMessagesVisible({ statistic: "Maximum", period: Duration.minutes(5) }),
      ),
      5,
    ),
    fires: { when: ">", threshold: 0, periods: 1, of: 1 },
    missingData,
  },
  {
    name: "ledger-throttled",
    what: "In three of five minutes DynamoDB refused reads or writes of the ledger because there were too many.",
    impact: "Everything is slower; where it lasts, the queue is not read and the API answers 503.",
    severity: "warn",
    metric: sumOf(throttlesOf(table), 1),
    fires: { when: ">=", threshold: 1, periods: 3, of: 5 },
    missingData,
  },
];

const throttlesOf = (table: Watched["storage"]["table"]): IMetric[] => {
  const of = { statistic: "Sum", period: Duration.minutes(1) };
  const index = { TableName: table.tableName, GlobalSecondaryIndexName: ATTENTION_INDEX };
  return ["ReadThrottleEvents", "WriteThrottleEvents"].flatMap((name) => [
    table.metric(name, { ...of, dimensionsMap: { TableName: table.tableName } }),
    table.metric(name, { ...of, dimensionsMap: index }),
  ]);
};
