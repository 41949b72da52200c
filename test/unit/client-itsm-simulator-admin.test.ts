import { describe, expect, it, vi } from "vitest";
import { type ClientItsmState, clientItsmStateSchema } from "../../sandbox/simulators/client-itsm/state.ts";
import { apiSecret, changeCreated, created, start, startBoth, startBridge } from "../support/itsm-simulator.ts";

describe("the simulated ITSM, kept between runs", () => {
  it("goes on where it stopped: tickets, answers, numbers, and events still to be sent", async () => {
    let kept: ClientItsmState | undefined;
    const save = (state: ClientItsmState) => {
      kept = structuredClone(state);
    };
    const first = await start({ save, echoes: false });
    await first.deliver("k1", created);
    first.itsm.agent.comment("INC0010001", { body: "Hello" });
    expect(kept).toEqual(first.itsm.snapshot());
    await first.itsm.close();

    const bridge = await startBridge();
    const state = clientItsmStateSchema.parse(JSON.parse(JSON.stringify(kept)));
    const { itsm, deliver } = await start({ state, bridge: { url: bridge.url, secret: apiSecret }, echoes: false });
    await itsm.idle();
    expect(bridge.events()).toMatchObject([{ clientTicketNumber: "INC0010001", comments: [{ body: "Hello" }] }]);
    expect(await deliver("k1", created)).toMatchObject({ answer: { clientTicketNumber: "INC0010001" } });
    expect(await deliver("k2", created)).toMatchObject({ answer: { clientTicketNumber: "INC0010002" } });
  });

  it("still puts the files to the bridge that an earlier run could not, but for large ones", async () => {
    const first = await start();
    const { number } = first.itsm.agent.open({});
    const made = { bytes: 2_000_000, seed: "a dump" };
    await first.itsm.agent.attach(number, { fileName: "small.txt", content: Buffer.from("small") }, { by: "upload" });
    await first.itsm.agent.attach(number, { fileName: "made.bin", content: made }, { by: "upload" });
    await first.itsm.agent.attach(number, { fileName: "large.bin", content: Buffer.alloc(1e6) }, { by: "upload" });
    const state = clientItsmStateSchema.parse(JSON.parse(JSON.stringify(first.itsm.snapshot())));

    const { itsm, bridge } = await startBoth({ state });
    await itsm.idle();
    expect(bridge.puts.map(({ size }) => size)).toEqual([5, made.bytes]);
    expect(itsm.events().map(({ outcome }) => outcome?.status)).toEqual([202, 202, 202, 404]);
  });

  it("goes on from a state of before there were changes and attachments", async () => {
    const old = {
      installation: "ax",
      counters: { ticket: 1, comment: 0, event: 0 },
      tickets: {
        INC0010001: { number: "INC0010001", ticketType: "Incident", openedBy: "agent", fields: {}, comments: [] },
      },
      answers: {},
      deliveries: [],
      effects: [],
      events: [],
    };
    const { itsm, deliver } = await start({ state: clientItsmStateSchema.parse(old) });
    await itsm.agent.attach("INC0010001", { fileName: "a.txt", content: Buffer.from("a") });
    await deliver("k1", changeCreated());
    expect(itsm.tickets()).toMatchObject([{ attachments: [{ id: "ATT0000001" }] }, { number: "CHG0010001" }]);
  });
});

describe("the simulated ITSM's admin API", () => {
  it("acts as an agent", async () => {
    const { itsm, admin } = await start();
    expect(await admin("POST", "/tickets", { ticket: { shortDescription: "Printer" } })).toMatchObject({
      status: 200,
      answer: { number: "INC0010001" },
    });
    await admin("PATCH", "/tickets/INC0010001", { ticket: { priority: "Low" }, comments: [{ body: "One" }] });
    await admin("POST", "/tickets/INC0010001/comments", { body: "Two" });
    await admin("POST", "/tickets/INC0010001/resolve", { closeNotes: "Done" });
    await admin("POST", "/tickets/INC0010001/reopen");
    await admin("POST", "/tickets/INC0010001/close");
    expect(await admin("GET", "/tickets/INC0010001")).toEqual({ status: 200, answer: itsm.tickets()[0] });
    expect(itsm.tickets()).toMatchObject([
      {
        fields: { priority: "Low", status: "Closed", closeNotes: "Done" },
        comments: [{ body: "One" }, { body: "Two" }],
      },
    ]);
    expect((await admin("GET", "/events")).answer).toHaveLength(6);
  });

  it("acts as those who decide about a change", async () => {
    const { itsm, admin, deliver } = await start();
    await deliver("k1", changeCreated());
    await deliver("k2", changeCreated({ ensonoTicketNumber: "e-CHG0032104" }));
    await admin("POST", "/tickets/CHG0010001/approve", { approver: { name: "Dana" } });
    await admin("POST", "/tickets/CHG0010002/reject", { approver: { name: "Dana" }, reason: "No" });
    expect(itsm.tickets()).toMatchObject([
      { decision: "approved", phase: "open" },
      { decision: "rejected", phase: "closed" },
    ]);
    expect(await admin("GET", "/open-changes")).toEqual({ status: 200, answer: itsm.openChanges() });
    expect(itsm.openChanges()).toHaveLength(1);
  });

  it("attaches files, given in base64 or made up", async () => {
    const { itsm, admin } = await start();
    const { number } = itsm.agent.open({});
    const path = `/tickets/${number}/attachments`;
    expect(await admin("POST", path, { fileName: "a.txt", content: "YQ==", by: "url" })).toMatchObject({
      status: 200,
      answer: { attachments: [{ id: "ATT0000001", fileName: "a.txt", size: 1 }] },
    });
    await admin("POST", path, { fileName: "b.bin", content: { bytes: 70_000 }, by: "upload" });
    expect(itsm.file("ATT0000001")).toEqual(Buffer.from("a"));
    expect(itsm.tickets()[0]?.attachments[1]).toMatchObject({ fileName: "b.bin", size: 70_000 });
    expect(itsm.events().map(({ upload }) => upload?.fileName)).toEqual([undefined, undefined, "b.bin"]);
  });

  it("steers faults, behaviour and the bridge's address", async () => {
    const { itsm, admin, deliver } = await start();
    expect(await admin("POST", "/faults", { kind: "status", status: 500 })).toEqual({ status: 204, answer: null });
    expect(await deliver("k1", created)).toMatchObject({ status: 500 });
    await admin("DELETE", "/faults");
    await admin("PATCH", "/behaviour", { numbers: "later" });
    expect(await admin("GET", "/behaviour")).toMatchObject({ answer: { numbers: "later", echoes: true } });
    const bridge = await startBridge();
    await admin("PUT", "/bridge", { url: bridge.url, bearer: "token" });
    itsm.agent.open({});
    await vi.waitFor(() => expect(bridge.events()).toHaveLength(1), { timeout: 10_000 });
    expect((await admin("GET", "/deliveries")).answer).toMatchObject([{ id: "k1", answer: { status: 500 } }]);
  });

  it.each([
    ["POST", "/tickets", { ticket: { priority: 1 } }, 400, "ticket.priority"],
    ["POST", "/tickets/INC1/comments", { body: "" }, 400, "body"],
    ["POST", "/tickets/INC1/approve", { approver: { name: "" } }, 400, "approver.name"],
    ["POST", "/tickets/INC1/attachments", { fileName: "a.txt", content: "?" }, 400, "content"],
    ["POST", "/tickets/INC404/attachments", { fileName: "a.txt", content: "YQ==" }, 404, undefined],
    ["POST", "/faults", { kind: "slow", ms: "long" }, 400, "ms"],
    ["PATCH", "/behaviour", { numbers: "never" }, 400, "numbers"],
    ["GET", "/tickets/INC404", undefined, 404, undefined],
    ["GET", "/nowhere", undefined, 404, undefined],
    ["POST", "/tickets", "{", 400, undefined],
  ] as const)("answers %s %s %j with %i, naming the field %s", async (method, path, body, status, field) => {
    const { admin } = await start();
    const answered = await admin(method, path, body);
    expect(answered).toMatchObject({ status, answer: { error: expect.any(String), ...(field && { field }) } });
  });
});
