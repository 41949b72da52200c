import { describe, expect, it } from "vitest";
import { clientLane } from "../../lambdas/shared/domain/lane.ts";
import {
  at,
  DAY_MS,
  LANE,
  ledgerForTest,
  NOW,
  PEER,
  type Run,
  type StartLedger,
  step,
} from "./ledger-under-contract.ts";

const SUCCESSOR = clientLane("INC0010300");

export const ledgerReplacedContract = (start: StartLedger): void => {
  /** LANE and PEER are linked, and LANE is about to make a ticket in PEER's place. */
  const replacing = async () => {
    const test = await ledgerForTest(start);
    const { ledger, begun, link, finish, openFirst, begin, receive } = test;
    const settled = await link(await begun(LANE));
    if (!("entry" in settled)) throw new Error("not linked");
    await finish(settled);
    await receive(LANE, "2");
    const { head, entry } = await openFirst(LANE);
    const run = await begin({ entry, head: { ...head, replacing: "INC0010299" } });
    return { ...test, ledger, run };
  };

  describe("a link that takes another one's place", () => {
    it("[C6] [T7] points the lane at the new number, and keeps the former one", async () => {
      const { ledger, run, link } = await replacing();
      const settled = await link(run, "INC0010300");
      expect(settled).toMatchObject({ head: { link: "INC0010300", formerLinks: ["INC0010299"] } });
      expect(await ledger.open(LANE)).toMatchObject({
        head: { link: "INC0010300", formerLinks: ["INC0010299"] },
        peer: { lane: SUCCESSOR, link: "e-CS0204070" },
      });
    });

    it("[C6] tells the replaced lane, which keeps pointing back, by what it was replaced", async () => {
      const { ledger, run, link } = await replacing();
      await link(run, "INC0010300");
      expect(await ledger.headOf(PEER)).toMatchObject({ link: "e-CS0204070", replacedBy: "INC0010300" });
    });

    it("[C6] stops a run of the replaced lane that does not know of it", async () => {
      const { ledger, run, link, receive, openFirst } = await replacing();
      await receive(PEER, "1");
      const former = await openFirst(PEER);
      await link(run, "INC0010300");
      expect(await ledger.begin({ ...former, steps: [], leaseUntil: NOW + 1000 })).toEqual({ lost: true });
    });

    it("[I11] is also made from the new ticket's lane, when its number comes later", async () => {
      const { ledger, begun } = await replacing();
      const fromClient = await begun(SUCCESSOR);
      const back = { number: "e-CS0204070", ticketType: "Incident" } as const;
      const settled = await ledger.settle({ ...fromClient, steps: [], link: back, ...at });
      expect(settled).toMatchObject({ head: { link: "e-CS0204070" } });
      expect(await ledger.headOf(LANE)).toMatchObject({ link: "INC0010300", formerLinks: ["INC0010299"] });
      expect(await ledger.headOf(PEER)).toMatchObject({ replacedBy: "INC0010300" });
    });

    it("[C6] ends with it: a third number is a conflict, and so is a former one", async () => {
      const { run, link } = await replacing();
      const settled = await link(run, "INC0010300");
      if (!("entry" in settled)) throw new Error("not linked");
      const conflict = { conflict: { own: "INC0010300", other: undefined } };
      expect(await link(settled, "INC0010301")).toMatchObject(conflict);
      expect(await link(settled)).toMatchObject({ conflict: { own: "INC0010300" } });
    });

    it("[C6] can be followed by the next one", async () => {
      const { ledger, run, link, finish, receive, openFirst, begin } = await replacing();
      const first = await link(run, "INC0010300");
      if (!("entry" in first)) throw new Error("not linked");
      await finish(first);
      await receive(LANE, "3");
      const { head, entry } = await openFirst(LANE);
      const second = await begin({ entry, head: { ...head, replacing: "INC0010300" } });
      expect(await link(second, "INC0010301")).toMatchObject({ head: { formerLinks: ["INC0010299", "INC0010300"] } });
      expect(await ledger.headOf(SUCCESSOR)).toMatchObject({ replacedBy: "INC0010301" });
    });

    it("[T1] without that, another number is a conflict", async () => {
      const { begun, link } = await ledgerForTest(start);
      const settled = await link(await begun(LANE));
      if (!("entry" in settled)) throw new Error("not linked");
      expect(await link(settled, "INC0010300")).toMatchObject({ conflict: { own: "INC0010299" } });
    });
  });

  describe("what a run learns of a change", () => {
    it("[C4] is kept with the lane's head", async () => {
      const { ledger, receive, openFirst, begin } = await ledgerForTest(start);
      await receive(LANE, "1");
      const { head, entry }: Run = await openFirst(LANE);
      const change = {
        state: "Assess" as const,
        type: "Normal" as const,
        isOpen: true,
        approvals: [{ approvalId: "a-1", approverEmail: "cab@client.com" }],
      };
      const answered = { decision: "approved" as const, approvalId: "a-1", order: "1" };
      await begin({ entry, head: { ...head, change, answered, isInternal: true, commentsOnly: true } });
      expect(await ledger.headOf(LANE)).toMatchObject({ change, answered, isInternal: true, commentsOnly: true });
    });
  });

  describe("nudge", () => {
    it("[T8] makes a lane due now that was put off", async () => {
      const { ledger, begun, dueLanes } = await ledgerForTest(start);
      await ledger.postpone({ ...(await begun(LANE)), steps: [], notBefore: NOW + DAY_MS });
      await ledger.nudge(LANE, NOW);
      expect(await dueLanes(NOW)).toEqual([LANE]);
      expect((await ledger.headOf(LANE))?.notBefore).toBeUndefined();
    });

    it("[T8] is not slept through by a run that puts the lane off just then", async () => {
      const { ledger, begun, dueLanes } = await ledgerForTest(start);
      const run = await begun(LANE);
      await ledger.nudge(LANE, NOW);
      expect(await ledger.postpone({ ...run, steps: [step("attempting")], notBefore: NOW + DAY_MS })).toBeUndefined();
      expect(await dueLanes(NOW)).toEqual([LANE]);
    });

    it("[R3] leaves a held lane to its operator, and a lane alone of which nothing is known", async () => {
      const { ledger, begun, hold, dueLanes } = await ledgerForTest(start);
      await hold(await begun(LANE));
      await ledger.nudge(LANE, NOW);
      await ledger.nudge(PEER, NOW);
      expect(await dueLanes(NOW + DAY_MS)).toEqual([]);
    });
  });
};
