import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import type { FileLinks, FileStore } from "../../../lambdas/shared/ports.ts";

export interface InMemoryFiles extends FileStore, FileLinks {
  /** What lies there, by key; a test may put files there itself. */
  readonly files: Map<string, { bytes: Uint8Array; contentType: string }>;
  /** While it is set, nothing can be kept or read. */
  broken: Error | undefined;
}

/** A file store that remembers; its links lead nowhere, and say what they were made for. */
export const inMemoryFiles = (): InMemoryFiles => {
  const files: InMemoryFiles["files"] = new Map();
  const link = (key: string, query: Record<string, string>) =>
    `https://files.test/${key}?${new URLSearchParams(query).toString()}`;

  const store: InMemoryFiles = {
    files,
    broken: undefined,

    async put(key, { contentType, content }) {
      const bytes = await buffer(content);
      if (store.broken !== undefined) throw store.broken;
      files.set(key, { bytes, contentType });
      return { key, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
    },

    toFetch: async (key, { fileName, contentType, seconds }) =>
      link(key, { fileName, contentType, seconds: String(seconds) }),
    toPut: async (key, seconds) => link(key, { put: "", seconds: String(seconds) }),

    async read(key) {
      if (store.broken !== undefined) throw store.broken;
      const file = files.get(key);
      return file && { size: file.bytes.length, content: inPieces(file.bytes) };
    },
  };
  return store;
};

/** A file as it comes over a network: in pieces, here of so many bytes. */
export async function* inPieces(bytes: Uint8Array, size = 1000) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
