import { expect, test, vi } from "vitest";
import config from "../../bridge.config.ts";
import { origin } from "../../lambdas/shared/domain/lane.ts";
import { alarmsOf } from "../infra/alarms-of.ts";
import { templateOf } from "../infra/synthesised.ts";
import { callApi, openedPair, type RunningSandbox, restoreAfterTest, useSandbox } from "../support/sandbox.ts";
import { watchAlarms } from "../support/watch-alarms.ts";

/** The deployed functions' own lines, held against the alarms of the very stack that they are deployed by. */
const sandbox = useSandbox();
const alarms = alarmsOf(templateOf("dev", config));

const SOON = { timeout: 150_000, interval: 250 };
const many = (count: number, what: () => unknown): void => {
  for (let nth = 0; nth < count; nth += 1) what();
};

/** A watch that begins when all is well. */
const watched = async (running: RunningSandbox) => {
  const watch = watchAlarms(running.lines, alarms);
  await openedPair(running);
  await vi.waitFor(() => expect(watch.firing()).toEqual([]), SOON);
  return watch;
};

test("[L2] the client's ITSM fails: its alarms fire, over what the functions write, and clear when it is back", async () => {
  const running = sandbox();
  const { ensono, client, quiet } = running;
  restoreAfterTest(running);
  const watch = await watched(running);

  client.faults.inject({ kind: "down" });
  many(6, () => ensono.agent.open({ shortDescription: "Opened in the outage", description: "-" }));
  const expected = ["client-unreachable", "client-unreachable-for-long"];
  await vi.waitFor(() => expect(watch.firing().sort()).toEqual(expected), SOON);

  client.faults.clear();
  await quiet();
  await vi.waitFor(() => expect(watch.firing()).toEqual([]), SOON);
}, 400_000);

test("[L2] Ensono fails, its tickets and its queue: their alarms fire, and clear when it is back", async () => {
  const running = sandbox();
  const { ensono, client, quiet } = running;
  restoreAfterTest(running);
  const watch = await watched(running);

  ensono.faults.add({ call: "*", kind: "status", status: 503, body: { message: "Service Unavailable" } });
  many(6, () => client.agent.open({ shortDescription: "Opened in the outage" }));
  const expected = ["ensono-queue-unreachable", "ensono-unreachable", "queue-not-emptied", "queue-not-read"];
  await vi.waitFor(() => expect(watch.firing().sort()).toEqual(expected), SOON);

  ensono.faults.clear();
  await quiet();
  await vi.waitFor(() => expect(watch.firing()).toEqual([]), SOON);
}, 400_000);

test("[L2][R3] refusals, strangers and unknown words: their alarms fire, and clear when an operator has released", async () => {
  const running = sandbox();
  const { ensono, client, quiet, ledger } = running;
  restoreAfterTest(running);
  const watch = await watched(running);

  client.faults.inject({ kind: "status", status: 422, body: '{"error":"no"}', type: "ticket.created", count: 5 });
  many(5, () => ensono.agent.open({ shortDescription: "Refused at first", description: "-" }));
  client.agent.open({ shortDescription: "With a word that is in no table", priority: "Sehr hoch" });
  const foreign = { clientName: "someoneElse", ticketNumber: "e-CS0990099", ticketType: "Incident" };
  ensono.send({ Body: foreign, Attributes: { MessageGroupId: "e-CS0990099", TransactionType: "Create" } });
  const secret = `whsec_${btoa("somebody-else-secret-24b")}`;
  for (let nth = 0; nth < 21; nth += 1) expect((await callApi(running, {}, { secret })).status).toBe(401);

  const expected = ["tickets-held", "tickets-held-for-long", "message-quarantined"];
  const ofWords = ["values-unmapped", "authentication-failures"];
  await vi.waitFor(() => expect(watch.fired()).toEqual(expect.arrayContaining(expected)), SOON);

  for (const { lane } of await ledger.ledger.held(100)) {
    expect(origin(lane)).toBe("ensono");
    await ledger.ledger.release(lane, { who: "operator", why: "mended", now: Date.now() });
  }
  await quiet();
  await vi.waitFor(() => expect(watch.firing().filter((name) => expected.includes(name))).toEqual([]), SOON);

  // Of events that happen no more, nobody writes anything: the rest of their hour needs no waiting.
  watch.pass(60);
  expect(watch.fired()).toEqual(expect.arrayContaining([...expected, ...ofWords]));
  watch.pass(60);
  expect(watch.firing().filter((name) => ofWords.includes(name))).toEqual([]);
}, 400_000);
