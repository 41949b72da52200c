import { describe, expect, it } from "vitest";
import { ensonoLane, type Lane } from "../../lambdas/shared/domain/lane.ts";
import { transferId } from "../../lambdas/shared/domain/transfer.ts";
import { measureBacklog } from "../../lambdas/upkeep/sweeper/measure-backlog.ts";
import { newClientTicket } from "../support/builders.ts";
import { type InMemoryBridge, inMemoryBridge } from "../support/in-memory-bridge.ts";

const MINUTE_MS = 60_000;
const measure = (bridge: InMemoryBridge) => measureBacklog({ ...bridge, clock: bridge.clock.now });
const none = { count: 0, oldestMs: 0 };

describe("what waits", () => {
  it("is nothing where all is done", async () => {
    const bridge = inMemoryBridge();
    bridge.ensono.open();
    await bridge.open(newClientTicket);
    await bridge.minutes(3);
    expect(await measure(bridge)).toEqual({
      towards: { client: none, ensono: none },
      held: none,
      linkConflicts: 0,
      inDoubtMs: 0,
      owedNumberMs: 0,
      promised: 0,
      files: { fetch: none, send: none },
      open: [],
      paused: [],
    });
  });

  it("[L2] is every entry that arrived and is not done, whether its time has come or not, for each direction", async () => {
    const bridge = inMemoryBridge();
    bridge.wakeUps.become("lost");
    const number = bridge.ensono.open();
    bridge.ensono.note(number, "one");
    bridge.ensono.note(number, "two");
    bridge.ensono.open();
    await bridge.poll();
    bridge.clock.advance({ minutes: 10 });
    await bridge.open(newClientTicket);
    bridge.clock.advance({ minutes: 20 });
    expect((await measure(bridge)).towards).toEqual({
      client: { count: 4, oldestMs: 30 * MINUTE_MS },
      ensono: { count: 1, oldestMs: 20 * MINUTE_MS },
    });
  });

  it("[L2] does not count what came within two minutes: that is at work", async () => {
    const bridge = inMemoryBridge();
    bridge.wakeUps.become("lost");
    const number = bridge.ensono.open();
    await bridge.poll();
    bridge.clock.advance({ minutes: 2 });
    bridge.ensono.note(number, "just now");
    await bridge.poll();
    expect((await measure(bridge)).towards.client).toEqual({ count: 0, oldestMs: 2 * MINUTE_MS });
    bridge.clock.advance({ seconds: 1 });
    expect((await measure(bridge)).towards.client).toEqual({ count: 1, oldestMs: 2 * MINUTE_MS + 1000 });
  });

  it("[L2] goes on waiting while it is put off after a failure, from the moment it arrived", async () => {
    const bridge = inMemoryBridge();
    bridge.ensono.open();
    bridge.itsm.fail("overload");
    await bridge.poll();
    await bridge.work();
    expect((await bridge.sweep())?.due).toBe(0);
    bridge.clock.advance({ minutes: 3 });
    expect((await measure(bridge)).towards.client).toEqual({ count: 1, oldestMs: 3 * MINUTE_MS });
  });

  it("[L2] of more lanes than are looked into, each of the others is one entry, if it is like them", async () => {
    const bridge = inMemoryBridge();
    for (let nth = 0; nth < 60; nth += 1) bridge.ensono.note(bridge.ensono.open(), "a note");
    await bridge.poll();
    bridge.clock.advance({ hours: 1 });
    expect((await measure(bridge)).towards.client).toEqual({ count: 2 * 50 + 10, oldestMs: 60 * MINUTE_MS });
    const busy = inMemoryBridge();
    for (let nth = 0; nth < 60; nth += 1) busy.ensono.open();
    await busy.poll();
    expect((await measure(busy)).towards.client).toEqual(none);
  });

  it("[R3] leaves out what is held, and what stands behind it: that is counted apart", async () => {
    const bridge = inMemoryBridge();
    bridge.itsm.fail("refusal");
    const number = bridge.ensono.open();
    await bridge.poll();
    await bridge.work();
    bridge.ensono.note(number, "behind it");
    await bridge.poll();
    bridge.clock.advance({ minutes: 5 });
    const { towards, held, linkConflicts } = await measure(bridge);
    expect({ towards, held, linkConflicts }).toEqual({
      towards: { client: none, ensono: none },
      held: { count: 1, oldestMs: 5 * MINUTE_MS },
      linkConflicts: 0,
    });
  });

  it("tells of numbers that are in conflict", async () => {
    const bridge = inMemoryBridge();
    const number = await bridge.open(newClientTicket);
    await bridge.minutes(2);
    const other = bridge.ensono.open();
    await bridge.minutes(2);
    await bridge.tellNumber(other, number);
    await bridge.work();
    expect(await measure(bridge)).toMatchObject({ held: { count: 1 }, linkConflicts: 1 });
  });

  it("[R1] tells since when a call is in doubt, but not while a run is at work on it", async () => {
    const bridge = inMemoryBridge();
    bridge.ensono.open();
    await bridge.poll();
    const [lane] = bridge.wakeUps.take();
    if (lane === undefined) throw new Error("no lane was woken");
    const { head, entries } = await bridge.ledger.open(lane);
    const [entry] = entries;
    if (entry === undefined) throw new Error("nothing waits");
    const now = bridge.clock.now();
    const step = { step: { do: "addComment" }, key: "evb_1_0", status: "attempting", attemptedAt: now } as const;
    await bridge.ledger.begin({ entry, head, steps: [step], leaseUntil: now + 30_000 });
    bridge.clock.advance({ seconds: 29 });
    expect((await measure(bridge)).inDoubtMs).toBe(0);
    bridge.clock.advance({ seconds: 1 });
    expect((await measure(bridge)).inDoubtMs).toBe(30_000);
  });

  it("[R1] counts from the first of several calls in doubt", async () => {
    const bridge = inMemoryBridge({ offers: "search" });
    bridge.ensono.open();
    bridge.itsm.fail("time-out-before", "time-out-before", "time-out-before");
    await bridge.minutes(4);
    expect((await measure(bridge)).inDoubtMs).toBeGreaterThanOrEqual(3 * MINUTE_MS);
    await bridge.minutes(20);
    expect((await measure(bridge)).inDoubtMs).toBe(0);
  });

  it("[T1] tells how long a number has been owed to Ensono", async () => {
    const bridge = inMemoryBridge();
    bridge.ensono.open();
    await bridge.poll();
    bridge.ensono.goDown(true);
    await bridge.work();
    bridge.clock.advance({ minutes: 7 });
    expect(await measure(bridge)).toMatchObject({
      owedNumberMs: 7 * MINUTE_MS,
      towards: { ensono: { count: 1, oldestMs: 7 * MINUTE_MS } },
    });
  });

  it("[I11] keeps a ticket apart whose number the client has promised, with all that comes for it meanwhile", async () => {
    const bridge = inMemoryBridge({ numbers: "later" });
    const number = bridge.ensono.open();
    await bridge.minute();
    bridge.ensono.note(number, "meanwhile");
    await bridge.minutes(120);
    expect(await measure(bridge)).toMatchObject({ promised: 1, towards: { client: none }, inDoubtMs: 0 });
    await bridge.tellNumber(number, "INC1");
    await bridge.minutes(2);
    expect(await measure(bridge)).toMatchObject({ promised: 0, towards: { client: none, ensono: none } });
  });

  it("[T8] tells how old the oldest file is that is on its way, until it has come", async () => {
    const bridge = inMemoryBridge();
    const lane = ensonoLane("e-CS1");
    const id = transferId("000001674858334956#1#m", 0);
    const now = bridge.clock.now();
    const job = {
      kind: "fetch",
      from: "ensono",
      url: "https://b.s3.us-east-2.amazonaws.com/a.png",
      key: "attachments/1",
      contentType: "image/png",
      goodUntil: now + 120 * MINUTE_MS,
    } as const;
    await bridge.transfers.request(lane, id, job, { now, wakeAt: now + MINUTE_MS });
    bridge.clock.advance({ minutes: 90 });
    const files = { fetch: { count: 1, oldestMs: 90 * MINUTE_MS }, send: none };
    expect((await measure(bridge)).files).toEqual(files);

    const taken = await bridge.transfers.take(lane, id, { now: bridge.clock.now(), until: bridge.clock.now() + 1 });
    if (taken === undefined) throw new Error("it could not be taken");
    await bridge.transfers.finish(taken, { as: "failed", reason: "gone" }, bridge.clock.now());
    expect((await measure(bridge)).files.fetch.count).toBe(0);
  });

  it("tells which sides are down", async () => {
    const bridge = inMemoryBridge();
    const now = bridge.clock.now();
    await bridge.breaker.failed("client", { reason: "down", atOnce: true }, now);
    await bridge.breaker.failed("ensono-queue", { reason: "Forbidden", atOnce: true }, now);
    expect((await measure(bridge)).open).toEqual(["ensono-queue", "client"]);
  });

  it("tells which sides an operator has paused, whether they are down or not", async () => {
    const bridge = inMemoryBridge();
    const now = bridge.clock.now();
    await bridge.breaker.failed("client", { reason: "down", atOnce: true }, now);
    for (const side of ["client", "ensono"] as const) await bridge.breaker.pause(side, { who: "ada", why: "-", now });
    expect(await measure(bridge)).toMatchObject({ open: ["client"], paused: ["ensono", "client"] });
    await bridge.breaker.resume("client");
    expect((await measure(bridge)).paused).toEqual(["ensono"]);
  });

  it("looks at no lane that has no work", async () => {
    const bridge = inMemoryBridge();
    await bridge.open(newClientTicket);
    await bridge.minutes(3);
    const opened: string[] = [];
    const ledger = {
      ...bridge.ledger,
      open: (lane: Lane) => {
        opened.push(lane);
        return bridge.ledger.open(lane);
      },
    };
    await measureBacklog({ ...bridge, ledger, clock: bridge.clock.now });
    expect(opened).toEqual([]);
  });
});
