import {
  Agent,
  request as forwardRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { serveOnLoopback } from "../loopback-server.ts";
import type { Caller } from "./callers.ts";
import { isService, rightsFor, rightToMiss, type ServiceName, type WireRequest } from "./calls.ts";
import type { Permissions } from "./permissions.ts";
import { refuse } from "./refusals.ts";

/** Who is who, and what each may do. */
type Guardian = Pick<Permissions, "callerOf" | "missing" | "region">;

export interface FrontDoor {
  /** The address of all services. */
  readonly url: string;
  /** From then on callers of the template are let in, with the rights that they have. Before, only the owner is. */
  guard(guardian: Guardian): void;
  stop(): Promise<void>;
}

export interface FrontDoorInput {
  /** Where the emulators answer. */
  readonly emulators: Readonly<Record<ServiceName, string>>;
  /** Whoever has this access key owns the account, and is asked nothing: the sandbox itself, tests, an operator. */
  readonly ownerKey: string;
  /** Is told of each call that was refused. */
  readonly onRefusal: (caller: string, reason: string) => void;
}

/** Access key and service, as each signature of AWS names them, in the header or in a pre-signed URL. */
const CREDENTIAL = /^(?<key>[^/]+)\/\d{8}\/[^/]+\/(?<service>[^/]+)\/aws4_request/;

/**
 * Stands before the emulators, which know no rights: tells by the signature's access key who calls, lets through what the
 * caller's role allows, and refuses the rest as AWS would. Signatures themselves are not checked.
 */
export const openFrontDoor = async ({ emulators, ownerKey, onRefusal }: FrontDoorInput): Promise<FrontDoor> => {
  const agent = new Agent({ keepAlive: true });
  let permissions: Guardian | undefined;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://sandbox");
    const { key, service } = credentialOf(request, url);
    if (key === undefined || !isService(service)) return refuse(response, "s3", "the request is not signed");
    const forward = (body?: string) => pass({ request, response, to: new URL(emulators[service]), agent, body });
    if (key === ownerKey) return forward();

    const caller = permissions?.callerOf(key);
    if (permissions === undefined || caller === undefined)
      return refuse(response, service, `nobody has the key ${key}`);
    const body = service === "s3" ? undefined : await text(request);
    const wire = { method: request.method ?? "GET", url, headers: request.headers, body: body ?? "" };
    const missing = await missingRight(permissions, caller, service, wire);
    if (missing !== undefined) {
      onRefusal(caller.id, missing);
      return refuse(response, service, missing);
    }
    if (service !== "s3" || wire.method !== "GET") return forward(body);
    const guardian = permissions;
    const onMissing = () => guardian.missing(caller, service, [rightToMiss(wire)], { quietly: true });
    return pass({ request, response, to: new URL(emulators.s3), agent, onMissing });
  };

  const server = await serveOnLoopback((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  return {
    url: server.url,
    guard(given) {
      permissions = given;
    },
    async stop() {
      await server.stop();
      agent.destroy();
    },
  };
};

const credentialOf = ({ headers }: IncomingMessage, url: URL): { key?: string | undefined; service: string } => {
  const [, inHeader] = /Credential=([^,\s]+)/.exec(headers.authorization ?? "") ?? [];
  const found = CREDENTIAL.exec(inHeader ?? url.searchParams.get("X-Amz-Credential") ?? "");
  return { key: found?.groups?.key, service: found?.groups?.service ?? "" };
};

/** A call that the sandbox cannot judge is refused as well: it has to be taught first. */
const missingRight = async (
  permissions: Guardian,
  caller: Caller,
  service: ServiceName,
  wire: WireRequest,
): Promise<string | undefined> => {
  try {
    return await permissions.missing(caller, service, rightsFor(service, wire, permissions.region));
  } catch (error) {
    return `the sandbox does not know ${error instanceof Error ? error.message : String(error)}`;
  }
};

/** What the two ends say of their own connection is not for the other one. */
const endToEnd = ({ connection: _, "keep-alive": __, expect: ___, ...headers }: IncomingHttpHeaders) => headers;

interface Passing {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly to: URL;
  readonly agent: Agent;
  /** What was read of the request already. */
  readonly body?: string | undefined;
  /** Asked when the emulator has no such thing; a reason makes a refusal of it. */
  readonly onMissing?: () => Promise<string | undefined>;
}

/** Passes request and answer on as streams. Whoever breaks off, at either end, breaks off at the other end too. */
const pass = async ({ request, response, to, agent, body, onMissing }: Passing): Promise<void> => {
  const headers = endToEnd(request.headers);
  const { method, url: path } = request;
  const onward = forwardRequest({ host: to.hostname, port: to.port, method, path, headers, agent });
  response.once("close", () => onward.destroy());
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    onward.once("response", resolve).once("error", reject);
  });
  const sent = body === undefined ? pipeline(request, onward) : onward.end(body);
  const answer = await Promise.race([answered, Promise.resolve(sent).then(() => answered)]);
  const reason = answer.statusCode === 404 ? await onMissing?.() : undefined;
  if (reason !== undefined) {
    answer.resume();
    return refuse(response, "s3", reason);
  }
  response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
  await pipeline(answer, response);
};
