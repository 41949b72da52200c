import { MetricUnit } from "@aws-lambda-powertools/metrics";
import type { AwsClients } from "../../shared/runtime/aws-clients.ts";
import { metricNames } from "../../shared/runtime/metric-names.ts";
import { scheduledJob } from "../../shared/runtime/scheduled-job.ts";
import { telemetry } from "../../shared/runtime/telemetry.ts";
import { clock, fileTransfers, ledgerAndBreaker, transferWakeUps, wakeUpsBothWays } from "../../shared/wiring.ts";
import type { Env } from "./env.ts";
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
    const result = await wakeDueLanes(deps);
    const { metrics } = told;
    metrics.addMetric(metricNames.lanesDue, MetricUnit.Count, result.due);
    metrics.addMetric(metricNames.oldestDueSeconds, MetricUnit.Seconds, result.oldestDueMs / 1000);
    metrics.addMetric(metricNames.ticketsWaiting, MetricUnit.Count, result.waiting);
    metrics.addMetric(metricNames.oldestWaitingSeconds, MetricUnit.Seconds, result.oldestWaitingMs / 1000);
    metrics.addMetric(metricNames.transfersDue, MetricUnit.Count, result.transfersDue);
    metrics.addMetric(metricNames.lanesHeld, MetricUnit.Count, result.held);
    metrics.addMetric(metricNames.ensonoBreakerOpen, MetricUnit.Count, result.open.includes("ensono") ? 1 : 0);
    metrics.addMetric(metricNames.clientBreakerOpen, MetricUnit.Count, result.open.includes("client") ? 1 : 0);
  }, told);
};
