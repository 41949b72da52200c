import type { Content } from "./fifo-queue.ts";
import type { Changed, TicketComment, TicketRecord } from "./tickets.ts";

/** Builds the transactions of incidents and requests, shaped as the guide's examples ("Outbound from Ensono"). */

export interface Transaction {
  /** The MessageGroupId. */
  group: string;
  content: Content;
}

const RETURN_SENDER_ID = "AROAYCQITFFPCNWDH6BTL:envxdevbridge1MainBridge";

export const transaction = (
  type: string,
  ticket: Pick<TicketRecord, "ticketNumber" | "clientTicketNumber">,
  body: Content,
  senderId?: string,
): Transaction => ({
  group: ticket.ticketNumber,
  content: {
    Body: body,
    Attributes: {
      ...(senderId === undefined ? {} : { SenderId: senderId }),
      ClientReferenceAvailable: ticket.clientTicketNumber !== "",
      TransactionType: type,
    },
  },
});

/** "Every field is included from Ensono in each transaction." */
const allFields = (clientName: string, ticket: TicketRecord): Content => ({
  clientName,
  ticketNumber: ticket.ticketNumber,
  clientTicketNumber: ticket.clientTicketNumber,
  ticketType: ticket.ticketType,
  status: ticket.status,
  description: ticket.description,
  shortDescription: ticket.shortDescription,
  group: ticket.group,
  ensonoGroup: ticket.ensonoGroup,
  priority: ticket.priority,
  impact: ticket.impact,
  urgency: ticket.urgency,
  openedTime: ticket.openedTime,
  category: ticket.category,
  origin: ticket.origin,
  cis: ticket.cis,
});

const pendingFields = ({ offHoldDate, statusNextAction }: TicketRecord): Content => ({
  ...(offHoldDate === undefined ? {} : { offHoldDate }),
  ...(statusNextAction === undefined ? {} : { statusNextAction }),
});

export const createTransaction = (clientName: string, ticket: TicketRecord): Transaction =>
  transaction("Create", ticket, allFields(clientName, ticket));

export const updateTransaction = (clientName: string, ticket: TicketRecord, changed: Changed): Transaction =>
  transaction("Update", ticket, {
    ...allFields(clientName, ticket),
    ...pendingFields(ticket),
    changed: { updatedOn: ticket.updatedOn, ...changed },
    updatedOn: ticket.updatedOn,
  });

export const notesTransaction = (
  clientName: string,
  ticket: TicketRecord,
  { id, body, commenter = "", commenterEmail = "" }: TicketComment,
): Transaction =>
  transaction("Notes", ticket, {
    ...allFields(clientName, ticket),
    ...pendingFields(ticket),
    updatedOn: ticket.updatedOn,
    notes: { type: "comment", id, body, commenter, commenterEmail },
  });

/** Resolved and closed alike. The guide's example has no `ensonoGroup`. */
export const closureTransaction = (clientName: string, ticket: TicketRecord, changed: Changed): Transaction => {
  const { ensonoGroup: _, ...fields } = allFields(clientName, ticket);
  return transaction("Closure", ticket, {
    ...fields,
    closeNotes: ticket.closeNotes,
    closeCode: ticket.closeCode,
    changed: { updatedOn: ticket.updatedOn, ...changed },
    updatedOn: ticket.updatedOn,
  });
};

/** Sent when a create timed out; the guide's example has a trailing blank in `clientName`. */
export const returnNumberTransaction = (clientName: string, ticket: TicketRecord): Transaction =>
  transaction(
    "ReturnEnsonoNum",
    ticket,
    {
      clientName: `${clientName} `,
      ticketNumber: ticket.ticketNumber,
      clientTicketNumber: ticket.clientTicketNumber,
      ticketType: ticket.ticketType,
    },
    RETURN_SENDER_ID,
  );
