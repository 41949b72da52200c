import * as http from "node:http";
import * as https from "node:https";
import { TransientError, whyOf } from "../domain/errors.ts";
import type { Clock } from "../ports.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; the values of a header that came several times are joined with commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/**
 * Performs one request and gives the answer, whatever its status; redirects are not followed.
 *
 * @throws TransientError `unavailable`; its effect is `none` when the request surely was not sent, and `unknown` after that.
 * @throws Error when the URL is not one for `requireSafeUrl`.
 */
export type HttpCall = (request: HttpRequest) => Promise<HttpAnswer>;

export interface HttpCallerOptions {
  readonly clock: Clock;
  /** For name look-up, TCP and TLS together. */
  readonly connectTimeoutMs?: number;
  /** From the connection to the last byte of the answer. */
  readonly answerTimeoutMs?: number;
  /** By default what the gateway in front of Ensono lets through: a longer answer of its queue could never be read. */
  readonly maxBodyBytes?: number;
  /** How long a connection may be idle and still be used again; below the 5 s after which many servers hang up. */
  readonly idleMs?: number;
}

/** The largest payload of Amazon API Gateway. Ten messages of SQS fit into it, each as long as it may be and escaped. */
const GATEWAY_BYTES = 10 * 1024 * 1024;

/**
 * A caller that keeps its connections. It stands on node:https because the built-in fetch costs about 27 ms of CPU on its
 * first use and hides whether the request was sent, on which the effect of a failure depends (E13).
 *
 * It never repeats a request by itself, not even one on a connection that turns out to be dead: whether a repeat is
 * harmless, only the caller knows. Instead, connections that were idle for long are dropped before they are used.
 */
export const httpCaller = (options: HttpCallerOptions): HttpCall => {
  const {
    clock,
    connectTimeoutMs = 3000,
    answerTimeoutMs = 20_000,
    maxBodyBytes = GATEWAY_BYTES,
    idleMs = 4000,
  } = options;
  const agentOptions = { keepAlive: true, timeout: idleMs, scheduling: "lifo" } as const;
  const plain = new http.Agent(agentOptions);
  const secure = new https.Agent({ ...agentOptions, minVersion: "TLSv1.2" });
  let lastUsed = clock();

  const open = (url: URL, request: HttpRequest, signal: AbortSignal): http.ClientRequest => {
    const agent = url.protocol === "https:" ? secure : plain;
    // While Lambda had us frozen, no timer of the agent ran, and the other side may have hung up unseen.
    if (clock() - lastUsed > idleMs) dropIdle(agent);
    const { method, headers } = request;
    return (agent === secure ? https : http).request(url, { method, headers, agent, signal });
  };

  return async (request) => {
    const url = requireSafeUrl(request.url);
    const limit = timeLimit();
    const outgoing = open(url, request, limit.signal);
    let effect: "none" | "unknown" = "none";
    try {
      limit.set("no connection", connectTimeoutMs);
      const answered = answerTo(outgoing);
      outgoing.end(request.body);
      await Promise.race([connected(outgoing), answered]);
      effect = "unknown";
      limit.set("no complete answer", answerTimeoutMs);
      const incoming = await answered;
      const body = await readBody(incoming, maxBodyBytes);
      return { status: incoming.statusCode ?? 0, headers: flatten(incoming.headers), body };
    } catch (error) {
      outgoing.destroy();
      const cause: unknown = limit.signal.aborted ? limit.signal.reason : error;
      // Not the whole URL: it may hold a receipt handle or a signature.
      const message = `${request.method} ${url.origin}: ${whyOf(cause)}`;
      throw new TransientError("unavailable", effect, message, { cause });
    } finally {
      limit.clear();
      lastUsed = clock();
    }
  };
};

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Gives the URL when requests may go there: https, or http to this very machine (E2).
 *
 * @throws Error saying what to change.
 */
export const requireSafeUrl = (text: string): URL => {
  const url = URL.parse(text);
  if (url === null) throw new Error(`"${text}" is not a URL: expected https://…`);
  const isSafe = url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname));
  if (!isSafe) throw new Error(`${url.origin}: expected https://…; http:// is for localhost only`);
  if (url.username !== "" || url.password !== "") {
    throw new Error(`${url.origin}: expected a URL without user and password; they would end up in logs`);
  }
  return url;
};

/** Reads `Retry-After`, which is in seconds or a date (RFC 9110, 10.2.3); undefined where it is neither. */
export const readRetryAfter = ({ headers }: HttpAnswer, now: number): number | undefined => {
  const value = headers["retry-after"]?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000));
};

const dropIdle = (agent: http.Agent): void => {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
};

/** One time limit after another; passing one aborts the request. */
const timeLimit = () => {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: controller.signal,
    set(what: string, ms: number) {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new Error(`${what} within ${ms} ms`)), ms);
    },
    clear: () => clearTimeout(timer),
  };
};

/** Resolves when the connection stands; from then on bytes of the request may have left. */
const connected = (outgoing: http.ClientRequest): Promise<void> =>
  new Promise((resolve) => {
    outgoing.once("socket", (socket) => {
      if (outgoing.reusedSocket) resolve();
      else socket.once(outgoing.protocol === "https:" ? "secureConnect" : "connect", () => resolve());
    });
  });

const answerTo = (outgoing: http.ClientRequest): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    outgoing.once("response", resolve);
    // Stays for the request's whole life: errors may come after the answer.
    outgoing.on("error", reject);
  });

/** Throws when the answer is too long, or ends before it is whole. */
const readBody = async (incoming: http.IncomingMessage, maxBytes: number): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("expected bytes");
    size += chunk.byteLength;
    if (size > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};

const flatten = (headers: http.IncomingHttpHeaders): HttpAnswer["headers"] =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()]));
