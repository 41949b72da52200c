import { hold, ignore, type Policies, type TransactionDecision } from "./decision.ts";
import type { EnsonoStatus } from "./ensono-ticket.ts";
import { readStatus, type Transaction } from "./ensono-transaction.ts";
import { toClientFields } from "./mapping.ts";
import type { Learnt, TicketView } from "./ticket-view.ts";

/** What every transaction needs that is about a ticket which the client should have already. */

/** Fields whose values are followed on both sides, so that echoes and no-changes are recognised. */
export const followed = [
  "status",
  "priority",
  "impact",
  "urgency",
  "group",
  "cis",
  "shortDescription",
  "description",
  "closeNotes",
] as const;

export const followedOf = <Value>(fields: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => followed.some((one) => one === name)));

const TEN_MINUTES = 10 * 60_000;

export const isFinal = (status: EnsonoStatus | undefined): boolean => status === "closed" || status === "cancelled";

/**
 * Applies a transaction to a ticket of the client's. One that was never seen is linked by the number it carries, or else
 * created first from the body (T4); and a number that Ensono should have by now is returned once more (T3).
 */
export const onExistingTicket = (
  transaction: Transaction,
  ticket: TicketView,
  apply: () => TransactionDecision,
  create: () => TransactionDecision,
): TransactionDecision => {
  if (ticket.link !== undefined) {
    if (isFinal(ticket.status)) return ignore(`the ticket is ${ticket.status}, which is final (T6)`);
    return withTellPeer(transaction, ticket, apply());
  }
  const { clientTicketNumber } = transaction;
  if (clientTicketNumber !== undefined) return linkedFirst(clientTicketNumber, apply());
  const created = create();
  // What cannot be made is held at once, also where its own content is still on its way.
  return created.decision.outcome === "perform" ? createdFirst(transaction, created, apply()) : created;
};

const linkedFirst = (link: string, { decision, learnt }: TransactionDecision): TransactionDecision => {
  if (decision.outcome === "hold" || decision.outcome === "wait") return { decision, learnt };
  const applied = decision.outcome === "perform" ? decision : nothing;
  const notes = [...applied.notes, "first seen with the client's number: linked"];
  return { decision: { ...applied, outcome: "perform", link, notes }, learnt };
};

const createdFirst = (
  { type }: Transaction,
  created: TransactionDecision,
  { decision, learnt }: TransactionDecision,
): TransactionDecision => {
  if (created.decision.outcome !== "perform" || decision.outcome === "hold" || decision.outcome === "wait") {
    return { decision, learnt };
  }
  const applied = decision.outcome === "perform" ? decision : nothing;
  const { steps, notes, unmapped = [] } = created.decision;
  const unannounced = type === "Create" ? [] : ["first seen without a Create: created from this message"];
  return {
    decision: {
      outcome: "perform",
      steps: [...steps, ...applied.steps],
      notes: [...notes, ...applied.notes, ...unannounced],
      unmapped,
    },
    learnt: { ...created.learnt, ...learnt, ...(created.learnt.sent && { sent: created.learnt.sent }) },
  };
};

const nothing = { steps: [], notes: [] };

/** The client's ticket, made from a message that has its fields. */
export const createFromBody = (transaction: Transaction, { config }: Policies): TransactionDecision => {
  const { fields, notes, unmapped } = toClientFields(transaction.body, config);
  return {
    decision: { outcome: "perform", steps: [{ do: "createTicket", ticket: fields }], notes, unmapped },
    learnt: { ...learntFromBody(transaction), sent: followedOf(fields) },
  };
};

export const isEnoughToCreate = ({ body }: Transaction): boolean =>
  typeof body.shortDescription === "string" && body.shortDescription.trim() !== "";

export const tooLittleToCreate = hold(
  "not-understood",
  "the ticket was never seen, and the message has no shortDescription to create it from",
);

const withTellPeer = (
  transaction: Transaction,
  ticket: TicketView,
  applied: TransactionDecision,
): TransactionDecision => {
  const told = Math.max(ticket.linkedAt ?? 0, ticket.numberToldAt ?? 0);
  const lacksNumber = transaction.clientReferenceAvailable === false && transaction.clientTicketNumber === undefined;
  if (!lacksNumber || transaction.sentAt <= told + TEN_MINUTES || applied.decision.outcome !== "perform")
    return applied;
  return {
    learnt: { ...applied.learnt, numberToldAt: ticket.now },
    decision: {
      ...applied.decision,
      tellPeer: true,
      notes: [...applied.decision.notes, "Ensono lacks the client's number: returned again"],
    },
  };
};

export const learntFromBody = ({ ticketType, body }: Transaction): Learnt => {
  const status = readStatus(body.status);
  return {
    ticketType,
    ...(status === undefined ? {} : { status }),
    said: followedOf(status === undefined ? body : { ...body, status }),
  };
};
