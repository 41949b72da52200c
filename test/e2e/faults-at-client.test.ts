import { expect, test, vi } from "vitest";
import {
  bodiesOf,
  differing,
  effectsOn,
  expectAllOnceInOrder,
  openedPair,
  pairOf,
  restoreAfterTest,
  useSandbox,
  writeOnBothSides,
} from "../support/sandbox.ts";

const sandbox = useSandbox();

test("[R2] the client's ITSM is down while both sides write: all arrives once, in order, afterwards", async () => {
  const running = sandbox();
  const { ensono, client, quiet, ledger } = running;
  restoreAfterTest(running);
  const pair = await openedPair(running);

  client.faults.inject({ kind: "down" });
  const deliveriesBefore = client.deliveries().length;
  const said = writeOnBothSides(running, pair);
  const number = ensono.agent.open({ shortDescription: "Opened in the outage", description: "-" });
  await vi.waitFor(() => {
    expect(client.deliveries().length).toBeGreaterThanOrEqual(deliveriesBefore + 5);
    expect(ensono.queue.waiting() + ensono.queue.inFlight()).toBe(0);
  }, 60_000);
  client.faults.clear();
  await quiet();

  expectAllOnceInOrder(running, pair, said);
  expect(differing(running, number)).toEqual([]);
  expect(await ledger.held()).toEqual([]);
  expect(ensono.queue.failed()).toEqual([]);
  expect(ensono.queue.maxReceiveCount()).toBe(1);
}, 180_000);

test("[Q4][Q5][R1] deliveries and deletes without answers, and handles that expired: one ticket, one comment each, in order", async () => {
  const running = sandbox();
  const { ensono, client, quiet } = running;
  restoreAfterTest(running);
  const { ofEnsono } = await openedPair(running);
  const Message = "Value x for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.";
  const expired = { Error: { Code: "InvalidParameterValue", Message, Type: "Sender" }, RequestId: "1" };
  ensono.faults.add({ call: "deleteMessage", times: 1, kind: "answer", status: 200, body: expired });
  ensono.faults.add({ call: "deleteMessage", times: 1, kind: "reset-after" });
  const page = { headers: { "content-type": "text/html" }, body: "<h1>Be right back</h1>" };
  for (const type of ["ticket.created", "ticket.commented"]) {
    client.faults.inject({ type, count: 1, kind: "timeout", afterEffect: true });
    client.faults.inject({ type, count: 1, kind: "status", status: 200, ...page, afterEffect: true });
    client.faults.inject({ type, count: 1, kind: "down", afterEffect: true });
    client.faults.inject({ type, count: 1, kind: "down" });
    client.faults.inject({ type, count: 1, kind: "status", status: 502, afterEffect: true });
    client.faults.inject({ type, count: 1, kind: "status", status: 429, headers: { "retry-after": "1" } });
  }

  const opened = ["One", "Two", "Three"].map((shortDescription) =>
    ensono.agent.open({ shortDescription, description: "-" }),
  );
  const numbers = [...opened, ofEnsono.ensono];
  for (const body of ["First", "Second"]) for (const number of numbers) ensono.agent.comment(number, { body });
  await quiet();

  expect(client.faults.active()).toEqual([]);
  for (const number of numbers) {
    expect(effectsOn(running, number)).toEqual(["ticket.created", "ticket.commented", "ticket.commented"]);
    expect(bodiesOf(pairOf(running, number).atClient.comments)).toEqual(["First", "Second"]);
  }
  expect(differing(running, ...numbers)).toEqual([]);
  expect(ensono.queue.maxReceiveCount(), "what was not deleted came once more").toBe(2);
  expect(ensono.queue.failed()).toEqual([]);
}, 180_000);

test("[T1][I11] a number that comes later is linked and returned, and what waited for it follows", async () => {
  const running = sandbox();
  const { ensono, client, quiet } = running;
  restoreAfterTest(running);
  client.behave({ numbers: "later", laterMs: 700 });
  const number = ensono.agent.open({ shortDescription: "Its number comes later", description: "-" });
  ensono.agent.comment(number, { body: "Waits" });
  await quiet();
  expect(effectsOn(running, number)).toEqual(["ticket.created", "ticket.commented"]);
  expect(differing(running, number)).toEqual([]);
});
