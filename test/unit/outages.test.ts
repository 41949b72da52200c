import { describe, expect, it } from "vitest";
import { TransientError } from "../../lambdas/shared/domain/errors.ts";
import { newClientTicket } from "../support/builders.ts";
import { betweenAll } from "../support/fakes/between-ports.ts";
import { inMemoryBridge } from "../support/in-memory-bridge.ts";

describe("an outage of the client's ITSM", () => {
  const withOutage = () => {
    const calls: number[] = [];
    const outage = { isOn: false };
    const between = betweenAll(({ port, go }) => {
      if (port !== "itsm") return go();
      calls.push(bridge.clock.now());
      if (outage.isOn) throw new TransientError("unavailable", "none", "the ITSM is down");
      return go();
    });
    const bridge = inMemoryBridge({ between });
    return { bridge, outage, calls };
  };

  it("[R2] [E13] opens the breaker after five failures, then lets at most one probe a minute through, and costs delay only", async () => {
    const { bridge, outage, calls } = withOutage();
    const numbers = Array.from({ length: 20 }, () => bridge.ensono.open());
    await bridge.minutes(2);

    outage.isOn = true;
    calls.length = 0;
    for (const number of numbers) for (const text of ["one", "two", "three"]) bridge.ensono.note(number, text);
    await bridge.minute();
    expect(calls).toHaveLength(5);
    for (const number of numbers) bridge.ensono.note(number, "four");
    await bridge.minutes(60);
    expect(calls.length).toBeLessThanOrEqual(5 + 60);
    expect(calls.length).toBeGreaterThan(5 + 10);
    expect(bridge.ensono.queue.size).toBe(0);

    outage.isOn = false;
    await bridge.minutes(35);
    expect(bridge.itsm.tickets.map(({ comments }) => comments)).toEqual(
      numbers.map(() => ["one", "two", "three", "four"]),
    );
    expect(await bridge.troubles()).toEqual([]);
  });

  it("[E13] [R3] what fails for the days of the config is held", async () => {
    const { bridge, outage } = withOutage();
    outage.isOn = true;
    bridge.ensono.open();
    await bridge.minute();
    bridge.clock.advance({ hours: 14 * 24 });
    await bridge.minutes(2);
    expect(await bridge.troubles()).toEqual(["unavailable: still failing: the ITSM is down"]);
  });
});

describe("an outage of Ensono", () => {
  it("[R2] events wait in order, and the queue is not read more than once a minute", async () => {
    const bridge = inMemoryBridge();
    const number = await bridge.open(newClientTicket);
    await bridge.minute();
    bridge.ensono.goDown(true);
    const before = bridge.ensono.calls.length;
    for (const body of ["one", "two", "three"]) {
      await bridge.change(number, {}, { comments: [{ body }] });
      await bridge.minutes(5);
    }
    expect(bridge.ensono.calls.length - before).toBeLessThanOrEqual(15);
    bridge.ensono.goDown(false);
    await bridge.minutes(35);
    expect(bridge.ensono.tickets).toMatchObject([{ comments: ["one", "two", "three"] }]);
  });

  it("[E13] a refused key stops all calls at once, and holds no ticket", async () => {
    const bridge = inMemoryBridge();
    for (const _ of [1, 2, 3]) await bridge.open(newClientTicket);
    bridge.ensono.fail("wrong-key");
    await bridge.work();
    expect(bridge.ensono.calls).toEqual(["createTicket"]);
    await bridge.minutes(10);
    expect(bridge.ensono.tickets).toHaveLength(3);
    expect(await bridge.troubles()).toEqual([]);
  });

  it("[E13] [R2] an answer about one ticket's group ends the outage: the side as a whole works", async () => {
    const bridge = inMemoryBridge({ ensono: { groups: ["Ensono Service Desk"] } });
    await bridge.open({ ...newClientTicket, group: "Nobody" });
    for (let nth = 0; nth < 5; nth += 1)
      await bridge.breaker.failed("ensono", { reason: "down", atOnce: false }, bridge.clock.now());
    bridge.clock.advance({ minutes: 1 });
    await bridge.work();
    expect(bridge.ensono.tickets).toMatchObject([{ fields: { group: "Ensono Service Desk" } }]);
  });
});
