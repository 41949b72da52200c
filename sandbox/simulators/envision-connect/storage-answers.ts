import { randomBytes } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Answer } from "./answers.ts";
import type { Verdict } from "./presigned-url.ts";
import { utcSeconds } from "./tickets.ts";

/** What S3 says, in its XML (guide, "Common Error Responses": the expired URL; the rest from S3's own list of errors). */

const storageError = (status: number, code: string, message: string, details: Record<string, string> = {}): Answer => {
  const requestId = randomBytes(8).toString("hex").toUpperCase();
  const fields = {
    Code: code,
    Message: message,
    ...details,
    RequestId: requestId,
    HostId: randomBytes(56).toString("base64"),
  };
  const elements = Object.entries(fields).map(([name, value]) => `<${name}>${escaped(value)}</${name}>`);
  return {
    status,
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${elements.join("")}</Error>`,
    contentType: "application/xml",
    headers: { "x-amz-request-id": requestId },
  };
};

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character] ?? character);

/** Undefined for a good signature. @param at epoch milliseconds. */
export function verdictAnswer(verdict: Verdict, at: number): Answer | undefined {
  switch (verdict.kind) {
    case "valid":
      return undefined;
    case "unsigned":
      return accessDenied();
    case "wrong-signature":
      return storageError(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        { AWSAccessKeyId: verdict.accessKeyId, SignatureProvided: verdict.signature },
      );
    case "expired":
      return storageError(403, "AccessDenied", "Request has expired", {
        "X-Amz-Expires": String(verdict.expirySeconds),
        Expires: utcSeconds(verdict.expiredAt),
        ServerTime: utcSeconds(at),
      });
  }
}

export const accessDenied = (): Answer => storageError(403, "AccessDenied", "Access Denied");

/** S3 would not mind; but the key is nobody's business but the API's. */
export const apiKeyRefused = (): Answer => storageError(403, "AccessDenied", "A pre-signed URL takes no x-api-key.");

export const authorizationRefused = (): Answer =>
  storageError(
    400,
    "InvalidArgument",
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
    { ArgumentName: "Authorization" },
  );

export const headersNotSigned = (names: readonly string[]): Answer =>
  storageError(403, "AccessDenied", "There were headers present in the request which were not signed", {
    HeadersNotSigned: names.join(", "),
  });

export const noSuchKey = (key: string): Answer =>
  storageError(404, "NoSuchKey", "The specified key does not exist.", { Key: key });

export const lengthRequired = (): Answer =>
  storageError(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");

export const badDigest = (): Answer =>
  storageError(400, "BadDigest", "The Content-MD5 you specified did not match what we received.");

const codes: Record<number, readonly [code: string, message: string]> = {
  403: ["AccessDenied", "Access Denied"],
  500: ["InternalError", "We encountered an internal error. Please try again."],
  503: ["SlowDown", "Please reduce your request rate."],
};

/** What a status says when S3 answers with it of its own accord. */
export const storageAnswerOf = (status: number): Answer => {
  const text = STATUS_CODES[status] ?? "Unknown error";
  const [code, message] = codes[status] ?? [text.replaceAll(" ", ""), text];
  return storageError(status, code, message);
};
