import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { httpCaller } from "../../lambdas/shared/adapters/http-call.ts";
import { type HandOver, webhookItsm } from "../../lambdas/shared/adapters/webhook-itsm.ts";
import { noticeSchema } from "../../lambdas/shared/domain/client-contract.ts";
import { PermanentError } from "../../lambdas/shared/domain/errors.ts";
import type { ClientStep } from "../../lambdas/shared/domain/steps.ts";
import type { ClientItsm, DeliveryContext } from "../../lambdas/shared/ports.ts";
import { serveOnLoopback } from "../../sandbox/emulators/loopback-server.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const previousSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

const context: DeliveryContext = {
  key: "evb_0123_0",
  ensonoTicketNumber: "e-CS0204070",
  clientTicketNumber: "INC0010299",
  ticketType: "Incident",
  transaction: {
    id: "f0b3/18849496460467696128",
    type: "Update",
    sentAt: { utc: "2026-11-02T15:04:05.000Z", local: "2026-11-02T09:04:05-06:00", zone: "America/Chicago" },
  },
};
const creating: DeliveryContext = { ...context, clientTicketNumber: null };

const create: ClientStep = { do: "createTicket", ticket: { shortDescription: "Disk full" } };
const update: ClientStep = { do: "updateTicket", changed: { priority: "1" } };

type Reply = { status: number; headers?: Record<string, string>; body?: string };
interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Files of ours: one of five bytes, and links that say for what they are. */
const FIVE_BYTES = Buffer.from("hello");
const handOver: HandOver = {
  inlineBytes: 5,
  linkSeconds: 3600,
  files: {
    toFetch: async (key, { fileName, seconds }) => `https://files.example.com/${key}?as=${fileName}&for=${seconds}`,
    read: async (key) =>
      key === "lost" ? undefined : { size: FIVE_BYTES.length, content: Readable.from([FIVE_BYTES]) },
  },
};
const file = { fileName: "a.txt", contentType: "text/plain", sha256: "0".repeat(64), group: "Ops" };
const attach = (key: string, size: number): ClientStep => ({ do: "addAttachment", attachment: { ...file, key, size } });

let reply: Reply;
let received: Received[];
let itsm: ClientItsm;

beforeEach(async () => {
  reply = { status: 200, body: "{}" };
  received = [];
  const server = await serveOnLoopback(async (request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    received.push({ method: request.method, url: request.url, headers, body: await text(request) });
    response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  onTestFinished(server.stop);
  itsm = webhookItsm({
    url: `${server.url}/hooks`,
    searchUrl: `${server.url}/search?tenant=7`,
    offers: "search",
    ticketTypes: { Incident: "Incident", Request: "Service Request", Change: "Change" },
    secrets: async () => [secret, previousSecret],
    clock: Date.now,
    call: httpCaller({ clock: Date.now }),
    handOver,
  });
});

const last = (): Received => {
  const one = received.at(-1);
  if (one === undefined) throw new Error("Nothing was received.");
  return one;
};

describe("a delivery", () => {
  it("[I12] is one POST that the library verifies with the current and with the previous secret", async () => {
    await itsm.perform(update, context);
    expect(received).toHaveLength(1);
    const { method, url, headers, body } = last();
    expect({ method, url }).toEqual({ method: "POST", url: "/hooks" });
    expect(headers).toMatchObject({
      "webhook-id": context.key,
      "content-type": "application/json",
      "user-agent": "envision-bridge",
    });
    for (const known of [secret, previousSecret]) {
      expect(new Webhook(known).verify(body, headers)).toEqual(JSON.parse(body));
    }
  });

  it.each<[ClientStep, string, object]>([
    [create, "ticket.created", { ticket: { shortDescription: "Disk full" } }],
    [update, "ticket.updated", { changed: { priority: "1" } }],
    [{ do: "addComment", comment: { body: "Hello" } }, "ticket.commented", { comment: { body: "Hello" } }],
    [{ do: "resolveTicket", changed: { status: "Resolved" } }, "ticket.resolved", { changed: { status: "Resolved" } }],
    [{ do: "closeTicket", changed: { status: "Closed" } }, "ticket.closed", { changed: { status: "Closed" } }],
    [{ do: "reopenTicket", changed: { status: "Open" } }, "ticket.reopened", { changed: { status: "Open" } }],
    [{ do: "announceLink" }, "ticket.linked", {}],
  ])("[T2] carries $do as its notice", async (step, type, content) => {
    await itsm.perform(step, context);
    const { key: _, ...ticket } = context;
    const notice: unknown = JSON.parse(last().body);
    expect(noticeSchema.parse(notice)).toEqual(notice);
    expect(notice).toEqual({ type, timestamp: "2026-11-02T15:04:05.000Z", data: { ...ticket, ...content } });
  });

  it("[I6] says the kind of the ticket in the client's word", async () => {
    await itsm.perform(update, { ...context, ticketType: "Request" });
    expect(JSON.parse(last().body)).toMatchObject({ type: "ticket.updated", data: { ticketType: "Service Request" } });
  });

  const approval = { approvalId: "a-1", approverEmail: "cab@client.com" };
  it.each<[ClientStep, string, object]>([
    [
      { do: "createTicket", ticket: { state: "Assess" }, clientApproval: "required", replaces: "CHG1" },
      "change.created",
      { ticket: { state: "Assess" }, clientApproval: "required", replaces: "CHG1" },
    ],
    [{ do: "updateTicket", changed: { state: "Review" } }, "change.updated", { changed: { state: "Review" } }],
    [{ do: "requestApproval", approval }, "change.approval_requested", { approval }],
    [{ do: "addComment", comment: { body: "Hello" } }, "change.commented", { comment: { body: "Hello" } }],
    [{ do: "cancelTicket", changed: { state: "New" } }, "change.cancelled", { changed: { state: "New" } }],
    [{ do: "closeTicket", changed: { state: "Closed" } }, "change.closed", { changed: { state: "Closed" } }],
  ])("[C1] [C2] [C6] of a change carries $do as its notice", async (step, type, content) => {
    await itsm.perform(step, { ...context, ticketType: "Change" });
    const notice: unknown = JSON.parse(last().body);
    expect(noticeSchema.parse(notice)).toEqual(notice);
    expect(notice).toMatchObject({ type, data: { ticketType: "Change", ...content } });
  });

  it.each(["Incident", "Change"] as const)(
    "[T8] [C7] hands on a file of a %s as a link of ours",
    async (ticketType) => {
      await itsm.perform(attach("attachments/1", 6), { ...context, ticketType });
      const notice = noticeSchema.parse(JSON.parse(last().body));
      expect(notice.type).toBe(ticketType === "Change" ? "change.attachment_added" : "ticket.attachment_added");
      expect(notice.data).toMatchObject({
        attachment: { ...file, size: 6, url: "https://files.example.com/attachments/1?as=a.txt&for=3600" },
      });
      expect(last().body).not.toContain('"key"');
    },
  );

  it("[T8] hands on a small file in base64 where the config wants it", async () => {
    await itsm.perform(attach("attachments/1", 5), context);
    expect(JSON.parse(last().body)).toMatchObject({ data: { attachment: { content: "aGVsbG8=", size: 5 } } });
    expect(last().body).not.toContain('"url"');
  });

  it("[T8] gives the link of a file that cannot be read just now", async () => {
    await itsm.perform(attach("lost", 5), context);
    expect(JSON.parse(last().body)).toMatchObject({ data: { attachment: { url: expect.stringContaining("lost") } } });
  });

  it("refuses what a ticket of this kind does not have, before any call", async () => {
    await expect(itsm.perform({ do: "requestApproval", approval }, context)).rejects.toThrow(PermanentError);
    expect(received).toEqual([]);
  });

  it("[R1] has the same id and body for every try", async () => {
    await itsm.perform(update, context);
    await itsm.perform(update, context);
    const [first, second] = received;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  });

  it("bears the time of the attempt where no transaction stands behind it", async () => {
    await itsm.perform({ do: "announceLink" }, { ...context, transaction: null });
    const notice = noticeSchema.parse(JSON.parse(last().body));
    expect(notice.data.transaction).toBeNull();
    expect(Math.abs(Date.parse(notice.timestamp) - Date.now())).toBeLessThan(60_000);
  });
});

describe("the answer to a create", () => {
  it.each<[string, Reply, object]>([
    ["200 with the number", { status: 200, body: '{"clientTicketNumber":" INC1 "}' }, { clientTicketNumber: "INC1" }],
    ["201 with a number that is one", { status: 201, body: '{"clientTicketNumber":7}' }, { clientTicketNumber: "7" }],
    ["200 as text/html with the number", html('{"clientTicketNumber":"INC1"}'), { clientTicketNumber: "INC1" }],
    [
      "409 with the number it has already",
      { status: 409, body: '{"clientTicketNumber":"INC1"}' },
      { clientTicketNumber: "INC1" },
    ],
    ["202", { status: 202 }, {}],
    ["200 without a body", { status: 200 }, {}],
    ["204", { status: 204 }, {}],
    ["200 with null as the number", { status: 200, body: '{"clientTicketNumber":null}' }, {}],
    ["200 with plain text", { status: 200, body: "ok" }, {}],
  ])("[T1] %s is a success", async (_, given, answer) => {
    reply = given;
    expect(await itsm.perform(create, creating)).toEqual(answer);
  });

  it.each<[string, Reply]>([
    ["a page", html("<!doctype html><h1>Maintenance</h1>")],
    ["half an answer", { status: 200, body: '{"clientTicketNumber":"INC' }],
    ["a number that is none", { status: 200, body: '{"clientTicketNumber":{"value":"INC1"}}' }],
  ])("[R1] 200 with %s leaves open what became of it", async (_, given) => {
    reply = given;
    const unknown = { name: "TransientError", code: "unavailable", effect: "unknown" };
    await expect(itsm.perform(create, creating)).rejects.toMatchObject(unknown);
  });

  it("[R3] 409 without a number is a refusal", async () => {
    reply = { status: 409, body: '{"error":"a ticket with this key is being made"}' };
    await expect(itsm.perform(create, creating)).rejects.toMatchObject({ name: "PermanentError", code: "refused" });
  });
});

describe("the answer to any other delivery", () => {
  it.each<[string, Reply, object]>([
    ["200 with a comment's id", { status: 200, body: '{"commentId":17}' }, { commentId: "17" }],
    ["200 with an unknown field", { status: 200, body: '{"ok":true}' }, {}],
    ["409, it has it already", { status: 409, body: "seen" }, {}],
  ])("[T2] %s is a success", async (_, given, answer) => {
    reply = given;
    expect(await itsm.perform(update, context)).toEqual(answer);
  });

  it("[R1] 200 with a page leaves open what became of it", async () => {
    reply = html("<p>We will be back soon</p>");
    const unknown = { name: "TransientError", code: "unavailable", effect: "unknown" };
    await expect(itsm.perform(update, context)).rejects.toMatchObject(unknown);
  });

  it.each<[number, object]>([
    [408, { code: "unavailable", effect: "unknown" }],
    [429, { code: "unavailable", effect: "none" }],
    [500, { code: "unavailable", effect: "unknown" }],
    [502, { code: "unavailable", effect: "unknown" }],
    [503, { code: "unavailable", effect: "none" }],
    [504, { code: "unavailable", effect: "unknown" }],
    [301, { code: "configuration", effect: "none", message: expect.stringContaining("redirects are not followed") }],
    [401, { code: "configuration", effect: "none", message: expect.stringContaining("secret") }],
    [403, { code: "configuration", effect: "none" }],
    [404, { code: "configuration", effect: "none", message: expect.stringContaining("clientWebhookUrl") }],
    [405, { code: "configuration", effect: "none" }],
    [410, { code: "configuration", effect: "none", message: expect.stringContaining("the webhook URL is gone") }],
  ])("[R2] %i can be cured by waiting", async (status, error) => {
    reply = { status };
    await expect(itsm.perform(update, context)).rejects.toMatchObject({ name: "TransientError", ...error });
  });

  it.each([400, 413, 415, 422, 451])(
    "[R3] %i is a refusal that says why, in its first 300 characters",
    async (status) => {
      reply = { status, body: "priority: expected one of High, Low. ".repeat(20) };
      const refusal = itsm.perform(update, context);
      await expect(refusal).rejects.toMatchObject({ name: "PermanentError", code: "refused" });
      await expect(refusal).rejects.toThrow(/answered \d+ to ticket\.updated: priority: expected/);
      await expect(refusal).rejects.toSatisfy(({ message }: Error) => message.length < 360);
    },
  );

  it.each<[string, number | undefined]>([
    ["120", 120],
    [new Date(Date.now() + 60_000).toUTCString(), 60],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 0],
    ["soon", undefined],
  ])("[R2] Retry-After: %s is heeded", async (value, seconds) => {
    reply = { status: 503, headers: { "retry-after": value } };
    const error: unknown = await itsm.perform(update, context).catch((caught: unknown) => caught);
    const { retryAfterSeconds } = Object(error);
    if (seconds === 60) expect(retryAfterSeconds).toBeOneOf([58, 59, 60]);
    else expect(retryAfterSeconds).toBe(seconds);
  });
});

describe("a search", () => {
  it("[R1] is a signed GET with the key", async () => {
    reply = { status: 200, body: '{"clientTicketNumber":"INC1"}' };
    expect(await itsm.find("evb_a+b_0")).toEqual({ clientTicketNumber: "INC1" });
    const { method, url, headers, body } = last();
    expect({ method, url, body }).toEqual({ method: "GET", url: "/search?tenant=7&key=evb_a%2Bb_0", body: "" });
    expect(() => new Webhook(secret).verify("", headers)).not.toThrow();
  });

  it.each(["", '{"error":"nothing with this key"}'])("[R1] finds nothing when answered 404 with %j", async (body) => {
    reply = { status: 404, body };
    expect(await itsm.find(context.key)).toBeUndefined();
  });

  it.each<[string, Reply, object]>([
    ["404 with a page", { status: 404, body: "<h1>Not Found</h1>" }, { code: "configuration" }],
    ["404 with text", { status: 404, body: "404 page not found" }, { code: "configuration" }],
    ["400", { status: 400, body: "key?" }, { code: "configuration" }],
    ["200 with a page", html("<h1>Log in</h1>"), { code: "unavailable" }],
    ["503", { status: 503 }, { code: "unavailable" }],
  ])("[R1] takes %s for a failure, never for “nothing there”", async (_, given, error) => {
    reply = given;
    await expect(itsm.find(context.key)).rejects.toMatchObject({ name: "TransientError", ...error });
  });
});

function html(body: string): Reply {
  return { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body };
}
