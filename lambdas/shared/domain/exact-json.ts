/**
 * Reads JSON of others without losing what JavaScript cannot hold: an integer beyond 2^53, such as a SequenceNumber that comes
 * without quotes (Q3), is given as the text that stood there, and so is a number that would be infinite.
 *
 * @throws SyntaxError when the text is no JSON. Blanks and a byte order mark around it count for nothing.
 */
export const parseExactly = (text: string): unknown => {
  const json = text.trim();
  try {
    return JSON.parse(json, keepDigits);
  } catch (error) {
    // Nested so deep that a reviver exhausts the stack: without one it can be read, and told by `isDeeperThan`.
    if (error instanceof RangeError) return JSON.parse(json);
    throw error;
  }
};

/** The third parameter is ECMAScript's "source text access", which TypeScript's library does not name yet. */
type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

const keepDigits: Reviver = (_, value, context) => {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const isFraction = Number.isFinite(value) && !Number.isInteger(value);
  return isFraction ? value : (context?.source ?? value);
};

/** More levels of nesting than any message of the guide has, and far fewer than exhaust the stack of whoever walks through them. */
export const DEEPEST = 100;

/** Whether arrays and objects lie within each other deeper than so many levels. Goes level by level, so no depth is too much for it. */
export const isDeeperThan = (json: unknown, levels: number): boolean => {
  let level = childrenOf([json]);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= levels) return true;
    level = childrenOf(level.flatMap((value) => Object.values(value)));
  }
  return false;
};

const childrenOf = (values: readonly unknown[]): object[] =>
  values.filter((value): value is object => typeof value === "object" && value !== null);
