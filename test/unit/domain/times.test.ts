import { describe, expect, it } from "vitest";
import { localise, readUtc } from "../../../lambdas/shared/domain/times.ts";

describe("local times", () => {
  it.each([
    ["2023-01-27T22:24:53Z", "America/Chicago", "2023-01-27T16:24:53-06:00"],
    ["2023-07-27T22:24:53Z", "America/Chicago", "2023-07-27T17:24:53-05:00"],
    ["2023-03-26T00:59:59Z", "Europe/London", "2023-03-26T00:59:59+00:00"],
    ["2023-03-26T01:00:00Z", "Europe/London", "2023-03-26T02:00:00+01:00"],
    ["2023-01-27T23:00:00Z", "Asia/Kolkata", "2023-01-28T04:30:00+05:30"],
    ["2023-12-31T12:00:00Z", "Pacific/Kiritimati", "2024-01-01T02:00:00+14:00"],
    ["2023-01-27T00:00:00Z", "UTC", "2023-01-27T00:00:00+00:00"],
  ])("[T9] %s in %s is %s", (utc, zone, local) => {
    const localised = localise(Date.parse(utc), zone);
    expect(localised).toEqual({ utc: utc.replace("Z", ".000Z"), local, zone });
    expect(Date.parse(localised.local)).toBe(Date.parse(utc));
  });

  it("an unknown zone is refused", () => {
    expect(() => localise(0, "Mars/Olympus")).toThrow(RangeError);
  });
});

describe("Ensono's times", () => {
  it.each([
    ["2023-01-27T22:24:53Z", "2023-01-27T22:24:53Z"],
    ["2023-01-27T22:24:53", "2023-01-27T22:24:53Z"],
    [" 2023-01-27 22:24:53 ", "2023-01-27T22:24:53Z"],
    ["2023-01-27T22:24:53.5Z", "2023-01-27T22:24:53.500Z"],
  ])("[T9] %j is UTC, whether it says so or not", (text, utc) => {
    expect(readUtc(text)).toBe(Date.parse(utc));
  });

  it.each(["", "tomorrow", "2023-01-27", "27.01.2023 22:24:53", "2023-01-27T22:24:53+01:00", "2023-02-30T99:00:00Z"])(
    "%j is none",
    (text) => {
      expect(readUtc(text)).toBeUndefined();
    },
  );
});
