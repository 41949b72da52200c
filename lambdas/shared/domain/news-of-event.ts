import type { ClientEventBody, ClientEventComment } from "./client-contract.ts";
import type { EnsonoComment, EnsonoFields } from "./ensono-ticket.ts";
import type { EnsonoStep } from "./steps.ts";
import { uploadKey } from "./transfer.ts";

/** What the ledger could find out about an event, by the places in its lists. */
export interface EventEvidence {
  /** The event's place in its lane. */
  order: string;
  /** How long ago it was received (ms). */
  waitedMs: number;
  /** The bridge wrote these comments: their id or their bridgeKey is one that it knows (I5). */
  ownComments: readonly number[];
  /** An earlier event carried these comments already: a comment is sent once (I3). */
  repeatedComments: readonly number[];
  /** A comment of ours is on its way to the client; the id that it will get there is not known yet. */
  commentUnderWay: boolean;
  /** An earlier event carried these attachments already. */
  repeatedAttachments: readonly number[];
  /** The name for each attachment at Ensono, which no other of the ticket's has (I10). */
  fileNames: readonly string[];
  /** The entry that gave the first answer to an approval was skipped by an operator: it does not count (C3). */
  isAnswerSkipped: boolean;
  /** Events of the ticket that came after this one and wait behind it. */
  laterEvents?: readonly ClientEventBody[];
}

/** Comments that Ensono does not have yet. Of a ticket that it does not have, those said while it was out of scope are news, too. */
export const newComments = (
  { comments }: ClientEventBody,
  { ownComments, repeatedComments }: EventEvidence,
  isNewTicket: boolean,
): EnsonoComment[] =>
  comments
    .filter((_, place) => !ownComments.includes(place) && (isNewTicket || !repeatedComments.includes(place)))
    .map(toEnsonoComment);

const toEnsonoComment = ({ id: _id, bridgeKey: _bridgeKey, ...comment }: ClientEventComment): EnsonoComment => comment;

/** I10: a step for each file that Ensono does not have yet. */
export const uploadSteps = (
  { attachments }: ClientEventBody,
  { repeatedAttachments, fileNames }: EventEvidence,
  isNewTicket: boolean,
): EnsonoStep[] =>
  attachments.flatMap(({ fileName: originalName, contentType = "", uploadId, url }, nth): EnsonoStep[] => {
    const fileName = fileNames[nth];
    if (fileName === undefined || (repeatedAttachments.includes(nth) && !isNewTicket)) return [];
    const source =
      uploadId !== undefined
        ? ({ from: "store", key: uploadKey(uploadId) } as const)
        : ({ from: url === undefined ? "event" : "fetch", nth } as const);
    return [{ do: "uploadAttachment", attachment: { fileName, originalName, contentType, source } }];
  });

/** What a step sets on a ticket that Ensono has already; undefined for steps that set nothing. */
export const fieldsSetBy = (step: EnsonoStep): EnsonoFields | undefined => {
  if (step.do === "updateTicket") return step.fields;
  if (step.do === "resolveTicket") return { status: "resolved" };
  return step.do === "closeTicket" ? { status: "closed" } : undefined;
};
