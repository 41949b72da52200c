import type { Breaker, Counterpart } from "../../../lambdas/shared/ports.ts";

/** A breaker that remembers, for tests of what stands on the `Breaker` port. */
export const inMemoryBreaker = ({
  threshold = 5,
  probeSeconds = 60,
  configurationProbeSeconds = 300,
} = {}): Breaker => {
  const failures = { ensono: 0, client: 0, "ensono-queue": 0 };
  const open = new Map<Counterpart, { probeAt: number; everyMs: number }>();

  return {
    async admit(side, now) {
      const probing = open.get(side);
      if (probing === undefined) return "go";
      if (probing.probeAt > now) return { until: probing.probeAt };
      probing.probeAt = now + probing.everyMs;
      return "go";
    },

    isOpen: async (side) => open.has(side),

    async succeeded(side) {
      failures[side] = 0;
      open.delete(side);
    },

    async failed(side, { atOnce }, now) {
      failures[side] += 1;
      const known = open.get(side);
      const everyMs = (atOnce ? configurationProbeSeconds : probeSeconds) * 1000;
      if (known === undefined ? !atOnce && failures[side] < threshold : known.everyMs >= everyMs) return;
      open.set(side, { everyMs, probeAt: Math.max(known?.probeAt ?? 0, now + everyMs) });
    },
  };
};
