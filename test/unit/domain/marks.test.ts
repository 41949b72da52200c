import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differing, type Marks, markOf, marksOf, newest } from "../../../lambdas/shared/domain/marks.ts";
import { digest } from "../../support/builders.ts";

const name = fc.constantFrom("status", "priority", "group");
const value = fc.constantFrom("1", "2", "");
const marks: fc.Arbitrary<Marks> = fc.dictionary(name, fc.record({ value, at: fc.nat(3) }));
const fields = fc.dictionary(name, fc.constantFrom<unknown>("1", " 1 ", "2", "", undefined, ["1"], 1, null));

describe("the newer of two pieces of knowledge", () => {
  it("is associative and idempotent, and knows nothing that neither knew", () => {
    return fc.assert(
      fc.property(marks, marks, marks, (one, two, three) => {
        expect(newest(newest(one, two), three)).toEqual(newest(one, newest(two, three)));
        expect(newest(one, one)).toEqual(one);
        expect(newest(one, {})).toEqual(one);
        expect(newest({}, one)).toEqual(one);
      }),
    );
  });

  it("has of each field the newest mark, of equally new ones the first", () => {
    return fc.assert(
      fc.property(marks, marks, (one, two) => {
        const merged = newest(one, two);
        for (const field of new Set([...Object.keys(one), ...Object.keys(two)])) {
          const isSecond = (two[field]?.at ?? -1) > (one[field]?.at ?? -1);
          expect(merged[field]).toEqual(isSecond ? two[field] : one[field]);
        }
      }),
    );
  });
});

describe("what differs", () => {
  it("[I3] nothing, from what was just learnt; all that is not empty, from nothing", () => {
    const filled = (all: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(all).filter(([, value]) => markOf(value, digest) !== markOf("", digest)));
    return fc.assert(
      fc.property(fields, fields, (one, other) => {
        expect(differing(one, marksOf(one, 1, digest), digest)).toEqual({});
        expect(differing(one, {}, digest)).toEqual(filled(one));
        expect(differing(one, marksOf({ ...other, ...one }, 1, digest), digest)).toEqual({});
      }),
    );
  });

  it.each([
    ["a", " a ", false],
    ["", undefined, false],
    ["", null, false],
    ["a", "b", true],
    ["a", "", true],
    [["a", "b"], ["a", "b"], false],
    [["a", "b"], ["b", "a"], true],
  ])("[I3] from %j to %j: %s", (before, after, differs) => {
    expect("field" in differing({ field: after }, marksOf({ field: before }, 1, digest), digest)).toBe(differs);
  });

  it("no value can be read from a mark", () => {
    expect(JSON.stringify(marksOf({ description: "secret" }, 1, digest))).not.toContain("secret");
  });
});
