import { randomBytes, randomUUID } from "node:crypto";
import { type EnsonoHttpOptions, ensonoHttp } from "../../../lambdas/shared/adapters/ensono-http.ts";
import type { HttpAnswer, HttpCall } from "../../../lambdas/shared/adapters/http-call.ts";
import { signWebhook } from "../../../lambdas/shared/adapters/webhook-signature.ts";
import type { BridgeConfig } from "../../../lambdas/shared/domain/config.ts";
import type { EnsonoFields, TicketType } from "../../../lambdas/shared/domain/ensono-ticket.ts";
import type { Clock } from "../../../lambdas/shared/ports.ts";
import type { EchoCalls, Probed, Probes } from "../ports.ts";

export interface SideOptions {
  readonly ensono: Omit<EnsonoHttpOptions, "call" | "clock">;
  readonly client: { readonly url: string; readonly secrets: () => Promise<readonly string[]> };
  readonly call: HttpCall;
  readonly clock: Clock;
}

/** No queue has given out a handle like this one, and none will. */
const NO_HANDLE = "envision-bridge-doctor";

export const sideProbes = ({ ensono, client, call, clock }: SideOptions): Probes => ({
  async ensono() {
    let probed: Probed | undefined;
    const heard: HttpCall = async (request) => {
      const at = clock();
      const answer = await call(request);
      probed = { status: answer.status, aheadMs: aheadOf(answer, at, clock()) };
      return answer;
    };
    // "The input receipt handle … is not a valid receipt handle" is said to whoever has a key that counts.
    await ensonoHttp({ ...ensono, call: heard, clock }).delete(NO_HANDLE);
    return probed ?? { status: 0, aheadMs: undefined };
  },

  async client(signed) {
    const at = clock();
    const body = JSON.stringify({ type: "bridge.ping", timestamp: new Date(at).toISOString(), data: {} });
    const secrets = signed === "rightly" ? await client.secrets() : [`whsec_${randomBytes(24).toString("base64")}`];
    const signature = signWebhook({ secrets, id: `evb_doctor_${randomUUID()}`, at, body });
    const headers = { ...signature, "content-type": "application/json", "user-agent": "envision-bridge" };
    const answer = await call({ method: "POST", url: client.url, headers, body });
    return { status: answer.status, aheadMs: aheadOf(answer, at, clock()) };
  },
});

const HALF_A_SECOND = 500;

/** The Date header is cut to whole seconds, and was written somewhere between our sending and our reading. */
const aheadOf = ({ headers }: HttpAnswer, sentAt: number, readAt: number): number | undefined => {
  const told = Date.parse(headers.date ?? "");
  return Number.isNaN(told) ? undefined : Math.round(told + HALF_A_SECOND - (sentAt + readAt) / 2);
};

/** Whatever environment the stage is of: nothing of it is ever sent to another one than `echo`. */
export const echoCalls = ({ ensono, call, clock }: SideOptions, { policies }: BridgeConfig): EchoCalls => {
  const api = ensonoHttp({ ...ensono, environment: "echo", call, clock });
  const ticketType: TicketType = "Incident";
  const contact = { contactName: policies.defaultContact.name, contactEmail: policies.defaultContact.email };
  const severity: EnsonoFields = policies.severity === "priority" ? { priority: "4" } : { impact: "3", urgency: "3" };
  return {
    open: (clientTicketNumber) =>
      api.createTicket({
        clientTicketNumber,
        ticketType,
        fields: {
          shortDescription: "Envision Bridge: round trip of an operator",
          description: 'Opened by "envision-bridge doctor --echo". Nobody needs to work on it.',
          ...contact,
          ...severity,
        },
        comments: [],
      }),
    resolve: (ensonoTicketNumber, clientTicketNumber) =>
      api.updateTicket(
        { ensonoTicketNumber, clientTicketNumber, ticketType },
        { status: "resolved", closeNotes: "The round trip is over." },
      ),
  };
};
