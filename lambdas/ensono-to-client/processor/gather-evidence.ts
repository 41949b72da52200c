import type { BridgeConfig } from "../../shared/domain/config.ts";
import type { TransactionEvidence } from "../../shared/domain/decide.ts";
import { fileOf } from "../../shared/domain/decide-attachment.ts";
import { COMMENT_TOKEN, isEcho, isEchoOfUpdate, UPDATE_TOKEN } from "../../shared/domain/echo.ts";
import {
  type EnsonoBody,
  type Note,
  readTransaction,
  type Transaction,
} from "../../shared/domain/ensono-transaction.ts";
import type { Entry, Head } from "../../shared/domain/entry.ts";
import { fetchFromEnsono } from "../../shared/domain/fetch-job.ts";
import type { Digest } from "../../shared/domain/marks.ts";
import { transferId } from "../../shared/domain/transfer.ts";
import type { Clock, Ledger, Transfers } from "../../shared/ports.ts";

export interface EvidenceDeps {
  readonly ledger: Ledger;
  readonly transfers: Transfers;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly config: BridgeConfig;
  /** Ensono's environment of this stage. */
  readonly environment: "dev" | "echo" | "cert" | "prod";
}

/**
 * What the ledger knows of a transaction: notes, approvals and attachments that came before (Q5), our own writes coming back (I5), and
 * how far its file is (T8). Notes which transaction carried what first; that is idempotent for an entry.
 */
export const gatherEvidence = async (
  entry: Entry,
  transaction: Transaction,
  head: Head,
  deps: EvidenceDeps,
): Promise<TransactionEvidence> => ({
  ...(await evidenceOfNotes(entry, transaction, deps)),
  isEchoedUpdate: await isEchoedUpdate(entry, transaction, deps),
  isRepeatedCreate: await isRepeatedCreate(entry, transaction, deps),
  isRepeatedApproval: await isRepeatedApproval(entry, transaction, deps),
  ...(transaction.type === "Attachment" ? await evidenceOfFile(entry, transaction, head, deps) : {}),
});

const evidenceOfNotes = async (
  entry: Entry,
  transaction: Transaction,
  deps: EvidenceDeps,
): Promise<Pick<TransactionEvidence, "repeatedNoteIds" | "echoedNotes">> => {
  const repeatedNoteIds: string[] = [];
  const echoedNotes: number[] = [];
  for (const [place, note] of transaction.notes.entries()) {
    const isFirst =
      note.id === undefined || (await deps.ledger.claim(entry.lane, `note:${note.id}`, entry.order, deps.clock()));
    if (!isFirst && note.id !== undefined) repeatedNoteIds.push(note.id);
    else if (await usesFootprint(entry, note, deps)) echoedNotes.push(place);
  }
  return { repeatedNoteIds, echoedNotes };
};

/** A change is created anew each time it is assessed; a Create as of the same moment is the same one put on the queue again. */
const isRepeatedCreate = async (
  { lane, order }: Entry,
  { type, ticketType, body }: Transaction,
  { ledger, clock }: EvidenceDeps,
): Promise<boolean> => {
  if (type !== "Create" || ticketType !== "Change" || typeof body.updatedAt !== "string") return false;
  return body.updatedAt !== "" && !(await ledger.claim(lane, `create:${body.updatedAt}`, order, clock()));
};

const isRepeatedApproval = async (
  { lane, order }: Entry,
  { type, body }: Transaction,
  { ledger, clock }: EvidenceDeps,
): Promise<boolean> => {
  if (type !== "Approval Request" || typeof body.approvalId !== "string") return false;
  return !(await ledger.claim(lane, `approval:${body.approvalId}`, order, clock()));
};

const evidenceOfFile = async (
  { lane, order, receivedAt }: Entry,
  { body }: Transaction,
  { link }: Head,
  deps: EvidenceDeps,
): Promise<Pick<TransactionEvidence, "isRepeatedAttachment" | "file">> => {
  const { ledger, transfers, clock, digest } = deps;
  const before = await ledger.footprints(lane, attachmentToken(body, link, digest), "");
  if (before.some(({ id }) => id !== order)) return { isRepeatedAttachment: true };
  const job = fetchFromEnsono(body, { lane, order, nth: 0, givenAt: receivedAt }, digest);
  if (job === undefined) return {};
  const now = clock();
  // The poller has asked for it; what a version before this one has received is asked for here.
  const id = transferId(order, 0);
  const { outcome } = (await transfers.get(lane, id)) ?? (await transfers.request(lane, id, job, { now, wakeAt: now }));
  return outcome === undefined ? {} : { file: outcome };
};

/**
 * Where a file is found at Ensono tells it from all others, also when it comes with another address. A client ticket that took
 * another one's place does not have it yet.
 */
const attachmentToken = (body: EnsonoBody, link: string | undefined, digest: Digest): string => {
  const { info, fileName, size } = fileOf(body);
  return `attachment:${digest(`${link}|${info ?? `${fileName}|${size}|${String(body.attachment)}`}`)}`;
};

/** Lets a transaction that tells of the same file again be known (Q5). */
export const rememberAttachment = async (
  { content, lane, order }: Entry,
  { link }: Head,
  { ledger, clock, digest }: Pick<EvidenceDeps, "ledger" | "clock" | "digest">,
): Promise<void> => {
  const read = content.kind === "transaction" ? readTransaction(content.message) : undefined;
  if (read === undefined || "unreadable" in read) return;
  const footprint = { token: attachmentToken(read.transaction.body, link, digest), id: order, evidence: {} };
  await ledger.leaveFootprint(lane, footprint, clock());
};

const isEchoedUpdate = async (
  { lane, order }: Entry,
  { changed }: Transaction,
  deps: EvidenceDeps,
): Promise<boolean> => {
  if (deps.environment !== "echo" || changed === undefined) return false;
  for (const footprint of await deps.ledger.footprints(lane, UPDATE_TOKEN, order)) {
    if (!isEchoOfUpdate(changed, footprint.evidence, deps.digest)) continue;
    if (await deps.ledger.useFootprint(lane, footprint, order)) return true;
  }
  return false;
};

const usesFootprint = async ({ lane, order }: Entry, note: Note, deps: EvidenceDeps): Promise<boolean> => {
  const rules = { environment: deps.environment, writesAs: deps.config.ensono.writesAs };
  for (const footprint of await deps.ledger.footprints(lane, COMMENT_TOKEN, order)) {
    if (!isEcho(note, footprint.evidence, rules, deps.digest)) continue;
    if (await deps.ledger.useFootprint(lane, footprint, order)) return true;
  }
  return false;
};
