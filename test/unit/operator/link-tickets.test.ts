import { describe, expect, it } from "vitest";
import { linkTickets, unlinkTickets } from "../../../bin/operator/use-cases/link-tickets.ts";
import { clientLane, ensonoLane } from "../../../lambdas/shared/domain/lane.ts";
import { newClientTicket } from "../../support/builders.ts";
import { inMemoryBridge } from "../../support/in-memory-bridge.ts";
import { ada, operatorOf } from "../../support/operator.ts";

/** A ticket that Ensono says too little of to make it at the client, and one of the client that is out of scope. */
const withStrangers = async () => {
  const bridge = inMemoryBridge();
  const operator = operatorOf(bridge);
  const ensonoNumber = "e-CS0099001";
  const body = { clientName: bridge.config.ensono.clientName, ticketNumber: ensonoNumber, ticketType: "Incident" };
  bridge.ensono.queue.put({ type: "Update", body: { ...body, changed: { priority: "1" } }, group: ensonoNumber });
  await bridge.minutes(2);
  const { number: clientNumber } = bridge.itsm.open({ shortDescription: "the same" });
  return { bridge, operator: { ...operator }, ensonoNumber, clientNumber };
};

describe("link", () => {
  it("links both heads and owes both sides the news", async () => {
    const { bridge, operator, ensonoNumber, clientNumber } = await withStrangers();
    expect(await linkTickets(ensonoNumber, clientNumber, ada, operator)).toEqual({
      ensonoNumber,
      clientNumber,
      changed: true,
    });
    expect((await bridge.ledger.headOf(ensonoLane(ensonoNumber)))?.link).toBe(clientNumber);
    expect((await bridge.ledger.headOf(clientLane(clientNumber)))?.link).toBe(ensonoNumber);
    await bridge.ledger.skip(
      ensonoLane(ensonoNumber),
      (await bridge.ledger.headOf(ensonoLane(ensonoNumber)))?.held?.order ?? "",
      { ...ada, now: bridge.clock.now() },
    );
    await bridge.minutes(2);
    expect(bridge.itsm.performed.map(({ step }) => step.do)).toEqual(["announceLink"]);
    expect(bridge.ensono.calls).toEqual([`returnNumber ${clientNumber}`]);
    for (const lane of [ensonoLane(ensonoNumber), clientLane(clientNumber)]) {
      expect(await operator.audit.of(lane)).toMatchObject([
        { command: `link ${ensonoNumber} ${clientNumber}`, outcome: "linked" },
      ]);
    }
    expect(bridge.ledger.entriesOf(clientLane(clientNumber))[0]?.notes).toEqual(["linked by ada: mended"]);
  });

  it("takes the numbers in either order, and is harmless when repeated", async () => {
    const { bridge, operator, ensonoNumber, clientNumber } = await withStrangers();
    await linkTickets(clientNumber, ensonoNumber, ada, operator);
    expect(await linkTickets(clientNumber, ensonoNumber, ada, operator)).toMatchObject({
      ensonoNumber,
      changed: false,
    });
    expect(await operator.audit.of(clientLane(clientNumber))).toHaveLength(1);
    expect(await bridge.ledger.headOf(ensonoLane(clientNumber))).toBeUndefined();
  });

  it.each(["the first", "the second", "both"])("refuses to link a number twice: %s", async (which) => {
    const { bridge, operator, ensonoNumber, clientNumber } = await withStrangers();
    const other = bridge.ensono.open();
    const ofClient = await bridge.open(newClientTicket);
    await bridge.minutes(3);
    const headOf = (number: string) => bridge.ledger.headOf(ensonoLane(number));
    const taken = (await headOf(other))?.link ?? "";
    const pairs = {
      "the first": [other, clientNumber, `${other} is linked to ${taken}; first: unlink ${other} ${taken}`],
      "the second": [ensonoNumber, taken, `${taken} is linked to ${other}; first: unlink ${taken} ${other}`],
      both: [other, ofClient, `${other} is linked to ${taken}, ${ofClient} is linked to `],
    } as const;
    const [one, two, message] = pairs[which as keyof typeof pairs];
    const before = bridge.ledger.lanes().map(bridge.ledger.entriesOf);
    await expect(linkTickets(one, two, ada, operator)).rejects.toThrow(message);
    expect(bridge.ledger.lanes().map(bridge.ledger.entriesOf)).toEqual(before);
    expect((await headOf(other))?.link).toBe(taken);
  });

  it("refuses numbers that nobody knows, and what is no number of Ensono's", async () => {
    const { operator, ensonoNumber } = await withStrangers();
    await expect(linkTickets("e-CS404", "INC404", ada, operator)).rejects.toThrow("the bridge knows neither of them");
    await expect(linkTickets("not a number", "INC1", ada, operator)).rejects.toThrow("Ensono's number comes first");
    await expect(linkTickets(ensonoNumber, " ", ada, operator)).rejects.toThrow("Ensono's number comes first");
  });

  it("of two operators who link one number otherwise at the same time, one is refused", async () => {
    const { bridge, operator, ensonoNumber, clientNumber } = await withStrangers();
    const { number: another } = bridge.itsm.open({ shortDescription: "another" });
    const results = await Promise.allSettled([
      linkTickets(ensonoNumber, clientNumber, ada, operator),
      linkTickets(ensonoNumber, another, { ...ada, who: "bob" }, operator),
    ]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const link = (await bridge.ledger.headOf(ensonoLane(ensonoNumber)))?.link ?? "";
    const [loser] = [clientNumber, another].filter((number) => number !== link);
    expect((await bridge.ledger.headOf(clientLane(loser ?? "")))?.link).toBeUndefined();
    expect(bridge.ledger.entriesOf(clientLane(loser ?? ""))).toMatchObject([{ status: "skipped" }]);
  });
});

describe("unlink", () => {
  it("takes them apart, and either may be linked anew", async () => {
    const { bridge, operator, ensonoNumber, clientNumber } = await withStrangers();
    await linkTickets(ensonoNumber, clientNumber, ada, operator);
    expect(await unlinkTickets(ensonoNumber, clientNumber, ada, operator)).toMatchObject({ changed: true });
    expect((await bridge.ledger.headOf(ensonoLane(ensonoNumber)))?.link).toBeUndefined();
    const { number: right } = bridge.itsm.open({ shortDescription: "the right one" });
    await linkTickets(ensonoNumber, right, ada, operator);
    expect((await bridge.ledger.headOf(clientLane(right)))?.link).toBe(ensonoNumber);
    expect((await operator.audit.of(ensonoLane(ensonoNumber))).map(({ command }) => command)).toEqual([
      `link ${ensonoNumber} ${clientNumber}`,
      `unlink ${ensonoNumber} ${clientNumber}`,
      `link ${ensonoNumber} ${right}`,
    ]);
  });

  it("refuses two that are not linked to each other, and says what they are linked to", async () => {
    const { bridge, operator, ensonoNumber } = await withStrangers();
    const other = bridge.ensono.open();
    await bridge.minutes(2);
    const taken = (await bridge.ledger.headOf(ensonoLane(other)))?.link ?? "";
    await expect(unlinkTickets(ensonoNumber, taken, ada, operator)).rejects.toThrow(
      `not linked to each other: ${ensonoNumber} is linked to nothing, ${taken} is linked to ${other}`,
    );
  });
});
