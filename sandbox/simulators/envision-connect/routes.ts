import * as z from "zod";

/** Which call of the API a request is (guide, "Client to Ensono API Methods", "Client to Queue API Methods"). */

export const callSchema = z.enum([
  "createTicket",
  "updateTicket",
  "getTicket",
  "addComments",
  "returnClientNumber",
  "approveChange",
  "rejectChange",
  "getUploadUrl",
  "readQueue",
  "deleteMessage",
  /** These two go to the simulated S3, not to the API. */
  "uploadFile",
  "downloadFile",
]);
export type Call = z.infer<typeof callSchema>;
export type ApiCall = Exclude<Call, "uploadFile" | "downloadFile">;

const environmentSchema = z.enum(["dev", "echo", "cert", "prod"]);
export type Environment = z.infer<typeof environmentSchema>;

export type Route =
  | { kind: "call"; call: ApiCall; environment: Environment; ticket: string; handle: string; fileName: string }
  /** Refused before the API key is looked at, as API Gateway does. */
  | { kind: "forbidden" }
  | { kind: "missing-authentication-token" }
  /** Known to the API, but to none of its functions. */
  | { kind: "bad-path" };

const ticketCalls: Record<string, ApiCall> = {
  "PUT ": "updateTicket",
  "GET ": "getTicket",
  "PUT notes": "addComments",
  "PUT returnptn": "returnClientNumber",
  "PUT approve": "approveChange",
  "PUT reject": "rejectChange",
  "GET attachments": "getUploadUrl",
};
const knownTicketPaths = new Set(["", "notes", "returnptn", "approve", "reject", "attachments"]);

const unknownMethod: Route = { kind: "missing-authentication-token" };

/** Takes the path as it came, still encoded. Paths are case-sensitive. */
export function findRoute(method: string, path: string, clientStack: string): Route {
  const [, stack, environmentName, resource, ...rest] = path.split("/");
  const environment = environmentSchema.safeParse(environmentName).data;
  if (stack !== clientStack) return { kind: "forbidden" };
  if (environment === undefined) return unknownMethod;
  if (resource === "queue") return queueRoute(method, rest, environment);
  return resource === "tickets" ? ticketRoute(method, rest, environment) : unknownMethod;
}

function queueRoute(method: string, rest: string[], environment: Environment): Route {
  if (environment === "echo") return unknownMethod;
  const found = { kind: "call", environment, ticket: "", fileName: "" } as const;
  if (method === "GET" && rest.length === 0) return { ...found, call: "readQueue", handle: "" };
  // A handle that was not encoded still arrives here, but its "+" are blanks by then: ReceiptHandleIsInvalid.
  const handle = decoded(rest.join("/").replaceAll("+", " "));
  return method === "DELETE" && handle !== "" ? { ...found, call: "deleteMessage", handle } : unknownMethod;
}

function ticketRoute(method: string, rest: string[], environment: Environment): Route {
  const [ticket = "", action = "", fileName = "", ...more] = rest.map(decoded);
  const found = { kind: "call", environment, ticket, handle: "", fileName } as const;
  if (rest.length === 0) return method === "POST" ? { ...found, call: "createTicket" } : unknownMethod;
  const hasFileName = fileName !== "";
  if (!/\d/.test(ticket) || !knownTicketPaths.has(action) || more.length > 0) return { kind: "bad-path" };
  if (hasFileName !== (action === "attachments")) return { kind: "bad-path" };
  const call = ticketCalls[`${method} ${action}`];
  // "This API is only available in dev environment."
  const available = call !== undefined && (call !== "getTicket" || environment === "dev");
  return available ? { ...found, call } : unknownMethod;
}

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};
