import type { BridgeConfig } from "../lambdas/shared/domain/config.ts";
import { type ChangeState, type ChangeType, changeStates } from "../lambdas/shared/domain/ensono-ticket.ts";
import { readStatus } from "../lambdas/shared/domain/ensono-transaction.ts";
import { BRIDGE } from "../lambdas/shared/domain/steps.ts";
import { type EnsonoFile, fileDifferences } from "./agreement-files.ts";

/** Whether both sides hold the same tickets and changes with the same values: the proof of the pudding. */

interface EnsonoRecord {
  readonly ticketNumber: string;
  readonly clientTicketNumber: string;
  readonly shortDescription: string;
  readonly description: string;
  readonly priority: string;
  readonly comments: readonly { readonly body: string; readonly commenter?: string | undefined }[];
  readonly files?: readonly EnsonoFile[] | undefined;
}
interface EnsonoTicket extends EnsonoRecord {
  readonly ticketType: "Incident" | "Request";
  readonly status: string;
}
interface EnsonoChange extends EnsonoRecord {
  readonly ticketType: "Change";
  readonly type: ChangeType;
  readonly state: ChangeState;
}

interface ClientTicket {
  readonly number: string;
  readonly ensonoTicketNumber?: string | undefined;
  readonly replaces?: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly comments: readonly { readonly body: string; readonly author?: string | undefined }[];
  readonly attachments: readonly { readonly fileName: string; readonly size: number; readonly sha256: string }[];
  /** Of a change: whether it is over, and what the client said to it. */
  readonly phase?: "open" | "cancelled" | "closed" | undefined;
  readonly decision?: "approved" | "rejected" | undefined;
}

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

/** Holds every ticket and change of one side against the other's. */
export const compare = (
  ensonoTickets: readonly (EnsonoTicket | EnsonoChange)[],
  clientTickets: readonly ClientTicket[],
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

/** @param same all that the client has of it: a ticket of the client may have taken another one's place. */
const pairOf = (ticket: EnsonoTicket | EnsonoChange, same: readonly ClientTicket[], config: BridgeConfig): Pair => {
  const replaced = same.filter(({ number }) => same.some(({ replaces }) => replaces === number));
  const [other, ...more] = same.filter((one) => !replaced.includes(one));
  const base = { ensono: ticket.ticketNumber, shortDescription: ticket.shortDescription, priority: ticket.priority };
  const isChange = ticket.ticketType === "Change";
  if (other === undefined) {
    const status = isChange ? ticket.state : ticket.status;
    const differences = isChange && !isRaised(ticket, config) ? [] : ["the client has no such ticket"];
    return { ...base, client: "none", status, comments: "", differences };
  }
  const comments = same.flatMap((one) => one.comments);
  const differences = [
    ...(more.length > 0 ? [`${more.length + 1} tickets at the client`] : []),
    ...replaced.filter(({ phase }) => phase === "open").map(({ number }) => `${number} is replaced and still open`),
    ...differs("number", ticket.clientTicketNumber, other.number),
    ...(isChange ? changeDifferences(ticket, other, config) : ticketDifferences(ticket, other, config)),
    ...differs(
      "comments",
      bodies(ticket.comments.filter(({ commenter }) => commenter !== BRIDGE)),
      bodies(comments.filter(({ author }) => author !== BRIDGE)),
    ),
    ...fileDifferences(
      ticket.files ?? [],
      same.map(({ attachments }) => attachments),
    ),
  ];
  return {
    ...base,
    client: other.number,
    status: String(isChange ? other.fields.state : other.fields.status),
    comments: `${ticket.comments.length}/${comments.length}`,
    differences,
  };
};

const ticketDifferences = (ticket: EnsonoTicket, { fields }: ClientTicket, config: BridgeConfig): string[] => {
  const status = readStatus(ticket.status);
  const wanted = status === undefined ? ticket.status : config.mappings.toClient.status[status];
  return [
    ...differs("status", wanted, fields.status),
    ...differs("priority", ticket.priority, priorityInEnsonosWords(fields.priority, config)),
    ...differs("shortDescription", ticket.shortDescription, fields.shortDescription),
    ...differs("description", ticket.description, fields.description ?? fields.shortDescription),
  ];
};

/** Whether the client ought to have it: a draft is Ensono's alone, and a pre-approved emergency is shown late (C1). */
const isRaised = ({ type, state }: EnsonoChange, { policies }: BridgeConfig): boolean => {
  if (state === "New" || state === "Cancelled") return false;
  const { handling, raisedFrom } = policies.emergencyChanges;
  const isLate = type === "Emergency" && handling === "pre-approved";
  return !isLate || changeStates.indexOf(state) >= changeStates.indexOf(raisedFrom);
};

/** The fields of a change are Ensono's until it is over; then it matters only that it is over on both sides. */
const changeDifferences = (change: EnsonoChange, other: ClientTicket, config: BridgeConfig): string[] => {
  const isOverAtEnsono = ["New", "Cancelled", "Closed"].includes(change.state);
  const mayDiffer =
    other.decision === "rejected" ||
    (change.type === "Emergency" && config.policies.emergencyChanges.handling === "reviewed-afterwards");
  if (isOverAtEnsono !== (other.phase !== "open")) {
    return mayDiffer ? [] : [`state: Ensono "${change.state}", the client's change is ${other.phase}`];
  }
  if (isOverAtEnsono) return [];
  return [
    ...differs("state", config.mappings.toClient.changeState[change.state], other.fields.state),
    ...differs("shortDescription", change.shortDescription, other.fields.shortDescription),
  ];
};

const stray = ({ number, fields }: ClientTicket): Pair => ({
  ensono: "none",
  client: number,
  status: String(fields.status ?? fields.state),
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
