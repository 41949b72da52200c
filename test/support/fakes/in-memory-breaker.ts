import type { Breaker, BreakerState, Counterpart } from "../../../lambdas/shared/ports.ts";

/** A breaker that remembers, for tests of what stands on the `Breaker` port. */
export const inMemoryBreaker = ({
  threshold = 5,
  probeSeconds = 60,
  configurationProbeSeconds = 300,
} = {}): Breaker => {
  const failures = { ensono: 0, client: 0, "ensono-queue": 0 };
  const open = new Map<Counterpart, { probeAt: number; everyMs: number; since: number; reason: string }>();
  const paused = new Map<Counterpart, NonNullable<BreakerState["paused"]>>();

  return {
    async admit(side, now) {
      const probing = open.get(side);
      if (paused.has(side)) return { until: now + probeSeconds * 1000 };
      if (probing === undefined) return "go";
      if (probing.probeAt > now) return { until: probing.probeAt };
      probing.probeAt = now + probing.everyMs;
      return "go";
    },

    async succeeded(side) {
      failures[side] = 0;
      open.delete(side);
    },

    async failed(side, { reason, atOnce }, now) {
      failures[side] += 1;
      const known = open.get(side);
      const everyMs = (atOnce ? configurationProbeSeconds : probeSeconds) * 1000;
      if (known === undefined ? !atOnce && failures[side] < threshold : known.everyMs >= everyMs) return;
      const probeAt = Math.max(known?.probeAt ?? 0, now + everyMs);
      open.set(side, { everyMs, probeAt, reason, since: known?.since ?? now });
    },

    async state(side) {
      const known = open.get(side);
      return {
        open: known && { since: known.since, reason: known.reason, probeAt: known.probeAt },
        paused: paused.get(side),
      };
    },

    async pause(side, { who, why, now }) {
      paused.set(side, { who, why, at: now });
    },

    resume: async (side) => paused.delete(side),
  };
};
