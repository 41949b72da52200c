import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readToTheEnd } from "../../lambdas/ensono-to-client/poller/read-to-the-end.ts";

interface Message {
  readonly group: number;
  readonly nth: number;
}

/** A FIFO queue whose messages hide the others of their group until they are taken; each call lasts some turns of the loop. */
const hidingQueue = (groups: readonly number[], latencies: readonly number[]) => {
  const waiting: Message[] = groups.map((group, nth) => ({ group, nth }));
  const hidden = new Set<number>();
  const taken: Message[] = [];
  const most = { reads: 0, underWay: 0 };
  let reads = 0;
  let takes = 0;
  let calls = 0;

  const pass = async (): Promise<void> => {
    const turns = latencies[calls % latencies.length] ?? 0;
    calls += 1;
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
  };
  const count = (): void => {
    most.reads = Math.max(most.reads, reads);
    most.underWay = Math.max(most.underWay, reads + takes);
  };

  return {
    waiting,
    taken,
    most,
    async read(): Promise<Message[]> {
      reads += 1;
      count();
      await pass();
      const found = waiting.filter(({ group }) => !hidden.has(group)).slice(0, 10);
      for (const message of found) {
        hidden.add(message.group);
        waiting.splice(waiting.indexOf(message), 1);
      }
      await pass();
      reads -= 1;
      return found;
    },
    async take(messages: readonly Message[]): Promise<void> {
      takes += 1;
      count();
      await pass();
      taken.push(...messages);
      for (const { group } of messages) hidden.delete(group);
      takes -= 1;
    },
  };
};

const groups = fc.array(fc.nat(6), { maxLength: 150 });
const latencies = fc.array(fc.nat(8), { minLength: 1, maxLength: 7 });
const readers = fc.integer({ min: 1, max: 5 });

describe("reading a queue to its end", () => {
  it("[Q1] says that it was empty only when nothing is left, also of groups that were hidden by our own messages", () => {
    return fc.assert(
      fc.asyncProperty(groups, latencies, readers, async (sent, turns, mostReaders) => {
        const queue = hidingQueue(sent, turns);
        expect(await readToTheEnd({ ...queue, readers: mostReaders, mayRead: () => true })).toBe(true);
        expect(queue.waiting).toEqual([]);
        expect(queue.taken).toHaveLength(sent.length);
      }),
      { numRuns: 500 },
    );
  });

  it("[Q3] takes the messages of a group in order", () => {
    return fc.assert(
      fc.asyncProperty(groups, latencies, readers, async (sent, turns, mostReaders) => {
        const queue = hidingQueue(sent, turns);
        await readToTheEnd({ ...queue, readers: mostReaders, mayRead: () => true });
        const byGroup = Map.groupBy(queue.taken, ({ group }) => group);
        for (const ofGroup of byGroup.values()) {
          expect(ofGroup).toEqual(ofGroup.toSorted((one, other) => one.nth - other.nth));
        }
      }),
    );
  });

  it("never has more readers than allowed, nor more batches than they can look after", () => {
    return fc.assert(
      fc.asyncProperty(groups, latencies, readers, async (sent, turns, mostReaders) => {
        const queue = hidingQueue(sent, turns);
        await readToTheEnd({ ...queue, readers: mostReaders, mayRead: () => true });
        expect(queue.most.reads).toBeLessThanOrEqual(mostReaders);
        expect(queue.most.underWay).toBeLessThanOrEqual(3 * mostReaders);
      }),
    );
  });

  it("reads with one reader while there is little, with more while answers are full", async () => {
    const little = hidingQueue([1, 2, 3], [2]);
    await readToTheEnd({ ...little, readers: 4, mayRead: () => true });
    expect(little.most.reads).toBe(1);
    const much = hidingQueue(
      Array.from({ length: 500 }, (_, nth) => nth),
      [8],
    );
    await readToTheEnd({ ...much, readers: 4, mayRead: () => true });
    expect(much.most.reads).toBe(4);
  });

  it("[Q1] stops reading when it may not read on, ends what it has begun, and does not call the queue empty", async () => {
    const queue = hidingQueue(
      Array.from({ length: 100 }, (_, nth) => nth),
      [3],
    );
    let allowed = 4;
    const mayRead = () => {
      allowed -= 1;
      return allowed >= 0;
    };
    expect(await readToTheEnd({ ...queue, readers: 2, mayRead })).toBe(false);
    expect(queue.taken).toHaveLength(100 - queue.waiting.length);
    expect(queue.taken.length).toBeGreaterThan(0);
  });

  it.each(["read", "take"] as const)(
    "[R2] the first failure of %s ends it, after all that is under way",
    async (failing) => {
      const queue = hidingQueue(
        Array.from({ length: 100 }, (_, nth) => nth),
        [3],
      );
      let calls = 0;
      let underWay = 0;
      const failingAt = <Input extends unknown[], Result>(call: (...input: Input) => Promise<Result>) => {
        return async (...input: Input): Promise<Result> => {
          calls += 1;
          underWay += 1;
          try {
            if (calls === 3) throw new Error("broken");
            return await call(...input);
          } finally {
            underWay -= 1;
          }
        };
      };
      const broken = failing === "read" ? { read: failingAt(queue.read) } : { take: failingAt(queue.take) };
      await expect(readToTheEnd({ ...queue, ...broken, readers: 3, mayRead: () => true })).rejects.toThrow("broken");
      expect(underWay).toBe(0);
      expect(calls).toBeLessThan(10);
    },
  );
});
