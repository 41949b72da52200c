import type { Context } from "aws-lambda";
import { describe, expect, it, vi } from "vitest";
import { dynamoDbLedger } from "../../lambdas/shared/adapters/dynamodb-ledger.ts";
import { ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import { awsClients } from "../../lambdas/shared/runtime/aws-clients.ts";
import {
  type MetricKey,
  metricNames,
  metricsNamespace,
  publishersOf,
} from "../../lambdas/shared/runtime/metric-names.ts";
import { parseEnv } from "../../lambdas/shared/runtime/parse-env.ts";
import { envSchema } from "../../lambdas/upkeep/sweeper/env.ts";
import { createHandler } from "../../lambdas/upkeep/sweeper/handler.ts";
import { metricsOverTime } from "../support/cloudwatch.ts";
import { useDynamoDb } from "../support/dynamodb.ts";

const queueUrl = (name: string) => `http://127.0.0.1:9/000000000000/${name}.fifo`;

const environment = (tableName: string): NodeJS.ProcessEnv => ({
  TABLE_NAME: tableName,
  RETENTION_DAYS: "30",
  RETRY_FIRST_SECONDS: "60",
  RETRY_LONGEST_SECONDS: "1800",
  RETRY_GIVE_UP_DAYS: "14",
  BREAKER_FAILURES: "5",
  PROBE_SECONDS: "60",
  WAKE_TO_CLIENT_QUEUE_URL: queueUrl("to-client"),
  WAKE_TO_ENSONO_QUEUE_URL: queueUrl("to-ensono"),
  FETCH_QUEUE_URL: queueUrl("fetch"),
  SEND_QUEUE_URL: queueUrl("send"),
});

const context: Context = {
  awsRequestId: "request",
  callbackWaitsForEmptyEventLoop: false,
  functionName: "sweeper",
  functionVersion: "1",
  invokedFunctionArn: "arn:aws:lambda:eu-west-1:000000000000:function:sweeper",
  logGroupName: "group",
  logStreamName: "stream",
  memoryLimitInMB: "512",
  getRemainingTimeInMillis: () => 55_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};

describe("the sweeper, on a table", () => {
  const newTable = useDynamoDb();

  /** What the function writes for CloudWatch, as its environment in AWS has it. */
  const sweeperOn = (table: Awaited<ReturnType<typeof newTable>>) => {
    const lines: string[] = [];
    for (const method of ["log", "info", "warn", "error"] as const) {
      vi.spyOn(console, method).mockImplementation((line: unknown) => void lines.push(String(line)));
    }
    vi.stubEnv("POWERTOOLS_DEV", "true");
    vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "false");
    vi.stubEnv("POWERTOOLS_SERVICE_NAME", "sweeper");
    vi.stubEnv("POWERTOOLS_METRICS_NAMESPACE", metricsNamespace("dev"));
    const env = parseEnv(envSchema, environment(table.tableName));
    const handler = createHandler(env, { ...awsClients(), dynamoDb: table.client });
    vi.unstubAllEnvs();
    return async () => {
      await handler({}, context);
      const metrics = metricsOverTime();
      for (const line of lines) if (line.includes("CloudWatchMetrics")) metrics.addLine(line, 0);
      return (key: MetricKey) =>
        metrics.statistic(
          {
            namespace: "EnvisionBridge/dev",
            name: metricNames[key],
            dimensions: { service: "sweeper" },
            statistic: "Maximum",
            periodSeconds: 60,
          },
          0,
          1,
        );
    };
  };

  it("[L2] tells everything that the alarms expect of it, in its stage's namespace, also when there is nothing to do", async () => {
    const told = await sweeperOn(await newTable())();
    const keys = Object.keys(metricNames)
      .filter((key): key is MetricKey => key in metricNames)
      .filter((key) => publishersOf(key).includes("sweeper"));
    expect(keys.length).toBeGreaterThan(15);
    expect(keys.filter((key) => told(key) === undefined)).toEqual([]);
    expect(told("sweeps")).toBe(1);
    expect(told("waitingToClient")).toBe(0);
  });

  it("[L2] tells what waits, whether its time has come or not", async () => {
    const table = await newTable();
    const ledger = dynamoDbLedger({ ...table, retentionDays: 30 });
    const now = Date.now();
    const content = { kind: "transaction", message: {} } as const;
    for (const number of ["e-CS1", "e-CS2"]) {
      const arrivals = ["1", "2"].map((order) => ({ order, content }));
      await ledger.receive(ensonoLane(number), arrivals, { now: now - 180_000, wakeAt: now + 3_600_000 });
    }
    const told = await sweeperOn(table)();
    expect(told("waitingToClient")).toBe(4);
    expect(told("oldestToClientSeconds")).toBeGreaterThanOrEqual(180);
    expect(told("waitingToEnsono")).toBe(0);
    expect(told("lanesDue")).toBe(0);
  });
});
