import * as z from "zod";
import { type FileContent, generatedSchema, sha256Of } from "./file-content.ts";
import { newSysId } from "./sys-id.ts";

/** The bytes of files, and the upload URLs that were given out. What a file belongs to stands in its ticket. */

/** Bigger content from the client is hashed and let go; bigger content given by a test does not outlive a restart. */
export const KEPT_BYTES = 1024 * 1024;

const storedFileSchema = z.object({
  fileId: z.string(),
  ticketNumber: z.string(),
  fileName: z.string(),
  contentType: z.string(),
});
const uploadSchema = z.object({
  key: z.string(),
  ticketNumber: z.string(),
  /** As asked for, with `.base64` where it has that. */
  fileName: z.string(),
  /** Came through /echo, so Ensono sends the file back. */
  isEcho: z.boolean(),
  expiresAt: z.number(),
  /** Once it was used, and the file was attached. */
  fileId: z.string().optional(),
});
export type Upload = z.infer<typeof uploadSchema>;

export const fileStoreStateSchema = z.object({
  contents: z.array(
    storedFileSchema.extend({ content: z.union([z.strictObject({ base64: z.string() }), generatedSchema]) }),
  ),
  uploads: z.array(uploadSchema),
});
export type FileStoreState = z.infer<typeof fileStoreStateSchema>;

export type StoredFile = z.infer<typeof storedFileSchema> & { content: FileContent };

export interface FileStore {
  put(file: StoredFile): void;
  drop(fileId: string): void;
  find(fileId: string): StoredFile | undefined;
  /** @param seconds how long the upload URL is good. */
  openUpload(upload: Pick<Upload, "ticketNumber" | "fileName" | "isEcho">, seconds: number): Upload;
  findUpload(key: string): Upload | undefined;
  snapshot(): FileStoreState;
}

/** @param now epoch milliseconds. */
export function createFileStore(now: () => number, state?: FileStoreState): FileStore {
  const files = new Map<string, StoredFile>();
  const uploads = new Map((state?.uploads ?? []).map((upload) => [upload.key, { ...upload }]));
  for (const { content, ...file } of state?.contents ?? [])
    files.set(file.fileId, {
      ...file,
      content: "base64" in content ? Buffer.from(content.base64, "base64") : content,
    });

  const forgetExpired = (): void => {
    for (const [key, { expiresAt }] of uploads) if (expiresAt <= now()) uploads.delete(key);
  };

  return {
    put: ({ fileId, ticketNumber, fileName, contentType, content }) => {
      files.set(fileId, { fileId, ticketNumber, fileName, contentType, content });
    },
    drop: (fileId) => {
      files.delete(fileId);
    },
    find: (fileId) => files.get(fileId),
    openUpload: (asked, seconds) => {
      forgetExpired();
      const upload = { ...asked, key: `${newSysId()}.${asked.fileName}`, expiresAt: now() + seconds * 1000 };
      uploads.set(upload.key, upload);
      return upload;
    },
    findUpload: (key) => uploads.get(key),
    snapshot: () => ({
      contents: [...files.values()].flatMap(toState),
      uploads: structuredClone([...uploads.values()]),
    }),
  };
}

const toState = ({ content, ...file }: StoredFile): FileStoreState["contents"] => {
  if (!Buffer.isBuffer(content)) return [{ ...file, content }];
  return content.length <= KEPT_BYTES ? [{ ...file, content: { base64: content.toString("base64") } }] : [];
};

/** A look at the bytes behind the tickets' files, for tests and people. */
export interface Files {
  /** Undefined where the bytes were not kept, or are generated. */
  content(fileId: string): Buffer | undefined;
  /** Reads the content through, however large. @throws when its bytes were not kept. */
  sha256(fileId: string): Promise<string>;
}

export const createFiles = (store: FileStore): Files => ({
  content: (fileId) => {
    const content = store.find(fileId)?.content;
    return Buffer.isBuffer(content) ? content : undefined;
  },
  sha256: async (fileId) => {
    const file = store.find(fileId);
    if (file === undefined) throw new Error(`The content of file ${fileId} was not kept.`);
    return sha256Of(file.content);
  },
});
