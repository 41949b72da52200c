import type { EntryEvent } from "../../../lambdas/shared/domain/entry-events.ts";
import type { EventBus, EventDeadLetters, Refusal, UntoldChange } from "../../../lambdas/shared/ports.ts";

export interface RecordedBus extends EventBus {
  readonly events: readonly EntryEvent[];
  /** Refuses what is published as the so many-th event from now on. */
  refuse(nth: number, refusal: Refusal): void;
}

/** A bus that keeps what it takes, and leaves untried what comes after a failure. */
export const recordedBus = (): RecordedBus => {
  const events: EntryEvent[] = [];
  let refusals = new Map<number, Refusal>();
  return {
    events,
    refuse: (nth, refusal) => void refusals.set(nth, refusal),
    async publish(given) {
      let hasFailed = false;
      const answers = given.map((event, place) => {
        const refusal = hasFailed ? { code: "untried", message: "", isFinal: false } : refusals.get(place);
        if (refusal === undefined) events.push(event);
        hasFailed ||= refusal?.isFinal === false;
        return refusal;
      });
      refusals = new Map();
      return answers;
    },
  };
};

/** Keeps dead letters, unless it is told to fail. */
export const recordedDeadLetters = (): EventDeadLetters & { letters: UntoldChange[]; fails: boolean } => {
  const letters: UntoldChange[] = [];
  return {
    letters,
    fails: false,
    async keep(untold) {
      if (this.fails) throw new Error("the queue is gone");
      letters.push(untold);
    },
  };
};
