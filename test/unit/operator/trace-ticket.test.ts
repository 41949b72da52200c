import { describe, expect, it } from "vitest";
import { releaseTicket } from "../../../bin/operator/use-cases/let-go.ts";
import { traceTicket } from "../../../bin/operator/use-cases/trace-ticket.ts";
import { clientLane } from "../../../lambdas/shared/domain/lane.ts";
import { newClientTicket } from "../../support/builders.ts";
import { inMemoryBridge } from "../../support/in-memory-bridge.ts";
import { ada, operatorOf } from "../../support/operator.ts";

/** A ticket of the client that is made, fails, is held, is released and goes on; Ensono comments on it. */
const withStory = async () => {
  const bridge = inMemoryBridge();
  const operator = operatorOf(bridge);
  const number = await bridge.open({ ...newClientTicket, priority: "Galactic" });
  await bridge.minutes(2);
  bridge.ensono.fail("time-out-after", "refusal");
  await bridge.change(number, {}, { comments: [{ id: "c1", body: "Any news?" }] });
  await bridge.minutes(4);
  await releaseTicket(number, ada, operator);
  await bridge.minutes(2);
  const [ticket] = bridge.ensono.tickets;
  const ensonoNumber = ticket?.number ?? "";
  bridge.ensono.note(ensonoNumber, "On it");
  await bridge.minutes(2);
  return { bridge, operator, number, ensonoNumber };
};

describe("trace", () => {
  it("[L1] tells the whole story in order, the same by either number", async () => {
    const { operator, number, ensonoNumber } = await withStory();
    const trace = await traceTicket(number, operator);
    expect(await traceTicket(ensonoNumber, operator)).toEqual(trace);
    expect(trace).toMatchObject({ ensonoNumber, clientNumber: number, ticketType: "Incident", status: "open" });
    const inShort = trace.story.map((item) =>
      item.kind === "command"
        ? `${item.command} by ${item.who}: ${item.why}: ${item.outcome}`
        : `${item.direction}: ${item.what}: ${item.status}: ${item.steps.map((step) => step.do).join()}`,
    );
    expect(inShort).toEqual([
      "to-ensono: event: done: createTicket",
      "to-client: number owed: done: announceLink",
      "to-ensono: event: done: addComments",
      `release ${number} by ada: mended: released`,
      "to-client: Notes: done: addComment",
    ]);
  });

  it("[L1] tells each request and its answer, in doubt or not, and what was unusual", async () => {
    const { operator, number } = await withStory();
    const { story } = await traceTicket(number, operator);
    expect(story[0]).toMatchObject({
      came: { fields: { priority: "Galactic", shortDescription: newClientTicket.shortDescription } },
      notes: ['priority "Galactic" is not in the mapping table: "3" is used'],
      steps: [{ do: "createTicket", content: { fields: { priority: "3" } }, state: "done", possibleDouble: false }],
    });
    expect(story[2]).toMatchObject({
      came: { comments: ["Any news?"] },
      notes: ["released by ada: mended"],
      steps: [
        {
          state: "done",
          possibleDouble: true,
          calls: [
            { request: "ensono addComments", said: expect.stringContaining("Ensono is down") },
            { said: expect.stringContaining("Ensono refused it") },
            { said: "accepted" },
          ],
        },
      ],
    });
  });

  it("[L1] tells what waits, what is in doubt, and what holds the ticket", async () => {
    const { bridge, operator, number } = await withStory();
    bridge.ensono.fail("time-out-before");
    await bridge.change(number, {}, { comments: [{ id: "c2", body: "And now?" }] });
    await bridge.work();
    const waiting = await traceTicket(number, operator);
    expect(waiting.lanes[1]).toMatchObject({ direction: "to-ensono", state: "waiting", unfinished: 1 });
    expect(waiting.lanes[1]).toHaveProperty("notBefore");
    expect(waiting.story.at(-1)).toMatchObject({
      status: "attempting",
      failure: { code: "unavailable", message: "Ensono is down" },
      steps: [{ state: "in doubt" }],
    });

    bridge.ensono.fail("refusal");
    await bridge.minutes(4);
    const held = await traceTicket(number, operator);
    const entry = held.story.at(-1);
    expect(held.lanes[1]).toMatchObject({ state: "held", held: { code: "refused", reason: "Ensono refused it" } });
    expect(held.lanes[1]?.held?.entry).toBe(entry?.id);
  });

  it("tells of a ticket whose number its place's successor has", async () => {
    const bridge = inMemoryBridge();
    const operator = operatorOf(bridge);
    const change = "e-CHG0032103";
    bridge.ensono.sayOfChange(change, "Create", { state: "Assess" });
    await bridge.minutes(2);
    bridge.ensono.sayOfChange(change, "Update", { state: "New" });
    bridge.ensono.sayOfChange(change, "Update", { state: "Assess" });
    await bridge.minutes(3);
    const [first, second] = bridge.itsm.tickets.map(({ number }) => number);
    const trace = await traceTicket(first ?? "", operator);
    expect(trace).toMatchObject({ ensonoNumber: change, clientNumber: second, formerNumbers: [first] });
    expect(trace.lanes.map(({ lane }) => lane)).toContain(clientLane(first ?? ""));
  });

  it("refuses a number that nobody knows, with what to look at", async () => {
    const { operator } = await withStory();
    await expect(traceTicket("INC404", operator)).rejects.toThrow(/^INC404: the bridge has never heard of this ticket/);
  });

  it("asks which one is meant where two tickets have the same number", async () => {
    const bridge = inMemoryBridge();
    const operator = operatorOf(bridge);
    const number = bridge.ensono.open();
    await bridge.minute();
    await bridge.tell(number, newClientTicket, { clientTicketNumber: number });
    await expect(traceTicket(number, operator)).rejects.toThrow(`say ENSONO#${number} or CLIENT#${number}`);
    expect(await traceTicket(`CLIENT#${number}`, operator)).toMatchObject({ clientNumber: number });
    expect(await traceTicket(`ENSONO#${number}`, operator)).toMatchObject({ ensonoNumber: number });
  });
});
