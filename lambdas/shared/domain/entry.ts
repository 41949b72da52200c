import * as z from "zod";
import { clientEventBodySchema } from "./client-contract.ts";
import {
  changeStateSchema,
  changeTypeSchema,
  ensonoStatusSchema,
  ensonoTicketNumberSchema,
  ticketTypeSchema,
} from "./ensono-ticket.ts";
import { laneSchema } from "./lane.ts";
import { marksSchema } from "./marks.ts";
import { approvalRequestSchema } from "./steps.ts";

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
  /** Owed work: tell the lane's destination something of the bridge's own, as a comment on the ticket. */
  z.object({ kind: z.literal("tell"), comment: z.string() }),
]);
export type EntryContent = z.infer<typeof entryContentSchema>;

/** One request to the other side and what came of it (L1): masked, and cut short. */
export const callRecordSchema = z.object({
  /** Method and path, without host and query: `PUT /testclient57/dev/tickets/e-CS0204070`. */
  request: z.string(),
  at: z.number(),
  /** When the answer was there, or when it was given up. */
  endedAt: z.number(),
  /** Absent when there was no answer. */
  status: z.number().optional(),
  /** How the answer begins, or what went wrong without one. */
  said: z.string(),
});
export type CallRecord = z.infer<typeof callRecordSchema>;

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
  /** What passed between us and the other side for this step; of many calls the first one and the latest. */
  calls: z.array(callRecordSchema).optional(),
});
export type StepRecord = z.infer<typeof stepRecordSchema>;

/** So many calls of one step are kept: enough for every fault that a person follows, and small beside the entry. */
const MOST_CALLS = 12;

/** The step with further calls. Of an outage of days the first call tells when it began, and the latest ones how it stands. */
export const withCalls = (record: StepRecord, calls: readonly CallRecord[]): StepRecord => {
  if (calls.length === 0) return record;
  const [first, ...rest] = [...(record.calls ?? []), ...calls];
  return { ...record, calls: first === undefined ? [] : [first, ...rest.slice(1 - MOST_CALLS)] };
};

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

/** What the lane of a change of Ensono remembers of it (C4, C6). */
export const changeMemorySchema = z.object({
  state: changeStateSchema,
  type: changeTypeSchema,
  /** The client has a change that is neither cancelled nor closed. */
  isOpen: z.boolean(),
  /** Of the client's present change: what Ensono asked to be approved (C2). */
  approvals: z.array(approvalRequestSchema),
});
export type ChangeMemory = z.infer<typeof changeMemorySchema>;

/** What the lane of a change of the client remembers: the first answer to its approval, and the entry that gave it (C3). */
export const answeredSchema = z.object({
  decision: z.enum(["approved", "rejected"]),
  approvalId: z.string(),
  order: z.string(),
});
export type Answered = z.infer<typeof answeredSchema>;

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
  /** Numbers that the ticket had on the other side before the present one, the oldest first (C6, T7). */
  formerLinks: z.array(z.string()).optional(),
  /** While it is the present link: a ticket is being made at the destination that takes its place. */
  replacing: z.string().optional(),
  /** The number of the ticket that took this one's place on its own side (C6, T7). */
  replacedBy: z.string().optional(),
  change: changeMemorySchema.optional(),
  answered: answeredSchema.optional(),
  /** The client's ticket is with one of its internal groups (I8). */
  isInternal: z.boolean().optional(),
  /** The client's extra fields, as they are told to Ensono (I7). */
  extraFields: z.record(z.string(), z.string()).optional(),
  /** Ensono reopened a ticket that the client does not: everything since becomes a comment (T7). */
  commentsOnly: z.boolean().optional(),
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

/** What a run learns of a ticket beside its field values. */
export const alsoLearnt = (head: Omit<Head, "sent" | "said">) => {
  const { status, ticketType, clientTime, numberToldAt, replacing } = head;
  const { change, answered, isInternal, extraFields, commentsOnly } = head;
  const ofTicket = { status, ticketType, clientTime, numberToldAt, replacing };
  return { ...ofTicket, change, answered, isInternal, extraFields, commentsOnly };
};

/** Whether the lane's ticket may be linked to this number: to its own, to the first one, or to one that takes the present one's place. */
export const mayLinkTo = ({ link, replacing, formerLinks = [] }: Head, number: string): boolean =>
  link === undefined || link === number || (replacing === link && !formerLinks.includes(number));

export const emptyHead = (lane: Head["lane"]): Head => ({ lane, sent: {}, said: {}, arrivals: 0, fence: 0 });

export const isFinished = (entry: Entry): boolean => entry.status === "done" || entry.status === "skipped";
