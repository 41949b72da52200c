import { randomUUID } from "node:crypto";
import * as z from "zod";
import { createFifo } from "./fifo.ts";
import { readHandle, writeHandle } from "./receipt-handle.ts";

/**
 * An SQS FIFO queue as the guide describes it ("Reading, Processing, and Deleting from the Queue"): messages of one group
 * come in order, and none while one of the group is in flight; a message read and not deleted comes again after the
 * visibility time-out, until it was received too often and goes to the failure queue; after four days it is gone.
 *
 * Every operation takes constant time, amortised: groups that may be read wait in a list of their own.
 */

const RETENTION_MS = 4 * 24 * 60 * 60 * 1000;
const MAX_MESSAGES_PER_RECEIVE = 10;
/** The guide's own example; Ensono's numbers do not fit into a double, so ours must not either. */
const FIRST_SEQUENCE_NUMBER = "18875507807458288128";
const SEQUENCE_STEP = 256n;

export const contentSchema = z.record(z.string(), z.json());
export type Content = z.infer<typeof contentSchema>;

const queuedMessageSchema = z.object({
  messageId: z.string(),
  sequenceNumber: z.string(),
  group: z.string(),
  content: contentSchema,
  sentAt: z.number(),
  firstReceivedAt: z.number().optional(),
  receiveCount: z.number(),
  visibleAt: z.number(),
});
export type QueuedMessage = z.infer<typeof queuedMessageSchema>;
export type ReceivedMessage = QueuedMessage & { receiptHandle: string };

export const queueStateSchema = z.object({
  nextSequenceNumber: z.string(),
  lastSentAt: z.number(),
  maxReceiveCount: z.number(),
  messages: z.array(queuedMessageSchema),
  failed: z.array(queuedMessageSchema),
});
export type QueueState = z.infer<typeof queueStateSchema>;

export interface FifoQueueOptions {
  /** A handle of another queue is not valid in this one. */
  name: string;
  /** Epoch milliseconds. */
  now: () => number;
  visibilitySeconds: number;
  maxReceives: number;
  newId?: () => string;
  state?: QueueState | undefined;
}

export interface FifoQueue {
  send(group: string, content: Content): void;
  /** One to ten messages, or none; several of one group where it has them. */
  receive(): ReceivedMessage[];
  /** `deleted` also when the message was deleted before, as in SQS. */
  delete(receiptHandle: string): "deleted" | "expired" | "invalid";
  waiting(): number;
  inFlight(): number;
  /** The failure queue. */
  failed(): QueuedMessage[];
  /** The highest receive count that any message has ever reached. */
  maxReceiveCount(): number;
  snapshot(): QueueState;
}

interface Message extends QueuedMessage {
  inFlight: boolean;
}

interface Group {
  /** In the order in which they were sent. */
  messages: Map<string, Message>;
  inFlight: number;
  /** Stands in the list of groups that may be read. */
  listed: boolean;
}

export function createFifoQueue(options: FifoQueueOptions): FifoQueue {
  const { name, now, state, newId = randomUUID } = options;
  const messages = new Map<string, Message>();
  const groups = new Map<string, Group>();
  const readable = createFifo<Group>();
  // Both grow in the order of time, so only their heads need to be looked at.
  const byVisibility = createFifo<{ message: Message; receiveCount: number }>();
  const byAge = createFifo<Message>();
  const failed: QueuedMessage[] = [...(state?.failed ?? [])];
  let nextSequenceNumber = BigInt(state?.nextSequenceNumber ?? FIRST_SEQUENCE_NUMBER);
  let lastSentAt = state?.lastSentAt ?? 0;
  let maxReceiveCount = state?.maxReceiveCount ?? 0;
  let inFlight = 0;

  const groupOf = (groupName: string): Group => {
    const known = groups.get(groupName);
    if (known !== undefined) return known;
    const group: Group = { messages: new Map(), inFlight: 0, listed: false };
    groups.set(groupName, group);
    return group;
  };

  const listWhenReadable = (group: Group): void => {
    if (group.listed || group.inFlight > 0 || group.messages.size === 0) return;
    group.listed = true;
    readable.push(group);
  };

  const add = (message: Message): void => {
    messages.set(message.messageId, message);
    groupOf(message.group).messages.set(message.messageId, message);
    byAge.push(message);
  };

  const setInFlight = (message: Message, flying: boolean): void => {
    message.inFlight = flying;
    groupOf(message.group).inFlight += flying ? 1 : -1;
    inFlight += flying ? 1 : -1;
    if (flying) byVisibility.push({ message, receiveCount: message.receiveCount });
  };

  const remove = (message: Message): void => {
    const group = groupOf(message.group);
    if (message.inFlight) setInFlight(message, false);
    messages.delete(message.messageId);
    group.messages.delete(message.messageId);
    if (group.messages.size === 0) groups.delete(message.group);
    listWhenReadable(group);
  };

  const dropOverAged = (): void => {
    for (let oldest = byAge.peek(); oldest !== undefined; oldest = byAge.peek()) {
      const present = messages.has(oldest.messageId);
      if (present && oldest.sentAt + RETENTION_MS > now()) return;
      byAge.shift();
      if (present) remove(oldest);
    }
  };

  const showAgain = (): void => {
    for (let next = byVisibility.peek(); next !== undefined; next = byVisibility.peek()) {
      const { message, receiveCount } = next;
      const flying = message.inFlight && message.receiveCount === receiveCount;
      if (flying && message.visibleAt > now()) return;
      byVisibility.shift();
      if (!flying) continue;
      setInFlight(message, false);
      listWhenReadable(groupOf(message.group));
    }
  };

  const catchUpWithTime = (): void => {
    dropOverAged();
    showAgain();
  };

  const handOut = (message: Message): ReceivedMessage => {
    message.receiveCount += 1;
    message.firstReceivedAt ??= now();
    message.visibleAt = now() + options.visibilitySeconds * 1000;
    maxReceiveCount = Math.max(maxReceiveCount, message.receiveCount);
    setInFlight(message, true);
    return { ...toState(message), receiptHandle: writeHandle(name, message) };
  };

  /** Takes up to `room` messages of the group; those received too often already leave the queue instead. */
  const readGroup = (group: Group, room: number): ReceivedMessage[] => {
    const received: ReceivedMessage[] = [];
    for (const message of group.messages.values()) {
      if (received.length === room) break;
      if (message.receiveCount < options.maxReceives) {
        received.push(handOut(message));
      } else {
        remove(message);
        failed.push(toState(message));
      }
    }
    group.listed = false;
    return received;
  };

  const restore = (stored: QueuedMessage[]): void => {
    for (const message of stored) add({ ...message, inFlight: false });
    const flying = [...messages.values()].filter((message) => message.visibleAt > now());
    for (const message of flying.sort((one, other) => one.visibleAt - other.visibleAt)) setInFlight(message, true);
    for (const group of groups.values()) listWhenReadable(group);
  };
  restore(state?.messages ?? []);

  return {
    send: (group, content) => {
      lastSentAt = Math.max(lastSentAt, now());
      add({
        messageId: newId(),
        sequenceNumber: String(nextSequenceNumber),
        group,
        content,
        sentAt: lastSentAt,
        receiveCount: 0,
        visibleAt: 0,
        inFlight: false,
      });
      nextSequenceNumber += SEQUENCE_STEP;
      listWhenReadable(groupOf(group));
    },
    receive: () => {
      catchUpWithTime();
      const received: ReceivedMessage[] = [];
      while (received.length < MAX_MESSAGES_PER_RECEIVE) {
        const group = readable.shift();
        if (group === undefined) break;
        received.push(...readGroup(group, MAX_MESSAGES_PER_RECEIVE - received.length));
      }
      return received;
    },
    delete: (receiptHandle) => {
      catchUpWithTime();
      const receipt = readHandle(name, receiptHandle);
      if (receipt === undefined) return "invalid";
      if (receipt.visibleAt <= now()) return "expired";
      const message = messages.get(receipt.messageId);
      if (message !== undefined && message.receiveCount !== receipt.receiveCount) return "expired";
      if (message !== undefined) remove(message);
      return "deleted";
    },
    waiting: () => {
      catchUpWithTime();
      return messages.size - inFlight;
    },
    inFlight: () => {
      catchUpWithTime();
      return inFlight;
    },
    failed: () => [...failed],
    maxReceiveCount: () => maxReceiveCount,
    snapshot: () => ({
      nextSequenceNumber: String(nextSequenceNumber),
      lastSentAt,
      maxReceiveCount,
      messages: [...messages.values()].map(toState),
      failed: [...failed],
    }),
  };
}

const toState = ({ inFlight: _, ...message }: Message): QueuedMessage => message;
