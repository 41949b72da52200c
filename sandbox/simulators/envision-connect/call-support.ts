import type * as z from "zod";
import {
  type Answer,
  cannotBeUpdated,
  echoHasNoChanges,
  noMappingForClientName,
  notAuthorizedForTicket,
} from "./answers.ts";
import type { FileHolder } from "./attachments.ts";
import type { ChangeRecord } from "./changes.ts";
import type { Ensono } from "./ensono.ts";
import { complaints, PARSE_ERROR, readEnvelope } from "./payloads.ts";
import type { Json } from "./queue-message.ts";
import type { Environment, Route } from "./routes.ts";
import { type Instance, shownText, type TicketComment } from "./tickets.ts";
import type { Transaction } from "./transactions.ts";

/** What the calls of the API have in common. */

export interface ClientCallDeps {
  ensono: Ensono;
  /** The key that counts now. */
  apiKey: () => string;
  /** The groups that Ensono knows; every group when left out. */
  groups?: readonly string[] | undefined;
  /** The HTTP status of `{"Response": error}` and `{"Error": …}`, which the guide leaves open. */
  errorStatus: number;
  queueAnswer: (messages: Json[], requestId: string) => Answer;
}

export interface ClientCall {
  route: Route;
  apiKey: string | undefined;
  /** The parsed request body; undefined when there is none, or it is not JSON. */
  body: unknown;
  requestId: string;
}

export type RoutedCall = Extract<Route, { kind: "call" }> & Pick<ClientCall, "body" | "requestId">;

/** A refusal with the texts that go into `Response`. */
export class Refused extends Error {
  readonly response: Json;
  constructor(response: Json) {
    super("refused");
    this.response = response;
  }
}

export const instanceOf = (environment: Environment): Instance => (environment === "echo" ? "dev" : environment);

/** @throws Refused with the guide's text, or with a line for each field that is wrong. */
export function readPayload<Payload extends z.ZodType>(
  { body }: RoutedCall,
  schema: Payload,
  deps: ClientCallDeps,
  consequence = cannotBeUpdated,
): z.infer<Payload> {
  const payload = readEnvelope(body);
  if (payload === undefined) throw new Refused([PARSE_ERROR, consequence]);
  if (payload.clientName !== deps.ensono.clientName) throw new Refused(noMappingForClientName);
  const parsed = schema.safeParse(payload);
  if (!parsed.success) throw new Refused([...complaints(parsed.error), consequence]);
  return parsed.data;
}

/** Whether the call's path names a change. Its payload has another shape then, whether Ensono has such a change or not. */
export const namesChange = ({ ticket }: RoutedCall): boolean => /^(?:e-)?CHG/.test(ticket);

/**
 * The ticket or change that the path names.
 * @throws Refused when the client has none such in this environment, or it is a change and the environment is echo.
 */
export function ownTicketOrChange({ ticket, environment }: RoutedCall, { ensono }: ClientCallDeps): FileHolder {
  const found = ensono.findEither(ticket);
  if (found?.instance !== instanceOf(environment)) throw new Refused(notAuthorizedForTicket);
  if (found.ticketType === "Change" && environment === "echo") throw new Refused([echoHasNoChanges, cannotBeUpdated]);
  return found;
}

/** @throws Refused also when the path names no change. */
export function ownChange(call: RoutedCall, deps: ClientCallDeps): ChangeRecord {
  const found = ownTicketOrChange(call, deps);
  if (found.ticketType !== "Change") throw new Refused([`Ticket ${call.ticket} is not a change.`, cannotBeUpdated]);
  return found;
}

/** Ensono shows what came over the integration under this name (guide, "Get Ticket", u_integration_log). */
const INTEGRATION_USER = "Envision Connect Integration";

export const asEnsonoShows = (comment: TicketComment): TicketComment => ({
  ...comment,
  body: shownText(comment),
  commenter: INTEGRATION_USER,
  commenterEmail: "",
});

/** "Any transactions sent via the integration are sent back to the queue" (guide, /echo/). */
export function echo({ environment }: RoutedCall, { ensono }: ClientCallDeps, transaction: Transaction): void {
  if (environment === "echo") ensono.send(instanceOf(environment), transaction);
}
