import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { ClientItsm } from "../../../lambdas/shared/ports.ts";
import { serveOnLoopback } from "../../emulators/loopback-server.ts";
import { createAdminApi } from "./admin-api.ts";
import { type Agent, createAgent } from "./agent.ts";
import { eventOf } from "./client-event.ts";
import { createFaults, type Fault, type Faults, FILE } from "./faults.ts";
import type { FileContent } from "./file-content.ts";
import { createFiles, type Files, sendFile } from "./files.ts";
import { type Bridge, createOutbox } from "./outbox.ts";
import { ProblemError } from "./problem.ts";
import {
  type BehaviourChange,
  behaviourChangeSchema,
  behaviourSchema,
  type ClientItsmState,
  type Delivery,
  type Effect,
  emptyState,
  type ItsmTicket,
  type Outgoing,
  usualBehaviour,
} from "./state.ts";
import { createTickets, type Edit } from "./tickets.ts";
import { type Answer, createWebhookReceiver, idOf, isSigned, jsonAnswer, typeOf } from "./webhook-receiver.ts";

export interface ClientItsmOptions extends BehaviourChange {
  /** 0 (the default) takes any free port. */
  readonly port?: number;
  /** The secrets that deliveries may be signed with. */
  readonly webhookSecrets: readonly string[];
  /** Where events go; until it is known they wait. */
  readonly bridge?: Bridge;
  /** `key`: a repeated delivery gets its first answer; `search`: it can be found; `neither`: both make doubles. */
  readonly offers: ClientItsm["offers"];
  /** Where an earlier run stopped. */
  readonly state?: ClientItsmState;
  /** Keeps the state; called after each change, before anyone is told of it. */
  readonly save?: (state: ClientItsmState) => void;
  readonly now?: () => number;
}

export interface ClientItsmSimulator {
  /** Where deliveries go. */
  readonly url: string;
  readonly searchUrl: string;
  readonly adminUrl: string;
  readonly agent: Agent;
  readonly faults: Faults;
  setBridge(bridge: Bridge): void;
  behave(change: BehaviourChange): void;
  /** Changes too. */
  tickets(): ItsmTicket[];
  /** The changes that are neither cancelled nor closed. */
  openChanges(): ItsmTicket[];
  /** The content of an attachment; undefined where it was too large to be kept. */
  file(attachmentId: string): FileContent | undefined;
  /** Every delivery that came in, also refused, repeated and unanswered ones. */
  deliveries(): Delivery[];
  /** What the deliveries changed, in that order. */
  effects(): Effect[];
  /** Every call to the bridge's API, with its outcome. */
  events(): Outgoing[];
  snapshot(): ClientItsmState;
  /** Resolves when every event was accepted or refused by the bridge. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a simulated ITSM of the client on a loopback port: it receives the bridge's deliveries, keeps tickets, and tells the
 * bridge's API what its agents, and its integration user, change. `/files` holds its attachments; `/_admin` shows and steers it.
 *
 * @throws when the port is taken.
 */
export const startClientItsm = async (options: ClientItsmOptions): Promise<ClientItsmSimulator> => {
  const now = options.now ?? Date.now;
  const state = options.state ? structuredClone(options.state) : emptyState(now());
  let behaviour = { ...usualBehaviour };
  const changed = () => options.save?.(state);

  const closing = new AbortController();
  const faults = createFaults();
  const files = createFiles(state);
  const tickets = createTickets(state, now);
  const outbox = createOutbox({ state, files, bridge: options.bridge, now, changed });

  const sendEvent = (ticket: ItsmTicket, edit: Edit): void => {
    const body = eventOf(ticket, edit, behaviour, now());
    if (body === undefined) return;
    const { upload } = edit;
    outbox.add({
      ticketNumber: ticket.number,
      method: "POST",
      path: "/events",
      body,
      notBefore: 0,
      ...(upload !== undefined && { upload }),
    });
  };
  const sendNumber = ({ number, ensonoTicketNumber, ticketType }: ItsmTicket): void =>
    outbox.add({
      ticketNumber: number,
      method: "PUT",
      path: `/tickets/${ensonoTicketNumber}/client-number`,
      body: { clientTicketNumber: number, ticketType },
      notBefore: now() + behaviour.laterMs,
    });

  const agent = createAgent({
    tickets,
    files,
    urlOf: (attachmentId) => `${server.url}/files/${attachmentId}`,
    onEdit(ticket, edit) {
      sendEvent(ticket, edit);
      changed();
    },
  });
  const receiver = createWebhookReceiver({
    state,
    tickets,
    files,
    secrets: options.webhookSecrets,
    offers: options.offers,
    behaviour: () => behaviour,
    closing: closing.signal,
    onEdit(ticket, edit, numberLater) {
      if (numberLater) sendNumber(ticket);
      if (behaviour.echoes) sendEvent(ticket, edit);
    },
  });
  const behave = (change: BehaviourChange): void => {
    behaviour = behaviourSchema.parse({ ...behaviour, ...change });
  };
  behave(behaviourChangeSchema.strip().parse(options));
  const admin = createAdminApi({
    state,
    tickets,
    agent,
    faults,
    behaviour: () => behaviour,
    behave,
    setBridge: outbox.setBridge,
  });

  const receive = async (request: IncomingMessage, body: string): Promise<Answer | "reset" | "silence"> => {
    const type = typeOf(body);
    const key = idOf(request.headers);
    const valid = isSigned(options.webhookSecrets, request.headers, body);
    const fault = faults.take(type);
    if (fault?.kind === "slow") await delay(fault.ms);
    const skipped = fault !== undefined && fault.kind !== "slow" && !fault.afterEffect;
    const result = skipped ? undefined : await orProblem(() => receiver.deliver({ key, valid, body }));
    const answer = told(fault, result);
    state.deliveries.push({
      at: new Date(now()).toISOString(),
      id: key,
      type,
      body,
      valid,
      answer: typeof answer === "string" ? null : { status: answer.status, body: answer.body },
    });
    changed();
    return answer;
  };

  const respond = async (request: IncomingMessage): Promise<Answer | "reset" | "silence"> => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const method = request.method ?? "GET";
    const body = await text(request);
    if (method === "POST" && url.pathname === "/webhooks") return receive(request, body);
    if (method === "GET" && url.pathname === "/search") return orProblem(() => receiver.search(request.headers, url));
    return orProblem(() => admin(method, url.pathname, body));
  };

  const server = await serveOnLoopback((request, response) => {
    const [, attachmentId] = /^\/files\/([^/?]+)/.exec(request.url ?? "") ?? [];
    if (attachmentId !== undefined) {
      serveFile(response, attachmentId, { state, files, fault: faults.take(FILE) }).catch(() => response.destroy());
      return;
    }
    respond(request).then(
      (answer) => write(response, answer),
      (error) => write(response, jsonAnswer(500, { error: String(error) })),
    );
  }, options.port);

  return {
    url: `${server.url}/webhooks`,
    searchUrl: `${server.url}/search`,
    adminUrl: `${server.url}/_admin`,
    agent,
    faults,
    behave,
    setBridge: outbox.setBridge,
    tickets: () => structuredClone(tickets.all()),
    openChanges: () => structuredClone(tickets.all().filter(({ phase }) => phase === "open")),
    file: files.content,
    deliveries: () => structuredClone(state.deliveries),
    effects: () => structuredClone(state.effects),
    events: () => structuredClone(state.events),
    snapshot: () => structuredClone(state),
    idle: outbox.idle,
    async close() {
      closing.abort();
      await outbox.close();
      await server.stop();
    },
  };
};

/** What the sender gets to see, whatever was done. */
const told = (fault: Fault | undefined, result: Answer | undefined): Answer | "reset" | "silence" => {
  if (fault?.kind === "down") return "reset";
  if (fault?.kind === "timeout") return "silence";
  if (fault?.kind === "status") return { status: fault.status, headers: fault.headers, body: fault.body };
  return result ?? "silence";
};

const orProblem = async (answer: () => Answer | Promise<Answer>): Promise<Answer> => {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof ProblemError) return jsonAnswer(error.status, error.problem);
    throw error;
  }
};

/** Gives an attachment to whoever asks, as the bridge does that was told its address. */
const serveFile = async (
  response: ServerResponse,
  attachmentId: string,
  { state, files, fault }: { state: ClientItsmState; files: Files; fault: Fault | undefined },
): Promise<void> => {
  if (fault?.kind === "slow") await delay(fault.ms);
  else if (fault !== undefined) return write(response, told(fault, undefined));
  const content = files.content(attachmentId);
  if (content === undefined) {
    return write(
      response,
      jsonAnswer(404, { error: `there is no file ${attachmentId}, or it was too large to be kept` }),
    );
  }
  const attachments = Object.values(state.tickets).flatMap((ticket) => ticket.attachments);
  const { contentType } = attachments.find(({ id }) => id === attachmentId) ?? {};
  await sendFile(response, content, contentType);
};

const write = (response: ServerResponse, answer: Answer | "reset" | "silence"): void => {
  if (answer === "silence") return;
  if (answer === "reset") return void response.destroy();
  response.writeHead(answer.status, answer.headers).end(answer.body);
};
