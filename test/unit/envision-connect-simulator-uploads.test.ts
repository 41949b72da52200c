import { createHash } from "node:crypto";
import { request } from "node:http";
import { Readable } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { envisionConnectStateSchema } from "../../sandbox/simulators/envision-connect/index.ts";
import { receiveFile } from "../../sandbox/simulators/envision-connect/receive-file.ts";
import { response, simulatedEnsono } from "../support/simulated-ensono.ts";

const simulator = simulatedEnsono();
const { call, moved, passSeconds, send } = simulator;

const digest = (algorithm: "sha256" | "md5", data: string | Uint8Array) => createHash(algorithm).update(data).digest();
const sha256 = (data: string | Uint8Array): string => digest("sha256", data).toString("hex");
const NUMBER = "e-CS0204070";
const open = (): string => simulator.ensono.agent.open({ shortDescription: "test", description: "test" });
const record = () => simulator.ensono.ticket(NUMBER);

const urlSchema = z.object({ Response: z.object({ code: z.literal(200), body: z.url() }) });
const uploadUrl = async (fileName: string, environment = "dev", number = NUMBER): Promise<string> => {
  const { body } = await send("GET", `/${environment}/tickets/${number}/attachments/${fileName}`);
  return urlSchema.parse(body).Response.body;
};
const put = async (url: string, body: string | Uint8Array<ArrayBuffer>, type: string, headers = {}) => {
  const answer = await fetch(url, { method: "PUT", body, headers: { "content-type": type, ...headers } });
  return { status: answer.status, text: await answer.text() };
};
const refused = (code: string, status = 403) => ({ status, text: expect.stringContaining(`<Code>${code}</Code>`) });
const done = { status: 200, text: "" };
const pdf = "%PDF-1.7 test";

describe("[I10] the upload URL", () => {
  test("is the guide's: signed, for 120 s, a key of its own", async () => {
    open();
    const url = new URL(await uploadUrl("test1.pdf"));
    expect(url.pathname).toMatch(/^\/_s3\/inbound\/[0-9a-f]{32}\.test1\.pdf$/);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      "X-Amz-Expires": "120",
      "X-Amz-SignedHeaders": "host",
    });
    expect(new URL(await uploadUrl("test1.pdf")).pathname).not.toBe(url.pathname);
  });

  test.each(["dev", "cert", "prod"] as const)("is given in %s", async (environment) => {
    await simulator.start({ instance: environment });
    open();
    expect(await uploadUrl("a.txt", environment)).toMatch(/^http:/);
  });

  test.each(["a_b.txt", "a%20b.txt", ".htaccess", "-a.txt", "a%2Fb.txt", "r%C3%A9sum%C3%A9.pdf", "a(1).pdf"])(
    "is refused for the name %s",
    async (name) => {
      open();
      const { body } = await call("GET", `/tickets/${NUMBER}/attachments/${name}`);
      expect(body).toEqual({
        Response: [expect.stringMatching(/^The file name may contain/), "This ticket cannot be updated."],
      });
    },
  );

  test.each(["x.exe", "X.EXE", "x.pdf.exe", "x.exe.base64"])("is refused for %s", async (name) => {
    open();
    expect(await call("GET", `/tickets/${NUMBER}/attachments/${name}`)).toEqual(
      response(["Files of type exe are not allowed.", "This ticket cannot be updated."]),
    );
  });

  test("is refused for a ticket that is unknown or closed", async () => {
    expect(await call("GET", `/tickets/${NUMBER}/attachments/a.txt`)).toEqual(
      response("APIKey not authorized for ticket company"),
    );
    const number = open();
    simulator.ensono.agent.resolve(number, { closeNotes: "done" });
    simulator.ensono.agent.close(number);
    expect(await call("GET", `/tickets/${NUMBER}/attachments/a.txt`)).toEqual(
      response([`Ticket ${NUMBER} is closed, no more updates are allowed.`, "This ticket cannot be updated."]),
    );
  });
});

describe("[I10] a PUT to it", () => {
  test("attaches the file to the ticket", async () => {
    open();
    expect(await put(await uploadUrl("test1.pdf"), pdf, "application/pdf")).toEqual(done);
    const [file] = record()?.files ?? [];
    const expected = { fileName: "test1.pdf", contentType: "application/pdf", size: pdf.length, sha256: sha256(pdf) };
    expect(file).toMatchObject({ from: "client", puts: 1, ...expected });
    expect(String(simulator.ensono.files.content(file?.fileId ?? ""))).toBe(pdf);
    expect((await call("GET", `/tickets/${NUMBER}`)).body).toMatchObject({
      Response: { attachments: { [file?.fileId ?? ""]: { file_name: "test1.pdf", hash: sha256(pdf) } } },
    });
    expect(simulator.ensono.calls().find(({ call }) => call === "uploadFile")).toMatchObject({
      answered: { status: 200 },
      body: { contentType: "application/pdf", size: pdf.length, sha256: sha256(pdf) },
    });
  });

  test("attaches to a change as well", async () => {
    const { agent } = simulator.ensono;
    const number = agent.openChange({ shortDescription: "test", description: "test" });
    expect(await put(await uploadUrl("plan.pdf", "dev", number), pdf, "application/pdf")).toEqual(done);
    expect(simulator.ensono.change(number)).toMatchObject({ files: [{ fileName: "plan.pdf" }] });
  });

  test("hashes what is large, and lets it go", async () => {
    open();
    const large = new Uint8Array(3_000_000).fill(7);
    await put(await uploadUrl("large.bin"), large, "application/octet-stream");
    const [file] = record()?.files ?? [];
    expect(file).toMatchObject({ size: large.length, sha256: sha256(large) });
    expect(simulator.ensono.files.content(file?.fileId ?? "")).toBeUndefined();
  });

  test("expires after 120 s, with the guide's XML", async () => {
    open();
    const url = await uploadUrl("a.txt");
    passSeconds(120);
    expect(await put(url, "x", "text/plain")).toEqual({
      status: 403,
      text: expect.stringMatching(/<Code>AccessDenied<\/Code><Message>Request has expired<.*<X-Amz-Expires>120</),
    });
    expect(record()?.files).toEqual([]);
  });

  test("takes no api key, and the record shows one that came", async () => {
    open();
    expect(await put(await uploadUrl("a.txt"), "x", "text/plain", { "x-api-key": "key" })).toEqual(
      refused("AccessDenied"),
    );
    expect(record()?.files).toEqual([]);
    expect(simulator.ensono.calls().at(-1)).toMatchObject({ call: "uploadFile", hasApiKey: true });
  });

  test("needs a Content-Length", async () => {
    open();
    const url = await uploadUrl("a.txt");
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(url, { method: "PUT", headers: { "transfer-encoding": "chunked" } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on("error", reject);
      sent.end("x");
    });
    expect(status).toBe(411);
  });

  test("checks a Content-MD5", async () => {
    open();
    const url = await uploadUrl("a.txt");
    const md5 = (text: string) => ({ "content-md5": digest("md5", text).toString("base64") });
    expect(await put(url, "x", "text/plain", md5("y"))).toEqual(refused("BadDigest", 400));
    expect(await put(url, "x", "text/plain", md5("x"))).toEqual(done);
  });

  test("leaves nothing behind when it breaks off", async () => {
    open();
    const url = await uploadUrl("a.txt");
    const sent = request(url, { method: "PUT", headers: { "content-length": 10 } });
    const broken = new Promise((resolve) => sent.on("error", resolve));
    sent.write("half");
    await vi.waitFor(() => expect(simulator.ensono.calls().at(-1)?.call).toBe("uploadFile"), { timeout: 10_000 });
    sent.destroy(new Error("gone"));
    await broken;
    expect(await put(url, "whole file", "text/plain")).toEqual(done);
    expect(record()?.files).toMatchObject([{ size: 10, puts: 1 }]);
  });

  test("overwrites when it is repeated, and counts", async () => {
    open();
    const url = await uploadUrl("a.txt");
    for (let count = 0; count < 2; count += 1) expect(await put(url, "same", "text/plain")).toEqual(done);
    expect(record()).toMatchObject({ files: [{ puts: 2, sha256: sha256("same") }], droppedFiles: [] });
    await put(url, "other", "text/plain");
    expect(record()).toMatchObject({
      files: [{ puts: 3, sha256: sha256("other") }],
      droppedFiles: [{ sha256: sha256("same"), why: "Other bytes were PUT to the same URL." }],
    });
  });

  test("[R1] works after a restart", async () => {
    open();
    const url = await uploadUrl("a.txt");
    await put(url, "same", "text/plain");
    const state = envisionConnectStateSchema.parse(JSON.parse(JSON.stringify(simulator.ensono.snapshot())));
    await simulator.start({ state });
    expect(await put(moved(url), "same", "text/plain")).toEqual(done);
    expect(record()).toMatchObject({ files: [{ puts: 2 }] });
  });
});

describe("[I10] base64", () => {
  const upload = async (text: string, type = "text/plain") => {
    open();
    expect(await put(await uploadUrl("ticketInfo.png.base64"), text, type)).toEqual(done);
  };

  test.each(["VGhpcyBpcyBhbiBhdHRhY2htZW50IHVwbG9hZCB0ZXN0", "VGhpcyBpcyBhbiBhdHRh\r\nY2htZW50IHVwbG9hZCB0ZXN0\r\n"])(
    "is decoded, and the suffix dropped: %j",
    async (text) => {
      await upload(text);
      const decoded = "This is an attachment upload test";
      expect(record()).toMatchObject({
        files: [{ fileName: "ticketInfo.png", contentType: "image/png", size: 33, sha256: sha256(decoded) }],
      });
    },
  );

  test("is decoded across the pieces in which it comes", async () => {
    const bytes = new Uint8Array(500_001).map((_, index) => index % 251);
    await upload(Buffer.from(bytes).toString("base64"));
    expect(record()?.files).toMatchObject([{ size: bytes.length, sha256: sha256(bytes) }]);
  });

  test.each(["VGhpcy", "not base64!", "data:image/png;base64,VGhp", "VGg=VGhp"])(
    "is dropped when malformed: %s",
    async (text) => {
      await upload(text);
      expect(record()).toMatchObject({ files: [], droppedFiles: [{ why: "The body is not base64." }] });
    },
  );

  test.each<[string[], boolean]>([
    [["VG", "hp", "cw="], true],
    [["VG", "hp", "cw", "=="], false],
    [["VGg=", "VGhp"], true],
  ])("in the pieces %j is malformed: %j", async (pieces, isMalformed) => {
    const stream = Readable.from(pieces.map((piece) => Buffer.from(piece)));
    expect(await receiveFile(stream, true)).toMatchObject({ isMalformed });
  });

  test("is dropped under another Content-Type", async () => {
    await upload("VGhp", "image/png");
    expect(record()?.droppedFiles).toMatchObject([
      { fileName: "ticketInfo.png", why: expect.stringContaining("text/plain") },
    ]);
  });
});

describe("[I10] ServiceNow's validation of file types", () => {
  const zip = "PK\u0003\u0004rest";
  test.each([
    ["TestFile.csv", "text/csv", zip, "The content is of kind zip, the name says csv."],
    ["a.txt", "text/plain", pdf, "The content is of kind pdf, the name says txt."],
    ["a.pdf", "application/pdf", "MZ\u0090\0", undefined],
    ["a.pdf", "text/plain", pdf, "The Content-Type is text/plain, the name says pdf."],
  ])("drops %s as %s", async (fileName, type, content, why = "The content is an executable.") => {
    open();
    const bytes = Uint8Array.from(content, (character) => character.charCodeAt(0));
    expect(await put(await uploadUrl(fileName), bytes, type)).toEqual(done);
    expect(record()).toMatchObject({ files: [], droppedFiles: [{ fileName, why, sha256: sha256(bytes) }] });
  });

  test.each([
    ["a.csv", "text/csv; charset=utf-8", "a,b"],
    ["a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", zip],
    ["a.backup", "application/x-own", zip],
    ["readme", "text/plain", "hello"],
  ])("attaches %s as %s", async (fileName, type, content) => {
    open();
    await put(await uploadUrl(fileName), content, type);
    expect(record()).toMatchObject({ files: [{ fileName, contentType: type }], droppedFiles: [] });
  });

  test("drops a file whose ticket was closed in between", async () => {
    const number = open();
    const url = await uploadUrl("a.txt");
    simulator.ensono.agent.resolve(number, { closeNotes: "done" });
    simulator.ensono.agent.close(number);
    await put(url, "x", "text/plain");
    expect(record()).toMatchObject({ files: [], droppedFiles: [{ why: expect.stringContaining("is closed") }] });
  });
});
