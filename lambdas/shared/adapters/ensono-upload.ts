import { PermanentError, TransientError } from "../domain/errors.ts";
import { readS3Error, saysExpired } from "../domain/pre-signed-urls.ts";
import type { EnsonoUploads } from "../ports.ts";
import { requireSafeUrl } from "./http-call.ts";
import { httpStream, type StreamPatience } from "./http-stream.ts";

/** Puts files to the URLs that Ensono gives (guide, "Uploading the File"): S3 answers there, and it is told no API key. */
export const ensonoUpload = (patience: StreamPatience = {}): Pick<EnsonoUploads, "upload"> => ({
  async upload(text, { size, contentType, content }) {
    const url = requireSafeUrl(text);
    const headers = { "content-type": contentType };
    const answer = await httpStream({ method: "PUT", url, headers, body: { size, content } }, patience);
    const body = await answer.text();
    const failure = failureOf(answer.status, body, url);
    if (failure !== undefined) throw failure;
  },
});

/** S3 says in XML what it does not like, and nothing at all when it has the file. */
const failureOf = (status: number, body: string, url: URL): PermanentError | TransientError | undefined => {
  const error = readS3Error(body);
  const isDone = status >= 200 && status < 300 && error === undefined;
  if (isDone) return undefined;
  const said = `${url.host} answered ${status}${error === undefined ? "" : ` "${error.code}: ${error.message}"`}`;
  if (error !== undefined && saysExpired(error)) {
    return new TransientError("expired", "none", `${said}: the upload URL is no longer good`);
  }
  // S3 did not get all of it in time, or asks to slow down.
  if (error?.code === "RequestTimeout" || status === 429 || status === 503) {
    return new TransientError("unavailable", "none", said);
  }
  if (status === 408 || status >= 500 || status < 300) return new TransientError("unavailable", "unknown", said);
  return new PermanentError("refused", said);
};
