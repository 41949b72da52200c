import { describe, expect, it } from "vitest";
import { clientLane, ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import { type InMemoryBridge, inMemoryBridge } from "../support/in-memory-bridge.ts";

const CHANGE = "e-CHG0032103";
const APPROVAL = {
  approvalId: "a-1",
  approverName: "CAB",
  approverEmail: "cab@client.com",
  approvalState: "Requested",
};

const say = (bridge: InMemoryBridge, type: string, body: Record<string, unknown> = {}) =>
  bridge.ensono.sayOfChange(CHANGE, type, body);

/** Everything that is to happen, happens. */
const settle = (bridge: InMemoryBridge, minutes = 3) => bridge.minutes(minutes);

const assessed = async (bridge: InMemoryBridge): Promise<string> => {
  say(bridge, "Create", { state: "Assess", updatedOn: "2023-02-08T16:25:48Z " });
  say(bridge, "Approval Request", { state: "Assess", ...APPROVAL });
  await settle(bridge);
  return bridge.itsm.tickets.at(-1)?.number ?? "none";
};

const answer = (bridge: InMemoryBridge, number: string, decision: "approved" | "rejected") =>
  bridge.tell(
    number,
    {},
    { ticketType: "Change", approval: { decision, approver: { name: "Jason Doe" }, reason: "ok" } },
  );

const callsOf = (bridge: InMemoryBridge, begins: string) =>
  bridge.ensono.calls.filter((call) => call.startsWith(begins));
const isOver = ({ itsm }: InMemoryBridge) => itsm.tickets.map((ticket) => ticket.isOver);

describe("a change, from Ensono to the client and back", () => {
  it("[C1] [C2] [T1] is created, its number returned, its approval requested", async () => {
    const bridge = inMemoryBridge();
    const number = await assessed(bridge);
    expect(bridge.itsm.tickets).toMatchObject([{ number, approvals: ["a-1"], fields: { state: "Assess" } }]);
    expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: number }]);
    expect(await bridge.troubles()).toEqual([]);
  });

  it.each(["approved", "rejected"] as const)("[C3] its approval is %s once, whatever comes after", async (decision) => {
    const bridge = inMemoryBridge();
    const number = await assessed(bridge);
    await answer(bridge, number, decision);
    await answer(bridge, number, decision === "approved" ? "rejected" : "approved");
    await settle(bridge);
    expect(callsOf(bridge, "answerApproval")).toEqual([`answerApproval ${decision} a-1 cab@client.com`]);
    expect(await bridge.troubles()).toEqual([]);
  });

  it("[C3] an answer that comes before Ensono's request waits for it", async () => {
    const bridge = inMemoryBridge();
    say(bridge, "Create", { state: "Assess" });
    await settle(bridge);
    await answer(bridge, "INC1", "approved");
    await settle(bridge);
    expect(callsOf(bridge, "answerApproval")).toEqual([]);
    say(bridge, "Approval Request", { state: "Assess", ...APPROVAL });
    await settle(bridge);
    expect(callsOf(bridge, "answerApproval")).toHaveLength(1);
  });

  it("[C3] [R1] an answer of unknown outcome is sent again, the same one", async () => {
    const bridge = inMemoryBridge();
    const number = await assessed(bridge);
    bridge.ensono.fail("time-out-after");
    await answer(bridge, number, "approved");
    await answer(bridge, number, "rejected");
    await settle(bridge, 5);
    expect(callsOf(bridge, "answerApproval")).toEqual(Array(2).fill("answerApproval approved a-1 cab@client.com"));
  });

  it("[C3] [R3] an answer that Ensono refuses holds the change; skipped by an operator, another one can be given", async () => {
    const bridge = inMemoryBridge();
    const number = await assessed(bridge);
    bridge.ensono.fail("refusal");
    await answer(bridge, number, "approved");
    await settle(bridge);
    expect(await bridge.troubles()).toHaveLength(1);
    const held = (await bridge.ledger.headOf(clientLane(number)))?.held;
    await bridge.ledger.skip(clientLane(number), held?.order ?? "", {
      who: "ada",
      why: "wrong",
      now: bridge.clock.now(),
    });
    await answer(bridge, number, "rejected");
    await settle(bridge);
    expect(callsOf(bridge, "answerApproval rejected")).toHaveLength(1);
  });

  it("[C5] [C7] comments go both ways, fields of the client stay with it", async () => {
    const bridge = inMemoryBridge();
    const number = await assessed(bridge);
    say(bridge, "Notes", { state: "Assess", notes: { id: "n-1", body: "from Ensono" } });
    await bridge.tell(
      number,
      { priority: "High" },
      { ticketType: "Change", comments: [{ id: "c-1", body: "from the client" }] },
    );
    await settle(bridge);
    expect(bridge.itsm.tickets[0]?.comments).toEqual(["from Ensono"]);
    expect(bridge.ensono.tickets[0]?.comments).toEqual(["from the client"]);
    expect(callsOf(bridge, "updateTicket")).toEqual([]);
  });
});

describe("a change that begins anew", () => {
  const assessedAgain = (bridge: InMemoryBridge) => {
    say(bridge, "Redraft", { state: "New" });
    say(bridge, "Create", { state: "Assess", updatedOn: "2023-02-09T10:00:00Z" });
    say(bridge, "Approval Request", { state: "Assess", ...APPROVAL, approvalId: "a-2" });
  };

  it("[C6] gets a new change at the client, whose number is the one that Ensono has", async () => {
    const bridge = inMemoryBridge();
    const former = await assessed(bridge);
    assessedAgain(bridge);
    await settle(bridge);
    expect(isOver(bridge)).toEqual([true, false]);
    expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: "INC2" }]);
    expect(await bridge.ledger.headOf(ensonoLane(CHANGE))).toMatchObject({ link: "INC2", formerLinks: [former] });
    expect(bridge.itsm.tickets[1]).toMatchObject({ approvals: ["a-2"] });
    expect(await bridge.troubles()).toEqual([]);
  });

  it("[C6] [C3] is approved by its new change alone, and an answer to the former one is not sent", async () => {
    const bridge = inMemoryBridge();
    const former = await assessed(bridge);
    assessedAgain(bridge);
    await settle(bridge);
    await answer(bridge, former, "rejected");
    await answer(bridge, "INC2", "approved");
    await settle(bridge);
    expect(callsOf(bridge, "answerApproval")).toEqual(["answerApproval approved a-2 cab@client.com"]);
  });

  it("[C6] a comment on the former change still reaches Ensono", async () => {
    const bridge = inMemoryBridge();
    const former = await assessed(bridge);
    assessedAgain(bridge);
    await settle(bridge);
    await bridge.tell(former, {}, { ticketType: "Change", comments: [{ id: "c-1", body: "still here" }] });
    await settle(bridge);
    expect(bridge.ensono.tickets[0]?.comments).toEqual(["still here"]);
  });

  it("[C6] [R1] makes one new change, though the client's answer to the create gets lost", async () => {
    const bridge = inMemoryBridge();
    await assessed(bridge);
    bridge.itsm.fail("time-out-after");
    say(bridge, "Redraft", { state: "New" });
    await settle(bridge, 5);
    bridge.itsm.fail("time-out-after");
    say(bridge, "Create", { state: "Assess", updatedOn: "2023-02-09T10:00:00Z" });
    await settle(bridge, 5);
    expect(isOver(bridge)).toEqual([true, false]);
    expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: "INC2" }]);
  });

  it("[C6] [I11] waits for the new change's number where that comes later", async () => {
    const bridge = inMemoryBridge();
    const former = await assessed(bridge);
    bridge.itsm.giveNumbers("later");
    assessedAgain(bridge);
    await settle(bridge);
    expect(await bridge.ledger.headOf(ensonoLane(CHANGE))).toMatchObject({ link: former });
    await bridge.tellNumber(CHANGE, "INC2");
    await settle(bridge);
    expect(await bridge.ledger.headOf(ensonoLane(CHANGE))).toMatchObject({ link: "INC2", formerLinks: [former] });
    expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: "INC2" }]);
    expect(isOver(bridge)).toEqual([true, false]);
    expect(await bridge.troubles()).toEqual([]);
  });

  it("[C6] a former number that could not be returned in time is not returned after the present one", async () => {
    const bridge = inMemoryBridge();
    say(bridge, "Create", { state: "Assess" });
    bridge.ensono.fail("time-out-before");
    await bridge.minute();
    assessedAgain(bridge);
    await settle(bridge, 6);
    expect(callsOf(bridge, "returnNumber").at(-1)).toBe("returnNumber INC2");
    expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: "INC2" }]);
  });

  it("[C6] three rounds in one burst leave one open change, the last one", async () => {
    const bridge = inMemoryBridge();
    say(bridge, "Create", { state: "Assess" });
    for (const _ of [1, 2]) assessedAgain(bridge);
    say(bridge, "Update", { state: "Authorize", shortDescription: "last" });
    await settle(bridge, 5);
    expect(isOver(bridge)).toEqual([true, true, false]);
    expect(bridge.itsm.tickets[2]).toMatchObject({ fields: { state: "Authorize", shortDescription: "last" } });
    expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: "INC3" }]);
  });
});

it("[I6] a value that is in no mapping table is journaled and counted", async () => {
  const bridge = inMemoryBridge();
  await bridge.open({
    shortDescription: "Odd",
    description: "-",
    contactName: "J",
    contactEmail: "j@client.com",
    priority: "Urgentissimo",
  });
  await bridge.minute();
  expect(bridge.unmapped()).toBe(1);
  expect(bridge.journal.lines).toContainEqual(
    expect.objectContaining({ what: "not in the mapping table", fields: ["priority"] }),
  );
});
