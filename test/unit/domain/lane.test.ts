import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  arrivalOrder,
  clientLane,
  destination,
  ensonoLane,
  laneSchema,
  origin,
  peerLane,
  ticketNumberOf,
  transactionOrder,
} from "../../../lambdas/shared/domain/lane.ts";

const alphabetically = (one: string, other: string) => (one < other ? -1 : Number(one > other));

describe("the order of transactions", () => {
  const at = { sentAt: 1674858334956, messageId: "m" };
  const sequenceNumber = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });

  it("[Q3] is that of the sequence numbers as integers of up to 128 bits", () => {
    return fc.assert(
      fc.property(fc.array(sequenceNumber, { maxLength: 20 }), (numbers) => {
        const ordered = numbers
          .map((number) => transactionOrder({ ...at, sequenceNumber: String(number) }))
          .toSorted(alphabetically);
        const expected = numbers
          .toSorted((one, other) => Number(one > other) - Number(one < other))
          .map((number) => transactionOrder({ ...at, sequenceNumber: String(number) }));
        expect(ordered).toEqual(expected);
      }),
    );
  });

  it("[Q3] neighbours that are the same as JavaScript numbers stay apart", () => {
    const orders = ["18875507807458288128", "18875507807458288129", "9"].map((sequenceNumber) =>
      transactionOrder({ ...at, sequenceNumber }),
    );
    expect(orders.toSorted(alphabetically)).toEqual([orders[2], orders[0], orders[1]]);
  });

  it("[Q3] the time of sending comes before the sequence number", () => {
    const early = transactionOrder({ ...at, sentAt: 999_999_999_999, sequenceNumber: "2" });
    const late = transactionOrder({ ...at, sentAt: 1_000_000_000_000, sequenceNumber: "1" });
    expect(early < late).toBe(true);
  });

  it("[Q5] is an identity: messages that differ in anything have different orders", () => {
    const parts = fc.record({ sentAt: fc.nat(), sequenceNumber: sequenceNumber.map(String), messageId: fc.uuid() });
    return fc.assert(
      fc.property(parts, parts, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(transactionOrder(one) === transactionOrder(other)).toBe(isSame);
      }),
    );
  });

  it("events go by when they arrived, among transactions too", () => {
    const sent = (sentAt: number) => transactionOrder({ sentAt, sequenceNumber: "1", messageId: "m" });
    expect([arrivalOrder(2_000, "a"), sent(3_000), sent(1_000)].toSorted(alphabetically)).toEqual([
      sent(1_000),
      arrivalOrder(2_000, "a"),
      sent(3_000),
    ]);
  });
});

describe("lanes", () => {
  it.each([
    [ensonoLane("e-CS0204070"), "ENSONO#e-CS0204070", "ensono", "client", "e-CS0204070"],
    [clientLane("INC#1"), "CLIENT#INC#1", "client", "ensono", "INC#1"],
  ] as const)("%s", (lane, text, from, to, number) => {
    expect([lane, origin(lane), destination(lane), ticketNumberOf(lane)]).toEqual([text, from, to, number]);
    expect(laneSchema.parse(text)).toBe(lane);
  });

  it("the peer of a ticket's lane is its lane in the other direction", () => {
    expect(peerLane(ensonoLane("e-CS1"), "INC1")).toBe(clientLane("INC1"));
    expect(peerLane(clientLane("INC1"), "e-CS1")).toBe(ensonoLane("e-CS1"));
  });
});
