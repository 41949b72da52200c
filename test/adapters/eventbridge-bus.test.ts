import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventBridgeBus } from "../../lambdas/shared/adapters/eventbridge-bus.ts";
import type { EntryEvent } from "../../lambdas/shared/domain/entry-events.ts";
import { tellEntry } from "../../lambdas/shared/domain/tell-entry.ts";
import { startEventBuses } from "../../sandbox/emulators/event-buses.ts";
import { digest, NOW } from "../support/builders.ts";
import { changeOf, entryWith } from "../support/entries.ts";

const BUS = "EnvisionBridge-dev";

/** The adapter on the SDK's own client, against the emulator, with the sizes of its calls. */
const onEmulator = async (busName = BUS) => {
  const buses = await startEventBuses("eu-west-1");
  buses.createBus(BUS);
  const client = new EventBridgeClient({
    region: "eu-west-1",
    endpoint: buses.endpoint,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await buses.stop();
  });
  const calls: number[] = [];
  client.middlewareStack.add(
    (next) => async (args) => {
      if ("Entries" in args.input) calls.push(args.input.Entries?.length ?? 0);
      return next(args);
    },
    { step: "initialize" },
  );
  return { buses, calls, bus: eventBridgeBus({ client, busName }) };
};

const eventNamed = (order: string, comment = ""): EntryEvent => {
  const entry = entryWith({ order, content: { kind: "tell", comment } });
  const event = tellEntry(changeOf(entry), { stage: "dev", ticketText: true, ticket: {}, digest });
  if (event === undefined) throw new Error("nothing is told");
  return event;
};
const eventsNamed = (count: number) => Array.from({ length: count }, (_, nth) => eventNamed(String(nth)));

describe("the event bus", () => {
  it("gets each event with its type, its time to the second and its detail", async () => {
    const { bus, buses } = await onEmulator();
    const event = eventNamed("1");
    expect(await bus.publish([event])).toEqual([undefined]);
    expect(buses.events()).toMatchObject([
      {
        bus: BUS,
        source: "envision-bridge",
        "detail-type": "Entry Applied",
        time: new Date(NOW + 2000).toISOString().replace(".000", ""),
        detail: event.detail,
      },
    ]);
  });

  it("gets them in their order, ten a call", async () => {
    const { bus, buses, calls } = await onEmulator();
    const events = eventsNamed(23);
    expect(await bus.publish(events)).toEqual(events.map(() => undefined));
    expect(buses.events().map(({ detail }) => detail)).toEqual(events.map(({ detail }) => detail));
    expect(calls).toEqual([10, 10, 3]);
  });

  it("gets large ones in calls of less than 256 KB", async () => {
    const { bus, buses, calls } = await onEmulator();
    const events = [1, 2, 3, 4].map((order) => eventNamed(String(order), "x".repeat(100 * 1024)));
    expect(await bus.publish(events)).toEqual(events.map(() => undefined));
    expect(calls).toEqual([2, 2]);
    expect(buses.events()).toHaveLength(4);
  });

  it("is not asked for nothing", async () => {
    const { bus, calls } = await onEmulator();
    expect(await bus.publish([])).toEqual([]);
    expect(calls).toEqual([]);
  });
});

describe("failures", () => {
  it("of single events are told, and calls behind them are left untried", async () => {
    const { bus, buses, calls } = await onEmulator();
    buses.refuse(1);
    const answers = await bus.publish(eventsNamed(12));
    expect(answers[0]).toMatchObject({ code: "ThrottlingException", isFinal: false });
    expect(answers.slice(1, 10)).toEqual(Array.from({ length: 9 }, () => undefined));
    expect(answers.slice(10)).toMatchObject([
      { code: "untried", isFinal: false },
      { code: "untried", isFinal: false },
    ]);
    expect(calls).toEqual([10]);
  });

  it.each(["MalformedDetail", "InvalidArgument"])("%s is final, and stops nothing", async (code) => {
    const { bus, buses, calls } = await onEmulator();
    buses.refuse(1, code);
    const answers = await bus.publish(eventsNamed(12));
    expect(answers[0]).toMatchObject({ code, isFinal: true });
    expect(answers.slice(1)).toEqual(Array.from({ length: 11 }, () => undefined));
    expect(calls).toEqual([10, 2]);
  });

  it("of a whole call are told for each of its events, and never thrown", async () => {
    const { bus } = await onEmulator("another bus");
    const answers = await bus.publish(eventsNamed(2));
    expect(answers).toMatchObject([
      { code: "ResourceNotFoundException", isFinal: false },
      { code: "ResourceNotFoundException", isFinal: false },
    ]);
  });
});
