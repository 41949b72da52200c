import type { CallRecord } from "./domain/entry.ts";
import type { Side } from "./domain/lane.ts";

/** The part of `ports.ts` that is about how the work goes on; the same holds for what its methods throw. */

/** What may be down on its own: Ensono's queue stands before its tickets, and often works when they do not. */
export type Counterpart = Side | "ensono-queue";

/** Who has an operator's command carried out, why, and when. */
export interface Order {
  readonly who: string;
  readonly why: string;
  readonly now: number;
}

export interface BreakerState {
  /** While it is open: since when and why, and when the next probe may be made. */
  readonly open: { readonly since: number; readonly reason: string; readonly probeAt: number } | undefined;
  /** While an operator has it paused. */
  readonly paused: { readonly who: string; readonly why: string; readonly at: number } | undefined;
}

/** Stops us from hammering what is down or refuses our key (R2): shared by all functions, one per counterpart. */
export interface Breaker {
  /** `go`, also for the one caller a minute that may probe; otherwise when to ask again (epoch ms). Paused, it admits nobody. */
  admit(side: Counterpart, now: number): Promise<"go" | { until: number }>;
  succeeded(side: Counterpart, now: number): Promise<void>;
  /** Counts one failure of the side as a whole; `atOnce` opens it without counting (configuration errors). */
  failed(side: Counterpart, failure: { reason: string; atOnce: boolean }, now: number): Promise<void>;
  /** How it stands; open also when a probe is due. Takes no probe. */
  state(side: Counterpart): Promise<BreakerState>;
  /** Operator: stops all calls to the side until it is resumed. What is under way ends. Idempotent; the last one's words stay. */
  pause(side: Counterpart, by: Order): Promise<void>;
  /** Operator: lets calls go again, as far as the side works. Resolves to false when it is not paused. */
  resume(side: Counterpart): Promise<boolean>;
}

/** What passes between us and others, for the journal (L1). */
export interface Exchanges {
  /** Runs it, and gives the calls that it made. `ended` gives its result, or throws what it threw. */
  during<Result>(run: () => Promise<Result>): Promise<{ calls: readonly CallRecord[]; ended: () => Result }>;
}
