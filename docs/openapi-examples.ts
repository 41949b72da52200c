import type * as z from "zod";
import { signatureFaults } from "../lambdas/shared/adapters/webhook-signature.ts";
import type {
  clientEventBodySchema,
  clientNumberBodySchema,
  Notice,
  noticeAnswerSchema,
  Problem,
} from "../lambdas/shared/domain/client-contract.ts";

/** The examples of docs/openapi.json, held against the schemas by test/unit/openapi.test.ts. */

export type Examples<Value> = Record<string, { summary: string; value: Value }>;

export const events: Examples<z.input<typeof clientEventBodySchema>> = {
  opened: {
    summary: "Someone opened a ticket",
    value: {
      clientTicketNumber: "INC0010299",
      ticketType: "Incident",
      occurredAt: "2026-03-02T09:15:00-06:00",
      actor: "jason.doe",
      ticket: {
        status: "New",
        priority: "High",
        group: "Ensono Network Support",
        shortDescription: "VPN drops every hour",
        description: 'At minute 17.\nThe client says "reconnecting".',
        cis: ["vpn-gw-01", "vpn-gw-02"],
        contactName: "Jason Doe",
        contactEmail: "jason.doe@example.com",
      },
    },
  },
  commented: {
    summary: "Someone changed the status and commented",
    value: {
      clientTicketNumber: "INC0010299",
      ticket: { status: "In Progress" },
      comments: [
        {
          id: "CMT0000481",
          body: "It also happens on the phone",
          commenter: "Jason Doe",
          commentTime: "2026-03-02T09:40:00-06:00",
        },
      ],
    },
  },
  echoed: {
    summary: "The bridge's own comment, told back by a tool that tells every change",
    value: {
      clientTicketNumber: "INC0010299",
      actor: "envision-bridge",
      comments: [{ id: "CMT0000482", bridgeKey: "evb_mX3kT0cQ8sZpW1hL_0", body: "Cleaning up old logs" }],
    },
  },
  closed: {
    summary: "Someone closed the ticket",
    value: { clientTicketNumber: "INC0010299", ticket: { status: "Closed", closeNotes: "New client version" } },
  },
};

export const clientNumber: Examples<z.input<typeof clientNumberBodySchema>> = {
  lateNumber: {
    summary: "The ticket made for ticket.created has its number now",
    value: { clientTicketNumber: "INC0010301", ticketType: "Incident" },
  },
};

const problem = (summary: string, value: Problem) => ({ summary, value });

export const problems = {
  malformed: {
    field: problem("A field is wrong", {
      error: "comments[0].body: Too small: expected string to have >=1 characters",
      field: "comments[0].body",
    }),
    id: problem("The id is none", { error: signatureFaults.id, field: "webhook-id" }),
  },
  unauthorised: {
    signature: problem("Not signed with a secret that counts", {
      error: signatureFaults.signature,
      field: "webhook-signature",
    }),
    timestamp: problem("Signed too long ago, or the clock is wrong", {
      error: signatureFaults.timestamp,
      field: "webhook-timestamp",
    }),
    bearer: problem("No bearer token, or one that does not count", {
      error: "authorization: expected Bearer and a token that counts",
      field: "authorization",
    }),
  },
  conflicting: {
    id: problem("The id is another event's", {
      error: "this id came before with another body: give each event an id of its own",
      field: "webhook-id",
    }),
  },
  tooLong: {
    body: problem("More than 256 KiB", {
      error: "the body has 300000 bytes; at most 262144 are taken: send fewer comments at a time",
    }),
  },
} satisfies Record<string, Examples<Problem>>;

const ticket = {
  ensonoTicketNumber: "e-CS0204070",
  clientTicketNumber: "INC0010299",
  ticketType: "Incident",
} as const;

const transaction = (type: string, sequence: number, at: { utc: string; local: string }) => ({
  id: `0eb49bcf-53a7-4769-b37a-2342b3658a00/${sequence}`,
  type,
  sentAt: { ...at, zone: "America/Chicago" },
});

const morning = { utc: "2026-03-02T15:15:00.000Z", local: "2026-03-02T09:15:00-06:00" };
const noon = { utc: "2026-03-02T18:02:11.000Z", local: "2026-03-02T12:02:11-06:00" };

/** One delivery of each type. */
export const notices: { readonly [Type in Notice["type"]]: Extract<Notice, { type: Type }> } = {
  "ticket.created": {
    type: "ticket.created",
    timestamp: morning.utc,
    data: {
      ...ticket,
      clientTicketNumber: null,
      transaction: transaction("Create", 18861, morning),
      ticket: {
        status: "Open",
        priority: "2",
        group: "Service Desk",
        shortDescription: "Disk almost full on db-17",
        description: "Volume data is 94 % full",
        cis: ["db-17"],
        openedTime: { utc: "2026-03-02T15:14:58.000Z", local: "2026-03-02T09:14:58-06:00", zone: "America/Chicago" },
      },
    },
  },
  "ticket.updated": {
    type: "ticket.updated",
    timestamp: noon.utc,
    data: {
      ...ticket,
      transaction: transaction("Update", 18862, noon),
      changed: { status: "Pending", statusNextAction: "pending-client" },
    },
  },
  "ticket.commented": {
    type: "ticket.commented",
    timestamp: noon.utc,
    data: {
      ...ticket,
      transaction: transaction("Notes", 18863, noon),
      comment: { id: "5f9c1e0b1b2c", body: "Cleaning up old logs", author: "Maria Silva" },
    },
  },
  "ticket.resolved": {
    type: "ticket.resolved",
    timestamp: noon.utc,
    data: {
      ...ticket,
      transaction: transaction("Update", 18864, noon),
      changed: { status: "Resolved", closeNotes: "Logs rotated", closeCode: "resolved" },
    },
  },
  "ticket.closed": {
    type: "ticket.closed",
    timestamp: noon.utc,
    data: {
      ...ticket,
      transaction: transaction("Closure", 18865, noon),
      changed: { status: "Closed", closeNotes: "Logs rotated", closeCode: "resolved" },
    },
  },
  "ticket.reopened": {
    type: "ticket.reopened",
    timestamp: noon.utc,
    data: { ...ticket, transaction: transaction("Update", 18866, noon), changed: { status: "Open" } },
  },
  "ticket.linked": { type: "ticket.linked", timestamp: noon.utc, data: { ...ticket, transaction: null } },
};

export const answers = {
  made: { summary: "The ticket was made", value: { clientTicketNumber: "INC0010299" } },
  commentMade: { summary: "The comment was made", value: { commentId: "CMT0000482" } },
  done: { summary: "Done", value: {} },
} satisfies Examples<z.input<typeof noticeAnswerSchema>>;
