import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { dynamoDbBreaker } from "../../shared/adapters/dynamodb-breaker.ts";
import { dynamoDbLedger } from "../../shared/adapters/dynamodb-ledger.ts";
import { sqsWakeUps } from "../../shared/adapters/sqs-wake-ups.ts";
import type { AwsClients } from "../../shared/runtime/aws-clients.ts";
import { metricNames } from "../../shared/runtime/metric-names.ts";
import { breakerTimes } from "../../shared/runtime/parse-env.ts";
import { scheduledJob } from "../../shared/runtime/scheduled-job.ts";
import { telemetry } from "../../shared/runtime/telemetry.ts";
import type { Env } from "./env.ts";
import { wakeDueLanes } from "./wake-due-lanes.ts";

export const createHandler = (env: Env, aws: AwsClients) => {
  const told = telemetry();
  const table = { client: aws.dynamoDb, tableName: env.TABLE_NAME };
  const deps = {
    ledger: dynamoDbLedger({ ...table, retentionDays: env.RETENTION_DAYS }),
    breaker: dynamoDbBreaker({ ...table, ...breakerTimes(env) }),
    wakeUps: sqsWakeUps({
      client: aws.sqs,
      queueUrls: { ENSONO: env.WAKE_TO_CLIENT_QUEUE_URL, CLIENT: env.WAKE_TO_ENSONO_QUEUE_URL },
    }),
    journal: told.journal,
    clock: Date.now,
    probeMs: env.PROBE_SECONDS * 1000,
  };
  return scheduledJob(async () => {
    const result = await wakeDueLanes(deps);
    const { metrics } = told;
    metrics.addMetric(metricNames.lanesDue, MetricUnit.Count, result.due);
    metrics.addMetric(metricNames.oldestDueSeconds, MetricUnit.Seconds, result.oldestDueMs / 1000);
    metrics.addMetric(metricNames.lanesHeld, MetricUnit.Count, result.held);
    metrics.addMetric(metricNames.ensonoBreakerOpen, MetricUnit.Count, result.open.includes("ensono") ? 1 : 0);
    metrics.addMetric(metricNames.clientBreakerOpen, MetricUnit.Count, result.open.includes("client") ? 1 : 0);
  }, told);
};
