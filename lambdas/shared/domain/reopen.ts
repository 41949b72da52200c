import type { BridgeConfig } from "./config.ts";
import { hold, type TransactionDecision } from "./decision.ts";
import type { EnsonoStatus } from "./ensono-ticket.ts";
import { isFinal } from "./existing-ticket.ts";
import { inWords, labelOf } from "./in-words.ts";
import { BRIDGE, type ClientFields, type ClientStep } from "./steps.ts";
import type { Learnt, TicketView } from "./ticket-view.ts";

/**
 * What becomes of the client's resolved ticket when Ensono opens it again (T7; guide, "Re-open"): it is opened again, too; a new
 * one takes its place; or it stays as it is, and all later updates become comments on it.
 */
export type ReopenPolicy = BridgeConfig["policies"]["reopen"];

/** What the client is told of an update, in its words. */
interface ClientUpdate {
  readonly changed: ClientFields;
  readonly status: EnsonoStatus | undefined;
  readonly notes: string[];
  readonly unmapped: readonly string[];
  readonly learnt: Learnt;
}

const isReopened = (status: EnsonoStatus | undefined, ticket: TicketView): boolean =>
  ticket.status === "resolved" && status !== undefined && status !== "resolved" && !isFinal(status);

/**
 * The decision where the policy asks for something else than the usual update; undefined where it does not.
 *
 * @param create makes the client's ticket from all fields of the transaction.
 */
export const decideReopened = (
  update: ClientUpdate,
  ticket: TicketView,
  { mappings, policies: { reopen } }: Pick<BridgeConfig, "mappings" | "policies">,
  create: () => TransactionDecision,
): TransactionDecision | undefined => {
  const isNow = isReopened(update.status, ticket);
  if (reopen === "comment" && (ticket.commentsOnly || isNow)) {
    const before = ticket.status === undefined ? undefined : mappings.toClient.status[ticket.status];
    return asComment(update, isNow, before);
  }
  return reopen === "new-ticket" && isNow ? asNewTicket(update, ticket, create) : undefined;
};

const asComment = (
  { changed, status, notes, unmapped, learnt }: ClientUpdate,
  isNow: boolean,
  before: string | undefined,
): TransactionDecision => {
  const lines = Object.entries(changed).flatMap(([name, value]) => {
    if (name === "updatedAt") return [];
    const was = name === "status" && before !== undefined && before !== value ? ` (was ${before})` : "";
    return [`${labelOf(name)}: ${inWords(value) || "(empty)"}${was}`];
  });
  const body = [isNow ? "Ensono has opened its ticket again; this one stays resolved." : headingOf(status), ...lines];
  return {
    decision: {
      outcome: "perform",
      steps: [{ do: "addComment", comment: { body: body.join("\n"), author: BRIDGE } }],
      notes: [...notes, "told as a comment: reopened tickets stay resolved here (policies.reopen)"],
      unmapped,
    },
    learnt: { ...learnt, commentsOnly: true },
  };
};

const headingOf = (status: EnsonoStatus | undefined): string =>
  status === "resolved" || isFinal(status) ? `Ensono's ticket is ${status}.` : "Ensono has changed its ticket.";

const asNewTicket = (
  { learnt }: ClientUpdate,
  { link: replaces }: TicketView,
  create: () => TransactionDecision,
): TransactionDecision | undefined => {
  if (replaces === undefined) return undefined;
  const created = create();
  if (created.decision.outcome !== "perform") return created;
  const steps = created.decision.steps.map(
    (step): ClientStep => (step.do === "createTicket" ? { ...step, replaces } : step),
  );
  const notes = [...created.decision.notes, `reopened: a new ticket in place of ${replaces} (policies.reopen)`];
  return {
    decision: { ...created.decision, steps, notes },
    learnt: { ...learnt, ...created.learnt, replacing: replaces },
  };
};

/** A new ticket in place of another one, from a message that does not have all of it. */
export const tooLittleToReplace = hold(
  "not-understood",
  "Ensono opened the ticket again, and the message has no shortDescription to create the new one from (policies.reopen)",
);
