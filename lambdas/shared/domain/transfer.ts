import * as z from "zod";
import { ensonoTicketNumberSchema } from "./ensono-ticket.ts";
import { failureSchema } from "./entry.ts";
import { laneSchema } from "./lane.ts";
import { storedFileSchema } from "./steps.ts";

/**
 * A transfer carries one file, beside the lanes: a file may take minutes, and a URL may die before it is its ticket's turn
 * (T8). The ticket waits for it in its turn, and is woken when it ends.
 */

export const transferJobSchema = z.discriminatedUnion("kind", [
  /** Fetch from an address into our store. */
  z.object({
    kind: z.literal("fetch"),
    from: z.enum(["ensono", "client"]),
    url: z.string(),
    key: z.string(),
    contentType: z.string(),
    /** Bytes, where the sender has said how many there are. */
    expectedSize: z.number().optional(),
    /** When the address dies, as far as it can be told (epoch ms). */
    goodUntil: z.number(),
  }),
  /** Send from our store, or from the event that brought it, to Ensono (I10). */
  z.object({
    kind: z.literal("send"),
    ensonoTicketNumber: ensonoTicketNumberSchema,
    fileName: z.string(),
    originalName: z.string(),
    contentType: z.string(),
    source: z.discriminatedUnion("from", [
      z.object({ from: z.literal("event"), order: z.string(), nth: z.number() }),
      z.object({ from: z.literal("store"), key: z.string() }),
    ]),
  }),
]);
export type TransferJob = z.infer<typeof transferJobSchema>;

export const transferOutcomeSchema = z.discriminatedUnion("as", [
  z.object({
    as: z.literal("done"),
    /** What was carried. Of a file that was sent out of its event, `key` is the transfer's id: it lies nowhere else. */
    file: storedFileSchema.required({ sha256: true }),
    /** What is odd about it, and ought to be told. */
    warning: z.string().optional(),
    /** It was sent again although the first upload may have taken effect, and nothing could be found out (R1). */
    possibleDouble: z.boolean().optional(),
  }),
  /** Waiting will not help; why, in words for the ticket. */
  z.object({ as: z.literal("failed"), reason: z.string() }),
]);
export type TransferOutcome = z.infer<typeof transferOutcomeSchema>;

export const transferSchema = z.object({
  lane: laneSchema,
  id: z.string(),
  job: transferJobSchema,
  requestedAt: z.number(),
  /** Tries begun so far. */
  attempts: z.number(),
  /** The last failure, and since when it fails without a break. */
  failure: failureSchema.optional(),
  /** Tries that brought something else than was announced. */
  strikes: z.number().optional(),
  /** An earlier try may have taken effect, and nobody can find out (R1). */
  inDoubt: z.boolean().optional(),
  outcome: transferOutcomeSchema.optional(),
});
export type Transfer = z.infer<typeof transferSchema>;

/** What the configuration counts files in. */
export const MEGABYTE = 1024 * 1024;

/** The transfer of an entry's file with this number, from 0. */
export const transferId = (order: string, nth: number): string => `${order}#${nth}`;

/** Where the client puts a file that it will name in an event. */
export const uploadKey = (uploadId: string): string => `uploads/${uploadId}`;

/** What a wake-up of a transfer says. The one schema of both ends of the transfer queues. */
export const transferWakeUpSchema = z.object({ version: z.literal(1), lane: laneSchema, id: z.string() });
export type TransferWakeUp = z.infer<typeof transferWakeUpSchema>;
