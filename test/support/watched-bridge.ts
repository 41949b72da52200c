import { Metrics } from "@aws-lambda-powertools/metrics";
import { vi } from "vitest";
import { pollMetrics } from "../../lambdas/ensono-to-client/poller/poll-metrics.ts";
import { PermanentError, TransientError } from "../../lambdas/shared/domain/errors.ts";
import { type MetricValues, metricsNamespace, type Publisher } from "../../lambdas/shared/runtime/metric-names.ts";
import { publish } from "../../lambdas/shared/runtime/publish-metrics.ts";
import { type Telemetry, telemetry } from "../../lambdas/shared/runtime/telemetry.ts";
import { measureBacklog } from "../../lambdas/upkeep/sweeper/measure-backlog.ts";
import { backlogMetrics, sweepMetrics } from "../../lambdas/upkeep/sweeper/sweep-metrics.ts";
import { type Metrics as MetricsOverTime, metricsOverTime } from "./cloudwatch.ts";
import { betweenAll, type PassingCall } from "./fakes/between-ports.ts";
import { type InMemoryBridge, inMemoryBridge } from "./in-memory-bridge.ts";

/** What a test may break: a side, deletions from Ensono's queue, the poller, the sweeper. */
export type Broken = "client" | "ensono" | "ensono-queue" | "deletions" | "poller" | "sweeper";

export interface WatchedBridge {
  readonly bridge: InMemoryBridge;
  readonly metrics: MetricsOverTime;
  readonly broken: Set<Broken>;
  /** A minute of the bridge's life; what its functions write into their logs for CloudWatch counts. */
  minute(): Promise<void>;
  /** Something else that a function tells, now. */
  tell(publisher: Exclude<Publisher, "logs">, values: MetricValues): void;
  /** Has a function log something, and gives the lines. */
  log(publisher: Exclude<Publisher, "logs">, what: (told: Telemetry) => void): string[];
}

const STAGE = "dev";

const down = (whom: string) => Promise.reject(new TransientError("unavailable", "unknown", `${whom} does not answer`));

/** A side is down for all calls; a refusal of a deletion is an answer of Ensono's, not an outage. */
const passing =
  (broken: ReadonlySet<Broken>) =>
  ({ port, method, go }: PassingCall): unknown => {
    if (port === "itsm" && broken.has("client")) return down("the client's ITSM");
    if (port === "ensono" && broken.has("ensono")) return down("Ensono");
    if (port !== "queue") return go();
    if (broken.has("ensono-queue")) return down("Ensono's queue");
    if (method === "delete" && broken.has("deletions")) return Promise.reject(new PermanentError("refused", "not now"));
    return go();
  };

/** What is written to the log while this runs; the environment is that of the function. */
const linesOf = (publisher: string, run: () => void): string[] => {
  const lines: string[] = [];
  const record = (line: unknown): void => void lines.push(String(line));
  const spies = (["log", "info", "warn", "error"] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation(record),
  );
  // So that it writes to the console that is spied on; which would switch metrics off.
  vi.stubEnv("POWERTOOLS_DEV", "true");
  vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "false");
  vi.stubEnv("POWERTOOLS_SERVICE_NAME", publisher);
  vi.stubEnv("POWERTOOLS_METRICS_NAMESPACE", metricsNamespace(STAGE));
  try {
    run();
  } finally {
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
  return lines;
};

/** The bridge in memory, with its functions' metrics written as they are in AWS, and gathered as CloudWatch does. */
export const watchedBridge = (): WatchedBridge => {
  const broken = new Set<Broken>();
  const bridge = inMemoryBridge({ between: betweenAll(passing(broken)) });
  const { clock } = bridge;
  const metrics = metricsOverTime();
  let unmapped = 0;

  const takeIn = (lines: readonly string[]): void => {
    for (const line of lines) if (line.includes("CloudWatchMetrics")) metrics.addLine(line, clock.now());
  };

  const tell: WatchedBridge["tell"] = (publisher, values) =>
    takeIn(
      linesOf(publisher, () => {
        const told = new Metrics();
        publish(told, values);
        told.publishStoredMetrics();
      }),
    );

  const tellUnmapped = (): void => {
    const count = bridge.unmapped() - unmapped;
    unmapped += count;
    if (count > 0) takeIn(linesOf("forwarder", () => telemetry().countUnmapped(count)));
  };

  const poll = async (): Promise<void> => {
    const polled = await bridge.poll();
    if (polled !== undefined) tell("poller", pollMetrics(polled));
    await bridge.work();
  };

  const sweep = async (): Promise<void> => {
    const swept = await bridge.sweep();
    if (swept !== undefined) tell("sweeper", sweepMetrics(swept));
    tell("sweeper", backlogMetrics(await measureBacklog({ ...bridge, clock: clock.now })));
    await bridge.work();
  };

  return {
    bridge,
    metrics,
    broken,
    tell,
    log: (publisher, what) => linesOf(publisher, () => what(telemetry())),

    async minute() {
      if (!broken.has("poller")) await poll();
      if (!broken.has("sweeper")) await sweep();
      await bridge.work();
      tellUnmapped();
      clock.advance({ minutes: 1 });
    },
  };
};
