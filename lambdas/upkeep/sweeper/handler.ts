import type { AwsClients } from "../../shared/runtime/aws-clients.ts";
import { publish } from "../../shared/runtime/publish-metrics.ts";
import { scheduledJob } from "../../shared/runtime/scheduled-job.ts";
import { telemetry } from "../../shared/runtime/telemetry.ts";
import { clock, fileTransfers, ledgerAndBreaker, transferWakeUps, wakeUpsBothWays } from "../../shared/wiring.ts";
import type { Env } from "./env.ts";
import { measureBacklog } from "./measure-backlog.ts";
import { backlogMetrics, sweepMetrics } from "./sweep-metrics.ts";
import { wakeDueLanes } from "./wake-due-lanes.ts";

export const createHandler = (env: Env, aws: AwsClients) => {
  const told = telemetry();
  const deps = {
    ...ledgerAndBreaker(env, aws),
    wakeUps: wakeUpsBothWays(env, aws),
    transfers: fileTransfers(env, aws),
    transferWakeUps: transferWakeUps(env, aws),
    journal: told.journal,
    clock,
    probeMs: env.PROBE_SECONDS * 1000,
  };
  return scheduledJob(async () => {
    const swept = await wakeDueLanes(deps);
    const measured = await measureBacklog(deps);
    // Last of all: a sweep that cannot measure leaves most alarms blind, so it must not count as a sign of life.
    publish(told.metrics, { ...backlogMetrics(measured), ...sweepMetrics(swept) });
  }, told);
};
