import type { Entry } from "../../shared/domain/entry.ts";
import { fetchFromClient } from "../../shared/domain/fetch-job.ts";
import type { Digest } from "../../shared/domain/marks.ts";
import type { EnsonoStep } from "../../shared/domain/steps.ts";
import { type Transfer, type TransferJob, type TransferOutcome, transferId } from "../../shared/domain/transfer.ts";
import type { Effect, LookUp, StepContext } from "../../shared/lanes/walk.ts";
import type { Clock, Transfers, TransferWakeUps } from "../../shared/ports.ts";

type UploadStep = Extract<EnsonoStep, { do: "uploadAttachment" }>;
type Source = Extract<TransferJob, { kind: "send" }>["source"];

export interface UploadDeps {
  readonly transfers: Transfers;
  readonly transferWakeUps: TransferWakeUps;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly lostWakeUpMs: number;
}

/**
 * Has a file sent to Ensono by the attachment sender, in its ticket's turn (I10): the lane waits for it and is woken when it has
 * ended. A file that cannot be sent is told of on the client's ticket, and holds nobody up. Idempotent by the step's key.
 */
export const uploadAttachment = async (step: UploadStep, at: StepContext, deps: UploadDeps): Promise<Effect> => {
  const ensonoTicketNumber = at.head.link;
  if (ensonoTicketNumber === undefined) throw new Error("a file is only sent to a ticket that is linked");
  const { originalName } = step.attachment;
  const source = await sourceOf(step, at, deps);
  if (source === "on its way") return { underWay: true };
  if ("reason" in source) return notSent(originalName, source.reason);

  const { lane } = at.entry;
  const { fileName, contentType } = step.attachment;
  const job: TransferJob = { kind: "send", ensonoTicketNumber, fileName, originalName, contentType, source };
  const now = deps.clock();
  const times = { now, wakeAt: now + deps.lostWakeUpMs };
  const { id, outcome } = await deps.transfers.request(lane, at.record.key, job, times);
  if (outcome !== undefined) return effectOf(outcome, originalName);
  await deps.transferWakeUps.send("send", [{ lane, id }]);
  return { underWay: true };
};

/** What became of it; a file that was not yet in our store when it was this step's turn is sent now. */
export const lookUpUpload = async (step: UploadStep, at: StepContext, deps: UploadDeps): Promise<LookUp> => {
  const known = await deps.transfers.get(at.entry.lane, at.record.key);
  if (known === undefined) return { resend: true, possibleDouble: false };
  if (known.outcome !== undefined) return { found: effectOf(known.outcome, step.attachment.originalName) };
  return { waitUntil: deps.clock() + WAIT_MS, reason: "the file is on its way to Ensono" };
};

/** The end of a transfer makes the lane due; this is for an end that nobody told. */
const WAIT_MS = 10 * 60_000;

const sourceOf = async (
  { attachment: { source } }: UploadStep,
  { entry }: StepContext,
  deps: UploadDeps,
): Promise<Source | "on its way" | { reason: string }> => {
  if (source.from === "store") return source;
  if (source.from === "event") return { ...source, order: entry.order };
  const fetched = await fetchOf(entry, source.nth, deps);
  if (fetched?.outcome === undefined) return "on its way";
  return fetched.outcome.as === "done" ? { from: "store", key: fetched.outcome.file.key } : fetched.outcome;
};

/** Asked for when the event was accepted; or now, if that came to nothing. */
const fetchOf = async (
  { content, lane, order, receivedAt }: Entry,
  nth: number,
  { transfers, clock, digest }: UploadDeps,
): Promise<Transfer | undefined> => {
  const id = transferId(order, nth);
  const known = await transfers.get(lane, id);
  const attachment = content.kind === "event" ? content.event.attachments[nth] : undefined;
  if (known !== undefined || attachment === undefined) return known;
  const job = fetchFromClient(attachment, { lane, order, nth, givenAt: receivedAt }, digest);
  const now = clock();
  return job && transfers.request(lane, id, job, { now, wakeAt: now });
};

const effectOf = (outcome: TransferOutcome, originalName: string): Effect => {
  if (outcome.as === "failed") return notSent(originalName, outcome.reason);
  const { warning, possibleDouble } = outcome;
  return {
    ...(possibleDouble === true ? { note: `"${originalName}" may be at Ensono twice` } : {}),
    ...(warning === undefined ? {} : { tell: `The file "${originalName}" was sent to Ensono, but: ${warning}` }),
  };
};

const notSent = (originalName: string, reason: string): Effect => ({
  note: `"${originalName}" was not sent: ${reason}`,
  tell: `The file "${originalName}" was not sent to Ensono: ${reason}`,
});
