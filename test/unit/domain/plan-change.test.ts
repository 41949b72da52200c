import { describe, expect, it } from "vitest";
import { type ClientEventBody, clientEventBodySchema } from "../../../lambdas/shared/domain/client-contract.ts";
import { sentLength } from "../../../lambdas/shared/domain/escaping.ts";
import { type EventEvidence, plan } from "../../../lambdas/shared/domain/plan.ts";
import type { EnsonoStep } from "../../../lambdas/shared/domain/steps.ts";
import type { TicketView } from "../../../lambdas/shared/domain/ticket-view.ts";
import {
  clientEvent,
  inShort,
  linkedToEnsono,
  noEventEvidence,
  policiesWith,
  stepsOf,
  ticketView,
} from "../../support/builders.ts";

const approvals = [
  { approvalId: "a-1", approverName: "CAB", approverEmail: "cab@client.com" },
  { approvalId: "a-2", approverName: "Security", approverEmail: "Security@client.com" },
];
const change = (view: Partial<TicketView> = {}): TicketView =>
  linkedToEnsono({
    link: "e-CHG0032103",
    ticketType: "Change",
    status: undefined,
    change: { state: "Assess", type: "Normal", isOpen: true, approvals },
    ...view,
  });

const event = (rest: Record<string, unknown>, ticket: Record<string, unknown> = {}): ClientEventBody =>
  clientEvent(ticket, { clientTicketNumber: "CHG1", ticketType: "Change", ...rest });
const answer = (decision: "approved" | "rejected", rest: Record<string, unknown> = {}) =>
  event({ approval: { decision, approver: { name: "Jason Doe" }, ...rest } });

const planned = (given: ClientEventBody, ticket = change(), evidence: Partial<EventEvidence> = {}) =>
  plan(given, ticket, { ...noEventEvidence, ...evidence }, policiesWith());
const short = (...input: Parameters<typeof planned>) => inShort(planned(...input).decision);
const answerIn = (...input: Parameters<typeof planned>) => {
  const step = stepsOf<EnsonoStep>(planned(...input).decision).find(({ do: what }) => what === "answerApproval");
  return step?.do === "answerApproval" ? step.answer : undefined;
};

describe("the client's answer to an approval", () => {
  it.each(["approved", "rejected"] as const)(
    "[C3] %s: is sent with approver, approvalId, name and reason",
    (decision) => {
      const given = answer(decision, {
        approver: { name: "Jason Doe", email: "cab@client.com", phone: "000-000-000" },
        reason: "time conflict",
        decidedAt: "2021-02-19 06:41:54 CST",
      });
      expect(answerIn(given)).toEqual({
        decision,
        approvalId: "a-1",
        approver: "cab@client.com",
        comment: `Jason Doe, Email: cab@client.com, Phone: 000-000-000 ${decision} change e-CHG0032103 at 2021-02-19 06:41:54 CST: time conflict`,
      });
    },
  );

  it.each<[string, Record<string, unknown>, string, string]>([
    ["the request that it names", { approvalId: "a-2" }, "a-2", "Security@client.com"],
    [
      "the request sent to the approver",
      { approver: { name: "Eve", email: "security@CLIENT.com" } },
      "a-2",
      "Security@client.com",
    ],
    ["the first request", { approver: { name: "Eve", email: "eve@client.com" } }, "a-1", "cab@client.com"],
    [
      "a request that only the client knows of",
      { approvalId: "a-9", approver: { name: "Eve", email: "eve@client.com" } },
      "a-9",
      "eve@client.com",
    ],
  ])("[C3] answers %s", (_, rest, approvalId, approver) => {
    expect(answerIn(answer("approved", rest))).toMatchObject({ approvalId, approver });
  });

  it("[C3] is remembered before it is sent, and only the first one is sent", () => {
    const { learnt } = planned(answer("rejected"), change(), { order: "1" });
    expect(learnt.answered).toEqual({ decision: "rejected", approvalId: "a-1", order: "1" });
    const later = planned(answer("approved"), change({ answered: learnt.answered }), { order: "2" });
    expect(later.decision).toMatchObject({ outcome: "ignore", reason: expect.stringContaining("rejected before") });
    expect(later.learnt.answered).toBeUndefined();
  });

  it("[C3] [R3] one that an operator skipped does not count", () => {
    const answered = { decision: "rejected", approvalId: "a-1", order: "1" } as const;
    expect(short(answer("approved"), change({ answered }), { order: "2", isAnswerSkipped: true })).toBe(
      "answerApproval",
    );
  });

  it.each<[string, Partial<TicketView>, string]>([
    ["a change that is drafted anew", { change: { state: "New", type: "Normal", isOpen: false, approvals } }, "ignore"],
    [
      "a change that is cancelled",
      { change: { state: "Cancelled", type: "Normal", isOpen: false, approvals } },
      "ignore",
    ],
    ["a change whose place another one has taken", { replacedBy: "CHG2" }, "ignore"],
    ["a closed change", { change: { state: "Closed", type: "Normal", isOpen: false, approvals } }, "ignore"],
  ])("[C3] is not sent for %s", (_, view, expected) => {
    expect(short(answer("approved"), change(view))).toBe(expected);
  });

  it("[C3] waits for Ensono's request for a while, then holds the ticket", () => {
    const unasked = change({ change: { state: "Assess", type: "Normal", isOpen: true, approvals: [] } });
    expect(short(answer("approved"), unasked, { waitedMs: 1000 })).toBe("wait");
    expect(short(answer("approved"), unasked, { waitedMs: 16 * 60_000 })).toBe("hold: refused");
  });

  it("[C3] without any address of an approver holds the ticket, for Ensono takes no answer without one", () => {
    const view = change({
      change: { state: "Assess", type: "Normal", isOpen: true, approvals: [{ approvalId: "a-1" }] },
    });
    expect(planned(answer("approved"), view).decision).toMatchObject({
      outcome: "hold",
      reason: expect.stringContaining("approval.approver.email"),
    });
  });

  it("[C3] says so where a rejection has no reason", () => {
    expect(answerIn(answer("rejected"))?.comment).toContain("no reason was given");
  });

  it("[E8] [C3] a reason that is too long goes on in comments", () => {
    const steps = stepsOf<EnsonoStep>(planned(answer("rejected", { reason: '"'.repeat(3000) })).decision);
    expect(steps.map(({ do: what }) => what)).toEqual(["answerApproval", "addComments"]);
    for (const step of steps) {
      const bodies =
        step.do === "addComments"
          ? step.comments.map(({ body }) => body)
          : step.do === "answerApproval"
            ? [step.answer.comment]
            : [];
      for (const body of bodies) expect(sentLength(body)).toBeLessThanOrEqual(4000);
    }
  });

  it("is refused at the door without an approver's name", () => {
    const body = { clientTicketNumber: "CHG1", approval: { decision: "approved", approver: {} } };
    expect(clientEventBodySchema.safeParse(body).error?.issues[0]?.path).toEqual(["approval", "approver", "name"]);
  });
});

describe("other news of a change", () => {
  it("[C5] only comments, attachments and approvals go to Ensono; fields are journaled", () => {
    const given = event(
      { comments: [{ body: "Please wait" }], attachments: [{ fileName: "plan.pdf", content: "JVBERi0=" }] },
      { status: "Scheduled", priority: "High" },
    );
    const { decision } = planned(given, change(), { fileNames: ["plan.pdf"] });
    expect(inShort(decision)).toBe("addComments, uploadAttachment");
    expect(decision).toMatchObject({ notes: [expect.stringContaining("status, priority")] });
  });

  it("[C5] a field alone is nothing", () => {
    expect(planned(event({}, { status: "Implement" })).decision).toMatchObject({
      outcome: "ignore",
      reason: expect.stringContaining("(C5): status"),
    });
  });

  it("[C1] a change that Ensono did not start is not sent there", () => {
    expect(short(event({ comments: [{ body: "?" }] }), ticketView())).toBe("ignore");
  });

  it("[I11] a change that names its number at Ensono is linked", () => {
    expect(short(event({ ensonoTicketNumber: "e-CHG0032103" }), ticketView({ ticketType: "Change" }))).toBe("link");
  });

  it("[I5] what the bridge wrote itself is not sent back", () => {
    expect(short(event({ actor: "envision-bridge", comments: [{ body: "x" }] }))).toBe("ignore");
    expect(short(event({ comments: [{ id: "1", body: "x" }] }), change(), { ownComments: [0] })).toBe("ignore");
  });
});
