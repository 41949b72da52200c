import { createHash, randomUUID } from "node:crypto";
import { buffer, text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { onTestFinished } from "vitest";
import { clientEventBodySchema } from "../../lambdas/shared/domain/client-contract.ts";
import { serveOnLoopback } from "../../sandbox/emulators/loopback-server.ts";
import { type ClientItsmOptions, startClientItsm } from "../../sandbox/simulators/client-itsm/start-client-itsm.ts";

/** The simulated ITSM of the client with a bridge of straw beside it. */

export const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
export const apiSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

interface Call {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

/** A bridge that records what it is told; `answers` come first, also to its files, then it takes everything. */
export const startBridge = async (...answers: number[]) => {
  const calls: Call[] = [];
  const puts: { uploadId: string; status: number; size: number; sha256: string; length: string | undefined }[] = [];
  const uploadIds = new Map<string, string>();
  const server = await serveOnLoopback(async (request, response) => {
    const path = request.url ?? "";
    if (path.startsWith("/uploads/")) {
      const bytes = await buffer(request);
      const status = answers.shift() ?? 200;
      const [, uploadId = ""] = /^\/uploads\/([^?]+)/.exec(path) ?? [];
      const length = request.headers["content-length"];
      puts.push({ uploadId, status, size: bytes.length, sha256: sha256(bytes), length });
      return void response.writeHead(status).end();
    }
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    calls.push({ method: request.method, path, headers, body: await text(request) });
    if (path !== "/attachments") return void response.writeHead(answers.shift() ?? 202).end("{}");
    const id = String(headers["webhook-id"]);
    const uploadId = uploadIds.get(id) ?? randomUUID();
    uploadIds.set(id, uploadId);
    const uploadUrl = `${server.url}/uploads/${uploadId}?fresh=${randomUUID()}`;
    const upload = { uploadId, uploadUrl, expiresAt: "2026-11-02T16:04:05.000Z" };
    response.writeHead(answers.shift() ?? 201).end(JSON.stringify(upload));
  });
  onTestFinished(server.stop);
  const events = () =>
    calls.filter(({ path }) => path === "/events").map(({ body }) => clientEventBodySchema.parse(JSON.parse(body)));
  return { url: server.url, calls, puts, events };
};

export const start = async (options: Partial<ClientItsmOptions> = {}) => {
  const itsm = await startClientItsm({ webhookSecrets: [webhookSecret], offers: "key", ...options });
  onTestFinished(itsm.close);

  const deliver = async (id: string, notice: object, secret = webhookSecret) => {
    const body = JSON.stringify(notice);
    const now = new Date();
    const response = await fetch(itsm.url, {
      method: "POST",
      body,
      headers: {
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
        "webhook-signature": new Webhook(secret).sign(id, now, body),
      },
    });
    const answer: unknown = JSON.parse((await response.text()) || "null");
    return { status: response.status, answer };
  };
  const admin = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${itsm.adminUrl}${path}`, {
      method,
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const answer: unknown = JSON.parse((await response.text()) || "null");
    return { status: response.status, answer };
  };
  return { itsm, deliver, admin };
};

/** The simulated ITSM and the bridge of straw, which knows each other. */
export const startBoth = async (options: Partial<ClientItsmOptions> = {}, ...answers: number[]) => {
  const bridge = await startBridge(...answers);
  const started = await start({ bridge: { url: bridge.url, secret: apiSecret }, ...options });
  return { ...started, bridge };
};

export const notice = (type: string, content: object = {}, clientTicketNumber: string | null = "INC0010001") => ({
  type,
  timestamp: "2026-11-02T15:04:05.000Z",
  data: {
    ensonoTicketNumber: "e-CS0204070",
    clientTicketNumber,
    ticketType: "Incident",
    transaction: null,
    ...content,
  },
});
export const created = notice("ticket.created", { ticket: { shortDescription: "Disk full", cis: "db1, db2" } }, null);
export const commented = notice("ticket.commented", { comment: { id: "n1", body: "On it", author: "Ensono" } });

const change = { ensonoTicketNumber: "e-CHG0032103", ticketType: "Change" };
export const changeNotice = (
  type: string,
  content: object = {},
  clientTicketNumber: string | null = "CHG0010001",
): ReturnType<typeof notice> => notice(`change.${type}`, { ...change, ...content }, clientTicketNumber);
export const changeCreated = (content: object = {}): ReturnType<typeof notice> =>
  changeNotice(
    "created",
    { ticket: { shortDescription: "Patch db1", state: "Assess" }, clientApproval: "required", ...content },
    null,
  );
