import { createHash } from "node:crypto";
import type { DeliveredFile } from "../../../lambdas/shared/domain/client-contract.ts";
import { KEPT_BYTES } from "./files.ts";
import { ProblemError } from "./problem.ts";

/** Longer than the bridge waits for the delivery's answer: its repeat then finds the file here. */
const LONGEST_DOWNLOAD_MS = 120_000;

/**
 * Takes the file of a delivery: reads the link to its end, or decodes the content. Gives the bytes of a small file only.
 *
 * @throws ProblemError 400 without a link or content, 422 when the content is not what it is said to be, 502 when the link
 * gives another file or none, so that the delivery is repeated.
 */
export const receiveFile = async (file: DeliveredFile, closing: AbortSignal): Promise<Buffer | undefined> => {
  if (file.content !== undefined) {
    const bytes = Buffer.from(file.content, "base64");
    const received = { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
    return isSame(file, received) ? small(bytes) : refuse(422, "content", file, received);
  }
  if (file.url === undefined) {
    throw new ProblemError(400, { error: "expected url or content", field: "data.attachment" });
  }
  const received = await download(file.url, closing);
  return isSame(file, received) ? received.bytes : refuse(502, "url", file, received);
};

type Received = Pick<DeliveredFile, "size" | "sha256">;

const isSame = (told: Received, { size, sha256 }: Received): boolean => told.size === size && told.sha256 === sha256;

const small = (bytes: Buffer): Buffer | undefined => (bytes.length < KEPT_BYTES ? bytes : undefined);

const refuse = (status: number, field: string, told: Received, { size, sha256 }: Received): never => {
  throw new ProblemError(status, {
    error: `expected ${told.size} bytes with the SHA-256 ${told.sha256}, got ${size} with ${sha256}`,
    field: `data.attachment.${field}`,
  });
};

/** Reads the file in pieces, so that a large one takes no room. */
const download = async (url: string, closing: AbortSignal): Promise<Received & { bytes: Buffer | undefined }> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([closing, AbortSignal.timeout(LONGEST_DOWNLOAD_MS)]) });
    if (!answer.ok || answer.body === null) throw new Error(`it was answered ${answer.status}`);
    const hash = createHash("sha256");
    const kept: Uint8Array[] = [];
    let size = 0;
    for await (const piece of answer.body) {
      hash.update(piece);
      size += piece.length;
      if (size < KEPT_BYTES) kept.push(piece);
    }
    return { size, sha256: hash.digest("hex"), bytes: size < KEPT_BYTES ? Buffer.concat(kept) : undefined };
  } catch (error) {
    throw new ProblemError(502, {
      error: `the file cannot be fetched: ${String(error)}`,
      field: "data.attachment.url",
    });
  }
};
