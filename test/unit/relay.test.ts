import { describe, expect, it } from "vitest";
import * as z from "zod";
import { callTool } from "../../docs/deploy/relay/call-tool.ts";
import type { Deliveries } from "../../docs/deploy/relay/deliveries.ts";
import { handleDelivery } from "../../docs/deploy/relay/handle-delivery.ts";
import { toolNamed, toolOptionsSchema } from "../../docs/deploy/relay/tools/tools.ts";
import { notices } from "../../docs/openapi-notices.ts";
import { signWebhook } from "../../lambdas/shared/adapters/webhook-signature.ts";
import type { Notice, NoticeAnswer } from "../../lambdas/shared/domain/client-contract.ts";

/** The relay of docs/deploy/relay/README.md, between the bridge's own signatures and a tool that answers as its API does. */

const SECRET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV";
const NOW = Date.UTC(2026, 10, 24, 12);

const inMemoryDeliveries = (): Deliveries => {
  const known = new Map<string, "begun" | "told" | NoticeAnswer>();
  return {
    async begin(id) {
      const was = known.get(id);
      if (typeof was === "object") return { was: "done", answer: was };
      known.set(id, "begun");
      return { was: was ?? "new" };
    },
    told: async (id) => void known.set(id, "told"),
    done: async (id, answer) => void known.set(id, answer),
    forget: async (id) => void known.delete(id),
  };
};

interface Call {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly body: unknown;
}

type Answers = (call: Call) => Response | "dies";

const options = {
  zendesk: { tool: "zendesk", url: "https://acme.zendesk.com", groups: { "Service Desk": 42 } },
  freshservice: {
    tool: "freshservice",
    url: "https://acme.freshservice.com",
    requesterEmail: "ensono@acme.example",
  },
  jira: { tool: "jira", url: "https://acme.atlassian.net/", project: "ITSM" },
} as const;

const relayTo = (tool: keyof typeof options, answers: Answers) => {
  const calls: Call[] = [];
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const isJson = request.headers.get("content-type")?.startsWith("application/json") === true;
    const authorization = request.headers.get("authorization");
    const call = {
      method: request.method,
      path: pathname + search,
      authorization,
      body: isJson ? JSON.parse(text) : text,
    };
    calls.push(call);
    const answer = answers(call);
    if (answer === "dies") throw new TypeError("socket hang up");
    return answer;
  };
  const { url, ...rest } = toolOptionsSchema.parse(options[tool]);
  const call = callTool({ baseUrl: url, authorization: async () => "Basic dXNlcjprZXk=", send });
  const deps = {
    secrets: async () => [SECRET],
    clock: () => NOW,
    deliveries: inMemoryDeliveries(),
    tool: toolNamed(toolOptionsSchema.parse({ url, ...rest }), { call, send }),
    log: () => undefined,
  };
  const deliver = (notice: object, { id = "evb_1", secret = SECRET } = {}) => {
    const body = Buffer.from(JSON.stringify(notice));
    const headers = signWebhook({ secrets: [secret], id, at: NOW, body });
    return handleDelivery({ headers, body }, deps);
  };
  return { deliver, calls };
};

const json = (body: object, status = 200): Response => Response.json(body, { status });

/** Every notice of the published contract, by its type. */
const examples: Notice[] = Object.values(notices);
const example = (type: Notice["type"]): Notice => {
  const found = examples.find((notice) => notice.type === type);
  if (found === undefined) throw new Error(`the contract has no example of ${type}`);
  return found;
};

/** As the three tools answer, as far as the relay reads it. */
const asTheTool: Answers = ({ method, path }) => {
  if (path.startsWith("/api/v2/uploads")) return json({ upload: { token: "tok" } }, 201);
  if (path.endsWith("/notes")) return json({ conversation: { id: 17 } }, 201);
  if (path.startsWith("/api/v2/tickets")) {
    return method === "GET"
      ? json({ tickets: [] })
      : json({ ticket: { id: 35436 }, audit: { events: [{ id: 206, type: "Comment" }] } });
  }
  if (path.includes("/transitions") && method === "GET") {
    return json({ transitions: ["Open", "In Progress", "Pending", "Resolved", "Closed"].map(toTransition) });
  }
  if (path.endsWith("/comment")) return json({ id: "10501" }, 201);
  if (path.endsWith("?fields=status")) return json({ fields: { status: { name: "Open" } } });
  if (path === "/rest/api/2/issue") return json({ key: "ITSM-7" }, 201);
  if (path.startsWith("/rest/api/2/issue/")) return new Response(null, { status: 204 });
  return new Response("a file of Ensono's");
};
const toTransition = (name: string, index: number) => ({ id: String(index), to: { name } });

describe.each(["zendesk", "freshservice", "jira"] as const)("a relay to %s", (tool) => {
  it("takes every delivery of the contract", async () => {
    const refused: string[] = [];
    for (const notice of examples) {
      const { deliver, calls } = relayTo(tool, asTheTool);
      const { status, body } = await deliver(notice);
      if (status !== 200 || calls.length === 0) refused.push(`${notice.type}: ${status} ${JSON.stringify(body)}`);
    }
    expect(refused).toEqual([]);
  });

  it("answers the number of the ticket that it made, again and again, and makes one", async () => {
    const { deliver, calls } = relayTo(tool, asTheTool);
    const first = await deliver(example("ticket.created"));
    const second = await deliver(example("ticket.created"));
    expect(first).toEqual({ status: 200, body: { clientTicketNumber: tool === "jira" ? "ITSM-7" : "35436" } });
    expect(second).toEqual(first);
    expect(calls.filter(({ method }) => method === "POST")).toHaveLength(1);
    expect(JSON.stringify(calls[0]?.body)).toContain(example("ticket.created").data.ensonoTicketNumber);
  });

  it("answers the comment's id, by which its echo is known", async () => {
    const { deliver } = relayTo(tool, asTheTool);
    const { body } = await deliver(example("ticket.commented"));
    expect(z.object({ commentId: z.string() }).parse(body).commentId).not.toBe("");
  });

  it("loses no field that the tool has no place for", async () => {
    const { deliver, calls } = relayTo(tool, asTheTool);
    await deliver({
      type: "ticket.updated",
      timestamp: "2026-11-24T12:00:00.000Z",
      data: {
        ensonoTicketNumber: "e-CS0204070",
        clientTicketNumber: "77",
        ticketType: "Incident",
        transaction: null,
        changed: { statusNextAction: "pending-client" },
      },
    });
    expect(JSON.stringify(calls)).toContain("statusNextAction: pending-client");
  });

  it("does nothing for a stranger", async () => {
    const { deliver, calls } = relayTo(tool, asTheTool);
    const { status } = await deliver(example("ticket.created"), { secret: SECRET.toLowerCase() });
    expect(status).toBe(401);
    expect(calls).toEqual([]);
  });

  it("does not add a comment a second time when nobody knows of the first, until an operator has looked", async () => {
    let isDying = true;
    const { deliver, calls } = relayTo(tool, (call) => (isDying && call.method !== "GET" ? "dies" : asTheTool(call)));
    expect((await deliver(example("ticket.commented"))).status).toBe(504);
    isDying = false;
    const before = calls.length;
    expect((await deliver(example("ticket.commented"))).status).toBe(422);
    expect(calls).toHaveLength(before);
    expect((await deliver(example("ticket.commented"))).status).toBe(200);
  });

  it("says it may be tried again where the tool is busy, and that the key is wrong where it is", async () => {
    const busy = relayTo(tool, () => json({ error: "slow down" }, 429));
    expect((await busy.deliver(example("ticket.created"))).status).toBe(503);
    const refused = relayTo(tool, () => json({ error: "who are you" }, 401));
    expect((await refused.deliver(example("ticket.created"))).status).toBe(401);
    expect((await refused.deliver(example("ticket.created"))).status).toBe(401);
  });

  it("leaves alone what it does not know", async () => {
    const { deliver, calls } = relayTo(tool, asTheTool);
    expect(await deliver({ type: "ticket.painted" })).toEqual({ status: 200, body: {} });
    expect((await deliver({ type: "ticket.created", data: {} })).status).toBe(422);
    expect(calls).toEqual([]);
  });
});

it.each([
  ["zendesk", { status: "solved", priority: "urgent", group_id: 42 }],
  ["freshservice", { status: 4, priority: 4 }],
] as const)("gives %s its own words for those that people see", async (tool, words) => {
  const { deliver, calls } = relayTo(tool, asTheTool);
  const status = tool === "zendesk" ? "Solved" : "Resolved";
  const changed = { status, priority: "Urgent", group: "Service Desk" };
  const { type, timestamp, data } = example("ticket.updated");
  await deliver({ type, timestamp, data: { ...data, changed } });
  const [{ body } = { body: undefined }] = calls;
  expect(tool === "zendesk" ? body : { ticket: body }).toMatchObject({ ticket: words });
});

it("asks Zendesk for the ticket of a create that had no answer", async () => {
  let isMade = false;
  const { deliver, calls } = relayTo("zendesk", (call) => {
    if (call.method === "GET") return json({ tickets: isMade ? [{ id: 99 }] : [] });
    isMade = true;
    return "dies";
  });
  expect((await deliver(example("ticket.created"))).status).toBe(504);
  expect(await deliver(example("ticket.created"))).toEqual({ status: 200, body: { clientTicketNumber: "99" } });
  expect(calls.filter(({ method }) => method === "POST")).toHaveLength(1);
});

it("moves a Jira issue along the transition to the status, or says that none leads there", async () => {
  const toClosed = example("ticket.closed");
  const { deliver, calls } = relayTo("jira", asTheTool);
  expect((await deliver(toClosed)).status).toBe(200);
  expect(calls.map(({ method, path }) => `${method} ${path.split("/").at(-1)}`)).toContain("POST transitions");
  const stuck = relayTo("jira", (call) =>
    call.path.endsWith("/transitions") ? json({ transitions: [] }) : asTheTool(call),
  );
  const answer = await stuck.deliver(toClosed);
  expect(answer.status).toBe(422);
  expect(JSON.stringify(answer.body)).toContain('from \\"Open\\" to \\"Closed\\"');
});
