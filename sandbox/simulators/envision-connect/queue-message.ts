import { createHash } from "node:crypto";
import * as z from "zod";
import { type Content, contentSchema, type QueuedMessage, type ReceivedMessage } from "./fifo-queue.ts";

const jsonSchema = z.json();
export type Json = z.infer<typeof jsonSchema>;

const SENDER_ID = "AROAYCQITFFPPLPIRNUQG:envxsn2qdev1SN2QBridge";

const hash = (algorithm: "md5" | "sha256", value: Json): string =>
  createHash(algorithm).update(JSON.stringify(value)).digest("hex");

const withoutNulls = (fields: Content): Content =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

/**
 * A message as the answer to GET /queue shows it (guide, "Reading from the Queue"). What the sender gave stands as given,
 * what it left out is filled in, and what it gave as null in the message or in `Attributes` is missing. So odd messages
 * can be sent too; only the receipt handle is always the queue's.
 */
export function toWireMessage(message: ReceivedMessage): Content {
  const { Body = {}, Attributes = {}, ReceiptHandle: _, ...others } = message.content;
  const given = contentSchema.safeParse(Attributes);
  return withoutNulls({
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: hash("md5", Body),
    Body,
    ...others,
    Attributes: given.success ? withoutNulls({ ...queueAttributes(message, Body), ...given.data }) : Attributes,
  });
}

/** A message of the failure queue; nobody holds a receipt for it. */
export const toFailedMessage = (message: QueuedMessage): Content =>
  withoutNulls({ ...toWireMessage({ ...message, receiptHandle: "" }), ReceiptHandle: null });

const queueAttributes = (message: ReceivedMessage, body: Json): Content => ({
  SenderId: SENDER_ID,
  ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  ApproximateReceiveCount: String(message.receiveCount),
  SentTimestamp: String(message.sentAt),
  SequenceNumber: message.sequenceNumber,
  MessageDeduplicationId: hash("sha256", body),
  MessageGroupId: message.group,
});
