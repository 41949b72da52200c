import { dynamoDbBreaker } from "../../shared/adapters/dynamodb-breaker.ts";
import { dynamoDbLedger } from "../../shared/adapters/dynamodb-ledger.ts";
import { dynamoDbPollLog } from "../../shared/adapters/dynamodb-poll-log.ts";
import { ensonoHttp } from "../../shared/adapters/ensono-http.ts";
import { httpCaller } from "../../shared/adapters/http-call.ts";
import { secretsManager } from "../../shared/adapters/secrets-manager.ts";
import { sqsWakeUps } from "../../shared/adapters/sqs-wake-ups.ts";
import type { BridgeConfig } from "../../shared/domain/config.ts";
import type { AwsClients } from "../../shared/runtime/aws-clients.ts";
import { currentSecret } from "../../shared/runtime/current-secret.ts";
import { digest } from "../../shared/runtime/digest.ts";
import { breakerTimes, retryPolicy } from "../../shared/runtime/parse-env.ts";
import { telemetry } from "../../shared/runtime/telemetry.ts";
import { wakeUpBatch } from "../../shared/runtime/wake-up-batch.ts";
import type { Env } from "./env.ts";
import { forwardEvents } from "./forward-events.ts";

export const createHandler = (env: Env, aws: AwsClients, config: BridgeConfig) => {
  const clock = Date.now;
  const told = telemetry();
  const table = { client: aws.dynamoDb, tableName: env.TABLE_NAME };
  const deps = {
    ledger: dynamoDbLedger({ ...table, retentionDays: env.RETENTION_DAYS }),
    breaker: dynamoDbBreaker({ ...table, ...breakerTimes(env) }),
    pollLog: dynamoDbPollLog(table),
    wakeUps: sqsWakeUps({
      client: aws.sqs,
      queueUrls: { ENSONO: env.WAKE_TO_CLIENT_QUEUE_URL, CLIENT: env.WAKE_TO_ENSONO_QUEUE_URL },
    }),
    ensono: ensonoHttp({
      stackUrl: env.ENSONO_STACK_URL,
      environment: env.ENSONO_ENVIRONMENT,
      clientName: env.ENSONO_CLIENT_NAME,
      apiKey: currentSecret(secretsManager({ client: aws.secretsManager, clock }), env.ENSONO_API_KEY_SECRET_ID),
      workInProgressWord: config.ensono.workInProgressWord,
      call: httpCaller({ clock }),
      clock,
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
  return wakeUpBatch((lane, timeLeft) => forwardEvents(lane, { ...deps, timeLeft }), told);
};
