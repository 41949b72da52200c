import { ignore, type TransactionDecision, type TransactionEvidence } from "./decision.ts";
import type { EnsonoBody, Json, Transaction } from "./ensono-transaction.ts";
import { BRIDGE } from "./steps.ts";

/** A public file of Ensono's ticket, as its transaction tells of it (T8; guide, "Attachment Upload from Ensono"). */
export interface EnsonoFile {
  readonly fileName: string;
  readonly contentType: string;
  /** Where it can be fetched for a while; undefined where the transaction gives no address. */
  readonly url: string | undefined;
  /** Bytes, where the transaction says it. */
  readonly size: number | undefined;
  /** Where it is found at Ensono; also what tells it from all other files. */
  readonly info: string | undefined;
}

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;

const sizeOf = (value: Json | undefined): number | undefined => {
  const digits = textOf(value)?.replaceAll(",", "");
  return digits !== undefined && /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
};

export const fileOf = ({ attachmentName, attachmentType, attachment, ...body }: EnsonoBody): EnsonoFile => ({
  fileName: textOf(attachmentName) ?? "attachment",
  contentType: textOf(attachmentType) ?? "application/octet-stream",
  url: textOf(attachment),
  size: sizeOf(body.attachmentSize),
  info: textOf(body.attachmentInfo),
});

/** The client gets the file once it lies in our store; one that cannot be had is told of in a comment, not passed over. */
export const decideAttachment = (
  { body, ticketType }: Transaction,
  { file, isRepeatedAttachment }: TransactionEvidence,
): TransactionDecision => {
  const { fileName, contentType, url, info } = fileOf(body);
  if (isRepeatedAttachment === true) return ignore("the client has this attachment already");
  if (url === undefined) return comment(fileName, info, "Ensono gave no address to fetch it from", ticketType);
  if (file === undefined) {
    return { decision: { outcome: "wait", reason: "the file is on its way to our store" }, learnt: {} };
  }
  if (file.as === "failed") return comment(fileName, info, file.reason, ticketType);
  const { group, ensonoGroup } = body;
  const attachment = {
    ...file.file,
    fileName,
    contentType,
    ...(typeof group === "string" && group !== "" ? { group } : {}),
    ...(typeof ensonoGroup === "string" && ensonoGroup !== "" ? { ensonoGroup } : {}),
    ...(info === undefined ? {} : { info }),
  };
  const steps = [{ do: "addAttachment", attachment }] as const;
  return { decision: { outcome: "perform", steps: [...steps], notes: [] }, learnt: { ticketType } };
};

const comment = (
  fileName: string,
  info: string | undefined,
  why: string,
  ticketType: Transaction["ticketType"],
): TransactionDecision => {
  const where = info === undefined ? "" : ` It is at Ensono: ${info}`;
  const body = `Ensono attached the file "${fileName}", but it could not be handed on: ${why}.${where}`;
  return {
    decision: { outcome: "perform", steps: [{ do: "addComment", comment: { body, author: BRIDGE } }], notes: [why] },
    learnt: { ticketType },
  };
};
