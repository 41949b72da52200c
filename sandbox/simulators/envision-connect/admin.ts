import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import {
  type Agent,
  agentClosureSchema,
  agentCommentSchema,
  agentTicketSchema,
  agentUpdateSchema,
  UnknownTicket,
} from "./agent.ts";
import { agentChangeSchema, agentMoveSchema } from "./change-agent.ts";
import type { ChangeRecord } from "./changes.ts";
import { rawMessageSchema } from "./ensono.ts";
import { type Faults, faultRuleSchema } from "./faults.ts";
import type { Content } from "./fifo-queue.ts";
import { fileOverHttpSchema, publishSchema } from "./file-agent.ts";
import type { CallRecord } from "./server.ts";
import { type TicketRecord, TicketRefusal } from "./tickets.ts";

/** Lets a person or a script act as Ensono over HTTP, under `/_admin`: agent, fault script, and a look behind the API. */

export const ADMIN_PATH = "/_admin";

export interface AdminDeps {
  agent: Agent;
  faults: Faults;
  send(message: Content): void;
  tickets(): TicketRecord[];
  ticket(ticketNumber: string): TicketRecord | undefined;
  changes(): ChangeRecord[];
  change(changeNumber: string): ChangeRecord | undefined;
  calls(): CallRecord[];
  queue: { waiting(): number; inFlight(): number; failed(): Content[]; maxReceiveCount(): number };
}

interface AdminAnswer {
  status: number;
  body?: unknown;
}
type Handler = (body: unknown, ticketNumber: string) => AdminAnswer;

export async function serveAdmin(
  request: IncomingMessage,
  response: ServerResponse,
  handlers: AdminHandlers,
): Promise<void> {
  const { status, body } = await answer(request, handlers);
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === undefined ? undefined : JSON.stringify(body, undefined, 2));
}

export type AdminHandlers = Record<string, Handler>;

/** Keys are the method and the path below `/_admin`, with `{n}` for the number of a ticket or change. */
export function createAdminHandlers(deps: AdminDeps): AdminHandlers {
  return { ...ticketHandlers(deps), ...changeHandlers(deps), ...handlersBehindTheApi(deps) };
}

/** What stands at Ensono after an act on it. */
const acting =
  (deps: AdminDeps) =>
  (act: (body: unknown, ticketNumber: string) => void): Handler =>
  (body, ticketNumber) => {
    act(body, ticketNumber);
    return { status: 200, body: deps.ticket(ticketNumber) ?? deps.change(ticketNumber) };
  };

const showing =
  (find: (number: string) => unknown): Handler =>
  (_, number) => {
    const found = find(number);
    if (found === undefined) throw new UnknownTicket(`There is no ticket ${number}.`);
    return { status: 200, body: found };
  };

/** Comments and files go to changes as well as to tickets. */
function ticketHandlers(deps: AdminDeps): AdminHandlers {
  const { agent } = deps;
  const act = acting(deps);
  return {
    "POST /tickets": (body) => ({
      status: 201,
      body: { ticketNumber: agent.open(agentTicketSchema.parse(body)) },
    }),
    "GET /tickets": () => ({ status: 200, body: deps.tickets() }),
    "GET /tickets/{n}": showing(deps.ticket),
    "POST /tickets/{n}/update": act((body, number) => agent.update(number, agentUpdateSchema.parse(body))),
    "POST /tickets/{n}/comment": act((body, number) => agent.comment(number, agentCommentSchema.parse(body))),
    "POST /tickets/{n}/resolve": act((body, number) => agent.resolve(number, agentClosureSchema.parse(body))),
    "POST /tickets/{n}/close": act((_, number) => agent.close(number)),
    "POST /tickets/{n}/reopen": act((_, number) => agent.reopen(number)),
    "POST /tickets/{n}/attach": (body, number) => ({
      status: 201,
      body: { fileId: agent.attach(number, fileOverHttpSchema.parse(body)) },
    }),
    "POST /tickets/{n}/publish": act((body, number) => agent.publish(number, publishSchema.parse(body).fileId)),
  };
}

function changeHandlers(deps: AdminDeps): AdminHandlers {
  const { agent } = deps;
  const act = acting(deps);
  return {
    "POST /changes": (body) => ({
      status: 201,
      body: { changeNumber: agent.openChange(agentChangeSchema.parse(body)) },
    }),
    "GET /changes": () => ({ status: 200, body: deps.changes() }),
    "GET /changes/{n}": showing(deps.change),
    "POST /changes/{n}/submit": act((_, number) => agent.submit(number)),
    "POST /changes/{n}/move": act((body, number) => {
      const { state, ...closure } = agentMoveSchema.parse(body);
      agent.moveChange(number, state, closure);
    }),
  };
}

function handlersBehindTheApi(deps: AdminDeps): AdminHandlers {
  const { faults, queue } = deps;
  return {
    "GET /queue": () => ({
      status: 200,
      body: {
        waiting: queue.waiting(),
        inFlight: queue.inFlight(),
        maxReceiveCount: queue.maxReceiveCount(),
        failed: queue.failed(),
      },
    }),
    "GET /calls": () => ({ status: 200, body: deps.calls() }),
    "POST /faults": (body) => {
      faults.add(faultRuleSchema.parse(body));
      return { status: 201, body: faults.list() };
    },
    "GET /faults": () => ({ status: 200, body: faults.list() }),
    "DELETE /faults": () => {
      faults.clear();
      return { status: 204 };
    },
    "POST /messages": (body) => {
      deps.send(rawMessageSchema.parse(body));
      return { status: 201, body: { waiting: queue.waiting() } };
    },
  };
}

async function answer(request: IncomingMessage, handlers: AdminHandlers): Promise<AdminAnswer> {
  const path = (request.url ?? "").split("?", 1)[0]?.slice(ADMIN_PATH.length) ?? "";
  const ticketNumber = /^\/(?:tickets|changes)\/([^/]+)/.exec(path)?.[1] ?? "";
  const pattern = ticketNumber === "" ? path : path.replace(`/${ticketNumber}`, "/{n}");
  const handler = handlers[`${request.method} ${pattern}`];
  if (handler === undefined) {
    const known = Object.keys(handlers).map((key) => key.replace(" ", ` ${ADMIN_PATH}`));
    return { status: 404, body: { error: `There is no ${request.method} ${ADMIN_PATH}${path}.`, known } };
  }
  try {
    return handler(await readJson(request), decodeURIComponent(ticketNumber));
  } catch (error) {
    return refusal(error);
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? {} : JSON.parse(text);
}

function refusal(error: unknown): AdminAnswer {
  if (error instanceof z.ZodError) {
    const problems = error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`);
    return { status: 400, body: { error: problems.join("; ") } };
  }
  if (error instanceof SyntaxError) return { status: 400, body: { error: `body: not JSON (${error.message})` } };
  if (error instanceof UnknownTicket) return { status: 404, body: { error: error.message } };
  if (error instanceof TicketRefusal) return { status: 409, body: { error: error.message } };
  throw error;
}
