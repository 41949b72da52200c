import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { dynamoDbBreaker } from "../../shared/adapters/dynamodb-breaker.ts";
import { dynamoDbLedger } from "../../shared/adapters/dynamodb-ledger.ts";
import { dynamoDbPollLog } from "../../shared/adapters/dynamodb-poll-log.ts";
import { ensonoHttp } from "../../shared/adapters/ensono-http.ts";
import { httpCaller } from "../../shared/adapters/http-call.ts";
import { secretsManager } from "../../shared/adapters/secrets-manager.ts";
import { sqsWakeUps } from "../../shared/adapters/sqs-wake-ups.ts";
import type { AwsClients } from "../../shared/runtime/aws-clients.ts";
import { currentSecret } from "../../shared/runtime/current-secret.ts";
import { digest } from "../../shared/runtime/digest.ts";
import { metricNames } from "../../shared/runtime/metric-names.ts";
import { breakerTimes } from "../../shared/runtime/parse-env.ts";
import { scheduledJob } from "../../shared/runtime/scheduled-job.ts";
import { telemetry } from "../../shared/runtime/telemetry.ts";
import { drainEnsonoQueue } from "./drain-ensono-queue.ts";
import type { Env } from "./env.ts";

export const createHandler = (env: Env, aws: AwsClients) => {
  const clock = Date.now;
  const told = telemetry();
  const table = { client: aws.dynamoDb, tableName: env.TABLE_NAME };
  const deps = {
    ledger: dynamoDbLedger({ ...table, retentionDays: env.RETENTION_DAYS }),
    breaker: dynamoDbBreaker({ ...table, ...breakerTimes(env) }),
    pollLog: dynamoDbPollLog(table),
    wakeUps: sqsWakeUps({ client: aws.sqs, queueUrls: { ENSONO: env.WAKE_TO_CLIENT_QUEUE_URL } }),
    queue: ensonoHttp({
      stackUrl: env.ENSONO_STACK_URL,
      environment: env.ENSONO_ENVIRONMENT,
      clientName: env.ENSONO_CLIENT_NAME,
      apiKey: currentSecret(secretsManager({ client: aws.secretsManager, clock }), env.ENSONO_API_KEY_SECRET_ID),
      call: httpCaller({ clock }),
      clock,
    }),
    journal: told.journal,
    clock,
    digest,
    clientName: env.ENSONO_CLIENT_NAME,
    readers: env.READERS,
    lostWakeUpMs: env.LOST_WAKE_UP_SECONDS * 1000,
  };
  return scheduledJob(async (runId, timeLeft) => {
    const result = await drainEnsonoQueue(runId, { ...deps, timeLeft });
    told.logger.info("poll", { ...result });
    const { metrics } = told;
    metrics.addMetric(metricNames.queueDrained, MetricUnit.Count, result.outcome === "drained" ? 1 : 0);
    metrics.addMetric(metricNames.transactionsStored, MetricUnit.Count, result.stored);
    metrics.addMetric(metricNames.transactionsKnown, MetricUnit.Count, result.known);
    metrics.addMetric(metricNames.messagesQuarantined, MetricUnit.Count, result.quarantined);
  }, told);
};
