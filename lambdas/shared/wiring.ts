import type * as z from "zod";
import { dynamoDbBreaker } from "./adapters/dynamodb-breaker.ts";
import { dynamoDbLedger } from "./adapters/dynamodb-ledger.ts";
import { dynamoDbTransfers } from "./adapters/dynamodb-transfers.ts";
import { ensonoHttp } from "./adapters/ensono-http.ts";
import { exchangeLog } from "./adapters/exchange-log.ts";
import { httpCaller } from "./adapters/http-call.ts";
import { s3Links } from "./adapters/s3-links.ts";
import { secretsManager } from "./adapters/secrets-manager.ts";
import { sqsTransferWakeUps } from "./adapters/sqs-transfer-wake-ups.ts";
import { sqsWakeUps } from "./adapters/sqs-wake-ups.ts";
import type { AwsClients } from "./runtime/aws-clients.ts";
import { currentSecret } from "./runtime/current-secret.ts";
import { digest } from "./runtime/digest.ts";
import { mask } from "./runtime/mask.ts";
import {
  breakerTimes,
  type bucketEnv,
  type ensonoEnv,
  type fetchQueueEnv,
  type ledgerEnv,
  type lostWakeUpEnv,
  type retryEnv,
  retryPolicy,
  type sendQueueEnv,
  type wakeToClientEnv,
  type wakeToEnsonoEnv,
} from "./runtime/parse-env.ts";
import type { Telemetry } from "./runtime/telemetry.ts";

/** What the handlers of several functions are put together from: adapters, as a function's environment says. */

type EnvOf<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>;

/** The one clock of a running function; everything else is handed its clock. */
export const clock = Date.now;

/** What the calls of this function are noted in, for the steps that they are made for (L1). */
const exchanges = exchangeLog({ clock, mask });

/** Calls over HTTP that are noted in the journal. */
export const recordedCaller = () => exchanges.recorded(httpCaller({ clock }));

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
  { journal, countUnmapped }: Telemetry,
) => ({
  ...ledgerAndBreaker(env, aws),
  wakeUps: wakeUpsBothWays(env, aws),
  journal,
  countUnmapped,
  exchanges,
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
    call: recordedCaller(),
    clock,
    ...words,
  });

/** Files on their way, in the ledger's table. */
export const fileTransfers = (env: EnvOf<typeof ledgerEnv>, { dynamoDb }: AwsClients) =>
  dynamoDbTransfers({ client: dynamoDb, tableName: env.TABLE_NAME, retentionDays: env.RETENTION_DAYS });

/** Wake-ups of files on their way, over those queues that the function may send to. */
export const transferWakeUps = (env: Partial<EnvOf<typeof fetchQueueEnv & typeof sendQueueEnv>>, { sqs }: AwsClients) =>
  sqsTransferWakeUps({
    client: sqs,
    queueUrls: {
      ...(env.FETCH_QUEUE_URL && { fetch: env.FETCH_QUEUE_URL }),
      ...(env.SEND_QUEUE_URL && { send: env.SEND_QUEUE_URL }),
    },
  });

/** Links to the bucket of files on their way, signed as whoever the function is. */
export const fileLinks = (env: EnvOf<typeof bucketEnv>, { dynamoDb }: AwsClients) =>
  s3Links({ bucketUrl: env.ATTACHMENT_BUCKET_URL, signer: dynamoDb.config, clock });

/** What carrying a file needs, whichever way it goes; but for what is left of the invocation, and whom to wake. */
export const fileCarrying = (
  env: EnvOf<typeof ledgerEnv & typeof retryEnv>,
  aws: AwsClients,
  { journal }: Telemetry,
) => ({
  ...ledgerAndBreaker(env, aws),
  transfers: fileTransfers(env, aws),
  journal,
  clock,
  random: Math.random,
  retry: retryPolicy(env),
});
