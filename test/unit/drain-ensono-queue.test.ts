import { describe, expect, it } from "vitest";
import { TransientError } from "../../lambdas/shared/domain/errors.ts";
import { ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import { messageWith } from "../support/builders.ts";
import { betweenAll, type PassingCall } from "../support/fakes/between-ports.ts";
import { inMemoryBridge } from "../support/in-memory-bridge.ts";

/** A bridge some of whose calls are answered otherwise. */
const bridgeWith = (answer: (call: PassingCall) => (() => Promise<unknown>) | undefined) => {
  const calls: string[] = [];
  const between = betweenAll((call) => {
    calls.push(`${call.port}.${call.method}`);
    return (answer(call) ?? call.go)();
  });
  return { ...inMemoryBridge({ between }), calls };
};

const usual = () => undefined;
const rejects = (error: Error) => () => Promise.reject(error);
const putMessage = (bridge: ReturnType<typeof inMemoryBridge>, message: unknown, group = "e-CS1"): void =>
  bridge.ensono.queue.putRaw(JSON.parse(JSON.stringify(message)), group);

describe("a run of the poller", () => {
  it("[Q1] [Q4] makes each message durable, wakes its ticket, and only then deletes it", async () => {
    const bridge = bridgeWith(usual);
    const number = bridge.ensono.open();
    expect(await bridge.poll()).toMatchObject({ outcome: "drained", stored: 1, known: 0 });
    expect(bridge.ledger.entriesOf(ensonoLane(number))).toHaveLength(1);
    expect(bridge.wakeUps.take()).toEqual([ensonoLane(number)]);
    const order = ["ledger.receive", "wakeUps.send", "queue.delete"].map((call) => bridge.calls.indexOf(call));
    expect(order).toEqual(order.toSorted((one, other) => one - other));
    expect(bridge.ensono.queue.size).toBe(0);
  });

  it("[Q1] reads a queue to its end, behind all that its own messages hide, and remembers since when", async () => {
    const bridge = inMemoryBridge();
    for (const number of [bridge.ensono.open(), bridge.ensono.open()]) {
      for (let nth = 0; nth < 30; nth += 1) bridge.ensono.note(number, `note ${nth}`);
    }
    expect(await bridge.poll()).toMatchObject({ outcome: "drained", stored: 62 });
    expect(bridge.ensono.queue.size).toBe(0);
    expect(await bridge.pollLog.emptiedFrom()).toBe(bridge.clock.now());
    expect(bridge.wakeUps.take()).toHaveLength(2);
  });

  it("[Q5] knows a message that comes again, and deletes it", async () => {
    const bridge = inMemoryBridge();
    const message = messageWith("Create", { ticketNumber: "e-CS1" });
    for (const _ of ["once", "again"]) {
      putMessage(bridge, message);
      await bridge.poll();
    }
    expect(bridge.ledger.entriesOf(ensonoLane("e-CS1"))).toHaveLength(1);
    expect(bridge.ensono.queue.size).toBe(0);
  });

  it("[L2] tells how often Ensono had given out what it gave out most often", async () => {
    const bridge = inMemoryBridge();
    expect(await bridge.poll()).toMatchObject({ mostReceives: 0 });
    for (const [ticketNumber, count] of Object.entries({ "e-CS1": "2", "e-CS2": "13", "e-CS3": "1" })) {
      putMessage(bridge, messageWith("Create", { ticketNumber }, { ApproximateReceiveCount: count }), ticketNumber);
    }
    expect(await bridge.poll()).toMatchObject({ stored: 3, mostReceives: 13 });
  });

  it("[Q1] does not read while another run does", async () => {
    const bridge = bridgeWith(usual);
    await bridge.pollLog.take("other", bridge.clock.now(), bridge.clock.now() + 1);
    expect(await bridge.poll()).toMatchObject({ outcome: "another-run" });
    expect(bridge.calls).not.toContain("queue.read");
  });

  it("[R2] does not read while our own store cannot be written to", async () => {
    const bridge = bridgeWith(({ port, method }) =>
      port === "pollLog" && method === "take" ? rejects(new Error("the table is gone")) : undefined,
    );
    await expect(bridge.poll()).rejects.toThrow("the table is gone");
    expect(bridge.calls).not.toContain("queue.read");
  });

  it("[R2] does not read while Ensono is down, but for the probe", async () => {
    const bridge = bridgeWith(usual);
    bridge.ensono.goDown(true);
    await bridge.breaker.failed("ensono-queue", { reason: "down", atOnce: true }, bridge.clock.now());
    expect(await bridge.poll()).toMatchObject({ outcome: "blocked" });
    expect(bridge.calls).not.toContain("queue.read");
    bridge.clock.advance({ minutes: 5 });
    expect(await bridge.poll()).toMatchObject({ outcome: "failed" });
  });

  it("[Q1] does not begin to read what it may not have the time to delete", async () => {
    const bridge = inMemoryBridge({ timeLeft: () => 29_000 });
    bridge.ensono.open();
    expect(await bridge.poll()).toMatchObject({ outcome: "out-of-time", stored: 0 });
    expect(await bridge.pollLog.emptiedFrom()).toBeUndefined();
  });
});

describe("when something fails on the way", () => {
  it("[Q4] [Q6] a failed write leaves its own ticket's messages in the queue, deletes the others', and ends the run", async () => {
    const broken = ensonoLane("e-CS0000001");
    const bridge = bridgeWith(({ port, method, input: [lane] }) =>
      port === "ledger" && method === "receive" && lane === broken ? rejects(new Error("throttled")) : undefined,
    );
    const [lost, kept] = [bridge.ensono.open(), bridge.ensono.open()];
    bridge.ensono.note(lost, "one");
    await expect(bridge.poll()).rejects.toThrow("throttled");
    expect(bridge.ledger.entriesOf(ensonoLane(kept))).toHaveLength(1);
    expect(bridge.ensono.queue.size).toBe(2);
    expect(bridge.calls.filter((call) => call === "queue.read").length).toBeLessThanOrEqual(2);
    expect(await bridge.pollLog.emptiedFrom()).toBeUndefined();
  });

  it("[R1] a wake-up that could not be sent holds nothing up: the message is durable, and deleted", async () => {
    const bridge = inMemoryBridge();
    bridge.wakeUps.become("failing");
    bridge.ensono.open();
    expect(await bridge.poll()).toMatchObject({ outcome: "drained" });
    expect(bridge.ensono.queue.size).toBe(0);
    bridge.wakeUps.become("working");
    await bridge.minutes(4);
    expect(bridge.itsm.tickets).toHaveLength(1);
  });

  it.each([
    ["an expired handle", () => Promise.resolve("expired")],
    ["a time-out", rejects(new TransientError("unavailable", "unknown", "no answer"))],
  ])(
    "[Q4] [E14] a delete that fails with %s does no harm, but the queue does not count as read to its end",
    async (_, answer) => {
      let isFirst = true;
      const bridge = bridgeWith(({ port, method }) => {
        if (port !== "queue" || method !== "delete" || !isFirst) return undefined;
        isFirst = false;
        return answer;
      });
      const number = bridge.ensono.open();
      bridge.ensono.note(number, "behind it");
      expect(await bridge.poll()).toMatchObject({ outcome: "undeleted", undeleted: 1 });
      expect(await bridge.pollLog.emptiedFrom()).toBeUndefined();
      bridge.clock.advance({ minutes: 1 });
      expect(await bridge.poll()).toMatchObject({ outcome: "drained", known: 1 });
      expect(bridge.ensono.queue.size).toBe(0);
    },
  );
});

describe("messages that belong to nobody here", () => {
  it.each([
    ["another client's", messageWith("Create", { clientName: "someoneElse" }), "meant for another client: someoneElse"],
    ["without an identity", { Body: "?" }, "MessageId: "],
    ["no object", "hello", "the message: "],
  ])("[Q6] %s: kept apart with its reason, and deleted", async (_, message, reason) => {
    const bridge = inMemoryBridge();
    putMessage(bridge, message);
    bridge.ensono.open();
    expect(await bridge.poll()).toMatchObject({ outcome: "drained", stored: 1, quarantined: 1 });
    expect(bridge.ledger.quarantined).toMatchObject([
      { reason: expect.stringContaining(reason), raw: JSON.stringify(message) },
    ]);
    expect(bridge.ensono.queue.size).toBe(0);
  });

  it("[Q9] the own client's name counts with blanks around it", async () => {
    const bridge = inMemoryBridge();
    putMessage(bridge, messageWith("Create", { clientName: "testClient " }));
    expect(await bridge.poll()).toMatchObject({ stored: 1, quarantined: 0 });
  });

  it("[Q6] one that names its ticket goes into its lane, where it stops what comes after it", async () => {
    const bridge = inMemoryBridge();
    putMessage(bridge, messageWith("Create", {}, { SequenceNumber: undefined, MessageGroupId: "e-CS1" }, {}));
    await bridge.poll();
    expect(bridge.ledger.entriesOf(ensonoLane("e-CS0879727"))).toMatchObject([{ content: { kind: "unreadable" } }]);
  });

  it("[Q6] one bad message never stops the other nine", async () => {
    const bridge = inMemoryBridge();
    for (const bad of [null, 1, [], {}, "x"]) putMessage(bridge, bad, JSON.stringify(bad));
    for (let nth = 0; nth < 5; nth += 1) bridge.ensono.open();
    expect(await bridge.poll()).toMatchObject({ outcome: "drained", stored: 5, quarantined: 5 });
  });
});
