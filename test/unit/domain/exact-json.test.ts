import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEEPEST, isDeeperThan, parseExactly } from "../../../lambdas/shared/domain/exact-json.ts";

const nested = (levels: number, inside = ""): string => `${"[".repeat(levels)}${inside}${"]".repeat(levels)}`;

describe("parseExactly", () => {
  it.each([
    ["18875507807458288128", "18875507807458288128"],
    ["-18875507807458288128", "-18875507807458288128"],
    ["9007199254740992", "9007199254740992"],
    ["9007199254740991", 9_007_199_254_740_991],
    ["-7", -7],
    ["0.25", 0.25],
    ["1e999", "1e999"],
    ['"18875507807458288128"', "18875507807458288128"],
    ['\uFEFF {"a":[18875507807458288129]}\n', { a: ["18875507807458288129"] }],
    [nested(3, "18875507807458288129"), [[["18875507807458288129"]]]],
  ])("[Q3] %s is %j", (text, value) => {
    expect(parseExactly(text)).toEqual(value);
  });

  it("[Q3] an integer of any length keeps its digits", () => {
    return fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (integer) => {
        expect(String(parseExactly(String(integer)))).toBe(String(integer));
      }),
    );
  });

  it("reads what JSON.parse reads, where no digits get lost", () => {
    return fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), (text) => {
        const plain: unknown = JSON.parse(text);
        const losesDigits = JSON.stringify(plain, (_, value) =>
          typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value) ? "lost" : value,
        ).includes('"lost"');
        fc.pre(!losesDigits);
        expect(parseExactly(text)).toEqual(plain);
      }),
    );
  });

  it.each(["", "{", "undefined", "<html></html>"])("throws a SyntaxError for %j", (text) => {
    expect(() => parseExactly(text)).toThrow(SyntaxError);
  });

  it("[Q6] reads what is nested absurdly deep, so that it can be told", () => {
    expect(isDeeperThan(parseExactly(nested(100_000)), DEEPEST)).toBe(true);
  });
});

describe("isDeeperThan", () => {
  it.each([
    ["7", 0, false],
    ["null", 0, false],
    ["[]", 0, true],
    ["[]", 1, false],
    ['{"a":{"b":[1]}}', 2, true],
    ['{"a":{"b":[1]}}', 3, false],
    ['[1,[2],{"a":[[3]]}]', 3, true],
    ['[1,[2],{"a":[[3]]}]', 4, false],
  ])("%s, %i levels: %s", (text, levels, isDeeper) => {
    expect(isDeeperThan(JSON.parse(text), levels)).toBe(isDeeper);
  });
});
