import * as z from "zod";
import { approvalGivenSchema, noticeAnswerSchema } from "../../../lambdas/shared/domain/client-contract.ts";
import {
  approvalRequestSchema,
  clientApprovalSchema,
  clientFieldsSchema,
} from "../../../lambdas/shared/domain/steps.ts";
import { generatedSchema } from "./file-content.ts";

/** All that the simulated ITSM knows, as JSON, so that it can be kept between runs. */

export const itsmCommentSchema = z.object({
  id: z.string(),
  body: z.string(),
  author: z.string().optional(),
  authorEmail: z.string().optional(),
  at: z.iso.datetime(),
  /** The delivery that made it; absent where an agent did. */
  bridgeKey: z.string().optional(),
});
export type ItsmComment = z.infer<typeof itsmCommentSchema>;

/** A file at a ticket; its content lies with the files. */
export const itsmAttachmentSchema = z.object({
  id: z.string(),
  fileName: z.string(),
  contentType: z.string().optional(),
  /** Bytes. */
  size: z.number(),
  /** Hexadecimal. */
  sha256: z.string(),
  at: z.iso.datetime(),
  /** The delivery that brought it; absent where an agent attached it. */
  bridgeKey: z.string().optional(),
});
export type ItsmAttachment = z.infer<typeof itsmAttachmentSchema>;

/** What Ensono asked to be approved, and what was answered at last. */
const itsmApprovalSchema = approvalRequestSchema.extend({
  bridgeKey: z.string(),
  answer: approvalGivenSchema.optional(),
});
export type ItsmApproval = z.infer<typeof itsmApprovalSchema>;

/** What a change is to the ITSM itself, whatever its fields say; all but `open` is final. */
const changePhaseSchema = z.enum(["open", "cancelled", "closed"]);
export type ChangePhase = z.infer<typeof changePhaseSchema>;

export const itsmTicketSchema = z.object({
  number: z.string(),
  ensonoTicketNumber: z.string().optional(),
  /** In the ITSM's own word. */
  ticketType: z.string(),
  openedBy: z.enum(["bridge", "agent"]),
  /** The ticket whose place this one takes. */
  replaces: z.string().optional(),
  fields: clientFieldsSchema,
  comments: z.array(itsmCommentSchema),
  attachments: z.array(itsmAttachmentSchema).default([]),
  // Of a change only:
  phase: changePhaseSchema.optional(),
  clientApproval: clientApprovalSchema.optional(),
  approvals: z.array(itsmApprovalSchema).default([]),
  /** The first answer that was given, also where nobody had asked yet. */
  decision: approvalGivenSchema.shape.decision.optional(),
});
export type ItsmTicket = z.infer<typeof itsmTicketSchema>;

/** One webhook as it came in, whatever became of it; `answer` is null where none was given. */
const deliverySchema = z.object({
  at: z.iso.datetime(),
  id: z.string(),
  type: z.string(),
  body: z.string(),
  valid: z.boolean(),
  answer: z.object({ status: z.number(), body: z.string() }).nullable(),
});
export type Delivery = z.infer<typeof deliverySchema>;

/** One change that a delivery made, in the order in which they were made. */
const effectSchema = z.object({
  key: z.string(),
  type: z.string(),
  ticketNumber: z.string(),
  ensonoTicketNumber: z.string(),
  transactionId: z.string().nullable(),
});
export type Effect = z.infer<typeof effectSchema>;

/** One call to the bridge's API; without `outcome` it is still to be made. */
const outgoingSchema = z.object({
  id: z.string(),
  ticketNumber: z.string(),
  method: z.enum(["POST", "PUT"]),
  path: z.string(),
  body: z.string(),
  /** Not to be made earlier (epoch ms). */
  notBefore: z.number(),
  attempts: z.number(),
  /** The file that is to be put to the bridge first; absent once that is done. */
  upload: itsmAttachmentSchema.optional(),
  outcome: z.object({ at: z.iso.datetime(), status: z.number(), body: z.string() }).optional(),
});
export type Outgoing = z.infer<typeof outgoingSchema>;

export const clientItsmStateSchema = z.object({
  /** Makes the ids of this installation differ from those of another one that the same bridge has met. */
  installation: z.string(),
  counters: z.object({
    ticket: z.number(),
    change: z.number().default(0),
    comment: z.number(),
    attachment: z.number().default(0),
    event: z.number(),
  }),
  tickets: z.record(z.string(), itsmTicketSchema),
  /** The contents of attachments by their ids, but for large ones. */
  files: z.record(z.string(), z.union([z.strictObject({ base64: z.base64() }), generatedSchema])).default({}),
  /** What each delivery that took effect was answered, by its webhook-id. */
  answers: z.record(z.string(), z.object({ status: z.number(), answer: noticeAnswerSchema })),
  deliveries: z.array(deliverySchema),
  effects: z.array(effectSchema),
  events: z.array(outgoingSchema),
});
export type ClientItsmState = z.infer<typeof clientItsmStateSchema>;

export const emptyState = (installedAt: number): ClientItsmState => ({
  installation: installedAt.toString(36),
  counters: { ticket: 0, change: 0, comment: 0, attachment: 0, event: 0 },
  tickets: {},
  files: {},
  answers: {},
  deliveries: [],
  effects: [],
  events: [],
});

/** How the simulated ITSM behaves; can be changed while it runs. */
export const behaviourSchema = z.strictObject({
  /** `later`: a create is answered 202, and the number is told over the bridge's API after `laterMs`. */
  numbers: z.enum(["at-once", "later"]),
  laterMs: z.number().int().min(0).max(86_400_000),
  /** Sends an event for what the bridge itself changed too, as the webhooks of real ITSMs do. */
  echoes: z.boolean(),
  /** Names the bridge's user as the actor of an echo. */
  echoActor: z.boolean(),
  /** Gives the webhook-id back with a comment that the bridge made. */
  echoKeys: z.boolean(),
  /** What an event carries: only what changed, or the ticket as it is now. */
  events: z.enum(["changes", "snapshots"]),
  /** Tells the fields of changes too, and not only their comments, attachments and approvals. */
  changeFields: z.boolean(),
});
export type Behaviour = z.infer<typeof behaviourSchema>;

export const behaviourChangeSchema = behaviourSchema.partial();
export type BehaviourChange = z.infer<typeof behaviourChangeSchema>;

export const usualBehaviour: Behaviour = {
  numbers: "at-once",
  laterMs: 1000,
  echoes: true,
  echoActor: true,
  echoKeys: true,
  events: "changes",
  changeFields: false,
};
