import * as z from "zod";
import { OperatorError } from "./use-cases/operator-error.ts";

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const momentSchema = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).transform((text) => Date.parse(text));

/**
 * Reads a moment of the past: `90m`, `2h`, `3d` ago, a date (UTC), or a date and time with its zone. Gives epoch milliseconds.
 *
 * @throws OperatorError saying what was expected.
 */
export const readSince = (text: string, now: number): number => {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const since =
    unit === "m" || unit === "h" || unit === "d"
      ? now - Number(count) * UNIT_MS[unit]
      : momentSchema.safeParse(text).data;
  if (since === undefined) {
    throw new OperatorError(
      `expected 90m, 2h, 3d, 2026-11-24, or a time with its zone such as 2026-11-24T12:00:00Z, got "${text}"`,
    );
  }
  if (since > now) throw new OperatorError(`expected a moment of the past, got "${text}"`);
  return since;
};
