import { dynamoDbBreaker } from "../../shared/adapters/dynamodb-breaker.ts";
import { dynamoDbLedger } from "../../shared/adapters/dynamodb-ledger.ts";
import { httpCaller } from "../../shared/adapters/http-call.ts";
import { secretsManager } from "../../shared/adapters/secrets-manager.ts";
import { sqsWakeUps } from "../../shared/adapters/sqs-wake-ups.ts";
import { webhookItsm } from "../../shared/adapters/webhook-itsm.ts";
import type { BridgeConfig } from "../../shared/domain/config.ts";
import type { AwsClients } from "../../shared/runtime/aws-clients.ts";
import { digest } from "../../shared/runtime/digest.ts";
import { breakerTimes, retryPolicy } from "../../shared/runtime/parse-env.ts";
import { telemetry } from "../../shared/runtime/telemetry.ts";
import { wakeUpBatch } from "../../shared/runtime/wake-up-batch.ts";
import { applyTransactions } from "./apply-transactions.ts";
import type { Env } from "./env.ts";

export const createHandler = (env: Env, aws: AwsClients, config: BridgeConfig) => {
  const clock = Date.now;
  const told = telemetry();
  const secrets = secretsManager({ client: aws.secretsManager, clock });
  const table = { client: aws.dynamoDb, tableName: env.TABLE_NAME };
  const deps = {
    ledger: dynamoDbLedger({ ...table, retentionDays: env.RETENTION_DAYS }),
    breaker: dynamoDbBreaker({ ...table, ...breakerTimes(env) }),
    wakeUps: sqsWakeUps({
      client: aws.sqs,
      queueUrls: { ENSONO: env.WAKE_TO_CLIENT_QUEUE_URL, CLIENT: env.WAKE_TO_ENSONO_QUEUE_URL },
    }),
    itsm: webhookItsm({
      url: env.CLIENT_WEBHOOK_URL,
      searchUrl: env.CLIENT_SEARCH_URL,
      offers: config.client.offers,
      secrets: () => secrets.read(env.CLIENT_WEBHOOK_SECRET_ID),
      clock,
      call: httpCaller({ clock }),
    }),
    config,
    environment: env.ENSONO_ENVIRONMENT,
    journal: told.journal,
    clock,
    random: Math.random,
    digest,
    retry: retryPolicy(env),
    lostWakeUpMs: env.LOST_WAKE_UP_SECONDS * 1000,
  };
  return wakeUpBatch((lane, timeLeft) => applyTransactions(lane, { ...deps, timeLeft }), told);
};
