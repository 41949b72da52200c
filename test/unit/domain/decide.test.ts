import { describe, expect, it } from "vitest";
import { decide, type TransactionEvidence } from "../../../lambdas/shared/domain/decide.ts";
import type { Transaction } from "../../../lambdas/shared/domain/ensono-transaction.ts";
import { roundTripNumber } from "../../../lambdas/shared/domain/round-trip.ts";
import type { TicketView } from "../../../lambdas/shared/domain/ticket-view.ts";
import {
  CLIENT_NUMBER,
  configWith,
  inShort,
  known,
  linkedToClient,
  policiesWith,
  readMessage,
  stepsOf,
  ticketView,
  transactionWith,
} from "../../support/builders.ts";
import { guideMessages } from "../../support/guide-messages.ts";

const noEvidence: TransactionEvidence = { repeatedNoteIds: [], echoedNotes: [] };

const decided = (transaction: Transaction, ticket: TicketView, { evidence = noEvidence, config = configWith() } = {}) =>
  decide(transaction, ticket, evidence, { ...policiesWith(), config });

const stepsFor = (...input: Parameters<typeof decided>) => stepsOf(decided(...input).decision);

const update = (changed: Record<string, unknown>, body: Record<string, unknown> = {}, attributes = {}) =>
  transactionWith("Update", { ...body, changed }, attributes);
const closure = (status: string, changed = {}) =>
  transactionWith("Closure", {
    status,
    closeNotes: "Replaced",
    closeCode: "resolved*",
    changed: { status, ...changed },
  });

describe("each type of transaction, on each kind of ticket", () => {
  const tickets = {
    unlinked: ticketView(),
    linked: linkedToClient({ status: "open" }),
    resolved: linkedToClient({ status: "resolved" }),
    closed: linkedToClient({ status: "closed" }),
    cancelled: linkedToClient({ status: "cancelled" }),
  };
  const returned = transactionWith("ReturnEnsonoNum", { clientTicketNumber: CLIENT_NUMBER });
  const ownCreate = transactionWith("Create", { clientTicketNumber: CLIENT_NUMBER });
  const notYet = "hold: not-understood";

  it.each<[string, Transaction, Record<keyof typeof tickets, string>]>([
    [
      "[T1] Create",
      readMessage(guideMessages.create),
      { unlinked: "createTicket", linked: "ignore", resolved: "ignore", closed: "ignore", cancelled: "ignore" },
    ],
    [
      "[T4b] Create with the client's number",
      ownCreate,
      { unlinked: "link", linked: "ignore", resolved: "ignore", closed: "ignore", cancelled: "ignore" },
    ],
    [
      "[T2] [T4] [T6] Update",
      readMessage(guideMessages.update),
      {
        unlinked: "createTicket, updateTicket",
        linked: "updateTicket",
        resolved: "reopenTicket",
        closed: "ignore",
        cancelled: "ignore",
      },
    ],
    [
      "[T2] [T4] [T6] Notes",
      readMessage(guideMessages.notes),
      {
        unlinked: "createTicket, addComment",
        linked: "addComment",
        resolved: "addComment",
        closed: "ignore",
        cancelled: "ignore",
      },
    ],
    [
      "[T2] [T4] [T6] Closure, resolved",
      readMessage(guideMessages.closure),
      {
        unlinked: "createTicket, resolveTicket",
        linked: "resolveTicket",
        resolved: "resolveTicket",
        closed: "ignore",
        cancelled: "ignore",
      },
    ],
    [
      "[T2] [T6] Closure, closed",
      closure("closed"),
      {
        unlinked: "createTicket, closeTicket",
        linked: "closeTicket",
        resolved: "closeTicket",
        closed: "ignore",
        cancelled: "ignore",
      },
    ],
    [
      "[T5] ReturnEnsonoNum",
      returned,
      { unlinked: "link", linked: "ignore", resolved: "ignore", closed: "ignore", cancelled: "ignore" },
    ],
    [
      "[Q7] [T8] Attachment, whose file is still on its way",
      transactionWith("Attachment", { attachmentName: "a.txt", attachment: "https://bucket.s3.amazonaws.com/a.txt" }),
      { unlinked: "wait", linked: "wait", resolved: "wait", closed: "ignore", cancelled: "ignore" },
    ],
    ...["Redraft", "Approval Request", "Survey"].map(
      (type): [string, Transaction, Record<keyof typeof tickets, string>] => [
        `[Q7] ${type}`,
        transactionWith(type),
        { unlinked: notYet, linked: notYet, resolved: notYet, closed: notYet, cancelled: notYet },
      ],
    ),
  ])("%s", (_, transaction, expected) => {
    const actual = Object.fromEntries(
      Object.entries(tickets).map(([kind, ticket]) => [kind, inShort(decided(transaction, ticket).decision)]),
    );
    expect(actual).toEqual(expected);
  });
});

it.each(["Create", "Update", "Notes", "ReturnEnsonoNum"])(
  "[E1] a round trip of doctor's tells the client nothing: %s",
  (type) => {
    const transaction = transactionWith(type, { clientTicketNumber: roundTripNumber("1"), changed: { priority: "1" } });
    for (const ticket of [ticketView(), linkedToClient({ link: roundTripNumber("1") })]) {
      expect(decided(transaction, ticket).decision).toEqual({ outcome: "ignore", reason: "a round trip of doctor" });
    }
  },
);

describe("creating", () => {
  it("[T1] [T9] gives the client all fields in its own words and times, without Ensono's identity fields", () => {
    expect(stepsFor(readMessage(guideMessages.create), ticketView())).toEqual([
      {
        do: "createTicket",
        ticket: {
          status: "Open",
          description: "test",
          shortDescription: "test",
          group: "Ensono Support",
          ensonoGroup: "CS - 1st Line",
          priority: "4",
          impact: "3",
          urgency: "3",
          openedTime: { utc: "2023-01-27T22:24:53.000Z", local: "2023-01-27T16:24:53-06:00", zone: "America/Chicago" },
          category: "Private Cloud",
          origin: "Web",
          cis: [],
        },
      },
    ]);
  });

  it("[T3] an empty number and ClientReferenceAvailable false say nothing about whether the client has the ticket", () => {
    const create = transactionWith("Create", { clientTicketNumber: "" }, { ClientReferenceAvailable: false });
    expect(inShort(decided(create, linkedToClient()).decision)).toBe("ignore");
  });

  it("[T4] a first message without enough fields holds the ticket", () => {
    const poor = transactionWith("Update", { shortDescription: undefined, changed: { priority: "1" } });
    expect(inShort(decided(poor, ticketView()).decision)).toBe("hold: not-understood");
  });

  it("[T4b] a first message that carries the client's number is linked, and then applied", () => {
    const first = update({ priority: "1" }, { clientTicketNumber: CLIENT_NUMBER });
    expect(decided(first, ticketView()).decision).toMatchObject({
      link: CLIENT_NUMBER,
      steps: [{ do: "updateTicket", changed: { priority: "1" } }],
    });
  });

  it("[T5] a returned number other than the linked one is left to the ledger to refuse", () => {
    const other = transactionWith("ReturnEnsonoNum", { clientTicketNumber: "INC9" });
    expect(decided(other, linkedToClient()).decision).toMatchObject({ outcome: "perform", link: "INC9", steps: [] });
  });

  it("[T5] a returned number that is missing holds the ticket", () => {
    const empty = transactionWith("ReturnEnsonoNum", { clientTicketNumber: "" });
    expect(inShort(decided(empty, ticketView()).decision)).toBe("hold: not-understood");
  });

  it("[Q8] [T4b] [E14] our own create that comes back is linked, whatever the scope; one of nobody's knowledge is not", () => {
    const config = configWith({ policies: { scope: { toEnsono: () => true, fromEnsono: () => false } } });
    const ownCreate = transactionWith("Create", { clientTicketNumber: CLIENT_NUMBER });
    const sent = known({ shortDescription: "test" });
    expect(inShort(decided(ownCreate, ticketView({ peer: { sent } }), { config }).decision)).toBe("link");
    expect(inShort(decided(ownCreate, ticketView(), { config }).decision)).toBe("ignore");
  });

  it("[Q8] what is out of scope is dropped, unless the ticket has crossed the bridge already", () => {
    const scope = {
      toEnsono: () => true,
      fromEnsono: (body: Record<string, unknown>) => body.group !== "Ensono Support",
    };
    const config = configWith({ policies: { scope } });
    expect(decided(readMessage(guideMessages.create), ticketView(), { config }).decision).toEqual({
      outcome: "ignore",
      reason: "out of scope",
    });
    expect(stepsFor(readMessage(guideMessages.update), linkedToClient(), { config })).toHaveLength(1);
  });
});
