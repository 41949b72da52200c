import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { App, Duration, Stack } from "aws-cdk-lib";
import { LambdaIntegration, RestApi } from "aws-cdk-lib/aws-apigateway";
import { AttributeType, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Schedule, ScheduleExpression, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { type Cloud, type CloudInput, startCloud } from "../../sandbox/emulators/cloud.ts";
import type { LogLine } from "../../sandbox/emulators/lambda.ts";

/** Sends one message for each ticket of the schedule's input. */
const producer = `
  import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
  const sqs = new SQSClient({});
  export const handler = async ({ tickets }) => {
    for (const ticket of tickets) await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL,
      MessageBody: ticket, MessageGroupId: ticket, MessageDeduplicationId: ticket }));
  };`;

/** Writes each ticket to the table; the one that is named "bad" it fails, as long as it comes the first time. */
const consumer = `
  import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
  const db = new DynamoDBClient({});
  export const handler = async ({ Records }) => {
    const batchItemFailures = [];
    for (const { messageId, body, attributes } of Records) {
      const receives = attributes.ApproximateReceiveCount;
      if (body === "bad" && receives === "1") batchItemFailures.push({ itemIdentifier: messageId });
      else await db.send(new PutItemCommand({ TableName: process.env.TABLE_NAME,
        Item: { ticket: { S: body }, group: { S: attributes.MessageGroupId }, receives: { S: receives } } }));
    }
    return { batchItemFailures };
  };`;

const api = `
  import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
  const secrets = new SecretsManagerClient({});
  export const handler = async ({ httpMethod, pathParameters, body }) => {
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: process.env.SECRET_NAME }));
    console.log("asked for", pathParameters.id);
    return { statusCode: 202, body: JSON.stringify({ httpMethod, id: pathParameters.id, body, SecretString,
      origin: process.env.ORIGIN, bucketUrl: process.env.BUCKET_URL }) };
  };`;

let workspace: string;
let input: CloudInput;

async function codeOf(name: string, source: string): Promise<Code> {
  const directory = await mkdtemp(join(workspace, `${name}-`));
  await build({
    stdin: { contents: source, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    outfile: join(directory, "index.js"),
  });
  return Code.fromAsset(directory);
}

async function fixture(): Promise<CloudInput> {
  const app = new App({ outdir: join(workspace, "cdk.out") });
  const stack = new Stack(app, "Fixture");
  const deadLetterQueue = { queue: new Queue(stack, "DeadLetters", { fifo: true }), maxReceiveCount: 3 };
  const visibilityTimeout = Duration.seconds(10);
  const queue = new Queue(stack, "WakeUps", { fifo: true, deadLetterQueue, visibilityTimeout });
  const table = new TableV2(stack, "Ledger", { partitionKey: { name: "ticket", type: AttributeType.STRING } });
  const secret = new Secret(stack, "ApiKey", { secretName: "fixture/api-key" });
  const bucket = new Bucket(stack, "Attachments");
  const common = { runtime: Runtime.NODEJS_24_X, handler: "index.handler", timeout: Duration.seconds(10) };

  const produce = new LambdaFunction(stack, "Producer", {
    ...common,
    code: await codeOf("producer", producer),
    reservedConcurrentExecutions: 1,
    environment: { QUEUE_URL: queue.queueUrl, ORIGIN: "https://example.com", BUCKET_NAME: bucket.bucketName },
  });
  queue.grantSendMessages(produce);
  const target = new LambdaInvoke(produce, {
    input: ScheduleTargetInput.fromObject({ tickets: ["good", "bad", "fine"] }),
  });
  new Schedule(stack, "EveryHour", { schedule: ScheduleExpression.rate(Duration.hours(1)), target });

  const consume = new LambdaFunction(stack, "Consumer", {
    ...common,
    code: await codeOf("consumer", consumer),
    environment: { TABLE_NAME: table.tableName },
  });
  table.grantWriteData(consume);
  consume.addEventSource(
    new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 2 }),
  );

  const answer = new LambdaFunction(stack, "Api", {
    ...common,
    code: await codeOf("api", api),
    environment: {
      SECRET_NAME: secret.secretName,
      ORIGIN: "https://example.com",
      BUCKET_URL: `https://${bucket.bucketRegionalDomainName}`,
    },
  });
  secret.grantRead(answer);
  const rest = new RestApi(stack, "Rest");
  rest.root.addResource("tickets").addResource("{id}").addMethod("PUT", new LambdaIntegration(answer));

  const assembly = app.synth();
  return { template: assembly.getStackByName("Fixture").template, assetDirectory: assembly.directory };
}

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), "sandbox-cloud-test-"));
  await writeFile(join(workspace, "package.json"), "{}");
  input = await fixture();
});
afterAll(() => rm(workspace, { recursive: true }));

const nameIn = (names: Readonly<Record<string, string>>, prefix: string) =>
  Object.entries(names).find(([logicalId]) => logicalId.startsWith(prefix))?.[1] ?? "";

describe("a synthesised template on this machine", () => {
  const lines: LogLine[] = [];
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud({
      ...input,
      secrets: { "fixture/api-key": "first" },
      environment: ({ endpoints, bucketNames }) => ({
        ORIGIN: "http://127.0.0.1:9555",
        BUCKET_URL: `${endpoints.s3}/${nameIn(bucketNames, "Attachments")}`,
      }),
      onLog: (line) => lines.push(line),
    });
  });
  afterAll(() => cloud.stop());

  const access = ({ region, credentials }: Cloud, endpoint: string) => ({ region, credentials, endpoint });

  test("schedule → function → FIFO queue → function → table; a failed message comes again, the others do not", async () => {
    const client = new DynamoDBClient(access(cloud, cloud.endpoints.dynamodb));
    const written = async () => {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: nameIn(cloud.tableNames, "Ledger") }));
      return Items.map(({ ticket, group, receives }) => [ticket?.S, group?.S, receives?.S]).sort();
    };
    const expected = [
      ["bad", "bad", "2"],
      ["fine", "fine", "1"],
      ["good", "good", "1"],
    ];
    await vi.waitFor(async () => expect(await written()).toEqual(expected), { timeout: 60_000, interval: 100 });
    client.destroy();
  });

  test("a queue has the settings of the template", async () => {
    const client = new SQSClient(access(cloud, cloud.endpoints.sqs));
    const QueueUrl = nameIn(cloud.queueUrls, "WakeUps");
    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    expect(Attributes).toMatchObject({ FifoQueue: "true", VisibilityTimeout: "10" });
    expect(JSON.parse(Attributes?.RedrivePolicy ?? "{}")).toMatchObject({ maxReceiveCount: 3 });
    client.destroy();
  });

  test("API → function, which reads its secret and has the overridden variables", async () => {
    const response = await fetch(`${cloud.apiUrl}/tickets/CS%2F1`, { method: "PUT", body: '{"number":"INC1"}' });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({
      httpMethod: "PUT",
      id: "CS%2F1",
      body: '{"number":"INC1"}',
      SecretString: "first",
      origin: "http://127.0.0.1:9555",
      bucketUrl: `${cloud.endpoints.s3}/${nameIn(cloud.bucketNames, "Attachments")}`,
    });
    await vi.waitFor(() => expect(lines.map(({ text }) => text)).toContain("asked for CS%2F1"), { timeout: 10_000 });
  });

  test("a rotated secret is current at once and the one before is kept", async () => {
    const client = new SecretsManagerClient(access(cloud, cloud.endpoints.secretsManager));
    const read = async (VersionStage?: string) => {
      const request = new GetSecretValueCommand({ SecretId: "fixture/api-key", VersionStage });
      return (await client.send(request)).SecretString;
    };
    await expect(read("AWSPREVIOUS")).rejects.toThrow("AWSPREVIOUS");
    cloud.setSecret("fixture/api-key", "second");
    expect([await read(), await read("AWSPREVIOUS")]).toEqual(["second", "first"]);
    const stranger = client.send(new GetSecretValueCommand({ SecretId: "other" }));
    await expect(stranger).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    client.destroy();
  });
});

test("a function may do what its role allows, and is refused what it does not", async () => {
  const rights = /^ApiServiceRoleDefaultPolicy/;
  const template = z.looseObject({ Resources: z.record(z.string(), z.unknown()) }).parse(input.template);
  const Resources = Object.fromEntries(Object.entries(template.Resources).filter(([id]) => !rights.test(id)));
  const withoutRight = { ...input, template: { ...template, Resources }, secrets: { "fixture/api-key": "first" } };
  const call = { httpMethod: "PUT", pathParameters: { id: "1" } };
  const resultOf = async (cloudInput: CloudInput) => {
    const cloud = await startCloud({ ...cloudInput, scheduleSeconds: () => 3600 });
    const id = cloud.functions.find(({ logicalId }) => logicalId.startsWith("Api"))?.logicalId ?? "";
    const result = await cloud.invoke(id, call);
    const record = await cloud.accessRecord();
    await cloud.stop();
    // The fixture's functions log by a policy of AWS's own, whose text is not in the template.
    const refused = record.filter(({ allowed, action }) => !allowed && !action.startsWith("logs:"));
    return { result, refused: refused.map(({ caller, action }) => ({ caller, action })), id };
  };
  const { secrets } = withoutRight;
  expect(await resultOf({ ...input, secrets })).toMatchObject({ result: { kind: "succeeded" }, refused: [] });
  const { result, refused, id } = await resultOf(withoutRight);
  expect(result).toMatchObject({ kind: "failed", error: { errorType: "AccessDeniedException" } });
  expect(refused).toEqual([{ caller: id, action: "secretsmanager:GetSecretValue" }]);
});

test("an override of a variable that no function declares is refused, and nothing stays behind", async () => {
  const start = startCloud({ ...input, environment: { ORGIN: "typo" } });
  await expect(start).rejects.toThrow("environment ORGIN: no function of the template declares it");
});

test("tables and buckets outlive a restart with the same data directory", async () => {
  const dataDirectory = join(workspace, "data");
  const once = async <Result>(use: (s3: S3Client, Bucket: string) => Promise<Result>) => {
    const cloud = await startCloud({ ...input, dataDirectory, scheduleSeconds: () => 3600 });
    const { region, credentials, endpoints } = cloud;
    const s3 = new S3Client({ region, credentials, endpoint: endpoints.s3, forcePathStyle: true });
    try {
      return await use(s3, nameIn(cloud.bucketNames, "Attachments"));
    } finally {
      s3.destroy();
      await cloud.stop();
    }
  };
  await once((s3, Bucket) => s3.send(new PutObjectCommand({ Bucket, Key: "a/log.txt", Body: "kept" })));
  const body = await once(async (s3, Bucket) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: "a/log.txt" }));
    return Body?.transformToString();
  });
  expect(body).toBe("kept");
});
