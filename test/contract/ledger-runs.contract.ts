import { describe, expect, it } from "vitest";
import { emptyHead, type Head } from "../../lambdas/shared/domain/entry.ts";
import {
  at,
  DAY_MS,
  LANE,
  LEASE_UNTIL,
  ledgerForTest,
  NOW,
  RETENTION_DAYS,
  type StartLedger,
  step,
} from "./ledger-under-contract.ts";

const learnt: Partial<Head> = {
  ticketType: "Request",
  status: { value: "pending", at: NOW },
  sent: { priority: { value: "0123456789abcdef", at: NOW } },
  said: { status: { value: "fedcba9876543210", at: NOW } },
  clientTime: NOW - 1,
  numberToldAt: NOW - 2,
};

const failure = { code: "unavailable", message: "503", since: NOW };

export const ledgerRunsContract = (start: StartLedger): void => {
  describe("open", () => {
    it("gives an empty lane where nothing is known", async () => {
      const { ledger } = await ledgerForTest(start);
      const nothing = { head: emptyHead(LANE), peer: undefined, entries: [], more: false };
      expect(await ledger.open(LANE)).toEqual(nothing);
      expect(await ledger.headOf(LANE)).toBeUndefined();
      expect(await ledger.entry(LANE, "1")).toBeUndefined();
    });

    it("[R1] goes on behind what is finished, also where a run died before it could rest", async () => {
      const { ledger, receive, begun, finish } = await ledgerForTest(start);
      await finish(await begun(LANE, "1"));
      await receive(LANE, "2");
      expect(await ledger.open(LANE)).toMatchObject({ head: { doneThrough: "1" }, entries: [{ order: "2" }] });
    });

    it("gives the first entries of a long lane, and says that there are more", async () => {
      const { ledger, receive, openFirst, begin, finish } = await ledgerForTest(start);
      const orders = Array.from({ length: 26 }, (_, place) => String(place + 100));
      await receive(LANE, ...orders);
      const opened = await ledger.open(LANE);
      expect(opened.entries.map(({ order }) => order)).toEqual(orders.slice(0, 25));
      expect(opened.more).toBe(true);
      await finish(await begin(await openFirst(LANE)));
      expect(await ledger.open(LANE)).toMatchObject({ head: { doneThrough: "100" }, more: false });
    });

    it("finds what is unfinished behind many finished entries", async () => {
      const { ledger, receive, ordersOf } = await ledgerForTest(start);
      const orders = Array.from({ length: 60 }, (_, place) => String(place + 100));
      await receive(LANE, ...orders);
      const operator = { who: "ada", why: "not needed", now: NOW };
      for (const order of orders.slice(0, -1)) await ledger.skip(LANE, order, operator);
      expect(await ordersOf(LANE)).toEqual(["159"]);
    });
  });

  describe("begin", () => {
    it("[R1] writes the attempt, its lease and what was learnt", async () => {
      const { ledger, receive, openFirst } = await ledgerForTest(start);
      await receive(LANE, "1");
      const run = await openFirst(LANE);
      const steps = [step("attempting"), step("waiting", "evb_key_1")];
      const head = { ...run.head, ...learnt, doneThrough: "0" };
      const begun = await ledger.begin({ ...run, head, steps, leaseUntil: LEASE_UNTIL });
      const entry = { ...run.entry, status: "attempting", steps, attempts: 1, leaseUntil: LEASE_UNTIL, revision: 1 };
      const headAfter = { ...head, attempting: { order: "1", until: LEASE_UNTIL }, fence: head.fence + 1 };
      expect(begun).toEqual({ entry, head: headAfter });
      expect(await ledger.entry(LANE, "1")).toEqual(entry);
      expect(await ledger.headOf(LANE)).toEqual(headAfter);
    });

    it("[R1] unlearns nothing", async () => {
      const { ledger, begun, openFirst, begin } = await ledgerForTest(start);
      const run = await begun(LANE);
      await ledger.begin({ ...run, head: { ...run.head, ...learnt }, steps: [], leaseUntil: NOW });
      const { head, entry } = await openFirst(LANE);
      await begin({ entry, head: { ...emptyHead(LANE), fence: head.fence, sent: head.sent, said: head.said } });
      expect(await ledger.headOf(LANE)).toMatchObject(learnt);
    });

    it("[Q3] lets one of two runs on a lane begin", async () => {
      const { ledger, receive, openFirst } = await ledgerForTest(start);
      await receive(LANE, "1");
      const runs = [await openFirst(LANE), await openFirst(LANE)];
      const steps = [step("attempting")];
      const begun = await Promise.all(runs.map((run) => ledger.begin({ ...run, steps, leaseUntil: LEASE_UNTIL })));
      expect(begun.filter((result) => "lost" in result)).toHaveLength(1);
      expect(await ledger.entry(LANE, "1")).toMatchObject({ attempts: 1, revision: 1 });
    });

    it("[Q3] stops a run whose lane another one has taken on with", async () => {
      const { ledger, receive, openFirst, begin, finish } = await ledgerForTest(start);
      await receive(LANE, "1", "2");
      const slow = await finish(await begin(await openFirst(LANE)));
      const quick = await openFirst(LANE);
      await begin(quick);
      const next = { entry: quick.entry, head: slow.head, steps: [], leaseUntil: NOW };
      expect(await ledger.begin(next)).toEqual({ lost: true });
    });

    it("[R3] does not begin a finished entry, nor any of a held lane", async () => {
      const { ledger, receive, openFirst, begun, finish, hold } = await ledgerForTest(start);
      const finished = await finish(await begun(LANE, "1"));
      expect(await ledger.begin({ ...finished, steps: [], leaseUntil: NOW })).toEqual({ lost: true });
      await receive(LANE, "2", "3");
      await hold(await openFirst(LANE));
      const held = await openFirst(LANE);
      expect(await ledger.begin({ ...held, steps: [], leaseUntil: NOW })).toEqual({ lost: true });
    });
  });

  describe("settle", () => {
    it("[R1] records a step, so that the next run goes on with the one after", async () => {
      const { ledger, begun } = await ledgerForTest(start);
      const { entry, head } = await begun(LANE);
      const steps = [step("done"), step("waiting", "evb_key_1")];
      const settled = await ledger.settle({ entry, head, steps, notes: ["first done"], ...at });
      const after = { ...entry, steps, status: "received", leaseUntil: undefined, notes: ["first done"], revision: 2 };
      expect(settled).toEqual({ entry: after, head });
      expect(await ledger.entry(LANE, "1")).toEqual(after);
    });

    it("[L1] ends an entry, which then expires after the retention period", async () => {
      const { ledger, begun, expiryOf } = await ledgerForTest(start);
      const run = await begun(LANE);
      expect(await expiryOf(LANE, "1")).toBeUndefined();
      await ledger.settle({ ...run, steps: [step("done")], finished: true, ...at });
      expect(await ledger.entry(LANE, "1")).toMatchObject({ status: "done", finishedAt: NOW });
      expect(await expiryOf(LANE, "1")).toBe(Math.floor(NOW / 1000) + (RETENTION_DAYS * DAY_MS) / 1000);
    });

    it("ends a row of failures", async () => {
      const { ledger, begun, openFirst, begin } = await ledgerForTest(start);
      await ledger.postpone({ ...(await begun(LANE)), steps: [step("waiting")], failure, notBefore: NOW });
      const again = await begin(await openFirst(LANE));
      expect(again.entry.failure).toEqual(failure);
      await ledger.settle({ ...again, steps: [step("done"), step("waiting", "evb_key_1")], ...at });
      expect((await ledger.entry(LANE, "1"))?.failure).toBeUndefined();
    });

    it("[R1] keeps what an entry taught that ends without any step", async () => {
      const { ledger, receive, openFirst } = await ledgerForTest(start);
      await receive(LANE, "1", "2");
      const run = await openFirst(LANE);
      const head = { ...run.head, ...learnt };
      const settled = await ledger.settle({ ...run, head, steps: [], notes: ["an echo"], finished: true, ...at });
      expect(settled).toMatchObject({ entry: { status: "done", notes: ["an echo"] }, head: learnt });
      expect(await ledger.open(LANE)).toMatchObject({ head: learnt, entries: [{ order: "2" }] });
    });

    it("[R1] goes on after such an entry", async () => {
      const { ledger, receive, openFirst, begin } = await ledgerForTest(start);
      await receive(LANE, "1", "2");
      const { entry, head } = await openFirst(LANE);
      await ledger.settle({ entry, head, steps: [], finished: true, ...at });
      const next = await openFirst(LANE);
      expect(await begin({ entry: next.entry, head })).toMatchObject({ entry: { order: "2" } });
    });

    it("[R1] lets no run end an entry without any step that does not know of a late one", async () => {
      const { ledger, receive, openFirst, ordersOf } = await ledgerForTest(start);
      await receive(LANE, "5");
      const run = await openFirst(LANE);
      await receive(LANE, "3");
      expect(await ledger.settle({ ...run, steps: [], finished: true, ...at })).toEqual({ lost: true });
      expect(await ordersOf(LANE)).toEqual(["3", "5"]);
    });

    it("[R1] lets one of two runs record the outcome", async () => {
      const { ledger, begun } = await ledgerForTest(start);
      const run = await begun(LANE);
      const outcomes = [step("done"), step("waiting")];
      const settled = await Promise.all(outcomes.map((outcome) => ledger.settle({ ...run, steps: [outcome], ...at })));
      expect(settled.filter((result) => "lost" in result)).toHaveLength(1);
    });
  });

  describe("postpone", () => {
    it("[R2] puts the lane off until then, with the failure and the steps as they are", async () => {
      const { ledger, begun, dueLanes } = await ledgerForTest(start);
      const steps = [step("attempting")];
      expect(await ledger.postpone({ ...(await begun(LANE)), steps, failure, notBefore: NOW + 1000 })).toBeUndefined();
      const { head, entries } = await ledger.open(LANE);
      expect(head).toMatchObject({ notBefore: NOW + 1000 });
      expect(head.attempting).toBeUndefined();
      expect(entries).toMatchObject([{ status: "attempting", steps, failure, attempts: 1 }]);
      expect(entries[0]?.leaseUntil).toBeUndefined();
      expect(await dueLanes(NOW + 999)).toEqual([]);
      expect(await dueLanes(NOW + 1000)).toEqual([LANE]);
    });

    it("[R2] is not cut short by what arrives", async () => {
      const { ledger, receive, begun, dueLanes } = await ledgerForTest(start);
      await ledger.postpone({ ...(await begun(LANE)), steps: [], notBefore: NOW + DAY_MS });
      await receive(LANE, "2");
      expect(await dueLanes(at.wakeAt)).toEqual([]);
      expect((await ledger.headOf(LANE))?.notBefore).toBe(NOW + DAY_MS);
    });

    it("[R1] changes nothing once another run has the entry", async () => {
      const { ledger, begun, openFirst, begin } = await ledgerForTest(start);
      const slow = await begun(LANE);
      await begin(await openFirst(LANE));
      expect(await ledger.postpone({ ...slow, steps: [], notBefore: NOW + 1 })).toEqual({ lost: true });
      expect(await ledger.open(LANE)).toMatchObject({ entries: [{ attempts: 2, status: "attempting" }] });
      expect((await ledger.headOf(LANE))?.notBefore).toBeUndefined();
    });
  });

  describe("rest", () => {
    it("ends a run, and nothing is left to wake the lane for", async () => {
      const { ledger, begun, finish, dueLanes } = await ledgerForTest(start);
      const { head } = await finish(await begun(LANE));
      await ledger.rest({ head, idle: true });
      const rested = await ledger.headOf(LANE);
      expect(rested).toMatchObject({ doneThrough: "1", arrivals: 1 });
      expect(rested?.attempting).toBeUndefined();
      expect(await dueLanes(at.wakeAt)).toEqual([]);
    });

    it("[R1] leaves the lane due when something arrived in between", async () => {
      const { ledger, receive, begun, finish, dueLanes, ordersOf } = await ledgerForTest(start);
      const { head } = await finish(await begun(LANE));
      await receive(LANE, "2");
      await ledger.rest({ head, idle: true });
      expect(await dueLanes(at.wakeAt)).toEqual([LANE]);
      expect(await ordersOf(LANE)).toEqual(["2"]);
      expect((await ledger.headOf(LANE))?.doneThrough).toBe("1");
    });

    it("leaves a lane due that has more to do", async () => {
      const { ledger, begun, finish, dueLanes } = await ledgerForTest(start);
      const { head } = await finish(await begun(LANE));
      await ledger.rest({ head, idle: false });
      expect(await dueLanes(at.wakeAt)).toEqual([LANE]);
    });

    it("[R1] changes nothing once another run has the lane", async () => {
      const { ledger, receive, begun, openFirst, begin, dueLanes } = await ledgerForTest(start);
      const slow = await begun(LANE);
      await receive(LANE, "2");
      const { head } = await begin(await openFirst(LANE));
      await ledger.rest({ head: { ...slow.head, doneThrough: "2" }, idle: true });
      expect(await ledger.headOf(LANE)).toEqual(head);
      expect(await dueLanes(at.wakeAt)).toEqual([LANE]);
    });

    it("makes no lane out of nothing", async () => {
      const { ledger } = await ledgerForTest(start);
      await ledger.rest({ head: emptyHead(LANE), idle: true });
      expect(await ledger.headOf(LANE)).toBeUndefined();
    });
  });
};
