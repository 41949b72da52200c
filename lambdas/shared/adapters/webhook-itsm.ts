import { type Notice, noticeSchema } from "../domain/client-contract.ts";
import type { TicketType } from "../domain/ensono-ticket.ts";
import { PermanentError, TransientError } from "../domain/errors.ts";
import type { ClientStep } from "../domain/steps.ts";
import type { ClientItsm, Clock, DeliveryContext, FileLinks } from "../ports.ts";
import type { HttpCall } from "./http-call.ts";
import { readDelivered, readFound } from "./webhook-answers.ts";
import { signWebhook } from "./webhook-signature.ts";

/** What each step is called on the wire; of a change, and of every other ticket. */
const noticeTypes = {
  ticket: {
    createTicket: "ticket.created",
    updateTicket: "ticket.updated",
    addComment: "ticket.commented",
    addAttachment: "ticket.attachment_added",
    resolveTicket: "ticket.resolved",
    closeTicket: "ticket.closed",
    reopenTicket: "ticket.reopened",
    announceLink: "ticket.linked",
  },
  change: {
    createTicket: "change.created",
    updateTicket: "change.updated",
    requestApproval: "change.approval_requested",
    addComment: "change.commented",
    addAttachment: "change.attachment_added",
    cancelTicket: "change.cancelled",
    closeTicket: "change.closed",
    announceLink: "ticket.linked",
  },
} as const satisfies Record<string, Partial<Record<ClientStep["do"], Notice["type"]>>>;

/** How files of Ensono's are handed on (T8). */
export interface HandOver {
  readonly files: Pick<FileLinks, "toFetch" | "read">;
  /** Files up to so many bytes go along in base64; 0 for none. */
  readonly inlineBytes: number;
  readonly linkSeconds: number;
}

/**
 * The client's ITSM behind a webhook: one signed POST per step (Standard Webhooks), `webhook-id` being the step's key.
 * Whether a repeat is harmless is the receiver's, as `offers` says.
 *
 * @param deps.secrets the secrets that count now, the current one first; a delivery is signed with each of them (P12).
 * @param deps.ticketTypes the client's word for each of Ensono's kinds of tickets (I6).
 * @param deps.searchUrl needed for `find`, which asks `GET {searchUrl}?key=…`, signed over an empty body.
 */
export const webhookItsm = (deps: {
  url: string;
  offers: ClientItsm["offers"];
  searchUrl?: string | undefined;
  ticketTypes: Readonly<Record<TicketType, string>>;
  secrets: () => Promise<readonly string[]>;
  clock: Clock;
  call: HttpCall;
  handOver: HandOver;
}): ClientItsm => {
  const headers = async (id: string, body: string) => ({
    ...signWebhook({ secrets: await deps.secrets(), id, at: deps.clock(), body }),
    accept: "application/json",
    "user-agent": "envision-bridge",
  });

  return {
    offers: deps.offers,

    async perform(step, context) {
      const notice = noticeOf(await deliverable(step, deps), context, deps);
      const body = JSON.stringify(notice);
      const answer = await deps.call({
        method: "POST",
        url: deps.url,
        headers: { ...(await headers(context.key, body)), "content-type": "application/json" },
        body,
      });
      return readDelivered(answer, {
        type: notice.type,
        creates: step.do === "createTicket",
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

/** The step as it is told. Where a file lies is told anew with each try, for a link dies (T8). */
const deliverable = async (
  step: ClientStep,
  { handOver, clock }: { handOver: HandOver; clock: Clock },
): Promise<Record<string, unknown> & Pick<ClientStep, "do">> => {
  if (step.do !== "addAttachment") return step;
  const { key, ...file } = step.attachment;
  const content = file.size <= handOver.inlineBytes ? await inBase64(key, handOver) : undefined;
  if (content !== undefined) return { ...step, attachment: { ...file, content } };
  const seconds = handOver.linkSeconds;
  const urlExpiresAt = new Date(clock() + seconds * 1000).toISOString();
  const url = await handOver.files.toFetch(key, { ...file, seconds });
  return { ...step, attachment: { ...file, url, urlExpiresAt } };
};

const inBase64 = async (key: string, { files }: HandOver): Promise<string | undefined> => {
  const found = await files.read(key);
  if (found === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of found.content) chunks.push(chunk);
  return Buffer.concat(chunks).toString("base64");
};

/** The delivery's body. Every try of a step gives the same one, as far as a transaction stands behind it; but for a file's link. */
const noticeOf = (
  { do: step, ...content }: Record<string, unknown> & Pick<ClientStep, "do">,
  context: DeliveryContext,
  { ticketTypes, clock }: { ticketTypes: Readonly<Record<TicketType, string>>; clock: Clock },
): Notice => {
  const { key: _, ...ticket } = context;
  const types: Partial<Record<ClientStep["do"], Notice["type"]>> =
    noticeTypes[context.ticketType === "Change" ? "change" : "ticket"];
  const type = types[step];
  if (type === undefined)
    throw new PermanentError("not-understood", `${step} is nothing that a ${context.ticketType} has`);
  return noticeSchema.parse({
    type,
    timestamp: context.transaction?.sentAt.utc ?? new Date(clock()).toISOString(),
    data: { ...ticket, ticketType: ticketTypes[ticket.ticketType], ...content },
  });
};
