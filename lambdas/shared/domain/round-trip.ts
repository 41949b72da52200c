/**
 * Numbers of tickets that `doctor --echo` opens at Ensono to see them come back. No ITSM has such a ticket, so nothing of one goes
 * to the client; its number says so from the first message on, which may be read before the ledger can be told.
 */
const PREFIX = "EVB-DOCTOR-";

export const roundTripNumber = (id: string): string => `${PREFIX}${id}`;

export const isRoundTrip = (clientTicketNumber: string | undefined): boolean =>
  clientTicketNumber?.startsWith(PREFIX) === true;
