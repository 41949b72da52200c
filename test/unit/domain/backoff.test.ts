import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTimeToGiveUp, waitBeforeRetry } from "../../../lambdas/shared/domain/backoff.ts";

const policy = { firstSeconds: 60, longestSeconds: 1800, giveUpDays: 14 };
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("waiting before a retry", () => {
  it.each([
    [1, 60, 120],
    [2, 120, 240],
    [3, 240, 480],
    [5, 960, 1800],
    [6, 1800, 1800],
    [1000, 1800, 1800],
  ])("[E13] after %i attempts: from %i to %i s", (attempts, least, most) => {
    expect(waitBeforeRetry(attempts, 0, policy)).toBe(least * 1000);
    return fc.assert(
      fc.property(random, (chance) => {
        const wait = waitBeforeRetry(attempts, chance, policy);
        expect(wait).toBeGreaterThanOrEqual(least * 1000);
        expect(wait).toBeLessThanOrEqual(most * 1000);
      }),
    );
  });

  it("[E13] never gets shorter with more attempts", () => {
    return fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), random, (attempts, chance) => {
        const [wait, next] = [attempts, attempts + 1].map((tried) => waitBeforeRetry(tried, chance, policy));
        expect(next).toBeGreaterThanOrEqual(wait ?? 0);
      }),
    );
  });
});

it.each([
  [14 * 86_400_000 - 1, false],
  [14 * 86_400_000, true],
])("[E13] after failing for %i ms, it is time to give up: %s", (failingFor, isTime) => {
  expect(isTimeToGiveUp(1_000, 1_000 + failingFor, policy)).toBe(isTime);
});
