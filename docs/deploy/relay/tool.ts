import * as z from "zod";
import type { Notice, NoticeAnswer } from "../../../lambdas/shared/domain/client-contract.ts";

export type HasPlace = (field: string, value: unknown) => boolean;

/** A ticket tool behind the relay: what each delivery of the bridge does in it. */
export interface Tool {
  /**
   * Does what the notice asks for. Throws ToolError.
   *
   * @param key the delivery's webhook-id
   */
  perform(notice: Notice, key: string): Promise<NoticeAnswer>;
  /** What an earlier try made of it: its answer, or that it made nothing; or that the tool cannot be asked. Throws ToolError. */
  find(notice: Notice): Promise<NoticeAnswer | "nothing" | "cannot say">;
  /** Whether the tool has a place for this field with this value; what has none becomes a note on the ticket. */
  readonly hasPlace: HasPlace;
}

/**
 * The tool did not do it (`none`), or nobody knows (`unknown`). `status` is what the bridge is answered, by the table of
 * docs/client-contract.md.
 */
export class ToolError extends Error {
  override readonly name = "ToolError";
  readonly effect: "none" | "unknown";
  readonly status: number;

  constructor(effect: "none" | "unknown", status: number, message: string) {
    super(message);
    this.effect = effect;
    this.status = status;
  }
}

/** Fields that say nothing to those who work on the ticket. */
const SILENT = new Set(["updatedAt", "updatedOn", "updatedBy", "openedTime", "openedBy", "ClientReferenceAvailable"]);

/** The fields of a notice: all of a new ticket, or those that changed. */
export const fieldsOf = ({ data }: Notice): Readonly<Record<string, unknown>> =>
  "ticket" in data ? data.ticket : "changed" in data ? data.changed : {};

const localSchema = z.object({ local: z.string() });

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(shown).join(", ");
  return localSchema.safeParse(value).data?.local ?? String(value);
};

/** The fields that the tool has no place for, a line each, so that none of them is lost; undefined where there is none. */
export const noteOf = (notice: Notice, hasPlace: HasPlace): string | undefined => {
  const lines = Object.entries(fieldsOf(notice))
    .filter(([name, value]) => !hasPlace(name, value) && !SILENT.has(name) && value !== "" && value !== null)
    .map(([name, value]) => `${name}: ${shown(value)}`);
  return lines.length === 0 ? undefined : ["From Ensono:", ...lines].join("\n");
};

/** Whether it may be done twice: then it sets values, and nothing is added to the ticket. */
export const isHarmlessTwice = (notice: Notice, hasPlace: HasPlace): boolean =>
  !/\.(?:created|commented|attachment_added|approval_requested)$/.test(notice.type) &&
  noteOf(notice, hasPlace) === undefined;

/** The number of the tool's own ticket that a notice is about. Throws ToolError where it has none. */
export const ticketOf = (notice: Notice): string => {
  const { clientTicketNumber, ensonoTicketNumber } = notice.data;
  if (clientTicketNumber !== null) return clientTicketNumber;
  throw new ToolError("none", 422, `${notice.type} of ${ensonoTicketNumber} names no ticket of yours`);
};

/** A text of Ensono's, or undefined. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** What a table has for a word, whatever its capitals. */
export const named = <T>(table: Readonly<Record<string, T>>, word: unknown): T | undefined =>
  Object.entries(table).find(([one]) => one.toLowerCase() === String(word).toLowerCase())?.[1];

/** A comment as people shall read it: with the name of who wrote it at Ensono. */
export const commentText = ({ body, author }: { body: string; author?: string | undefined }): string =>
  author === undefined ? body : `${author} (Ensono):\n\n${body}`;

/** What a request for approval says to those who read the ticket. */
export const approvalText = (approval: {
  approvalId: string;
  approverName?: string | undefined;
  approverEmail?: string | undefined;
  description?: string | undefined;
}): string =>
  [
    `Ensono asks for approval (${approval.approvalId}).`,
    `Approver: ${approval.approverName ?? "not named"} ${approval.approverEmail ?? ""}`.trim(),
    ...(approval.description === undefined ? [] : [approval.description]),
  ].join("\n");
