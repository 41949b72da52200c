import { describe, expect, it } from "vitest";
import { readSince } from "../../../bin/operator/since.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const MINUTE = 60_000;

describe("since when", () => {
  it.each([
    ["90m", NOW - 90 * MINUTE],
    ["2h", NOW - 120 * MINUTE],
    ["3d", NOW - 3 * 24 * 60 * MINUTE],
    ["0m", NOW],
    ["2026-11-24", Date.parse("2026-11-24T00:00:00Z")],
    ["2026-11-24T11:30:00Z", NOW - 30 * MINUTE],
    ["2026-11-24T13:30:00+02:00", NOW - 30 * MINUTE],
  ])("%s", (text, since) => {
    expect(readSince(text, NOW)).toBe(since);
  });

  it.each(["yesterday", "", "2", "2w", "-2h", "2026-13-01", "2026-11-24T11:30", "24.11.2026", "2h ago"])(
    "refuses what it does not understand: %s",
    (text) => {
      expect(() => readSince(text, NOW)).toThrow(/^expected 90m, 2h, 3d, 2026-11-24, or a time with its zone/);
    },
  );

  it("refuses the future", () => {
    expect(() => readSince("2026-11-25", NOW)).toThrow("expected a moment of the past");
  });
});
