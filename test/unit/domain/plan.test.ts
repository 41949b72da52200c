import { describe, expect, it } from "vitest";
import type { ClientEventBody } from "../../../lambdas/shared/domain/client-contract.ts";
import { type EventEvidence, plan, withDefaultGroup } from "../../../lambdas/shared/domain/plan.ts";
import type { EnsonoStep } from "../../../lambdas/shared/domain/steps.ts";
import type { TicketView } from "../../../lambdas/shared/domain/ticket-view.ts";
import {
  clientEvent,
  configWith,
  ENSONO_NUMBER,
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

const noEvidence: EventEvidence = noEventEvidence;

const planned = (event: ClientEventBody, ticket: TicketView, { evidence = noEvidence, config = configWith() } = {}) =>
  plan(event, ticket, evidence, { ...policiesWith(), config });

const stepsFor = (...input: Parameters<typeof planned>) => stepsOf(planned(...input).decision);
const short = (...input: Parameters<typeof planned>) => inShort(planned(...input).decision);

describe("what a client event asks for", () => {
  const comments = [{ body: "Any news?" }];
  it.each<[string, ClientEventBody, TicketView, string]>([
    ["[I2] a new ticket", clientEvent(newClientTicket), ticketView(), "createTicket"],
    [
      "[I2] a new ticket, pending already",
      clientEvent({ ...newClientTicket, status: "Pending" }),
      ticketView(),
      "createTicket, updateTicket",
    ],
    [
      "a new ticket that is over already",
      clientEvent({ ...newClientTicket, status: "Closed" }),
      ticketView(),
      "ignore",
    ],
    ["[I2] changed fields", clientEvent({ priority: "High" }), linkedToEnsono(), "updateTicket"],
    ["[I2] a comment", clientEvent({}, { comments }), linkedToEnsono(), "addComments"],
    [
      "[I3] fields and a comment",
      clientEvent({ priority: "High" }, { comments }),
      linkedToEnsono(),
      "updateTicket, addComments",
    ],
    ["[I2] a resolution", clientEvent({ status: "Resolved" }), linkedToEnsono(), "resolveTicket"],
    [
      "[E11] a closure of an open ticket",
      clientEvent({ status: "Closed" }),
      linkedToEnsono(),
      "resolveTicket, closeTicket",
    ],
    [
      "[E11] a closure of a resolved ticket",
      clientEvent({ status: "Closed" }),
      linkedToEnsono({ status: "resolved" }),
      "closeTicket",
    ],
    ["[I9] a cancellation", clientEvent({ status: "Cancelled" }), linkedToEnsono(), "updateTicket"],
    [
      "[I9] a reopening",
      clientEvent({ status: "Open" }),
      linkedToEnsono({ status: "resolved", sent: known({ status: "resolved" }) }),
      "updateTicket",
    ],
    [
      "[I3] [E11] all at once, in order",
      clientEvent({ priority: "High", status: "Closed" }, { comments }),
      linkedToEnsono(),
      "updateTicket, addComments, resolveTicket, closeTicket",
    ],
    [
      "[I3] nothing new",
      clientEvent({ priority: "High" }),
      linkedToEnsono({ said: known({ priority: "High" }) }),
      "ignore",
    ],
    [
      "[I3] nothing that Ensono does not have",
      clientEvent({ priority: "High" }),
      linkedToEnsono({ peer: { said: known({ priority: "2" }) } }),
      "ignore",
    ],
    [
      "[T6] a change of a closed ticket",
      clientEvent({ priority: "High" }, { comments }),
      linkedToEnsono({ status: "closed" }),
      "ignore",
    ],
    [
      "[T6] a comment on a resolved ticket",
      clientEvent({}, { comments }),
      linkedToEnsono({ status: "resolved" }),
      "addComments",
    ],
    [
      "[I2] a ticket that names its Ensono number",
      clientEvent({ priority: "High" }, { ensonoTicketNumber: ENSONO_NUMBER }),
      ticketView(),
      "link, updateTicket",
    ],
    ["[I11] nothing but the number", clientEvent({}, { ensonoTicketNumber: ENSONO_NUMBER }), ticketView(), "link"],
    ["the number that is linked", clientEvent({}, { ensonoTicketNumber: ENSONO_NUMBER }), linkedToEnsono(), "ignore"],
    [
      "another number than the linked one",
      clientEvent({}, { ensonoTicketNumber: "e-CS1" }),
      linkedToEnsono(),
      "hold: refused",
    ],
  ])("%s", (_, event, ticket, expected) => {
    expect(short(event, ticket)).toBe(expected);
  });
});

describe("creating", () => {
  it("[E9] carries all that Ensono asks for, the contact from the config where the client gives none", () => {
    const { contactName: _, contactEmail: __, ...withoutContact } = newClientTicket;
    const event = clientEvent(
      { ...withoutContact, priority: "High", cis: ["db-01", " db-02 "], category: "Hardware" },
      { comments: [{ body: "Since noon", commenter: "Jason Doe", id: "c1" }] },
    );
    expect(stepsFor(event, ticketView())).toEqual([
      {
        do: "createTicket",
        fields: {
          shortDescription: "Printer on fire",
          description: "The printer on the second floor is on fire.",
          contactName: "Service Desk",
          contactEmail: "service-desk@example.com",
          priority: "2",
          cis: "db-01,db-02",
        },
        comments: [{ body: "Since noon", commenter: "Jason Doe" }],
      },
    ]);
  });

  it("[E9] the short description stands in for a missing description", () => {
    const steps = stepsFor(clientEvent({ ...newClientTicket, description: undefined }), ticketView());
    expect(steps).toMatchObject([{ fields: { description: "Printer on fire" } }]);
  });

  it("[E9] a ticket of which the kind was said before, while it was out of scope, needs not say it again", () => {
    const event = clientEvent(newClientTicket, { ticketType: undefined });
    expect(planned(event, ticketView({ ticketType: "Request" })).decision).toMatchObject({ outcome: "perform" });
  });

  it.each([
    ["ticketType", clientEvent(newClientTicket, { ticketType: undefined })],
    ["ticket.description", clientEvent({ ...newClientTicket, shortDescription: undefined, description: undefined })],
    ["ticket.shortDescription", clientEvent({ ...newClientTicket, shortDescription: undefined })],
  ])("[E9] [R3] without %s the ticket is held, and told why", (field, event) => {
    expect(planned(event, ticketView()).decision).toMatchObject({
      outcome: "hold",
      reason: expect.stringContaining(`${field}:`),
    });
  });

  it.each([
    ["priority", { priority: "1" }],
    ["impact-and-urgency", { impact: "1", urgency: "3" }],
  ] as const)("[E9] severity is sent as %s, the same for every create", (severity, sent) => {
    const event = clientEvent({ ...newClientTicket, priority: "Critical", impact: "High", urgency: "Low" });
    const [step] = stepsFor(event, ticketView(), { config: configWith({ policies: { severity } }) });
    expect(step).toMatchObject({ do: "createTicket", fields: { ...newClientTicket, ...sent } });
    expect(Object.keys(step?.do === "createTicket" ? step.fields : {})).toHaveLength(4 + Object.keys(sent).length);
  });

  it.each([
    ["priority", { priority: "Critical" }, { priority: "1" }],
    ["priority", {}, { priority: "3" }],
    ["impact-and-urgency", { impact: "High" }, { impact: "1", urgency: "3" }],
    ["impact-and-urgency", {}, { impact: "3", urgency: "3" }],
  ] as const)("[E9] as %s, with %j said by the client, a create carries %j", (severity, said, sent) => {
    const [step] = stepsFor(clientEvent({ ...newClientTicket, ...said }), ticketView(), {
      config: configWith({ policies: { severity } }),
    });
    const fields = step?.do === "createTicket" ? step.fields : {};
    const { priority, impact, urgency } = fields;
    expect(JSON.parse(JSON.stringify({ priority, impact, urgency }))).toEqual(sent);
  });

  it("[E8] what is too long is cut, and its rest follows in the create's comments", () => {
    const [step] = stepsFor(clientEvent({ ...newClientTicket, description: "x".repeat(9000) }), ticketView());
    expect(step).toMatchObject({ comments: [expect.anything(), expect.anything()] });
  });

  const inScope = (event: ClientEventBody) => event.ticket.group === "Ensono";
  const config = configWith({ policies: { scope: { toEnsono: inScope, fromEnsono: () => true } } });
  const outside = clientEvent({ ...newClientTicket, group: "Internal" }, { comments: [{ id: "c1", body: "Hello" }] });
  const inside = clientEvent({ ...newClientTicket, group: "Ensono" }, { comments: [{ id: "c1", body: "Hello" }] });

  it("[I2] a ticket out of scope is not sent", () => {
    expect(planned(outside, ticketView(), { config }).decision).toEqual({ outcome: "ignore", reason: "out of scope" });
  });

  it("[I2] a ticket that comes into scope is created with all its fields and comments, also those said before", () => {
    const before = planned(outside, ticketView(), { config }).learnt.said ?? {};
    const evidence = { ...noEvidence, repeatedComments: [0] };
    expect(stepsFor(inside, ticketView({ said: known(before) }), { config, evidence })).toMatchObject([
      { do: "createTicket", fields: { shortDescription: "Printer on fire" }, comments: [{ body: "Hello" }] },
    ]);
  });

  it("[I2] an old event does not bring a ticket into scope that has left it since", () => {
    const old = { ...inside, occurredAt: "2023-01-27T23:00:00Z" };
    expect(short(old, ticketView({ clientTime: NOW }), { config })).toBe("ignore");
  });

  it("[I2] a ticket that has crossed stays on the bridge", () => {
    expect(short(clientEvent({ group: "Internal" }), linkedToEnsono(), { config })).toBe("updateTicket");
  });
});

describe("a group that Ensono does not know", () => {
  const told = {
    body: 'The group "Nobody" is not known at Ensono; "Ensono Service Desk" was set instead.',
    commenter: "Envision Bridge",
  };
  it.each<[string, EnsonoStep, EnsonoStep[] | undefined]>([
    [
      "a create gets the default group, and the wanted one in a comment",
      { do: "createTicket", fields: { group: "Nobody", priority: "2" }, comments: [{ body: "first" }] },
      [
        {
          do: "createTicket",
          fields: { group: "Ensono Service Desk", priority: "2" },
          comments: [{ body: "first" }, told],
        },
      ],
    ],
    [
      "an update gets the default group, and a comment after it",
      { do: "updateTicket", fields: { group: "Nobody" } },
      [
        { do: "updateTicket", fields: { group: "Ensono Service Desk" } },
        { do: "addComments", comments: [told] },
      ],
    ],
    ["the default group itself", { do: "updateTicket", fields: { group: "Ensono Service Desk" } }, undefined],
    ["a step without a group", { do: "updateTicket", fields: { priority: "1" } }, undefined],
    ["another call", { do: "resolveTicket", closeNotes: "done" }, undefined],
  ])("[E13] %s", (_, step, instead) => {
    expect(withDefaultGroup(step, "Ensono Service Desk")).toEqual(instead);
  });
});
