import * as z from "zod";
import { ensonoTicketNumberSchema, ticketTypeSchema } from "./ensono-ticket.ts";
import { clientCommentSchema, clientFieldsSchema, localisedTimeSchema } from "./steps.ts";

/** The contract with the client's ITSM, in both directions. `docs/openapi.json` is generated from these schemas. */

export const clientTicketNumberSchema = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ description: "The ticket's number in your ITSM", example: "INC0010299" });

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

export const clientEventBodySchema = z
  .strictObject({
    clientTicketNumber: clientTicketNumberSchema,
    ticketType: z.enum(["Incident", "Request"]).optional().meta({
      description: "Needed for the first event of a ticket; later ones may leave it out",
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
  })
  .meta({ id: "ClientEvent", description: "A ticket of your ITSM as it is now, or the part of it that changed" });
export type ClientEventBody = z.infer<typeof clientEventBodySchema>;

export const clientNumberBodySchema = z
  .strictObject({
    clientTicketNumber: clientTicketNumberSchema,
    ticketType: ticketTypeSchema.optional(),
  })
  .meta({ id: "ClientNumber", description: "The number of the ticket that your ITSM made for Ensono's ticket" });
export type ClientNumberBody = z.infer<typeof clientNumberBodySchema>;

/** What the API answers. */

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
    .meta({ description: "Your number; null in `ticket.created`, and until you have given one" }),
  ticketType: ticketTypeSchema,
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

export const noticeSchema = z.discriminatedUnion("type", [
  notice("ticket.created", "Make a ticket. Answer its number, or 202 if you will give it later", {
    ticket: clientFieldsSchema.meta({ description: "All fields, mapped to your words" }),
  }),
  notice("ticket.updated", "Set these fields", { changed }),
  notice("ticket.commented", "Add this comment", { comment: clientCommentSchema }),
  notice("ticket.resolved", "Resolve the ticket; it may be reopened", { changed }),
  notice("ticket.closed", "Close the ticket; closed is final", { changed }),
  notice("ticket.reopened", "Open the resolved ticket again", { changed }),
  notice("ticket.linked", "Your ticket has this number at Ensono", {}),
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
      .meta({ description: "To `ticket.created`: the number of the ticket that you made" }),
    commentId: z
      .union([z.string(), z.number()])
      .transform(String)
      .optional()
      .meta({ description: "To `ticket.commented`: your id of the comment, so that the bridge knows it again" }),
  })
  .meta({ id: "NoticeAnswer" });
export type NoticeAnswer = z.infer<typeof noticeAnswerSchema>;
