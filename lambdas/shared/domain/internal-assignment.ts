import { type ClientTicket, clientTicketSchema } from "./client-contract.ts";
import type { Policies } from "./decision.ts";
import { type EnsonoFields, type EnsonoStatus, ensonoStatuses } from "./ensono-ticket.ts";
import { toEnsonoFields } from "./mapping.ts";
import { markOf } from "./marks.ts";
import { heldByOrigin, type TicketView } from "./ticket-view.ts";

/**
 * A ticket with which one of the client's own groups works (I8; guide, "Internal Assignments"): at Ensono it is with the group that
 * stands for the client, and pending, so that nobody works on it there. Resolving and closing go through; back with a group of
 * Ensono's, that group and the ticket's status are told again.
 */
export interface Assigned {
  /** Whether an internal group has the ticket after this event. */
  readonly isInternal: boolean;
  /** What is to be told, in Ensono's words. */
  readonly fields: EnsonoFields;
  readonly notes: string[];
  readonly unmapped: readonly string[];
}

/** @param changed what is new in the event's ticket. @param said all that the event says of it. */
export const assign = (
  changed: Readonly<Record<string, unknown>>,
  said: ClientTicket,
  ticket: TicketView,
  policies: Policies,
): Assigned => {
  const isKnownInternal = ticket.isInternal && !isTakenBack(ticket, policies);
  const wasInternal = isKnownInternal && ticket.link !== undefined;
  const isNamed = said.group !== undefined && said.group.trim() !== "";
  const isInternal = isNamed ? isInternalGroup(said.group ?? "", policies) : isKnownInternal;
  if (isInternal) return park(changed, ticket, wasInternal, policies);

  const mapped = toEnsonoFields(clientTicketSchema.parse(changed), policies.config);
  if (!wasInternal || mapped.fields.group === undefined) return { ...mapped, isInternal };
  const status = mapped.fields.status ?? statusOnReturn(said, ticket, policies);
  return { ...mapped, isInternal, fields: { ...mapped.fields, ...(status === undefined ? {} : { status }) } };
};

const isInternalGroup = (group: string, { config }: Policies): boolean =>
  config.policies.internalGroups.some((one) => one.toLowerCase() === group.trim().toLowerCase());

/** Ensono has since given the client's ticket another group, and it need not have come back as an event. */
const isTakenBack = ({ said, peer }: TicketView, { config, digest }: Policies): boolean => {
  const put = peer.sent.group;
  if (put === undefined || put.at <= (said.group?.at ?? 0)) return false;
  return !config.policies.internalGroups.some((group) => markOf(group, digest) === put.value);
};

/** What happens to its status is the client's own business now, but for its end, and for a resolution that is taken back (I9). */
const park = (
  changed: Readonly<Record<string, unknown>>,
  { status: before }: TicketView,
  wasInternal: boolean,
  { config }: Policies,
): Assigned => {
  const { group, ...others } = clientTicketSchema.parse(changed);
  const { fields: mapped, notes, unmapped } = toEnsonoFields(others, config);
  const { status, ...fields } = mapped;
  const { clientGroup } = config.ensono;
  const withGroup =
    clientGroup === undefined || (wasInternal && group === undefined) ? fields : { ...fields, group: clientGroup };
  const parked = (moreFields: EnsonoFields, moreNotes: string[] = []): Assigned => ({
    isInternal: true,
    fields: { ...withGroup, ...moreFields },
    notes: [...notes, ...moreNotes],
    unmapped,
  });

  if (isOver(status)) return parked({ status });
  const isOverAlready = isOver(before);
  if (isOverAlready ? status !== undefined : !wasInternal) return parked({ status: "pending" });
  return parked({}, status === undefined ? [] : [`status ${status} is not sent: an internal group has the ticket`]);
};

/**
 * The status of a ticket that comes back to Ensono: the client's as far as it is known, else open, for nobody works on it there yet.
 * A ticket that is over stays so: another group is no reason to open it.
 */
const statusOnReturn = (said: ClientTicket, ticket: TicketView, policies: Policies): EnsonoStatus | undefined => {
  const word = said.status ?? rememberedStatus(ticket, policies);
  const { status = "open" } = word === undefined ? {} : toEnsonoFields({ status: word }, policies.config).fields;
  return isOver(status) || isOver(ticket.status) ? undefined : status;
};

/** Values are not kept (docs/adr/003): the one of the known words that has the mark of the client's status. */
const rememberedStatus = (ticket: TicketView, { config: { mappings }, digest }: Policies): string | undefined => {
  const held = heldByOrigin(ticket).status?.value;
  const words = [
    ...Object.keys(mappings.toEnsono.status.values),
    ...Object.values(mappings.toClient.status),
    ...ensonoStatuses,
  ];
  return words.find((word) => markOf(word, digest) === held);
};

const isOver = (status: EnsonoStatus | undefined): status is "resolved" | "closed" | "cancelled" =>
  status === "resolved" || status === "closed" || status === "cancelled";
