import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { chunksOf, type FileContent, sizeOf } from "./file-content.ts";
import type { ClientItsmState } from "./state.ts";

/** Larger content is hashed and let go, or lasts as long as the run where an agent gave it. */
export const KEPT_BYTES = 1_000_000;

/** The contents of attachments. */
export interface Files {
  keep(attachmentId: string, content: FileContent): void;
  /** Undefined where it was not kept. */
  content(attachmentId: string): FileContent | undefined;
}

export const createFiles = (state: ClientItsmState): Files => {
  const contents = new Map<string, FileContent>();
  for (const [id, kept] of Object.entries(state.files)) {
    contents.set(id, "base64" in kept ? Buffer.from(kept.base64, "base64") : kept);
  }
  return {
    keep(id, content) {
      contents.set(id, content);
      if (!Buffer.isBuffer(content)) state.files[id] = content;
      else if (content.length < KEPT_BYTES) state.files[id] = { base64: content.toString("base64") };
    },
    content: (id) => contents.get(id),
  };
};

/** Answers with a file, as it is read. */
export const sendFile = async (
  response: ServerResponse,
  content: FileContent,
  contentType = "application/octet-stream",
): Promise<void> => {
  response.writeHead(200, { "content-type": contentType, "content-length": sizeOf(content) });
  await pipeline(Readable.from(chunksOf(content)), response);
};
