import { digest } from "./builders.ts";
import { inMemoryOperator } from "./fakes/in-memory-operator.ts";
import type { InMemoryBridge } from "./in-memory-bridge.ts";

export const ada = { who: "ada", why: "mended" };

/** What the operator's use cases stand on, over a bridge in memory. */
export const operatorOf = (bridge: InMemoryBridge) => {
  let ids = 0;
  return {
    ...inMemoryOperator(bridge.ledger, bridge.transfers),
    ledger: bridge.ledger,
    breaker: bridge.breaker,
    pollLog: bridge.pollLog,
    transfers: bridge.transfers,
    config: bridge.config,
    clientName: bridge.config.ensono.clientName,
    clock: bridge.clock.now,
    digest,
    lostWakeUpMs: 60_000,
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
  };
};
