import type { AttachedFile, EnsonoFile } from "./attached-file.ts";
import { type ChangeRecord, refuseWhenOver } from "./changes.ts";
import type { Ensono } from "./ensono.ts";
import { type FileContent, sizeOf } from "./file-content.ts";
import { decodedPath, presign } from "./presigned-url.ts";
import { newSysId } from "./sys-id.ts";
import { refuseWhenClosed, type TicketRecord, TicketRefusal, utcSeconds } from "./tickets.ts";
import { type Transaction, transaction } from "./transactions.ts";

/** Files on tickets and changes, from Ensono to the client. */

export type FileHolder = TicketRecord | ChangeRecord;
/** Finds a ticket or a change and lets it be acted on. @throws UnknownTicket */
export type ActOn = (ticketNumber: string, act: (holder: FileHolder) => void) => void;

export const OUTBOUND_PATH = "/_s3/outbound/";
const DOWNLOAD_SECONDS = 7200;

/** Of a draft that was never submitted nothing is sent. */
export const isKnownToClient = (holder: FileHolder): boolean =>
  holder.ticketType !== "Change" || holder.isKnownToClient;

/** @throws TicketRefusal when the ticket takes no more updates. */
export const refuseWhenFinal = (holder: FileHolder): void =>
  holder.ticketType === "Change" ? refuseWhenOver(holder) : refuseWhenClosed(holder);

export interface NewFile {
  fileName: string;
  contentType: string;
  content: FileContent;
  sha256?: string;
  isPublic: boolean;
  expirySeconds: number;
}

/**
 * Attaches a file as someone at Ensono, and tells the client when it is public.
 * @throws TicketRefusal when the ticket takes no more updates.
 */
export function attachFile(ensono: Ensono, holder: FileHolder, { content, ...file }: NewFile): EnsonoFile {
  refuseWhenFinal(holder);
  const attached: EnsonoFile = {
    fileId: newSysId(),
    from: "Ensono",
    ...file,
    size: sizeOf(content),
    attachedAt: utcSeconds(ensono.now()),
  };
  const { fileId, fileName, contentType } = attached;
  ensono.files.put({ fileId, ticketNumber: holder.ticketNumber, fileName, contentType, content });
  holder.files.push(attached);
  if (attached.isPublic && isKnownToClient(holder)) sendFile(ensono, holder, attached);
  return attached;
}

/** Sets "Is Public" on a file. @throws TicketRefusal when there is no such file of Ensono's, or it was public before. */
export function publishFile(ensono: Ensono, holder: FileHolder, fileId: string): void {
  refuseWhenFinal(holder);
  const file = holder.files.find((candidate) => candidate.fileId === fileId);
  if (file?.from !== "Ensono") throw new TicketRefusal(`Ensono has no file ${fileId} on ${holder.ticketNumber}.`);
  if (file.isPublic) throw new TicketRefusal(`File ${fileId} is public.`);
  file.isPublic = true;
  if (isKnownToClient(holder)) sendFile(ensono, holder, file);
}

/** "… as well as transactions for each public attachment that has been added to the Change" (guide, "Ensono Triggers"). */
export function sendPublicFiles(ensono: Ensono, change: ChangeRecord): void {
  for (const file of change.files) if (file.from === "Ensono" && file.isPublic) sendFile(ensono, change, file);
}

/** Tells the client where to download the file. */
export const sendFile = (ensono: Ensono, holder: FileHolder, file: AttachedFile): void =>
  ensono.send(holder.instance, attachmentTransaction(ensono, holder, file));

/** The guide's example spells `ensonogroup` so. */
function attachmentTransaction(ensono: Ensono, holder: FileHolder, file: AttachedFile): Transaction {
  const url = presign({
    method: "GET",
    origin: ensono.storageUrl(),
    path: `${OUTBOUND_PATH}${downloadKey(file)}`,
    expirySeconds: file.from === "Ensono" ? file.expirySeconds : DOWNLOAD_SECONDS,
    at: ensono.now(),
  });
  return transaction("Attachment", holder, {
    clientName: ensono.clientName,
    ticketType: holder.ticketType,
    clientTicketNumber: holder.clientTicketNumber,
    ticketNumber: holder.ticketNumber,
    group: holder.group,
    ensonogroup: holder.ensonoGroup,
    attachmentName: file.fileName,
    attachmentInfo: `https://ensono-itsm.example/api/now/attachment/${file.fileId}`,
    attachmentSize: String(file.size),
    attachmentType: file.contentType,
    attachment: url,
  });
}

/** The id goes first, so that two files of one name do not share a key. Encoded. */
const downloadKey = ({ fileId, fileName }: Pick<AttachedFile, "fileId" | "fileName">): string =>
  `${fileId}.${encodeURIComponent(fileName)}`;

/** @param key as in the URL's path, encoded. */
export function findDownload({ files }: Ensono, key: string) {
  const file = files.find(key.split(".", 1)[0] ?? "");
  return file !== undefined && decodedPath(key) === decodedPath(downloadKey(file)) ? file : undefined;
}
