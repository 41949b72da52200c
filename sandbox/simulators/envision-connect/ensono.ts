import { randomUUID } from "node:crypto";
import * as z from "zod";
import { type Content, contentSchema, createFifoQueue, type FifoQueue, queueStateSchema } from "./fifo-queue.ts";
import { type Instance, type TicketComment, type TicketRecord, ticketSchema, utcSeconds } from "./tickets.ts";
import { returnNumberTransaction, type Transaction } from "./transactions.ts";

/** What Ensono has: its tickets, one queue for each instance, and the numbers that it still owes for timed-out creates. */

export const envisionConnectStateSchema = z.object({
  nextTicket: z.int(),
  tickets: z.array(ticketSchema),
  queues: z.record(z.enum(["dev", "cert", "prod"]), queueStateSchema),
  owedNumbers: z.array(z.object({ ticketNumber: z.string(), dueAt: z.number() })),
});
/** Everything that outlives a restart. The fault script does not. */
export type EnvisionConnectState = z.infer<typeof envisionConnectStateSchema>;

export interface EnsonoOptions {
  clientName: string;
  now: () => number;
  visibilitySeconds: number;
  maxReceives: number;
  state?: EnvisionConnectState | undefined;
}

export type NewTicket = Pick<
  TicketRecord,
  | "openedBy"
  | "clientTicketNumber"
  | "ticketType"
  | "description"
  | "shortDescription"
  | "group"
  | "ensonoGroup"
  | "priority"
  | "impact"
  | "urgency"
  | "category"
  | "origin"
  | "cis"
  | "contactName"
  | "contactEmail"
  | "contactPhone"
>;

export interface Ensono {
  readonly clientName: string;
  now(): number;
  open(instance: Instance, fields: NewTicket): TicketRecord;
  find(ticketNumber: string): TicketRecord | undefined;
  tickets(): TicketRecord[];
  newComment(comment: Omit<TicketComment, "id">): TicketComment;
  queue(instance: Instance): FifoQueue;
  send(instance: Instance, transaction: Transaction): void;
  /** Sends ReturnEnsonoNum once so much time has passed. */
  returnNumberLater(ticketNumber: string, delayMs: number): void;
  snapshot(): EnvisionConnectState;
}

const FIRST_TICKET = 204_070;

export function createEnsono({ clientName, now, visibilitySeconds, maxReceives, state }: EnsonoOptions): Ensono {
  const tickets = new Map((state?.tickets ?? []).map((ticket) => [ticket.ticketNumber, structuredClone(ticket)]));
  let nextTicket = state?.nextTicket ?? FIRST_TICKET;
  let owedNumbers = [...(state?.owedNumbers ?? [])];
  const createQueue = (name: Instance): FifoQueue =>
    createFifoQueue({ name, now, visibilitySeconds, maxReceives, state: state?.queues[name] });
  const queues = { dev: createQueue("dev"), cert: createQueue("cert"), prod: createQueue("prod") };

  const send = (instance: Instance, { group, content }: Transaction): void => queues[instance].send(group, content);

  /** Time passes unnoticed until someone looks, so no timer is needed and a restart forgets nothing. */
  const sendDueNumbers = (): void => {
    if (owedNumbers.length === 0) return;
    const due = owedNumbers.filter(({ dueAt }) => dueAt <= now());
    owedNumbers = owedNumbers.filter(({ dueAt }) => dueAt > now());
    for (const { ticketNumber } of due) {
      const ticket = tickets.get(ticketNumber);
      if (ticket !== undefined) send(ticket.instance, returnNumberTransaction(clientName, ticket));
    }
  };

  return {
    clientName,
    now,
    open: (instance, fields) => {
      const openedTime = utcSeconds(now());
      const ticket: TicketRecord = {
        ...fields,
        ticketNumber: `e-CS${String(nextTicket).padStart(7, "0")}`,
        instance,
        status: "open",
        openedTime,
        updatedOn: openedTime,
        closeNotes: "",
        closeCode: "",
        comments: [],
      };
      nextTicket += 1;
      tickets.set(ticket.ticketNumber, ticket);
      return ticket;
    },
    find: (ticketNumber) => tickets.get(ticketNumber),
    tickets: () => [...tickets.values()],
    newComment: (comment) => ({ id: randomUUID().replaceAll("-", ""), ...comment }),
    queue: (instance) => {
      sendDueNumbers();
      return queues[instance];
    },
    send,
    returnNumberLater: (ticketNumber, delayMs) => {
      owedNumbers.push({ ticketNumber, dueAt: now() + delayMs });
    },
    snapshot: () => ({
      nextTicket,
      tickets: structuredClone([...tickets.values()]),
      queues: { dev: queues.dev.snapshot(), cert: queues.cert.snapshot(), prod: queues.prod.snapshot() },
      owedNumbers: [...owedNumbers],
    }),
  };
}

export const rawMessageSchema = contentSchema;

/** A message of any shape as a transaction of its ticket, as far as it names one. */
export function rawTransaction(message: Content): Transaction {
  const named = z.object({ MessageGroupId: z.string() }).safeParse(message.Attributes).data?.MessageGroupId;
  const inBody = z.object({ ticketNumber: z.string() }).safeParse(message.Body).data?.ticketNumber;
  return { group: named ?? inBody ?? "no-ticket", content: message };
}
