import { describe, expect, it } from "vitest";
import { decide, type TransactionEvidence } from "../../../lambdas/shared/domain/decide.ts";
import type { Transaction } from "../../../lambdas/shared/domain/ensono-transaction.ts";
import type { TicketView } from "../../../lambdas/shared/domain/ticket-view.ts";
import {
  CLIENT_NUMBER,
  configWith,
  inShort,
  known,
  linkedToClient,
  NOW,
  policiesWith,
  readMessage,
  stepsOf,
  transactionWith,
} from "../../support/builders.ts";
import { guideMessages } from "../../support/guide-messages.ts";

const noEvidence: TransactionEvidence = { repeatedNoteIds: [], echoedNotes: [] };

const decided = (transaction: Transaction, ticket: TicketView, { evidence = noEvidence, config = configWith() } = {}) =>
  decide(transaction, ticket, evidence, { ...policiesWith(), config });

const stepsFor = (...input: Parameters<typeof decided>) => stepsOf(decided(...input).decision);

const update = (changed: Record<string, unknown>, body: Record<string, unknown> = {}, attributes = {}) =>
  transactionWith("Update", { ...body, changed }, attributes);
const note = (notes: unknown) => transactionWith("Notes", { notes });
const closure = (status: string, changed = {}) =>
  transactionWith("Closure", {
    status,
    closeNotes: "Replaced",
    closeCode: "resolved*",
    changed: { status, ...changed },
  });

describe("changes", () => {
  it("[T2] only what is in `changed` is applied, not the rest of the body", () => {
    expect(stepsFor(readMessage(guideMessages.update), linkedToClient())).toEqual([
      {
        do: "updateTicket",
        changed: {
          status: "Pending",
          statusNextAction: "pending-caller",
          updatedAt: expect.objectContaining({ utc: "2023-01-27T22:26:29.000Z" }),
          offHoldDate: expect.objectContaining({ utc: "2023-01-28T22:26:23.000Z" }),
        },
      },
    ]);
  });

  it("[T2] [Q9] a closure tells status, notes and code, the code without its asterisk", () => {
    expect(stepsFor(closure("resolved"), linkedToClient())).toEqual([
      { do: "resolveTicket", changed: { status: "Resolved", closeNotes: "Replaced", closeCode: "resolved" } },
    ]);
  });

  it("[T2] a closure that has no `changed` is a closure all the same", () => {
    const bare = transactionWith("Closure", { status: "resolved", closeNotes: "Replaced", closeCode: "resolved" });
    expect(stepsFor(bare, linkedToClient({ said: known(guideMessages.create.Body) }))).toMatchObject([
      { do: "resolveTicket", changed: { status: "Resolved", closeNotes: "Replaced", closeCode: "resolved" } },
    ]);
  });

  it.each([undefined, "", "done"])(
    "[T2] [R3] a closure with the status %j holds the ticket: nobody knows what it closes",
    (status) => {
      const odd = transactionWith("Closure", {
        status,
        closeNotes: "Replaced",
        changed: { status, closeNotes: "Replaced" },
      });
      expect(inShort(decided(odd, linkedToClient()).decision)).toBe("hold: not-understood");
    },
  );

  it("a message without `changed` is compared with what Ensono last said", () => {
    const silent = transactionWith("Update", { priority: "1" });
    const ticket = linkedToClient({ said: known(guideMessages.create.Body) });
    expect(stepsFor(silent, ticket)).toEqual([{ do: "updateTicket", changed: { priority: "1" } }]);
    expect(inShort(decided(transactionWith("Update"), ticket).decision)).toBe("ignore");
  });

  it.each(["workinprogress", "workingprogress", "Work In Progress"])("[E10] reads the status %s", (status) => {
    expect(stepsFor(update({ status }), linkedToClient())).toMatchObject([{ changed: { status: "In Progress" } }]);
  });

  it.each([
    ["open", "pending", "updateTicket"],
    ["resolved", "open", "reopenTicket"],
    ["resolved", "workingprogress", "reopenTicket"],
    ["pending", "resolved", "resolveTicket"],
    ["pending", "cancelled", "closeTicket"],
    ["resolved", "closed", "closeTicket"],
  ] as const)("[T6] from %s to %s: %s", (before, status, step) => {
    expect(inShort(decided(update({ status }), linkedToClient({ status: before })).decision)).toBe(step);
  });

  it("[I6] an unknown status is passed on and noted", () => {
    expect(decided(update({ status: "on fire" }), linkedToClient()).decision).toMatchObject({
      steps: [{ do: "updateTicket", changed: { status: "on fire" } }],
      notes: [expect.stringContaining('"on fire"')],
    });
  });

  it("an update of the time alone changes nothing", () => {
    expect(inShort(decided(update({ updatedOn: "2023-01-27T22:26:29Z" }), linkedToClient()).decision)).toBe("ignore");
  });
});

describe("echoes of our own updates", () => {
  const peer = (values: Record<string, string>, at = NOW - 60_000) => ({ sent: known(values, at) });

  it("[I5] what we put there ourselves is not applied again, but remembered as said", () => {
    const { decision, learnt } = decided(update({ priority: "1" }), linkedToClient({ peer: peer({ priority: "1" }) }));
    expect(inShort(decision)).toBe("ignore");
    expect(learnt.said).toEqual({ priority: "1" });
  });

  it("[I5] of an update that is ours in part, the other part is applied", () => {
    const ticket = linkedToClient({ peer: peer({ priority: "1" }) });
    expect(stepsFor(update({ priority: "1", group: "Ensono Network" }), ticket)).toEqual([
      { do: "updateTicket", changed: { group: "Ensono Network" } },
    ]);
  });

  it("[I5] the same value is an honest edit once Ensono has said anything since", () => {
    const ticket = linkedToClient({ peer: peer({ priority: "1" }), said: known({ priority: "2" }, NOW - 30_000) });
    expect(inShort(decided(update({ priority: "1" }), ticket).decision)).toBe("updateTicket");
  });

  it("[Q2] a status that is no text is nobody's echo, and no stumbling block", () => {
    const ticket = linkedToClient({ peer: peer({ status: "pending" }) });
    expect(inShort(decided(update({ status: { toString: null } }), ticket).decision)).toBe("updateTicket");
  });

  it("[I5] a resolution of ours comes back in another spelling of the status", () => {
    const ticket = linkedToClient({ peer: peer({ status: "workingprogress" }) });
    expect(inShort(decided(update({ status: "workinprogress" }), ticket).decision)).toBe("ignore");
  });
});

describe("notes", () => {
  it("[T2] [Q9] a note becomes a comment, with its author", () => {
    expect(stepsFor(readMessage(guideMessages.notes), linkedToClient())).toEqual([
      {
        do: "addComment",
        comment: {
          id: "33cd921f1b64211426a2da49b04bcb1e",
          body: "adding comment",
          author: "Ensono User",
          authorEmail: "Ensono.User@Ensono.com",
        },
      },
    ]);
  });

  const three = note([{ id: "n1", body: "one" }, { id: "n2", body: "two" }, { body: "three" }]);

  it.each([
    ["several notes become several comments, in order", noEvidence, ["one", "two", "three"]],
    ["[Q5] a note that was put on the queue again", { ...noEvidence, repeatedNoteIds: ["n1"] }, ["two", "three"]],
    ["[I5] our own comments that come back", { ...noEvidence, echoedNotes: [0, 2] }, ["two"]],
  ])("%s", (_, evidence, bodies) => {
    const steps = stepsFor(three, linkedToClient(), { evidence });
    expect(steps.map((step) => (step.do === "addComment" ? step.comment.body : step.do))).toEqual(bodies);
  });

  it.each([
    ["[Q5]", { repeatedNoteIds: ["n1", "n2"], echoedNotes: [2] }],
    ["[I5]", { repeatedNoteIds: [], echoedNotes: [0, 1, 2] }],
  ])("%s nothing is left to apply", (_, evidence) => {
    expect(inShort(decided(three, linkedToClient(), { evidence }).decision)).toBe("ignore");
  });

  it("[Q6] notes that cannot be read hold the ticket", () => {
    expect(inShort(decided(note({ text: "no body" }), linkedToClient()).decision)).toBe("hold: not-understood");
  });
});

describe("a number that Ensono lacks", () => {
  const lacking = (sentAt: number, clientTicketNumber = "") =>
    update(
      { priority: "1" },
      { clientTicketNumber },
      { ClientReferenceAvailable: false, SentTimestamp: String(sentAt) },
    );
  const minutes = 60_000;

  it.each([
    ["long after it was returned", lacking(NOW - 1 * minutes), {}, true],
    ["soon after the link", lacking(NOW - 51 * minutes), {}, false],
    ["soon after it was returned once more", lacking(NOW - 1 * minutes), { numberToldAt: NOW - 9 * minutes }, false],
    ["when the message carries it", lacking(NOW - 1 * minutes, CLIENT_NUMBER), {}, false],
  ])("[T3] %s", (_, transaction, view, isToldAgain) => {
    const { decision, learnt } = decided(transaction, linkedToClient(view));
    expect(decision).toMatchObject({ outcome: "perform" });
    expect("tellPeer" in decision).toBe(isToldAgain);
    expect(learnt.numberToldAt).toBe(isToldAgain ? NOW : undefined);
  });
});
