import type * as z from "zod";
import {
  type Answer,
  badPath,
  cannotBeCreated,
  cannotBeUpdated,
  forbidden,
  groupNotFound,
  handleError,
  messageDeleted,
  missingAuthenticationToken,
  noMappingForClientName,
  notAuthorizedForTicket,
  responded,
} from "./answers.ts";
import type { Ensono } from "./ensono.ts";
import { getTicketResponse } from "./get-ticket.ts";
import {
  type CommentPayload,
  closureSchema,
  complaints,
  createSchema,
  identitySchema,
  notesSchema,
  PARSE_ERROR,
  readEnvelope,
  updateSchema,
} from "./payloads.ts";
import { type Json, toWireMessage } from "./queue-message.ts";
import type { Environment, Route } from "./routes.ts";
import {
  addComment,
  type Changed,
  closeTicket,
  type Instance,
  resolveTicket,
  shownText,
  type TicketComment,
  type TicketRecord,
  TicketRefusal,
  updateTicket,
} from "./tickets.ts";
import {
  closureTransaction,
  createTransaction,
  notesTransaction,
  type Transaction,
  updateTransaction,
} from "./transactions.ts";

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

/** A refusal with the texts that go into `Response`. */
class Refused extends Error {
  readonly response: Json;
  constructor(response: Json) {
    super("refused");
    this.response = response;
  }
}

/** Ensono shows what came over the integration under this name (guide, "Get Ticket", u_integration_log). */
const INTEGRATION_USER = "Envision Connect Integration";
const DEFAULT_GROUP = "Ensono Service Desk";
const ENSONO_GROUP = "CS - 1st Line";

const instanceOf = (environment: Environment): Instance => (environment === "echo" ? "dev" : environment);

/** Performs a client's call and gives the guide's answer to it. */
export function performClientCall(call: ClientCall, deps: ClientCallDeps): Answer {
  const { route } = call;
  if (route.kind === "forbidden") return forbidden;
  if (route.kind === "missing-authentication-token") return missingAuthenticationToken;
  if (call.apiKey !== deps.apiKey()) return forbidden;
  if (route.kind === "bad-path") return responded(badPath, deps.errorStatus);
  try {
    return perform({ ...route, body: call.body, requestId: call.requestId }, deps);
  } catch (error) {
    if (error instanceof Refused) return responded(error.response, deps.errorStatus);
    if (error instanceof TicketRefusal) return responded([error.message, cannotBeUpdated], deps.errorStatus);
    throw error;
  }
}

type RoutedCall = Extract<Route, { kind: "call" }> & Pick<ClientCall, "body" | "requestId">;

function perform(call: RoutedCall, deps: ClientCallDeps): Answer {
  switch (call.call) {
    case "readQueue":
      return readQueue(call, deps);
    case "deleteMessage":
      return deleteMessage(call, deps);
    case "getTicket":
      return { status: 200, body: getTicketResponse(ownTicket(call, deps)) };
    case "createTicket":
      return createTicket(call, deps);
    case "updateTicket":
      return updateOrClose(call, deps);
    case "addComments":
      return addComments(call, deps);
    case "returnClientNumber":
      return returnClientNumber(call, deps);
  }
}

function readQueue({ environment, requestId }: RoutedCall, { ensono, queueAnswer }: ClientCallDeps): Answer {
  return queueAnswer(ensono.queue(instanceOf(environment)).receive().map(toWireMessage), requestId);
}

function deleteMessage({ environment, handle, requestId }: RoutedCall, deps: ClientCallDeps): Answer {
  const outcome = deps.ensono.queue(instanceOf(environment)).delete(handle);
  if (outcome === "deleted") return messageDeleted(requestId);
  return { status: deps.errorStatus, body: handleError(outcome, handle, requestId) };
}

function createTicket(call: RoutedCall, deps: ClientCallDeps): Answer {
  const { comments, ...fields } = readPayload(call, createSchema, deps, cannotBeCreated);
  refuseUnknownGroup(fields.group, deps, cannotBeCreated);
  const ticket = deps.ensono.open(instanceOf(call.environment), {
    ...fields,
    group: fields.group || DEFAULT_GROUP,
    ensonoGroup: ENSONO_GROUP,
    openedBy: "client",
    category: "",
    origin: "Web",
  });
  echo(call, deps, createTransaction(deps.ensono.clientName, ticket));
  takeComments(call, deps, ticket, comments);
  return responded(ticket.ticketNumber);
}

function updateOrClose(call: RoutedCall, deps: ClientCallDeps): Answer {
  const status = readEnvelope(call.body)?.status;
  if (status === "resolved" || status === "closed") return closeOrResolve(call, deps);
  const { clientTicketNumber: _, ticketType: __, comments, ...fields } = readPayload(call, updateSchema, deps);
  const ticket = ownTicket(call, deps);
  refuseUnknownGroup(fields.group, deps, cannotBeUpdated);
  const changed = updateTicket(ticket, { ...fields, group: fields.group || undefined }, deps.ensono.now());
  echoChanged(call, deps, ticket, changed, updateTransaction);
  takeComments(call, deps, ticket, comments);
  return responded("Update Successful", 202);
}

function closeOrResolve(call: RoutedCall, deps: ClientCallDeps): Answer {
  const { status, closeNotes } = readPayload(call, closureSchema, deps);
  const ticket = ownTicket(call, deps);
  const at = deps.ensono.now();
  const changed =
    status === "resolved"
      ? resolveTicket(ticket, { closeNotes, closeCode: "resolved" }, at)
      : closeTicket(ticket, { closeNotes }, at);
  echoChanged(call, deps, ticket, changed, closureTransaction);
  return responded("Ticket Closed Successfully");
}

function addComments(call: RoutedCall, deps: ClientCallDeps): Answer {
  const { comments } = readPayload(call, notesSchema, deps);
  takeComments(call, deps, ownTicket(call, deps), comments);
  return responded("Comments added");
}

function returnClientNumber(call: RoutedCall, deps: ClientCallDeps): Answer {
  const { clientTicketNumber } = readPayload(call, identitySchema, deps);
  ownTicket(call, deps).clientTicketNumber = clientTicketNumber;
  return responded("PTN added");
}

/** @throws Refused with the guide's text, or with a line for each field that is wrong. */
function readPayload<Payload extends z.ZodType>(
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

function ownTicket({ ticket, environment }: RoutedCall, { ensono }: ClientCallDeps): TicketRecord {
  const found = ensono.find(ticket);
  if (found?.instance !== instanceOf(environment)) throw new Refused(notAuthorizedForTicket);
  return found;
}

function refuseUnknownGroup(group: string | undefined, { groups }: ClientCallDeps, consequence: string): void {
  if (group && groups !== undefined && !groups.includes(group)) throw new Refused([groupNotFound, consequence]);
}

function takeComments(call: RoutedCall, deps: ClientCallDeps, ticket: TicketRecord, comments: CommentPayload[]): void {
  for (const comment of comments) {
    const added = deps.ensono.newComment({ from: "client", ...comment });
    addComment(ticket, added, deps.ensono.now());
    echo(call, deps, notesTransaction(deps.ensono.clientName, ticket, asEnsonoShows(added)));
  }
}

const asEnsonoShows = (comment: TicketComment): TicketComment => ({
  ...comment,
  body: shownText(comment),
  commenter: INTEGRATION_USER,
  commenterEmail: "",
});

/** "Any transactions sent via the integration are sent back to the queue" (guide, /echo/). */
function echo({ environment }: RoutedCall, { ensono }: ClientCallDeps, transaction: Transaction): void {
  if (environment === "echo") ensono.send(instanceOf(environment), transaction);
}

function echoChanged(
  call: RoutedCall,
  deps: ClientCallDeps,
  ticket: TicketRecord,
  changed: Changed,
  transaction: typeof updateTransaction,
): void {
  if (Object.keys(changed).length > 0) echo(call, deps, transaction(deps.ensono.clientName, ticket, changed));
}
