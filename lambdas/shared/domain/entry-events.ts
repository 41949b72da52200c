import * as z from "zod";
import { ticketTypeSchema } from "./ensono-ticket.ts";
import { transactionTypes } from "./ensono-transaction.ts";
import { entryContentSchema, stepRecordSchema } from "./entry.ts";
import { laneSchema } from "./lane.ts";

/** The contract of the events on the stack's bus: what a rule's target receives. `docs/events.md` explains each. */

export const EVENT_SOURCE = "envision-bridge";

/** The whole entry, as the ledger has it, but for files and for what would let others fetch them. */
const textSchema = z.object({
  content: z.json().meta({ description: "The transaction of Ensono, or the event of your ITSM" }),
  steps: z.array(z.json()).meta({ description: "What was, or is to be, told to the other side" }),
  notes: z
    .array(z.string())
    .meta({ description: "The journal's notes: why it was ignored, who released or skipped it" }),
  failure: z.string().optional().meta({ description: "The last failure, in the words of whoever refused" }),
});

const detailSchema = z.object({
  version: z
    .literal("1")
    .meta({ description: "Fields may be added to a version; none is taken away or changes its meaning" }),
  id: z.string().meta({ description: "The same in every repeat of this event, and in no other event" }),
  sequence: z
    .string()
    .regex(/^\d{40}$/)
    .meta({
      description: "40 digits, to be compared as text: of two events of one lane, the greater one happened later",
    }),
  stage: z.string(),
  direction: z.enum(["ensono-to-client", "client-to-ensono"]),
  ensonoTicketNumber: z.string().nullable().meta({ description: "null until it is known" }),
  clientTicketNumber: z.string().nullable().meta({ description: "null until it is known" }),
  ticketType: ticketTypeSchema.nullable(),
  entry: z.object({
    lane: laneSchema.meta({ description: "The ticket in this direction" }),
    order: z.string().meta({ description: "The entry's place in its lane; names it to the operator's commands" }),
    kind: z.enum(entryContentSchema.options.map(({ shape }) => shape.kind.value)),
    transactionType: z
      .enum([...transactionTypes, "unknown"])
      .nullable()
      .meta({ description: "null unless it is a transaction of Ensono's" }),
    receivedAt: z.iso.datetime(),
    attempts: z.int(),
  }),
  steps: z
    .array(
      z.object({
        do: z.string(),
        status: stepRecordSchema.shape.status,
        possibleDouble: z.boolean().meta({ description: "Sent again although the first call may have taken effect" }),
      }),
    )
    .meta({ description: "The calls that the entry asks for, in order; none where there was nothing to do" }),
  text: textSchema
    .nullable()
    .meta({ description: "null unless `events.ticketText` is on, and where the event would be too large with it" }),
});

const event = <Type extends string, Detail extends z.ZodRawShape>(type: Type, description: string, detail: Detail) =>
  z
    .object({
      source: z.literal(EVENT_SOURCE),
      "detail-type": z.literal(type),
      time: z.iso.datetime().meta({ description: "When it was written to the ledger, to the second" }),
      detail: detailSchema.extend(detail),
    })
    .meta({ description });

const finishedAt = z.iso.datetime();

/** As it comes out of the bus; the bus adds `version`, `id`, `account`, `region` and `resources` of its own. */
export const entryEventSchema = z.discriminatedUnion("detail-type", [
  event("Entry Applied", "The entry is done: all of its steps took effect, or it asked for none", { finishedAt }),
  event("Entry Held", "The entry holds its lane: waiting does not help, an operator must act", {
    hold: z.object({ code: z.string().meta({ description: "Why, in one word; the reason is in `text.failure`" }) }),
  }),
  event("Entry Released", "An operator let the held entry go on: it is tried again", {}),
  event("Entry Skipped", "An operator passed over the entry: it is not applied", { finishedAt }),
]);
export type EntryEvent = z.infer<typeof entryEventSchema>;
export type EntryEventType = EntryEvent["detail-type"];
