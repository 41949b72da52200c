import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileMark, isExecutable, markedFileName, safeFileName } from "../../../lambdas/shared/domain/file-names.ts";
import { digest } from "../../support/builders.ts";

const markOf = (name: string) => fileMark(digest(name));
const safe = (name: string) => safeFileName(name, markOf(name));
const ALPHABET = /^[A-Za-z0-9][A-Za-z0-9.-]*$/;

describe("names of files at Ensono", () => {
  it.each(["test1.pdf", "example1-file-name.txt", "7.2-report.final.xlsx", "README"])(
    "[I10] %s stays as it is",
    (name) => {
      expect(safe(name)).toBe(name);
    },
  );

  it.each<[string, RegExp]>([
    ["a b(1).pdf", /^a-b-1-[0-9a-f]{16}\.pdf$/],
    ["résumé.pdf", /^resume-[0-9a-f]{16}\.pdf$/],
    ["../../etc/passwd", /^etc-passwd-[0-9a-f]{16}$/],
    [".htaccess", /^htaccess-[0-9a-f]{16}$/],
    ["日本語.png", /^file-[0-9a-f]{16}\.png$/],
    ["a.docx.base64", /^a.docx-base64-[0-9a-f]{16}\.txt$/],
    [`${"x".repeat(300)}.log`, /^x{80,}-[0-9a-f]{16}\.log$/],
    ["-report.pdf", /^report-[0-9a-f]{16}\.pdf$/],
    ["x..pdf ", /^x-[0-9a-f]{16}\.pdf$/],
  ])("[I10] %s is made safe, its extension kept", (name, expected) => {
    expect(safe(name)).toMatch(expected);
  });

  it("[I10] every name becomes one that Ensono takes, and not too long", () => {
    const name = fc.oneof(fc.string({ minLength: 1, unit: "grapheme" }), fc.string({ minLength: 1, unit: "binary" }));
    fc.assert(
      fc.property(name, (original) => {
        const made = safe(original);
        return ALPHABET.test(made) && made.length <= 140 && !/\.base64$/i.test(made);
      }),
    );
  });

  it("[I10] two different names never become the same, also when one looks like what the other became", () => {
    const tricky = fc
      .constantFrom("a b.pdf", "a-b.pdf", "ab.pdf", "ä.pdf", "a.pdf", "a .pdf")
      .chain((name) => fc.constantFrom(name, safe(name), safe(safe(name)), name.toUpperCase()));
    const name = fc.oneof(tricky, fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(name, name, (one, other) => one === other || safe(one) !== safe(other)),
      { numRuns: 2000 },
    );
  });

  it("[I10] a second file of the same name gets another one", () => {
    expect(markedFileName("test1.pdf", markOf("2"))).toMatch(/^test1-[0-9a-f]{16}\.pdf$/);
  });

  it.each(["x.exe", "X.EXE", "x.exe.", "x.exe ", "x.pdf.exe", "x.exe.base64"])("[I10] %s is an executable", (name) => {
    expect(isExecutable(name)).toBe(true);
  });

  it.each(["exe", "x.exe.txt", "execute.log", "x.exec"])("[I10] %s is none", (name) => {
    expect(isExecutable(name)).toBe(false);
  });
});
