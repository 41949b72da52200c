import * as z from "zod";
import { ensonoCommentSchema, ensonoFieldsSchema } from "./ensono-ticket.ts";

/**
 * Steps are the outside calls that one entry asks for, in order. They are values: deciding makes them, an adapter
 * performs them, the ledger remembers how far they came.
 */

/** Signs what the bridge itself tells either side. */
export const BRIDGE = "Envision Bridge";

/** A moment, as the client gets it (T9): in UTC and in the zone of the config. */
export const localisedTimeSchema = z.object({
  utc: z.iso.datetime().meta({ description: "The moment in UTC" }),
  local: z.iso
    .datetime({ offset: true })
    .meta({ description: "The same moment in the configured time zone, with its offset" }),
  zone: z.string().meta({ description: "The configured time zone (IANA name)" }),
});
export type LocalisedTime = z.infer<typeof localisedTimeSchema>;

/** Ticket fields in the client's own words; fields that Ensono sends and this schema does not name pass through. */
export const clientFieldsSchema = z.record(z.string(), z.json());
export type ClientFields = z.infer<typeof clientFieldsSchema>;

export const clientCommentSchema = z.object({
  id: z.string().optional(),
  body: z.string(),
  author: z.string().optional(),
  authorEmail: z.string().optional(),
});

/** Who at the client decides about a change, and when (C1): before the work, not at all, or once it is done. */
export const clientApprovals = ["required", "given", "afterwards"] as const;
export const clientApprovalSchema = z.enum(clientApprovals);
export type ClientApproval = z.infer<typeof clientApprovalSchema>;

/** A request for approval of a change (C2; guide, "Change Approval Request Fields"). */
export const approvalRequestSchema = z.object({
  approvalId: z.string(),
  approverName: z.string().optional(),
  approverEmail: z.string().optional(),
  description: z.string().optional(),
});
export type ApprovalRequest = z.infer<typeof approvalRequestSchema>;

/** A file that lies in our store until it is handed on. */
export const storedFileSchema = z.object({
  /** Its key in the store. */
  key: z.string(),
  /** Bytes. */
  size: z.number(),
  /** Hexadecimal; unknown of a file that the client put there itself, until it is read. */
  sha256: z.string().optional(),
});
export type StoredFile = z.infer<typeof storedFileSchema>;

/** A file of Ensono's for the client's ticket (T8). */
export const clientAttachmentSchema = storedFileSchema.required({ sha256: true }).extend({
  fileName: z.string(),
  contentType: z.string(),
  group: z.string().optional(),
  ensonoGroup: z.string().optional(),
  /** Where it is found at Ensono (`attachmentInfo`). */
  info: z.string().optional(),
});
export type ClientAttachment = z.infer<typeof clientAttachmentSchema>;

/** Steps towards the client's ITSM. Of a change they are told as `change.…`, else as `ticket.…`. */
export const clientStepSchema = z.discriminatedUnion("do", [
  z.object({
    do: z.literal("createTicket"),
    ticket: clientFieldsSchema,
    /** The client's ticket whose place the new one takes (C6, T7). */
    replaces: z.string().optional(),
    /** Only of a change. */
    clientApproval: clientApprovalSchema.optional(),
  }),
  z.object({ do: z.literal("requestApproval"), approval: approvalRequestSchema }),
  z.object({ do: z.literal("addAttachment"), attachment: clientAttachmentSchema }),
  z.object({ do: z.literal("cancelTicket"), changed: clientFieldsSchema }),
  z.object({ do: z.literal("updateTicket"), changed: clientFieldsSchema }),
  z.object({ do: z.literal("addComment"), comment: clientCommentSchema }),
  z.object({ do: z.literal("resolveTicket"), changed: clientFieldsSchema }),
  z.object({ do: z.literal("closeTicket"), changed: clientFieldsSchema }),
  z.object({ do: z.literal("reopenTicket"), changed: clientFieldsSchema }),
  z.object({ do: z.literal("announceLink") }),
]);
export type ClientStep = z.infer<typeof clientStepSchema>;

/** The client's answer to a request for approval (C3). */
export const approvalAnswerSchema = z.object({
  decision: z.enum(["approved", "rejected"]),
  approvalId: z.string(),
  /** The approver's e-mail address, as Ensono's request named it. */
  approver: z.string(),
  /** Who decided, and why. */
  comment: z.string(),
});
export type ApprovalAnswer = z.infer<typeof approvalAnswerSchema>;

/** A file of the client's for Ensono's ticket (I10). */
export const ensonoAttachmentSchema = z.object({
  /** As Ensono takes it: letters, digits, hyphens, dots. */
  fileName: z.string(),
  /** As the client calls it. */
  originalName: z.string(),
  /** Empty where the client named none. */
  contentType: z.string(),
  source: z.discriminatedUnion("from", [
    /** It came with the event: the content of its attachment with this number, from 0. */
    z.object({ from: z.literal("event"), nth: z.number() }),
    /** The event named an address for it; the fetch of its attachment with this number puts it into our store. */
    z.object({ from: z.literal("fetch"), nth: z.number() }),
    z.object({ from: z.literal("store"), key: z.string() }),
  ]),
});
export type EnsonoAttachment = z.infer<typeof ensonoAttachmentSchema>;

/** Steps towards Ensono; one call of the Envision Connect API each, but for an attachment, which takes two. */
export const ensonoStepSchema = z.discriminatedUnion("do", [
  z.object({ do: z.literal("createTicket"), fields: ensonoFieldsSchema, comments: z.array(ensonoCommentSchema) }),
  z.object({ do: z.literal("updateTicket"), fields: ensonoFieldsSchema }),
  z.object({ do: z.literal("addComments"), comments: z.array(ensonoCommentSchema) }),
  z.object({ do: z.literal("resolveTicket"), closeNotes: z.string() }),
  z.object({ do: z.literal("closeTicket"), closeNotes: z.string() }),
  z.object({ do: z.literal("returnNumber") }),
  z.object({ do: z.literal("answerApproval"), answer: approvalAnswerSchema }),
  z.object({ do: z.literal("uploadAttachment"), attachment: ensonoAttachmentSchema }),
]);
export type EnsonoStep = z.infer<typeof ensonoStepSchema>;

/**
 * What is to be done about one entry.
 *
 * - `perform`: first link the two numbers if `link` gives the other side's number, then perform the steps. `tellPeer`
 *   owes the other lane the news of the number once more (T3). `notes` go into the journal; `unmapped` names the fields whose
 *   value is in no mapping table (I6).
 * - `ignore`: nothing, and the journal says why.
 * - `wait`: nothing yet; look again soon.
 * - `hold`: waiting cannot cure it; the lane is held until an operator acts (R3).
 */
export type Decision<Step> =
  | {
      outcome: "perform";
      steps: Step[];
      link?: string;
      tellPeer?: boolean;
      notes: string[];
      unmapped?: readonly string[];
    }
  | { outcome: "ignore"; reason: string }
  | { outcome: "wait"; reason: string }
  | { outcome: "hold"; code: "refused" | "link-conflict" | "not-understood"; reason: string };
