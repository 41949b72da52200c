import type { ClientEventBody, ClientNumberBody } from "../../shared/domain/client-contract.ts";
import type { EntryContent } from "../../shared/domain/entry.ts";
import { fetchFromClient } from "../../shared/domain/fetch-job.ts";
import { arrivalOrder, clientLane, type Lane } from "../../shared/domain/lane.ts";
import type { Digest } from "../../shared/domain/marks.ts";
import { transferId } from "../../shared/domain/transfer.ts";
import type { Clock, Journal, Ledger, Transfers, TransferWakeUps, WakeUps } from "../../shared/ports.ts";

export interface AcceptDeps {
  readonly ledger: Ledger;
  readonly wakeUps: WakeUps;
  readonly transfers: Transfers;
  readonly transferWakeUps: TransferWakeUps;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly lostWakeUpMs: number;
}

/** An authenticated, validated request. */
export interface ClientRequest {
  /** What a repeat of the request is recognised by. */
  readonly id: string;
  /** The body as it came, for telling a repeat from another body under the same id. */
  readonly rawBody: string;
  readonly event:
    | { kind: "event"; body: ClientEventBody }
    | { kind: "clientNumber"; ensonoTicketNumber: string; body: ClientNumberBody };
}

/**
 * Makes what the client's ITSM says durable, then wakes its ticket (I1). Idempotent by the request's id: the same body again
 * is `accepted` without a second effect, another body under the same id is `conflicting` (I12).
 */
export const acceptClientEvent = async (
  { id, rawBody, event }: ClientRequest,
  deps: AcceptDeps,
): Promise<"accepted" | "conflicting"> => {
  const lane = clientLane(event.body.clientTicketNumber);
  const content: EntryContent =
    event.kind === "event"
      ? { kind: "event", event: event.body }
      : { kind: "clientNumber", ensonoTicketNumber: event.ensonoTicketNumber };
  const now = deps.clock();
  const order = arrivalOrder(now, id);
  const receipt = await deps.ledger.receiveEvent(
    lane,
    { order, content },
    { id, bodyDigest: deps.digest(rawBody) },
    { now, wakeAt: now + deps.lostWakeUpMs },
  );
  deps.journal.info("client event", { lane, order, kind: event.kind, receipt });
  if (receipt === "conflicting") return "conflicting";
  if (receipt === "stored") {
    await deps.wakeUps.send([{ lane, because: order }]);
    if (event.kind === "event") await requestFetches(event.body, lane, order, deps);
  }
  return "accepted";
};

/** Files that the event names by their address are fetched at once, and not first when it is the ticket's turn (I10). */
const requestFetches = async (
  { attachments }: ClientEventBody,
  lane: Lane,
  order: string,
  { transfers, transferWakeUps, clock, digest, lostWakeUpMs }: AcceptDeps,
): Promise<void> => {
  for (const [nth, attachment] of attachments.entries()) {
    const now = clock();
    const job = fetchFromClient(attachment, { lane, order, nth, givenAt: now }, digest);
    if (job === undefined) continue;
    const id = transferId(order, nth);
    await transfers.request(lane, id, job, { now, wakeAt: now + lostWakeUpMs });
    await transferWakeUps.send("fetch", [{ lane, id }]);
  }
};
