import * as z from "zod";

/** The words of the guide for tickets at Ensono ("Bridge Data", "Fields for Updating a Ticket"). */
export const ticketTypes = ["Incident", "Request", "Change"] as const;
export const ticketTypeSchema = z.enum(ticketTypes);
export type TicketType = z.infer<typeof ticketTypeSchema>;

export const ensonoStatuses = ["open", "workingprogress", "pending", "resolved", "closed", "cancelled"] as const;
export const ensonoStatusSchema = z.enum(ensonoStatuses);
export type EnsonoStatus = z.infer<typeof ensonoStatusSchema>;

/** States of a change (guide, "Change State Update Fields"); `Draft` in the guide's text is `New` in its messages. */
export const changeStates = [
  "New",
  "Assess",
  "Authorize",
  "Scheduled",
  "Implement",
  "Review",
  "Closed",
  "Cancelled",
] as const;
export const changeStateSchema = z.enum(changeStates);
export type ChangeState = z.infer<typeof changeStateSchema>;

export const changeTypes = ["Normal", "Standard", "Emergency"] as const;
export const changeTypeSchema = z.enum(changeTypes);
export type ChangeType = z.infer<typeof changeTypeSchema>;

/** Close codes of the guide; those of tickets may also come with an asterisk, which means the same. */
export const ticketCloseCodes = ["resolved", "unresolved", "cancelled"] as const;
export const changeCloseCodes = [
  "Successful",
  "Successful with issues",
  "Successful Outside Change Window",
  "Unsuccessful",
] as const;

/** A number that Ensono gives a ticket: `e-CS…`, `e-CHG…`, also `INC…`; no prefix is taken for granted (E6). */
export const ensonoTicketNumberSchema = z.string().regex(/^(?=.*[A-Za-z])(?=.*\d)[A-Za-z0-9-]{1,40}$/, {
  error: "expected an Ensono ticket number such as e-CS0204070: letters, digits and hyphens, at most 40",
});

/** One comment as the guide's "Comments Array Format" has it; only the body is required (E12). */
export const ensonoCommentSchema = z.object({
  body: z.string(),
  commenter: z.string().optional(),
  commentTime: z.string().optional(),
  commenterEmail: z.string().optional(),
  commenterPhone: z.string().optional(),
});
export type EnsonoComment = z.infer<typeof ensonoCommentSchema>;

/** The fields of a ticket that may be sent to Ensono, in Ensono's words. Texts are plain: escaping is the adapter's. */
export const ensonoFieldsSchema = z.object({
  status: ensonoStatusSchema.optional(),
  priority: z.string().optional(),
  impact: z.string().optional(),
  urgency: z.string().optional(),
  group: z.string().optional(),
  cis: z.string().optional(),
  contactName: z.string().optional(),
  contactPhone: z.string().optional(),
  contactEmail: z.string().optional(),
  shortDescription: z.string().optional(),
  description: z.string().optional(),
  closeNotes: z.string().optional(),
});
export type EnsonoFields = z.infer<typeof ensonoFieldsSchema>;

/** The fields that an update may carry (guide, "Fields for Updating a Ticket"); the others are taken on open only. */
export const updatableFields = ensonoFieldsSchema.pick({
  status: true,
  closeNotes: true,
  description: true,
  shortDescription: true,
  group: true,
  priority: true,
  impact: true,
  urgency: true,
});

/** What the guide says a ticket needs on open; the identity fields are added by the adapter (E9). */
export const requiredOnCreate = ["description", "shortDescription", "contactName", "contactEmail"] as const;
