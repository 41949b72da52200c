import { serveOnLoopback } from "../../emulators/loopback-server.ts";
import { ADMIN_PATH, createAdminHandlers, serveAdmin } from "./admin.ts";
import { type Agent, createAgent } from "./agent.ts";
import { createQueueAnswers, type EnvelopeShape } from "./answers.ts";
import type { ChangeRecord } from "./changes.ts";
import { createEnsono, type EnvisionConnectState, rawTransaction } from "./ensono.ts";
import { createFaultScript, type Faults } from "./faults.ts";
import type { Content } from "./fifo-queue.ts";
import { createFiles, type Files } from "./file-store.ts";
import { toFailedMessage } from "./queue-message.ts";
import { type CallRecord, createApiListener } from "./server.ts";
import { createStorageListener, STORAGE_PATH } from "./storage-server.ts";
import type { Instance, TicketRecord } from "./tickets.ts";

export type { Agent, AgentClosure, AgentComment, AgentTicket, AgentUpdate } from "./agent.ts";
export { UnknownTicket } from "./agent.ts";
export type { AttachedFile, DroppedFile } from "./attached-file.ts";
export type { AgentChange, AgentChangeClosure, AgentMove } from "./change-agent.ts";
export {
  type ChangeAct,
  type ChangeScript,
  flowScripts,
  normalChangeScenarios,
  walkChangeScript,
} from "./change-scripts.ts";
export type { ChangeRecord, ChangeState } from "./changes.ts";
export { type EnvisionConnectState, envisionConnectStateSchema } from "./ensono.ts";
export type { DownloadFaultRule, FaultRule } from "./faults.ts";
export type { AgentFile } from "./file-agent.ts";
export type { Files } from "./file-store.ts";
export { type TicketComment, type TicketRecord, TicketRefusal } from "./tickets.ts";
export type { CallRecord };

export interface EnvisionConnectOptions {
  /** 0, or left out: any free port. */
  port?: number;
  /** The path segment before the environment; case-sensitive. */
  clientStack: string;
  apiKey: string;
  clientName: string;
  /** Where `agent`, `send` and `queue` act. Echo has the tickets and the queue of dev. Default: dev. */
  instance?: Instance;
  /** Which of the guide's two shapes GET /queue answers with. Default: by turns. */
  envelope?: EnvelopeShape;
  /** The groups that Ensono knows. Default: every group. */
  groups?: readonly string[];
  /** The HTTP status of `{"Response": error}` and `{"Error": …}`, which the guide leaves open. Default: 200. */
  errorStatus?: number;
  /** Epoch milliseconds. */
  now?: () => number;
  visibilitySeconds?: number;
  maxReceives?: number;
  /** Fixed latencies, for benchmarks. */
  latency?: { readMs?: number; deleteMs?: number };
  recordCalls?: boolean;
  /** Where clients reach the simulated S3, without a path; for a proxy in between. Default: this simulator itself. */
  storageUrl?: string;
  /** What `snapshot` gave before a restart. */
  state?: EnvisionConnectState;
  /** Called after each change, before the call that made it is answered: the moment to save a snapshot. */
  onChange?: () => void;
}

export interface EnvisionConnect {
  /** Up to and including the client stack. */
  readonly url: string;
  readonly adminUrl: string;
  readonly agent: Agent;
  readonly faults: Faults;
  readonly queue: { waiting(): number; inFlight(): number; failed(): Content[]; maxReceiveCount(): number };
  tickets(): TicketRecord[];
  ticket(ticketNumber: string): TicketRecord | undefined;
  changes(): ChangeRecord[];
  change(changeNumber: string): ChangeRecord | undefined;
  /** The bytes of the files that stand in tickets and changes. */
  readonly files: Files;
  /** Every request to the API, in the order of arrival. */
  calls(): CallRecord[];
  /** Puts a message on the queue as it stands; what it lacks is filled in, what it gives as null is left out. */
  send(message: Content): void;
  /** From now on only this key counts. */
  replaceApiKey(apiKey: string): void;
  snapshot(): EnvisionConnectState;
  close(): Promise<void>;
}

/**
 * Starts a simulator of Ensono's Envision Connect API for incidents, requests and changes and their files, as the
 * Envision Connect Client Guide describes it, on 127.0.0.1.
 *
 * @throws when the port is taken.
 */
export async function startEnvisionConnect(options: EnvisionConnectOptions): Promise<EnvisionConnect> {
  const { clientStack, clientName, instance = "dev", onChange = () => undefined } = options;
  const { now = Date.now, visibilitySeconds = 30, maxReceives = 20, recordCalls = true } = options;
  let storageUrl = options.storageUrl ?? "";
  const ensono = createEnsono({
    clientName,
    now,
    visibilitySeconds,
    maxReceives,
    storageUrl: () => storageUrl,
    state: options.state,
  });
  const agent = createAgent(ensono, instance, onChange);
  const faults = createFaultScript();
  const calls: CallRecord[] = [];
  const closing = new AbortController();
  let { apiKey } = options;

  const behindTheApi = {
    agent,
    faults,
    send: (message: Content) => {
      ensono.send(instance, rawTransaction(message));
      onChange();
    },
    replaceApiKey: (other: string) => {
      apiKey = other;
    },
    tickets: () => structuredClone(ensono.tickets()),
    ticket: (ticketNumber: string) => structuredClone(ensono.find(ticketNumber)),
    changes: () => structuredClone(ensono.changes()),
    change: (changeNumber: string) => structuredClone(ensono.findChange(changeNumber)),
    files: createFiles(ensono.files),
    calls: () => [...calls],
    queue: {
      waiting: () => ensono.queue(instance).waiting(),
      inFlight: () => ensono.queue(instance).inFlight(),
      failed: () => ensono.queue(instance).failed().map(toFailedMessage),
      maxReceiveCount: () => ensono.queue(instance).maxReceiveCount(),
    },
  };
  const admin = createAdminHandlers(behindTheApi);
  const serving = {
    ensono,
    faults,
    record: (call: CallRecord) => {
      if (recordCalls) calls.push(call);
    },
    onChange,
    closing: closing.signal,
  };
  const storage = createStorageListener(serving);
  const api = createApiListener({
    ...serving,
    clientStack,
    apiKey: () => apiKey,
    groups: options.groups,
    errorStatus: options.errorStatus ?? 200,
    queueAnswer: createQueueAnswers(options.envelope ?? "alternate"),
    latency: { readMs: 0, deleteMs: 0, ...options.latency },
  });

  const server = await serveOnLoopback((request, response) => {
    if (request.url?.startsWith(`${STORAGE_PATH}/`)) return storage(request, response);
    if (!request.url?.startsWith(`${ADMIN_PATH}/`)) return api(request, response);
    serveAdmin(request, response, admin).catch(() => response.destroy());
  }, options.port);
  storageUrl ||= server.url;

  return {
    ...behindTheApi,
    url: `${server.url}/${clientStack}`,
    adminUrl: `${server.url}${ADMIN_PATH}`,
    snapshot: ensono.snapshot,
    close: async () => {
      closing.abort();
      await server.stop();
    },
  };
}
