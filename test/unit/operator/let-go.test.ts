import { describe, expect, it } from "vitest";
import { releaseTicket, skipEntry } from "../../../bin/operator/use-cases/let-go.ts";
import { listHeld } from "../../../bin/operator/use-cases/list-held.ts";
import { clientLane, ensonoLane } from "../../../lambdas/shared/domain/lane.ts";
import { newClientTicket } from "../../support/builders.ts";
import { inMemoryBridge } from "../../support/in-memory-bridge.ts";
import { ada, operatorOf } from "../../support/operator.ts";

/** A ticket of Ensono whose first note the client refuses, with another one behind it. */
const withHeldTicket = async () => {
  const bridge = inMemoryBridge();
  const number = bridge.ensono.open();
  await bridge.minutes(2);
  bridge.itsm.fail("refusal");
  bridge.ensono.note(number, "one");
  bridge.ensono.note(number, "two");
  await bridge.minutes(2);
  const [ticket] = bridge.itsm.tickets;
  return { bridge, operator: operatorOf(bridge), number, clientNumber: ticket?.number ?? "", ticket };
};

describe("held", () => {
  it("[R3] lists what is held, with the reason, the entry and what waits behind it", async () => {
    const { operator, number, clientNumber } = await withHeldTicket();
    const { held, apart } = await listHeld(operator);
    expect(held).toEqual([
      {
        ensonoNumber: number,
        clientNumber,
        direction: "to-client",
        since: expect.stringMatching(/^2023-01-28T00:0\d:00.000Z$/),
        code: "refused",
        reason: "the client's ITSM refused it",
        entry: expect.stringMatching(new RegExp(`^${number}/[\\w-]{8}$`)),
        behind: 1,
      },
    ]);
    expect(apart).toEqual([]);
  });

  it("[Q6] lists messages that belong to no ticket", async () => {
    const bridge = inMemoryBridge();
    const body = { clientName: "someoneElse", ticketNumber: "e-CS1", ticketType: "Incident" };
    bridge.ensono.queue.put({ type: "Create", body, group: "e-CS1" });
    await bridge.minute();
    expect(await listHeld(operatorOf(bridge))).toMatchObject({
      held: [],
      apart: [{ reason: "meant for another client: someoneElse" }],
    });
  });
});

describe("release", () => {
  it.each(["ensono", "client"])("[R3] lets the ticket go on, by the number of either side: %s", async (side) => {
    const { bridge, operator, number, clientNumber, ticket } = await withHeldTicket();
    const named = side === "ensono" ? number : clientNumber;
    expect(await releaseTicket(named, ada, operator)).toMatchObject({ released: [{ code: "refused" }] });
    await bridge.minute();
    expect(ticket?.comments).toEqual(["one", "two"]);
    expect(await operator.audit.of(ensonoLane(number))).toMatchObject([
      { command: `release ${named}`, who: "ada", why: "mended", outcome: "released" },
    ]);
  });

  it("says so when the ticket is not held, and leaves no audit entry", async () => {
    const { bridge, operator, number } = await withHeldTicket();
    await releaseTicket(number, ada, operator);
    await bridge.minute();
    await expect(releaseTicket(number, ada, operator)).rejects.toThrow(`${number}: nothing of this ticket is held`);
    await expect(releaseTicket("INC404", ada, operator)).rejects.toThrow("never heard of");
    expect(await operator.audit.of(ensonoLane(number))).toHaveLength(1);
  });

  it("keeps in the audit what a command died of", async () => {
    const { operator, number } = await withHeldTicket();
    const broken = {
      ...operator.ledger,
      release: async () => {
        throw new Error("the table is gone");
      },
    };
    await expect(releaseTicket(number, ada, { ...operator, ledger: broken })).rejects.toThrow("the table is gone");
    expect(await operator.audit.of(ensonoLane(number))).toMatchObject([{ outcome: "failed: the table is gone" }]);
  });
});

describe("skip", () => {
  it("[R3] passes over the entry as held prints it, and the ticket goes on", async () => {
    const { bridge, operator, number, clientNumber, ticket } = await withHeldTicket();
    const [held] = (await listHeld(operator)).held;
    const skipped = await skipEntry(held?.entry ?? "", { who: "ada", why: "a test" }, operator);
    expect(skipped).toEqual({
      entry: held?.entry,
      ensonoNumber: number,
      clientNumber,
      wasHeldBy: "the client's ITSM refused it",
    });
    await bridge.minute();
    expect(ticket?.comments).toEqual(["two"]);
    expect((await operator.audit.of(ensonoLane(number)))[0]).toMatchObject({
      command: `skip ${held?.entry}`,
      why: "a test",
    });
  });

  it("passes over an entry that waits, of the client's lane as well", async () => {
    const bridge = inMemoryBridge();
    const operator = operatorOf(bridge);
    const number = await bridge.open(newClientTicket);
    const [entry] = bridge.ledger.entriesOf(clientLane(number));
    const id = `${number}/${operator.digest(`${entry?.lane}|${entry?.order}`)}`;
    expect(await skipEntry(id, ada, operator)).toMatchObject({ ensonoNumber: null, wasHeldBy: null });
    await bridge.minutes(2);
    expect(bridge.ensono.calls).toEqual([]);
  });

  it.each([
    ["no entry", "e-CS1", "expected an entry as trace and held print it"],
    ["of an unknown ticket", "e-CS404/abcdefgh", "there is no such entry; see trace e-CS404"],
    ["empty", "", "expected an entry"],
    ["another ticket's", "e-CS0000001/abcdefgh", "there is no such entry"],
  ])("refuses what is no entry: %s", async (_, id, message) => {
    const { operator } = await withHeldTicket();
    await expect(skipEntry(id, ada, operator)).rejects.toThrow(message);
  });

  it("refuses an entry that is done", async () => {
    const { bridge, operator, number } = await withHeldTicket();
    const [first] = bridge.ledger.entriesOf(ensonoLane(number));
    const id = `${number}/${operator.digest(`${first?.lane}|${first?.order}`)}`;
    await expect(skipEntry(id, ada, operator)).rejects.toThrow("this entry is done already");
  });
});
