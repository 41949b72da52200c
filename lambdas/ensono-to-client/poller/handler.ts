import { dynamoDbPollLog } from "../../shared/adapters/dynamodb-poll-log.ts";
import { sqsWakeUps } from "../../shared/adapters/sqs-wake-ups.ts";
import type { AwsClients } from "../../shared/runtime/aws-clients.ts";
import { digest } from "../../shared/runtime/digest.ts";
import { publish } from "../../shared/runtime/publish-metrics.ts";
import { scheduledJob } from "../../shared/runtime/scheduled-job.ts";
import { telemetry } from "../../shared/runtime/telemetry.ts";
import { clock, ensonoApi, fileTransfers, ledgerAndBreaker, transferWakeUps } from "../../shared/wiring.ts";
import { drainEnsonoQueue } from "./drain-ensono-queue.ts";
import type { Env } from "./env.ts";
import { pollMetrics } from "./poll-metrics.ts";

export const createHandler = (env: Env, aws: AwsClients) => {
  const told = telemetry();
  const deps = {
    ...ledgerAndBreaker(env, aws),
    pollLog: dynamoDbPollLog({ client: aws.dynamoDb, tableName: env.TABLE_NAME }),
    wakeUps: sqsWakeUps({ client: aws.sqs, queueUrls: { ENSONO: env.WAKE_TO_CLIENT_QUEUE_URL } }),
    transfers: fileTransfers(env, aws),
    transferWakeUps: transferWakeUps(env, aws),
    queue: ensonoApi(env, aws),
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
    publish(told.metrics, pollMetrics(result));
  }, told);
};
