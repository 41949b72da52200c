import type { Approval, ChangeRecord } from "./changes.ts";
import type { Content } from "./fifo-queue.ts";
import type { TicketComment } from "./tickets.ts";
import { type Transaction, transaction } from "./transactions.ts";

/** Builds the transactions of changes, shaped as the guide's examples ("Ensono Change Message Body and Fields"). */

const identity = (clientName: string, change: ChangeRecord): Content => ({
  clientName,
  ticketType: change.ticketType,
  clientTicketNumber: change.clientTicketNumber,
  ticketNumber: change.ticketNumber,
  group: change.group,
  ensonoGroup: change.ensonoGroup,
});

/** Every field in each transaction, and never a `changed`. Only creates and notes say when the change was updated. */
const allFields = (clientName: string, change: ChangeRecord, updatedOn = ""): Content => ({
  ...identity(clientName, change),
  openedAt: change.openedAt,
  updatedOn,
  requestedByName: change.requestedByName,
  shortDescription: change.shortDescription,
  type: change.type,
  category: change.category,
  approval: change.approval,
  startDate: change.startDate,
  endDate: change.endDate,
  risk: change.risk,
  impact: change.impact,
  description: change.description,
  justification: change.justification,
  preChangeChecks: change.preChangeChecks,
  implementationPlan: change.implementationPlan,
  testPlan: change.testPlan,
  backoutPlan: change.backoutPlan,
  state: change.state,
  priority: change.priority,
  cis: change.cis,
});

/** The first transaction, and again the first after each redraft. The guide's example has a blank after `updatedOn`. */
export const changeCreateTransaction = (clientName: string, change: ChangeRecord): Transaction =>
  transaction("Create", change, allFields(clientName, change, `${change.updatedOn} `));

export const approvalRequestTransaction = (
  clientName: string,
  change: ChangeRecord,
  { approvalId, approverName, approverEmail }: Approval,
): Transaction =>
  transaction("Approval Request", change, {
    ...identity(clientName, change),
    description: change.description,
    state: change.state,
    approvalState: "Requested",
    approvalId,
    approverName,
    approverEmail,
  });

/** What a move to the state that the change is in now sends. */
export const changeMoveTransaction = (clientName: string, change: ChangeRecord): Transaction => {
  const fields = allFields(clientName, change);
  if (change.state === "New") return transaction("Redraft", change, fields);
  if (change.state !== "Closed") return transaction("Update", change, fields);
  return transaction("Closure", change, { ...fields, closeNotes: change.closeNotes, closeCode: change.closeCode });
};

export const changeNotesTransaction = (
  clientName: string,
  change: ChangeRecord,
  { id, body, commenter = "", commenterEmail = "" }: TicketComment,
): Transaction =>
  transaction("Notes", change, {
    ...allFields(clientName, change, change.updatedOn),
    notes: { type: "comment", id, body, commenter, commenterEmail },
  });
