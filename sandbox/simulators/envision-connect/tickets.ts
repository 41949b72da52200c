import * as z from "zod";
import { attachedFileSchema, droppedFileSchema } from "./attached-file.ts";

/** Ensono's tickets and what may be done to them, whoever does it. Nothing here knows of HTTP or of the queue. */

/** Echo is no instance of its own: it calls the same ServiceNow as dev (guide, "Environments"). */
export const instanceSchema = z.enum(["dev", "cert", "prod"]);
export type Instance = z.infer<typeof instanceSchema>;

/** `workinprogress` is how the guide's PDF spells it. */
export const statusSchema = z.enum([
  "open",
  "workingprogress",
  "workinprogress",
  "pending",
  "resolved",
  "closed",
  "cancelled",
]);

export const commentSchema = z.object({
  id: z.string(),
  from: z.enum(["Ensono", "client"]),
  body: z.string(),
  commenter: z.string().optional(),
  commentTime: z.string().optional(),
  commenterEmail: z.string().optional(),
  commenterPhone: z.string().optional(),
});
export type TicketComment = z.infer<typeof commentSchema>;

export const ticketSchema = z.object({
  ticketNumber: z.string(),
  instance: instanceSchema,
  openedBy: z.enum(["Ensono", "client"]),
  /** Empty until the client has returned it. */
  clientTicketNumber: z.string(),
  ticketType: z.enum(["Incident", "Request"]),
  status: statusSchema,
  statusBeforeResolution: statusSchema.optional(),
  statusNextAction: z.string().optional(),
  offHoldDate: z.string().optional(),
  description: z.string(),
  shortDescription: z.string(),
  group: z.string(),
  ensonoGroup: z.string(),
  priority: z.string(),
  impact: z.string(),
  urgency: z.string(),
  openedTime: z.string(),
  updatedOn: z.string(),
  category: z.string(),
  origin: z.string(),
  cis: z.string(),
  contactName: z.string(),
  contactEmail: z.string(),
  contactPhone: z.string(),
  closeNotes: z.string(),
  closeCode: z.string(),
  comments: z.array(commentSchema),
  files: z.array(attachedFileSchema).default([]),
  droppedFiles: z.array(droppedFileSchema).default([]),
});
export type TicketRecord = z.infer<typeof ticketSchema>;

type TicketChanges = Partial<{
  [Field in
    | "status"
    | "statusNextAction"
    | "offHoldDate"
    | "description"
    | "shortDescription"
    | "group"
    | "ensonoGroup"
    | "priority"
    | "impact"
    | "urgency"
    | "closeNotes"
    | "closeCode"]: TicketRecord[Field] | undefined;
}>;
/** What the guide shows under `changed`. */
export type Changed = Record<string, string>;

/** Ensono's ITSM refuses: the ticket is not in a state for it. */
export class TicketRefusal extends Error {
  override readonly name = "TicketRefusal";
}

/** UTC to the second, as in the guide: 2023-01-27T22:24:53Z. */
export const utcSeconds = (epochMs: number): string => new Date(epochMs).toISOString().replace(/\.\d{3}Z$/, "Z");

/** @throws TicketRefusal when the ticket is closed. */
export function refuseWhenClosed(ticket: TicketRecord): void {
  if (ticket.status === "closed")
    throw new TicketRefusal(`Ticket ${ticket.ticketNumber} is closed, no more updates are allowed.`);
}

/**
 * Applies the values that differ and gives them back.
 * @throws TicketRefusal when the ticket is closed: "no more updates are allowed" (guide, "Resolution/Closure").
 */
export function updateTicket(ticket: TicketRecord, fields: TicketChanges, at: number): Changed {
  refuseWhenClosed(ticket);
  const before: Record<string, unknown> = ticket;
  const changed: Changed = {};
  for (const [field, value] of Object.entries(fields))
    if (value !== undefined && value !== before[field]) changed[field] = value;
  if (Object.keys(changed).length === 0) return changed;

  Object.assign(ticket, changed, { updatedOn: utcSeconds(at) });
  if (ticket.status !== "pending") {
    delete ticket.statusNextAction;
    delete ticket.offHoldDate;
  }
  return changed;
}

/** @throws TicketRefusal when the ticket is closed; a resolved one still takes comments. */
export function addComment(ticket: TicketRecord, comment: TicketComment, at: number): TicketComment {
  refuseWhenClosed(ticket);
  ticket.comments.push(comment);
  ticket.updatedOn = utcSeconds(at);
  return comment;
}

/** @throws TicketRefusal when the ticket is closed. */
export function resolveTicket(
  ticket: TicketRecord,
  closure: { closeNotes: string; closeCode: string },
  at: number,
): Changed {
  const statusBefore = ticket.status;
  const changed = updateTicket(ticket, { status: "resolved", ...closure }, at);
  if (statusBefore !== "resolved") ticket.statusBeforeResolution = statusBefore;
  return changed;
}

/** @throws TicketRefusal unless the ticket is resolved: only then can it be closed (guide, "List of updates"). */
export function closeTicket(ticket: TicketRecord, closure: { closeNotes?: string }, at: number): Changed {
  refuseWhenClosed(ticket);
  if (ticket.status !== "resolved")
    throw new TicketRefusal(`Ticket ${ticket.ticketNumber} must be resolved before it can be closed.`);
  return updateTicket(ticket, { status: "closed", ...closure }, at);
}

/** Back to the status that the ticket had before its resolution. @throws TicketRefusal unless it is resolved. */
export function reopenTicket(ticket: TicketRecord, at: number): Changed {
  if (ticket.status !== "resolved")
    throw new TicketRefusal(
      `Ticket ${ticket.ticketNumber} is ${ticket.status}; only a resolved ticket can be reopened.`,
    );
  return updateTicket(ticket, { status: ticket.statusBeforeResolution ?? "open" }, at);
}

/** "The commenter fields … if provided will be appended to the body of the comment" (guide, "Comments Array Format"). */
export const shownText = ({ body, commenter, commentTime, commenterEmail, commenterPhone }: TicketComment): string => {
  const appended = [commenter, commentTime, commenterEmail, commenterPhone].filter(Boolean).join(", ");
  return appended === "" ? body : `${body}\n\n${appended}`;
};
