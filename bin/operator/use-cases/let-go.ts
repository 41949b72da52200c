import { isFinished } from "../../../lambdas/shared/domain/entry.ts";
import type { Digest } from "../../../lambdas/shared/domain/marks.ts";
import type { Ledger } from "../../../lambdas/shared/ports.ts";
import type { By, Inspection } from "../ports.ts";
import { type AuditDeps, audited } from "./audited.ts";
import { entryId, findEntry } from "./entry-id.ts";
import { findTicket, numbersOf } from "./find-ticket.ts";
import { OperatorError } from "./operator-error.ts";

/** The two ways out of a hold (R3). */

export interface LetGoDeps extends AuditDeps {
  readonly ledger: Pick<Ledger, "headOf" | "release" | "skip">;
  readonly inspection: Pick<Inspection, "entries">;
  readonly digest: Digest;
}

export interface Released {
  readonly released: readonly { readonly entry: string; readonly code: string; readonly reason: string }[];
}

/** Lets a held ticket go on with the entry that held it. Throws OperatorError when the ticket is unknown or not held. */
export const releaseTicket = async (number: string, by: By, deps: LetGoDeps): Promise<Released> => {
  const { heads } = await findTicket(number, deps);
  const held = heads.flatMap(({ lane, held: hold }) => (hold === undefined ? [] : [{ lane, hold }]));
  if (held.length === 0) throw new OperatorError(`${number}: nothing of this ticket is held; see trace ${number}`);
  const lanes = held.map(({ lane }) => lane);
  return audited({ command: `release ${number}`, lanes }, by, deps, async (order) => {
    const released: Released["released"][number][] = [];
    for (const { lane, hold } of held) {
      if (!(await deps.ledger.release(lane, order))) continue;
      const { code, reason } = hold;
      released.push({ entry: entryId({ lane, order: hold.order }, deps.digest), code, reason });
    }
    return {
      result: { released },
      outcome: released.length === 0 ? "released by somebody else meanwhile" : "released",
    };
  });
};

export interface Skipped {
  readonly entry: string;
  readonly ensonoNumber: string | null;
  readonly clientNumber: string | null;
  /** Why the ticket was held by it; null when it was not. */
  readonly wasHeldBy: string | null;
}

/** Passes over one entry, which then has no effect, or no further one. Throws OperatorError when there is nothing to skip. */
export const skipEntry = async (id: string, by: By, deps: LetGoDeps): Promise<Skipped> => {
  const entry = await findEntry(id, deps);
  const name = entryId(entry, deps.digest);
  if (isFinished(entry))
    throw new OperatorError(`${name}: this entry is ${entry.status} already; nothing is left to skip`);
  const head = await deps.ledger.headOf(entry.lane);
  const hold = head?.held?.order === entry.order ? head.held : undefined;
  return audited({ command: `skip ${name}`, lanes: [entry.lane] }, by, deps, async (order) => {
    if (!(await deps.ledger.skip(entry.lane, entry.order, order))) {
      throw new OperatorError(`${name}: it was finished meanwhile; nothing is left to skip`);
    }
    const { ensonoNumber = null, clientNumber = null } = numbersOf(head ?? { lane: entry.lane });
    return {
      result: { entry: name, ensonoNumber, clientNumber, wasHeldBy: hold?.reason ?? null },
      outcome: "skipped",
    };
  });
};
