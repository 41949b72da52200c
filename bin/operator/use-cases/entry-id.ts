import type { Entry } from "../../../lambdas/shared/domain/entry.ts";
import { clientLane, ensonoLane, type Lane, ticketNumberOf } from "../../../lambdas/shared/domain/lane.ts";
import type { Digest } from "../../../lambdas/shared/domain/marks.ts";
import type { Inspection } from "../ports.ts";
import { OperatorError } from "./operator-error.ts";

/** So many characters of the digest: among the entries of one ticket no two are alike. */
const SHOWN = 8;

/**
 * How an operator names an entry: its ticket's number on the side it came from, and the begin of the digest that also stands in the
 * keys of its steps (`webhook-id: evb_<digest>_0`).
 */
export const entryId = ({ lane, order }: Pick<Entry, "lane" | "order">, digest: Digest): string =>
  `${ticketNumberOf(lane)}/${digest(`${lane}|${order}`).slice(0, SHOWN)}`;

/** Finds the entry that is named so. Throws OperatorError when there is none, or more than one. */
export const findEntry = async (
  id: string,
  { inspection, digest }: { inspection: Pick<Inspection, "entries">; digest: Digest },
): Promise<Entry> => {
  const [, number, mark] = /^(.+)\/([\w-]{4,16})$/s.exec(id.trim()) ?? [];
  if (number === undefined || mark === undefined) {
    throw new OperatorError(`${id}: expected an entry as trace and held print it, such as e-CS0204070/Xk3_a9Qd`);
  }
  const lanes: Lane[] = [ensonoLane(number), clientLane(number)];
  const entries = (await Promise.all(lanes.map((lane) => inspection.entries(lane)))).flat();
  const [entry, another] = entries.filter(({ lane, order }) => digest(`${lane}|${order}`).startsWith(mark));
  if (entry === undefined) throw new OperatorError(`${id}: there is no such entry; see trace ${number}`);
  if (another !== undefined) throw new OperatorError(`${id}: two entries begin so; give more of the digest`);
  return entry;
};
