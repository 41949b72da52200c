import { describe, expect, it } from "vitest";
import { DAY_MS, LANE, ledgerForTest, NOW, PEER, RETENTION_DAYS, type StartLedger } from "./ledger-under-contract.ts";

const footprint = { token: "comment", id: "evb_key_0", evidence: { text: "0123456789abcdef", length: "12" } };
const twin = { ...footprint, id: "evb_key_1" };

export const ledgerEvidenceContract = (start: StartLedger): void => {
  describe("claim", () => {
    it("[Q5] belongs to the entry that came first, also when it asks again", async () => {
      const { ledger } = await ledgerForTest(start);
      expect(await ledger.claim(LANE, "note-1", "1", NOW)).toBe(true);
      expect(await ledger.claim(LANE, "note-1", "2", NOW)).toBe(false);
      expect(await ledger.claim(LANE, "note-1", "1", NOW)).toBe(true);
    });

    it("[Q5] is a matter of one lane and one token", async () => {
      const { ledger } = await ledgerForTest(start);
      await ledger.claim(LANE, "note-1", "1", NOW);
      expect(await ledger.claim(LANE, "note-2", "2", NOW)).toBe(true);
      expect(await ledger.claim(PEER, "note-1", "2", NOW)).toBe(true);
      expect(await ledger.headOf(LANE)).toBeUndefined();
    });

    it("[Q5] goes to one of several that want it at the same time", async () => {
      const { ledger } = await ledgerForTest(start);
      const orders = ["1", "2", "3", "4"];
      const claimed = await Promise.all(orders.map((order) => ledger.claim(LANE, "note-1", order, NOW)));
      expect(claimed.filter(Boolean)).toHaveLength(1);
    });

    it("lasts for the retention period", async () => {
      const { ledger } = await ledgerForTest(start);
      await ledger.claim(LANE, "note-1", "1", NOW);
      expect(await ledger.claim(LANE, "note-1", "2", NOW + (RETENTION_DAYS - 1) * DAY_MS)).toBe(false);
      expect(await ledger.claim(LANE, "note-1", "2", NOW + (RETENTION_DAYS + 1) * DAY_MS)).toBe(true);
    });
  });

  describe("footprints", () => {
    it("[I5] are found by their token", async () => {
      const { ledger } = await ledgerForTest(start);
      await ledger.leaveFootprint(LANE, footprint, NOW);
      await ledger.leaveFootprint(LANE, twin, NOW);
      await ledger.leaveFootprint(LANE, { ...footprint, token: "comment#longer" }, NOW);
      expect(await ledger.footprints(LANE, "comment", "1")).toEqual([footprint, twin]);
      expect(await ledger.footprints(LANE, "comm", "1")).toEqual([]);
      expect(await ledger.footprints(PEER, "comment", "1")).toEqual([]);
    });

    it("[I5] explain one echo each", async () => {
      const { ledger } = await ledgerForTest(start);
      await ledger.leaveFootprint(LANE, footprint, NOW);
      await ledger.leaveFootprint(LANE, twin, NOW);
      expect(await ledger.useFootprint(LANE, footprint, "1")).toBe(true);
      expect(await ledger.useFootprint(LANE, footprint, "2")).toBe(false);
      expect(await ledger.footprints(LANE, "comment", "2")).toEqual([twin]);
    });

    it("[R1] are still there for the entry that used them", async () => {
      const { ledger } = await ledgerForTest(start);
      await ledger.leaveFootprint(LANE, footprint, NOW);
      await ledger.useFootprint(LANE, footprint, "1");
      expect(await ledger.footprints(LANE, "comment", "1")).toEqual([footprint]);
      expect(await ledger.useFootprint(LANE, footprint, "1")).toBe(true);
    });

    it("[R1] left once more, stay used", async () => {
      const { ledger } = await ledgerForTest(start);
      await ledger.leaveFootprint(LANE, footprint, NOW);
      await ledger.useFootprint(LANE, footprint, "1");
      await ledger.leaveFootprint(LANE, footprint, NOW + 1);
      expect(await ledger.footprints(LANE, "comment", "2")).toEqual([]);
    });

    it("[I5] are used by one of several that want them at the same time", async () => {
      const { ledger } = await ledgerForTest(start);
      await ledger.leaveFootprint(LANE, footprint, NOW);
      const used = await Promise.all(["1", "2", "3"].map((order) => ledger.useFootprint(LANE, footprint, order)));
      expect(used.filter(Boolean)).toHaveLength(1);
    });

    it("[I5] cannot be used where there are none", async () => {
      const { ledger } = await ledgerForTest(start);
      expect(await ledger.useFootprint(LANE, footprint, "1")).toBe(false);
      expect(await ledger.footprints(LANE, "comment", "1")).toEqual([]);
    });
  });

  describe("quarantine", () => {
    it("[Q6] keeps a message raw with the reason, once", async () => {
      const { ledger, quarantined } = await ledgerForTest(start);
      const item = { id: "message-1", reason: "no ticket number", raw: '{"Body":"😱"}' };
      await ledger.quarantine(item, NOW);
      await ledger.quarantine({ ...item, reason: "another" }, NOW + 1);
      expect(await quarantined("message-1")).toMatchObject({ reason: item.reason, raw: item.raw });
    });
  });
};
