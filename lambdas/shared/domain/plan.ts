import { type ClientEventBody, type ClientEventComment, clientTicketSchema } from "./client-contract.ts";
import type { Policies } from "./decide.ts";
import {
  type EnsonoComment,
  type EnsonoFields,
  type EnsonoStatus,
  requiredOnCreate,
  updatableFields,
} from "./ensono-ticket.ts";
import { fitComment, fitTicketTexts } from "./limits.ts";
import { toEnsonoTicketType } from "./mapping.ts";
import { markOf } from "./marks.ts";
import { type EventEvidence, newComments, uploadSteps } from "./news-of-event.ts";
import { planChange } from "./plan-change.ts";
import { isNewToEnsono, knownFields, type News, readNews } from "./read-news.ts";
import { BRIDGE, type Decision, type EnsonoStep } from "./steps.ts";
import type { Learnt, TicketView } from "./ticket-view.ts";

/**
 * The rules of the guide towards Ensono: which calls one event of the client's ITSM asks for. Pure, as `decide` is for the
 * other direction.
 */

export type { EventEvidence } from "./news-of-event.ts";

export type EventPlan = { decision: Decision<EnsonoStep>; learnt: Learnt };

export const plan = (
  event: ClientEventBody,
  ticket: TicketView,
  evidence: EventEvidence,
  policies: Policies,
): EventPlan => {
  if (event.ticketType === undefined) return planOf(event, ticket, evidence, policies);
  const { ticketType, notes, unmapped } = toEnsonoTicketType(event.ticketType, ticket.ticketType, policies.config);
  const { decision, learnt } = planOf(event, { ...ticket, ticketType }, evidence, policies);
  return {
    decision:
      decision.outcome === "perform"
        ? { ...decision, notes: [...notes, ...decision.notes], unmapped: [...unmapped, ...(decision.unmapped ?? [])] }
        : decision,
    learnt: { ticketType, ...learnt },
  };
};

/** @param ticket of the type that the event says, in Ensono's word. */
const planOf = (event: ClientEventBody, ticket: TicketView, evidence: EventEvidence, policies: Policies): EventPlan => {
  const { client, policies: policy } = policies.config;
  if (event.actor !== undefined && client.bridgeActors.includes(event.actor)) {
    return ignore("written by the bridge itself (actor)", { said: knownFields(event.ticket, policies.config) });
  }
  if (mayBeOwnComment(event, evidence)) {
    return { decision: { outcome: "wait", reason: "a delivery is under way whose echo this may be" }, learnt: {} };
  }
  if (ticket.link !== undefined && event.ensonoTicketNumber !== undefined && ticket.link !== event.ensonoTicketNumber) {
    return hold(`the event says ${event.ensonoTicketNumber}, but the ticket is linked to ${ticket.link}`);
  }
  if (ticket.ticketType === "Change") return planChange(event, ticket, evidence);
  if (ticket.replacedBy !== undefined) return commentsOfReplaced(event, ticket.replacedBy, evidence, policies);
  const current = withoutOverwritten(event, ticket, evidence, policies);
  const news = readNews(current, ticket, evidence, policies);
  if (isNewToEnsono(event, ticket)) {
    if (!policy.scope.toEnsono(event)) return ignore("out of scope", news.learnt);
    if (news.isStale) return ignore("older than what was said of the ticket since", news.learnt);
    return createPlan(ticket, news, policies);
  }
  return updatePlan(event, ticket, news, policies);
};

const ignore = (reason: string, learnt: Learnt): EventPlan => ({ decision: { outcome: "ignore", reason }, learnt });

const hold = (reason: string): EventPlan => ({ decision: { outcome: "hold", code: "refused", reason }, learnt: {} });

/** Its place at Ensono is another ticket's now (T7): closing the former one, as tools do by themselves, must not close that. */
const commentsOfReplaced = (
  event: ClientEventBody,
  replacedBy: string,
  evidence: EventEvidence,
  policies: Policies,
): EventPlan => {
  const comments = newComments(event, evidence, false).flatMap(fitComment);
  const steps: EnsonoStep[] = [
    ...(comments.length > 0 ? [{ do: "addComments", comments } as const] : []),
    ...uploadSteps(event, evidence, false),
  ];
  const notes = [`${replacedBy} has taken this ticket's place: of this one only comments and attachments are sent`];
  const learnt: Learnt = { said: knownFields(event.ticket, policies.config) };
  return steps.length === 0 ? ignore(notes.join(), learnt) : { decision: { outcome: "perform", steps, notes }, learnt };
};

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

/** I2, E9: a ticket that Ensono does not have yet. */
const createPlan = ({ ticketType }: TicketView, news: News, { config }: Policies): EventPlan => {
  if (ticketType === undefined) return hold("ticketType: needed to create the ticket at Ensono");
  if (isOver(news.status)) return ignore(`the ticket was ${news.status} before it was ever sent`, news.learnt);
  const contact = config.policies.defaultContact;
  const { closeNotes: _, ...given } = news.fields;
  const fields: EnsonoFields = {
    contactName: contact.name,
    contactEmail: contact.email,
    ...defaultSeverity(config),
    ...(given.shortDescription === undefined ? {} : { description: given.shortDescription }),
    ...given,
  };
  const missing = requiredOnCreate.find((field) => !fields[field]);
  if (missing !== undefined) return hold(`ticket.${missing}: needed to create the ticket at Ensono`);
  const steps: EnsonoStep[] = [{ do: "createTicket", fields, comments: news.comments }];
  if (news.status !== undefined && news.status !== "open") {
    steps.push({ do: "updateTicket", fields: { status: news.status } });
  }
  steps.push(...news.uploads);
  const status = news.status ?? "open";
  return {
    decision: { outcome: "perform", steps, notes: news.notes, unmapped: news.unmapped },
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
  const closing = isOver(news.status) ? closureOf(news.status, event, ticket, config) : undefined;
  const { fields, notes } = updatable(updateBeside(news, closing !== undefined));
  const comments = [...news.comments, ...(closing?.overflow ?? [])];
  const steps: EnsonoStep[] = [];
  if (Object.keys(fields).length > 0) steps.push({ do: "updateTicket", fields });
  if (comments.length > 0) steps.push({ do: "addComments", comments });
  steps.push(...news.uploads, ...(closing?.steps ?? []));
  if (steps.length === 0 && link.link === undefined)
    return ignore("nothing that Ensono does not have already", news.learnt);
  return {
    decision: { outcome: "perform", steps, ...link, notes: [...news.notes, ...notes], unmapped: news.unmapped },
    learnt: {
      ...news.learnt,
      ...(news.status === undefined ? {} : { status: news.status }),
      sent: { ...fields, ...closing?.sent, ...(news.status === undefined ? {} : { status: news.status }) },
    },
  };
};

/** What an update carries; resolving and closing take their status and notes with them. */
const updateBeside = ({ fields, status }: News, isClosing: boolean): EnsonoFields => {
  const { closeNotes: _, ...others } = fields;
  if (isClosing) return others;
  return status === undefined ? fields : { ...fields, status };
};

/** E10, E11: what ends the ticket. The rest of over-long notes goes before it: a closed ticket takes no comments. */
const closureOf = (
  closing: "resolved" | "closed" | "cancelled",
  { ticket: { closeNotes } }: ClientEventBody,
  { status }: TicketView,
  { policies }: Policies["config"],
) => {
  const given = closeNotes?.trim();
  const text = given || policies.defaultCloseNotes;
  const { fields, overflow } = fitTicketTexts({ closeNotes: text });
  const { closeNotes: fitted = text } = fields;
  return {
    // The rest of the client's own notes is among the news when they are new.
    overflow: given ? [] : overflow.flatMap(fitComment),
    steps: closingSteps(closing, status, fitted),
    sent: { closeNotes: fitted },
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
