import { describe, expect, test } from "vitest";
import {
  flowScripts,
  normalChangeScenarios,
  walkChangeScript,
} from "../../sandbox/simulators/envision-connect/index.ts";
import { response, simulatedEnsono } from "../support/simulated-ensono.ts";

const simulator = simulatedEnsono();
const { admin, call, send, transactions } = simulator;

const identity = { clientName: "testClient", ticketType: "Change", clientTicketNumber: "CHG00029641" };
const approvers = [
  { name: "Default User", email: "noreply@client.com" },
  { name: "Change Board", email: "CAB@client.com" },
];
const submitted = (): string => {
  const { agent } = simulator.ensono;
  const number = agent.openChange({ shortDescription: "test", description: "test", approvers });
  agent.submit(number);
  return number;
};
const record = (number: string) => simulator.ensono.change(number);
const approvalOf = (number: string, nth = 0) => {
  const { approvalId = "", approverEmail: approver = "" } = record(number)?.approvals.at(nth) ?? {};
  return { approvalId, approver };
};
const comments = [{ body: "Jason Doe, Email: Jason.Doe@abc.com approved Change Request CHG00029641." }];
const answer = (number: string, kind: "approve" | "reject", nth?: number) =>
  call("PUT", `/tickets/${number}/${kind}`, { ...identity, ...approvalOf(number, nth), comments });
const approved = response("Approval Received Successfully");
const rejected = response(" Rejection Received Successfully");
const refused = (...why: string[]) => response([...why, "This ticket cannot be updated."]);

describe("[C3] approve and reject", () => {
  test.each([
    ["approve", approved, "approved"],
    ["reject", rejected, "rejected"],
  ] as const)("%s answers as the guide says, moves nothing and sends nothing", async (kind, expected, approval) => {
    const number = submitted();
    expect(await answer(number, kind)).toEqual(expected);
    expect(record(number)).toMatchObject({
      state: "Assess",
      approval,
      approvals: [{ state: approval }, { state: "no longer required" }],
      answers: [{ answer: kind, approver: "noreply@client.com", comments: [comments[0]?.body], isConsidered: true }],
    });
    expect(simulator.ensono.queue.waiting()).toBe(3);
  });

  test("only the first answer is considered, whoever gives the later ones", async () => {
    const number = submitted();
    expect(await answer(number, "reject", 1)).toEqual(rejected);
    expect(await answer(number, "approve", 0)).toEqual(approved);
    expect(await answer(number, "approve", 1)).toEqual(approved);
    expect(record(number)).toMatchObject({
      approval: "rejected",
      answers: [{ isConsidered: true }, { isConsidered: false }, { isConsidered: false }],
    });
  });

  test("an answer to a request from before a redraft is not considered", async () => {
    const { agent } = simulator.ensono;
    const number = submitted();
    agent.moveChange(number, "New");
    agent.submit(number);
    await answer(number, "approve", 0);
    expect(record(number)).toMatchObject({ approval: "requested", answers: [{ isConsidered: false }] });
    await answer(number, "approve", 2);
    expect(record(number)).toMatchObject({ approval: "approved" });
  });

  test("the approver's address is compared without regard to case", async () => {
    const number = submitted();
    const { approvalId } = approvalOf(number, 1);
    const payload = { ...identity, approvalId, approver: "cab@Client.com", comments };
    expect(await call("PUT", `/tickets/${number}/approve`, payload)).toEqual(approved);
  });

  test.each([
    [{ approvalId: "nobody" }, /^Change e-CHG0032075 has no approval nobody/],
    [{ approver: "cab@client.com" }, /is not of approver cab@client\.com/],
    [{ approver: "" }, /^approver is required/],
    [{ comments: [] }, /^comments is required/],
    [{ comments: [{}] }, /^comments\.0\.body is required/],
    [{ comments: [{ body: "" }] }, /^comments\.0\.body is required/],
    [{ comments: [{ body: "a\nb" }] }, /^Error parsing request/],
    [{ ticketType: "Incident" }, /^ticketType must be Change/],
    [{ clientTicketNumber: "" }, /^clientTicketNumber is required/],
  ])("refuses %j", async (wrong, why) => {
    const number = submitted();
    const payload = { ...identity, ...approvalOf(number), comments, ...wrong };
    const { body } = await call("PUT", `/tickets/${number}/approve`, payload);
    expect(body).toEqual({ Response: [expect.stringMatching(why), "This ticket cannot be updated."] });
    expect(record(number)).toMatchObject({ approval: "requested", answers: [] });
  });

  test("is for changes only", async () => {
    const number = simulator.ensono.agent.open({ shortDescription: "test", description: "test" });
    const payload = { ...identity, approver: "a", approvalId: "b", comments };
    expect(await call("PUT", `/tickets/${number}/reject`, payload)).toEqual(
      refused(`Ticket ${number} is not a change.`),
    );
  });
});

describe("[C5] what else the client can do with a change", () => {
  test("return its number, again and again", async () => {
    const number = submitted();
    for (const clientTicketNumber of ["CHG1", "CHG2"])
      expect(await call("PUT", `/tickets/${number}/returnptn`, { ...identity, clientTicketNumber })).toEqual(
        response("PTN added"),
      );
    expect(record(number)).toMatchObject({ clientTicketNumber: "CHG2", clientTicketNumbers: ["CHG1", "CHG2"] });
    simulator.ensono.agent.comment(number, { body: "hello" });
    expect((await transactions()).at(-1)).toMatchObject({
      Body: { clientTicketNumber: "CHG2" },
      Attributes: { ClientReferenceAvailable: true },
    });
  });

  test.each(["Change", "Incident"])("comment, as a ticket of type %s", async (ticketType) => {
    const number = submitted();
    const payload = { ...identity, ticketType, comments: [{ body: "moving", commenter: "Jason Doe" }] };
    expect(await call("PUT", `/tickets/${number}/notes`, payload)).toEqual(response("Comments added"));
    expect(record(number)).toMatchObject({ comments: [{ from: "client", body: "moving", commenter: "Jason Doe" }] });
  });

  test("not as a Request, and returnptn not as an Incident", async () => {
    const number = submitted();
    const why = refused("ticketType must be Change.");
    expect(await call("PUT", `/tickets/${number}/notes`, { ...identity, ticketType: "Request", comments })).toEqual(
      why,
    );
    expect(await call("PUT", `/tickets/${number}/returnptn`, { ...identity, ticketType: "Incident" })).toEqual(why);
  });

  test("nothing once it is over", async () => {
    const number = submitted();
    simulator.ensono.agent.moveChange(number, "Cancelled");
    expect(await call("PUT", `/tickets/${number}/notes`, { ...identity, comments })).toEqual(
      refused(`Change ${number} is Cancelled, no more updates are allowed.`),
    );
  });

  test("no other field can be updated, nor can a change be read or created", async () => {
    const number = submitted();
    expect(await call("PUT", `/tickets/${number}`, { ...identity, status: "closed", closeNotes: "x" })).toEqual(
      refused("No other fields of a change can be directly updated via the integration."),
    );
    expect(await call("GET", `/tickets/${number}`)).toEqual(
      refused("Only incidents and requests can be read via the integration."),
    );
    expect(await call("POST", "/tickets", identity)).toMatchObject({
      body: { Response: expect.arrayContaining(["ticketType must be Incident or Request."]) },
    });
  });

  test.each([
    ["PUT", "", {}],
    ["PUT", "/returnptn", identity],
    ["PUT", "/notes", { ...identity, comments }],
    ["PUT", "/approve", { ...identity, approver: "a", approvalId: "b", comments }],
    ["GET", "/attachments/a.txt", undefined],
  ])("[E13] of an unknown change, or one of another instance: %s %s", async (method, path, payload) => {
    const notAuthorized = response("APIKey not authorized for ticket company");
    expect(await call(method, `/tickets/e-CHG0000001${path}`, payload)).toEqual(notAuthorized);
    expect(await send(method, `/prod/tickets/${submitted()}${path}`, payload)).toEqual(notAuthorized);
  });
});

describe("[E1] echo", () => {
  test.each([
    ["PUT", "/returnptn", identity],
    ["PUT", "/notes", { ...identity, comments }],
    ["PUT", "/approve", { ...identity, approver: "a", approvalId: "b", comments }],
    ["GET", "/attachments/a.txt", undefined],
  ])("has no changes: %s %s", async (method, path, payload) => {
    expect(await send(method, `/echo/tickets/${submitted()}${path}`, payload)).toEqual(
      refused("Echo works only for incidents and requests."),
    );
  });
});

describe("[E13] paths", () => {
  test.each([
    ["POST", "/tickets/e-CHG0032075/approve"],
    ["PUT", "/tickets/e-CHG0032075/attachments/a.txt"],
  ])("%s %s: Missing Authentication Token", async (method, path) => {
    expect(await call(method, path)).toEqual({ status: 403, body: { message: "Missing Authentication Token" } });
  });

  test.each([
    ["PUT", "/tickets/e-CHG0032075/approved"],
    ["PUT", "/tickets/e-CHG0032075/approve/1"],
    ["GET", "/tickets/e-CHG0032075/attachments"],
    ["GET", "/tickets/e-CHG0032075/attachments/a/b"],
  ])("%s %s: Bad Path", async (method, path) => {
    expect(await call(method, path)).toEqual(response("Bad Path"));
  });
});

describe("scripts", () => {
  test.each([...Object.values(flowScripts), ...normalChangeScenarios])("[C6] $name", async (script) => {
    const told: string[] = [];
    const number = await walkChangeScript(script, {
      agent: simulator.ensono.agent,
      answer: async (kind, changeNumber) => {
        await answer(changeNumber, kind, -1);
      },
      afterAct: async (label) => {
        told.push(label);
      },
    });
    expect(record(number)).toMatchObject(script.ends);
    expect(told).toHaveLength(script.acts.length + 1);
    const answers = script.acts.filter((act) => "client" in act);
    expect(record(number)?.answers).toHaveLength(answers.length);
  });

  test("are one for each flow and each row of the guide", () => {
    expect(Object.keys(flowScripts)).toHaveLength(5);
    expect(normalChangeScenarios.map(({ clientChange }) => clientChange)).toEqual([
      ...Array.from({ length: 3 }, () => "closes"),
      ...Array.from({ length: 3 }, () => "is cancelled"),
      "is cancelled, a new one is created",
      "stays as it is",
      "is cancelled",
      "is cancelled, a new one is created",
    ]);
  });
});

describe("admin API", () => {
  const open = () => admin("POST", "/changes", { shortDescription: "Fans", description: "Two fans" });

  test("acts as an Ensono agent on changes", async () => {
    expect(await open()).toEqual({ status: 201, body: { changeNumber: "e-CHG0032075" } });
    const change = "/changes/e-CHG0032075";
    expect(await admin("POST", `${change}/submit`)).toMatchObject({ status: 200, body: { state: "Assess" } });
    expect(await admin("POST", "/tickets/e-CHG0032075/comment", { body: "Looking" })).toMatchObject({
      body: { comments: [{ body: "Looking" }] },
    });
    expect(await admin("POST", `${change}/move`, { state: "Draft" })).toMatchObject({ body: { state: "New" } });
    await admin("POST", `${change}/submit`);
    const closure = { state: "Closed", closeNotes: "Done", closeCode: "Unsuccessful" };
    expect(await admin("POST", `${change}/move`, closure)).toMatchObject({ body: closure });
    expect(await admin("GET", "/changes")).toMatchObject({ body: [{ ticketNumber: "e-CHG0032075" }] });
    expect(await admin("GET", change)).toMatchObject({ status: 200, body: { state: "Closed" } });
  });

  test.each([
    ["/changes", { description: "x" }, 400, /^shortDescription: /],
    ["/changes", { shortDescription: "x", description: "x", type: "Big" }, 400, /^type: /],
    ["/changes/e-CHG0032075/move", { state: "Closed" }, 400, /^closeNotes: /],
    ["/changes/e-CHG0032075/move", { state: "Resolved" }, 400, /^state: /],
    ["/changes/e-CHG0032075/move", { state: "Review" }, 409, /submit it first/],
    ["/changes/e-CHG9/submit", {}, 404, /no ticket e-CHG9/],
    ["/changes/e-CS0204070/submit", {}, 409, /e-CS0204070 is not a change/],
  ])("refuses POST %s %j with %i", async (path, body, status, error) => {
    simulator.ensono.agent.open({ shortDescription: "test", description: "test" });
    await open();
    expect(await admin("POST", path, body)).toMatchObject({ status, body: { error: expect.stringMatching(error) } });
  });
});
