import type { Head } from "../../../lambdas/shared/domain/entry.ts";
import {
  clientLane,
  destination,
  ensonoLane,
  type Lane,
  laneSchema,
  origin,
  peerLane,
  ticketNumberOf,
} from "../../../lambdas/shared/domain/lane.ts";
import type { Ledger } from "../../../lambdas/shared/ports.ts";
import { OperatorError } from "./operator-error.ts";

export type Direction = "to-client" | "to-ensono";

export const directionOf = (lane: Lane): Direction => (destination(lane) === "client" ? "to-client" : "to-ensono");

/** One ticket, as far as the bridge knows it: its numbers on both sides, and the heads of all its lanes. */
export interface Ticket {
  readonly ensonoNumber: string | undefined;
  /** The client's present number. */
  readonly clientNumber: string | undefined;
  /** Numbers of the client whose place the present one has taken. */
  readonly formerNumbers: readonly string[];
  readonly heads: readonly Head[];
}

/** Finds a ticket by its number on either side, a former one too. Throws OperatorError when nobody knows it. */
export const findTicket = async (number: string, { ledger }: { ledger: Pick<Ledger, "headOf"> }): Promise<Ticket> => {
  const known = await headsNamed(number, ledger);
  const [first, second] = known;
  if (first === undefined) {
    throw new OperatorError(
      `${number}: the bridge has never heard of this ticket; check the number and the stage, capitals count`,
    );
  }
  if (second !== undefined && second.link !== number) {
    throw new OperatorError(
      `${number}: a ticket on either side has this number; say ENSONO#${number} or CLIENT#${number}`,
    );
  }
  const ensono = await ensonoHeadOf(first, ledger);
  const heads = new Map([first, ...(ensono === undefined ? [] : [ensono])].map((head) => [head.lane, head]));
  for (const other of numbersAtClient(ensono)) {
    const head = await ledger.headOf(clientLane(other));
    if (head !== undefined) heads.set(head.lane, head);
  }
  const clientNumber = ensono?.link ?? (origin(first.lane) === "client" ? ticketNumberOf(first.lane) : undefined);
  return {
    ensonoNumber: ensono === undefined ? first.link : ticketNumberOf(ensono.lane),
    clientNumber,
    formerNumbers: numbersAtClient(ensono).filter((one) => one !== clientNumber),
    heads: [...heads.values()],
  };
};

/** `ENSONO#…` and `CLIENT#…` name a lane, everything else a ticket. */
const headsNamed = async (number: string, ledger: Pick<Ledger, "headOf">): Promise<Head[]> => {
  const named = laneSchema.safeParse(number);
  const lanes = named.success ? [named.data] : [ensonoLane(number), clientLane(number)];
  const heads = await Promise.all(lanes.map((lane) => ledger.headOf(lane)));
  return heads.filter((head) => head !== undefined);
};

const ensonoHeadOf = async (head: Head, ledger: Pick<Ledger, "headOf">): Promise<Head | undefined> => {
  if (origin(head.lane) === "ensono") return head;
  return head.link === undefined ? undefined : ledger.headOf(peerLane(head.lane, head.link));
};

const numbersAtClient = (ensono: Head | undefined): string[] => [
  ...(ensono?.formerLinks ?? []),
  ...(ensono?.link === undefined ? [] : [ensono.link]),
];

/** The numbers as they are told: `e-CS0204070 = INC0010299`. */
export const nameOf = ({ ensonoNumber, clientNumber }: Pick<Ticket, "ensonoNumber" | "clientNumber">): string =>
  [ensonoNumber, clientNumber].filter((number) => number !== undefined).join(" = ");

/** The head's ticket by its own numbers, without a look at the other side. */
export const numbersOf = ({ lane, link }: Pick<Head, "lane" | "link">) =>
  origin(lane) === "ensono"
    ? { ensonoNumber: ticketNumberOf(lane), clientNumber: link }
    : { ensonoNumber: link, clientNumber: ticketNumberOf(lane) };
