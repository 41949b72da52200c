import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { S3Client } from "@aws-sdk/client-s3";
import { sendAttachment } from "../../lambdas/client-to-ensono/attachment-sender/send-attachment.ts";
import { stageAttachment } from "../../lambdas/ensono-to-client/attachment-stager/stage-attachment.ts";
import { ensonoUpload } from "../../lambdas/shared/adapters/ensono-upload.ts";
import { fileBytes } from "../../lambdas/shared/adapters/file-bytes.ts";
import { httpDownloads } from "../../lambdas/shared/adapters/http-download.ts";
import { s3FileStore } from "../../lambdas/shared/adapters/s3-file-store.ts";
import { s3Links } from "../../lambdas/shared/adapters/s3-links.ts";
import { clientLane, type Lane } from "../../lambdas/shared/domain/lane.ts";
import {
  MEGABYTE,
  type Transfer,
  type TransferJob,
  type TransferOutcome,
} from "../../lambdas/shared/domain/transfer.ts";
import type { CarryDeps } from "../../lambdas/shared/lanes/carry-transfer.ts";

/**
 * `npm run bench:attachment -- [megabytes]`: one file, of 1024 MB unless said otherwise, on both of its ways: from its source into
 * the bucket by the stager, and out of the bucket to Ensono's place for files by the sender, each the real use case on its real
 * adapters. The other sides are another process, and the disk under it sets the pace. What this process takes must not depend on the
 * file: 100 MB of heap at most.
 */

const MOST_HEAP_MB = 100;
const MOST_NEEDED_MB = 60;
const SAMPLE_MS = 20;
const COLLECT_MS = 250;
if (globalThis.gc === undefined) throw new Error("expected node --expose-gc, as npm run bench:attachment has it");
const megabytes = Number(process.argv[2] ?? 1024);
if (!Number.isInteger(megabytes) || megabytes < 1) throw new Error("expected how many megabytes: a number from 1");
const size = megabytes * MEGABYTE;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const startServers = async (): Promise<{ origin: string; stop: () => void }> => {
  const child = spawn(process.execPath, [new URL("file-servers.ts", import.meta.url).pathname], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  for await (const origin of createInterface(child.stdout)) return { origin, stop: () => child.stdin.end() };
  throw new Error("the other sides did not start");
};

interface Measured {
  readonly outcome: TransferOutcome;
  readonly ms: number;
  /** Peaks of V8's heap, garbage included, and of the whole process. */
  readonly heap: number;
  readonly rss: number;
  /** The most of heap and buffers together that was left when the garbage was taken away: what the work needs. */
  readonly needed: number;
}

const measure = async (run: () => Promise<TransferOutcome>): Promise<Measured> => {
  const peak = { heap: 0, rss: 0, needed: 0 };
  const sample = () => {
    const { heapUsed, rss } = process.memoryUsage();
    peak.heap = Math.max(peak.heap, heapUsed);
    peak.rss = Math.max(peak.rss, rss);
  };
  const collect = () => {
    // Buffers are freed beside the program: the second call waits for those of the first.
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    peak.needed = Math.max(peak.needed, heapUsed + arrayBuffers);
  };
  const timers = [setInterval(sample, SAMPLE_MS), setInterval(collect, COLLECT_MS)];
  const startedAt = performance.now();
  const outcome = await run();
  const ms = performance.now() - startedAt;
  sample();
  for (const timer of timers) clearInterval(timer);
  return { outcome, ms, ...peak };
};

const LANE = clientLane("INC1");
const KEY = "attachments/bench";

/** One transfer that is remembered as long as it takes; nobody waits for it. */
const carrying = (job: TransferJob): CarryDeps & { outcome(): TransferOutcome } => {
  const transfer: Transfer = { lane: LANE, id: "1#0", job, requestedAt: 0, attempts: 1 };
  let ended: TransferOutcome = { as: "failed", reason: "it did not end" };
  const known = async () => transfer;
  return {
    transfers: {
      request: known,
      get: known,
      take: known,
      postpone: async (_, failure) => {
        ended = { as: "failed", reason: failure.message };
      },
      finish: async (_, outcome) => {
        ended = outcome;
        return true;
      },
      due: async () => [],
    },
    ledger: { nudge: async (_: Lane) => undefined },
    wakeUps: { send: async () => [] },
    journal: { info: () => undefined, warn: () => undefined },
    clock: Date.now,
    random: Math.random,
    retry: { firstSeconds: 60, longestSeconds: 600, giveUpDays: 14 },
    timeLeft: () => 900_000,
    outcome: () => ended,
  };
};

const { origin, stop } = await startServers();
const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
const client = new S3Client({ endpoint: origin, region: "eu-west-1", credentials, forcePathStyle: true });
const links = s3Links({ bucketUrl: `${origin}/bucket`, signer: client.config, clock: Date.now });

const stage = async (): Promise<TransferOutcome> => {
  const url = `${origin}/source/${size}`;
  const job = { kind: "fetch", from: "ensono", url, key: KEY, contentType: "text/plain", expectedSize: size } as const;
  const carried = carrying({ ...job, goodUntil: Date.now() + 7_200_000 });
  const downloads = httpDownloads({ allowed: [origin], maxBytes: size, clock: Date.now });
  const files = s3FileStore({ client, bucket: "bucket" });
  const deps = { ...carried, downloads: { ensono: downloads, client: downloads }, files, maxBytes: size };
  await stageAttachment({ lane: LANE, id: "1#0" }, deps);
  return carried.outcome();
};

const send = async (asBase64: boolean): Promise<TransferOutcome> => {
  const names = { ensonoTicketNumber: "e-CS1", fileName: "a.txt", originalName: "a.txt", contentType: "text/plain" };
  const carried = carrying({ kind: "send", ...names, source: { from: "store", key: KEY } });
  const breaker = {
    admit: async () => "go" as const,
    succeeded: async () => undefined,
    failed: async () => undefined,
  };
  const deps = {
    ...carried,
    ledger: { ...carried.ledger, entry: async () => undefined },
    files: links,
    uploads: { ...ensonoUpload(), uploadUrl: async () => `${origin}/upload` },
    bytes: fileBytes,
    breaker,
    config: { asBase64, mismatch: "send" as const },
    maxBytes: size,
  };
  await sendAttachment({ lane: LANE, id: "1#0" }, deps);
  return carried.outcome();
};

const ways = [
  ["source → stager → bucket", stage],
  ["bucket → sender → Ensono", () => send(false)],
  ["the same as base64", () => send(true)],
] as const;

const inMb = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(0)} MB`;

let isWhole = true;
let digest: string | undefined;
print(`one file of ${megabytes} MB`);
for (const [way, run] of ways) {
  const { outcome, ms, heap, rss, needed } = await measure(run);
  const took = `${(megabytes / (ms / 1000)).toFixed(0).padStart(4)} MB/s`;
  print(
    `${way.padEnd(26)} ${took}   peak heap ${inMb(heap)}, peak RSS ${inMb(rss)}; heap and buffers without garbage ${inMb(needed)}`,
  );
  if (
    outcome.as === "failed" ||
    outcome.file.size !== size ||
    outcome.file.sha256 !== (digest ?? outcome.file.sha256)
  ) {
    print(`FAILED: ${JSON.stringify(outcome)}`);
    isWhole = false;
    break;
  }
  digest = outcome.file.sha256;
  if (heap > MOST_HEAP_MB * MEGABYTE || needed > MOST_NEEDED_MB * MEGABYTE) {
    print(`FAILED: expected at most ${MOST_HEAP_MB} MB of heap, and ${MOST_NEEDED_MB} MB needed`);
    isWhole = false;
  }
}
stop();
client.destroy();
process.exitCode = isWhole ? 0 : 1;
