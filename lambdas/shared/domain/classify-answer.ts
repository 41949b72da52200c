import * as z from "zod";
import { PermanentError, type TransientCode, TransientError } from "./errors.ts";
import { parseExactly } from "./exact-json.ts";

/** An answer of the Envision Connect API, as far as its meaning depends on it. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfterSeconds?: number | undefined;
}

/** What a call is answered with when it succeeded; nothing else counts as success (E5). */
export interface Expectation<Value> {
  /** Names the call in errors: `PUT /tickets/e-CS0204070/notes`. */
  readonly call: string;
  readonly success: z.ZodType<Value>;
}

type Meaning = TransientCode | "refused";

interface Verdict {
  readonly means: Meaning;
  readonly effect: "none" | "unknown";
  readonly remedy: string;
}

/**
 * Gives what a successful answer says. The body decides: an error body is an error under any status, and a 2xx whose body
 * is not the documented one is no success (E5, E13).
 *
 * @throws PermanentError `refused`: it is about this ticket only.
 * @throws TransientError by the tables below; its effect is `unknown` where the call may have been performed.
 */
export const classifyAnswer = <Value>(answer: Answer, { call, success }: Expectation<Value>): Value => {
  const read = readBody(answer.body);
  const known = knownErrors.find(({ says }) => read.texts.some((text) => says.test(text)));
  if (known === undefined && isSuccess(answer.status) && (read.form === "text" || read.form === "other")) {
    const parsed = safeParse(success, read.json);
    if (parsed.success) return parsed.data;
  }
  const { means, effect, remedy } = known ?? verdictByStatus(answer.status, read.form);
  const said = excerpt(read.texts.join(" ") || answer.body);
  const message = `Ensono answered ${answer.status} "${said}" to ${call}: ${remedy}`;
  if (means === "refused") throw new PermanentError(means, message);
  throw new TransientError(means, effect, message, { retryAfterSeconds: answer.retryAfterSeconds });
};

/** Whether the call may have been performed: the answer says neither that it failed, nor why it could not be. */
export const mayHaveTakenEffect = (answer: Answer): boolean => {
  try {
    classifyAnswer(answer, { call: "", success: z.unknown() });
    return true;
  } catch (error) {
    return error instanceof TransientError && error.effect === "unknown";
  }
};

const FORBIDDEN = /^forbidden$/i;

/** Whether our key was refused: it may have been rotated, so it is worth reading the secret again (E3). */
export const saysForbidden = ({ body }: Answer): boolean => readBody(body).texts.some((text) => FORBIDDEN.test(text));

/** `{"Response": "…"}` with one of these texts, trimmed and without regard to capitals (E5). */
export const responseText = (...texts: readonly string[]) => {
  const documented = new Set(texts.map(normalise));
  return z.object({ Response: z.string().refine((text) => documented.has(normalise(text))) });
};

const knownError = (means: Meaning, says: RegExp, remedy: string) => ({ means, says, remedy, effect: "none" as const });

/** The guide's "Common Error Responses"; whoever gets one of these knows that the call was not performed. */
const knownErrors: readonly (Verdict & { says: RegExp })[] = [
  knownError(
    "configuration",
    /^missing authentication token$/i,
    "there is no such method and path; check the client stack and the environment, all in lower case",
  ),
  knownError("configuration", FORBIDDEN, "check the API key in Secrets Manager, and the client stack, in lower case"),
  knownError("configuration", /^bad path$/i, "check the path and the ticket number in it"),
  knownError(
    "configuration",
    /^unable to find mapping for clientname/i,
    "check ensono.clientName, and with Ensono whether it is set up for the API",
  ),
  knownError(
    "refused",
    /^apikey not authorized for ticket company/i,
    "the ticket is not the client's; check which tickets are linked",
  ),
  // Both spellings are in the wild (E13).
  knownError(
    "unknown-group",
    /assign?ment_group sys_id or name not found/i,
    "Ensono does not know the group; check mappings.toEnsono.group",
  ),
  knownError(
    "expired",
    /receipt handle has expired|ReceiptHandleIsInvalid|not a valid receipt handle|parameter ReceiptHandle is invalid/i,
    "read the message again for a new receipt handle",
  ),
  knownError("expired", /^request has expired$/i, "ask for a new pre-signed URL"),
  // Not in the guide: what AWS's gateway in front of Ensono says when it throttles.
  knownError("unavailable", /^(too many requests|limit exceeded|rate exceeded)$/i, "Ensono limits our rate; wait"),
];

/** What an error means that the guide does not list. */
const verdictByStatus = (status: number, form: ErrorForm): Verdict => {
  if (status === 429 || status === 503) return { means: "unavailable", effect: "none", remedy: "wait" };
  if (status === 408 || status >= 500) return { means: "unavailable", effect: "unknown", remedy: "wait" };
  // Said by what stands in front of Ensono (gateway, firewall) or by its queue; neither knows anything of tickets.
  const isOfNoTicket = form === "Error" || (isDenial(status) && form !== "text" && form !== "texts");
  if (status >= 400 && isOfNoTicket) {
    return { means: "configuration", effect: "none", remedy: "check the API key, and that our addresses are allowed" };
  }
  // ServiceNow gives its refusals as an array, whatever the status.
  if (status >= 400 || (isSuccess(status) && form === "texts")) {
    return { means: "refused", effect: "none", remedy: "mend the cause at Ensono or in the ticket, then release it" };
  }
  if (status >= 300) {
    return { means: "configuration", effect: "none", remedy: "redirects are not followed; check ensono.origin" };
  }
  return { means: "unavailable", effect: "unknown", remedy: "not the documented answer; find out what became of it" };
};

/** The forms in which the guide shows errors. Only `text` is one of success, too, and `other` of course. */
type ErrorForm = "message" | "Error" | "texts" | "text" | "XML" | "other";

interface ReadBody {
  readonly json: unknown;
  readonly form: ErrorForm;
  readonly texts: readonly string[];
}

const errorForms = z.union([
  z.object({ message: z.string() }).transform(({ message }) => form("message", [message])),
  z.object({ Message: z.string() }).transform(({ Message }) => form("message", [Message])),
  z
    .object({ Error: z.object({ Code: z.string(), Message: z.string().default("") }) })
    .transform(({ Error: { Code, Message } }) => form("Error", [Code, Message])),
  z.object({ Response: z.array(z.string()).min(1) }).transform(({ Response }) => form("texts", Response)),
  z.object({ Response: z.string() }).transform(({ Response }) => form("text", [Response])),
]);

const form = (name: ErrorForm, texts: readonly string[]) => ({ form: name, texts: texts.map(collapse) });

const readBody = (body: string): ReadBody => {
  const json = parseJson(body);
  const read = errorForms.safeParse(json);
  if (read.success) return { json, ...read.data };
  if (json !== undefined) return { json, form: "other", texts: [] };
  const code = /<Code>([^<]*)<\/Code>/.exec(body)?.[1];
  const message = /<Message>([^<]*)<\/Message>/.exec(body)?.[1];
  const isXml = code !== undefined && message !== undefined;
  return { json, ...(isXml ? form("XML", [code, message]) : form("other", [body])) };
};

const parseJson = (body: string): unknown => {
  try {
    return parseExactly(body);
  } catch {
    return undefined;
  }
};

/** Nesting so deep that it exhausts the stack is no documented answer either. */
const safeParse = <Value>(
  schema: z.ZodType<Value>,
  json: unknown,
): { success: true; data: Value } | { success: false } => {
  try {
    return schema.safeParse(json);
  } catch {
    return { success: false };
  }
};

const isDenial = (status: number): boolean => status === 401 || status === 403;
const isSuccess = (status: number): boolean => status >= 200 && status < 300;

const LONGEST_EXCERPT = 300;
const excerpt = (text: string): string => collapse(text).slice(0, LONGEST_EXCERPT);

/** Texts may come broken over several lines. */
const collapse = (text: string): string => text.replace(/\s+/g, " ").trim();
const normalise = (text: string): string => collapse(text).toLowerCase();
