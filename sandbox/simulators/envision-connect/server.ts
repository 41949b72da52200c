import { randomUUID } from "node:crypto";
import { type IncomingMessage, type RequestListener, type ServerResponse, STATUS_CODES } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import type { Answer } from "./answers.ts";
import type { ClientCallDeps } from "./call-support.ts";
import { performClientCall } from "./client-calls.ts";
import { type DownloadFault, type Fault, type FaultScript, takesEffect } from "./faults.ts";
import type { Json } from "./queue-message.ts";
import { type Call, findRoute, type Route } from "./routes.ts";
import { reply, struckAnswer } from "./struck-call.ts";

/** The API over HTTP: reads a request, lets the fault script strike, answers, and keeps a record of it. */

export interface CallRecord {
  at: number;
  method: string;
  /** As it came, encoded. */
  path: string;
  /** Undefined for a request that is none of the API's calls. */
  call: Call | undefined;
  /**
   * The parsed body, or the text where it is not JSON; undefined when there is none. Of an upload its content type, size
   * and sha256.
   */
  body: unknown;
  /** Undefined while it is not answered, and for ever when a fault left it so. */
  answered: { status: number; body: Json } | undefined;
  fault: Fault["kind"] | DownloadFault["kind"] | undefined;
  /** Whether an `x-api-key` came along, right or wrong. */
  hasApiKey: boolean;
}

export interface ServerDeps extends ClientCallDeps {
  clientStack: string;
  faults: FaultScript;
  latency: { readMs: number; deleteMs: number };
  record: (call: CallRecord) => void;
  /** Called after each call that may have changed something, before it is answered. */
  onChange: () => void;
  closing: AbortSignal;
}

const answerOf = (status: number): Answer => ({
  status,
  body: { message: STATUS_CODES[status] ?? "Unknown error" },
});
const timedOut: Answer = { status: 504, body: { message: "Endpoint request timed out" } };

export const createApiListener =
  (deps: ServerDeps): RequestListener =>
  (request, response) => {
    serve(request, response, deps).catch((error: unknown) => {
      if (deps.closing.aborted || response.destroyed) return response.destroy();
      // A defect of the simulator must not pass for one of the faults that it plays.
      process.emitWarning(error instanceof Error ? error : String(error));
      return reply(response, { status: 500, body: { message: "Internal server error" } });
    });
  };

async function serve(request: IncomingMessage, response: ServerResponse, deps: ServerDeps): Promise<void> {
  const { method = "GET", url = "/", headers } = request;
  const path = url.split("?", 1)[0] ?? url;
  const body = parsed(await readText(request));
  const route = findRoute(method, path, deps.clientStack);
  const call = route.kind === "call" ? route.call : undefined;
  const { latencyMs = 0, fault } = call === undefined ? {} : deps.faults.strike(call, ticketsNamed(route, body));
  const record: CallRecord = {
    at: deps.ensono.now(),
    method,
    path,
    call,
    body,
    answered: undefined,
    fault: fault?.kind,
    hasApiKey: headers["x-api-key"] !== undefined,
  };
  deps.record(record);

  const pause = latencyMs + fixedLatency(call, deps);
  if (pause > 0) await delay(pause, undefined, { signal: deps.closing });

  const apiKey = z.string().optional().parse(headers["x-api-key"]);
  const perform = (): Answer => {
    const answer = performClientCall({ route, apiKey, body, requestId: randomUUID() }, deps);
    if (mayChange(call)) deps.onChange();
    return answer;
  };
  const real = fault === undefined || takesEffect(fault) ? perform() : undefined;
  if (real !== undefined && fault !== undefined && call === "createTicket") oweNumber(real, fault, deps);

  const answer =
    fault === undefined ? real : await struckAnswer(fault, { response, closing: deps.closing, answerOf, timedOut });
  if (answer === undefined) return;
  record.answered = { status: answer.status, body: answer.body };
  reply(response, answer);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const parsed = (text: string): unknown => {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
};

const mayChange = (call: Call | undefined): boolean => call !== undefined && call !== "getTicket";

const namedSchema = z.object({ payload: z.object({ clientTicketNumber: z.string() }) });

/** The numbers by which a fault rule may name this call's ticket. */
const ticketsNamed = (route: Route, body: unknown): string[] => {
  const inPath = route.kind === "call" && route.ticket !== "" ? [route.ticket] : [];
  const inBody = body === undefined ? undefined : namedSchema.safeParse(body).data?.payload.clientTicketNumber;
  return inBody === undefined ? inPath : [...inPath, inBody];
};

const fixedLatency = (call: Call | undefined, { latency }: ServerDeps): number => {
  if (call === "readQueue") return latency.readMs;
  return call === "deleteMessage" ? latency.deleteMs : 0;
};

const createdSchema = z.object({ Response: z.string() });

function oweNumber(answer: Answer, fault: Fault, { ensono, onChange }: ServerDeps): void {
  const ticketNumber = createdSchema.safeParse(answer.body).data?.Response;
  if (ticketNumber === undefined || ensono.find(ticketNumber) === undefined) return;
  if (!("returnNumberAfterMs" in fault) || fault.returnNumberAfterMs === undefined) return;
  ensono.returnNumberLater(ticketNumber, fault.returnNumberAfterMs);
  onChange();
}
