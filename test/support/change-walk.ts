import { decide, type TransactionEvidence } from "../../lambdas/shared/domain/decide.ts";
import { type Answered, emptyHead, type Head, mayLinkTo } from "../../lambdas/shared/domain/entry.ts";
import { clientLane, ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import type { ClientStep, Decision } from "../../lambdas/shared/domain/steps.ts";
import { viewOf } from "../../lambdas/shared/domain/ticket-view.ts";
import { afterLearning, configWith, NOW, policiesWith, readMessage } from "./builders.ts";
import { guideMessages } from "./guide-messages.ts";

/** A change of the client's, as the steps have made it. */
export interface WalkedChange {
  readonly number: string;
  status: "open" | "cancelled" | "closed";
  clientApproval: string | undefined;
  fields: Record<string, unknown>;
  approvals: string[];
  comments: string[];
}

const NUMBER = guideMessages.changeCreate.Body.ticketNumber;
const noEvidence: TransactionEvidence = { repeatedNoteIds: [], echoedNotes: [] };

const peerOf = (number: string, answered: Answered | undefined): Head => ({
  ...emptyHead(clientLane(number)),
  ...(answered === undefined ? {} : { answered }),
});

/** Walks one change of Ensono through the rules, and does at the client what they say: the lanes without any plumbing. */
export const changeWalk = (options: { config?: ReturnType<typeof configWith>; type?: string } = {}) => {
  const { config = configWith(), type = "Normal" } = options;
  const changes: WalkedChange[] = [];
  let head: Head = { ...emptyHead(ensonoLane(NUMBER)), ticketType: "Change" };
  let answered: Answered | undefined;
  let sent = 0;

  const present = (): WalkedChange => {
    const change = changes.find(({ number }) => number === head.link);
    if (change === undefined) throw new Error("the client has no change");
    return change;
  };

  const perform = (step: ClientStep): void => {
    switch (step.do) {
      case "createTicket": {
        const { ticket: fields, clientApproval } = step;
        const change: WalkedChange = {
          number: `CHG${changes.length + 1}`,
          status: "open",
          clientApproval,
          fields: { ...fields },
          approvals: [],
          comments: [],
        };
        if (!mayLinkTo(head, change.number)) throw new Error(`${NUMBER} cannot be linked to ${change.number}`);
        changes.push(change);
        head = { ...head, link: change.number };
        answered = undefined;
        return;
      }
      case "cancelTicket":
      case "closeTicket":
        present().status = step.do === "cancelTicket" ? "cancelled" : "closed";
        Object.assign(present().fields, step.changed);
        return;
      case "updateTicket":
        Object.assign(present().fields, step.changed);
        return;
      case "requestApproval":
        present().approvals.push(step.approval.approvalId);
        return;
      case "addComment":
        present().comments.push(step.comment.body);
        return;
      default:
        throw new Error(`${step.do} is nothing for a change`);
    }
  };

  return {
    changes,
    present,
    open: () => changes.filter(({ status }) => status === "open"),

    /** The client's answer, as the other lane remembers it. */
    answer(decision: "approved" | "rejected") {
      answered = { decision, approvalId: "1", order: "1" };
      if (decision === "rejected") present().status = "closed";
    },

    /** One transaction of Ensono; gives what was decided. */
    take(
      transactionType: string,
      body: Record<string, unknown> = {},
      evidence: Partial<TransactionEvidence> = {},
    ): Decision<ClientStep> {
      sent += 1;
      const transaction = readMessage({
        MessageId: `message-${sent}`,
        Body: { ...guideMessages.changeCreate.Body, updatedOn: "", type, ...body },
        Attributes: {
          SequenceNumber: String(sent),
          SentTimestamp: String(NOW + sent),
          MessageGroupId: NUMBER,
          TransactionType: transactionType,
        },
      });
      const peer = head.link === undefined ? undefined : peerOf(head.link, answered);
      const ticket = viewOf(head, peer, NOW + sent);
      const { decision, learnt } = decide(
        transaction,
        ticket,
        { ...noEvidence, ...evidence },
        { ...policiesWith(), config },
      );
      head = afterLearning(head, learnt, NOW + sent);
      if (decision.outcome === "perform") {
        if (decision.link !== undefined) head = { ...head, link: decision.link };
        for (const step of decision.steps) perform(step);
      }
      return decision;
    },
  };
};
