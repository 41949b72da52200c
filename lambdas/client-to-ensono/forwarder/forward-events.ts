import type { BridgeConfig } from "../../shared/domain/config.ts";
import {
  COMMENT_TOKEN,
  evidenceOf,
  mayBeOf,
  UNDER_WAY,
  UNDER_WAY_MS,
  UPDATE_TOKEN,
  underWayToken,
} from "../../shared/domain/echo.ts";
import { NUMBER_TOKEN } from "../../shared/domain/ensono-transaction.ts";
import type { Entry, Head } from "../../shared/domain/entry.ts";
import { PermanentError } from "../../shared/domain/errors.ts";
import { ensonoLane, type Lane, ticketNumberOf } from "../../shared/domain/lane.ts";
import { fitComment } from "../../shared/domain/limits.ts";
import { markOf } from "../../shared/domain/marks.ts";
import { fieldsSetBy } from "../../shared/domain/news-of-event.ts";
import { type EventPlan, plan, withDefaultGroup } from "../../shared/domain/plan.ts";
import { BRIDGE, type Decision, type EnsonoStep, ensonoStepSchema } from "../../shared/domain/steps.ts";
import { viewOf } from "../../shared/domain/ticket-view.ts";
import type { Direction, Effect, Heads, LookUp, StepContext, WalkDeps, WalkEnd } from "../../shared/lanes/walk.ts";
import { walkLane } from "../../shared/lanes/walk-lane.ts";
import type { EnsonoTicketIdentity, EnsonoTickets, PollLog } from "../../shared/ports.ts";
import { anyOf, gatherEvidence, isFormerNumberUnderWay } from "./gather-evidence.ts";
import { lookUpUpload, type UploadDeps, uploadAttachment } from "./upload-attachment.ts";

export interface ForwardDeps extends WalkDeps, UploadDeps {
  readonly ensono: EnsonoTickets;
  readonly pollLog: PollLog;
  readonly config: BridgeConfig;
  /** Ensono's environment of this stage. */
  readonly environment: "dev" | "echo" | "cert" | "prod";
}

/**
 * Sends Ensono what waits in one ticket's lane, strictly in order (I2-I5, I11). Only this writes to Ensono. Safe to repeat;
 * throws only faults of our own platform.
 */
export const forwardEvents = (lane: Lane, deps: ForwardDeps): Promise<WalkEnd> =>
  walkLane(lane, towardsEnsono(deps), deps);

const towardsEnsono = (deps: ForwardDeps): Direction<EnsonoStep> => ({
  decide: (entry, heads) => planEntry(entry, heads, deps),
  readStep: (record) => ensonoStepSchema.parse(record.step),
  prepare: (step, at) => leaveFootprints(step, at, deps),
  perform: (step, at) => perform(step, at, deps),
  lookUp: (step, at) => lookUp(step, at, deps),
  isLocal: (step) => step.do === "uploadAttachment",
  instead: (step) => withDefaultGroup(step, deps.config.ensono.defaultGroup),
});

const planEntry = async (entry: Entry, { head, peer, later }: Heads, deps: ForwardDeps): Promise<EventPlan> => {
  const { content } = entry;
  switch (content.kind) {
    case "event": {
      const { ensonoTicketNumber } = content.event;
      if (head.link === undefined && ensonoTicketNumber === undefined && (await mayBeBeingMade(entry, deps))) {
        return {
          decision: { outcome: "wait", reason: "a ticket is being made at the client: this may be it" },
          learnt: {},
        };
      }
      const named = ensonoTicketNumber === undefined ? undefined : ensonoLane(ensonoTicketNumber);
      const other = peer ?? (named && (await deps.ledger.headOf(named)));
      const laterEvents = later.flatMap((one) => (one.content.kind === "event" ? [one.content.event] : []));
      const evidence = { ...(await gatherEvidence(entry, content.event, head, deps)), laterEvents };
      return plan(content.event, viewOf(head, other, deps.clock()), evidence, {
        config: deps.config,
        digest: deps.digest,
      });
    }
    case "clientNumber":
      return head.link === content.ensonoTicketNumber
        ? { decision: { outcome: "ignore", reason: "this number is known already" }, learnt: {} }
        : { decision: { outcome: "perform", steps: [], link: content.ensonoTicketNumber, notes: [] }, learnt: {} };
    case "tellNumber":
      return { decision: await returnNumber(head, peer, deps), learnt: {} };
    case "tell": {
      const comments = fitComment({ body: content.comment, commenter: BRIDGE });
      return { decision: { outcome: "perform", steps: [{ do: "addComments", comments }], notes: [] }, learnt: {} };
    }
    case "transaction":
    case "unreadable":
      return {
        decision: { outcome: "hold", code: "not-understood", reason: `a ${content.kind} in a lane towards Ensono` },
        learnt: {},
      };
  }
};

/** A number whose place another one has taken is not returned any more; and two are not returned side by side (C6, T7). */
const returnNumber = async (head: Head, peer: Head | undefined, deps: ForwardDeps): Promise<Decision<EnsonoStep>> => {
  if (head.replacedBy !== undefined) {
    return { outcome: "ignore", reason: `${head.replacedBy} has taken the place of this number` };
  }
  if (await isFormerNumberUnderWay(head, peer, deps)) {
    return { outcome: "wait", reason: "the number that the ticket had before is being returned" };
  }
  return { outcome: "perform", steps: [{ do: "returnNumber" }], notes: [] };
};

/** Whether the event may tell of a ticket that the bridge is making at the client right now (I5). */
const mayBeBeingMade = async ({ receivedAt }: Entry, { ledger, clock }: ForwardDeps): Promise<boolean> => {
  const now = clock();
  const tokens = new Set([underWayToken(now), underWayToken(now - UNDER_WAY_MS)]);
  return anyOf([...tokens], async (token) => {
    const footprints = await ledger.footprints(UNDER_WAY, token, "");
    return footprints.some(({ evidence }) => mayBeOf(evidence, receivedAt, now));
  });
};

/** Ensono may send our comments back; each leaves what its echo can be known by (I5). */
const leaveFootprints = async (step: EnsonoStep, { head, record }: StepContext, deps: ForwardDeps): Promise<void> => {
  if (head.link === undefined) return;
  const lane = ensonoLane(head.link);
  const sent = fieldsSetBy(step);
  if (sent !== undefined && deps.environment === "echo") {
    const evidence = Object.fromEntries(
      Object.entries(sent).map(([name, value]) => [name, markOf(value, deps.digest)]),
    );
    await deps.ledger.leaveFootprint(lane, { token: UPDATE_TOKEN, id: record.key, evidence }, deps.clock());
  }
  for (const [nth, comment] of step.do === "addComments" ? step.comments.entries() : []) {
    const footprint = { token: COMMENT_TOKEN, id: `${record.key}_${nth}`, evidence: evidenceOf(comment, deps.digest) };
    await deps.ledger.leaveFootprint(lane, footprint, deps.clock());
  }
};

const perform = async (step: EnsonoStep, at: StepContext, deps: ForwardDeps): Promise<Effect> => {
  const { ensono } = deps;
  const clientTicketNumber = at.head.replacedBy ?? ticketNumberOf(at.entry.lane);
  const ticketType = at.head.ticketType ?? "Incident";
  if (step.do === "createTicket") {
    const { fields, comments } = step;
    return { number: await ensono.createTicket({ clientTicketNumber, ticketType, fields, comments }) };
  }
  if (at.head.link === undefined) throw new PermanentError("refused", "the ticket has no number at Ensono yet");
  const ticket: EnsonoTicketIdentity = { ensonoTicketNumber: at.head.link, clientTicketNumber, ticketType };
  switch (step.do) {
    case "updateTicket":
      await ensono.updateTicket(ticket, step.fields);
      return {};
    case "addComments":
      await ensono.addComments(ticket, step.comments);
      return {};
    case "resolveTicket":
    case "closeTicket": {
      const status = step.do === "resolveTicket" ? "resolved" : "closed";
      await unlessAlreadyOver(at, () => ensono.updateTicket(ticket, { status, closeNotes: step.closeNotes }));
      return {};
    }
    case "returnNumber":
      if (at.head.replacedBy === undefined) await ensono.returnNumber(ticket);
      return {};
    case "answerApproval":
      await ensono.answerApproval(ticket, step.answer);
      return {};
    case "uploadAttachment":
      return uploadAttachment(step, at, deps);
  }
};

/** Of a call that is sent again, a refusal that calls the ticket resolved or closed says that the first one took effect. */
const unlessAlreadyOver = async ({ record }: StepContext, call: () => Promise<void>): Promise<void> => {
  try {
    await call();
  } catch (error) {
    const isOver = error instanceof PermanentError && /resolved|closed/i.test(error.message);
    if (!isOver || record.possibleDouble !== true) throw error;
  }
};

/** What became of a call without an answer (R1, E14). */
const lookUp = async (step: EnsonoStep, at: StepContext, deps: ForwardDeps): Promise<LookUp> => {
  switch (step.do) {
    case "createTicket":
      return at.head.link === undefined ? numberMayCome(at, deps) : { found: { number: at.head.link } };
    case "addComments":
      return (await cameBack(step, at, deps)) ? { found: {} } : { resend: true, possibleDouble: true };
    case "resolveTicket":
    case "closeTicket":
      return { resend: true, possibleDouble: true };
    case "uploadAttachment":
      return lookUpUpload(step, at, deps);
    case "updateTicket":
    case "returnNumber":
    // Only the first answer counts at Ensono, so the same one once more is harmless.
    case "answerApproval":
      return { resend: true, possibleDouble: false };
  }
};

/**
 * A create without an answer may have made a ticket; its number then comes over the queue (ReturnEnsonoNum). It is sent again
 * only when the first wait is over *and* the queue was read to its end after it *and* nothing of what was read may still link
 * the number: until then it may lie there unread, or here unapplied.
 */
const numberMayCome = async ({ entry, record }: StepContext, deps: ForwardDeps): Promise<LookUp> => {
  const { ledger, pollLog, clock, retry } = deps;
  const patience = (record.attemptedAt ?? entry.receivedAt) + retry.firstSeconds * 1000;
  const reason = "the create may have made a ticket: its number may still come";
  if (clock() < patience) return { waitUntil: patience, reason };
  const waitUntil = clock() + retry.firstSeconds * 500;
  const emptiedFrom = await pollLog.emptiedFrom();
  if (emptiedFrom === undefined || emptiedFrom < patience) {
    return { waitUntil, reason: `${reason} and the queue has not been read since` };
  }
  for (const { id: number } of await ledger.footprints(entry.lane, NUMBER_TOKEN, "")) {
    const { entries } = await ledger.open(ensonoLane(number));
    if (entries.length > 0) return { waitUntil, reason: `${number} has come and waits to be linked` };
  }
  // It may have been linked since this run opened the lane.
  const link = (await ledger.headOf(entry.lane))?.link;
  return link === undefined ? { resend: true, possibleDouble: true } : { found: { number: link } };
};

/** A footprint that was used up belongs to a comment that Ensono has sent back: so it did arrive. */
const cameBack = async (
  step: Extract<EnsonoStep, { do: "addComments" }>,
  { head, record }: StepContext,
  { ledger }: ForwardDeps,
): Promise<boolean> => {
  if (head.link === undefined) return false;
  const unused = await ledger.footprints(ensonoLane(head.link), COMMENT_TOKEN, "");
  return step.comments.every((_, nth) => !unused.some(({ id }) => id === `${record.key}_${nth}`));
};
