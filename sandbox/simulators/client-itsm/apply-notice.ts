import type { Notice, NoticeAnswer } from "../../../lambdas/shared/domain/client-contract.ts";
import type { ClientFields } from "../../../lambdas/shared/domain/steps.ts";
import type { Files } from "./files.ts";
import { ProblemError } from "./problem.ts";
import type { ItsmTicket } from "./state.ts";
import { bridgeUser, type Edit, type Tickets } from "./tickets.ts";

type Of<Type extends Notice["type"]> = Extract<Notice, { type: Type }>;
type Creation = Of<"ticket.created" | "change.created">;
type FileNotice = Of<"ticket.attachment_added" | "change.attachment_added">;

export interface Applied {
  readonly ticket: ItsmTicket;
  readonly edit: Edit;
  readonly answer: NoticeAnswer;
}

interface Stores {
  readonly tickets: Tickets;
  readonly files: Files;
}

const actor = bridgeUser;

export const isCreation = (notice: Notice): notice is Creation =>
  notice.type === "ticket.created" || notice.type === "change.created";

export const isFileNotice = (notice: Notice): notice is FileNotice =>
  notice.type === "ticket.attachment_added" || notice.type === "change.attachment_added";

/**
 * Does what a delivery asks for. Not idempotent: a repeat makes a second ticket, comment, request or attachment.
 *
 * @param input.bytes the content of the delivery's file, where it is small.
 * @throws ProblemError (422) when the ticket is not there.
 */
export const applyNotice = (
  { notice, key, bytes }: { notice: Notice; key: string; bytes: Buffer | undefined },
  stores: Stores,
): Applied => {
  const { tickets } = stores;
  if (isCreation(notice)) return create(notice, tickets);
  const ticket = tickets.find(notice.data) ?? adopted(notice, tickets);
  if (ticket === undefined) throw noTicket(notice);
  if (isFileNotice(notice)) return attach(ticket, notice, { key, bytes }, stores);

  switch (notice.type) {
    case "ticket.linked":
      ticket.ensonoTicketNumber = notice.data.ensonoTicketNumber;
      return { ticket, edit: { actor }, answer: {} };
    case "change.approval_requested":
      tickets.addApproval(ticket, notice.data.approval, key);
      return { ticket, edit: { actor }, answer: {} };
    case "ticket.commented":
    case "change.commented": {
      const { id: _, ...comment } = notice.data.comment;
      const added = tickets.addComment(ticket, { ...comment, bridgeKey: key });
      return { ticket, edit: { comments: [added], actor }, answer: { commentId: added.id } };
    }
    default:
      return { ticket, edit: { fields: setChanged(ticket, notice, tickets), actor }, answer: {} };
  }
};

const create = ({ data, type }: Creation, tickets: Tickets): Applied => {
  const { ensonoTicketNumber, replaces, ticket: fields } = data;
  const ticket = tickets.open({
    isChange: type === "change.created",
    ticketType: data.ticketType,
    openedBy: "bridge",
    ensonoTicketNumber,
    fields,
    ...(replaces !== undefined && { replaces }),
    ...("clientApproval" in data && { clientApproval: data.clientApproval }),
  });
  return { ticket, edit: { fields: ticket.fields, actor }, answer: { clientTicketNumber: ticket.number } };
};

/** Someone with `curl` told the bridge of a ticket that is not here: it exists, so it is taken in under its number. */
const adopted = ({ type, data }: Notice, tickets: Tickets): ItsmTicket | undefined =>
  type === "ticket.linked" && data.clientTicketNumber !== null
    ? tickets.adopt({ number: data.clientTicketNumber, ticketType: data.ticketType })
    : undefined;

const noTicket = ({ data }: Notice): ProblemError => {
  const named = data.clientTicketNumber ?? `with the Ensono number ${data.ensonoTicketNumber}`;
  return new ProblemError(422, { error: `there is no ticket ${named}`, field: "data.clientTicketNumber" });
};

/** The event says nothing of the file: nobody could tell it from one of the client's own. */
const attach = (
  ticket: ItsmTicket,
  { data }: FileNotice,
  { key, bytes }: { key: string; bytes: Buffer | undefined },
  { tickets, files }: Stores,
): Applied => {
  const { fileName, contentType, size, sha256 } = data.attachment;
  const { id } = tickets.addAttachment(ticket, { fileName, contentType, size, sha256, bridgeKey: key });
  if (bytes !== undefined) files.keep(id, bytes);
  return { ticket, edit: { actor }, answer: {} };
};

const statusAfter: Partial<Record<Notice["type"], string>> = {
  "ticket.resolved": "Resolved",
  "ticket.closed": "Closed",
  "ticket.reopened": "Open",
};

const setChanged = (
  ticket: ItsmTicket,
  notice: Extract<Notice, { data: { changed: ClientFields } }>,
  tickets: Tickets,
): ClientFields => {
  const { changed } = notice.data;
  if (notice.type === "change.cancelled") return tickets.end(ticket, "cancelled", { state: "Cancelled", ...changed });
  if (notice.type === "change.closed") return tickets.end(ticket, "closed", { state: "Closed", ...changed });
  const status = statusAfter[notice.type];
  return tickets.setFields(ticket, { ...(status !== undefined && { status }), ...changed });
};
