import type { IncomingHttpHeaders } from "node:http";
import * as z from "zod";
import { accountId, busArn, secretArn, streamArn } from "../identities.ts";
import { jsonOf } from "../json-of.ts";

/** What somebody must be allowed for a call: on the resource, and on the key that it is encrypted with. */
export interface Right {
  readonly action: string;
  readonly resource: string;
  /** What the service does with the resource's key in the caller's name, where it has a key of the customer's. */
  readonly keyActions: readonly string[];
}

/** A request as it comes to an endpoint of AWS. The body is read for all services but S3. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Of a request that the sandbox cannot say the rights of. */
export class UnknownCall extends Error {
  override readonly name = "UnknownCall";
}

const decrypt = ["kms:Decrypt"];
const targetOf = ({ headers }: WireRequest): string => String(headers["x-amz-target"] ?? "").split(".")[1] ?? "";
const unknownCall = (service: string, call: string) =>
  new UnknownCall(`the rights that ${service} asks for ${call}: teach it in sandbox/emulators/permissions/calls.ts`);

// ── DynamoDB ────────────────────────────────────────────────────────────────────────────────────────────────────────

const tableCallSchema = jsonOf(z.object({ TableName: z.string(), IndexName: z.string().optional() }));
const writeSchema = z.object({ TableName: z.string() });
const transactionSchema = jsonOf(
  z.object({
    TransactItems: z.array(z.partialRecord(z.enum(["Put", "Update", "Delete", "ConditionCheck"]), writeSchema)),
  }),
);

const tableCalls = new Set(["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"]);

const streamCallSchema = jsonOf(
  z.union([z.object({ StreamArn: z.string() }), z.object({ ShardIterator: z.string() })]),
);
const streamCalls = new Set(["DescribeStream", "GetShardIterator", "GetRecords"]);

/** In AWS an iterator begins with the stream's ARN; one of dynoxide is packed, and names the table. */
const tableOfStream = (body: string): string => {
  const call = streamCallSchema.parse(body);
  const stream = "StreamArn" in call ? call.StreamArn : call.ShardIterator;
  const [, name] =
    /:table\/([^/]+)\/stream\//.exec(stream) ??
    /"table_name":"([^"]+)"/.exec(Buffer.from(stream, "base64").toString()) ??
    [];
  if (name === undefined) throw new UnknownCall(`the table of the stream ${stream}`);
  return name;
};

/** Of the key DynamoDB only ever decrypts the table's own in the caller's name; the rest it does by its grants. */
const dynamoDb = (request: WireRequest, region: string): Right[] => {
  const call = targetOf(request);
  const table = (name: string) => `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
  if (call === "TransactWriteItems") {
    return transactionSchema
      .parse(request.body)
      .TransactItems.flatMap((write) => Object.entries(write))
      .map(([kind, { TableName }]) => ({
        action: `dynamodb:${kind}Item`,
        resource: table(TableName),
        keyActions: decrypt,
      }));
  }
  if (streamCalls.has(call)) {
    const resource = streamArn(tableOfStream(request.body), region);
    return [{ action: `dynamodb:${call}`, resource, keyActions: decrypt }];
  }
  if (!tableCalls.has(call)) throw unknownCall("DynamoDB", call);
  const { TableName, IndexName } = tableCallSchema.parse(request.body);
  const resource = IndexName === undefined ? table(TableName) : `${table(TableName)}/index/${IndexName}`;
  return [{ action: `dynamodb:${call}`, resource, keyActions: decrypt }];
};

// ── SQS ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const queueCallSchema = jsonOf(z.object({ QueueUrl: z.string() }));

const queueKeyActions: Readonly<Record<string, readonly string[]>> = {
  "sqs:SendMessage": ["kms:Decrypt", "kms:GenerateDataKey"],
  "sqs:ReceiveMessage": decrypt,
};

const sqs = (request: WireRequest, region: string): Right[] => {
  const action = `sqs:${targetOf(request).replace(/Batch$/, "")}`;
  const name = queueCallSchema.parse(request.body).QueueUrl.split("/").at(-1);
  const resource = `arn:aws:sqs:${region}:${accountId}:${name}`;
  return [{ action, resource, keyActions: queueKeyActions[action] ?? [] }];
};

// ── Secrets Manager ─────────────────────────────────────────────────────────────────────────────────────────────────

const secretCallSchema = jsonOf(z.object({ SecretId: z.string() }));

const secretsManager = (request: WireRequest, region: string): Right[] => {
  const action = `secretsmanager:${targetOf(request)}`;
  const { SecretId } = secretCallSchema.parse(request.body);
  const resource = SecretId.startsWith("arn:") ? SecretId : secretArn(SecretId, region);
  return [{ action, resource, keyActions: action === "secretsmanager:GetSecretValue" ? decrypt : [] }];
};

// ── S3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const objectArn = ({ url }: WireRequest): string => `arn:aws:s3:::${decodeURIComponent(url.pathname.slice(1))}`;

/** Of a multipart upload, S3 generates the key at the beginning and decrypts it for each part. */
const s3 = (request: WireRequest): Right[] => {
  const { method, url, headers } = request;
  const has = (name: string) => url.searchParams.has(name);
  const right = (action: string, keyActions: readonly string[]) => [
    { action, resource: objectArn(request), keyActions },
  ];
  const isOfObject = url.pathname.split("/").filter(Boolean).length > 1;
  const asksForMore = ["x-amz-copy-source", "x-amz-tagging", "x-amz-acl"].some((name) => name in headers);
  if (isOfObject && !asksForMore) {
    if (method === "GET" || method === "HEAD") return right("s3:GetObject", decrypt);
    if (method === "PUT" && has("uploadId")) return right("s3:PutObject", decrypt);
    if (method === "PUT") return right("s3:PutObject", ["kms:GenerateDataKey"]);
    if (method === "POST" && has("uploads")) return right("s3:PutObject", ["kms:GenerateDataKey"]);
    if (method === "POST" && has("uploadId")) return right("s3:PutObject", []);
    if (method === "DELETE" && has("uploadId")) return right("s3:AbortMultipartUpload", []);
  }
  throw unknownCall("S3", `${method} ${url.pathname}${url.search}`);
};

/** Without it, S3 says of an object that is not there that it may not be read. */
export const rightToMiss = (request: WireRequest): Right => ({
  action: "s3:ListBucket",
  resource: objectArn(request).split("/")[0] ?? "",
  keyActions: [],
});

// ── EventBridge ─────────────────────────────────────────────────────────────────────────────────────────────────────

const putEventsSchema = jsonOf(z.object({ Entries: z.array(z.object({ EventBusName: z.string() })) }));

/** The key of a bus EventBridge uses by itself. */
const events = (request: WireRequest, region: string): Right[] => {
  const call = targetOf(request);
  if (call !== "PutEvents") throw unknownCall("EventBridge", call);
  const buses = new Set(putEventsSchema.parse(request.body).Entries.map(({ EventBusName }) => EventBusName));
  return [...buses].map((bus) => ({ action: "events:PutEvents", resource: busArn(bus, region), keyActions: [] }));
};

const services = { dynamodb: dynamoDb, sqs, secretsmanager: secretsManager, s3, events } as const;
export type ServiceName = keyof typeof services;
export const isService = (name: string): name is ServiceName => name in services;

/** What a request's caller must be allowed. @throws UnknownCall, or what is wrong with the request. */
export const rightsFor = (service: ServiceName, request: WireRequest, region: string): Right[] =>
  services[service](request, region);
