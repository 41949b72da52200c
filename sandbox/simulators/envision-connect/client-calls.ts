import {
  type Answer,
  badPath,
  cannotBeUpdated,
  changeCannotBeRead,
  changeHasNoFields,
  forbidden,
  handleError,
  messageDeleted,
  missingAuthenticationToken,
  responded,
} from "./answers.ts";
import { getUploadUrl } from "./attachment-calls.ts";
import {
  type ClientCall,
  type ClientCallDeps,
  instanceOf,
  namesChange,
  Refused,
  type RoutedCall,
} from "./call-support.ts";
import { addChangeComments, answerChange, refuseChange, returnNumberOfChange } from "./change-calls.ts";
import { toWireMessage } from "./queue-message.ts";
import { addComments, createTicket, getTicket, returnClientNumber, updateOrClose } from "./ticket-calls.ts";
import { TicketRefusal } from "./tickets.ts";

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

function perform(call: RoutedCall, deps: ClientCallDeps): Answer {
  switch (call.call) {
    case "readQueue":
      return readQueue(call, deps);
    case "deleteMessage":
      return deleteMessage(call, deps);
    case "getTicket":
      return namesChange(call) ? refuseChange(call, changeCannotBeRead, deps) : getTicket(call, deps);
    case "createTicket":
      return createTicket(call, deps);
    case "updateTicket":
      return namesChange(call) ? refuseChange(call, changeHasNoFields, deps) : updateOrClose(call, deps);
    case "addComments":
      return namesChange(call) ? addChangeComments(call, deps) : addComments(call, deps);
    case "returnClientNumber":
      return namesChange(call) ? returnNumberOfChange(call, deps) : returnClientNumber(call, deps);
    case "approveChange":
      return answerChange(call, "approve", deps);
    case "rejectChange":
      return answerChange(call, "reject", deps);
    case "getUploadUrl":
      return getUploadUrl(call, deps);
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
