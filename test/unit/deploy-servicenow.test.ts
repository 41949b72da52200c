import { describe, expect, it } from "vitest";
import * as z from "zod";
import { notices } from "../../docs/openapi-notices.ts";
import { signWebhook, verifyWebhook } from "../../lambdas/shared/adapters/webhook-signature.ts";
import { clientEventBodySchema, noticeAnswerSchema } from "../../lambdas/shared/domain/client-contract.ts";
import { AWKWARD, block } from "../support/deploy-guide.ts";
import { type SentRequest, serviceNow } from "../support/fakes/servicenow.ts";

/** The scripts of docs/deploy/servicenow.md, run as they stand there. */

const API_SECRET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV";
const WEBHOOK_SECRET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv";

const start = () => {
  const instance = serviceNow(block("script", "include"), {
    "envision.bridge.api_url": "https://api.example/v1/",
    "envision.bridge.api_secret": API_SECRET,
    "envision.bridge.webhook_secret": WEBHOOK_SECRET,
  });
  const resource = block("script", "resource");
  const answerSchema = z.object({ status: z.number(), contentType: z.string(), body: z.string() });
  /** Delivers as the bridge does, and gives the answer as it goes over the wire. */
  const deliver = (notice: object, { id = "evb_1", secret = WEBHOOK_SECRET, at = Date.now() } = {}) => {
    const body = JSON.stringify(notice);
    const headers: Record<string, string> = signWebhook({ secrets: [secret], id, at, body });
    const said = { status: 200, contentType: "", body: "" };
    instance.tables.user = "guest";
    instance.run(resource, {
      request: { getHeader: (name: string) => headers[name] ?? null, body: { dataString: body } },
      response: {
        setContentType: (type: string) => Object.assign(said, { contentType: type }),
        setStatus: (status: number) => Object.assign(said, { status }),
        getStreamWriter: () => ({ writeString: (text: string) => Object.assign(said, { body: text }) }),
      },
    });
    instance.tables.user = "jason.doe";
    const { status, body: text } = answerSchema.parse(said);
    return { status, body: noticeAnswerSchema.parse(JSON.parse(text)), text };
  };
  const tell = (number: string) =>
    instance.run(block("script", "rule"), { current: instance.record("incident", number), previous: null });
  const sendWaiting = () => instance.run("new EnvisionBridge().sendWaiting();");
  return { ...instance, deliver, tell, sendWaiting };
};

const eventOf = ({ endpoint, method, headers, body }: SentRequest) => {
  expect(`${method} ${endpoint}`).toBe("post https://api.example/v1/events");
  const now = Number(headers["webhook-timestamp"]) * 1000;
  expect(verifyWebhook({ secrets: [API_SECRET], headers, body, now })).toEqual({ ok: true, id: headers["webhook-id"] });
  return clientEventBodySchema.parse(JSON.parse(body));
};

const firstOf = <One>([first]: readonly One[]): One => {
  if (first === undefined) throw new Error("expected one at least");
  return first;
};

/** Looks like a variable of a REST message, which ServiceNow would replace. */
const DOLLARS = ["costs $", "{amount} – or 5 €"].join("");

const openIncident = ({ tables }: ReturnType<typeof start>, values: Record<string, string> = {}) =>
  tables.insert("incident", {
    state: "New",
    impact: "2",
    urgency: "2",
    priority: "3",
    assignment_group: "Ensono",
    short_description: "VPN drops every hour",
    description: AWKWARD,
    ...values,
  });

describe("from ServiceNow to the bridge", () => {
  it("signs events as the bridge verifies them, whatever stands in the texts", () => {
    const snow = start();
    const { number = "" } = openIncident(snow, { short_description: DOLLARS });
    snow.tell(number);
    snow.sendWaiting();
    const event = eventOf(firstOf(snow.sent));
    expect(event).toMatchObject({
      clientTicketNumber: number,
      ticketType: "Incident",
      ticket: { status: "New", priority: "3", shortDescription: DOLLARS, description: AWKWARD },
    });
  });

  it("tells a comment once more at most, and always by the same id", () => {
    const snow = start();
    const { number = "", sys_id = "" } = openIncident(snow);
    snow.tables.insert("sys_journal_field", { element: "comments", element_id: sys_id, value: "on the phone, too" });
    snow.tables.insert("sys_journal_field", { element: "work_notes", element_id: sys_id, value: "for us alone" });
    snow.tell(number);
    snow.sendWaiting();
    snow.tell(number);
    snow.sendWaiting();
    const ids = snow.sent.map((request) => eventOf(request).comments.map(({ id, body }) => `${id} ${body}`));
    expect(ids[0]).toEqual([expect.stringContaining("on the phone, too")]);
    expect(new Set(ids.flat()).size).toBe(1);
  });

  it("sends the same body under the same id until it is taken, and nothing of that ticket before", () => {
    const snow = start();
    const [one = "", other = ""] = [openIncident(snow), openIncident(snow)].map(({ number = "" }) => number);
    snow.tell(one);
    snow.tell(one);
    snow.tell(other);
    snow.instance.respond = ({ body }) => (body.includes(one) ? { status: 503 } : { status: 202 });
    snow.sendWaiting();
    expect(snow.sent.map((request) => eventOf(request).clientTicketNumber)).toEqual([one, other]);
    snow.instance.respond = () => "dies";
    snow.sendWaiting();
    snow.instance.respond = () => ({ status: 202 });
    snow.sendWaiting();
    const tries = snow.sent
      .filter(({ body }) => body.includes(one))
      .map(({ headers, body }) => [headers["webhook-id"], body]);
    expect(tries).toHaveLength(4);
    expect(tries.slice(1, 3)).toEqual([tries[0], tries[0]]);
    expect(tries[3]?.[0]).not.toBe(tries[0]?.[0]);
    snow.sendWaiting();
    expect(snow.sent).toHaveLength(5);
  });

  it("puts what is refused aside, with the reason", () => {
    const snow = start();
    const { number = "" } = openIncident(snow);
    snow.tell(number);
    snow.instance.respond = () => ({ status: 400, body: '{"error":"ticketType: wrong","field":"ticketType"}' });
    snow.sendWaiting();
    snow.sendWaiting();
    expect(snow.sent).toHaveLength(1);
    expect(snow.tables.of("u_envision_outbox")[0]).toMatchObject({ u_state: "refused" });
    expect(snow.tables.of("u_envision_outbox")[0]?.u_answer).toContain("ticketType: wrong");
  });

  it("tells an approval of a change of Ensono's, and of no other", () => {
    const snow = start();
    const changes = ["e-CHG0032103", ""].map((correlation_id) =>
      snow.tables.insert("change_request", { correlation_id }),
    );
    for (const { sys_id: sysapproval = "" } of changes) {
      const values: Record<string, string> = {
        sysapproval,
        state: "rejected",
        approver: "Dana Cruz",
        comments: "Not now",
      };
      const current = { getValue: (name: string) => values[name], getDisplayValue: (name: string) => values[name] };
      snow.run("new EnvisionBridge().tellApproval(current)", { current });
    }
    snow.sendWaiting();
    expect(snow.sent.map((request) => eventOf(request).approval)).toEqual([
      { decision: "rejected", approver: { name: "Dana Cruz" }, reason: "Not now" },
    ]);
  });
});

describe("from the bridge to ServiceNow", () => {
  const created = notices["ticket.created"];

  it("makes one ticket, and answers its number as often as it is asked", () => {
    const snow = start();
    const [first, again] = [snow.deliver(created), snow.deliver(created)];
    const [incident, ...others] = snow.tables.of("incident");
    expect(others).toEqual([]);
    expect(first).toMatchObject({ status: 200, body: { clientTicketNumber: incident?.number } });
    expect(again).toEqual(first);
    expect(incident).toMatchObject({
      correlation_id: created.data.ensonoTicketNumber,
      short_description: created.data.ticket.shortDescription,
      u_bridge_key: "evb_1",
    });
  });

  it("finds what an earlier try made before it died", () => {
    const snow = start();
    const first = snow.deliver(created);
    snow.tables.of("u_envision_delivery").length = 0;
    expect(snow.deliver(created)).toEqual(first);
    expect(snow.tables.of("incident")).toHaveLength(1);
  });

  it("adds a comment once, answers its id, and does not tell it back", () => {
    const snow = start();
    const { number = "", sys_id } = openIncident(snow, { correlation_id: "e-CS0204070" });
    const commented = { ...notices["ticket.commented"].data, clientTicketNumber: number };
    const notice = { ...notices["ticket.commented"], data: commented };
    const { body } = snow.deliver(notice);
    snow.tables.of("u_envision_delivery").length = 0;
    snow.deliver(notice);
    const comments = snow.tables.of("sys_journal_field").filter(({ element_id }) => element_id === sys_id);
    expect(comments).toHaveLength(1);
    expect(body.commentId).toBe(comments[0]?.sys_id);
    snow.tell(number);
    snow.sendWaiting();
    expect(eventOf(firstOf(snow.sent)).comments).toEqual([]);
  });

  it("takes every delivery of the contract", () => {
    for (const notice of Object.values(notices)) {
      const snow = start();
      const isChange = notice.data.ticketType === "Change";
      snow.tables.insert(isChange ? "change_request" : "incident", {
        number: notice.data.clientTicketNumber ?? "other",
      });
      snow.instance.respond = () => ({ status: 200 });
      expect([notice.type, snow.deliver(notice).status]).toEqual([notice.type, 200]);
    }
  });

  it("refuses strangers and old deliveries, and holds a ticket that is not there", () => {
    const snow = start();
    expect(snow.deliver(created, { secret: API_SECRET }).status).toBe(401);
    expect(snow.deliver(created, { at: Date.now() - 400_000 }).status).toBe(401);
    expect(snow.tables.of("incident")).toEqual([]);
    expect(snow.deliver(notices["ticket.updated"]).status).toBe(422);
  });

  it("loses no field that has no place", () => {
    const snow = start();
    const { number = "", sys_id } = openIncident(snow);
    const { data, ...rest } = notices["ticket.updated"];
    snow.deliver({
      ...rest,
      data: { ...data, clientTicketNumber: number, changed: { statusNextAction: "pending-client" } },
    });
    const notes = snow.tables.of("sys_journal_field").filter(({ element_id }) => element_id === sys_id);
    expect(notes.map(({ value }) => value).join()).toContain("statusNextAction: pending-client");
  });
});
