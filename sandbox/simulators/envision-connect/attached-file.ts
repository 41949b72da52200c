import * as z from "zod";

/** What ServiceNow knows of a file on a ticket or a change; its bytes are in the store (file-store.ts). */

const common = {
  /** ServiceNow's sys_id. */
  fileId: z.string(),
  fileName: z.string(),
  contentType: z.string(),
  size: z.int().nonnegative(),
  /** Left out for generated content, which nobody has read yet. */
  sha256: z.string().optional(),
  attachedAt: z.string(),
};

export const attachedFileSchema = z.discriminatedUnion("from", [
  z.object({
    ...common,
    from: z.literal("Ensono"),
    /** Only then is the client told of it (guide, "Ensono Triggers"). */
    isPublic: z.boolean(),
    /** How long its download URL is good, each time that one is sent. */
    expirySeconds: z.int().positive(),
  }),
  z.object({
    ...common,
    from: z.literal("client"),
    /** How often the same URL was PUT to; more than once after lost answers. */
    puts: z.int().positive(),
  }),
]);
export type AttachedFile = z.infer<typeof attachedFileSchema>;
export type EnsonoFile = Extract<AttachedFile, { from: "Ensono" }>;
export type ClientFile = Extract<AttachedFile, { from: "client" }>;

export const droppedFileSchema = z.object({
  fileName: z.string(),
  contentType: z.string(),
  size: z.int().nonnegative(),
  sha256: z.string(),
  droppedAt: z.string(),
  why: z.string(),
});
/** A file that reached S3 and not the ticket; the client is not told (guide, "Transferring Files To Ensono"). */
export type DroppedFile = z.infer<typeof droppedFileSchema>;
