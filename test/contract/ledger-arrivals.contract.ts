import { describe, expect, it } from "vitest";
import { emptyHead } from "../../lambdas/shared/domain/entry.ts";
import {
  arrival,
  at,
  DAY_MS,
  LANE,
  ledgerForTest,
  NOW,
  PEER,
  RETENTION_DAYS,
  type StartLedger,
} from "./ledger-under-contract.ts";

const event = { id: "evt_1", bodyDigest: "digest-of-the-body" };
const AFTER_RETENTION = NOW + (RETENTION_DAYS + 1) * DAY_MS;

export const ledgerArrivalsContract = (start: StartLedger): void => {
  describe("receive", () => {
    it("keeps an entry as it came", async () => {
      const { ledger, receive } = await ledgerForTest(start);
      expect(await receive(LANE, "1")).toEqual(["stored"]);
      const kept = {
        lane: LANE,
        ...arrival("1"),
        receivedAt: NOW,
        status: "received",
        steps: [],
        attempts: 0,
        notes: [],
        revision: 0,
      };
      expect(await ledger.entry(LANE, "1")).toEqual(kept);
      expect((await ledger.open(LANE)).entries).toEqual([kept]);
    });

    it("[Q3] gives the entries of a lane in their order, whatever order they came in", async () => {
      const { receive, ordersOf } = await ledgerForTest(start);
      await receive(LANE, "2", "4");
      await receive(LANE, "3", "1");
      expect(await ordersOf(LANE)).toEqual(["1", "2", "3", "4"]);
    });

    it("[Q5] knows an entry that is there already, and leaves it as it is", async () => {
      const { ledger, receive } = await ledgerForTest(start);
      await receive(LANE, "1");
      const other = { order: "1", content: { kind: "tellNumber" } } as const;
      expect(await ledger.receive(LANE, [other, arrival("2")], at)).toEqual(["known", "stored"]);
      expect(await ledger.entry(LANE, "1")).toMatchObject(arrival("1"));
    });

    it("[Q5] does not bring a finished entry back to life", async () => {
      const { ledger, receive, begun, finish, dueLanes, ordersOf } = await ledgerForTest(start);
      const { head } = await finish(await begun(LANE));
      await ledger.rest({ head, idle: true });
      expect(await receive(LANE, "1")).toEqual(["known"]);
      expect(await ordersOf(LANE)).toEqual([]);
      expect(await dueLanes(at.wakeAt)).toEqual([]);
    });

    it("receives nothing", async () => {
      const { ledger } = await ledgerForTest(start);
      expect(await ledger.receive(LANE, [], at)).toEqual([]);
      expect(await ledger.headOf(LANE)).toBeUndefined();
    });

    it("counts what came", async () => {
      const { ledger, receive } = await ledgerForTest(start);
      await receive(LANE, "1", "2");
      await receive(LANE, "3");
      expect(await ledger.headOf(LANE)).toEqual({ ...emptyHead(LANE), arrivals: 3 });
    });

    it("[R2] makes the lane due when its wake-up would have been lost, and not before", async () => {
      const { ledger, receive, dueLanes } = await ledgerForTest(start);
      await receive(LANE, "1");
      await ledger.receive(LANE, [arrival("2")], { now: NOW, wakeAt: at.wakeAt + 60_000 });
      expect(await dueLanes(at.wakeAt - 1)).toEqual([]);
      expect(await dueLanes(at.wakeAt)).toEqual([LANE]);
    });

    it("[Q5] stores an entry once that comes many times at once", async () => {
      const { receive, ordersOf } = await ledgerForTest(start);
      const results = await Promise.all(Array.from({ length: 5 }, () => receive(LANE, "1")));
      expect(results.flat().toSorted()).toEqual(["known", "known", "known", "known", "stored"]);
      expect(await ordersOf(LANE)).toEqual(["1"]);
    });

    it("loses none of many entries that come at once", async () => {
      const { receive, ordersOf, dueLanes } = await ledgerForTest(start);
      const orders = Array.from({ length: 12 }, (_, order) => String.fromCharCode(97 + order));
      await Promise.all(orders.map((order) => receive(LANE, order)));
      expect(await ordersOf(LANE)).toEqual(orders);
      expect(await dueLanes(at.wakeAt)).toEqual([LANE]);
    });
  });

  describe("receive, of an entry older than others", () => {
    it("[Q3] works on it although later ones are finished already", async () => {
      const { ledger, receive, begun, finish, ordersOf, dueLanes } = await ledgerForTest(start);
      const { head } = await finish(await begun(LANE, "5"));
      await ledger.rest({ head, idle: true });
      expect(await receive(LANE, "3", "5")).toEqual(["stored", "known"]);
      expect(await ordersOf(LANE)).toEqual(["3"]);
      expect(await dueLanes(at.wakeAt)).toEqual([LANE]);
    });

    it("[Q3] stops a run that does not know of it, before its next call", async () => {
      const { ledger, receive, openFirst, ordersOf } = await ledgerForTest(start);
      await receive(LANE, "5");
      const run = await openFirst(LANE);
      await receive(LANE, "3");
      expect(await ledger.begin({ ...run, steps: [], leaseUntil: NOW })).toEqual({ lost: true });
      expect(await ordersOf(LANE)).toEqual(["3", "5"]);
    });

    it("[R1] lets a run record the outcome of a call under way, but not go past it", async () => {
      const { ledger, receive, begun, finish, ordersOf, dueLanes } = await ledgerForTest(start);
      const run = await begun(LANE, "5");
      await receive(LANE, "3");
      const { head } = await finish(run);
      await ledger.rest({ head, idle: true });
      expect(await ordersOf(LANE)).toEqual(["3"]);
      expect(await dueLanes(at.wakeAt)).toEqual([LANE]);
    });

    it("[R1] lets a run record that a call under way failed, without putting the late entry off", async () => {
      const { ledger, receive, begun, openFirst, dueLanes } = await ledgerForTest(start);
      const run = await begun(LANE, "5");
      await receive(LANE, "3");
      await ledger.postpone({ ...run, steps: [], notBefore: NOW + DAY_MS });
      expect(await ledger.entry(LANE, "5")).toMatchObject({ status: "received", steps: [] });
      expect((await openFirst(LANE)).head.notBefore).toBeUndefined();
      expect(await dueLanes(at.wakeAt)).toEqual([LANE]);
    });
  });

  describe("receiveEvent", () => {
    it("[I12] stores an event once", async () => {
      const { ledger, ordersOf, dueLanes } = await ledgerForTest(start);
      expect(await ledger.receiveEvent(PEER, arrival("1"), event, at)).toBe("stored");
      expect(await ledger.receiveEvent(PEER, arrival("2"), event, at)).toBe("repeated");
      expect(await ordersOf(PEER)).toEqual(["1"]);
      expect(await dueLanes(at.wakeAt)).toEqual([PEER]);
    });

    it("[I12] refuses another body, or another ticket, under the same id", async () => {
      const { ledger, ordersOf } = await ledgerForTest(start);
      await ledger.receiveEvent(PEER, arrival("1"), event, at);
      const other = { ...event, bodyDigest: "digest-of-another-body" };
      expect(await ledger.receiveEvent(PEER, arrival("2"), other, at)).toBe("conflicting");
      expect(await ledger.receiveEvent("CLIENT#INC2", arrival("2"), event, at)).toBe("conflicting");
      expect(await ordersOf(PEER)).toEqual(["1"]);
    });

    it("[I12] recognises the id also of a finished event, until the retention period is over", async () => {
      const { ledger, openFirst, begin, finish } = await ledgerForTest(start);
      await ledger.receiveEvent(PEER, arrival("1"), event, at);
      await finish(await begin(await openFirst(PEER)));
      const later = { now: NOW + (RETENTION_DAYS - 1) * DAY_MS, wakeAt: NOW + RETENTION_DAYS * DAY_MS };
      expect(await ledger.receiveEvent(PEER, arrival("2"), event, later)).toBe("repeated");
      const muchLater = { now: AFTER_RETENTION, wakeAt: AFTER_RETENTION };
      expect(await ledger.receiveEvent(PEER, arrival("3"), event, muchLater)).toBe("stored");
    });

    it("[I12] stores an event once that comes many times at once", async () => {
      const { ledger, ordersOf } = await ledgerForTest(start);
      const repeats = ["1", "2", "3", "4"].map((order) => ledger.receiveEvent(PEER, arrival(order), event, at));
      const results = await Promise.all(repeats);
      expect(results.filter((result) => result === "stored")).toHaveLength(1);
      expect(await ordersOf(PEER)).toHaveLength(1);
    });
  });
};
