import type { EntryEvent } from "./domain/entry-events.ts";
import type { Lane } from "./domain/lane.ts";
import type { EntryChange, KnownTicket } from "./domain/tell-entry.ts";

/** What the publisher of events needs of the outside; see `ports.ts`. */

/** A record of the ledger's stream: a write of an entry, one that cannot be read, or something else. */
export type StreamedChange =
  | EntryChange
  | {
      readonly sequence: string;
      readonly at: number;
      /** Why it cannot be read; no ticket text. */
      readonly unreadable: string;
      /** The item's keys. */
      readonly item: string;
    }
  | { readonly sequence: string; readonly irrelevant: true };

/** What is known of tickets beside their entries. */
export interface KnownTickets {
  ticketOf(lane: Lane): Promise<KnownTicket>;
}

/** Why an event was not taken. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** The event itself is at fault: it would be refused again. */
  readonly isFinal: boolean;
}

/** The stack's event bus. */
export interface EventBus {
  /**
   * Publishes in the order given. Gives for each event why it was not taken, or undefined where it was; after a failure it may
   * leave the later ones untried. Not idempotent: published again, an event is on the bus twice, with the same `detail.id`.
   * Never throws.
   */
  publish(events: readonly EntryEvent[]): Promise<readonly (Refusal | undefined)[]>;
}

/** A write of an entry that nobody was told of, and why. */
export interface UntoldChange {
  readonly item: string;
  readonly sequence: string;
  readonly reason: string;
}

/** Where it is kept what could not be published, for the operator. Throws when it cannot be kept. */
export interface EventDeadLetters {
  keep(untold: UntoldChange): Promise<void>;
}
