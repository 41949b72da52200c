import type { PollLog } from "../../../lambdas/shared/ports.ts";

/** A poll log that remembers, for tests of what stands on the `PollLog` port. */
export const inMemoryPollLog = (): PollLog => {
  let reading: { runId: string; until: number } | undefined;
  let emptied: number | undefined;

  return {
    async take(runId, now, until) {
      if (reading !== undefined && reading.runId !== runId && reading.until > now) return false;
      reading = { runId, until };
      return true;
    },

    async end(runId, emptiedFrom) {
      if (reading?.runId !== runId) return;
      reading = undefined;
      emptied = emptiedFrom ?? emptied;
    },

    emptiedFrom: async () => emptied,
  };
};
