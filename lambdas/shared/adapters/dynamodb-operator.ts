import type * as z from "zod";
import { type Entry, type Head, isFinished } from "../domain/entry.ts";
import type { Ledger } from "../ports.ts";
import { ATTENTION_DUE_AT, ATTENTION_INDEX, ATTENTION_QUEUE } from "../table-layout.ts";
import { atMost, type Condition, equal, merged } from "./dynamodb-expressions.ts";
import {
  attentionItemSchema,
  dueQueuesTowards,
  HELD_QUEUE,
  headKey,
  keyOf,
  pack,
  QUARANTINE,
} from "./dynamodb-items.ts";
import { atRest, dueNow, readEntry, readHead, rewritten, type Store, unchanged } from "./dynamodb-lanes.ts";
import { type Update, untilUndisturbed } from "./dynamodb-table.ts";

type Operator = Pick<Ledger, "release" | "skip" | "nudge" | "due" | "held" | "quarantine">;

/** What the sweeper and the operator need: which lanes to look at, and the ways out of a hold. */
export const dynamoDbOperator = (store: Store): Operator => {
  const { table } = store;

  const waiting = async (queue: string, limit: number, ...conditions: Condition[]) => {
    const where = [equal(ATTENTION_QUEUE, queue), ...conditions];
    const found: z.infer<typeof attentionItemSchema>[] = [];
    for await (const page of table.query({ where, index: ATTENTION_INDEX, pageSize: limit })) {
      found.push(...page.map((item) => attentionItemSchema.parse(item)));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  };

  return {
    async due(towards, now, limit) {
      const isDue = atMost(ATTENTION_DUE_AT, now);
      const shards = await Promise.all(dueQueuesTowards(towards).map((queue) => waiting(queue, limit, isDue)));
      const lanes = shards.flat().toSorted((one, other) => one.at - other.at);
      return lanes.slice(0, limit).map(({ lane, at }) => ({ lane, dueAt: at }));
    },

    async held(limit) {
      return (await waiting(HELD_QUEUE, limit)).map(({ lane, at }) => ({ lane, since: at }));
    },

    async nudge(lane, now) {
      await untilUndisturbed(async () => {
        const state = await readHead(lane, store);
        if (!state.exists || state.head.held !== undefined) return true;
        // A run that is about to put the lane off does not know that what it waits for has come.
        const change = merged(stays, dueNow(state.head, now), { when: unchanged(state) });
        return (await table.update(headKey(lane), change)) || undefined;
      });
    },

    release: (lane, { who, why, now }) =>
      untilUndisturbed(async () => {
        const state = await readHead(lane, store);
        const { held } = state.head;
        if (held === undefined) return false;
        const entry = await readEntry(lane, held.order, store);
        const news = (of: Entry) => ({ ...tryAnew(of, now), notes: [...of.notes, `released by ${who}: ${why}`] });
        const writes = entry && !isFinished(entry) ? [rewritten(entry, news(entry), store).update] : [];
        const freed = merged(letGo(state.head, now), { when: unchanged(state) });
        const failed = await table.transact([...writes, { key: headKey(lane), change: freed }]);
        return failed.length === 0 || undefined;
      }),

    skip: (lane, order, { who, why, now }) =>
      untilUndisturbed(async () => {
        const [state, entry] = await Promise.all([readHead(lane, store), readEntry(lane, order, store)]);
        if (entry === undefined || isFinished(entry)) return false;
        const notes = [...entry.notes, `skipped by ${who}: ${why}`];
        const news = { status: "skipped", finishedAt: now, leaseUntil: undefined, notes } satisfies Partial<Entry>;
        const writes: Update[] = [rewritten(entry, news, store).update];
        const { held } = state.head;
        const isFreed = held === undefined || held.order === order;
        const change = merged(isFreed ? letGo(state.head, now) : stays, { when: unchanged(state) });
        const failed = await table.transact([...writes, { key: headKey(lane), change }]);
        return failed.length === 0 || undefined;
      }),

    async quarantine({ id, reason, raw }, now) {
      await table.insert({ ...keyOf(QUARANTINE, id), reason, raw: pack(raw), at: now });
    },
  };
};

/** Runs that are under way know nothing of it, and must not go on. */
const stays = { add: { fence: 1 } };

const letGo = ({ held: _, ...head }: Head, now: number) => {
  const due = dueNow(head, now);
  return merged(stays, due, { remove: ["held", "attempting"] });
};

/** Who releases has looked at the other side: what was in doubt did not take effect, and is sent again. A row of failures ends. */
const tryAnew = ({ steps, failure }: Entry, now: number) => ({
  ...atRest(steps.map((step) => (step.status === "attempting" ? { ...step, ...unsent } : step))),
  attempts: 0,
  failure: failure && { ...failure, since: now },
});

const unsent = { status: "waiting", awaitingNumber: false } as const;
