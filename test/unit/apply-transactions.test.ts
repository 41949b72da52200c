import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrivalOrder, clientLane, ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import { configWith, messageWith, newClientTicket } from "../support/builders.ts";
import { betweenAll } from "../support/fakes/between-ports.ts";
import { inMemoryBridge } from "../support/in-memory-bridge.ts";

/** What reached the client's ITSM, step by step. */
const stepsOf = ({ itsm }: ReturnType<typeof inMemoryBridge>): string[] => itsm.performed.map(({ step }) => step.do);

describe("creating", () => {
  it("[T1] the client's ticket is made, and its number returned, once", async () => {
    const bridge = inMemoryBridge();
    bridge.ensono.open({ shortDescription: "Disk full" });
    await bridge.minutes(3);
    expect(bridge.itsm.tickets).toMatchObject([{ fields: { shortDescription: "Disk full" } }]);
    expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: "INC1" }]);
    expect(bridge.ensono.calls).toEqual(["returnNumber INC1"]);
  });

  it("[T1] returning the number is a step of its own: its failure makes no second ticket", async () => {
    const bridge = inMemoryBridge();
    bridge.ensono.open();
    bridge.ensono.fail("unavailable", "time-out-before", "time-out-after");
    await bridge.minutes(30);
    expect(bridge.itsm.tickets).toHaveLength(1);
    expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: "INC1" }]);
  });

  it("[T3] a number that Ensono lacks ten minutes later is returned again, once", async () => {
    const bridge = inMemoryBridge();
    const number = bridge.ensono.open();
    await bridge.minutes(12);
    const lacking = { ClientReferenceAvailable: false };
    const body = { clientName: "testClient", ticketNumber: number, clientTicketNumber: "", ticketType: "Incident" };
    for (const priority of ["1", "2"]) {
      bridge.ensono.queue.put({
        type: "Update",
        body: { ...body, changed: { priority } },
        group: number,
        attributes: lacking,
      });
    }
    await bridge.minutes(2);
    expect(bridge.ensono.calls).toEqual(["returnNumber INC1", "returnNumber INC1"]);
    expect(bridge.itsm.tickets).toHaveLength(1);
  });

  it("[T4] an update for a ticket never seen makes the ticket first", async () => {
    const bridge = inMemoryBridge();
    const body = {
      clientName: "testClient",
      ticketNumber: "e-CS9",
      shortDescription: "Late",
      changed: { priority: "1" },
    };
    bridge.ensono.queue.put({ type: "Update", body, group: "e-CS9" });
    await bridge.minute();
    expect(stepsOf(bridge)).toEqual(["createTicket", "updateTicket"]);
    expect(bridge.itsm.tickets).toMatchObject([{ fields: { shortDescription: "Late", priority: "1" } }]);
  });

  it("[T4] while its create is in doubt, a ticket's later messages make no second ticket", async () => {
    const bridge = inMemoryBridge();
    const number = bridge.ensono.open();
    bridge.itsm.fail("time-out-after", "time-out-after");
    await bridge.minute();
    bridge.ensono.note(number, "meanwhile");
    await bridge.minutes(10);
    expect(bridge.itsm.tickets).toMatchObject([{ comments: ["meanwhile"] }]);
  });
});

describe("a message that comes late and belongs before the ticket's Create", () => {
  const late = (number: string) =>
    messageWith(
      "Update",
      { ticketNumber: number, shortDescription: "Disk full", changed: { priority: "1" } },
      { MessageGroupId: number, SentTimestamp: "1" },
      { MessageId: "late" },
    );

  it("[T4] makes no second ticket while that Create is in doubt, and holds instead", async () => {
    const bridge = inMemoryBridge();
    const number = bridge.ensono.open();
    bridge.itsm.fail("time-out-after");
    await bridge.minute();
    bridge.ensono.queue.putRaw(JSON.parse(JSON.stringify(late(number))), number);
    await bridge.minutes(5);
    expect(bridge.itsm.tickets).toHaveLength(1);
    expect(await bridge.troubles()).toEqual([expect.stringMatching(/^not-understood: it came after another message/)]);

    const lane = ensonoLane(number);
    const order = (await bridge.ledger.headOf(lane))?.held?.order ?? "";
    await bridge.ledger.skip(lane, order, { who: "ops", why: "done by hand", now: bridge.clock.now() });
    await bridge.minutes(2);
    expect(bridge.itsm.tickets).toHaveLength(1);
    expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: "INC1" }]);
    expect(await bridge.troubles()).toEqual([]);
  });

  it("[T4] makes the ticket that the Create finds", async () => {
    const bridge = inMemoryBridge();
    const number = bridge.ensono.open();
    bridge.ensono.queue.putRaw(JSON.parse(JSON.stringify(late(number))), number);
    await bridge.minutes(3);
    expect(bridge.itsm.tickets).toMatchObject([{ fields: { priority: "1" } }]);
    expect(stepsOf(bridge)).toEqual(["createTicket", "updateTicket"]);
  });
});

describe("tickets that the client opened", () => {
  const opened = async (order: "answer first" | "transaction first") => {
    const bridge = inMemoryBridge({ environment: "echo" });
    if (order === "transaction first") bridge.ensono.fail("time-out-after");
    const number = await bridge.open(newClientTicket);
    await bridge.work();
    await bridge.minutes(8);
    return { ...bridge, number };
  };

  it.each(["answer first", "transaction first"] as const)(
    "[T4b] a create of ours that comes back is adopted, %s",
    async (order) => {
      const { itsm, ensono, number, troubles } = await opened(order);
      expect(ensono.tickets).toMatchObject([{ clientTicketNumber: number }]);
      expect(itsm.tickets).toHaveLength(1);
      expect(itsm.performed.map(({ step }) => step.do)).toEqual(["announceLink"]);
      expect(await troubles()).toEqual([]);
    },
  );

  it("[T4b] a number that belongs to another ticket holds both sides' messages, and links nothing anew", async () => {
    const { ensono, ledger, minutes, number, troubles } = await opened("answer first");
    const body = {
      clientName: "testClient",
      ticketNumber: "e-CS9",
      clientTicketNumber: number,
      ticketType: "Incident",
    };
    ensono.queue.put({ type: "ReturnEnsonoNum", body, group: "e-CS9" });
    await minutes(2);
    expect(await troubles()).toEqual([
      expect.stringMatching(/^link-conflict: e-CS9 cannot be linked to INC1; INC1 is linked to e-CS0000001;/),
    ]);
    expect((await ledger.headOf(clientLane(number)))?.link).toBe("e-CS0000001");
  });

  it("[I13] a link is announced once, also when two paths owe the news of it", async () => {
    const { clock, itsm, ledger, minutes } = await opened("answer first");
    const now = clock.now();
    const owed = { order: arrivalOrder(now, "tell-number"), content: { kind: "tellNumber" } } as const;
    await ledger.receive(ensonoLane("e-CS0000001"), [owed], { now, wakeAt: now });
    await minutes(2);
    expect(itsm.performed.map(({ step }) => step.do)).toEqual(["announceLink"]);
    const entry = await ledger.entry(ensonoLane("e-CS0000001"), owed.order);
    expect(entry).toMatchObject({ status: "done", notes: ["this link was announced before"] });
  });

  it("[I13] the client learns the number", async () => {
    const { itsm } = await opened("answer first");
    expect(itsm.tickets).toMatchObject([{ ensonoTicketNumber: "e-CS0000001" }]);
  });
});

describe("exactly once and in order", () => {
  it("[Q3] [Q5] [R1] whatever is delivered again, late or shuffled, each ticket sees each transaction once, in order", () => {
    const deliveries = fc.array(fc.record({ ticket: fc.nat(2), again: fc.nat(2), pollsBetween: fc.nat(1) }), {
      minLength: 1,
      maxLength: 12,
    });
    return fc.assert(
      fc.asyncProperty(deliveries, async (plan) => {
        const bridge = inMemoryBridge();
        const numbers = [bridge.ensono.open(), bridge.ensono.open(), bridge.ensono.open()];
        await bridge.minute();
        const expected: string[][] = [[], [], []];
        for (const [nth, { ticket, again, pollsBetween }] of plan.entries()) {
          const number = numbers[ticket] ?? "";
          const text = `note ${nth}`;
          expected[ticket]?.push(text);
          const raw = messageWith(
            "Notes",
            { ticketNumber: number, notes: { id: `n${nth}`, body: text } },
            {
              MessageGroupId: number,
              SentTimestamp: String(bridge.clock.now() + nth),
              SequenceNumber: String(9_007_199_254_740_993n + BigInt(nth)),
            },
            { MessageId: `m${nth}` },
          );
          for (let time = 0; time <= again; time += 1)
            bridge.ensono.queue.putRaw(JSON.parse(JSON.stringify(raw)), number);
          if (pollsBetween > 0) await bridge.poll();
        }
        await bridge.minutes(3);
        expect(bridge.itsm.tickets.map(({ comments }) => comments)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  const deliver = (bridge: ReturnType<typeof inMemoryBridge>, number: string, attributes: object, envelope: object) => {
    const message = messageWith(
      "Notes",
      { ticketNumber: number, notes: { body: "same" } },
      { ...attributes },
      { ...envelope },
    );
    bridge.ensono.queue.putRaw(JSON.parse(JSON.stringify(message)), number);
  };

  it.each([
    ["another MessageId", 2, {}, { MessageId: "other" }],
    ["another SequenceNumber", 2, { SequenceNumber: "18875507807458288129" }, {}],
    ["another count of receipts", 1, { ApproximateReceiveCount: "4" }, { ReceiptHandle: "other" }],
    ["another hash of its content", 1, { MessageDeduplicationId: "other" }, { MD5OfBody: "other" }],
    ["nothing other", 1, {}, {}],
  ])(
    "[Q5] the same content once more, with %s: takes effect %i times in all",
    async (_, times, attributes, envelope) => {
      const bridge = inMemoryBridge();
      const number = bridge.ensono.open();
      await bridge.minute();
      const group = { MessageGroupId: number };
      deliver(bridge, number, group, {});
      await bridge.minute();
      deliver(bridge, number, { ...group, ...attributes }, envelope);
      await bridge.minutes(2);
      expect(bridge.itsm.tickets).toMatchObject([{ comments: Array.from({ length: times }, () => "same") }]);
    },
  );

  it("[Q5] a message that comes again after all the days that Ensono keeps it is known", async () => {
    const bridge = inMemoryBridge();
    const number = bridge.ensono.open();
    await bridge.minute();
    deliver(bridge, number, { MessageGroupId: number }, {});
    await bridge.minute();
    bridge.clock.advance({ hours: 14 * 24 });
    deliver(bridge, number, { MessageGroupId: number }, {});
    await bridge.minutes(2);
    expect(bridge.itsm.tickets).toMatchObject([{ comments: ["same"] }]);
  });

  it("[T6] what comes after a closure is journaled with the reason, and dropped", async () => {
    const bridge = inMemoryBridge();
    const number = bridge.ensono.open();
    await bridge.minute();
    for (const status of ["resolved", "closed"]) bridge.ensono.change(number, { status });
    await bridge.minute();
    const before = stepsOf(bridge);
    expect(before).toEqual(["createTicket", "resolveTicket", "closeTicket"]);
    for (const type of ["Update", "Notes", "Closure"]) {
      const body = { ticketNumber: number, status: "open", changed: { status: "open" }, notes: { body: "late" } };
      bridge.ensono.queue.put({ type, body, group: number });
    }
    await bridge.minutes(2);
    expect(stepsOf(bridge)).toEqual(before);
    const late = bridge.ledger.entriesOf(ensonoLane(number)).slice(-3);
    const final = { status: "done", notes: ["the ticket is closed, which is final (T6)"] };
    expect(late).toMatchObject([final, final, final]);
  });

  it("[Q5] a note that Ensono's support puts back on the queue under a new identity is known by its id", async () => {
    const bridge = inMemoryBridge();
    const number = bridge.ensono.open();
    bridge.ensono.note(number, "once", "note-77");
    await bridge.minute();
    bridge.ensono.note(number, "once", "note-77");
    bridge.ensono.note(number, "once", "note-78");
    await bridge.minute();
    expect(bridge.itsm.tickets).toMatchObject([{ comments: ["once", "once"] }]);
  });

  it("[Q6] a message that cannot be understood holds its ticket, so that later ones do not overtake it", async () => {
    const bridge = inMemoryBridge();
    const number = bridge.ensono.open();
    await bridge.minute();
    const raw = messageWith("Update", { ticketNumber: number }, { SequenceNumber: "?", MessageGroupId: number });
    bridge.ensono.queue.putRaw(JSON.parse(JSON.stringify(raw)), number);
    await bridge.minute();
    bridge.ensono.note(number, "later");
    await bridge.minutes(2);
    expect(await bridge.troubles()).toEqual([expect.stringMatching(/^not-understood: Attributes.SequenceNumber/)]);
    expect(bridge.itsm.tickets).toMatchObject([{ comments: [] }]);
    expect(bridge.ensono.queue.size).toBe(0);
  });
});

describe("a number that the client gives later", () => {
  const withLateNumber = async () => {
    const bridge = inMemoryBridge({ numbers: "later" });
    const number = bridge.ensono.open();
    bridge.ensono.note(number, "meanwhile");
    await bridge.minutes(90);
    return { ...bridge, number };
  };

  it("[T1] [I11] completes the create, lets the rest go on, and is returned to Ensono", async () => {
    const { ensono, itsm, minutes, number, tellNumber, troubles } = await withLateNumber();
    expect(itsm.tickets).toMatchObject([{ comments: [] }]);
    await tellNumber(number, "INC1");
    await minutes(2);
    expect(itsm.tickets).toMatchObject([{ comments: ["meanwhile"] }]);
    expect(ensono.tickets).toMatchObject([{ clientTicketNumber: "INC1" }]);
    expect(ensono.calls).toEqual(["returnNumber INC1"]);
    expect(await troubles()).toEqual([]);
  });

  it("[T1] [R3] holds the ticket when it never comes", async () => {
    const { clock, itsm, minutes, troubles } = await withLateNumber();
    clock.advance({ hours: 24 });
    await minutes(31);
    expect(await troubles()).toEqual([expect.stringContaining("has not come for 24 hours")]);
    expect(itsm.tickets).toHaveLength(1);
  });
});

describe("calls to the client's ITSM without an answer", () => {
  it.each([
    ["key", "createTicket", "time-out-after"],
    ["key", "addComment", "time-out-after"],
    ["search", "createTicket", "time-out-before"],
    ["search", "createTicket", "time-out-after"],
    ["search", "addComment", "time-out-before"],
    ["search", "addComment", "time-out-after"],
  ] as const)("[R1] an ITSM that offers %s: %s, %s, takes effect once", async (offers, step, fault) => {
    const bridge = inMemoryBridge({ offers });
    if (step === "createTicket") bridge.itsm.fail(fault);
    const number = bridge.ensono.open();
    await bridge.minutes(4);
    if (step === "addComment") bridge.itsm.fail(fault);
    bridge.ensono.note(number, "once");
    await bridge.minutes(5);
    expect(bridge.itsm.tickets).toMatchObject([{ comments: ["once"] }]);
    expect(stepsOf(bridge)).toEqual(["createTicket", "addComment"]);
    expect(await bridge.troubles()).toEqual([]);
  });

  it("[R1] an ITSM that offers neither: an unknown create or comment holds, an unknown update is repeated", async () => {
    const bridge = inMemoryBridge({ offers: "neither" });
    const number = bridge.ensono.open();
    await bridge.minute();
    bridge.itsm.fail("time-out-after");
    bridge.ensono.change(number, { priority: "1" });
    await bridge.minutes(4);
    expect(bridge.itsm.tickets).toMatchObject([{ fields: { priority: "1" } }]);
    bridge.itsm.fail("time-out-after");
    bridge.ensono.note(number, "once");
    await bridge.minutes(4);
    expect(await bridge.troubles()).toEqual([expect.stringMatching(/^outcome-unknown: .* the comment was made/)]);
    expect(bridge.itsm.tickets).toMatchObject([{ comments: ["once"] }]);
  });

  it("[R2] looking for the effect of a call is a call as well: at most one a minute while the ITSM is down", async () => {
    const searched: string[] = [];
    const between = betweenAll(({ method, go }) => {
      if (method === "find") searched.push(method);
      return go();
    });
    const bridge = inMemoryBridge({ offers: "search", between });
    const lanes = Array.from({ length: 4 }, () => ensonoLane(bridge.ensono.open()));
    bridge.itsm.fail("time-out-before", "time-out-before", "time-out-before", "time-out-before");
    await bridge.minute();
    await bridge.breaker.failed("client", { reason: "down", atOnce: true }, bridge.clock.now());
    bridge.clock.advance({ minutes: 3 });
    for (const lane of lanes) await bridge.walk(lane);
    expect(searched).toEqual([]);
  });
});

describe("what we sent to Ensono and it sends back", () => {
  it("[I5] our comments are not delivered to the client, and a person's equal one is", async () => {
    const bridge = inMemoryBridge({ environment: "echo" });
    const number = await bridge.open(newClientTicket);
    await bridge.minutes(2);
    await bridge.change(number, {}, { comments: [{ id: "c1", body: "Any news?" }] });
    await bridge.minutes(2);
    expect(bridge.itsm.tickets).toMatchObject([{ comments: [] }]);
    bridge.ensono.note("e-CS0000001", "Any news?");
    await bridge.minutes(2);
    expect(bridge.itsm.tickets).toMatchObject([{ comments: ["Any news?"] }]);
  });

  it("[I5] our updates are not applied to the client, and an honest edit to the same value is", async () => {
    const bridge = inMemoryBridge({ environment: "echo" });
    const number = await bridge.open({ ...newClientTicket, priority: "3" });
    await bridge.minutes(2);
    await bridge.change(number, { priority: "1" });
    await bridge.minutes(2);
    for (const priority of ["2", "1"]) {
      bridge.ensono.change("e-CS0000001", { priority });
      await bridge.minutes(2);
    }
    const changes = bridge.itsm.performed.flatMap(({ step }) => ("changed" in step ? [step.changed] : []));
    expect(changes).toEqual([{ priority: "2" }, { priority: "1" }]);
    expect(bridge.ensono.tickets).toMatchObject([{ fields: { priority: "1" } }]);
  });
});

it("[Q8] what is out of scope is dropped, with a journal entry", async () => {
  const scope = { toEnsono: () => true, fromEnsono: () => false };
  const bridge = inMemoryBridge({ config: configWith({ policies: { scope } }) });
  const number = bridge.ensono.open();
  await bridge.minute();
  expect(bridge.itsm.tickets).toEqual([]);
  expect(bridge.ledger.entriesOf(ensonoLane(number))).toMatchObject([{ status: "done", notes: ["out of scope"] }]);
});
