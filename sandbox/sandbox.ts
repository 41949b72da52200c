import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as z from "zod";
import type { BridgeConfig } from "../lambdas/shared/domain/config.ts";
import { AMAZON_S3, isLoopbackOrigin } from "../lambdas/shared/domain/fetchable-hosts.ts";
import { type Cloud, startCloud } from "./emulators/cloud.ts";
import { readKept, writeWhole } from "./emulators/kept-file.ts";
import { freePort } from "./emulators/loopback-server.ts";
import { isFast, type SandboxOptions } from "./options.ts";
import { type ClientItsmSimulator, startClientItsm } from "./simulators/client-itsm/start-client-itsm.ts";
import { clientItsmStateSchema } from "./simulators/client-itsm/state.ts";
import {
  type EnvisionConnect,
  envisionConnectStateSchema,
  startEnvisionConnect,
} from "./simulators/envision-connect/index.ts";
import { type Synthesised, synthesise } from "./synthesise.ts";
import { watchLedger } from "./watch-ledger.ts";

/** The bridge at work between two sides, each a simulator or a real one. */
export interface Sandbox {
  readonly cloud: Cloud;
  /** Undefined where the side is real. */
  readonly ensono: EnvisionConnect | undefined;
  readonly client: ClientItsmSimulator | undefined;
  /** Resolves when both queues are empty and no lane has anything to do. */
  quiet(): Promise<void>;
  /** What is held, and what still waits. */
  ledger: ReturnType<typeof watchLedger>;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** Waits that suit a story, in place of those that suit Ensono. The code that waits is the same. */
const fastClock = {
  RETRY_FIRST_SECONDS: "1.5",
  RETRY_LONGEST_SECONDS: "5",
  PROBE_SECONDS: "1",
  LOST_WAKE_UP_SECONDS: "2",
};
const FAST_SWEEP_SECONDS = 1;
const FAST_POLL_SECONDS = 1;
const GROUPS_AT_ENSONO = ["Ensono Service Desk", "Ensono Network Support", "Ensono Support", "CS - 1st Line"];

export interface SandboxInput {
  readonly config: BridgeConfig;
  readonly options: SandboxOptions;
  /** One line of a function's log. */
  readonly onLog: (line: { name: string; text: string }) => void;
  /** How long the simulated Ensono takes to answer about its queue, for benchmarks. */
  readonly latency?: { readonly readMs: number; readonly deleteMs: number };
  /** The stage as it was synthesised before; else that is done first. */
  readonly synthesised?: Synthesised;
  /** Our own queues are not consumed before it resolves, for benchmarks of one part at a time. */
  readonly consumeAfter?: Promise<unknown>;
}

/**
 * Synthesises the stage, starts its bundles on emulators, and stands the two sides around them. Throws what is wrong with the
 * configuration, and when a port is taken; whatever was started by then is stopped again.
 */
export const startSandbox = async (input: SandboxInput): Promise<Sandbox> => {
  const { config, options } = input;
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).toReversed()) await one();
  };
  try {
    // Now, and not after the synthesis, which takes its time.
    await freePort(options.port);
    const { template, assetDirectory } = input.synthesised ?? synthesiseForNow(input);

    const ensono = await startEnsonoSide(input);
    if (ensono !== undefined) stops.push(ensono.close);
    const client = await startClientSide(input);
    if (client !== undefined) stops.push(client.close);

    const cloud = await startCloud({
      template,
      assetDirectory,
      stackName: `EnvisionBridge-${options.stage}`,
      apiPort: options.port,
      dataDirectory: options.data,
      secrets: secretsOf(options),
      environment: (emulated) => ({ ...environmentFor(input, ensono, client), ...bucketAddress(emulated) }),
      scheduleSeconds: ({ logicalId }) => secondsFor(logicalId, options),
      onLog: ({ name, text }) => input.onLog({ name, text }),
      consumeAfter: input.consumeAfter,
    });
    stops.push(cloud.stop);
    client?.setBridge({ url: cloud.apiUrl, ...proofFor(config, options) });

    const ledger = watchLedger(cloud);
    const quiet = () => untilQuiet({ ensono, client, ledger });
    return { cloud, ensono, client, ledger, quiet, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const synthesiseForNow = ({ config, options }: SandboxInput): Synthesised => {
  const outdir = mkdtempSync(join(tmpdir(), "envision-bridge-"));
  // Also when it is ended in the middle of the start; only a kill leaves it behind.
  process.once("exit", () => rmSync(outdir, { recursive: true, force: true }));
  return synthesise(config, options.stage, outdir);
};

const startEnsonoSide = async ({
  config,
  options,
  latency = { readMs: 0, deleteMs: 0 },
}: SandboxInput): Promise<EnvisionConnect | undefined> => {
  if (options["ensono-url"] !== undefined) return undefined;
  const kept = keptState(options.data, "ensono.json", envisionConnectStateSchema);
  const { environment = "dev" } = config.stages[options.stage] ?? {};
  const simulator = await startEnvisionConnect({
    instance: environment === "echo" ? "dev" : environment,
    clientStack: config.ensono.clientStack,
    clientName: options["ensono-client-name"] ?? config.ensono.clientName,
    apiKey: options["ensono-api-key"],
    groups: GROUPS_AT_ENSONO,
    latency,
    ...(kept.state === undefined ? {} : { state: kept.state }),
    // A snapshot costs more the more there is; without a directory nobody asks for one.
    ...(options.data === undefined ? {} : { onChange: () => kept.save(simulator.snapshot()) }),
  });
  return simulator;
};

const startClientSide = async ({ config, options }: SandboxInput): Promise<ClientItsmSimulator | undefined> => {
  if (options["client-url"] !== undefined) return undefined;
  const kept = keptState(options.data, "client.json", clientItsmStateSchema);
  return startClientItsm({
    webhookSecrets: [options["client-secret"]],
    offers: config.client.offers,
    ...(kept.state === undefined ? {} : { state: kept.state }),
    ...(options.data === undefined ? {} : { save: kept.save }),
  });
};

/** A simulator's state in the data directory. */
const keptState = <State>(directory: string | undefined, file: string, schema: z.ZodType<State>) => {
  if (directory === undefined) return { state: undefined, save: () => undefined };
  mkdirSync(directory, { recursive: true });
  const path = join(directory, file);
  return {
    state: readKept(path, schema),
    save: (state: State) => writeWhole(path, JSON.stringify(state)),
  };
};

const secretsOf = (options: SandboxOptions): Record<string, string> => ({
  [`EnvisionBridge-${options.stage}/ensono-api-key`]: options["ensono-api-key"],
  [`EnvisionBridge-${options.stage}/client-webhook-secret`]: options["client-secret"],
  [`EnvisionBridge-${options.stage}/client-api-secret`]: options["client-api-secret"],
});

const proofFor = ({ client }: BridgeConfig, options: SandboxOptions) =>
  client.authentication === "bearer"
    ? { bearer: options["client-api-secret"] }
    : { secret: options["client-api-secret"] };

const environmentFor = (
  { config, options }: SandboxInput,
  ensono: EnvisionConnect | undefined,
  client: ClientItsmSimulator | undefined,
): Record<string, string> => ({
  ENSONO_STACK_URL: ensono?.url ?? options["ensono-url"] ?? "",
  ENSONO_CLIENT_NAME: options["ensono-client-name"] ?? config.ensono.clientName,
  CLIENT_WEBHOOK_URL: client?.url ?? options["client-url"] ?? "",
  ENSONO_FILE_HOSTS: [
    AMAZON_S3,
    ...config.attachments.ensonoHosts,
    ...ownMachine(ensono?.url, options["ensono-url"]),
  ].join(),
  CLIENT_FILE_HOSTS: [...config.attachments.fetchFrom, ...ownMachine(client?.url, options["client-url"])].join(),
  ...(config.client.offers === "search" && client !== undefined ? { CLIENT_SEARCH_URL: client.searchUrl } : {}),
  ...(isFast(options) ? fastClock : {}),
});

/** Files of a side that runs on this machine are fetched from there; nothing else of this machine can be reached. */
const ownMachine = (...urls: readonly (string | undefined)[]): string[] =>
  urls.map((url) => URL.parse(url ?? "")?.origin ?? "").filter(isLoopbackOrigin);

/** Its links go to the emulator, with the bucket in the path. */
const bucketAddress = ({
  endpoints,
  bucketNames,
}: Pick<Cloud, "endpoints" | "bucketNames">): Record<string, string> => {
  const [bucket] = Object.values(bucketNames);
  if (bucket === undefined) throw new Error("the template has no bucket");
  return { ATTACHMENT_BUCKET_URL: `${endpoints.s3}/${bucket}` };
};

const secondsFor = (schedule: string, options: SandboxOptions): number | undefined => {
  if (/poll/i.test(schedule)) return options["poll-interval"] ?? (isFast(options) ? FAST_POLL_SECONDS : undefined);
  return isFast(options) ? FAST_SWEEP_SECONDS : undefined;
};

const LOOK_EVERY_MS = 200;
/** So often in a row must all be quiet: between two looks a message may be on its way from one place to the next. */
const LOOKS = 5;

const untilQuiet = async (sides: Pick<Sandbox, "ensono" | "client" | "ledger">): Promise<void> => {
  const startedAt = Date.now();
  for (let looks = 0; looks < LOOKS; ) {
    await sides.client?.idle();
    looks = (await isQueueEmpty(sides, startedAt)) && (await sides.ledger.unfinished()) === 0 ? looks + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
};

/** A real Ensono's queue is known to be empty once the poller has read it to its end. */
const isQueueEmpty = async ({ ensono, ledger }: Pick<Sandbox, "ensono" | "ledger">, since: number): Promise<boolean> =>
  ensono === undefined
    ? ((await ledger.emptiedFrom()) ?? 0) >= since
    : ensono.queue.waiting() + ensono.queue.inFlight() === 0;
