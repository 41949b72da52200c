import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { TransientError } from "../domain/errors.ts";

/**
 * Standard Webhooks (v1): the signature is an HMAC-SHA256 over `id.timestamp.body`. Node's own HMAC works on the raw
 * bytes, where the library decodes them first; the tests hold the two against each other.
 */

export type Headers = Readonly<Record<string, string | undefined>>;

const TOLERANCE_SECONDS = 300;
const MOST_SIGNATURES_TRIED = 10;

/** Printable ASCII without the dot that separates the signed parts, and without what joins a header that came twice. */
const WEBHOOK_ID = /^[!-+\-/-~]{1,128}$/;
const TIMESTAMP = /^\d{10}$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Why a webhook is not accepted, with the remedy; `id` is a malformed request, the others a failed authentication. */
export const signatureFaults = {
  id: "webhook-id: expected 1 to 128 printable ASCII characters without a dot, a comma or a blank",
  timestamp: "webhook-timestamp: expected the time of sending in whole seconds since 1970, once, within 300 s of now",
  signature:
    "webhook-signature: expected v1,<base64 of the HMAC-SHA256 of id.timestamp.body> with a secret that counts",
} as const;
export type SignatureFault = keyof typeof signatureFaults;

export const isWebhookId = (id: string): boolean => WEBHOOK_ID.test(id);

/**
 * The three headers of a signed webhook, with one signature for each secret, so that a receiver who knows any of them
 * accepts it (P12). `at` is epoch milliseconds; `secrets` as they are given out, `whsec_…`.
 *
 * @throws TransientError (configuration) when there is no secret or one is not base64.
 * @throws RangeError when the id is none.
 */
export const signWebhook = (input: {
  secrets: readonly string[];
  id: string;
  at: number;
  body: string | Uint8Array;
}): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> => {
  if (!isWebhookId(input.id)) throw new RangeError(signatureFaults.id);
  if (input.secrets.length === 0) throw unusable("there is no webhook secret; set the secret's value");
  const timestamp = String(Math.floor(input.at / 1000));
  return {
    "webhook-id": input.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": input.secrets.map((secret) => signature(secret, input.id, timestamp, input.body)).join(" "),
  };
};

/**
 * Says whether a webhook comes from someone who knows one of the secrets, and was signed within 300 s of `now` (I12).
 * Takes the body as it came, before any parsing. Signatures are compared in constant time, at most 10 of them.
 *
 * @throws TransientError (configuration) when one of the secrets is not base64.
 */
export const verifyWebhook = (input: {
  secrets: readonly string[];
  headers: Headers;
  body: string | Uint8Array;
  now: number;
}): { ok: true; id: string } | { ok: false; why: SignatureFault } => {
  const id = header(input.headers, "webhook-id");
  const timestamp = header(input.headers, "webhook-timestamp");
  if (!isWebhookId(id)) return { ok: false, why: "id" };
  if (!TIMESTAMP.test(timestamp)) return { ok: false, why: "timestamp" };
  if (Math.abs(Math.floor(input.now / 1000) - Number(timestamp)) > TOLERANCE_SECONDS) {
    return { ok: false, why: "timestamp" };
  }
  const given = header(input.headers, "webhook-signature")
    .split(" ")
    .filter((one) => one.startsWith("v1,"))
    .slice(0, MOST_SIGNATURES_TRIED);
  const matches = input.secrets.some((secret) => {
    const expected = signature(secret, id, timestamp, input.body);
    return given.some((one) => equal(one, expected));
  });
  return matches ? { ok: true, id } : { ok: false, why: "signature" };
};

/** Says whether `authorization` carries one of the tokens as a bearer token; compares in constant time (I12). */
export const verifyBearer = (input: { tokens: readonly string[]; headers: Headers }): boolean => {
  const given = /^Bearer +(\S+)$/i.exec(header(input.headers, "authorization"))?.[1];
  return given !== undefined && input.tokens.some((token) => token !== "" && equal(given, token));
};

/** Joins a header that came more than once, so that no pattern here matches it. */
const header = (headers: Headers, name: string): string =>
  Object.entries(headers)
    .flatMap(([key, value]) => (key.toLowerCase() === name && value !== undefined ? [value] : []))
    .join(", ");

const signature = (secret: string, id: string, timestamp: string, body: string | Uint8Array): string =>
  `v1,${createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest("base64")}`;

const keyOf = (secret: string): Buffer => {
  const encoded = secret.trim().replace(/^whsec_/, "");
  if (!BASE64.test(encoded)) throw unusable("a webhook secret is not whsec_ followed by base64; set it anew");
  return Buffer.from(encoded, "base64");
};

const unusable = (message: string) => new TransientError("configuration", "none", message);

/** Digests first, because `timingSafeEqual` wants equal lengths and a length must not leak either. */
const equal = (one: string, other: string): boolean => timingSafeEqual(sha256(one), sha256(other));
const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
