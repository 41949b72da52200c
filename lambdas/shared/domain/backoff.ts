/**
 * When to try again (E13): the first wait lasts `firstSeconds` to twice that, as the guide asks for 60 to 120 s; each later one
 * doubles, up to `longestSeconds`. Jitter keeps many tickets that failed together from coming back together.
 */
export interface RetryPolicy {
  readonly firstSeconds: number;
  readonly longestSeconds: number;
  readonly giveUpDays: number;
}

/** Takes how often it was tried (from 1) and a random number in [0, 1); gives the wait in milliseconds. */
export const waitBeforeRetry = (
  attempts: number,
  random: number,
  { firstSeconds, longestSeconds }: RetryPolicy,
): number => {
  const base = Math.min(firstSeconds * 2 ** Math.max(0, attempts - 1), longestSeconds);
  return Math.round(Math.min(base * (1 + random), Math.max(longestSeconds, 2 * firstSeconds)) * 1000);
};

/** True when something has failed without a break for so long that waiting has no sense any more. */
export const isTimeToGiveUp = (failingSince: number, now: number, { giveUpDays }: RetryPolicy): boolean =>
  now - failingSince >= giveUpDays * 24 * 60 * 60 * 1000;
