import { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { type Bytes, bytesFrom, nextOf } from "../domain/byte-streams.ts";
import type { FileStore } from "../ports.ts";
import { measured } from "./measured-content.ts";

/**
 * The smallest parts that S3 takes, few at a time: how much is in memory does not depend on the file, and the 10,000 parts that
 * it takes are more than the largest file of the configuration has.
 */
const PART_BYTES = 5 * 1024 * 1024;
const PARTS_AT_A_TIME = 3;

/** Files in a bucket, put in parts; a small one in one call. An upload that breaks off is aborted, so that nothing of it stays. */
export const s3FileStore = ({ client, bucket }: { client: S3Client; bucket: string }): FileStore => ({
  async put(key, { contentType, content }) {
    const { content: passing, measure } = measured(content);
    const failure: Failure = {};
    const Body = Readable.from(remembering(passing, failure));
    const upload = new Upload({
      client,
      params: { Bucket: bucket, Key: key, ContentType: contentType, Body },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_A_TIME,
    });
    try {
      await upload.done();
    } catch (error) {
      throw "of" in failure ? failure.of : error;
    }
    return { key, ...measure() };
  },
});

interface Failure {
  of?: unknown;
}

/** Aborting may fail as well; what the content threw is what counts. */
const remembering = (content: Bytes, failure: Failure): Bytes => {
  const iterator = content[Symbol.asyncIterator]();
  const next = async () => {
    try {
      return nextOf(await iterator.next());
    } catch (error) {
      failure.of = error;
      throw error;
    }
  };
  return bytesFrom(next, () => iterator.return?.());
};
