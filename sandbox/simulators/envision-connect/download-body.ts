import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { DownloadFault } from "./faults.ts";
import { CHUNK_BYTES, chunksOf, sizeOf } from "./file-content.ts";
import type { StoredFile } from "./file-store.ts";

/** Sends a file as it is read, so that its size does not matter, and breaks the sending off where a fault says so. */

const PACES_PER_SECOND = 20;
/** So long the bytes before a reset have to arrive; the reset itself overtakes nothing, but may wipe what is unread. */
const GRACE_MS = 20;

type BodyFault = Exclude<DownloadFault, { kind: "redirect" }>;

export interface Download {
  file: StoredFile;
  fault: BodyFault | undefined;
  closing: AbortSignal;
}

/** Gives the number of bytes sent; undefined when the download was broken off. */
export async function sendFile(
  response: ServerResponse,
  { file, fault, closing }: Download,
): Promise<number | undefined> {
  const size = sizeOf(file.content);
  const length = fault?.kind === "wrong-size" ? (fault.bytes ?? size + 1) : size;
  const isCut = fault?.kind === "reset-mid-body" || fault?.kind === "truncated";
  const sent = isCut ? Math.min(fault.afterBytes ?? Math.floor(size / 2), size) : length;

  response.writeHead(200, {
    "content-type": file.contentType,
    "content-length": length,
    etag: `"${file.fileId}"`,
  });
  response.flushHeaders();
  const bytes = exactly(chunksOf(file.content), sent);
  const chunks = fault?.kind === "slow" ? paced(bytes, fault.bytesPerSecond, closing) : bytes;
  await pipeline(Readable.from(chunks, { objectMode: false }), response, { end: false });

  if (!isCut) {
    await new Promise<void>((resolve) => response.end(resolve));
    return sent;
  }
  await delay(GRACE_MS, undefined, { signal: closing });
  if (fault.kind === "truncated") response.socket?.end();
  else response.socket?.resetAndDestroy();
  return undefined;
}

/** Cuts what is too much, and fills up with zeros what is too little. */
function* exactly(chunks: Iterable<Buffer>, bytes: number): Generator<Buffer> {
  let left = bytes;
  for (const chunk of chunks) {
    if (left === 0) return;
    yield chunk.subarray(0, left);
    left -= Math.min(left, chunk.length);
  }
  const zeros = Buffer.alloc(Math.min(left, CHUNK_BYTES));
  for (; left > 0; left -= zeros.length) yield zeros.subarray(0, left);
}

async function* paced(chunks: Iterable<Buffer>, bytesPerSecond: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const step = Math.max(1, Math.floor(bytesPerSecond / PACES_PER_SECOND));
  for (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += step) {
      const piece = chunk.subarray(at, at + step);
      yield piece;
      await delay((piece.length / bytesPerSecond) * 1000, undefined, { signal });
    }
}
