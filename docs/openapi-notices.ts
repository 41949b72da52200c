import type { Notice } from "../lambdas/shared/domain/client-contract.ts";

/** One delivery of each type, for docs/openapi.json. */

const ticket = {
  ensonoTicketNumber: "e-CS0204070",
  clientTicketNumber: "INC0010299",
  ticketType: "Incident",
} as const;

const change = {
  ensonoTicketNumber: "e-CHG0032103",
  clientTicketNumber: "CHG0030042",
  ticketType: "Change",
} as const;

const inChicago = (utc: string, local: string) => ({ utc, local, zone: "America/Chicago" });

const file = {
  fileName: "df-h.txt",
  contentType: "text/plain",
  size: 1284,
  sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  group: "Service Desk",
};

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
  "ticket.attachment_added": {
    type: "ticket.attachment_added",
    timestamp: noon.utc,
    data: {
      ...ticket,
      transaction: transaction("Attachment", 18867, noon),
      attachment: {
        ...file,
        url: "https://bucket.s3.us-east-1.amazonaws.com/from-ensono/18867?X-Amz-Expires=3600&X-Amz-Signature=7c…",
        urlExpiresAt: "2026-03-02T19:02:14.000Z",
      },
    },
  },
  "ticket.linked": { type: "ticket.linked", timestamp: noon.utc, data: { ...ticket, transaction: null } },
  "change.created": {
    type: "change.created",
    timestamp: morning.utc,
    data: {
      ...change,
      clientTicketNumber: null,
      transaction: transaction("Create", 18870, morning),
      clientApproval: "required",
      ticket: {
        state: "Assess",
        type: "Normal",
        shortDescription: "Replace the disks of db-17",
        description: "Both disks, one after the other",
        justification: "The volume is 94 % full",
        risk: "Moderate",
        cis: ["db-17"],
        startDate: inChicago("2026-03-08T04:00:00.000Z", "2026-03-07T22:00:00-06:00"),
        endDate: inChicago("2026-03-08T08:00:00.000Z", "2026-03-08T02:00:00-06:00"),
      },
    },
  },
  "change.updated": {
    type: "change.updated",
    timestamp: noon.utc,
    data: { ...change, transaction: transaction("Update", 18873, noon), changed: { state: "Scheduled" } },
  },
  "change.approval_requested": {
    type: "change.approval_requested",
    timestamp: morning.utc,
    data: {
      ...change,
      transaction: transaction("Approval Request", 18871, morning),
      approval: {
        approvalId: "0f0f1d2e1bb02d1026a2da49b04bcb11",
        approverName: "Dana Cruz",
        approverEmail: "dana.cruz@example.com",
        description: "Both disks, one after the other",
      },
    },
  },
  "change.commented": {
    type: "change.commented",
    timestamp: noon.utc,
    data: {
      ...change,
      transaction: transaction("Notes", 18872, noon),
      comment: { id: "54ea87031bf02d10", body: "The spare disks are here", author: "Maria Silva" },
    },
  },
  "change.attachment_added": {
    type: "change.attachment_added",
    timestamp: noon.utc,
    data: {
      ...change,
      transaction: transaction("Attachment", 18874, noon),
      attachment: {
        ...file,
        fileName: "plan.txt",
        size: 5,
        sha256: "1b4025dc7b8d27cf38df85e77b20ed44a00851a2c28b338560560d85deded8e3",
        content: "cGxhbgo=",
      },
    },
  },
  "change.cancelled": {
    type: "change.cancelled",
    timestamp: noon.utc,
    data: { ...change, transaction: transaction("Redraft", 18875, noon), changed: { state: "New" } },
  },
  "change.closed": {
    type: "change.closed",
    timestamp: noon.utc,
    data: {
      ...change,
      transaction: transaction("Closure", 18876, noon),
      changed: { state: "Closed", closeCode: "Successful", closeNotes: "Both disks replaced" },
    },
  },
};
