import { describe, expect, test } from "vitest";
import {
  bodiesOf,
  callNames,
  differing,
  effectsOn,
  pairOf,
  restoreAfterTest,
  useSandbox,
  writesTo,
} from "../support/sandbox.ts";

describe("an ITSM that reports every change, also the bridge's, and does not say who made it", () => {
  const sandbox = useSandbox();

  /** What was written to Ensono but for the number, without what every call carries. */
  const writesAfterLink = (number: string) =>
    writesTo(sandbox(), number)
      .filter(({ call }) => call !== "returnClientNumber")
      .map(({ call, payload: { clientName, clientTicketNumber, ticketType, ...rest } }) => ({ call, ...rest }));

  test.each([
    { events: "changes", echoKeys: true },
    { events: "snapshots", echoKeys: false },
  ] as const)(
    "[I5] as $events (bridgeKey given back: $echoKeys), nothing of Ensono's goes back, and what people do passes, also where it is the same",
    async (habits) => {
      const running = sandbox();
      const { ensono, client, quiet } = running;
      restoreAfterTest(running);
      client.behave({ ...habits, echoActor: false });

      const number = ensono.agent.open({ shortDescription: "Disk full", description: "On db-17", priority: "2" });
      await quiet();
      ensono.agent.update(number, { status: "workingprogress", priority: "1" });
      ensono.agent.comment(number, { body: "Restarted" });
      ensono.agent.comment(number, { body: "Restarted" });
      await quiet();
      expect(writesAfterLink(number)).toEqual([]);

      const clientNumber = pairOf(running, number).atClient.number;
      client.agent.update(clientNumber, { priority: "Low" }, [{ body: "Restarted" }]);
      await quiet();
      // The very value that the bridge once put there, set by a person.
      client.agent.update(clientNumber, { priority: "1" });
      await quiet();
      const ofPeople = [
        { call: "updateTicket", priority: "4" },
        { call: "addComments", comments: [expect.objectContaining({ body: "Restarted" })] },
        { call: "updateTicket", priority: "1" },
      ];
      expect(writesAfterLink(number)).toEqual(ofPeople);

      ensono.agent.resolve(number, { closeNotes: "Logs rotated" });
      await quiet();
      ensono.agent.reopen(number);
      await quiet();
      expect(writesAfterLink(number)).toEqual(ofPeople);
      expect(differing(running, number)).toEqual([]);
      expect(effectsOn(running, number)).toEqual([
        "ticket.created",
        "ticket.updated",
        "ticket.commented",
        "ticket.commented",
        "ticket.resolved",
        "ticket.reopened",
      ]);
    },
  );

  test("[I5][R1] nor does a comment that was reported while the answer to its delivery was lost", async () => {
    const running = sandbox();
    const { ensono, client, quiet } = running;
    restoreAfterTest(running);
    client.behave({ echoActor: false, echoKeys: false });
    const number = ensono.agent.open({ shortDescription: "Disk full", description: "On db-18" });
    await quiet();
    // It takes effect, and its echo is sent, before the bridge can learn the comment's id.
    client.faults.inject({ kind: "down", afterEffect: true, type: "ticket.commented", count: 1 });
    ensono.agent.comment(number, { body: "Cleaning up" });
    await quiet();
    expect(writesAfterLink(number)).toEqual([]);
    expect(bodiesOf(pairOf(running, number).atClient.comments)).toEqual(["Cleaning up"]);
  });
});

describe("Ensono's echo environment, which sends back all that it gets", () => {
  const sandbox = useSandbox("--stage", "echo");

  test("[T4b][I5][E1] the client's ticket is linked, not made again, and its changes are not applied again", async () => {
    const running = sandbox();
    const { ensono, client, quiet } = running;
    const { number } = client.agent.open({ shortDescription: "Laptop", priority: "High" });
    await quiet();
    const { ticketNumber } = pairOf(running, number).atEnsono;
    expect(callNames(writesTo(running, number))).toEqual(["createTicket"]);

    client.agent.update(number, { status: "In Progress", priority: "Low" }, [{ body: 'Two "lines"\nof text' }]);
    client.agent.comment(number, { body: "Same" });
    client.agent.comment(number, { body: "Same" });
    client.agent.resolve(number, { closeNotes: "Bought" });
    await quiet();
    client.agent.reopen(number);
    await quiet();
    expect(effectsOn(running, ticketNumber)).toEqual(["ticket.linked"]);
    expect(differing(running, number)).toEqual([]);

    ensono.agent.comment(ticketNumber, { body: "Same" });
    ensono.agent.update(ticketNumber, { priority: "3" });
    await quiet();
    expect(effectsOn(running, ticketNumber)).toEqual(["ticket.linked", "ticket.commented", "ticket.updated"]);
    expect(differing(running, number)).toEqual([]);
    expect(callNames(writesTo(running, ticketNumber))).toEqual([
      "updateTicket",
      "addComments",
      "addComments",
      "addComments",
      "updateTicket",
      "updateTicket",
    ]);
  });

  test("[R1][E14][T4b] a create and a comment whose answers are lost are found by their echoes", async () => {
    const running = sandbox();
    const { ensono, client, quiet } = running;
    restoreAfterTest(running);
    ensono.faults.add({ call: "createTicket", kind: "reset-after", times: 1 });
    ensono.faults.add({ call: "addComments", kind: "timeout-after", holdMs: 100, times: 1 });
    const { number } = client.agent.open({ shortDescription: "Monitor" });
    client.agent.comment(number, { body: "It flickers" });
    await quiet();
    const { atEnsono, atClient } = pairOf(running, number);
    expect(bodiesOf(atEnsono.comments)).toEqual(["It flickers"]);
    expect(bodiesOf(atClient.comments)).toEqual(["It flickers"]);
    expect(effectsOn(running, atEnsono.ticketNumber)).toEqual(["ticket.linked"]);
  });
});
