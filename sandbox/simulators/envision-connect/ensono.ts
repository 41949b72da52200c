import * as z from "zod";
import { type ChangeRecord, changeSchema } from "./changes.ts";
import { type Content, contentSchema, createFifoQueue, type FifoQueue, queueStateSchema } from "./fifo-queue.ts";
import { createFileStore, type FileStore, fileStoreStateSchema } from "./file-store.ts";
import { newSysId } from "./sys-id.ts";
import { type Instance, type TicketComment, type TicketRecord, ticketSchema, utcSeconds } from "./tickets.ts";
import { returnNumberTransaction, type Transaction } from "./transactions.ts";

/** What Ensono has: its tickets and changes, their files, one queue for each instance, and the numbers that it still owes for timed-out creates. */

const FIRST_TICKET = 204_070;
const FIRST_CHANGE = 32_075;

export const envisionConnectStateSchema = z.object({
  nextTicket: z.int(),
  tickets: z.array(ticketSchema),
  queues: z.record(z.enum(["dev", "cert", "prod"]), queueStateSchema),
  owedNumbers: z.array(z.object({ ticketNumber: z.string(), dueAt: z.number() })),
  nextChange: z.int().default(FIRST_CHANGE),
  changes: z.array(changeSchema).default([]),
  files: fileStoreStateSchema.default({ contents: [], uploads: [] }),
});
/** Everything that outlives a restart. The fault script does not. */
export type EnvisionConnectState = z.infer<typeof envisionConnectStateSchema>;

export interface EnsonoOptions {
  clientName: string;
  now: () => number;
  visibilitySeconds: number;
  maxReceives: number;
  /** Where the simulated S3 is reached, known once it listens. */
  storageUrl: () => string;
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

export type NewChange = Pick<
  ChangeRecord,
  | "type"
  | "approvers"
  | "group"
  | "ensonoGroup"
  | "requestedByName"
  | "shortDescription"
  | "category"
  | "startDate"
  | "endDate"
  | "risk"
  | "impact"
  | "description"
  | "justification"
  | "preChangeChecks"
  | "implementationPlan"
  | "testPlan"
  | "backoutPlan"
  | "priority"
  | "cis"
>;

export interface Ensono {
  readonly clientName: string;
  now(): number;
  open(instance: Instance, fields: NewTicket): TicketRecord;
  find(ticketNumber: string): TicketRecord | undefined;
  tickets(): TicketRecord[];
  /** In New: a draft. */
  openChange(instance: Instance, fields: NewChange): ChangeRecord;
  findChange(changeNumber: string): ChangeRecord | undefined;
  changes(): ChangeRecord[];
  findEither(number: string): TicketRecord | ChangeRecord | undefined;
  readonly files: FileStore;
  storageUrl(): string;
  newComment(comment: Omit<TicketComment, "id">): TicketComment;
  queue(instance: Instance): FifoQueue;
  send(instance: Instance, transaction: Transaction): void;
  /** Sends ReturnEnsonoNum once so much time has passed. */
  returnNumberLater(ticketNumber: string, delayMs: number): void;
  snapshot(): EnvisionConnectState;
}

export function createEnsono(options: EnsonoOptions): Ensono {
  const { clientName, now, visibilitySeconds, maxReceives, storageUrl, state } = options;
  const tickets = new Map((state?.tickets ?? []).map((ticket) => [ticket.ticketNumber, structuredClone(ticket)]));
  const changes = new Map((state?.changes ?? []).map((change) => [change.ticketNumber, structuredClone(change)]));
  const files = createFileStore(now, state?.files);
  let nextTicket = state?.nextTicket ?? FIRST_TICKET;
  let nextChange = state?.nextChange ?? FIRST_CHANGE;
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
        files: [],
        droppedFiles: [],
      };
      nextTicket += 1;
      tickets.set(ticket.ticketNumber, ticket);
      return ticket;
    },
    find: (ticketNumber) => tickets.get(ticketNumber),
    tickets: () => [...tickets.values()],
    openChange: (instance, fields) => {
      const change = draft(`e-CHG${String(nextChange).padStart(7, "0")}`, instance, fields, utcSeconds(now()));
      nextChange += 1;
      changes.set(change.ticketNumber, change);
      return change;
    },
    findChange: (changeNumber) => changes.get(changeNumber),
    changes: () => [...changes.values()],
    findEither: (number) => tickets.get(number) ?? changes.get(number),
    files,
    storageUrl,
    newComment: (comment) => ({ id: newSysId(), ...comment }),
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
      nextChange,
      changes: structuredClone([...changes.values()]),
      files: files.snapshot(),
    }),
  };
}

const draft = (ticketNumber: string, instance: Instance, fields: NewChange, openedAt: string): ChangeRecord => ({
  ...fields,
  ticketNumber,
  ticketType: "Change",
  instance,
  clientTicketNumber: "",
  clientTicketNumbers: [],
  isKnownToClient: false,
  state: "New",
  approval: "not requested",
  approvals: [],
  answers: [],
  openedAt,
  updatedOn: openedAt,
  closeNotes: "",
  closeCode: "",
  comments: [],
  files: [],
  droppedFiles: [],
});

export const rawMessageSchema = contentSchema;

/** A message of any shape as a transaction of its ticket, as far as it names one. */
export function rawTransaction(message: Content): Transaction {
  const named = z.object({ MessageGroupId: z.string() }).safeParse(message.Attributes).data?.MessageGroupId;
  const inBody = z.object({ ticketNumber: z.string() }).safeParse(message.Body).data?.ticketNumber;
  return { group: named ?? inBody ?? "no-ticket", content: message };
}
