import { describe, expect, it } from "vitest";
import { newClientTicket } from "../support/builders.ts";
import { inMemoryBridge } from "../support/in-memory-bridge.ts";

/** A ticket of each side that both sides know. */
const withTickets = async () => {
  const bridge = inMemoryBridge();
  const ofEnsono = bridge.ensono.open();
  const ofClient = await bridge.open(newClientTicket);
  await bridge.minutes(2);
  const order = { who: "ada", why: "maintenance", now: bridge.clock.now() };
  const atClient = () => bridge.itsm.tickets.find(({ ensonoTicketNumber }) => ensonoTicketNumber === ofEnsono);
  return { ...bridge, ofEnsono, ofClient, order, atClient };
};

describe("a direction that an operator has paused", () => {
  it("[R2] sends the client nothing, however long, keeps all in order, and goes on where it stopped", async () => {
    const { breaker, ensono, itsm, ofEnsono, atClient, minutes, order, troubles, wakeUps } = await withTickets();
    const before = itsm.performed.length;
    await breaker.pause("client", order);
    for (const text of ["one", "two"]) ensono.note(ofEnsono, text);
    await minutes(60);
    expect(itsm.performed).toHaveLength(before);
    expect(ensono.queue.size).toBe(0);
    expect(wakeUps.sent.filter(({ because }) => because.startsWith("due"))).toEqual([]);
    await breaker.resume("client");
    await minutes(2);
    expect(atClient()?.comments).toEqual(["one", "two"]);
    expect(await troubles()).toEqual([]);
  });

  it("[R2] sends Ensono nothing, and the other direction goes on", async () => {
    const { breaker, ensono, atClient, ofEnsono, ofClient, change, minutes, order } = await withTickets();
    await breaker.pause("ensono", order);
    const calls = ensono.calls.length;
    await change(ofClient, { priority: "High" });
    ensono.note(ofEnsono, "goes on");
    await minutes(5);
    expect(ensono.calls).toHaveLength(calls);
    expect(atClient()?.comments).toEqual(["goes on"]);
    await breaker.resume("ensono");
    await minutes(2);
    expect(ensono.calls.slice(calls)).toEqual(['updateTicket {"priority":"2"}']);
  });

  it("[Q1] reads Ensono's queue no more, if that is paused, so that nothing of it is burnt", async () => {
    const { breaker, ensono, atClient, ofEnsono, poll, minutes, order } = await withTickets();
    await breaker.pause("ensono-queue", order);
    ensono.note(ofEnsono, "waits at Ensono");
    expect(await poll()).toMatchObject({ outcome: "blocked", stored: 0 });
    await minutes(30);
    expect(ensono.queue.size).toBe(1);
    await breaker.resume("ensono-queue");
    await minutes(2);
    expect(atClient()?.comments).toEqual(["waits at Ensono"]);
  });
});
