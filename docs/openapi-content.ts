import type { Examples } from "./openapi-examples.ts";

export const json = <Schema>(schema: Schema, examples?: Examples<unknown>) => ({
  "application/json": { schema, ...(examples && { examples }) },
});
