import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { dynamoDbBreaker } from "../../lambdas/shared/adapters/dynamodb-breaker.ts";
import { dynamoDbLedger } from "../../lambdas/shared/adapters/dynamodb-ledger.ts";
import { dynamoDbPollLog } from "../../lambdas/shared/adapters/dynamodb-poll-log.ts";
import { dynamoDbTransfers } from "../../lambdas/shared/adapters/dynamodb-transfers.ts";
import { httpCaller } from "../../lambdas/shared/adapters/http-call.ts";
import { secretsManager } from "../../lambdas/shared/adapters/secrets-manager.ts";
import type { BridgeConfig } from "../../lambdas/shared/domain/config.ts";
import { digest } from "../../lambdas/shared/runtime/digest.ts";
import { type AwsAccount, awsAccount } from "./adapters/aws-account.ts";
import { dynamoDbAudit } from "./adapters/dynamodb-audit.ts";
import { dynamoDbInspection } from "./adapters/dynamodb-inspection.ts";
import { dynamoDbLinks } from "./adapters/dynamodb-links.ts";
import { type RunningSandbox, readRunningSandbox } from "./adapters/running-sandbox.ts";
import { echoCalls, sideProbes } from "./adapters/side-probes.ts";
import { OperatorError } from "./use-cases/operator-error.ts";

/** Which bridge is meant. */
export interface Where {
  readonly stage: string | undefined;
  readonly profile: string | undefined;
  readonly region: string | undefined;
  readonly sandbox: boolean;
  /** Where a sandbox was started. */
  readonly directory: string;
}

export type Connection = Awaited<ReturnType<typeof connect>>;

/** All that the use cases stand on, at one stage of the bridge. Throws OperatorError when there is no such bridge to be found. */
export const connect = async (where: Where, config: BridgeConfig) => {
  const place = where.sandbox ? inSandbox(where) : await inAws(where, config);
  const { stage, tableName, clients, clientName } = place;
  const { dynamoDb } = clients;
  const table = { client: dynamoDb, tableName };
  const kept = { ...table, retentionDays: config.retentionDays };
  const clock = Date.now;
  const secrets = secretsManager({ client: clients.secretsManager, clock });
  const secretIds = secretIdsOf(stage);
  const sides = {
    ensono: {
      stackUrl: place.ensonoStackUrl,
      environment: config.stages[stage]?.environment ?? "dev",
      clientName,
      apiKey: async () => (await secrets.read(secretIds["Ensono's API key"]))[0] ?? "",
    },
    client: { url: place.webhookUrl, secrets: () => secrets.read(secretIds["webhook secret"]) },
    call: httpCaller({ clock }),
    clock,
  };
  return {
    stage,
    config,
    clientName,
    ledger: dynamoDbLedger(kept),
    transfers: dynamoDbTransfers(kept),
    breaker: dynamoDbBreaker(table),
    pollLog: dynamoDbPollLog(table),
    inspection: dynamoDbInspection(table),
    links: dynamoDbLinks(table),
    audit: dynamoDbAudit(table),
    secrets,
    secretIds,
    probes: sideProbes(sides),
    echo: echoCalls(sides, config),
    identity: place.identity,
    clock,
    digest,
    newId: () => randomUUID().slice(0, 8),
    pause: (ms: number) => delay(ms),
    /** Of what is brought in by hand: at once. */
    lostWakeUpMs: 0,
    close: () => {
      dynamoDb.destroy();
      clients.secretsManager.destroy();
    },
  };
};

/** A place where a bridge runs: a stack, or a sandbox. */
interface Place {
  readonly stage: string;
  readonly tableName: string;
  readonly clients: { readonly dynamoDb: DynamoDBClient; readonly secretsManager: SecretsManagerClient };
  readonly ensonoStackUrl: string;
  readonly clientName: string;
  readonly webhookUrl: string;
  readonly identity: () => Promise<string>;
}

const stackNameOf = (stage: string): string => `EnvisionBridge-${stage}`;

/** As `lib/bridge-storage.ts` names them. */
const secretIdsOf = (stage: string) => ({
  "Ensono's API key": `${stackNameOf(stage)}/ensono-api-key`,
  "webhook secret": `${stackNameOf(stage)}/client-webhook-secret`,
  "API secret": `${stackNameOf(stage)}/client-api-secret`,
});

const inSandbox = ({ stage, directory }: Where): Place => {
  const running = readSandbox(directory);
  if (running === undefined) {
    throw new OperatorError("--sandbox: none runs in this directory; start one with npm start, and leave it up");
  }
  if (stage !== undefined && stage !== running.stage) {
    throw new OperatorError(`--stage ${stage}: the sandbox runs the stage ${running.stage}`);
  }
  const { region, credentials, endpoints } = running;
  const access = { region, credentials, maxAttempts: 1 };
  return {
    stage: running.stage,
    tableName: running.tableName,
    clients: {
      dynamoDb: new DynamoDBClient({ ...access, endpoint: endpoints.dynamodb }),
      secretsManager: new SecretsManagerClient({ ...access, endpoint: endpoints.secretsManager }),
    },
    ensonoStackUrl: running.ensono.stackUrl,
    clientName: running.ensono.clientName,
    webhookUrl: running.client.webhookUrl,
    identity: async () => userInfo().username,
  };
};

const readSandbox = (directory: string): RunningSandbox | undefined => {
  try {
    return readRunningSandbox(directory);
  } catch {
    throw new OperatorError(
      "--sandbox: .sandbox/running.json is not of this version; restart the sandbox with npm start",
    );
  }
};

const inAws = async ({ stage: wanted, profile, region: given }: Where, config: BridgeConfig): Promise<Place> => {
  const stage = stageOf(wanted, config);
  const { clientWebhookUrl } = config.stages[stage] ?? {};
  const access = { ...(profile === undefined ? {} : { profile }), ...(given === undefined ? {} : { region: given }) };
  const clients = { dynamoDb: new DynamoDBClient(access), secretsManager: new SecretsManagerClient(access) };
  const region = await clients.dynamoDb.config.region();
  const account = awsAccount(access);
  const { origin, clientStack, clientName } = config.ensono;
  return {
    stage,
    tableName: await tableNameOf(stage, region, account),
    clients,
    ensonoStackUrl: `${origin.replace(/\/+$/, "")}/${clientStack}`,
    clientName,
    webhookUrl: clientWebhookUrl ?? "",
    identity: account.callerArn,
  };
};

const stageOf = (wanted: string | undefined, { stages }: BridgeConfig): string => {
  const known = Object.keys(stages);
  const [only] = known;
  if (wanted === undefined && known.length === 1 && only !== undefined) return only;
  if (wanted !== undefined && Object.hasOwn(stages, wanted)) return wanted;
  const got = wanted === undefined ? "" : `, got "${wanted}"`;
  throw new OperatorError(`--stage: expected one of ${known.join(", ")}${got}; or --sandbox`);
};

const tableNameOf = async (stage: string, region: string, account: AwsAccount): Promise<string> => {
  const stack = stackNameOf(stage);
  const outputs = await account.stackOutputs(stack);
  if (outputs === undefined) {
    throw new OperatorError(`--stage ${stage}: there is no stack ${stack} in ${region}; deploy it, or give --region`);
  }
  if (outputs.TableName !== undefined) return outputs.TableName;
  throw new OperatorError(`--stage ${stage}: the stack ${stack} in ${region} has no output TableName; deploy it anew`);
};
