import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { clientNumberBodySchema } from "../../lambdas/shared/domain/client-contract.ts";
import { apiSecret, commented, created, notice, start, startBoth, startBridge } from "../support/itsm-simulator.ts";

describe("the simulated ITSM, receiving", () => {
  it("keeps what the bridge delivers, in its own columns", async () => {
    const { itsm, deliver } = await start();
    expect(await deliver("k1", created)).toEqual({ status: 200, answer: { clientTicketNumber: "INC0010001" } });
    await deliver("k2", notice("ticket.updated", { changed: { priority: 1 } }));
    expect(await deliver("k3", commented)).toEqual({ status: 200, answer: { commentId: "CMT0000001" } });
    await deliver("k4", notice("ticket.resolved", { changed: { closeNotes: "Freed" } }));
    expect(itsm.tickets()).toMatchObject([
      {
        number: "INC0010001",
        ensonoTicketNumber: "e-CS0204070",
        openedBy: "bridge",
        fields: { shortDescription: "Disk full", cis: ["db1", "db2"], priority: "1", status: "Resolved" },
        comments: [{ body: "On it", author: "Ensono", bridgeKey: "k3" }],
      },
    ]);
    expect(itsm.effects().map(({ key }) => key)).toEqual(["k1", "k2", "k3", "k4"]);
  });

  it("follows resolve, reopen and close, and learns the Ensono number", async () => {
    const { itsm, deliver } = await start();
    const { number } = itsm.agent.open({ shortDescription: "Ours" });
    const status = () => itsm.tickets()[0]?.fields.status;
    await deliver("k1", notice("ticket.linked", {}, number));
    expect(itsm.tickets()[0]?.ensonoTicketNumber).toBe("e-CS0204070");
    for (const [type, expected] of [
      ["ticket.resolved", "Resolved"],
      ["ticket.reopened", "Open"],
      ["ticket.closed", "Closed"],
    ] as const) {
      await deliver(type.replace(".", "_"), notice(type, { changed: {} }, number));
      expect(status()).toBe(expected);
    }
  });

  it("[I12] refuses what is not signed with one of its secrets, and records it", async () => {
    const { itsm, deliver } = await start();
    expect(await deliver("k1", created, apiSecret)).toMatchObject({ status: 401 });
    expect(itsm.tickets()).toEqual([]);
    expect(itsm.deliveries()).toMatchObject([
      { id: "k1", type: "ticket.created", valid: false, answer: { status: 401 } },
    ]);
  });

  it("names the field of a delivery that does not keep the contract", async () => {
    const { deliver } = await start();
    expect(await deliver("k1", notice("ticket.updated", { changed: "no" }))).toMatchObject({
      status: 400,
      answer: { field: "data.changed" },
    });
  });

  it("finds a ticket by its Ensono number while its own is not known there", async () => {
    const { deliver } = await start({ numbers: "later" });
    expect(await deliver("k1", created)).toEqual({ status: 202, answer: {} });
    expect(await deliver("k2", notice("ticket.updated", { changed: {} }, null))).toMatchObject({ status: 200 });
    expect(await deliver("k3", notice("ticket.updated", { changed: {} }, "INC404"))).toMatchObject({ status: 422 });
  });

  it("hits deliveries with the faults that were asked for, by kind and count", async () => {
    const { itsm, deliver } = await start();
    itsm.faults.inject({ kind: "down", count: 1 });
    itsm.faults.inject({ kind: "status", status: 502, type: "ticket.commented", afterEffect: true, count: 1 });
    itsm.faults.inject({ kind: "slow", ms: 1 });
    await expect(deliver("k1", created)).rejects.toThrow();
    expect(await deliver("k1", created)).toMatchObject({ status: 200 });
    expect(await deliver("k2", commented)).toMatchObject({ status: 502 });
    expect(await deliver("k2", commented)).toMatchObject({ status: 200 });
    expect(itsm.tickets()).toMatchObject([{ comments: [{ body: "On it" }] }]);
    expect(itsm.deliveries().map(({ answer }) => answer?.status ?? null)).toEqual([null, 200, 502, 200]);
    expect(itsm.faults.active()).toEqual([{ kind: "slow", ms: 1 }]);
    itsm.faults.clear();
    expect(itsm.faults.active()).toEqual([]);
  });
});

describe("the simulated ITSM, telling the bridge", () => {
  it("sends what its agents do, signed, in order", async () => {
    const { itsm, bridge } = await startBoth();
    const { agent } = itsm;
    const { number } = agent.open({ shortDescription: "Printer", priority: "High" }, { ticketType: "Request" });
    agent.update(number, { status: "In Progress" }, [{ body: "Trying" }]);
    agent.comment(number, { body: "Still trying", commenter: "Dana" });
    agent.resolve(number, { closeNotes: "Toner" });
    agent.reopen(number);
    agent.close(number);
    await itsm.idle();

    expect(bridge.events()).toMatchObject([
      { clientTicketNumber: number, ticketType: "Request", ticket: { status: "Open", priority: "High" } },
      { ticket: { status: "In Progress" }, comments: [{ id: "CMT0000001", body: "Trying" }] },
      { ticket: {}, comments: [{ id: "CMT0000002", body: "Still trying", commenter: "Dana" }] },
      { ticket: { status: "Resolved", closeNotes: "Toner" } },
      { ticket: { status: "Open" } },
      { ticket: { status: "Closed" } },
    ]);
    for (const { headers, body } of bridge.calls) {
      expect(() => new Webhook(apiSecret).verify(body, headers)).not.toThrow();
    }
    expect(itsm.events().map(({ outcome }) => outcome?.status)).toEqual(Array(6).fill(202));
  });

  it("can prove itself by a bearer token", async () => {
    const bridge = await startBridge();
    const { itsm } = await start({ bridge: { url: bridge.url, bearer: "token" } });
    itsm.agent.open({});
    await itsm.idle();
    expect(bridge.calls[0]?.headers).toMatchObject({ authorization: "Bearer token", "webhook-id": expect.any(String) });
  });

  it("sends an event again, with the same id and before the ticket's next, until it is accepted", async () => {
    const { itsm, bridge } = await startBoth({}, 503, 401);
    const { number } = itsm.agent.open({});
    itsm.agent.comment(number, { body: "Next" });
    await itsm.idle();
    const [first, second, third, next] = bridge.calls.map(({ headers }) => headers["webhook-id"]);
    expect([second, third]).toEqual([first, first]);
    expect(next).not.toBe(first);
    expect(bridge.calls).toHaveLength(4);
  });

  it("gives up an event that the bridge refuses, and shows it", async () => {
    const { itsm } = await startBoth({}, 400);
    itsm.agent.open({});
    await itsm.idle();
    expect(itsm.events()).toMatchObject([{ attempts: 1, outcome: { status: 400 } }]);
  });

  it("keeps events until the bridge is known", async () => {
    const bridge = await startBridge();
    const { itsm } = await start();
    itsm.agent.open({});
    itsm.setBridge({ url: bridge.url, secret: apiSecret });
    await itsm.idle();
    expect(bridge.events()).toHaveLength(1);
  });

  it("[I5] echoes what the bridge did, as its integration user, with the comment's id and the bridge's key", async () => {
    const { itsm, deliver, bridge } = await startBoth();
    await deliver("k1", created);
    await deliver("k2", commented);
    await itsm.idle();
    expect(bridge.events()).toMatchObject([
      { ensonoTicketNumber: "e-CS0204070", actor: "envision-bridge", ticket: { shortDescription: "Disk full" } },
      { actor: "envision-bridge", ticket: {}, comments: [{ id: "CMT0000001", bridgeKey: "k2", body: "On it" }] },
    ]);
  });

  it("[I5] echoes without naming anyone, or not at all, as it is told", async () => {
    const { itsm, deliver, bridge } = await startBoth();
    itsm.behave({ echoActor: false, echoKeys: false, events: "snapshots" });
    await deliver("k1", created);
    await deliver("k2", commented);
    itsm.behave({ echoes: false });
    await deliver("k3", notice("ticket.closed", { changed: {} }));
    await itsm.idle();
    const [, echo, ...more] = bridge.events();
    expect(more).toEqual([]);
    expect(echo).not.toHaveProperty("actor");
    expect(echo?.comments[0]).not.toHaveProperty("bridgeKey");
    expect(echo?.ticket).toMatchObject({ shortDescription: "Disk full", cis: ["db1", "db2"] });
  });

  it("[I11] tells a late number before it echoes the ticket", async () => {
    const { itsm, deliver, bridge } = await startBoth({ numbers: "later", laterMs: 5 });
    expect(await deliver("k1", created)).toEqual({ status: 202, answer: {} });
    await itsm.idle();
    expect(bridge.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "PUT /tickets/e-CS0204070/client-number",
      "POST /events",
    ]);
    expect(clientNumberBodySchema.parse(JSON.parse(bridge.calls[0]?.body ?? ""))).toEqual({
      clientTicketNumber: "INC0010001",
      ticketType: "Incident",
    });
  });
});
