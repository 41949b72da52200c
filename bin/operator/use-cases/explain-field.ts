import type { BridgeConfig } from "../../../lambdas/shared/domain/config.ts";
import type { Head } from "../../../lambdas/shared/domain/entry.ts";
import { origin, type Side } from "../../../lambdas/shared/domain/lane.ts";
import { type Digest, type Marks, markOf, newest } from "../../../lambdas/shared/domain/marks.ts";
import { whyMapped } from "./explain-mapping.ts";
import { OperatorError } from "./operator-error.ts";
import type { ToldEntry, ToldStep } from "./tell-entry.ts";
import { type TraceDeps, traceTicket } from "./trace-ticket.ts";

export interface ExplainDeps extends TraceDeps {
  readonly config: BridgeConfig;
}

/** One entry in which the field was said, or put on a side. */
export interface Mention {
  readonly at: string;
  readonly entry: string;
  readonly what: string;
  readonly from: Side;
  /** What the side said it was; absent where only a rule of the bridge brought it up. */
  readonly said?: string;
  /** What was put on the other side because of it. */
  readonly put?: string;
  readonly state: "done" | "open" | "nothing put";
  readonly why: readonly string[];
}

export interface Standing {
  readonly value: string | null;
  readonly since?: string;
  /** Who made it so: the side itself, or the bridge. */
  readonly by?: Side | "bridge";
  readonly entry?: string;
  /** False when the ledger knows a newer value whose entry is not kept any more. */
  readonly certain: boolean;
}

export interface Explanation {
  readonly ensonoNumber: string | null;
  readonly clientNumber: string | null;
  readonly field: string;
  readonly atEnsono: Standing;
  readonly atClient: Standing;
  readonly history: readonly Mention[];
}

/**
 * Why a field has the value that it has on either side: what was said, what was put there because of it, and by which rule. Texts are
 * told by their length; `trace` shows them. Throws OperatorError when the ticket is unknown, or has no such field.
 */
export const explainField = async (number: string, field: string, deps: ExplainDeps): Promise<Explanation> => {
  const trace = await traceTicket(number, deps);
  const entries = trace.story.filter((item) => item.kind === "entry");
  const name = canonical(field, entries);
  if (name === undefined) {
    const known = [...new Set(entries.flatMap(fieldsOf))].toSorted().join(", ");
    throw new OperatorError(`${field}: nothing was said of such a field of ${number}; known are: ${known || "none"}`);
  }
  const mentions = entries.flatMap((entry) => mentionOf(entry, name, deps.config));
  const heads = await headsOf(trace.lanes, deps);
  return {
    ensonoNumber: trace.ensonoNumber,
    clientNumber: trace.clientNumber,
    field: name,
    atEnsono: standing("ensono", name, mentions, heads, deps.digest),
    atClient: standing("client", name, mentions, heads, deps.digest),
    history: mentions.map(({ mention }) => mention),
  };
};

const headsOf = async (lanes: readonly { lane: Head["lane"] }[], { ledger }: ExplainDeps): Promise<Head[]> => {
  const heads = await Promise.all(lanes.map(({ lane }) => ledger.headOf(lane)));
  return heads.filter((head) => head !== undefined);
};

const putBy = ({ content, do: what }: ToldStep): Readonly<Record<string, unknown>> => {
  const { fields, changed, ticket, closeNotes } = content;
  const status = what === "resolveTicket" ? "resolved" : "closed";
  const closing = closeNotes === undefined ? {} : { status, closeNotes };
  return Object.assign({}, ticket, fields, changed, closing);
};

const fieldsOf = ({ came, steps }: ToldEntry): string[] => [
  ...Object.keys(came.fields),
  ...steps.flatMap((step) => Object.keys(putBy(step))),
];

/** The field's name as it is written, whatever capitals were typed. */
const canonical = (field: string, entries: readonly ToldEntry[]): string | undefined =>
  entries.flatMap(fieldsOf).find((name) => name.toLowerCase() === field.toLowerCase());

interface Known {
  readonly mention: Mention;
  /** The values themselves, for comparing with what the ledger knows. */
  readonly said: unknown;
  readonly put: unknown;
  readonly putAt: string | undefined;
}

const mentionOf = (entry: ToldEntry, name: string, config: BridgeConfig): Known[] => {
  const said = entry.came.fields[name];
  const step = entry.steps.find((one) => putBy(one)[name] !== undefined);
  const put = step && putBy(step)[name];
  if (said === undefined && put === undefined) return [];
  const { at, id, what, from } = entry;
  const isDone = step?.state === "done";
  const mention: Mention = {
    at,
    entry: id,
    what,
    from,
    ...(said === undefined ? {} : { said: shown(name, said) }),
    ...(put === undefined ? {} : { put: shown(name, put) }),
    state: step === undefined ? "nothing put" : isDone ? "done" : "open",
    why: [
      ...whyMapped({ name, said, put, from }, config),
      ...reasons(entry, step, said !== undefined && put === undefined),
    ],
  };
  return [{ mention, said, put: isDone ? put : undefined, putAt: step?.calls.at(-1)?.at ?? entry.finishedAt }];
};

const reasons = (entry: ToldEntry, step: ToldStep | undefined, isUnput: boolean): string[] => [
  ...(step === undefined || step.state === "done" ? [] : [`the call is ${step.state}`]),
  ...(entry.failure === undefined ? [] : [entry.failure.message]),
  ...(isUnput && entry.status === "received" ? ["its turn has not come yet"] : []),
  ...(isUnput && entry.status === "done" && entry.steps.length > 0 ? ["the other side has it so already"] : []),
  ...entry.notes,
];

const standing = (
  side: Side,
  name: string,
  mentions: readonly Known[],
  heads: readonly Head[],
  digest: Digest,
): Standing => {
  const values = mentions.flatMap(({ mention, said, put, putAt = mention.at }) => [
    ...(mention.from === side && said !== undefined
      ? [{ value: said, since: mention.at, by: side, entry: mention.entry }]
      : []),
    ...(mention.from !== side && put !== undefined
      ? [{ value: put, since: putAt, by: "bridge" as const, entry: mention.entry }]
      : []),
  ]);
  const inOrder = values.toSorted((one, other) => (one.since < other.since ? -1 : Number(one.since > other.since)));
  // Whoever says again what is so already has not made it so.
  const made = inOrder.filter(({ value }, nth) => markOf(value, digest) !== markOf(inOrder[nth - 1]?.value, digest));
  const last = made.at(-1);
  const mark = knownOf(side, heads)[name];
  if (last === undefined) return { value: null, certain: mark === undefined };
  const certain = mark === undefined || mark.value === markOf(last.value, digest);
  return { ...last, value: shown(name, last.value), certain };
};

/** What the ledger knows of a side: what it said itself, and what was put there from the other one, whichever is newer. */
const knownOf = (side: Side, heads: readonly Head[]): Marks =>
  heads.map((head) => (origin(head.lane) === side ? head.said : head.sent)).reduce(newest, {});

/** Words of lists and short values are shown; texts are for `trace` only. */
const texts = /^(?:short)?description$|notes$|contact|plan$|justification|checks$|name$|email$|phone$/i;
const LONGEST_SHOWN = 60;

const shown = (name: string, value: unknown): string => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const isText = texts.test(name) || text.length > LONGEST_SHOWN || text.includes("\n");
  return isText ? `(text of ${text.length} characters)` : text;
};
