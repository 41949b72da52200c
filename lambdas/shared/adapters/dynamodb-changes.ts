import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import { entrySchema } from "../domain/entry.ts";
import type { StreamedChange } from "../ports.ts";
import { ENTRY_PREFIX, PARTITION_KEY, SORT_KEY } from "../table-layout.ts";
import { readEntryItem } from "./dynamodb-items.ts";

/** On their way to a function records are JSON: there bytes are a text in base64. */
const attributeSchema = z.union([
  z.strictObject({ B: z.base64() }).transform(({ B }) => ({ B: Buffer.from(B, "base64") })),
  z.strictObject({ S: z.string() }),
  z.strictObject({ N: z.string() }),
]);

const recordSchema = z.object({
  dynamodb: z.object({
    SequenceNumber: z.string().regex(/^\d{1,40}$/),
    ApproximateCreationDateTime: z.number(),
    Keys: z.object({ [PARTITION_KEY]: z.object({ S: z.string() }), [SORT_KEY]: z.object({ S: z.string() }) }),
    OldImage: z.looseObject({}).optional(),
    NewImage: z.looseObject({}).optional(),
  }),
});

const oldImageSchema = z.object({ status: z.object({ S: entrySchema.shape.status }) });
const newImageSchema = z.record(z.string(), attributeSchema);

/**
 * Reads a record of the table's stream, as Lambda hands it over. Only rewritten entries are relevant: new ones are not worked
 * on yet, expired ones are finished.
 *
 * @throws ZodError when it is no such record at all.
 */
export const readStreamRecord = (record: unknown): StreamedChange => {
  const { SequenceNumber: sequence, Keys, OldImage, NewImage, ...rest } = recordSchema.parse(record).dynamodb;
  const [lane, sort] = [Keys[PARTITION_KEY].S, Keys[SORT_KEY].S];
  if (!sort.startsWith(ENTRY_PREFIX) || OldImage === undefined || NewImage === undefined) {
    return { sequence, irrelevant: true };
  }
  const at = Math.round(rest.ApproximateCreationDateTime * 1000);
  try {
    const before = oldImageSchema.parse(OldImage).status.S;
    return { sequence, at, before, entry: readEntryItem(unmarshall(newImageSchema.parse(NewImage))) };
  } catch (error) {
    const item = `${lane} ${sort.slice(ENTRY_PREFIX.length)}`;
    return { sequence, at, item, unreadable: reasonOf(error) };
  }
};

/** Only what is wrong with the form: other errors may quote what they could not read, and that is ticket text. */
const reasonOf = (error: unknown): string => {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return `the body cannot be unpacked (${error instanceof Error ? error.name : "unknown"})`;
};
