import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeFreeText, sentLength, unescapeFreeText } from "../../../lambdas/shared/domain/escaping.ts";

const anyText = fc.string({ unit: "binary" });

/** What a receiver can keep of a text: XML 1.0's characters, as its specification lists them. */
const keepable = (text: string): string =>
  Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const isXml =
      [0x9, 0xa, 0xd].includes(code) ||
      (code >= 0x20 && code <= 0xd7ff) ||
      (code >= 0xe000 && code <= 0xfffd) ||
      code >= 0x10000;
    return isXml ? character : "\uFFFD";
  }).join("");

describe("escaping", () => {
  it.each([
    ["a newline", "a\nb", String.raw`a\\nb`],
    ["a tab", "a\tb", String.raw`a\\tb`],
    ["a quote", 'a"b', String.raw`a\\\"b`],
    ["a backslash", String.raw`a\b`, String.raw`a\\\\b`],
    ["the guide's example", 'This is a \r\n"Test"', String.raw`This is a \\r\\n\\\"Test\\\"`],
    ["letters of other languages", "Grüße 日本 😀", "Grüße 日本 😀"],
    ["a lone surrogate", "a\uD83Db", "a\uFFFDb"],
    ["characters that XML forbids", "a\u0000\u0008\u001B\uFFFE\uFFFFb", `a${"\uFFFD".repeat(5)}b`],
    ["control characters that XML allows", "a\u007F\u0085b", "a\u007F\u0085b"],
  ])("[E7] %s goes out double-escaped", (_, plain, wire) => {
    expect(JSON.stringify(escapeFreeText(plain))).toBe(`"${wire}"`);
  });

  it("[E7] every text comes back as it was, as far as a receiver can keep it", () => {
    return fc.assert(
      fc.property(anyText, (text) => {
        const received: unknown = JSON.parse(JSON.stringify(escapeFreeText(text)));
        expect(unescapeFreeText(String(received))).toBe(keepable(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("[E7] what is escaped has no character left that needs escaping for a second parser", () => {
    return fc.assert(
      fc.property(anyText, (text) => {
        expect(JSON.parse(`{"Description": "${escapeFreeText(text)}"}`)).toEqual({ Description: keepable(text) });
      }),
    );
  });

  it.each([[String.raw`C:\work`], ['say "hi"'], ["two\nlines"], [String.raw`a\u0041`]])(
    "takes %j for no escaped text",
    (text) => {
      expect(unescapeFreeText(text)).toBeUndefined();
    },
  );

  it("[E8] length is counted as sent", () => {
    expect(sentLength('a"\n\\😀')).toBe(1 + 2 + 2 + 2 + 2);
  });
});
