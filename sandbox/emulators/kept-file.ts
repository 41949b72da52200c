import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type * as z from "zod";
import { jsonOf } from "./json-of.ts";

/** Written beside and renamed, so that a kill leaves the old or the new content whole. */
export const writeWhole = (path: string, content: string): void => {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
};

/** What a file of a data directory holds; undefined when there is none. @throws when it cannot be read, with the remedy. */
export const readKept = <Content>(path: string, schema: z.ZodType<Content>): Content | undefined => {
  try {
    return jsonOf(schema).parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new Error(`${path} cannot be read: remove the data directory to begin anew`, { cause: error });
  }
};
