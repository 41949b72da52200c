import * as z from "zod";
import type { ClientEventAttachment } from "../../../lambdas/shared/domain/client-contract.ts";
import { chunksOf, type FileContent, generatedSchema, sha256Of, sizeOf } from "./file-content.ts";
import type { Files } from "./files.ts";
import type { ItsmTicket } from "./state.ts";
import type { Edit, Tickets } from "./tickets.ts";

const attachWays = ["content", "upload", "url"] as const;
export type AttachBy = (typeof attachWays)[number];

/** Names that the bridge refuses are taken, so that its refusal can be seen. */
export const agentFileSchema = z.strictObject({
  fileName: z.string().min(1),
  contentType: z.string().exactOptional(),
  content: z.union(
    [z.instanceof(Buffer), generatedSchema, z.base64().transform((content) => Buffer.from(content, "base64"))],
    { error: "expected the file in base64, or the number of bytes to make up" },
  ),
});
export type AgentFile = z.input<typeof agentFileSchema>;
export const attachingSchema = agentFileSchema.extend({ by: z.enum(attachWays).default("content") });

/** Adds the file to the ticket, and says how the bridge gets it. */
export const attachmentEdit = async (
  ticket: ItsmTicket,
  file: AgentFile,
  by: AttachBy,
  deps: { tickets: Tickets; files: Files; urlOf: (attachmentId: string) => string },
): Promise<Omit<Edit, "actor">> => {
  const { content, ...named } = agentFileSchema.parse(file);
  const told = { ...named, size: sizeOf(content), sha256: await sha256Of(content) };
  const added = deps.tickets.addAttachment(ticket, told);
  deps.files.keep(added.id, content);
  const attachment: ClientEventAttachment = { id: added.id, ...named };
  switch (by) {
    case "content":
      return { attachments: [{ ...attachment, content: base64(content) }] };
    case "url":
      return { attachments: [{ ...attachment, url: deps.urlOf(added.id) }] };
    case "upload":
      return { attachments: [attachment], upload: added };
  }
};

const base64 = (content: FileContent): string => Buffer.concat([...chunksOf(content)]).toString("base64");
