import { createHash } from "node:crypto";
import * as z from "zod";

/** What a receipt handle stands for: one receive of one message, good until the message is visible again. */
const receiptSchema = z.tuple([z.string(), z.number(), z.number()]);
export interface Receipt {
  messageId: string;
  receiveCount: number;
  visibleAt: number;
}

/** In base64 this is `AQEB`, as all of SQS's handles begin, and `+//+`, so that no handle survives a URL unencoded. */
const PREFIX = Buffer.from([1, 1, 1, 0xfb, 0xff, 0xfe]);
const CHECKSUM_BYTES = 16;

const checksum = (queue: string, payload: string): Buffer =>
  createHash("sha256").update(queue).update("\n").update(payload).digest().subarray(0, CHECKSUM_BYTES);

const HEADER_BYTES = PREFIX.length + CHECKSUM_BYTES;

/** Handles describe themselves, so none need be remembered and they stay good over a restart. */
export function writeHandle(queue: string, { messageId, receiveCount, visibleAt }: Receipt): string {
  const json = JSON.stringify([messageId, receiveCount, visibleAt]);
  // One byte short of a multiple of three, so that every handle ends in "=".
  const payload = json.padEnd(json.length + ((2 - ((HEADER_BYTES + json.length) % 3) + 3) % 3));
  return Buffer.concat([PREFIX, checksum(queue, payload), Buffer.from(payload)]).toString("base64");
}

/** Undefined for anything that this queue never gave out. */
export function readHandle(queue: string, handle: string): Receipt | undefined {
  const bytes = Buffer.from(handle, "base64");
  const payload = bytes.subarray(HEADER_BYTES).toString();
  const genuine = Buffer.concat([PREFIX, checksum(queue, payload)]).equals(bytes.subarray(0, HEADER_BYTES));
  if (!genuine || bytes.toString("base64") !== handle) return undefined;
  const [messageId, receiveCount, visibleAt] = receiptSchema.parse(JSON.parse(payload));
  return { messageId, receiveCount, visibleAt };
}
