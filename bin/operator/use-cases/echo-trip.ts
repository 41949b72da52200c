import type { BridgeConfig } from "../../../lambdas/shared/domain/config.ts";
import { arrivalOrder, clientLane, ensonoLane } from "../../../lambdas/shared/domain/lane.ts";
import { roundTripNumber } from "../../../lambdas/shared/domain/round-trip.ts";
import type { Ledger } from "../../../lambdas/shared/ports.ts";
import type { By, EchoCalls, Inspection } from "../ports.ts";
import { type AuditDeps, audited } from "./audited.ts";
import { type Check, failed } from "./examine.ts";
import { OperatorError } from "./operator-error.ts";

export interface EchoDeps extends AuditDeps {
  readonly stage: string;
  readonly config: BridgeConfig;
  readonly ledger: Pick<Ledger, "headOf" | "entry" | "receive" | "settle" | "nudge">;
  readonly inspection: Pick<Inspection, "entries">;
  readonly echo: EchoCalls;
  /** Resolves after so long (ms). */
  readonly pause: (ms: number) => Promise<void>;
  /** How long to wait for the ticket to come back (ms). */
  readonly patienceMs: number;
}

const CHECK = "echo";
const LOOK_EVERY_MS = 1_000;

/**
 * A round trip through Ensono's echo environment: opens a ticket there, and waits until the bridge has read it back from the queue.
 * Nothing of it ever reaches the client: its number says that it is such a trip, and in the ledger the ticket is linked to that
 * number, as a closed one, for messages that do not carry it. Throws OperatorError for a stage that does not read the queue that echo answers to.
 */
export const echoTrip = async (by: By, deps: EchoDeps): Promise<Check> => {
  const { environment } = deps.config.stages[deps.stage] ?? {};
  if (environment !== "dev" && environment !== "echo") {
    throw new OperatorError(
      `--echo: what goes to echo comes back on the queue of dev, which the stage ${deps.stage} does not read; take a stage of dev or echo`,
    );
  }
  const clientNumber = roundTripNumber(deps.newId());
  return audited({ command: `doctor --echo (${clientNumber})`, lanes: [] }, by, deps, async () => {
    const result = await tryTrip(clientNumber, deps);
    return { result, outcome: result.detail };
  });
};

const tryTrip = async (clientNumber: string, deps: EchoDeps): Promise<Check> => {
  const startedAt = deps.clock();
  try {
    const ensonoNumber = await deps.echo.open(clientNumber);
    const check = await awaitBack({ ensonoNumber, clientNumber, startedAt }, deps).catch((error) =>
      failed(CHECK, error),
    );
    // However it ended, nobody is left to work on it.
    await deps.echo.resolve(ensonoNumber, clientNumber);
    return check;
  } catch (error) {
    return failed(CHECK, error);
  }
};

const awaitBack = async (
  { ensonoNumber, clientNumber, startedAt }: { ensonoNumber: string; clientNumber: string; startedAt: number },
  deps: EchoDeps,
): Promise<Check> => {
  await expectBack(ensonoNumber, clientNumber, deps);
  const tookMs = await untilBack(ensonoNumber, startedAt, deps);
  if (tookMs === undefined) {
    const waited = Math.round(deps.patienceMs / 1000);
    const detail = `${ensonoNumber} was opened in echo and has not come back within ${waited} s: is the queue read? see status`;
    return { check: CHECK, state: "failed", detail };
  }
  const seconds = Math.round(tookMs / 1000);
  return { check: CHECK, state: "ok", detail: `${ensonoNumber} was opened in echo and read back after ${seconds} s` };
};

/** Closed is final (T6): whatever Ensono says of this ticket is kept, and goes no further. */
const expectBack = async (ensonoNumber: string, clientNumber: string, deps: EchoDeps): Promise<void> => {
  const { ledger, clock } = deps;
  const now = clock();
  const lane = clientLane(clientNumber);
  const order = arrivalOrder(now, "doctor");
  const content = { kind: "clientNumber", ensonoTicketNumber: ensonoNumber } as const;
  await ledger.receive(lane, [{ order, content }], { now, wakeAt: now + 60_000 });
  const [entry, head] = [await ledger.entry(lane, order), await ledger.headOf(lane)];
  if (entry === undefined || head === undefined) throw new Error("the ledger does not give what was just written");
  const settled = await ledger.settle({
    entry,
    head: { ...head, ticketType: "Incident", status: { value: "closed", at: now } },
    steps: [],
    notes: ["a round trip of doctor"],
    finished: true,
    link: { number: ensonoNumber, ticketType: "Incident" },
    now,
    wakeAt: now,
  });
  if ("lost" in settled || "conflict" in settled)
    throw new Error(`${ensonoNumber} came back before it was expected; see trace ${ensonoNumber}`);
  await ledger.nudge(lane, now);
};

/** How long it took until the ledger had it; undefined when it took too long. */
const untilBack = async (ensonoNumber: string, startedAt: number, deps: EchoDeps): Promise<number | undefined> => {
  const lane = ensonoLane(ensonoNumber);
  while (deps.clock() - startedAt < deps.patienceMs) {
    const entries = await deps.inspection.entries(lane);
    if (entries.some(({ content }) => content.kind === "transaction")) return deps.clock() - startedAt;
    await deps.pause(LOOK_EVERY_MS);
  }
  return undefined;
};
