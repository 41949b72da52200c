import type { NoticeAnswer } from "../../../lambdas/shared/domain/client-contract.ts";
import { PermanentError, TransientError } from "../../../lambdas/shared/domain/errors.ts";
import type { ClientAttachment, ClientFields, ClientStep } from "../../../lambdas/shared/domain/steps.ts";
import type { ClientItsm, DeliveryContext } from "../../../lambdas/shared/ports.ts";

/** What befalls the next call of `perform`. */
export type ItsmFault = "time-out-before" | "time-out-after" | "refusal" | "overload" | "wrong-secret";

export interface InMemoryTicket {
  readonly number: string;
  ensonoTicketNumber: string | undefined;
  readonly fields: ClientFields;
  readonly comments: string[];
  /** Of a change: whether the bridge has cancelled or closed it. */
  isOver: boolean;
  readonly attachments: ClientAttachment[];
  /** Approval ids that were asked for. */
  readonly approvals: string[];
}

export interface Performed {
  readonly key: string;
  readonly step: ClientStep;
  readonly context: DeliveryContext;
}

export interface InMemoryItsm extends ClientItsm {
  readonly tickets: InMemoryTicket[];
  /** Every step that took effect, in that order. */
  readonly performed: readonly Performed[];
  /** Queues faults, one for each coming call of `perform`. */
  fail(...faults: ItsmFault[]): void;
  /** Whether creates give the number, or promise it. */
  giveNumbers(when: "at-once" | "later"): void;
  /** A ticket that an agent of the client opened. */
  open(fields: ClientFields): InMemoryTicket;
}

const timedOut = () => new TransientError("unavailable", "unknown", "the client's ITSM did not answer in time");

const failures: Readonly<Record<ItsmFault, () => Error>> = {
  "time-out-before": timedOut,
  "time-out-after": timedOut,
  refusal: () => new PermanentError("refused", "the client's ITSM refused it"),
  overload: () =>
    new TransientError("unavailable", "none", "the client's ITSM is overloaded", { retryAfterSeconds: 7 }),
  "wrong-secret": () => new TransientError("configuration", "none", "the client's ITSM does not know the secret"),
};

/** A client's ITSM that remembers, for tests of what stands on the `ClientItsm` port. */
export const inMemoryItsm = (options: {
  offers: ClientItsm["offers"];
  numbers?: "at-once" | "later";
}): InMemoryItsm => {
  const tickets: InMemoryTicket[] = [];
  const performed: Performed[] = [];
  const answers = new Map<string, NoticeAnswer>();
  const faults: ItsmFault[] = [];
  let numbers = options.numbers ?? "at-once";
  let comments = 0;

  const open = (fields: ClientFields, ensonoTicketNumber?: string): InMemoryTicket => {
    const number = `INC${tickets.length + 1}`;
    const nothing = { comments: [], attachments: [], approvals: [], isOver: false };
    const ticket: InMemoryTicket = { number, ensonoTicketNumber, fields: { ...fields }, ...nothing };
    tickets.push(ticket);
    return ticket;
  };

  const apply = (step: ClientStep, context: DeliveryContext): NoticeAnswer => {
    if (step.do === "createTicket") {
      const { number } = open(step.ticket, context.ensonoTicketNumber);
      return numbers === "at-once" ? { clientTicketNumber: number } : {};
    }
    const ticket = tickets.find(({ number }) => number === context.clientTicketNumber);
    if (ticket === undefined) throw new PermanentError("refused", `there is no ticket ${context.clientTicketNumber}`);
    if (step.do === "addComment") {
      ticket.comments.push(step.comment.body);
      comments += 1;
      return { commentId: `comment-${comments}` };
    }
    if (step.do === "announceLink") ticket.ensonoTicketNumber = context.ensonoTicketNumber;
    if (step.do === "addAttachment") ticket.attachments.push(step.attachment);
    if (step.do === "requestApproval") ticket.approvals.push(step.approval.approvalId);
    if (step.do === "cancelTicket" || step.do === "closeTicket") ticket.isOver = true;
    if ("changed" in step) Object.assign(ticket.fields, step.changed);
    return {};
  };

  return {
    offers: options.offers,
    tickets,
    performed,
    open,
    fail: (...more) => void faults.push(...more),
    giveNumbers: (when) => {
      numbers = when;
    },

    async perform(step, context) {
      const fault = faults.shift();
      if (fault !== undefined && fault !== "time-out-after") throw failures[fault]();
      const known = options.offers === "key" ? answers.get(context.key) : undefined;
      const answer = known ?? apply(step, context);
      if (known === undefined) performed.push({ key: context.key, step, context });
      answers.set(context.key, answer);
      if (fault !== undefined) throw failures[fault]();
      return answer;
    },

    async find(key) {
      if (options.offers !== "search") throw new TransientError("configuration", "none", "there is no search");
      return answers.get(key);
    },
  };
};
