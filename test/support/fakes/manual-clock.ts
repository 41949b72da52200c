import type { Clock } from "../../../lambdas/shared/ports.ts";

export interface ManualClock {
  readonly now: Clock;
  /** Lets time pass. */
  advance(by: { seconds?: number; minutes?: number; hours?: number }): void;
}

/** A clock that stands still until it is told to move. */
export const manualClock = (start: number): ManualClock => {
  let now = start;
  return {
    now: () => now,
    advance({ seconds = 0, minutes = 0, hours = 0 }) {
      now += ((hours * 60 + minutes) * 60 + seconds) * 1000;
    },
  };
};
