import type { IncomingMessage } from "node:http";
import { Webhook } from "standardwebhooks";
import * as z from "zod";
import { type Notice, noticeSchema } from "../../../lambdas/shared/domain/client-contract.ts";
import type { ClientItsm } from "../../../lambdas/shared/ports.ts";
import { ProblemError, readJson } from "./problem.ts";
import type { Behaviour, ClientItsmState, ItsmTicket } from "./state.ts";
import { applyNotice, type Change, type Tickets } from "./tickets.ts";

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

type Headers = IncomingMessage["headers"];

export const jsonAnswer = (status: number, body: unknown): Answer => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** What the ITSM does with the bridge's deliveries and searches, as soon as they are read. */
export const createWebhookReceiver = (deps: {
  state: ClientItsmState;
  tickets: Tickets;
  secrets: readonly string[];
  offers: ClientItsm["offers"];
  behaviour: () => Behaviour;
  /** Called for each change that a delivery makes. */
  onChange: (ticket: ItsmTicket, change: Change, numberLater: boolean) => void;
}) => {
  const { state } = deps;

  /** Carries out a delivery. A repeat gets the first answer again, if the ITSM recognises it (`offers: "key"`). */
  const deliver = (delivery: { key: string; valid: boolean; body: string }): Answer => {
    if (!delivery.valid) return jsonAnswer(401, { error: "the signature does not fit" });
    const known = deps.offers === "key" ? state.answers[delivery.key] : undefined;
    if (known) return jsonAnswer(known.status, known.answer);
    return perform(readJson(noticeSchema, delivery.body), delivery.key);
  };

  const perform = (notice: Notice, key: string): Answer => {
    const { ticket, change, answer } = applyNotice(deps.tickets, notice, key);
    const { ensonoTicketNumber, transaction } = notice.data;
    state.effects.push({
      key,
      type: notice.type,
      ticketNumber: ticket.number,
      ensonoTicketNumber,
      transactionId: transaction?.id ?? null,
    });
    const numberLater = notice.type === "ticket.created" && deps.behaviour().numbers === "later";
    deps.onChange(ticket, change, numberLater);
    const given = numberLater ? { status: 202, answer: {} } : { status: 200, answer };
    state.answers[key] = given;
    return jsonAnswer(given.status, given.answer);
  };

  /** Finds what a delivery has made, by its webhook-id (`offers: "search"`). */
  const search = (headers: Headers, url: URL): Answer => {
    if (deps.offers !== "search")
      return { status: 404, headers: { "content-type": "text/html" }, body: "<h1>404</h1>" };
    if (!isSigned(deps.secrets, headers, "")) return jsonAnswer(401, { error: "the signature does not fit" });
    const key = url.searchParams.get("key");
    if (key === null) throw new ProblemError(400, { error: "expected the webhook-id of a delivery", field: "key" });
    const found = state.answers[key];
    return found ? jsonAnswer(200, found.answer) : jsonAnswer(404, { error: "there is nothing with this key" });
  };

  return { deliver, search };
};

export const idOf = (headers: Headers): string => String(headers["webhook-id"] ?? "");

/** True when the delivery was signed with any of the secrets. */
export const isSigned = (secrets: readonly string[], headers: Headers, body: string): boolean => {
  const signature = {
    "webhook-id": idOf(headers),
    "webhook-timestamp": String(headers["webhook-timestamp"] ?? ""),
    "webhook-signature": String(headers["webhook-signature"] ?? ""),
  };
  return secrets.some((secret) => {
    try {
      new Webhook(secret).verify(body, signature, { jsonParse: false });
      return true;
    } catch {
      return false;
    }
  });
};

/** The delivery's event type, as far as it can be read. */
export const typeOf = (body: string): string => {
  try {
    return z.object({ type: z.string() }).parse(JSON.parse(body)).type;
  } catch {
    return "unreadable";
  }
};
