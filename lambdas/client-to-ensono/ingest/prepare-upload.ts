import type { Upload, UploadRequest } from "../../shared/domain/client-contract.ts";
import { uploadKey } from "../../shared/domain/transfer.ts";
import type { Clock, FileLinks } from "../../shared/ports.ts";

export interface UploadDeps {
  readonly links: Pick<FileLinks, "toPut">;
  readonly clock: Clock;
  /** The largest file that is taken (bytes). */
  readonly maxBytes: number;
  /** Gives a UUID of its own for each request's id, the same one for the same id. */
  readonly uuidOf: (id: string) => string;
}

/** Long enough for a large file over a slow line: the link must be good when the upload begins, not when it ends. */
const LINK_SECONDS = 3600;

/**
 * Gives the client a place for a file that is too large to go along with an event (I10). It counts for nothing until an event
 * names it. Idempotent by the request's id: the same place again, with a fresh link.
 */
export const prepareUpload = async (
  { id, upload }: { id: string; upload: UploadRequest },
  { links, clock, maxBytes, uuidOf }: UploadDeps,
): Promise<Upload | { tooLarge: string }> => {
  if (upload.size !== undefined && upload.size > maxBytes) {
    return { tooLarge: `the file has ${upload.size} bytes; at most ${maxBytes} are taken` };
  }
  const uploadId = uuidOf(id);
  const expiresAt = new Date(clock() + LINK_SECONDS * 1000).toISOString();
  return { uploadId, uploadUrl: await links.toPut(uploadKey(uploadId), LINK_SECONDS), expiresAt };
};
