import {
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { s3Links } from "../../lambdas/shared/adapters/s3-links.ts";
import { type LoopbackServer, serveOnLoopback } from "../../sandbox/emulators/loopback-server.ts";
import { type FrontDoor, openFrontDoor } from "../../sandbox/emulators/permissions/front-door.ts";

const region = "eu-west-1";
const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:000000000000:${rest}`;

/** What the door asked the guardian, and what the guardian answers: undefined lets a call through. */
let asked: [action: string, resource: string, keyActions: readonly string[]][];
let verdict: (action: string) => string | undefined;
/** What came to the emulator, and what it answers. */
let passed: { path: string; body: string }[];
let answer: { status: number; body: string };
let refusals: string[];
beforeEach(() => {
  [asked, passed, refusals] = [[], [], []];
  verdict = () => undefined;
  answer = { status: 200, body: "{}" };
});

let emulator: LoopbackServer;
let door: FrontDoor;
beforeAll(async () => {
  emulator = await serveOnLoopback(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    passed.push({ path: request.url ?? "", body: Buffer.concat(chunks).toString() });
    response.writeHead(answer.status).end(answer.body);
  });
  const { url } = emulator;
  door = await openFrontDoor({
    emulators: { dynamodb: url, sqs: url, s3: url, secretsmanager: url, events: url },
    ownerKey: "owner",
    onRefusal: (caller, right) => refusals.push(`${caller}: ${right}`),
  });
  door.guard({
    region,
    callerOf: (id) => (id === "Poller" ? { id, roleArn: "", service: "", context: {} } : undefined),
    async missing(_, __, rights) {
      asked.push(
        ...rights.map(({ action, resource, keyActions }): (typeof asked)[number] => [action, resource, keyActions]),
      );
      return rights.map(({ action }) => verdict(action)).find((right) => right !== undefined);
    },
  });
});
afterAll(async () => {
  await door.stop();
  await emulator.stop();
});

const clientsOf = (accessKeyId: string) => {
  const credentials = { accessKeyId, secretAccessKey: "any" };
  const options = { region, endpoint: door.url, credentials, maxAttempts: 1 };
  return {
    dynamoDb: new DynamoDBClient(options),
    streams: new DynamoDBStreamsClient(options),
    eventBridge: new EventBridgeClient(options),
    sqs: new SQSClient(options),
    secrets: new SecretsManagerClient(options),
    s3: new S3Client({ ...options, forcePathStyle: true }),
  };
};
type Clients = ReturnType<typeof clientsOf>;

const Key = { id: { S: "1" } };
const item = { TableName: "Ledger", Key };
const table = arn("dynamodb", "table/Ledger");
/** As the emulators call it, and as the template does. */
const StreamArn = "arn:aws:dynamodb:emulator:000000000000:table/Ledger/stream/2026-11-24T19:59:23.065";
const stream = `${table}/stream/sandbox`;
const position = { StreamArn, ShardId: "shard", ShardIteratorType: "TRIM_HORIZON" } as const;
const iterators = { "of AWS": `${StreamArn}|1|AAAA`, "of dynoxide": btoa(JSON.stringify({ table_name: "Ledger" })) };
const file = { Bucket: "files", Key: "attachments/a b#1" };
const part = { ...file, UploadId: "1" };
const object = "arn:aws:s3:::files/attachments/a b#1";
const queue = arn("sqs", "Wake.fifo");
const QueueUrl = () => `${door.url}/000000000000/Wake.fifo`;
const secret = arn("secretsmanager", "secret:dev/api-key-sndbox");
const decrypt = ["kms:Decrypt"];
const generate = ["kms:GenerateDataKey"];

const transaction = [
  { Put: { TableName: "Ledger", Item: Key } },
  { Update: { ...item, UpdateExpression: "SET a = b" } },
  { ConditionCheck: { ...item, ConditionExpression: "a = b" } },
  { Delete: item },
];
const partsOfTransaction = ["PutItem", "UpdateItem", "ConditionCheckItem", "DeleteItem"];
const event = { EventBusName: "others", Source: "test", DetailType: "Test", Detail: "{}" };
const message = { Id: "1", MessageBody: "wake up" };

type Call = [name: string, send: (clients: Clients) => Promise<unknown>, rights: typeof asked];
const calls: Call[] = [
  ["GetItem", ({ dynamoDb }) => dynamoDb.send(new GetItemCommand(item)), [["dynamodb:GetItem", table, decrypt]]],
  [
    "Query of an index",
    ({ dynamoDb }) => dynamoDb.send(new QueryCommand({ TableName: "Ledger", IndexName: "due" })),
    [["dynamodb:Query", `${table}/index/due`, decrypt]],
  ],
  [
    "TransactWriteItems",
    ({ dynamoDb }) => dynamoDb.send(new TransactWriteItemsCommand({ TransactItems: transaction })),
    partsOfTransaction.map((part) => [`dynamodb:${part}`, table, decrypt]),
  ],
  [
    "SendMessageBatch",
    ({ sqs }) => sqs.send(new SendMessageBatchCommand({ QueueUrl: QueueUrl(), Entries: [message] })),
    [["sqs:SendMessage", queue, [...decrypt, ...generate]]],
  ],
  [
    "DescribeStream",
    ({ streams }) => streams.send(new DescribeStreamCommand({ StreamArn })),
    [["dynamodb:DescribeStream", stream, decrypt]],
  ],
  [
    "GetShardIterator",
    ({ streams }) => streams.send(new GetShardIteratorCommand(position)),
    [["dynamodb:GetShardIterator", stream, decrypt]],
  ],
  ...Object.entries(iterators).map(
    ([whose, ShardIterator]): Call => [
      `GetRecords by an iterator ${whose}`,
      ({ streams }) => streams.send(new GetRecordsCommand({ ShardIterator })),
      [["dynamodb:GetRecords", stream, decrypt]],
    ],
  ),
  [
    "PutEvents",
    ({ eventBridge }) => eventBridge.send(new PutEventsCommand({ Entries: [event, event] })),
    [["events:PutEvents", arn("events", "event-bus/others"), []]],
  ],
  [
    "ReceiveMessage",
    ({ sqs }) => sqs.send(new ReceiveMessageCommand({ QueueUrl: QueueUrl() })),
    [["sqs:ReceiveMessage", queue, decrypt]],
  ],
  [
    "GetSecretValue by name",
    ({ secrets }) => secrets.send(new GetSecretValueCommand({ SecretId: "dev/api-key" })),
    [["secretsmanager:GetSecretValue", secret, decrypt]],
  ],
  [
    "GetSecretValue by ARN",
    ({ secrets }) => secrets.send(new GetSecretValueCommand({ SecretId: secret })),
    [["secretsmanager:GetSecretValue", secret, decrypt]],
  ],
  ["PutObject", ({ s3 }) => s3.send(new PutObjectCommand(file)), [["s3:PutObject", object, generate]]],
  [
    "CreateMultipartUpload",
    ({ s3 }) => s3.send(new CreateMultipartUploadCommand(file)),
    [["s3:PutObject", object, generate]],
  ],
  [
    "UploadPart",
    ({ s3 }) => s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: "part" })),
    [["s3:PutObject", object, decrypt]],
  ],
  [
    "CompleteMultipartUpload",
    ({ s3 }) => s3.send(new CompleteMultipartUploadCommand(part)),
    [["s3:PutObject", object, []]],
  ],
  [
    "AbortMultipartUpload",
    ({ s3 }) => s3.send(new AbortMultipartUploadCommand(part)),
    [["s3:AbortMultipartUpload", object, []]],
  ],
];

test.each(calls)("%s is known by what the SDK sends, and passed on", async (_, send, rights) => {
  // What the emulator answers here does not suit every call.
  await send(clientsOf("Poller")).catch(() => undefined);
  expect(asked).toEqual(rights);
  expect(passed).toHaveLength(1);
});

test("a call whose rights nobody has said yet is refused, and says where to", async () => {
  const { dynamoDb, s3 } = clientsOf("Poller");
  await expect(dynamoDb.send(new ListTablesCommand())).rejects.toThrow(/ListTables: teach it in sandbox/);
  await expect(s3.send(new DeleteObjectCommand(file))).rejects.toThrow(/DELETE .*: teach it in sandbox/);
  expect(passed).toEqual([]);
});

describe("who is refused", () => {
  beforeEach(() => {
    verdict = (action) => `${action} on resource: it`;
  });

  test("hears it in the words of the service, and the emulator nothing", async () => {
    const { dynamoDb, sqs, secrets, s3 } = clientsOf("Poller");
    const denied = (name: string) => ({ name, message: expect.stringContaining("not authorized to perform") });
    const inJson = denied("AccessDeniedException");
    await expect(dynamoDb.send(new GetItemCommand(item))).rejects.toMatchObject(inJson);
    await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl: QueueUrl() }))).rejects.toMatchObject(inJson);
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: secret }))).rejects.toMatchObject(inJson);
    await expect(s3.send(new GetObjectCommand(file))).rejects.toMatchObject(denied("AccessDenied"));
    expect(passed).toEqual([]);
    expect(refusals).toContain("Poller: dynamodb:GetItem on resource: it");
  });

  test("is not the owner of the account", async () => {
    await clientsOf("owner").dynamoDb.send(new GetItemCommand(item));
    expect(asked).toEqual([]);
    expect(passed).toHaveLength(1);
  });

  test("is whoever nobody knows, and whoever does not sign", async () => {
    verdict = () => undefined;
    await expect(clientsOf("Stranger").dynamoDb.send(new GetItemCommand(item))).rejects.toThrow("Stranger");
    expect((await fetch(`${door.url}/files/a`)).status).toBe(403);
    expect(passed).toEqual([]);
  });
});

describe("a pre-signed URL", () => {
  const signedBy = (accessKeyId: string) =>
    s3Links({
      bucketUrl: `${door.url}/files`,
      signer: clientsOf(accessKeyId).s3.config,
      clock: Date.now,
    });

  test("counts by the rights of whoever signed it", async () => {
    const url = await signedBy("Poller").toPut("uploads/a", 60);
    expect((await fetch(url, { method: "PUT", body: "the file" })).status).toBe(200);
    expect(asked).toEqual([["s3:PutObject", "arn:aws:s3:::files/uploads/a", generate]]);
    expect(passed).toMatchObject([{ body: "the file" }]);
    verdict = () => "s3:PutObject on resource: it";
    expect((await fetch(url, { method: "PUT", body: "the file" })).status).toBe(403);
  });

  test("of a file that is not there says so only to whoever may list the bucket", async () => {
    answer = { status: 404, body: "<Error><Code>NoSuchKey</Code></Error>" };
    const url = await signedBy("Poller").toFetch("uploads/a", { fileName: "a", contentType: "", seconds: 60 });
    expect((await fetch(url)).status).toBe(404);
    verdict = (action) => (action === "s3:ListBucket" ? "s3:ListBucket on resource: it" : undefined);
    expect((await fetch(url)).status).toBe(403);
    expect(asked.at(-1)).toEqual(["s3:ListBucket", "arn:aws:s3:::files", []]);
  });
});
