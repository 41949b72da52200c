import { clientTicketNumberSchema } from "../../../lambdas/shared/domain/client-contract.ts";
import { ensonoTicketNumberSchema, type TicketType } from "../../../lambdas/shared/domain/ensono-ticket.ts";
import type { Head } from "../../../lambdas/shared/domain/entry.ts";
import { arrivalOrder, clientLane, ensonoLane, type Lane } from "../../../lambdas/shared/domain/lane.ts";
import { owedNumber } from "../../../lambdas/shared/lanes/turn.ts";
import type { Ledger, LinkConflict, Order } from "../../../lambdas/shared/ports.ts";
import type { By, Links } from "../ports.ts";
import { type AuditDeps, audited } from "./audited.ts";
import { OperatorError } from "./operator-error.ts";

export interface LinkDeps extends AuditDeps {
  readonly ledger: Pick<Ledger, "headOf" | "receive" | "entry" | "settle" | "skip" | "nudge">;
  readonly links: Links;
}

export interface Linked {
  readonly ensonoNumber: string;
  readonly clientNumber: string;
  /** False when they were linked to each other before. */
  readonly changed: boolean;
}

interface Pair {
  readonly ensonoNumber: string;
  readonly clientNumber: string;
  readonly ensono: Lane;
  readonly client: Lane;
  readonly ensonoHead: Head | undefined;
  readonly clientHead: Head | undefined;
}

/**
 * Links two numbers by hand, in either order, and owes both sides the news. Goes through the ledger, by the rules of every link:
 * two numbers are never linked twice. Throws OperatorError where that would be, and where neither number is known.
 */
export const linkTickets = async (one: string, other: string, by: By, deps: LinkDeps): Promise<Linked> => {
  const pair = await pairOf(one, other, deps);
  const { ensonoNumber, clientNumber, ensonoHead, clientHead } = pair;
  if (ensonoHead === undefined && clientHead === undefined) {
    throw new OperatorError(`${ensonoNumber}, ${clientNumber}: the bridge knows neither of them; check the numbers`);
  }
  if (ensonoHead?.link === clientNumber) return { ensonoNumber, clientNumber, changed: false };
  refuseConflict(pair, ensonoHead?.link, clientHead?.link);
  const lanes = [pair.ensono, pair.client];
  return audited({ command: `link ${ensonoNumber} ${clientNumber}`, lanes }, by, deps, async (order) => {
    await linkThroughLedger(pair, order, deps);
    return { result: { ensonoNumber, clientNumber, changed: true }, outcome: "linked" };
  });
};

/** Takes two numbers apart. Throws OperatorError when they are not linked to each other. */
export const unlinkTickets = async (one: string, other: string, by: By, deps: LinkDeps): Promise<Linked> => {
  const { ensonoNumber, clientNumber, ensono, client, ensonoHead, clientHead } = await pairOf(one, other, deps);
  const lanes = [ensono, client].filter((_, nth) => [ensonoHead, clientHead][nth] !== undefined);
  if (ensonoHead?.link !== clientNumber) {
    const linkOf = (number: string, head: Head | undefined) => `${number} is linked to ${head?.link ?? "nothing"}`;
    throw new OperatorError(
      `not linked to each other: ${linkOf(ensonoNumber, ensonoHead)}, ${linkOf(clientNumber, clientHead)}`,
    );
  }
  return audited({ command: `unlink ${ensonoNumber} ${clientNumber}`, lanes }, by, deps, async () => {
    const changed = await deps.links.unlink(ensono, client);
    if (!changed) throw new OperatorError("their links changed meanwhile; look again with trace");
    return { result: { ensonoNumber, clientNumber, changed }, outcome: "unlinked" };
  });
};

/** Which of two numbers is whose: as given, Ensono's first, unless the ledger knows them the other way round. */
const pairOf = async (one: string, other: string, { ledger }: LinkDeps): Promise<Pair> => {
  const heads = async (ensono: string, client: string) =>
    Promise.all([ledger.headOf(ensonoLane(ensono)), ledger.headOf(clientLane(client))]);
  const [asGiven, turned] = [await heads(one, other), await heads(other, one)];
  const isTurned = asGiven.every((head) => head === undefined) && turned.some((head) => head !== undefined);
  const [ensonoNumber, clientNumber] = isTurned ? [other, one] : [one, other];
  const [ensonoHead, clientHead] = isTurned ? turned : asGiven;
  const wrong =
    ensonoTicketNumberSchema.safeParse(ensonoNumber).error ?? clientTicketNumberSchema.safeParse(clientNumber).error;
  if (wrong !== undefined) {
    throw new OperatorError(
      `${ensonoNumber}, ${clientNumber}: ${wrong.issues[0]?.message}; Ensono's number comes first`,
    );
  }
  const lanes = { ensono: ensonoLane(ensonoNumber), client: clientLane(clientNumber) };
  return { ensonoNumber, clientNumber, ...lanes, ensonoHead, clientHead };
};

const refuseConflict = ({ ensonoNumber, clientNumber }: Pair, ofEnsono?: string, ofClient?: string): void => {
  const taken = [
    ...(ofEnsono === undefined ? [] : [[ensonoNumber, ofEnsono] as const]),
    ...(ofClient === undefined ? [] : [[clientNumber, ofClient] as const]),
  ];
  const [first] = taken;
  if (first === undefined) return;
  const said = taken.map(([number, link]) => `${number} is linked to ${link}`).join(", ");
  throw new OperatorError(`refused, a number has one link only: ${said}; first: unlink ${first.join(" ")}`);
};

const MOST_TRIES = 5;

/** An entry in the client's lane, as if its ITSM had given the number (I11), finished on the spot. */
const linkThroughLedger = async (pair: Pair, { who, why, now }: Order, deps: LinkDeps): Promise<void> => {
  const { ledger, newId } = deps;
  const { client, ensono, ensonoNumber } = pair;
  const order = arrivalOrder(now, `link-${newId()}`);
  const content = { kind: "clientNumber", ensonoTicketNumber: ensonoNumber } as const;
  // Nobody needs to be woken for it, unless this does not live to finish it.
  await ledger.receive(client, [{ order, content }], { now, wakeAt: now + WAKE_AFTER_MS });
  const notes = [`linked by ${who}: ${why}`];
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const [entry, head] = [await ledger.entry(client, order), await ledger.headOf(client)];
    if (head?.link === ensonoNumber) return;
    if (entry === undefined || head === undefined) break;
    const settled = await ledger.settle({
      entry,
      head,
      steps: [],
      notes,
      finished: true,
      link: { number: ensonoNumber, ticketType: typeOf(pair) },
      owe: [owedNumber(client, now), owedNumber(ensono, now)],
      now,
      wakeAt: now,
    });
    if ("conflict" in settled) return withdraw(pair, order, settled, { who, why, now }, deps);
    // Until now the lane was left to this; what it owes now is due at once.
    if (!("lost" in settled)) return ledger.nudge(client, now);
  }
  await ledger.skip(client, order, { who, why: "the ticket was at work all the time", now });
  throw new OperatorError(
    "the ticket is being worked on all the time: nothing was linked; pause a direction, or try again",
  );
};

const WAKE_AFTER_MS = 60_000;

const withdraw = async (
  pair: Pair,
  order: string,
  { conflict }: LinkConflict,
  by: Order,
  { ledger }: LinkDeps,
): Promise<void> => {
  await ledger.skip(pair.client, order, { ...by, why: "the numbers were linked otherwise meanwhile" });
  refuseConflict(pair, conflict.other, conflict.own);
};

const typeOf = ({ ensonoHead, clientHead, ensonoNumber }: Pair): TicketType =>
  ensonoHead?.ticketType ?? clientHead?.ticketType ?? (/CHG/i.test(ensonoNumber) ? "Change" : "Incident");
