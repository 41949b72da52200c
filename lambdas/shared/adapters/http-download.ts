import type { LookupFunction } from "node:net";
import { discard, watched } from "../domain/byte-streams.ts";
import { PermanentError, TransientError } from "../domain/errors.ts";
import { fetchableUrl } from "../domain/fetchable-hosts.ts";
import { goodUntil, readS3Error, saysExpired } from "../domain/pre-signed-urls.ts";
import type { Clock, Downloads } from "../ports.ts";
import { readRetryAfter } from "./http-call.ts";
import { httpStream, type StreamAnswer, type StreamPatience } from "./http-stream.ts";
import { publicLookup } from "./public-addresses.ts";

export interface HttpDownloadOptions extends StreamPatience {
  /** From where; see `domain/fetchable-hosts.ts`. */
  readonly allowed: readonly string[];
  readonly maxBytes: number;
  readonly clock: Clock;
  /** How names are looked up; the system's way if not given. */
  readonly lookup?: LookupFunction;
}

/**
 * Downloads that lead nowhere but to allowed hosts in the public internet: the URL is looked at first, then each address that
 * its host has, in the very look-up of the connection. Beside what the port says, a file that is longer than `maxBytes` is
 * `refused`, by its content where its size was not told.
 */
export const httpDownloads = (options: HttpDownloadOptions): Downloads => {
  const { allowed, maxBytes, clock, connectTimeoutMs, idleMs } = options;
  const lookup = publicLookup(options.lookup);
  return {
    async open(text) {
      const target = fetchableUrl(text, allowed);
      if ("refused" in target) throw new PermanentError("refused", target.refused);
      const { url, isOwnMachine } = target;
      const headers = { accept: "*/*", "accept-encoding": "identity" };
      const answer = await httpStream(
        { method: "GET", url, headers, lookup: isOwnMachine ? undefined : lookup },
        { connectTimeoutMs, idleMs },
      );
      if (answer.status !== 200) throw await failureOf(answer, url, clock());
      const size = sizeOf(answer);
      if (size !== undefined && size > maxBytes) {
        await discard(answer.content);
        throw tooLarge(`it has ${size} bytes`, maxBytes);
      }
      return { size, contentType: answer.headers["content-type"], content: upTo(maxBytes, answer.content) };
    },
  };
};

const sizeOf = ({ headers }: StreamAnswer): number | undefined =>
  headers["content-length"] === undefined ? undefined : Number(headers["content-length"]);

const upTo = (maxBytes: number, content: StreamAnswer["content"]): StreamAnswer["content"] => {
  let size = 0;
  return watched(content, (piece) => {
    size += piece?.byteLength ?? 0;
    if (size > maxBytes) throw tooLarge("it is longer", maxBytes);
  });
};

const tooLarge = (what: string, maxBytes: number): PermanentError =>
  new PermanentError("refused", `${what}; at most ${maxBytes} bytes are taken (attachments.maxMegabytes)`);

/** What an answer means that is not the file. */
const failureOf = async (answer: StreamAnswer, url: URL, now: number): Promise<PermanentError | TransientError> => {
  const { status, headers } = answer;
  if (status >= 300 && status < 400) {
    await discard(answer.content);
    return new PermanentError("refused", `${url.host} sends on to another address (${status}), which is not followed`);
  }
  const error = readS3Error(await answer.text());
  const said = `${url.host} answered ${status}${error === undefined ? "" : ` "${error.code}: ${error.message}"`}`;
  if (error !== undefined && (saysExpired(error) || isOver(error.code, url, now))) {
    return new TransientError("expired", "none", `${said}: the address is no longer good`);
  }
  if (status === 408 || status === 429 || status >= 500 || error?.code === "RequestTimeout") {
    const retryAfter = { status, body: "", headers: { "retry-after": headers["retry-after"] } };
    const retryAfterSeconds = readRetryAfter(retryAfter, now);
    return new TransientError("unavailable", "none", said, { retryAfterSeconds });
  }
  return new PermanentError("refused", said);
};

/** S3 does not always say why it denies an access. */
const isOver = (code: string, url: URL, now: number): boolean =>
  code === "AccessDenied" && goodUntil(url.href, now) < now;
