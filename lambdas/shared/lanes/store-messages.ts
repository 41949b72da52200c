import { givesNumberTo, NUMBER_TOKEN, readTransaction } from "../domain/ensono-transaction.ts";
import type { EntryContent } from "../domain/entry.ts";
import { fetchFromEnsono } from "../domain/fetch-job.ts";
import { arrivalOrder, clientLane, ensonoLane, type Lane, ticketNumberOf } from "../domain/lane.ts";
import type { Digest } from "../domain/marks.ts";
import { type TransferJob, transferId } from "../domain/transfer.ts";
import type { Arrival, Clock, EntryContentMessage, Ledger, Transfers } from "../ports.ts";

/** How messages of Ensono's queue come into the ledger, whoever brings them. */

export interface PlacedMessage {
  /** Undefined for one that belongs to no lane: of another client, or without a ticket that can be read. */
  readonly lane: Lane | undefined;
  readonly arrival: Arrival;
  readonly type?: string;
  /** The client's ticket whose number at Ensono it gives. */
  readonly givesNumberTo?: string | undefined;
  /** The file that it tells of: its address may die before it is the ticket's turn (T8). */
  readonly fetch?: TransferJob | undefined;
  /** Why it is kept apart or cannot be understood. */
  readonly reason?: string;
}

export interface PlaceDeps {
  readonly clientName: string;
  readonly clock: Clock;
  readonly digest: Digest;
}

/** Where a message belongs: into its ticket's lane, readable or not, or apart (Q6). Never throws. */
export const placeMessage = (message: EntryContentMessage, { clientName, clock, digest }: PlaceDeps): PlacedMessage => {
  const read = readTransaction(message);
  if ("transaction" in read) {
    const { transaction } = read;
    const type = typeof transaction.type === "string" ? transaction.type : transaction.type.unknown;
    const content: EntryContent = { kind: "transaction", message };
    const arrival = { order: transaction.order, content };
    if (transaction.clientName !== undefined && transaction.clientName !== clientName) {
      return { lane: undefined, arrival, reason: `meant for another client: ${transaction.clientName}` };
    }
    const lane = ensonoLane(transaction.ticketNumber);
    const of = { lane, order: transaction.order, nth: 0, givenAt: transaction.sentAt };
    const fetch = type === "Attachment" ? fetchFromEnsono(transaction.body, of, digest) : undefined;
    return { lane, arrival, type, givesNumberTo: givesNumberTo(transaction), fetch };
  }
  const reason = read.unreadable;
  const order = read.order ?? arrivalOrder(clock(), digest(JSON.stringify(message)));
  const lane = read.ticketNumber === undefined ? undefined : ensonoLane(read.ticketNumber);
  return { lane, arrival: { order, content: { kind: "unreadable", message, reason } }, reason };
};

export interface StoreDeps {
  readonly ledger: Pick<Ledger, "receive" | "leaveFootprint">;
  readonly transfers: Pick<Transfers, "request">;
  readonly clock: Clock;
  readonly lostWakeUpMs: number;
}

/** Makes messages of one lane durable, with what they announce. Gives them in their order, each with whether it was new. Idempotent. */
export const storeMessages = async <Placed extends PlacedMessage>(
  lane: Lane,
  ofLane: readonly Placed[],
  { ledger, transfers, clock, lostWakeUpMs }: StoreDeps,
): Promise<readonly { placed: Placed; receipt: "stored" | "known" }[]> => {
  const inOrder = ofLane.toSorted(byOrder);
  const now = clock();
  const at = { now, wakeAt: now + lostWakeUpMs };
  for (const { givesNumberTo: clientTicketNumber, fetch, arrival } of inOrder) {
    if (clientTicketNumber !== undefined) await leaveNumber(clientTicketNumber, lane, ledger, now);
    // Before the entry: its ticket waits for the file, so there must be somebody who fetches it.
    if (fetch) await transfers.request(lane, transferId(arrival.order, 0), fetch, at);
  }
  const arrivals = inOrder.map(({ arrival }) => arrival);
  const receipts = await ledger.receive(lane, arrivals, at);
  return inOrder.map((placed, nth) => ({ placed, receipt: receipts[nth] ?? "known" }));
};

const byOrder = (one: PlacedMessage, other: PlacedMessage): number =>
  one.arrival.order < other.arrival.order ? -1 : Number(one.arrival.order > other.arrival.order);

/** Lets a create of unknown outcome know that its number has come, also while it is not linked yet (E14). */
const leaveNumber = (
  clientTicketNumber: string,
  lane: Lane,
  ledger: StoreDeps["ledger"],
  now: number,
): Promise<void> => {
  const footprint = { token: NUMBER_TOKEN, id: ticketNumberOf(lane), evidence: {} };
  return ledger.leaveFootprint(clientLane(clientTicketNumber), footprint, now);
};
