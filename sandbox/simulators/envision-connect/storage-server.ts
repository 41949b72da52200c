import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Answer } from "./answers.ts";
import { findDownload, OUTBOUND_PATH } from "./attachments.ts";
import { sendFile } from "./download-body.ts";
import type { Ensono } from "./ensono.ts";
import { type DownloadFault, type FaultScript, type Strike, takesEffect } from "./faults.ts";
import { isBase64Name } from "./file-rules.ts";
import type { StoredFile, Upload } from "./file-store.ts";
import { checkPresigned } from "./presigned-url.ts";
import { receiveFile } from "./receive-file.ts";
import type { CallRecord } from "./server.ts";
import {
  accessDenied,
  apiKeyRefused,
  authorizationRefused,
  badDigest,
  headersNotSigned,
  lengthRequired,
  noSuchKey,
  storageAnswerOf,
  verdictAnswer,
} from "./storage-answers.ts";
import { reply, struckAnswer } from "./struck-call.ts";
import { INBOUND_PATH, takeUpload } from "./uploads.ts";

/**
 * The part of S3 behind Ensono's pre-signed URLs: files are PUT to it and got from it. It knows no API key. As S3 does, it
 * refuses an upload without reading it first.
 */

export const STORAGE_PATH = "/_s3";
/** What S3 assumes. */
const DEFAULT_TYPE = "binary/octet-stream";

export interface StorageDeps {
  ensono: Ensono;
  faults: FaultScript;
  record: (call: CallRecord) => void;
  /** Called when a file was taken in, before that is answered. */
  onChange: () => void;
  closing: AbortSignal;
}

export const createStorageListener =
  (deps: StorageDeps): RequestListener =>
  (request, response) => {
    serve(request, response, deps).catch((error: unknown) => {
      if (deps.closing.aborted || response.destroyed || !request.complete) return response.destroy();
      // A defect of the simulator must not pass for one of the faults that it plays.
      process.emitWarning(error instanceof Error ? error : String(error));
      return reply(response, storageAnswerOf(500));
    });
  };

type Target =
  | { call: "uploadFile"; key: string; upload: Upload | undefined }
  | { call: "downloadFile"; key: string; file: StoredFile | undefined }
  | { call: undefined };

function findTarget(ensono: Ensono, method: string, path: string): Target {
  if (method === "PUT" && path.startsWith(INBOUND_PATH)) {
    const key = path.slice(INBOUND_PATH.length);
    return { call: "uploadFile", key, upload: ensono.files.findUpload(key) };
  }
  if (method === "GET" && path.startsWith(OUTBOUND_PATH)) {
    const key = path.slice(OUTBOUND_PATH.length);
    return { call: "downloadFile", key, file: findDownload(ensono, key) };
  }
  return { call: undefined };
}

const ticketsOf = (target: Target): string[] => {
  if (target.call === undefined) return [];
  const of = target.call === "uploadFile" ? target.upload : target.file;
  return of === undefined ? [] : [of.ticketNumber];
};

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  record: CallRecord;
}

async function serve(request: IncomingMessage, response: ServerResponse, deps: StorageDeps): Promise<void> {
  const { method = "GET", headers } = request;
  const url = new URL(request.url ?? "/", "http://s3.invalid");
  const target = findTarget(deps.ensono, method, url.pathname);
  const struck: Strike =
    target.call === undefined ? { latencyMs: 0 } : deps.faults.strike(target.call, ticketsOf(target));
  const record: CallRecord = {
    at: deps.ensono.now(),
    method,
    path: url.pathname,
    call: target.call,
    body: undefined,
    answered: undefined,
    fault: struck.fault?.kind ?? struck.downloadFault?.kind,
    hasApiKey: headers["x-api-key"] !== undefined,
  };
  deps.record(record);
  if (struck.latencyMs > 0) await delay(struck.latencyMs, undefined, { signal: deps.closing });

  const exchange = { request, response, url, record };
  const answer = await answerTo(exchange, target, struck, deps);
  if (answer === undefined) return;
  record.answered = { status: answer.status, body: answer.body };
  reply(response, answer);
}

/** Undefined when the client gets no answer, or the file itself. */
async function answerTo(
  exchange: Exchange,
  target: Target,
  { fault, downloadFault }: Strike,
  deps: StorageDeps,
): Promise<Answer | undefined> {
  const isPerformed = fault === undefined || (target.call === "uploadFile" && takesEffect(fault));
  const real = isPerformed ? await perform(exchange, target, downloadFault, deps) : undefined;
  if (fault === undefined) return real;
  const timedOut = storageAnswerOf(500);
  return struckAnswer(fault, {
    response: exchange.response,
    closing: deps.closing,
    answerOf: storageAnswerOf,
    timedOut,
  });
}

async function perform(
  exchange: Exchange,
  target: Target,
  fault: DownloadFault | undefined,
  deps: StorageDeps,
): Promise<Answer | undefined> {
  const refusal = refusalOf(exchange, deps);
  if (refusal !== undefined || target.call === undefined) return refusal ?? accessDenied();
  if (target.call === "uploadFile") return takeFile(exchange, target.upload, deps);
  return target.file === undefined ? noSuchKey(target.key) : giveFile(exchange, target.file, fault, deps);
}

async function giveFile(
  { response, url, record }: Exchange,
  file: StoredFile,
  fault: DownloadFault | undefined,
  { ensono, closing }: StorageDeps,
): Promise<Answer | undefined> {
  if (fault?.kind === "redirect") {
    const location = fault.location ?? ensono.storageUrl() + url.pathname + url.search;
    return { status: fault.status, body: "", contentType: "application/xml", headers: { location } };
  }
  const size = await sendFile(response, { file, fault, closing });
  if (size !== undefined) record.answered = { status: 200, body: { size } };
  return undefined;
}

function refusalOf(
  { request: { method = "GET", headers }, url }: Exchange,
  { ensono }: StorageDeps,
): Answer | undefined {
  if (headers["x-api-key"] !== undefined) return apiKeyRefused();
  if (headers.authorization !== undefined) return authorizationRefused();
  const unsigned = Object.keys(headers).filter((name) => name.startsWith("x-amz-"));
  if (unsigned.length > 0) return headersNotSigned(unsigned);
  return verdictAnswer(checkPresigned(method, url, ensono.now()), ensono.now());
}

async function takeFile({ request, record }: Exchange, upload: Upload | undefined, deps: StorageDeps): Promise<Answer> {
  const { headers } = request;
  if (upload === undefined) return accessDenied();
  if (headers["content-length"] === undefined) return lengthRequired();
  const sentType = headers["content-type"] ?? DEFAULT_TYPE;
  const received = await receiveFile(request, isBase64Name(upload.fileName));
  const { size, sha256, md5 } = received.sent;
  record.body = { contentType: sentType, size, sha256 };
  if (headers["content-md5"] !== undefined && headers["content-md5"] !== md5) return badDigest();
  takeUpload(deps.ensono, { upload, received, sentType });
  deps.onChange();
  const etag = `"${Buffer.from(md5, "base64").toString("hex")}"`;
  return { status: 200, body: "", contentType: "application/xml", headers: { etag } };
}
