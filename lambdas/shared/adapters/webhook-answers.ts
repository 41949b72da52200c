import { type NoticeAnswer, noticeAnswerSchema } from "../domain/client-contract.ts";
import { PermanentError, TransientError } from "../domain/errors.ts";
import { type HttpAnswer, readRetryAfter } from "./http-call.ts";

/**
 * What a delivery's answer means: the table of docs/client-contract.md.
 *
 * | status | meaning |
 * |---|---|
 * | 2xx | done; to a create without a number: the number comes later; with a page (HTML): perhaps done, perhaps not |
 * | 409 | done before; to a create without a number: refused |
 * | 429, 503 | surely not done, try again (`Retry-After` is heeded) |
 * | 408, other 5xx | perhaps done, perhaps not |
 * | 3xx, 401, 403, 404, 405, 407, 410 | every delivery would fare the same: address or secret is wrong |
 * | other 4xx | this one delivery is refused |
 *
 * @throws TransientError, PermanentError by that table.
 */
export const readDelivered = (
  answer: HttpAnswer,
  delivery: { type: string; creates: boolean; now: number },
): NoticeAnswer => {
  const { creates, type } = delivery;
  if (isSuccess(answer)) {
    const read = readBody(answer);
    if (read !== undefined) return read;
    if (!creates && !isPage(answer)) return {};
  } else if (answer.status === 409) {
    const read = readBody(answer) ?? {};
    if (!creates || read.clientTicketNumber !== undefined) return read;
  }
  throw failure(answer, type, delivery.now);
};

/**
 * What the answer to a search means: 200 with what was found, 404 for nothing. A 404 with a page or text is not the
 * search's own answer but that of a wrong address, and taking it for "nothing there" would make a double.
 *
 * @throws TransientError by the table of `readDelivered`; a refused search is a wrong configuration, for it says nothing
 * about the ticket.
 */
export const readFound = (answer: HttpAnswer, now: number): NoticeAnswer | undefined => {
  if (answer.status === 404 && /^\s*(\{|$)/.test(answer.body)) return undefined;
  const found = isSuccess(answer) ? readBody(answer) : undefined;
  if (found !== undefined) return found;
  const error = failure(answer, "a search by key", now);
  throw error instanceof TransientError ? error : new TransientError("configuration", "none", error.message);
};

const isSuccess = ({ status }: HttpAnswer): boolean => status >= 200 && status < 300;

const WRONG_ADDRESS_OR_SECRET: Readonly<Record<number, string>> = {
  401: "check the webhook secret on both sides",
  403: "check the webhook secret and what the receiver may be reached from",
  404: "the webhook URL is wrong; check clientWebhookUrl (or clientSearchUrl)",
  405: "the webhook URL does not take this method; check clientWebhookUrl (or clientSearchUrl)",
  407: "a proxy stands between; deliveries must reach the receiver without one",
  410: "the webhook URL is gone; set the new one as clientWebhookUrl",
};

const failure = (answer: HttpAnswer, what: string, now: number): TransientError | PermanentError => {
  const { status } = answer;
  const said = `the client's ITSM answered ${status} to ${what}`;
  if (status === 429 || status === 503) {
    const retryAfterSeconds = readRetryAfter(answer, now);
    return new TransientError("unavailable", "none", `${said}: ${excerpt(answer)}`, { retryAfterSeconds });
  }
  if (isSuccess(answer)) {
    const expected = "expected the contract's JSON or no body, not what may be a proxy's page";
    return new TransientError("unavailable", "unknown", `${said}: ${expected}: ${excerpt(answer)}`);
  }
  if (status === 408 || status >= 500) {
    return new TransientError("unavailable", "unknown", `${said}: ${excerpt(answer)}`);
  }
  if (status < 400) {
    const to = answer.headers.location ?? "an unnamed place";
    return new TransientError("configuration", "none", `${said}: redirects are not followed; check the URL: ${to}`);
  }
  const remedy = WRONG_ADDRESS_OR_SECRET[status];
  if (remedy !== undefined) return new TransientError("configuration", "none", `${said}: ${remedy}`);
  return new PermanentError("refused", `${said}: ${excerpt(answer)}`);
};

/** The contract's answer; undefined where the body claims to be JSON or a page and is not the contract's. */
const readBody = (answer: HttpAnswer): NoticeAnswer | undefined => {
  const body = answer.body.trim();
  if (isPage(answer)) return undefined;
  if (!body.startsWith("{")) return {};
  const read = noticeAnswerSchema.safeParse(withoutBlanks(body));
  return read.success ? read.data : undefined;
};

/** Many tools write null or an empty text for "none". */
const withoutBlanks = (json: string): unknown => {
  try {
    return JSON.parse(json, (_, value: unknown) => (value === null || value === "" ? undefined : value));
  } catch {
    return undefined;
  }
};

/** By the body, because many tools call whatever they answer text/html. */
const isPage = ({ body }: HttpAnswer): boolean => body.trim().startsWith("<");

const excerpt = ({ body }: HttpAnswer): string => body.trim().slice(0, 300) || "(no body)";
