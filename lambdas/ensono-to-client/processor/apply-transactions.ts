import type { NoticeAnswer } from "../../shared/domain/client-contract.ts";
import { decide, type TransactionDecision } from "../../shared/domain/decide.ts";
import { UNDER_WAY, underWayToken } from "../../shared/domain/echo.ts";
import { readTransaction } from "../../shared/domain/ensono-transaction.ts";
import type { Entry, Head, StepRecord } from "../../shared/domain/entry.ts";
import { clientLane, type Lane, ticketNumberOf } from "../../shared/domain/lane.ts";
import { BRIDGE, type ClientStep, clientStepSchema } from "../../shared/domain/steps.ts";
import { viewOf } from "../../shared/domain/ticket-view.ts";
import { localise } from "../../shared/domain/times.ts";
import type { Direction, Effect, Heads, LookUp, StepContext, WalkDeps, WalkEnd } from "../../shared/lanes/walk.ts";
import { walkLane } from "../../shared/lanes/walk-lane.ts";
import type { ClientItsm, DeliveryContext, Footprint } from "../../shared/ports.ts";
import { type EvidenceDeps, gatherEvidence, rememberAttachment } from "./gather-evidence.ts";

export interface ApplyDeps extends WalkDeps, EvidenceDeps {
  readonly itsm: ClientItsm;
}

/**
 * Applies what waits in one ticket's lane to the client's ITSM, strictly in order (Q3, Q5, T1-T6). Safe to repeat; throws
 * only faults of our own platform.
 */
export const applyTransactions = (lane: Lane, deps: ApplyDeps): Promise<WalkEnd> =>
  walkLane(lane, towardsClient(deps), deps);

const towardsClient = (deps: ApplyDeps): Direction<ClientStep> => ({
  decide: (entry, heads) => decideEntry(entry, heads, deps),
  readStep: (record) => clientStepSchema.parse(record.step),
  prepare: (step, at) => leaveFootprint(step, at, deps),
  perform: (step, at) => perform(step, at, deps),
  lookUp: (step, at) => lookUp(step, at, deps),
  isLocal: () => false,
  instead: () => undefined,
});

const decideEntry = async (
  entry: Entry,
  { head, peer, later }: Heads,
  deps: ApplyDeps,
): Promise<TransactionDecision> => {
  const { content } = entry;
  switch (content.kind) {
    case "transaction": {
      const read = readTransaction(content.message);
      if ("unreadable" in read) return notUnderstood(read.unreadable);
      if (head.link === undefined && later.some(isMakingTheTicket)) return notUnderstood(cameTooLate);
      const { clientTicketNumber } = read.transaction;
      const claimed = clientTicketNumber === undefined ? undefined : clientLane(clientTicketNumber);
      const other = peer ?? (claimed && (await deps.ledger.headOf(claimed)));
      const evidence = await gatherEvidence(entry, read.transaction, head, deps);
      return decide(read.transaction, viewOf(head, other, deps.clock()), evidence, {
        config: deps.config,
        digest: deps.digest,
      });
    }
    case "tellNumber":
      return announceOnce(entry, head, deps);
    case "tell": {
      const comment = { body: content.comment, author: BRIDGE };
      return { decision: { outcome: "perform", steps: [{ do: "addComment", comment }], notes: [] }, learnt: {} };
    }
    case "unreadable":
      return notUnderstood(content.reason);
    case "event":
    case "clientNumber":
      return notUnderstood(`a ${content.kind} does not belong into a lane towards the client`);
  }
};

/** Whether the client may have made the ticket for an entry that a late one has come to stand before (T4). */
const isMakingTheTicket = ({ steps }: Entry): boolean =>
  steps.some(({ step, status }) => step.do === "createTicket" && status === "attempting");

const cameTooLate =
  "it came after another message whose ticket the client may be making, and belongs before it: skip it, and do by hand what it asks for";

/** The number may come from Ensono's answer and from its queue at the same moment: then both owe the news of it (I13). */
const announceOnce = async ({ lane, order }: Entry, { link }: Head, deps: ApplyDeps): Promise<TransactionDecision> => {
  const isFirst = await deps.ledger.claim(lane, `linked:${link ?? ""}`, order, deps.clock());
  if (!isFirst) return { decision: { outcome: "ignore", reason: "this link was announced before" }, learnt: {} };
  return { decision: { outcome: "perform", steps: [{ do: "announceLink" }], notes: [] }, learnt: {} };
};

const notUnderstood = (reason: string): TransactionDecision => ({
  decision: { outcome: "hold", code: "not-understood", reason },
  learnt: {},
});

/** The client may send what we are about to write back as an event, perhaps before it answers: what to know it by (I5). */
const leaveFootprint = async (step: ClientStep, { head, record }: StepContext, deps: ApplyDeps): Promise<void> => {
  const now = deps.clock();
  if (step.do === "createTicket") await deps.ledger.leaveFootprint(UNDER_WAY, underWay(record, now), now);
  if (step.do !== "addComment" || head.link === undefined) return;
  const footprint = { token: `key:${record.key}`, id: record.key, evidence: {} };
  await deps.ledger.leaveFootprint(clientLane(head.link), footprint, now);
};

const underWay = ({ key, attemptedAt }: StepRecord, now: number): Footprint => {
  const begunAt = attemptedAt ?? now;
  return { token: underWayToken(begunAt), id: key, evidence: { begunAt: String(begunAt) } };
};

const perform = async (step: ClientStep, at: StepContext, deps: ApplyDeps): Promise<Effect> =>
  effectOf(step, await deps.itsm.perform(step, deliveryContext(at, deps)), at, deps);

/** What an answer tells beyond "done": a number, or the id by which our comment can be known again (I5). */
const effectOf = async (
  step: ClientStep,
  { clientTicketNumber, commentId }: NoticeAnswer,
  { entry, head, record }: StepContext,
  deps: ApplyDeps,
): Promise<Effect> => {
  const { ledger, clock } = deps;
  if (step.do === "addComment" && commentId !== undefined && head.link !== undefined) {
    const footprint = { token: `id:${commentId}`, id: record.key, evidence: {} };
    await ledger.leaveFootprint(clientLane(head.link), footprint, clock());
  }
  if (step.do === "addAttachment") await rememberAttachment(entry, head, deps);
  if (step.do !== "createTicket") return {};
  await ledger.useFootprint(UNDER_WAY, underWay(record, clock()), entry.order);
  return clientTicketNumber === undefined ? { awaitingNumber: true } : { number: clientTicketNumber };
};

const deliveryContext = ({ entry, head, record }: StepContext, { config }: ApplyDeps): DeliveryContext => ({
  key: record.key,
  ensonoTicketNumber: ticketNumberOf(entry.lane),
  // A new ticket has none yet, also where it takes another one's place.
  clientTicketNumber: record.step.do === "createTicket" ? null : (head.link ?? null),
  ticketType: head.ticketType ?? "Incident",
  transaction: transactionOf(entry, config.policies.timeZone),
});

const transactionOf = ({ content }: Entry, zone: string): DeliveryContext["transaction"] => {
  const read = content.kind === "transaction" ? readTransaction(content.message) : undefined;
  if (read === undefined || "unreadable" in read) return null;
  const { id, type, sentAt } = read.transaction;
  return { id, type: typeof type === "string" ? type : type.unknown, sentAt: localise(sentAt, zone) };
};

/** What became of a delivery without an answer (R1): by the number that came, by our key, or by asking a person. */
const lookUp = async (step: ClientStep, at: StepContext, deps: ApplyDeps): Promise<LookUp> => {
  const { entry, head, record } = at;
  if (step.do === "createTicket" && head.link !== undefined && head.link !== step.replaces) {
    return { found: await effectOf(step, { clientTicketNumber: head.link }, at, deps) };
  }
  if (record.awaitingNumber === true) return awaitedNumber(record.attemptedAt ?? entry.receivedAt, deps);
  switch (deps.itsm.offers) {
    case "key":
      return { resend: true, possibleDouble: false };
    case "search":
      return search(step, record, deps);
    case "neither":
      if (step.do === "createTicket") return { hold: `it is not known whether the ticket was made: ${lookAtTheItsm}` };
      if (step.do === "addComment") return { hold: `it is not known whether the comment was made: ${lookAtTheItsm}` };
      if (step.do === "addAttachment")
        return { hold: `it is not known whether the file was attached: ${lookAtTheItsm}` };
      return { resend: true, possibleDouble: false };
  }
};

const lookAtTheItsm = "look at the ITSM, then release or skip this entry";

/** Searching is a call like any other: while the ITSM is down, only the probe makes it (R2). */
const search = async (step: ClientStep, { key }: StepRecord, deps: ApplyDeps): Promise<LookUp> => {
  const { breaker, clock, itsm } = deps;
  const admitted = await breaker.admit("client", clock());
  if (admitted !== "go") return { waitUntil: admitted.until, reason: "the client's ITSM is down" };
  const answer = await itsm.find(key);
  await breaker.succeeded("client", clock());
  if (answer === undefined) return { resend: true, possibleDouble: false };
  if (step.do !== "createTicket") return { found: {} };
  const { clientTicketNumber } = answer;
  return { found: clientTicketNumber === undefined ? { awaitingNumber: true } : { number: clientTicketNumber } };
};

const awaitedNumber = (since: number, { clock, config, retry }: ApplyDeps): LookUp => {
  const hours = config.client.lateNumberHours;
  return clock() - since >= hours * 3_600_000
    ? { hold: `the client's number was promised and has not come for ${hours} hours` }
    : { waitUntil: clock() + retry.longestSeconds * 1000, reason: "the number will be given later" };
};
