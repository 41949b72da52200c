import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type * as z from "zod";
import type { Lane } from "../domain/lane.ts";
import { transferWakeUpSchema } from "../domain/transfer.ts";
import { wakeUpSchema } from "../domain/wake-up.ts";
import type { TransferName } from "../ports.ts";
import type { Telemetry } from "./telemetry.ts";

/** Works on one lane; `timeLeft` is what is left of the invocation (ms). Throws only faults of our own platform. */
export type LaneWork = (lane: Lane, timeLeft: () => number) => Promise<unknown>;

/** Works on one transfer, as a `LaneWork` on its lane. */
export type TransferWork = (transfer: TransferName, timeLeft: () => number) => Promise<unknown>;

/**
 * A handler of wake-ups: the lanes of a batch side by side, each once. A lane whose work throws is handed back to the queue;
 * the others are not. What a wake-up says is only where to look, so one that cannot be read is dropped: the sweeper looks
 * everywhere.
 */
export const wakeUpBatch = (work: LaneWork, told: Telemetry) =>
  batchOf(
    wakeUpSchema,
    ({ lane }, timeLeft) => work(lane, timeLeft),
    ({ lane }) => ({ lane }),
    told,
  );

/** The same for wake-ups of transfers. */
export const transferBatch = (work: TransferWork, told: Telemetry) =>
  batchOf(transferWakeUpSchema, work, ({ lane, id }) => ({ lane, transfer: id }), told);

const batchOf = <WakeUp>(
  schema: z.ZodType<WakeUp>,
  work: (wakeUp: WakeUp, timeLeft: () => number) => Promise<unknown>,
  nameOf: (wakeUp: WakeUp) => Readonly<Record<string, string>>,
  { logger }: Telemetry,
) =>
  middy<SQSEvent, SQSBatchResponse>()
    .use(injectLambdaContext(logger, { clearState: true }))
    .handler(async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
      const timeLeft = () => context.getRemainingTimeInMillis();
      const received = event.Records.map((record) => ({ record, wakeUp: read(schema, record) }));
      const bySubject = Map.groupBy(received, ({ wakeUp }) => wakeUp && JSON.stringify(nameOf(wakeUp)));
      const failures = await Promise.all(
        [...bySubject.values()].map(async (same) => {
          const messages = same.map(({ record }) => record.messageId);
          const wakeUp = same[0]?.wakeUp;
          if (wakeUp === undefined) {
            logger.error("a wake-up that cannot be read was dropped", { messages });
            return [];
          }
          try {
            await work(wakeUp, timeLeft);
            return [];
          } catch (error) {
            logger.error("the work that a wake-up asked for broke off", { journal: nameOf(wakeUp), error });
            return messages.map((itemIdentifier) => ({ itemIdentifier }));
          }
        }),
      );
      return { batchItemFailures: failures.flat() };
    });

const read = <WakeUp>(schema: z.ZodType<WakeUp>, { body }: SQSRecord): WakeUp | undefined => {
  try {
    return schema.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
};
