import type { IncomingMessage } from "node:http";
import { Webhook } from "standardwebhooks";
import * as z from "zod";
import { type Notice, noticeSchema } from "../../../lambdas/shared/domain/client-contract.ts";
import type { ClientItsm } from "../../../lambdas/shared/ports.ts";
import { applyNotice, isCreation, isFileNotice } from "./apply-notice.ts";
import type { Files } from "./files.ts";
import { ProblemError, readJson } from "./problem.ts";
import { receiveFile } from "./receive-file.ts";
import type { Behaviour, ClientItsmState, ItsmTicket } from "./state.ts";
import type { Edit, Tickets } from "./tickets.ts";

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

/** What the ITSM does with the bridge's deliveries and searches, once they and their files are read. */
export const createWebhookReceiver = (deps: {
  state: ClientItsmState;
  tickets: Tickets;
  files: Files;
  secrets: readonly string[];
  offers: ClientItsm["offers"];
  behaviour: () => Behaviour;
  closing: AbortSignal;
  /** Called for each edit that a delivery makes. */
  onEdit: (ticket: ItsmTicket, edit: Edit, numberLater: boolean) => void;
}) => {
  const { state } = deps;
  const underWay = new Map<string, Promise<Answer>>();

  /**
   * Carries out a delivery. A repeat gets the first answer again, if the ITSM recognises it (`offers: "key"`), also while the
   * first one still reads its file.
   */
  const deliver = async (delivery: { key: string; valid: boolean; body: string }): Promise<Answer> => {
    if (!delivery.valid) return jsonAnswer(401, { error: "the signature does not fit" });
    const notice = readJson(noticeSchema, delivery.body);
    if (deps.offers !== "key") return perform(notice, delivery.key);
    const known = state.answers[delivery.key];
    if (known) return jsonAnswer(known.status, known.answer);
    const performing = underWay.get(delivery.key) ?? perform(notice, delivery.key);
    underWay.set(delivery.key, performing);
    return performing.finally(() => underWay.delete(delivery.key));
  };

  const perform = async (notice: Notice, key: string): Promise<Answer> => {
    const bytes = isFileNotice(notice) ? await receiveFile(notice.data.attachment, deps.closing) : undefined;
    const { ticket, edit, answer } = applyNotice({ notice, key, bytes }, deps);
    const { ensonoTicketNumber, transaction } = notice.data;
    state.effects.push({
      key,
      type: notice.type,
      ticketNumber: ticket.number,
      ensonoTicketNumber,
      transactionId: transaction?.id ?? null,
    });
    const numberLater = isCreation(notice) && deps.behaviour().numbers === "later";
    deps.onEdit(ticket, edit, numberLater);
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
