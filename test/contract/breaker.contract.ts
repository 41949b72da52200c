import { describe, expect, it } from "vitest";
import type { Side } from "../../lambdas/shared/domain/lane.ts";
import type { Breaker } from "../../lambdas/shared/ports.ts";

const NOW = Date.UTC(2026, 10, 2, 15, 4, 5);
const MINUTE = 60_000;
const THRESHOLD = 3;

export const breakerOptions = { threshold: THRESHOLD, probeSeconds: 60, configurationProbeSeconds: 300 };

const down = { reason: "503 Service Unavailable", atOnce: false };
const forbidden = { reason: "Forbidden", atOnce: true };

/** What every `Breaker` does, made with `breakerOptions`; see `lambdas/shared/ports.ts`. */
export const breakerContract = (name: string, start: () => Promise<Breaker>): void => {
  const fail = async (breaker: Breaker, times: number, side: Side = "ensono") => {
    for (let time = 0; time < times; time++) await breaker.failed(side, down, NOW);
  };
  const opened = async () => {
    const breaker = await start();
    await fail(breaker, THRESHOLD);
    return breaker;
  };

  describe(`the contract of Breaker: ${name}`, () => {
    it("[R2] lets all through until the threshold is reached", async () => {
      const breaker = await start();
      expect(await breaker.admit("ensono", NOW)).toBe("go");
      await fail(breaker, THRESHOLD - 1);
      expect(await breaker.admit("ensono", NOW)).toBe("go");
      expect(await breaker.isOpen("ensono", NOW)).toBe(false);
      await fail(breaker, 1);
      expect(await breaker.admit("ensono", NOW)).toEqual({ until: NOW + MINUTE });
      expect(await breaker.isOpen("ensono", NOW)).toBe(true);
    });

    it("[R2] counts failures in a row only", async () => {
      const breaker = await start();
      await fail(breaker, THRESHOLD - 1);
      await breaker.succeeded("ensono", NOW);
      await fail(breaker, THRESHOLD - 1);
      expect(await breaker.isOpen("ensono", NOW)).toBe(false);
    });

    it("[R2] counts failures of callers that fail at the same time", async () => {
      const breaker = await start();
      await Promise.all(Array.from({ length: 20 }, () => breaker.failed("ensono", down, NOW)));
      expect(await breaker.admit("ensono", NOW)).toEqual({ until: NOW + MINUTE });
    });

    it("keeps the two sides apart", async () => {
      const breaker = await opened();
      expect(await breaker.admit("client", NOW)).toBe("go");
      await breaker.succeeded("client", NOW);
      expect(await breaker.isOpen("ensono", NOW)).toBe(true);
    });

    it("[R2] lets one of many callers probe, once a minute", async () => {
      const breaker = await opened();
      for (const minute of [1, 2]) {
        const now = NOW + minute * MINUTE;
        expect(await breaker.admit("ensono", now - 1)).toEqual({ until: now });
        const answers = await Promise.all(Array.from({ length: 8 }, () => breaker.admit("ensono", now)));
        expect(answers.filter((answer) => answer === "go")).toHaveLength(1);
        expect(answers).toContainEqual({ until: now + MINUTE });
      }
    });

    it("takes no probe by looking", async () => {
      const breaker = await opened();
      expect(await breaker.isOpen("ensono", NOW + MINUTE)).toBe(true);
      expect(await breaker.admit("ensono", NOW + MINUTE)).toBe("go");
      expect(await breaker.isOpen("ensono", NOW + MINUTE)).toBe(true);
    });

    it("[R2] closes with the first success", async () => {
      const breaker = await opened();
      await breaker.admit("ensono", NOW + MINUTE);
      await breaker.succeeded("ensono", NOW + MINUTE);
      expect(await breaker.isOpen("ensono", NOW + MINUTE)).toBe(false);
      const answers = await Promise.all(Array.from({ length: 3 }, () => breaker.admit("ensono", NOW + MINUTE)));
      expect(answers).toEqual(["go", "go", "go"]);
      await fail(breaker, THRESHOLD - 1);
      expect(await breaker.isOpen("ensono", NOW + MINUTE)).toBe(false);
    });

    it("[R2] stays open when the probe fails, and the next one comes no sooner", async () => {
      const breaker = await opened();
      await breaker.admit("ensono", NOW + MINUTE);
      await breaker.failed("ensono", down, NOW + MINUTE);
      expect(await breaker.admit("ensono", NOW + 2 * MINUTE - 1)).toEqual({ until: NOW + 2 * MINUTE });
      await breaker.failed("ensono", down, NOW);
      expect(await breaker.admit("ensono", NOW + 2 * MINUTE - 1)).toEqual({ until: NOW + 2 * MINUTE });
    });

    it("[E13] opens at once when our configuration is at fault, and probes less often", async () => {
      const breaker = await start();
      await breaker.failed("ensono", forbidden, NOW);
      const probe = NOW + 5 * MINUTE;
      expect(await breaker.admit("ensono", probe - 1)).toEqual({ until: probe });
      expect(await breaker.admit("ensono", probe)).toBe("go");
      expect(await breaker.admit("ensono", probe)).toEqual({ until: probe + 5 * MINUTE });
    });

    it("[E13] probes less often when that turns out while it is open", async () => {
      const breaker = await opened();
      await breaker.admit("ensono", NOW + MINUTE);
      await breaker.failed("ensono", forbidden, NOW + MINUTE);
      expect(await breaker.admit("ensono", NOW + 2 * MINUTE)).toEqual({ until: NOW + 6 * MINUTE });
      await breaker.failed("ensono", down, NOW + 2 * MINUTE);
      expect(await breaker.admit("ensono", NOW + 2 * MINUTE)).toEqual({ until: NOW + 6 * MINUTE });
    });

    it("takes a success as it is, when nothing was wrong", async () => {
      const breaker = await start();
      await breaker.succeeded("ensono", NOW);
      expect(await breaker.admit("ensono", NOW)).toBe("go");
    });
  });
};
