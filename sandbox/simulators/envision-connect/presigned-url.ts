import { createHmac } from "node:crypto";

/**
 * URLs that look like S3's pre-signed ones and hold like them: method, path and query are signed, and they expire. The
 * signature is the simulator's own, so that nothing needs credentials; it is the same over restarts.
 */

const SIGNING_SECRET = "envision-connect-simulator";
const ACCESS_KEY_ID = "ASIASIMULATOR0000000";
/** With the characters that do not survive a second or a missing encoding. */
const SESSION_TOKEN = "IQoJb3JpZ2luX2Vj/EPL+simulator+token/8PP3Wf1F==";

export interface Presigned {
  method: "GET" | "PUT";
  origin: string;
  /** Encoded. */
  path: string;
  expirySeconds: number;
  /** Epoch milliseconds; cut to the second, as in S3. */
  at: number;
}

export function presign({ method, origin, path, expirySeconds, at }: Presigned): string {
  const date = new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const query = new URLSearchParams({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${ACCESS_KEY_ID}/${date.slice(0, 8)}/us-east-2/s3/aws4_request`,
    "X-Amz-Date": date,
    "X-Amz-Expires": String(expirySeconds),
    "X-Amz-Security-Token": SESSION_TOKEN,
    "X-Amz-SignedHeaders": "host",
  });
  query.set("X-Amz-Signature", signatureOf(method, path, query));
  return `${origin}${path}?${query}`;
}

export type Verdict =
  | { kind: "valid" }
  | { kind: "unsigned" }
  | { kind: "wrong-signature"; accessKeyId: string; signature: string }
  | { kind: "expired"; expirySeconds: number; expiredAt: number };

/** @param at epoch milliseconds. */
export function checkPresigned(method: string, { pathname, searchParams }: URL, at: number): Verdict {
  const signature = searchParams.get("X-Amz-Signature");
  if (signature === null) return { kind: "unsigned" };
  if (signature !== signatureOf(method, pathname, searchParams))
    return { kind: "wrong-signature", accessKeyId: ACCESS_KEY_ID, signature };
  const expirySeconds = Number(searchParams.get("X-Amz-Expires"));
  const expiredAt = epochMs(searchParams.get("X-Amz-Date") ?? "") + expirySeconds * 1000;
  return at >= expiredAt ? { kind: "expired", expirySeconds, expiredAt } : { kind: "valid" };
}

function signatureOf(method: string, path: string, query: URLSearchParams): string {
  const signed = [...query].filter(([name]) => name !== "X-Amz-Signature").sort();
  return createHmac("sha256", SIGNING_SECRET)
    .update(JSON.stringify([method, decodedPath(path), signed]))
    .digest("hex");
}

/** However the path was encoded, as S3 has it. */
export const decodedPath = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

const epochMs = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
