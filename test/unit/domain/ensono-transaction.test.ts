import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readStatus, readTransaction, transactionTypes } from "../../../lambdas/shared/domain/ensono-transaction.ts";
import { messageWith, readMessage, transactionWith } from "../../support/builders.ts";
import { guideMessages } from "../../support/guide-messages.ts";
import { anyGuideMessage, spoiltIdentity, withOnlyItsIdentity } from "../../support/message-shapes.ts";

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

  it("[Q2] a body that is a JSON text is read as the object it holds, also when it was encoded twice", () => {
    const once = JSON.stringify(guideMessages.update.Body);
    for (const Body of [once, JSON.stringify(once), `\uFEFF ${once}\n`]) {
      expect(readMessage({ ...guideMessages.update, Body })).toEqual(readMessage(guideMessages.update));
    }
  });

  it("[Q2] numbers in a body that is a text keep their digits", () => {
    const Body = '{"ticketNumber":"e-CS1","externalId":18875507807458288128,"factor":1e999,"priority":4}';
    expect(readMessage({ ...guideMessages.update, Body }).body).toMatchObject({
      externalId: "18875507807458288128",
      factor: "1e999",
      priority: "4",
    });
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

  it("[Q9] blanks around a time count for nothing, wherever it stands", () => {
    const updatedOn = "2023-02-08T16:25:48Z ";
    const { body, changed } = transactionWith("Update", { updatedOn, changed: { updatedOn } });
    expect([body.updatedAt, changed?.updatedAt]).toEqual(["2023-02-08T16:25:48Z", "2023-02-08T16:25:48Z"]);
  });

  it("[Q9] of two spellings in the same message, the one that says something counts", () => {
    expect(transactionWith("Update", { updatedOn: "2023-02-08T16:25:48Z", updatedAt: "" }).body.updatedAt).not.toBe("");
    expect(transactionWith("Update", { impact: "", Impact: "Low" }).body).toMatchObject({ impact: "Low" });
  });

  describe.each(transactionTypes)("[Q7] the type %s", (type) => {
    it.each([
      ["as the guide writes it", type],
      ["in small letters", type.toLowerCase()],
      ["in capitals", type.toUpperCase()],
      ["with blanks around", `  ${type}\n`],
      ["with blanks in it", type.replace(/(?<=[a-z])(?=[A-Z])| /g, "  ")],
      ["in one word", type.replaceAll(" ", "")],
      ["with other signs for blanks", type.replaceAll(" ", "_")],
    ])("%s: %j", (_, sent) => {
      expect(transactionWith(sent).type).toBe(type);
    });
  });

  it.each([
    ["Survey", "Survey"],
    ["Updated", "Updated"],
    ["Up date!", "Up date!"],
    [7, "7"],
    [undefined, "(missing)"],
    [" ", "(missing)"],
  ])("[Q7] the type %j is none of the guide's, and not guessed at", (TransactionType, unknown) => {
    expect(transactionWith(undefined, {}, { TransactionType }).type).toEqual({ unknown });
  });

  it("[Q7] a message without a type is what its body shows", () => {
    expect(transactionWith(undefined, { changed: { priority: "1" } }).type).toBe("Update");
    expect(transactionWith(undefined, { notes: { body: "Hello" } }).type).toBe("Notes");
  });

  it.each([[""], [null], [{}], [[]]])("[Q7] and %j in its body shows nothing", (nothing) => {
    expect(transactionWith(undefined, { notes: nothing, changed: { priority: "1" } }).type).toBe("Update");
    expect(transactionWith(undefined, { notes: nothing, changed: nothing }).type).toEqual({ unknown: "(missing)" });
  });

  it.each([
    [{ ticketType: "request" }, "Request"],
    [{ ticketType: "CHANGE" }, "Change"],
    [{ ticketType: "Case" }, "Incident"],
    [{ ticketType: { toString: null } }, "Incident"],
    [{ ticketType: undefined, ticketNumber: "e-CHG0001234" }, "Change"],
  ])("[Q9] the ticket type of %j is %s", (body, ticketType) => {
    expect(transactionWith("Update", body).ticketType).toBe(ticketType);
  });

  it.each([
    ["false", false],
    [" FALSE ", false],
    [0, false],
    [true, true],
    ["True", true],
    ["perhaps", undefined],
    ["", undefined],
    [null, undefined],
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
  const orderWithoutId = order.slice(0, order.lastIndexOf("#") + 1);

  it.each([
    ["a text", "hello", {}],
    ["null", null, {}],
    ["no MessageId", messageWith("Create", {}, {}, { MessageId: undefined }), { ticketNumber, order: orderWithoutId }],
    [
      "no SequenceNumber",
      messageWith("Create", {}, { SequenceNumber: undefined }),
      { ticketNumber, order: order.replace(/#\d+#/, `#${"0".repeat(39)}#`) },
    ],
    [
      "no group and no time, but a ticket number",
      messageWith(
        "Create",
        {},
        {
          SequenceNumber: "x",
          MessageGroupId: undefined,
          SentTimestamp: undefined,
          ApproximateFirstReceiveTimestamp: undefined,
        },
      ),
      { ticketNumber },
    ],
    [
      "neither MessageId nor SequenceNumber",
      messageWith("Create", {}, { SequenceNumber: undefined }, { MessageId: undefined }),
      { ticketNumber },
    ],
    [
      "a MessageId that is too long",
      messageWith("Create", {}, {}, { MessageId: "m".repeat(201) }),
      { ticketNumber, order: orderWithoutId },
    ],
    [
      "a client's number that is too long to be one",
      messageWith("Create", { clientTicketNumber: "1".repeat(101) }),
      { ticketNumber, order },
    ],
    ["no body", { ...guideMessages.create, Body: undefined }, { ticketNumber, order }],
    [
      "a body that is too deep",
      { ...guideMessages.create, Body: `${'{"a":'.repeat(200)}1${"}".repeat(200)}` },
      { ticketNumber, order },
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
  const identityOf = ({ MessageId, Attributes }: { MessageId: string; Attributes: { SequenceNumber: string } }) =>
    `${MessageId}/${Attributes.SequenceNumber}`;

  it("[Q2] [Q9] extra, strange and missing fields never make a message unreadable that has its identity", () => {
    const disturbed = anyGuideMessage.chain((message) => fc.tuple(fc.constant(message), withOnlyItsIdentity(message)));
    return fc.assert(
      fc.property(disturbed, ([message, some]) => {
        expect(readTransaction(some)).toMatchObject({
          transaction: { id: identityOf(message), ticketNumber: message.Body.ticketNumber },
        });
      }),
      { numRuns: 500 },
    );
  });

  it("[Q6] without its identity a message is unreadable, and says which part of it is", () => {
    const parts = {
      MessageId: /^MessageId: /,
      SequenceNumber: /^Attributes\.SequenceNumber: /,
      ticket: /^Body\.ticketNumber: /,
    };
    const spoilt = anyGuideMessage.chain((message) => fc.tuple(fc.constant(message), spoiltIdentity(message)));
    return fc.assert(
      fc.property(spoilt, ([message, { what, spoilt: some }]) => {
        const read = readTransaction(some);
        expect(read).toMatchObject({ unreadable: expect.stringMatching(parts[what]) });
        expect(read).toMatchObject(what === "ticket" ? {} : { ticketNumber: message.Body.ticketNumber });
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["the time of its first receipt", "1674858487529", 1_674_858_487_529],
    ["none", undefined, 0],
  ])("[Q2] a time of sending beyond all dates counts for nothing: %s stands in for it", (_, first, sentAt) => {
    const attributes = { SentTimestamp: "9".repeat(16), ApproximateFirstReceiveTimestamp: first };
    expect(transactionWith("Update", {}, attributes).sentAt).toBe(sentAt);
  });
});

describe("notes", () => {
  it.each([
    ["an object", { id: "n1", body: "Hello" }, ["Hello"]],
    ["a list", [{ body: "one" }, { body: 2 }], ["one", "2"]],
    ["an empty list", [], []],
    ["nothing", null, []],
    ["an empty text", "", []],
    ["an object without a body", { id: "n1" }, []],
  ])("[T2] as %s", (_, notes, bodies) => {
    expect(transactionWith("Notes", { notes }).notes.map(({ body }) => body)).toEqual(bodies);
  });

  it("[Q6] one that cannot be read is not lost among others that can: none of them is", () => {
    expect(transactionWith("Notes", { notes: [{ body: "one" }, { text: "two" }] }).notes).toEqual([]);
  });

  it("[Q5] an id that is none, or too long to be kept, is no id", () => {
    const notes = [
      { id: "", body: "a" },
      { id: {}, body: "b" },
      { id: "n".repeat(201), body: "c" },
      { id: 7, body: "d" },
    ];
    expect(transactionWith("Notes", { notes }).notes.map(({ id }) => id)).toEqual([
      undefined,
      undefined,
      undefined,
      "7",
    ]);
  });

  it("[Q7] a message that holds only its identity and a note is a note", () => {
    const { create } = guideMessages;
    const { SequenceNumber, MessageGroupId } = create.Attributes;
    const least = {
      MessageId: create.MessageId,
      Body: { notes: { body: "Hello" } },
      Attributes: { SequenceNumber, MessageGroupId, TransactionType: "Notes" },
    };
    expect(readMessage(least)).toMatchObject({
      type: "Notes",
      ticketNumber: MessageGroupId,
      notes: [{ body: "Hello" }],
    });
  });
});

describe("ticket numbers", () => {
  it.each(["e-CS0879727", "e-CHG0032103", "INC0318118", "RITM42", "x1"])("[E6] %s is one", (ticketNumber) => {
    expect(transactionWith("Update", { ticketNumber }).ticketNumber).toBe(ticketNumber);
  });
});
