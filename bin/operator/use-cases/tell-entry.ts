import { readTransaction, type Transaction } from "../../../lambdas/shared/domain/ensono-transaction.ts";
import type { CallRecord, Entry, EntryContent, StepRecord } from "../../../lambdas/shared/domain/entry.ts";
import { origin, type Side } from "../../../lambdas/shared/domain/lane.ts";
import { isOfTheTicket } from "../../../lambdas/shared/domain/mapping.ts";
import type { Digest } from "../../../lambdas/shared/domain/marks.ts";
import type { Transfer } from "../../../lambdas/shared/domain/transfer.ts";
import { entryId } from "./entry-id.ts";
import { type Direction, directionOf } from "./find-ticket.ts";
import { iso, isoOf } from "./operator-error.ts";

/** One entry of the ledger as it is told to people and to machines. */

export interface ToldCall extends Omit<CallRecord, "at" | "endedAt"> {
  readonly at: string;
  readonly milliseconds: number;
}

export interface ToldStep {
  readonly do: string;
  /** What was sent, in the other side's words. */
  readonly content: Readonly<Record<string, unknown>>;
  readonly key: string;
  /** `in doubt`: nobody knows whether the latest call took effect. `awaited`: it did, and what it brings comes later. */
  readonly state: "waiting" | "at work" | "in doubt" | "awaited" | "done";
  readonly attemptedAt?: string;
  readonly calls: readonly ToldCall[];
  /** It was sent again although the first call may have taken effect. */
  readonly possibleDouble: boolean;
}

export interface ToldFile {
  readonly file: string;
  readonly carries: "to our store" | "to Ensono";
  readonly attempts: number;
  readonly outcome: string;
}

export interface ToldEntry {
  readonly kind: "entry";
  readonly id: string;
  /** Its place in its lane. */
  readonly order: string;
  readonly at: string;
  readonly direction: Direction;
  readonly from: Side;
  /** What came: a transaction's type, `event`, `number owed` … */
  readonly what: string;
  readonly came: Came;
  readonly status: Entry["status"];
  readonly attempts: number;
  readonly finishedAt?: string;
  /** What was decided and why, and what was unusual. */
  readonly notes: readonly string[];
  readonly failure?: { readonly code: string; readonly message: string; readonly since: string };
  readonly steps: readonly ToldStep[];
  readonly files: readonly ToldFile[];
}

/** What an entry brought. */
export interface Came {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly comments: readonly string[];
  readonly attachments: readonly string[];
  /** Whatever else there is to say of it. */
  readonly also: readonly string[];
}

export interface TellDeps {
  readonly digest: Digest;
  /** Now (epoch ms): while its lease runs, an entry is at work. */
  readonly now: number;
}

/** @param transfers those of the entry's lane. */
export const tellEntry = (entry: Entry, transfers: readonly Transfer[], { digest, now }: TellDeps): ToldEntry => {
  const { what, ...came } = tellContent(entry.content);
  const { failure } = entry;
  return {
    kind: "entry",
    id: entryId(entry, digest),
    order: entry.order,
    at: iso(entry.receivedAt),
    direction: directionOf(entry.lane),
    from: origin(entry.lane),
    what,
    came,
    status: entry.status,
    attempts: entry.attempts,
    ...isoOf("finishedAt", entry.finishedAt),
    notes: entry.notes,
    ...(failure === undefined ? {} : { failure: { ...failure, since: iso(failure.since) } }),
    steps: entry.steps.map((record) => tellStep(record, (entry.leaseUntil ?? 0) > now)),
    files: transfers.filter(({ id }) => isFileOf(id, entry)).map(tellFile),
  };
};

/** A file is fetched under its entry's order, and sent under its step's key. */
const isFileOf = (transferId: string, { order, steps }: Entry): boolean =>
  transferId.startsWith(`${order}#`) || steps.some(({ key }) => key === transferId);

const nothing: Came = { fields: {}, comments: [], attachments: [], also: [] };

const tellContent = (content: EntryContent): Came & { what: string } => {
  switch (content.kind) {
    case "transaction":
      return tellTransaction(content.message);
    case "unreadable":
      return { ...nothing, what: "unreadable message", also: [content.reason, JSON.stringify(content.message)] };
    case "event": {
      const { ticket, comments, attachments, approval, actor, occurredAt, ensonoTicketNumber } = content.event;
      const also = [
        ...(actor === undefined ? [] : [`by ${actor}`]),
        ...(occurredAt === undefined ? [] : [`occurred at ${occurredAt}`]),
        ...(ensonoTicketNumber === undefined ? [] : [`says that it is ${ensonoTicketNumber}`]),
        ...(approval === undefined ? [] : [`${approval.decision} by ${approval.approver.name}`]),
      ];
      return {
        what: "event",
        fields: ticket,
        comments: comments.map(({ body }) => body),
        attachments: attachments.map(({ fileName }) => fileName),
        also,
      };
    }
    case "clientNumber":
      return { ...nothing, what: "number given", also: [`the client's number of ${content.ensonoTicketNumber}`] };
    case "tellNumber":
      return { ...nothing, what: "number owed", also: ["the other side is to be told this ticket's number"] };
    case "tell":
      return { ...nothing, what: "comment owed", comments: [content.comment] };
  }
};

const tellTransaction = (message: unknown): Came & { what: string } => {
  const read = readTransaction(message);
  if ("unreadable" in read) return { ...nothing, what: "message", also: [read.unreadable, JSON.stringify(message)] };
  const { type, body, changed, notes, clientTicketNumber } = read.transaction;
  return {
    what: typeof type === "string" ? type : type.unknown,
    fields: changed ?? (isAboutFields(type) ? fieldsIn(body) : {}),
    comments: notes.map((note) => note.body),
    attachments: typeof body.attachmentName === "string" ? [body.attachmentName] : [],
    also: clientTicketNumber === undefined ? [] : [`names the client's ${clientTicketNumber}`],
  };
};

/** Notes and attachments carry the whole ticket along, and say nothing of it. */
const isAboutFields = (type: Transaction["type"]): boolean => type !== "Notes" && type !== "Attachment";

const fieldsIn = (body: Transaction["body"]): Came["fields"] =>
  Object.fromEntries(Object.entries(body).filter(([name]) => isOfTheTicket(name)));

const tellStep = (record: StepRecord, isAtWork: boolean): ToldStep => {
  const { step, key, status, attemptedAt, calls = [] } = record;
  const { do: what, ...content } = step;
  const isAwaited = status === "attempting" && (record.awaitingNumber === true || what === "uploadAttachment");
  return {
    do: String(what),
    content,
    key,
    state: status === "attempting" ? openState(isAwaited, isAtWork) : status,
    ...isoOf("attemptedAt", attemptedAt),
    calls: calls.map(({ at, endedAt, ...call }) => ({ ...call, at: iso(at), milliseconds: endedAt - at })),
    possibleDouble: record.possibleDouble === true,
  };
};

const openState = (isAwaited: boolean, isAtWork: boolean): ToldStep["state"] => {
  if (isAtWork) return "at work";
  return isAwaited ? "awaited" : "in doubt";
};

const tellFile = ({ job, attempts, failure, outcome }: Transfer): ToldFile => {
  const isFetch = job.kind === "fetch";
  return {
    file: isFetch ? job.key : job.fileName,
    carries: isFetch ? "to our store" : "to Ensono",
    attempts,
    outcome: fileOutcome(outcome, failure?.message),
  };
};

const fileOutcome = (outcome: Transfer["outcome"], failure: string | undefined): string => {
  if (outcome === undefined) return failure === undefined ? "under way" : `will be tried again: ${failure}`;
  if (outcome.as === "failed") return `failed: ${outcome.reason}`;
  return `${outcome.file.size} bytes carried${outcome.warning === undefined ? "" : `; ${outcome.warning}`}`;
};
