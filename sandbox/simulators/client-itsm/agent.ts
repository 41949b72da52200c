import * as z from "zod";
import { clientEventCommentSchema, clientTicketSchema } from "../../../lambdas/shared/domain/client-contract.ts";
import type { ClientFields } from "../../../lambdas/shared/domain/steps.ts";
import type { ItsmComment, ItsmTicket } from "./state.ts";
import type { Change, Tickets } from "./tickets.ts";

const agentName = "Service Desk Agent";

export const agentCommentSchema = clientEventCommentSchema
  .pick({ body: true, commenter: true, commenterEmail: true })
  .strict();
export const openingSchema = z.strictObject({
  ticketType: z.enum(["Incident", "Request"]).default("Incident"),
  ticket: clientTicketSchema,
  comments: z.array(agentCommentSchema).default([]),
});
export const agentChangeSchema = z.strictObject({
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

/** What someone at the client's service desk does. Each act changes the ticket and sends the bridge one event. */
export interface Agent {
  open(
    ticket: TicketInput,
    options?: { ticketType?: "Incident" | "Request"; comments?: readonly CommentInput[] },
  ): ItsmTicket;
  /** Sets fields and adds comments, both in one event. Throws ProblemError (404) when the ticket is not there, as all below do. */
  update(number: string, ticket: TicketInput, comments?: readonly CommentInput[]): ItsmTicket;
  comment(number: string, comment: CommentInput): ItsmTicket;
  resolve(number: string, closing?: Closing): ItsmTicket;
  close(number: string, closing?: Closing): ItsmTicket;
  reopen(number: string): ItsmTicket;
}

export const createAgent = (deps: {
  tickets: Tickets;
  onChange: (ticket: ItsmTicket, change: Change) => void;
}): Agent => {
  const { tickets } = deps;

  const addComments = (ticket: ItsmTicket, comments: readonly z.infer<typeof agentCommentSchema>[]): ItsmComment[] =>
    comments.map(({ body, commenter, commenterEmail }) =>
      tickets.addComment(ticket, {
        body,
        author: commenter ?? agentName,
        ...(commenterEmail !== undefined && { authorEmail: commenterEmail }),
      }),
    );

  const update: Agent["update"] = (number, input, added = []) => {
    const { ticket: fields, comments } = agentChangeSchema.parse({ ticket: input, comments: added });
    const ticket = tickets.ticketOf(number);
    const changed = tickets.setFields(ticket, given(fields));
    deps.onChange(ticket, { fields: changed, comments: addComments(ticket, comments), actor: agentName });
    return structuredClone(ticket);
  };

  return {
    open(input, options = {}) {
      const { ticketType, ticket: fields, comments } = openingSchema.parse({ ticket: input, ...options });
      const ticket = tickets.open({ ticketType, openedBy: "agent", fields: given(fields) });
      deps.onChange(ticket, { fields: ticket.fields, comments: addComments(ticket, comments), actor: agentName });
      return structuredClone(ticket);
    },
    update,
    comment: (number, comment) => update(number, {}, [comment]),
    resolve: (number, closing = {}) => update(number, { status: "Resolved", ...closing }),
    close: (number, closing = {}) => update(number, { status: "Closed", ...closing }),
    reopen: (number) => update(number, { status: "Open" }),
  };
};

const given = (fields: z.infer<typeof clientTicketSchema>): ClientFields =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
