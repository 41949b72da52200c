import type * as z from "zod";
import { type ApprovalGiven, approvalGivenSchema } from "../../../lambdas/shared/domain/client-contract.ts";
import { ProblemError } from "./problem.ts";
import type { ItsmApproval, ItsmTicket } from "./state.ts";
import type { Edit, Tickets } from "./tickets.ts";

export const approvalAnswerSchema = approvalGivenSchema.omit({ decision: true }).strict();
export type ApprovalAnswer = z.input<typeof approvalAnswerSchema>;

/** Throws ProblemError (409) when it is no change. */
export const requireChange = (ticket: ItsmTicket): ItsmTicket => {
  if (ticket.phase !== undefined) return ticket;
  throw new ProblemError(409, { error: `${ticket.number} is no change` });
};

/**
 * Keeps the answer with the request that it is to, and with the change. A rejected change is closed at once; what was decided
 * first stays, whatever is answered later. The event says what the agent said and no more.
 */
export const approvalEdit = (
  change: ItsmTicket,
  decision: ApprovalGiven["decision"],
  answer: ApprovalAnswer,
  tickets: Tickets,
): Omit<Edit, "actor"> => {
  const approval = { ...approvalAnswerSchema.parse(answer), decision };
  const asked = requestFor(change, approval);
  if (asked !== undefined) asked.answer = approval;
  if (change.decision !== undefined) return { approval };
  change.decision = decision;
  const fields =
    decision === "approved"
      ? tickets.setFields(change, { approval: "Approved" })
      : tickets.end(change, "closed", { approval: "Rejected", state: "Closed" });
  return { approval, fields };
};

/** The one that is named, else the one sent to this approver, else the first one. */
const requestFor = ({ approvals }: ItsmTicket, { approvalId, approver }: ApprovalGiven): ItsmApproval | undefined => {
  if (approvalId !== undefined) return approvals.find((one) => one.approvalId === approvalId);
  const email = approver.email?.toLowerCase();
  const own = approvals.find(({ approverEmail }) => email !== undefined && approverEmail?.toLowerCase() === email);
  return own ?? approvals[0];
};
