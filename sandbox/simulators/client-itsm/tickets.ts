import type * as z from "zod";
import {
  type ApprovalGiven,
  type ClientEventAttachment,
  clientTicketSchema,
} from "../../../lambdas/shared/domain/client-contract.ts";
import type { ApprovalRequest, ClientFields } from "../../../lambdas/shared/domain/steps.ts";
import { ProblemError } from "./problem.ts";
import type { ChangePhase, ClientItsmState, ItsmAttachment, ItsmComment, ItsmTicket } from "./state.ts";

type Opening = Pick<
  ItsmTicket,
  "ticketType" | "openedBy" | "ensonoTicketNumber" | "fields" | "replaces" | "clientApproval"
> & { isChange?: boolean };

/** What someone did to a ticket; becomes an event. */
export interface Edit {
  readonly fields?: ClientFields;
  readonly comments?: readonly ItsmComment[];
  readonly attachments?: readonly ClientEventAttachment[];
  readonly approval?: ApprovalGiven;
  readonly actor: string;
  /** The one of the attachments that is put to the bridge before it is told of it. */
  readonly upload?: ItsmAttachment;
}

export const bridgeUser = "envision-bridge";

export const isOver = ({ phase = "open" }: ItsmTicket): boolean => phase !== "open";

/** The tickets of the ITSM, changes among them: how they change, whoever changes them. */
export const createTickets = (state: ClientItsmState, now: () => number) => {
  const { counters } = state;
  const at = (): string => new Date(now()).toISOString();

  const nextId = (counter: keyof typeof counters, prefix: string, from = 0): string => {
    counters[counter] += 1;
    return `${prefix}${String(from + counters[counter]).padStart(7, "0")}`;
  };

  const ticketOf = (number: string): ItsmTicket => {
    const ticket = state.tickets[number];
    if (ticket) return ticket;
    throw new ProblemError(404, { error: `there is no ticket ${number}` });
  };

  /** By the ITSM's own number or, as long as the bridge does not know that, the latest with Ensono's. */
  const find = (by: { clientTicketNumber: string | null; ensonoTicketNumber: string }): ItsmTicket | undefined =>
    by.clientTicketNumber === null
      ? Object.values(state.tickets).findLast(({ ensonoTicketNumber }) => ensonoTicketNumber === by.ensonoTicketNumber)
      : state.tickets[by.clientTicketNumber];

  const open = ({ isChange = false, ...input }: Opening): ItsmTicket => {
    const ticket: ItsmTicket = {
      ...input,
      number: isChange ? nextId("change", "CHG", 10_000) : nextId("ticket", "INC", 10_000),
      fields: { ...(isChange ? {} : { status: "Open" }), ...columns(input.fields) },
      comments: [],
      attachments: [],
      approvals: [],
      ...(isChange && { phase: "open" }),
    };
    state.tickets[ticket.number] = ticket;
    return ticket;
  };

  const adopt = ({ number, ticketType }: Pick<ItsmTicket, "number" | "ticketType">): ItsmTicket => {
    const ticket: ItsmTicket = {
      number,
      ticketType,
      openedBy: "agent",
      fields: {},
      comments: [],
      attachments: [],
      approvals: [],
      ...(ticketType === "Change" && { phase: "open" }),
    };
    state.tickets[number] = ticket;
    return ticket;
  };

  const addComment = (ticket: ItsmTicket, comment: Omit<ItsmComment, "id" | "at">): ItsmComment => {
    const added = { ...comment, id: nextId("comment", "CMT"), at: at() };
    ticket.comments.push(added);
    return added;
  };

  const addAttachment = (ticket: ItsmTicket, file: Omit<ItsmAttachment, "id" | "at">): ItsmAttachment => {
    const added = { ...file, id: nextId("attachment", "ATT"), at: at() };
    ticket.attachments.push(added);
    return added;
  };

  const addApproval = (ticket: ItsmTicket, approval: ApprovalRequest, bridgeKey: string): void => {
    ticket.approvals.push({ ...approval, bridgeKey });
  };

  /** Gives what was set: nothing on a change that is over. */
  const setFields = (ticket: ItsmTicket, fields: ClientFields): ClientFields => {
    if (isOver(ticket)) return {};
    const set = columns(fields);
    Object.assign(ticket.fields, set);
    return set;
  };

  /** Ends a change with its last fields; one that is over stays what it is. Gives what was set. */
  const end = (ticket: ItsmTicket, phase: Exclude<ChangePhase, "open">, fields: ClientFields): ClientFields => {
    const set = setFields(ticket, fields);
    if (!isOver(ticket)) ticket.phase = phase;
    return set;
  };

  const all = (): ItsmTicket[] => Object.values(state.tickets);

  return { ticketOf, find, open, adopt, addComment, addAttachment, addApproval, setFields, end, all };
};
export type Tickets = ReturnType<typeof createTickets>;

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
