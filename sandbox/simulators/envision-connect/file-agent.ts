import { createHash } from "node:crypto";
import * as z from "zod";
import { type ActOn, attachFile, publishFile } from "./attachments.ts";
import type { Ensono } from "./ensono.ts";

/** What someone at Ensono does with files. */

const fields = {
  fileName: z.string().min(1),
  contentType: z.string().min(1).default("application/octet-stream"),
  /** Only public files are told to the client. */
  public: z.boolean().default(true),
  /** How long the download URL is good. */
  expirySeconds: z.int().positive().default(7200),
};
/** A file of so many bytes that are made up as it is downloaded. The same seed gives the same; default: the file's name. */
const generated = { bytes: z.int().nonnegative(), seed: z.string().optional() };

export const agentFileSchema = z.strictObject({
  ...fields,
  content: z.union([z.instanceof(Buffer), z.strictObject(generated)]),
});
export type AgentFile = z.input<typeof agentFileSchema>;

/** The same over HTTP: `base64`, or `bytes` and perhaps a `seed`. */
export const fileOverHttpSchema = z.union([
  z
    .strictObject({ ...fields, base64: z.base64() })
    .transform(({ base64, ...file }): AgentFile => ({ ...file, content: Buffer.from(base64, "base64") })),
  z
    .strictObject({ ...fields, ...generated })
    .transform(({ bytes, seed, ...file }): AgentFile => ({ ...file, content: { bytes, seed } })),
]);

export const publishSchema = z.strictObject({ fileId: z.string() });

/** Every method throws as the agent's others do. */
export interface FileAgent {
  /**
   * To a ticket or a change. What is public is sent at once; on a change that the client does not know yet, when that is
   * submitted. Gives the file's id.
   */
  attach(ticketNumber: string, file: AgentFile): string;
  /** Sets "Is Public" on a file that was attached without. */
  publish(ticketNumber: string, fileId: string): void;
}

export function createFileAgent(ensono: Ensono, actOn: ActOn): FileAgent {
  return {
    attach: (ticketNumber, file) => {
      let fileId = "";
      actOn(ticketNumber, (holder) => {
        const { content, public: isPublic, ...others } = agentFileSchema.parse(file);
        const given = Buffer.isBuffer(content)
          ? { content, sha256: createHash("sha256").update(content).digest("hex") }
          : { content: { bytes: content.bytes, seed: content.seed ?? others.fileName } };
        fileId = attachFile(ensono, holder, { ...others, isPublic, ...given }).fileId;
      });
      return fileId;
    },
    publish: (ticketNumber, fileId) => actOn(ticketNumber, (holder) => publishFile(ensono, holder, fileId)),
  };
}
