import { describe, expect, it } from "vitest";
import { ensonoLane, type Lane, ticketNumberOf } from "../../lambdas/shared/domain/lane.ts";
import { at, DAY_MS, LANE, ledgerForTest, NOW, owed, PEER, type StartLedger, step } from "./ledger-under-contract.ts";

const linked = (lane: Lane) => ({ link: ticketNumberOf(lane), linkedAt: NOW, ticketType: "Incident" });

export const ledgerLinksContract = (start: StartLedger): void => {
  describe("settle with a link", () => {
    it("[T1] points both lanes at each other", async () => {
      const { ledger, begun, link } = await ledgerForTest(start);
      const settled = await link(await begun(LANE));
      expect(settled).toMatchObject({ head: linked(PEER) });
      expect(await ledger.open(LANE)).toMatchObject({ head: linked(PEER), peer: { lane: PEER, ...linked(LANE) } });
      expect(await ledger.open(PEER)).toMatchObject({ head: linked(LANE), peer: { lane: LANE, ...linked(PEER) } });
    });

    it("[T1] lets the run go on, and its writes leave the link alone", async () => {
      const { ledger, receive, begun, link, openFirst, begin } = await ledgerForTest(start);
      await receive(PEER, "1");
      const run = await begun(LANE);
      const settled = await link(run);
      if (!("entry" in settled)) throw new Error("not linked");
      expect((await begin(settled)).head).toMatchObject(linked(PEER));
      expect(await ledger.headOf(PEER)).toMatchObject(linked(LANE));
      expect(await ledger.headOf(LANE)).toMatchObject(linked(PEER));
      expect(await begin(await openFirst(PEER))).toMatchObject({ head: linked(LANE) });
    });

    it("[E14] stops a run of the other lane that does not know of the link: its ticket may be there already", async () => {
      const { ledger, receive, begun, link, openFirst } = await ledgerForTest(start);
      await receive(PEER, "1");
      const peerRun = await openFirst(PEER);
      await link(await begun(LANE));
      expect(await ledger.begin({ ...peerRun, steps: [], leaseUntil: NOW + 1000 })).toEqual({ lost: true });
    });

    it("[T5] keeps a ticket type that is known, and is idempotent", async () => {
      const { ledger, begun, receive, openFirst, begin, link } = await ledgerForTest(start);
      await receive(PEER, "1");
      const { head, entry } = await openFirst(PEER);
      await begin({ entry, head: { ...head, ticketType: "Request" } });
      const settled = await link(await begun(LANE));
      if (!("entry" in settled)) throw new Error("not linked");
      const again = { ...settled, steps: [], link: { number: "INC0010299", ticketType: "Incident" }, ...at } as const;
      expect(await ledger.settle({ ...again, now: NOW + 1 })).toMatchObject({ head: linked(PEER) });
      expect(await ledger.headOf(PEER)).toMatchObject({ ...linked(LANE), ticketType: "Request" });
    });

    it("[T1] makes the other lane due at once, whatever it was waiting for", async () => {
      const { ledger, begun, link, dueLanes } = await ledgerForTest(start);
      await ledger.postpone({ ...(await begun(PEER)), steps: [], notBefore: NOW + DAY_MS });
      await link(await begun(LANE));
      expect(await dueLanes(NOW)).toEqual([PEER]);
      expect((await ledger.headOf(PEER))?.notBefore).toBeUndefined();
    });

    it("[T1] is not slept through by a run of the other lane that puts it off just then", async () => {
      const { ledger, begun, link, dueLanes } = await ledgerForTest(start);
      const peerRun = await begun(PEER);
      await link(await begun(LANE));
      const steps = [{ ...step("attempting"), awaitingNumber: true }];
      expect(await ledger.postpone({ ...peerRun, steps, notBefore: NOW + DAY_MS })).toBeUndefined();
      expect(await ledger.entry(PEER, "1")).toMatchObject({ steps });
      expect(await dueLanes(NOW)).toEqual([PEER]);
    });

    it("[R3] does not release the other lane from a hold", async () => {
      const { ledger, begun, link, hold, dueLanes } = await ledgerForTest(start);
      const held = await hold(await begun(PEER));
      await link(await begun(LANE));
      expect(await ledger.headOf(PEER)).toMatchObject({ ...linked(LANE), held });
      expect(await dueLanes(at.wakeAt)).toEqual([LANE]);
      expect(await ledger.held(10)).toEqual([{ lane: PEER, since: NOW }]);
    });

    it("[R1] is not made by a run that was overtaken", async () => {
      const { ledger, begun, openFirst, begin, link } = await ledgerForTest(start);
      const slow = await begun(LANE);
      await begin(await openFirst(LANE));
      expect(await link(slow)).toEqual({ lost: true });
      expect(await ledger.headOf(PEER)).toBeUndefined();
      expect((await ledger.headOf(LANE))?.link).toBeUndefined();
    });
  });

  describe("settle with a link that cannot be", () => {
    it("[T3] says what the own lane is linked to", async () => {
      const { ledger, begun, link } = await ledgerForTest(start);
      const settled = await link(await begun(LANE));
      if (!("entry" in settled)) throw new Error("not linked");
      expect(await link(settled, "INC2")).toEqual({ conflict: { own: "INC0010299", other: undefined } });
      expect(await ledger.headOf("CLIENT#INC2")).toBeUndefined();
      expect(await ledger.entry(LANE, "1")).toEqual(settled.entry);
    });

    it("[T3] says what the other lane is linked to", async () => {
      const { ledger, begun, link } = await ledgerForTest(start);
      await link(await begun(LANE));
      const other = ensonoLane("e-CS2");
      const conflict = { own: undefined, other: ticketNumberOf(LANE) };
      expect(await link(await begun(other))).toEqual({ conflict });
      expect((await ledger.headOf(other))?.link).toBeUndefined();
    });

    it("[T5] both sides may make the same link at the same time", async () => {
      const { ledger, begun, link } = await ledgerForTest(start);
      const runs = [await begun(LANE), await begun(PEER)] as const;
      const settled = await Promise.all([link(runs[0]), link(runs[1], ticketNumberOf(LANE))]);
      expect(settled).toMatchObject([{ head: linked(PEER) }, { head: linked(LANE) }]);
      expect(await ledger.open(LANE)).toMatchObject({ head: linked(PEER), peer: linked(LANE) });
    });

    it("[T3] one of several tickets gets a number that all want at the same time", async () => {
      const { ledger, begun, link } = await ledgerForTest(start);
      const lanes = ["e-CS1", "e-CS2", "e-CS3"].map(ensonoLane);
      const runs = await Promise.all(lanes.map((lane) => begun(lane)));
      const settled = await Promise.all(runs.map((run) => link(run)));
      expect(settled.filter((result) => "conflict" in result)).toHaveLength(2);
      const heads = await Promise.all(lanes.map((lane) => ledger.headOf(lane)));
      const winner = heads.filter((head) => head?.link !== undefined);
      expect(winner).toHaveLength(1);
      expect((await ledger.headOf(PEER))?.link).toBe(ticketNumberOf(winner[0]?.lane ?? LANE));
    });
  });

  describe("settle with something owed", () => {
    const tell = (lane: Lane, order: string) => ({ owe: [{ lane, arrival: owed(order) }] });

    it("[I13] puts it into its lane and makes that due", async () => {
      const { ledger, begun, dueLanes } = await ledgerForTest(start);
      const run = await begun(LANE);
      await ledger.settle({ ...run, steps: [step("done")], finished: true, ...tell(PEER, "7"), ...at });
      expect(await ledger.entry(LANE, "1")).toMatchObject({ status: "done" });
      expect(await ledger.open(PEER)).toMatchObject({
        head: { arrivals: 1 },
        entries: [{ ...owed("7"), status: "received", receivedAt: NOW }],
      });
      expect(await dueLanes(at.wakeAt)).toEqual(expect.arrayContaining([LANE, PEER]));
    });

    it("[T1] goes together with the link, into both lanes", async () => {
      const { ledger, begun, ordersOf } = await ledgerForTest(start);
      const run = await begun(LANE);
      const owe = [...tell(PEER, "7").owe, ...tell(LANE, "8").owe];
      const link = { number: ticketNumberOf(PEER), ticketType: "Incident" } as const;
      const settled = await ledger.settle({ ...run, steps: [step("done")], finished: true, link, owe, ...at });
      expect(settled).toMatchObject({ head: linked(PEER) });
      expect(await ordersOf(LANE)).toEqual(["8"]);
      expect(await ordersOf(PEER)).toEqual(["7"]);
    });

    it("[R1] leaves the own lane due that it is owed to", async () => {
      const { ledger, begun, dueLanes } = await ledgerForTest(start);
      const settled = await ledger.settle({ ...(await begun(LANE)), steps: [], ...tell(LANE, "8"), ...at });
      if (!("head" in settled)) throw new Error("lost");
      await ledger.rest({ head: settled.head, idle: true });
      expect(await dueLanes(at.wakeAt)).toEqual([LANE]);
    });

    it("[R1] is done once, and what is owed already stays as it is", async () => {
      const { ledger, begun } = await ledgerForTest(start);
      await ledger.settle({ ...(await begun(LANE)), steps: [step("done")], finished: true, ...tell(PEER, "7"), ...at });
      const other = { ...(await begun("ENSONO#e-CS2")), steps: [step("done")], finished: true, ...at };
      expect(await ledger.settle({ ...other, ...tell(PEER, "7"), now: NOW + 1 })).toHaveProperty("entry");
      expect(await ledger.open(PEER)).toMatchObject({ head: { arrivals: 1 }, entries: [{ receivedAt: NOW }] });
    });

    it("[R1] is not lost to a clock behind: older than what its lane has finished, it is worked on all the same", async () => {
      const { ledger, begun, finish, ordersOf, dueLanes } = await ledgerForTest(start);
      const { head } = await finish(await begun(PEER, "9"));
      await ledger.rest({ head, idle: true });
      await ledger.settle({ ...(await begun(LANE)), steps: [step("done")], finished: true, ...tell(PEER, "7"), ...at });
      expect(await ordersOf(PEER)).toEqual(["7"]);
      expect(await dueLanes(at.wakeAt)).toContain(PEER);
    });

    it("[R1] to the own lane, older than the entry at work: the run does not go past it", async () => {
      const { ledger, begun, ordersOf } = await ledgerForTest(start);
      const run = await begun(LANE, "9");
      const settled = await ledger.settle({ ...run, steps: [step("done")], finished: true, ...tell(LANE, "8"), ...at });
      if (!("head" in settled)) throw new Error("lost");
      await ledger.rest({ head: { ...settled.head, doneThrough: "9" }, idle: true });
      expect(await ordersOf(LANE)).toEqual(["8"]);
    });

    it("is not written by a run that was overtaken", async () => {
      const { ledger, begun, openFirst, begin, ordersOf } = await ledgerForTest(start);
      const slow = await begun(LANE);
      await begin(await openFirst(LANE));
      expect(await ledger.settle({ ...slow, steps: [], ...tell(PEER, "7"), ...at })).toEqual({ lost: true });
      expect(await ordersOf(PEER)).toEqual([]);
    });
  });
};
