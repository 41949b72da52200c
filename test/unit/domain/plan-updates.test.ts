import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClientEventBody } from "../../../lambdas/shared/domain/client-contract.ts";
import { decide } from "../../../lambdas/shared/domain/decide.ts";
import { findOverLong } from "../../../lambdas/shared/domain/limits.ts";
import { type EventEvidence, plan } from "../../../lambdas/shared/domain/plan.ts";
import type { TicketView } from "../../../lambdas/shared/domain/ticket-view.ts";
import {
  clientEvent,
  configWith,
  inShort,
  known,
  linkedToClient,
  linkedToEnsono,
  NOW,
  newClientTicket,
  noEventEvidence,
  policiesWith,
  stepsOf,
  ticketView,
  transactionWith,
} from "../../support/builders.ts";

const noEvidence: EventEvidence = noEventEvidence;

const planned = (event: ClientEventBody, ticket: TicketView, { evidence = noEvidence, config = configWith() } = {}) =>
  plan(event, ticket, evidence, { ...policiesWith(), config });

const stepsFor = (...input: Parameters<typeof planned>) => stepsOf(planned(...input).decision);
const short = (...input: Parameters<typeof planned>) => inShort(planned(...input).decision);

describe("updating", () => {
  it("[I3] [E10] sends only what differs, in Ensono's words", () => {
    const ticket = linkedToEnsono({ said: known({ ...newClientTicket, status: "New", priority: "High" }) });
    const event = clientEvent({ ...newClientTicket, status: "In Progress", priority: "High" });
    expect(stepsFor(event, ticket)).toEqual([{ do: "updateTicket", fields: { status: "workingprogress" } }]);
  });

  it("[E10] fields that Ensono takes on open only are not sent, and noted", () => {
    expect(planned(clientEvent({ contactPhone: "1", priority: "High" }), linkedToEnsono()).decision).toMatchObject({
      steps: [{ do: "updateTicket", fields: { priority: "2" } }],
      notes: [expect.stringContaining("contactPhone")],
    });
  });

  it.each([
    ["the client's reason", "No longer needed", "No longer needed"],
    ["the config's default", undefined, "Closed by the client without further notes."],
    ["the config's default for a blank one", "  ", "Closed by the client without further notes."],
  ])("[E10] resolving and closing carry notes: %s", (_, closeNotes, sent) => {
    expect(stepsFor(clientEvent({ status: "Closed", closeNotes }), linkedToEnsono())).toEqual([
      { do: "resolveTicket", closeNotes: sent },
      { do: "closeTicket", closeNotes: sent },
    ]);
  });

  it("[E10] close notes that change by themselves are an update", () => {
    const resolved = linkedToEnsono({ status: "resolved", sent: known({ status: "resolved", closeNotes: "Done" }) });
    expect(stepsFor(clientEvent({ status: "Resolved", closeNotes: "Done, and tested" }), resolved)).toEqual([
      { do: "updateTicket", fields: { closeNotes: "Done, and tested" } },
    ]);
    expect(short(clientEvent({ closeNotes: " " }), resolved)).toBe("ignore");
    expect(short(clientEvent({ closeNotes: "Done" }), resolved)).toBe("ignore");
  });

  it("[E9] a new ticket takes none", () => {
    const [create] = stepsFor(clientEvent({ ...newClientTicket, closeNotes: "Draft" }), ticketView());
    expect(create).toMatchObject({ do: "createTicket", fields: expect.not.objectContaining({ closeNotes: "Draft" }) });
  });

  it("[E10] [I5] close notes that Ensono gave, or has been given, do not go to and fro", () => {
    const learnt = planned(clientEvent({ status: "Resolved", closeNotes: "Done" }), linkedToEnsono()).learnt;
    const closure = { status: "resolved", closeNotes: "Done", closeCode: "resolved*" };
    const view = linkedToClient({ status: "resolved", peer: { sent: known(learnt.sent ?? {}), said: {} } });
    const evidence = { repeatedNoteIds: [], echoedNotes: [] };
    const back = decide(transactionWith("Closure", { ...closure, changed: closure }), view, evidence, policiesWith());
    expect(inShort(back.decision)).toBe("ignore");

    const theirs = decide(
      transactionWith("Closure", { ...closure, changed: closure }),
      linkedToClient(),
      evidence,
      policiesWith(),
    );
    const held = linkedToEnsono({ status: "resolved", peer: { sent: known(theirs.learnt.sent ?? {}), said: {} } });
    expect(short(clientEvent({ status: "Resolved", closeNotes: "Done" }), held)).toBe("ignore");
  });

  it("[E8] the rest of over-long close notes is sent once, also where the ticket is closed by and by", () => {
    const long = { closeNotes: "x".repeat(5000) };
    const { decision, learnt } = planned(clientEvent({ status: "Resolved", ...long }), linkedToEnsono());
    expect(inShort(decision)).toBe("addComments, resolveTicket");
    const resolved = linkedToEnsono({
      status: "resolved",
      sent: known(learnt.sent ?? {}),
      said: known(learnt.said ?? {}),
    });
    expect(short(clientEvent({ status: "Closed", ...long }), resolved)).toBe("closeTicket");
  });

  it("[E10] a cancellation carries notes, too, and is final", () => {
    expect(stepsFor(clientEvent({ status: "Cancelled", closeNotes: "Ordered twice" }), linkedToEnsono())).toEqual([
      { do: "updateTicket", fields: { status: "cancelled", closeNotes: "Ordered twice" } },
    ]);
  });

  it.each(["closed", "cancelled"] as const)(
    "[T6] [I9] a ticket that is %s stays so, whatever the client says",
    (status) => {
      const comments = [{ body: "Still broken" }];
      const { decision } = planned(
        clientEvent({ status: "Open", priority: "High" }, { comments }),
        linkedToEnsono({ status }),
      );
      expect(decision).toEqual({
        outcome: "ignore",
        reason: `the ticket is ${status} at Ensono, which is final (T6)`,
      });
    },
  );

  it("[I9] a reopening is a status update", () => {
    const resolved = linkedToEnsono({
      status: "resolved",
      said: known({ status: "Resolved" }),
      sent: known({ status: "resolved" }),
    });
    const { decision, learnt } = planned(clientEvent({ status: "In Progress" }), resolved);
    expect(stepsOf(decision)).toEqual([{ do: "updateTicket", fields: { status: "workingprogress" } }]);
    expect(learnt.status).toBe("workingprogress");
  });

  it("[E8] what is sent of a long comment joins again to what was written, to the character", () => {
    const written = fc.string({
      unit: fc.constantFrom('"', "\\", "\n", "\t", "😀", "é", "a", " "),
      minLength: 3000,
      maxLength: 12_000,
    });
    void fc.assert(
      fc.property(written, (body) => {
        const [step] = stepsFor(clientEvent({}, { comments: [{ body, commenter: "Jason Doe" }] }), linkedToEnsono());
        const comments = step?.do === "addComments" ? step.comments : [];
        expect(findOverLong({}, comments)).toBeUndefined();
        expect(
          comments.map((one) => (comments.length === 1 ? one.body : one.body.replace(/^\(\d+\/\d+\) /, ""))).join(""),
        ).toBe(body);
        expect(new Set(comments.map(({ commenter }) => commenter))).toEqual(new Set(["Jason Doe"]));
      }),
      { numRuns: 30 },
    );
  });

  it("[E8] over-long close notes are cut, and their rest is sent before the ticket takes no more comments", () => {
    const event = clientEvent({ status: "Resolved", closeNotes: "x".repeat(5000) });
    expect(short(event, linkedToEnsono())).toBe("addComments, resolveTicket");
  });

  it("[E12] a comment of the client goes with all that is said of its commenter, but for what is the bridge's own", () => {
    const comment = {
      body: "test",
      commenter: "Jason Doe",
      commentTime: "2017-07-03 17:55:48",
      commenterEmail: "Jason.Doe@abc.com",
      commenterPhone: "555-909-2395",
    };
    const event = clientEvent({}, { comments: [{ ...comment, id: "c1", bridgeKey: "evb_x_0" }, { body: "test" }] });
    expect(stepsFor(event, linkedToEnsono())).toEqual([{ do: "addComments", comments: [comment, { body: "test" }] }]);
  });

  it("[E8] an over-long comment becomes several, in one call", () => {
    const event = clientEvent({}, { comments: [{ body: "x".repeat(9000) }] });
    expect(stepsFor(event, linkedToEnsono())).toMatchObject([
      { comments: [expect.anything(), expect.anything(), expect.anything()] },
    ]);
  });

  it("[I6] an unmapped value uses the default and says so", () => {
    expect(planned(clientEvent({ priority: "Galactic" }), linkedToEnsono()).decision).toMatchObject({
      steps: [{ fields: { priority: "3" } }],
      notes: ['priority "Galactic" is not in the mapping table: "3" is used'],
    });
  });

  it("[I3] fields older than what was sent already are not sent; comments are", () => {
    const ticket = linkedToEnsono({ clientTime: NOW });
    const old = { occurredAt: "2023-01-27T23:59:59Z" };
    expect(short(clientEvent({ priority: "High" }, old), ticket)).toBe("ignore");
    expect(short(clientEvent({ priority: "High" }, { ...old, comments: [{ body: "late" }] }), ticket)).toBe(
      "addComments",
    );
    expect(planned(clientEvent({ priority: "High" }, old), ticket).learnt).not.toHaveProperty("said");
  });
});

describe("echoes of what the bridge wrote", () => {
  it("[I5] changes made by the bridge's own user are not sent", () => {
    const event = clientEvent({ priority: "High" }, { actor: "envision-bridge", comments: [{ body: "ours" }] });
    expect(planned(event, linkedToEnsono())).toEqual({
      decision: { outcome: "ignore", reason: "written by the bridge itself (actor)" },
      learnt: { ticketType: "Incident", said: { priority: "High" } },
    });
  });

  it("[I5] a value that the other lane put there is not sent, whoever is named", () => {
    const ticket = linkedToEnsono({
      said: known({ priority: "Low" }),
      peer: { sent: known({ priority: "1" }, NOW - 1) },
    });
    expect(short(clientEvent({ priority: "1" }), ticket)).toBe("ignore");
  });

  it("[I5] [I3] own and repeated comments are left out, new ones sent once", () => {
    const comments = [{ body: "ours" }, { body: "again" }, { body: "new" }];
    const evidence = { ...noEvidence, ownComments: [0], repeatedComments: [1] };
    expect(stepsFor(clientEvent({}, { comments }), linkedToEnsono(), { evidence })).toEqual([
      { do: "addComments", comments: [{ body: "new" }] },
    ]);
  });

  it.each([
    ["has an id only", { id: "c1" }, noEvidence, "wait"],
    ["has no id, so cannot be known by one", {}, noEvidence, "addComments"],
    ["names another delivery", { id: "c1", bridgeKey: "evb_x_0" }, noEvidence, "addComments"],
    ["is known to be ours", { id: "c1" }, { ...noEvidence, ownComments: [0] }, "ignore"],
    ["came before", { id: "c1" }, { ...noEvidence, repeatedComments: [0] }, "ignore"],
  ])("[I5] while a comment of ours is under way, one that %s", (_, ids, evidence, expected) => {
    const event = clientEvent({}, { comments: [{ body: "Hello", ...ids }] });
    expect(short(event, linkedToEnsono(), { evidence: { ...evidence, commentUnderWay: true } })).toBe(expected);
  });
});

describe("a burst of our own updates whose echoes come after it, without an actor", () => {
  const put = { status: { value: policiesWith().digest("In Progress"), at: 2 } };
  const burst = () => linkedToEnsono({ peer: { ...linkedToEnsono().peer, sent: put } });
  const laterEvents = [clientEvent({ status: "In Progress" })];

  it("[I5] an older value that the client's next event has overwritten is not sent", () => {
    const evidence = { ...noEvidence, laterEvents };
    expect(planned(clientEvent({ status: "Pending" }), burst(), { evidence }).decision.outcome).toBe("ignore");
  });

  it("[I5] an edit that no later event takes back is sent", () => {
    expect(stepsFor(clientEvent({ status: "Pending" }), burst())).toMatchObject([
      { do: "updateTicket", fields: { status: "pending" } },
    ]);
  });

  it("[I5] an edit after our newest value was seen is sent, whatever follows", () => {
    const seen = { ...burst(), said: { status: { ...put.status, at: 3 } } };
    const evidence = { ...noEvidence, laterEvents };
    expect(stepsFor(clientEvent({ status: "Pending" }), seen, { evidence })).toHaveLength(1);
  });
});
