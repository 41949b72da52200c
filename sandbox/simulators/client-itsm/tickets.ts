import type * as z from "zod";
import {
  type ClientEventBody,
  type clientEventBodySchema,
  clientTicketSchema,
  type Notice,
  type NoticeAnswer,
} from "../../../lambdas/shared/domain/client-contract.ts";
import type { ClientFields } from "../../../lambdas/shared/domain/steps.ts";
import { ProblemError } from "./problem.ts";
import type { Behaviour, ClientItsmState, ItsmComment, ItsmTicket } from "./state.ts";

type Comment = Omit<ItsmComment, "id" | "at">;

/** What changed on a ticket, and by whom; becomes an event. */
export interface Change {
  readonly fields: ClientFields;
  readonly comments: readonly ItsmComment[];
  readonly actor: string | undefined;
}

export const bridgeUser = "envision-bridge";

/** The tickets of the ITSM: how they change, whoever changes them. */
export const createTickets = (state: ClientItsmState, now: () => number) => {
  const nextNumber = (): string => {
    state.counters.ticket += 1;
    return `INC${String(10_000 + state.counters.ticket).padStart(7, "0")}`;
  };

  const ticketOf = (number: string): ItsmTicket => {
    const ticket = state.tickets[number];
    if (ticket) return ticket;
    throw new ProblemError(404, { error: `there is no ticket ${number}` });
  };

  /** By the ITSM's own number or, as long as the bridge does not know that, by Ensono's. */
  const find = (by: { clientTicketNumber: string | null; ensonoTicketNumber: string }): ItsmTicket | undefined =>
    by.clientTicketNumber === null
      ? Object.values(state.tickets).find(({ ensonoTicketNumber }) => ensonoTicketNumber === by.ensonoTicketNumber)
      : state.tickets[by.clientTicketNumber];

  const open = (input: Pick<ItsmTicket, "ticketType" | "openedBy" | "ensonoTicketNumber" | "fields">): ItsmTicket => {
    const ticket = {
      ...input,
      number: nextNumber(),
      fields: { status: "Open", ...columns(input.fields) },
      comments: [],
    };
    state.tickets[ticket.number] = ticket;
    return ticket;
  };

  const adopt = ({ number, ticketType }: Pick<ItsmTicket, "number" | "ticketType">): ItsmTicket => {
    const ticket: ItsmTicket = { number, ticketType, openedBy: "agent", fields: {}, comments: [] };
    state.tickets[number] = ticket;
    return ticket;
  };

  const addComment = (ticket: ItsmTicket, comment: Comment): ItsmComment => {
    state.counters.comment += 1;
    const id = `CMT${String(state.counters.comment).padStart(7, "0")}`;
    const added = { ...comment, id, at: new Date(now()).toISOString() };
    ticket.comments.push(added);
    return added;
  };

  const setFields = (ticket: ItsmTicket, fields: ClientFields): ClientFields => {
    const set = columns(fields);
    Object.assign(ticket.fields, set);
    return set;
  };

  return { ticketOf, find, open, adopt, addComment, setFields, all: () => Object.values(state.tickets) };
};
export type Tickets = ReturnType<typeof createTickets>;

const statusAfter: Partial<Record<Notice["type"], string>> = {
  "ticket.resolved": "Resolved",
  "ticket.closed": "Closed",
  "ticket.reopened": "Open",
};

/**
 * Does what a delivery asks for. Not idempotent: a repeat makes a second ticket or comment.
 *
 * @throws ProblemError (422) when the ticket is not there.
 */
export const applyNotice = (
  tickets: Tickets,
  notice: Notice,
  key: string,
): { ticket: ItsmTicket; change: Change; answer: NoticeAnswer } => {
  const { ensonoTicketNumber, ticketType } = notice.data;
  const actor = bridgeUser;
  if (notice.type === "ticket.created") {
    const fields = notice.data.ticket;
    const ticket = tickets.open({ ticketType, openedBy: "bridge", ensonoTicketNumber, fields });
    const change = { fields: ticket.fields, comments: [], actor };
    return { ticket, change, answer: { clientTicketNumber: ticket.number } };
  }

  const ticket = tickets.find(notice.data) ?? adopted(tickets, notice);
  if (ticket === undefined) {
    const error = `there is no ticket ${notice.data.clientTicketNumber ?? `with the Ensono number ${ensonoTicketNumber}`}`;
    throw new ProblemError(422, { error, field: "data.clientTicketNumber" });
  }
  if (notice.type === "ticket.commented") {
    const { id: _, ...comment } = notice.data.comment;
    const added = tickets.addComment(ticket, { ...comment, bridgeKey: key });
    return { ticket, change: { fields: {}, comments: [added], actor }, answer: { commentId: added.id } };
  }
  if (notice.type === "ticket.linked") {
    ticket.ensonoTicketNumber = ensonoTicketNumber;
    return { ticket, change: { fields: {}, comments: [], actor }, answer: {} };
  }
  const status = statusAfter[notice.type];
  const fields = tickets.setFields(ticket, { ...(status !== undefined && { status }), ...notice.data.changed });
  return { ticket, change: { fields, comments: [], actor }, answer: {} };
};

/** Someone with `curl` told the bridge of a ticket that is not here: it exists, so it is taken in under its number. */
const adopted = (tickets: Tickets, { type, data }: Notice): ItsmTicket | undefined =>
  type === "ticket.linked" && data.clientTicketNumber !== null
    ? tickets.adopt({ number: data.clientTicketNumber, ticketType: data.ticketType })
    : undefined;

/** The event by which the ITSM tells the bridge of a change. */
export const eventOf = (
  ticket: ItsmTicket,
  change: Change,
  behaviour: Behaviour,
  at: number,
): z.input<typeof clientEventBodySchema> => {
  const actor = change.actor === bridgeUser && !behaviour.echoActor ? undefined : change.actor;
  return {
    clientTicketNumber: ticket.number,
    ...(ticket.ticketType !== "Change" && { ticketType: ticket.ticketType }),
    ...(ticket.ensonoTicketNumber !== undefined && { ensonoTicketNumber: ticket.ensonoTicketNumber }),
    occurredAt: new Date(at).toISOString(),
    ...(actor !== undefined && { actor }),
    ticket: behaviour.events === "snapshots" ? ticket.fields : change.fields,
    comments: change.comments.map((comment) => eventComment(comment, behaviour)),
  };
};

const eventComment = (comment: ItsmComment, { echoKeys }: Behaviour): ClientEventBody["comments"][number] => ({
  id: comment.id,
  ...(echoKeys && comment.bridgeKey !== undefined && { bridgeKey: comment.bridgeKey }),
  body: comment.body,
  ...(comment.author !== undefined && { commenter: comment.author }),
  commentTime: comment.at,
  ...(comment.authorEmail !== undefined && { commenterEmail: comment.authorEmail }),
});

/** An ITSM keeps what it is given in columns of its own types: texts, and a list of configuration items. */
const columns = (fields: ClientFields): ClientFields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, Object.hasOwn(texts, name) ? column(name, value) : value]),
  );

const texts = clientTicketSchema.shape;

const column = (name: string, value: z.core.util.JSONType): z.core.util.JSONType => {
  const text = typeof value === "string" ? value : value === null ? "" : String(value);
  if (name !== "cis") return text;
  return Array.isArray(value) ? value : text.split(/\s*,\s*/).filter(Boolean);
};
