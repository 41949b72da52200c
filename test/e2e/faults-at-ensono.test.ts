import { describe, expect, test, vi } from "vitest";
import { SANDBOX_SECRETS } from "../../sandbox/options.ts";
import type { FaultRule } from "../../sandbox/simulators/envision-connect/index.ts";
import {
  bodiesOf,
  callNames,
  differing,
  effectsOn,
  expectAllOnceInOrder,
  openedPair,
  pairOf,
  restoreAfterTest,
  useSandbox,
  writeOnBothSides,
  writesTo,
} from "../support/sandbox.ts";

const sandbox = useSandbox();

test("[R2] Ensono is down while both sides write: all arrives once, in order, afterwards", async () => {
  const running = sandbox();
  const { ensono, client, quiet, journal, ledger } = running;
  restoreAfterTest(running);
  const pair = await openedPair(running);

  ensono.faults.add({ call: "*", kind: "status", status: 503, body: { message: "Service Unavailable" } });
  const said = writeOnBothSides(running, pair);
  const ofClient = client.agent.open({ shortDescription: "Opened in the outage" }).number;
  const ofEnsono = ensono.agent.open({ shortDescription: "Opened in the outage, too", description: "-" });
  await vi.waitFor(() => expect(journal("failed").length).toBeGreaterThanOrEqual(5), 60_000);
  ensono.faults.clear();
  await quiet();

  expectAllOnceInOrder(running, pair, said);
  expect(differing(running, ofClient, ofEnsono)).toEqual([]);
  expect(await ledger.held()).toEqual([]);
  expect(ensono.queue.failed()).toEqual([]);
  expect(ensono.queue.maxReceiveCount()).toBe(1);
}, 180_000);

/** Each fault strikes one ticket, so the tests can share an Ensono. */
describe.concurrent("a call that goes wrong", { timeout: 180_000 }, () => {
  const creates: readonly { what: string; fault: FaultRule; calls: number }[] = [
    {
      what: "a time-out after it, and its number by queue",
      fault: { kind: "timeout-after", holdMs: 200, returnNumberAfterMs: 300 },
      calls: 1,
    },
    {
      what: "a lost connection after it, and its number by queue",
      fault: { kind: "reset-after", returnNumberAfterMs: 300 },
      calls: 1,
    },
    {
      what: "a page in place of its answer, and its number by queue",
      fault: { kind: "garbage", effect: true, returnNumberAfterMs: 300 },
      calls: 1,
    },
    { what: "a time-out before it", fault: { kind: "timeout-before", holdMs: 200 }, calls: 2 },
    { what: "a lost connection before it", fault: { kind: "reset-before" }, calls: 2 },
    { what: "a 500", fault: { kind: "status", status: 500 }, calls: 2 },
    { what: "a 429", fault: { kind: "status", status: 429 }, calls: 2 },
  ];

  test.each(creates)("[E14][T5][R1] a create with $what makes one ticket", async ({ what, fault, calls }) => {
    const running = sandbox();
    const { ensono, client, quiet } = running;
    const { number } = client.agent.open({ shortDescription: what });
    ensono.faults.add({ ...fault, call: "createTicket", times: 1, ticket: number });
    client.agent.comment(number, { body: "Follows" });
    await quiet();
    const { atEnsono } = pairOf(running, number);
    expect(bodiesOf(atEnsono.comments)).toEqual(["Follows"]);
    expect(callNames(writesTo(running, number)).filter((call) => call === "createTicket")).toHaveLength(calls);
    expect(effectsOn(running, atEnsono.ticketNumber)).toEqual(["ticket.linked"]);
  });

  test.each<{ what: string; fault: FaultRule }>([
    { what: "a lost connection before it", fault: { kind: "reset-before" } },
    { what: "a lost connection after it", fault: { kind: "reset-after" } },
    { what: "a page in place of its answer", fault: { kind: "garbage" } },
    { what: "an answer that is none", fault: { kind: "answer", status: 200, body: { Response: "Perhaps" } } },
  ])("[R1][E5] an update, a closure and a number with $what take effect all the same", async ({ fault }) => {
    const running = sandbox();
    const { ensono, client, quiet, ledger } = running;
    const { ofEnsono, ofClient } = await openedPair(running);
    const strike = (ticket: string, call: FaultRule["call"]) => ensono.faults.add({ ...fault, call, times: 1, ticket });

    strike(ofEnsono.ensono, "updateTicket");
    client.agent.update(ofEnsono.client, { priority: "Critical" });
    strike(ofClient.ensono, "updateTicket");
    client.agent.close(ofClient.client, { closeNotes: "Over" });
    const numbered = ensono.agent.open({ shortDescription: "Its number", description: "-" });
    strike(numbered, "returnClientNumber");
    await quiet();

    expect(ensono.ticket(ofEnsono.ensono)).toMatchObject({ priority: "1" });
    expect(ensono.ticket(ofClient.ensono)).toMatchObject({ status: "closed", closeNotes: "Over" });
    expect(differing(running, ofEnsono.ensono, ofClient.ensono, numbered)).toEqual([]);
    expect(await ledger.held()).toEqual([]);
  });

  test("[R1] a comment whose answer is lost is sent again: not lost, and in its place", async () => {
    const running = sandbox();
    const { ensono, client, quiet } = running;
    const { ofClient } = await openedPair(running);
    ensono.faults.add({ call: "addComments", ticket: ofClient.ensono, times: 1, kind: "timeout-after", holdMs: 100 });
    client.agent.comment(ofClient.client, { body: "Perhaps twice" });
    client.agent.comment(ofClient.client, { body: "After it" });
    await quiet();
    const bodies = bodiesOf(ensono.ticket(ofClient.ensono)?.comments ?? []);
    expect(bodies).toEqual(["Perhaps twice", "Perhaps twice", "After it"]);
  });
});

test("[E3] a key that was replaced is picked up by both flows without a restart", async () => {
  const running = sandbox();
  const { ensono, client, cloud, quiet } = running;
  const { ofEnsono, ofClient } = await openedPair(running);
  for (const key of ["the-second-key", SANDBOX_SECRETS.ensonoApiKey]) {
    cloud.setSecret("EnvisionBridge-dev/ensono-api-key", key);
    ensono.replaceApiKey(key);
    const body = `With ${key}`;
    ensono.agent.comment(ofEnsono.ensono, { body });
    client.agent.comment(ofClient.client, { body });
    await quiet();
    expect(bodiesOf(pairOf(running, ofEnsono.ensono).atClient.comments)).toContain(body);
    expect(bodiesOf(pairOf(running, ofClient.ensono).atEnsono.comments)).toContain(body);
  }
});
