import { describe, expect, it } from "vitest";
import { TransientError } from "../../lambdas/shared/domain/errors.ts";
import { clientLane, ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import { newClientTicket } from "../support/builders.ts";
import { faultyPorts, type Mishap } from "../support/fakes/faulty-ports.ts";
import { type InMemoryBridge, type InMemoryBridgeOptions, inMemoryBridge } from "../support/in-memory-bridge.ts";

interface Scenario {
  readonly options: InMemoryBridgeOptions;
  play(bridge: InMemoryBridge): Promise<void>;
}

const scenarios: Readonly<Record<string, Scenario>> = {
  "Ensono opens, notes, changes and closes; the client comments": {
    options: {},
    async play(bridge) {
      const number = bridge.ensono.open({ priority: "4" });
      bridge.ensono.note(number, "Looking into it");
      await bridge.minutes(5);
      await bridge.change("INC1", { priority: "High" }, { comments: [{ id: "c1", body: "Please hurry" }] });
      bridge.ensono.change(number, { group: "Ensono Network" });
      await bridge.minutes(5);
      bridge.ensono.change(number, { status: "resolved" });
      bridge.ensono.change(number, { status: "closed" });
    },
  },
  "the client opens, changes and closes; Ensono notes": {
    options: { ensono: { returnsNumbers: "for-every-create" } },
    async play(bridge) {
      await bridge.open(newClientTicket, { comments: [{ id: "c1", body: "Since noon" }] });
      await bridge.minutes(5);
      await bridge.change("INC1", { priority: "High" }, { comments: [{ id: "c2", body: "Please hurry" }] });
      bridge.ensono.note("e-CS0000001", "On our way");
      await bridge.minutes(5);
      await bridge.change("INC1", { status: "Closed", closeNotes: "Gone" });
    },
  },
  "all that we send to Ensono comes back": {
    options: { environment: "echo" },
    async play(bridge) {
      await bridge.open(newClientTicket);
      await bridge.minutes(5);
      await bridge.change("INC1", { status: "Pending" }, { comments: [{ id: "c1", body: "Please hurry" }] });
      await bridge.minutes(5);
      bridge.ensono.change("e-CS0000001", { status: "open" });
      await bridge.change("INC1", { group: "Ensono Network" });
    },
  },
  "the client gives its number later": {
    options: { numbers: "later" },
    async play(bridge) {
      const number = bridge.ensono.open();
      await bridge.minutes(2);
      bridge.ensono.note(number, "Looking into it");
      await bridge.minutes(5);
      await bridge.tellNumber(number, "INC1");
    },
  },
  "the client's ITSM sends back all that we do there": {
    options: { clientEchoes: true },
    async play(bridge) {
      const number = bridge.ensono.open();
      bridge.ensono.note(number, "Looking into it");
      bridge.ensono.change(number, { priority: "1" });
      await bridge.minutes(5);
      bridge.ensono.change(number, { priority: "2" });
    },
  },
  "an ITSM that can be searched by our key": {
    options: { offers: "search" },
    async play(bridge) {
      const number = bridge.ensono.open();
      bridge.ensono.note(number, "Looking into it");
      bridge.ensono.change(number, { priority: "1" });
    },
  },
};

/** Plays a scenario to its end, with one crash on the way. */
const playThrough = async ({ options, play }: Scenario, crash: ReturnType<typeof faultyPorts>) => {
  const bridge = inMemoryBridge({ ...options, between: crash });
  await play(bridge);
  await bridge.minutes(12);
  const lanes = [
    ...bridge.ensono.tickets.map(({ number }) => ensonoLane(number)),
    ...bridge.itsm.tickets.map(({ number }) => clientLane(number)),
  ];
  const entries = lanes.flatMap((lane) => bridge.ledger.entriesOf(lane));
  const unique = (comments: readonly string[]) => [...new Set(comments)];
  return {
    end: {
      ensono: bridge.ensono.tickets.map((ticket) => ({ ...ticket, comments: unique(ticket.comments) })),
      client: bridge.itsm.tickets,
      unread: bridge.ensono.queue.size,
      unfinished: entries.filter(({ status }) => status !== "done"),
      troubles: await bridge.troubles(),
    },
    doubled:
      bridge.ensono.tickets.flatMap(({ comments }) => comments).length -
      bridge.ensono.tickets.flatMap(({ comments }) => unique(comments)).length,
    marked: entries.flatMap(({ steps }) => steps).filter(({ possibleDouble }) => possibleDouble === true).length,
  };
};

/** Plays the scenario once for each call that can fail, and compares how it ends. */
const failEverywhere = async (scenario: Scenario, mishap: Omit<Mishap, "nth" | "when">): Promise<void> => {
  const quiet = faultyPorts({ ...mishap, nth: 0, when: "before" });
  const expected = await playThrough(scenario, quiet);
  expect(expected).toMatchObject({ end: { unread: 0, unfinished: [], troubles: [] }, doubled: 0, marked: 0 });

  for (let nth = 1; nth <= quiet.calls; nth += 1) {
    for (const when of ["before", "after"] as const) {
      const ports = faultyPorts({ ...mishap, nth, when });
      const { end, doubled, marked } = await playThrough(scenario, ports);
      expect(end, `call ${nth}, failed ${ports.failed}`).toEqual(expected.end);
      // Comments to Ensono cannot be exactly once; what may be double says so.
      expect(doubled, `call ${nth}, failed ${ports.failed}`).toBeLessThanOrEqual(marked);
    }
  }
};

/** Thousands of short lives. */
const LONG = 120_000;

const timeOut = () => new TransientError("unavailable", "unknown", "no answer in time");

describe.each(Object.entries(scenarios))("%s", { timeout: LONG }, (_, scenario) => {
  it("[R1] ends the same wherever the process dies: one ticket, one comment, nothing waiting", () =>
    failEverywhere(scenario, {}));

  it("[R1] [E14] ends the same whichever outside call times out, before its effect or after", () =>
    failEverywhere(scenario, { ports: ["ensono", "itsm"], error: timeOut }));

  it("[R1] ends the same whichever call of the ledger fails", () =>
    failEverywhere(scenario, { ports: ["ledger"], error: () => new Error("the table is throttled") }));
});
