import { describe, expect, it } from "vitest";
import type { Lane } from "../../lambdas/shared/domain/lane.ts";
import type { StreamedChange } from "../../lambdas/shared/ports.ts";
import { type PublishDeps, publishEntryEvents } from "../../lambdas/upkeep/event-publisher/publish-entry-events.ts";
import { CLIENT_LANE, CLIENT_NUMBER, digest, ENSONO_LANE, NOW } from "../support/builders.ts";
import { changeOf, entryWith } from "../support/entries.ts";
import { recordedBus, recordedDeadLetters } from "../support/fakes/recorded-bus.ts";
import { recordedJournal } from "../support/fakes/recorders.ts";

const publishing = (other: Partial<PublishDeps> = {}) => {
  const bus = recordedBus();
  const deadLetters = recordedDeadLetters();
  const journal = recordedJournal();
  const asked: Lane[] = [];
  const tickets = {
    async ticketOf(lane: Lane) {
      asked.push(lane);
      return lane === ENSONO_LANE ? { link: CLIENT_NUMBER } : {};
    },
  };
  const clock = () => NOW + 60_000;
  const deps: PublishDeps = {
    ...{ tickets, bus, deadLetters, journal, clock, digest },
    ...{ stage: "dev", ticketText: false },
    ...other,
  };
  return {
    bus,
    deadLetters,
    journal,
    asked,
    publish: (...changes: StreamedChange[]) => publishEntryEvents(changes, deps),
    orders: () => bus.events.map(({ detail }) => detail.entry.order),
  };
};

const change = (order: string, lane: Lane = ENSONO_LANE) => changeOf(entryWith({ lane, order }), "attempting", order);
const unreadable = (sequence: string, at: number): StreamedChange => ({
  sequence,
  at,
  item: `${ENSONO_LANE} ${sequence}`,
  unreadable: "kind: expected another one",
});
const young = (sequence: string) => unreadable(sequence, NOW);
const old = (sequence: string) => unreadable(sequence, NOW - 60 * 60_000);
const throttled = { code: "ThrottlingException", message: "slow down", isFinal: false };
const malformed = { code: "MalformedDetail", message: "what is it", isFinal: true };

describe("a batch of the ledger's stream", () => {
  it("is published in its order, with both numbers; what concerns nobody is passed over", async () => {
    const { publish, orders, bus, asked } = publishing();
    const received = changeOf(entryWith({ status: "received" }), "attempting", "3");
    const result = await publish(
      change("1"),
      { sequence: "2", irrelevant: true },
      received,
      change("4"),
      change("5", CLIENT_LANE),
    );
    expect(result).toEqual({ published: 3, givenUp: 0, retryFrom: undefined });
    expect(orders()).toEqual(["1", "4", "5"]);
    expect(bus.events.map(({ detail }) => detail.clientTicketNumber)).toEqual([
      CLIENT_NUMBER,
      CLIENT_NUMBER,
      CLIENT_NUMBER,
    ]);
    expect(asked.toSorted()).toEqual([CLIENT_LANE, ENSONO_LANE]);
  });

  it("comes again from the first event that was not taken, with the same ids", async () => {
    const { publish, orders, bus } = publishing();
    const changes = ["1", "2", "3", "4"].map((order) => change(order));
    bus.refuse(2, throttled);
    const { retryFrom } = await publish(...changes);
    expect(retryFrom).toBe("3");
    expect(await publish(...changes.slice(1))).toMatchObject({ published: 3, retryFrom: undefined });
    expect(orders()).toEqual(["1", "2", "2", "3", "4"]);
    const ids = bus.events.map(({ detail }) => detail.id);
    expect(ids[1]).toBe(ids[2]);
    expect(new Set(ids).size).toBe(4);
  });

  it("comes again as a whole when the ledger cannot be read, and nothing is published before", async () => {
    const tickets = { ticketOf: () => Promise.reject(new Error("throttled")) };
    const { publish, bus } = publishing({ tickets });
    await expect(publish(change("1"))).rejects.toThrow("throttled");
    expect(bus.events).toEqual([]);
  });
});

describe("what cannot be published", () => {
  it("waits for a while if it cannot be read: a deployment may be under way", async () => {
    const { publish, orders, deadLetters, journal } = publishing();
    expect(await publish(change("1"), young("2"), change("3"))).toEqual({ published: 1, givenUp: 0, retryFrom: "2" });
    expect(orders()).toEqual(["1"]);
    expect(deadLetters.letters).toEqual([]);
    expect(journal.lines).toContainEqual(expect.objectContaining({ what: "events put off", sequence: "2" }));
  });

  it("stands in no other's way after that, and is kept apart with its place and the reason", async () => {
    const { publish, orders, deadLetters } = publishing();
    expect(await publish(change("1"), old("2"), change("3"))).toEqual({
      published: 2,
      givenUp: 1,
      retryFrom: undefined,
    });
    expect(orders()).toEqual(["1", "3"]);
    expect(deadLetters.letters).toEqual([
      { item: `${ENSONO_LANE} 2`, sequence: "2", reason: "kind: expected another one" },
    ]);
  });

  it("is kept apart at once if EventBridge will never take it", async () => {
    const { publish, orders, bus, deadLetters } = publishing();
    bus.refuse(1, malformed);
    expect(await publish(change("1"), change("2"), change("3"))).toMatchObject({
      published: 2,
      givenUp: 1,
      retryFrom: undefined,
    });
    expect(orders()).toEqual(["1", "3"]);
    expect(deadLetters.letters).toEqual([
      { item: `${ENSONO_LANE} 2`, sequence: "2", reason: "MalformedDetail: what is it" },
    ]);
  });

  it("is not kept apart twice because something behind it comes again", async () => {
    const { publish, bus, deadLetters } = publishing();
    bus.refuse(0, throttled);
    expect(await publish(change("1"), old("2"))).toMatchObject({ givenUp: 0, retryFrom: "1" });
    expect(deadLetters.letters).toEqual([]);
    expect(await publish(change("1"), old("2"))).toMatchObject({ published: 1, givenUp: 1 });
    expect(deadLetters.letters).toHaveLength(1);
  });

  it("is not forgotten when it cannot be kept apart", async () => {
    const { publish, deadLetters } = publishing();
    deadLetters.fails = true;
    await expect(publish(old("1"))).rejects.toThrow("the queue is gone");
  });

  it("is also what has no form of an event; its neighbours are told", async () => {
    const { publish, orders, deadLetters } = publishing({ clock: () => NOW + 60 * 60_000 });
    const nameless = changeOf(
      entryWith({ order: "2", steps: [{ step: { do: 5 }, key: "k", status: "done" }] }),
      "attempting",
      "2",
    );
    expect(await publish(change("1"), nameless, change("3"))).toMatchObject({ published: 2, givenUp: 1 });
    expect(orders()).toEqual(["1", "3"]);
    expect(deadLetters.letters).toMatchObject([{ item: `${ENSONO_LANE} 2` }]);
  });
});
