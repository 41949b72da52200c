import { whyOf } from "../../../lambdas/shared/domain/errors.ts";
import type { Lane } from "../../../lambdas/shared/domain/lane.ts";
import type { Clock } from "../../../lambdas/shared/ports.ts";
import type { AuditLog, By } from "../ports.ts";

export interface AuditDeps {
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** A command that changes something: as it was typed, and which tickets it concerns. */
export interface Command {
  readonly command: string;
  readonly lanes: readonly Lane[];
}

/** Carries out what a command changes between the two halves of its audit entry. `outcome` tells in words what came of it. */
export const audited = async <Result>(
  { command, lanes }: Command,
  { who, why }: By,
  { audit, clock, newId }: AuditDeps,
  run: (order: { who: string; why: string; now: number }) => Promise<{ result: Result; outcome: string }>,
): Promise<Result> => {
  const now = clock();
  const entry = { id: newId(), at: now, who, command, why };
  await audit.begin(entry, lanes);
  try {
    const { result, outcome } = await run({ who, why, now });
    await audit.end({ ...entry, outcome }, lanes);
    return result;
  } catch (error) {
    await audit.end({ ...entry, outcome: `failed: ${whyOf(error)}` }, lanes);
    throw error;
  }
};
