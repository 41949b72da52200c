import * as z from "zod";
import { statusSchema } from "./tickets.ts";

/**
 * What the client sends (guide, "Bridge Data"). Lengths count as sent. Free texts come double-escaped, because Ensono
 * builds them into another JSON text and parses that; so they are unescaped here, and one that was not escaped fails.
 */

export const PARSE_ERROR = "Error parsing request.";

const unescaped = (text: string, context: z.RefinementCtx): string => {
  try {
    return z.string().parse(JSON.parse(`"${text}"`));
  } catch {
    context.addIssue({ code: "custom", message: PARSE_ERROR });
    return z.NEVER;
  }
};

const text = z.union([z.string(), z.number().transform(String)], { error: "is required and must be a text." });
const required = text.pipe(z.string().min(1, "is required."));
const freeText = (limit = Number.POSITIVE_INFINITY) =>
  text.pipe(z.string().max(limit, `exceeds ${limit} characters.`)).transform(unescaped);
const requiredFreeText = (limit?: number) => freeText(limit).pipe(z.string().min(1, "is required."));

const levels = (...allowed: string[]) => text.transform((level) => (allowed.includes(level) ? level : "3"));
const priority = levels("1", "2", "3", "4");
const impactOrUrgency = levels("1", "2", "3");

const ticketType = z.enum(["Incident", "Request"], { error: "must be Incident or Request." });
const comment = z.object({
  body: requiredFreeText(4000),
  commenter: freeText().optional(),
  commentTime: freeText().optional(),
  commenterEmail: freeText().optional(),
  commenterPhone: freeText().optional(),
});
export type CommentPayload = z.infer<typeof comment>;

export const identitySchema = z.object({ clientTicketNumber: required, ticketType });

export const createSchema = identitySchema.extend({
  description: requiredFreeText(4000),
  shortDescription: requiredFreeText(160),
  contactName: requiredFreeText(),
  contactEmail: requiredFreeText(),
  contactPhone: freeText().default(""),
  group: text.optional(),
  priority: priority.default("3"),
  impact: impactOrUrgency.default("3"),
  urgency: impactOrUrgency.default("3"),
  cis: text.default(""),
  comments: z.array(comment).default([]),
});

export const updateSchema = identitySchema.extend({
  status: statusSchema.exclude(["resolved", "closed"], { error: "is not a valid status." }).optional(),
  closeNotes: freeText(4000).optional(),
  description: freeText(4000).optional(),
  shortDescription: freeText(160).optional(),
  group: text.optional(),
  priority: priority.optional(),
  impact: impactOrUrgency.optional(),
  urgency: impactOrUrgency.optional(),
  comments: z.array(comment).default([]),
});

/** On resolution or closure everything else is ignored (guide, "Fields for Updating a Ticket"). */
export const closureSchema = identitySchema.extend({
  status: z.enum(["resolved", "closed"]),
  closeNotes: requiredFreeText(4000),
});

export const notesSchema = identitySchema.extend({
  comments: z.array(comment, { error: "is required." }).min(1, "is required."),
});

const change = { ticketType: z.literal("Change", { error: "must be Change." }) };

export const changeIdentitySchema = identitySchema.extend(change);

/** The guide's own example of notes on a change says Incident. */
export const changeNotesSchema = notesSchema.extend({
  ticketType: z.enum(["Change", "Incident"], { error: "must be Change." }),
});

/** The commenter goes into the body (guide, "Approving a change"); other fields are ignored. */
export const approvalAnswerPayload = changeIdentitySchema.extend({
  approver: required,
  approvalId: required,
  comments: z.array(z.object({ body: requiredFreeText(4000) }), { error: "is required." }).min(1, "is required."),
});

const envelopeSchema = z.object({
  payload: z.looseObject({ clientName: z.unknown().optional(), status: z.unknown().optional() }),
});

/** The payload of a request body; undefined when there is none. */
export const readEnvelope = (body: unknown) => envelopeSchema.safeParse(body).data?.payload;

/** One line a field that is wrong, such as `description is required.` */
export const complaints = (error: z.ZodError): string[] => [
  ...new Set(
    error.issues.map(({ path, message }) => (message === PARSE_ERROR ? message : `${path.join(".")} ${message}`)),
  ),
];
