import {
  type ClientEventBody,
  type ClientEventComment,
  type ClientTicket,
  clientTicketSchema,
} from "./client-contract.ts";
import type { Policies } from "./decide.ts";
import {
  type EnsonoComment,
  type EnsonoFields,
  type EnsonoStatus,
  ensonoFieldsSchema,
  requiredOnCreate,
  updatableFields,
} from "./ensono-ticket.ts";
import { fitComment, fitTicketTexts } from "./limits.ts";
import { toEnsonoFields } from "./mapping.ts";
import { differing, markOf } from "./marks.ts";
import type { Decision, EnsonoStep } from "./steps.ts";
import { heldByDestination, heldByOrigin, type Learnt, type TicketView } from "./ticket-view.ts";

/**
 * The rules of the guide towards Ensono: which calls one event of the client's ITSM asks for. Pure, as `decide` is for the
 * other direction.
 */

/** What the ledger could find out about the event's comments, by their place in `event.comments`. */
export interface EventEvidence {
  /** The bridge wrote them: their id or their bridgeKey is one that it knows (I5). */
  ownComments: readonly number[];
  /** An earlier event carried them already: a comment is sent once (I3). */
  repeatedComments: readonly number[];
  /** A comment of ours is on its way to the client; the id that it will get there is not known yet. */
  commentUnderWay: boolean;
  /** Events of the ticket that came after this one and wait behind it. */
  laterEvents?: readonly ClientEventBody[];
}

export type EventPlan = { decision: Decision<EnsonoStep>; learnt: Learnt };

export const plan = (
  event: ClientEventBody,
  ticket: TicketView,
  evidence: EventEvidence,
  policies: Policies,
): EventPlan => {
  const { client, policies: policy } = policies.config;
  if (event.actor !== undefined && client.bridgeActors.includes(event.actor)) {
    return ignore("written by the bridge itself (actor)", { said: knownFields(event.ticket) });
  }
  if (mayBeOwnComment(event, evidence)) {
    return { decision: { outcome: "wait", reason: "a delivery is under way whose echo this may be" }, learnt: {} };
  }
  const current = withoutOverwritten(event, ticket, evidence, policies);
  const news = readNews(current, ticket, evidence, policies);
  if (isNewToEnsono(event, ticket)) {
    if (!policy.scope.toEnsono(event)) return ignore("out of scope", news.learnt);
    if (news.isStale) return ignore("older than what was said of the ticket since", news.learnt);
    return createPlan(event, news, policies);
  }
  if (ticket.link !== undefined && event.ensonoTicketNumber !== undefined && ticket.link !== event.ensonoTicketNumber) {
    return hold(`the event says ${event.ensonoTicketNumber}, but the ticket is linked to ${ticket.link}`);
  }
  return updatePlan(event, ticket, news, policies);
};

const ignore = (reason: string, learnt: Learnt): EventPlan => ({ decision: { outcome: "ignore", reason }, learnt });

const hold = (reason: string): EventPlan => ({ decision: { outcome: "hold", code: "refused", reason }, learnt: {} });

const isNewToEnsono = (event: ClientEventBody, ticket: TicketView): boolean =>
  ticket.link === undefined && event.ensonoTicketNumber === undefined;

/** A comment that only its id can be known by: it may be ours as long as not all of ours have one. */
export const isKnownById = ({ id, bridgeKey }: ClientEventComment): boolean =>
  id !== undefined && bridgeKey === undefined;

const mayBeOwnComment = (event: ClientEventBody, evidence: EventEvidence): boolean =>
  evidence.commentUnderWay &&
  event.comments.some(
    (comment, place) =>
      isKnownById(comment) && !evidence.ownComments.includes(place) && !evidence.repeatedComments.includes(place),
  );

/**
 * Our deliveries may come in a burst, and the events that they cause after it, one by one. A value that is not the newest we put
 * may then be the echo of an older one of ours, or a person's edit; but when an event behind this one says the newest, it was
 * overwritten at the client since, whoever made it (I5).
 */
const withoutOverwritten = (
  event: ClientEventBody,
  { said, peer }: TicketView,
  { laterEvents = [] }: EventEvidence,
  { digest }: Policies,
): ClientEventBody => {
  const isOverwritten = (name: string): boolean => {
    const put = peer.sent[name];
    if (put === undefined || put.at <= (said[name]?.at ?? 0)) return false;
    return laterEvents.some(({ ticket }) => name in ticket && markOf(ticket[name], digest) === put.value);
  };
  const kept = Object.entries(event.ticket).filter(([name]) => !isOverwritten(name));
  return { ...event, ticket: clientTicketSchema.parse(Object.fromEntries(kept)) };
};

interface News {
  /** The event is older than one that was applied already: its fields are no news, its comments may be. */
  isStale: boolean;
  /** Fields that are new to Ensono, in its words, short enough for it; status apart. */
  fields: EnsonoFields;
  status: EnsonoStatus | undefined;
  comments: EnsonoComment[];
  notes: string[];
  learnt: Learnt;
}

/**
 * I3, I5: what in the event is new. First against what the client held, in its words; then against what Ensono holds. Of a
 * ticket that Ensono does not have all is new, also what was said while it was out of scope.
 */
const readNews = (event: ClientEventBody, ticket: TicketView, evidence: EventEvidence, policies: Policies): News => {
  const { digest, config } = policies;
  const occurredAt = event.occurredAt === undefined ? undefined : Date.parse(event.occurredAt);
  const isStale = occurredAt !== undefined && ticket.clientTime !== undefined && occurredAt < ticket.clientTime;
  const isNew = isNewToEnsono(event, ticket);
  const changed = isStale ? {} : differing<unknown>(event.ticket, isNew ? {} : heldByOrigin(ticket), digest);
  const { fields: mapped, notes } = toEnsonoFields(clientTicketSchema.parse(changed), config);
  const { fields: fitted, overflow } = fitTicketTexts(mapped);
  const news = differing<unknown>(fitted, isNew ? {} : heldByDestination(ticket), digest);
  const { status, ...fields } = ensonoFieldsSchema.parse(news);
  const comments = event.comments.filter(
    (_, place) => !evidence.ownComments.includes(place) && (isNew || !evidence.repeatedComments.includes(place)),
  );
  return {
    isStale,
    fields,
    status,
    comments: [...overflow, ...comments.map(toEnsonoComment)].flatMap(fitComment),
    notes: isStale ? ["the fields are older than what was sent already: only comments are sent"] : notes,
    learnt: {
      ...(event.ticketType === undefined ? {} : { ticketType: event.ticketType }),
      ...(isStale ? {} : { said: knownFields(event.ticket) }),
      ...(occurredAt === undefined || isStale ? {} : { clientTime: occurredAt }),
    },
  };
};

const knownFields = (ticket: ClientTicket): Record<string, unknown> =>
  Object.fromEntries(Object.entries(ticket).filter(([name]) => name in clientTicketSchema.shape));

const toEnsonoComment = ({ id: _id, bridgeKey: _bridgeKey, ...comment }: ClientEventComment): EnsonoComment => comment;

/** I2, E9: a ticket that Ensono does not have yet. */
const createPlan = (event: ClientEventBody, news: News, { config }: Policies): EventPlan => {
  if (event.ticketType === undefined) return hold("ticketType: needed to create the ticket at Ensono");
  if (isOver(news.status)) return ignore(`the ticket was ${news.status} before it was ever sent`, news.learnt);
  const contact = config.policies.defaultContact;
  const fields: EnsonoFields = {
    contactName: contact.name,
    contactEmail: contact.email,
    ...defaultSeverity(config),
    ...(news.fields.shortDescription === undefined ? {} : { description: news.fields.shortDescription }),
    ...news.fields,
  };
  const missing = requiredOnCreate.find((field) => !fields[field]);
  if (missing !== undefined) return hold(`ticket.${missing}: needed to create the ticket at Ensono`);
  const steps: EnsonoStep[] = [{ do: "createTicket", fields, comments: news.comments }];
  if (news.status !== undefined && news.status !== "open") {
    steps.push({ do: "updateTicket", fields: { status: news.status } });
  }
  const status = news.status ?? "open";
  return {
    decision: { outcome: "perform", steps, notes: news.notes },
    learnt: { ...news.learnt, status, sent: { ...fields, status } },
  };
};

/** Every create says how severe it is, in the way that the config chose, also of a ticket that does not say it (E9). */
const defaultSeverity = ({ policies, mappings: { toEnsono } }: Policies["config"]): EnsonoFields =>
  policies.severity === "priority"
    ? { priority: toEnsono.priority.otherwise }
    : { impact: toEnsono.impact.otherwise, urgency: toEnsono.urgency.otherwise };

/** I2, I3: fields, comments, and what the status asks for, each as the call it needs, in this order. */
const updatePlan = (event: ClientEventBody, ticket: TicketView, news: News, { config }: Policies): EventPlan => {
  const link =
    ticket.link === undefined && event.ensonoTicketNumber !== undefined ? { link: event.ensonoTicketNumber } : {};
  if (ticket.status === "closed" || ticket.status === "cancelled") {
    return ignore(`the ticket is ${ticket.status} at Ensono, which is final (T6)`, news.learnt);
  }
  const closing = isOver(news.status) ? news.status : undefined;
  const { fields, notes } = updatable(
    closing === undefined && news.status !== undefined ? { ...news.fields, status: news.status } : news.fields,
  );
  const steps: EnsonoStep[] = [];
  if (Object.keys(fields).length > 0) steps.push({ do: "updateTicket", fields });
  if (news.comments.length > 0) steps.push({ do: "addComments", comments: news.comments });
  if (closing !== undefined) {
    const closeNotes = event.ticket.closeNotes?.trim() || config.policies.defaultCloseNotes;
    const { fields: fitted, overflow } = fitTicketTexts({ closeNotes });
    if (overflow.length > 0) steps.push({ do: "addComments", comments: overflow.flatMap(fitComment) });
    steps.push(...closingSteps(closing, ticket.status, fitted.closeNotes ?? closeNotes));
  }
  if (steps.length === 0 && link.link === undefined)
    return ignore("nothing that Ensono does not have already", news.learnt);
  return {
    decision: { outcome: "perform", steps, ...link, notes: [...news.notes, ...notes] },
    learnt: {
      ...news.learnt,
      ...(news.status === undefined ? {} : { status: news.status }),
      sent: news.status === undefined ? fields : { ...fields, status: news.status },
    },
  };
};

/** The guide takes some fields on open only. */
const updatable = (fields: EnsonoFields): { fields: EnsonoFields; notes: string[] } => {
  const taken = updatableFields.parse(fields);
  const left = Object.keys(fields).filter((name) => !(name in taken));
  return {
    fields: taken,
    notes: left.length === 0 ? [] : [`not sent, Ensono takes it on open only: ${left.join(", ")}`],
  };
};

const isOver = (status: EnsonoStatus | undefined): status is "resolved" | "closed" | "cancelled" =>
  status === "resolved" || status === "closed" || status === "cancelled";

/** E11: Ensono closes only what is resolved. */
const closingSteps = (
  closing: "resolved" | "closed" | "cancelled",
  before: EnsonoStatus | undefined,
  closeNotes: string,
): EnsonoStep[] => {
  if (closing === "resolved") return [{ do: "resolveTicket", closeNotes }];
  if (closing === "cancelled") return [{ do: "updateTicket", fields: { status: "cancelled", closeNotes } }];
  const close: EnsonoStep = { do: "closeTicket", closeNotes };
  return before === "resolved" ? [close] : [{ do: "resolveTicket", closeNotes }, close];
};

/** Signs what the bridge itself tells Ensono. */
export const BRIDGE = "Envision Bridge";

/** E13: the same step with the default group, and the wanted group told in a comment; undefined when it has that group already. */
export const withDefaultGroup = (step: EnsonoStep, defaultGroup: string): EnsonoStep[] | undefined => {
  if (step.do !== "createTicket" && step.do !== "updateTicket") return undefined;
  const { group } = step.fields;
  if (group === undefined || group === defaultGroup) return undefined;
  const body = `The group "${group}" is not known at Ensono; "${defaultGroup}" was set instead.`;
  const told: EnsonoComment = { body, commenter: BRIDGE };
  const fields = { ...step.fields, group: defaultGroup };
  return step.do === "createTicket"
    ? [{ ...step, fields, comments: [...step.comments, told] }]
    : [
        { ...step, fields },
        { do: "addComments", comments: [told] },
      ];
};
