import { beforeEach, describe, expect, test } from "vitest";
import {
  createFifoQueue,
  type FifoQueue,
  type QueueState,
  queueStateSchema,
  type ReceivedMessage,
} from "../../sandbox/simulators/envision-connect/fifo-queue.ts";

let clock = 0;
let queue: FifoQueue;

const start = (options: { name?: string; maxReceives?: number; state?: QueueState } = {}): FifoQueue =>
  createFifoQueue({ name: "dev", now: () => clock, visibilitySeconds: 30, maxReceives: 20, ...options });
const seconds = (count: number): void => {
  clock += count * 1000;
};
const send = (...texts: string[]): void => {
  for (const text of texts) queue.send(text.charAt(0), { text });
};
const texts = (messages: { content: Record<string, unknown> }[]): unknown[] =>
  messages.map(({ content }) => content.text);
const receiveTexts = (): unknown[] => texts(queue.receive());
const deleteAll = (messages: ReceivedMessage[]): string[] =>
  messages.map(({ receiptHandle }) => queue.delete(receiptHandle));
const handleOf = (message: ReceivedMessage | undefined): string => message?.receiptHandle ?? "";

beforeEach(() => {
  clock = Date.UTC(2026, 0, 1);
  queue = start();
});

describe("order", () => {
  test("gives several messages of one group in one answer, then other groups", () => {
    send("a1", "b1", "a2", "c1", "b2");
    expect(receiveTexts()).toEqual(["a1", "a2", "b1", "b2", "c1"]);
  });

  test("gives at most ten", () => {
    send(...Array.from({ length: 12 }, (_, index) => `a${index}`));
    expect(receiveTexts()).toHaveLength(10);
    expect(queue.waiting()).toBe(2);
    expect(queue.inFlight()).toBe(10);
  });

  test("gives nothing more of a group while any of it is in flight", () => {
    send("a1", "a2");
    const [first, second] = queue.receive();
    send("a3", "b1");
    expect(receiveTexts()).toEqual(["b1"]);
    queue.delete(handleOf(first));
    expect(receiveTexts()).toEqual([]);
    queue.delete(handleOf(second));
    expect(receiveTexts()).toEqual(["a3"]);
  });

  test("numbers messages upwards, beyond what a double can hold", () => {
    send("a1", "a2");
    const [first, second] = queue.receive();
    expect(first?.sequenceNumber).toBe("18875507807458288128");
    expect(second?.sequenceNumber).toBe("18875507807458288384");
  });

  test("never stamps a message earlier than the one before it", () => {
    send("a1");
    seconds(-5);
    send("a2");
    const [first, second] = queue.receive();
    expect(second?.sentAt).toBe(first?.sentAt);
  });
});

describe("visibility", () => {
  test("shows what was not deleted again after 30 s, in order and before later messages", () => {
    send("a1", "a2", "a3");
    const [first] = queue.receive();
    queue.delete(handleOf(first));
    send("a4");
    seconds(29);
    expect(receiveTexts()).toEqual([]);
    seconds(1);
    expect(receiveTexts()).toEqual(["a2", "a3", "a4"]);
  });

  test("counts receives and remembers the first", () => {
    send("a1");
    queue.receive();
    const firstReceivedAt = clock;
    seconds(30);
    expect(queue.receive()).toMatchObject([{ receiveCount: 2, firstReceivedAt }]);
    expect(queue.maxReceiveCount()).toBe(2);
  });

  test("moves a message to the failure queue after 20 receives, and goes on with its group", () => {
    send("a1");
    for (let count = 1; count <= 20; count += 1) {
      expect(receiveTexts()).toEqual(["a1"]);
      seconds(30);
    }
    send("a2");
    expect(receiveTexts()).toEqual(["a2"]);
    expect(texts(queue.failed())).toEqual(["a1"]);
    expect(queue.waiting()).toBe(0);
  });

  test("drops a message four days after it was sent", () => {
    send("a1");
    seconds(4 * 24 * 60 * 60 - 1);
    send("a2");
    expect(queue.waiting()).toBe(2);
    seconds(1);
    expect(receiveTexts()).toEqual(["a2"]);
    expect(queue.failed()).toEqual([]);
  });
});

describe("receipt handles", () => {
  test("are new at each receive; the old one has expired", () => {
    send("a1");
    const [before] = queue.receive();
    seconds(30);
    expect(queue.delete(handleOf(before))).toBe("expired");
    const [after] = queue.receive();
    expect(handleOf(after)).not.toBe(handleOf(before));
    expect(queue.delete(handleOf(before))).toBe("expired");
    expect(queue.delete(handleOf(after))).toBe("deleted");
    seconds(30);
    expect(receiveTexts()).toEqual([]);
  });

  test("contain what a URL does not carry unencoded", () => {
    send(...Array.from({ length: 10 }, (_, index) => `${index}`));
    for (const message of queue.receive()) expect(handleOf(message)).toMatch(/^AQEB\+\/\/\+.+=$/);
  });

  test("delete a deleted message once more without an error, as SQS does", () => {
    send("a1");
    const [message] = queue.receive();
    expect(queue.delete(handleOf(message))).toBe("deleted");
    expect(queue.delete(handleOf(message))).toBe("deleted");
  });

  test.each(["", "nonsense", "AQEB+//+AAAA"])("are invalid when made up: %j", (handle) => {
    expect(queue.delete(handle)).toBe("invalid");
  });

  test("are invalid in another queue, and when altered", () => {
    send("a1");
    const handle = handleOf(queue.receive()[0]);
    expect(start({ name: "prod" }).delete(handle)).toBe("invalid");
    expect(queue.delete(handle.replaceAll("+", " "))).toBe("invalid");
    expect(queue.delete(handle.slice(0, -8))).toBe("invalid");
  });
});

describe("snapshot", () => {
  const restarted = (): FifoQueue =>
    start({ state: queueStateSchema.parse(JSON.parse(JSON.stringify(queue.snapshot()))) });

  test("keeps messages, order, receive counts, what is in flight and its handles", () => {
    send("a1", "b1");
    const [first] = queue.receive();
    send("a2", "c1");
    queue = restarted();
    expect(receiveTexts()).toEqual(["c1"]);
    expect(queue.delete(handleOf(first))).toBe("deleted");
    expect(receiveTexts()).toEqual(["a2"]);
    seconds(30);
    expect(queue.receive().map(({ content, receiveCount }) => [content.text, receiveCount])).toEqual([
      ["b1", 2],
      ["c1", 2],
      ["a2", 2],
    ]);
  });

  test("keeps the sequence and the failure queue", () => {
    queue = start({ maxReceives: 1 });
    send("a1");
    queue.receive();
    seconds(30);
    queue.receive();
    queue = restarted();
    expect(texts(queue.failed())).toEqual(["a1"]);
    send("a2");
    expect(queue.receive()[0]?.sequenceNumber).toBe("18875507807458288384");
  });
});

test("[R1] 10,000 messages over 2,000 tickets: each once, in order, whatever is left undeleted", () => {
  const tickets = 2_000;
  const perTicket = 5;
  for (let round = 0; round < perTicket; round += 1)
    for (let ticket = 0; ticket < tickets; ticket += 1) queue.send(String(ticket), { text: `${ticket}/${round}` });

  const next = new Map<string, number>();
  for (let reads = 0; queue.waiting() + queue.inFlight() > 0; reads += 1) {
    const received = queue.receive();
    // Every seventh answer is "lost": its messages must come again before any later one of their tickets.
    if (reads % 7 === 0 && received.length > 0) continue;
    for (const { group, content } of received) {
      const expected = next.get(group) ?? 0;
      expect(content.text).toBe(`${group}/${expected}`);
      next.set(group, expected + 1);
    }
    deleteAll(received);
    if (received.length === 0) seconds(30);
  }
  expect(next.size).toBe(tickets);
  expect([...next.values()].every((count) => count === perTicket)).toBe(true);
});
