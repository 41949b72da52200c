import { sendAttachment } from "../../lambdas/client-to-ensono/attachment-sender/send-attachment.ts";
import { forwardEvents } from "../../lambdas/client-to-ensono/forwarder/forward-events.ts";
import { acceptClientEvent, type ClientRequest } from "../../lambdas/client-to-ensono/ingest/accept-client-event.ts";
import { stageAttachment } from "../../lambdas/ensono-to-client/attachment-stager/stage-attachment.ts";
import { drainEnsonoQueue } from "../../lambdas/ensono-to-client/poller/drain-ensono-queue.ts";
import { applyTransactions } from "../../lambdas/ensono-to-client/processor/apply-transactions.ts";
import { exchangeLog } from "../../lambdas/shared/adapters/exchange-log.ts";
import { fileBytes } from "../../lambdas/shared/adapters/file-bytes.ts";
import type { BridgeConfig } from "../../lambdas/shared/domain/config.ts";
import { PermanentError, TransientError } from "../../lambdas/shared/domain/errors.ts";
import { type Lane, origin } from "../../lambdas/shared/domain/lane.ts";
import type { WalkEnd } from "../../lambdas/shared/lanes/walk.ts";
import type { ClientItsm } from "../../lambdas/shared/ports.ts";
import { mask } from "../../lambdas/shared/runtime/mask.ts";
import { wakeDueLanes } from "../../lambdas/upkeep/sweeper/wake-due-lanes.ts";
import { clientEvent, configWith, digest, NOW } from "./builders.ts";
import { type Between, intercepted } from "./fakes/between-ports.ts";
import { inMemoryBreaker } from "./fakes/in-memory-breaker.ts";
import { inMemoryDownloads } from "./fakes/in-memory-downloads.ts";
import { type InMemoryEnsonoOptions, inMemoryEnsono } from "./fakes/in-memory-ensono.ts";
import { inMemoryFiles } from "./fakes/in-memory-files.ts";
import { type InMemoryItsm, inMemoryItsm } from "./fakes/in-memory-itsm.ts";
import { inMemoryLedger } from "./fakes/in-memory-ledger.ts";
import { inMemoryPollLog } from "./fakes/in-memory-poll-log.ts";
import { inMemoryTransfers, recordedTransferWakeUps } from "./fakes/in-memory-transfers.ts";
import { inMemoryUploads } from "./fakes/in-memory-uploads.ts";
import { manualClock } from "./fakes/manual-clock.ts";
import { recordedJournal, recordedWakeUps } from "./fakes/recorders.ts";

export interface InMemoryBridgeOptions {
  readonly offers?: ClientItsm["offers"];
  readonly numbers?: "at-once" | "later";
  readonly environment?: "dev" | "echo";
  readonly ensono?: Partial<InMemoryEnsonoOptions>;
  /** The client's ITSM tells of what the bridge did there, as of anybody's doing. */
  readonly clientEchoes?: boolean;
  readonly config?: BridgeConfig;
  /** What is left of every invocation (ms). */
  readonly timeLeft?: () => number;
  readonly between?: Between;
}

const MINUTE_MS = 60_000;
const LOST_WAKE_UP_MS = 2 * MINUTE_MS;

const nothingBetween: Between = { wrap: (_, port) => port, survive: (run) => run() };

export type InMemoryBridge = ReturnType<typeof inMemoryBridge>;

/** All use cases on fakes that remember: one bridge in memory, whose functions run when a test says so. */
export const inMemoryBridge = (options: InMemoryBridgeOptions = {}) => {
  const { environment = "dev", config = configWith({ client: { offers: options.offers ?? "key" } }) } = options;
  const { wrap, survive } = options.between ?? nothingBetween;
  const clock = manualClock(NOW);
  const ledger = inMemoryLedger();
  const breaker = inMemoryBreaker();
  const pollLog = inMemoryPollLog();
  const wakeUps = recordedWakeUps();
  const transfers = inMemoryTransfers();
  const transferWakeUps = recordedTransferWakeUps();
  const downloads = inMemoryDownloads();
  const files = inMemoryFiles();
  const uploads = inMemoryUploads({ clock: clock.now });
  const journal = recordedJournal();
  let unmapped = 0;
  const ensono = inMemoryEnsono({ clock: clock.now, echoes: environment === "echo", ...options.ensono });
  const itsm: InMemoryItsm = inMemoryItsm({ offers: config.client.offers, numbers: options.numbers ?? "at-once" });
  let runs = 0;
  let events = 0;
  let commentsMade = 0;

  const shared = {
    ledger: wrap("ledger", ledger),
    breaker: wrap("breaker", breaker),
    wakeUps: wrap("wakeUps", wakeUps),
    transfers: wrap("transfers", transfers),
    transferWakeUps: wrap("transferWakeUps", transferWakeUps),
    pollLog: wrap("pollLog", pollLog),
    journal,
    clock: clock.now,
    digest,
    lostWakeUpMs: LOST_WAKE_UP_MS,
    timeLeft: options.timeLeft ?? (() => MINUTE_MS),
  };
  const countUnmapped = (count: number): void => {
    unmapped += count;
  };
  const exchanges = exchangeLog({ clock: clock.now, mask });
  /** A port that stands for a side, whose calls are noted as those over HTTP are. */
  const noted = <Port extends object>(name: string, port: Port): Port =>
    intercepted(name, port, async ({ method, go }) => {
      const at = clock.now();
      const note = (said: string, status: number | undefined) =>
        exchanges.note({ request: `${name} ${method}`, at, endedAt: clock.now(), status, said });
      try {
        const answer = await go();
        note(JSON.stringify(answer) ?? "accepted", 200);
        return answer;
      } catch (error) {
        const refused = error instanceof PermanentError ? 400 : 503;
        note(String(error), error instanceof TransientError && error.effect === "unknown" ? undefined : refused);
        throw error;
      }
    });
  const walks = { ...shared, exchanges, config, environment, retry: config.retry, random: () => 0.5, countUnmapped };
  const towardsClient = { ...walks, itsm: wrap("itsm", noted("itsm", itsm)) };
  const towardsEnsono = { ...walks, ensono: wrap("ensono", noted("ensono", ensono)), environment };
  const polling = { ...shared, queue: wrap("queue", ensono), clientName: config.ensono.clientName, readers: 2 };

  const carrying = { ...walks, files, maxBytes: 1_000_000, timeLeft: () => 15 * MINUTE_MS };
  const staging = { ...carrying, downloads: { ensono: downloads, client: downloads } };
  const sending = { ...carrying, uploads, bytes: fileBytes, config: config.attachments };

  const carry = ({ kind, lane, id }: (typeof transferWakeUps.sent)[number]) =>
    survive(() => (kind === "fetch" ? stageAttachment({ lane, id }, staging) : sendAttachment({ lane, id }, sending)));

  let carried = 0;
  const carryFiles = async (): Promise<void> => {
    for (const transfer of transferWakeUps.sent.slice(carried)) {
      carried += 1;
      await carry(transfer);
    }
  };

  const walk = (lane: Lane): Promise<WalkEnd | undefined> =>
    survive(() =>
      origin(lane) === "ensono" ? applyTransactions(lane, towardsClient) : forwardEvents(lane, towardsEnsono),
    );

  const acceptOnce = (request: ClientRequest) => survive(() => acceptClientEvent(request, shared));

  /** The client's ITSM repeats what was not answered. */
  const accept = async (request: ClientRequest) => (await acceptOnce(request)) ?? (await acceptOnce(request));

  const tell = async (number: string, ticket: Record<string, unknown>, rest: Record<string, unknown> = {}) => {
    const body = clientEvent(ticket, { clientTicketNumber: number, ...rest });
    events += 1;
    await accept({ id: `event-${events}`, rawBody: JSON.stringify(body), event: { kind: "event", body } });
  };

  let echoed = 0;
  const tellEchoes = async (): Promise<void> => {
    for (const { step, context } of itsm.performed.slice(echoed)) {
      echoed += 1;
      const { ensonoTicketNumber } = context;
      const ticket = itsm.tickets.find((one) => one.ensonoTicketNumber === ensonoTicketNumber);
      if (ticket === undefined) continue;
      if (step.do === "addComment") commentsMade += 1;
      const comments = step.do === "addComment" ? [{ id: `comment-${commentsMade}`, body: step.comment.body }] : [];
      await tell(ticket.number, ticket.fields, { ensonoTicketNumber, comments });
    }
  };

  const bridge = {
    clock,
    ledger,
    breaker,
    pollLog,
    wakeUps,
    transfers,
    transferWakeUps,
    downloads,
    files,
    uploads,
    journal,
    /** How many values were in no mapping table. */
    unmapped: () => unmapped,
    ensono,
    itsm,
    config,
    walk,
    accept,

    /** The client's ITSM tells of a ticket; each event has an id of its own. */
    tell,

    /** Somebody at the client opens a ticket; gives its number. */
    async open(ticket: Record<string, string>, rest: Record<string, unknown> = {}): Promise<string> {
      const { number } = itsm.open(ticket);
      await tell(number, ticket, rest);
      return number;
    },

    /** Somebody at the client changes a ticket. */
    async change(number: string, changed: Record<string, string>, rest: Record<string, unknown> = {}): Promise<void> {
      Object.assign(itsm.tickets.find((ticket) => ticket.number === number)?.fields ?? {}, changed);
      await tell(number, changed, rest);
    },

    /** The client's ITSM tells the number of the ticket that it made for Ensono's (I11). */
    async tellNumber(ensonoTicketNumber: string, clientTicketNumber: string): Promise<void> {
      events += 1;
      const event = { kind: "clientNumber" as const, ensonoTicketNumber, body: { clientTicketNumber } };
      await accept({ id: `event-${events}`, rawBody: JSON.stringify(event), event });
    },

    poll() {
      runs += 1;
      return survive(() => drainEnsonoQueue(`run-${runs}`, polling));
    },

    sweep: () => survive(() => wakeDueLanes({ ...shared, probeMs: MINUTE_MS })),

    /** Walks the lanes and carries the files that were woken, and those that this wakes, until none is left. */
    async work(): Promise<void> {
      await carryFiles();
      for (let lanes = wakeUps.take(); lanes.length > 0; lanes = wakeUps.take()) {
        for (const lane of lanes) await walk(lane);
        await carryFiles();
      }
    },

    /** Everything that happens within a minute: a poll, a sweep, and the work they bring. */
    async minute(): Promise<void> {
      await bridge.poll();
      await bridge.work();
      if (options.clientEchoes === true) await tellEchoes();
      await bridge.sweep();
      await bridge.work();
      clock.advance({ minutes: 1 });
    },

    async minutes(count: number): Promise<void> {
      for (let nth = 0; nth < count; nth += 1) await bridge.minute();
    },

    /** What went wrong, or waits for a person: reasons of holds, and messages kept apart. */
    async troubles(): Promise<string[]> {
      const held = await ledger.held(100);
      const heads = await Promise.all(held.map(({ lane }) => ledger.headOf(lane)));
      return [
        ...heads.map((head) => `${head?.held?.code}: ${head?.held?.reason}`),
        ...ledger.quarantined.map(({ reason }) => reason),
      ];
    },
  };
  return bridge;
};
