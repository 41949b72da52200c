import { type Answer, approvalReceived, cannotBeUpdated, rejectionReceived, responded } from "./answers.ts";
import { type ClientCallDeps, ownChange, Refused, type RoutedCall, readPayload } from "./call-support.ts";
import { addChangeComment, answerApproval, returnChangeNumber } from "./changes.ts";
import { approvalAnswerPayload, changeIdentitySchema, changeNotesSchema } from "./payloads.ts";

/** What the client can do with a change: answer its approval, comment on it, and return its own number. */

/** Answers alike whether the answer is considered or comes too late: the guide shows no other. */
export function answerChange(call: RoutedCall, answer: "approve" | "reject", deps: ClientCallDeps): Answer {
  const { comments, ticketType: _, ...given } = readPayload(call, approvalAnswerPayload, deps);
  const texts = comments.map(({ body }) => body);
  answerApproval(ownChange(call, deps), { ...given, answer, comments: texts }, deps.ensono.now());
  return responded(answer === "approve" ? approvalReceived : rejectionReceived);
}

export function addChangeComments(call: RoutedCall, deps: ClientCallDeps): Answer {
  const { comments } = readPayload(call, changeNotesSchema, deps);
  const change = ownChange(call, deps);
  for (const comment of comments)
    addChangeComment(change, deps.ensono.newComment({ from: "client", ...comment }), deps.ensono.now());
  return responded("Comments added");
}

export function returnNumberOfChange(call: RoutedCall, deps: ClientCallDeps): Answer {
  const { clientTicketNumber } = readPayload(call, changeIdentitySchema, deps);
  returnChangeNumber(ownChange(call, deps), clientTicketNumber);
  return responded("PTN added");
}

/** For what the client cannot do with a change of its own. */
export function refuseChange(call: RoutedCall, why: string, deps: ClientCallDeps): never {
  ownChange(call, deps);
  throw new Refused([why, cannotBeUpdated]);
}
