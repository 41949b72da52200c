import type { Notice, NoticeAnswer } from "../../../lambdas/shared/domain/client-contract.ts";
import { fileOf, tooLargeText } from "./call-tool.ts";
import { approvalText, commentText, type Tool } from "./tool.ts";

/** A delivery with a file. */
export type WithFile = Extract<Notice, { data: { attachment: unknown } }>;

/** What a tool can do about a ticket. Each throws ToolError. */
export interface Deeds {
  create(notice: Notice): Promise<NoticeAnswer>;
  /** Sets the fields that changed; what has no place becomes a note. */
  update(notice: Notice): Promise<NoticeAnswer>;
  /** Adds what somebody at Ensono has written. */
  comment(notice: Notice, text: string): Promise<NoticeAnswer>;
  /** Adds what the bridge itself has to say, for those who work on the ticket. */
  note(notice: Notice, text: string): Promise<NoticeAnswer>;
  addFile(notice: WithFile, file: Blob): Promise<NoticeAnswer>;
  /** Keeps Ensono's number on the ticket. */
  link(notice: Notice): Promise<NoticeAnswer>;
}

/** Which deed each type of delivery asks for, in whatever tool. */
export const performing =
  (deeds: Deeds, send: typeof fetch): Tool["perform"] =>
  async (notice) => {
    switch (notice.type) {
      case "ticket.created":
      case "change.created":
        return deeds.create(notice);
      case "ticket.commented":
      case "change.commented":
        return deeds.comment(notice, commentText(notice.data.comment));
      case "ticket.attachment_added":
      case "change.attachment_added": {
        const { attachment } = notice.data;
        const file = await fileOf(attachment, send);
        return file === undefined ? deeds.note(notice, tooLargeText(attachment)) : deeds.addFile(notice, file);
      }
      case "change.approval_requested":
        return deeds.note(notice, approvalText(notice.data.approval));
      case "ticket.linked":
        return deeds.link(notice);
      default:
        return deeds.update(notice);
    }
  };
