import * as z from "zod";

/** Text that holds JSON of the given shape. */
export function jsonOf<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((text, context) => {
      try {
        const value: unknown = JSON.parse(text);
        return value;
      } catch {
        context.addIssue({ code: "custom", message: "Not valid JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);
}
