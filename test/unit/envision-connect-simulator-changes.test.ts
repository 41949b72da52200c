import { describe, expect, test } from "vitest";
import { type AgentChange, envisionConnectStateSchema } from "../../sandbox/simulators/envision-connect/index.ts";
import { simulatedEnsono } from "../support/simulated-ensono.ts";

const simulator = simulatedEnsono();
const { passSeconds, transactions, utcNow } = simulator;

const minimal = { shortDescription: "test", description: "test" };
const example: AgentChange = {
  ...minimal,
  startDate: "2023-02-08T16:25:48Z",
  endDate: "2023-02-08T16:25:52Z",
  risk: "High",
  justification: "test",
  preChangeChecks: "test",
  implementationPlan: "test",
  testPlan: "test",
  backoutPlan: "test",
  cis: "2000",
};
const open = (fields: Partial<AgentChange> = {}): string =>
  simulator.ensono.agent.openChange({ ...example, ...fields });
const submitted = (fields: Partial<AgentChange> = {}): string => {
  const number = open(fields);
  simulator.ensono.agent.submit(number);
  return number;
};
const types = async () => (await transactions()).map(({ Attributes }) => Attributes.TransactionType);
const bodyOfLast = async () => (await transactions()).at(-1)?.Body;
const record = (number: string) => simulator.ensono.change(number);

/** The guide's "Change Create", as far as it is the same in every transaction. */
const fieldsOfAll = {
  clientName: "testClient",
  ticketType: "Change",
  clientTicketNumber: "",
  ticketNumber: "e-CHG0032075",
  group: "CLIENT - Ensono Other",
  ensonoGroup: "Platform BPMDevandSupport",
  openedAt: "2023-02-08T16:25:44Z",
  updatedOn: "",
  requestedByName: "Ensono User",
  shortDescription: "test",
  type: "Normal",
  category: "Other",
  approval: "requested",
  startDate: "2023-02-08T16:25:48Z",
  endDate: "2023-02-08T16:25:52Z",
  risk: "High",
  impact: "Low",
  description: "test",
  justification: "test",
  preChangeChecks: "test",
  implementationPlan: "test",
  testPlan: "test",
  backoutPlan: "test",
  state: "Assess",
  priority: "4",
  cis: "2000",
};

describe("[C1] the first transaction", () => {
  test("of a Normal change is the guide's example, field by field and in its order", async () => {
    submitted({ approvers: [] });
    const [message] = await transactions();
    expect(message?.Body).toEqual({ ...fieldsOfAll, updatedOn: "2023-02-08T16:25:44Z " });
    expect(Object.keys(message?.Body ?? {})).toEqual(Object.keys(fieldsOfAll));
    expect(message?.Attributes).toMatchObject({
      MessageGroupId: "e-CHG0032075",
      ClientReferenceAvailable: false,
      TransactionType: "Create",
    });
  });

  test.each([
    ["Normal", "Assess", "requested"],
    ["Standard", "Scheduled", "approved"],
    ["Emergency", "Authorize", "requested"],
  ] as const)("of a %s change says %s", async (type, state, approval) => {
    submitted({ type });
    const [message] = await transactions();
    expect(message).toMatchObject({ Body: { type, state, approval }, Attributes: { TransactionType: "Create" } });
  });

  test("is the first that the client hears: of a draft nothing is sent", () => {
    const number = open();
    simulator.ensono.agent.comment(number, { body: "Still thinking" });
    simulator.ensono.agent.attach(number, { fileName: "plan.pdf", content: Buffer.from("%PDF") });
    simulator.ensono.agent.moveChange(number, "Cancelled");
    expect(simulator.ensono.queue.waiting()).toBe(0);
    expect(record(number)).toMatchObject({ state: "Cancelled", comments: [{ body: "Still thinking" }] });
  });

  test("is followed by the public files of the draft, and by no others", async () => {
    const number = open({ approvers: [] });
    const { agent } = simulator.ensono;
    agent.attach(number, { fileName: "internal.txt", content: Buffer.from("x"), public: false });
    agent.attach(number, { fileName: "plan.pdf", content: Buffer.from("%PDF") });
    agent.submit(number);
    expect(await transactions()).toMatchObject([
      { Attributes: { TransactionType: "Create" } },
      { Attributes: { TransactionType: "Attachment" }, Body: { attachmentName: "plan.pdf" } },
    ]);
  });
});

describe("[C2] approval requests", () => {
  const approvers = [
    { name: "Default User", email: "noreply@client.com" },
    { name: "Change Board", email: "cab@client.com" },
  ];

  test("are the guide's example, one for each external approver of a Normal change", async () => {
    submitted({ approvers });
    const [, first, second] = await transactions();
    expect(first?.Body).toEqual({
      clientName: "testClient",
      ticketType: "Change",
      clientTicketNumber: "",
      ticketNumber: "e-CHG0032075",
      group: "CLIENT - Ensono Other",
      ensonoGroup: "Platform BPMDevandSupport",
      description: "test",
      state: "Assess",
      approvalState: "Requested",
      approvalId: expect.stringMatching(/^[0-9a-f]{32}$/),
      approverName: "Default User",
      approverEmail: "noreply@client.com",
    });
    expect(first?.Attributes).toMatchObject({ TransactionType: "Approval Request" });
    expect(second?.Body).toMatchObject({ approverName: "Change Board", approverEmail: "cab@client.com" });
    expect(second?.Body.approvalId).not.toBe(first?.Body.approvalId);
  });

  test.each(["Standard", "Emergency"] as const)("are not sent for a %s change", async (type) => {
    submitted({ type, approvers });
    expect(await types()).toEqual(["Create"]);
  });
});

describe("[C4] moves", () => {
  test("send all fields, without a time and without `changed`", async () => {
    const number = submitted({ approvers: [] });
    simulator.ensono.agent.moveChange(number, "Authorize");
    const [, message] = await transactions();
    expect(message?.Body).toEqual({ ...fieldsOfAll, state: "Authorize" });
    expect(message?.Attributes).toMatchObject({ TransactionType: "Update" });
  });

  test.each(["New", "Draft"] as const)("to %s send a Redraft", async (state) => {
    const number = submitted({ approvers: [] });
    simulator.ensono.agent.moveChange(number, state);
    const [, message] = await transactions();
    expect(message?.Body).toEqual({ ...fieldsOfAll, state: "New", approval: "not requested" });
    expect(message?.Attributes).toMatchObject({ TransactionType: "Redraft" });
  });

  test("to Closed send a Closure with notes and code", async () => {
    const number = submitted({ type: "Standard" });
    const closure = { closeNotes: "close notes text", closeCode: "Successful Outside Change Window" } as const;
    simulator.ensono.agent.moveChange(number, "Closed", closure);
    const [, message] = await transactions();
    expect(message?.Body).toEqual({
      ...fieldsOfAll,
      type: "Standard",
      approval: "approved",
      state: "Closed",
      ...closure,
    });
    expect(message?.Attributes).toMatchObject({ TransactionType: "Closure" });
  });

  test("to Cancelled send an Update; to the same state nothing", async () => {
    const number = submitted({ type: "Emergency" });
    simulator.ensono.agent.moveChange(number, "Authorize");
    simulator.ensono.agent.moveChange(number, "Cancelled");
    expect(await types()).toEqual(["Create", "Update"]);
  });

  test("say `approved` once past Ensono's own approvers", async () => {
    const number = submitted({ approvers: [] });
    const approvals = [];
    for (const state of ["Authorize", "Scheduled", "Implement", "Review"] as const) {
      simulator.ensono.agent.moveChange(number, state);
      approvals.push(record(number)?.approval);
    }
    expect(approvals).toEqual(["requested", "approved", "approved", "approved"]);
  });

  test("[C6] after New the first transaction and new approval requests come again, with the client's number", async () => {
    const number = submitted();
    await simulator.call("PUT", `/tickets/${number}/returnptn`, {
      clientName: "testClient",
      ticketType: "Change",
      clientTicketNumber: "CHG1",
    });
    simulator.ensono.agent.moveChange(number, "New");
    simulator.ensono.agent.submit(number);
    expect(await transactions()).toMatchObject([
      { Attributes: { TransactionType: "Create" } },
      { Attributes: { TransactionType: "Approval Request" } },
      { Attributes: { TransactionType: "Redraft" }, Body: { approval: "not requested" } },
      { Attributes: { TransactionType: "Create" }, Body: { state: "Assess", clientTicketNumber: "CHG1" } },
      { Attributes: { TransactionType: "Approval Request" }, Body: { state: "Assess" } },
    ]);
    const { approvals = [] } = record(number) ?? {};
    expect(approvals.map(({ state }) => state)).toEqual(["no longer required", "requested"]);
    expect(new Set(approvals.map(({ approvalId }) => approvalId)).size).toBe(2);
  });

  test("are refused when impossible, and send nothing", () => {
    const { agent, queue } = simulator.ensono;
    const number = open();
    expect(() => agent.moveChange(number, "Assess")).toThrow("submit it first");
    agent.submit(number);
    const sent = queue.waiting();
    expect(() => agent.submit(number)).toThrow("only a change in New");
    expect(() => agent.moveChange(number, "Closed")).toThrow(/closeNotes/);
    expect(() => agent.moveChange(number, "Review", { closeNotes: "?" })).toThrow(/closeNotes/);
    expect(() => agent.update(number, { priority: "1" })).toThrow("use moveChange");
    expect(() => agent.openChange({ ...example, startDate: "tomorrow" })).toThrow(/startDate/);
    expect(queue.waiting()).toBe(sent);
  });

  test.each(["Closed", "Cancelled"] as const)("from %s are all refused", (state) => {
    const { agent } = simulator.ensono;
    const number = submitted();
    agent.moveChange(number, state, state === "Closed" ? { closeNotes: "Over" } : {});
    for (const act of [
      () => agent.moveChange(number, "New"),
      () => agent.submit(number),
      () => agent.comment(number, { body: "x" }),
      () => agent.attach(number, { fileName: "x.txt", content: Buffer.from("x") }),
    ])
      expect(act).toThrow(`Change ${number} is ${state}, no more updates are allowed.`);
  });
});

test("[C7] a comment is the guide's example, with the time of the update", async () => {
  const number = submitted({ approvers: [] });
  passSeconds(60);
  simulator.ensono.agent.comment(number, { body: "Adding a comment" });
  expect(await bodyOfLast()).toEqual({
    ...fieldsOfAll,
    updatedOn: utcNow(),
    notes: {
      type: "comment",
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      body: "Adding a comment",
      commenter: "Ensono User",
      commenterEmail: "Ensono.User@Ensono.com",
    },
  });
});

test("changes have numbers of their own, and plan themselves for tomorrow", () => {
  expect([open(), open(), simulator.ensono.agent.open(minimal)]).toEqual([
    "e-CHG0032075",
    "e-CHG0032076",
    "e-CS0204070",
  ]);
  const number = simulator.ensono.agent.openChange(minimal);
  expect(record(number)).toMatchObject({ startDate: "2023-02-09T16:25:44Z", endDate: "2023-02-09T18:25:44Z" });
});
describe("[R1] state", () => {
  test("keeps changes and their numbering over a restart", async () => {
    const number = submitted();
    open();
    const before = simulator.ensono.snapshot();
    await simulator.start({ state: envisionConnectStateSchema.parse(JSON.parse(JSON.stringify(before))) });
    expect(simulator.ensono.snapshot()).toEqual(before);
    expect(record(number)).toMatchObject({ state: "Assess", approvals: [{ state: "requested" }] });
    expect(open()).toBe("e-CHG0032077");
  });

  test("of before there were changes and files is still read", async () => {
    simulator.ensono.agent.open(minimal);
    const { changes: _, nextChange: __, files: ___, tickets, ...others } = simulator.ensono.snapshot();
    const old = { ...others, tickets: tickets.map(({ files: _, droppedFiles: __, ...ticket }) => ticket) };
    await simulator.start({ state: envisionConnectStateSchema.parse(JSON.parse(JSON.stringify(old))) });
    expect(simulator.ensono.tickets()).toMatchObject([{ files: [], droppedFiles: [] }]);
    expect(open()).toBe("e-CHG0032075");
  });
});
