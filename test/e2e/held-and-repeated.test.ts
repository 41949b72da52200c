import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type EntryEvent, entryEventSchema } from "../../lambdas/shared/domain/entry-events.ts";
import { clientLane, ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import { guideMessages } from "../support/guide-messages.ts";
import {
  bodiesOf,
  effectsOn,
  openedPair,
  pairOf,
  type RunningSandbox,
  refuseNextUpdate,
  restoreAfterTest,
  useSandbox,
} from "../support/sandbox.ts";

const sandbox = useSandbox();

describe("what waiting cannot cure holds its own ticket", () => {
  const heldWith = async (number: string) =>
    (await sandbox().ledger.held()).filter(({ lane }) => lane.endsWith(`#${number}`)).map(({ reason }) => reason);

  test("[R3] a delivery that the client refuses holds its ticket only, and goes on in order once released", async () => {
    const running = sandbox();
    const { ensono, quiet, ledger } = running;
    restoreAfterTest(running);
    const { ofEnsono, ofClient } = await openedPair(running);
    refuseNextUpdate(running);
    ensono.agent.update(ofEnsono.ensono, { priority: "1" });
    await quiet();
    ensono.agent.comment(ofEnsono.ensono, { body: "Waits behind it" });
    ensono.agent.comment(ofClient.ensono, { body: "Goes on" });
    await quiet();
    expect(effectsOn(running, ofEnsono.ensono)).toEqual(["ticket.created"]);
    expect(effectsOn(running, ofClient.ensono)).toEqual(["ticket.linked", "ticket.commented"]);
    expect(await heldWith(ofEnsono.ensono)).toEqual([expect.stringContaining("no such word")]);

    const operator = { who: "operator", why: "the word was added", now: Date.now() };
    await ledger.ledger.release(ensonoLane(ofEnsono.ensono), operator);
    await quiet();
    expect(effectsOn(running, ofEnsono.ensono)).toEqual(["ticket.created", "ticket.updated", "ticket.commented"]);
    expect(await heldWith(ofEnsono.ensono)).toEqual([]);
  });

  test("[R3] a call that Ensono refuses holds its ticket only", async () => {
    const running = sandbox();
    const { ensono, client, quiet } = running;
    restoreAfterTest(running);
    const { ofEnsono, ofClient } = await openedPair(running);
    const body = { Response: ["Priority cannot be changed.", "This ticket cannot be updated."] };
    ensono.faults.add({ call: "updateTicket", ticket: ofClient.ensono, kind: "answer", status: 200, body, times: 1 });
    client.agent.update(ofClient.client, { priority: "Low" });
    client.agent.comment(ofClient.client, { body: "Waits behind it" });
    client.agent.comment(ofEnsono.client, { body: "Goes on" });
    await quiet();
    expect(await heldWith(ofClient.client)).toEqual([expect.stringContaining("Priority cannot be changed")]);
    expect(bodiesOf(ensono.ticket(ofClient.ensono)?.comments ?? [])).toEqual([]);
    expect(bodiesOf(ensono.ticket(ofEnsono.ensono)?.comments ?? [])).toEqual(["Goes on"]);
  });

  test("[Q6] a message that cannot be read holds its ticket, one without a ticket or of another client is kept apart", async () => {
    const running = sandbox();
    const { ensono, quiet, journal } = running;
    const { ofEnsono } = await openedPair(running);
    const [bad, foreign] = ["e-CS0990011", "e-CS0990012"];
    const body = {
      clientName: "someoneElse",
      ticketNumber: foreign,
      ticketType: "Incident",
      shortDescription: "Secret",
    };
    ensono.send({ Body: "not JSON", Attributes: { MessageGroupId: bad, TransactionType: "Update" } });
    ensono.send({
      Body: { ...body, clientName: "testClient", ticketNumber: bad },
      Attributes: { TransactionType: "Create" },
    });
    ensono.send({ Body: body, Attributes: { MessageGroupId: foreign, TransactionType: "Create" } });
    ensono.send({ Body: "neither", Attributes: { MessageGroupId: "no ticket at all" } });
    ensono.agent.comment(ofEnsono.ensono, { body: "Not hidden by the others" });
    await quiet();

    expect(await heldWith(bad)).toHaveLength(1);
    expect(effectsOn(running, bad)).toEqual([]);
    expect(effectsOn(running, foreign)).toEqual([]);
    expect(journal("quarantined").map(({ reason }) => reason)).toEqual(
      expect.arrayContaining([expect.stringContaining("someoneElse"), expect.stringContaining("Body")]),
    );
    expect(bodiesOf(pairOf(running, ofEnsono.ensono).atClient.comments)).toEqual(["Not hidden by the others"]);
    expect(ensono.queue.waiting() + ensono.queue.inFlight()).toBe(0);
  });
});

describe("messages that come more than once", () => {
  const { create, update, notes, closure } = guideMessages;
  /** The guide's incident, as another ticket. */
  const incidentOf = (ticketNumber: string) =>
    [create, update, notes, closure].map(({ MessageId, Body, Attributes }) => ({
      MessageId: `${MessageId}-${ticketNumber}`,
      Body: { ...Body, ticketNumber },
      Attributes: { ...Attributes, MessageGroupId: ticketNumber },
    }));

  test("[Q5][Q3] the guide's incident, each message twice and later all of it again, is applied once and in order", async () => {
    const { ensono, quiet } = sandbox();
    const numbers = Array.from({ length: 8 }, (_, nth) => `e-CS099002${nth}`);
    const messages = numbers.flatMap(incidentOf);
    for (const message of messages) for (const _ of ["first", "second"]) ensono.send(message);
    await quiet();
    for (const message of messages.toReversed()) ensono.send(message);
    await quiet();
    for (const number of numbers) {
      expect(effectsOn(sandbox(), number)).toEqual([
        "ticket.created",
        "ticket.updated",
        "ticket.commented",
        "ticket.resolved",
      ]);
    }
  });
});

/** The events about a ticket of Ensono, in the order in which they came onto the bus. */
const eventsAbout = ({ cloud }: RunningSandbox, number: string): EntryEvent[] =>
  cloud.eventBuses
    .events()
    .map((event) => entryEventSchema.parse(event))
    .filter(({ detail }) => detail.ensonoTicketNumber === number);

/** Echoes ask for nothing; how many there are is their side's business. */
const inShort = (events: readonly EntryEvent[]): string[] =>
  events.flatMap(({ "detail-type": type, detail }) =>
    detail.steps.length === 0 ? [] : [`${type}: ${detail.steps.map((step) => step.do).join(" ")}`],
  );

const WAIT = { timeout: 60_000, interval: 100 };

/** Both sides say the word in each place where they can, both lanes are held and released, and an entry is skipped. */
const sayEverywhere = async (running: RunningSandbox, word: string) => {
  const { ensono, client, quiet, ledger } = running;
  const { ofEnsono, ofClient } = await openedPair(running);
  const who = { who: `operator ${word}`, why: word, now: Date.now() };

  client.faults.inject({ kind: "status", status: 422, body: `{"error":"${word}"}`, type: "ticket.updated", count: 1 });
  ensono.agent.update(ofEnsono.ensono, { description: word });
  ensono.agent.comment(ofEnsono.ensono, { body: word });
  const body = { Response: [`${word}`, "This ticket cannot be updated."] };
  ensono.faults.add({ call: "updateTicket", ticket: ofClient.ensono, kind: "answer", status: 200, body, times: 1 });
  client.agent.update(ofClient.client, { description: word });
  client.agent.comment(ofClient.client, { body: word });
  await quiet();

  await ledger.ledger.release(ensonoLane(ofEnsono.ensono), who);
  const held = (await ledger.ledger.headOf(clientLane(ofClient.client)))?.held;
  await ledger.ledger.skip(clientLane(ofClient.client), held?.order ?? "", who);
  await quiet();
  return { ofEnsono, ofClient };
};

const isEnsonos = ({ detail }: EntryEvent) => detail.direction === "ensono-to-client";
const isClients = ({ detail }: EntryEvent) => detail.direction === "client-to-ensono";

describe("events for others", () => {
  test("tell what was applied, held, released and skipped in both directions, and not what the tickets say", async () => {
    const running = sandbox();
    restoreAfterTest(running);
    const word = `planted-${randomUUID()}`;
    const { ofEnsono, ofClient } = await sayEverywhere(running, word);

    const toClient = () => eventsAbout(running, ofEnsono.ensono).filter(isEnsonos);
    await expect
      .poll(() => inShort(toClient()), WAIT)
      .toEqual([
        "Entry Applied: createTicket",
        "Entry Held: updateTicket",
        "Entry Released: updateTicket",
        "Entry Applied: updateTicket",
        "Entry Applied: addComment",
      ]);
    const toEnsono = () => eventsAbout(running, ofClient.ensono).filter(isClients);
    await expect
      .poll(() => inShort(toEnsono()), WAIT)
      .toEqual([
        "Entry Applied: createTicket",
        "Entry Held: updateTicket",
        "Entry Skipped: updateTicket",
        "Entry Applied: addComments",
      ]);

    for (const events of [toClient(), toEnsono()]) {
      const sequences = events.map(({ detail }) => detail.sequence);
      expect(sequences).toEqual(sequences.toSorted());
      expect(new Set(events.map(({ detail }) => detail.id)).size).toBe(events.length);
    }
    expect(toClient().at(-1)?.detail).toMatchObject({
      stage: "dev",
      ensonoTicketNumber: ofEnsono.ensono,
      clientTicketNumber: ofEnsono.client,
      ticketType: "Incident",
      entry: { kind: "transaction", transactionType: "Notes", attempts: 1 },
      text: null,
    });
    expect(JSON.stringify(running.cloud.eventBuses.events())).not.toContain(word);
  });

  test("are not lost when the bus does not take them, and no ticket waits for it", async () => {
    const running = sandbox();
    const { ensono, quiet, cloud } = running;
    const { ofEnsono } = await openedPair(running);
    const applied = () => inShort(eventsAbout(running, ofEnsono.ensono).filter(isEnsonos));
    await expect.poll(applied, WAIT).toEqual(["Entry Applied: createTicket"]);

    cloud.eventBuses.refuse(Number.POSITIVE_INFINITY);
    ensono.agent.comment(ofEnsono.ensono, { body: "while the bus is down" });
    await quiet();
    expect(running.client.tickets().find(({ number }) => number === ofEnsono.client)?.comments).toHaveLength(1);
    expect(applied()).toEqual(["Entry Applied: createTicket"]);

    cloud.eventBuses.refuse(0);
    await expect.poll(applied, WAIT).toEqual(["Entry Applied: createTicket", "Entry Applied: addComment"]);
  });
});
