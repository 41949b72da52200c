import * as z from "zod";
import { ensonoCommentSchema, ensonoFieldsSchema } from "./ensono-ticket.ts";

/**
 * Steps are the outside calls that one entry asks for, in order. They are values: deciding makes them, an adapter
 * performs them, the ledger remembers how far they came.
 */

/** A moment, as the client gets it (T9): in UTC and in the zone of the config. */
export const localisedTimeSchema = z.object({
  utc: z.iso.datetime().meta({ description: "The moment in UTC" }),
  local: z.iso
    .datetime({ offset: true })
    .meta({ description: "The same moment in the configured time zone, with its offset" }),
  zone: z.string().meta({ description: "The configured time zone (IANA name)" }),
});
export type LocalisedTime = z.infer<typeof localisedTimeSchema>;

/** Ticket fields in the client's own words; fields that Ensono sends and this schema does not name pass through. */
export const clientFieldsSchema = z.record(z.string(), z.json());
export type ClientFields = z.infer<typeof clientFieldsSchema>;

export const clientCommentSchema = z.object({
  id: z.string().optional(),
  body: z.string(),
  author: z.string().optional(),
  authorEmail: z.string().optional(),
});

/** Steps towards the client's ITSM. */
export const clientStepSchema = z.discriminatedUnion("do", [
  z.object({ do: z.literal("createTicket"), ticket: clientFieldsSchema }),
  z.object({ do: z.literal("updateTicket"), changed: clientFieldsSchema }),
  z.object({ do: z.literal("addComment"), comment: clientCommentSchema }),
  z.object({ do: z.literal("resolveTicket"), changed: clientFieldsSchema }),
  z.object({ do: z.literal("closeTicket"), changed: clientFieldsSchema }),
  z.object({ do: z.literal("reopenTicket"), changed: clientFieldsSchema }),
  z.object({ do: z.literal("announceLink") }),
]);
export type ClientStep = z.infer<typeof clientStepSchema>;

/** Steps towards Ensono; one call of the Envision Connect API each. */
export const ensonoStepSchema = z.discriminatedUnion("do", [
  z.object({ do: z.literal("createTicket"), fields: ensonoFieldsSchema, comments: z.array(ensonoCommentSchema) }),
  z.object({ do: z.literal("updateTicket"), fields: ensonoFieldsSchema }),
  z.object({ do: z.literal("addComments"), comments: z.array(ensonoCommentSchema) }),
  z.object({ do: z.literal("resolveTicket"), closeNotes: z.string() }),
  z.object({ do: z.literal("closeTicket"), closeNotes: z.string() }),
  z.object({ do: z.literal("returnNumber") }),
]);
export type EnsonoStep = z.infer<typeof ensonoStepSchema>;

/**
 * What is to be done about one entry.
 *
 * - `perform`: first link the two numbers if `link` gives the other side's number, then perform the steps. `tellPeer`
 *   owes the other lane the news of the number once more (T3). `notes` go into the journal.
 * - `ignore`: nothing, and the journal says why.
 * - `wait`: nothing yet; look again soon.
 * - `hold`: waiting cannot cure it; the lane is held until an operator acts (R3).
 */
export type Decision<Step> =
  | { outcome: "perform"; steps: Step[]; link?: string; tellPeer?: boolean; notes: string[] }
  | { outcome: "ignore"; reason: string }
  | { outcome: "wait"; reason: string }
  | { outcome: "hold"; code: "refused" | "link-conflict" | "not-understood"; reason: string };
