import * as z from "zod";
import { type Answer, classifyAnswer, responseText, saysForbidden } from "../domain/classify-answer.ts";
import { type EnsonoComment, type EnsonoFields, ensonoTicketNumberSchema } from "../domain/ensono-ticket.ts";
import { PermanentError, TransientError } from "../domain/errors.ts";
import { escapeFreeText } from "../domain/escaping.ts";
import { DEEPEST, isDeeperThan } from "../domain/exact-json.ts";
import { findOverLong } from "../domain/limits.ts";
import type { Clock, EnsonoQueue, EnsonoTicketIdentity, EnsonoTickets, EnsonoUploads, QueueMessage } from "../ports.ts";
import { type HttpCall, type HttpRequest, readRetryAfter, requireSafeUrl } from "./http-call.ts";

export interface EnsonoHttpOptions {
  /** Up to and including the client stack: `https://smconnect.ensono.com/testclient57`. */
  readonly stackUrl: string;
  readonly environment: "dev" | "echo" | "cert" | "prod";
  readonly clientName: string;
  /** Gives the API key; `fresh` reads it anew. */
  readonly apiKey: (options?: { fresh?: boolean }) => Promise<string>;
  readonly call: HttpCall;
  readonly clock: Clock;
  /** How to spell the status that the guide spells in two ways (E10). */
  readonly workInProgressWord?: "workingprogress" | "workinprogress";
}

export interface EnsonoTicketReader {
  /** GET /tickets/{n}: all that Ensono holds of a ticket. Throws PermanentError before any call in environments other than dev. */
  getTicket(ensonoTicketNumber: string): Promise<Record<string, Json>>;
}

type Json = z.core.util.JSONType;

/**
 * The Envision Connect API for incidents, requests and changes (guide, "Using the API"). The methods' contracts are the ports'; they
 * throw what `classifyAnswer` makes of the answer, what `call` throws without one, and what `apiKey` throws.
 *
 * @throws Error when `stackUrl` is not one for `requireSafeUrl`.
 */
export const ensonoHttp = (
  options: EnsonoHttpOptions,
): EnsonoTickets & EnsonoQueue & EnsonoTicketReader & Pick<EnsonoUploads, "uploadUrl"> => {
  const { environment, clientName, workInProgressWord = "workingprogress" } = options;
  const stack = requireSafeUrl(options.stackUrl);
  const stackUrl = `${stack.origin}${stack.pathname.replace(/\/+$/, "")}`;
  const ticketsUrl = `${stackUrl}/${environment}/tickets`;
  // "There is no /echo/queue, instead transactions will flow to the /dev/queue" (guide, "/echo/").
  const queueUrl = `${stackUrl}/${environment === "echo" ? "dev" : environment}/queue`;

  const send = async (request: Request, key: { fresh: boolean }): Promise<Answer> => {
    const headers = { "x-api-key": await options.apiKey(key), ...(request.body && JSON_CONTENT) };
    const answer = await options.call({ ...request, headers });
    return { ...answer, retryAfterSeconds: readRetryAfter(answer, options.clock()) };
  };

  const ask = async <Value>(
    request: Request,
    path: string,
    success: z.ZodType<Value>,
    unwrap = (answer: Answer) => answer,
  ): Promise<Value> => {
    const first = await send(request, { fresh: false });
    // The key may have been rotated (E3). A refused call was not performed, so every call may be repeated here.
    const answer = saysForbidden(first) ? await send(request, { fresh: true }) : first;
    return classifyAnswer(unwrap(answer), { call: `${request.method} ${path}`, success });
  };

  const write = <Value>(method: "POST" | "PUT", path: string, payload: Payload, success: z.ZodType<Value>) => {
    const body = JSON.stringify({ payload: { clientName, ...payload } });
    return ask({ method, url: `${ticketsUrl}${path}`, body }, `/tickets${path}`, success);
  };

  const fieldsOf = ({ status, ...fields }: EnsonoFields): Payload => ({
    ...(status && { status: status === "workingprogress" ? workInProgressWord : status }),
    ...escapeEach(fields, freeTextFields),
  });

  return {
    async createTicket({ clientTicketNumber, ticketType, fields, comments }) {
      requireToFit(fields, comments);
      const optional = comments.length > 0 ? { comments: comments.map(commentOf) } : {};
      const payload = { ticketType, clientTicketNumber, ...fieldsOf(fields), ...optional };
      return write("POST", "", payload, answers.created);
    },

    async updateTicket(ticket, fields) {
      requireToFit(fields);
      await write("PUT", pathOf(ticket), { ...identityOf(ticket), ...fieldsOf(fields) }, answers.updated);
    },

    async addComments(ticket, comments) {
      requireToFit({}, comments);
      const payload = { ...identityOf(ticket), comments: comments.map(commentOf) };
      await write("PUT", `${pathOf(ticket)}/notes`, payload, answers.commented);
    },

    async returnNumber(ticket) {
      await write("PUT", `${pathOf(ticket)}/returnptn`, identityOf(ticket), answers.numberReturned);
    },

    async answerApproval(ticket, { decision, approvalId, approver, comment }) {
      requireToFit({}, [{ body: comment }]);
      // "The comments field in this payload … only contains 'body'" (guide, "Approving a Change").
      const payload = { ...identityOf(ticket), approver, approvalId, comments: [commentOf({ body: comment })] };
      const [action, success] =
        decision === "approved" ? (["approve", answers.approved] as const) : (["reject", answers.rejected] as const);
      await write("PUT", `${pathOf(ticket)}/${action}`, payload, success);
    },

    async uploadUrl(ensonoTicketNumber, fileName) {
      const path = `${pathOf({ ensonoTicketNumber })}/attachments/${encodeURIComponent(fileName)}`;
      const request = { method: "GET", url: `${ticketsUrl}${path}` } as const;
      return safeUploadUrl(await ask(request, `/tickets${path}`, answers.uploadUrl, innerAnswer));
    },

    async getTicket(ensonoTicketNumber) {
      if (environment !== "dev") {
        throw new PermanentError("refused", `GET /tickets: Ensono offers it in dev only, not in ${environment}`);
      }
      const path = pathOf({ ensonoTicketNumber });
      return ask({ method: "GET", url: `${ticketsUrl}${path}` }, `/tickets${path}`, answers.ticket);
    },

    async read() {
      return ask({ method: "GET", url: queueUrl }, "/queue", answers.messages);
    },

    async delete(receiptHandle) {
      // Of a message that came without a handle: as with an expired one, it will come again.
      if (receiptHandle === "") return "expired";
      try {
        const url = `${queueUrl}/${encodeURIComponent(receiptHandle)}`;
        await ask({ method: "DELETE", url }, "/queue/{receiptHandle}", answers.deleted);
        return "deleted";
      } catch (error) {
        if (error instanceof TransientError && error.code === "expired") return "expired";
        throw error;
      }
    },
  };
};

type Request = Omit<HttpRequest, "headers">;
type Payload = Record<string, unknown>;

const JSON_CONTENT = { "content-type": "application/json" };

const pathOf = ({ ensonoTicketNumber }: Pick<EnsonoTicketIdentity, "ensonoTicketNumber">): string =>
  `/${encodeURIComponent(ensonoTicketNumber)}`;

const identityOf = ({ ticketType, clientTicketNumber }: EnsonoTicketIdentity): Payload => ({
  ticketType,
  clientTicketNumber,
});

/** "Free-text" in the guide's tables of fields; the other fields are words and numbers out of mappings. */
const freeTextFields = [
  "contactName",
  "contactPhone",
  "contactEmail",
  "shortDescription",
  "description",
  "closeNotes",
] as const satisfies (keyof EnsonoFields)[];
const commentFields = ["body", "commenter", "commentTime", "commenterEmail", "commenterPhone"] as const;

const escapeEach = (values: Readonly<Record<string, string | undefined>>, names: readonly string[]): Payload =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value !== undefined && names.includes(name) ? escapeFreeText(value) : value,
    ]),
  );

const commentOf = (comment: EnsonoComment): Payload => escapeEach(comment, commentFields);

/** Cutting texts would lose the rest, and is `domain/limits.ts`'s; here it is only made sure that it was done. */
const requireToFit = (fields: EnsonoFields, comments: readonly EnsonoComment[] = []): void => {
  const overLong = findOverLong(fields, comments);
  if (overLong !== undefined) throw new PermanentError("refused", `not sent: ${overLong}`);
};

/** What nobody could store or read, for the stack it takes, gives way to a text: the rest of its message can be kept (Q6). */
const withoutAbyss = (message: unknown): unknown => {
  if (typeof message !== "object" || message === null || !isDeeperThan(message, DEEPEST)) return message;
  if (Array.isArray(message)) return ABYSS;
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => [name, isDeeperThan(value, DEEPEST) ? ABYSS : value]),
  );
};
const ABYSS = `(more than ${DEEPEST} levels of nesting: left out)`;

const answerWithin = z.object({ Response: z.object({ code: z.coerce.number().int(), body: z.json() }) });

/** The answer about an upload has another one inside, with a code of its own: that is the one that counts (E5). */
const innerAnswer = (answer: Answer): Answer => {
  try {
    const { code, body } = answerWithin.parse(JSON.parse(answer.body)).Response;
    return { ...answer, status: code, body: JSON.stringify({ Response: body }) };
  } catch {
    return answer;
  }
};

/** A file must not travel where everybody can read it. */
const safeUploadUrl = (url: string): string => {
  try {
    requireSafeUrl(url);
    return url;
  } catch (cause) {
    throw new TransientError("unavailable", "none", "Ensono gave an upload URL that is not https://", { cause });
  }
};

/** One message whatever it is like, so that a bad one never hides the other nine (Q6). */
const messageSchema = z.preprocess(withoutAbyss, z.json()).transform((message): QueueMessage => {
  if (typeof message !== "object" || message === null || Array.isArray(message)) {
    return { receiptHandle: "", raw: message };
  }
  const { ReceiptHandle, ...raw } = message;
  return { receiptHandle: typeof ReceiptHandle === "string" ? ReceiptHandle : "", raw };
});

/** Both shapes of Q2. An object without `messages` is only "none" when nothing in it could be messages by another name. */
const receiveResult = z.union([
  z.object({ messages: z.array(messageSchema).nullable() }),
  z.strictObject({ messages: z.undefined().optional(), ResponseMetadata: z.json().optional() }),
]);
const receiveAnswer = z.object({
  ReceiveMessageResponse: z.object({
    ReceiveMessageResult: z.union([
      z.object({ ReceiveMessageResult: receiveResult }).transform((outer) => outer.ReceiveMessageResult),
      receiveResult,
    ]),
  }),
});

/** What success looks like, call by call, in the guide's examples (E5). */
const answers = {
  created: z
    .object({ Response: z.string().trim().pipe(ensonoTicketNumberSchema) })
    .transform(({ Response }) => Response),
  // Resolving has a text of its own in the guide; which updates get which is not said.
  updated: responseText("Update Successful", "Ticket Closed Successfully"),
  commented: responseText("Comments added"),
  numberReturned: responseText("PTN added"),
  approved: responseText("Approval Received Successfully"),
  rejected: responseText("Rejection Received Successfully"),
  uploadUrl: z.object({ Response: z.string().regex(/^https?:\/\//) }).transform(({ Response }) => Response),
  ticket: z.object({ Response: z.record(z.string(), z.json()) }).transform(({ Response }) => Response),
  messages: receiveAnswer.transform((answer) => answer.ReceiveMessageResponse.ReceiveMessageResult.messages ?? []),
  deleted: z.object({ DeleteMessageResponse: z.looseObject({}) }),
};
