import type { ClientEventBody, ClientNumberBody } from "../../shared/domain/client-contract.ts";
import type { EntryContent } from "../../shared/domain/entry.ts";
import { arrivalOrder, clientLane } from "../../shared/domain/lane.ts";
import type { Digest } from "../../shared/domain/marks.ts";
import type { Clock, Journal, Ledger, WakeUps } from "../../shared/ports.ts";

export interface AcceptDeps {
  readonly ledger: Ledger;
  readonly wakeUps: WakeUps;
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
  if (receipt === "stored") await deps.wakeUps.send([{ lane, because: order }]);
  return "accepted";
};
