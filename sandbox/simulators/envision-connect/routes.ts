import * as z from "zod";

/** Which call of the API a request is (guide, "Client to Ensono API Methods", "Client to Queue API Methods"). */

export const callSchema = z.enum([
  "createTicket",
  "updateTicket",
  "getTicket",
  "addComments",
  "returnClientNumber",
  "readQueue",
  "deleteMessage",
]);
export type Call = z.infer<typeof callSchema>;

const environmentSchema = z.enum(["dev", "echo", "cert", "prod"]);
export type Environment = z.infer<typeof environmentSchema>;

export type Route =
  | { kind: "call"; call: Call; environment: Environment; ticket: string; handle: string }
  /** Refused before the API key is looked at, as API Gateway does. */
  | { kind: "forbidden" }
  | { kind: "missing-authentication-token" }
  /** Known to the API, but to none of its functions. */
  | { kind: "bad-path" };

const ticketCalls: Record<string, Call> = {
  "PUT ": "updateTicket",
  "GET ": "getTicket",
  "PUT notes": "addComments",
  "PUT returnptn": "returnClientNumber",
};
const knownTicketPaths = new Set(["", "notes", "returnptn"]);

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
  const found = { kind: "call", environment, ticket: "" } as const;
  if (method === "GET" && rest.length === 0) return { ...found, call: "readQueue", handle: "" };
  // A handle that was not encoded still arrives here, but its "+" are blanks by then: ReceiptHandleIsInvalid.
  const handle = decoded(rest.join("/").replaceAll("+", " "));
  return method === "DELETE" && handle !== "" ? { ...found, call: "deleteMessage", handle } : unknownMethod;
}

function ticketRoute(method: string, rest: string[], environment: Environment): Route {
  const [ticket = "", action = "", ...more] = rest.map(decoded);
  if (rest.length === 0)
    return method === "POST" ? { kind: "call", call: "createTicket", environment, ticket, handle: "" } : unknownMethod;
  if (!/\d/.test(ticket) || !knownTicketPaths.has(action) || more.length > 0) return { kind: "bad-path" };
  const call = ticketCalls[`${method} ${action}`];
  // "This API is only available in dev environment."
  const available = call !== undefined && (call !== "getTicket" || environment === "dev");
  return available ? { kind: "call", call, environment, ticket, handle: "" } : unknownMethod;
}

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};
