import { newClientTicket } from "./builders.ts";
import type { Broken, WatchedBridge } from "./watched-bridge.ts";

/** What makes an alarm fire, and what makes it clear again. */
export interface Story {
  readonly alarm: string;
  readonly tells: string;
  begin(watched: WatchedBridge): Promise<void>;
  /** Happens every minute while it lasts. */
  meanwhile?(watched: WatchedBridge): void;
  end(watched: WatchedBridge): Promise<void>;
  /** Minutes after which it must not have fired yet, and must have. */
  readonly firesAfter: readonly [least: number, most: number];
  /** Minutes after which it must have cleared. */
  readonly clearsAfter: number;
}

// ── What stories are made of ────────────────────────────────────────────────────────────────────────────────────────

export const breaks =
  (what: Broken, alsoDo: (watched: WatchedBridge) => Promise<unknown> = async () => undefined) =>
  async (watched: WatchedBridge): Promise<void> => {
    watched.broken.add(what);
    await alsoDo(watched);
  };

export const mends =
  (what: Broken) =>
  async ({ broken }: WatchedBridge): Promise<void> => {
    broken.delete(what);
  };

export const ensonoOpens =
  (count: number) =>
  async ({ bridge }: Pick<WatchedBridge, "bridge">): Promise<void> => {
    for (let nth = 0; nth < count; nth += 1) bridge.ensono.open();
  };

export const clientOpens =
  (count: number) =>
  async ({ bridge }: WatchedBridge): Promise<void> => {
    for (let nth = 0; nth < count; nth += 1) await bridge.open(newClientTicket);
  };

export const nothing = async (): Promise<void> => undefined;
