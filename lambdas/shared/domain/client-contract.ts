import * as z from "zod";
import { ensonoTicketNumberSchema } from "./ensono-ticket.ts";
import { isExecutable } from "./file-names.ts";
import {
  approvalRequestSchema,
  clientApprovalSchema,
  clientAttachmentSchema,
  clientCommentSchema,
  clientFieldsSchema,
  localisedTimeSchema,
} from "./steps.ts";

/** The contract with the client's ITSM, in both directions. `docs/openapi.json` is generated from these schemas. */

export const clientTicketNumberSchema = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ description: "The ticket's number in your ITSM", example: "INC0010299" });

/** In the client's words; Ensono's are understood, too. */
const clientTicketTypeSchema = z.string().trim().min(1).max(100).meta({ example: "Incident" });

const ensonoNumber = ensonoTicketNumberSchema.meta({
  description: "The ticket's number at Ensono",
  example: "e-CS0204070",
});

const text = (description: string, max: number) => z.string().max(max).optional().meta({ description });

/** Events of the client's ITSM (client → Ensono). */

export const clientTicketSchema = z
  .object({
    status: text("In your words; mapped by `mappings.toEnsono.status`", 100),
    priority: text("In your words; mapped by `mappings.toEnsono.priority`", 100),
    impact: text("In your words; mapped by `mappings.toEnsono.impact`", 100),
    urgency: text("In your words; mapped by `mappings.toEnsono.urgency`", 100),
    group: text("The assigned group; mapped by `mappings.toEnsono.group`", 200),
    category: text("Not sent to Ensono; there for the scope predicate of the config", 200),
    cis: z.array(z.string().max(200)).max(100).optional().meta({ description: "The configuration items affected" }),
    contactName: text("Who Ensono may ask; the config has a default", 200),
    contactPhone: text("", 100),
    contactEmail: text("The config has a default", 320),
    shortDescription: text("One line; Ensono keeps 160 characters, the rest follows in a comment", 1000),
    description: text("Ensono keeps 4000 characters, the rest follows in comments", 100_000),
    closeNotes: text("Why it was resolved or closed; the config has a default", 100_000),
    closeCode: text("Not sent to Ensono; there for your own rules", 100),
  })
  .catchall(z.json())
  .meta({
    id: "ClientTicket",
    description:
      "The ticket's fields in your own words: all of them or only those that changed. The bridge sends Ensono only what differs from what Ensono last had.",
  });
export type ClientTicket = z.infer<typeof clientTicketSchema>;

export const clientEventCommentSchema = z
  .strictObject({
    id: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: "Your id of the comment. With it you may send a comment again and again: it is sent once" }),
    bridgeKey: z
      .string()
      .max(200)
      .optional()
      .meta({ description: "The `webhook-id` of the delivery that made this comment, where the bridge made it" }),
    body: z.string().min(1).max(100_000),
    commenter: text("Who wrote it", 200),
    commentTime: text("When, in any form that a reader understands", 100),
    commenterEmail: text("", 320),
    commenterPhone: text("", 100),
  })
  .meta({ id: "ClientComment" });
export type ClientEventComment = z.infer<typeof clientEventCommentSchema>;

export const approvalGivenSchema = z
  .strictObject({
    decision: z.enum(["approved", "rejected"]),
    approvalId: z.string().min(1).max(100).optional().meta({
      description: "Which of Ensono's requests is answered; without it, the one that was sent to this approver",
    }),
    approver: z.strictObject({
      name: z.string().min(1).max(200).meta({ description: "The final approver" }),
      email: text("", 320),
      phone: text("", 100),
    }),
    reason: z.string().max(3000).optional().meta({ description: "Why; Ensono wants it for a rejection" }),
    decidedAt: text("When, in any form that a reader understands", 100),
  })
  .meta({ id: "Approval", description: "Your answer to `change.approval_requested`; the first one counts" });
export type ApprovalGiven = z.infer<typeof approvalGivenSchema>;

const fileNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .refine((fileName) => !isExecutable(fileName), { error: "Ensono takes no .exe files: send it another way" })
  .meta({ description: "With its extension; characters that Ensono does not take are replaced", example: "error.png" });
const contentTypeSchema = z
  .string()
  .max(200)
  .regex(/^[\w.+-]+\/[\w.+-]+(?:\s*;.*)?$/, { error: "expected a media type such as application/pdf" })
  .optional()
  .meta({ description: "Without it, the one that goes with the extension" });

export const clientEventAttachmentSchema = z
  .strictObject({
    id: z.string().min(1).max(200).optional().meta({
      description: "Your id of the attachment. With it you may send an attachment again and again: it is sent once",
    }),
    fileName: fileNameSchema,
    contentType: contentTypeSchema,
    content: z.base64().min(1).optional().meta({ description: "The file in base64, where it is small" }),
    uploadId: z
      .uuid()
      .optional()
      .meta({ description: "What `POST /attachments` gave you, once you have put the file there" }),
    url: z
      .url({ protocol: /^https?$/ })
      .max(4000)
      .optional()
      .meta({
        description: "Where the bridge may fetch it without further proof; its host must be in `attachments.fetchFrom`",
      }),
  })
  .refine(({ content, uploadId, url }) => [content, uploadId, url].filter((one) => one !== undefined).length === 1, {
    error: "expected one of content, uploadId and url",
  })
  .meta({ id: "ClientAttachment" });
export type ClientEventAttachment = z.infer<typeof clientEventAttachmentSchema>;

export const clientEventBodySchema = z
  .strictObject({
    clientTicketNumber: clientTicketNumberSchema,
    ticketType: clientTicketTypeSchema.optional().meta({
      description:
        "In your words; mapped by `mappings.toEnsono.ticketType`. Needed for the first event of a ticket; later ones may leave it out. Only Ensono starts changes",
    }),
    ensonoTicketNumber: ensonoNumber.optional().meta({
      description: "The number at Ensono, where your ticket has it; links the two if the bridge has not yet",
    }),
    occurredAt: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: "When it happened on your side; fields older than what was already sent are not sent" }),
    actor: z.string().max(320).optional().meta({
      description: "Who made the change. Changes of the bridge's own user (`client.bridgeActors`) are echoes",
    }),
    ticket: clientTicketSchema.default({}),
    comments: z.array(clientEventCommentSchema).max(200).default([]),
    attachments: z.array(clientEventAttachmentSchema).max(20).default([]),
    approval: approvalGivenSchema.optional().meta({ description: "Only of a change" }),
  })
  .meta({ id: "ClientEvent", description: "A ticket of your ITSM as it is now, or the part of it that changed" });
export type ClientEventBody = z.infer<typeof clientEventBodySchema>;

export const clientNumberBodySchema = z
  .strictObject({
    clientTicketNumber: clientTicketNumberSchema,
    ticketType: clientTicketTypeSchema.optional(),
  })
  .meta({ id: "ClientNumber", description: "The number of the ticket that your ITSM made for Ensono's ticket" });
export type ClientNumberBody = z.infer<typeof clientNumberBodySchema>;

export const uploadRequestSchema = z
  .strictObject({
    fileName: fileNameSchema,
    contentType: contentTypeSchema,
    size: z.int().positive().optional().meta({ description: "Bytes; refused at once where it is more than is taken" }),
  })
  .meta({ id: "UploadRequest", description: "A file that is too large to go along with an event" });
export type UploadRequest = z.infer<typeof uploadRequestSchema>;

/** What the API answers. */

export const uploadSchema = z
  .object({
    uploadId: z.uuid().meta({ description: "Name it in the event's `attachments`, once the file is there" }),
    uploadUrl: z.url().meta({ description: "PUT the file's bytes here; no further headers are needed" }),
    expiresAt: z.iso.datetime().meta({ description: "Until when; ask again after that" }),
  })
  .meta({ id: "Upload" });
export type Upload = z.infer<typeof uploadSchema>;

export const acceptedSchema = z
  .object({ id: z.string().meta({ description: "The event's id: the webhook-id you sent, or one we gave it" }) })
  .meta({ id: "Accepted" });

export const problemSchema = z
  .object({
    error: z.string().meta({ description: "What is wrong, and what to do about it" }),
    field: z.string().optional().meta({ description: "The field that is wrong, as a path: `comments[0].body`" }),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof problemSchema>;

/** Deliveries to the client's ITSM (Ensono → client): one signed POST each, Standard Webhooks. */

const noticeBase = z.object({
  ensonoTicketNumber: ensonoNumber,
  clientTicketNumber: z
    .string()
    .nullable()
    .meta({ description: "Your number; null in `ticket.created` and `change.created`, and until you have given one" }),
  ticketType: clientTicketTypeSchema,
  transaction: z
    .object({
      id: z.string().meta({ description: "Ensono's identity of the transaction: MessageId/SequenceNumber" }),
      type: z.string().meta({ description: "Create, Update, Notes, Closure …" }),
      sentAt: localisedTimeSchema,
    })
    .nullable()
    .meta({ description: "The transaction that caused this; null where no single one did" }),
});

const notice = <Type extends string, Data extends z.ZodRawShape>(type: Type, description: string, data: Data) =>
  z
    .object({
      type: z.literal(type),
      timestamp: z.iso.datetime().meta({ description: "When it happened at Ensono, or when this was sent" }),
      data: noticeBase.extend(data),
    })
    .meta({ id: type, description });

const changed = clientFieldsSchema.meta({ description: "Only the fields that changed, in your words" });
const allFields = clientFieldsSchema.meta({ description: "All fields, mapped to your words" });
const replaces = z
  .string()
  .optional()
  .meta({ description: "The number of your ticket whose place this one takes; leave that one as it is" });

/** A file as a delivery tells of it; where it lies is told as a link, or as its content. */
const deliveredFileSchema = clientAttachmentSchema
  .omit({ key: true })
  .extend({
    size: z.number().meta({ description: "Bytes" }),
    sha256: z.string().meta({ description: "Of the file's bytes, hexadecimal" }),
    url: z.url().optional().meta({ description: "Fetch it from here, without further proof, before it expires" }),
    urlExpiresAt: z.iso.datetime().optional(),
    content: z
      .string()
      .optional()
      .meta({ description: "The file in base64, where the config wants it and it is small" }),
  })
  .meta({ id: "DeliveredFile" });
export type DeliveredFile = z.infer<typeof deliveredFileSchema>;

export const noticeSchema = z.discriminatedUnion("type", [
  notice("ticket.created", "Make a ticket. Answer its number, or 202 if you will give it later", {
    ticket: allFields,
    replaces,
  }),
  notice("ticket.updated", "Set these fields", { changed }),
  notice("ticket.commented", "Add this comment", { comment: clientCommentSchema }),
  notice("ticket.resolved", "Resolve the ticket; it may be reopened", { changed }),
  notice("ticket.closed", "Close the ticket; closed is final", { changed }),
  notice("ticket.reopened", "Open the resolved ticket again", { changed }),
  notice("ticket.attachment_added", "Attach this file", { attachment: deliveredFileSchema }),
  notice("ticket.linked", "Your ticket has this number at Ensono", {}),
  notice("change.created", "Make a change. Answer its number, or 202 if you will give it later", {
    ticket: allFields,
    clientApproval: clientApprovalSchema.meta({
      description: "Whether your approval is `required`, was `given` before, or comes `afterwards`",
    }),
    replaces,
  }),
  notice("change.updated", "Set these fields", { changed }),
  notice("change.approval_requested", "Have the change approved or rejected by this approver", {
    approval: approvalRequestSchema,
  }),
  notice("change.commented", "Add this comment", { comment: clientCommentSchema }),
  notice("change.attachment_added", "Attach this file", { attachment: deliveredFileSchema }),
  notice("change.cancelled", "Cancel the change; if Ensono takes it up again, you get a new one", { changed }),
  notice("change.closed", "Close the change; closed is final", { changed }),
]);
export type Notice = z.infer<typeof noticeSchema>;

/** The answer to a delivery. Every field is optional; any 2xx means that the delivery took effect. */
export const noticeAnswerSchema = z
  .object({
    clientTicketNumber: z
      .union([z.string(), z.number()])
      .transform((number) => String(number).trim())
      .pipe(clientTicketNumberSchema)
      .optional()
      .meta({ description: "To `ticket.created` and `change.created`: the number of the ticket that you made" }),
    commentId: z.union([z.string(), z.number()]).transform(String).optional().meta({
      description:
        "To `ticket.commented` and `change.commented`: your id of the comment, so that the bridge knows it again",
    }),
  })
  .meta({ id: "NoticeAnswer" });
export type NoticeAnswer = z.infer<typeof noticeAnswerSchema>;
