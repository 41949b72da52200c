import type { ClientEventAttachment, ClientEventBody } from "../../shared/domain/client-contract.ts";
import type { Entry, Head } from "../../shared/domain/entry.ts";
import { fileMark, markedFileName, safeFileName } from "../../shared/domain/file-names.ts";
import { clientLane, ensonoLane, ticketNumberOf } from "../../shared/domain/lane.ts";
import type { Digest } from "../../shared/domain/marks.ts";
import type { EventEvidence } from "../../shared/domain/news-of-event.ts";
import { isKnownById } from "../../shared/domain/plan.ts";
import type { Clock, Ledger } from "../../shared/ports.ts";

export interface EvidenceDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly digest: Digest;
}

/**
 * What the ledger knows of an event's comments (I3, I5), attachments (I10) and answer to an approval (C3). Notes which event
 * carried what first; that is idempotent for an entry.
 */
export const gatherEvidence = async (
  entry: Entry,
  event: ClientEventBody,
  head: Head,
  deps: EvidenceDeps,
): Promise<EventEvidence> => ({
  order: entry.order,
  waitedMs: deps.clock() - entry.receivedAt,
  ...(await evidenceOfComments(entry, event, head, deps)),
  ...(await evidenceOfAttachments(entry, event, deps)),
  isAnswerSkipped: await isAnswerSkipped(head, deps),
});

const evidenceOfComments = async (
  { lane, order }: Entry,
  event: ClientEventBody,
  head: Head,
  { ledger, clock }: EvidenceDeps,
): Promise<Pick<EventEvidence, "ownComments" | "repeatedComments" | "commentUnderWay">> => {
  // Asked first: a delivery that ends after this has left its footprint before the footprints are read.
  const commentUnderWay = event.comments.some(isKnownById) && (await isCommentUnderWay(head, ledger));
  const ownComments: number[] = [];
  const repeatedComments: number[] = [];
  for (const [place, { id, bridgeKey }] of event.comments.entries()) {
    const tokens = [
      ...(bridgeKey === undefined ? [] : [`key:${bridgeKey}`]),
      ...(id === undefined ? [] : [`id:${id}`]),
    ];
    const isOwn = await anyOf(tokens, async (token) => (await ledger.footprints(lane, token, order)).length > 0);
    if (isOwn) ownComments.push(place);
    else if (id !== undefined && !(await ledger.claim(lane, `comment:${id}`, order, clock()))) {
      repeatedComments.push(place);
    }
  }
  return { ownComments, repeatedComments, commentUnderWay };
};

/** Whether a comment of ours is on its way to the client, or it is not known whether it arrived. */
const isCommentUnderWay = async ({ link }: Head, ledger: Ledger): Promise<boolean> => {
  if (link === undefined) return false;
  const { entries } = await ledger.open(ensonoLane(link));
  const steps = entries.flatMap((entry) => entry.steps);
  return steps.some(({ step, status }) => step.do === "addComment" && status === "attempting");
};

const evidenceOfAttachments = async (
  entry: Entry,
  { attachments }: ClientEventBody,
  deps: EvidenceDeps,
): Promise<Pick<EventEvidence, "repeatedAttachments" | "fileNames">> => {
  const { lane, order } = entry;
  const repeatedAttachments: number[] = [];
  const fileNames: string[] = [];
  for (const [place, attachment] of attachments.entries()) {
    const token = `attachment:${attachment.id}`;
    const isRepeated = attachment.id !== undefined && !(await deps.ledger.claim(lane, token, order, deps.clock()));
    if (isRepeated) repeatedAttachments.push(place);
    fileNames.push(await nameAtEnsono(entry, attachment, place, deps));
  }
  return { repeatedAttachments, fileNames };
};

/** A second file of the same name gets another one, for at Ensono the one would take the other's place. */
const nameAtEnsono = async (
  { lane, order }: Entry,
  { fileName }: ClientEventAttachment,
  place: number,
  { ledger, clock, digest }: EvidenceDeps,
): Promise<string> => {
  const name = safeFileName(fileName, fileMark(digest(fileName)));
  const isFree = await ledger.claim(lane, `file:${name.toLowerCase()}`, `${order}#${place}`, clock());
  return isFree ? name : markedFileName(fileName, fileMark(digest(`${fileName}|${lane}|${order}|${place}`)));
};

/** An operator who skipped the first answer to an approval has taken it back. */
const isAnswerSkipped = async ({ lane, answered }: Head, { ledger }: EvidenceDeps): Promise<boolean> =>
  answered !== undefined && (await ledger.entry(lane, answered.order))?.status === "skipped";

/**
 * Whether a number that the ticket had before is just being told to Ensono: it would overwrite the present one if that was told
 * at the same time (C6, T7).
 */
export const isFormerNumberUnderWay = async (
  { lane, link }: Head,
  peer: Head | undefined,
  { ledger, clock }: EvidenceDeps,
): Promise<boolean> => {
  if (link === undefined) return false;
  const former = (peer?.formerLinks ?? []).filter((number) => number !== ticketNumberOf(lane));
  return anyOf(former, async (number) => {
    const { entries } = await ledger.open(clientLane(number));
    return entries.some(({ content, leaseUntil = 0 }) => content.kind === "tellNumber" && leaseUntil > clock());
  });
};

export const anyOf = async <Item>(items: readonly Item[], test: (item: Item) => Promise<boolean>): Promise<boolean> => {
  for (const item of items) if (await test(item)) return true;
  return false;
};
