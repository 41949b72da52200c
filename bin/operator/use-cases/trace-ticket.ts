import type { Entry, Head } from "../../../lambdas/shared/domain/entry.ts";
import { isFinished } from "../../../lambdas/shared/domain/entry.ts";
import type { Lane } from "../../../lambdas/shared/domain/lane.ts";
import type { Digest } from "../../../lambdas/shared/domain/marks.ts";
import type { Clock, Ledger } from "../../../lambdas/shared/ports.ts";
import type { AuditEntry, AuditLog, Inspection } from "../ports.ts";
import { entryId } from "./entry-id.ts";
import { type Direction, directionOf, findTicket, type Ticket } from "./find-ticket.ts";
import { iso, isoOf } from "./operator-error.ts";
import { type ToldEntry, tellEntry } from "./tell-entry.ts";

export interface TraceDeps {
  readonly ledger: Pick<Ledger, "headOf">;
  readonly inspection: Pick<Inspection, "entries" | "transfers">;
  readonly audit: Pick<AuditLog, "of">;
  readonly clock: Clock;
  readonly digest: Digest;
}

export interface ToldLane {
  readonly lane: Lane;
  readonly direction: Direction;
  readonly state: "idle" | "waiting" | "at work" | "held";
  /** How many entries are not finished. */
  readonly unfinished: number;
  /** The lane is not tried before. */
  readonly notBefore?: string;
  readonly held?: { readonly entry: string; readonly since: string; readonly code: string; readonly reason: string };
  /** The ticket that has taken this one's place. */
  readonly replacedBy?: string;
}

export interface ToldCommand extends Omit<AuditEntry, "at"> {
  readonly kind: "command";
  readonly at: string;
}

export interface Trace {
  readonly ensonoNumber: string | null;
  readonly clientNumber: string | null;
  readonly formerNumbers: readonly string[];
  readonly ticketType: string | null;
  readonly status: string | null;
  readonly linkedAt?: string;
  readonly lanes: readonly ToldLane[];
  /** All that happened, the oldest first. */
  readonly story: readonly (ToldEntry | ToldCommand)[];
}

/** The whole story of a ticket, by either number (L1). Throws OperatorError when nobody knows it. */
export const traceTicket = async (number: string, deps: TraceDeps): Promise<Trace> => {
  const ticket = await findTicket(number, deps);
  const now = deps.clock();
  const heads = ticket.heads.toSorted((one, other) => (one.lane > other.lane ? -1 : 1));
  const lanes = await Promise.all(heads.map((head) => readLane(head, now, deps)));
  const commands = (await Promise.all(ticket.heads.map(({ lane }) => deps.audit.of(lane)))).flat();
  const once = [...new Map(commands.map((command) => [command.id, command])).values()];
  const story = [...lanes.flatMap(({ told }) => told), ...once.map(tellCommand)];
  return {
    ensonoNumber: ticket.ensonoNumber ?? null,
    clientNumber: ticket.clientNumber ?? null,
    formerNumbers: ticket.formerNumbers,
    ...summaryOf(ticket),
    lanes: lanes.map(({ lane }) => lane),
    story: story.toSorted(byTime),
  };
};

/** What is owed came out of another entry, and often in the same moment. */
const byTime = (one: Trace["story"][number], other: Trace["story"][number]): number => {
  const [before, after] = [one, other].map((item) => {
    const isOwed = item.kind === "entry" && item.what.endsWith("owed");
    return `${item.at} ${isOwed ? 1 : 0} ${item.kind === "entry" ? item.order : item.id}`;
  });
  return (before ?? "") < (after ?? "") ? -1 : 1;
};

const summaryOf = ({ heads }: Ticket): Pick<Trace, "ticketType" | "status" | "linkedAt"> => {
  const statuses = heads.flatMap(({ status }) => status ?? []).toSorted((one, other) => other.at - one.at);
  return {
    ticketType: heads.find(({ ticketType }) => ticketType !== undefined)?.ticketType ?? null,
    status: statuses[0]?.value ?? null,
    ...isoOf("linkedAt", heads.find(({ linkedAt }) => linkedAt !== undefined)?.linkedAt),
  };
};

const readLane = async (head: Head, now: number, { inspection, digest }: TraceDeps) => {
  const [entries, transfers] = await Promise.all([inspection.entries(head.lane), inspection.transfers(head.lane)]);
  return {
    lane: tellLane(head, entries, now, digest),
    told: entries.map((entry) => tellEntry(entry, transfers, { digest, now })),
  };
};

const tellLane = (head: Head, entries: readonly Entry[], now: number, digest: Digest): ToldLane => {
  const { lane, held, notBefore = 0, attempting, replacedBy } = head;
  const unfinished = entries.filter((entry) => !isFinished(entry)).length;
  const isAtWork = (attempting?.until ?? 0) > now;
  const open = isAtWork ? "at work" : "waiting";
  return {
    lane,
    direction: directionOf(lane),
    state: held !== undefined ? "held" : unfinished === 0 ? "idle" : open,
    unfinished,
    ...(notBefore > now && unfinished > 0 ? { notBefore: iso(notBefore) } : {}),
    ...(held === undefined
      ? {}
      : {
          held: {
            entry: entryId({ lane, order: held.order }, digest),
            since: iso(held.at),
            code: held.code,
            reason: held.reason,
          },
        }),
    ...(replacedBy === undefined ? {} : { replacedBy }),
  };
};

const tellCommand = ({ at, ...entry }: AuditEntry): ToldCommand => ({ kind: "command", ...entry, at: iso(at) });
