import { describe, expect, test } from "vitest";
import { ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import { guideMessages } from "../support/guide-messages.ts";
import {
  bodiesOf,
  effectsOn,
  openedPair,
  pairOf,
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
