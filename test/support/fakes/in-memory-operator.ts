import type { AuditEntry, AuditLog, Inspection, Links } from "../../../bin/operator/ports.ts";
import { emptyHead } from "../../../lambdas/shared/domain/entry.ts";
import type { Lane } from "../../../lambdas/shared/domain/lane.ts";
import { areLinked, withoutLink } from "../../../lambdas/shared/domain/unlink.ts";
import type { InMemoryLedger } from "./in-memory-ledger.ts";
import type { InMemoryTransfers } from "./in-memory-transfers.ts";

/** The operator's ports over the ledger that remembers. */
export const inMemoryOperator = (
  ledger: InMemoryLedger,
  transfers: Pick<InMemoryTransfers, "all">,
): { inspection: Inspection; links: Links; audit: AuditLog } => {
  const written = new Map<string, { lane: Lane | undefined; entry: AuditEntry }>();

  const write = async (entry: AuditEntry, lanes: readonly Lane[]): Promise<void> => {
    for (const lane of lanes.length === 0 ? [undefined] : lanes) {
      written.set(`${lane ?? ""} ${entry.id}`, { lane, entry: { ...entry } });
    }
  };

  const headOf = async (lane: Lane) => (await ledger.headOf(lane)) ?? emptyHead(lane);

  return {
    inspection: {
      async *heads() {
        for (const lane of ledger.lanes()) yield headOf(lane);
      },
      async *entriesSince(since) {
        for (const lane of ledger.lanes()) {
          yield* ledger.entriesOf(lane).filter(({ receivedAt }) => receivedAt >= since);
        }
      },
      entries: async (lane) => (ledger.lanes().includes(lane) ? ledger.entriesOf(lane) : []),
      transfers: async (lane) =>
        transfers
          .all()
          .filter((transfer) => transfer.lane === lane)
          .toSorted((one, other) => (one.id < other.id ? -1 : 1)),
      quarantined: async () =>
        ledger.quarantined
          .map(({ id, reason, raw, at }) => ({ id, reason, at, message: JSON.parse(raw) }))
          .toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    },

    links: {
      async unlink(ensono, client) {
        if (!areLinked(await headOf(ensono), await headOf(client))) return false;
        ledger.rewriteHeads([ensono, client], withoutLink);
        return true;
      },
    },

    audit: {
      begin: write,
      end: write,
      of: async (lane = undefined) =>
        [...written.values()]
          .filter((one) => one.lane === lane)
          .map(({ entry }) => entry)
          .toSorted((one, other) => one.at - other.at),
    },
  };
};
