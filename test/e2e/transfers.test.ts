import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import config from "../../bridge.config.ts";
import { dynamoDbTransfers } from "../../lambdas/shared/adapters/dynamodb-transfers.ts";
import { sqsTransferWakeUps } from "../../lambdas/shared/adapters/sqs-transfer-wake-ups.ts";
import { clientLane } from "../../lambdas/shared/domain/lane.ts";
import type { TransferJob } from "../../lambdas/shared/domain/transfer.ts";
import { type LoopbackServer, serveOnLoopback } from "../../sandbox/emulators/loopback-server.ts";
import { readOptions } from "../../sandbox/options.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";

const LANE = clientLane("INC0010299");
const FILE = Buffer.alloc(11_000_000, "It burns.\n");

let sandbox: Sandbox;
let files: LoopbackServer;
beforeAll(async () => {
  files = await serveOnLoopback((_, response) => void response.end(FILE));
  const client = new URL("/hook", files.url).href;
  const options = readOptions(["--port", "0", "--fast", "--client-url", client]);
  sandbox = await startSandbox({ config, options, onLog: () => undefined });
});
afterAll(async () => {
  await sandbox.stop();
  await files.stop();
});

const named = (names: Readonly<Record<string, string>>, beginning: string): string =>
  Object.entries(names).find(([logicalId]) => logicalId.startsWith(beginning))?.[1] ?? "";

/** What the functions that ask for transfers do. */
const asking = () => {
  const { region, credentials, endpoints, tableNames, queueUrls, bucketNames } = sandbox.cloud;
  const access = (endpoint: string) => ({ region, credentials, endpoint });
  const tableName = named(tableNames, "Storage");
  const client = new DynamoDBClient(access(endpoints.dynamodb));
  const transfers = dynamoDbTransfers({ client, tableName, retentionDays: 35 });
  const wakeUps = sqsTransferWakeUps({
    client: new SQSClient(access(endpoints.sqs)),
    queueUrls: { fetch: named(queueUrls, "FilesToFetchQueue"), send: named(queueUrls, "FilesToSendQueue") },
  });
  const s3 = new S3Client({ ...access(endpoints.s3), forcePathStyle: true });
  const request = (id: string, job: TransferJob) =>
    transfers.request(LANE, id, job, { now: Date.now(), wakeAt: Date.now() + 1000 });
  const outcome = (id: string) =>
    expect.poll(async () => (await transfers.get(LANE, id))?.outcome, { timeout: 60_000, interval: 100 });
  const kept = async (key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: named(bucketNames, "Storage"), Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  return { request, wakeUps, outcome, kept };
};

const fetching = (url: string, key: string): TransferJob => ({
  kind: "fetch",
  from: "client",
  url,
  key,
  contentType: "text/plain",
  goodUntil: Date.now() + 600_000,
});

describe("the functions that carry files, as they are deployed", () => {
  it("[T8] the stager, woken by its queue, copies a file into the bucket", async () => {
    const { request, wakeUps, outcome, kept } = asking();
    await request("1#0", fetching(`${files.url}/a.txt`, "attachments/1#0"));
    await wakeUps.send("fetch", [{ lane: LANE, id: "1#0" }]);
    await outcome("1#0").toMatchObject({ as: "done", file: { key: "attachments/1#0", size: FILE.length } });
    expect((await kept("attachments/1#0")).equals(FILE)).toBe(true);
  });

  it("[T8] [R2] the sweeper wakes a transfer whose wake-up got lost; nothing is fetched from this machine but what the sandbox allows", async () => {
    const { request, outcome } = asking();
    await request("2#0", fetching(sandbox.cloud.endpoints.s3, "attachments/2#0"));
    await outcome("2#0").toMatchObject({ as: "failed", reason: expect.stringContaining("begins with http:") });
  });

  it("[I10] the sender, woken by its queue, tells of a file that was never put into the bucket", async () => {
    const { request, wakeUps, outcome } = asking();
    const names = { fileName: "a.txt", originalName: "a.txt", contentType: "" };
    const source = { from: "store", key: "uploads/none" } as const;
    await request("3#0", { kind: "send", ensonoTicketNumber: "e-CS0204070", ...names, source });
    await wakeUps.send("send", [{ lane: LANE, id: "3#0" }]);
    await outcome("3#0").toMatchObject({ as: "failed", reason: expect.stringContaining("does not have it") });
  });
});
