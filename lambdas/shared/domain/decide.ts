import { decideAttachment } from "./decide-attachment.ts";
import { closedIsFinal, createChange, decideChange, isClosed } from "./decide-change.ts";
import { hold, ignore, type Policies, type TransactionDecision, type TransactionEvidence } from "./decision.ts";
import type { EnsonoStatus } from "./ensono-ticket.ts";
import { type EnsonoBody, type Json, readStatus, type Transaction } from "./ensono-transaction.ts";
import {
  createFromBody,
  followed,
  followedOf,
  isEnoughToCreate,
  isFinal,
  learntFromBody,
  onExistingTicket,
  tooLittleToCreate,
} from "./existing-ticket.ts";
import { withoutExtraFields } from "./extra-fields.ts";
import { toClientFields } from "./mapping.ts";
import { differing, markOf } from "./marks.ts";
import { decideReopened, tooLittleToReplace } from "./reopen.ts";
import { isRoundTrip } from "./round-trip.ts";
import type { ClientStep } from "./steps.ts";
import { heldByDestination, type Learnt, type TicketView } from "./ticket-view.ts";

export type { Policies, TransactionDecision, TransactionEvidence } from "./decision.ts";

/**
 * The rules of the guide towards the client: what one transaction of Ensono means for the client's ticket. Pure: all it
 * may know comes in, all it wants comes out.
 */

export const decide = (
  transaction: Transaction,
  ticket: TicketView,
  evidence: TransactionEvidence,
  policies: Policies,
): TransactionDecision => {
  const { type } = transaction;
  if (isRoundTrip(transaction.clientTicketNumber)) return ignore("a round trip of doctor");
  if (typeof type !== "string")
    return hold("not-understood", `transaction type ${type.unknown} is not one of the guide's`);
  if (type === "ReturnEnsonoNum") return linkReturnedNumber(transaction, ticket);

  const isUnlinked = ticket.link === undefined && !isOwnCreate(transaction, ticket);
  if (isUnlinked && !policies.config.policies.scope.fromEnsono(transaction.body)) return ignore("out of scope");

  const isChange = transaction.ticketType === "Change";
  const onTicket = (apply: () => TransactionDecision): TransactionDecision => {
    if (isChange && isClosed(ticket)) return closedIsFinal;
    return onExistingTicket(transaction, ticket, apply, () =>
      isChange ? createChange(transaction, ticket, evidence, policies) : createUnseen(transaction, policies),
    );
  };
  if (type === "Notes") return onTicket(() => applyNotes(transaction, evidence));
  if (type === "Attachment") return onTicket(() => decideAttachment(transaction, evidence));
  if (isChange) return decideChange(transaction, ticket, evidence, policies);
  switch (type) {
    case "Create":
      return create(transaction, ticket, policies);
    case "Update":
    case "Closure":
      return onTicket(() => applyChanges(transaction, ticket, evidence, policies));
    case "Redraft":
    case "Approval Request":
      return hold("not-understood", `${type} is for changes, and this is a ${transaction.ticketType}`);
  }
};

/** Our own create coming back (T4b): the ticket has crossed already, only its number is not known yet; it must not get lost (E14). */
const isOwnCreate = ({ type, clientTicketNumber }: Transaction, { peer }: TicketView): boolean =>
  type === "Create" && clientTicketNumber !== undefined && Object.keys(peer.sent).length > 0;

const createUnseen = (transaction: Transaction, policies: Policies): TransactionDecision =>
  isEnoughToCreate(transaction) ? createFromBody(transaction, policies) : tooLittleToCreate;

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
  return createFromBody(transaction, policies);
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
    (name) =>
      changed[name] !== undefined &&
      (isOwnValue(name, changed[name], ticket, policies) || isExpanded(name, changed[name], ticket, policies)),
  );
  const followedHere = followed.filter((name) => changed[name] !== undefined);
  if (followedHere.length > 0 && ours.length === followedHere.length) {
    return ignore(`echo of our own update (${ours.join(", ")})`, learnt);
  }
  const news = Object.fromEntries(Object.entries(changed).filter(([name]) => !ours.some((own) => own === name)));
  const { fields, notes, unmapped } = toClientFields(withClosing(news, status, transaction.body), policies.config);
  const reopened = { ...transaction, body: { ...transaction.body, ...changed } };
  const create = () => (isEnoughToCreate(reopened) ? createFromBody(reopened, policies) : tooLittleToReplace);
  const usual = (): TransactionDecision => ({
    decision: { outcome: "perform", steps: [{ do: stepFor(status, ticket.status), changed: fields }], notes, unmapped },
    learnt: { ...learnt, sent: followedOf(fields) },
  });
  const update = { changed: fields, status, notes, unmapped, learnt };
  return decideReopened(update, ticket, policies.config, create) ?? usual();
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

/** True for a description that says nothing new but in the block of the client's extra fields behind it (I7). */
const isExpanded = (name: string, value: unknown, ticket: TicketView, { digest }: Policies): boolean => {
  if (name !== "description" || typeof value !== "string") return false;
  const own = withoutExtraFields(value);
  return own !== value && heldByDestination(ticket).description?.value === markOf(own, digest);
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
