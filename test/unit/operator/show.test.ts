import { describe, expect, it } from "vitest";
import { labelled, type Screen, table } from "../../../bin/operator/show/table.ts";
import { ageOf, cut, plain, visible, visibleJson, when, widthOf, wrapped } from "../../../bin/operator/show/text.ts";

const screen: Screen = { columns: 40, paint: plain };
const coloured: Screen = { columns: 40, paint: (style, text) => `<${style}>${text}</${style}>` };

const CSI = "\u001b[31mred\u001b[0m";
const OSC = "\u001b]0;title\u0007";
const C1 = "\u009b31mred";

describe("a text that others wrote", () => {
  it.each([
    ["colours (CSI)", CSI, "\\e[31mred\\e[0m"],
    ["a window's title (OSC)", OSC, "\\e]0;title\\u0007"],
    ["a link (OSC 8)", "\u001b]8;;http://x\u001b\\y", "\\e]8;;http://x\\e\\y"],
    ["an escape of 8 bits", C1, "\\u009b31mred"],
    ["lines", "a\r\nb\tc", "a\\r\\nb\\tc"],
    ["what goes back", "a\bb\u007f", "a\\u0008b\\u007f"],
    ["a turned direction of writing", "\u202egnp.exe", "\\u202egnp.exe"],
    ["what nobody sees", "a\u200bb\ufeff\u2028", "a\\u200bb\\ufeff\\u2028"],
    ["a tag beyond the first plane", "\u{e0041}", "\\udb40\\udc41"],
    ["half a character", "a\ud83d", "a\\ud83d"],
  ])("is shown without its effect: %s", (_, text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(visible(shown)).toBe(shown);
  });

  it("is left as it is where it is harmless", () => {
    const text = 'Grüße 👋 日本語 \\ "quoted" | %s';
    expect(visible(text)).toBe(text);
  });

  it("is as harmless in JSON, and means the same there", () => {
    const value = { text: `${CSI}${OSC}${C1}\u202e\u{e0041}\n`, nested: ["\u2028"] };
    const json = visibleJson(value);
    expect(JSON.parse(json)).toEqual(value);
    expect(json).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}]/u);
  });
});

describe("measures", () => {
  it.each([
    ["abc", 3],
    ["日本", 4],
    ["👋", 2],
    ["é", 1],
    ["e\u0301", 1],
    ["", 0],
  ])("%s takes %i columns", (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });

  it.each([
    ["short", 10, "short"],
    ["exactly ten", 11, "exactly ten"],
    ["too long a text", 8, "too lon…"],
    ["日本語の", 5, "日本…"],
  ])("cuts %s to %i columns", (text, columns, shown) => {
    expect(cut(text, columns)).toBe(shown);
    expect(widthOf(cut(text, columns))).toBeLessThanOrEqual(columns);
  });

  it("wraps at blanks, and breaks words that are too long", () => {
    expect(wrapped("one two three", 8)).toEqual(["one two", "three"]);
    expect(wrapped("abcdefghij xy", 4)).toEqual(["abcd", "efgh", "ij", "xy"]);
    expect(wrapped("", 4)).toEqual([""]);
    expect(wrapped("日本語のテキスト", 6)).toEqual(["日本語", "のテキ", "スト"]);
  });

  it("tells moments and ages", () => {
    expect(when("2026-11-24T12:00:01.234Z")).toBe("2026-11-24 12:00:01");
    const now = "2026-11-24T12:00:00.000Z";
    const ages = [0, 59, 60, 3599, 3600, 86_400 * 2 + 5].map((seconds) =>
      ageOf(new Date(Date.parse(now) - seconds * 1000).toISOString(), now),
    );
    expect(ages).toEqual(["0 s", "59 s", "1 min", "59 min", "1 h", "2 d"]);
  });
});

describe("a table", () => {
  const columns = [
    { title: "NUMBER", of: (row: { number: string; text: string }) => row.number, most: 12 },
    { title: "TEXT", of: (row: { number: string; text: string }) => row.text },
  ];

  it("is as wide as its texts, and its last column takes what is left", () => {
    expect(
      table([{ number: "INC1", text: "a text that does not fit into the thirty-two columns" }], columns, screen),
    ).toEqual(["NUMBER  TEXT", "INC1    a text that does not fit into", "        the thirty-two columns"]);
  });

  it("never grows beyond the screen, whatever it is filled with", () => {
    const nasty = [CSI, OSC, "日本語".repeat(30), "x".repeat(200), "👋".repeat(40), "a\nb", ""];
    const rows = nasty.flatMap((number) => nasty.map((text) => ({ number, text })));
    const lines = table(rows, columns, screen);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(40);
    expect(lines.join("")).not.toMatch(/\p{Cc}/u);
  });

  it("colours what was made harmless, outside of what is measured", () => {
    const styled = [
      { title: "N", of: () => CSI, most: 12, style: () => "red" as const },
      { title: "T", of: () => "x" },
    ];
    expect(table([{}], styled, coloured)).toEqual([
      "<dim>N</dim>             <dim>T</dim>",
      "<red>\\e[31mred\\e…</red>  x",
    ]);
  });

  it("wraps a text beside its label", () => {
    expect(labelled("note", "a note that is longer than one line of it", 2, 8, screen)).toEqual([
      "  note    a note that is longer than one",
      "          line of it",
    ]);
  });
});
