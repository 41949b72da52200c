import * as z from "zod";

/** The part of EventBridge's pattern language that the sandbox knows; Lambda's event filters are written in it, too. */
const matcherSchema = z.union(
  [
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.strictObject({ prefix: z.string() }),
    z.strictObject({ exists: z.boolean() }),
    z.strictObject({ "anything-but": z.union([z.string(), z.array(z.string())]) }),
  ],
  "the sandbox knows values, prefix, exists and anything-but in patterns only",
);
type Matcher = z.infer<typeof matcherSchema>;

export type EventPattern = { [field: string]: EventPattern | Matcher[] };
export const eventPatternSchema: z.ZodType<EventPattern> = z.record(
  z.string(),
  z.union([z.array(matcherSchema).min(1), z.lazy(() => eventPatternSchema)]),
);

/** Whether the event has what the pattern names: all of its fields, of each field one of the values. */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    const value = fieldOf(event, field);
    // Of a list, one member is enough.
    const values: unknown[] = Array.isArray(value) ? value : [value];
    if (!Array.isArray(wanted)) return values.some((one) => matchesPattern(wanted, one));
    return wanted.some((matcher) => values.some((one) => matches(matcher, one)));
  });
}

function matches(matcher: Matcher, value: unknown): boolean {
  if (typeof matcher !== "object" || matcher === null) return matcher === value;
  if ("prefix" in matcher) return typeof value === "string" && value.startsWith(matcher.prefix);
  if ("exists" in matcher) return (value !== undefined) === matcher.exists;
  return value !== undefined && ![matcher["anything-but"]].flat().some((excluded) => excluded === value);
}

function fieldOf(event: unknown, field: string): unknown {
  const fields = z.record(z.string(), z.unknown()).safeParse(event);
  return fields.success ? fields.data[field] : undefined;
}
