import type { ClientEventAttachment } from "./client-contract.ts";
import { fileOf } from "./decide-attachment.ts";
import type { EnsonoBody } from "./ensono-transaction.ts";
import type { Lane } from "./lane.ts";
import type { Digest } from "./marks.ts";
import { goodUntil } from "./pre-signed-urls.ts";
import type { TransferJob } from "./transfer.ts";

/** Which file of which entry a fetch is for, and when its address was given (epoch ms). */
interface FileOfEntry {
  readonly lane: Lane;
  readonly order: string;
  readonly nth: number;
  readonly givenAt: number;
}

/** Fetches the file of an Attachment transaction (T8); undefined when it gives no address. */
export const fetchFromEnsono = (body: EnsonoBody, of: FileOfEntry, digest: Digest): TransferJob | undefined => {
  const { url, contentType, size } = fileOf(body);
  if (url === undefined) return undefined;
  const expected = size === undefined ? {} : { expectedSize: size };
  return { kind: "fetch", from: "ensono", url, contentType, ...placeOf(url, of, digest), ...expected };
};

/** Fetches a file that an event of the client's names by its address (I10); undefined when it names none. */
export const fetchFromClient = (
  { url, contentType = "application/octet-stream" }: ClientEventAttachment,
  of: FileOfEntry,
  digest: Digest,
): TransferJob | undefined =>
  url === undefined ? undefined : { kind: "fetch", from: "client", url, contentType, ...placeOf(url, of, digest) };

const placeOf = (url: string, { lane, order, nth, givenAt }: FileOfEntry, digest: Digest) => ({
  // Never the file's name: what others have named is no part of a key of ours.
  key: `attachments/${digest(`${lane}|${order}|${nth}`)}`,
  goodUntil: goodUntil(url, givenAt),
});
