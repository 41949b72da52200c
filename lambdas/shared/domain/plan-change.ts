import { type ApprovalGiven, type ClientEventBody, clientTicketSchema } from "./client-contract.ts";
import { fitComment } from "./limits.ts";
import { type EventEvidence, newComments, uploadSteps } from "./news-of-event.ts";
import type { EventPlan } from "./plan.ts";
import type { ApprovalRequest, EnsonoStep } from "./steps.ts";
import type { Learnt, TicketView } from "./ticket-view.ts";

/**
 * What an event of a change asks for at Ensono: comments, attachments and the answer to its approval, and nothing else (C3, C5;
 * guide, "Client Actions"). Only Ensono starts changes (C1).
 */
export const planChange = (event: ClientEventBody, ticket: TicketView, evidence: EventEvidence): EventPlan => {
  const number = ticket.link ?? event.ensonoTicketNumber;
  const learnt: Learnt = { ticketType: "Change", said: knownFields(event) };
  if (number === undefined) return ignore("only Ensono starts changes (C1): ask for one with a request", learnt);
  if (ticket.change?.state === "Closed") return ignore("the change is closed at Ensono, which is final (T6)", learnt);

  const answer = answerTo(event.approval, number, ticket, evidence);
  if ("outcome" in answer) return { decision: answer, learnt: {} };
  const comments = newComments(event, evidence, false).flatMap(fitComment);
  const steps: EnsonoStep[] = [
    ...(comments.length > 0 ? [{ do: "addComments", comments } as const] : []),
    ...uploadSteps(event, evidence, false),
    ...answer.steps,
  ];
  const notes = [...answer.notes, ...unsentFields(event)];
  const link = ticket.link === undefined ? { link: number } : {};
  if (steps.length === 0 && ticket.link !== undefined) {
    return ignore(notes.join("; ") || "nothing that Ensono does not have already", learnt);
  }
  return { decision: { outcome: "perform", steps, ...link, notes }, learnt: { ...learnt, ...answer.learnt } };
};

const ignore = (reason: string, learnt: Learnt): EventPlan => ({ decision: { outcome: "ignore", reason }, learnt });

const knownFields = ({ ticket }: ClientEventBody): Record<string, unknown> =>
  Object.fromEntries(Object.entries(ticket).filter(([name]) => name in clientTicketSchema.shape));

const unsentFields = ({ ticket }: ClientEventBody): string[] => {
  const names = Object.keys(ticket);
  return names.length === 0 ? [] : [`not sent, of a change Ensono takes no fields (C5): ${names.join(", ")}`];
};

type Answer =
  | { steps: EnsonoStep[]; notes: string[]; learnt: Learnt }
  | { outcome: "wait"; reason: string }
  | { outcome: "hold"; code: "refused"; reason: string };

/** The client may approve before Ensono's request has come through; longer than this it does not take. */
const REQUEST_COMES_WITHIN_MS = 15 * 60_000;

/** C3: the first answer is sent, with the final approver and the reason; what comes after it only goes into the journal. */
const answerTo = (
  given: ApprovalGiven | undefined,
  number: string,
  ticket: TicketView,
  evidence: EventEvidence,
): Answer => {
  if (given === undefined) return { steps: [], notes: [], learnt: {} };
  const obstacle = whyNotSent(ticket, evidence);
  if (obstacle !== undefined) {
    return { steps: [], notes: [`${given.decision} by ${given.approver.name} was not sent: ${obstacle}`], learnt: {} };
  }
  const asked = requestFor(given, ticket.change?.approvals ?? []);
  const approvalId = given.approvalId ?? asked?.approvalId;
  if (approvalId === undefined) {
    return evidence.waitedMs < REQUEST_COMES_WITHIN_MS
      ? { outcome: "wait", reason: "Ensono's request for this approval has not come yet" }
      : hold("approval: Ensono has not asked for one of this change; release this entry once it has, or skip it");
  }
  const approver = asked?.approverEmail ?? given.approver.email;
  if (approver === undefined) return hold("approval.approver.email: needed, because Ensono's request names no address");
  const [comment, ...rest] = fitComment({ body: commentOf(given, number) });
  const { decision } = given;
  const steps: EnsonoStep[] = [
    { do: "answerApproval", answer: { decision, approvalId, approver, comment: comment?.body ?? "" } },
    ...(rest.length > 0 ? [{ do: "addComments", comments: rest } as const] : []),
  ];
  return { steps, notes: [], learnt: { answered: { decision, approvalId, order: evidence.order } } };
};

const hold = (reason: string): Answer => ({ outcome: "hold", code: "refused", reason });

const whyNotSent = (
  { answered, change, replacedBy }: TicketView,
  { order, isAnswerSkipped }: EventEvidence,
): string | undefined => {
  if (replacedBy !== undefined) return `${replacedBy} has taken the place of this change`;
  if (answered !== undefined && answered.order !== order && !isAnswerSkipped) {
    return `the change was ${answered.decision} before, and only the first answer counts (C3)`;
  }
  return change?.state === "New" || change?.state === "Cancelled"
    ? `the change is ${change.state} at Ensono`
    : undefined;
};

/** The request that is answered: the one named, else the one sent to this approver, else the first one. */
const requestFor = (
  { approvalId, approver }: ApprovalGiven,
  requests: readonly ApprovalRequest[],
): ApprovalRequest | undefined => {
  if (approvalId !== undefined) return requests.find((request) => request.approvalId === approvalId);
  const email = approver.email?.toLowerCase();
  return (
    requests.find(({ approverEmail }) => approverEmail?.toLowerCase() === email && email !== undefined) ?? requests[0]
  );
};

/** In `approve` and `reject` a comment has only a body, so who decided stands in it (guide, "Approving a Change", Notes). */
const commentOf = ({ decision, approver, reason, decidedAt }: ApprovalGiven, number: string): string => {
  const who = [
    approver.name,
    ...(approver.email === undefined ? [] : [`Email: ${approver.email}`]),
    ...(approver.phone === undefined ? [] : [`Phone: ${approver.phone}`]),
  ].join(", ");
  const when = decidedAt === undefined ? "" : ` at ${decidedAt}`;
  const why = reason?.trim() || (decision === "rejected" ? "no reason was given" : "");
  return `${who} ${decision} change ${number}${when}${why === "" ? "" : `: ${why}`}`;
};
