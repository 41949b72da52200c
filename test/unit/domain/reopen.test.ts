import { describe, expect, it } from "vitest";
import { decide } from "../../../lambdas/shared/domain/decide.ts";
import type { ReopenPolicy } from "../../../lambdas/shared/domain/reopen.ts";
import type { TicketView } from "../../../lambdas/shared/domain/ticket-view.ts";
import {
  CLIENT_NUMBER,
  inShort,
  known,
  linkedToClient,
  policiesWith,
  stepsOf,
  transactionWith,
} from "../../support/builders.ts";

const decided = (
  reopen: ReopenPolicy,
  status: string,
  view: Partial<TicketView> = { status: "resolved" },
  changed = {},
) =>
  decide(
    transactionWith(status === "closed" ? "Closure" : "Update", { status, changed: { status, ...changed } }),
    linkedToClient(view),
    { repeatedNoteIds: [], echoedNotes: [] },
    policiesWith({ policies: { reopen } }),
  );

const decideOn = (
  body: Record<string, unknown>,
  reopen: ReopenPolicy,
  view: Partial<TicketView> = { status: "resolved" },
) =>
  decide(
    transactionWith("Update", body),
    linkedToClient(view),
    { repeatedNoteIds: [], echoedNotes: [] },
    policiesWith({ policies: { reopen } }),
  );

describe("a resolved ticket that Ensono opens again", () => {
  it.each<[ReopenPolicy, string]>([
    ["reopen", "reopenTicket"],
    ["new-ticket", "createTicket"],
    ["comment", "addComment"],
  ])("[T7] by the policy %s: %s", (policy, expected) => {
    expect(inShort(decided(policy, "open").decision)).toBe(expected);
    expect(inShort(decided(policy, "workinprogress").decision)).toBe(expected);
  });

  it.each<ReopenPolicy>(["reopen", "new-ticket", "comment"])("[T7] %s: other updates are as ever", (policy) => {
    expect(inShort(decided(policy, "pending", { status: "open" }).decision)).toBe("updateTicket");
    expect(inShort(decided(policy, "closed").decision)).toBe("closeTicket");
    expect(inShort(decided(policy, "resolved", { status: "open" }).decision)).toBe("resolveTicket");
  });

  it("[T7] gets a new ticket with all its fields, in place of the resolved one", () => {
    const { decision, learnt } = decided("new-ticket", "open");
    expect(stepsOf(decision)).toMatchObject([
      { do: "createTicket", replaces: CLIENT_NUMBER, ticket: { shortDescription: "test", status: "Open" } },
    ]);
    expect(learnt.replacing).toBe(CLIENT_NUMBER);
  });

  it("[T7] gets a new ticket as `changed` has it, where the body does not", () => {
    for (const body of [{ status: undefined }, { status: "resolved" }]) {
      const { decision, learnt } = decideOn({ ...body, changed: { status: "open", priority: "1" } }, "new-ticket");
      expect(stepsOf(decision)).toMatchObject([{ do: "createTicket", ticket: { status: "Open", priority: "1" } }]);
      expect(learnt.status).toBe("open");
    }
  });

  it("[T7] [R3] holds where there is too little to make a new ticket of", () => {
    const poor = decideOn({ shortDescription: undefined, changed: { status: "open" } }, "new-ticket");
    expect(poor.decision).toMatchObject({ outcome: "hold", reason: expect.stringContaining("shortDescription") });
  });

  const inWords: [string, Partial<TicketView>, Record<string, unknown>, string][] = [
    [
      "that it is open again",
      { status: "resolved" },
      { status: "open", priority: "1", updatedOn: "2023-01-27T22:26:29Z" },
      "Ensono has opened its ticket again; this one stays resolved.\nStatus: Open (was Resolved)\nPriority: 1",
    ],
    [
      "each field, in the client's words",
      { status: "open", commentsOnly: true },
      { shortDescription: "Still burning", cis: "a,b", offHoldDate: "2023-01-28T22:26:23Z", group: "" },
      "Ensono has changed its ticket.\nShort description: Still burning\nConfiguration items: a, b\n" +
        "Off hold date: 2023-01-28T16:26:23-06:00 (America/Chicago)\nGroup: (empty)",
    ],
    [
      "that it is resolved",
      { status: "open", commentsOnly: true },
      { status: "resolved" },
      "Ensono's ticket is resolved.\nStatus: Resolved (was Open)",
    ],
  ];
  it.each(inWords)("[T7] stays resolved, and is told in words %s", (_, view, changed, body) => {
    const { decision, learnt } = decideOn({ changed }, "comment", view);
    expect(stepsOf(decision)).toEqual([{ do: "addComment", comment: { body, author: "Envision Bridge" } }]);
    expect(learnt).toMatchObject({ commentsOnly: true });
    expect(learnt).not.toHaveProperty("sent");
  });

  it("[T7] [I5] tells nothing of what the client set itself", () => {
    const peer = { sent: known({ priority: "1" }), said: {} };
    const { decision } = decideOn({ changed: { priority: "1" } }, "comment", { commentsOnly: true, peer });
    expect(inShort(decision)).toBe("ignore");
  });

  it("[T7] goes on in comments until it is closed, which is final", () => {
    const since = { status: "open", commentsOnly: true } as const;
    expect(inShort(decided("comment", "pending", since).decision)).toBe("addComment");
    expect(inShort(decided("comment", "resolved", since).decision)).toBe("addComment");
    expect(inShort(decided("comment", "closed", since).decision)).toBe("addComment");
    expect(inShort(decided("comment", "open", { ...since, status: "closed" }).decision)).toBe("ignore");
  });

  it("[T7] is updated again once the policy is another one", () => {
    expect(inShort(decided("reopen", "pending", { status: "open", commentsOnly: true }).decision)).toBe("updateTicket");
  });
});
