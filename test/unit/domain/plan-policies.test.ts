import { describe, expect, it } from "vitest";
import bridge from "../../../bridge.config.ts";
import { type BridgeConfig, defineBridge } from "../../../lambdas/shared/domain/config.ts";
import { type EventEvidence, plan } from "../../../lambdas/shared/domain/plan.ts";
import type { EnsonoStep } from "../../../lambdas/shared/domain/steps.ts";
import type { TicketView } from "../../../lambdas/shared/domain/ticket-view.ts";
import {
  clientEvent,
  configWith,
  inShort,
  known,
  linkedToEnsono,
  NOW,
  newClientTicket,
  noEventEvidence,
  policiesWith,
  stepsOf,
  ticketView,
} from "../../support/builders.ts";

const planned = (
  ticket: Record<string, unknown>,
  view: TicketView,
  config: BridgeConfig,
  rest: Record<string, unknown> = {},
  evidence: Partial<EventEvidence> = {},
) => plan(clientEvent(ticket, rest), view, { ...noEventEvidence, ...evidence }, { ...policiesWith(), config });

const stepsFor = (...input: Parameters<typeof planned>) => stepsOf<EnsonoStep>(planned(...input).decision);

describe("a ticket that an internal group has", () => {
  const config = configWith({
    ensono: { clientGroup: "Client generic" },
    policies: { internalGroups: ["Facilities", "Help Desk"] },
  });
  const parked = linkedToEnsono({
    isInternal: true,
    status: "pending",
    said: known({ group: "Facilities" }),
    sent: known({ group: "Client generic", status: "pending" }),
  });

  it.each(["Facilities", " help desk "])("[I8] is parked at Ensono: group %j", (group) => {
    const { decision, learnt } = planned({ group, status: "In Progress" }, linkedToEnsono(), config);
    expect(stepsOf<EnsonoStep>(decision)).toEqual([
      { do: "updateTicket", fields: { group: "Client generic", status: "pending" } },
    ]);
    expect(learnt).toMatchObject({ isInternal: true, status: "pending" });
  });

  it("[I8] is parked once; its status is the client's own business, other fields and comments are not", () => {
    expect(inShort(planned({ group: "Facilities", status: "On Hold" }, parked, config).decision)).toBe("ignore");
    expect(
      planned({ status: "In Progress", priority: "High" }, parked, config, { comments: [{ body: "Hm" }] }).decision,
    ).toMatchObject({
      steps: [{ do: "updateTicket", fields: { priority: "2" } }, { do: "addComments" }],
      notes: [expect.stringContaining("workingprogress is not sent")],
    });
  });

  it("[I8] that moves on to another internal group stays parked", () => {
    expect(inShort(planned({ group: "Help Desk" }, parked, config).decision)).toBe("ignore");
  });

  it("[I8] [E11] and is closed there, is resolved and closed at Ensono", () => {
    expect(inShort(planned({ status: "Closed" }, parked, config).decision)).toBe("resolveTicket, closeTicket");
    expect(inShort(planned({ status: "Resolved" }, parked, config).decision)).toBe("resolveTicket");
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["its status, where the event says it", { status: "In Progress" }, "workingprogress"],
    ["open, where it does not", {}, "open"],
  ])("[I8] back with a group of Ensono's, that group and %s is told", (_, more, status) => {
    const { decision, learnt } = planned({ group: "Ensono Network Support", ...more }, parked, config);
    expect(stepsOf<EnsonoStep>(decision)).toEqual([
      { do: "updateTicket", fields: { group: "Ensono Network Support", status } },
    ]);
    expect(learnt.isInternal).toBe(false);
  });

  it.each<[string, string, string]>([
    ["that was said while it was away", "In Progress", "workingprogress"],
    ["that Ensono cannot know", "Limbo", "open"],
  ])("[I8] back without a status, it is told the one %s", (_, status, told) => {
    const view = { ...parked, said: known({ group: "Facilities", status }) };
    expect(stepsFor({ group: "Ensono Network Support" }, view, config)).toMatchObject([{ fields: { status: told } }]);
  });

  it.each([{}, { status: "Resolved" }])("[I8] once it is resolved, no group opens it again: %j", (more) => {
    const said = known({ group: "Facilities", status: "Resolved" });
    const resolved = { ...parked, status: "resolved", said, sent: known({ status: "resolved" }) } as const;
    expect(stepsFor({ group: "Ensono Network Support", ...more }, resolved, config)).toEqual([
      { do: "updateTicket", fields: { group: "Ensono Network Support" } },
    ]);
    const { group: _, ...elsewhere } = said;
    expect(
      stepsFor({ group: "Facilities", ...more }, { ...resolved, isInternal: false, said: elsewhere }, config),
    ).toEqual([{ do: "updateTicket", fields: { group: "Client generic" } }]);
  });

  it("[I8] [I9] resolved there and opened again, is parked again", () => {
    const resolved = {
      ...parked,
      status: "resolved",
      sent: known({ group: "Client generic", status: "resolved" }),
    } as const;
    expect(stepsFor({ status: "In Progress" }, resolved, config)).toEqual([
      { do: "updateTicket", fields: { status: "pending" } },
    ]);
  });

  it("[I8] is parked also where its group is no news, but that it is internal", () => {
    const view = linkedToEnsono({ said: known({ group: "Facilities" }) });
    expect(stepsFor({ group: "Facilities" }, view, config)).toEqual([
      { do: "updateTicket", fields: { group: "Client generic", status: "pending" } },
    ]);
  });

  it("[I8] that Ensono has given one of its own groups is Ensono's, whether the client says so or not", () => {
    const sent = known({ group: "Ensono Network Support" }, NOW - 1);
    const { decision, learnt } = planned({ status: "In Progress" }, { ...parked, peer: { sent, said: {} } }, config);
    expect(stepsOf<EnsonoStep>(decision)).toEqual([{ do: "updateTicket", fields: { status: "workingprogress" } }]);
    expect(learnt.isInternal).toBe(false);
  });

  it("[I8] [I6] is not called unmapped, though no table has its group", () => {
    const only = { values: { Network: "Ensono Network Support" }, otherwise: "Ensono Service Desk" };
    const mapped = configWith({
      ensono: { clientGroup: "Client generic" },
      policies: { internalGroups: ["Facilities"] },
      toEnsono: { group: only },
    });
    expect(planned({ group: "Facilities" }, linkedToEnsono(), mapped).decision).toMatchObject({
      steps: [{ fields: { group: "Client generic" } }],
      unmapped: [],
    });
  });

  it("[I8] known to be internal before it came into scope, is created parked", () => {
    expect(stepsFor(newClientTicket, ticketView({ isInternal: true }), config)).toMatchObject([
      { do: "createTicket", fields: { group: "Client generic" } },
      { do: "updateTicket", fields: { status: "pending" } },
    ]);
  });

  it("[I8] when it is created, is created parked", () => {
    expect(stepsFor({ ...newClientTicket, group: "Facilities" }, ticketView(), config)).toMatchObject([
      { do: "createTicket", fields: { group: "Client generic" } },
      { do: "updateTicket", fields: { status: "pending" } },
    ]);
  });

  it("[I8] needs a group that stands for the client", () => {
    const without = { ...bridge, policies: { ...bridge.policies, internalGroups: ["Facilities"] } };
    expect(() => defineBridge(without)).toThrow(/ensono\.clientGroup: expected the group that stands for you/);
  });

  it("an old event does not park it", () => {
    const view = linkedToEnsono({ clientTime: Date.parse("2023-01-27T00:00:00Z") });
    const { decision, learnt } = planned({ group: "Facilities" }, view, config, { occurredAt: "2023-01-26T00:00:00Z" });
    expect(inShort(decision)).toBe("ignore");
    expect(learnt.isInternal).toBeUndefined();
  });
});

describe("a ticket whose place another one has taken", () => {
  const replaced = linkedToEnsono({ replacedBy: "INC2" });
  it("[T7] sends its comments and files, but no fields: closing it must not close the other one", () => {
    const config = configWith();
    expect(inShort(planned({ status: "Closed" }, replaced, config).decision)).toBe("ignore");
    const rest = { comments: [{ body: "late" }], attachments: [{ fileName: "a.txt", content: "aGVsbG8=" }] };
    expect(inShort(planned({ status: "Closed" }, replaced, config, rest, { fileNames: ["a.txt"] }).decision)).toBe(
      "addComments, uploadAttachment",
    );
  });
});
