import { describe, expect, it } from "vitest";
import type { PollLog } from "../../lambdas/shared/ports.ts";

const NOW = Date.UTC(2026, 10, 2, 15, 4, 5);
const UNTIL = NOW + 60_000;

/** What every `PollLog` does; see `lambdas/shared/ports.ts`. */
export const pollLogContract = (name: string, start: () => Promise<PollLog>): void => {
  describe(`the contract of PollLog: ${name}`, () => {
    it("[Q1] lets one of several runs read", async () => {
      const log = await start();
      const runs = ["run-1", "run-2", "run-3", "run-4"];
      const taken = await Promise.all(runs.map((run) => log.take(run, NOW, UNTIL)));
      expect(taken.filter(Boolean)).toHaveLength(1);
    });

    it("[Q1] lets the next run read once the last one has ended", async () => {
      const log = await start();
      await log.take("run-1", NOW, UNTIL);
      expect(await log.take("run-2", NOW, UNTIL)).toBe(false);
      await log.end("run-1", undefined);
      expect(await log.take("run-2", NOW, UNTIL)).toBe(true);
    });

    it("[R1] lets the next run read once the time of one that died is over", async () => {
      const log = await start();
      await log.take("run-1", NOW, UNTIL);
      expect(await log.take("run-2", UNTIL - 1, UNTIL)).toBe(false);
      expect(await log.take("run-2", UNTIL, UNTIL + 60_000)).toBe(true);
    });

    it("[R1] lets the same run take it again, as the SDK does when an answer gets lost", async () => {
      const log = await start();
      await log.take("run-1", NOW, UNTIL);
      expect(await log.take("run-1", NOW, UNTIL)).toBe(true);
    });

    it("[Q1] is not ended by a run whose time is over", async () => {
      const log = await start();
      await log.take("run-1", NOW, UNTIL);
      await log.take("run-2", UNTIL, UNTIL + 60_000);
      await log.end("run-1", NOW);
      expect(await log.take("run-3", UNTIL, UNTIL + 60_000)).toBe(false);
      expect(await log.emptiedFrom()).toBeUndefined();
    });

    it("[E14] remembers when the last run began that found the queue empty", async () => {
      const log = await start();
      expect(await log.emptiedFrom()).toBeUndefined();
      await log.take("run-1", NOW, UNTIL);
      expect(await log.emptiedFrom()).toBeUndefined();
      await log.end("run-1", NOW);
      expect(await log.emptiedFrom()).toBe(NOW);
      await log.take("run-2", NOW + 1, UNTIL);
      await log.end("run-2", undefined);
      expect(await log.emptiedFrom()).toBe(NOW);
    });
  });
};
