import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EnsonoFields } from "../../../lambdas/shared/domain/ensono-ticket.ts";
import type { Head } from "../../../lambdas/shared/domain/entry.ts";
import { fieldsSetBy } from "../../../lambdas/shared/domain/news-of-event.ts";
import { plan } from "../../../lambdas/shared/domain/plan.ts";
import { viewOf } from "../../../lambdas/shared/domain/ticket-view.ts";
import { afterLearning, clientEvent, linkedHeads, NOW, noEventEvidence, policiesWith } from "../../support/builders.ts";

const internalGroups = ["Facilities", "Help Desk"];
const policies = policiesWith({ ensono: { clientGroup: "Client generic" }, policies: { internalGroups } });
const statuses = {
  Open: "open",
  "In Progress": "workingprogress",
  "On Hold": "pending",
  Resolved: "resolved",
} as const;

type Said = { group: string; status: keyof typeof statuses };

/** What Ensono is to hold of a ticket of which the client says this. */
const expected = ({ group, status }: Said): EnsonoFields => {
  const isInternal = internalGroups.includes(group);
  return {
    group: isInternal ? "Client generic" : group,
    status: isInternal && status !== "Resolved" ? "pending" : statuses[status],
  };
};

interface Side {
  readonly client: Said;
  readonly head: Head;
  readonly ensono: EnsonoFields;
}

/** Sends one event, and gives what all know after it. */
const forward = ({ client, head, ensono }: Side, event: Partial<Said>, at: number) => {
  const view = viewOf(head, linkedHeads().ensono, at);
  const { decision, learnt } = plan(clientEvent(event), view, noEventEvidence, policies);
  const steps = decision.outcome === "perform" ? decision.steps : [];
  const set = Object.assign({}, ...steps.map(fieldsSetBy));
  return {
    steps,
    side: { client: { ...client, ...event }, head: afterLearning(head, learnt, at), ensono: { ...ensono, ...set } },
  };
};

describe("whatever way a ticket goes between groups", () => {
  it("[I8] [I9] Ensono holds what it should after each event, and the event again changes nothing", () => {
    const group = fc.constantFrom(...internalGroups, "Ensono Network", "Ensono Support");
    const status = fc.constantFrom("In Progress", "On Hold", "Open", "Resolved");
    const event = fc.record({ group, status }, { requiredKeys: [] });
    void fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 12 }), (events) => {
        const first = { group: "Ensono Network", status: "Open" } as const;
        let side: Side = forward({ client: first, head: linkedHeads().client, ensono: {} }, first, NOW).side;
        for (const [place, next] of events.entries()) {
          side = forward(side, next, NOW + place + 1).side;
          expect(side.ensono).toMatchObject(expected(side.client));
          expect(forward(side, next, NOW + place + 1).steps).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
