import { type Transfer, transferSchema } from "../../../lambdas/shared/domain/transfer.ts";
import type { TransferName, Transfers, TransferWakeUps } from "../../../lambdas/shared/ports.ts";

interface Kept {
  transfer: Transfer;
  /** When the sweeper finds it. */
  dueAt: number;
  /** No try before. */
  freeAt: number;
  endedAt?: number;
}

export interface InMemoryTransfers extends Transfers {
  /** What is known of a transfer beside what the port tells. */
  keptOf(name: TransferName): Kept | undefined;
  all(): Transfer[];
}

/** Transfers that are remembered, for tests of what stands on the `Transfers` port. */
export const inMemoryTransfers = (): InMemoryTransfers => {
  const all = new Map<string, Kept>();
  const keyOf = ({ lane, id }: TransferName) => `${lane}\n${id}`;
  /** Whoever reads one gets a copy, as from a table. */
  const copied = (transfer: Transfer): Transfer => transferSchema.parse(JSON.parse(JSON.stringify(transfer)));

  /** What a run may write; undefined when another one has taken the transfer since. */
  const takenBy = (transfer: Transfer): Kept | undefined => {
    const kept = all.get(keyOf(transfer));
    const isTheirs = kept?.transfer.attempts === transfer.attempts && kept.transfer.outcome === undefined;
    return isTheirs ? kept : undefined;
  };

  return {
    keptOf: (name) => all.get(keyOf(name)),
    all: () => [...all.values()].map(({ transfer }) => copied(transfer)),

    async request(lane, id, job, { now, wakeAt }) {
      const name = { lane, id };
      const transfer: Transfer = copied({ ...name, job, requestedAt: now, attempts: 0 });
      const kept = all.get(keyOf(name)) ?? { transfer, dueAt: wakeAt, freeAt: 0 };
      all.set(keyOf(name), kept);
      return copied(kept.transfer);
    },

    async get(lane, id) {
      const kept = all.get(keyOf({ lane, id }));
      return kept && copied(kept.transfer);
    },

    async take(lane, id, { now, until }) {
      const kept = all.get(keyOf({ lane, id }));
      if (kept === undefined || kept.transfer.outcome !== undefined || kept.freeAt > now) return undefined;
      const transfer = { ...kept.transfer, attempts: kept.transfer.attempts + 1 };
      Object.assign(kept, { transfer, dueAt: until, freeAt: until });
      return copied(transfer);
    },

    async postpone(transfer, failure, notBefore) {
      const kept = takenBy(transfer);
      if (kept === undefined) return;
      Object.assign(kept, { transfer: copied({ ...transfer, failure }), dueAt: notBefore, freeAt: notBefore });
    },

    async finish(transfer, outcome, now) {
      const kept = takenBy(transfer);
      if (kept === undefined) return false;
      Object.assign(kept, {
        transfer: copied({ ...transfer, outcome }),
        dueAt: Number.POSITIVE_INFINITY,
        endedAt: now,
      });
      return true;
    },

    async due(kind, now, limit) {
      return [...all.values()]
        .filter(({ transfer, dueAt }) => transfer.job.kind === kind && dueAt <= now)
        .toSorted((one, other) => one.dueAt - other.dueAt)
        .slice(0, limit)
        .map(({ transfer: { lane, id } }) => ({ lane, id }));
    },
  };
};

export interface RecordedTransferWakeUps extends TransferWakeUps {
  readonly sent: readonly ({ kind: string } & TransferName)[];
}

/** Wake-ups of transfers that stay where a test finds them. */
export const recordedTransferWakeUps = (): RecordedTransferWakeUps => {
  const sent: ({ kind: string } & TransferName)[] = [];
  return { sent, send: async (kind, transfers) => void sent.push(...transfers.map((name) => ({ kind, ...name }))) };
};
