import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { entryEventSchema } from "../../lambdas/shared/domain/entry-events.ts";
import { eventPatternSchema, matchesPattern } from "../../sandbox/emulators/event-pattern.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "events.md"), "utf8");

/** The JSON blocks of a section, by its heading. */
const blocksIn = (heading: string): unknown[] => {
  const section = page.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^```json\n(.*?)^```$/gms)].map(([, block = ""]) => JSON.parse(block));
};

const types = entryEventSchema.options.map(({ shape }) => shape["detail-type"].value);
/** What the bus adds to each event. */
const onBus = z.looseObject({
  version: z.literal("0"),
  id: z.uuid(),
  account: z.string(),
  region: z.string(),
  resources: z.array(z.string()),
});

const examples = types.flatMap((type) => blocksIn(type));
const patterns = blocksIn("Rules").map((pattern) => eventPatternSchema.parse(pattern));

describe("docs/events.md", () => {
  it.each(types)("explains %s with an example that has every field of it and no other", (type) => {
    const [example, ...more] = blocksIn(type);
    expect(more).toEqual([]);
    expect(entryEventSchema.parse(example)).toEqual(
      expect.objectContaining({ "detail-type": type, detail: z.looseObject({}).parse(Object(example).detail) }),
    );
    expect(onBus.safeParse(example).error).toBeUndefined();
  });

  it("names every field of the detail", () => {
    const fields = entryEventSchema.options.flatMap(({ shape }) => [
      ...Object.keys(shape.detail.shape),
      ...Object.keys(shape.detail.shape.entry.shape).map((field) => `entry.${field}`),
    ]);
    const unexplained = [...new Set(fields)].filter((field) => !page.includes(`\`${field}\``));
    expect(unexplained).toEqual([]);
  });

  it("shows rules of which each matches one of the examples and not all of them", () => {
    expect(patterns.length).toBeGreaterThanOrEqual(4);
    for (const pattern of patterns.slice(1)) {
      const matched = examples.filter((example) => matchesPattern(pattern, example));
      expect(matched.length, JSON.stringify(pattern)).toBeGreaterThan(0);
      expect(matched.length, JSON.stringify(pattern)).toBeLessThan(examples.length);
    }
    const [all = {}] = patterns;
    expect(examples.filter((example) => matchesPattern(all, example))).toEqual(examples);
  });
});
