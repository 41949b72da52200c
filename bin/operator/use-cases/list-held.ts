import type { Digest } from "../../../lambdas/shared/domain/marks.ts";
import { placeMessage } from "../../../lambdas/shared/lanes/store-messages.ts";
import type { Clock, Ledger } from "../../../lambdas/shared/ports.ts";
import type { Inspection, Quarantined } from "../ports.ts";
import { entryId } from "./entry-id.ts";
import { type Direction, directionOf, numbersOf } from "./find-ticket.ts";
import { iso } from "./operator-error.ts";

export interface HeldDeps extends ApartDeps {
  readonly ledger: Pick<Ledger, "held" | "headOf" | "open" | "entry">;
}

export interface HeldTicket {
  readonly ensonoNumber: string | null;
  readonly clientNumber: string | null;
  readonly direction: Direction;
  readonly since: string;
  readonly code: string;
  readonly reason: string;
  /** What holds the ticket, for `skip`. */
  readonly entry: string;
  /** How many entries of the ticket wait behind it; `25` may be more. */
  readonly behind: number;
}

export interface ApartMessage {
  readonly id: string;
  readonly since: string;
  readonly reason: string;
}

export interface Held {
  readonly held: readonly HeldTicket[];
  /** Messages of Ensono's queue that belong to no ticket (Q6), but for those that were replayed since. */
  readonly apart: readonly ApartMessage[];
}

export const MOST_HELD = 1_000;

/** What waits for a person, the longest held first (R3). */
export const listHeld = async (deps: HeldDeps): Promise<Held> => {
  const lanes = await deps.ledger.held(MOST_HELD);
  const held = await Promise.all(
    lanes.map(async ({ lane, since }): Promise<HeldTicket[]> => {
      const { head, entries } = await deps.ledger.open(lane);
      // The list is eventually consistent: it may have been released since.
      if (head.held === undefined) return [];
      const { code, reason, order } = head.held;
      const { ensonoNumber = null, clientNumber = null } = numbersOf(head);
      return [
        {
          ensonoNumber,
          clientNumber,
          direction: directionOf(lane),
          since: iso(since),
          code,
          reason,
          entry: entryId({ lane, order }, deps.digest),
          behind: entries.filter((entry) => entry.order > order).length,
        },
      ];
    }),
  );
  const apart = (await keptApart(deps)).map(({ id, reason, at }) => ({ id, reason, since: iso(at) }));
  return { held: held.flat(), apart };
};

export interface ApartDeps {
  readonly ledger: Pick<Ledger, "entry">;
  readonly inspection: Pick<Inspection, "quarantined">;
  readonly clientName: string;
  readonly clock: Clock;
  readonly digest: Digest;
}

/** Messages that are still apart; those whose lane has them by now are not. */
export const keptApart = async (deps: ApartDeps): Promise<readonly Quarantined[]> => {
  const all = await deps.inspection.quarantined();
  const known = await Promise.all(
    all.map(async ({ message }) => {
      const { lane, arrival } = placeMessage(message, deps);
      return lane === undefined ? undefined : deps.ledger.entry(lane, arrival.order);
    }),
  );
  return all.filter((_, nth) => known[nth] === undefined);
};
