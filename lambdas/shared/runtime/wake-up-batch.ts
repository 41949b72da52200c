import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { Lane } from "../domain/lane.ts";
import { wakeUpSchema } from "../domain/wake-up.ts";
import type { Telemetry } from "./telemetry.ts";

/** Works on one lane; `timeLeft` is what is left of the invocation (ms). Throws only faults of our own platform. */
export type LaneWork = (lane: Lane, timeLeft: () => number) => Promise<unknown>;

/**
 * A handler of wake-ups: the lanes of a batch side by side, each once. A lane whose work throws is handed back to the queue;
 * the others are not. What a wake-up says is only where to look, so one that cannot be read is dropped: the sweeper looks
 * everywhere.
 */
export const wakeUpBatch = (work: LaneWork, { logger }: Telemetry) =>
  middy<SQSEvent, SQSBatchResponse>()
    .use(injectLambdaContext(logger, { clearState: true }))
    .handler(async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
      const timeLeft = () => context.getRemainingTimeInMillis();
      const byLane = Map.groupBy(event.Records, readLane);
      const failures = await Promise.all(
        [...byLane].map(async ([lane, records]) => {
          if (lane === undefined) {
            logger.error("a wake-up that cannot be read was dropped", {
              messages: records.map(({ messageId }) => messageId),
            });
            return [];
          }
          try {
            await work(lane, timeLeft);
            return [];
          } catch (error) {
            logger.error("the work on a lane broke off", { journal: { lane }, error });
            return records.map(({ messageId }) => ({ itemIdentifier: messageId }));
          }
        }),
      );
      return { batchItemFailures: failures.flat() };
    });

const readLane = ({ body }: SQSRecord): Lane | undefined => {
  try {
    return wakeUpSchema.parse(JSON.parse(body)).lane;
  } catch {
    return undefined;
  }
};
