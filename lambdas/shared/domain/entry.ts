import * as z from "zod";
import { clientEventBodySchema } from "./client-contract.ts";
import { ensonoStatusSchema, ensonoTicketNumberSchema, ticketTypeSchema } from "./ensono-ticket.ts";
import { laneSchema } from "./lane.ts";
import { marksSchema } from "./marks.ts";

/** What an entry carries. */
export const entryContentSchema = z.discriminatedUnion("kind", [
  /** A message of Ensono's queue, without its receipt handle; `readTransaction` reads it. */
  z.object({ kind: z.literal("transaction"), message: z.json() }),
  /** A message of Ensono's queue that names its ticket but cannot be understood (Q6). */
  z.object({ kind: z.literal("unreadable"), message: z.json(), reason: z.string() }),
  /** What the client's ITSM told the API about a ticket. */
  z.object({ kind: z.literal("event"), event: clientEventBodySchema }),
  /** The client gave the number of the ticket it made for Ensono's (I11). */
  z.object({ kind: z.literal("clientNumber"), ensonoTicketNumber: ensonoTicketNumberSchema }),
  /** Owed work: tell the lane's destination the number that the ticket has on the lane's own side (T1, I13). */
  z.object({ kind: z.literal("tellNumber") }),
]);
export type EntryContent = z.infer<typeof entryContentSchema>;

export const stepRecordSchema = z.object({
  /** A ClientStep or an EnsonoStep, by the lane's direction. */
  step: z.record(z.string(), z.json()),
  /** The same for every try of this step: what the receiver recognises a repeat by. */
  key: z.string(),
  /** `attempting` is written before the call and only cleared by knowing better: what became of the call is open (R1). */
  status: z.enum(["waiting", "attempting", "done"]),
  attemptedAt: z.number().optional(),
  /** The receiver accepted the call and will give the ticket's number later (T1). */
  awaitingNumber: z.boolean().optional(),
  /** The number that a create gave and that could not be linked: whatever happens, it is not created again. */
  givenNumber: z.string().optional(),
  /** The step was sent again although the first call may have taken effect, and nothing could be found out (R1). */
  possibleDouble: z.boolean().optional(),
});
export type StepRecord = z.infer<typeof stepRecordSchema>;

export const failureSchema = z.object({ code: z.string(), message: z.string(), since: z.number() });
export type Failure = z.infer<typeof failureSchema>;

/** One transaction, event or owed piece of work in its lane; also the journal of what became of it (L1). */
export const entrySchema = z.object({
  lane: laneSchema,
  order: z.string(),
  content: entryContentSchema,
  receivedAt: z.number(),
  status: z.enum(["received", "attempting", "done", "skipped", "held"]),
  steps: z.array(stepRecordSchema),
  attempts: z.number(),
  /** The last failure, and since when it fails without a break. */
  failure: failureSchema.optional(),
  /** While in the future, a run is at work on this entry. */
  leaseUntil: z.number().optional(),
  /** Why it was ignored, what was unusual, who skipped it. */
  notes: z.array(z.string()),
  finishedAt: z.number().optional(),
  /** Rises with every write; a writer that read an older one has lost the entry to another run. */
  revision: z.number(),
});
export type Entry = z.infer<typeof entrySchema>;

export const holdSchema = z.object({ order: z.string(), code: z.string(), reason: z.string(), at: z.number() });
export type Hold = z.infer<typeof holdSchema>;

/** The head of a lane: what is known of the ticket from this side, and where the work on the lane stands. */
export const headSchema = z.object({
  lane: laneSchema,
  ticketType: ticketTypeSchema.optional(),
  /** The ticket's number on the other side; both heads of a pair point at each other. */
  link: z.string().optional(),
  linkedAt: z.number().optional(),
  /** Ensono's status of the ticket, as this lane last carried it, and when. */
  status: z.object({ value: ensonoStatusSchema, at: z.number() }).optional(),
  /** Values put on the destination's side, in the destination's words. */
  sent: marksSchema,
  /** Values that the origin said, in the origin's words. */
  said: marksSchema,
  /** The client's own time of the newest event applied (epoch ms). */
  clientTime: z.number().optional(),
  /** When it was last decided to return the client's number to Ensono once more (T3). */
  numberToldAt: z.number().optional(),
  /** All entries up to and including this order are finished. */
  doneThrough: z.string().optional(),
  /** Counts what the lane received, so that a run sees whether anything came while it was at work. */
  arrivals: z.number(),
  /** Rises with each run's write; a run that read an older one has lost the lane. */
  fence: z.number(),
  /** No attempt before this moment (epoch ms). */
  notBefore: z.number().optional(),
  /** A run is performing the entry of this order, until the moment at the latest. */
  attempting: z.object({ order: z.string(), until: z.number() }).optional(),
  held: holdSchema.optional(),
});
export type Head = z.infer<typeof headSchema>;

export const emptyHead = (lane: Head["lane"]): Head => ({ lane, sent: {}, said: {}, arrivals: 0, fence: 0 });

export const isFinished = (entry: Entry): boolean => entry.status === "done" || entry.status === "skipped";
