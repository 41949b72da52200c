import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readStatus, readTransaction } from "../../../lambdas/shared/domain/ensono-transaction.ts";
import { messageWith, readMessage, transactionWith } from "../../support/builders.ts";
import { guideMessages } from "../../support/guide-messages.ts";

describe("the guide's messages", () => {
  it.each([
    ["create", "Create", undefined],
    ["notes", "Notes", undefined],
    ["update", "Update", undefined],
    ["closure", "Closure", undefined],
    ["returnEnsonoNum", "ReturnEnsonoNum", "INC1235678"],
  ] as const)("[Q7] %s", (name, type, clientTicketNumber) => {
    const message = guideMessages[name];
    expect(readMessage(message)).toMatchObject({
      id: `${message.MessageId}/${message.Attributes.SequenceNumber}`,
      type,
      ticketNumber: message.Body.ticketNumber,
      ticketType: "Incident",
      clientName: "testClient",
      sentAt: Number(message.Attributes.SentTimestamp),
      clientReferenceAvailable: message.Attributes.ClientReferenceAvailable,
    });
    expect(readMessage(message).clientTicketNumber).toBe(clientTicketNumber);
  });

  it("[Q2] a body that is a JSON text is read as the object it holds", () => {
    const asText = { ...guideMessages.update, Body: JSON.stringify(guideMessages.update.Body) };
    expect(readMessage(asText)).toEqual(readMessage(guideMessages.update));
  });

  it("[T2] what changed, and what was noted, come under the guide's names", () => {
    expect(readMessage(guideMessages.update).changed).toEqual({
      updatedAt: "2023-01-27T22:26:29Z",
      status: "pending",
      statusNextAction: "pending-caller",
      offHoldDate: "2023-01-28T22:26:23Z",
    });
    expect(readMessage(guideMessages.notes).notes).toMatchObject([
      { body: "adding comment", commenter: "Ensono User" },
    ]);
  });
});

describe("spellings", () => {
  it.each([
    ["updatedOn", "updatedAt"],
    ["updateOn", "updatedAt"],
    ["updatedAt", "updatedAt"],
    ["ensonogroup", "ensonoGroup"],
    ["Impact", "impact"],
    ["somethingNew", "somethingNew"],
  ])("[Q9] %s is %s", (sent, read) => {
    expect(transactionWith("Update", { changed: { [sent]: "value" } }).changed).toEqual({ [read]: "value" });
  });

  it("[Q9] blanks around values count for nothing, but free text keeps its own", () => {
    const { clientName, body } = transactionWith("Create", { clientName: "testClient ", description: " two\n " });
    expect([clientName, body.description]).toEqual(["testClient", " two\n "]);
  });

  it.each([
    ["create", "Create"],
    ["approval request", "Approval Request"],
    ["Survey", { unknown: "Survey" }],
    [undefined, { unknown: "(missing)" }],
  ])("[Q7] the type %s is %j", (sent, read) => {
    expect(transactionWith(sent).type).toEqual(read);
  });

  it("a message without a type is what its body shows", () => {
    expect(transactionWith(undefined, { changed: { priority: "1" } }).type).toBe("Update");
    expect(transactionWith(undefined, { notes: { body: "Hello" } }).type).toBe("Notes");
  });

  it.each([
    [{ ticketType: "request" }, "Request"],
    [{ ticketType: "CHANGE" }, "Change"],
    [{ ticketType: "Case" }, "Incident"],
    [{ ticketType: undefined, ticketNumber: "e-CHG0001234" }, "Change"],
  ])("[Q9] the ticket type of %j is %s", (body, ticketType) => {
    expect(transactionWith("Update", body).ticketType).toBe(ticketType);
  });

  it.each([
    ["false", false],
    [true, true],
    ["perhaps", undefined],
  ])("[T3] ClientReferenceAvailable %j is %j", (sent, read) => {
    expect(transactionWith("Update", {}, { ClientReferenceAvailable: sent }).clientReferenceAvailable).toBe(read);
  });

  it.each([
    ["open", "open"],
    ["workinprogress", "workingprogress"],
    ["Working Progress", "workingprogress"],
    ["Canceled", "cancelled"],
    ["on fire", undefined],
    [undefined, undefined],
  ])("[E10] the status %s is %s", (word, status) => {
    expect(readStatus(word)).toBe(status);
  });
});

describe("what cannot be understood", () => {
  const ticketNumber = guideMessages.create.Body.ticketNumber;
  const { order } = readMessage(guideMessages.create);

  it.each([
    ["a text", "hello", {}],
    ["null", null, {}],
    [
      "no MessageId",
      messageWith("Create", {}, {}, { MessageId: undefined }),
      { ticketNumber, order: order.slice(0, order.lastIndexOf("#") + 1) },
    ],
    ["no SequenceNumber", messageWith("Create", {}, { SequenceNumber: undefined }), { ticketNumber }],
    [
      "no group, but a ticket number",
      messageWith("Create", {}, { SequenceNumber: "x", MessageGroupId: undefined }),
      { ticketNumber },
    ],
    ["no attributes, but a ticket number", { ...guideMessages.create, Attributes: "none" }, { ticketNumber }],
    ["a broken body, but a group", { ...guideMessages.create, Body: "{" }, { ticketNumber, order }],
  ])("[Q6] %s: kept with its reason, and its ticket and place where those can be read", (_, message, found) => {
    expect(readTransaction(message)).toEqual({ unreadable: expect.stringMatching(/.: ./), ...found });
  });

  it("[Q6] without any ticket number it still has its place in the queue's order", () => {
    const message = messageWith("Create", { ticketNumber: "" }, { MessageGroupId: undefined });
    expect(readTransaction(message)).toEqual({
      unreadable: "Body.ticketNumber: no ticket number that can be read",
      order: readMessage(guideMessages.create).order,
    });
  });

  it("[Q6] a ticket number that is none gives way to the message's group", () => {
    expect(transactionWith("Create", { ticketNumber: "(pending)" }).ticketNumber).toBe(ticketNumber);
  });
});

describe("tolerance", () => {
  const anyGuideMessage = fc.constantFrom(...Object.values(guideMessages));
  const json = fc.jsonValue({ maxDepth: 2 });
  const names = ["status", "notes", "changed", "clientName", "clientTicketNumber", "ticketType", "priority"];
  const noise = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), json, { maxKeys: 5 });
  const attributeNames = [
    "SentTimestamp",
    "TransactionType",
    "ClientReferenceAvailable",
    "ApproximateFirstReceiveTimestamp",
  ];
  const attributeNoise = fc.dictionary(fc.oneof(fc.constantFrom(...attributeNames), fc.string()), json, { maxKeys: 5 });
  const keep = (record: object, left: readonly string[]) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !left.includes(name)));

  it("[Q2] [Q9] extra, strange and missing fields never make a message unreadable that has its identity", () => {
    const leftOut = fc.subarray(Object.keys({ ...guideMessages.notes.Body, ...guideMessages.update.Body }));
    const attributesLeftOut = fc.subarray(Object.keys(guideMessages.create.Attributes));
    return fc.assert(
      fc.property(
        anyGuideMessage,
        noise,
        leftOut,
        attributeNoise,
        attributesLeftOut,
        (message, more, left, moreAttributes, attributesLeft) => {
          const { SequenceNumber, MessageGroupId } = message.Attributes;
          const read = readTransaction({
            MessageId: message.MessageId,
            Body: { ...keep(message.Body, left), ...more, ticketNumber: message.Body.ticketNumber },
            Attributes: { ...keep(message.Attributes, attributesLeft), ...moreAttributes, SequenceNumber },
          });
          expect(read).toMatchObject({
            transaction: { id: `${message.MessageId}/${SequenceNumber}`, ticketNumber: MessageGroupId },
          });
        },
      ),
      { numRuns: 500 },
    );
  });
});
