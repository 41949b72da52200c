import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type EnvisionConnect,
  type FaultRule,
  startEnvisionConnect,
} from "../../sandbox/simulators/envision-connect/index.ts";

let clock: number;
let ensono: EnvisionConnect;
let saved: number;

beforeEach(async () => {
  clock = Date.UTC(2026, 0, 1);
  saved = 0;
  ensono = await startEnvisionConnect({
    clientStack: "acme",
    apiKey: "key",
    clientName: "testClient",
    envelope: "single",
    now: () => clock,
    onChange: () => {
      saved += 1;
    },
  });
});
afterEach(() => ensono.close());

const newTicket = {
  clientName: "testClient",
  ticketType: "Incident",
  clientTicketNumber: "INC1235678",
  description: "test",
  shortDescription: "test",
  contactName: "John Doe",
  contactEmail: "hello@world.com",
};
const request = (method: string, path: string, payload?: unknown, signal?: AbortSignal) =>
  fetch(`${ensono.url}/dev${path}`, {
    method,
    headers: { "x-api-key": "key" },
    ...(payload === undefined ? {} : { body: JSON.stringify({ payload }) }),
    ...(signal === undefined ? {} : { signal }),
  });
const create = (clientTicketNumber = "INC1235678", signal?: AbortSignal) =>
  request("POST", "/tickets", { ...newTicket, clientTicketNumber }, signal);
const statusOf = async (response: Promise<Response>): Promise<number> => (await response).status;

/** Calls, and gives up as soon as the call has arrived and what it effects is done. */
const createAndGiveUp = async (): Promise<void> => {
  const patience = new AbortController();
  const answer = create("INC1235678", patience.signal);
  const kept = answer.catch((error: unknown) => error);
  await vi.waitFor(() => expect(ensono.calls()).toHaveLength(1), { timeout: 10_000 });
  await vi.waitFor(() => expect(ensono.tickets()).toHaveLength(1), { timeout: 10_000 });
  patience.abort();
  expect(await kept).toMatchObject({ name: "AbortError" });
};

describe("faults", () => {
  test("status: without effect, with API Gateway's kind of body", async () => {
    ensono.faults.add({ call: "createTicket", kind: "status", status: 503, times: 1 });
    const answer = await create();
    expect([answer.status, await answer.json()]).toEqual([503, { message: "Service Unavailable" }]);
    expect(ensono.tickets()).toEqual([]);
    expect(await statusOf(create())).toBe(200);
    expect(ensono.calls()).toMatchObject([{ fault: "status", answered: { status: 503 } }, { fault: undefined }]);
  });

  test("skip and times count matching calls only", async () => {
    ensono.faults.add({ call: "createTicket", kind: "status", status: 500, skip: 1, times: 2 });
    const statuses = [];
    for (let count = 0; count < 4; count += 1) {
      await request("GET", "/queue");
      statuses.push(await statusOf(create()));
    }
    expect(statuses).toEqual([200, 500, 500, 200]);
    expect(ensono.faults.list()).toEqual([]);
  });

  test("a rule may name a ticket by either number", async () => {
    await create();
    ensono.faults.add({ ticket: "INC2", kind: "status", status: 500 });
    ensono.faults.add({ ticket: "e-CS0204070", kind: "status", status: 502 });
    expect(await statusOf(create("INC2"))).toBe(500);
    expect(await statusOf(create("INC3"))).toBe(200);
    expect(await statusOf(request("PUT", "/tickets/e-CS0204070", newTicket))).toBe(502);
    ensono.faults.clear();
    expect(await statusOf(create("INC2"))).toBe(200);
  });

  test.each<[FaultRule["kind"], number]>([
    ["reset-before", 0],
    ["reset-after", 1],
  ])("%s leaves %i tickets and no answer", async (kind, tickets) => {
    ensono.faults.add(kind === "reset-after" ? { kind } : { kind: "reset-before" });
    await expect(create()).rejects.toThrow("fetch failed");
    expect(ensono.tickets()).toHaveLength(tickets);
    expect(ensono.calls()).toMatchObject([{ answered: undefined, fault: kind }]);
  });

  test("timeout-before with holdMs ends in a gateway time-out, without effect", async () => {
    ensono.faults.add({ kind: "timeout-before", holdMs: 1 });
    expect(await statusOf(create())).toBe(504);
    expect(ensono.tickets()).toEqual([]);
  });

  test("garbage is a page under 200; with effect when asked for", async () => {
    ensono.faults.add({ kind: "garbage", times: 1 });
    ensono.faults.add({ kind: "garbage", effect: true });
    const page = await create();
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html"]);
    expect(await page.text()).toContain("<html>");
    expect(ensono.tickets()).toHaveLength(0);
    await create();
    expect(ensono.tickets()).toHaveLength(1);
  });

  test("answer replaces the answer; latency adds to other faults", async () => {
    ensono.faults.add({ kind: "latency", ms: 1, times: 1 });
    ensono.faults.add({ kind: "answer", status: 403, body: { message: "Forbidden" } });
    const answer = await create();
    expect([answer.status, await answer.json()]).toEqual([403, { message: "Forbidden" }]);
    expect(ensono.faults.list()).toMatchObject([{ kind: "answer", call: "*" }]);
  });

  test("[E14] a create that times out after its effect is told by ReturnEnsonoNum later", async () => {
    ensono.faults.add({ call: "createTicket", kind: "timeout-after", returnNumberAfterMs: 60_000 });
    await createAndGiveUp();
    expect(ensono.calls()).toMatchObject([{ call: "createTicket", answered: undefined, fault: "timeout-after" }]);
    clock += 59_999;
    expect(ensono.queue.waiting()).toBe(0);
    clock += 1;
    expect(await (await request("GET", "/queue")).json()).toMatchObject({
      ReceiveMessageResponse: {
        ReceiveMessageResult: {
          messages: [
            {
              Body: {
                clientName: "testClient ",
                ticketNumber: "e-CS0204070",
                clientTicketNumber: "INC1235678",
                ticketType: "Incident",
              },
              Attributes: {
                SenderId: "AROAYCQITFFPCNWDH6BTL:envxdevbridge1MainBridge",
                MessageGroupId: "e-CS0204070",
                ClientReferenceAvailable: true,
                TransactionType: "ReturnEnsonoNum",
              },
            },
          ],
        },
      },
    });
  });

  test("[E14] a number that is still owed survives a restart", async () => {
    ensono.faults.add({ kind: "timeout-after", returnNumberAfterMs: 60_000 });
    await createAndGiveUp();
    const state = ensono.snapshot();
    await ensono.close();
    clock += 60_000;
    ensono = await startEnvisionConnect({
      clientStack: "acme",
      apiKey: "key",
      clientName: "testClient",
      state,
      now: () => clock,
    });
    expect(ensono.queue.waiting()).toBe(1);
  });

  test("closing does not wait for held calls", async () => {
    ensono.faults.add({ kind: "timeout-before" });
    const held = create().catch((error: unknown) => error);
    await vi.waitFor(() => expect(ensono.calls()).toHaveLength(1), { timeout: 10_000 });
    await ensono.close();
    expect(await held).toBeInstanceOf(Error);
  });

  test("a change is announced before its call is answered", async () => {
    await create();
    expect(saved).toBe(1);
    ensono.agent.comment("e-CS0204070", { body: "hello" });
    expect(saved).toBe(2);
  });

  test("refuses a rule that it does not understand, naming the field", () => {
    const rule: FaultRule = { kind: "status", status: 99 };
    expect(() => ensono.faults.add(rule)).toThrow(/status/);
    expect(ensono.faults.list()).toEqual([]);
  });
});

describe("admin API", () => {
  const admin = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(ensono.adminUrl + path, {
      method,
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  const open = () => admin("POST", "/tickets", { shortDescription: "Disk full", description: "/var is full" });

  test("acts as an Ensono agent", async () => {
    expect(await open()).toEqual({ status: 201, body: { ticketNumber: "e-CS0204070" } });
    const ticket = "/tickets/e-CS0204070";
    expect(await admin("POST", `${ticket}/update`, { priority: "1" })).toMatchObject({ body: { priority: "1" } });
    expect(await admin("POST", `${ticket}/comment`, { body: "Looking" })).toMatchObject({
      body: { comments: [{ body: "Looking" }] },
    });
    const resolve = () => admin("POST", `${ticket}/resolve`, { closeNotes: "Cleaned" });
    expect(await resolve()).toMatchObject({ body: { status: "resolved" } });
    expect(await admin("POST", `${ticket}/reopen`)).toMatchObject({ body: { status: "open" } });
    await resolve();
    expect(await admin("POST", `${ticket}/close`)).toMatchObject({ status: 200, body: { status: "closed" } });
    expect(await admin("GET", "/tickets")).toMatchObject({ body: [{ ticketNumber: "e-CS0204070" }] });
    expect(await admin("GET", ticket)).toMatchObject({ body: { status: "closed" } });
    expect(await admin("GET", "/queue")).toEqual({
      status: 200,
      body: { waiting: 7, inFlight: 0, maxReceiveCount: 0, failed: [] },
    });
  });

  test("keeps the fault script, raw messages and the record of calls", async () => {
    expect(await admin("POST", "/faults", { call: "readQueue", kind: "status", status: 500 })).toMatchObject({
      status: 201,
    });
    expect(await statusOf(request("GET", "/queue"))).toBe(500);
    expect(await admin("GET", "/faults")).toMatchObject({ body: [{ call: "readQueue" }] });
    expect(await admin("DELETE", "/faults")).toEqual({ status: 204, body: undefined });
    expect(await admin("POST", "/messages", { Body: "?" })).toEqual({ status: 201, body: { waiting: 1 } });
    expect(await admin("GET", "/calls")).toMatchObject({ body: [{ call: "readQueue", fault: "status" }] });
  });

  test.each([
    ["/tickets", { description: "x" }, 400, /^shortDescription: /],
    ["/tickets", "{", 400, /^body: not JSON/],
    ["/tickets", { shortDescription: "x", description: "x", prioriti: "1" }, 400, /prioriti/],
    ["/tickets/e-CS0204070/update", { status: "resolved" }, 400, /^status: .*use resolve or close/],
    ["/tickets/e-CS0204070/close", {}, 409, /must be resolved/],
    ["/tickets/e-CS9/comment", { body: "x" }, 404, /no ticket e-CS9/],
    ["/faults", { kind: "status" }, 400, /^status: /],
    ["/messages", [], 400, /^body: /],
    ["/nothing", {}, 404, /POST \/_admin\/nothing/],
  ])("refuses POST %s %j with %i", async (path, body, status, error) => {
    await open();
    expect(await admin("POST", path, body)).toMatchObject({ status, body: { error: expect.stringMatching(error) } });
  });
});
