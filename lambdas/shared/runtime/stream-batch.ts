import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import middy from "@middy/core";
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import type { Telemetry } from "./telemetry.ts";

/** Works on a batch of records in their order. Gives the sequence number from which on they must come again, if any. */
export type StreamWork = (records: readonly unknown[]) => Promise<string | undefined>;

/** A handler of a table's stream: what it names comes again, with all that follows; when it throws, the whole batch does. */
export const streamBatch = (work: StreamWork, { logger, metrics }: Telemetry) =>
  middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
    .use(injectLambdaContext(logger, { clearState: true }))
    .use(logMetrics(metrics))
    .handler(async (event: DynamoDBStreamEvent, _context: Context): Promise<DynamoDBBatchResponse> => {
      const retryFrom = await work(event.Records);
      return { batchItemFailures: retryFrom === undefined ? [] : [{ itemIdentifier: retryFrom }] };
    });
