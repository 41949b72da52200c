import { isTimeToGiveUp } from "../../shared/domain/backoff.ts";
import { PermanentError, TransientError } from "../../shared/domain/errors.ts";
import type { Transfer, TransferOutcome } from "../../shared/domain/transfer.ts";
import {
  type Carriage,
  type CarryEnd,
  carryTransfer,
  hasTime,
  type Later,
  type Learnt,
  laterAfter,
} from "../../shared/lanes/carry-transfer.ts";
import type { Breaker, TransferName } from "../../shared/ports.ts";
import { type FileDeps, judgeFile, putFile, type SendJob } from "./put-file.ts";

export interface SendDeps extends FileDeps {
  readonly breaker: Pick<Breaker, "admit" | "succeeded" | "failed">;
}

/** A URL lives 120 s (guide, "Getting an Upload URL"); an upload must have begun within them. */
const URL_GOOD_MS = 110_000;
const MOST_URLS = 3;
const MOST_PUTS = 3;

/**
 * Sends one file of the client's to Ensono's ticket (I10): judged by its content, then put to a URL that Ensono gives for it. The
 * ticket goes on when this has ended, and does not wait longer than the retry policy says.
 */
export const sendAttachment = (name: TransferName, deps: SendDeps): Promise<CarryEnd> =>
  carryTransfer(name, sending(deps), deps);

const sending = (deps: SendDeps): Carriage<SendJob> => ({
  kind: "send",
  attempt: (job, transfer, learnt) => send(job, transfer, learnt, deps),
  giveUp: (_, failure, now) =>
    isTimeToGiveUp(failure.since, now, deps.retry) ? `still failing: ${failure.message}` : undefined,
});

const send = async (
  job: SendJob,
  transfer: Transfer,
  learnt: Learnt,
  deps: SendDeps,
): Promise<TransferOutcome | Later> => {
  const judged = await judgeFile(job, transfer, deps);
  if ("refused" in judged) return { as: "failed", reason: judged.refused };
  for (let urls = 1; ; urls += 1) {
    const asked = await askForUrl(job, deps);
    if ("as" in asked) return asked;
    const result = await putToUrl({ job, transfer, ...asked }, learnt, deps);
    if (result.as === "done") {
      return { ...result, ...judged, ...(learnt.inDoubt ? { possibleDouble: true } : {}) };
    }
    if (result.code !== "expired" || urls === MOST_URLS) return result;
  }
};

/** One call of Ensono's API, and so one for its breaker; where the files go is another place, which may work or not by itself. */
const askForUrl = async (
  { ensonoTicketNumber, fileName }: SendJob,
  { uploads, breaker, clock, config }: SendDeps,
): Promise<{ url: string; askedAt: number } | Later> => {
  const admitted = await breaker.admit("ensono", clock());
  if (admitted !== "go") {
    return { as: "later", code: "unavailable", message: "Ensono is not called at present", notBefore: admitted.until };
  }
  const askedAt = clock();
  try {
    // Ensono takes the suffix off again, and decodes (guide, "Using Base64 Encoded Data").
    const url = await uploads.uploadUrl(ensonoTicketNumber, config.asBase64 ? `${fileName}.base64` : fileName);
    await breaker.succeeded("ensono", clock());
    return { url, askedAt };
  } catch (error) {
    if (error instanceof PermanentError) await breaker.succeeded("ensono", clock());
    if (error instanceof TransientError) {
      await breaker.failed("ensono", { reason: error.message, atOnce: error.code === "configuration" }, clock());
    }
    throw error;
  }
};

/** Puts the file to one URL, again where that is harmless: the same bytes under the same URL are one file. */
const putToUrl = async (
  put: { job: SendJob; transfer: Transfer; url: string; askedAt: number },
  learnt: Learnt,
  deps: SendDeps,
): Promise<Extract<TransferOutcome, { as: "done" }> | Later> => {
  let inDoubt = false;
  for (let puts = 1; ; puts += 1) {
    try {
      return { as: "done", file: await putFile(put, deps) };
    } catch (error) {
      const failure: unknown = inDoubt && error instanceof PermanentError ? usedUp(error) : error;
      const isUnknown = failure instanceof TransientError && failure.effect === "unknown";
      inDoubt ||= isUnknown;
      const isGood = deps.clock() - put.askedAt < URL_GOOD_MS && puts < MOST_PUTS && hasTime(deps);
      if (isUnknown && isGood) continue;
      // Whatever comes next goes to another URL.
      learnt.inDoubt ||= inDoubt;
      if (failure instanceof TransientError) return laterAfter(failure);
      throw failure;
    }
  }
};

/** A URL is for one use; one that is refused after a try in doubt may have had it. */
const usedUp = ({ message }: PermanentError): TransientError => new TransientError("expired", "none", message);
