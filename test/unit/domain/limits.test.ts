import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sentLength } from "../../../lambdas/shared/domain/escaping.ts";
import { findOverLong, fitComment, fitTicketTexts, splitText } from "../../../lambdas/shared/domain/limits.ts";

/** Rich in what takes more room when sent, or comes in pairs. */
const denseText = fc.string({ unit: fc.constantFrom("a", "😀", '"', "\\", "\n", "\t", "é", "\uD83D", "\u0000") });
const longText = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom("a", " ", "😀", '"', "\\", "\n"), minLength, maxLength });
const label = /^\(\d+\/\d+\) /;
const heading = /^(Short description|Description|Close notes), continued: /;

describe("splitting", () => {
  it("[E8] parts fit as sent, joined they are the text, and none is cut inside a pair or an escape", () => {
    return fc.assert(
      fc.property(denseText, fc.integer({ min: 2, max: 12 }), (text, limit) => {
        const parts = splitText(text, limit);
        expect(parts.join("")).toBe(text);
        expect(parts.reduce((sum, part) => sum + sentLength(part), 0)).toBe(sentLength(text));
        for (const part of parts) {
          expect(sentLength(part)).toBeLessThanOrEqual(limit);
          expect(part.isWellFormed() || !text.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["", 2, [""]],
    ["abcd", 4, ["abcd"]],
    ["abcde", 4, ["abcd", "e"]],
    ["abc\nd", 4, ["abc", "\nd"]],
    ["abc😀d", 4, ["abc", "😀d"]],
  ])("[E8] %j at %i", (text, limit, parts) => {
    expect(splitText(text, limit)).toEqual(parts);
  });

  it("refuses a limit that no escape fits in", () => {
    expect(() => splitText("a", 1)).toThrow(RangeError);
  });
});

describe("comments", () => {
  it("[E8] a comment that fits stays as it is", () => {
    const comment = { body: `${"a".repeat(3998)}\n`, commenter: "Jason Doe" };
    expect(fitComment(comment)).toEqual([comment]);
  });

  it("[E8] an over-long comment becomes several numbered ones of the same commenter", () => {
    const parts = fitComment({ body: "a".repeat(9000), commenter: "Jason Doe", commentTime: "2017-07-03 17:55:48" });
    expect(parts.map(({ body }) => body.slice(0, 6))).toEqual(["(1/3) ", "(2/3) ", "(3/3) "]);
    for (const part of parts) {
      expect(part).toMatchObject({ commenter: "Jason Doe", commentTime: "2017-07-03 17:55:48" });
    }
  });

  it("[E8] the numbered parts fit, hold the whole text, and are left alone the next time", () => {
    return fc.assert(
      fc.property(longText(3000, 30_000), (body) => {
        const parts = fitComment({ body });
        expect(findOverLong({}, parts)).toBeUndefined();
        expect(parts.map((part) => (parts.length === 1 ? part.body : part.body.replace(label, ""))).join("")).toBe(
          body,
        );
        expect(parts.flatMap((part) => fitComment(part))).toEqual(parts);
      }),
      { numRuns: 50 },
    );
  });
});

describe("ticket texts", () => {
  it("[E8] texts that fit stay as they are", () => {
    const fields = { shortDescription: "s".repeat(160), description: "d".repeat(4000), closeNotes: "c".repeat(4000) };
    expect(fitTicketTexts(fields)).toEqual({ fields, overflow: [] });
  });

  it("[E8] a text is cut with a marker and its rest follows as comments", () => {
    const { fields, overflow } = fitTicketTexts({
      status: "resolved",
      shortDescription: `${"s".repeat(150)}${"t".repeat(20)}`,
    });
    expect(fields).toEqual({ status: "resolved", shortDescription: `${"s".repeat(134)} … (continued in comments)` });
    expect(overflow).toEqual([{ body: `Short description, continued: ${"s".repeat(16)}${"t".repeat(20)}` }]);
  });

  it.each([
    ["shortDescription", 161, 400],
    ["description", 4001, 15_000],
    ["closeNotes", 4001, 15_000],
  ] as const)("[E8] nothing of %s is lost, and all that is sent fits", (name, shortest, longest) => {
    return fc.assert(
      fc.property(longText(shortest, longest), (text) => {
        const { fields, overflow } = fitTicketTexts({ [name]: text });
        expect(findOverLong(fields, overflow)).toBeUndefined();
        const head = fields[name]?.replace(/ … \(continued in comments\)$/, "");
        const rest = overflow.map(({ body }) => body.replace(label, "").replace(heading, "")).join("");
        expect(`${head}${rest}`).toBe(text);
        expect(fitTicketTexts(fields)).toEqual({ fields, overflow: [] });
      }),
      { numRuns: 50 },
    );
  });

  it("names what is over-long, and by how much", () => {
    expect(findOverLong({ shortDescription: '"'.repeat(81) })).toBe(
      "shortDescription: expected at most 160 characters as sent, got 162",
    );
    expect(findOverLong({}, [{ body: "a" }, { body: "a".repeat(4001) }])).toMatch(/^comments\[1\]\.body: /);
  });
});
