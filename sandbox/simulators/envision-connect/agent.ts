import * as z from "zod";
import { type FileHolder, isKnownToClient } from "./attachments.ts";
import { type ChangeAgent, createChangeAgent } from "./change-agent.ts";
import { changeNotesTransaction } from "./change-transactions.ts";
import { addChangeComment } from "./changes.ts";
import type { Ensono } from "./ensono.ts";
import { createFileAgent, type FileAgent } from "./file-agent.ts";
import {
  addComment,
  type Changed,
  closeTicket,
  type Instance,
  reopenTicket,
  resolveTicket,
  statusSchema,
  type TicketComment,
  type TicketRecord,
  TicketRefusal,
  updateTicket,
} from "./tickets.ts";
import {
  closureTransaction,
  createTransaction,
  notesTransaction,
  type Transaction,
  updateTransaction,
} from "./transactions.ts";

/** Someone at Ensono who works on tickets; what they do there triggers transactions (guide, "Ensono Triggers"). */

export const agentTicketSchema = z.strictObject({
  ticketType: z.enum(["Incident", "Request"]).default("Incident"),
  shortDescription: z.string(),
  description: z.string(),
  group: z.string().default("Ensono Support"),
  ensonoGroup: z.string().default("CS - 1st Line"),
  priority: z.enum(["1", "2", "3", "4"]).default("4"),
  impact: z.enum(["1", "2", "3"]).default("3"),
  urgency: z.enum(["1", "2", "3"]).default("3"),
  category: z.string().default("Private Cloud"),
  origin: z.string().default("Web"),
  cis: z.string().default(""),
  contactName: z.string().default("Ensono User"),
  contactEmail: z.string().default("Ensono.User@Ensono.com"),
  contactPhone: z.string().default(""),
});
export type AgentTicket = z.input<typeof agentTicketSchema>;

export const agentUpdateSchema = z.strictObject({
  status: statusSchema
    .exclude(["resolved", "closed"], {
      error: "expected open, workingprogress, pending or cancelled; else use resolve or close",
    })
    .optional(),
  statusNextAction: z.string().optional(),
  offHoldDate: z.string().optional(),
  description: z.string().optional(),
  shortDescription: z.string().optional(),
  group: z.string().optional(),
  ensonoGroup: z.string().optional(),
  priority: z.enum(["1", "2", "3", "4"]).optional(),
});
export type AgentUpdate = z.input<typeof agentUpdateSchema>;

export const agentCommentSchema = z.strictObject({
  body: z.string().min(1),
  commenter: z.string().default("Ensono User"),
  commenterEmail: z.string().default("Ensono.User@Ensono.com"),
});
export type AgentComment = z.input<typeof agentCommentSchema>;

export const agentClosureSchema = z.strictObject({
  closeNotes: z.string().min(1),
  closeCode: z.enum(["resolved", "unresolved", "cancelled", "resolved*", "unresolved*"]).default("resolved*"),
});
export type AgentClosure = z.input<typeof agentClosureSchema>;

/** Every method throws a ZodError that names the field, UnknownTicket, or TicketRefusal, and sends nothing then. */
export interface Agent extends ChangeAgent, FileAgent {
  /** Gives the ticket's number. */
  open(fields: AgentTicket): string;
  /** Sends only what differs, and nothing where nothing does. */
  update(ticketNumber: string, fields: AgentUpdate): void;
  /** On a ticket or a change; on a draft that the client never heard of, nothing is sent. */
  comment(ticketNumber: string, comment: AgentComment): void;
  resolve(ticketNumber: string, closure: AgentClosure): void;
  close(ticketNumber: string): void;
  reopen(ticketNumber: string): void;
}

export class UnknownTicket extends Error {
  override readonly name = "UnknownTicket";
}

/** @param onChange called after each act, when ticket and queue have changed. */
export function createAgent(ensono: Ensono, instance: Instance, onChange: () => void): Agent {
  const { clientName, now } = ensono;

  const actOnEither = (ticketNumber: string, act: (holder: FileHolder) => void): void => {
    const holder = ensono.findEither(ticketNumber);
    if (holder === undefined) throw new UnknownTicket(`There is no ticket ${ticketNumber}.`);
    act(holder);
    onChange();
  };
  const actOn = (ticketNumber: string, act: (ticket: TicketRecord) => void): void =>
    actOnEither(ticketNumber, (holder) => {
      if (holder.ticketType === "Change") throw new TicketRefusal(`${ticketNumber} is a change; use moveChange.`);
      act(holder);
    });
  /** Where nothing changed, nothing is triggered. */
  const tell = (ticket: TicketRecord, changed: Changed, transaction: typeof updateTransaction): void => {
    if (Object.keys(changed).length > 0) ensono.send(ticket.instance, transaction(clientName, ticket, changed));
  };

  return {
    ...createChangeAgent(ensono, instance, actOnEither, onChange),
    ...createFileAgent(ensono, actOnEither),
    open: (fields) => {
      const ticket = ensono.open(instance, {
        ...agentTicketSchema.parse(fields),
        openedBy: "Ensono",
        clientTicketNumber: "",
      });
      ensono.send(instance, createTransaction(clientName, ticket));
      onChange();
      return ticket.ticketNumber;
    },
    update: (ticketNumber, fields) =>
      actOn(ticketNumber, (ticket) =>
        tell(ticket, updateTicket(ticket, agentUpdateSchema.parse(fields), now()), updateTransaction),
      ),
    comment: (ticketNumber, comment) =>
      actOnEither(ticketNumber, (holder) => {
        const added = ensono.newComment({ from: "Ensono", ...agentCommentSchema.parse(comment) });
        addCommentTo(holder, added, now());
        if (isKnownToClient(holder)) ensono.send(holder.instance, notesOf(clientName, holder, added));
      }),
    resolve: (ticketNumber, closure) =>
      actOn(ticketNumber, (ticket) =>
        tell(ticket, resolveTicket(ticket, agentClosureSchema.parse(closure), now()), closureTransaction),
      ),
    close: (ticketNumber) =>
      actOn(ticketNumber, (ticket) => tell(ticket, closeTicket(ticket, {}, now()), closureTransaction)),
    reopen: (ticketNumber) =>
      actOn(ticketNumber, (ticket) => tell(ticket, reopenTicket(ticket, now()), updateTransaction)),
  };
}

const addCommentTo = (holder: FileHolder, comment: TicketComment, at: number): void => {
  if (holder.ticketType === "Change") addChangeComment(holder, comment, at);
  else addComment(holder, comment, at);
};

const notesOf = (clientName: string, holder: FileHolder, comment: TicketComment): Transaction =>
  holder.ticketType === "Change"
    ? changeNotesTransaction(clientName, holder, comment)
    : notesTransaction(clientName, holder, comment);
