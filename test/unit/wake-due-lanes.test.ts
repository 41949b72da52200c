import { describe, expect, it } from "vitest";
import { clientLane, ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import { CLIENT_LANE, newClientTicket } from "../support/builders.ts";
import { inMemoryBridge } from "../support/in-memory-bridge.ts";

/** Lanes in both directions whose wake-ups were lost, and whose time has come. */
const withDueLanes = async () => {
  const bridge = inMemoryBridge();
  bridge.wakeUps.become("lost");
  const toClient = [bridge.ensono.open(), bridge.ensono.open()].map(ensonoLane);
  await bridge.poll();
  bridge.clock.advance({ seconds: 1 });
  const toEnsono = [await bridge.open(newClientTicket), await bridge.open(newClientTicket)].map(clientLane);
  bridge.clock.advance({ minutes: 10 });
  bridge.wakeUps.become("working");
  return { ...bridge, toClient, toEnsono };
};

describe("a sweep", () => {
  it("[R2] wakes every lane whose time has come, and tells how long the longest waits", async () => {
    const { sweep, wakeUps, toClient, toEnsono } = await withDueLanes();
    expect(await sweep()).toMatchObject({ due: 4, woken: 4, open: [], oldestDueMs: 8 * 60_000 + 1000 });
    expect(new Set(wakeUps.take())).toEqual(new Set([...toClient, ...toEnsono]));
  });

  it.each([
    ["ensono", "toEnsono", "toClient"],
    ["client", "toClient", "toEnsono"],
  ] as const)("[R2] of a side that is down (%s) it wakes one lane only, the longest due", async (side, down, up) => {
    const bridge = await withDueLanes();
    await bridge.breaker.failed(side, { reason: "down", atOnce: true }, bridge.clock.now());
    expect(await bridge.sweep()).toMatchObject({ due: 4, woken: 3, open: [side] });
    expect(new Set(bridge.wakeUps.take())).toEqual(new Set([bridge[down][0], ...bridge[up]]));
  });

  it("[R2] of a side that is paused it wakes none, not even to probe, and does not call it down", async () => {
    const bridge = await withDueLanes();
    await bridge.breaker.pause("client", { who: "ada", why: "maintenance", now: bridge.clock.now() });
    expect(await bridge.sweep()).toMatchObject({ due: 4, woken: 2, open: [] });
    expect(new Set(bridge.wakeUps.take())).toEqual(new Set(bridge.toEnsono));
    await bridge.breaker.failed("client", { reason: "down", atOnce: true }, bridge.clock.now());
    expect(await bridge.sweep()).toMatchObject({ woken: 2, open: ["client"] });
  });

  it("wakes nothing before its time", async () => {
    const bridge = inMemoryBridge();
    await bridge.open(newClientTicket);
    bridge.wakeUps.take();
    expect(await bridge.sweep()).toMatchObject({ due: 0, woken: 0 });
    expect(bridge.wakeUps.take()).toEqual([]);
  });

  it("[R3] wakes no lane that is held", async () => {
    const bridge = inMemoryBridge();
    await bridge.tell("INC0010299", { priority: "High" });
    await bridge.work();
    bridge.clock.advance({ hours: 1 });
    expect(await bridge.sweep()).toMatchObject({ due: 0, woken: 0 });
    expect((await bridge.ledger.headOf(CLIENT_LANE))?.held?.reason).toContain("ticket.description");
  });

  it("does not count lanes as woken that could not be", async () => {
    const bridge = await withDueLanes();
    bridge.wakeUps.become("failing");
    expect(await bridge.sweep()).toMatchObject({ due: 4, woken: 0 });
  });

  it("[T8] [R2] wakes files on their way whose time has come; of those for an Ensono that is down only one, that is paused none", async () => {
    const { transfers, transferWakeUps, breaker, sweep, clock } = inMemoryBridge();
    const at = { now: clock.now(), wakeAt: clock.now() + 60_000 };
    const fetching = { from: "ensono", url: "https://a.test", key: "a", contentType: "", goodUntil: at.now } as const;
    const sending = { ensonoTicketNumber: "e-CS1", fileName: "a", originalName: "a", contentType: "" } as const;
    const source = { from: "store", key: "a" } as const;
    for (const id of ["1#0", "1#1"]) {
      await transfers.request(ensonoLane("e-CS1"), id, { kind: "fetch", ...fetching }, at);
      await transfers.request(CLIENT_LANE, id, { kind: "send", ...sending, source }, at);
    }
    expect(await sweep()).toMatchObject({ transfersDue: 0 });
    expect(transferWakeUps.sent).toEqual([]);

    clock.advance({ minutes: 1 });
    expect(await sweep()).toMatchObject({ transfersDue: 4 });
    expect(transferWakeUps.sent.map(({ kind, id }) => `${kind} ${id}`).sort()).toEqual([
      "fetch 1#0",
      "fetch 1#1",
      "send 1#0",
      "send 1#1",
    ]);

    await breaker.failed("ensono", { reason: "down", atOnce: true }, clock.now());
    await sweep();
    expect(
      transferWakeUps.sent
        .slice(4)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(["fetch", "fetch", "send"]);

    await breaker.pause("ensono", { who: "ada", why: "maintenance", now: clock.now() });
    expect(await sweep()).toMatchObject({ transfersDue: 4 });
    expect(transferWakeUps.sent.slice(7).map(({ kind }) => kind)).toEqual(["fetch", "fetch"]);
  });
});
