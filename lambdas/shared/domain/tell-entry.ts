import * as z from "zod";
import { readTransaction } from "./ensono-transaction.ts";
import type { Entry, EntryContent, Head } from "./entry.ts";
import { type EntryEvent, type EntryEventType, EVENT_SOURCE, entryEventSchema } from "./entry-events.ts";
import { origin, ticketNumberOf } from "./lane.ts";
import type { Digest } from "./marks.ts";

/** One write of an entry, as the ledger's stream tells it. */
export interface EntryChange {
  /** The write's place in the stream: digits; rises with each write of a lane. */
  readonly sequence: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly before: Entry["status"];
  readonly entry: Entry;
}

/** What the head of an entry's lane tells of the ticket. */
export type KnownTicket = Pick<Head, "link" | "ticketType">;

export interface Telling {
  readonly stage: string;
  /** Whether events carry what the ticket says. */
  readonly ticketText: boolean;
  readonly ticket: KnownTicket;
  readonly digest: Digest;
}

/** The event that others are to be told; undefined where a write is nobody's business but the bridge's. */
export const tellEntry = (change: EntryChange, telling: Telling): EntryEvent | undefined => {
  const type = typeOf(change);
  if (type === undefined) return undefined;
  const { entry, at } = change;
  const detail = { ...detailOf(change, telling), ...particulars(entry) };
  const event = { source: EVENT_SOURCE, "detail-type": type, time: iso(at), detail };
  const text = telling.ticketText ? textOf(entry) : null;
  const whole = { ...event, detail: { ...detail, text } };
  return entryEventSchema.parse(bytesOf(whole) > LARGEST_EVENT ? event : whole);
};

/** EventBridge takes 256 KB; the rest is room for what it adds itself. */
const LARGEST_EVENT = 240 * 1024;

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

const typeOf = ({ before, entry: { status } }: EntryChange): EntryEventType | undefined => {
  if (before === status) return undefined;
  if (status === "done") return "Entry Applied";
  if (status === "skipped") return "Entry Skipped";
  if (status === "held") return "Entry Held";
  return before === "held" ? "Entry Released" : undefined;
};

const detailOf = ({ sequence, entry }: EntryChange, { stage, ticket, digest }: Telling) => {
  const { lane, order, content, receivedAt, attempts, revision, steps } = entry;
  const [own, other] = [ticketNumberOf(lane), ticket.link ?? null];
  const isOfEnsono = origin(lane) === "ensono";
  return {
    version: "1",
    id: `evt_${digest(`${lane}|${order}`)}_${revision}`,
    sequence: sequence.padStart(SEQUENCE_DIGITS, "0"),
    stage,
    direction: isOfEnsono ? "ensono-to-client" : "client-to-ensono",
    ensonoTicketNumber: isOfEnsono ? own : other,
    clientTicketNumber: isOfEnsono ? other : own,
    ticketType: ticket.ticketType ?? null,
    entry: {
      lane,
      order,
      kind: content.kind,
      transactionType: transactionTypeOf(content),
      receivedAt: iso(receivedAt),
      attempts,
    },
    steps: steps.map(({ step, status, possibleDouble = false }) => ({ do: step.do, status, possibleDouble })),
    text: null,
  };
};

const SEQUENCE_DIGITS = 40;

const iso = (at: number): string => new Date(at).toISOString();

/** What only some of the events say; the schema keeps of it what belongs to the event's type. */
const particulars = ({ finishedAt, failure }: Entry) => ({
  ...(finishedAt === undefined ? {} : { finishedAt: iso(finishedAt) }),
  hold: { code: failure?.code ?? "unknown" },
});

const transactionTypeOf = (content: EntryContent): string | null => {
  if (content.kind !== "transaction") return null;
  const read = readTransaction(content.message);
  if (!("transaction" in read)) return "unknown";
  const { type } = read.transaction;
  return typeof type === "string" ? type : "unknown";
};

const textOf = ({ content, steps, notes, failure }: Entry) =>
  withoutSignatures({
    content: withoutFiles(content),
    steps: steps.map(({ step }) => step),
    notes,
    ...(failure === undefined ? {} : { failure: failure.message }),
  });

/** Files that came within an event are for Ensono alone. */
const withoutFiles = (content: EntryContent): EntryContent => {
  if (content.kind !== "event") return content;
  const attachments = content.event.attachments.map(({ content: _, ...attachment }) => attachment);
  return { ...content, event: { ...content.event, attachments } };
};

/** What a pre-signed URL proves by; with it, whoever sees the event could fetch the file. */
const SIGNATURES =
  /((?:X-Amz-(?:Signature|Security-Token|Credential)|[?&](?:Signature|AWSAccessKeyId))=)[^&\s"'<>\\]+/gi;

const withoutSignatures = (value: unknown): z.core.util.JSONType =>
  z
    .json()
    .parse(
      JSON.parse(JSON.stringify(value), (_, part: unknown) =>
        typeof part === "string" ? part.replace(SIGNATURES, "$1(left out)") : part,
      ),
    );
