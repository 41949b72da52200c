import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BridgeConfig } from "../../../lambdas/shared/domain/config.ts";
import { decide } from "../../../lambdas/shared/domain/decide.ts";
import { extraFieldsOf, tellExtraFields, withoutExtraFields } from "../../../lambdas/shared/domain/extra-fields.ts";
import { findOverLong } from "../../../lambdas/shared/domain/limits.ts";
import { toClientFields } from "../../../lambdas/shared/domain/mapping.ts";
import { plan } from "../../../lambdas/shared/domain/plan.ts";
import type { EnsonoStep } from "../../../lambdas/shared/domain/steps.ts";
import type { TicketView } from "../../../lambdas/shared/domain/ticket-view.ts";
import {
  clientEvent,
  configWith,
  inShort,
  known,
  linkedToClient,
  linkedToEnsono,
  newClientTicket,
  noEventEvidence,
  policiesWith,
  stepsOf,
  ticketView,
  transactionWith,
} from "../../support/builders.ts";

const planned = (ticket: Record<string, unknown>, view: TicketView, config: BridgeConfig) =>
  plan(clientEvent(ticket), view, noEventEvidence, { ...policiesWith(), config });

const stepsFor = (...input: Parameters<typeof planned>) => stepsOf<EnsonoStep>(planned(...input).decision);

describe("fields that Ensono has no place for", () => {
  const fields = { costCentre: "Cost centre", window: "Window" };
  const asComment = configWith({ policies: { extraFields: { tell: "as-comment", fields } } });
  const inDescription = configWith({ policies: { extraFields: { tell: "in-description", fields } } });
  const block = "\n\n-- Further fields --\nCost centre: 4711\nWindow: Sunday\n-- End of further fields --";
  const extras = { costCentre: 4711, window: " Sunday ", other: "never told" };

  it("[I7] go along with a new ticket as a comment, under the labels of the config", () => {
    expect(stepsFor({ ...newClientTicket, ...extras }, ticketView(), asComment)).toMatchObject([
      { do: "createTicket", comments: [{ body: "Cost centre: 4711\nWindow: Sunday", commenter: "Envision Bridge" }] },
    ]);
  });

  it("[I7] are told again when they change, and only then", () => {
    const { learnt } = planned({ ...newClientTicket, ...extras }, ticketView(), asComment);
    const view = linkedToEnsono({ said: known(learnt.said ?? {}), extraFields: learnt.extraFields ?? {} });
    expect(inShort(planned(extras, view, asComment).decision)).toBe("ignore");
    expect(stepsFor({ ...extras, window: "Monday" }, view, asComment)).toMatchObject([
      { do: "addComments", comments: [{ body: "Window: Monday" }] },
    ]);
    expect(stepsFor({ window: "" }, view, asComment)).toMatchObject([{ comments: [{ body: "Window: (empty)" }] }]);
  });

  it("[I7] stand behind the description of a new ticket, also of one that has only a short one", () => {
    expect(stepsFor({ ...newClientTicket, ...extras }, ticketView(), inDescription)).toMatchObject([
      { do: "createTicket", fields: { description: newClientTicket.description + block }, comments: [] },
    ]);
    const { description: _, ...short } = newClientTicket;
    expect(stepsFor({ ...short, ...extras }, ticketView(), inDescription)).toMatchObject([
      { fields: { description: newClientTicket.shortDescription + block } },
    ]);
  });

  const view = linkedToEnsono({
    said: known({ description: "Old", costCentre: 4711, window: "Sunday" }),
    sent: known({ description: `Old${block}` }),
    extraFields: { costCentre: "4711", window: "Sunday" },
  });

  it("[I7] stay behind a description that changes, also where the event does not repeat them", () => {
    expect(stepsFor({ description: "New" }, view, inDescription)).toMatchObject([
      { do: "updateTicket", fields: { description: `New${block}` } },
    ]);
  });

  it("[I7] change the description where the event has it, and are a comment where it has not", () => {
    const changed = block.replace("Sunday", "Monday");
    expect(stepsFor({ description: "Old", window: "Monday" }, view, inDescription)).toMatchObject([
      { do: "updateTicket", fields: { description: `Old${changed}` } },
    ]);
    expect(stepsFor({ window: "Monday" }, view, inDescription)).toMatchObject([
      { do: "addComments", comments: [{ body: "Window: Monday" }] },
    ]);
    expect(inShort(planned({ description: "Old", window: "Sunday" }, view, inDescription).decision)).toBe("ignore");
  });

  it("[I7] do not come back to the client when Ensono sends the expanded description", () => {
    expect(toClientFields({ description: `Edited by Ensono${block}` }, inDescription).fields).toEqual({
      description: "Edited by Ensono",
    });
    expect(withoutExtraFields("nothing of ours")).toBe("nothing of ours");
  });

  it("[I7] [E8] that do not fit behind the description are a comment, and none is lost", () => {
    const long = "x".repeat(3990);
    expect(stepsFor({ ...newClientTicket, description: long, ...extras }, ticketView(), inDescription)).toMatchObject([
      {
        do: "createTicket",
        fields: { description: long },
        comments: [{ body: "Cost centre: 4711\nWindow: Sunday", commenter: "Envision Bridge" }],
      },
    ]);
    const window = '"Sunday"\n'.repeat(900);
    const [create] = stepsFor({ ...newClientTicket, window }, ticketView(), asComment);
    const bodies = create?.do === "createTicket" ? create.comments.map(({ body }) => body) : [];
    expect(findOverLong({}, create?.do === "createTicket" ? create.comments : [])).toBeUndefined();
    expect(bodies.map((body) => body.replace(/^\(\d+\/\d+\) /, "")).join("")).toBe(
      `Window: ${window.trim().replaceAll("\n", "\n  ")}`,
    );
  });

  it("[I7] whose description is blank stand behind the short one", () => {
    expect(stepsFor({ ...newClientTicket, description: " ", ...extras }, ticketView(), inDescription)).toMatchObject([
      { fields: { description: newClientTicket.shortDescription + block } },
    ]);
  });

  it.each([
    [["db-01", "db-02"], "db-01, db-02"],
    [true, "true"],
    [{ floor: 2 }, '{"floor":2}'],
    [[], "(empty)"],
    [null, "(empty)"],
  ])("[I7] may be any JSON: %j is told as %j", (window, text) => {
    const before = linkedToEnsono({ said: known({ window: "Sunday" }) });
    expect(stepsFor({ window }, before, asComment)).toMatchObject([{ comments: [{ body: `Window: ${text}` }] }]);
  });

  it("[I7] are kept only where a description may need them, and long ones not whole", () => {
    const long = { window: "x".repeat(50_000) };
    expect(planned({ ...newClientTicket, ...long }, ticketView(), asComment).learnt.extraFields).toBeUndefined();
    const { extraFields } = planned({ ...newClientTicket, ...long }, ticketView(), inDescription).learnt;
    expect(extraFields?.window).toBe(`${"x".repeat(1000)} …`);
  });

  it.each([
    ["priority", "priority"],
    ["impact-and-urgency", "impact"],
    ["priority", "closeNotes"],
  ] as const)("[I7] [E9] must not be what is sent anyway: with %s, %s", (severity, field) => {
    const policies = { severity, extraFields: { tell: "as-comment" as const, fields: { [field]: "Label" } } };
    expect(() => configWith({ policies })).toThrow(`policies.extraFields.fields.${field}: expected a field that`);
  });

  it("[I7] [E9] may be what the config chose not to send, or what only scope looks at", () => {
    const config = configWith({
      policies: { extraFields: { tell: "as-comment", fields: { impact: "Impact", category: "Category" } } },
    });
    expect(stepsFor({ impact: "High", category: "Network" }, linkedToEnsono(), config)).toMatchObject([
      { do: "addComments", comments: [{ body: "Impact: High\nCategory: Network" }] },
    ]);
  });
});

describe("the block behind a description", () => {
  const config = configWith({ policies: { extraFields: { tell: "in-description", fields: { window: "Window" } } } });
  const text = fc.string({
    unit: fc.constantFrom("a", " ", "\n", "é", "-- Further fields --", "-- End of further fields --"),
  });

  it("[I7] is taken off again, whatever stands in it", () => {
    void fc.assert(
      fc.property(fc.string(), text, (description, window) => {
        const told = { given: description, changed: description };
        const extras = extraFieldsOf({ window }, config);
        const expanded = tellExtraFields(told, { changed: extras, all: extras }, config).description ?? "";
        expect(withoutExtraFields(expanded)).toBe(description);
        const again = { given: expanded, changed: expanded };
        expect(tellExtraFields(again, { changed: extras, all: extras }, config).description).toBe(expanded);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["with other line ends", "Old\r\n\r\n-- Further fields --\r\nWindow: Sunday\r\n-- End of further fields --", "Old"],
    ["alone", "-- Further fields --\nWindow: Sunday\n-- End of further fields --", ""],
    [
      "and text that was written behind it",
      "Old\n\n-- Further fields --\nWindow: Sunday\n-- End of further fields --\nSee also CS1",
      "Old\nSee also CS1",
    ],
    ["unless it is no block", "Old\n-- Further fields --\nnot ours", "Old\n-- Further fields --\nnot ours"],
  ])("[I7] comes off %s", (_, description, own) => {
    expect(toClientFields({ description }, config).fields).toEqual({ description: own });
  });

  const block = "\n\n-- Further fields --\nWindow: Sunday\n-- End of further fields --";
  const decided = (description: string) =>
    decide(
      transactionWith("Update", { changed: { description } }),
      linkedToClient({ peer: { sent: known({ description: `Old${block}` }), said: known({ description: "Old" }) } }),
      { repeatedNoteIds: [], echoedNotes: [] },
      { ...policiesWith(), config },
    ).decision;

  it.each([
    ["as it was sent", `Old${block}`],
    ["with other line ends", `Old${block}`.replaceAll("\n", "\r\n")],
    ["with another block", `Old${block.replace("Sunday", "Monday")}`],
    ["without any", "Old"],
  ])("[I7] [I5] that comes back is an echo: %s", (_, description) => {
    expect(inShort(decided(description))).toBe(description === "Old" ? "updateTicket" : "ignore");
  });

  it("[I7] is not what the client gets of Ensono's edit", () => {
    expect(stepsOf(decided(`New${block}`))).toEqual([{ do: "updateTicket", changed: { description: "New" } }]);
  });
});
