import type { LocalisedTime } from "./steps.ts";

const parts = (zone: string) =>
  new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "longOffset",
  });

/** Gives a moment in UTC and in the zone (T9). Takes epoch milliseconds and an IANA zone name; throws RangeError on an unknown zone. */
export const localise = (epochMs: number, zone: string): LocalisedTime => {
  const at = Object.fromEntries(
    parts(zone)
      .formatToParts(epochMs)
      .map((part) => [part.type, part.value]),
  );
  // Engines write the offset of UTC itself as "GMT" or as "GMT+00:00".
  const offset = String(at.timeZoneName).slice("GMT".length) || "+00:00";
  return {
    utc: new Date(epochMs).toISOString(),
    local: `${at.year}-${at.month}-${at.day}T${at.hour}:${at.minute}:${at.second}${offset}`,
    zone,
  };
};

const UTC_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?$/;

/** Reads a time as Ensono writes it, always in UTC, whether it says so or not; undefined where it is none. */
export const readUtc = (text: string): number | undefined => {
  const trimmed = text.trim();
  if (!UTC_TIME.test(trimmed)) return undefined;
  const epochMs = Date.parse(`${trimmed.replace(" ", "T").replace(/Z$/, "")}Z`);
  return Number.isNaN(epochMs) ? undefined : epochMs;
};
