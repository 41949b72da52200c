import { createCipheriv, createHash } from "node:crypto";
import * as z from "zod";

/** The bytes of a file: given, or made up as they are read, so that a file of any size needs no memory. */

export const generatedSchema = z.strictObject({
  bytes: z.int().nonnegative(),
  /** The same seed gives the same bytes. */
  seed: z.string().default("a file"),
});
export type Generated = z.infer<typeof generatedSchema>;
export type FileContent = Buffer | Generated;

const CHUNK_BYTES = 64 * 1024;
/** So many chunks are read before other work gets its turn. */
const CHUNKS_AT_A_TIME = 256;

export const sizeOf = (content: FileContent): number => (Buffer.isBuffer(content) ? content.length : content.bytes);

/** In chunks of 64 KB at most. */
export function* chunksOf(content: FileContent): Generator<Buffer> {
  if (Buffer.isBuffer(content)) {
    for (let at = 0; at < content.length; at += CHUNK_BYTES) yield content.subarray(at, at + CHUNK_BYTES);
    return;
  }
  const key = createHash("sha256").update(content.seed).digest().subarray(0, 16);
  const keystream = createCipheriv("aes-128-ctr", key, Buffer.alloc(16));
  const zeros = Buffer.alloc(CHUNK_BYTES);
  for (let left = content.bytes; left > 0; left -= CHUNK_BYTES)
    yield keystream.update(left < CHUNK_BYTES ? zeros.subarray(0, left) : zeros);
}

/** Hexadecimal. Reads the content through once, giving way to other work in between. */
export const sha256Of = async (content: FileContent): Promise<string> => {
  const hash = createHash("sha256");
  let chunks = 0;
  for (const chunk of chunksOf(content)) {
    hash.update(chunk);
    chunks += 1;
    if (chunks % CHUNKS_AT_A_TIME === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return hash.digest("hex");
};
