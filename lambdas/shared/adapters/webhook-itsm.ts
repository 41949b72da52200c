import { type Notice, noticeSchema } from "../domain/client-contract.ts";
import { TransientError } from "../domain/errors.ts";
import type { ClientStep } from "../domain/steps.ts";
import type { ClientItsm, Clock, DeliveryContext } from "../ports.ts";
import type { HttpCall } from "./http-call.ts";
import { readDelivered, readFound } from "./webhook-answers.ts";
import { signWebhook } from "./webhook-signature.ts";

/** What each step is called on the wire. */
const noticeTypes = {
  createTicket: "ticket.created",
  updateTicket: "ticket.updated",
  addComment: "ticket.commented",
  resolveTicket: "ticket.resolved",
  closeTicket: "ticket.closed",
  reopenTicket: "ticket.reopened",
  announceLink: "ticket.linked",
} as const satisfies Record<ClientStep["do"], Notice["type"]>;

/**
 * The client's ITSM behind a webhook: one signed POST per step (Standard Webhooks), `webhook-id` being the step's key.
 * Whether a repeat is harmless is the receiver's, as `offers` says.
 *
 * @param deps.secrets the secrets that count now, the current one first; a delivery is signed with each of them (P12).
 * @param deps.searchUrl needed for `find`, which asks `GET {searchUrl}?key=…`, signed over an empty body.
 */
export const webhookItsm = (deps: {
  url: string;
  offers: ClientItsm["offers"];
  searchUrl?: string | undefined;
  secrets: () => Promise<readonly string[]>;
  clock: Clock;
  call: HttpCall;
}): ClientItsm => {
  const headers = async (id: string, body: string) => ({
    ...signWebhook({ secrets: await deps.secrets(), id, at: deps.clock(), body }),
    accept: "application/json",
    "user-agent": "envision-bridge",
  });

  return {
    offers: deps.offers,

    async perform(step, context) {
      const notice = noticeOf(step, context, deps.clock());
      const body = JSON.stringify(notice);
      const answer = await deps.call({
        method: "POST",
        url: deps.url,
        headers: { ...(await headers(context.key, body)), "content-type": "application/json" },
        body,
      });
      return readDelivered(answer, {
        type: notice.type,
        creates: notice.type === "ticket.created",
        now: deps.clock(),
      });
    },

    async find(key) {
      if (deps.searchUrl === undefined) {
        throw new TransientError("configuration", "none", "clientSearchUrl: expected an address to search by key");
      }
      const url = new URL(deps.searchUrl);
      url.searchParams.set("key", key);
      const answer = await deps.call({ method: "GET", url: url.href, headers: await headers(key, "") });
      return readFound(answer, deps.clock());
    },
  };
};

/** The delivery's body. Every try of a step gives the same one, as far as a transaction stands behind it. */
const noticeOf = ({ do: step, ...content }: ClientStep, context: DeliveryContext, now: number): Notice => {
  const { key: _, ...ticket } = context;
  return noticeSchema.parse({
    type: noticeTypes[step],
    timestamp: context.transaction?.sentAt.utc ?? new Date(now).toISOString(),
    data: { ...ticket, ...content },
  });
};
