import { describe, expect, it } from "vitest";
import { receiveCountOf } from "../../../lambdas/shared/domain/receive-count.ts";
import { guideMessages } from "../../support/guide-messages.ts";

describe("how often a message was given out", () => {
  it("is what Ensono says, as text or as number", () => {
    expect(receiveCountOf(guideMessages.create)).toBe(3);
    expect(receiveCountOf({ Attributes: { ApproximateReceiveCount: 7 } })).toBe(7);
  });

  it.each([
    [undefined],
    ["text"],
    [{}],
    [{ Attributes: null }],
    [{ Attributes: { ApproximateReceiveCount: "often" } }],
  ])("is 0 where it says nothing that can be read: %j", (message) => {
    expect(receiveCountOf(message)).toBe(0);
  });
});
