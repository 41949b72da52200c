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
  const isOpen = async (breaker: Breaker, side: Side) => (await breaker.state(side)).open !== undefined;
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
      expect(await isOpen(breaker, "ensono")).toBe(false);
      await fail(breaker, 1);
      expect(await breaker.admit("ensono", NOW)).toEqual({ until: NOW + MINUTE });
      expect(await isOpen(breaker, "ensono")).toBe(true);
    });

    it("[R2] counts failures in a row only", async () => {
      const breaker = await start();
      await fail(breaker, THRESHOLD - 1);
      await breaker.succeeded("ensono", NOW);
      await fail(breaker, THRESHOLD - 1);
      expect(await isOpen(breaker, "ensono")).toBe(false);
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
      expect(await isOpen(breaker, "ensono")).toBe(true);
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
      expect(await isOpen(breaker, "ensono")).toBe(true);
      expect(await breaker.admit("ensono", NOW + MINUTE)).toBe("go");
      expect(await isOpen(breaker, "ensono")).toBe(true);
    });

    it("[R2] closes with the first success", async () => {
      const breaker = await opened();
      await breaker.admit("ensono", NOW + MINUTE);
      await breaker.succeeded("ensono", NOW + MINUTE);
      expect(await isOpen(breaker, "ensono")).toBe(false);
      const answers = await Promise.all(Array.from({ length: 3 }, () => breaker.admit("ensono", NOW + MINUTE)));
      expect(answers).toEqual(["go", "go", "go"]);
      await fail(breaker, THRESHOLD - 1);
      expect(await isOpen(breaker, "ensono")).toBe(false);
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

    const ada = { who: "ada", why: "maintenance", now: NOW };
    const closed = { open: undefined, paused: undefined };

    it("says how it stands, and takes no probe by that", async () => {
      const breaker = await opened();
      expect(await breaker.state("client")).toEqual(closed);
      expect(await breaker.state("ensono")).toEqual({
        open: { since: NOW, reason: down.reason, probeAt: NOW + MINUTE },
        paused: undefined,
      });
      expect(await breaker.admit("ensono", NOW + MINUTE)).toBe("go");
    });

    it("paused, admits nobody, not even a probe, until it is resumed", async () => {
      const breaker = await start();
      await breaker.pause("client", ada);
      expect(await breaker.state("client")).toEqual({
        open: undefined,
        paused: { who: "ada", why: "maintenance", at: NOW },
      });
      for (const now of [NOW, NOW + 10 * MINUTE]) {
        expect(await breaker.admit("client", now)).toEqual({ until: now + MINUTE });
      }
      expect(await breaker.admit("ensono", NOW)).toBe("go");
      expect(await breaker.resume("client")).toBe(true);
      expect(await breaker.admit("client", NOW)).toBe("go");
      expect(await breaker.state("client")).toEqual(closed);
    });

    it("is no more open for being paused, and stays open when it is resumed", async () => {
      const breaker = await opened();
      await breaker.pause("ensono", ada);
      await breaker.pause("client", ada);
      expect(await isOpen(breaker, "client")).toBe(false);
      expect(await breaker.admit("ensono", NOW + MINUTE)).toEqual({ until: NOW + 2 * MINUTE });
      await breaker.resume("ensono");
      expect(await isOpen(breaker, "ensono")).toBe(true);
      expect(await breaker.admit("ensono", NOW + MINUTE)).toBe("go");
    });

    it("[R2] counts what ends while it is paused", async () => {
      const breaker = await start();
      await breaker.pause("ensono", ada);
      await fail(breaker, THRESHOLD);
      expect(await breaker.state("ensono")).toMatchObject({ open: { since: NOW }, paused: { who: "ada" } });
      await breaker.succeeded("ensono", NOW);
      expect(await breaker.state("ensono")).toMatchObject({ open: undefined, paused: { who: "ada" } });
    });

    it("keeps the words of whoever paused it last, and says so when there is nothing to resume", async () => {
      const breaker = await start();
      expect(await breaker.resume("ensono-queue")).toBe(false);
      await breaker.pause("ensono-queue", ada);
      await breaker.pause("ensono-queue", { ...ada, who: "bob" });
      expect(await breaker.state("ensono-queue")).toMatchObject({ paused: { who: "bob" } });
      expect(await breaker.resume("ensono-queue")).toBe(true);
      expect(await breaker.resume("ensono-queue")).toBe(false);
    });

    it("takes a success as it is, when nothing was wrong", async () => {
      const breaker = await start();
      await breaker.succeeded("ensono", NOW);
      expect(await breaker.admit("ensono", NOW)).toBe("go");
    });
  });
};
