import type { Lane } from "../../../lambdas/shared/domain/lane.ts";
import type { Footprint, Ledger } from "../../../lambdas/shared/ports.ts";

type Evidence = Pick<Ledger, "claim" | "leaveFootprint" | "footprints" | "useFootprint" | "quarantine">;

interface KeptFootprint extends Footprint {
  readonly lane: Lane;
  usedBy?: string;
}

interface Quarantined {
  readonly id: string;
  readonly reason: string;
  readonly raw: string;
  readonly at: number;
}

/** The part of the ledger's fake that is no lane and no entry. */
export const inMemoryEvidence = (
  isExpired: (at: number, now: number) => boolean,
): Evidence & { readonly quarantined: Quarantined[] } => {
  const claims = new Map<string, { order: string; at: number }>();
  const kept: KeptFootprint[] = [];
  const quarantined: Quarantined[] = [];

  const find = (lane: Lane, { token, id }: Footprint) =>
    kept.find((footprint) => footprint.lane === lane && footprint.token === token && footprint.id === id);

  return {
    quarantined,

    async claim(lane, token, order, now) {
      const key = `${lane} ${token}`;
      const known = claims.get(key);
      if (known !== undefined && !isExpired(known.at, now)) return known.order === order;
      claims.set(key, { order, at: now });
      return true;
    },

    async leaveFootprint(lane, footprint) {
      if (find(lane, footprint) === undefined) kept.push({ ...structuredClone(footprint), lane });
    },

    footprints: async (lane, token, order) =>
      kept
        .filter((footprint) => footprint.lane === lane && footprint.token === token)
        .filter(({ usedBy = order }) => usedBy === order)
        .map(({ id, evidence }) => ({ token, id, evidence: { ...evidence } })),

    async useFootprint(lane, footprint, order) {
      const found = find(lane, footprint);
      if (found === undefined || (found.usedBy ?? order) !== order) return false;
      found.usedBy = order;
      return true;
    },

    async quarantine(item, now) {
      if (!quarantined.some(({ id }) => id === item.id)) quarantined.push({ ...item, at: now });
    },
  };
};
