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
    expect(await sweep()).toMatchObject({ due: 4, woken: 4, held: 0, open: [], oldestDueMs: 8 * 60_000 + 1000 });
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

  it("wakes nothing before its time", async () => {
    const bridge = inMemoryBridge();
    await bridge.open(newClientTicket);
    bridge.wakeUps.take();
    expect(await bridge.sweep()).toMatchObject({ due: 0, woken: 0 });
    expect(bridge.wakeUps.take()).toEqual([]);
  });

  it("[R3] counts held lanes, and wakes none of them", async () => {
    const bridge = inMemoryBridge();
    await bridge.tell("INC0010299", { priority: "High" });
    await bridge.work();
    bridge.clock.advance({ hours: 1 });
    expect(await bridge.sweep()).toMatchObject({ due: 0, held: 1 });
    expect((await bridge.ledger.headOf(CLIENT_LANE))?.held?.reason).toContain("ticket.description");
  });

  it("does not count lanes as woken that could not be", async () => {
    const bridge = await withDueLanes();
    bridge.wakeUps.become("failing");
    expect(await bridge.sweep()).toMatchObject({ due: 4, woken: 0 });
  });
});
