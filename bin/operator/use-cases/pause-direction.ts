import type { Breaker, Counterpart } from "../../../lambdas/shared/ports.ts";
import type { By } from "../ports.ts";
import { type AuditDeps, audited } from "./audited.ts";
import type { Direction } from "./find-ticket.ts";
import { OperatorError } from "./operator-error.ts";

export interface PauseDeps extends AuditDeps {
  readonly breaker: Pick<Breaker, "pause" | "resume">;
}

export interface Paused {
  readonly direction: Direction;
  readonly state: "paused" | "working";
  /** Whether Ensono's queue is read on. */
  readonly reading: boolean;
}

/** Towards the client, reading Ensono's queue is a part of the direction; what is read waits in the ledger. */
const calledIn: Readonly<Record<Direction, readonly Counterpart[]>> = {
  "to-client": ["client", "ensono-queue"],
  "to-ensono": ["ensono"],
};

/** Stops all calls of a direction until it is resumed; what is under way ends. With `keepReading`, Ensono's queue is read on. */
export const pauseDirection = async (
  { direction, keepReading }: { direction: Direction; keepReading: boolean },
  by: By,
  deps: PauseDeps,
): Promise<Paused> => {
  if (keepReading && direction === "to-ensono") {
    throw new OperatorError("--keep-reading: only for to-client; pausing to-ensono stops no reading");
  }
  const command = `pause ${direction}${keepReading ? " --keep-reading" : ""}`;
  return audited({ command, lanes: [] }, by, deps, async (order) => {
    const sides = calledIn[direction].filter((side) => side !== "ensono-queue" || !keepReading);
    for (const side of sides) await deps.breaker.pause(side, order);
    const reading = !sides.includes("ensono-queue");
    return { result: { direction, state: "paused", reading }, outcome: "paused" };
  });
};

/** Lets a direction go on. Throws OperatorError when it is not paused. */
export const resumeDirection = (direction: Direction, by: By, deps: PauseDeps): Promise<Paused> =>
  audited({ command: `resume ${direction}`, lanes: [] }, by, deps, async () => {
    const resumed = await Promise.all(calledIn[direction].map((side) => deps.breaker.resume(side)));
    if (!resumed.includes(true)) throw new OperatorError(`${direction} is not paused; see status`);
    return { result: { direction, state: "working", reading: true }, outcome: "resumed" };
  });
