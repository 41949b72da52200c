import {
  type Answer,
  cannotBeCreated,
  cannotBeUpdated,
  groupNotFound,
  notAuthorizedForTicket,
  responded,
} from "./answers.ts";
import {
  asEnsonoShows,
  type ClientCallDeps,
  echo,
  instanceOf,
  ownTicketOrChange,
  Refused,
  type RoutedCall,
  readPayload,
} from "./call-support.ts";
import { getTicketResponse } from "./get-ticket.ts";
import {
  type CommentPayload,
  closureSchema,
  createSchema,
  identitySchema,
  notesSchema,
  readEnvelope,
  updateSchema,
} from "./payloads.ts";
import { addComment, type Changed, closeTicket, resolveTicket, type TicketRecord, updateTicket } from "./tickets.ts";
import { closureTransaction, createTransaction, notesTransaction, updateTransaction } from "./transactions.ts";

/** What the client can do with incidents and requests. */

const DEFAULT_GROUP = "Ensono Service Desk";
const ENSONO_GROUP = "CS - 1st Line";

export const getTicket = (call: RoutedCall, deps: ClientCallDeps): Answer => ({
  status: 200,
  body: getTicketResponse(ownTicket(call, deps)),
});

export function createTicket(call: RoutedCall, deps: ClientCallDeps): Answer {
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

export function updateOrClose(call: RoutedCall, deps: ClientCallDeps): Answer {
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

export function addComments(call: RoutedCall, deps: ClientCallDeps): Answer {
  const { comments } = readPayload(call, notesSchema, deps);
  takeComments(call, deps, ownTicket(call, deps), comments);
  return responded("Comments added");
}

export function returnClientNumber(call: RoutedCall, deps: ClientCallDeps): Answer {
  const { clientTicketNumber } = readPayload(call, identitySchema, deps);
  ownTicket(call, deps).clientTicketNumber = clientTicketNumber;
  return responded("PTN added");
}

function ownTicket(call: RoutedCall, deps: ClientCallDeps): TicketRecord {
  const found = ownTicketOrChange(call, deps);
  if (found.ticketType === "Change") throw new Refused(notAuthorizedForTicket);
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

function echoChanged(
  call: RoutedCall,
  deps: ClientCallDeps,
  ticket: TicketRecord,
  changed: Changed,
  transaction: typeof updateTransaction,
): void {
  if (Object.keys(changed).length > 0) echo(call, deps, transaction(deps.ensono.clientName, ticket, changed));
}
