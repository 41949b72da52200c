import type { Entry, Head } from "../../lambdas/shared/domain/entry.ts";
import type { Lane } from "../../lambdas/shared/domain/lane.ts";
import type { Transfer } from "../../lambdas/shared/domain/transfer.ts";
import type { EntryContentMessage, Order } from "../../lambdas/shared/ports.ts";

/** What only operators need of the outside; the rest they share with the functions (lambdas/shared/ports.ts). */

/** A message that belongs to no lane (Q6). */
export interface Quarantined {
  readonly id: string;
  readonly reason: string;
  readonly message: EntryContentMessage;
  readonly at: number;
}

/** Looks into the ledger, and changes nothing. Strongly consistent; what says that it reads the whole table is not. */
export interface Inspection {
  /** The heads of all lanes, in no order. Reads the whole table. */
  heads(): AsyncIterable<Head>;
  /** Entries that were received at this moment or later, in no order. Reads the whole table. */
  entriesSince(since: number): AsyncIterable<Entry>;
  /** Every entry of a lane in its order; finished ones as long as they are kept. */
  entries(lane: Lane): Promise<readonly Entry[]>;
  /** The files of a lane's entries, in the order of these. */
  transfers(lane: Lane): Promise<readonly Transfer[]>;
  /** What is kept apart, in the order of its ids. */
  quarantined(): Promise<readonly Quarantined[]>;
}

/** Links by hand go through the ledger, as all others do; only taking two numbers apart is nobody's work but an operator's. */
export interface Links {
  /**
   * Takes two lanes apart that are linked to each other: both heads in one transaction. What either side was known to hold by the
   * other one's doing is forgotten with it, so that the next ticket they are linked to is not taken for the former one.
   * Resolves to false when they are not linked to each other.
   */
  unlink(ensono: Lane, client: Lane): Promise<boolean>;
}

/** One command of an operator that changed something. */
export interface AuditEntry {
  readonly id: string;
  readonly at: number;
  readonly who: string;
  /** As it was typed, without the program's name. */
  readonly command: string;
  readonly why: string;
  /** What came of it; absent where the command did not live to say it. */
  readonly outcome?: string | undefined;
}

/** Who did what by hand, and why. Entries are kept for good. */
export interface AuditLog {
  /** Before anything changes, so that no change is without its entry. `lanes`: the ticket's, or none. */
  begin(entry: AuditEntry, lanes: readonly Lane[]): Promise<void>;
  end(entry: AuditEntry & { outcome: string }, lanes: readonly Lane[]): Promise<void>;
  /** Entries of a lane, or those of no ticket; the oldest first. */
  of(lane: Lane | undefined): Promise<readonly AuditEntry[]>;
}

export type By = Omit<Order, "now">;

/** What a side answered to a question that has no effect there. */
export interface Probed {
  /** HTTP status of the answer. */
  readonly status: number;
  /** How far the side's clock is ahead of ours (ms, good to a second or two); undefined where it does not tell the time. */
  readonly aheadMs: number | undefined;
}

/** Questions to either side that change nothing there. They throw as the ports of the sides do. */
export interface Probes {
  /** Whether Ensono takes our key at this address: deletes a receipt handle that never was. Throws TransientError where not. */
  ensono(): Promise<Probed>;
  /**
   * Posts a notice of a type that asks for nothing (`bridge.ping`) to the client's webhook: signed as every delivery is, or with a
   * secret that nobody has.
   */
  client(signed: "rightly" | "wrongly"): Promise<Probed>;
}

/** Ensono's echo environment, for a round trip (guide, "/echo/"). */
export interface EchoCalls {
  /** Opens a ticket of ours in `echo`, which sends it back over the queue of `dev`. Gives its number. */
  open(clientTicketNumber: string): Promise<string>;
  /** Resolves it there, which `echo` sends back, too. */
  resolve(ensonoTicketNumber: string, clientTicketNumber: string): Promise<void>;
}
