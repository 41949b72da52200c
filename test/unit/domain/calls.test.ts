import { expect, it } from "vitest";
import { type CallRecord, type StepRecord, stepRecordSchema, withCalls } from "../../../lambdas/shared/domain/entry.ts";

const step: StepRecord = { step: { do: "updateTicket" }, key: "evb_1_0", status: "waiting" };
const calls = (from: number, to: number): CallRecord[] =>
  Array.from({ length: to - from }, (_, nth) => ({ request: `PUT /${from + nth}`, at: 1, endedAt: 2, said: "no" }));

it("[L1] keeps the calls of a step, the oldest first", () => {
  const after = withCalls(withCalls(step, calls(0, 1)), calls(1, 3));
  expect(after.calls).toEqual(calls(0, 3));
  expect(withCalls(after, [])).toBe(after);
});

it("[L1] of many calls the first one and the latest are kept, so that an outage of days does not fill the ledger", () => {
  const after = calls(0, 700).reduce((record, call) => withCalls(record, [call]), step);
  expect(after.calls?.map(({ request }) => request)).toEqual([
    "PUT /0",
    ...calls(689, 700).map(({ request }) => request),
  ]);
});

it("reads steps that were written before calls were kept", () => {
  expect(stepRecordSchema.parse(step)).toEqual(step);
});
