import type { BridgeConfig } from "./config.ts";
import type { EnsonoStatus } from "./ensono-ticket.ts";
import { type EnsonoBody, type Json, readStatus, type Transaction } from "./ensono-transaction.ts";
import { toClientFields } from "./mapping.ts";
import { type Digest, differing, markOf } from "./marks.ts";
import type { ClientStep, Decision } from "./steps.ts";
import type { Learnt, TicketView } from "./ticket-view.ts";

/**
 * The rules of the guide towards the client: what one transaction of Ensono means for the client's ticket. Pure: all it
 * may know comes in, all it wants comes out.
 */

/** What the ledger could find out about this transaction beyond the ticket itself. */
export interface TransactionEvidence {
  /** Notes of ids that an earlier transaction carried: put on the queue again by Ensono's support (Q5). */
  repeatedNoteIds: readonly string[];
  /** Notes that are our own comments coming back (I5), by their place in `transaction.notes`. */
  echoedNotes: readonly number[];
  /** The whole update is one of ours coming back from the `echo` environment (I5). */
  isEchoedUpdate?: boolean;
}

export interface Policies {
  config: BridgeConfig;
  digest: Digest;
}

export type TransactionDecision = { decision: Decision<ClientStep>; learnt: Learnt };

/** Fields whose values are followed on both sides, so that echoes and no-changes are recognised. */
const followed = [
  "status",
  "priority",
  "impact",
  "urgency",
  "group",
  "cis",
  "shortDescription",
  "description",
] as const;

const followedOf = <Value>(fields: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => followed.some((one) => one === name)));

const TEN_MINUTES = 10 * 60_000;

export const decide = (
  transaction: Transaction,
  ticket: TicketView,
  evidence: TransactionEvidence,
  policies: Policies,
): TransactionDecision => {
  const { type } = transaction;
  if (typeof type !== "string")
    return hold("not-understood", `transaction type ${type.unknown} is not one of the guide's`);
  if (transaction.ticketType === "Change") return hold("not-understood", "changes are not supported yet");
  if (type === "ReturnEnsonoNum") return linkReturnedNumber(transaction, ticket);

  const unlinked = ticket.link === undefined;
  if (unlinked && !policies.config.policies.scope.fromEnsono(transaction.body)) return ignore("out of scope");

  switch (type) {
    case "Create":
      return create(transaction, ticket, policies);
    case "Update":
    case "Closure":
      return onExistingTicket(transaction, ticket, policies, () =>
        applyChanges(transaction, ticket, evidence, policies),
      );
    case "Notes":
      return onExistingTicket(transaction, ticket, policies, () => applyNotes(transaction, evidence));
    case "Attachment":
    case "Redraft":
    case "Approval Request":
      return hold("not-understood", `transactions of type ${type} are not supported yet`);
  }
};

const ignore = (reason: string, learnt: Learnt = {}): TransactionDecision => ({
  decision: { outcome: "ignore", reason },
  learnt,
});

const hold = (code: "refused" | "link-conflict" | "not-understood", reason: string): TransactionDecision => ({
  decision: { outcome: "hold", code, reason },
  learnt: {},
});

/** T5: the number of a ticket that the client opened, after its create timed out. */
const linkReturnedNumber = (
  { clientTicketNumber, ticketType }: Transaction,
  ticket: TicketView,
): TransactionDecision => {
  if (clientTicketNumber === undefined) return hold("not-understood", "ReturnEnsonoNum without clientTicketNumber");
  if (ticket.link === clientTicketNumber) return ignore("this number is known already");
  return {
    decision: { outcome: "perform", steps: [], link: clientTicketNumber, notes: ["Ensono returned its number"] },
    learnt: { ticketType },
  };
};

/** T1, and T4b: a Create that carries the client's number is the client's own ticket coming back. */
const create = (transaction: Transaction, ticket: TicketView, policies: Policies): TransactionDecision => {
  if (ticket.link !== undefined) return ignore("the client has this ticket already");
  if (transaction.clientTicketNumber !== undefined) {
    return {
      decision: {
        outcome: "perform",
        steps: [],
        link: transaction.clientTicketNumber,
        notes: ["Ensono knows the client's number: linked, not created"],
      },
      learnt: learntFromBody(transaction),
    };
  }
  const { fields, notes } = toClientFields(transaction.body, policies.config);
  return {
    decision: { outcome: "perform", steps: [{ do: "createTicket", ticket: fields }], notes },
    learnt: { ...learntFromBody(transaction), sent: followedOf(fields) },
  };
};

/**
 * Update, Notes and Closure need a ticket at the client. One that was never seen is linked by the number it carries, or else
 * created first from the body (T4); and a number that Ensono should have by now is returned once more (T3).
 */
const onExistingTicket = (
  transaction: Transaction,
  ticket: TicketView,
  policies: Policies,
  apply: () => TransactionDecision,
): TransactionDecision => {
  if (ticket.link !== undefined) {
    if (isFinal(ticket.status)) return ignore(`the ticket is ${ticket.status}, which is final (T6)`);
    return withTellPeer(transaction, ticket, apply());
  }
  const applied = apply();
  if (applied.decision.outcome === "hold") return applied;
  const itsSteps = applied.decision.outcome === "perform" ? applied.decision : { steps: [], notes: [] };

  if (transaction.clientTicketNumber !== undefined) {
    const notes = [...itsSteps.notes, "first seen with the client's number: linked"];
    return {
      decision: { outcome: "perform", link: transaction.clientTicketNumber, steps: itsSteps.steps, notes },
      learnt: applied.learnt,
    };
  }
  const { fields, notes } = toClientFields(transaction.body, policies.config);
  if (fields.shortDescription === undefined || fields.shortDescription === "") {
    return hold(
      "not-understood",
      "the ticket was never seen, and the message has no shortDescription to create it from",
    );
  }
  return {
    decision: {
      outcome: "perform",
      steps: [{ do: "createTicket", ticket: fields }, ...itsSteps.steps],
      notes: [...notes, ...itsSteps.notes, "first seen without a Create: created from this message"],
    },
    learnt: { ...learntFromBody(transaction), ...applied.learnt, sent: followedOf(fields) },
  };
};

const isFinal = (status: EnsonoStatus | undefined): boolean => status === "closed" || status === "cancelled";

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

/** T2, T6: only what changed, as the step that its status calls for. */
const applyChanges = (
  transaction: Transaction,
  ticket: TicketView,
  evidence: TransactionEvidence,
  policies: Policies,
): TransactionDecision => {
  const changed = changedFields(transaction, ticket, policies);
  const status = readStatus(changed.status ?? (transaction.type === "Closure" ? transaction.body.status : undefined));
  if (transaction.type === "Closure" && status === undefined) {
    return hold("not-understood", "a Closure whose status is none of the guide's: is the ticket resolved or closed?");
  }
  const learnt: Learnt = {
    ticketType: transaction.ticketType,
    ...(status === undefined ? {} : { status }),
    said: followedOf(status === undefined ? changed : { ...changed, status }),
  };
  if (evidence.isEchoedUpdate === true) return ignore("echo of our own update", learnt);
  const names = Object.keys(changed).filter((name) => name !== "updatedAt");
  if (names.length === 0 && status === undefined) return ignore("nothing changed", learnt);

  const ours = followed.filter(
    (name) => changed[name] !== undefined && isOwnValue(name, changed[name], ticket, policies),
  );
  const followedHere = followed.filter((name) => changed[name] !== undefined);
  if (followedHere.length > 0 && ours.length === followedHere.length) {
    return ignore(`echo of our own update (${ours.join(", ")})`, learnt);
  }
  const news = Object.fromEntries(Object.entries(changed).filter(([name]) => !ours.some((own) => own === name)));
  const { fields, notes } = toClientFields(withClosing(news, status, transaction.body), policies.config);
  return {
    decision: { outcome: "perform", steps: [{ do: stepFor(status, ticket.status), changed: fields }], notes },
    learnt: { ...learnt, sent: followedOf(fields) },
  };
};

/** What `changed` says; a message without it is compared with what Ensono last said. */
const changedFields = (transaction: Transaction, ticket: TicketView, { digest }: Policies): EnsonoBody =>
  transaction.changed ?? differing(followedOf(transaction.body), ticket.said, digest);

/** True when the newest that is known of this field at Ensono is this very value, and it was us who put it there. */
const isOwnValue = (name: string, value: unknown, ticket: TicketView, { digest }: Policies): boolean => {
  const put = ticket.peer.sent[name];
  const said = ticket.said[name];
  const canonical = name === "status" && typeof value === "string" ? readStatus(value) : value;
  return put !== undefined && put.at > (said?.at ?? 0) && put.value === markOf(canonical, digest);
};

/** A closure always tells its status, notes and code, also where `changed` leaves them out. */
const withClosing = (changed: EnsonoBody, status: EnsonoStatus | undefined, body: EnsonoBody): EnsonoBody => {
  if (status === undefined || (status !== "resolved" && !isFinal(status))) return changed;
  const closing: Record<string, Json> = { status };
  for (const name of ["closeNotes", "closeCode"]) {
    const value = body[name];
    if (value !== undefined && value !== "") closing[name] = value;
  }
  return { ...closing, ...changed };
};

const stepFor = (status: EnsonoStatus | undefined, before: EnsonoStatus | undefined) => {
  if (status === "resolved") return "resolveTicket";
  if (isFinal(status)) return "closeTicket";
  return status !== undefined && before === "resolved" ? "reopenTicket" : "updateTicket";
};

/** T2: only what is in `notes`. */
const applyNotes = (transaction: Transaction, evidence: TransactionEvidence): TransactionDecision => {
  if (transaction.notes.length === 0) return hold("not-understood", "Notes without a readable notes.body");
  const repeated = (id: string | undefined) => id !== undefined && evidence.repeatedNoteIds.includes(id);
  const news = transaction.notes.filter((note, place) => !repeated(note.id) && !evidence.echoedNotes.includes(place));
  const learnt: Learnt = { ticketType: transaction.ticketType };
  if (news.length === 0) {
    const why = evidence.echoedNotes.length > 0 ? "echo of our own comment" : "this note was applied before (its id)";
    return ignore(why, learnt);
  }
  const steps = news.map(
    ({ id, body, commenter, commenterEmail }): ClientStep => ({
      do: "addComment",
      comment: { id, body, author: commenter, authorEmail: commenterEmail },
    }),
  );
  return { decision: { outcome: "perform", steps, notes: [] }, learnt };
};

const learntFromBody = ({ ticketType, body }: Transaction): Learnt => {
  const status = readStatus(body.status);
  return {
    ticketType,
    ...(status === undefined ? {} : { status }),
    said: followedOf(status === undefined ? body : { ...body, status }),
  };
};
