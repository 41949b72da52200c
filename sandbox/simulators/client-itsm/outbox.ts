import { setTimeout as delay } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import * as z from "zod";
import type { Files } from "./files.ts";
import type { ClientItsmState, Outgoing } from "./state.ts";
import { type Reply, uploadFile } from "./upload-file.ts";

export const bridgeSchema = z.union(
  [
    z.strictObject({ url: z.url(), secret: z.string().min(1) }),
    z.strictObject({ url: z.url(), bearer: z.string().min(1) }),
  ],
  { error: "expected the bridge's url, and a secret (whsec_…) or a bearer token" },
);
/** Where the bridge's API is, and how the ITSM proves who it is. */
export type Bridge = z.infer<typeof bridgeSchema>;

const TICKETS_AT_A_TIME = 16;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
/** Answers that no repeat will change. */
const REFUSALS: ReadonlySet<number> = new Set([400, 404, 409, 413, 415, 422]);

export interface Outbox {
  /** With `upload`, that file is put to the bridge first, and the event's attachment of the same id then names it. */
  add(call: Pick<Outgoing, "ticketNumber" | "method" | "path" | "notBefore" | "upload"> & { body: unknown }): void;
  setBridge(bridge: Bridge): void;
  /** Resolves when every call was accepted or refused; without a bridge to call, not before one is set. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Calls the bridge's API until it answers: in order for each ticket, side by side for different ones. Goes on with the calls
 * that the state still holds from an earlier run.
 */
export const createOutbox = (deps: {
  state: ClientItsmState;
  files: Files;
  bridge: Bridge | undefined;
  now: () => number;
  changed: () => void;
}): Outbox => {
  const { state } = deps;
  const closing = new AbortController();
  const waiting = new Map<string, Outgoing[]>();
  const working = new Map<string, Promise<void>>();
  let bridge = deps.bridge;
  let idle = Promise.withResolvers<void>();
  idle.resolve();

  const enqueue = (call: Outgoing): void => {
    if (waiting.size === 0) idle = Promise.withResolvers();
    waiting.set(call.ticketNumber, [...(waiting.get(call.ticketNumber) ?? []), call]);
  };

  const startWork = (): void => {
    if (bridge === undefined || closing.signal.aborted) return;
    for (const ticket of waiting.keys()) {
      if (working.size >= TICKETS_AT_A_TIME) return;
      if (!working.has(ticket)) working.set(ticket, workOn(ticket));
    }
  };

  /** Makes the ticket's calls in their order; ends when there are none left, or at closing. */
  const workOn = async (ticket: string): Promise<void> => {
    for (let call = waiting.get(ticket)?.[0]; call; call = waiting.get(ticket)?.[0]) {
      const made = await makeCall(call).catch(() => false);
      if (!made && closing.signal.aborted) break;
      if (made) waiting.set(ticket, waiting.get(ticket)?.slice(1) ?? []);
    }
    working.delete(ticket);
    if (waiting.get(ticket)?.length === 0) waiting.delete(ticket);
    if (waiting.size === 0) idle.resolve();
    startWork();
  };

  /** One try, with the waiting before and, where it failed, after it. True when there is nothing more to try. */
  const makeCall = async (call: Outgoing): Promise<boolean> => {
    await pause(call.notBefore - deps.now());
    call.attempts += 1;
    const outcome = await send(call).catch(() => undefined);
    if (outcome !== undefined && (isAccepted(outcome.status) || REFUSALS.has(outcome.status))) {
      call.outcome = { at: new Date(deps.now()).toISOString(), ...outcome };
      deps.changed();
      return true;
    }
    await pause(Math.min(FIRST_WAIT_MS * 2 ** (call.attempts - 1), LONGEST_WAIT_MS));
    return false;
  };

  const pause = (ms: number) => (ms > 0 ? delay(ms, undefined, { signal: closing.signal }) : Promise.resolve());

  /** The call itself, once the bridge has its file. */
  const send = async (call: Outgoing): Promise<Reply> => {
    const { id, method, path, upload } = call;
    if (upload === undefined) return post({ id, method, path, body: call.body });
    const ask = (request: object) =>
      post({ id: `${id}_file`, method: "POST", path: "/attachments", body: JSON.stringify(request) });
    const content = deps.files.content(upload.id);
    const uploaded = await uploadFile({ file: upload, content, event: call.body }, ask, closing.signal);
    if ("refused" in uploaded) return uploaded.refused;
    call.body = uploaded.event;
    delete call.upload;
    deps.changed();
    return post({ id, method, path, body: call.body });
  };

  const post = async ({
    id,
    method,
    path,
    body,
  }: Pick<Outgoing, "id" | "method" | "path" | "body">): Promise<Reply> => {
    if (bridge === undefined) throw new Error("There is no bridge to call.");
    const answer = await fetch(`${bridge.url.replace(/\/$/, "")}${path}`, {
      method,
      body,
      headers: { "content-type": "application/json", "webhook-id": id, ...proof(bridge, id, body) },
      signal: AbortSignal.any([closing.signal, AbortSignal.timeout(15_000)]),
    });
    return { status: answer.status, body: await answer.text() };
  };

  for (const call of state.events) if (call.outcome === undefined) enqueue(call);
  startWork();

  return {
    add(call) {
      state.counters.event += 1;
      const id = `evt_${state.installation}_${state.counters.event}`;
      const outgoing = { ...call, id, body: JSON.stringify(call.body), attempts: 0 };
      state.events.push(outgoing);
      enqueue(outgoing);
      startWork();
    },
    setBridge(next) {
      bridge = next;
      startWork();
    },
    idle: () => idle.promise,
    async close() {
      closing.abort();
      await Promise.all(working.values());
    },
  };
};

const isAccepted = (status: number): boolean => status >= 200 && status < 300;

/** Signs with the time of sending, which may differ from the ITSM's own clock. */
const proof = (bridge: Bridge, id: string, body: string): Record<string, string> => {
  if ("bearer" in bridge) return { authorization: `Bearer ${bridge.bearer}` };
  const sentAt = new Date();
  return {
    "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1000)),
    "webhook-signature": new Webhook(bridge.secret).sign(id, sentAt, body),
  };
};
