import { describe, expect, it } from "vitest";
import type { Failure } from "../../lambdas/shared/domain/entry.ts";
import { clientLane, ensonoLane, type Lane } from "../../lambdas/shared/domain/lane.ts";
import { type Transfer, type TransferJob, transferId } from "../../lambdas/shared/domain/transfer.ts";
import type { Transfers } from "../../lambdas/shared/ports.ts";

/** Transfers and a view behind them, as the contract needs them. Ended transfers are kept for 30 days. */
export interface TransfersUnderContract {
  readonly transfers: Transfers;
  /** When the transfer may be deleted (epoch seconds); undefined for never. */
  expiryOf(lane: Lane, id: string): Promise<number | undefined>;
}

export const RETENTION_DAYS = 30;
const DAY_SECONDS = 24 * 60 * 60;

const NOW = Date.UTC(2026, 10, 2, 15, 4, 5);
const at = { now: NOW, wakeAt: NOW + 60_000 };
const UNTIL = NOW + 900_000;

const LANE = ensonoLane("e-CS0204070");
const ID = transferId("000001#7#m-1", 0);
const fetching: TransferJob = {
  kind: "fetch",
  from: "ensono",
  url: "https://b.s3.us-east-2.amazonaws.com/Grüße.png?X-Amz-Signature=abc",
  key: "attachments/1",
  contentType: "image/png",
  expectedSize: 12,
  goodUntil: NOW + 7_200_000,
};
const sending: TransferJob = {
  kind: "send",
  ensonoTicketNumber: "e-CS0204070",
  fileName: "Grusse-0123456789.png",
  originalName: "Grüße.png",
  contentType: "image/png",
  source: { from: "store", key: "uploads/1" },
};
const failure: Failure = { code: "unavailable", message: "no answer", since: NOW };
const done = { as: "done", file: { key: "attachments/1", size: 12, sha256: "ab" } } as const;

const taken = async (transfers: Transfers, now = NOW, until = UNTIL): Promise<Transfer> => {
  const transfer = await transfers.take(LANE, ID, { now, until });
  if (transfer === undefined) throw new Error("it could not be taken");
  return transfer;
};

/** What every `Transfers` does; see `lambdas/shared/ports.ts`. */
export const transfersContract = (name: string, start: () => Promise<TransfersUnderContract>): void => {
  describe(`the contract of Transfers: ${name}`, () => {
    it("[T8] remembers what was asked for", async () => {
      const { transfers } = await start();
      const requested = { lane: LANE, id: ID, job: fetching, requestedAt: NOW, attempts: 0 };
      expect(await transfers.get(LANE, ID)).toBeUndefined();
      expect(await transfers.request(LANE, ID, fetching, at)).toEqual(requested);
      expect(await transfers.get(LANE, ID)).toEqual(requested);
    });

    it("[R1] leaves one that is known as it is, and gives it as it stands", async () => {
      const { transfers } = await start();
      await transfers.request(LANE, ID, fetching, at);
      await transfers.finish(await taken(transfers), done, NOW);
      const again = await transfers.request(LANE, ID, { ...fetching, url: "https://other.example" }, at);
      expect(again).toMatchObject({ job: fetching, outcome: done, attempts: 1 });
    });

    it("tells transfers apart by lane and by id", async () => {
      const { transfers } = await start();
      await transfers.request(LANE, ID, fetching, at);
      await transfers.request(LANE, transferId("000001#7#m-1", 1), sending, at);
      await transfers.request(clientLane("INC1"), ID, sending, at);
      expect((await transfers.get(LANE, ID))?.job).toEqual(fetching);
      expect((await transfers.get(clientLane("INC1"), ID))?.job).toEqual(sending);
    });

    it("[R1] lets one of several runs take it, and counts the try", async () => {
      const { transfers } = await start();
      await transfers.request(LANE, ID, fetching, at);
      const runs = await Promise.all([1, 2, 3, 4].map(() => transfers.take(LANE, ID, { now: NOW, until: UNTIL })));
      expect(runs.filter((run) => run !== undefined)).toMatchObject([{ attempts: 1, job: fetching }]);
    });

    it("cannot be taken when it was never asked for", async () => {
      const { transfers } = await start();
      expect(await transfers.take(LANE, ID, { now: NOW, until: UNTIL })).toBeUndefined();
    });

    it("[R1] can be taken anew once the time of a run that died is over; that run changes nothing any more", async () => {
      const { transfers } = await start();
      await transfers.request(LANE, ID, fetching, at);
      const first = await taken(transfers);
      expect(await transfers.take(LANE, ID, { now: UNTIL - 1, until: UNTIL + 1000 })).toBeUndefined();
      const second = await taken(transfers, UNTIL, UNTIL + 1000);
      expect(second.attempts).toBe(2);

      await transfers.postpone(first, failure, UNTIL + 99_000);
      expect(await transfers.finish(first, { as: "failed", reason: "late" }, UNTIL)).toBe(false);
      expect(await transfers.get(LANE, ID)).toEqual(second);
      expect(await transfers.finish(second, done, UNTIL)).toBe(true);
    });

    it("[E13] waits after a failure, and remembers what the try learnt", async () => {
      const { transfers } = await start();
      await transfers.request(LANE, ID, fetching, at);
      await transfers.postpone({ ...(await taken(transfers)), strikes: 1, inDoubt: true }, failure, NOW + 60_000);
      expect(await transfers.take(LANE, ID, { now: NOW + 59_999, until: UNTIL })).toBeUndefined();
      expect(await transfers.take(LANE, ID, { now: NOW + 60_000, until: UNTIL })).toMatchObject({
        attempts: 2,
        failure,
        strikes: 1,
        inDoubt: true,
      });
    });

    it("ends once", async () => {
      const { transfers } = await start();
      await transfers.request(LANE, ID, fetching, at);
      const run = await taken(transfers);
      expect(await transfers.finish(run, done, NOW)).toBe(true);
      expect(await transfers.finish(run, { as: "failed", reason: "again" }, NOW)).toBe(false);
      expect(await transfers.get(LANE, ID)).toMatchObject({ outcome: done });
      expect(await transfers.take(LANE, ID, { now: UNTIL, until: UNTIL + 1000 })).toBeUndefined();
    });

    it("never expires before its end, and after it when the retention period is over", async () => {
      const { transfers, expiryOf } = await start();
      await transfers.request(LANE, ID, fetching, at);
      const run = await taken(transfers);
      expect(await expiryOf(LANE, ID)).toBeUndefined();
      await transfers.finish(run, done, NOW);
      expect(await expiryOf(LANE, ID)).toBe(Math.floor(NOW / 1000) + RETENTION_DAYS * DAY_SECONDS);
    });

    describe("is due", () => {
      const dueAt = async (transfers: Transfers, now: number) => transfers.due("fetch", now, 10);

      it("when its wake-up got lost", async () => {
        const { transfers } = await start();
        await transfers.request(LANE, ID, fetching, at);
        expect(await dueAt(transfers, at.wakeAt - 1)).toEqual([]);
        expect(await dueAt(transfers, at.wakeAt)).toEqual([{ lane: LANE, id: ID }]);
        expect(await transfers.due("send", at.wakeAt, 10)).toEqual([]);
      });

      it("when its run died", async () => {
        const { transfers } = await start();
        await transfers.request(LANE, ID, fetching, at);
        await taken(transfers);
        expect(await dueAt(transfers, UNTIL - 1)).toEqual([]);
        expect(await dueAt(transfers, UNTIL)).toEqual([{ lane: LANE, id: ID }]);
      });

      it("when the wait after a failure is over", async () => {
        const { transfers } = await start();
        await transfers.request(LANE, ID, fetching, at);
        await transfers.postpone(await taken(transfers), failure, NOW + 90_000);
        expect(await dueAt(transfers, NOW + 89_999)).toEqual([]);
        expect(await dueAt(transfers, NOW + 90_000)).toEqual([{ lane: LANE, id: ID }]);
      });

      it("never once it has ended", async () => {
        const { transfers } = await start();
        await transfers.request(LANE, ID, fetching, at);
        await transfers.finish(await taken(transfers), done, NOW);
        expect(await dueAt(transfers, NOW + 1e12)).toEqual([]);
      });

      it("after those that are due for longer, up to a limit", async () => {
        const { transfers } = await start();
        for (const [nth, wakeAt] of [30, 10, 20].entries()) {
          await transfers.request(LANE, `t${nth}`, fetching, { now: NOW, wakeAt: NOW + wakeAt });
        }
        expect((await transfers.due("fetch", NOW + 100, 2)).map(({ id }) => id)).toEqual(["t1", "t2"]);
      });
    });
  });
};
