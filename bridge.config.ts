import { defineBridge } from "./lambdas/shared/domain/config.ts";

/**
 * The one file to edit. As it stands, it works in the local sandbox (`npm start`), which replaces the two outside
 * addresses by its simulators. Secrets are not in here: see README.md, "Deploy".
 */
export default defineBridge({
  // What Ensono gave you with your API key.
  ensono: {
    origin: "https://smconnect.ensono.com",
    clientStack: "testclient57",
    clientName: "testClient",
    defaultGroup: "Ensono Service Desk",
  },

  // Your ITSM tool, reached by signed webhooks. `offers` says what its receiver does with a delivery that comes twice:
  // it recognises the webhook-id ("key"), it can be searched by it ("search"), or "neither".
  client: {
    offers: "key",
    authentication: "signature",
    bridgeActors: ["envision-bridge"],
  },

  // One stack each. `environment` is Ensono's.
  stages: {
    dev: { environment: "dev", clientWebhookUrl: "https://itsm-dev.example.com/webhooks/envision-bridge" },
    echo: { environment: "echo", clientWebhookUrl: "https://itsm-dev.example.com/webhooks/envision-bridge" },
    cert: { environment: "cert", clientWebhookUrl: "https://itsm-test.example.com/webhooks/envision-bridge" },
    prod: { environment: "prod", clientWebhookUrl: "https://itsm.example.com/webhooks/envision-bridge" },
  },

  // Your words on the left, Ensono's on the right. Capitals do not matter, and Ensono's own words are understood too.
  mappings: {
    toEnsono: {
      status: {
        values: {
          New: "open",
          Open: "open",
          "In Progress": "workingprogress",
          Pending: "pending",
          "On Hold": "pending",
          Resolved: "resolved",
          Closed: "closed",
          Cancelled: "cancelled",
        },
        otherwise: "open",
      },
      priority: { values: { Critical: "1", High: "2", Medium: "3", Low: "4" }, otherwise: "3" },
      impact: { values: { High: "1", Medium: "2", Low: "3" }, otherwise: "3" },
      urgency: { values: { High: "1", Medium: "2", Low: "3" }, otherwise: "3" },
      group: { values: {}, otherwise: "keep" },
      ticketType: { values: { Incident: "Incident", "Service Request": "Request" }, otherwise: "Incident" },
    },
    toClient: {
      status: {
        open: "Open",
        workingprogress: "In Progress",
        pending: "Pending",
        resolved: "Resolved",
        closed: "Closed",
        cancelled: "Cancelled",
      },
      priority: { values: {}, otherwise: "keep" },
      group: { values: {}, otherwise: "keep" },
      closeCode: { values: {}, otherwise: "keep" },
      category: { values: {}, otherwise: "keep" },
      ticketType: { Incident: "Incident", Request: "Request", Change: "Change" },
      changeState: {
        New: "New",
        Assess: "Assess",
        Authorize: "Authorize",
        Scheduled: "Scheduled",
        Implement: "Implement",
        Review: "Review",
        Closed: "Closed",
        Cancelled: "Cancelled",
      },
    },
  },

  policies: {
    scope: {
      // Which of your tickets go to Ensono: here all. For example: (event) => event.ticket.group === "Ensono".
      toEnsono: () => true,
      // Which of Ensono's transactions reach your ITSM: here all of them.
      fromEnsono: () => true,
    },
    severity: "priority",
    timeZone: "America/Chicago",
    defaultContact: { name: "Service Desk", email: "service-desk@example.com" },
    defaultCloseNotes: "Closed by the client without further notes.",
  },

  polling: { everySeconds: 60, readers: 4 },
  retentionDays: 35,
  alarmEmail: "envision-bridge-alarms@example.com",
});
