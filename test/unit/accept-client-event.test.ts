import { expect, it } from "vitest";
import type { ClientRequest } from "../../lambdas/client-to-ensono/ingest/accept-client-event.ts";
import { CLIENT_LANE, clientEvent } from "../support/builders.ts";
import { inMemoryBridge } from "../support/in-memory-bridge.ts";

const requestWith = (priority: string, id = "msg_1"): ClientRequest => {
  const body = clientEvent({ priority });
  return { id, rawBody: JSON.stringify(body), event: { kind: "event", body } };
};

it("[I1] an event is durable before it is answered, and its ticket woken", async () => {
  const bridge = inMemoryBridge();
  expect(await bridge.accept(requestWith("High"))).toBe("accepted");
  expect(bridge.ledger.entriesOf(CLIENT_LANE)).toMatchObject([
    { content: { kind: "event", event: { ticket: { priority: "High" } } } },
  ]);
  expect(bridge.wakeUps.take()).toEqual([CLIENT_LANE]);
});

it("[I12] the same id with the same body gets the same answer and has no second effect", async () => {
  const bridge = inMemoryBridge();
  await bridge.accept(requestWith("High"));
  bridge.clock.advance({ hours: 1 });
  expect(await bridge.accept(requestWith("High"))).toBe("accepted");
  expect(bridge.ledger.entriesOf(CLIENT_LANE)).toHaveLength(1);
});

it("[I12] the same id with another body is refused", async () => {
  const bridge = inMemoryBridge();
  await bridge.accept(requestWith("High"));
  expect(await bridge.accept(requestWith("Low"))).toBe("conflicting");
  expect(bridge.ledger.entriesOf(CLIENT_LANE)).toHaveLength(1);
});

it("[I4] events of one ticket keep the order in which they came", async () => {
  const bridge = inMemoryBridge();
  for (const [nth, priority] of ["High", "Low", "Medium"].entries()) {
    await bridge.accept(requestWith(priority, `msg_${9 - nth}`));
    bridge.clock.advance({ seconds: 0.001 });
  }
  const contents = bridge.ledger.entriesOf(CLIENT_LANE).map(({ content }) => content);
  expect(contents).toMatchObject(["High", "Low", "Medium"].map((priority) => ({ event: { ticket: { priority } } })));
});

it("[I11] a number given later goes into the lane of the ticket that has it", async () => {
  const bridge = inMemoryBridge();
  await bridge.tellNumber("e-CS0204070", "INC0010299");
  expect(bridge.ledger.entriesOf(CLIENT_LANE)).toMatchObject([
    { content: { kind: "clientNumber", ensonoTicketNumber: "e-CS0204070" } },
  ]);
});

it("[I1] nothing is lost after it was accepted, also when the wake-up is", async () => {
  const bridge = inMemoryBridge();
  bridge.wakeUps.become("lost");
  await bridge.open({ shortDescription: "Disk full" });
  bridge.wakeUps.become("working");
  await bridge.minutes(4);
  expect(bridge.ensono.tickets).toMatchObject([{ fields: { shortDescription: "Disk full" } }]);
});
