import { Readable } from "node:stream";
import * as z from "zod";
import { type UploadRequest, uploadSchema } from "../../../lambdas/shared/domain/client-contract.ts";
import { chunksOf, type FileContent, sizeOf } from "./file-content.ts";
import type { ItsmAttachment } from "./state.ts";

export interface Reply {
  readonly status: number;
  readonly body: string;
}

const LONGEST_UPLOAD_MS = 600_000;

const uploadingEventSchema = z.looseObject({ attachments: z.array(z.looseObject({ id: z.string().optional() })) });

/**
 * Asks the bridge where to put the file, puts it there, and names it in the event. May be repeated until it resolves: each
 * time the address is a fresh one. Gives the event's body, or the bridge's answer where it takes no such file.
 *
 * @throws when the file did not get there.
 */
export const uploadFile = async (
  { file, content, event }: { file: ItsmAttachment; content: FileContent | undefined; event: string },
  ask: (request: UploadRequest) => Promise<Reply>,
  closing: AbortSignal,
): Promise<{ event: string } | { refused: Reply }> => {
  const { id, fileName, contentType, size } = file;
  if (content === undefined) {
    return { refused: { status: 404, body: `the content of ${id} did not outlive the restart` } };
  }
  const answer = await ask({ fileName, size, ...(contentType !== undefined && { contentType }) });
  if (answer.status !== 201) return { refused: answer };
  const { uploadId, uploadUrl } = uploadSchema.parse(JSON.parse(answer.body));
  await put(uploadUrl, content, closing);
  return { event: naming(event, id, uploadId) };
};

/** Streamed, so that a large file takes no room. */
const put = async (url: string, content: FileContent, closing: AbortSignal): Promise<void> => {
  const answer = await fetch(url, {
    method: "PUT",
    headers: { "content-length": String(sizeOf(content)) },
    body: Readable.toWeb(Readable.from(chunksOf(content))),
    duplex: "half",
    signal: AbortSignal.any([closing, AbortSignal.timeout(LONGEST_UPLOAD_MS)]),
  });
  if (!answer.ok) throw new Error(`PUT ${new URL(url).pathname} was answered ${answer.status}`);
};

const naming = (event: string, id: string, uploadId: string): string => {
  const body = uploadingEventSchema.parse(JSON.parse(event));
  const attachments = body.attachments.map((one) => (one.id === id ? { ...one, uploadId } : one));
  return JSON.stringify({ ...body, attachments });
};
