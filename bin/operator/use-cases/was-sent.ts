import type { Entry, Head } from "../../../lambdas/shared/domain/entry.ts";
import { isFinished } from "../../../lambdas/shared/domain/entry.ts";
import { clientLane, ensonoLane, type Lane } from "../../../lambdas/shared/domain/lane.ts";
import type { Digest } from "../../../lambdas/shared/domain/marks.ts";
import type { Clock, Ledger } from "../../../lambdas/shared/ports.ts";
import type { Inspection } from "../ports.ts";
import { isoOf, OperatorError } from "./operator-error.ts";
import { type ToldCall, type ToldEntry, type ToldStep, tellEntry } from "./tell-entry.ts";

export interface SentDeps {
  readonly ledger: Pick<Ledger, "headOf">;
  readonly inspection: Pick<Inspection, "entries">;
  readonly clock: Clock;
  readonly digest: Digest;
}

/** `not sent`: it will not be, as things are. `waiting`: it will be. `in doubt`: it was called, and nobody knows what became of it. */
export type Verdict = "sent" | "not sent" | "waiting" | "held" | "in doubt" | "came from Ensono" | "linked";

export interface Sent {
  readonly clientNumber: string;
  readonly ensonoNumber: string | null;
  readonly verdict: Verdict;
  readonly because: string;
  /** When the create, or the return of the number, was called last; and what Ensono answered. */
  readonly sentAt?: string;
  readonly answer?: string;
  readonly entry?: string;
  readonly calls: readonly ToldCall[];
}

/**
 * Whether a ticket of the client was sent to Ensono, and what the answer was (L3; guide, "Trouble-shooting", example 1).
 * Throws OperatorError when the bridge was never told of it.
 */
export const wasSent = async (number: string, deps: SentDeps): Promise<Sent> => {
  const lane = clientLane(number);
  const head = await deps.ledger.headOf(lane);
  if (head === undefined) throw await unheardOf(number, deps);
  const now = deps.clock();
  const entries = (await deps.inspection.entries(lane)).map((entry) => ({
    entry,
    told: tellEntry(entry, [], { digest: deps.digest, now }),
  }));
  const created = entries.findLast(({ told }) => told.steps.some(isCreate));
  const found: Answer = created === undefined ? await withoutCreate(head, entries, deps) : ofCreate(created.told, head);
  return { clientNumber: number, ensonoNumber: head.link ?? null, ...found };
};

type Answer = Omit<Sent, "clientNumber" | "ensonoNumber">;
interface Told {
  readonly entry: Entry;
  readonly told: ToldEntry;
}

const isCreate = (step: ToldStep): boolean => step.do === "createTicket";

const unheardOf = async (number: string, { ledger }: SentDeps): Promise<OperatorError> => {
  const atEnsono = await ledger.headOf(ensonoLane(number));
  if (atEnsono !== undefined) {
    return new OperatorError(`${number} is Ensono's number; give the client's${linkIn(atEnsono)}`);
  }
  return new OperatorError(
    `${number}: not sent, the bridge was never told of this ticket; check the number, the stage, and whether your ITSM sent an event of it`,
  );
};

const linkIn = ({ link }: Head): string => (link === undefined ? ", which it does not have yet" : `: ${link}`);

const ofCreate = (told: ToldEntry, head: Head): Answer => {
  const step = told.steps.find(isCreate);
  const calls = step?.calls ?? [];
  const base = { entry: told.id, ...answerOf(calls, step), calls };
  switch (step?.state) {
    case "done":
      return { ...base, verdict: "sent", because: `Ensono made ${head.link ?? "a ticket"} of it` };
    case "in doubt":
    case "at work":
    case "awaited":
      return told.status === "held"
        ? { ...base, verdict: "held", because: holdOf(told) }
        : { ...base, verdict: "in doubt", because: doubt };
    default:
      return { ...base, ...notYet(told) };
  }
};

const doubt = "the create was sent and not answered; the bridge waits for the number before it sends it again";

const answerOf = (calls: readonly ToldCall[], step: ToldStep | undefined) => {
  const last = calls.at(-1);
  if (last === undefined) return step?.attemptedAt === undefined ? {} : { sentAt: step.attemptedAt };
  return { sentAt: last.at, answer: `${last.status ?? "no answer"}: ${last.said}` };
};

const notYet = (told: ToldEntry): Pick<Answer, "verdict" | "because"> => {
  if (told.status === "skipped") return { verdict: "not sent", because: told.notes.at(-1) ?? "skipped" };
  if (told.status === "held") return { verdict: "held", because: holdOf(told) };
  if (told.status === "done") return { verdict: "not sent", because: told.notes.at(-1) ?? "nothing was to be sent" };
  return { verdict: "waiting", because: told.failure?.message ?? "its turn has not come yet" };
};

const holdOf = ({ failure, id }: ToldEntry): string =>
  `${failure?.message ?? "held"}; mend the cause, then release it, or skip ${id}`;

/** No create is kept in the lane: the ticket came from the other side, was linked otherwise, or was not to be sent. */
const withoutCreate = async (head: Head, entries: readonly Told[], deps: SentDeps): Promise<Answer> => {
  if (head.link !== undefined) return linkedOtherwise(head, head.link, entries, deps);
  const open = entries.find(({ entry }) => !isFinished(entry)) ?? entries.at(-1);
  if (open === undefined) {
    return { verdict: "not sent", because: "no entry of it is kept any more", calls: [] };
  }
  return { entry: open.told.id, calls: [], ...notYet(open.told) };
};

const linkedOtherwise = async (head: Head, link: string, entries: readonly Told[], deps: SentDeps): Promise<Answer> => {
  const returned = entries.flatMap(({ told }) =>
    told.steps.filter((step) => step.do === "returnNumber").map((step) => ({ step, id: told.id })),
  );
  const last = returned.at(-1);
  const calls = last?.step.calls ?? [];
  const since = isoOf("since", head.linkedAt).since;
  const answer = { ...answerOf(calls, last?.step), ...(last === undefined ? {} : { entry: last.id }), calls };
  if (await wasMadeHere(ensonoLane(link), deps)) {
    const told = last?.step.state === "done" ? "its number was returned" : "its number has not been returned yet";
    return { ...answer, verdict: "came from Ensono", because: `Ensono opened it as ${link}; ${told}` };
  }
  return { ...answer, verdict: "linked", because: `linked to ${link}${since === undefined ? "" : ` since ${since}`}` };
};

/** Whether the bridge made the client's ticket out of Ensono's. */
const wasMadeHere = async (lane: Lane, { inspection }: SentDeps): Promise<boolean> =>
  (await inspection.entries(lane)).some(({ steps }) => steps.some(({ step }) => step.do === "createTicket"));
