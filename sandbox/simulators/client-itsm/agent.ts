import * as z from "zod";
import { clientEventCommentSchema, clientTicketSchema } from "../../../lambdas/shared/domain/client-contract.ts";
import type { ClientFields } from "../../../lambdas/shared/domain/steps.ts";
import { type ApprovalAnswer, approvalEdit, requireChange } from "./agent-approvals.ts";
import { type AgentFile, type AttachBy, attachmentEdit } from "./agent-attachments.ts";
import type { Files } from "./files.ts";
import { ProblemError } from "./problem.ts";
import type { ItsmComment, ItsmTicket } from "./state.ts";
import type { Edit, Tickets } from "./tickets.ts";

const agentName = "Service Desk Agent";

export const agentCommentSchema = clientEventCommentSchema
  .pick({ body: true, commenter: true, commenterEmail: true })
  .strict();
export const openingSchema = z.strictObject({
  ticketType: z.enum(["Incident", "Request"]).default("Incident"),
  ticket: clientTicketSchema,
  comments: z.array(agentCommentSchema).default([]),
});
export const agentEditSchema = z.strictObject({
  ticket: clientTicketSchema.default({}),
  comments: z.array(agentCommentSchema).default([]),
});
export const closingSchema = z.strictObject({
  closeNotes: z.string().exactOptional(),
  closeCode: z.string().exactOptional(),
});

type CommentInput = z.input<typeof agentCommentSchema>;
type TicketInput = z.input<typeof clientTicketSchema>;
type Closing = z.input<typeof closingSchema>;

/**
 * What someone at the client's service desk does. Each act changes the ticket and sends the bridge one event; of a change,
 * only if there is a comment, an attachment or an approval in it, or `changeFields` is asked for.
 */
export interface Agent {
  open(
    ticket: TicketInput,
    options?: { ticketType?: "Incident" | "Request"; comments?: readonly CommentInput[] },
  ): ItsmTicket;
  /** Sets fields and adds comments, both in one event. Throws ProblemError (404) when the ticket is not there, as all below do. */
  update(number: string, ticket: TicketInput, comments?: readonly CommentInput[]): ItsmTicket;
  comment(number: string, comment: CommentInput): ItsmTicket;
  /** Throws ProblemError (409) for a change, as `reopen` does. */
  resolve(number: string, closing?: Closing): ItsmTicket;
  /** Of a change: the client's CAB is done with it. */
  close(number: string, closing?: Closing): ItsmTicket;
  reopen(number: string): ItsmTicket;
  /** Answers what Ensono asked, or answers before it asks. Throws ProblemError (409) when it is no change. */
  approve(number: string, answer: ApprovalAnswer): ItsmTicket;
  /** Closes the change, too. */
  reject(number: string, answer: ApprovalAnswer): ItsmTicket;
  /** Adds a file, and gives it to the bridge in one of three ways: within the event (the default), put there first, or by its address. */
  attach(number: string, file: AgentFile, options?: { by?: AttachBy }): Promise<ItsmTicket>;
}

export const createAgent = (deps: {
  tickets: Tickets;
  files: Files;
  /** Where the bridge may fetch an attachment. */
  urlOf: (attachmentId: string) => string;
  onEdit: (ticket: ItsmTicket, edit: Edit) => void;
}): Agent => {
  const { tickets } = deps;

  /** Gives the ticket as it is now. */
  const done = (ticket: ItsmTicket, edit: Omit<Edit, "actor">): ItsmTicket => {
    deps.onEdit(ticket, { ...edit, actor: agentName });
    return structuredClone(ticket);
  };

  const addComments = (ticket: ItsmTicket, comments: readonly z.infer<typeof agentCommentSchema>[]): ItsmComment[] =>
    comments.map(({ body, commenter, commenterEmail }) =>
      tickets.addComment(ticket, {
        body,
        author: commenter ?? agentName,
        ...(commenterEmail !== undefined && { authorEmail: commenterEmail }),
      }),
    );

  const update: Agent["update"] = (number, input, added = []) => {
    const { ticket: fields, comments } = agentEditSchema.parse({ ticket: input, comments: added });
    const ticket = tickets.ticketOf(number);
    const set = tickets.setFields(ticket, given(fields));
    return done(ticket, { fields: set, comments: addComments(ticket, comments) });
  };

  const updateNoChange = (number: string, fields: TicketInput): ItsmTicket => {
    if (tickets.ticketOf(number).phase === undefined) return update(number, fields);
    throw new ProblemError(409, { error: `${number} is a change: it can be approved, rejected or closed` });
  };

  return {
    open(input, options = {}) {
      const { ticketType, ticket: fields, comments } = openingSchema.parse({ ticket: input, ...options });
      const ticket = tickets.open({ ticketType, openedBy: "agent", fields: given(fields) });
      return done(ticket, { fields: ticket.fields, comments: addComments(ticket, comments) });
    },
    update,
    comment: (number, comment) => update(number, {}, [comment]),
    resolve: (number, closing = {}) => updateNoChange(number, { status: "Resolved", ...closing }),
    close(number, closing = {}) {
      const ticket = tickets.ticketOf(number);
      if (ticket.phase === undefined) return update(number, { status: "Closed", ...closing });
      return done(ticket, { fields: tickets.end(ticket, "closed", { state: "Closed", ...closing }) });
    },
    reopen: (number) => updateNoChange(number, { status: "Open" }),
    approve(number, answer) {
      const change = requireChange(tickets.ticketOf(number));
      return done(change, approvalEdit(change, "approved", answer, tickets));
    },
    reject(number, answer) {
      const change = requireChange(tickets.ticketOf(number));
      return done(change, approvalEdit(change, "rejected", answer, tickets));
    },
    async attach(number, file, { by = "content" } = {}) {
      const ticket = tickets.ticketOf(number);
      return done(ticket, await attachmentEdit(ticket, file, by, deps));
    },
  };
};

const given = (fields: z.infer<typeof clientTicketSchema>): ClientFields =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
