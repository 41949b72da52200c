import type { NoticeAnswer } from "./domain/client-contract.ts";
import type { EnsonoComment, EnsonoFields, TicketType } from "./domain/ensono-ticket.ts";
import type { Entry, EntryContent, Failure, Head, Hold, StepRecord } from "./domain/entry.ts";
import type { Lane, Side } from "./domain/lane.ts";
import type { ApprovalAnswer, ClientStep, LocalisedTime } from "./domain/steps.ts";
import type { Order } from "./operation-ports.ts";

/**
 * Every outside thing, on one page. All methods throw PermanentError or TransientError (domain/errors.ts) for what the
 * other side says or does; anything else they throw is a fault of our own platform and worth another try later.
 */

export type * from "./event-ports.ts";
export type * from "./file-ports.ts";
export type * from "./operation-ports.ts";

/** Epoch milliseconds. */
export type Clock = () => number;

// ── Ensono ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The identity fields that every call about a ticket carries (guide, "Fields for Updating a Ticket"). */
export interface EnsonoTicketIdentity {
  readonly ensonoTicketNumber: string;
  readonly clientTicketNumber: string;
  readonly ticketType: TicketType;
}

/**
 * Ensono's tickets. Texts are given plain; escaping is the adapter's (E7). Setting values is idempotent; `createTicket` and
 * `addComments` are not: repeated, they make a second ticket or comment (E14, R1). Every method resolves only when the
 * body of the answer says that the call succeeded (E5).
 */
export interface EnsonoTickets {
  /** POST /tickets. Gives the number of the new ticket. */
  createTicket(input: {
    clientTicketNumber: string;
    ticketType: TicketType;
    fields: EnsonoFields;
    comments: readonly EnsonoComment[];
  }): Promise<string>;
  /** PUT /tickets/{n}: sets the given fields and no others; `status` with `closeNotes` resolves or closes. */
  updateTicket(ticket: EnsonoTicketIdentity, fields: EnsonoFields): Promise<void>;
  /** PUT /tickets/{n}/notes. */
  addComments(ticket: EnsonoTicketIdentity, comments: readonly EnsonoComment[]): Promise<void>;
  /** PUT /tickets/{n}/returnptn. Idempotent. */
  returnNumber(ticket: EnsonoTicketIdentity): Promise<void>;
  /** PUT /tickets/{n}/approve or /reject (C3). Idempotent: only the first answer counts at Ensono. */
  answerApproval(ticket: EnsonoTicketIdentity, answer: ApprovalAnswer): Promise<void>;
}

/** Ensono's queue of transactions (guide, "Reading from the Queue"). */
export interface EnsonoQueue {
  /**
   * GET /queue: 1 to 10 messages, or none. Each call hides what it gives for 30 s and burns one of a message's 20 receives.
   * An envelope that is not one of the guide's is an error, never "none" (Q2).
   */
  read(): Promise<readonly QueueMessage[]>;
  /** DELETE /queue/{handle}. Resolves to `expired` when the handle no longer counts: the message will come again (Q4). */
  delete(receiptHandle: string): Promise<"deleted" | "expired">;
}

/** One message, as far as it could be read without understanding it. */
export interface QueueMessage {
  readonly receiptHandle: string;
  /** The message as it came, without the receipt handle; JSON. */
  readonly raw: EntryContentMessage;
}
export type EntryContentMessage = Extract<EntryContent, { kind: "transaction" }>["message"];

// ── The client's ITSM ───────────────────────────────────────────────────────────────────────────────────────────────

/** What a delivery says beside its step. */
export interface DeliveryContext {
  /** The step's key; the same for every try. */
  readonly key: string;
  readonly ensonoTicketNumber: string;
  readonly clientTicketNumber: string | null;
  readonly ticketType: TicketType;
  readonly transaction: { id: string; type: string; sentAt: LocalisedTime } | null;
}

/** The client's ITSM tool, behind an adapter. */
export interface ClientItsm {
  /**
   * What the ITSM offers against doubles after a call of unknown outcome: it recognises our `key`; it can be searched by our
   * key (`search`); or `neither`, and then an unknown create or comment holds its lane instead of risking a double.
   */
  readonly offers: "key" | "search" | "neither";
  /** Performs one step. Idempotent for the same key if `offers` is `key`. A `createTicket` that gives no number will give it later. */
  perform(step: ClientStep, context: DeliveryContext): Promise<NoticeAnswer>;
  /** Looks for the effect of an earlier `perform` with this key; undefined when there is none. Only for `search`. */
  find(key: string): Promise<NoticeAnswer | undefined>;
}

// ── The ledger ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Arrival {
  readonly order: string;
  readonly content: EntryContent;
}

export interface OpenLane {
  readonly head: Head;
  /** The head of the same ticket's other lane, once the two are linked. */
  readonly peer: Head | undefined;
  /** The unfinished entries in their order, the first ones of a long lane. */
  readonly entries: readonly Entry[];
  /** True when the lane has unfinished entries beyond `entries`. */
  readonly more: boolean;
}

/** A run was overtaken by another one on the same lane; it must stop at once, without any further call. */
export interface Lost {
  readonly lost: true;
}

export interface LinkConflict {
  /** What the two lanes are linked to already. */
  readonly conflict: { readonly own: string | undefined; readonly other: string | undefined };
}

/**
 * The truth: lanes, entries, links (design: "The ledger"). Reads are strongly consistent, except `due`, `held`. Every write is
 * conditional on what the caller last read, so a run that was overtaken can change nothing.
 */
export interface Ledger {
  /**
   * Makes entries durable, in the order given, and the lane due at `wakeAt` should its wake-up get lost. Idempotent by order:
   * an entry that is there already is `known` and stays as it is. Safe for entries older than what is finished.
   */
  receive(
    lane: Lane,
    arrivals: readonly Arrival[],
    at: { now: number; wakeAt: number },
  ): Promise<("stored" | "known")[]>;
  /**
   * As `receive`, for one event of the client that is recognised by its id for the whole retention period:
   * `repeated` when the id came with the same body before, `conflicting` when with another.
   */
  receiveEvent(
    lane: Lane,
    arrival: Arrival,
    event: { id: string; bodyDigest: string },
    at: { now: number; wakeAt: number },
  ): Promise<"stored" | "repeated" | "conflicting">;

  open(lane: Lane): Promise<OpenLane>;
  headOf(lane: Lane): Promise<Head | undefined>;
  entry(lane: Lane, order: string): Promise<Entry | undefined>;

  /**
   * Writes *attempting* before an outside call: the entry with its steps, a lease, one attempt more; the head with what the
   * caller learnt (`head` replaces what a run learns: marks, status, ticket type, times, doneThrough). All or nothing; also lost when the lane was linked since it was opened.
   */
  begin(input: {
    entry: Entry;
    head: Head;
    steps: readonly StepRecord[];
    leaseUntil: number;
  }): Promise<{ entry: Entry; head: Head } | Lost>;

  /**
   * Records the outcome of one or more steps, and with `finished` the end of the entry, which then expires after the retention
   * period. In the same transaction: the link of the two numbers (conditional on both sides), and what is owed to a lane.
   * Linking wakes nothing, but makes the peer lane due now, whatever it was waiting for. Where a head says that its
   * link is being replaced, another number takes its place: the replaced ticket's lane keeps its own link and learns by what it was replaced.
   */
  settle(input: {
    entry: Entry;
    head: Head;
    steps: readonly StepRecord[];
    notes?: readonly string[];
    finished?: boolean;
    link?: { number: string; ticketType: TicketType };
    owe?: readonly { lane: Lane; arrival: Arrival }[];
    now: number;
    wakeAt: number;
  }): Promise<{ entry: Entry; head: Head } | Lost | LinkConflict>;

  /** Puts the lane off: no attempt before `notBefore`. Steps are as the failure left them. */
  postpone(input: {
    entry: Entry;
    head: Head;
    steps: readonly StepRecord[];
    failure?: Failure;
    notBefore: number;
  }): Promise<Lost | undefined>;

  /** Holds the lane at this entry (R3). */
  hold(input: { entry: Entry; head: Head; steps: readonly StepRecord[]; hold: Hold }): Promise<Lost | undefined>;

  /**
   * Ends a run: records how far the lane is finished and, if `idle`, that nothing is left to wake it for, unless something
   * arrived since the lane was opened.
   */
  rest(input: { head: Head; idle: boolean }): Promise<void>;

  /** Makes a lane due now that waits for something which has come, unless it is held. Does nothing to a lane without work. */
  nudge(lane: Lane, now: number): Promise<void>;

  /** Operator: lets a held lane go on with the entry that held it. Resolves to false when the lane is not held. */
  release(lane: Lane, by: Order): Promise<boolean>;
  /** Operator: passes over one unfinished entry and lets the lane go on. Resolves to false when there is nothing to skip. */
  skip(lane: Lane, order: string, by: Order): Promise<boolean>;

  /** Lanes towards this side whose time has come, the longest due first; eventually consistent. */
  due(towards: Side, now: number, limit: number): Promise<readonly { lane: Lane; dueAt: number }[]>;
  /** Held lanes, the longest held first; eventually consistent. */
  held(limit: number): Promise<readonly { lane: Lane; since: number }[]>;

  /** True for the first entry of the lane that carries the token, also when that entry asks again (Q5: note ids). */
  claim(lane: Lane, token: string, order: string, now: number): Promise<boolean>;

  /** Leaves evidence of a write of ours where its echo would come in. Idempotent by token and id. */
  leaveFootprint(lane: Lane, footprint: Footprint, now: number): Promise<void>;
  /** Footprints with this token that no other entry than `order` has used. */
  footprints(lane: Lane, token: string, order: string): Promise<readonly Footprint[]>;
  /** Uses up a footprint for the entry: one write explains one echo. Resolves to false when another entry used it. */
  useFootprint(lane: Lane, footprint: Footprint, order: string): Promise<boolean>;

  /** Keeps a message apart that belongs to no lane (Q6). Idempotent by id. */
  quarantine(item: { id: string; reason: string; raw: string }, now: number): Promise<void>;
}

/** Exact evidence of one write of ours: what identifies it, and what else its echo must show. */
export interface Footprint {
  /** What an echo is looked up by: the digest of a comment's text, a comment's id, a delivery's key. */
  readonly token: string;
  /** Tells several writes with the same token apart: the step's key. */
  readonly id: string;
  /** What the echo must show beside the token, by the rules of `domain/echo.ts`. */
  readonly evidence: Readonly<Record<string, string>>;
}

/** Lets only one run read Ensono's queue at a time, and remembers when it was last read to its end (Q1, E14). */
export interface PollLog {
  /** True when this run may read until then. It is also the proof that our store can be written to. */
  take(runId: string, now: number, until: number): Promise<boolean>;
  /** Ends the run. `emptiedFrom`: when the run that found the queue empty had begun. */
  end(runId: string, emptiedFrom: number | undefined): Promise<void>;
  /** The begin of the last run that read the queue to its end (epoch ms); all sent before it has been read. */
  emptiedFrom(): Promise<number | undefined>;
}

// ── Wake-ups and secrets ────────────────────────────────────────────────────────────────────────────────────────────

/** "Look at this ticket." Losing, doubling or reordering one changes when something happens, never what. */
export interface WakeUps {
  /** Wakes each lane once; `because` makes repeats of the same wake-up collapse. Never throws for single lanes that failed: gives them back. */
  send(wakeUps: readonly { lane: Lane; because: string }[]): Promise<readonly Lane[]>;
}

export interface Secrets {
  /** The values that count now: the current one first, then the previous one while it is being rotated out. `fresh` passes the cache. */
  read(secretId: string, options?: { fresh?: boolean }): Promise<readonly string[]>;
}

// ── Journal ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One line of the journal (L1): ids and outcomes, no ticket text. */
export interface JournalLine {
  readonly lane?: Lane | undefined;
  readonly order?: string;
  readonly [field: string]: unknown;
}

/** Where the work on tickets is told while it happens. Never throws. */
export interface Journal {
  info(what: string, line: JournalLine): void;
  warn(what: string, line: JournalLine): void;
}
