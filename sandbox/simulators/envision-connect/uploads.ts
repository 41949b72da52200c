import type { ClientFile, DroppedFile } from "./attached-file.ts";
import { type FileHolder, refuseWhenFinal, sendFile } from "./attachments.ts";
import type { Ensono } from "./ensono.ts";
import { contentTypeFor, isBase64Name, mediaType, typeRefusal, withoutBase64 } from "./file-rules.ts";
import type { Upload } from "./file-store.ts";
import { presign } from "./presigned-url.ts";
import type { Received } from "./receive-file.ts";
import { newSysId } from "./sys-id.ts";
import { TicketRefusal, utcSeconds } from "./tickets.ts";

/** Files from the client to Ensono (guide, "Transferring Files To Ensono"). */

export const INBOUND_PATH = "/_s3/inbound/";
const UPLOAD_SECONDS = 120;

/** The URL to which the client may PUT a file of this name, once and within 120 s. */
export function uploadUrl(ensono: Ensono, asked: Pick<Upload, "ticketNumber" | "fileName" | "isEcho">): string {
  const { key } = ensono.files.openUpload(asked, UPLOAD_SECONDS);
  return presign({
    method: "PUT",
    origin: ensono.storageUrl(),
    path: `${INBOUND_PATH}${key}`,
    expirySeconds: UPLOAD_SECONDS,
    at: ensono.now(),
  });
}

export interface ArrivedFile {
  upload: Upload;
  received: Received;
  /** The Content-Type header. */
  sentType: string;
}

/** What Ensono does with a file that has arrived: attach it, or drop it without a word to the client. */
export function takeUpload(ensono: Ensono, arrived: ArrivedFile): void {
  const holder = ensono.findEither(arrived.upload.ticketNumber);
  if (holder === undefined) throw new Error(`The upload ${arrived.upload.key} is of no ticket.`);
  const facts = factsOf(arrived);
  const why = whyDropped(holder, arrived, facts);
  if (why === undefined) keep(ensono, holder, arrived, facts);
  else holder.droppedFiles.push({ ...facts, droppedAt: utcSeconds(ensono.now()), why });
}

type Facts = Pick<DroppedFile, "fileName" | "contentType" | "size" | "sha256">;

function factsOf({ upload, received, sentType }: ArrivedFile): Facts {
  const { size, sha256 } = received.file;
  const fileName = withoutBase64(upload.fileName);
  const contentType = isBase64Name(upload.fileName) ? contentTypeFor(fileName) : sentType;
  return { fileName, contentType, size, sha256 };
}

function whyDropped(holder: FileHolder, { upload, received, sentType }: ArrivedFile, facts: Facts): string | undefined {
  if (isBase64Name(upload.fileName) && mediaType(sentType) !== "text/plain")
    return "A base64 body needs the Content-Type text/plain.";
  if (received.isMalformed) return "The body is not base64.";
  try {
    refuseWhenFinal(holder);
  } catch (error) {
    if (error instanceof TicketRefusal) return error.message;
    throw error;
  }
  return typeRefusal({ ...facts, head: received.file.head });
}

/** Another PUT to the same URL overwrites, as in S3; if with other bytes, those before it are lost. */
function keep(ensono: Ensono, holder: FileHolder, { upload, received }: ArrivedFile, facts: Facts): void {
  const at = utcSeconds(ensono.now());
  const before = holder.files.find(
    (file): file is ClientFile => file.from === "client" && file.fileId === upload.fileId,
  );
  if (before !== undefined && before.sha256 !== facts.sha256) {
    const { fileName, contentType, size, sha256 = "" } = before;
    const why = "Other bytes were PUT to the same URL.";
    holder.droppedFiles.push({ fileName, contentType, size, sha256, droppedAt: at, why });
  }
  const file: ClientFile = {
    ...facts,
    fileId: before?.fileId ?? newSysId(),
    from: "client",
    attachedAt: at,
    puts: (before?.puts ?? 0) + 1,
  };
  holder.files = [...holder.files.filter((other) => other !== before), file];
  upload.fileId = file.fileId;

  const { content } = received.file;
  if (content === undefined) ensono.files.drop(file.fileId);
  else ensono.files.put({ ...file, ticketNumber: holder.ticketNumber, content });
  // Bytes that were not kept cannot be downloaded again, so /echo has nothing to tell of then.
  if (upload.isEcho && before === undefined && content !== undefined) sendFile(ensono, holder, file);
}
