import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import type { QueueMessage } from "../../lambdas/shared/ports.ts";
import { messageWith, NOW } from "../support/builders.ts";
import { inMemoryBridge } from "../support/in-memory-bridge.ts";
import { anyGuideMessage, spoiltIdentity, withOnlyItsIdentity } from "../support/message-shapes.ts";

const asRaw = (message: unknown): QueueMessage["raw"] => JSON.parse(JSON.stringify(message));

const SECOND = 1000;
const noteAt = (ticketNumber: string, body: string, sentAt: number): unknown =>
  messageWith(
    "Notes",
    { ticketNumber, notes: { body } },
    { MessageGroupId: ticketNumber, SentTimestamp: String(sentAt), SequenceNumber: String(sentAt) },
    { MessageId: `note at ${sentAt}` },
  );

/** Two tickets that both sides know, of which the first is about to get a message that cannot be read. */
const withTwoTickets = async () => {
  const bridge = inMemoryBridge();
  const [first, second] = [bridge.ensono.open(), bridge.ensono.open()];
  await bridge.minute();
  const put = (message: unknown, group: string) => bridge.ensono.queue.putRaw(asRaw(message), group);
  return { ...bridge, first, second, put };
};

describe("a message that cannot be read", () => {
  it("[Q6] [R3] is kept raw, deleted, and holds its ticket where that can be told; other messages go on", () => {
    const anySpoilt = anyGuideMessage.chain((message) => spoiltIdentity(message));
    return fc.assert(
      fc.asyncProperty(anySpoilt, async ({ what, spoilt }) => {
        const { ensono, itsm, ledger, minutes, second, put, troubles } = await withTwoTickets();
        put(spoilt, "its group");
        put(noteAt(second, "goes on", NOW), second);
        await minutes(2);

        expect(ensono.queue.size).toBe(0);
        expect(itsm.tickets.map(({ comments }) => comments)).toEqual([[], ["goes on"]]);
        expect(await troubles()).toHaveLength(1);
        const [held] = await ledger.held(1);
        if (what === "ticket") {
          expect(held).toBeUndefined();
          expect(ledger.quarantined.map(({ raw }) => JSON.parse(raw))).toEqual([asRaw(spoilt)]);
        } else {
          expect(ledger.entriesOf(held?.lane ?? ensonoLane("none"))).toMatchObject([
            { status: "held", content: { kind: "unreadable", message: asRaw(spoilt) } },
          ]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ["MessageId", {}, { MessageId: undefined }],
    ["SequenceNumber", { SequenceNumber: "?" }, {}],
    ["body", {}, { Body: "{" }],
  ])(
    "[Q6] without its %s it is not overtaken by what came after it in the same answer",
    async (_, attributes, envelope) => {
      const { itsm, minutes, first, put, ledger } = await withTwoTickets();
      const times = { SentTimestamp: String(NOW - 5 * SECOND), MessageGroupId: first };
      put(noteAt(first, "before", NOW - 6 * SECOND), first);
      put({ ...messageWith("Update", { ticketNumber: first }, { ...times, ...attributes }), ...envelope }, first);
      put(noteAt(first, "after", NOW - 4 * SECOND), first);
      await minutes(2);
      expect(itsm.tickets).toMatchObject([{ comments: ["before"] }, { comments: [] }]);
      const [held] = await ledger.held(1);
      expect(held?.lane).toBe(ensonoLane(first));
    },
  );

  it("[Q6] is kept once, however often it comes", async () => {
    const { ensono, ledger, minutes, first, put } = await withTwoTickets();
    const spoilt = messageWith("Update", { ticketNumber: first }, { SequenceNumber: "?", MessageGroupId: first });
    for (const _ of ["once", "again"]) {
      put(spoilt, first);
      await minutes(1);
    }
    expect(ledger.entriesOf(ensonoLane(first)).filter(({ content }) => content.kind === "unreadable")).toHaveLength(1);
    expect(ensono.queue.size).toBe(0);
  });
});

describe("a message that has its identity, whatever else it carries", () => {
  it("[Q2] [R3] is applied, ignored or held, and never left behind without a word", () => {
    const anyMessage = anyGuideMessage.chain((message) =>
      withOnlyItsIdentity(message).map((some) => ({ message, some })),
    );
    return fc.assert(
      fc.asyncProperty(anyMessage, fc.boolean(), async ({ message, some }, isKnown) => {
        const { itsm, ledger, minutes, put, second } = await withTwoTickets();
        const { ticketNumber } = message.Body;
        const body = { ticketNumber, clientName: "testClient" };
        if (isKnown)
          put(messageWith("Create", body, { MessageGroupId: ticketNumber, SentTimestamp: "1" }), ticketNumber);
        await minutes(1);
        put({ ...some, Body: { ...Object(some.Body), clientName: "testClient" } }, ticketNumber);
        put(noteAt(second, "goes on", NOW), second);
        await minutes(2);
        expect(ledger.quarantined).toEqual([]);
        const entries = ledger.entriesOf(ensonoLane(ticketNumber));
        expect(entries.length).toBeGreaterThan(isKnown ? 1 : 0);
        // What is not done is held, or waits behind what is.
        const [firstOpen] = entries.filter(({ status }) => status !== "done");
        expect(["held", undefined]).toContain(firstOpen?.status);
        expect(itsm.tickets[1]).toMatchObject({ comments: ["goes on"] });
      }),
      { numRuns: 200 },
    );
  });
});

describe("strange times", () => {
  it.each([
    ["beyond all dates", { SentTimestamp: "9".repeat(39) }],
    ["no number", { SentTimestamp: "yesterday" }],
    ["missing", { SentTimestamp: undefined, ApproximateFirstReceiveTimestamp: undefined }],
  ])("[Q2] a time of sending that is %s stands in nobody's way", async (_, attributes) => {
    const { itsm, minutes, first, put, troubles } = await withTwoTickets();
    put(
      messageWith(
        "Update",
        { ticketNumber: first, changed: { priority: "1" } },
        { ...attributes, MessageGroupId: first },
      ),
      first,
    );
    await minutes(2);
    expect(itsm.tickets).toMatchObject([{ fields: { priority: "1" } }, {}]);
    expect(await troubles()).toEqual([]);
  });
});

describe("Notes that hold only their identity and a note", () => {
  const bare = (number: string) => ({
    MessageId: "bare",
    Body: { notes: { body: "Hello" } },
    Attributes: { SequenceNumber: "1", SentTimestamp: String(NOW), MessageGroupId: number, TransactionType: "Notes" },
  });

  it("[T2] [Q7] become a comment", async () => {
    const { itsm, minutes, first, put } = await withTwoTickets();
    put(bare(first), first);
    await minutes(2);
    expect(itsm.tickets).toMatchObject([{ comments: ["Hello"] }, { comments: [] }]);
  });

  it("[T4] [R3] of a ticket that was never seen hold it: too little is said to make it", async () => {
    const { itsm, minutes, put, troubles } = await withTwoTickets();
    put(bare("e-CS9"), "e-CS9");
    await minutes(2);
    expect(itsm.tickets).toHaveLength(2);
    expect(await troubles()).toEqual([expect.stringMatching(/^not-understood: .*never seen/)]);
  });
});
