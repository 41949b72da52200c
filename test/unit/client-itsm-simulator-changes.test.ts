import { describe, expect, it } from "vitest";
import { clientNumberBodySchema } from "../../lambdas/shared/domain/client-contract.ts";
import { changeCreated, changeNotice, created, start, startBoth } from "../support/itsm-simulator.ts";

const approval = {
  approvalId: "a1",
  approverName: "Dana Cruz",
  approverEmail: "dana@example.com",
  description: "Patch db1",
};

describe("the simulated ITSM, receiving changes", () => {
  it("keeps a change with its fields, its approvals and its comments", async () => {
    const { itsm, deliver } = await start();
    expect(await deliver("k1", changeCreated())).toEqual({ status: 200, answer: { clientTicketNumber: "CHG0010001" } });
    expect(await deliver("k2", changeNotice("approval_requested", { approval }))).toEqual({ status: 200, answer: {} });
    await deliver("k3", changeNotice("updated", { changed: { state: "Authorize", risk: "High" } }));
    const comment = { id: "n1", body: "On Sunday", author: "Ensono" };
    expect(await deliver("k4", changeNotice("commented", { comment }))).toMatchObject({
      answer: { commentId: "CMT0000001" },
    });
    expect(itsm.tickets()).toEqual([
      {
        number: "CHG0010001",
        ensonoTicketNumber: "e-CHG0032103",
        ticketType: "Change",
        openedBy: "bridge",
        phase: "open",
        clientApproval: "required",
        fields: { shortDescription: "Patch db1", state: "Authorize", risk: "High" },
        comments: [expect.objectContaining({ body: "On Sunday", bridgeKey: "k4" })],
        approvals: [{ ...approval, bridgeKey: "k2" }],
        attachments: [],
      },
    ]);
    expect(itsm.effects().map(({ type }) => type)).toEqual([
      "change.created",
      "change.approval_requested",
      "change.updated",
      "change.commented",
    ]);
  });

  it("counts changes apart from tickets, and those that are open", async () => {
    const { itsm, deliver } = await start();
    await deliver("k1", created);
    await deliver("k2", changeCreated());
    await deliver("k3", changeCreated({ ensonoTicketNumber: "e-CHG0032104" }));
    expect(itsm.tickets().map(({ number }) => number)).toEqual(["INC0010001", "CHG0010001", "CHG0010002"]);
    await deliver("k4", changeNotice("cancelled", { changed: {} }));
    expect(itsm.openChanges().map(({ number }) => number)).toEqual(["CHG0010002"]);
  });

  it.each([
    ["cancelled", { state: "New" }, { phase: "cancelled", fields: { state: "New" } }],
    ["cancelled", {}, { phase: "cancelled", fields: { state: "Cancelled" } }],
    ["closed", { closeCode: "Successful" }, { phase: "closed", fields: { state: "Closed", closeCode: "Successful" } }],
  ])("[C6] leaves a change that was %s with %j as it is from then on", async (end, changed, expected) => {
    const { itsm, deliver } = await start();
    await deliver("k1", changeCreated());
    await deliver("k2", changeNotice(end, { changed }));
    expect(itsm.tickets()).toMatchObject([expected]);
    for (const [nth, type] of ["updated", "cancelled", "closed"].entries()) {
      expect(await deliver(`later${nth}`, changeNotice(type, { changed: { state: "Review" } }))).toMatchObject({
        status: 200,
      });
    }
    itsm.agent.update("CHG0010001", { state: "Implement" });
    itsm.agent.close("CHG0010001");
    expect(itsm.tickets()).toMatchObject([expected]);
  });

  it("[C6] keeps which change a new one replaces, and finds the new one by Ensono's number", async () => {
    const { itsm, deliver } = await start();
    await deliver("k1", changeCreated());
    await deliver("k2", changeCreated({ replaces: "CHG0010001" }));
    await deliver("k3", changeNotice("updated", { changed: { state: "Authorize" } }, null));
    expect(itsm.tickets()).toMatchObject([
      { number: "CHG0010001", fields: { state: "Assess" } },
      { number: "CHG0010002", replaces: "CHG0010001", fields: { state: "Authorize" } },
    ]);
  });

  it("[I11] tells the number of a change later, if so asked", async () => {
    const { itsm, deliver, bridge } = await startBoth({ numbers: "later", laterMs: 5 });
    expect(await deliver("k1", changeCreated())).toEqual({ status: 202, answer: {} });
    await itsm.idle();
    expect(bridge.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "PUT /tickets/e-CHG0032103/client-number",
    ]);
    expect(clientNumberBodySchema.parse(JSON.parse(bridge.calls[0]?.body ?? ""))).toEqual({
      clientTicketNumber: "CHG0010001",
      ticketType: "Change",
    });
  });

  it("is hit by the faults of a change's deliveries", async () => {
    const { itsm, deliver } = await start();
    itsm.faults.inject({ kind: "status", status: 503, type: "change.created", count: 1 });
    expect(await deliver("k0", created)).toMatchObject({ status: 200 });
    expect(await deliver("k1", changeCreated())).toMatchObject({ status: 503 });
    expect(await deliver("k1", changeCreated())).toMatchObject({ status: 200 });
  });
});

describe("the simulated ITSM, deciding about changes", () => {
  const startChange = async () => {
    const both = await startBoth({ echoes: false });
    await both.deliver("k1", changeCreated());
    await both.deliver("k2", changeNotice("approval_requested", { approval }));
    return { ...both, agent: both.itsm.agent, number: "CHG0010001" };
  };
  const dana = { name: "Dana Cruz", email: "dana@example.com" };

  it("[C3] approves: the change goes on", async () => {
    const { itsm, agent, number, bridge } = await startChange();
    agent.approve(number, { approver: dana, reason: "The weekend suits us" });
    await itsm.idle();
    const answer = { decision: "approved", approver: dana, reason: "The weekend suits us" };
    expect(itsm.tickets()).toMatchObject([
      { phase: "open", decision: "approved", fields: { approval: "Approved" }, approvals: [{ answer }] },
    ]);
    expect(bridge.events()).toMatchObject([
      { clientTicketNumber: number, ticketType: "Change", ensonoTicketNumber: "e-CHG0032103", ticket: {} },
    ]);
    expect(bridge.events()[0]?.approval).toEqual(answer);
  });

  it("[C3] rejects: the change is closed at the client, and stays so whatever is answered later", async () => {
    const { itsm, agent, number, bridge, deliver } = await startChange();
    agent.reject(number, { approver: { name: "Kim Lee" }, approvalId: "a1", reason: "Quarter's end" });
    agent.approve(number, { approver: dana });
    await deliver("k3", changeNotice("cancelled", { changed: { state: "New" } }));
    await itsm.idle();
    expect(itsm.openChanges()).toEqual([]);
    expect(itsm.tickets()).toMatchObject([
      { phase: "closed", decision: "rejected", fields: { approval: "Rejected", state: "Closed" } },
    ]);
    expect(bridge.events().map((event) => event.approval)).toEqual([
      { decision: "rejected", approver: { name: "Kim Lee" }, approvalId: "a1", reason: "Quarter's end" },
      { decision: "approved", approver: dana },
    ]);
  });

  it("answers the request that is named, else the approver's own, else the first", async () => {
    const { itsm, agent, number, deliver } = await startChange();
    const second = { approvalId: "a2", approverEmail: "Kim@example.com" };
    await deliver("k3", changeNotice("approval_requested", { approval: second }));
    const answered = () => itsm.tickets()[0]?.approvals.map(({ answer }) => answer?.reason);
    agent.approve(number, { approver: { name: "Kim", email: "kim@example.com" }, reason: "by address" });
    expect(answered()).toEqual([undefined, "by address"]);
    agent.approve(number, { approver: { name: "Sam" }, reason: "by nothing" });
    expect(answered()).toEqual(["by nothing", "by address"]);
    agent.approve(number, { approver: dana, approvalId: "a2", reason: "by id" });
    expect(answered()).toEqual(["by nothing", "by id"]);
  });

  it("comments on a change, and closes it once the CAB has reviewed it", async () => {
    const { itsm, agent, number, bridge } = await startChange();
    agent.comment(number, { body: "Please mind the backup" });
    agent.close(number, { closeNotes: "Reviewed" });
    await itsm.idle();
    expect(itsm.tickets()).toMatchObject([{ phase: "closed", fields: { state: "Closed", closeNotes: "Reviewed" } }]);
    expect(bridge.events()).toMatchObject([
      { ticketType: "Change", ticket: {}, comments: [{ id: "CMT0000001", body: "Please mind the backup" }] },
    ]);
  });

  it("[C5] tells the fields of changes only if asked to, with each edit or as they are now", async () => {
    const { itsm, agent, number, bridge } = await startChange();
    agent.update(number, { risk: "High" });
    itsm.behave({ changeFields: true });
    agent.update(number, { risk: "Low" });
    itsm.behave({ events: "snapshots" });
    agent.reject(number, { approver: dana });
    await itsm.idle();
    expect(bridge.events().map(({ ticket }) => ticket)).toEqual([
      { risk: "Low" },
      { shortDescription: "Patch db1", state: "Closed", risk: "Low", approval: "Rejected" },
    ]);
  });

  it("[I5] echoes what the bridge did to a change", async () => {
    const { itsm, deliver, bridge } = await startBoth({ changeFields: true });
    await deliver("k1", changeCreated());
    await deliver("k2", changeNotice("commented", { comment: { body: "On Sunday" } }));
    await itsm.idle();
    expect(bridge.events()).toMatchObject([
      { ticketType: "Change", actor: "envision-bridge", ticket: { state: "Assess" } },
      { ticketType: "Change", actor: "envision-bridge", comments: [{ bridgeKey: "k2", body: "On Sunday" }] },
    ]);
  });

  it("does to a change only what can be done to one, and to a ticket likewise", async () => {
    const { agent, number } = await startChange();
    expect(() => agent.resolve(number)).toThrow("CHG0010001 is a change");
    expect(() => agent.reopen(number)).toThrow("CHG0010001 is a change");
    const ticket = agent.open({ shortDescription: "Printer" });
    expect(() => agent.approve(ticket.number, { approver: dana })).toThrow("INC0010001 is no change");
  });
});
