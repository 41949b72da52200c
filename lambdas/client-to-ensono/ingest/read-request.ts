import type { APIGatewayProxyEvent } from "aws-lambda";
import { parse as parseJson } from "secure-json-parse";
import type * as z from "zod";
import { isWebhookId, signatureFaults, verifyBearer, verifyWebhook } from "../../shared/adapters/webhook-signature.ts";
import type { Clock } from "../../shared/ports.ts";
import { HttpProblem } from "../../shared/runtime/http-endpoint.ts";

/** Comfortably more than a ticket with two hundred long comments, and less than an entry of the ledger can hold. */
const MOST_BYTES = 256 * 1024;

export interface AuthenticationDeps {
  readonly authentication: "signature" | "bearer";
  /** The secrets or tokens that count now. */
  readonly secrets: () => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** The body as it came. Throws HttpProblem 413 when it is too long, 415 when it is encoded. */
export const readBody = (event: APIGatewayProxyEvent): Buffer => {
  if (headersOf(event)["content-encoding"] !== undefined) {
    throw new HttpProblem(415, "content-encoding: send the body without it");
  }
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (body.length > MOST_BYTES) {
    throw new HttpProblem(
      413,
      `the body has ${body.length} bytes; at most ${MOST_BYTES} are taken: send fewer comments at a time`,
    );
  }
  return body;
};

/**
 * Who sends it must know a secret (I12): a Standard Webhooks signature over the raw body, or a bearer token. Gives the request's
 * id, which a repeat is recognised by. Throws HttpProblem 401, or 400 for an id that is none.
 */
export const authenticate = async (
  event: APIGatewayProxyEvent,
  body: Buffer,
  deps: AuthenticationDeps,
): Promise<string> => {
  const headers = headersOf(event);
  const secrets = await deps.secrets();
  if (deps.authentication === "signature") {
    const verified = verifyWebhook({ secrets, headers, body, now: deps.clock() });
    if (verified.ok) return verified.id;
    throw new HttpProblem(verified.why === "id" ? 400 : 401, signatureFaults[verified.why], `webhook-${verified.why}`);
  }
  if (!verifyBearer({ tokens: secrets, headers })) {
    throw new HttpProblem(401, "authorization: expected Bearer and a token that counts", "authorization");
  }
  const id = headers["webhook-id"] ?? headers["idempotency-key"] ?? deps.newId();
  if (!isWebhookId(id)) throw new HttpProblem(400, signatureFaults.id, "webhook-id");
  return id;
};

/** Reads the body as JSON of this schema. Throws HttpProblem 400 naming the field and what was expected. */
export const parseBody = <Schema extends z.ZodType>(body: Buffer, schema: Schema): z.infer<Schema> => {
  const json = readJson(body.toString("utf8"));
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = fieldPath(issue?.path ?? []);
  throw new HttpProblem(400, `${field}: ${issue?.message ?? "is not valid"}`, field);
};

const readJson = (text: string): unknown => {
  try {
    return parseJson(text, undefined, { protoAction: "error", constructorAction: "error" });
  } catch {
    throw new HttpProblem(
      400,
      "the body is not JSON, or has a key that is not allowed (__proto__, constructor)",
      "body",
    );
  }
};

/** `comments[0].body`. */
const fieldPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (soFar, part) =>
      typeof part === "number" ? `${soFar}[${part}]` : soFar ? `${soFar}.${String(part)}` : String(part),
    "",
  ) || "body";

/** A header that came more than once is joined, so that it matches nothing; API Gateway's plain `headers` keep only the last. */
const headersOf = ({ multiValueHeaders }: APIGatewayProxyEvent): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(multiValueHeaders).map(([name, values]) => [name.toLowerCase(), values?.join(", ")]),
  );
