import { randomUUID } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { type QueuesAndBuckets, startQueuesAndBuckets } from "../../sandbox/emulators/queues-and-buckets.ts";

export interface TestBucket {
  readonly client: S3Client;
  readonly bucket: string;
  /** With the bucket in the path. */
  readonly bucketUrl: string;
}

/** Starts the sandbox's S3 for the surrounding suite; each test gets a bucket of its own. */
export const useS3 = (): (() => TestBucket) => {
  let storage: QueuesAndBuckets;
  beforeAll(async () => {
    storage = await startQueuesAndBuckets();
  });
  afterAll(() => storage.stop());

  return () => {
    const { endpoint } = storage;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const client = new S3Client({ endpoint, region: "eu-west-1", credentials, forcePathStyle: true });
    onTestFinished(() => client.destroy());
    const bucket = `files-${randomUUID()}`;
    storage.createBucket(bucket);
    return { client, bucket, bucketUrl: `${endpoint}/${bucket}` };
  };
};
