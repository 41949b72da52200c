import { mayHaveTakenEffect } from "../../../lambdas/shared/domain/classify-answer.ts";
import { readTransaction } from "../../../lambdas/shared/domain/ensono-transaction.ts";
import type { CallRecord, Entry, Head } from "../../../lambdas/shared/domain/entry.ts";
import { destination, origin, ticketNumberOf } from "../../../lambdas/shared/domain/lane.ts";
import type { Digest } from "../../../lambdas/shared/domain/marks.ts";
import type { Ledger } from "../../../lambdas/shared/ports.ts";
import type { Inspection } from "../ports.ts";
import { entryId } from "./entry-id.ts";
import { type Direction, directionOf, numbersOf } from "./find-ticket.ts";

export interface DuplicateDeps {
  readonly ledger: Pick<Ledger, "entry">;
  readonly inspection: Pick<Inspection, "heads" | "entriesSince">;
  readonly digest: Digest;
}

/** `replaced`: another ticket has taken its place, as a change that begins anew does. `held`: it says that it is the same one. */
export type Claim = "linked" | "replaced" | "held";

export interface Duplicate {
  readonly ensonoNumber: string;
  readonly clientTickets: readonly { readonly clientNumber: string; readonly how: Claim; readonly detail: string }[];
}

/** A create that was sent again although the first one may have made a ticket. */
export interface PossibleDouble {
  readonly ensonoNumber: string | null;
  readonly clientNumber: string | null;
  readonly direction: Direction;
  readonly entry: string;
  readonly calls: number;
}

export interface Duplicates {
  readonly duplicates: readonly Duplicate[];
  readonly possible: readonly PossibleDouble[];
}

interface Found {
  readonly ensonoNumber: string;
  readonly clientNumber: string;
  readonly how: Claim;
  readonly detail: string;
}

/**
 * Client tickets that share a number of Ensono, and creates that may have made a second ticket (L3; guide, "Trouble-shooting",
 * example 2). Reads the whole table.
 */
export const findDuplicates = async (deps: DuplicateDeps): Promise<Duplicates> => {
  const found: Found[] = [];
  const heads = new Map<Head["lane"], Head>();
  for await (const head of deps.inspection.heads()) {
    heads.set(head.lane, head);
    found.push(...linksOf(head), ...(await claimsOf(head, deps)));
  }
  const possible: PossibleDouble[] = [];
  for await (const entry of deps.inspection.entriesSince(0)) possible.push(...doublesIn(entry, heads, deps.digest));
  return {
    duplicates: [...Map.groupBy(found, ({ ensonoNumber }) => ensonoNumber)]
      .map(([ensonoNumber, of]) => ({ ensonoNumber, clientTickets: eachOnce(of) }))
      .filter(({ clientTickets }) => clientTickets.length > 1)
      .toSorted((one, other) => (one.ensonoNumber < other.ensonoNumber ? -1 : 1)),
    possible: possible.toSorted((one, other) => (one.entry < other.entry ? -1 : 1)),
  };
};

/** The first of several findings about one ticket counts most: a link before a claim. */
const eachOnce = (found: readonly Found[]): Duplicate["clientTickets"] => {
  const rank: Readonly<Record<Claim, number>> = { linked: 0, replaced: 1, held: 2 };
  const sorted = found.toSorted((one, other) => rank[one.how] - rank[other.how]);
  const byNumber = Map.groupBy(sorted, ({ clientNumber }) => clientNumber);
  return [...byNumber.values()].flatMap(([first]) =>
    first === undefined ? [] : [{ clientNumber: first.clientNumber, how: first.how, detail: first.detail }],
  );
};

const linksOf = ({ lane, link, formerLinks = [], replacedBy }: Head): Found[] => {
  const number = ticketNumberOf(lane);
  if (origin(lane) === "client") {
    if (link === undefined) return [];
    return replacedBy === undefined
      ? [{ ensonoNumber: link, clientNumber: number, how: "linked", detail: "" }]
      : [{ ensonoNumber: link, clientNumber: number, how: "replaced", detail: `by ${replacedBy}` }];
  }
  const former = formerLinks
    .filter((clientNumber) => clientNumber !== link)
    .map(
      (clientNumber): Found => ({
        ensonoNumber: number,
        clientNumber,
        how: "replaced",
        detail: `by ${link ?? "another one"}`,
      }),
    );
  const present: Found[] =
    link === undefined ? [] : [{ ensonoNumber: number, clientNumber: link, how: "linked", detail: "" }];
  return [...former, ...present];
};

/** What a held entry says of a number that its ticket could not be linked to. */
const claimsOf = async ({ lane, held }: Head, { ledger, digest }: DuplicateDeps): Promise<Found[]> => {
  if (held === undefined) return [];
  const entry = await ledger.entry(lane, held.order);
  if (entry === undefined) return [];
  const detail = `claims it; held: ${entryId(entry, digest)}`;
  const own = ticketNumberOf(lane);
  return claimed(entry).map((other): Found => {
    const [ensonoNumber, clientNumber] = origin(lane) === "ensono" ? [own, other] : [other, own];
    return { ensonoNumber, clientNumber, how: "held", detail };
  });
};

const claimed = ({ content, steps }: Entry): string[] => [
  ...steps.flatMap(({ givenNumber }) => givenNumber ?? []),
  ...numberIn(content),
];

const numberIn = (content: Entry["content"]): string[] => {
  switch (content.kind) {
    case "event":
      return content.event.ensonoTicketNumber === undefined ? [] : [content.event.ensonoTicketNumber];
    case "clientNumber":
      return [content.ensonoTicketNumber];
    case "transaction": {
      const read = readTransaction(content.message);
      return "transaction" in read ? [read.transaction.clientTicketNumber ?? []].flat() : [];
    }
    default:
      return [];
  }
};

const doublesIn = (entry: Entry, heads: ReadonlyMap<Head["lane"], Head>, digest: Digest): PossibleDouble[] =>
  entry.steps
    .filter(({ step }) => step.do === "createTicket")
    .filter(
      ({ possibleDouble, calls = [] }) => possibleDouble === true || calls.slice(0, -1).some(mayHaveWorkedIn(entry)),
    )
    .map(({ calls = [] }) => {
      const { ensonoNumber = null, clientNumber = null } = numbersOf(heads.get(entry.lane) ?? { lane: entry.lane });
      const direction = directionOf(entry.lane);
      return { ensonoNumber, clientNumber, direction, entry: entryId(entry, digest), calls: calls.length };
    });

/** Not answered, or with an answer that does not say that nothing was made. */
const mayHaveWorkedIn =
  ({ lane }: Pick<Entry, "lane">) =>
  ({ status, said }: CallRecord): boolean => {
    if (status === undefined) return true;
    if (destination(lane) === "ensono") return mayHaveTakenEffect({ status, body: said });
    return status === 408 || (status >= 500 && status !== 503) || (status >= 200 && status < 300);
  };
