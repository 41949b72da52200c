import type { Clock, QueueMessage } from "../../../lambdas/shared/ports.ts";

const MOST_PER_READ = 10;
const HIDDEN_MS = 30_000;

export interface InMemoryQueue {
  /** Messages that nobody has deleted. */
  readonly size: number;
  /** How often each message was given out, by its MessageId. */
  readonly receives: Readonly<Record<string, number>>;
  put(message: {
    type: string;
    body: Record<string, unknown>;
    group: string;
    attributes?: Record<string, unknown>;
  }): void;
  /** Puts a message in that is as a test wants it. */
  putRaw(raw: QueueMessage["raw"], group: string): void;
  read(): QueueMessage[];
  delete(receiptHandle: string): "deleted" | "expired";
}

interface Stored {
  readonly raw: QueueMessage["raw"];
  readonly id: string;
  readonly group: string;
  hiddenUntil: number;
  receiptHandle: string;
}

/**
 * Ensono's queue (guide, "READING, PROCESSING, AND DELETING FROM THE QUEUE"): what was read is hidden for 30 s, and with it all
 * that comes after it in its group; receipt handles expire with it.
 */
export const inMemoryQueue = (clock: Clock): InMemoryQueue => {
  const messages: Stored[] = [];
  const receives: Record<string, number> = {};
  let made = 0;
  let given = 0;

  const putRaw: InMemoryQueue["putRaw"] = (raw, group) => {
    made += 1;
    messages.push({ raw, id: `message-${made}`, group, hiddenUntil: 0, receiptHandle: "" });
  };

  return {
    get size() {
      return messages.length;
    },
    receives,
    putRaw,

    put({ type, body, group, attributes }) {
      const now = clock();
      const raw = {
        MessageId: `message-${made + 1}`,
        Body: body,
        Attributes: {
          SentTimestamp: String(now),
          // Beyond what a JavaScript number tells apart, as Ensono's are.
          SequenceNumber: String(18_875_507_807_458_288_000n + BigInt(made)),
          MessageGroupId: group,
          TransactionType: type,
          ...attributes,
        },
      };
      putRaw(JSON.parse(JSON.stringify(raw)), group);
    },

    read() {
      const now = clock();
      const blocked = new Set(messages.filter(({ hiddenUntil }) => hiddenUntil > now).map(({ group }) => group));
      return messages
        .filter(({ group }) => !blocked.has(group))
        .slice(0, MOST_PER_READ)
        .map((message) => {
          given += 1;
          receives[message.id] = (receives[message.id] ?? 0) + 1;
          Object.assign(message, { hiddenUntil: now + HIDDEN_MS, receiptHandle: `handle-${given}` });
          return { receiptHandle: message.receiptHandle, raw: message.raw };
        });
    },

    delete(receiptHandle) {
      const place = messages.findIndex(
        (message) => message.receiptHandle === receiptHandle && message.hiddenUntil > clock(),
      );
      if (place < 0) return "expired";
      messages.splice(place, 1);
      return "deleted";
    },
  };
};
