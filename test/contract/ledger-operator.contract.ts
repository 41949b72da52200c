import { describe, expect, it } from "vitest";
import { ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import {
  arrival,
  at,
  DAY_MS,
  LANE,
  ledgerForTest,
  NOW,
  operator,
  PEER,
  type StartLedger,
  step,
} from "./ledger-under-contract.ts";

export const ledgerOperatorContract = (start: StartLedger): void => {
  describe("hold", () => {
    it("[R3] holds the lane, and the operator sees it with the reason", async () => {
      const { ledger, begun, hold, dueLanes, expiryOf } = await ledgerForTest(start);
      const held = await hold(await begun(LANE));
      const { head, entries } = await ledger.open(LANE);
      expect(head.held).toEqual(held);
      expect(head.attempting).toBeUndefined();
      expect(entries).toMatchObject([{ status: "held", failure: { code: "refused", message: "no such group" } }]);
      expect(await ledger.held(10)).toEqual([{ lane: LANE, since: NOW }]);
      expect(await dueLanes(NOW + DAY_MS)).toEqual([]);
      expect(await expiryOf(LANE, "1")).toBeUndefined();
    });

    it("[R3] goes on through whatever arrives", async () => {
      const { ledger, receive, begun, hold, dueLanes } = await ledgerForTest(start);
      const held = await hold(await begun(LANE, "5"));
      await receive(LANE, "6");
      await receive(LANE, "4");
      expect((await ledger.headOf(LANE))?.held).toEqual(held);
      expect(await dueLanes(NOW + DAY_MS)).toEqual([]);
      expect(await ledger.held(10)).toEqual([{ lane: LANE, since: NOW }]);
    });

    it("[R3] takes effect also when a late entry came meanwhile", async () => {
      const { ledger, receive, begun, hold } = await ledgerForTest(start);
      const run = await begun(LANE, "5");
      await receive(LANE, "4");
      const held = await hold(run);
      expect((await ledger.headOf(LANE))?.held).toEqual(held);
    });

    it("[R1] changes nothing once another run has the entry", async () => {
      const { ledger, begun, openFirst, begin } = await ledgerForTest(start);
      const slow = await begun(LANE);
      await begin(await openFirst(LANE));
      const hold = { order: "1", code: "refused", reason: "no", at: NOW };
      expect(await ledger.hold({ ...slow, steps: [], hold })).toEqual({ lost: true });
      expect((await ledger.headOf(LANE))?.held).toBeUndefined();
    });
  });

  describe("release", () => {
    it("[R3] lets the lane go on with the entry that held it, as if it were new", async () => {
      const { ledger, begun, hold, openFirst, begin, dueLanes } = await ledgerForTest(start);
      await hold(await begun(LANE));
      expect(await ledger.release(LANE, operator)).toBe(true);
      const { head, entry } = await openFirst(LANE);
      expect(head.held).toBeUndefined();
      expect(entry).toMatchObject({ status: "received", attempts: 0, notes: ["released by ada: mended"] });
      expect(entry.failure).toEqual({ code: "refused", message: "no such group", since: operator.now });
      expect(await ledger.held(10)).toEqual([]);
      expect(await dueLanes(operator.now)).toEqual([LANE]);
      expect((await begin({ head, entry })).entry).toMatchObject({ attempts: 1, status: "attempting" });
    });

    it("[R3] has a call in doubt sent again: who releases has looked at the other side", async () => {
      const { ledger, begun, openFirst } = await ledgerForTest(start);
      const hold = { order: "1", code: "outcome-unknown", reason: "no answer", at: NOW };
      const steps = [step("done", "evb_key_0"), { ...step("attempting", "evb_key_1"), awaitingNumber: true }];
      await ledger.hold({ ...(await begun(LANE)), steps, hold });
      await ledger.release(LANE, operator);
      const { entry } = await openFirst(LANE);
      expect(entry).toMatchObject({
        status: "received",
        steps: [{ status: "done" }, { status: "waiting", key: "evb_key_1", awaitingNumber: false }],
      });
      expect(entry.leaseUntil).toBeUndefined();
    });

    it("says so when the lane is not held, and changes nothing", async () => {
      const { ledger, begun } = await ledgerForTest(start);
      const run = await begun(LANE);
      expect(await ledger.release(LANE, operator)).toBe(false);
      expect(await ledger.release(PEER, operator)).toBe(false);
      expect(await ledger.headOf(LANE)).toEqual(run.head);
      expect(await ledger.headOf(PEER)).toBeUndefined();
    });

    it("of two operators one releases the lane", async () => {
      const { ledger, begun, hold } = await ledgerForTest(start);
      await hold(await begun(LANE));
      const released = await Promise.all([ledger.release(LANE, operator), ledger.release(LANE, operator)]);
      expect(released.toSorted()).toEqual([false, true]);
    });
  });

  describe("skip", () => {
    it("[R3] passes over the entry that holds the lane, and says who and why", async () => {
      const { ledger, receive, begun, hold, ordersOf, dueLanes, expiryOf } = await ledgerForTest(start);
      await hold(await begun(LANE, "1"));
      await receive(LANE, "2");
      expect(await ledger.skip(LANE, "1", operator)).toBe(true);
      expect(await ledger.entry(LANE, "1")).toMatchObject({
        status: "skipped",
        finishedAt: operator.now,
        notes: ["skipped by ada: mended"],
      });
      expect(await expiryOf(LANE, "1")).toBeDefined();
      expect(await ordersOf(LANE)).toEqual(["2"]);
      expect((await ledger.headOf(LANE))?.held).toBeUndefined();
      expect(await dueLanes(operator.now)).toEqual([LANE]);
    });

    it("[R3] passes over another entry, and the lane stays held", async () => {
      const { ledger, receive, begun, hold, ordersOf } = await ledgerForTest(start);
      const held = await hold(await begun(LANE, "1"));
      await receive(LANE, "2", "3");
      expect(await ledger.skip(LANE, "2", operator)).toBe(true);
      expect((await ledger.headOf(LANE))?.held).toEqual(held);
      expect(await ledger.held(10)).toEqual([{ lane: LANE, since: NOW }]);
      expect(await ordersOf(LANE)).toEqual(["1", "3"]);
    });

    it("lets a lane go on that was put off", async () => {
      const { ledger, begun, dueLanes } = await ledgerForTest(start);
      await ledger.postpone({ ...(await begun(LANE)), steps: [], notBefore: NOW + DAY_MS });
      expect(await ledger.skip(LANE, "1", operator)).toBe(true);
      expect((await ledger.headOf(LANE))?.notBefore).toBeUndefined();
      expect(await dueLanes(operator.now)).toEqual([LANE]);
    });

    it("[R1] stops a run that is at work on the entry", async () => {
      const { ledger, begun } = await ledgerForTest(start);
      const run = await begun(LANE);
      await ledger.skip(LANE, "1", operator);
      expect(await ledger.settle({ ...run, steps: [], ...at })).toEqual({ lost: true });
      expect(await ledger.entry(LANE, "1")).toMatchObject({ status: "skipped" });
    });

    it("says so when there is nothing to skip", async () => {
      const { ledger, begun, finish } = await ledgerForTest(start);
      await finish(await begun(LANE));
      expect(await ledger.skip(LANE, "1", operator)).toBe(false);
      expect(await ledger.skip(LANE, "2", operator)).toBe(false);
      expect(await ledger.entry(LANE, "1")).toMatchObject({ status: "done", notes: [] });
    });
  });

  describe("due and held", () => {
    const lanes = Array.from({ length: 8 }, (_, place) => ensonoLane(`e-CS${place}`));

    it("gives the lanes whose time has come, the longest due first, as many as asked for", async () => {
      const { ledger } = await ledgerForTest(start);
      const due = lanes.map((lane, place) => ({ lane, dueAt: NOW + place * 1000 }));
      for (const { lane, dueAt } of due.toReversed()) {
        await ledger.receive(lane, [arrival("1")], { now: NOW, wakeAt: dueAt });
      }
      expect(await ledger.due("client", NOW + 5000, 10)).toEqual(due.slice(0, 6));
      expect(await ledger.due("client", NOW + 5000, 3)).toEqual(due.slice(0, 3));
      expect(await ledger.due("client", NOW - 1, 10)).toEqual([]);
      expect(await ledger.due("ensono", NOW + 5000, 10)).toEqual([]);
    });

    it("[R3] gives the held lanes, the longest held first, as many as asked for", async () => {
      const { ledger, begun } = await ledgerForTest(start);
      for (const [place, lane] of lanes.slice(0, 3).entries()) {
        const hold = { order: "1", code: "refused", reason: "no", at: NOW - place };
        await ledger.hold({ ...(await begun(lane)), steps: [], hold });
      }
      const [first, second, third] = lanes;
      const held = [
        { lane: third, since: NOW - 2 },
        { lane: second, since: NOW - 1 },
        { lane: first, since: NOW },
      ];
      expect(await ledger.held(10)).toEqual(held);
      expect(await ledger.held(2)).toEqual(held.slice(0, 2));
    });
  });
};
