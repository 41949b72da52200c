import * as z from "zod";
import { attachedFileSchema, droppedFileSchema } from "./attached-file.ts";
import { commentSchema, instanceSchema, type TicketComment, TicketRefusal, utcSeconds } from "./tickets.ts";

/** Ensono's changes and what may be done to them, whoever does it. Nothing here knows of HTTP or of the queue. */

/** Ensono's people call New "Draft" (guide, "Ensono Fields"); every transaction says New. */
export const changeStateSchema = z.enum([
  "New",
  "Assess",
  "Authorize",
  "Scheduled",
  "Implement",
  "Review",
  "Closed",
  "Cancelled",
]);
export type ChangeState = z.infer<typeof changeStateSchema>;

export const changeTypeSchema = z.enum(["Normal", "Standard", "Emergency"]);

export const changeCloseCodeSchema = z.enum([
  "Successful",
  "Successful with issues",
  "Successful Outside Change Window",
  "Unsuccessful",
]);

export const approverSchema = z.strictObject({ name: z.string().min(1), email: z.string().min(1) });

const approvalSchema = z.object({
  approvalId: z.string(),
  approverName: z.string(),
  approverEmail: z.string(),
  state: z.enum(["requested", "approved", "rejected", "no longer required"]),
});
export type Approval = z.infer<typeof approvalSchema>;

export const approvalAnswerSchema = z.object({
  answer: z.enum(["approve", "reject"]),
  approvalId: z.string(),
  approver: z.string(),
  clientTicketNumber: z.string(),
  comments: z.array(z.string()),
});
export type ApprovalAnswer = z.infer<typeof approvalAnswerSchema>;

export const changeSchema = z.object({
  ticketNumber: z.string(),
  ticketType: z.literal("Change"),
  instance: instanceSchema,
  /** Empty until the client has returned it; kept when the change is drafted anew. */
  clientTicketNumber: z.string(),
  /** All that were ever returned, in order. */
  clientTicketNumbers: z.array(z.string()),
  /** Whether the first transaction was sent: before it, nothing about the change is. */
  isKnownToClient: z.boolean(),
  type: changeTypeSchema,
  state: changeStateSchema,
  /** ServiceNow's words, as the guide's examples have them; its table of fields shows their display values. */
  approval: z.enum(["not requested", "requested", "approved", "rejected"]),
  /** Those who are asked each time that the change is submitted. */
  approvers: z.array(approverSchema),
  /** Every request that was ever sent. */
  approvals: z.array(approvalSchema),
  /** What the client answered; only the first answer to what is open is considered. */
  answers: z.array(approvalAnswerSchema.extend({ at: z.string(), isConsidered: z.boolean() })),
  group: z.string(),
  ensonoGroup: z.string(),
  openedAt: z.string(),
  updatedOn: z.string(),
  requestedByName: z.string(),
  shortDescription: z.string(),
  category: z.string(),
  startDate: z.string(),
  endDate: z.string(),
  risk: z.string(),
  impact: z.string(),
  description: z.string(),
  justification: z.string(),
  preChangeChecks: z.string(),
  implementationPlan: z.string(),
  testPlan: z.string(),
  backoutPlan: z.string(),
  priority: z.string(),
  cis: z.string(),
  closeNotes: z.string(),
  closeCode: z.string(),
  comments: z.array(commentSchema),
  files: z.array(attachedFileSchema),
  droppedFiles: z.array(droppedFileSchema),
});
export type ChangeRecord = z.infer<typeof changeSchema>;

/** Where a change goes when it is submitted (guide, "Difference between each type of change"). */
const firstMove = {
  Normal: { state: "Assess", approval: "requested" },
  Standard: { state: "Scheduled", approval: "approved" },
  Emergency: { state: "Authorize", approval: "requested" },
} as const;

/** Ensono's own approvers decide in Authorize; what is past it was approved. */
const approvalOnMove: Partial<Record<ChangeState, ChangeRecord["approval"]>> = {
  New: "not requested",
  Authorize: "requested",
  Scheduled: "approved",
  Implement: "approved",
  Review: "approved",
};

/** Nobody waits for the client's answer in these. */
const isPastAsking = (state: ChangeState): boolean => state === "New" || state === "Closed" || state === "Cancelled";

/** @throws TicketRefusal when the change is closed or cancelled. */
export function refuseWhenOver({ ticketNumber, state }: ChangeRecord): void {
  if (state === "Closed" || state === "Cancelled")
    throw new TicketRefusal(`Change ${ticketNumber} is ${state}, no more updates are allowed.`);
}

/**
 * Takes the change out of Draft, for the first time or again. Gives the approvals that are asked for: one for each
 * external approver of a Normal change.
 * @throws TicketRefusal unless the change is in New.
 */
export function submitChange(change: ChangeRecord, newId: () => string, at: number): Approval[] {
  refuseWhenOver(change);
  if (change.state !== "New")
    throw new TicketRefusal(
      `Change ${change.ticketNumber} is in ${change.state}; only a change in New can be submitted.`,
    );
  Object.assign(change, firstMove[change.type], { isKnownToClient: true, updatedOn: utcSeconds(at) });
  const asked = change.type === "Normal" ? change.approvers : [];
  const approvals = asked.map(
    ({ name, email }): Approval => ({
      approvalId: newId(),
      approverName: name,
      approverEmail: email,
      state: "requested",
    }),
  );
  change.approvals.push(...approvals);
  return approvals;
}

export type ChangeMove =
  | { state: "Closed"; closeNotes: string; closeCode: z.infer<typeof changeCloseCodeSchema> }
  | { state: Exclude<ChangeState, "Closed"> };

/**
 * Any move between states, also such as Ensono's process has no use for.
 * @returns whether the state is another one now.
 * @throws TicketRefusal when the change is closed or cancelled, or would leave New other than by being submitted or
 * cancelled.
 */
export function moveChange(change: ChangeRecord, move: ChangeMove, at: number): boolean {
  refuseWhenOver(change);
  if (change.state === move.state) return false;
  if (change.state === "New" && move.state !== "Cancelled")
    throw new TicketRefusal(`Change ${change.ticketNumber} is in New; submit it first.`);
  Object.assign(change, move, {
    approval: approvalOnMove[move.state] ?? change.approval,
    updatedOn: utcSeconds(at),
  });
  if (isPastAsking(move.state)) withdrawApprovals(change);
  return true;
}

const withdrawApprovals = (change: ChangeRecord): void => {
  for (const approval of change.approvals) if (approval.state === "requested") approval.state = "no longer required";
};

/**
 * Records the client's answer, and considers it if it is the first: "any approval or rejection actions made after the
 * first will not be considered" (guide, "Client Actions"). Nor is one to a request that was withdrawn.
 * @throws TicketRefusal when no such approval was requested, or of somebody else.
 */
export function answerApproval(change: ChangeRecord, given: ApprovalAnswer, at: number): void {
  const approval = change.approvals.find(({ approvalId }) => approvalId === given.approvalId);
  if (approval === undefined)
    throw new TicketRefusal(`Change ${change.ticketNumber} has no approval ${given.approvalId}.`);
  if (approval.approverEmail.toLowerCase() !== given.approver.toLowerCase())
    throw new TicketRefusal(`Approval ${given.approvalId} is not of approver ${given.approver}.`);

  const isConsidered = approval.state === "requested";
  change.answers.push({ ...given, at: utcSeconds(at), isConsidered });
  if (!isConsidered) return;
  approval.state = given.answer === "approve" ? "approved" : "rejected";
  change.approval = approval.state;
  withdrawApprovals(change);
}

/** @throws TicketRefusal when the change is closed or cancelled. */
export function addChangeComment(change: ChangeRecord, comment: TicketComment, at: number): void {
  refuseWhenOver(change);
  change.comments.push(comment);
  change.updatedOn = utcSeconds(at);
}

export function returnChangeNumber(change: ChangeRecord, clientTicketNumber: string): void {
  change.clientTicketNumber = clientTicketNumber;
  change.clientTicketNumbers.push(clientTicketNumber);
}
