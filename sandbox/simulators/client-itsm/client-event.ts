import type * as z from "zod";
import type { ClientEventComment, clientEventBodySchema } from "../../../lambdas/shared/domain/client-contract.ts";
import type { ClientFields } from "../../../lambdas/shared/domain/steps.ts";
import type { Behaviour, ItsmComment, ItsmTicket } from "./state.ts";
import { bridgeUser, type Edit } from "./tickets.ts";

/**
 * The event by which the ITSM tells the bridge of an edit. Undefined where there is nothing to tell: of changes, it tells
 * fields only if it is told to.
 */
export const eventOf = (
  ticket: ItsmTicket,
  edit: Edit,
  behaviour: Behaviour,
  at: number,
): z.input<typeof clientEventBodySchema> | undefined => {
  const { comments = [], attachments = [], approval } = edit;
  const tellsFields = ticket.phase === undefined || behaviour.changeFields;
  if (!tellsFields && comments.length + attachments.length === 0 && approval === undefined) return undefined;
  const actor = edit.actor === bridgeUser && !behaviour.echoActor ? undefined : edit.actor;
  return {
    clientTicketNumber: ticket.number,
    ticketType: ticket.ticketType,
    ...(ticket.ensonoTicketNumber !== undefined && { ensonoTicketNumber: ticket.ensonoTicketNumber }),
    occurredAt: new Date(at).toISOString(),
    ...(actor !== undefined && { actor }),
    ticket: tellsFields ? fieldsOf(ticket, edit, behaviour) : {},
    comments: comments.map((comment) => eventComment(comment, behaviour)),
    ...(attachments.length > 0 && { attachments: [...attachments] }),
    ...(approval !== undefined && { approval }),
  };
};

const fieldsOf = (ticket: ItsmTicket, { fields = {} }: Edit, { events }: Behaviour): ClientFields =>
  events === "snapshots" ? ticket.fields : fields;

const eventComment = (comment: ItsmComment, { echoKeys }: Behaviour): ClientEventComment => ({
  id: comment.id,
  ...(echoKeys && comment.bridgeKey !== undefined && { bridgeKey: comment.bridgeKey }),
  body: comment.body,
  ...(comment.author !== undefined && { commenter: comment.author }),
  commentTime: comment.at,
  ...(comment.authorEmail !== undefined && { commenterEmail: comment.authorEmail }),
});
