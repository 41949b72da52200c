import type { EntryEvent } from "../../shared/domain/entry-events.ts";
import type { Digest } from "../../shared/domain/marks.ts";
import { type EntryChange, type KnownTicket, tellEntry } from "../../shared/domain/tell-entry.ts";
import type {
  Clock,
  EventBus,
  EventDeadLetters,
  Journal,
  KnownTickets,
  Refusal,
  StreamedChange,
  UntoldChange,
} from "../../shared/ports.ts";

export interface PublishDeps {
  readonly tickets: KnownTickets;
  readonly bus: EventBus;
  readonly deadLetters: EventDeadLetters;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly stage: string;
  readonly ticketText: boolean;
}

export interface Published {
  readonly published: number;
  /** Changes that nobody is told of any more; they are among the dead letters. */
  readonly givenUp: number;
  /** From this change on they must come again. Undefined when all are dealt with. */
  readonly retryFrom: string | undefined;
}

/** A deployment may be under way that brings the code which can read what this one cannot. */
const PATIENCE_MS = 15 * 60_000;

/**
 * Publishes what a batch of the ledger's stream tells, in its order, up to the first change that has to wait: what comes before
 * that is dealt with for good. One that can never be published is kept apart and stands in no other's way. Throws when the
 * ledger or the dead letters fail; the whole batch must then come again. What comes again is published again (at least once).
 */
export const publishEntryEvents = async (changes: readonly StreamedChange[], deps: PublishDeps): Promise<Published> => {
  const told = await tellAll(changes, deps);
  const stuckAt = told.findIndex((one) => "fault" in one && deps.clock() - one.at < PATIENCE_MS);
  const ready = stuckAt === -1 ? told : told.slice(0, stuckAt);
  const events = ready.filter((one) => "event" in one);
  const refusals = await deps.bus.publish(events.map(({ event }) => event));
  const failedAt = refusals.findIndex((refusal) => refusal?.isFinal === false);
  const failed = failedAt === -1 ? undefined : events[failedAt];

  const settled = failed === undefined ? ready : ready.slice(0, ready.indexOf(failed));
  const givenUp = settled.flatMap((one) => {
    const reason = "fault" in one ? one.fault : finalReason(refusals[events.indexOf(one)]);
    return reason === undefined ? [] : [{ item: one.item, sequence: one.sequence, reason }];
  });
  for (const untold of givenUp) await giveUp(untold, deps);

  const waiting = failed ?? told[stuckAt];
  if (waiting !== undefined) {
    const reason = "fault" in waiting ? waiting.fault : refusals[failedAt]?.message;
    deps.journal.warn("events put off", { item: waiting.item, sequence: waiting.sequence, reason });
  }
  const published = refusals.filter((refusal) => refusal === undefined).length;
  if (published > 0) deps.journal.info("events published", { published });
  return { published, givenUp: givenUp.length, retryFrom: waiting?.sequence };
};

const finalReason = (refusal: Refusal | undefined): string | undefined =>
  refusal?.isFinal === true ? `${refusal.code}: ${refusal.message}` : undefined;

interface Subject {
  readonly item: string;
  readonly sequence: string;
  readonly at: number;
}
type Told = Subject & ({ readonly event: EntryEvent } | { readonly fault: string });

/** What there is to tell, or why it cannot be told, in the stream's order; each lane's head is read once. */
const tellAll = async (changes: readonly StreamedChange[], deps: PublishDeps): Promise<Told[]> => {
  const lanes = new Set(changes.flatMap((change) => ("entry" in change ? [change.entry.lane] : [])));
  const tickets = new Map(
    await Promise.all([...lanes].map(async (lane) => [lane, await deps.tickets.ticketOf(lane)] as const)),
  );
  return changes.flatMap((change) => {
    if ("irrelevant" in change) return [];
    if ("unreadable" in change) return [{ ...change, fault: change.unreadable }];
    const told = tell(change, tickets.get(change.entry.lane) ?? {}, deps);
    return told === undefined ? [] : [told];
  });
};

const tell = (change: EntryChange, ticket: KnownTicket, deps: PublishDeps): Told | undefined => {
  const { lane, order } = change.entry;
  const subject = { item: `${lane} ${order}`, sequence: change.sequence, at: change.at };
  try {
    const event = tellEntry(change, { ...deps, ticket });
    return event && { ...subject, event };
  } catch (error) {
    return { ...subject, fault: String(error) };
  }
};

const giveUp = async (untold: UntoldChange, deps: PublishDeps): Promise<void> => {
  await deps.deadLetters.keep(untold);
  deps.journal.warn("event given up", { ...untold });
};
