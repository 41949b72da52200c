import { once } from "node:events";
import { createServer, type Server } from "node:http";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ensonoHttp } from "../../lambdas/shared/adapters/ensono-http.ts";
import { httpCaller } from "../../lambdas/shared/adapters/http-call.ts";
import { readTransaction, type Transaction } from "../../lambdas/shared/domain/ensono-transaction.ts";
import type { EnsonoQueue } from "../../lambdas/shared/ports.ts";
import { messageWith, readMessage } from "../support/builders.ts";
import { guideEnvelope } from "../support/guide-messages.ts";
import { anyEnvelope, anyGuideMessage, saidOtherwise, withOnlyItsIdentity } from "../support/message-shapes.ts";

let answer = "";
let server: Server;
let queue: EnsonoQueue;

beforeAll(async () => {
  server = createServer((_, response) => response.end(answer)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no TCP address");
  queue = ensonoHttp({
    stackUrl: `http://127.0.0.1:${address.port}/testclient57`,
    environment: "dev",
    clientName: "testClient",
    apiKey: async () => "key",
    call: httpCaller({ clock: () => 0 }),
    clock: () => 0,
  });
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const NUM_RUNS = 200;

/** Fields that say nothing are as good as absent. */
const withoutEmpty = ({ body, ...transaction }: Transaction): unknown => ({
  ...transaction,
  body: Object.fromEntries(Object.entries(body).filter(([, value]) => value !== "")),
});

it("[Q2] [Q9] however an answer wraps and spells its messages, each is read as the guide's own", () => {
  const manyMessages = fc.array(
    anyGuideMessage.chain((message) => saidOtherwise(message).map((text) => ({ message, text }))),
    { maxLength: 10 },
  );
  return fc.assert(
    fc.asyncProperty(manyMessages, anyEnvelope, async (messages, envelope) => {
      answer = envelope(`[${messages.map(({ text }) => text).join(",")}]`);
      const read = await queue.read();
      expect(read.map(({ raw }) => withoutEmpty(readMessage(raw)))).toEqual(
        messages.map(({ message }) => withoutEmpty(readMessage(message))),
      );
    }),
    { numRuns: NUM_RUNS },
  );
});

it("[Q2] whatever fields are missing, strange or too many, every message that has its identity is read", () => {
  const manyMessages = fc.array(
    anyGuideMessage.chain((message) => withOnlyItsIdentity(message).map((disturbed) => ({ message, disturbed }))),
    { minLength: 1, maxLength: 10 },
  );
  return fc.assert(
    fc.asyncProperty(manyMessages, anyEnvelope, async (messages, envelope) => {
      answer = envelope(JSON.stringify(messages.map(({ disturbed }) => disturbed)));
      const read = await queue.read();
      expect(read.map(({ raw }) => readTransaction(raw))).toMatchObject(
        messages.map(({ message: { MessageId, Body, Attributes } }) => ({
          transaction: { id: `${MessageId}/${Attributes.SequenceNumber}`, ticketNumber: Body.ticketNumber },
        })),
      );
    }),
    { numRuns: NUM_RUNS },
  );
});

it("[Q2] ten messages are read however long they are, up to what a queue of SQS takes", async () => {
  const message = messageWith("Create", { description: "x".repeat(256 * 1024) });
  const messages = Array.from({ length: 10 }, (_, nth) => ({ ...message, MessageId: `m${nth}` }));
  answer = JSON.stringify(guideEnvelope(...messages));
  const read = await queue.read();
  expect(read.map(({ raw }) => readMessage(raw).id)).toEqual(
    messages.map(({ MessageId }) => expect.stringContaining(MessageId)),
  );
});
