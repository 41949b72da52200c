import { describe, expect, it, vi } from "vitest";
import { clientLane, ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import type { ClientItsm } from "../../lambdas/shared/ports.ts";
import { configWith, newClientTicket } from "../support/builders.ts";
import { betweenAll } from "../support/fakes/between-ports.ts";
import { inMemoryBridge } from "../support/in-memory-bridge.ts";

const operator = (now: number) => ({ who: "operator", why: "mended", now });

describe("held lanes", () => {
  const withHeldTicket = async () => {
    const bridge = inMemoryBridge();
    const [held, other] = [bridge.ensono.open(), bridge.ensono.open()];
    await bridge.minute();
    bridge.itsm.fail("refusal");
    bridge.ensono.note(held, "one");
    bridge.ensono.note(held, "two");
    await bridge.minute();
    bridge.ensono.note(held, "three");
    bridge.ensono.note(other, "of another ticket");
    await bridge.minutes(3);
    return { ...bridge, lane: ensonoLane(held), comments: () => bridge.itsm.tickets.map(({ comments }) => comments) };
  };

  it("[R3] later entries wait behind the one that cannot succeed, and other tickets go on", async () => {
    const { comments, troubles, ledger, lane, walk } = await withHeldTicket();
    expect(await walk(lane)).toBe("held");
    expect(comments()).toEqual([[], ["of another ticket"]]);
    expect(await troubles()).toEqual(["refused: the client's ITSM refused it"]);
    expect(ledger.entriesOf(lane).map(({ status }) => status)).toEqual(["done", "held", "received", "received"]);
  });

  it("[R3] released, it goes on in order with the entry that held it", async () => {
    const { comments, ledger, lane, minute, clock } = await withHeldTicket();
    await ledger.release(lane, operator(clock.now()));
    await minute();
    expect(comments()).toEqual([["one", "two", "three"], ["of another ticket"]]);
  });

  it("[R3] skipping passes over the one entry", async () => {
    const { comments, ledger, lane, minute, clock, troubles } = await withHeldTicket();
    const order = (await ledger.headOf(lane))?.held?.order ?? "";
    await ledger.skip(lane, order, operator(clock.now()));
    await minute();
    expect(comments()).toEqual([["two", "three"], ["of another ticket"]]);
    expect(await troubles()).toEqual([]);
  });

  it("[R3] the journal of an entry keeps who released it", async () => {
    const bridge = inMemoryBridge();
    bridge.ensono.queue.put({
      type: "Update",
      body: { ticketNumber: "e-CS9", clientName: "testClient" },
      group: "e-CS9",
    });
    await bridge.minute();
    const lane = ensonoLane("e-CS9");
    expect(await bridge.ledger.release(lane, operator(bridge.clock.now()))).toBe(true);
    bridge.config.policies.scope.fromEnsono = () => false;
    await bridge.minute();
    expect(bridge.ledger.entriesOf(lane)).toMatchObject([
      { status: "done", notes: ["released by operator: mended", "out of scope"] },
    ]);
  });
});

describe("runs on one lane", () => {
  it("[R1] two at the same time have the effect of one", async () => {
    const bridge = inMemoryBridge({ offers: "neither" });
    const number = bridge.ensono.open();
    for (const text of ["one", "two", "three"]) bridge.ensono.note(number, text);
    await bridge.poll();
    await Promise.all([1, 2, 3].map(() => bridge.walk(ensonoLane(number))));
    await bridge.minutes(5);
    expect(bridge.itsm.tickets).toMatchObject([{ comments: ["one", "two", "three"] }]);
  });

  it("[R1] one that comes while a call is under way makes none", async () => {
    const answer = Promise.withResolvers<void>();
    const between = betweenAll(({ port, go }) => (port === "itsm" ? answer.promise.then(go) : go()));
    const bridge = inMemoryBridge({ offers: "neither", between });
    const lane = ensonoLane(bridge.ensono.open());
    await bridge.poll();
    const first = bridge.walk(lane);
    await vi.waitFor(() => expect(bridge.ledger.entriesOf(lane)).toMatchObject([{ status: "attempting" }]), {
      timeout: 10_000,
    });
    expect(await bridge.walk(lane)).toBe("lost");
    answer.resolve();
    expect(await first).toBe("idle");
    expect(bridge.itsm.tickets).toHaveLength(1);
  });

  it("[R2] one that is woken before its time calls nobody", async () => {
    const bridge = inMemoryBridge();
    const lane = ensonoLane(bridge.ensono.open());
    bridge.itsm.fail("overload");
    await bridge.poll();
    expect(await bridge.walk(lane)).toBe("waiting");
    bridge.clock.advance({ seconds: 59 });
    expect(await bridge.walk(lane)).toBe("waiting");
    expect(bridge.itsm.tickets).toEqual([]);
    bridge.clock.advance({ minutes: 2 });
    expect(await bridge.walk(lane)).toBe("idle");
    expect(bridge.itsm.tickets).toHaveLength(1);
  });

  it("one goes through ignored entries and on to the next ones", async () => {
    const bridge = inMemoryBridge();
    const number = bridge.ensono.open();
    await bridge.minute();
    bridge.ensono.queue.put({
      type: "Create",
      body: { clientName: "testClient", ticketNumber: number },
      group: number,
    });
    bridge.ensono.note(number, "after it");
    await bridge.poll();
    expect(await bridge.walk(ensonoLane(number))).toBe("idle");
    expect(bridge.itsm.tickets).toMatchObject([{ comments: ["after it"] }]);
  });

  it("a long lane is worked off in several, each waking the next", async () => {
    const bridge = inMemoryBridge();
    const number = bridge.ensono.open();
    const texts = Array.from({ length: 60 }, (_, nth) => `note ${nth}`);
    for (const text of texts) bridge.ensono.note(number, text);
    await bridge.poll();
    await bridge.work();
    expect(bridge.itsm.tickets).toMatchObject([{ comments: texts }]);
  });

  it("[R1] lost wake-ups cost delay only", async () => {
    const bridge = inMemoryBridge();
    bridge.wakeUps.become("lost");
    bridge.ensono.open();
    await bridge.minute();
    expect(bridge.itsm.tickets).toEqual([]);
    bridge.wakeUps.become("working");
    await bridge.minutes(4);
    expect(bridge.itsm.tickets).toHaveLength(1);
  });

  it("no call begins that the invocation may not see the end of", async () => {
    const bridge = inMemoryBridge({ timeLeft: () => 20_000 });
    const lane = clientLane(await bridge.open(newClientTicket));
    bridge.wakeUps.take();
    expect(await bridge.walk(lane)).toBe("again");
    expect(bridge.wakeUps.take()).toEqual([lane]);
    expect(bridge.ensono.calls).toEqual([]);
  });
});

describe("an outcome that only a person can find out", () => {
  const withUnknownOutcome = async (offers: ClientItsm["offers"], fault: "time-out-before" | "time-out-after") => {
    const bridge = inMemoryBridge({ offers });
    const number = bridge.ensono.open();
    bridge.itsm.fail(fault);
    bridge.ensono.note(number, "after it");
    await bridge.minutes(4);
    return { ...bridge, number, lane: ensonoLane(number) };
  };

  it("[R1] holds the ticket rather than risk a double", async () => {
    const { itsm, troubles } = await withUnknownOutcome("neither", "time-out-after");
    expect(itsm.tickets).toHaveLength(1);
    expect(await troubles()).toEqual([
      expect.stringContaining("outcome-unknown: it is not known whether the ticket was made"),
    ]);
  });

  it("[R1] [R3] released, the call is made again: the person found that it had no effect", async () => {
    const { itsm, ledger, lane, minutes, clock } = await withUnknownOutcome("neither", "time-out-before");
    await ledger.release(lane, operator(clock.now()));
    await minutes(2);
    expect(itsm.tickets).toMatchObject([{ comments: ["after it"] }]);
  });

  it("[R1] [R3] [I11] released after the number was given, nothing is made again", async () => {
    const { itsm, ledger, lane, minutes, clock, tellNumber, number, troubles } = await withUnknownOutcome(
      "neither",
      "time-out-after",
    );
    await tellNumber(number, "INC1");
    await minutes(2);
    await ledger.release(lane, operator(clock.now()));
    await minutes(2);
    expect(itsm.tickets).toMatchObject([{ number: "INC1", comments: ["after it"] }]);
    expect(await troubles()).toEqual([]);
  });

  it("[R3] [I11] a create that was refused is not made again when a person made the ticket and gave its number", async () => {
    const bridge = inMemoryBridge({ config: configWith() });
    const number = bridge.ensono.open();
    bridge.itsm.fail("refusal");
    await bridge.minute();
    const made = bridge.itsm.open({ shortDescription: "by hand" });
    await bridge.tellNumber(number, made.number);
    await bridge.minute();
    await bridge.ledger.release(ensonoLane(number), operator(bridge.clock.now()));
    await bridge.minutes(2);
    expect(bridge.itsm.tickets).toMatchObject([{ fields: { shortDescription: "by hand" } }]);
    expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: made.number }]);
  });
});
