import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  type AgentFile,
  type DownloadFaultRule,
  envisionConnectStateSchema,
  type FaultRule,
} from "../../sandbox/simulators/envision-connect/index.ts";
import { simulatedEnsono } from "../support/simulated-ensono.ts";

const simulator = simulatedEnsono();
const { admin, moved, passSeconds, transactions } = simulator;

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const ticket = (): string => simulator.ensono.agent.open({ shortDescription: "test", description: "test" });
const rocket: AgentFile = { fileName: "rocket.jpg", contentType: "image/jpeg", content: Buffer.from("a rocket") };

/** Attaches the file to a new ticket and gives its URL. */
const attached = async (file: AgentFile = rocket): Promise<string> => {
  simulator.ensono.agent.attach(ticket(), file);
  return String((await transactions()).at(-1)?.Body.attachment);
};
const altered = (url: string, name: string, value: string): string => {
  const other = new URL(url);
  other.searchParams.set(name, value);
  return String(other);
};

describe("[T8] the transaction of an attachment", () => {
  test.each(["ticket", "change"])("is the guide's example, on a %s", async (kind) => {
    const { agent } = simulator.ensono;
    const number =
      kind === "ticket" ? ticket() : agent.openChange({ shortDescription: "test", description: "test", approvers: [] });
    if (kind === "change") agent.submit(number);
    const fileId = agent.attach(number, rocket);
    const message = (await transactions()).at(-1);
    expect(message?.Body).toEqual({
      clientName: "testClient",
      ticketType: kind === "ticket" ? "Incident" : "Change",
      clientTicketNumber: "",
      ticketNumber: number,
      group: kind === "ticket" ? "Ensono Support" : "CLIENT - Ensono Other",
      ensonogroup: kind === "ticket" ? "CS - 1st Line" : "Platform BPMDevandSupport",
      attachmentName: "rocket.jpg",
      attachmentInfo: expect.stringMatching(new RegExp(`/api/now/attachment/${fileId}$`)),
      attachmentSize: "8",
      attachmentType: "image/jpeg",
      attachment: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/_s3\/outbound\/[0-9a-f]{32}\.rocket\.jpg\?X-Amz-/),
    });
    expect(message?.Attributes).toMatchObject({ TransactionType: "Attachment", MessageGroupId: number });
    expect(Object.fromEntries(new URL(String(message?.Body.attachment)).searchParams)).toMatchObject({
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": expect.stringMatching(/^ASIA.+\/20230208\/us-east-2\/s3\/aws4_request$/),
      "X-Amz-Date": "20230208T162544Z",
      "X-Amz-Expires": "7200",
      "X-Amz-SignedHeaders": "host",
      "X-Amz-Signature": expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test("comes when the file is made public, not before", () => {
    const { agent, queue } = simulator.ensono;
    const number = ticket();
    const fileId = agent.attach(number, { ...rocket, public: false });
    expect(queue.waiting()).toBe(1);
    agent.publish(number, fileId);
    expect(queue.waiting()).toBe(2);
    expect(() => agent.publish(number, fileId)).toThrow("is public");
    expect(() => agent.publish(number, "other")).toThrow("no file other");
    expect(simulator.ensono.ticket(number)).toMatchObject({
      files: [{ fileId, from: "Ensono", fileName: "rocket.jpg", size: 8, sha256: sha256(Buffer.from("a rocket")) }],
    });
  });

  test("has the address of a proxy when one is given", async () => {
    await simulator.start({ storageUrl: "https://s3.example" });
    expect(await attached()).toMatch(/^https:\/\/s3\.example\/_s3\/outbound\//);
  });
});

describe("[T8] a download", () => {
  test.each(["rocket.jpg", "a b(1)'ü+%41.txt", "..", "x/../y"])("gives the bytes of %s", async (fileName) => {
    const response = await fetch(await attached({ ...rocket, fileName }));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("image/jpeg");
    expect(response.headers.get("content-length")).toBe("8");
    expect(await response.text()).toBe("a rocket");
  });

  test("of generated content gives as many bytes, always the same for a seed", async () => {
    const content = { bytes: 3_000_001, seed: "one" };
    const download = async (file: AgentFile) => (await fetch(await attached(file))).bytes();
    const bytes = await download({ fileName: "a.bin", content });
    expect(bytes).toHaveLength(3_000_001);
    expect(sha256(await download({ fileName: "b.bin", content }))).toBe(sha256(bytes));
    expect(sha256(await download({ fileName: "c.bin", content: { ...content, seed: "two" } }))).not.toBe(sha256(bytes));
    const { fileId = "" } = simulator.ensono.tickets()[0]?.files[0] ?? {};
    expect(await simulator.ensono.files.sha256(fileId)).toBe(sha256(bytes));
    expect(simulator.ensono.files.content(fileId)).toBeUndefined();
  });

  test("expires by the simulator's clock, with the guide's XML", async () => {
    const url = await attached({ ...rocket, expirySeconds: 600 });
    passSeconds(599);
    expect((await fetch(url)).status).toBe(200);
    passSeconds(1);
    const expired = await fetch(url);
    expect(expired.status).toBe(403);
    expect(expired.headers.get("content-type")).toBe("application/xml");
    expect(await expired.text()).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<Error><Code>AccessDenied<\/Code><Message>Request has expired<\/Message><X-Amz-Expires>600<\/X-Amz-Expires><Expires>2023-02-08T16:35:44Z<\/Expires><ServerTime>2023-02-08T16:35:44Z<\/ServerTime><RequestId>[0-9A-F]{16}<\/RequestId><HostId>[^<]+<\/HostId><\/Error>$/,
    );
  });

  test.each<[string, (url: string) => string, number, string]>([
    ["a longer life", (url) => altered(url, "X-Amz-Expires", "86400"), 403, "SignatureDoesNotMatch"],
    ["another signature", (url) => altered(url, "X-Amz-Signature", "0".repeat(64)), 403, "SignatureDoesNotMatch"],
    ["a token decoded once too often", (url) => url.replaceAll("%2B", "+"), 403, "SignatureDoesNotMatch"],
    ["another key", (url) => url.replace("rocket", "pocket"), 403, "SignatureDoesNotMatch"],
    ["no signature", (url) => url.replace(/\?.*/, ""), 403, "AccessDenied"],
  ])("with %s is refused", async (_, tamper, status, code) => {
    const response = await fetch(tamper(await attached()));
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(`<Code>${code}</Code>`)]);
  });

  test.each<[string, RequestInit, number, string]>([
    ["an x-api-key", { headers: { "x-api-key": "key" } }, 403, "AccessDenied"],
    ["an Authorization header", { headers: { authorization: "Bearer x" } }, 400, "InvalidArgument"],
    ["an unsigned x-amz header", { headers: { "x-amz-acl": "private" } }, 403, "HeadersNotSigned"],
    ["another method", { method: "PUT", body: "x" }, 403, "SignatureDoesNotMatch"],
  ])("with %s is refused", async (_, init, status, text) => {
    const response = await fetch(await attached(), init);
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(text)]);
  });

  test("of what is gone answers NoSuchKey", async () => {
    const url = await attached();
    await simulator.start();
    const response = await fetch(moved(url));
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining("<Code>NoSuchKey</Code>")]);
  });

  test("[R1] works after a restart", async () => {
    const url = await attached();
    const generated = await attached({ fileName: "big.bin", content: { bytes: 100_000 } });
    const before = await (await fetch(generated)).bytes();
    const state = envisionConnectStateSchema.parse(JSON.parse(JSON.stringify(simulator.ensono.snapshot())));
    await simulator.start({ state });
    expect(await (await fetch(moved(url))).text()).toBe("a rocket");
    expect(await (await fetch(moved(generated))).bytes()).toEqual(before);
  });

  test("is recorded, without its query", async () => {
    const url = await attached();
    await (await fetch(url)).text();
    expect(simulator.ensono.calls().at(-1)).toMatchObject({
      call: "downloadFile",
      method: "GET",
      path: new URL(url).pathname,
      answered: { status: 200, body: { size: 8 } },
      hasApiKey: false,
    });
  });
});

describe("faults of downloads", () => {
  const bytes = 300_000;
  const struck = async (fault: FaultRule | DownloadFaultRule) => {
    const url = await attached({ fileName: "big.bin", content: { bytes } });
    simulator.ensono.faults.add(fault);
    return fetch(url, { redirect: "manual" });
  };

  test.each<DownloadFaultRule>([
    { kind: "reset-mid-body" },
    { kind: "truncated" },
    { kind: "truncated", afterBytes: 0 },
  ])("%j: the right Content-Length, and fewer bytes", async (fault) => {
    const response = await struck(fault);
    expect([response.status, response.headers.get("content-length")]).toEqual([200, "300000"]);
    await expect(response.bytes()).rejects.toThrow();
    expect(simulator.ensono.calls().at(-1)).toMatchObject({ fault: fault.kind, answered: undefined });
  });

  test.each([
    [undefined, bytes + 1],
    [10, 10],
    [bytes + 100_000, bytes + 100_000],
  ])("wrong-size with bytes %j: %i of them", async (given, expected) => {
    const response = await struck({ kind: "wrong-size", bytes: given });
    expect(response.headers.get("content-length")).toBe(String(expected));
    expect(await response.bytes()).toHaveLength(expected);
  });

  test("slow: all bytes, in many pieces", async () => {
    const response = await struck({ kind: "slow", bytesPerSecond: 6_000_000 });
    const reader = response.body?.getReader();
    let received = 0;
    let pieces = 0;
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
      received += next.value.length;
      pieces += 1;
    }
    expect(received).toBe(bytes);
    expect(pieces).toBeGreaterThanOrEqual(2);
  });

  test("redirect: to another place, or to the same URL", async () => {
    const elsewhere = await struck({ kind: "redirect", location: "http://169.254.169.254/", times: 1 });
    expect([elsewhere.status, elsewhere.headers.get("location")]).toEqual([307, "http://169.254.169.254/"]);
    const again = await struck({ kind: "redirect", status: 302, times: 1 });
    expect(again.status).toBe(302);
    expect((await fetch(again.headers.get("location") ?? "")).status).toBe(200);
  });

  test.each<[FaultRule, number, string]>([
    [{ kind: "status", status: 503 }, 503, "<Code>SlowDown</Code>"],
    [{ kind: "status", status: 500 }, 500, "<Code>InternalError</Code>"],
    [{ kind: "timeout-before", holdMs: 1 }, 500, "<Code>InternalError</Code>"],
    [{ kind: "garbage" }, 200, "<html>"],
  ])("%j", async (fault, status, text) => {
    const response = await struck({ ...fault, call: "downloadFile" });
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(text)]);
  });

  test("reset-before, and only for the ticket that the rule names", async () => {
    const url = await attached();
    simulator.ensono.faults.add({ kind: "reset-before", call: "downloadFile", ticket: "e-CS0204070" });
    await expect(fetch(url)).rejects.toThrow("fetch failed");
    expect((await fetch(await attached())).status).toBe(200);
  });

  test("are for downloads only", () => {
    const rule: object = { kind: "truncated", call: "createTicket" };
    expect(() => simulator.ensono.faults.add({ kind: "truncated", ...rule })).toThrow(/call/);
  });
});

describe("admin API", () => {
  test("attaches files that are given or generated", async () => {
    const number = ticket();
    const given = { fileName: "a.txt", contentType: "text/plain", base64: Buffer.from("hello").toString("base64") };
    expect(await admin("POST", `/tickets/${number}/attach`, given)).toEqual({
      status: 201,
      body: { fileId: expect.any(String) },
    });
    const { body } = await admin("POST", `/tickets/${number}/attach`, { fileName: "b.bin", bytes: 9, public: false });
    await admin("POST", `/tickets/${number}/publish`, body);
    const urls = (await transactions()).slice(1).map(({ Body }) => String(Body.attachment));
    expect(await (await fetch(urls[0] ?? "")).text()).toBe("hello");
    expect(await (await fetch(urls[1] ?? "")).bytes()).toHaveLength(9);
  });

  test.each([
    [{ fileName: "a.txt" }, 400],
    [{ fileName: "a.txt", base64: "?" }, 400],
    [{ fileName: "a.txt", bytes: -1 }, 400],
  ])("refuses %j with %i", async (body, status) => {
    expect(await admin("POST", `/tickets/${ticket()}/attach`, body)).toMatchObject({
      status,
      body: { error: expect.any(String) },
    });
  });
});
