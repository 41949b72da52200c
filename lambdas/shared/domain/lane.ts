import * as z from "zod";

/**
 * A lane is one ticket in one direction: `ENSONO#e-CS0204070` carries what Ensono said towards the client,
 * `CLIENT#INC0010299` what the client said towards Ensono. Entries of a lane are worked on strictly in order.
 */
export const laneSchema = z.templateLiteral([z.enum(["ENSONO", "CLIENT"]), "#", z.string().min(1)]);
export type Lane = z.infer<typeof laneSchema>;

export type Side = "ensono" | "client";

export const ensonoLane = (ensonoTicketNumber: string): Lane => `ENSONO#${ensonoTicketNumber}`;
export const clientLane = (clientTicketNumber: string): Lane => `CLIENT#${clientTicketNumber}`;

/** The side that the lane's entries come from. */
export const origin = (lane: Lane): Side => (lane.startsWith("ENSONO#") ? "ensono" : "client");

/** The side that the lane's entries go to. */
export const destination = (lane: Lane): Side => (origin(lane) === "ensono" ? "client" : "ensono");

/** The ticket number, as the lane's origin knows it. */
export const ticketNumberOf = (lane: Lane): string => lane.slice(lane.indexOf("#") + 1);

/** The lane of the same ticket in the other direction, given the number that the other side knows it by. */
export const peerLane = (lane: Lane, otherNumber: string): Lane =>
  origin(lane) === "ensono" ? clientLane(otherNumber) : ensonoLane(otherNumber);

const TIMESTAMP_DIGITS = 15;
/** A sequence number of SQS has up to 128 bits, that is 39 decimal digits; as a JavaScript number it would be rounded. */
const SEQUENCE_DIGITS = 39;

/**
 * An entry's place in its lane: a string whose alphabetical order is the order of SentTimestamp, then of SequenceNumber
 * as an integer (Q3), and which is also the entry's identity in the lane, because MessageId ends it (Q5).
 */
export const transactionOrder = (at: { sentAt: number; sequenceNumber: string; messageId: string }): string =>
  [
    String(at.sentAt).padStart(TIMESTAMP_DIGITS, "0"),
    at.sequenceNumber.padStart(SEQUENCE_DIGITS, "0"),
    at.messageId,
  ].join("#");

/** The place of an entry that has no order of its own: events and owed work go by when the ledger received them. */
export const arrivalOrder = (receivedAt: number, id: string): string =>
  `${String(receivedAt).padStart(TIMESTAMP_DIGITS, "0")}#${id}`;
