import type { CallRecord } from "./domain/entry.ts";

/** The part of `ports.ts` that is about how the work goes on; the same holds for what its methods throw. */

/** What passes between us and others, for the journal (L1). */
export interface Exchanges {
  /** Runs it, and gives the calls that it made. `ended` gives its result, or throws what it threw. */
  during<Result>(run: () => Promise<Result>): Promise<{ calls: readonly CallRecord[]; ended: () => Result }>;
}
