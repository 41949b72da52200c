import { describe, expect, it } from "vitest";
import { clientLane } from "../../lambdas/shared/domain/lane.ts";
import { newClientTicket } from "../support/builders.ts";
import { inMemoryBridge } from "../support/in-memory-bridge.ts";

const callsOf = ({ ensono }: Pick<ReturnType<typeof inMemoryBridge>, "ensono">, call: string): number =>
  ensono.calls.filter((made) => made.startsWith(call)).length;

/** A ticket of the client that both sides know. */
const withTicket = async (options: Parameters<typeof inMemoryBridge>[0] = {}) => {
  const bridge = inMemoryBridge(options);
  const number = await bridge.open({ ...newClientTicket, priority: "3" });
  await bridge.minute();
  return { ...bridge, number };
};

describe("a ticket of the client", () => {
  it("[I2] [I13] is opened at Ensono once, and the client learns its number there", async () => {
    const { ensono, itsm, number } = await withTicket();
    expect(ensono.tickets).toMatchObject([{ clientTicketNumber: number, fields: { priority: "3" } }]);
    expect(itsm.tickets).toMatchObject([{ ensonoTicketNumber: "e-CS0000001" }]);
  });

  it.each([
    ["Service Request", "Request", 0],
    ["request", "Request", 0],
    ["Problem", "Incident", 1],
  ])("[I6] that is a %s is a %s at Ensono, and what is in no table is counted", async (word, ticketType, unmapped) => {
    const bridge = inMemoryBridge();
    const number = await bridge.open(newClientTicket, { ticketType: word });
    await bridge.minute();
    expect(bridge.ensono.tickets).toMatchObject([{ ticketType }]);
    expect(bridge.unmapped()).toBe(unmapped);
    const [entry] = bridge.ledger.entriesOf(clientLane(number));
    expect(entry?.notes.join()).toBe(
      unmapped === 0 ? "" : 'ticketType "Problem" is not in the mapping table: "Incident" is used',
    );
  });

  it("[I3] [I4] its changes and comments follow in order, only what changed, each once", async () => {
    const { change, ensono, minutes, number } = await withTicket();
    const comments = [{ id: "c1", body: "one" }];
    await change(number, { priority: "2" }, { comments });
    await change(
      number,
      { priority: "2", group: "Ensono Network" },
      { comments: [...comments, { id: "c2", body: "two" }] },
    );
    await minutes(2);
    expect(ensono.calls.slice(1)).toEqual([
      'updateTicket {"priority":"2"}',
      "addComments",
      'updateTicket {"group":"Ensono Network"}',
      "addComments",
    ]);
    expect(ensono.tickets).toMatchObject([{ comments: ["one", "two"] }]);
  });

  it("[E11] goes through resolved on its way to closed", async () => {
    const { change, ensono, minutes, number } = await withTicket();
    await change(number, { status: "Closed", closeNotes: "Gone" });
    await minutes(2);
    expect(ensono.calls.slice(1)).toEqual([
      'updateTicket {"status":"resolved","closeNotes":"Gone"}',
      'updateTicket {"status":"closed","closeNotes":"Gone"}',
    ]);
  });

  it("[I9] is reopened by a status", async () => {
    const { change, ensono, minutes, number } = await withTicket();
    await change(number, { status: "Resolved" });
    await minutes(2);
    await change(number, { status: "Open" });
    await minutes(2);
    expect(ensono.calls.at(-1)).toBe('updateTicket {"status":"open"}');
  });
});

describe("a create without an answer", () => {
  const unanswered = async (returnsNumbers: "at-once" | "never", fault: "time-out-before" | "time-out-after") => {
    const bridge = inMemoryBridge({ ensono: { returnsNumbers } });
    bridge.ensono.fail(fault);
    const number = await bridge.open(newClientTicket, { comments: [{ id: "c1", body: "one" }] });
    await bridge.work();
    return { ...bridge, lane: clientLane(number) };
  };

  it("[E14] [T5] is completed by the number that comes over the queue, and not sent again", async () => {
    const { ensono, itsm, minutes, troubles } = await unanswered("at-once", "time-out-after");
    await minutes(10);
    expect(ensono.calls).toEqual(["createTicket"]);
    expect(itsm.tickets).toMatchObject([{ ensonoTicketNumber: "e-CS0000001" }]);
    expect(await troubles()).toEqual([]);
  });

  it("[E14] is sent again only after the wait, and after the queue was read to its end since", async () => {
    const { clock, ensono, ledger, poll, sweep, work, lane } = await unanswered("never", "time-out-before");
    const look = async () => {
      await sweep();
      await work();
      return callsOf({ ensono }, "createTicket");
    };
    await poll();
    clock.advance({ seconds: 59 });
    await poll();
    expect(await look()).toBe(1);
    clock.advance({ minutes: 10 });
    expect(await look()).toBe(1);
    await poll();
    expect(await look()).toBe(1);
    clock.advance({ minutes: 1 });
    expect(await look()).toBe(2);
    expect(ensono.tickets).toHaveLength(1);
    expect(ledger.entriesOf(lane)).toMatchObject([{ steps: [{ possibleDouble: true }] }]);
  });

  it("[E14] is not sent again while its number lies in our ledger, read but not applied yet", async () => {
    const { clock, ensono, minutes, poll, walk, lane } = await unanswered("at-once", "time-out-after");
    clock.advance({ minutes: 3 });
    await poll();
    await walk(lane);
    clock.advance({ minutes: 3 });
    await walk(lane);
    expect(callsOf({ ensono }, "createTicket")).toBe(1);
    await minutes(4);
    expect(ensono.calls).toEqual(["createTicket"]);
  });
});

describe("calls to Ensono in doubt", () => {
  it.each(["time-out-before", "time-out-after"] as const)("[R1] an update, %s: is set again", async (fault) => {
    const { change, ensono, minutes, number } = await withTicket();
    ensono.fail(fault);
    await change(number, { priority: "1" });
    await minutes(4);
    expect(ensono.tickets).toMatchObject([{ fields: { priority: "1" } }]);
    expect(callsOf({ ensono }, "updateTicket")).toBe(2);
  });

  it("[R1] a comment: lost never, possibly double, and then marked", async () => {
    const { change, ensono, ledger, minutes, number } = await withTicket();
    ensono.fail("time-out-after");
    await change(number, {}, { comments: [{ id: "c1", body: "once" }] });
    await minutes(4);
    expect(ensono.tickets).toMatchObject([{ comments: ["once", "once"] }]);
    const steps = ledger.entriesOf(clientLane(number)).flatMap((entry) => entry.steps);
    expect(steps.filter(({ possibleDouble }) => possibleDouble === true)).toMatchObject([
      { step: { do: "addComments" } },
    ]);
  });

  it("[R1] a comment that has come back did arrive, and is not sent again", async () => {
    const { change, ensono, minutes, number } = await withTicket({ environment: "echo" });
    ensono.fail("time-out-after");
    await change(number, {}, { comments: [{ id: "c1", body: "once" }] });
    await minutes(5);
    expect(ensono.tickets).toMatchObject([{ comments: ["once"] }]);
  });

  it("[R1] [E11] a closure that did take effect is told by the refusal of its repeat", async () => {
    const { change, ensono, minutes, number, troubles } = await withTicket();
    await change(number, { status: "Resolved" });
    await minutes(2);
    ensono.fail("time-out-after");
    await change(number, { status: "Closed" });
    await minutes(4);
    expect(ensono.tickets).toMatchObject([{ fields: { status: "closed" } }]);
    expect(await troubles()).toEqual([]);
  });

  it("[R3] [E11] a closure that is refused at its first try holds the ticket, whatever came before it", async () => {
    const { change, ensono, minutes, number, troubles } = await withTicket();
    ensono.afterCall('updateTicket {"status":"resolved"', () => ensono.change("e-CS0000001", { status: "open" }));
    await change(number, { priority: "1", status: "Closed" }, { comments: [{ body: "bye" }] });
    await minutes(2);
    expect(await troubles()).toEqual([expect.stringContaining("must be resolved before it can be closed")]);
  });

  it("[R3] a refusal holds the ticket, says why, and lets others go on", async () => {
    const { change, ensono, minutes, number, open, troubles } = await withTicket();
    ensono.fail("refusal");
    await change(number, { priority: "1" });
    await minutes(2);
    await open(newClientTicket);
    await minutes(2);
    expect(await troubles()).toEqual(["refused: Ensono refused it"]);
    expect(ensono.tickets).toHaveLength(2);
  });
});

describe("a group that Ensono does not know", () => {
  const groups = { ensono: { groups: ["Ensono Service Desk"] } };

  it("[E13] on a create: the default group once, and a comment that says so", async () => {
    const bridge = inMemoryBridge(groups);
    await bridge.open({ ...newClientTicket, group: "Nobody" });
    await bridge.minutes(2);
    expect(bridge.ensono.tickets).toMatchObject([
      { fields: { group: "Ensono Service Desk" }, comments: [expect.stringContaining('"Nobody"')] },
    ]);
    expect(callsOf(bridge, "createTicket")).toBe(2);
  });

  it("[E13] on an update: the same, and the rest of the event follows", async () => {
    const { change, ensono, minutes, number } = await withTicket(groups);
    await change(number, { group: "Nobody", priority: "1" }, { comments: [{ body: "last" }] });
    await minutes(2);
    expect(ensono.tickets).toMatchObject([
      {
        fields: { group: "Ensono Service Desk", priority: "1" },
        comments: [expect.stringContaining('"Nobody"'), "last"],
      },
    ]);
  });

  it("[E13] [R3] a default group that is not known either holds the ticket", async () => {
    const bridge = inMemoryBridge({ ensono: { groups: [] } });
    await bridge.open({ ...newClientTicket, group: "Nobody" });
    await bridge.minutes(2);
    expect(await bridge.troubles()).toEqual([expect.stringMatching(/^refused: assignment_group/)]);
    expect(callsOf(bridge, "createTicket")).toBe(2);
  });
});

describe("what we did at the client and it tells us of", () => {
  const withDelivery = async () => {
    const bridge = inMemoryBridge();
    const number = bridge.ensono.open();
    bridge.ensono.note(number, "Hello");
    await bridge.minutes(2);
    return bridge;
  };
  const key = (bridge: Awaited<ReturnType<typeof withDelivery>>) => bridge.itsm.performed.at(-1)?.key;

  it.each([
    ["by the delivery's key", (bridge: Awaited<ReturnType<typeof withDelivery>>) => ({ bridgeKey: key(bridge) })],
    ["by the id that the client gave it", () => ({ id: "comment-1" })],
    ["by both", (bridge: Awaited<ReturnType<typeof withDelivery>>) => ({ id: "other", bridgeKey: key(bridge) })],
  ])("[I5] our comment is known %s, and not sent", async (_, evidence) => {
    const bridge = await withDelivery();
    await bridge.change("INC1", {}, { comments: [{ body: "Hello", ...evidence(bridge) }] });
    await bridge.minutes(2);
    expect(callsOf(bridge, "addComments")).toBe(0);
  });

  it("[I5] while it is not known whether our comment arrived, one that comes from there waits", async () => {
    const bridge = await withDelivery();
    bridge.itsm.fail("time-out-after");
    bridge.ensono.note("e-CS0000001", "Again");
    await bridge.poll();
    await bridge.work();
    await bridge.change("INC1", {}, { comments: [{ id: "comment-2", body: "Again" }] });
    bridge.clock.advance({ seconds: 50 });
    await bridge.work();
    await bridge.minutes(5);
    expect(bridge.itsm.tickets).toMatchObject([{ comments: ["Hello", "Again"] }]);
    expect(callsOf(bridge, "addComments")).toBe(0);
  });

  it("[I5] a person's comment with the same text is sent", async () => {
    const bridge = await withDelivery();
    await bridge.change("INC1", {}, { comments: [{ id: "c9", body: "Hello" }] });
    await bridge.minutes(2);
    expect(callsOf(bridge, "addComments")).toBe(1);
  });

  it("[I5] fields as we set them are not sent; an edit on top of them is", async () => {
    const bridge = await withDelivery();
    const snapshot = { shortDescription: "test", description: "test", status: "Open", priority: "4" };
    await bridge.change("INC1", snapshot);
    await bridge.change("INC1", { ...snapshot, priority: "1" });
    await bridge.minutes(2);
    expect(bridge.ensono.calls.slice(1)).toEqual(['updateTicket {"priority":"1"}']);
  });
});

it("[I2] an event that names the Ensono number links the two, and Ensono gets the client's", async () => {
  const bridge = inMemoryBridge();
  const ensonoTicketNumber = bridge.ensono.open();
  const { number } = bridge.itsm.open({});
  await bridge.tell(number, { priority: "1" }, { ensonoTicketNumber });
  await bridge.minutes(3);
  expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: number, fields: { priority: "1" } }]);
  expect(bridge.itsm.tickets).toHaveLength(1);
});
