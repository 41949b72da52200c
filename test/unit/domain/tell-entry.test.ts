import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Entry } from "../../../lambdas/shared/domain/entry.ts";
import { type Telling, tellEntry } from "../../../lambdas/shared/domain/tell-entry.ts";
import { CLIENT_LANE, CLIENT_NUMBER, digest, ENSONO_LANE, ENSONO_NUMBER } from "../../support/builders.ts";
import { changeOf, entryWith, eventEntryWith, PLANTED, transactionContent } from "../../support/entries.ts";

const telling: Telling = {
  stage: "dev",
  ticketText: false,
  ticket: { link: CLIENT_NUMBER, ticketType: "Incident" },
  digest,
};
const withText = { ...telling, ticketText: true };

const tell = (entry: Entry, by = telling, before?: Entry["status"]) => {
  const event = tellEntry(changeOf(entry, before), by);
  if (event === undefined) throw new Error("nothing is told");
  return event;
};

describe("which writes are told", () => {
  const statuses = ["received", "attempting", "done", "skipped", "held"] as const;
  const told = {
    "attempting → done": "Entry Applied",
    "received → done": "Entry Applied",
    "held → done": "Entry Applied",
    "attempting → held": "Entry Held",
    "received → held": "Entry Held",
    "held → received": "Entry Released",
    "held → attempting": "Entry Released",
    "received → skipped": "Entry Skipped",
    "attempting → skipped": "Entry Skipped",
    "held → skipped": "Entry Skipped",
  };

  it("are those that apply, hold, release or skip an entry, and no others", () => {
    const unfinished = statuses.filter((status) => status !== "done" && status !== "skipped");
    const all = unfinished.flatMap((before) =>
      statuses.flatMap((after) => {
        const event = tellEntry(changeOf(entryWith({ status: after }), before), telling);
        return event === undefined ? [] : [[`${before} → ${after}`, event["detail-type"]]];
      }),
    );
    expect(Object.fromEntries(all)).toEqual(told);
  });

  it.each(statuses)("a finished entry that is written again as %s is told as nothing new", (status) => {
    expect(tellEntry(changeOf(entryWith({ status }), status), telling)).toBeUndefined();
  });
});

describe("what is told", () => {
  it("is the entry's place, both numbers, and the steps with their outcome", () => {
    expect(tell(entryWith())).toEqual({
      source: "envision-bridge",
      "detail-type": "Entry Applied",
      time: "2023-01-28T00:00:02.000Z",
      detail: {
        version: "1",
        id: `evt_${digest(`${ENSONO_LANE}|${entryWith().order}`)}_3`,
        sequence: "0000000000000000000000000000000000000007",
        stage: "dev",
        direction: "ensono-to-client",
        ensonoTicketNumber: ENSONO_NUMBER,
        clientTicketNumber: CLIENT_NUMBER,
        ticketType: "Incident",
        entry: {
          lane: ENSONO_LANE,
          order: entryWith().order,
          kind: "transaction",
          transactionType: "Update",
          receivedAt: "2023-01-28T00:00:00.000Z",
          attempts: 1,
        },
        steps: [
          { do: "updateTicket", status: "done", possibleDouble: false },
          { do: "addComment", status: "done", possibleDouble: true },
        ],
        text: null,
        finishedAt: "2023-01-28T00:00:01.500Z",
      },
    });
  });

  it("of the other direction has the numbers the other way round", () => {
    const { detail } = tell(eventEntryWith(), { ...telling, ticket: { link: ENSONO_NUMBER } });
    expect(detail).toMatchObject({
      direction: "client-to-ensono",
      ensonoTicketNumber: ENSONO_NUMBER,
      clientTicketNumber: CLIENT_NUMBER,
      ticketType: null,
      entry: { lane: CLIENT_LANE, kind: "event", transactionType: null },
    });
  });

  it("leaves open what is not known", () => {
    expect(tell(entryWith(), { ...telling, ticket: {} }).detail).toMatchObject({
      ensonoTicketNumber: ENSONO_NUMBER,
      clientTicketNumber: null,
      ticketType: null,
    });
  });

  it("of a hold is its code; of the others none, whatever failed before", () => {
    expect(tell(entryWith({ status: "held" })).detail).toMatchObject({ hold: { code: "refused" } });
    expect(tell(entryWith()).detail).not.toHaveProperty("hold");
  });

  it.each(["Sabotage", undefined])("calls a transaction of type %s unknown, in words of the bridge's own", (type) => {
    const content = transactionContent(type, { notes: "", changed: "" });
    expect(tell(entryWith({ content })).detail.entry.transactionType).toBe("unknown");
  });
});

describe("repeats and order", () => {
  const statuses = fc.constantFrom("done" as const, "held" as const, "skipped" as const);

  it("have the same id for the same write, and for no other", () => {
    const entries = fc.record({ order: fc.constantFrom("1", "2"), revision: fc.nat(2), status: statuses });
    return fc.assert(
      fc.property(entries, entries, (one, other) => {
        const [a, b] = [tell(entryWith(one)), tell(entryWith(other), { ...telling, ticket: {} })];
        expect(a.detail.id === b.detail.id).toBe(one.order === other.order && one.revision === other.revision);
      }),
    );
  });

  it("are told by sequences that sort as texts, however long the stream's numbers are", () => {
    const sequences = fc.bigInt({ min: 0n, max: 10n ** 40n - 1n });
    const sequenceOf = (sequence: bigint) =>
      tellEntry(changeOf(entryWith(), "attempting", String(sequence)), telling)?.detail.sequence ?? "";
    return fc.assert(
      fc.property(sequences, sequences, (one, other) => {
        expect(sequenceOf(one) < sequenceOf(other)).toBe(one < other);
      }),
    );
  });
});

describe("ticket text", () => {
  const contents: Entry["content"][] = [
    entryWith().content,
    eventEntryWith().content,
    { kind: "unreadable", message: PLANTED, reason: PLANTED },
    { kind: "tell", comment: PLANTED },
  ];

  it.each(contents)("of a $kind is in no event unless it is switched on", (content) => {
    for (const status of ["done", "held", "skipped"] as const) {
      const entry = entryWith({ content, status });
      expect(JSON.stringify(tell(entry))).not.toContain(PLANTED);
      expect(tell(entry).detail.text).toBeNull();
      expect(JSON.stringify(tell(entry, withText).detail.text?.content)).toContain(PLANTED);
    }
  });

  it("has the steps, the notes and the reason of a failure", () => {
    expect(tell(entryWith({ status: "held" }), withText).detail.text).toMatchObject({
      steps: entryWith().steps.map(({ step }) => step),
      notes: [`released by ada: ${PLANTED}`],
      failure: `no: ${PLANTED}`,
    });
  });

  it("has no files, and no signature by which others could fetch one", () => {
    const url =
      "https://bucket.s3.amazonaws.com/f?X-Amz-Credential=AKIA1&X-Amz-Signature=abc123&X-Amz-Security-Token=tok456";
    const content = transactionContent("Attachment", {
      attachmentURL: url,
      old: "https://s3/f?AWSAccessKeyId=AKIA2&Signature=def789",
    });
    const transaction = JSON.stringify(tell(entryWith({ content }), withText));
    expect(transaction).toContain("bucket.s3.amazonaws.com");
    expect(transaction).not.toMatch(/AKIA|abc123|tok456|def789/);
    const event = JSON.stringify(tell(eventEntryWith(), withText));
    expect(event).toContain("a.txt");
    expect(event).not.toContain(btoa("the file's own bytes"));
  });

  it("is left out of an event that EventBridge would not take for its size; the event is told all the same", () => {
    const sized = (length: number) => entryWith({ content: { kind: "tell", comment: "ä".repeat(length) } });
    expect(tell(sized(100_000), withText).detail.text).not.toBeNull();
    expect(tell(sized(200_000), withText)).toEqual(tell(sized(200_000)));
  });
});
