import { buildApp } from "fauxqs";
import * as z from "zod";
// The package's `startFauxqs` listens on every network interface, and tickets would lie open to the local network. Its
// `buildApp` can be told where to listen, but wants the stores, which the package does not export by name.
import { FileS3Persistence } from "../../node_modules/fauxqs/dist/s3/fileS3Persistence.js";
import { S3Store } from "../../node_modules/fauxqs/dist/s3/s3Store.js";
import { SnsStore } from "../../node_modules/fauxqs/dist/sns/snsStore.js";
import { SqsStore } from "../../node_modules/fauxqs/dist/sqs/sqsStore.js";
import type { InterpretedResource } from "./template.ts";

/** What the sandbox reads of AWS::SQS::Queue. */
export const queueSchema = z.object({
  FifoQueue: z.boolean().optional(),
  ContentBasedDeduplication: z.boolean().optional(),
  DeduplicationScope: z.enum(["queue", "messageGroup"]).optional(),
  FifoThroughputLimit: z.enum(["perQueue", "perMessageGroupId"]).optional(),
  VisibilityTimeout: z.number().default(30),
  MessageRetentionPeriod: z.number().optional(),
  MaximumMessageSize: z.number().optional(),
  DelaySeconds: z.number().optional(),
  ReceiveMessageWaitTimeSeconds: z.number().optional(),
  RedrivePolicy: z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.number() }).optional(),
});
type QueueProperties = z.infer<typeof queueSchema>;
export type Queue = InterpretedResource<QueueProperties>;

export interface QueuesAndBuckets {
  readonly endpoint: string;
  createQueue(queue: Queue): void;
  /** Idempotent: a bucket kept from an earlier run stays as it is. */
  createBucket(name: string): void;
  stop(): Promise<void>;
}

/**
 * Starts SQS and S3 in this process, on a free loopback port.
 *
 * @param dataDirectory keeps the buckets between runs. Queues always start empty: the truth is in the ledger.
 */
export async function startQueuesAndBuckets(dataDirectory?: string): Promise<QueuesAndBuckets> {
  const stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
  if (dataDirectory !== undefined) {
    const files = new FileS3Persistence(dataDirectory);
    // Loaded before it is attached, or loading would write every object again.
    files.loadS3(stores.s3Store);
    stores.s3Store.persistence = files;
  }
  const app = buildApp({ logger: false, stores });
  const endpoint = await app.listen({ port: 0, host: "127.0.0.1" });

  return {
    endpoint,
    createQueue({ name, ref, arn, properties }) {
      stores.sqsStore.createQueue(name, ref, arn, toAttributes(properties));
    },
    createBucket(name) {
      if (!stores.s3Store.hasBucket(name)) stores.s3Store.createBucket(name);
    },
    stop: () => app.close(),
  };
}

function toAttributes(queue: QueueProperties): Record<string, string> {
  return Object.fromEntries(
    Object.entries(queue)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]),
  );
}
