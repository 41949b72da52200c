import type { BridgeConfig } from "../lambdas/shared/domain/config.ts";
import { readStatus } from "../lambdas/shared/domain/ensono-transaction.ts";
import { BRIDGE } from "../lambdas/shared/domain/plan.ts";
import type { ItsmTicket } from "./simulators/client-itsm/state.ts";
import type { TicketRecord } from "./simulators/envision-connect/index.ts";

/** Whether both sides hold the same tickets with the same values: the proof of the pudding. */

export interface Pair {
  readonly ensono: string;
  readonly client: string;
  readonly status: string;
  readonly priority: string;
  readonly comments: string;
  readonly shortDescription: string;
  /** What differs, in words; empty when both sides agree. */
  readonly differences: readonly string[];
}

/** Holds every ticket of one side against the other's. */
export const compare = (
  ensonoTickets: readonly TicketRecord[],
  clientTickets: readonly ItsmTicket[],
  config: BridgeConfig,
): Pair[] => {
  const pairs = ensonoTickets.map((ticket) => {
    const same = clientTickets.filter(({ ensonoTicketNumber }) => ensonoTicketNumber === ticket.ticketNumber);
    return pairOf(ticket, same, config);
  });
  const strays = clientTickets.filter(
    ({ ensonoTicketNumber }) => !ensonoTickets.some(({ ticketNumber }) => ticketNumber === ensonoTicketNumber),
  );
  return [...pairs, ...strays.map(stray)];
};

const pairOf = (ticket: TicketRecord, same: readonly ItsmTicket[], config: BridgeConfig): Pair => {
  const [other] = same;
  const base = { ensono: ticket.ticketNumber, shortDescription: ticket.shortDescription };
  if (other === undefined) {
    const alone = { client: "none", status: ticket.status, priority: ticket.priority, comments: "" };
    return { ...base, ...alone, differences: ["the client has no such ticket"] };
  }
  const status = readStatus(ticket.status);
  const wanted = status === undefined ? ticket.status : config.mappings.toClient.status[status];
  const differences = [
    ...(same.length > 1 ? [`${same.length} tickets at the client`] : []),
    ...differs("number", ticket.clientTicketNumber, other.number),
    ...differs("status", wanted, other.fields.status),
    ...differs("priority", ticket.priority, priorityInEnsonosWords(other.fields.priority, config)),
    ...differs("shortDescription", ticket.shortDescription, other.fields.shortDescription),
    ...differs("description", ticket.description, other.fields.description ?? other.fields.shortDescription),
    ...differs(
      "comments",
      bodies(ticket.comments.filter(({ commenter }) => commenter !== BRIDGE)),
      bodies(other.comments),
    ),
  ];
  return {
    ...base,
    client: other.number,
    status: String(other.fields.status),
    priority: ticket.priority,
    comments: `${ticket.comments.length}/${other.comments.length}`,
    differences,
  };
};

const stray = ({ number, fields }: ItsmTicket): Pair => ({
  ensono: "none",
  client: number,
  status: String(fields.status),
  priority: String(fields.priority ?? ""),
  comments: "",
  shortDescription: String(fields.shortDescription ?? ""),
  differences: ["Ensono has no such ticket"],
});

const priorityInEnsonosWords = (priority: unknown, { mappings }: BridgeConfig): string => {
  const { values, otherwise } = mappings.toEnsono.priority;
  const given = String(priority ?? otherwise);
  return values[given] ?? given;
};

/** Both sides may have them in another order: two people may write at the same time. */
const bodies = (comments: readonly { body: string }[]): string =>
  comments
    .map(({ body }) => body)
    .toSorted()
    .join(" | ");

const differs = (field: string, ensono: unknown, client: unknown): string[] =>
  String(ensono ?? "") === String(client ?? "") ? [] : [`${field}: Ensono "${ensono}", client "${client}"`];

const columns = ["ensono", "client", "status", "priority", "comments", "shortDescription"] as const;
const headings: Readonly<Record<(typeof columns)[number], string>> = {
  ensono: "Ensono",
  client: "Client",
  status: "Status",
  priority: "Prio",
  comments: "Comments",
  shortDescription: "Short description",
};

/** A table for a terminal; what differs stands under its row. */
export const table = (pairs: readonly Pair[]): string => {
  const rows = [headings, ...pairs];
  const widths = columns.map((column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: Readonly<Record<(typeof columns)[number], string>>, mark: string): string =>
    `${mark} ${columns.map((column, nth) => row[column].padEnd(widths[nth] ?? 0)).join("  ")}`.trimEnd();
  return [
    line(headings, " "),
    ...pairs.flatMap((pair) => [
      line(pair, pair.differences.length === 0 ? "✓" : "✗"),
      ...pair.differences.map((difference) => `    ${difference}`),
    ]),
  ].join("\n");
};
