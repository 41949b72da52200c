import { type ClientEventBody, type ClientTicket, clientTicketSchema } from "./client-contract.ts";
import type { BridgeConfig } from "./config.ts";
import type { Policies } from "./decision.ts";
import { type EnsonoComment, type EnsonoFields, type EnsonoStatus, ensonoFieldsSchema } from "./ensono-ticket.ts";
import { extraFieldsOf, keptExtraFields, tellExtraFields } from "./extra-fields.ts";
import { assign } from "./internal-assignment.ts";
import { fitComment, fitTicketTexts } from "./limits.ts";
import { differing } from "./marks.ts";
import { type EventEvidence, newComments, uploadSteps } from "./news-of-event.ts";
import type { EnsonoStep } from "./steps.ts";
import { heldByDestination, heldByOrigin, type Learnt, type TicketView } from "./ticket-view.ts";

/** What in an event is new to Ensono. */
export interface News {
  /** The event is older than one that was applied already: its fields are no news, its comments may be. */
  isStale: boolean;
  /** Fields that are new to Ensono, in its words, short enough for it; status apart. */
  fields: EnsonoFields;
  status: EnsonoStatus | undefined;
  comments: EnsonoComment[];
  uploads: EnsonoStep[];
  notes: string[];
  unmapped: readonly string[];
  learnt: Learnt;
}

/**
 * I3, I5: what in the event is new. First against what the client held, in its words; then against what Ensono holds. Of a
 * ticket that Ensono does not have all is new, also what was said while it was out of scope.
 */
export const readNews = (
  event: ClientEventBody,
  ticket: TicketView,
  evidence: EventEvidence,
  policies: Policies,
): News => {
  const { digest, config } = policies;
  const occurredAt = event.occurredAt === undefined ? undefined : Date.parse(event.occurredAt);
  const isStale = occurredAt !== undefined && ticket.clientTime !== undefined && occurredAt < ticket.clientTime;
  const isNew = isNewToEnsono(event, ticket);
  const said = isStale ? {} : event.ticket;
  const changed = differing<unknown>(said, isNew ? {} : heldByOrigin(ticket), digest);
  const assigned = assign(changed, said, ticket, policies);
  const extraFields = { ...ticket.extraFields, ...extraFieldsOf(said, config) };
  const { comments: told, ...described } = tellExtraFields(
    { given: isNew ? descriptionOf(said) : said.description, changed: assigned.fields.description },
    { changed: extraFieldsOf(changed, config), all: extraFields },
    config,
  );
  const kept = keptExtraFields(extraFields, config);
  const { fields: fitted, overflow } = fitTicketTexts({ ...assigned.fields, ...described });
  const news = differing<unknown>(fitted, isNew ? {} : heldByDestination(ticket), digest);
  const { status, ...fields } = ensonoFieldsSchema.parse(news);
  return {
    isStale,
    fields,
    status,
    comments: [...overflow, ...told, ...newComments(event, evidence, isNew)].flatMap(fitComment),
    uploads: uploadSteps(event, evidence, isNew),
    unmapped: assigned.unmapped,
    notes: isStale ? ["the fields are older than what was sent already: only comments are sent"] : assigned.notes,
    learnt: {
      ...(isStale ? {} : { said: knownFields(said, config) }),
      ...(assigned.isInternal === ticket.isInternal ? {} : { isInternal: assigned.isInternal }),
      ...(kept === undefined ? {} : { extraFields: kept }),
      ...(occurredAt === undefined || isStale ? {} : { clientTime: occurredAt }),
    },
  };
};

/** Ensono wants a description; a new ticket without one is described by its short description. */
const descriptionOf = ({ description, shortDescription }: ClientTicket): string | undefined =>
  description?.trim() ? description : shortDescription;

/** Fields whose values are followed; what else an event carries is nobody's. */
export const knownFields = (
  ticket: ClientTicket,
  { policies }: Pick<BridgeConfig, "policies">,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(ticket).filter(
      ([name]) => name in clientTicketSchema.shape || Object.hasOwn(policies.extraFields.fields, name),
    ),
  );

export const isNewToEnsono = (event: ClientEventBody, ticket: TicketView): boolean =>
  ticket.link === undefined && event.ensonoTicketNumber === undefined;
