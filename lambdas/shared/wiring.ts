import type * as z from "zod";
import { dynamoDbBreaker } from "./adapters/dynamodb-breaker.ts";
import { dynamoDbLedger } from "./adapters/dynamodb-ledger.ts";
import { ensonoHttp } from "./adapters/ensono-http.ts";
import { httpCaller } from "./adapters/http-call.ts";
import { secretsManager } from "./adapters/secrets-manager.ts";
import { sqsWakeUps } from "./adapters/sqs-wake-ups.ts";
import type { AwsClients } from "./runtime/aws-clients.ts";
import { currentSecret } from "./runtime/current-secret.ts";
import { digest } from "./runtime/digest.ts";
import {
  breakerTimes,
  type ensonoEnv,
  type ledgerEnv,
  type lostWakeUpEnv,
  type retryEnv,
  retryPolicy,
  type wakeToClientEnv,
  type wakeToEnsonoEnv,
} from "./runtime/parse-env.ts";
import type { Telemetry } from "./runtime/telemetry.ts";

/** What the handlers of several functions are put together from: adapters, as a function's environment says. */

type EnvOf<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>;

/** The one clock of a running function; everything else is handed its clock. */
export const clock = Date.now;

/** The ledger and the breakers of both sides. */
export const ledgerAndBreaker = (env: EnvOf<typeof ledgerEnv & typeof retryEnv>, { dynamoDb }: AwsClients) => {
  const table = { client: dynamoDb, tableName: env.TABLE_NAME };
  return {
    ledger: dynamoDbLedger({ ...table, retentionDays: env.RETENTION_DAYS }),
    breaker: dynamoDbBreaker({ ...table, ...breakerTimes(env) }),
  };
};

/** Wake-ups for lanes of both directions. */
export const wakeUpsBothWays = (env: EnvOf<typeof wakeToClientEnv & typeof wakeToEnsonoEnv>, { sqs }: AwsClients) =>
  sqsWakeUps({
    client: sqs,
    queueUrls: { ENSONO: env.WAKE_TO_CLIENT_QUEUE_URL, CLIENT: env.WAKE_TO_ENSONO_QUEUE_URL },
  });

/** What a walk of a lane needs, whichever way it goes; but for what is left of the invocation. */
export const laneWalking = (
  env: EnvOf<
    typeof ledgerEnv & typeof retryEnv & typeof lostWakeUpEnv & typeof wakeToClientEnv & typeof wakeToEnsonoEnv
  >,
  aws: AwsClients,
  { journal }: Telemetry,
) => ({
  ...ledgerAndBreaker(env, aws),
  wakeUps: wakeUpsBothWays(env, aws),
  journal,
  clock,
  random: Math.random,
  digest,
  retry: retryPolicy(env),
  lostWakeUpMs: env.LOST_WAKE_UP_SECONDS * 1000,
});

/** Ensono's tickets and queue. */
export const ensonoApi = (
  env: EnvOf<typeof ensonoEnv>,
  aws: AwsClients,
  words: { workInProgressWord?: "workingprogress" | "workinprogress" } = {},
) =>
  ensonoHttp({
    stackUrl: env.ENSONO_STACK_URL,
    environment: env.ENSONO_ENVIRONMENT,
    clientName: env.ENSONO_CLIENT_NAME,
    apiKey: currentSecret(secretsManager({ client: aws.secretsManager, clock }), env.ENSONO_API_KEY_SECRET_ID),
    call: httpCaller({ clock }),
    clock,
    ...words,
  });
