import type { Side } from "../../../lambdas/shared/domain/lane.ts";
import type { Breaker, BreakerState, Counterpart, Ledger, PollLog } from "../../../lambdas/shared/ports.ts";
import { type Direction, directionOf } from "./find-ticket.ts";
import { type ApartDeps, keptApart, MOST_HELD } from "./list-held.ts";
import { iso, isoOf } from "./operator-error.ts";

export interface StatusDeps extends ApartDeps {
  readonly ledger: Pick<Ledger, "due" | "held" | "open" | "entry">;
  readonly breaker: Pick<Breaker, "state">;
  readonly pollLog: Pick<PollLog, "emptiedFrom">;
}

export interface Working {
  /** `down`: calls fail, and but for a probe now and then none is made. `paused`: an operator wants none. */
  readonly state: "working" | "down" | "paused";
  readonly since?: string;
  readonly why?: string;
  readonly who?: string;
  readonly nextProbe?: string;
}

export interface DirectionStatus extends Working {
  readonly direction: Direction;
  /** Tickets with unfinished work, but for held ones. */
  readonly tickets: number;
  /** Their unfinished entries; of many tickets, those that were counted. */
  readonly entries: number;
  /** False when there are more tickets than were counted. */
  readonly complete: boolean;
  /** When the oldest unfinished entry came. */
  readonly oldest?: string;
  readonly held: number;
}

export interface Status {
  readonly at: string;
  readonly directions: readonly DirectionStatus[];
  /** Reading Ensono's queue. */
  readonly reading: Working & { /** When the last reading to the end had begun. */ readonly emptied?: string };
  readonly held: number;
  /** Messages that are kept apart. */
  readonly apart: number;
}

const MOST_LANES = 10_000;
/** So many of the longest due lanes are looked into. */
const MOST_OPENED = 200;
const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** How the bridge stands: what waits, what is down, what is paused, what is held. */
export const readStatus = async (deps: StatusDeps): Promise<Status> => {
  const held = await deps.ledger.held(MOST_HELD);
  const heldIn = (direction: Direction) => held.filter(({ lane }) => directionOf(lane) === direction).length;
  const [toClient, toEnsono, reading, emptied, apart] = await Promise.all([
    directionStatus("to-client", "client", heldIn("to-client"), deps),
    directionStatus("to-ensono", "ensono", heldIn("to-ensono"), deps),
    working("ensono-queue", deps),
    deps.pollLog.emptiedFrom(),
    keptApart(deps),
  ]);
  return {
    at: iso(deps.clock()),
    directions: [toClient, toEnsono],
    reading: { ...reading, ...isoOf("emptied", emptied) },
    held: held.length,
    apart: apart.length,
  };
};

const directionStatus = async (
  direction: Direction,
  towards: Side,
  held: number,
  deps: StatusDeps,
): Promise<DirectionStatus> => {
  const { ledger } = deps;
  const due = await ledger.due(towards, FOR_EVER, MOST_LANES);
  const opened = await Promise.all(due.slice(0, MOST_OPENED).map(({ lane }) => ledger.open(lane)));
  const entries = opened.flatMap((lane) => lane.entries);
  const oldest = entries.length === 0 ? undefined : Math.min(...entries.map(({ receivedAt }) => receivedAt));
  const isCounted = due.length <= MOST_OPENED && opened.every(({ more }) => !more);
  return {
    direction,
    ...(await working(towards, deps)),
    // A lane stays due for a moment after its last entry is done.
    tickets: due.length - opened.filter((lane) => lane.entries.length === 0).length,
    entries: entries.length,
    complete: isCounted && due.length < MOST_LANES,
    ...isoOf("oldest", oldest),
    held,
  };
};

const working = async (side: Counterpart, { breaker }: StatusDeps): Promise<Working> =>
  tellState(await breaker.state(side));

const tellState = ({ open, paused }: BreakerState): Working => {
  if (paused !== undefined) return { state: "paused", since: iso(paused.at), why: paused.why, who: paused.who };
  if (open === undefined) return { state: "working" };
  return { state: "down", since: iso(open.since), why: open.reason, nextProbe: iso(open.probeAt) };
};
