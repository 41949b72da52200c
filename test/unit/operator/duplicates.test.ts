import { describe, expect, it } from "vitest";
import { findDuplicates } from "../../../bin/operator/use-cases/find-duplicates.ts";
import { releaseTicket } from "../../../bin/operator/use-cases/let-go.ts";
import { wasSent } from "../../../bin/operator/use-cases/was-sent.ts";
import { configWith, newClientTicket } from "../../support/builders.ts";
import { inMemoryBridge } from "../../support/in-memory-bridge.ts";
import { ada, operatorOf } from "../../support/operator.ts";

/** A ticket of the client, known at Ensono. */
const withTicket = async () => {
  const bridge = inMemoryBridge();
  const number = await bridge.open(newClientTicket);
  await bridge.minutes(2);
  return { bridge, operator: operatorOf(bridge), number, ensonoNumber: bridge.ensono.tickets[0]?.number ?? "" };
};

describe("duplicates", () => {
  it("[L3] finds none where each number has one link", async () => {
    const { bridge, operator } = await withTicket();
    bridge.ensono.open();
    await bridge.minutes(2);
    expect(await findDuplicates(operator)).toEqual({ duplicates: [], possible: [] });
  });

  it("[L3] finds a client ticket that says that it is another one's at Ensono, and is held for it", async () => {
    const { bridge, operator, number, ensonoNumber } = await withTicket();
    await bridge.tell("INC777", newClientTicket, { ensonoTicketNumber: ensonoNumber });
    await bridge.tellNumber(ensonoNumber, "INC778");
    await bridge.minutes(2);
    const { duplicates } = await findDuplicates(operator);
    expect(duplicates).toEqual([
      {
        ensonoNumber,
        clientTickets: [
          { clientNumber: number, how: "linked", detail: "" },
          { clientNumber: "INC777", how: "held", detail: expect.stringMatching(/^claims it; held: INC777\/[\w-]{8}$/) },
          { clientNumber: "INC778", how: "held", detail: expect.stringMatching(/^claims it; held: INC778\//) },
        ],
      },
    ]);
  });

  it("[L3] tells tickets that took one another's place by right from the rest", async () => {
    const bridge = inMemoryBridge();
    const change = "e-CHG0032103";
    for (const [type, state] of [
      ["Create", "Assess"],
      ["Update", "New"],
      ["Update", "Assess"],
    ] as const) {
      bridge.ensono.sayOfChange(change, type, { state });
      await bridge.minutes(2);
    }
    const [first, second] = bridge.itsm.tickets.map((ticket) => ticket.number);
    expect((await findDuplicates(operatorOf(bridge))).duplicates).toEqual([
      {
        ensonoNumber: change,
        clientTickets: [
          { clientNumber: second, how: "linked", detail: "" },
          { clientNumber: first, how: "replaced", detail: `by ${second}` },
        ],
      },
    ]);
  });

  it("[L3] names creates that were sent twice and may have made two tickets, in either direction", async () => {
    const bridge = inMemoryBridge({ offers: "neither", ensono: { returnsNumbers: "never" } });
    const operator = operatorOf(bridge);
    bridge.ensono.fail("time-out-after");
    const number = await bridge.open(newClientTicket);
    await bridge.minutes(6);
    bridge.itsm.fail("time-out-before");
    const opened = bridge.ensono.open();
    await bridge.minutes(5);
    await releaseTicket(opened, ada, operator);
    await bridge.minutes(2);
    const { possible } = await findDuplicates(operator);
    expect(possible).toEqual([
      {
        ensonoNumber: expect.any(String),
        clientNumber: number,
        direction: "to-ensono",
        entry: expect.any(String),
        calls: 2,
      },
      { ensonoNumber: opened, clientNumber: "INC2", direction: "to-client", entry: expect.any(String), calls: 2 },
    ]);
    expect(bridge.ensono.tickets.filter(({ clientTicketNumber }) => clientTicketNumber === number)).toHaveLength(2);
  });
});

describe("creates that were sent again", () => {
  /** As the ledger has it: a create that was called once more after this answer. */
  const afterAnswer = async (status: number | undefined, said: string) => {
    const { bridge, operator, number } = await withTicket();
    const entries = bridge.ledger.entriesOf(`CLIENT#${number}`).map((entry) => ({
      ...entry,
      steps: entry.steps.map((record) => {
        const at = { at: bridge.clock.now(), endedAt: bridge.clock.now() };
        const first = { ...at, request: "POST /acme/dev/tickets", said, ...(status === undefined ? {} : { status }) };
        return { ...record, calls: [first, ...(record.calls ?? [])] };
      }),
    }));
    const entriesSince = async function* () {
      yield* entries;
    };
    const { possible } = await findDuplicates({ ...operator, inspection: { ...operator.inspection, entriesSince } });
    return possible.map(({ clientNumber }) => clientNumber === number);
  };

  it.each([
    ["nothing", undefined, "ECONNRESET"],
    ["what says nothing", 502, "<html>Bad Gateway</html>"],
  ])("[L3] are named after %s", async (_, status, said) => {
    expect(await afterAnswer(status, said)).toEqual([true]);
  });

  it.each([
    ["an unknown group", 200, '{"Response":["assignment_group sys_id or name not found."]}'],
    ["an Ensono that is down", 503, '{"message":"Service Unavailable"}'],
  ])("[L3] are not named after a refusal that made nothing: %s", async (_, status, said) => {
    expect(await afterAnswer(status, said)).toEqual([]);
  });
});

describe("sent", () => {
  it("[L3] says that it was, with Ensono's answer and number", async () => {
    const { operator, number, ensonoNumber } = await withTicket();
    expect(await wasSent(number, operator)).toMatchObject({
      clientNumber: number,
      ensonoNumber,
      verdict: "sent",
      because: `Ensono made ${ensonoNumber} of it`,
      sentAt: "2023-01-28T00:00:00.000Z",
      answer: `200: "${ensonoNumber}"`,
      calls: [{ request: "ensono createTicket" }],
    });
  });

  it("[L3] says that it was not, and why: out of scope, skipped, held", async () => {
    const out = inMemoryBridge({
      config: configWith({ policies: { scope: { toEnsono: () => false, fromEnsono: () => true } } }),
    });
    const number = await out.open(newClientTicket);
    await out.minutes(2);
    expect(await wasSent(number, operatorOf(out))).toMatchObject({ verdict: "not sent", because: "out of scope" });

    const { bridge, operator } = await withTicket();
    bridge.ensono.fail("refusal");
    const refused = await bridge.open(newClientTicket);
    await bridge.minutes(2);
    const held = await wasSent(refused, operator);
    expect(held).toMatchObject({ verdict: "held", answer: "400: PermanentError: Ensono refused it" });
    expect(held.because).toMatch(/^Ensono refused it; mend the cause, then release it, or skip INC2\//);
  });

  it("[L3] says that it waits, and for what", async () => {
    const { bridge, operator } = await withTicket();
    const number = await bridge.open(newClientTicket);
    expect(await wasSent(number, operator)).toMatchObject({ verdict: "waiting", because: "its turn has not come yet" });
    bridge.ensono.fail("unavailable");
    await bridge.work();
    expect(await wasSent(number, operator)).toMatchObject({ verdict: "waiting", because: "Ensono is down" });
  });

  it("[L3] says that nobody knows yet, when the answer got lost", async () => {
    const { bridge, operator } = await withTicket();
    bridge.ensono.fail("time-out-after");
    const number = await bridge.open(newClientTicket);
    await bridge.work();
    expect(await wasSent(number, operator)).toMatchObject({ verdict: "in doubt", ensonoNumber: null });
    await bridge.minutes(5);
    expect(await wasSent(number, operator)).toMatchObject({ verdict: "sent" });
  });

  it("[L3] says that it came from Ensono, and whether its number was returned", async () => {
    const { bridge, operator } = await withTicket();
    const opened = bridge.ensono.open();
    await bridge.minute();
    const number = bridge.itsm.tickets.find((ticket) => ticket.ensonoTicketNumber === opened)?.number ?? "";
    expect(await wasSent(number, operator)).toMatchObject({
      verdict: "came from Ensono",
      because: `Ensono opened it as ${opened}; its number was returned`,
      answer: "200: accepted",
    });
  });

  it("[L3] says that it was never told of it; and of Ensono's number, which one is meant", async () => {
    const { operator, number, ensonoNumber } = await withTicket();
    await expect(wasSent("INC404", operator)).rejects.toThrow(
      "INC404: not sent, the bridge was never told of this ticket",
    );
    await expect(wasSent(ensonoNumber, operator)).rejects.toThrow(`is Ensono's number; give the client's: ${number}`);
  });
});
