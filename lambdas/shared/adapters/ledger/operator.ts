import type { Entry } from "../../domain/entry.ts";
import { isFinished } from "../../domain/entry.ts";
import type { Ledger } from "../../ports.ts";
import type { Condition } from "./expressions.ts";
import { entryOf, headOf } from "./lane.ts";
import { dueQueueOf, entryItem, expiry, keys, type Table, transact } from "./table.ts";

/** What an operator does to a lane (R3). Both overtake a run that is under way. */

export const operatorActs = (table: Table, retentionDays: number): Pick<Ledger, "release" | "skip"> => ({
  async release(lane, { who, why, now }) {
    const head = await headOf(table, lane);
    const entry = head?.held && (await entryOf(table, lane, head.held.order));
    if (head?.held === undefined || entry === undefined) return false;
    const released: Entry = {
      ...entry,
      status: "received",
      // An operator who releases has looked at the other side: what was in doubt is not there, and is sent again.
      steps: entry.steps.map((step) =>
        step.status === "attempting" ? { ...step, status: "waiting", awaitingNumber: false } : step,
      ),
      attempts: 0,
      notes: [...entry.notes, `released by ${who}: ${why}`],
      revision: entry.revision + 1,
    };
    const written = await transact(table, [
      { put: entryItem(released, undefined), condition: isStill(entry) },
      {
        update: keys.head(lane),
        changes: {
          set: { queue: dueQueueOf(lane), dueAt: now, fence: head.fence + 1 },
          remove: ["held", "notBefore", "attempting"],
        },
        condition: { expression: "#fence = :fence AND attribute_exists(#held)", values: { fence: head.fence } },
      },
    ]);
    return written === "written";
  },

  async skip(lane, order, { who, why, now }) {
    const [head, entry] = await Promise.all([headOf(table, lane), entryOf(table, lane, order)]);
    if (head === undefined || entry === undefined || isFinished(entry)) return false;
    const { leaseUntil: _, ...before } = entry;
    const skipped: Entry = {
      ...before,
      status: "skipped",
      finishedAt: now,
      notes: [...entry.notes, `skipped by ${who}: ${why}`],
      revision: entry.revision + 1,
    };
    const isHolding = head.held === undefined || head.held.order === order;
    const written = await transact(table, [
      { put: entryItem(skipped, expiry(now, retentionDays)), condition: isStill(entry) },
      {
        update: keys.head(lane),
        changes: isHolding
          ? {
              set: { queue: dueQueueOf(lane), dueAt: now, fence: head.fence + 1 },
              remove: ["held", "notBefore", "attempting"],
            }
          : { set: { fence: head.fence + 1 } },
        condition: { expression: "#fence = :fence", values: { fence: head.fence } },
      },
    ]);
    return written === "written";
  },
});

const isStill = ({ revision }: Entry): Condition => ({ expression: "#revision = :revision", values: { revision } });
