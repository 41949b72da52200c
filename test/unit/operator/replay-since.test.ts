import { describe, expect, it } from "vitest";
import { listHeld } from "../../../bin/operator/use-cases/list-held.ts";
import { replaySince } from "../../../bin/operator/use-cases/replay-since.ts";
import { ensonoLane } from "../../../lambdas/shared/domain/lane.ts";
import { NOW, newClientTicket } from "../../support/builders.ts";
import { inMemoryBridge } from "../../support/in-memory-bridge.ts";
import { ada, operatorOf } from "../../support/operator.ts";

const MINUTE = 60_000;

/** One ticket that is done, one that waits for long, one that is held, and a message of another client's name. */
const withEverything = async () => {
  const bridge = inMemoryBridge();
  const [done, waiting, held] = [bridge.ensono.open(), bridge.ensono.open(), bridge.ensono.open()];
  await bridge.minutes(2);
  const since = bridge.clock.now();
  bridge.ensono.note(done, "done");
  await bridge.minute();
  bridge.itsm.fail("refusal");
  bridge.ensono.note(held, "held");
  await bridge.minute();
  const body = {
    clientName: "renamedClient",
    ticketNumber: "e-CS7",
    ticketType: "Incident",
    shortDescription: "x",
    description: "y",
  };
  bridge.ensono.queue.put({ type: "Create", body, group: "e-CS7" });
  await bridge.minute();
  bridge.itsm.fail("overload");
  bridge.ensono.note(waiting, "waits");
  await bridge.poll();
  await bridge.work();
  const operator = operatorOf(bridge);
  return { bridge, operator, since, done, waiting, held };
};

const actions = (replay: Awaited<ReturnType<typeof replaySince>>) => ({
  tickets: Object.fromEntries(replay.tickets.map(({ ensonoNumber, action }) => [ensonoNumber, action])),
  apart: replay.apart.map(({ action }) => action),
});

describe("replay", () => {
  it("wakes what is unfinished, leaves what is done or held alone, and brings in what is understood by now", async () => {
    const { bridge, operator, since, done, waiting, held } = await withEverything();
    const renamed = { ...operator, clientName: "renamedClient" };
    const replay = await replaySince({ since, dryRun: false }, ada, renamed);
    expect(actions(replay)).toEqual({
      tickets: { [done]: "already done", [waiting]: "woken", [held]: "held" },
      apart: ["brought in"],
    });
    const before = bridge.itsm.performed.length;
    await bridge.sweep();
    await bridge.work();
    const performed = bridge.itsm.performed
      .slice(before)
      .map(({ step, context }) => [context.ensonoTicketNumber, step.do]);
    expect(performed.toSorted()).toEqual([
      [waiting, "addComment"],
      ["e-CS7", "createTicket"],
    ]);
    expect(await operator.audit.of(undefined)).toMatchObject([
      { command: expect.stringMatching(/^replay --since 2023-/), outcome: "1 tickets woken, 1 messages brought in" },
    ]);
    expect((await listHeld(renamed)).apart).toEqual([]);
  });

  it("with --dry-run says the same, and changes nothing", async () => {
    const { bridge, operator, since } = await withEverything();
    const renamed = { ...operator, clientName: "renamedClient" };
    const [heads, entries] = [bridge.ledger.lanes().map(bridge.ledger.entriesOf), bridge.itsm.performed.length];
    const dry = await replaySince({ since, dryRun: true }, ada, renamed);
    expect(bridge.ledger.lanes().map(bridge.ledger.entriesOf)).toEqual(heads);
    await bridge.sweep();
    await bridge.work();
    expect(bridge.itsm.performed).toHaveLength(entries);
    expect(await operator.audit.of(undefined)).toEqual([]);
    expect({ ...dry, dryRun: false }).toEqual(await replaySince({ since, dryRun: false }, ada, renamed));
  });

  it("repeated, makes no outside call for what the first one has done", async () => {
    const { bridge, operator, since } = await withEverything();
    const renamed = { ...operator, clientName: "renamedClient" };
    await replaySince({ since, dryRun: false }, ada, renamed);
    await bridge.minute();
    const performed = bridge.itsm.performed.length;
    const again = await replaySince({ since, dryRun: false }, ada, renamed);
    await bridge.minutes(3);
    expect(new Set(Object.values(actions(again).tickets))).toEqual(new Set(["already done", "held"]));
    expect(actions(again).apart).toEqual(["already in the ledger"]);
    expect(bridge.itsm.performed).toHaveLength(performed);
  });

  it("leaves apart what is still another client's, and what came before the moment", async () => {
    const { bridge, operator, since } = await withEverything();
    expect(actions(await replaySince({ since, dryRun: false }, ada, operator)).apart).toEqual(["still kept apart"]);
    const later = await replaySince({ since: bridge.clock.now() + MINUTE, dryRun: false }, ada, operator);
    expect(actions(later)).toEqual({ tickets: {}, apart: [] });
    expect((await replaySince({ since: NOW - MINUTE, dryRun: true }, ada, operator)).tickets).toHaveLength(6);
  });

  it("[R1] finds what was stored by a run that died before it announced it", async () => {
    const bridge = inMemoryBridge();
    const operator = operatorOf(bridge);
    const number = await bridge.open(newClientTicket);
    bridge.wakeUps.take();
    await replaySince({ since: NOW, dryRun: false }, ada, operator);
    await bridge.sweep();
    await bridge.work();
    expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: number }]);
    expect(bridge.ledger.entriesOf(ensonoLane(bridge.ensono.tickets[0]?.number ?? ""))).toHaveLength(1);
  });
});
