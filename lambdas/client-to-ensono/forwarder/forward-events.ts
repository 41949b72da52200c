import type { ClientEventBody } from "../../shared/domain/client-contract.ts";
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
import type { EnsonoFields } from "../../shared/domain/ensono-ticket.ts";
import { NUMBER_TOKEN } from "../../shared/domain/ensono-transaction.ts";
import type { Entry, Head } from "../../shared/domain/entry.ts";
import { PermanentError } from "../../shared/domain/errors.ts";
import { ensonoLane, type Lane, ticketNumberOf } from "../../shared/domain/lane.ts";
import { markOf } from "../../shared/domain/marks.ts";
import { type EventEvidence, type EventPlan, isKnownById, plan, withDefaultGroup } from "../../shared/domain/plan.ts";
import { type EnsonoStep, ensonoStepSchema } from "../../shared/domain/steps.ts";
import { viewOf } from "../../shared/domain/ticket-view.ts";
import type { Direction, Effect, Heads, LookUp, StepContext, WalkDeps, WalkEnd } from "../../shared/lanes/walk.ts";
import { walkLane } from "../../shared/lanes/walk-lane.ts";
import type { EnsonoTicketIdentity, EnsonoTickets, PollLog } from "../../shared/ports.ts";

export interface ForwardDeps extends WalkDeps {
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
      return { decision: { outcome: "perform", steps: [{ do: "returnNumber" }], notes: [] }, learnt: {} };
    case "transaction":
    case "unreadable":
      return {
        decision: { outcome: "hold", code: "not-understood", reason: `a ${content.kind} in a lane towards Ensono` },
        learnt: {},
      };
  }
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

/** Comments that the bridge wrote itself (I5), and comments that an earlier event carried (I3). */
const gatherEvidence = async (
  entry: Entry,
  event: ClientEventBody,
  head: Head,
  deps: ForwardDeps,
): Promise<EventEvidence> => {
  // Asked first: a delivery that ends after this has left its footprint before the footprints are read.
  const commentUnderWay = event.comments.some(isKnownById) && (await isCommentUnderWay(head, deps));
  const ownComments: number[] = [];
  const repeatedComments: number[] = [];
  for (const [place, { id, bridgeKey }] of event.comments.entries()) {
    const tokens = [
      ...(bridgeKey === undefined ? [] : [`key:${bridgeKey}`]),
      ...(id === undefined ? [] : [`id:${id}`]),
    ];
    const isOwn = await anyOf(tokens, async (token) => {
      return (await deps.ledger.footprints(entry.lane, token, entry.order)).length > 0;
    });
    if (isOwn) ownComments.push(place);
    else if (id !== undefined && !(await deps.ledger.claim(entry.lane, `comment:${id}`, entry.order, deps.clock()))) {
      repeatedComments.push(place);
    }
  }
  return { ownComments, repeatedComments, commentUnderWay };
};

/** Whether a comment of ours is on its way to the client, or it is not known whether it arrived. */
const isCommentUnderWay = async ({ link }: Head, { ledger }: ForwardDeps): Promise<boolean> => {
  if (link === undefined) return false;
  const { entries } = await ledger.open(ensonoLane(link));
  const steps = entries.flatMap((entry) => entry.steps);
  return steps.some(({ step, status }) => step.do === "addComment" && status === "attempting");
};

const anyOf = async <Item>(items: readonly Item[], test: (item: Item) => Promise<boolean>): Promise<boolean> => {
  for (const item of items) if (await test(item)) return true;
  return false;
};

/** Ensono may send our comments back; each leaves what its echo can be known by (I5). */
const leaveFootprints = async (step: EnsonoStep, { head, record }: StepContext, deps: ForwardDeps): Promise<void> => {
  if (head.link === undefined) return;
  const lane = ensonoLane(head.link);
  const sent = step.do === "addComments" ? undefined : fieldsOf(step);
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

/** What a step sets on a ticket that Ensono has already. */
const fieldsOf = (step: EnsonoStep): EnsonoFields | undefined => {
  if (step.do === "updateTicket") return step.fields;
  if (step.do === "resolveTicket") return { status: "resolved" };
  return step.do === "closeTicket" ? { status: "closed" } : undefined;
};

const perform = async (step: EnsonoStep, at: StepContext, { ensono }: ForwardDeps): Promise<Effect> => {
  const clientTicketNumber = ticketNumberOf(at.entry.lane);
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
      await ensono.returnNumber(ticket);
      return {};
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
    case "updateTicket":
    case "returnNumber":
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
