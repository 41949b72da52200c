import type { RetryPolicy } from "../domain/backoff.ts";
import type { Entry, Head, StepRecord } from "../domain/entry.ts";
import type { Digest } from "../domain/marks.ts";
import type { Decision } from "../domain/steps.ts";
import type { Learnt } from "../domain/ticket-view.ts";
import type { Breaker, Clock, Exchanges, Journal, Ledger, WakeUps } from "../ports.ts";

/** What a direction brings to the walk of its lanes: its rules, its calls, and what it can find out about a call in doubt. */
export interface Direction<Step> {
  /** The rules: what the entry asks for. Reads evidence, changes nothing outside. */
  decide(entry: Entry, heads: Heads): Promise<{ decision: Decision<Step>; learnt: Learnt }>;
  /** Reads a step back from the ledger. */
  readStep(record: StepRecord): Step;
  /** Leaves footprints of the coming call; repeated with the same key for every try. */
  prepare(step: Step, at: StepContext): Promise<void>;
  /** The outside call. */
  perform(step: Step, at: StepContext): Promise<Effect>;
  /** An earlier call of this step may have taken effect: finds out, as far as the other side lets it (R1). */
  lookUp(step: Step, at: StepContext): Promise<LookUp>;
  /** True for a step that calls nobody itself: whether the other side is up is not its business. */
  isLocal(step: Step): boolean;
  /** Other steps in place of one whose group Ensono does not know; undefined when there are none (E13). */
  instead(step: Step): readonly Step[] | undefined;
}

/** Both lanes of a ticket, as an entry finds them; the other one is known once the two numbers are linked. */
export interface Heads {
  readonly head: Head;
  readonly peer: Head | undefined;
  /** The entries that wait behind the one in question, as far as they are known. */
  readonly later: readonly Entry[];
}

export interface StepContext {
  readonly entry: Entry;
  readonly head: Head;
  readonly record: StepRecord;
}

/** What a call did beside what was asked of it. */
export interface Effect {
  /** The number of the ticket that was created on the other side. */
  readonly number?: string;
  /** The ticket was created, and its number comes later. */
  readonly awaitingNumber?: boolean;
  /** The work goes on elsewhere, and makes the lane due when it ends: then the step is looked up. */
  readonly underWay?: boolean;
  /** What became of it that its origin ought to know: a comment of the bridge on the ticket there. */
  readonly tell?: string;
  /** For the journal. */
  readonly note?: string;
}

export type LookUp =
  | { readonly found: Effect }
  /** Send it again; `possibleDouble` when nobody could say whether it took effect. */
  | { readonly resend: true; readonly possibleDouble: boolean }
  | { readonly waitUntil: number; readonly reason: string }
  | { readonly hold: string };

export interface WalkDeps {
  readonly ledger: Ledger;
  readonly breaker: Breaker;
  readonly wakeUps: WakeUps;
  readonly journal: Journal;
  readonly exchanges: Exchanges;
  readonly clock: Clock;
  /** A random number in [0, 1). */
  readonly random: () => number;
  readonly digest: Digest;
  /** Counts values that are in no mapping table (I6). */
  readonly countUnmapped: (count: number) => void;
  readonly retry: RetryPolicy;
  /** How long the sweeper leaves a lane to its wake-up (ms). */
  readonly lostWakeUpMs: number;
  /** What is left of this invocation (ms). */
  readonly timeLeft: () => number;
}

/** How a walk ended. `again`: the lane has more to do, and was woken for it. */
export type WalkEnd = "idle" | "again" | "waiting" | "blocked" | "held" | "lost";
