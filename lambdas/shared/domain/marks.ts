import * as z from "zod";

/**
 * What is known of a ticket's field values on one side, without keeping the values: per field a short digest and when
 * it became known (epoch milliseconds, our clock). Enough to answer the two questions of echo recognition (I3, I5):
 * did this value change, and who said it last?
 */
export const marksSchema = z.record(z.string(), z.object({ value: z.string(), at: z.number() }));
export type Marks = z.infer<typeof marksSchema>;

/** Gives a short digest of a text; equal texts give equal digests. Handed in, because hashing is not the domain's. */
export type Digest = (text: string) => string;

export type FieldValues = Readonly<Record<string, unknown>>;

const canonical = (value: unknown): string =>
  typeof value === "string" ? value.trim() : value === undefined || value === null ? "" : JSON.stringify(value);

export const markOf = (value: unknown, digest: Digest): string => digest(canonical(value));

export const marksOf = (fields: FieldValues, at: number, digest: Digest): Marks =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value: markOf(value, digest), at }]));

/** The newer of two pieces of knowledge, field by field; on a tie the first. */
export const newest = (one: Marks, other: Marks): Marks => {
  const merged: Marks = { ...one };
  for (const [name, mark] of Object.entries(other)) {
    const known = merged[name];
    if (known === undefined || mark.at > known.at) merged[name] = mark;
  }
  return merged;
};

/** The fields whose value differs from what is known. A field of which nothing is known differs when it is not empty. */
export const differing = <Value>(
  fields: Readonly<Record<string, Value>>,
  known: Marks,
  digest: Digest,
): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([name, value]) => (known[name]?.value ?? markOf("", digest)) !== markOf(value, digest),
    ),
  );
