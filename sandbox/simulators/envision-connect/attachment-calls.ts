import { type Answer, cannotBeUpdated, responded } from "./answers.ts";
import { refuseWhenFinal } from "./attachments.ts";
import { type ClientCallDeps, ownTicketOrChange, Refused, type RoutedCall } from "./call-support.ts";
import { nameRefusal } from "./file-rules.ts";
import { uploadUrl } from "./uploads.ts";

/** Gives the one-time URL to which the client may PUT a file (guide, "Getting an upload URL"). */
export function getUploadUrl(call: RoutedCall, deps: ClientCallDeps): Answer {
  const { ticket: ticketNumber, fileName, environment } = call;
  const holder = ownTicketOrChange(call, deps);
  const refusal = nameRefusal(fileName);
  if (refusal !== undefined) throw new Refused([refusal, cannotBeUpdated]);
  refuseWhenFinal(holder);
  const url = uploadUrl(deps.ensono, { ticketNumber, fileName, isEcho: environment === "echo" });
  return responded({ code: 200, body: url });
}
