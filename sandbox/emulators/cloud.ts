import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { startRestApi } from "./api-gateway.ts";
import { readRestApi } from "./api-routes.ts";
import { createTable, startDynamoDb, streamArnOf, tableSchema } from "./dynamodb.ts";
import { type EventBuses, startEventBuses } from "./event-buses.ts";
import { readEventSources, startEventSource } from "./event-sources.ts";
import { createCodeStore } from "./function-code.ts";
import { readFunctions } from "./functions.ts";
import type { InvocationResult, LogLine } from "./lambda.ts";
import { openFrontDoor } from "./permissions/front-door.ts";
import { guardedRoute, guardedSchedule } from "./permissions/guarded-invocations.ts";
import { type AccessRecord, type Permissions, readPermissions } from "./permissions/permissions.ts";
import type { Policies } from "./permissions/policies.ts";
import { queueSchema, startQueuesAndBuckets } from "./queues-and-buckets.ts";
import { readSchedules, type Schedule, startSchedule } from "./schedules.ts";
import { type Secrets, startSecrets } from "./secrets.ts";
import { readStreamSources, type StreamSource, startStreamSource } from "./stream-sources.ts";
import { keptCheckpoints, type TableStream, tableStream } from "./table-streams.ts";
import { readTemplate, type Template } from "./template.ts";

type Variables = Readonly<Record<string, string>>;

export interface CloudInput {
  /** The synthesised CloudFormation template. */
  readonly template: unknown;
  /** The directory (cdk.out) that holds the template's assets. */
  readonly assetDirectory: string;
  readonly region?: string;
  /** The stack's name, with which the names begin that CloudFormation makes up. */
  readonly stackName?: string;
  /** Keeps tables and buckets between runs; without it everything lives in memory. */
  readonly dataDirectory?: string | undefined;
  /** Where the API answers; any free port when left out. */
  readonly apiPort?: number | undefined;
  /** The secrets' values by secret name; a secret of the template without a value is not found, as in AWS. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Values for environment variables, in every function that declares the variable in the template. */
  readonly environment?: Variables | ((cloud: Pick<Cloud, "endpoints" | "bucketNames">) => Variables);
  /** Another rate for a schedule, in seconds; undefined keeps the template's. */
  readonly scheduleSeconds?: (schedule: Pick<Schedule, "logicalId" | "targetArn" | "seconds">) => number | undefined;
  readonly onLog?: (line: LogLine) => void;
  /** Queues are not consumed before this resolves: benchmarks measure one part of the system at a time. */
  readonly consumeAfter?: Promise<unknown> | undefined;
}

/** Where AWS answers, and the account's owner, who may ask anything: what an SDK client needs. */
export interface CloudAccess {
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly endpoints: {
    readonly dynamodb: string;
    readonly sqs: string;
    readonly s3: string;
    readonly secretsManager: string;
    readonly eventBridge: string;
  };
}

export interface Cloud extends CloudAccess {
  /** Without a stage prefix and without a slash at the end. */
  readonly apiUrl: string;
  /** Physical names by logical id. */
  readonly tableNames: Readonly<Record<string, string>>;
  readonly bucketNames: Readonly<Record<string, string>>;
  readonly queueUrls: Readonly<Record<string, string>>;
  readonly functions: readonly { readonly logicalId: string; readonly name: string }[];
  readonly setSecret: Secrets["set"];
  /** What is on the event buses, and a way to have it refused. */
  readonly eventBuses: Pick<EventBuses, "endpoint" | "events" | "refuse">;
  /** The rights that the template gives. */
  readonly policies: Policies;
  /** What was asked of these rights until now, each question once, and the answers. */
  accessRecord(): Promise<AccessRecord[]>;
  /** By logical id or name; gives a failure of the function as a result. @throws when there is no such function. */
  invoke(functionId: string, event: unknown): Promise<InvocationResult>;
  /** Lets running invocations end for up to three seconds, then ends everything. Idempotent. */
  stop(): Promise<void>;
}

const credentials = { accessKeyId: "sandbox", secretAccessKey: "sandbox" } as const;

/**
 * Runs the system of a synthesised template on this machine: its tables, queues, buckets and secrets on emulators, its
 * own bundles in workers with the template's settings, fed by its event sources, schedules and REST API. All of it
 * listens on the loopback interface only.
 *
 * @throws when the template needs what the sandbox does not know; whatever was started by then is stopped again.
 */
export async function startCloud(input: CloudInput): Promise<Cloud> {
  const services: { stop(): Promise<void> }[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopInReverse(services);
    return stopping;
  };
  try {
    const keep: Keep = (service) => {
      services.push(service);
      return service;
    };
    return { ...(await start(input, keep)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function stopInReverse(services: readonly { stop(): Promise<void> }[]): Promise<void> {
  for (const service of services.toReversed()) await service.stop();
}

type Keep = <Service extends { stop(): Promise<void> }>(service: Service) => Service;

async function startEmulators({ region = "eu-west-1", dataDirectory, ...input }: CloudInput, keep: Keep) {
  const dynamoDb = keep(await startDynamoDb({ dataDirectory: dataDirectory && join(dataDirectory, "tables") }));
  const storage = keep(await startQueuesAndBuckets(dataDirectory && join(dataDirectory, "buckets")));
  const secrets = keep(await startSecrets(input.secrets ?? {}, region));
  const eventBuses = keep(await startEventBuses(region));
  const emulators = {
    dynamodb: dynamoDb.endpoint,
    sqs: storage.endpoint,
    s3: storage.endpoint,
    secretsmanager: secrets.endpoint,
    events: eventBuses.endpoint,
  };
  const ownerKey = credentials.accessKeyId;
  const onRefusal = (caller: string, right: string) => reportTo(input, caller)(`AccessDenied: ${right}`);
  const door = keep(await openFrontDoor({ emulators, ownerKey, onRefusal }));
  const endpoints = {
    dynamodb: door.url,
    sqs: door.url,
    s3: door.url,
    secretsManager: door.url,
    eventBridge: door.url,
  };
  return { access: { region, credentials, endpoints }, storage, secrets, eventBuses, door };
}

const reportTo =
  ({ onLog }: CloudInput, logicalId: string, name = logicalId) =>
  (problem: unknown) =>
    onLog?.({ logicalId, name, source: "runtime", text: String(problem) });

async function start(input: CloudInput, keep: Keep): Promise<Omit<Cloud, "stop">> {
  const { onLog = () => undefined } = input;
  const { access, storage, secrets, eventBuses, door } = await startEmulators(input, keep);
  const { region } = access;
  const place = { region, stackName: input.stackName, sqsEndpoint: access.endpoints.sqs };
  const template = readTemplate(input.template, place);
  const permissions = await readPermissions(template, region);
  door.guard(permissions);
  const tables = await createTables(template, access);
  const buckets = template.resources(["AWS::S3::Bucket"], z.unknown());
  for (const { name } of buckets) storage.createBucket(name);
  const queues = template.resources(["AWS::SQS::Queue"], queueSchema);
  for (const queue of queues) storage.createQueue(queue);
  for (const { name } of template.resources(["AWS::Events::EventBus"], z.unknown())) eventBuses.createBus(name);

  const bucketNames = Object.fromEntries(buckets.map(({ logicalId, name }) => [logicalId, name]));
  const { environment = {} } = input;

  const code = await createCodeStore(input.assetDirectory);
  keep({ stop: code.remove });
  const functions = await readFunctions(template, code, {
    runtimeVariables: runtimeVariables(access),
    environment: typeof environment === "function" ? environment({ ...access, bucketNames }) : environment,
    onLog,
    onInvoke: (logicalId) => void checkLogs(permissions, logicalId, reportTo(input, logicalId)),
  });
  keep({ stop: async () => void (await Promise.all(functions.all.map((each) => each.stop()))) });

  const sqsAs = (accessKeyId: string): SQSClient => {
    const sqs = new SQSClient({ region, credentials: { ...credentials, accessKeyId }, endpoint: access.endpoints.sqs });
    keep({ stop: async () => sqs.destroy() });
    return sqs;
  };
  for (const source of readEventSources(template, { functions, queues, region })) {
    const report = reportTo(input, source.logicalId, source.functionName);
    keep(startEventSource(source, sqsAs(source.logicalId), report, input.consumeAfter));
  }
  for (const source of readStreamSources(template, { functions, queues, tables })) {
    const report = reportTo(input, source.logicalId, source.functionName);
    const file = input.dataDirectory && join(input.dataDirectory, `${source.logicalId}.json`);
    const stream = await streamOf(source, access, file, keep);
    keep(startStreamSource(source, stream, sqsAs(source.logicalId), report));
  }
  const rest = readRestApi(template, functions.byReference);
  const routes = rest.routes.map((route) => guardedRoute(route, rest, permissions));
  const api = keep(await startRestApi({ ...rest, routes }, input.apiPort));
  for (const schedule of readSchedules(template, { functions, sqsAs })) {
    const seconds = input.scheduleSeconds?.(schedule) ?? schedule.seconds;
    const report = reportTo(input, schedule.logicalId, schedule.name);
    keep(startSchedule({ ...guardedSchedule(schedule, permissions), seconds }, report));
  }

  return {
    ...access,
    apiUrl: api.url,
    tableNames: Object.fromEntries(tables.map(({ logicalId, name }) => [logicalId, name])),
    bucketNames,
    queueUrls: Object.fromEntries(queues.map(({ logicalId, ref }) => [logicalId, ref])),
    functions: functions.all.map(({ definition: { logicalId, name } }) => ({ logicalId, name })),
    setSecret: secrets.set,
    eventBuses,
    policies: permissions.policies,
    accessRecord: permissions.record,
    invoke: async (functionId, event) => functions.byReference(functionId).invoke(event),
  };
}

/** In AWS a function that may not log runs all the same, and nobody sees what it says. */
async function checkLogs(permissions: Permissions, functionId: string, report: (problem: string) => void) {
  const right = await permissions.missingForLogs(functionId);
  if (right !== undefined) report(`AccessDenied: ${right}`);
}

/** What Lambda gives every function, and where the SDKs in it find the emulators. */
function runtimeVariables({ region, credentials, endpoints }: CloudAccess): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsManager,
    AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.eventBridge,
  };
}

async function streamOf(
  { logicalId, tableName }: StreamSource,
  { region, credentials, endpoints }: CloudAccess,
  checkpoints: string | undefined,
  keep: Keep,
): Promise<TableStream> {
  const at = { region, endpoint: endpoints.dynamodb };
  const owner = new DynamoDBClient({ ...at, credentials });
  const streamArn = await streamArnOf(owner, tableName).finally(() => owner.destroy());
  const client = new DynamoDBStreamsClient({ ...at, credentials: { ...credentials, accessKeyId: logicalId } });
  keep({ stop: async () => client.destroy() });
  return tableStream({ client, streamArn, region, checkpoints: keptCheckpoints(checkpoints) });
}

async function createTables(template: Template, { region, credentials, endpoints }: CloudAccess) {
  const tables = template.resources(["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"], tableSchema);
  const client = new DynamoDBClient({ region, credentials, endpoint: endpoints.dynamodb });
  for (const { name, properties } of tables) await createTable(client, name, properties);
  client.destroy();
  return tables;
}
