import { httpCaller } from "../../lambdas/shared/adapters/http-call.ts";
import { webhookItsm } from "../../lambdas/shared/adapters/webhook-itsm.ts";
import type { FaultInput } from "../../sandbox/simulators/client-itsm/faults.ts";
import { startClientItsm } from "../../sandbox/simulators/client-itsm/start-client-itsm.ts";
import { type ItsmFault, inMemoryItsm } from "../support/fakes/in-memory-itsm.ts";
import { clientItsmContract } from "./client-itsm.contract.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const faults: Readonly<Record<ItsmFault, FaultInput>> = {
  "time-out-before": { kind: "timeout", count: 1 },
  "time-out-after": { kind: "timeout", afterEffect: true, count: 1 },
  refusal: { kind: "status", status: 422, count: 1 },
  overload: { kind: "status", status: 503, headers: { "retry-after": "7" }, count: 1 },
  "wrong-secret": { kind: "status", status: 401, count: 1 },
};

const noFiles = { toFetch: async () => "https://files.example.com/none", read: async () => undefined };

clientItsmContract("the fake", (options) => {
  const itsm = inMemoryItsm(options);
  return { itsm, tickets: () => itsm.tickets, fail: itsm.fail, stop: async () => undefined };
});

clientItsmContract("webhooks to the simulated ITSM", async ({ offers, numbers }) => {
  const simulator = await startClientItsm({ webhookSecrets: [secret], offers, numbers, echoes: false });
  const itsm = webhookItsm({
    url: simulator.url,
    searchUrl: offers === "search" ? simulator.searchUrl : undefined,
    offers,
    ticketTypes: { Incident: "Incident", Request: "Request", Change: "Change" },
    secrets: async () => [secret],
    clock: Date.now,
    call: httpCaller({ clock: Date.now, answerTimeoutMs: 200 }),
    handOver: { inlineBytes: 0, linkSeconds: 60, files: noFiles },
  });
  return {
    itsm,
    tickets: () =>
      simulator.tickets().map((ticket) => ({ ...ticket, comments: ticket.comments.map(({ body }) => body) })),
    fail: (fault) => simulator.faults.inject(faults[fault]),
    stop: simulator.close,
  };
});
