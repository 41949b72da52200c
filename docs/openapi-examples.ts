import type * as z from "zod";
import { signatureFaults } from "../lambdas/shared/adapters/webhook-signature.ts";
import type {
  clientEventBodySchema,
  clientNumberBodySchema,
  noticeAnswerSchema,
  Problem,
  Upload,
  uploadRequestSchema,
} from "../lambdas/shared/domain/client-contract.ts";

/** The examples of docs/openapi.json, held against the schemas by test/unit/openapi.test.ts. */

export type Examples<Value> = Record<string, { summary: string; value: Value }>;

const uploadId = "6c0a1c53-6b5c-4f0e-9f0e-0d6a3f1f9a11";

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
  attached: {
    summary: "Someone attached a small file and one that was put to the bridge before",
    value: {
      clientTicketNumber: "INC0010299",
      attachments: [
        { id: "ATT0000311", fileName: "vpn.log", contentType: "text/plain", content: "cmVjb25uZWN0aW5nCg==" },
        { id: "ATT0000312", fileName: "capture.pcap", uploadId },
      ],
    },
  },
  linked: {
    summary: "Someone attached a file that the bridge may fetch",
    value: {
      clientTicketNumber: "CHG0030042",
      attachments: [{ id: "ATT0000313", fileName: "plan.pdf", url: "https://files.example.com/plan.pdf?token=f3a1" }],
    },
  },
  approved: {
    summary: "The CAB approved a change",
    value: {
      clientTicketNumber: "CHG0030042",
      approval: { decision: "approved", approver: { name: "Dana Cruz", email: "dana.cruz@example.com" } },
    },
  },
  rejected: {
    summary: "The CAB rejected a change, naming the request",
    value: {
      clientTicketNumber: "CHG0030042",
      approval: {
        decision: "rejected",
        approvalId: "0f0f1d2e1bb02d1026a2da49b04bcb11",
        approver: { name: "Dana Cruz", email: "dana.cruz@example.com", phone: "555-909-2395" },
        reason: "Not at the end of the quarter",
        decidedAt: "2026-03-03T16:20:00-06:00",
      },
    },
  },
};

export const clientNumber: Examples<z.input<typeof clientNumberBodySchema>> = {
  lateNumber: {
    summary: "The ticket made for ticket.created has its number now",
    value: { clientTicketNumber: "INC0010301", ticketType: "Incident" },
  },
};

export const uploadRequests: Examples<z.input<typeof uploadRequestSchema>> = {
  capture: {
    summary: "A file of 80 MB",
    value: { fileName: "capture.pcap", contentType: "application/vnd.tcpdump.pcap", size: 83_886_080 },
  },
};

export const upload: Examples<Upload> = {
  capture: {
    summary: "Put the file there, then send the event",
    value: {
      uploadId,
      uploadUrl: `https://bucket.s3.us-east-1.amazonaws.com/uploads/${uploadId}?X-Amz-Expires=900&X-Amz-Signature=5d…`,
      expiresAt: "2026-03-02T15:30:00.000Z",
    },
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
  tooLarge: {
    file: problem("More than `attachments.maxMegabytes`", {
      error: "the file has 2147483648 bytes; at most 1073741824 are taken",
      field: "size",
    }),
  },
  tooLong: {
    body: problem("More than 256 KiB", {
      error: "the body has 300000 bytes; at most 262144 are taken: send fewer comments at a time",
    }),
  },
} satisfies Record<string, Examples<Problem>>;

export const answers = {
  made: { summary: "The ticket was made", value: { clientTicketNumber: "INC0010299" } },
  changeMade: { summary: "The change was made", value: { clientTicketNumber: "CHG0030042" } },
  commentMade: { summary: "The comment was made", value: { commentId: "CMT0000482" } },
  done: { summary: "Done", value: {} },
} satisfies Examples<z.input<typeof noticeAnswerSchema>>;
