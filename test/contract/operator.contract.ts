import { describe, expect, it } from "vitest";
import type { AuditLog, Inspection, Links } from "../../bin/operator/ports.ts";
import type { Entry, Head } from "../../lambdas/shared/domain/entry.ts";
import { clientLane, ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import type { TransferJob } from "../../lambdas/shared/domain/transfer.ts";
import type { Ledger, Transfers } from "../../lambdas/shared/ports.ts";
import { at, LANE, LEASE_UNTIL, ledgerForTest, NOW, operator, owed, PEER, step } from "./ledger-under-contract.ts";

interface UnderContract {
  readonly ledger: Ledger;
  readonly transfers: Transfers;
  readonly inspection: Inspection;
  readonly links: Links;
  readonly audit: AuditLog;
}

const all = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
};

const job: TransferJob = {
  kind: "fetch",
  from: "ensono",
  url: "https://files.example.com/a.png",
  key: "files/a.png",
  contentType: "image/png",
  goodUntil: NOW + 60_000,
};

/** What the operator's ports do over every ledger; see `operator/ports.ts`. */
export const operatorContract = (name: string, start: () => Promise<UnderContract>): void => {
  const started = async () => {
    const under = await start();
    const ledger = await ledgerForTest(async () => ({
      ledger: under.ledger,
      expiryOf: async () => undefined,
      quarantined: async () => undefined,
    }));
    return { ...under, ...ledger };
  };

  /** Two lanes that are linked, with what each learnt of the other side. */
  const linked = async () => {
    const under = await started();
    const { ledger, begun, link, finish } = under;
    const run = await begun(LANE);
    await link(run);
    const entry = await ledger.entry(LANE, run.entry.order);
    if (entry === undefined) throw new Error("the entry is gone");
    const opened = await ledger.open(LANE);
    await finish({ entry, head: opened.head });
    await under.receive(LANE, "2");
    const { head, entry: second } = await under.openFirst(LANE);
    const mark = { priority: { value: "digest", at: NOW } };
    const learnt: Head = { ...head, sent: mark, said: mark, status: { value: "open", at: NOW }, commentsOnly: true };
    await under.begin({ head: learnt, entry: second });
    await under.receive(PEER, "1");
    const ofClient = await under.openFirst(PEER);
    const told: Head = {
      ...ofClient.head,
      sent: mark,
      said: mark,
      status: { value: "open", at: NOW },
      isInternal: true,
    };
    await under.begin({ head: told, entry: ofClient.entry });
    return under;
  };

  describe(`the contract of the operator's ports: ${name}`, () => {
    it("gives the heads of all lanes, and nothing else that lies beside them", async () => {
      const { inspection, ledger, audit } = await linked();
      await ledger.claim(LANE, "note:1", "1", NOW);
      await ledger.leaveFootprint(PEER, { token: "t", id: "1", evidence: {} }, NOW);
      await ledger.quarantine({ id: "q", reason: "no", raw: "{}" }, NOW);
      await audit.begin({ id: "a", at: NOW, who: "ada", command: "held", why: "" }, [LANE]);
      const heads = await all(inspection.heads());
      const byLane = new Map(heads.map((head) => [head.lane, head]));
      expect(heads).toHaveLength(2);
      for (const lane of [LANE, PEER]) expect(byLane.get(lane)).toEqual(await ledger.headOf(lane));
    });

    it("[L1] gives every entry of a lane in its order, finished ones too, with the calls of their steps", async () => {
      const { inspection, ledger, begun, receive } = await started();
      const run = await begun(LANE, "2");
      const call = { request: "POST /tickets", at: NOW, endedAt: NOW + 5, status: 200, said: "e-CS1" };
      const steps = [{ ...step("done"), calls: [call] }];
      await ledger.settle({ ...run, steps, finished: true, ...at });
      await receive(LANE, "1", "3");
      await receive(ensonoLane("e-CS02040700"), "9");
      const entries = await inspection.entries(LANE);
      expect(entries.map(({ order, status }) => [order, status])).toEqual([
        ["1", "received"],
        ["2", "done"],
        ["3", "received"],
      ]);
      expect(entries[1]).toEqual(await ledger.entry(LANE, "2"));
      expect(entries[1]?.steps).toEqual(steps);
      expect(await inspection.entries(clientLane("INC404"))).toEqual([]);
    });

    it("gives the entries of all lanes that were received since a moment", async () => {
      const { inspection, ledger } = await started();
      const lanes = [LANE, PEER, ensonoLane("e-CS1")];
      for (const [nth, lane] of lanes.entries()) {
        const now = NOW + nth * 1000;
        await ledger.receive(lane, [owed("1")], { now, wakeAt: now });
      }
      const since = async (moment: number): Promise<Entry["lane"][]> =>
        (await all(inspection.entriesSince(moment))).map(({ lane }) => lane).toSorted();
      expect(await since(NOW)).toEqual(lanes.toSorted());
      expect(await since(NOW + 1000)).toEqual(lanes.slice(1).toSorted());
      expect(await since(NOW + 2001)).toEqual([]);
    });

    it("gives the files of a lane", async () => {
      const { inspection, transfers } = await started();
      for (const id of ["2#0", "1#0", "1#1"]) await transfers.request(LANE, id, job, at);
      await transfers.request(PEER, "1#0", job, at);
      await transfers.take(LANE, "1#1", { now: NOW, until: LEASE_UNTIL });
      const found = await inspection.transfers(LANE);
      expect(found.map(({ id, attempts }) => [id, attempts])).toEqual([
        ["1#0", 0],
        ["1#1", 1],
        ["2#0", 0],
      ]);
      expect(found[0]).toEqual(await transfers.get(LANE, "1#0"));
    });

    it("[Q6] gives what is kept apart, with the message as it came", async () => {
      const { inspection, ledger } = await started();
      const message = { MessageId: "m", Body: { text: "Grüße" } };
      await ledger.quarantine({ id: "2", reason: "unreadable", raw: JSON.stringify("text") }, NOW + 1);
      await ledger.quarantine({ id: "1", reason: "another client's", raw: JSON.stringify(message) }, NOW);
      expect(await inspection.quarantined()).toEqual([
        { id: "1", reason: "another client's", message, at: NOW },
        { id: "2", reason: "unreadable", message: "text", at: NOW + 1 },
      ]);
    });

    describe("unlink", () => {
      it("takes both heads apart, with what each knew of the other side", async () => {
        const { links, ledger } = await linked();
        const before = { ensono: await ledger.headOf(LANE), client: await ledger.headOf(PEER) };
        expect(before).toMatchObject({ ensono: { link: "INC0010299" }, client: { link: "e-CS0204070" } });
        expect(await links.unlink(LANE, PEER)).toBe(true);
        const [ensono, client] = [await ledger.headOf(LANE), await ledger.headOf(PEER)];
        for (const head of [ensono, client]) {
          expect(head).not.toHaveProperty("link");
          expect(head).not.toHaveProperty("linkedAt");
          expect(head?.sent).toEqual({});
          expect(head?.said).toEqual({ priority: { value: "digest", at: NOW } });
        }
        expect(ensono?.status).toEqual({ value: "open", at: NOW });
        expect(ensono).not.toHaveProperty("commentsOnly");
        expect(client).not.toHaveProperty("status");
        expect(client).not.toHaveProperty("isInternal");
      });

      it("lets either number be linked to another one afterwards", async () => {
        const { links, link, openFirst } = await linked();
        const run = await openFirst(LANE);
        expect(await link(run, "INC7")).toEqual({ conflict: { own: "INC0010299", other: undefined } });
        await links.unlink(LANE, PEER);
        expect(await link(await openFirst(LANE), "INC7")).toMatchObject({ head: { link: "INC7" } });
      });

      it("[R1] stops a run that is under way", async () => {
        const { links, ledger, openFirst } = await linked();
        const run = await openFirst(PEER);
        await links.unlink(LANE, PEER);
        expect(await ledger.begin({ ...run, steps: [step("attempting")], leaseUntil: LEASE_UNTIL })).toEqual({
          lost: true,
        });
      });

      it("changes nothing where the two are not linked to each other", async () => {
        const { links, ledger } = await linked();
        const [ensono, client] = [await ledger.headOf(LANE), await ledger.headOf(PEER)];
        expect(await links.unlink(LANE, clientLane("INC404"))).toBe(false);
        expect(await links.unlink(ensonoLane("e-CS404"), PEER)).toBe(false);
        expect([await ledger.headOf(LANE), await ledger.headOf(PEER)]).toEqual([ensono, client]);
        expect(await ledger.headOf(clientLane("INC404"))).toBeUndefined();
        await links.unlink(LANE, PEER);
        expect(await links.unlink(LANE, PEER)).toBe(false);
      });
    });

    describe("the audit log", () => {
      const entry = { id: "1", at: operator.now, who: "ada", command: "release e-CS0204070", why: "mended" };

      it("keeps who did what and why, with each lane that it concerns", async () => {
        const { audit } = await started();
        await audit.begin(entry, [LANE, PEER]);
        expect(await audit.of(LANE)).toEqual([entry]);
        await audit.end({ ...entry, outcome: "released" }, [LANE, PEER]);
        for (const lane of [LANE, PEER]) expect(await audit.of(lane)).toEqual([{ ...entry, outcome: "released" }]);
        expect(await audit.of(undefined)).toEqual([]);
      });

      it("keeps apart what concerns no ticket, the oldest first", async () => {
        const { audit } = await started();
        const commands = ["pause to-client", "resume to-client", "replay"];
        for (const [nth, command] of commands.entries()) {
          const id = String(9 - nth);
          await audit.begin({ ...entry, id, at: NOW + nth, command }, []);
        }
        expect((await audit.of(undefined)).map(({ command }) => command)).toEqual(commands);
        expect(await audit.of(LANE)).toEqual([]);
      });
    });
  });
};
