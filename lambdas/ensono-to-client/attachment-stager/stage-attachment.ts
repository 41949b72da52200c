import { type Bytes, watched } from "../../shared/domain/byte-streams.ts";
import { TransientError } from "../../shared/domain/errors.ts";
import type { TransferJob, TransferOutcome } from "../../shared/domain/transfer.ts";
import {
  type Carriage,
  type CarryDeps,
  type CarryEnd,
  carryTransfer,
  inTime,
  type Later,
  type Learnt,
} from "../../shared/lanes/carry-transfer.ts";
import type { Downloads, FileStore, TransferName } from "../../shared/ports.ts";

type FetchJob = Extract<TransferJob, { kind: "fetch" }>;

export interface StageDeps extends CarryDeps {
  /** By who named the address: each side has hosts of its own. */
  readonly downloads: Readonly<Record<FetchJob["from"], Downloads>>;
  readonly files: FileStore;
  /** Bytes; the downloads hold to it as well. */
  readonly maxBytes: number;
}

/** So often a file may come with another size than was announced, before that is believed. */
const MOST_STRIKES = 3;

/**
 * Copies one file to our store before its address dies (T8), whatever its ticket waits for meanwhile. A file that cannot be
 * had ends the transfer with a reason for the ticket; what waiting may cure is tried until the address dies.
 */
export const stageAttachment = (name: TransferName, deps: StageDeps): Promise<CarryEnd> =>
  carryTransfer(name, staging(deps), deps);

const staging = (deps: StageDeps): Carriage<FetchJob> => ({
  kind: "fetch",
  attempt: (job, _, learnt) => stage(job, learnt, deps),
  giveUp: ({ goodUntil }, { message }, now) =>
    now < goodUntil ? undefined : `it could not be fetched before its address died; the last try: ${message}`,
  lastTryAt: ({ goodUntil }) => goodUntil,
});

const stage = async (job: FetchJob, learnt: Learnt, deps: StageDeps): Promise<TransferOutcome | Later> => {
  const { key, contentType, expectedSize = 0 } = job;
  if (expectedSize > deps.maxBytes) {
    const reason = `it has ${expectedSize} bytes; at most ${deps.maxBytes} bytes are taken (attachments.maxMegabytes)`;
    return { as: "failed", reason };
  }
  const size: SizeCheck = { expected: job.expectedSize };
  try {
    const download = await deps.downloads[job.from].open(job.url);
    const content = inTime(ofExpectedSize(download, size), deps);
    return { as: "done", file: await deps.files.put(key, { contentType, content }) };
  } catch (error) {
    if (size.instead !== undefined) return afterWrongSize(size, learnt);
    // There is nobody to ask for another address.
    if (error instanceof TransientError && error.code === "expired") return { as: "failed", reason: error.message };
    throw error;
  }
};

interface SizeCheck {
  /** Bytes, where they were announced. */
  readonly expected: number | undefined;
  /** What came instead, in words. */
  instead?: string;
}

/** Breaks the stream off as soon as its size cannot be the expected one any more, so that nothing is kept of it. */
const ofExpectedSize = (
  { size, content }: Pick<Awaited<ReturnType<Downloads["open"]>>, "size" | "content">,
  check: SizeCheck,
): Bytes => {
  const { expected } = check;
  if (expected === undefined) return content;
  let got = 0;
  return watched(content, (piece) => {
    got += piece?.byteLength ?? 0;
    if (size !== undefined && size !== expected) check.instead = `${size}`;
    else if (got > expected) check.instead = "more";
    else if (piece === undefined && got < expected) check.instead = `${got}`;
    if (check.instead !== undefined) throw new Error("it has another size");
  });
};

const afterWrongSize = ({ expected, instead }: SizeCheck, learnt: Learnt): TransferOutcome | Later => {
  learnt.strikes += 1;
  const message = `it was announced with ${expected} bytes, and has ${instead}`;
  if (learnt.strikes < MOST_STRIKES) return { as: "later", code: "wrong-size", message };
  return { as: "failed", reason: `${message}, each of ${learnt.strikes} times` };
};
