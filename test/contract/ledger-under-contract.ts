import { expect } from "vitest";
import type { Entry, Head, StepRecord } from "../../lambdas/shared/domain/entry.ts";
import { clientLane, ensonoLane, type Lane } from "../../lambdas/shared/domain/lane.ts";
import type { Ledger } from "../../lambdas/shared/ports.ts";

/** A ledger and a view behind it, as the contract needs them. Finished entries are kept for 30 days. */
export interface LedgerUnderContract {
  readonly ledger: Ledger;
  /** When the entry may be deleted (epoch seconds); undefined for never. */
  expiryOf(lane: Lane, order: string): Promise<number | undefined>;
  quarantined(id: string): Promise<{ reason: string; raw: string } | undefined>;
}
export type StartLedger = () => Promise<LedgerUnderContract>;

export const RETENTION_DAYS = 30;
export const DAY_MS = 24 * 60 * 60 * 1000;

export const NOW = Date.UTC(2026, 10, 2, 15, 4, 5);
/** Just now; a wake-up that gets lost is made up for a minute later. */
export const at = { now: NOW, wakeAt: NOW + 60_000 };
export const LEASE_UNTIL = NOW + 30_000;

export const LANE = ensonoLane("e-CS0204070");
export const PEER = clientLane("INC0010299");
export const operator = { who: "ada", why: "mended", now: NOW + 5000 };

export const arrival = (order: string) =>
  ({ order, content: { kind: "transaction", message: { MessageId: order, Body: { text: "Grüße 👋" } } } }) as const;
export const owed = (order: string) => ({ order, content: { kind: "tellNumber" } }) as const;

export const step = (status: StepRecord["status"], key = "evb_key_0"): StepRecord => ({
  step: { do: "updateTicket", changed: { priority: "1" } },
  key,
  status,
  ...(status === "attempting" ? { attemptedAt: NOW } : {}),
});

/** What a run works with that has opened a lane. */
export interface Run {
  readonly head: Head;
  readonly entry: Entry;
}

/** A ledger for one test, with what many tests do to it. */
export const ledgerForTest = async (start: StartLedger) => {
  const under = await start();
  const { ledger } = under;

  const receive = (lane: Lane, ...orders: string[]) => ledger.receive(lane, orders.map(arrival), at);

  const openFirst = async (lane: Lane): Promise<Run> => {
    const { head, entries } = await ledger.open(lane);
    const [entry] = entries;
    if (entry === undefined) throw new Error(`${lane} has no unfinished entry`);
    return { head, entry };
  };

  const begin = async (run: Run): Promise<Run> => {
    const begun = await ledger.begin({ ...run, steps: [step("attempting")], leaseUntil: LEASE_UNTIL });
    if ("lost" in begun) throw new Error("lost");
    return begun;
  };

  const finish = async (run: Run): Promise<Run> => {
    const settled = await ledger.settle({ ...run, steps: [step("done")], finished: true, ...at });
    if (!("entry" in settled)) throw new Error(JSON.stringify(settled));
    return { ...settled, head: { ...settled.head, doneThrough: run.entry.order } };
  };

  return {
    ...under,
    receive,
    openFirst,
    begin,
    finish,
    /** Receives one entry and begins it. */
    begun: async (lane: Lane, order = "1") => {
      await receive(lane, order);
      return begin(await openFirst(lane));
    },
    ordersOf: async (lane: Lane) => (await ledger.open(lane)).entries.map(({ order }) => order),
    dueLanes: async (now: number) => {
      const sides = await Promise.all([ledger.due("client", now, 10), ledger.due("ensono", now, 10)]);
      return sides.flat().map(({ lane }) => lane);
    },
    /** Links LANE and PEER from LANE's side. */
    link: async (run: Run, number = "INC0010299") =>
      ledger.settle({ ...run, steps: run.entry.steps, link: { number, ticketType: "Incident" }, ...at }),
    hold: async (run: Run) => {
      const hold = { order: run.entry.order, code: "refused", reason: "no such group", at: NOW };
      expect(await ledger.hold({ ...run, steps: [step("waiting")], hold })).toBeUndefined();
      return hold;
    },
  };
};
