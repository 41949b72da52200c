import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { LookupFunction } from "node:net";
import { type Bytes, bytesFrom } from "../domain/byte-streams.ts";
import { PermanentError, TransientError, whyOf } from "../domain/errors.ts";

export interface StreamRequest {
  readonly method: "GET" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: { readonly size: number; readonly content: Bytes };
  /** Finds the addresses of the host, and may refuse them by a PermanentError. */
  readonly lookup?: LookupFunction | undefined;
}

export interface StreamAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** To be read to its end or discarded: until then the connection stays. Throws TransientError `unavailable` when it breaks off. */
  readonly content: Bytes;
  /** What it says in text, in place of `content`; no more than so many bytes of it. */
  text(): Promise<string>;
}

export interface StreamPatience {
  /** For name look-up, TCP and TLS together. */
  readonly connectTimeoutMs?: number | undefined;
  /** So long nothing may move, in either direction. */
  readonly idleMs?: number | undefined;
}

/** A server that does not know of "100 Continue" gets the body after so long all the same. */
const CONTINUE_MS = 1000;
const LONGEST_TEXT = 64 * 1024;

/**
 * One request whose content or answer may be of any size; it has a connection of its own. Redirects are not followed, nothing
 * is decompressed. A body is only sent once the server has said that it wants it, so a URL that is dead does not cost a
 * file's transfer, and its answer is not lost in a connection that the server gave up.
 *
 * @throws TransientError `unavailable`; its effect is `none` as long as the other side cannot have the whole body.
 * @throws PermanentError what `lookup` refused. @throws what the body throws; the request is broken off then.
 */
export const httpStream = async (request: StreamRequest, patience: StreamPatience): Promise<StreamAnswer> => {
  const { connectTimeoutMs = 3000, idleMs = 60_000 } = patience;
  const { outgoing, answered, connected } = open(request);
  const wait = <T>(ms: number, what: string, event: Promise<T>) => within(ms, what, event, outgoing);
  const progress: Progress = { effect: "none" };
  try {
    await wait(connectTimeoutMs, "no connection", Promise.race([connected, answered]));
    if (request.body !== undefined) await sendBody(request.body, { outgoing, answered, idleMs, progress });
    const incoming = await wait(idleMs, "no answer", answered);
    return answerOf(incoming, outgoing, idleMs, request.url);
  } catch (error) {
    outgoing.destroy();
    if (progress.bodyFailure !== undefined) throw progress.bodyFailure.error;
    throw asFailure(error, progress.effect, request);
  }
};

interface Progress {
  effect: "none" | "unknown";
  bodyFailure?: { error: unknown };
}

const open = ({ method, url, headers, lookup, body }: StreamRequest) => {
  const length = body === undefined ? {} : { "content-length": String(body.size), expect: "100-continue" };
  const options = { method, headers: { ...headers, ...length }, agent: false, lookup };
  const isSecure = url.protocol === "https:";
  const outgoing = (isSecure ? https : http).request(url, options);
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    // Stays for the request's whole life: errors may come after the answer.
    outgoing.on("error", reject);
  });
  const connected = new Promise<void>((resolve) => {
    outgoing.once("socket", (socket) => socket.once(isSecure ? "secureConnect" : "connect", () => resolve()));
  });
  // Who waits for it sees it; who stopped waiting must not die of it.
  answered.catch(() => undefined);
  if (body === undefined) outgoing.end();
  else outgoing.flushHeaders();
  return { outgoing, answered, connected };
};

const sendBody = async (
  { size, content }: NonNullable<StreamRequest["body"]>,
  at: { outgoing: http.ClientRequest; answered: Promise<unknown>; idleMs: number; progress: Progress },
): Promise<void> => {
  const { outgoing, answered, idleMs, progress } = at;
  const stopped = answered.then(() => "answered" as const);
  const go = await Promise.race([once(outgoing, "continue"), after(CONTINUE_MS), stopped]);
  if (go === "answered") return;
  const chunks = telling(exactly(size, content), progress);
  for await (const chunk of chunks) {
    if (outgoing.write(chunk)) continue;
    const next = await within(idleMs, "nothing taken", Promise.race([once(outgoing, "drain"), stopped]), outgoing);
    if (next === "answered") return;
  }
  progress.effect = "unknown";
  outgoing.end();
};

const after = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms).unref());

/** The other side is told the size before; what has another one must not look like a whole file to it. */
async function* exactly(size: number, content: Bytes) {
  let left = size;
  for await (const chunk of content) {
    left -= chunk.byteLength;
    if (left < 0) throw new Error(`the content is longer than the ${size} bytes that were announced`);
    yield chunk;
  }
  if (left > 0) throw new Error(`the content is ${left} bytes shorter than the ${size} that were announced`);
}

/** Remembers what the content itself threw, so that it is not taken for a failure of the connection. */
async function* telling(content: Bytes, progress: Progress) {
  try {
    yield* content;
  } catch (error) {
    progress.bodyFailure = { error };
    throw error;
  }
}

const answerOf = (
  incoming: http.IncomingMessage,
  outgoing: http.ClientRequest,
  idleMs: number,
  url: URL,
): StreamAnswer => {
  const chunks: AsyncIterator<unknown> = incoming[Symbol.asyncIterator]();
  const end = () => void outgoing.destroy();
  const next = async () => {
    try {
      const { done, value } = await within(idleMs, "no further byte", chunks.next(), outgoing);
      if (done === true) return end();
      if (!(value instanceof Uint8Array)) throw new TypeError("expected bytes");
      return value;
    } catch (error) {
      end();
      throw asFailure(error, "none", { method: "GET", url });
    }
  };
  const content = bytesFrom(next, end);
  const text = async () => {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of content) {
      parts.push(chunk);
      size += chunk.byteLength;
      if (size >= LONGEST_TEXT) break;
    }
    return Buffer.concat(parts).toString("utf8", 0, LONGEST_TEXT);
  };
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, content, text };
};

/** Waits for something no longer than so; then the request is broken off. */
const within = <T>(ms: number, what: string, event: Promise<T>, outgoing: http.ClientRequest): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new Error(`${what} within ${ms} ms`);
      reject(error);
      outgoing.destroy(error);
    }, ms);
    event.then(resolve, reject).finally(() => clearTimeout(timer));
  });

/** Names the host and not the whole URL: that may hold a signature. */
const asFailure = (
  error: unknown,
  effect: "none" | "unknown",
  { method, url }: Pick<StreamRequest, "method" | "url">,
) =>
  error instanceof PermanentError
    ? error
    : new TransientError("unavailable", effect, `${method} ${url.host}: ${whyOf(error)}`, { cause: error });
