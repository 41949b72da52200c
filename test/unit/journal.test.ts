import { describe, expect, it } from "vitest";
import { clientLane, ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import { newClientTicket } from "../support/builders.ts";
import { inMemoryBridge } from "../support/in-memory-bridge.ts";

const PRIVATE = "PRIVATE";

/** A ticket of each side, with all that can happen to one: texts, changes, failures, a hold, a release, a closure. */
const playedThrough = async () => {
  const texts = { ...newClientTicket, description: `${PRIVATE} description`, shortDescription: `${PRIVATE} title` };
  const bridge = inMemoryBridge();
  const ensonoNumber = bridge.ensono.open({ description: PRIVATE, shortDescription: PRIVATE });
  bridge.ensono.note(ensonoNumber, `${PRIVATE} note`);
  const clientNumber = await bridge.open(
    { ...texts, contactName: PRIVATE, contactEmail: `${PRIVATE}@example.com`, priority: "Galactic" },
    { comments: [{ id: "c0", body: `${PRIVATE} comment`, commenter: PRIVATE, commenterPhone: PRIVATE }] },
  );
  await bridge.minutes(3);
  bridge.ensono.fail("time-out-after", "unavailable", "refusal");
  await bridge.change(clientNumber, {}, { comments: [{ id: "c1", body: `${PRIVATE} again` }] });
  await bridge.minutes(10);
  const lane = clientLane(clientNumber);
  await bridge.ledger.release(lane, { who: "ops", why: "mended", now: bridge.clock.now() });
  await bridge.change(clientNumber, { status: "Closed", closeNotes: `${PRIVATE} reason` });
  bridge.itsm.fail("overload");
  bridge.ensono.change(ensonoNumber, { status: "resolved", closeNotes: PRIVATE });
  await bridge.minutes(10);
  return { ...bridge, ensonoNumber, clientNumber };
};

describe("the journal", () => {
  it("[L1] keeps of each ticket all that was said, asked for and went wrong, and is found by either number", async () => {
    const { ledger, clientNumber, ensono } = await playedThrough();
    const own = await ledger.headOf(clientLane(clientNumber));
    expect(own?.link).toBe(ensono.tickets.find((ticket) => ticket.clientTicketNumber === clientNumber)?.number);
    const peer = await ledger.headOf(ensonoLane(own?.link ?? ""));
    expect(peer?.link).toBe(clientNumber);

    const [toEnsono, toClient] = [clientLane(clientNumber), ensonoLane(own?.link ?? "")].map(ledger.entriesOf);
    expect(toEnsono).toMatchObject([
      {
        content: { kind: "event", event: { ticket: { description: `${PRIVATE} description` } } },
        steps: [{ step: { do: "createTicket", fields: { priority: "3" } }, status: "done" }],
        notes: ['priority "Galactic" is not in the mapping table: "3" is used'],
      },
      {
        content: { kind: "event", event: { comments: [{ id: "c1" }] } },
        steps: [{ step: { do: "addComments" }, status: "done", possibleDouble: true }],
        notes: ["released by ops: mended"],
        status: "done",
      },
      {
        content: { kind: "event", event: { ticket: { status: "Closed" } } },
        steps: [{ step: { do: "resolveTicket" } }, { step: { do: "closeTicket" } }],
      },
    ]);
    expect(toClient).toMatchObject([{ content: { kind: "tellNumber" }, steps: [{ step: { do: "announceLink" } }] }]);
  });

  it("[L1] keeps every request to a side with its answer, also of tries that failed", async () => {
    const { ledger, clientNumber, ensonoNumber, ensono } = await playedThrough();
    const callsOf = (lane: ReturnType<typeof clientLane> | ReturnType<typeof ensonoLane>) =>
      ledger.entriesOf(lane).flatMap(({ steps }) => steps.flatMap(({ calls = [] }) => calls));
    const ofClient = callsOf(clientLane(clientNumber)).map(({ request, said }) => `${request}: ${said}`);
    const { number } = ensono.tickets.find((ticket) => ticket.clientTicketNumber === clientNumber) ?? {};
    expect(ofClient).toEqual([
      `ensono createTicket: "${number}"`,
      "ensono addComments: TransientError: Ensono is down",
      "ensono addComments: TransientError: Ensono is down",
      "ensono addComments: PermanentError: Ensono refused it",
      "ensono addComments: accepted",
      "ensono updateTicket: accepted",
      "ensono updateTicket: accepted",
    ]);
    const ofEnsono = callsOf(ensonoLane(ensonoNumber)).map(({ request, said }) => `${request}: ${said}`);
    expect(ofEnsono).toContain("itsm perform: TransientError: the client's ITSM is overloaded");
    expect(ofEnsono.at(-1)).toBe("itsm perform: {}");
  });

  it("[L1] tells in the log what happens to which ticket, each try and how it ended, but nothing of what it says", async () => {
    const { journal, clientNumber, ensonoNumber } = await playedThrough();
    const ofLane = (lane: string) => journal.lines.filter((line) => line.lane === lane).map(({ what }) => what);
    expect(ofLane(clientLane(clientNumber))).toEqual(expect.arrayContaining(["done", "failed", "put off", "held"]));
    expect(ofLane(ensonoLane(ensonoNumber))).toEqual(expect.arrayContaining(["received", "done", "failed", "put off"]));
    expect(JSON.stringify(journal.lines)).not.toContain(PRIVATE);
  });
});
