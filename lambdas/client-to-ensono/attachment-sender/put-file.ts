import { type Bytes, base64Length, discard, peek } from "../../shared/domain/byte-streams.ts";
import type { BridgeConfig } from "../../shared/domain/config.ts";
import { BYTES_TO_JUDGE, contentTypeOf, judgeContent } from "../../shared/domain/file-content.ts";
import type { Transfer, TransferJob, TransferOutcome } from "../../shared/domain/transfer.ts";
import { type CarryDeps, inTime } from "../../shared/lanes/carry-transfer.ts";
import type { EnsonoUploads, FileBytes, FileLinks, Ledger } from "../../shared/ports.ts";

export type SendJob = Extract<TransferJob, { kind: "send" }>;
type SentFile = Extract<TransferOutcome, { as: "done" }>["file"];

export interface FileDeps extends CarryDeps {
  readonly ledger: Pick<Ledger, "nudge" | "entry">;
  readonly files: Pick<FileLinks, "read">;
  readonly uploads: EnsonoUploads;
  readonly bytes: FileBytes;
  readonly config: Pick<BridgeConfig["attachments"], "asBase64" | "mismatch">;
  readonly maxBytes: number;
}

interface OpenFile {
  /** Bytes. */
  readonly size: number;
  readonly content: Bytes;
  readonly key: string;
}

/** Whether the file may be sent, by what is known of it before: `refused` and a `warning` are words for the ticket. */
export const judgeFile = async (
  job: SendJob,
  transfer: Transfer,
  deps: FileDeps,
): Promise<{ refused: string } | { warning?: string }> => {
  const file = await openFile(job, transfer, deps);
  if (file === undefined) {
    return {
      refused: "the bridge does not have it: it was not put to the upload URL, or too long ago. Attach it again",
    };
  }
  const { begin, content } = await peek(file.content, BYTES_TO_JUDGE);
  await discard(content);
  if (file.size > deps.maxBytes) {
    const limit = `at most ${deps.maxBytes} bytes are taken (attachments.maxMegabytes)`;
    return { refused: `it has ${file.size} bytes; ${limit}` };
  }
  const verdict = judgeContent(job, { begin, sniffed: await deps.bytes.recognise(begin) });
  if (verdict.is === "ok") return {};
  if (verdict.is === "executable") return { refused: "it is a program (.exe), whatever its name: Ensono takes none" };
  const looks = `its content looks like ${verdict.looksLike}, not like ${job.fileName} (${contentType(job)})`;
  return deps.config.mismatch === "refuse"
    ? { refused: `${looks}; ServiceNow may drop such a file, so it was not sent` }
    : { warning: `${looks}; ServiceNow may drop it` };
};

const contentType = (job: SendJob): string => contentTypeOf(job.fileName, job.contentType);

/** Puts the file to a URL of Ensono's. @throws what the upload throws. */
export const putFile = async (
  { job, transfer, url }: { job: SendJob; transfer: Transfer; url: string },
  deps: FileDeps,
): Promise<SentFile> => {
  const file = await openFile(job, transfer, deps);
  if (file === undefined) throw new Error(`${transfer.lane} ${transfer.id}: the file was there a moment ago`);
  const { content, measure } = deps.bytes.measured(inTime(file.content, deps));
  const { size } = file;
  const sent = deps.config.asBase64
    ? { size: base64Length(size), contentType: "text/plain", content: deps.bytes.asBase64(content) }
    : { size, contentType: contentType(job), content };
  await deps.uploads.upload(url, sent);
  return { key: file.key, ...measure() };
};

/** From its begin; undefined when there is none. */
const openFile = async ({ source }: SendJob, { lane, id }: Transfer, deps: FileDeps): Promise<OpenFile | undefined> => {
  if (source.from === "store") {
    const file = await deps.files.read(source.key);
    return file && { ...file, key: source.key };
  }
  const entry = await deps.ledger.entry(lane, source.order);
  const attached = entry?.content.kind === "event" ? entry.content.event.attachments[source.nth] : undefined;
  if (attached?.content === undefined) return undefined;
  const bytes = Uint8Array.from(atob(attached.content), (sign) => sign.charCodeAt(0));
  return { size: bytes.byteLength, content: inOnePiece(bytes), key: id };
};

async function* inOnePiece(bytes: Uint8Array) {
  yield bytes;
}
