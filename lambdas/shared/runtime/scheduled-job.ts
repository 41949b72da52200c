import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import type { Telemetry } from "./telemetry.ts";

/** A handler that runs on a schedule, whatever event the schedule sends. Errors are the platform's to count. */
export const scheduledJob = (
  run: (runId: string, timeLeft: () => number) => Promise<unknown>,
  { logger, metrics }: Telemetry,
) =>
  middy<unknown, void>()
    .use(injectLambdaContext(logger, { clearState: true }))
    .use(logMetrics(metrics))
    .handler(async (_event: unknown, context: Context) => {
      await run(context.awsRequestId, () => context.getRemainingTimeInMillis());
    });
