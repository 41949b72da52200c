import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientLane, ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import { newClientTicket } from "../support/builders.ts";
import { betweenAll } from "../support/fakes/between-ports.ts";
import { type InMemoryBridge, type InMemoryBridgeOptions, inMemoryBridge } from "../support/in-memory-bridge.ts";

/** The numbers of a ticket reach the bridge by several ways, and in any order: one ticket on each side, linked, and both told. */

/** A bridge during one of whose calls other things happen: after its effect, before its answer. */
const bridgeWithMeanwhile = (call: string, options: InMemoryBridgeOptions = {}) => {
  let meanwhile: (() => Promise<void>) | undefined;
  const between = betweenAll(async ({ port, method, input, go }) => {
    const [step] = input;
    const name = port === "itsm" && typeof step === "object" && step && "do" in step ? String(step.do) : method;
    const happens = `${port}.${name}` === call ? meanwhile : undefined;
    if (happens === undefined) return go();
    meanwhile = undefined;
    const [result] = await Promise.allSettled([go()]);
    await happens();
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
  const bridge = inMemoryBridge({ ...options, between });
  return {
    ...bridge,
    onceMeanwhile: (happens: () => Promise<void>) => {
      meanwhile = happens;
    },
  };
};

/** When something reaches the bridge: while the create is not answered yet, right after, or so many minutes later. */
const moment = fc.constantFrom("meanwhile" as const, 0, 1, 2, 5);
type Moment = "meanwhile" | number;

const LAST_MINUTE = 8;

/** Lets each happening reach the bridge in its minute, in the order given; those of "meanwhile" are left to the call. */
const playMinutes = async (bridge: InMemoryBridge, happenings: readonly { at: Moment; happen: () => unknown }[]) => {
  for (let minute = 0; minute <= LAST_MINUTE; minute += 1) {
    for (const { at, happen } of happenings) if (at === minute) await happen();
    await bridge.minute();
  }
};

const playMeanwhile = async (bridge: InMemoryBridge, happenings: readonly { at: Moment; happen: () => unknown }[]) => {
  for (const { at, happen } of happenings) {
    if (at !== "meanwhile") continue;
    await happen();
    await bridge.poll();
    await bridge.work();
    bridge.clock.advance({ seconds: 1 });
  }
};

describe("the number of a ticket that the client opened", () => {
  /** What Ensono's queue brings of it. */
  const put = ({ ensono }: InMemoryBridge, type: string, ensonoNumber: string, clientNumber: string): void => {
    const identity = { clientName: "testClient", ticketNumber: ensonoNumber, clientTicketNumber: clientNumber };
    const body = { ...identity, ticketType: "Incident", ...newClientTicket };
    ensono.queue.put({ type, body, group: ensonoNumber, attributes: { ClientReferenceAvailable: true } });
  };

  const way = fc.constantFrom("ReturnEnsonoNum" as const, "Create" as const, "event" as const);
  const arrivals = fc.array(fc.record({ way, at: moment }), { maxLength: 4 });

  const play = async (bridge: ReturnType<typeof bridgeWithMeanwhile>, ways: readonly { way: string; at: Moment }[]) => {
    const { number } = bridge.itsm.open({ ...newClientTicket });
    const happenings = ways.map(({ way: by, at }) => ({
      at,
      happen: (): unknown =>
        by === "event"
          ? bridge.tell(number, {}, { ensonoTicketNumber: "e-CS0000001" })
          : put(bridge, by, "e-CS0000001", number),
    }));
    bridge.onceMeanwhile(() => playMeanwhile(bridge, happenings));
    await bridge.tell(number, newClientTicket, { comments: [{ id: "c1", body: "Since noon" }] });
    await bridge.work();
    await playMinutes(bridge, happenings);
    return number;
  };

  const expectLinkedOnce = async (bridge: InMemoryBridge, number: string) => {
    const { ensono, itsm, ledger } = bridge;
    expect(await bridge.troubles()).toEqual([]);
    expect(ensono.tickets).toMatchObject([
      { number: "e-CS0000001", clientTicketNumber: number, comments: ["Since noon"] },
    ]);
    expect(itsm.tickets).toMatchObject([{ number, ensonoTicketNumber: "e-CS0000001" }]);
    expect(itsm.performed.map(({ step }) => step.do)).toEqual(["announceLink"]);
    expect(ensono.queue.size).toBe(0);
    const [own, peer] = [await ledger.headOf(clientLane(number)), await ledger.headOf(ensonoLane("e-CS0000001"))];
    expect([own?.link, peer?.link]).toEqual(["e-CS0000001", number]);
    const entries = [clientLane(number), ensonoLane("e-CS0000001")].flatMap(ledger.entriesOf);
    expect(entries.filter(({ status }) => status !== "done")).toEqual([]);
  };

  it("[E14] [T5] [T4b] [I13] comes with its answer, and by other ways before it, at the same time, after it and more than once", () =>
    fc.assert(
      fc.asyncProperty(arrivals, async (ways) => {
        const bridge = bridgeWithMeanwhile("ensono.createTicket", { ensono: { returnsNumbers: "never" } });
        await expectLinkedOnce(bridge, await play(bridge, ways));
        expect(bridge.ensono.calls.filter((call) => call === "createTicket")).toHaveLength(1);
      }),
      { numRuns: 150 },
    ));

  it("[E14] [T5] [T4b] comes by other ways only, because the create's answer was lost: it is not made again", () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Moment>("meanwhile", 0, 1),
        fc.constantFrom("ReturnEnsonoNum" as const, "Create" as const),
        arrivals,
        async (at, first, others) => {
          const bridge = bridgeWithMeanwhile("ensono.createTicket", { ensono: { returnsNumbers: "never" } });
          bridge.ensono.fail("time-out-after");
          await expectLinkedOnce(bridge, await play(bridge, [{ way: first, at }, ...others]));
          expect(bridge.ensono.calls.filter((call) => call === "createTicket")).toHaveLength(1);
        },
      ),
      { numRuns: 150 },
    ));

  it("[E14] [T5] [T4b] lies in Ensono's queue or in our ledger: however slow poller and processor are, it is not made again", () => {
    const type = fc.constantFrom("ReturnEnsonoNum", "Create");
    const doings = fc.array(fc.constantFrom(...(["poll", "forward", "apply", "30 s", "2 min"] as const)), {
      maxLength: 25,
    });
    return fc.assert(
      fc.asyncProperty(type, fc.boolean(), doings, async (brings, isLate, doing) => {
        const bridge = bridgeWithMeanwhile("ensono.createTicket", { ensono: { returnsNumbers: "never" } });
        bridge.ensono.fail("time-out-after");
        const { number } = bridge.itsm.open({ ...newClientTicket });
        await bridge.tell(number, newClientTicket, { comments: [{ id: "c1", body: "Since noon" }] });
        await bridge.walk(clientLane(number));

        let isSent = false;
        const send = () => {
          if (!isSent) put(bridge, brings, "e-CS0000001", number);
          isSent = true;
        };
        if (!isLate) send();
        const pass = async (halfMinutes: number) => {
          for (let nth = 0; nth < halfMinutes; nth += 1) {
            bridge.clock.advance({ seconds: 30 });
            send();
          }
        };
        const doers = {
          poll: () => bridge.poll(),
          forward: () => bridge.walk(clientLane(number)),
          apply: () => bridge.walk(ensonoLane("e-CS0000001")),
          "30 s": () => pass(1),
          "2 min": () => pass(4),
        };
        for (const one of doing) await doers[one]();
        await pass(1);
        await bridge.minutes(8);
        await expectLinkedOnce(bridge, number);
        expect(bridge.ensono.calls.filter((call) => call === "createTicket")).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });

  it.each(["ReturnEnsonoNum", "Create"] as const)(
    "[T5] [T4b] [R3] another one, brought by a %s after the link, holds its own ticket and changes nothing",
    async (type) => {
      const bridge = bridgeWithMeanwhile("ensono.createTicket");
      const number = await play(bridge, []);
      put(bridge, type, "e-CS9", number);
      await bridge.minutes(2);
      expect(await bridge.troubles()).toEqual([
        expect.stringMatching(/^link-conflict: e-CS9 cannot be linked to INC1/),
      ]);
      expect((await bridge.ledger.headOf(clientLane(number)))?.link).toBe("e-CS0000001");
      expect(bridge.itsm.tickets).toHaveLength(1);
      await bridge.change(number, { priority: "High" });
      await bridge.minutes(2);
      expect(bridge.ensono.tickets).toMatchObject([{ fields: { priority: "2" } }]);
    },
  );

  it.each(["ReturnEnsonoNum", "Create"] as const)(
    "[T5] [T4b] [R3] another one, brought by a %s before the answer, holds the create, which is not made again, also when released",
    async (type) => {
      const bridge = bridgeWithMeanwhile("ensono.createTicket");
      const { number } = bridge.itsm.open({ ...newClientTicket });
      bridge.onceMeanwhile(async () => {
        put(bridge, type, "e-CS9", number);
        await bridge.poll();
        await bridge.work();
      });
      await bridge.tell(number, newClientTicket);
      await bridge.work();
      await bridge.minutes(3);
      const conflict = expect.stringMatching(
        /^link-conflict: INC1 cannot be linked to e-CS0000001; it is linked to e-CS9/,
      );
      expect(await bridge.troubles()).toEqual([conflict]);
      await bridge.ledger.release(clientLane(number), { who: "ops", why: "looked", now: bridge.clock.now() });
      await bridge.minutes(3);
      expect(await bridge.troubles()).toEqual([conflict]);
      expect(bridge.ensono.calls.filter((call) => call === "createTicket")).toHaveLength(1);
    },
  );
});

describe("the number of a ticket that Ensono opened", () => {
  const way = fc.constantFrom("number" as const, "event" as const);
  const arrivals = fc.array(fc.record({ way, at: moment }), { maxLength: 4 });

  const play = async (bridge: ReturnType<typeof bridgeWithMeanwhile>, ways: readonly { way: string; at: Moment }[]) => {
    const number = bridge.ensono.open();
    bridge.ensono.note(number, "Looking into it");
    const happenings = ways.map(({ way: by, at }) => ({
      at,
      happen: (): Promise<void> =>
        by === "number" ? bridge.tellNumber(number, "INC1") : bridge.tell("INC1", {}, { ensonoTicketNumber: number }),
    }));
    bridge.onceMeanwhile(() => playMeanwhile(bridge, happenings));
    await bridge.poll();
    await bridge.work();
    await playMinutes(bridge, happenings);
    return number;
  };

  const expectLinkedOnce = async (bridge: InMemoryBridge, number: string) => {
    const { ensono, itsm, ledger } = bridge;
    expect(await bridge.troubles()).toEqual([]);
    expect(itsm.tickets).toMatchObject([{ number: "INC1", comments: ["Looking into it"] }]);
    expect(ensono.tickets).toMatchObject([{ number, clientTicketNumber: "INC1", comments: ["Looking into it"] }]);
    expect(ensono.calls.filter((call) => call === "createTicket")).toEqual([]);
    expect(ensono.calls.filter((call) => call === "returnNumber INC1").length).toBeGreaterThan(0);
    const [own, peer] = [await ledger.headOf(ensonoLane(number)), await ledger.headOf(clientLane("INC1"))];
    expect([own?.link, peer?.link]).toEqual(["INC1", number]);
    const entries = [clientLane("INC1"), ensonoLane(number)].flatMap(ledger.entriesOf);
    expect(entries.filter(({ status }) => status !== "done")).toEqual([]);
  };

  const offers = fc.constantFrom("key" as const, "search" as const);

  it("[T1] [I11] comes with the client's answer, and over the API before it, at the same time, after it and more than once", () =>
    fc.assert(
      fc.asyncProperty(arrivals, offers, async (ways, offered) => {
        const bridge = bridgeWithMeanwhile("itsm.createTicket", { offers: offered });
        await expectLinkedOnce(bridge, await play(bridge, ways));
      }),
      { numRuns: 150 },
    ));

  it("[T1] [I11] comes over the API only, at any time and more than once", () =>
    fc.assert(
      fc.asyncProperty(moment, way, arrivals, async (at, first, others) => {
        const bridge = bridgeWithMeanwhile("itsm.createTicket", { numbers: "later" });
        await expectLinkedOnce(bridge, await play(bridge, [{ way: first, at }, ...others]));
      }),
      { numRuns: 150 },
    ));

  it("[T1] [R1] [I11] comes over the API while nobody knows whether the client made the ticket", () =>
    fc.assert(
      fc.asyncProperty(moment, way, arrivals, async (at, first, others) => {
        const bridge = bridgeWithMeanwhile("itsm.createTicket", { offers: "key" });
        bridge.itsm.fail("time-out-after");
        await expectLinkedOnce(bridge, await play(bridge, [{ way: first, at }, ...others]));
      }),
      { numRuns: 150 },
    ));

  it("[T1] [T3] is returned until Ensono has it, whatever goes wrong on the way, and the ticket is made once", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("time-out-before" as const, "time-out-after" as const, "unavailable" as const), {
          maxLength: 3,
        }),
        async (faults) => {
          const bridge = bridgeWithMeanwhile("itsm.createTicket");
          bridge.ensono.fail(...faults);
          const number = await play(bridge, []);
          await bridge.minutes(30);
          await expectLinkedOnce(bridge, number);
        },
      ),
      { numRuns: 40 },
    ));

  it.each([["at-once"], ["later"]] as const)(
    "[I11] [R3] another one, told after the link (numbers %s), holds its own lane and changes nothing",
    async (numbers) => {
      const bridge = bridgeWithMeanwhile("itsm.createTicket", { numbers });
      const number = await play(bridge, [{ way: "number", at: 0 }]);
      await bridge.tellNumber(number, "INC99");
      await bridge.minutes(2);
      expect(await bridge.troubles()).toEqual([
        expect.stringMatching(/^link-conflict: INC99 cannot be linked to e-CS0000001; e-CS0000001 is linked to INC1/),
      ]);
      expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: "INC1" }]);
      bridge.ensono.note(number, "later");
      await bridge.minutes(2);
      expect(bridge.itsm.tickets).toMatchObject([{ comments: ["Looking into it", "later"] }]);
    },
  );

  it("[I11] [R3] another one, told before the client's answer, holds the ticket with both, and it is not made again", async () => {
    const bridge = bridgeWithMeanwhile("itsm.createTicket");
    const number = bridge.ensono.open();
    bridge.onceMeanwhile(async () => {
      await bridge.tellNumber(number, "INC99");
      await bridge.work();
    });
    await bridge.minutes(4);
    expect(await bridge.troubles()).toEqual([
      expect.stringMatching(/^link-conflict: e-CS0000001 cannot be linked to INC1; it is linked to INC99/),
    ]);
    expect(bridge.itsm.tickets).toHaveLength(1);
  });
});
