import * as z from "zod";
import type { EnsonoFields, TicketType } from "../../../lambdas/shared/domain/ensono-ticket.ts";
import { PermanentError, TransientError } from "../../../lambdas/shared/domain/errors.ts";
import type { Clock, EnsonoQueue, EnsonoTickets, QueueMessage } from "../../../lambdas/shared/ports.ts";
import { guideMessages } from "../guide-messages.ts";
import { type InMemoryQueue, inMemoryQueue } from "./in-memory-queue.ts";

/** What befalls the next call about a ticket. */
export type EnsonoFault = "time-out-before" | "time-out-after" | "unavailable" | "refusal" | "wrong-key";

export interface InMemoryEnsonoTicket {
  readonly number: string;
  clientTicketNumber: string;
  readonly ticketType: TicketType;
  readonly fields: Record<string, string>;
  readonly comments: string[];
}

export interface InMemoryEnsono extends EnsonoTickets, EnsonoQueue {
  readonly tickets: readonly InMemoryEnsonoTicket[];
  readonly queue: InMemoryQueue;
  /** The calls about tickets that reached Ensono, in that order. */
  readonly calls: readonly string[];
  /** Lets something happen right after the first call that begins so, once. */
  afterCall(begins: string, happens: () => void): void;
  /** Queues faults, one for each coming call about a ticket. */
  fail(...faults: EnsonoFault[]): void;
  /** Down, for calls about tickets and for the queue. */
  goDown(isDown: boolean): void;

  /** An agent of Ensono acts; gives the ticket's number. */
  open(fields?: Record<string, string>): string;
  change(number: string, changed: Record<string, string>): void;
  note(number: string, body: string, id?: string): void;
  /** Puts a message about a change on the queue: the guide's example with other fields. The change is there from then on. */
  sayOfChange(number: string, type: string, body?: Record<string, unknown>): void;
}

export interface InMemoryEnsonoOptions {
  readonly clock: Clock;
  /** As in the echo environment, all that we send comes back on the queue. */
  readonly echoes?: boolean;
  /** The only groups there are; without it, all are known. */
  readonly groups?: readonly string[];
  /** When the number of a ticket made by a create without answer comes over the queue. */
  readonly returnsNumbers?: "at-once" | "never" | "for-every-create";
}

const valuesOf = (fields: EnsonoFields): Record<string, string> => z.record(z.string(), z.string()).parse(fields);

const downtime = (effect: "none" | "unknown") => new TransientError("unavailable", effect, "Ensono is down");

/** An Ensono that remembers: its tickets, and its queue with groups, visibility and receipt handles. */
export const inMemoryEnsono = (options: InMemoryEnsonoOptions): InMemoryEnsono => {
  const { clock, echoes = false, groups, returnsNumbers = "at-once" } = options;
  const queue = inMemoryQueue(clock);
  const tickets: InMemoryEnsonoTicket[] = [];
  const calls: string[] = [];
  const faults: EnsonoFault[] = [];
  const followers: { begins: string; happens: () => void }[] = [];
  let isDown = false;
  let notes = 0;

  const ticketNumbered = (number: string): InMemoryEnsonoTicket => {
    const ticket = tickets.find((one) => one.number === number);
    if (ticket === undefined) throw new PermanentError("refused", `there is no ticket ${number}`);
    return ticket;
  };

  const tell = (ticket: InMemoryEnsonoTicket, type: string, more: Record<string, unknown> = {}): void => {
    const { number, clientTicketNumber, ticketType, fields } = ticket;
    const { clientName } = guideMessages.create.Body;
    const body = { clientName, ticketNumber: number, clientTicketNumber, ticketType, ...fields, ...more };
    queue.put({ type, body, group: number, attributes: { ClientReferenceAvailable: clientTicketNumber !== "" } });
  };

  const create = (ticketType: TicketType, fields: EnsonoFields, clientTicketNumber = ""): InMemoryEnsonoTicket => {
    const number = `e-CS${String(tickets.length + 1).padStart(7, "0")}`;
    const values = { status: "open", ...valuesOf(fields) };
    const ticket: InMemoryEnsonoTicket = { number, clientTicketNumber, ticketType, fields: values, comments: [] };
    tickets.push(ticket);
    return ticket;
  };

  const set = (ticket: InMemoryEnsonoTicket, changed: Record<string, string>): void => {
    const before = ticket.fields.status;
    if (before === "closed") throw new PermanentError("refused", `${ticket.number} is closed`);
    if (changed.status === "closed" && before !== "resolved") {
      throw new PermanentError("refused", `${ticket.number} must be resolved before it can be closed`);
    }
    Object.assign(ticket.fields, changed);
  };

  const tellChange = (ticket: InMemoryEnsonoTicket, changed: Record<string, string>): void => {
    const isOver = changed.status === "resolved" || changed.status === "closed";
    tell(ticket, isOver ? "Closure" : "Update", { changed });
  };

  const tellNote = (ticket: InMemoryEnsonoTicket, body: string, id: string, commenter: string): void =>
    tell(ticket, "Notes", { notes: { type: "comment", id, body, commenter } });

  /** Lets the coming fault befall a call: before its effect, or after it. */
  const called = <Result>(name: string, effect: () => Result, onLostAnswer?: (result: Result) => void): Result => {
    calls.push(name);
    if (isDown) throw downtime("none");
    const fault = faults.shift();
    if (fault === "unavailable") throw downtime("none");
    if (fault === "refusal") throw new PermanentError("refused", "Ensono refused it");
    if (fault === "wrong-key") throw new TransientError("configuration", "none", "Forbidden");
    if (fault === "time-out-before") throw downtime("unknown");
    const result = effect();
    const follower = followers.findIndex(({ begins }) => name.startsWith(begins));
    if (follower >= 0) for (const { happens } of followers.splice(follower, 1)) happens();
    if (fault === "time-out-after" || returnsNumbers === "for-every-create") onLostAnswer?.(result);
    if (fault === "time-out-after") throw downtime("unknown");
    return result;
  };

  const requireGroup = ({ group }: EnsonoFields): void => {
    if (group === undefined || groups === undefined || groups.includes(group)) return;
    throw new TransientError("unknown-group", "none", "assignment_group sys_id or name not found.");
  };

  const queueCall = <Result>(call: () => Result): Result => {
    if (isDown) throw downtime("none");
    return call();
  };

  return {
    tickets,
    queue,
    calls,
    afterCall: (begins, happens) => void followers.push({ begins, happens }),
    fail: (...more) => void faults.push(...more),
    goDown: (down) => {
      isDown = down;
    },

    open(fields = {}) {
      const ticket = create("Incident", { shortDescription: "test", description: "test", priority: "4", ...fields });
      tell(ticket, "Create");
      return ticket.number;
    },
    change(number, changed) {
      const ticket = ticketNumbered(number);
      set(ticket, changed);
      tellChange(ticket, changed);
    },
    note(number, body, id = `note-${++notes}`) {
      const ticket = ticketNumbered(number);
      ticket.comments.push(body);
      tellNote(ticket, body, id, "Ensono User");
    },

    sayOfChange(number, type, body = {}) {
      const known = tickets.find((one) => one.number === number);
      const ticket = known ?? {
        number,
        clientTicketNumber: "",
        ticketType: "Change" as const,
        fields: {},
        comments: [],
      };
      if (known === undefined) tickets.push(ticket);
      const { clientTicketNumber: _, ticketNumber: __, ...example } = guideMessages.changeCreate.Body;
      tell(ticket, type, { ...example, updatedOn: "", ...body });
    },

    async createTicket({ clientTicketNumber, ticketType, fields, comments }) {
      const effect = (): InMemoryEnsonoTicket => {
        requireGroup(fields);
        const ticket = create(ticketType, fields, clientTicketNumber);
        ticket.comments.push(...comments.map(({ body }) => body));
        if (echoes) tell(ticket, "Create");
        return ticket;
      };
      const ticket = called("createTicket", effect, (made) => {
        if (returnsNumbers !== "never") tell(made, "ReturnEnsonoNum");
      });
      return ticket.number;
    },

    async updateTicket({ ensonoTicketNumber }, fields) {
      called(`updateTicket ${JSON.stringify(fields)}`, () => {
        requireGroup(fields);
        const ticket = ticketNumbered(ensonoTicketNumber);
        set(ticket, valuesOf(fields));
        if (echoes) tellChange(ticket, valuesOf(fields));
      });
    },

    async addComments({ ensonoTicketNumber }, comments) {
      called("addComments", () => {
        const ticket = ticketNumbered(ensonoTicketNumber);
        for (const { body } of comments) {
          ticket.comments.push(body);
          if (echoes) tellNote(ticket, body, `note-${++notes}`, "Ensono User");
        }
      });
    },

    async returnNumber({ ensonoTicketNumber, clientTicketNumber }) {
      called(`returnNumber ${clientTicketNumber}`, () => {
        ticketNumbered(ensonoTicketNumber).clientTicketNumber = clientTicketNumber;
      });
    },

    async answerApproval({ ensonoTicketNumber }, { decision, approvalId, approver }) {
      called(`answerApproval ${decision} ${approvalId} ${approver}`, () => ticketNumbered(ensonoTicketNumber));
    },

    async read(): Promise<QueueMessage[]> {
      return queueCall(() => queue.read());
    },
    async delete(receiptHandle) {
      return queueCall(() => queue.delete(receiptHandle));
    },
  };
};
