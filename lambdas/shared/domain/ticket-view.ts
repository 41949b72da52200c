import type { EnsonoStatus, TicketType } from "./ensono-ticket.ts";
import type { Answered, ChangeMemory, Head } from "./entry.ts";
import { type FieldValues, type Marks, newest } from "./marks.ts";

/**
 * A ticket as one of its lanes sees it: everything about the past that the rules may ask for, and nothing else. The rules
 * get it as a value, so that they need no clock, no store and no network.
 */
export interface TicketView {
  /** The number on the other side, once the two are linked. */
  link: string | undefined;
  linkedAt: number | undefined;
  ticketType: TicketType | undefined;
  /** Ensono's status, as it was last said or set by either side. */
  status: EnsonoStatus | undefined;
  /** Values of the lane's destination: put there by this lane, in the destination's words. */
  sent: Marks;
  /** Values of the lane's origin: said by it, in its own words. */
  said: Marks;
  /** The other lane's view of the same: `sent` to our origin, `said` by our destination. */
  peer: { sent: Marks; said: Marks };
  /** The client's own time of the newest event applied (epoch ms). */
  clientTime: number | undefined;
  /** When it was last decided to return the client's number once more (epoch ms). */
  numberToldAt: number | undefined;
  /** The client's tickets that had this one's place before (C6, T7). */
  formerLinks: readonly string[];
  /** The ticket of the lane's origin that took this one's place. */
  replacedBy: string | undefined;
  change: ChangeMemory | undefined;
  /** The client's answer to the approval of its present change (C3). */
  answered: Answered | undefined;
  isInternal: boolean;
  /** The client's extra fields, as Ensono was told them last (I7). */
  extraFields: Readonly<Record<string, string>>;
  commentsOnly: boolean;
  now: number;
}

/** What an entry teaches about the ticket; kept in the head of its lane. */
export interface Learnt {
  ticketType?: TicketType;
  status?: EnsonoStatus;
  sent?: FieldValues;
  said?: FieldValues;
  clientTime?: number;
  numberToldAt?: number;
  change?: ChangeMemory;
  answered?: Answered;
  isInternal?: boolean;
  extraFields?: Record<string, string>;
  commentsOnly?: boolean;
  /** The number whose place a ticket takes that is about to be made. */
  replacing?: string;
}

const latestStatus = (own: Head["status"], other: Head["status"]): EnsonoStatus | undefined =>
  (other !== undefined && (own === undefined || other.at > own.at) ? other : own)?.value;

export const viewOf = (head: Head, peer: Head | undefined, now: number): TicketView => ({
  link: head.link,
  linkedAt: head.linkedAt,
  ticketType: head.ticketType ?? peer?.ticketType,
  status: latestStatus(head.status, peer?.status),
  sent: head.sent,
  said: head.said,
  peer: { sent: peer?.sent ?? {}, said: peer?.said ?? {} },
  clientTime: head.clientTime,
  numberToldAt: head.numberToldAt,
  formerLinks: head.formerLinks ?? [],
  replacedBy: head.replacedBy,
  change: head.change ?? peer?.change,
  answered: head.answered ?? peer?.answered,
  isInternal: head.isInternal ?? peer?.isInternal ?? false,
  extraFields: head.extraFields ?? peer?.extraFields ?? {},
  commentsOnly: head.commentsOnly ?? peer?.commentsOnly ?? false,
  now,
});

/** What the lane's origin is known to hold: what it said, or what the other lane put there, whichever is newer. */
export const heldByOrigin = (ticket: TicketView): Marks => newest(ticket.said, ticket.peer.sent);

/** What the lane's destination is known to hold: what was put there, or what it said itself, whichever is newer. */
export const heldByDestination = (ticket: TicketView): Marks => newest(ticket.sent, ticket.peer.said);
