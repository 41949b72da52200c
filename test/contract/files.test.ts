import { s3FileStore } from "../../lambdas/shared/adapters/s3-file-store.ts";
import { s3Links } from "../../lambdas/shared/adapters/s3-links.ts";
import { inMemoryFiles } from "../support/fakes/in-memory-files.ts";
import { useS3 } from "../support/s3.ts";
import { filesContract } from "./files.contract.ts";

filesContract("the fake", async () => inMemoryFiles());

const newBucket = useS3();

filesContract("the sandbox's S3", async () => {
  const { client, bucket, bucketUrl } = newBucket();
  return { ...s3FileStore({ client, bucket }), ...s3Links({ bucketUrl, signer: client.config, clock: Date.now }) };
});
