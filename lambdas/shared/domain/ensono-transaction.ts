import * as z from "zod";
import { clientTicketNumberSchema } from "./client-contract.ts";
import {
  type EnsonoStatus,
  ensonoStatusSchema,
  ensonoTicketNumberSchema,
  type TicketType,
  ticketTypes,
} from "./ensono-ticket.ts";
import { DEEPEST, isDeeperThan, parseExactly } from "./exact-json.ts";
import { transactionOrder } from "./lane.ts";

/**
 * Reads one message of Ensono's queue (guide, "GET /queue Response" and "Incident/Request Message Body and Fields").
 * Tolerant: spellings vary, fields are missing or too many, numbers come as strings (Q2, Q9). Only the identity must be there.
 */

export const transactionTypes = [
  "Create",
  "Update",
  "Notes",
  "Closure",
  "Attachment",
  "Redraft",
  "ReturnEnsonoNum",
  "Approval Request",
] as const;
export type TransactionType = (typeof transactionTypes)[number];

export type Json = z.infer<ReturnType<typeof z.json>>;
export type EnsonoBody = Readonly<Record<string, Json>>;

const text = z.union([z.string(), z.number(), z.bigint()]).transform((value) => String(value).trim());
const filledText = text.pipe(z.string().min(1));
/** Becomes part of a key in the ledger, where there is room for so much; those of SQS and of ServiceNow are far shorter. */
const idText = filledText.pipe(z.string().max(200));
const digitsText = text.pipe(z.string().regex(/^\d{1,39}$/));
/** Epoch milliseconds, as many digits as an order has room for; longer ones are beyond all dates. */
const timestampText = text.pipe(z.string().regex(/^\d{1,15}$/));

const noteSchema = z.object({
  id: idText.optional().catch(undefined),
  body: z.union([z.string(), z.number()]).transform(String),
  commenter: filledText.optional().catch(undefined),
  commenterEmail: filledText.optional().catch(undefined),
});
export type Note = z.infer<typeof noteSchema>;

export interface Transaction {
  /** MessageId/SequenceNumber (Q5). */
  id: string;
  /** Its place in the ticket's lane (Q3). */
  order: string;
  /** One of the guide's types, or what stood there instead. */
  type: TransactionType | { unknown: string };
  ticketNumber: string;
  ticketType: TicketType;
  /** Absent while Ensono has not been told it (T3). */
  clientTicketNumber?: string;
  clientName?: string;
  /** Epoch milliseconds. */
  sentAt: number;
  /** False when Ensono says that it lacks the client's number (T3). */
  clientReferenceAvailable?: boolean;
  /** The body with canonical field names. */
  body: EnsonoBody;
  /** The fields under `changed`; absent when there is no such object. */
  changed?: EnsonoBody;
  notes: Note[];
}

export type ReadTransaction =
  | { transaction: Transaction }
  | { unreadable: string; ticketNumber?: string; order?: string };

const jsonObject = z.record(z.string(), z.json());

/** Encoded once by whoever writes the message, and perhaps once more on its way. */
const MOST_ENCODINGS = 2;

/** An object, or the JSON text of one (Q2), which may itself have been made a JSON text. */
const objectOrJsonText = z
  .unknown()
  .transform((value, context) => {
    let read = value;
    try {
      for (let nth = 0; nth < MOST_ENCODINGS && typeof read === "string"; nth += 1) read = parseExactly(read);
    } catch {
      context.addIssue({ code: "custom", message: "a text that is not JSON" });
    }
    if (isDeeperThan(read, DEEPEST))
      context.addIssue({ code: "custom", message: `more than ${DEEPEST} levels of nesting` });
    return context.issues.length > 0 ? z.NEVER : read;
  })
  .pipe(jsonObject);

const envelopeSchema = z.object({
  MessageId: idText,
  Body: objectOrJsonText,
  Attributes: z.object({
    SequenceNumber: digitsText,
    SentTimestamp: timestampText.optional().catch(undefined),
    ApproximateFirstReceiveTimestamp: timestampText.optional().catch(undefined),
    MessageGroupId: filledText.optional().catch(undefined),
    TransactionType: filledText.optional().catch(undefined),
    ClientReferenceAvailable: z
      .union([z.boolean(), text.pipe(z.stringbool())])
      .optional()
      .catch(undefined),
  }),
});

/** Field names of the guide, and the other spellings that it shows for them (Q9). */
const canonicalNames = [
  ...[
    "clientName",
    "clientTicketNumber",
    "ticketType",
    "ticketNumber",
    "urgency",
    "impact",
    "priority",
    "group",
    "cis",
  ],
  ...["category", "origin", "description", "openedTime", "openedAt", "status", "statusNextAction", "shortDescription"],
  ...["ensonoGroup", "updatedAt", "closureCategory", "changed", "notes", "closeCode", "closeNotes", "offHoldDate"],
  ...[
    "approval",
    "requestedByName",
    "type",
    "startDate",
    "endDate",
    "risk",
    "justification",
    "preChangeChecks",
    "state",
  ],
  ...["implementationPlan", "testPlan", "backoutPlan", "approvalState", "approvalId", "approverName", "approverEmail"],
  ...["attachment", "attachmentName", "attachmentInfo", "attachmentSize", "attachmentType"],
];
const otherSpellings = { updatedon: "updatedAt", updateon: "updatedAt" };
const nameByLowerCase = new Map<string, string>([
  ...canonicalNames.map((name): [string, string] => [name.toLowerCase(), name]),
  ...Object.entries(otherSpellings),
]);

/** Free texts keep their blanks; everything else is trimmed ("testClient "). */
const freeTexts = new Set([
  ...["description", "shortDescription", "closeNotes", "body", "justification", "preChangeChecks"],
  ...["implementationPlan", "testPlan", "backoutPlan"],
]);

const canonicalValue = (name: string, value: Json): Json => {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  return typeof value === "string" && !freeTexts.has(name) ? value.trim() : value;
};

/** Of two spellings of one name in the same body the one that says something counts. */
const canonicalBody = (body: Record<string, Json>): Record<string, Json> => {
  const canonical = new Map<string, Json>();
  for (const [spelling, given] of Object.entries(body)) {
    const name = nameByLowerCase.get(spelling.toLowerCase()) ?? spelling;
    const value = canonicalValue(name, given);
    if (value !== "" || !canonical.has(name)) canonical.set(name, value);
  }
  return Object.fromEntries(canonical);
};

/** None when one of them cannot be read, so that it is not lost among the others. */
const readNotes = (notes: Json | undefined): Note[] => {
  const list = Array.isArray(notes) ? notes : notes === undefined || notes === "" ? [] : [notes];
  return z.array(noteSchema).safeParse(list).data ?? [];
};

/** "Approval Request" also where blanks, hyphens and capitals are set otherwise. */
const typeWord = (type: string): string => type.toLowerCase().replaceAll(/[\s_-]/g, "");

const readType = (named: string | undefined, body: EnsonoBody): Transaction["type"] => {
  const known = transactionTypes.find((type) => named !== undefined && typeWord(type) === typeWord(named));
  if (known !== undefined) return known;
  if (named !== undefined) return { unknown: named };
  if (says(body.notes)) return "Notes";
  return says(body.changed) ? "Update" : { unknown: "(missing)" };
};

/** Absent fields also come as empty texts, lists and objects. */
const says = (value: Json | undefined): boolean =>
  value !== undefined && value !== "" && (typeof value !== "object" || Object.keys(value ?? {}).length > 0);

const readTicketType = (value: Json | undefined, ticketNumber: string): TicketType => {
  const word = filled(value)?.toLowerCase();
  const known = ticketTypes.find((type) => type.toLowerCase() === word);
  return known ?? (/CHG/i.test(ticketNumber) ? "Change" : "Incident");
};

const filled = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** The ticket's number: the body's, or else the name of the message's group. */
const readTicketNumber = (body: EnsonoBody, groupId: string | undefined): string | undefined =>
  [body.ticketNumber, groupId]
    .map((candidate) => ensonoTicketNumberSchema.safeParse(candidate).data)
    .find((number) => number !== undefined);

const looseSchema = z.object({
  MessageId: idText.optional().catch(undefined),
  Attributes: z
    .object({
      MessageGroupId: filledText.optional().catch(undefined),
      SequenceNumber: digitsText.optional().catch(undefined),
      SentTimestamp: timestampText.optional().catch(undefined),
      ApproximateFirstReceiveTimestamp: timestampText.optional().catch(undefined),
    })
    .default({})
    .catch({}),
  Body: objectOrJsonText.default({}).catch({}),
});

/** What can be told of a message that cannot be read: its ticket, and its place there, which later ones must not overtake. */
const readLoosely = (message: unknown): { ticketNumber?: string; order?: string } => {
  const loose = looseSchema.safeParse(message);
  if (!loose.success) return {};
  const { MessageId, Attributes, Body } = loose.data;
  const ticketNumber = readTicketNumber(canonicalBody(Body), Attributes.MessageGroupId);
  const sentAt = Attributes.SentTimestamp ?? Attributes.ApproximateFirstReceiveTimestamp;
  // Without its sequence number it stands before all others of its moment. One of the two must tell it from them.
  const isPlaced = sentAt !== undefined && (MessageId ?? Attributes.SequenceNumber) !== undefined;
  const { SequenceNumber: sequenceNumber = "0" } = Attributes;
  return {
    ...(ticketNumber === undefined ? {} : { ticketNumber }),
    ...(isPlaced
      ? { order: transactionOrder({ sentAt: Number(sentAt), sequenceNumber, messageId: MessageId ?? "" }) }
      : {}),
  };
};

/** Takes a message as it stood in the queue's answer. Never throws: a message without an identity is `unreadable`. */
export const readTransaction = (message: unknown): ReadTransaction => {
  const envelope = envelopeSchema.safeParse(message);
  if (!envelope.success) {
    const issue = envelope.error.issues[0];
    const unreadable = `${issue?.path.map(String).join(".") || "the message"}: ${issue?.message ?? "cannot be read"}`;
    return { unreadable, ...readLoosely(message) };
  }
  const { MessageId, Body, Attributes } = envelope.data;
  const body = canonicalBody(Body);
  const sentAt = Number(Attributes.SentTimestamp ?? Attributes.ApproximateFirstReceiveTimestamp ?? 0);
  const order = transactionOrder({ sentAt, sequenceNumber: Attributes.SequenceNumber, messageId: MessageId });
  const ticketNumber = readTicketNumber(body, Attributes.MessageGroupId);
  if (ticketNumber === undefined) return { unreadable: "Body.ticketNumber: no ticket number that can be read", order };

  const clientTicketNumber = filled(body.clientTicketNumber);
  const wrongNumber = clientTicketNumberSchema.optional().safeParse(clientTicketNumber).error?.issues[0];
  if (wrongNumber !== undefined) {
    return { unreadable: `Body.clientTicketNumber: ${wrongNumber.message}`, ticketNumber, order };
  }
  const changed = jsonObject.safeParse(body.changed);
  const clientName = filled(body.clientName);
  return {
    transaction: {
      id: `${MessageId}/${Attributes.SequenceNumber}`,
      order,
      type: readType(Attributes.TransactionType, body),
      ticketNumber,
      ticketType: readTicketType(body.ticketType, ticketNumber),
      ...(clientTicketNumber === undefined ? {} : { clientTicketNumber }),
      ...(clientName === undefined ? {} : { clientName }),
      sentAt,
      ...(Attributes.ClientReferenceAvailable === undefined
        ? {}
        : { clientReferenceAvailable: Attributes.ClientReferenceAvailable }),
      body,
      ...(changed.success ? { changed: canonicalBody(changed.data) } : {}),
      notes: readNotes(body.notes),
    },
  };
};

/** Footprint in a client ticket's lane: a transaction that gives its number at Ensono was read; the footprint's id is that number (E14). */
export const NUMBER_TOKEN = "number";

/** The client's ticket whose number at Ensono the transaction gives: our create coming back (T4b), or its late answer (T5). */
export const givesNumberTo = ({ type, clientTicketNumber }: Transaction): string | undefined =>
  type === "Create" || type === "ReturnEnsonoNum" ? clientTicketNumber : undefined;

/** Reads a status in either of the guide's spellings (E10); undefined when it is none of the guide's. */
export const readStatus = (value: Json | undefined): EnsonoStatus | undefined => {
  const word = typeof value === "string" ? value.toLowerCase().replaceAll(/[\s_-]/g, "") : undefined;
  if (word === "workinprogress") return "workingprogress";
  if (word === "canceled") return "cancelled";
  return ensonoStatusSchema.safeParse(word).data;
};
