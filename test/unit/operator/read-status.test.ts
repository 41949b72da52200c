import { describe, expect, it } from "vitest";
import { pauseDirection, resumeDirection } from "../../../bin/operator/use-cases/pause-direction.ts";
import { readStatus } from "../../../bin/operator/use-cases/read-status.ts";
import { NOW, newClientTicket } from "../../support/builders.ts";
import { inMemoryBridge } from "../../support/in-memory-bridge.ts";
import { ada, operatorOf } from "../../support/operator.ts";

describe("status", () => {
  it("says that all works, and when the queue was last read to its end", async () => {
    const bridge = inMemoryBridge();
    bridge.ensono.open();
    await bridge.minutes(3);
    const idle = { state: "working", tickets: 0, entries: 0, complete: true, held: 0 };
    expect(await readStatus(operatorOf(bridge))).toEqual({
      at: "2023-01-28T00:03:00.000Z",
      directions: [
        { direction: "to-client", ...idle },
        { direction: "to-ensono", ...idle },
      ],
      reading: { state: "working", emptied: "2023-01-28T00:02:00.000Z" },
      held: 0,
      apart: 0,
    });
  });

  it("[R2] says what waits in each direction, since when, and which side is down", async () => {
    const bridge = inMemoryBridge();
    const numbers = [bridge.ensono.open(), bridge.ensono.open()];
    await bridge.minutes(2);
    await bridge.breaker.failed("client", { reason: "401", atOnce: true }, bridge.clock.now());
    for (const number of numbers) bridge.ensono.note(number, "one");
    bridge.ensono.note(numbers[0] ?? "", "two");
    await bridge.poll();
    bridge.clock.advance({ minutes: 3 });
    await bridge.open(newClientTicket);
    const { directions } = await readStatus(operatorOf(bridge));
    expect(directions).toEqual([
      {
        direction: "to-client",
        state: "down",
        since: "2023-01-28T00:02:00.000Z",
        why: "401",
        nextProbe: "2023-01-28T00:07:00.000Z",
        tickets: 2,
        entries: 3,
        complete: true,
        oldest: "2023-01-28T00:02:00.000Z",
        held: 0,
      },
      expect.objectContaining({ direction: "to-ensono", tickets: 1, entries: 1, oldest: "2023-01-28T00:05:00.000Z" }),
    ]);
  });

  it("[R3] counts what is held in its direction, and what is kept apart", async () => {
    const bridge = inMemoryBridge();
    await bridge.tell("INC9", { priority: "High" });
    const body = { clientName: "someoneElse", ticketNumber: "e-CS1", ticketType: "Incident" };
    bridge.ensono.queue.put({ type: "Create", body, group: "e-CS1" });
    await bridge.minutes(2);
    const status = await readStatus(operatorOf(bridge));
    expect(status).toMatchObject({
      held: 1,
      apart: 1,
      directions: [
        { held: 0, tickets: 0 },
        { held: 1, tickets: 0 },
      ],
    });
  });

  it("counts as far as it looks, and says where that is not all", async () => {
    const bridge = inMemoryBridge();
    const operator = operatorOf(bridge);
    for (let nth = 0; nth < 201; nth += 1) {
      await bridge.ledger.receive(`ENSONO#e-CS${nth}`, [{ order: "1", content: { kind: "tellNumber" } }], {
        now: NOW,
        wakeAt: NOW,
      });
    }
    expect((await readStatus(operator)).directions[0]).toMatchObject({ tickets: 201, entries: 200, complete: false });
  });
});

describe("pause and resume", () => {
  it("stops a direction, shows it in status with who and why, and lets it go on", async () => {
    const bridge = inMemoryBridge();
    const operator = operatorOf(bridge);
    const why = { who: "ada", why: "upgrade of the ITSM" };
    expect(await pauseDirection({ direction: "to-client", keepReading: false }, why, operator)).toEqual({
      direction: "to-client",
      state: "paused",
      reading: false,
    });
    const paused = { state: "paused", since: "2023-01-28T00:00:00.000Z", ...why };
    expect(await readStatus(operator)).toMatchObject({
      directions: [paused, { state: "working" }],
      reading: paused,
    });
    bridge.ensono.open();
    await bridge.minutes(3);
    expect([bridge.itsm.performed.length, bridge.ensono.queue.size]).toEqual([0, 1]);
    await resumeDirection("to-client", why, operator);
    await bridge.minutes(2);
    expect([bridge.itsm.performed.length, bridge.ensono.queue.size]).toEqual([1, 0]);
    expect(await operator.audit.of(undefined)).toMatchObject([
      { command: "pause to-client", who: "ada", why: "upgrade of the ITSM", outcome: "paused" },
      { command: "resume to-client", outcome: "resumed" },
    ]);
  });

  it("reads Ensono's queue on, where that is wanted", async () => {
    const bridge = inMemoryBridge();
    const operator = operatorOf(bridge);
    await pauseDirection({ direction: "to-client", keepReading: true }, ada, operator);
    bridge.ensono.open();
    await bridge.minutes(2);
    expect([bridge.itsm.performed.length, bridge.ensono.queue.size]).toEqual([0, 0]);
    expect(await readStatus(operator)).toMatchObject({ reading: { state: "working" } });
    expect(await resumeDirection("to-client", ada, operator)).toMatchObject({ state: "working" });
  });

  it("refuses what makes no sense", async () => {
    const operator = operatorOf(inMemoryBridge());
    await expect(resumeDirection("to-ensono", ada, operator)).rejects.toThrow("to-ensono is not paused; see status");
    await expect(pauseDirection({ direction: "to-ensono", keepReading: true }, ada, operator)).rejects.toThrow(
      "--keep-reading: only for to-client",
    );
  });
});
