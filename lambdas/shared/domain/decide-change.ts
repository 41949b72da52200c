import { readChangeState, readChangeType } from "./change-words.ts";
import { hold, ignore, type Policies, type TransactionDecision, type TransactionEvidence } from "./decision.ts";
import type { ChangeState, ChangeType } from "./ensono-ticket.ts";
import type { EnsonoBody, Transaction } from "./ensono-transaction.ts";
import type { ChangeMemory } from "./entry.ts";
import { isEnoughToCreate, onExistingTicket, tooLittleToCreate } from "./existing-ticket.ts";
import { isOfTheTicket, toClientFields } from "./mapping.ts";
import { differing } from "./marks.ts";
import type { ApprovalRequest, ClientApproval, ClientStep } from "./steps.ts";
import type { Learnt, TicketView } from "./ticket-view.ts";

/**
 * The rules of the guide for changes (C1-C6; guide, "Change Integration"): what one transaction of Ensono means for the
 * client's change. A change of Ensono may go back to New and be assessed again; then the client gets a new one, and the one
 * before is cancelled. So at any time the client has at most one change that is open.
 */

/** How far a change has come. One that falls back to where it began was drafted anew in between. */
const ranks: Readonly<Record<ChangeState, number>> = {
  New: 0,
  Assess: 1,
  Authorize: 2,
  Scheduled: 3,
  Implement: 4,
  Review: 5,
  Closed: 6,
  Cancelled: 6,
};

/** The state in which Ensono first tells of a change (guide, "Difference Between Each Type of Change"). */
const firstStates: Readonly<Record<ChangeType, ChangeState>> = {
  Normal: "Assess",
  Standard: "Scheduled",
  Emergency: "Authorize",
};

/** All that the rules look at. */
interface Case {
  readonly transaction: Transaction;
  readonly ticket: TicketView;
  readonly evidence: TransactionEvidence;
  readonly policies: Policies;
  readonly type: ChangeType;
  /** The state that the transaction tells; where it tells none, the one that is known. */
  readonly state: ChangeState;
}

/** Transactions that tell of a change's state, and requests for its approval; notes and attachments are as for every ticket. */
export const decideChange = (
  transaction: Transaction,
  ticket: TicketView,
  evidence: TransactionEvidence,
  policies: Policies,
): TransactionDecision => {
  const of = readCase(transaction, ticket, evidence, policies);
  if (isClosed(ticket)) return closedIsFinal;
  if (transaction.type === "Approval Request") return requestApproval(of);
  if (of.state === "New" || of.state === "Cancelled") return takeBack(of);
  return of.state === "Closed" ? close(of) : carryOn(of);
};

export const isClosed = ({ change }: TicketView): boolean => change?.state === "Closed";
export const closedIsFinal = ignore("the change is closed, which is final (T6)");

/** The client's change, made from a message that has its fields (T4). */
export const createChange = (
  transaction: Transaction,
  ticket: TicketView,
  evidence: TransactionEvidence,
  policies: Policies,
): TransactionDecision => raise(readCase(transaction, ticket, evidence, policies));

const readCase = (
  transaction: Transaction,
  ticket: TicketView,
  evidence: TransactionEvidence,
  policies: Policies,
): Case => {
  const type = readChangeType(transaction.body.type) ?? ticket.change?.type ?? "Normal";
  const state = stateOf(transaction) ?? ticket.change?.state ?? firstStates[type];
  return { transaction, ticket, evidence, policies, type, state };
};

const stateOf = ({ type, body, changed }: Transaction): ChangeState | undefined => {
  // "When a change goes back to 'New' state from some other state" (guide, TransactionType).
  if (type === "Redraft") return "New";
  const told = readChangeState(changed?.state) ?? readChangeState(body.state);
  return type === "Closure" && told !== "Cancelled" ? "Closed" : told;
};

// ── What is told ────────────────────────────────────────────────────────────────────────────────────────────────────

/** `updatedAt` differs with every message, or is empty with every message; it says nothing of the change. */
const fieldsOf = ({ body }: Transaction): EnsonoBody =>
  Object.fromEntries(Object.entries(body).filter(([name]) => isOfTheTicket(name) && name !== "updatedAt"));

/** State updates carry all fields and no `changed`: what changed is what Ensono has not said before (C4). */
const changedOf = ({ transaction, ticket, policies }: Case): EnsonoBody =>
  transaction.changed ?? differing(fieldsOf(transaction), ticket.said, policies.digest);

const told = (of: Case, news: Partial<ChangeMemory>): Learnt => ({
  ticketType: "Change",
  said: fieldsOf(of.transaction),
  change: { isOpen: false, approvals: [], ...of.ticket.change, type: of.type, state: of.state, ...news },
});

const isAtClient = ({ ticket }: Case): boolean => ticket.link !== undefined;

/** A change that was linked before anything of it was known counts as open: cancelling it once more is harmless. */
const isOpen = (of: Case): boolean => isAtClient(of) && of.ticket.change?.isOpen !== false;

/** A step that tells the client of fields, in its words. */
const tell = (
  of: Case,
  step: "updateTicket" | "cancelTicket" | "closeTicket",
  fields: EnsonoBody,
  news: Partial<ChangeMemory>,
): TransactionDecision => {
  const { fields: changed, notes, unmapped } = toClientFields(fields, of.policies.config);
  return {
    decision: { outcome: "perform", steps: [{ do: step, changed }], notes, unmapped },
    learnt: told(of, news),
  };
};

/** On the client's change, which is made first if the client does not have it. */
const onChange = (of: Case, apply: () => TransactionDecision): TransactionDecision =>
  onExistingTicket(of.transaction, of.ticket, apply, () => raise(of));

// ── The rules ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** C2: one for each external approver; one that comes again is known by its approvalId (Q5). */
const requestApproval = (of: Case): TransactionDecision => {
  const approval = approvalOf(of.transaction.body);
  if (approval === undefined) {
    return hold("not-understood", "Approval Request without approvalId: without it Ensono takes no answer");
  }
  if (of.evidence.isRepeatedApproval === true) return ignore("this approval was requested before (its approvalId)");
  return onChange(of, () => {
    if (isAtClient(of) && !isOpen(of)) return ignore("the client's change is not open any more");
    const approvals = [...(of.ticket.change?.approvals ?? []), approval];
    const change = { isOpen: true, type: of.type, state: of.state, ...of.ticket.change, approvals };
    const steps: ClientStep[] = [{ do: "requestApproval", approval }];
    // The message has few of the change's fields: nothing is learnt of the others.
    return { decision: { outcome: "perform", steps, notes: [] }, learnt: { ticketType: "Change", change } };
  });
};

const approvalOf = ({ approvalId, ...body }: EnsonoBody): ApprovalRequest | undefined => {
  if (typeof approvalId !== "string" || approvalId === "") return undefined;
  const texts = ["approverName", "approverEmail", "description"].flatMap((name) => {
    const value = body[name];
    return typeof value === "string" && value !== "" ? [[name, value] as const] : [];
  });
  return { approvalId, ...Object.fromEntries(texts) };
};

/** New and Cancelled: the client's change is cancelled, once (C6). */
const takeBack = (of: Case): TransactionDecision => {
  const { transaction, ticket, state } = of;
  const learnt = told(of, { isOpen: false });
  if (!isAtClient(of) && transaction.clientTicketNumber === undefined) {
    return ignore(`the change is ${state}, and the client never had it`, learnt);
  }
  if (isAtClient(of) && !isOpen(of)) return ignore("the client's change is cancelled already", learnt);
  if (state === "Cancelled" && ticket.answered?.decision === "rejected") {
    return ignore("the client has rejected it, so its change is closed there", learnt);
  }
  return onChange(of, () => tell(of, "cancelTicket", { state, ...changedOf(of) }, { isOpen: false }));
};

/** Closed: the client's change is closed with the mapped close code, unless its own CAB does that (C1, C6). */
const close = (of: Case): TransactionDecision => {
  if (isAtClient(of) && !isOpen(of)) return ignore("the client's change is not open any more", told(of, {}));
  const { closeCode = "", closeNotes = "" } = of.transaction.body;
  const closing = { ...(closeCode === "" ? {} : { closeCode }), ...(closeNotes === "" ? {} : { closeNotes }) };
  const step = isReviewedAfterwards(of) ? "updateTicket" : "closeTicket";
  const fields = { state: of.state, ...closing, ...changedOf(of) };
  return onChange(of, () => tell(of, step, fields, { isOpen: false }));
};

/** All other states: the client gets the change, or what is new of it, or a new one in place of the one before. */
const carryOn = (of: Case): TransactionDecision => {
  const { policies, state } = of;
  if (!isAtClient(of)) {
    const { raisedFrom } = policies.config.policies.emergencyChanges;
    if (isPreApproved(of) && ranks[state] < ranks[raisedFrom]) {
      return ignore(`an emergency change is raised at the client from ${raisedFrom} on`, told(of, {}));
    }
    return onChange(of, () => ignore("all of it is in the change that is made", told(of, { isOpen: true })));
  }
  if (!isOpen(of)) return replace(of);
  if (of.evidence.isRepeatedCreate === true) return ignore("this Create came before (its updatedOn)");
  if (beginsAnew(of)) return replace(of);
  const changed = changedOf(of);
  if (Object.keys(changed).length === 0) return ignore("nothing changed", told(of, { isOpen: true }));
  return onChange(of, () => tell(of, "updateTicket", changed, { isOpen: true }));
};

/** Whether it is told as if for the first time while the client's change is still open: its way back to New was not told. */
const beginsAnew = ({ transaction, ticket, type, state }: Case): boolean => {
  const before = ticket.change?.state;
  if (before === undefined || state !== firstStates[type]) return false;
  const wasRejected = ticket.answered?.decision === "rejected" && transaction.type === "Create";
  return ranks[before] > ranks[state] || wasRejected;
};

/** C6: the previous change is cancelled, "if not done so already", and a new one takes its place. */
const replace = (of: Case): TransactionDecision => {
  const raised = raise(of);
  if (raised.decision.outcome !== "perform") return raised;
  const { steps, notes } = raised.decision;
  const cancel: ClientStep[] = isOpen(of)
    ? [{ do: "cancelTicket", changed: toClientFields({ state: "New" }, of.policies.config).fields }]
    : [];
  return {
    decision: { ...raised.decision, steps: [...cancel, ...steps], notes: [...notes, `in place of ${of.ticket.link}`] },
    learnt: raised.learnt,
  };
};

/** Makes the client's change, with all fields. */
const raise = (of: Case): TransactionDecision => {
  const { transaction, ticket, policies } = of;
  if (!isEnoughToCreate(transaction)) return tooLittleToCreate;
  const { fields, notes, unmapped } = toClientFields(transaction.body, policies.config);
  const replaces = ticket.link === undefined ? {} : { replaces: ticket.link };
  const step: ClientStep = { do: "createTicket", ticket: fields, clientApproval: clientApprovalOf(of), ...replaces };
  return {
    decision: { outcome: "perform", steps: [step], notes, unmapped },
    learnt: {
      ...told(of, { isOpen: true, approvals: [] }),
      ...(ticket.link === undefined ? {} : { replacing: ticket.link }),
    },
  };
};

const isPreApproved = ({ type, policies }: Case): boolean =>
  type === "Emergency" && policies.config.policies.emergencyChanges.handling === "pre-approved";
const isReviewedAfterwards = ({ type, policies }: Case): boolean =>
  type === "Emergency" && policies.config.policies.emergencyChanges.handling === "reviewed-afterwards";

/** C1: only a Normal change needs the client's approval before the work. */
const clientApprovalOf = (of: Case): ClientApproval => {
  if (of.type === "Normal") return "required";
  return isReviewedAfterwards(of) ? "afterwards" : "given";
};
