import type { Bytes } from "./domain/byte-streams.ts";
import type { Failure } from "./domain/entry.ts";
import type { Sniffed } from "./domain/file-content.ts";
import type { Lane } from "./domain/lane.ts";
import type { StoredFile } from "./domain/steps.ts";
import type { Transfer, TransferJob, TransferOutcome } from "./domain/transfer.ts";

/** The part of `ports.ts` that is about files on their way; the same holds for what its methods throw. */

/** Where Ensono takes files (guide, "Transferring Files To Ensono"). */
export interface EnsonoUploads {
  /** GET /tickets/{n}/attachments/{filename}: a URL for one upload, good for 120 s. A new one for each call. */
  uploadUrl(ensonoTicketNumber: string, fileName: string): Promise<string>;
  /**
   * PUT to such a URL, with no API key. The same bytes to the same URL once more are harmless.
   *
   * @throws TransientError `expired` when the URL is no longer good; another one, with the effect, as for all calls.
   */
  upload(url: string, file: { size: number; contentType: string; content: AsyncIterable<Uint8Array> }): Promise<void>;
}

/** Files on their way lie here, under keys of ours, until they expire. Streams are read once and hold little memory. */
export interface FileStore {
  /** Keeps a file; one under the same key is replaced. Gives what was kept. @throws what the content throws; nothing is kept then. */
  put(
    key: string,
    file: { contentType: string; content: AsyncIterable<Uint8Array> },
  ): Promise<StoredFile & { sha256: string }>;
}

/** The same files for whom it is enough to ask by links: no SDK is needed for it. */
export interface FileLinks {
  /** A link by which anybody can fetch the file for so long, under this name; whether there is one is not looked at. */
  toFetch(key: string, as: { fileName: string; contentType: string; seconds: number }): Promise<string>;
  /** A link by which anybody can put a file there for so long. */
  toPut(key: string, seconds: number): Promise<string>;
  /** Reads a file from its begin; undefined when there is none. */
  read(key: string): Promise<{ size: number; content: AsyncIterable<Uint8Array> } | undefined>;
}

/** What is done with the bytes of a file on their way; nothing of it is outside. */
export interface FileBytes {
  /** What the first bytes of a file look like; undefined where nobody knows, as of any text. Never throws. */
  recognise(begin: Uint8Array): Promise<Sniffed | undefined>;
  /** The same bytes, counted and digested while they pass; `measure` counts once they have. */
  measured(content: Bytes): { content: Bytes; measure(): { size: number; sha256: string } };
  /** The bytes in base64, as text. */
  asBase64(content: Bytes): Bytes;
}

/** Fetches from addresses that others have named; only from hosts that are allowed, and never from within (T8). */
export interface Downloads {
  /**
   * GET, without following redirects. Size in bytes where the other side says it.
   *
   * @throws PermanentError `refused` for an address that is not allowed, and for an answer that no repeat will change
   * (redirect, 401, 404, 410). @throws TransientError `expired` when a pre-signed URL is no longer good, `unavailable` otherwise;
   * the content throws it too, also when it ends early or makes no progress.
   */
  open(
    url: string,
  ): Promise<{ size: number | undefined; contentType: string | undefined; content: AsyncIterable<Uint8Array> }>;
}

/** Transfers of files that are under way beside the lanes, because they may take minutes: each with its own record, lease and retries. */
export interface Transfers {
  /**
   * Asks for a transfer, which is due at `wakeAt` should its wake-up get lost. Idempotent by lane and id: one that is known stays
   * as it is. Gives it as it stands.
   */
  request(lane: Lane, id: string, job: TransferJob, at: { now: number; wakeAt: number }): Promise<Transfer>;
  get(lane: Lane, id: string): Promise<Transfer | undefined>;
  /** Takes it for one try until then, and counts the try; undefined when it has ended, is put off, or another run has it. */
  take(lane: Lane, id: string, at: { now: number; until: number }): Promise<Transfer | undefined>;
  /**
   * Gives a try up; no other before `notBefore`. What the try learnt is recorded as `transfer` has it: `strikes`, `inDoubt`.
   * Nothing happens when another run has taken it since.
   */
  postpone(transfer: Transfer, failure: Failure, notBefore: number): Promise<void>;
  /** Ends it. Resolves to false when another run has taken it since. */
  finish(transfer: Transfer, outcome: TransferOutcome, now: number): Promise<boolean>;
  /** Those of a kind whose time has come, the longest due first; eventually consistent. */
  due(kind: TransferJob["kind"], now: number, limit: number): Promise<readonly TransferName[]>;
}
export interface TransferName {
  readonly lane: Lane;
  readonly id: string;
}

/** "Look at this transfer." As wake-ups of lanes: losing or doubling one changes nothing but when it happens. */
export interface TransferWakeUps {
  /** Never throws for single ones that failed: the sweeper comes by. */
  send(kind: TransferJob["kind"], transfers: readonly TransferName[]): Promise<void>;
}
