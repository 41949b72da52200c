import * as fc from "fast-check";
import { guideMessages } from "./guide-messages.ts";

/** Ensono's messages in all the shapes that the guide shows or leaves open (Q2, Q9), as arbitraries of fast-check. */

type Fields = Readonly<Record<string, unknown>>;

export interface GuideMessage {
  readonly MessageId: string;
  readonly Body: Fields & { readonly ticketNumber: string };
  readonly Attributes: Fields & { readonly SequenceNumber: string; readonly MessageGroupId: string };
}

export const anyGuideMessage: fc.Arbitrary<GuideMessage> = fc.constantFrom(...Object.values(guideMessages));

/** The same message, said otherwise, as the text that stands in the queue's answer. */
export const saidOtherwise = (message: GuideMessage): fc.Arbitrary<string> =>
  fc
    .record({
      encodings: fc.nat(2),
      bareDigits: fc.boolean(),
      asNumbers: fc.boolean(),
      absentAs: fc.constantFrom("", null),
      reference: fc.constantFrom(
        (value: unknown) => value,
        String,
        (value: unknown) => ` ${String(value).toUpperCase()} `,
      ),
      type: fc.constantFrom(
        (value: unknown) => value,
        (value: unknown) => ` ${String(value).toUpperCase()}`,
        (value: unknown) => `${String(value).toLowerCase()} `,
      ),
    })
    .map(({ encodings, bareDigits, asNumbers, absentAs, reference, type }) => {
      const body: unknown = deepMap(message.Body, (value) => {
        if (value === "") return absentAs;
        return asNumbers && typeof value === "string" && /^[1-9]\d{0,8}$/.test(value) ? Number(value) : value;
      });
      const { ClientReferenceAvailable, TransactionType, ...attributes } = message.Attributes;
      const text = JSON.stringify({
        ...message,
        Body: Array.from({ length: encodings }).reduce((inner) => JSON.stringify(inner), body),
        Attributes: {
          ...attributes,
          ClientReferenceAvailable: reference(ClientReferenceAvailable),
          TransactionType: type(TransactionType),
        },
      });
      return bareDigits ? text.replaceAll(/"(SequenceNumber|SentTimestamp)":"(\d+)"/g, '"$1":$2') : text;
    });

const deepMap = (value: unknown, map: (leaf: unknown) => unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => deepMap(item, map));
  if (typeof value !== "object" || value === null) return map(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, deepMap(item, map)]));
};

const json = fc.jsonValue({ maxDepth: 3 });
const bodyNames = [
  "status",
  "notes",
  "changed",
  "clientName",
  "clientTicketNumber",
  "ticketType",
  "priority",
  "Impact",
];
const attributeNames = [
  "SentTimestamp",
  "TransactionType",
  "ClientReferenceAvailable",
  "ApproximateFirstReceiveTimestamp",
  "MessageGroupId",
];
const noise = (names: readonly string[]) =>
  fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), json, { maxKeys: 5 });

const keep = (record: Fields, left: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !left.includes(name)));

/** The message with its identity, and otherwise whatever may come: fields too many, strange or missing, also further inside. */
export const withOnlyItsIdentity = (message: GuideMessage): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .record({
      left: fc.subarray(Object.keys({ ...guideMessages.notes.Body, ...guideMessages.update.Body })),
      more: noise(bodyNames),
      inside: noise(["status", "body", "id", "commenter"]),
      attributesLeft: fc.subarray(Object.keys(message.Attributes)),
      moreAttributes: noise(attributeNames),
      beside: noise(["MD5OfBody", "MessageAttributes"]),
      isNamedByBody: fc.boolean(),
    })
    .map(({ left, more, inside, attributesLeft, moreAttributes, beside, isNamedByBody }) => {
      const { ticketNumber, changed, notes, ...body } = message.Body;
      const { SequenceNumber, MessageGroupId } = message.Attributes;
      return {
        ...beside,
        MessageId: message.MessageId,
        Body: {
          ...keep(
            { ...body, ...withinObject("changed", changed, inside), ...withinObject("notes", notes, inside) },
            left,
          ),
          ...more,
          // The ticket is named by the body or by the group of the message; both may be, and one is enough.
          ...(isNamedByBody ? { ticketNumber } : {}),
        },
        Attributes: {
          ...keep(message.Attributes, attributesLeft),
          ...moreAttributes,
          SequenceNumber,
          ...(isNamedByBody ? {} : { MessageGroupId }),
        },
      };
    });

const withinObject = (name: string, value: unknown, inside: Fields): Fields =>
  typeof value === "object" && value !== null ? { [name]: { ...value, ...inside } } : {};

/** The parts without which a message cannot be told from others, or its ticket not be found; and how each may be spoilt. */
export const spoiltIdentity = (
  message: GuideMessage,
): fc.Arbitrary<{
  spoilt: unknown;
  what: "MessageId" | "SequenceNumber" | "ticket";
}> => {
  const empty = fc.constantFrom(undefined, null, "", "  ", {}, [], true);
  const noNumber = fc.oneof(empty, fc.constantFrom("x", "-1", "1.5", -1, 1.5, "9".repeat(40)));
  const noTicket = fc.oneof(empty, fc.constantFrom("(pending)", "12345", 12_345, "e".repeat(41)));
  const { Body, Attributes } = message;
  return fc.oneof(
    empty.map((MessageId) => ({ what: "MessageId" as const, spoilt: { ...message, MessageId } })),
    noNumber.map((SequenceNumber) => ({
      what: "SequenceNumber" as const,
      spoilt: { ...message, Attributes: { ...Attributes, SequenceNumber } },
    })),
    fc.tuple(noTicket, noTicket).map(([ticketNumber, MessageGroupId]) => ({
      what: "ticket" as const,
      spoilt: { ...message, Body: { ...Body, ticketNumber }, Attributes: { ...Attributes, MessageGroupId } },
    })),
  );
};

/** The queue's answer around the messages' texts: single or doubly nested, with more or less beside them. */
export const anyEnvelope: fc.Arbitrary<(messages: string) => string> = fc
  .record({ isNested: fc.boolean(), metadata: fc.constantFrom("", '"ResponseMetadata":{"RequestId":"14b203db"},') })
  .map(({ isNested, metadata }) => (messages: string) => {
    const result = `{${metadata}"messages":${messages}}`;
    const inner = isNested ? `{${metadata}"ReceiveMessageResult":${result}}` : result;
    return `{"ReceiveMessageResponse":{${metadata}"ReceiveMessageResult":${inner}}}`;
  });
