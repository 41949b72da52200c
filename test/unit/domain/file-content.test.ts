import { fileTypeFromBuffer } from "file-type";
import { describe, expect, it } from "vitest";
import { contentTypeOf, judgeContent } from "../../../lambdas/shared/domain/file-content.ts";

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));
const filler = Array.from({ length: 600 }, () => 0);

/** The begins of real files, as a library tells them apart. */
const contents = {
  text: bytes("It burns.\nStill.\n"),
  nothing: bytes(),
  latin1: bytes("Gr", [0xfc, 0xdf], "e\n"),
  utf16: bytes([0xff, 0xfe, 0x41, 0x00, 0x42, 0x00]),
  "text that begins with MZ": bytes("MZ-4711 reported by mail\n"),
  "text that begins with BM": bytes("BMC alert: disk full\n"),
  pdf: bytes("%PDF-1.7\n", [0x25, 0xe2, 0xe3, 0xcf, 0xd3]),
  png: bytes([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], [0, 0, 0, 13], "IHDR", filler),
  jpg: bytes([0xff, 0xd8, 0xff, 0xe0, 0, 16], "JFIF", filler),
  gif: bytes("GIF89a", [1, 0, 1, 0, 0, 0, 0]),
  zip: bytes("PK", [3, 4, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0], filler),
  "old office": bytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], filler),
  xml: bytes('<?xml version="1.0"?><svg/>'),
  rtf: bytes("{\\rtf1 hello}"),
  gz: bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
  program: bytes("MZ", [0x90, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0xff, 0xff], filler),
  garbage: bytes([1, 2, 3, 4, 0xfe, 0xdc, 0xba]),
} as const;

const judge = async (content: keyof typeof contents, fileName: string, contentType = "") => {
  const begin = contents[content];
  const recognised = await fileTypeFromBuffer(begin).catch(() => undefined);
  return judgeContent({ fileName, contentType }, { begin, sniffed: recognised });
};

describe("[I10] a file that is what it claims", () => {
  it.each([
    ["text", "a.txt", "text/plain"],
    ["text", "a.log", "text/plain; charset=utf-8"],
    ["text", "a.csv", "application/octet-stream"],
    ["text", "mail.eml", "message/rfc822"],
    ["nothing", "a.txt", ""],
    ["latin1", "a.csv", "text/csv"],
    ["utf16", "a.txt", "text/plain"],
    ["text that begins with MZ", "a.log", "text/plain"],
    ["text that begins with BM", "a.txt", ""],
    ["pdf", "a.pdf", "application/pdf"],
    ["pdf", "A.PDF", ""],
    ["png", "a.png", "image/png"],
    ["jpg", "a.jpeg", "image/jpg"],
    ["jpg", "a.jpg", "image/jpeg"],
    ["zip", "a.zip", "application/x-zip-compressed"],
    ["zip", "a.docx", ""],
    ["zip", "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
    ["old office", "a.doc", "application/msword"],
    ["old office", "a.msg", "application/vnd.ms-outlook"],
    ["rtf", "a.doc", "application/msword"],
    ["xml", "a.svg", "image/svg+xml"],
    ["gz", "a.tgz", ""],
    ["garbage", "a.dat", ""],
    ["pdf", "a.unknown", ""],
    ["garbage", "noextension", "application/x-of-ours"],
  ] as const)("%s as %s, %s", async (content, fileName, contentType) => {
    expect(await judge(content, fileName, contentType)).toEqual({ is: "ok" });
  });
});

describe("[I10] a file that is not what it claims", () => {
  it.each([
    // The guide's own example: an .xlsx renamed to .csv.
    ["zip", "TestFile.csv", "", "zip (application/zip)"],
    ["text", "a.pdf", "", "plain text"],
    ["nothing", "a.pdf", "application/pdf", "plain text"],
    ["png", "a.jpg", "", "png (image/png)"],
    ["jpg", "a.png", "image/png", "jpg (image/jpeg)"],
    ["pdf", "a.txt", "", "pdf (application/pdf)"],
    ["pdf", "a.docx", "", "pdf (application/pdf)"],
    ["garbage", "a.png", "", "no known type of file"],
    // The name is right, the declared type is not.
    ["pdf", "a.pdf", "image/png", "pdf (application/pdf)"],
    ["png", "a.png", "text/plain", "png (image/png)"],
    ["gif", "a.gif", "application/pdf", "gif (image/gif)"],
  ] as const)("%s as %s, %s, looks like %s", async (content, fileName, contentType, looksLike) => {
    expect(await judge(content, fileName, contentType)).toEqual({ is: "mismatch", looksLike });
  });

  it.each(["setup.pdf", "setup.txt", "setup", "setup.dat"])("is a program whatever its name: %s", async (fileName) => {
    expect(await judge("program", fileName)).toEqual({ is: "executable" });
  });
});

describe("[I10] the content type", () => {
  it.each([
    ["a.png", "", "image/png"],
    ["a.PDF", "application/octet-stream", "application/pdf"],
    ["a.b.docx", "binary/octet-stream", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    ["a.log", " ", "text/plain"],
    ["a.eml", "", "message/rfc822"],
    ["a.unknown", "", "application/octet-stream"],
    ["noextension", "", "application/octet-stream"],
    ["a.png", "image/x-of-ours", "image/x-of-ours"],
    ["a.txt", "text/plain; charset=utf-16", "text/plain; charset=utf-16"],
  ])("of %s declared as '%s' is %s", (fileName, declared, expected) => {
    expect(contentTypeOf(fileName, declared)).toBe(expected);
  });
});
