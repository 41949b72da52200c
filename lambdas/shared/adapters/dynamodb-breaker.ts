import * as z from "zod";
import type { Breaker, Counterpart } from "../ports.ts";
import { equal, exists } from "./dynamodb-expressions.ts";
import { keyOf } from "./dynamodb-items.ts";
import { dynamoDbTable, type TableOptions, untilUndisturbed } from "./dynamodb-table.ts";

export interface BreakerOptions {
  /** So many failures in a row open it. */
  readonly threshold?: number;
  readonly probeSeconds?: number;
  /** Between probes after a configuration error, which somebody has to mend first. */
  readonly configurationProbeSeconds?: number;
}

const stateSchema = z.object({
  failures: z.number(),
  /** While open: when the next probe may be made, and how long to wait from one to the next (ms). */
  open: z.object({ probeAt: z.number(), probeEvery: z.number(), reason: z.string(), since: z.number() }).optional(),
  revision: z.number(),
  /** Written by operators only, beside all the rest. */
  paused: z.object({ who: z.string(), why: z.string(), at: z.number() }).optional(),
});
type State = z.infer<typeof stateSchema>;

const CLOSED: State = { failures: 0, revision: 0 };
const keyFor = (side: Counterpart) => keyOf(`BREAKER#${side}`, "STATE");

/** One item a side. Reads are consistent; nothing is written as long as all goes well. */
export const dynamoDbBreaker = (options: TableOptions & BreakerOptions): Breaker => {
  const { threshold = 5, probeSeconds = 60, configurationProbeSeconds = 300 } = options;
  const table = dynamoDbTable(options);

  const read = async (side: Counterpart): Promise<State> => {
    const item = await table.get(keyFor(side));
    return item === undefined ? CLOSED : stateSchema.parse(item);
  };

  /** Resolves to false when somebody has written it since it was read. */
  const write = (
    side: Counterpart,
    before: State,
    { failures, open }: Pick<State, "failures" | "open">,
  ): Promise<boolean> =>
    table.update(keyFor(side), {
      set: { failures, open, revision: before.revision + 1 },
      remove: open === undefined ? ["open"] : [],
      when: [equal("revision", before === CLOSED ? undefined : before.revision)],
    });

  return {
    admit: (side, now) =>
      untilUndisturbed(async () => {
        const state = await read(side);
        if (state.paused !== undefined) return { until: now + probeSeconds * 1000 };
        if (state.open === undefined) return "go";
        if (state.open.probeAt > now) return { until: state.open.probeAt };
        const open = { ...state.open, probeAt: now + state.open.probeEvery };
        return (await write(side, state, { ...state, open })) ? "go" : undefined;
      }),

    async succeeded(side) {
      await untilUndisturbed(async () => {
        const state = await read(side);
        if (state.failures === 0 && state.open === undefined) return true;
        return (await write(side, state, { failures: 0 })) || undefined;
      });
    },

    async failed(side, { reason, atOnce }, now) {
      await untilUndisturbed(async () => {
        const state = await read(side);
        const probeEvery = (atOnce ? configurationProbeSeconds : probeSeconds) * 1000;
        // What fails while it is open tells nothing new, unless that it will take longer.
        if (state.open !== undefined && state.open.probeEvery >= probeEvery) return true;
        const failures = state.failures + 1;
        const opens = state.open !== undefined || atOnce || failures >= threshold;
        const probeAt = Math.max(state.open?.probeAt ?? 0, now + probeEvery);
        const open = opens ? { reason, probeEvery, probeAt, since: state.open?.since ?? now } : undefined;
        return (await write(side, state, { failures, open })) || undefined;
      });
    },

    async state(side) {
      const { open, paused } = await read(side);
      return { open: open && { since: open.since, reason: open.reason, probeAt: open.probeAt }, paused };
    },

    async pause(side, { who, why, now }) {
      const change = { set: { paused: { who, why, at: now } }, setOnce: { failures: 0, revision: 0 } };
      await table.update(keyFor(side), change);
    },

    resume: (side) => table.update(keyFor(side), { remove: ["paused"], when: [exists("paused")] }),
  };
};
